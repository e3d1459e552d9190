"""Runs as pictures, for notebooks and for papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import Expr, described
from flowtime.optional import package

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flowtime.grid import Grid
    from flowtime.plan import Plan

__all__ = ["COLOURS", "RunPictures", "chosen", "dress", "edges_of", "time_axis"]

# Colours that people with any common colour vision can tell apart: the set of M. Okabe and K. Ito, "Color
# Universal Design" (2002, revised 2008), without its black and its pale yellow; a grey closes the set. As in
# the other pictures of flowtime.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b7280")
# Series beyond the colours are told apart by these.
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
# Names beside the lines take the width of the picture, names below each other its height.
_NAMES_ABOVE = 5
_MUTED = "#6b7280"


class RunPictures(Mapping[str, NDArray[np.float64]]):
    """What a run looks like."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def plan(self) -> Plan: ...
        @property
        def grid(self) -> Grid: ...
        @property
        def seed(self) -> int: ...
        @property
        def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]: ...

    def plot(
        self, series: str | Iterable[str] | None = None, *, ax: Axes | None = None, title: str | None = None
    ) -> Any:
        """Draws series over time with matplotlib.

        Each value is drawn over the whole of its bin; missing values are gaps. Series of different units have
        panels of their own, one below the other.

        Args:
            series: The names of those to draw. By default the outputs of the model.
            ax: Axes to draw into, all series together. By default a new figure.
            title: By default that of the model.

        Returns:
            The axes; an array of them if there are several panels.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours", start="2026-03-02")
        >>> demand = m.pmf("demand", {80: 0.5, 120: 0.5}, unit="jobs")
        >>> _ = m.expr("backlog", ft.queue(demand, 100), unit="jobs")
        >>> ax = m.compile().run().plot(["demand", "backlog"])
        >>> ax.get_ylabel()
        'jobs'
        """
        plt = package("matplotlib.pyplot", "run.plot()")
        names = chosen(self, series)
        units = {name: self.plan.nodes[name].unit or "" for name in names}
        # In the order in which they first occur.
        panels = (
            [names] if ax is not None else [[n for n in names if units[n] == u] for u in dict.fromkeys(units.values())]
        )
        if ax is None:
            height = 3.4 if len(panels) == 1 else 0.8 + 2.1 * len(panels)
            _, grid = plt.subplots(
                len(panels), 1, sharex=True, squeeze=False, figsize=(9, height), layout="constrained"
            )
            axes = list(grid[:, 0])
        else:
            axes = [ax]
        edges = edges_of(self.grid, self.time)
        for axis, panel in zip(axes, panels, strict=True):
            for i, name in enumerate(panel):
                values = self[name]
                axis.plot(
                    edges,
                    np.append(values, values[-1]),
                    drawstyle="steps-post",
                    color=COLOURS[i % len(COLOURS)],
                    linestyle=_DASHES[i // len(COLOURS) % len(_DASHES)],
                    linewidth=1.6 if len(values) <= 1000 else 1.0,
                    label=name,
                )
            dress(axis, panel, ", ".join(u for u in dict.fromkeys(units[name] for name in panel) if u))
        heading = self.plan.model.title if title is None else title
        if heading:
            axes[0].set_title(heading, loc="left", fontweight="bold", pad=26 if _names_above(panels[0]) else 8)
        time_axis(axes[-1], self.grid, self.time)
        return axes[0] if len(axes) == 1 else np.array(axes)


def chosen(run: RunPictures, series: str | Iterable[str] | None) -> list[str]:
    """The series that are asked for, each once; by default the outputs that were kept, or all."""
    if series is None:
        outputs = [name for name in run.plan.model.outputs if name in run]
        return outputs or list(run)
    if not isinstance(series, Iterable):
        raise ArgumentTypeError(f"series are chosen by name, not by {described(series)}")
    names: list[Any] = [series] if isinstance(series, (str, Expr)) else list(series)
    for name in names:
        if not isinstance(name, str):
            hint = f": give its name, `{str(name)!r}`" if isinstance(name, Expr) else ""
            raise ArgumentTypeError(f"series are chosen by name, not by {described(name)}{hint}")
        # An unknown name is refused as everywhere.
        run[name]
    if not names:
        raise ArgumentError("no series was chosen: name one, or leave `series` out for the outputs of the model")
    return list(dict.fromkeys(names))


def edges_of(grid: Grid, time: NDArray[Any]) -> NDArray[Any]:
    """Where bins begin, and where the last ends: moments, or numbers in the unit of the grid."""
    if grid.start is None:
        return np.arange(grid.bins + 1) * float(grid.bin_size)
    return np.append(time, time[-1] + np.timedelta64(grid.bin_minutes * 60, "s"))


def _names_above(panel: list[str]) -> bool:
    return 1 < len(panel) <= _NAMES_ABOVE


def dress(axis: Axes, panel: list[str], unit: str) -> None:
    """Everything about a panel but its lines and its time."""
    if len(panel) == 1:
        unit = f"{panel[0]}\n{unit}" if unit not in ("", panel[0]) else panel[0]
    elif _names_above(panel):
        axis.legend(
            loc="lower left",
            bbox_to_anchor=(-0.005, 1.0),
            ncols=len(panel),
            frameon=False,
            borderpad=0.2,
            handlelength=1.6,
            columnspacing=1.4,
        )
    else:
        axis.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.02), frameon=False, ncols=1 + len(panel) // 16, handlelength=2.2
        )
    axis.set_ylabel(unit)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(_MUTED)
    axis.grid(axis="y", color=_MUTED, alpha=0.2, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.margins(x=0, y=0.06)
    low, high = axis.dataLim.y0, axis.dataLim.y1
    # What is counted is seen from 0; what varies little around a high level is not.
    if np.isfinite([low, high]).all() and 0 <= low <= 0.5 * high:
        axis.set_ylim(bottom=0)


def time_axis(axis: Axes, grid: Grid, time: NDArray[Any]) -> None:
    if grid.start is None:
        axis.set_xlabel(grid.bin_unit)
        return
    dates = package("matplotlib.dates", "run.plot()")
    locator = dates.AutoDateLocator(minticks=4, maxticks=9)
    axis.xaxis.set_major_locator(locator)
    # Its own note would be the day of the last tick, where a day that ends at midnight has ended already.
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
    first, last = (str(time[place].astype("datetime64[D]")) for place in (0, -1))
    axis.set_xlabel(first if first == last else f"{first} – {last}", loc="right", color=_MUTED)
