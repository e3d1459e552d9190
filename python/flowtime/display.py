"""How models, plans, runs and errors show themselves, in notebooks and in terminals."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowtime import _native

if TYPE_CHECKING:
    from flowtime.diagnostics import Diagnostic
    from flowtime.graph import Graph
    from flowtime.grid import Grid
    from flowtime.plan import Plan
    from flowtime.widget import WhatIf

__all__ = ["ErrorDisplay", "ModelDisplay", "PlanDisplay", "ReportDisplay", "RunDisplay"]

# Series that a terminal shows of a run, and the width of their pictures.
_MOST_ROWS = 20
_SPARK = 32


class ModelDisplay:
    """What a model looks like."""

    __slots__ = ()

    if TYPE_CHECKING:

        def compile(self) -> Plan: ...

    def graph(self) -> Graph:
        """The nodes and who reads whom, drawn; references that look back in time are dashed.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours")
        >>> _ = m.expr("backlog", ft.maximum(0, m.ref("backlog").shift(1) + 1))
        >>> m.build().graph()
        Graph(1 node, 1 edge)

        Raises:
            ModelError: When the model cannot be compiled.
        """
        return self.compile().graph()

    def _repr_html_(self) -> str:
        from flowtime import html

        return html.model(self)  # type: ignore[arg-type]


class PlanDisplay:
    """What a plan looks like."""

    __slots__ = ()

    if TYPE_CHECKING:
        _native: _native.Plan

        @property
        def nodes(self) -> Mapping[str, Any]: ...
        @property
        def edges(self) -> Sequence[tuple[str, str, int]]: ...

    def graph(self) -> Graph:
        """The nodes and who reads whom, drawn: see `Model.graph`."""
        from flowtime.graph import Graph

        nodes, edges = len(self.nodes), len(self.edges)
        text = f"{nodes} {'node' if nodes == 1 else 'nodes'}, {edges} {'edge' if edges == 1 else 'edges'}"
        return Graph(self._native.graph(True), text)

    def widget(
        self,
        inputs: Mapping[str, tuple[float, float] | tuple[float, float, float]],
        series: str | Sequence[str] | None = None,
        *,
        seed: int | None = None,
    ) -> WhatIf:
        """Sliders for inputs and charts of series that follow them, in a notebook.

        Each moved slider runs the plan again. The run with the model's own values stays in the charts as a pale line.

        Args:
            inputs: The const or pmf nodes to move, each with the ends of its slider, and a step if you like.
            series: What to draw. By default the outputs of the model.
            seed: Of all runs. By default the model's own.

        Raises:
            MissingPackageError: Without the package anywidget.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours")
        >>> capacity = m.const("capacity", 9)
        >>> _ = m.expr("backlog", ft.queue(12, capacity))
        >>> widget = m.compile().widget({"capacity": (5, 15)}, ["backlog"])
        >>> widget.values = {"capacity": 11}
        >>> widget.run["backlog"]
        array([1., 2., 3.])
        """
        from flowtime.optional import package

        package("anywidget", "plan.widget()")
        from flowtime.widget import make

        return make(self, inputs, series, seed)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        from flowtime import html

        return html.plan(self)  # type: ignore[arg-type]


class RunDisplay(Mapping[str, NDArray[np.float64]]):
    """What a run looks like."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def grid(self) -> Grid: ...
        @property
        def seed(self) -> int: ...

    def _repr_html_(self) -> str:
        from flowtime import html

        return html.run(self)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        from flowtime import html

        series = "1 series" if len(self) == 1 else f"{len(self)} series"
        lines = [f"Run({series}, {self.grid}, seed {self.seed})"]
        rows = html.summary(self, _MOST_ROWS)  # type: ignore[arg-type]
        units = any(unit for _, unit, _ in rows)
        table = [["series", *(["unit"] if units else []), *html.SUMMARY]]
        table += [[name, *([unit] if units else []), *numbers] for name, unit, numbers in rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        # Names and units stand at the left, numbers at the right.
        words = 2 if units else 1
        sparks = [""] + [_native.sparkline_text(self[name], _SPARK) for name, _, _ in rows]
        for row, spark in zip(table, sparks, strict=True):
            cells = [cell.ljust(width) for cell, width in zip(row[:words], widths, strict=False)]
            cells += [cell.rjust(width) for cell, width in zip(row[words:], widths[words:], strict=True)]
            lines.append("  ".join([*cells, spark]).rstrip())
        if len(self) > len(rows):
            lines.append(f"… and {len(self) - len(rows)} more")
        return "\n".join(lines)


class ErrorDisplay:
    """What the errors of a model look like."""

    if TYPE_CHECKING:
        diagnostics: tuple[Diagnostic, ...]
        name: str | None
        source: str | None

    def _repr_html_(self) -> str:
        from flowtime import html

        return html.error(self)  # type: ignore[arg-type]

    def _render_traceback_(self) -> list[str]:
        """What IPython shows when the error is not caught: the user's own lines, then what is wrong with the model."""
        error: BaseException = self  # type: ignore[assignment]
        frames = [
            frame
            for frame in traceback.walk_tb(error.__traceback__)
            if not _inside(frame[0].f_globals.get("__name__", ""))
        ]
        lines = traceback.StackSummary.extract(iter(frames)).format()
        return ["Traceback (most recent call last):", *(line.rstrip("\n") for line in lines), f"ModelError: {error}"]


def _inside(module: str) -> bool:
    return module.partition(".")[0] in ("flowtime", "IPython")


class ReportDisplay:
    """What a report looks like."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from flowtime import html

        return html.report(self)  # type: ignore[arg-type]
