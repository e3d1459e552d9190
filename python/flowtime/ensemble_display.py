"""How ensembles show themselves, in notebooks and in terminals."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowtime import _native, html
from flowtime.optional import package

if TYPE_CHECKING:
    import pandas

    from flowtime.ensemble import Ensemble

__all__ = ["EnsembleDisplay", "fan_of", "frame_of", "scenarios_text", "seeds_text", "text_table"]

# Rows that are shown, and series that are drawn.
_MOST_ROWS = 24
_MOST_DRAWN = 3
_SPARK = 32
_HEAD = ("min", "mean", "max", "max at")


class EnsembleDisplay:
    """What an ensemble looks like."""

    __slots__ = ()

    def summary(self) -> pandas.DataFrame:
        """What there is, a row for each series and statistic, as a pandas DataFrame.

        `min`, `mean` and `max` are those of the statistic over the bins, `max_at` is when the greatest was first; of
        a measure they are over the scenarios, and `max_at` is the number of the scenario.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=4, bin_size=6, bin_unit="hours", start="2026-03-02")
        >>> _ = m.expr("backlog", ft.queue(m.const("demand", [3, 8, 2, 1]), 4))
        >>> m.output("backlog")
        >>> ensemble = m.compile().ensemble(10, statistics=["mean"], quantiles=[], measures={"backlog": "max"})
        >>> ensemble.summary()
            series statistic       over  min  mean  max               max_at
        0  backlog      mean       bins  0.0   1.5  4.0  2026-03-02 06:00:00
        1  backlog       max  scenarios  4.0   4.0  4.0                    0
        """
        return frame_of(package("pandas", "ensemble.summary()"), self)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        own: Ensemble = self  # type: ignore[assignment]
        lines = [f"Ensemble({scenarios_text(own.scenarios)}, {own.grid}, {seeds_text(own)})"]
        rows = _rows(own)
        table = [["series", "statistic", *_HEAD, ""]]
        for series, name, over, values, numbers, at in rows[:_MOST_ROWS]:
            spark = _native.sparkline_text(values, _SPARK) if over == "bins" else ""
            table.append([series, _called(name, over), *map(html.number, numbers), _when(own, over, at), spark])
        lines += text_table(table, words=(0, 1, 6))
        if len(rows) > _MOST_ROWS:
            lines.append(f"… and {len(rows) - _MOST_ROWS} more: see `ensemble.summary()`")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        own: Ensemble = self  # type: ignore[assignment]
        names = own.names
        drawn = "".join(html.picture(fan_of(own, name)) for name in names[:_MOST_DRAWN])
        more = f" · the first {_MOST_DRAWN} of {len(names)} series are drawn" if len(names) > _MOST_DRAWN else ""
        rows = _rows(own)
        head = [("series", ""), ("statistic", ""), *((title, "n") for title in _HEAD), ("", "s")]
        cells = (
            [
                f"<b>{escape(series)}</b>",
                escape(_called(name, over)),
                *map(html.number, numbers),
                escape(_when(own, over, at)),
                _native.sparkline(values, 160, 22) if over == "bins" else "",
            ]
            for series, name, over, values, numbers, at in rows[:_MOST_ROWS]
        )
        title = own.plan.model.title
        return html.page(
            html.heading(
                f"Ensemble of {title}" if title else "Ensemble",
                f"{scenarios_text(own.scenarios)} · {html.grid_text(own.grid)} · {seeds_text(own)}{more}",
            ),
            drawn,
            html.table(head, cells, len(rows)),
            "".join(html.problem(found) for found in own.warnings),
            f"<details><summary>how it was computed</summary>{escape(own.work)}</details>",
        )


def frame_of(pd: Any, ensemble: Ensemble) -> pandas.DataFrame:
    """The summary of an ensemble."""

    def place(over: str, at: int | None) -> object:
        if at is None or over == "scenarios":
            return at
        return (pd.Timestamp if ensemble.grid.start else pd.Timedelta)(ensemble.time[at])

    rows = [(series, name, over, *numbers, place(over, at)) for series, name, over, _, numbers, at in _rows(ensemble)]
    columns = ["series", "statistic", "over", "min", "mean", "max", "max_at"]
    frame: pandas.DataFrame = pd.DataFrame(rows, columns=columns)
    return frame


Row = tuple[str, str, str, NDArray[np.float64], tuple[float, float, float], int | None]


def _rows(ensemble: Ensemble) -> list[Row]:
    """Of each statistic and measure its numbers in short, and where the greatest is."""
    found: list[Row] = []
    for series in ensemble.names:
        for name in ensemble.statistics(series):
            values = ensemble.statistic(series, name)
            # That nothing is missing is nothing to tell.
            if name != "missing" or values.any():
                found.append((series, name, "bins", values, *_short(values)))
        found += [
            (of, name, "scenarios", values, *_short(values))
            for of, name, values in ensemble._measured()
            if of == series
        ]
    found += [
        (of, name, "scenarios", values, *_short(values))
        for of, name, values in ensemble._measured()
        if of not in ensemble.names
    ]
    return found


def _short(values: NDArray[np.float64]) -> tuple[tuple[float, float, float], int | None]:
    known = values[~np.isnan(values)]
    if not known.size:
        return (np.nan, np.nan, np.nan), None
    with np.errstate(all="ignore"):
        return (float(known.min()), float(known.mean()), float(known.max())), int(np.nanargmax(values))


def _when(ensemble: Ensemble, over: str, at: int | None) -> str:
    if at is None:
        return ""
    if over == "scenarios":
        return f"scenario {at}"
    if ensemble.grid.start is None:
        return f"bin {at}"
    return str(ensemble.time[at].astype("datetime64[m]")).replace("T", " ")


def _called(name: str, over: str) -> str:
    return name if over == "bins" else f"{name} of a scenario"


def scenarios_text(scenarios: int) -> str:
    return "1 scenario" if scenarios == 1 else f"{scenarios} scenarios"


def seeds_text(ensemble: Ensemble) -> str:
    return "seeds as listed" if ensemble._listed else f"seed {ensemble._native.seed}"


def text_table(table: list[list[str]], *, words: tuple[int, ...]) -> list[str]:
    """Lines of a table; words stand at the left, numbers at the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place in words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def fan_of(ensemble: Ensemble, name: str) -> str:
    """A fan chart of one series as SVG."""
    known = ensemble.statistics(name)
    quantiles: list[tuple[float, Any]] = [(q, ensemble.quantile(name, q)) for q in ensemble._native.quantiles(name)]
    if len(quantiles) < 2 and {"min", "max"} <= set(known):
        quantiles += [(0.0, ensemble.min(name)), (1.0, ensemble.max(name))]
    lines = [("mean", ensemble.mean(name))] if "mean" in known else []
    if not quantiles and not lines:
        lines = [(label, ensemble.statistic(name, label)) for label in known if label != "missing"]
    shown = [numbers for _, numbers in [*quantiles, *lines]]
    top = max((float(np.nanmax(numbers)) for numbers in shown if not np.isnan(numbers).all()), default=0.0)
    thresholds = sorted({x for side in ensemble._native.thresholds(name) for x in side if x <= 2 * max(top, 0.0)})
    start = ensemble.time[0].astype("datetime64[s]").astype(np.int64) if ensemble.grid.start else None
    unit = ensemble.plan.nodes[name].unit or ""
    return _native.fan(
        name, unit, quantiles, lines, thresholds, None if start is None else int(start), ensemble.grid.bin_minutes * 60
    )
