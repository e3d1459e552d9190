"""Sweeps as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.optional import package
from flowtime.pictures import COLOURS
from flowtime.sweep_display import highest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flowtime.sweep import Sweep

__all__ = ["SweepPictures"]

_MUTED = "#6b7280"
_BANDS = ((0.05, 0.95), (0.25, 0.75))


class SweepPictures:
    """What a sweep looks like on paper."""

    __slots__ = ()

    def plot(
        self,
        series: str | None = None,
        statistic: str | None = None,
        *,
        at: int | str | np.datetime64 | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """Draws with matplotlib how a statistic or a measure depends on the swept inputs.

        Over one input a statistic is a line, and a measure a fan over its scenarios. Over the two inputs of a
        grid it is a map, of the mean if it is a measure.

        Args:
            series: The name of the series. By default the first that has what is drawn.
            statistic: `mean`, `95%`, `above 500` …, or a measure such as `max` that `measures=` named. A measure comes
                first where both have a name. By default the first probability, measure, or statistic there is.
            at: The bin of a statistic: its number, or a time in it. By default the bin with the greatest value, for
                each point.
            ax: Axes to draw into. By default a new figure.
            title: By default that of the model.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours", start="2026-03-02")
        >>> demand = m.pmf("demand", {80: 0.3, 100: 0.5, 150: 0.2})
        >>> _ = m.expr("backlog", ft.queue(demand, m.const("capacity", 110)))
        >>> sweep = m.compile().sweep({"capacity": [100, 110, 120]}, 100, keep=["backlog"], above={"backlog": 100})
        >>> sweep.plot(at="2026-03-02T15:00").get_ylabel()
        'backlog above 100\\nat 2026-03-02 15:00'
        """
        plt = package("matplotlib.pyplot", "sweep.plot()")
        own: Sweep = self  # type: ignore[assignment]
        name, label = _what(own, series, statistic)
        measured = (name, label) in own.measures
        if measured and at is not None:
            raise ArgumentError(f"`{label}` of `{name}` is over all bins: there is no `at`")
        inputs = (
            own.points
            if own.axes is None
            else {n: own.points[n] for n, numbers in own.axes.items() if len(numbers) > 1}
        )
        inputs = inputs or own.points
        if len(inputs) > 2 or (len(inputs) == 2 and own.axes is None):
            raise ArgumentError(
                "a picture has room for one swept input, or for a grid of two: "
                "choose points with `sweep.at(…)`, or draw from `sweep.summary()`"
            )
        if ax is not None:
            axis = ax
        else:
            _, axis = plt.subplots(figsize=(9, 3.4) if len(inputs) == 1 else (7, 4.6), layout="constrained")
        ylabel = f"{name} {label}"
        if measured:
            place = own.measures.index((name, label))
            values = np.stack([[*point._measured()][place][2] for point in own])
        else:
            values, when = _at(own, own.statistic(name, label), at)
            ylabel += f"\n{when}"
        if len(inputs) == 2:
            _map(plt, axis, own, inputs, _mean(values) if measured else values, ylabel)
        else:
            ((swept, x),) = inputs.items()
            order = np.argsort(x, kind="stable")
            (_fan if measured else _line)(axis, x[order], values[order])
            axis.set_xlabel(_unit(own, swept))
            axis.set_ylabel(ylabel)
            axis.grid(axis="y", color=_MUTED, alpha=0.2, linewidth=0.8)
            axis.margins(x=0.01)
            if label.startswith(("above ", "below ")):
                axis.set_ylim(-0.02, 1.02)
        axis.spines[["top", "right"]].set_visible(False)
        heading = own.plan.model.title if title is None else title
        if heading:
            axis.set_title(heading, loc="left", fontweight="bold")
        return axis


def _what(sweep: Sweep, series: str | None, statistic: str | None) -> tuple[str, str]:
    """The series and the statistic, or measure, to draw."""
    for parameter, value in (("series", series), ("statistic", statistic)):
        if value is not None and not isinstance(value, str):
            raise ArgumentTypeError(f"`{parameter}` is a name, not {described(value)}")
    names = dict.fromkeys([*sweep.names, *(name for name, _ in sweep.measures)])
    known = [(name, label) for name in sweep.names for label in sweep.statistics(name)]
    likely = [pair for pair in known if pair[1].startswith(("above ", "below "))]
    found = [
        (name, label)
        for name, label in [*([] if statistic else likely), *sweep.measures, *known]
        if series in (None, name) and statistic in (None, label)
    ]
    if not found:
        if series is not None and series not in names:
            sweep.statistics(series)
        there = ", ".join(
            dict.fromkeys(f"`{label}`" for name, label in [*sweep.measures, *known] if series in (None, name))
        )
        raise ArgumentError(f"there is no `{statistic}` to draw: there are {there}")
    return found[0]


def _at(sweep: Sweep, values: NDArray[np.float64], at: Any) -> tuple[NDArray[np.float64], str]:
    """The values in one bin, and which it is."""
    if at is None:
        return highest(values), "at its highest"
    bins = sweep.grid.bins
    if isinstance(at, (int, np.integer)) and not isinstance(at, bool):
        place = int(at)
    elif sweep.grid.start is None:
        raise ArgumentTypeError(f"`at` is the number of a bin, as the grid has no start, not {described(at)}")
    else:
        try:
            moment = np.datetime64(at, "us")
        except (TypeError, ValueError):
            raise ArgumentError(f"`at` is a bin or a time such as `2026-03-02T15:00`, not {described(at)}") from None
        place = int(
            (moment - sweep.time[0].astype("datetime64[us]")) // np.timedelta64(sweep.grid.bin_minutes * 60, "s")
        )
    if not -bins <= place < bins:
        raise ArgumentError(f"`at` is {at}: there are {bins} bins")
    time = sweep.time[place]
    when = f"bin {place % bins}" if sweep.grid.start is None else str(time.astype("datetime64[m]")).replace("T", " ")
    return values[:, place], f"at {when}"


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.where(known, values, 0).sum(axis=1) / known.sum(axis=1)
    return means


def _line(ax: Axes, x: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    ax.plot(x, values, color=COLOURS[0], marker="o", markersize=3.5, linewidth=1.6)


def _fan(ax: Axes, x: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """What scenarios differ by at each point; where all are missing there is a gap."""
    rows = [row[~np.isnan(row)] for row in values]

    def level(q: float) -> NDArray[np.float64]:
        return np.array([np.quantile(row, q) if row.size else np.nan for row in rows])

    for i, (low, high) in enumerate(_BANDS):
        ax.fill_between(
            x, level(low), level(high), color=COLOURS[0], alpha=0.18 + 0.1 * i, linewidth=0,
            label=f"{100 * low:g} % to {100 * high:g} % of scenarios",
        )  # fmt: skip
    ax.plot(x, level(0.5), color=COLOURS[0], marker="o", markersize=3.5, linewidth=1.6, label="median")
    ax.plot(x, _mean(values), color=COLOURS[1], linewidth=1.2, linestyle="--", label="mean")
    ax.legend(frameon=False)


def _map(plt: Any, ax: Axes, sweep: Sweep, inputs: Any, values: NDArray[np.float64], label: str) -> None:
    """Cells around the points of a grid of two inputs."""
    (first, _), (second, _) = inputs.items()
    axes = sweep.axes or {}
    rows = [np.sort(axes[name]) for name in (first, second)]
    order = np.ix_(*(np.argsort(axes[name], kind="stable") for name in (first, second)))
    cells = values.reshape(len(rows[0]), len(rows[1]))[order]
    mesh = ax.pcolormesh(rows[0], rows[1], cells.T, shading="nearest", cmap="viridis")
    if " above " in label or " below " in label:
        mesh.set_clim(0, 1)
    ax.set_xlabel(_unit(sweep, first))
    ax.set_ylabel(_unit(sweep, second))
    plt.colorbar(mesh, ax=ax, label=label)


def _unit(sweep: Sweep, name: str) -> str:
    unit = sweep.plan.nodes[name].unit
    return f"{name}, {unit}" if unit not in (None, "", name) else name
