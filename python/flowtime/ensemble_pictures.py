"""Ensembles and sweeps as pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.optional import package
from flowtime.pictures import COLOURS, dress, edges_of, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flowtime.ensemble import Ensemble

__all__ = ["EnsemblePictures", "bands", "fan", "shown"]

_MUTED = "#6b7280"


class EnsemblePictures:
    """What an ensemble looks like on paper."""

    __slots__ = ()

    def plot(
        self,
        series: str | Iterable[str] | None = None,
        *,
        probability: bool = False,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Any:
        """Draws fans with matplotlib: bands between quantiles, the median and the mean, thresholds across.

        Without quantiles the band is what lies between the smallest and the greatest value.

        Args:
            series: The names of those to draw, each in a panel of its own. By default those that were kept.
            probability: Draws instead how likely each series is above or below its thresholds.
            ax: Axes to draw a single series into. By default a new figure.
            title: By default that of the model.

        Returns:
            The axes; an array of them if there are several panels.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours", start="2026-03-02")
        >>> demand = m.pmf("demand", {80: 0.5, 120: 0.5})
        >>> _ = m.expr("backlog", ft.queue(demand, 100), unit="jobs")
        >>> ensemble = m.compile().ensemble(500, keep=["backlog"], above={"backlog": 50})
        >>> ensemble.plot().get_ylabel(), ensemble.plot(probability=True).get_ylabel()
        ('backlog\\njobs', 'probability')
        """
        plt = package("matplotlib.pyplot", "ensemble.plot()")
        own: Ensemble = self  # type: ignore[assignment]
        names = shown(own, series)
        if probability and series is None:
            names = [name for name in names if _likely(own, name)]
        if not names or (probability and not all(_likely(own, name) for name in names)):
            missing = "".join(f" of `{name}`" for name in names[:1])
            raise ArgumentError(f"there are no thresholds{missing}: say `above={{…}}` or `below={{…}}` when it is run")
        if ax is not None and len(names) > 1:
            raise ArgumentError(f"there are {len(names)} series for one `ax`: name one, `plot({names[0]!r}, ax=ax)`")
        if ax is None:
            height = 3.4 if len(names) == 1 else 0.8 + 2.4 * len(names)
            _, panels = plt.subplots(
                len(names), 1, sharex=True, squeeze=False, figsize=(9, height), layout="constrained"
            )
            axes = list(panels[:, 0])
        else:
            axes = [ax]
        edges = edges_of(own.grid, own.time)
        for axis, name in zip(axes, names, strict=True):
            unit = own.plan.nodes[name].unit or ""
            if probability:
                for i, label in enumerate(_likely(own, name)):
                    _steps(
                        axis,
                        edges,
                        own.statistic(name, label),
                        color=COLOURS[i % len(COLOURS)],
                        label=f"{name} {label}",
                    )
                dress(axis, list(_likely(own, name)), "probability")
                axis.set_ylabel("probability")
                axis.set_ylim(0, 1)
                axis.legend(loc="upper left", frameon=False)
            else:
                fan(own, axis, edges, name)
                dress(axis, [name], unit)
                _thresholds(own, axis, name)
                axis.legend(
                    loc="lower left",
                    bbox_to_anchor=(-0.005, 1.0),
                    ncols=6,
                    frameon=False,
                    borderpad=0.2,
                    handlelength=1.6,
                )
        heading = own.plan.model.title if title is None else title
        if heading:
            axes[0].set_title(heading, loc="left", fontweight="bold", pad=8 if probability else 26)
        time_axis(axes[-1], own.grid, own.time)
        return axes[0] if len(axes) == 1 else np.array(axes)


def shown(ensemble: Any, series: str | Iterable[str] | None) -> list[str]:
    """The series that are asked for, each once."""
    if series is None:
        return list(ensemble.names)
    if not isinstance(series, Iterable):
        raise ArgumentTypeError(f"series are chosen by name, not by {described(series)}")
    names = [series] if isinstance(series, str) else list(series)
    for name in names:
        ensemble.statistics(name)
    if not names:
        raise ArgumentError("no series was chosen: name one, or leave `series` out")
    return list(dict.fromkeys(names))


def _likely(ensemble: Ensemble, name: str) -> list[str]:
    return [label for label in ensemble.statistics(name) if label.startswith(("above ", "below "))]


def bands(ensemble: Ensemble, name: str) -> tuple[list[tuple[str, Any, Any]], Any]:
    """Pairs of quantiles, the widest first, and the median, if it is there."""
    levels = sorted(ensemble._native.quantiles(name))
    pairs = (
        [
            (f"{100 * low:.4g} % to {100 * high:.4g} %", ensemble.quantile(name, low), ensemble.quantile(name, high))
            for low, high in zip(levels[: len(levels) // 2], reversed(levels[-(len(levels) // 2) :]), strict=True)
        ]
        if len(levels) > 1
        else []
    )
    known = ensemble.statistics(name)
    if not pairs and {"min", "max"} <= set(known):
        pairs = [("least to greatest", ensemble.min(name), ensemble.max(name))]
    return pairs, ensemble.quantile(name, 0.5) if 0.5 in levels else None


def fan(ensemble: Ensemble, axis: Axes, edges: NDArray[Any], name: str) -> None:
    """Bands and lines of one series."""
    pairs, median = bands(ensemble, name)
    for i, (label, low, high) in enumerate(pairs):
        axis.fill_between(
            edges,
            np.append(low, low[-1]),
            np.append(high, high[-1]),
            step="post",
            color=COLOURS[0],
            alpha=0.18 + 0.1 * i,
            linewidth=0,
            label=label,
        )
    if median is not None:
        _steps(axis, edges, median, color=COLOURS[0], label="median")
    if "mean" in ensemble.statistics(name):
        _steps(axis, edges, ensemble.mean(name), color=COLOURS[1], label="mean", linestyle="--", linewidth=1.2)


def _steps(axis: Axes, edges: NDArray[Any], numbers: NDArray[np.float64], **style: Any) -> None:
    style.setdefault("linewidth", 1.6)
    axis.plot(edges, np.append(numbers, numbers[-1]), drawstyle="steps-post", **style)


def _thresholds(ensemble: Ensemble, axis: Axes, name: str) -> None:
    """Thresholds, but for those so far off that the fan would be flat."""
    top = axis.get_ylim()[1]
    for x in sorted({x for side in ensemble._native.thresholds(name) for x in side}):
        if x <= 2 * max(top, 0):
            axis.axhline(x, color=_MUTED, linewidth=1, linestyle=(0, (4, 3)))
            axis.annotate(
                f"{x:g}",
                (1, x),
                xycoords=("axes fraction", "data"),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                color=_MUTED,
                fontsize="small",
            )
