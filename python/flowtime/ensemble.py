"""The statistics of many scenarios."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from flowtime import _native as engine
from flowtime.diagnostics import Diagnostic, from_json
from flowtime.ensemble_display import EnsembleDisplay
from flowtime.ensemble_pictures import EnsemblePictures
from flowtime.ensemble_tables import EnsembleTables
from flowtime.exceptions import ArgumentError, ArgumentTypeError, UnknownNameError
from flowtime.expression import described, number_text
from flowtime.grid import Grid
from flowtime.names import unknown

if TYPE_CHECKING:
    from flowtime.plan import Plan

__all__ = ["Ensemble", "Statistics", "label_of", "percent"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def percent(q: float) -> str:
    """What a quantile is called.

    >>> percent(0.05), percent(0.999)
    ('5%', '99.9%')
    """
    return f"{100 * q:.12g}%"


def label_of(name: str, threshold: float | None) -> str:
    """What a measure is called.

    >>> label_of("max", None), label_of("first_above", 500.0)
    ('max', 'first_above 500')
    """
    return name if threshold is None else f"{name} {number_text(threshold)}"


class Statistics:
    """What an ensemble and a sweep say about their series, by name. Arrays are read-only."""

    __slots__ = ()

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The series that statistics were taken of."""

    @property
    @abstractmethod
    def plan(self) -> Plan:
        """The plan that was run."""

    @abstractmethod
    def statistics(self, series: str) -> tuple[str, ...]:
        """What is known of a series: `mean`, `5%`, `above 500` … as tables call them."""

    @abstractmethod
    def statistic(self, series: str, name: str) -> Array:
        """A statistic by the name that tables have for it: `mean`, `5%`, `above 500`."""

    def mean(self, series: str) -> Array:
        """The mean over the scenarios in each bin. Missing values are left out, here and below."""
        return self._wanted(series, "mean", "name it in `statistics=`")

    def std(self, series: str) -> Array:
        """The standard deviation over the scenarios in each bin, with `ddof=1`."""
        return self._wanted(series, "std", "name it in `statistics=`")

    def min(self, series: str) -> Array:
        """The smallest value of any scenario in each bin."""
        return self._wanted(series, "min", "name it in `statistics=`")

    def max(self, series: str) -> Array:
        """The greatest value of any scenario in each bin."""
        return self._wanted(series, "max", "name it in `statistics=`")

    def quantile(self, series: str, q: float) -> Array:
        """A quantile over the scenarios in each bin, exact and interpolated as numpy's `linear`."""
        return self._wanted(series, percent(_number("q", q)), "name it in `quantiles=`")

    def probability_above(self, series: str, threshold: float) -> Array:
        """The part of the scenarios in which the series is above a threshold (`>`), in each bin.

        Of those in which it is not missing; NaN where it always is.
        """
        x = _number("threshold", threshold)
        return self._wanted(series, label_of("above", x), f"say `above={{{series!r}: {number_text(x)}}}`")

    def probability_below(self, series: str, threshold: float) -> Array:
        """The part of the scenarios in which the series is below a threshold (`<`), as `probability_above`."""
        x = _number("threshold", threshold)
        return self._wanted(series, label_of("below", x), f"say `below={{{series!r}: {number_text(x)}}}`")

    def _wanted(self, series: str, label: str, advice: str) -> Array:
        known = self.statistics(series)
        if label not in known:
            there = ", ".join(f"`{name}`" for name in known if name != "missing")
            raise UnknownNameError(
                f"`{label}` of `{series}` was not asked for: {advice}; there is {there or 'nothing'}"
            )
        return self.statistic(series, label)


class Ensemble(Statistics, EnsembleDisplay, EnsembleTables, EnsemblePictures):
    """The statistics of many scenarios: see `Plan.ensemble`. It never changes.

    Statistics of a series have a number for each bin; measures have one for each scenario; chosen series have the
    axes (scenario, bin). Arrays are read-only and keep the memory alive that they need.

    >>> import flowtime as ft
    >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours", start="2026-03-02")
    >>> demand = m.pmf("demand", {80: 0.3, 100: 0.5, 150: 0.2})
    >>> _ = m.expr("backlog", ft.queue(demand, m.const("capacity", 110)))
    >>> m.output("backlog")
    >>> ensemble = m.compile().ensemble(2000, seed=1, above={"backlog": 100}, measures={"backlog": "max"})
    >>> ensemble.probability_above("backlog", 100)[[0, 12, 23]].round(2)
    array([0.  , 0.06, 0.1 ])
    >>> float(ensemble.quantile("backlog", 0.95)[-1])
    130.0
    >>> ensemble.measure("backlog", "max").shape
    (2000,)
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_known", "_listed", "_native", "_plan", "_seeds", "_time")

    _native: engine.Ensemble
    _plan: Plan
    _listed: bool
    _known: dict[str, dict[str, Array]]
    _seeds: Counts | None
    _time: NDArray[Any] | None

    def __init__(self) -> None:
        """Refused: ensembles come of plans."""
        raise ArgumentTypeError("an ensemble is made by `Plan.ensemble`")

    @classmethod
    def _of(cls, native: engine.Ensemble, plan: Plan, listed: bool) -> Ensemble:
        ensemble = object.__new__(cls)
        ensemble._native = native
        ensemble._plan = plan
        # Were the seeds given one by one?
        ensemble._listed = listed
        ensemble._known = {}
        ensemble._seeds = None
        ensemble._time = None
        return ensemble

    @property
    def names(self) -> tuple[str, ...]:
        """The series that statistics were taken of: those that were kept, and those with thresholds or histograms."""
        return tuple(self._native.ids)

    def statistics(self, series: str) -> tuple[str, ...]:
        """What is known of a series: `mean`, `5%`, `above 500` … as tables call them."""
        return tuple(self._about(series))

    def statistic(self, series: str, name: str) -> Array:
        """A statistic by the name that tables have for it: `mean`, `5%`, `above 500`."""
        found = self._about(series)
        if name not in found:
            raise unknown("statistic", name, found)
        return found[name]

    def _about(self, series: str) -> dict[str, Array]:
        """Every statistic of a series."""
        if isinstance(series, str) and (found := self._known.get(series)) is not None:
            return found
        native = self._native
        missing = native.missing(series) if isinstance(series, str) and series.isascii() else None
        if missing is None:
            raise self._no_series(series)
        # In the order of a table that people read.
        of = native.statistic
        found = {name: array for name in ("mean", "std", "min") if (array := of(series, name)) is not None}
        for q in sorted(native.quantiles(series)):
            found |= _there(percent(q), native.quantile(series, q))
        found |= _there("max", of(series, "max"))
        above, below = native.thresholds(series)
        for x in above:
            found |= _there(label_of("above", x), native.above(series, x))
        for x in below:
            found |= _there(label_of("below", x), native.below(series, x))
        found["missing"] = missing.astype(np.float64)
        for array in found.values():
            array.flags.writeable = False
        self._known[series] = found
        return found

    def _no_series(self, name: Any) -> UnknownNameError:
        if isinstance(name, str) and name in self._plan.nodes:
            return UnknownNameError(f"no statistics were taken of `{name}`: name it in `keep=`")
        return unknown("series", name, self.names)

    def missing(self, series: str) -> Counts:
        """In how many scenarios a series is missing (NaN), in each bin."""
        self._about(series)
        counts = self._native.missing(series)
        assert counts is not None
        return counts.view(np.int64)

    def histogram(self, series: str) -> tuple[Counts, Array]:
        """Scenarios by (bin, bucket), and the edges of the buckets, as `numpy.histogram` has them."""
        self._about(series)
        found = self._native.histogram(series)
        if found is None:
            raise UnknownNameError(f"no histogram of `{series}` was asked for: say `histograms={{{series!r}: edges}}`")
        edges, counts = found
        return counts.view(np.int64), edges

    def measure(self, series: str, name: str, threshold: float | None = None) -> Array:
        """What sums up a series in each scenario: `max`, `min`, `sum`, `mean`, `last`, `first_above`, `bins_above`.

        `first_above` is the number of the first bin in which the series is above `threshold`, NaN if there is none;
        `bins_above` is how many such bins there are. A missing value makes the others NaN.
        """
        if not isinstance(name, str):
            raise ArgumentTypeError(f"a measure is found by its name, not by {described(name)}")
        x = None if threshold is None else _number("threshold", threshold)
        found = None
        if isinstance(series, str) and series.isascii() and name.isascii():
            found = self._native.measure(series, name, x)
        if found is None:
            if not isinstance(series, str):
                raise self._no_series(series)
            there = ", ".join(f"`{name}` of `{series}`" for series, name in self.measures) or "nothing"
            raise UnknownNameError(
                f"`{label_of(name, x)}` of `{series}` was not measured: name it in `measures=`; there is {there}"
            )
        return found

    @property
    def measures(self) -> tuple[tuple[str, str], ...]:
        """What was measured of each scenario, as tables call it: pairs such as `("backlog", "first_above 500")`."""
        return tuple((series, label_of(name, x)) for series, name, x in self._native.measures)

    def _measured(self) -> Iterator[tuple[str, str, Array]]:
        for series, name, x in self._native.measures:
            yield series, label_of(name, x), self.measure(series, name, x)

    def series(self, name: str) -> Array:
        """A series in the chosen scenarios: the axes are (scenario, bin), in the order of `chosen`."""
        self._about(name)
        found = self._native.series(name)
        if found is None:
            raise UnknownNameError(f"the series of `{name}` were not kept: name it in `keep=`")
        if not self.chosen:
            raise UnknownNameError("no scenario was chosen: name some in `series=`")
        return found

    @property
    def chosen(self) -> tuple[int, ...]:
        """The scenarios whose series were kept."""
        return tuple(self._native.chosen)

    @property
    def scenarios(self) -> int:
        """How many scenarios there are."""
        return self._native.scenarios

    def __len__(self) -> int:
        return self.scenarios

    @property
    def seeds(self) -> Counts:
        """The seed of each scenario: `plan.run(seed=ensemble.seeds[k])` is scenario k, bit for bit."""
        if self._seeds is None:
            seeds = self._native.seeds()
            seeds.flags.writeable = False
            self._seeds = seeds
        return self._seeds

    @property
    def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]:
        """When each bin begins: see `Run.time`."""
        if self._time is None:
            time = self.grid.time
            time.flags.writeable = False
            self._time = time
        return self._time

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What happened that is worth knowing: each node that divided by zero. In a sweep, in all of its points."""
        return from_json(self._native.warnings())

    @property
    def work(self) -> str:
        """How it was computed: what the planner chose, and the memory it took."""
        return self._native.work()

    @property
    def plan(self) -> Plan:
        """The plan that was run."""
        return self._plan

    @property
    def grid(self) -> Grid:
        """The time grid."""
        return self._plan.grid

    def __copy__(self) -> Ensemble:
        return self

    def __deepcopy__(self, memo: object) -> Ensemble:
        return self

    def __reduce__(self) -> NoReturn:
        raise ArgumentTypeError(
            "an ensemble is not pickled: send a table of it, such as `ensemble.to_pandas()`, "
            "or the plan and run it there"
        )


def _there(label: str, array: Array | None) -> Mapping[str, Array]:
    return {} if array is None else {label: array}


def _number(parameter: str, value: Any) -> float:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise ArgumentTypeError(f"`{parameter}` must be a number, not {described(value)}")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"`{parameter}` must be a number, not {described(value)}") from None
