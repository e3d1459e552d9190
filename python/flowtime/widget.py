"""The what-if widget: sliders for inputs, and charts of series that follow them.

The kernel computes and the page draws. A moved slider sends its position; while a run is computed the page
keeps only the newest position, so that the last one always wins and nothing queues up.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from flowtime import _native
from flowtime.exceptions import ArgumentError, ArgumentTypeError, FlowtimeError
from flowtime.expression import as_number, described
from flowtime.html import number
from flowtime.optional import package
from flowtime.pictures import COLOURS, chosen

if TYPE_CHECKING:
    from flowtime.grid import Grid
    from flowtime.plan import Plan
    from flowtime.runs import Run

__all__ = ["WhatIf", "make"]

_HERE = Path(__file__).parent
# Those of other pictures, but with a blue that is told from black paper too.
_COLOURS = ("#2e86c1", *COLOURS[1:])
# Points of a line on a page; longer series are reduced to the least and the greatest value of each group of bins.
_MOST_POINTS = 2400
# Positions of a slider whose step nobody chose.
_POSITIONS = 100
# How long the sliders must rest until the picture for exported notebooks is made anew.
_REST = 2.0


class WhatIf(anywidget.AnyWidget):
    """Sliders for inputs of a plan and charts of its series: see `Plan.widget`.

    `values` can be read and set; `run` is the run that is shown.
    """

    _esm = _HERE / "widget.js"
    _css = _HERE / "widget.css"

    values: Any = traitlets.Dict().tag(sync=True)
    """The position of each slider."""

    _inputs: Any = traitlets.List().tag(sync=True)
    _series: Any = traitlets.List().tag(sync=True)
    _ticks: Any = traitlets.List().tag(sync=True)
    _reference: Any = traitlets.Dict().tag(sync=True)
    _now: Any = traitlets.Bytes().tag(sync=True)
    _before: Any = traitlets.Bytes().tag(sync=True)
    _told: Any = traitlets.List().tag(sync=True)
    _problem: Any = traitlets.Unicode().tag(sync=True)
    # Counts the answers; set last, so that the page finds the rest in place.
    _answer: Any = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        plan: Plan,
        sliders: Sequence[dict[str, Any]],
        names: Sequence[str],
        reference: Run,
        values: dict[str, float],
    ) -> None:
        self._plan = plan
        self._names = list(names)
        self._seed = reference.seed
        self._first = reference
        self._run = reference
        self._shown: Any = None
        self._timer: asyncio.TimerHandle | None = None
        units = [plan.nodes[name].unit or "" for name in names]
        super().__init__(
            values=values,
            _inputs=list(sliders),
            _series=[
                {"name": name, "unit": unit, "colour": _COLOURS[i % len(_COLOURS)]}
                for i, (name, unit) in enumerate(zip(names, units, strict=True))
            ],
            _ticks=_ticks(plan.grid),
            _reference=values,
            _now=self._packed(reference),
            _before=self._packed(reference),
            _told=self._summary(reference),
        )
        self.observe(self._moved, "values")

    @property
    def plan(self) -> Plan:
        """The plan that is run."""
        return self._plan

    @property
    def run(self) -> Run:
        """The run that is shown."""
        return self._run

    @property
    def reference(self) -> Run:
        """The run with the model's own values."""
        return self._first

    @traitlets.validate("values")
    def _checked(self, proposal: Any) -> dict[str, float]:
        """The positions of all sliders, whatever part of them is set."""
        given = proposal["value"]
        known = {slider["name"] for slider in self._inputs}
        for name in given:
            if name not in known:
                raise ArgumentError(f"`{name}` has no slider: there are {', '.join(f'`{n}`' for n in sorted(known))}")
        numbers = {name: as_number(value, f"the value for `{name}`") for name, value in given.items()}
        return {**self._reference, **(self.values if self._answer else {}), **numbers}

    def _moved(self, change: Any) -> None:
        problem, run = "", self._run
        try:
            # A slider at the model's own value leaves the node as it is, also if it holds many values.
            inputs = {name: value for name, value in self.values.items() if value != self._reference[name]}
            run = self._plan.run(seed=self._seed, inputs=inputs)
        except FlowtimeError as error:
            problem = str(error)
        self._run = run
        with self.hold_sync():
            self._now = self._packed(run)
            self._told = self._summary(run)
            self._problem = problem
            self._answer += 1
        self._refresh_later()

    def _packed(self, run: Run) -> bytes:
        return b"".join(_reduced(run[name]).astype("<f8").tobytes() for name in self._names)

    def _summary(self, run: Run) -> list[str]:
        return [_summary(run[name]) for name in self._names]

    # What is left where there is no kernel

    def picture(self) -> str:
        """The charts as they stand, as SVG."""
        grid = self._plan.grid
        start = None if grid.start is None else int(grid.time[:1].astype("datetime64[s]").astype(np.int64)[0])
        panels = []
        for name in self._names:
            series = [(name, self._run[name])]
            if self._run is not self._first:
                series.append(("with the model's own values", self._first[name]))
            panels.append((name, self._plan.nodes[name].unit or "", series))
        position = " · ".join(f"{name} {number(value)}" for name, value in self.values.items())
        return _native.charts(self._plan.model.title or "", position, panels, start, grid.bin_minutes * 60)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made if isinstance(made, tuple) else (made, {})
        text = ", ".join(f"{name}={number(value)}" for name, value in self.values.items())
        still = f'<div style="background:#fff;max-width:880px" title="{escape(text)}">{self.picture()}</div>'
        return {**data, "text/plain": f"WhatIf({text})", "text/html": still}, metadata

    def _ipython_display_(self) -> None:
        data, metadata = self._repr_mimebundle_() or ({}, {})
        self._shown = package("IPython.display", "display(widget)").display(
            data, metadata=metadata, raw=True, display_id=True
        )

    def _refresh_later(self) -> None:
        """Makes the picture for exported notebooks anew once the sliders rest."""
        if self._shown is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(_REST, self._refresh)

    def _refresh(self) -> None:
        data, metadata = self._repr_mimebundle_() or ({}, {})
        self._shown.update(data, metadata=metadata, raw=True)

    def __repr__(self) -> str:
        position = ", ".join(f"{name}={number(value)}" for name, value in self.values.items())
        return f"WhatIf({position})"


def make(plan: Plan, inputs: Any, series: Any, seed: int | None) -> WhatIf:
    """The widget of these arguments of `Plan.widget`."""
    if not isinstance(inputs, Mapping):
        raise ArgumentTypeError(
            f"`inputs` must be a mapping such as {{'capacity': (50, 200)}}, not {described(inputs)}"
        )
    if not inputs:
        raise ArgumentError("`inputs` is empty: name at least one input with the ends of its slider")
    reference = plan.run(seed=seed)
    values = {}
    sliders = []
    for name, ends in inputs.items():
        low, high, step = _ends(name, ends)
        # Refuses unknown names and expression nodes as every run does.
        plan.run(seed=seed, inputs={name: low}, keep=[name])
        own = _own(plan, name)
        if not low <= own <= high:
            raise ArgumentError(
                f"the slider of `{name}` goes from {number(low)} to {number(high)}, but the model has {number(own)}: "
                "choose ends that hold it"
            )
        values[name] = own
        unit = plan.nodes[name].unit or ""
        sliders.append({"name": name, "low": low, "high": high, "step": step, "unit": unit})
    return WhatIf(plan, sliders, chosen(reference, series), reference, values)


def _ends(name: str, ends: Any) -> tuple[float, float, float]:
    if isinstance(ends, str) or not isinstance(ends, Sequence) or len(ends) not in (2, 3):
        raise ArgumentTypeError(
            f"the slider of `{name}` must have two ends, `(low, high)`, or also a step, not {described(ends)}"
        )
    low, high, *steps = (as_number(end, f"each end of the slider of `{name}`") for end in ends)
    if not low < high:
        raise ArgumentError(f"the slider of `{name}` must go up: {number(low)} is not below {number(high)}")
    step = steps[0] if steps else _round_step(high - low)
    if not 0 < step <= high - low:
        raise ArgumentError(
            f"the step of the slider of `{name}` must be above 0 and at most {number(high - low)}, not {number(step)}"
        )
    return low, high, step


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten, for about a hundred positions."""
    raw = span / _POSITIONS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= raw * 0.999)
    return float(f"{step:.0e}")


def _own(plan: Plan, name: str) -> float:
    """Where the model's own values of an input are: their mean, if there are several."""
    node = plan.nodes[name]
    values = np.array(node.values or (np.nan,), dtype=np.float64)
    if node.probabilities is not None:
        return float(np.dot(values, node.probabilities))
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def _reduced(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fewer points that show the same line: of each group of bins the least and the greatest, as they come."""
    if values.size <= _MOST_POINTS:
        return values
    size = -(-values.size // (_MOST_POINTS // 2))
    groups = np.full(-(-values.size // size) * size, np.nan)
    groups[: values.size] = values
    rows = groups.reshape(-1, size)
    low = np.where(np.isnan(rows), np.inf, rows)
    high = np.where(np.isnan(rows), -np.inf, rows)
    first, last = np.sort([low.argmin(axis=1), high.argmax(axis=1)], axis=0)
    lines = np.arange(len(rows))
    return np.stack([rows[lines, first], rows[lines, last]], axis=1).ravel()


def _summary(values: NDArray[np.float64]) -> str:
    known = values[~np.isnan(values)]
    if not known.size:
        return "no values"
    with np.errstate(all="ignore"):
        return f"mean {number(known.mean())} · max {number(known.max())}"


_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7200, 10080, 20160)
_MOST_TICKS = 7


def _ticks(grid: Grid) -> list[dict[str, Any]]:
    """Where on the axis of time, as a part of its length, which text stands."""
    total = grid.bins * grid.bin_minutes
    if grid.start is None:
        units = grid.bins * grid.bin_size
        step = _round_step(units * _POSITIONS / _MOST_TICKS)
        count = int(units / step) + 1
        texts = [number(i * step) for i in range(count)]
        texts[0] = f"0 {grid.bin_unit}"
        return [{"at": i * step / units, "text": text} for i, text in enumerate(texts)]
    start = datetime.fromisoformat(grid.start.replace("Z", "+00:00")).astimezone(UTC)
    origin = start.timestamp() / 60
    if total > _MINUTES[-1] * _MOST_TICKS:
        months = -(-total // (43830 * _MOST_TICKS))
        first = start.year * 12 + start.month - 1
        moments = [
            datetime((first + i) // 12, (first + i) % 12 + 1, 1, tzinfo=UTC)
            for i in range(0, total // 43200 + 2, months)
        ]
        form = "%b %Y" if months >= 12 or total > 525_960 * 2 else "%b"
    else:
        step = next(m for m in _MINUTES if total / m <= _MOST_TICKS)
        first = math.ceil(origin / step)
        moments = [datetime.fromtimestamp((first + i) * step * 60, UTC) for i in range(_MOST_TICKS + 1)]
        form = "%H:%M" if step < 1440 else "%d %b"
    places = [((moment.timestamp() / 60 - origin) / total, moment) for moment in moments]
    return [{"at": at, "text": moment.strftime(form)} for at, moment in places if 0 <= at <= 1]
