"""How sweeps show themselves, in notebooks and in terminals."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flowtime import html
from flowtime.ensemble_display import frame_of, scenarios_text, seeds_text, text_table
from flowtime.optional import package

if TYPE_CHECKING:
    import pandas

    from flowtime.sweep import Sweep

__all__ = ["SweepDisplay", "highest"]

_MOST_ROWS = 24
_MOST_COLUMNS = 4


class SweepDisplay:
    """What a sweep looks like."""

    __slots__ = ()

    def summary(self) -> pandas.DataFrame:
        """What there is, a row for each point, series and statistic, as a pandas DataFrame.

        The columns are the swept inputs, then those of `Ensemble.summary`.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=4, bin_size=6, bin_unit="hours")
        >>> _ = m.expr("backlog", ft.queue(m.const("demand", [3, 8, 2, 1]), m.const("capacity", 4)))
        >>> m.output("backlog")
        >>> sweep = m.compile().sweep({"capacity": [4, 5]}, 10, statistics=["mean"], quantiles=[])
        >>> sweep.summary()
           capacity   series statistic  over  min  mean  max          max_at
        0       4.0  backlog      mean  bins  0.0  1.50  4.0 0 days 06:00:00
        1       5.0  backlog      mean  bins  0.0  0.75  3.0 0 days 06:00:00
        """
        pd = package("pandas", "sweep.summary()")
        own: Sweep = self  # type: ignore[assignment]
        parts = []
        for place, ensemble in enumerate(own):
            part = frame_of(pd, ensemble)
            for at, (name, numbers) in enumerate(own.points.items()):
                part.insert(at, name, numbers[place], allow_duplicates=True)
            parts.append(part)
        frame: pandas.DataFrame = pd.concat(parts, ignore_index=True)
        return frame

    def __repr__(self) -> str:
        own: Sweep = self  # type: ignore[assignment]
        lines = [f"Sweep({_about(own)}, {scenarios_text(own.scenarios)} each, {own.grid}, {seeds_text(own[0])})"]
        head, rows = _rows(own)
        lines += text_table([head, *rows[:_MOST_ROWS]], words=())
        if len(rows) > _MOST_ROWS:
            lines.append(f"… and {len(rows) - _MOST_ROWS} more: see `sweep.summary()`")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        own: Sweep = self  # type: ignore[assignment]
        head, rows = _rows(own)
        title = own.plan.model.title
        about = f"{_about(own)} · {scenarios_text(own.scenarios)} each · {html.grid_text(own.grid)}"
        return html.page(
            html.heading(f"Sweep of {title}" if title else "Sweep", f"{about} · {seeds_text(own[0])}"),
            html.table([(escape(title), "n") for title in head], rows[:_MOST_ROWS], len(rows)),
            "".join(html.problem(found) for found in own.warnings),
            f"<details><summary>how it was computed</summary>{escape(own.work)}</details>",
        )


def _about(sweep: Sweep) -> str:
    points = "1 point" if len(sweep) == 1 else f"{len(sweep)} points"
    shape = " × ".join(map(str, sweep.shape))
    grid = f" of {shape}" if len(sweep.shape) > 1 else ""
    return f"{', '.join(sweep.points)}: {points}{grid}"


def highest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The greatest of each row, but for what is missing."""
    greatest: NDArray[np.float64] = np.fmax.reduce(values, axis=1)
    return greatest


def _rows(sweep: Sweep) -> tuple[list[str], list[list[str]]]:
    """A row for each point: the swept inputs, and what was most probably wanted."""
    columns: list[tuple[str, NDArray[np.float64]]] = []
    for series in sweep.names:
        for name in sweep.statistics(series):
            if name.startswith(("above ", "below ")):
                sign = name.replace("above", ">").replace("below", "<")
                columns.append((f"highest P({series} {sign})", highest(sweep.statistic(series, name))))
    for place, (series, name) in enumerate(sweep.measures):
        means = [_mean([*point._measured()][place][2]) for point in sweep]
        columns.append((f"mean of {series} {name}", np.array(means)))
    if not columns:
        for series in sweep.names:
            known = sweep.statistics(series)
            columns.append((f"highest {series} {known[0]}", highest(sweep.statistic(series, known[0]))))
    columns = columns[:_MOST_COLUMNS]
    rows = [
        [html.number(numbers[place]) for numbers in (*sweep.points.values(), *(numbers for _, numbers in columns))]
        for place in range(len(sweep))
    ]
    return [*sweep.points, *(title for title, _ in columns)], rows


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan
