"""Ensembles at many points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flowtime import _native as engine
from flowtime.ensemble import Array, Counts, Ensemble, Statistics
from flowtime.ensemble_tables import Part, Tidy, about, attributes_of, statistics_of
from flowtime.exceptions import ArgumentError, ArgumentTypeError, UnknownNameError
from flowtime.expression import described
from flowtime.inputs import plain_array
from flowtime.names import Named, unknown
from flowtime.optional import package
from flowtime.request import node_of
from flowtime.sweep_display import SweepDisplay
from flowtime.sweep_pictures import SweepPictures

if TYPE_CHECKING:
    import xarray

    from flowtime.diagnostics import Diagnostic
    from flowtime.grid import Grid
    from flowtime.plan import Plan

__all__ = ["Points", "Sweep", "make_points"]


class Points:
    """Where a sweep runs ensembles: the numbers of the swept inputs at each point."""

    __slots__ = ("axes", "columns")

    def __init__(self, columns: dict[str, Array], axes: dict[str, Array] | None) -> None:
        for array in [*columns.values(), *(axes or {}).values()]:
            array.flags.writeable = False
        self.columns = columns
        self.axes = axes
        """Of a grid: the numbers of each input once."""


def make_points(plan: Plan, grid: Mapping[str, ArrayLike] | None, points: object) -> Points:
    """The points of a grid or of a table, or what is wrong with them."""
    if (grid is None) == (points is None):
        raise ArgumentError("give a grid, `plan.sweep({'capacity': [80, 100]}, …)`, or a table of `points=`")
    if grid is not None:
        if not isinstance(grid, Mapping):
            hint = ": is it a table? Say `points=`" if hasattr(grid, "columns") else ""
            raise ArgumentTypeError(f"a grid is a dict from names to numbers, not {described(grid)}{hint}")
        axes = {node_of(plan, "the grid", name): _numbers(name, numbers) for name, numbers in grid.items()}
        columns = engine.grid_points(list(axes.items()))
        return Points(dict(zip(axes, columns, strict=True)), axes)
    if isinstance(points, Mapping):
        named = list(points.items())
    elif isinstance(points, (Statistics, str)) or not hasattr(points, "columns"):
        raise ArgumentTypeError(f"`points` is a table or a dict of its columns, not {described(points)}")
    else:
        named = [(name, points[name]) for name in points.columns]  # type: ignore[index]
    return Points({node_of(plan, "points", name): _numbers(name, numbers) for name, numbers in named}, None)


def _numbers(name: str, numbers: Any) -> Array:
    array = plain_array(name, list(numbers) if isinstance(numbers, range) else numbers, "give numbers to sweep")
    if array.ndim > 1:
        raise ArgumentError(f"`{name}` is swept over a list of numbers, not over a table")
    return array.ravel().copy()


class Sweep(Statistics, SweepDisplay, Tidy, SweepPictures):
    """An ensemble at each of many points: see `Plan.sweep`. It never changes.

    All points have the same seeds, so that they differ by their inputs and not by luck. Statistics of a series have
    the axes (point, bin), measures (point, scenario); `reshape` gives those of a grid an axis for each input.
    `sweep[n]` is the ensemble of point n, `sweep.at(capacity=100)` the one with this number.

    >>> import flowtime as ft
    >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours", start="2026-03-02")
    >>> demand = m.pmf("demand", {80: 0.3, 100: 0.5, 150: 0.2})
    >>> _ = m.expr("backlog", ft.queue(demand, m.const("capacity", 110)))
    >>> m.output("backlog")
    >>> sweep = m.compile().sweep({"capacity": [100, 110, 120]}, 2000, seed=1, above={"backlog": 100})
    >>> sweep.probability_above("backlog", 100)[:, -1].round(1)
    array([0.6, 0.1, 0. ])
    >>> float(sweep.at(capacity=110).quantile("backlog", 0.95).max())
    130.0
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_ensembles", "_known", "_points")

    _ensembles: tuple[Ensemble, ...]
    _points: Points
    _known: dict[tuple[str, str], NDArray[Any]]

    def __init__(self) -> None:
        """Refused: sweeps come of plans."""
        raise ArgumentTypeError("a sweep is made by `Plan.sweep`")

    @classmethod
    def _of(cls, ensembles: tuple[Ensemble, ...], points: Points) -> Sweep:
        sweep = object.__new__(cls)
        sweep._ensembles = ensembles
        sweep._points = points
        sweep._known = {}
        return sweep

    @property
    def points(self) -> Mapping[str, Array]:
        """The numbers of the swept inputs at each point."""
        return MappingProxyType(Named("swept input", self._points.columns.items()))

    @property
    def axes(self) -> Mapping[str, Array] | None:
        """The numbers of each input of a grid, in the order of its axes; `None` for a table."""
        return None if self._points.axes is None else MappingProxyType(Named("swept input", self._points.axes.items()))

    @property
    def shape(self) -> tuple[int, ...]:
        """How many numbers each axis of the grid has, or how many points the table."""
        return (len(self),) if self._points.axes is None else tuple(map(len, self._points.axes.values()))

    def __len__(self) -> int:
        return len(self._ensembles)

    def __iter__(self) -> Iterator[Ensemble]:
        return iter(self._ensembles)

    def __getitem__(self, point: int) -> Ensemble:
        try:
            return self._ensembles[point]
        except TypeError:
            raise ArgumentTypeError(
                f"points are found by number, or by `sweep.at(…)`, not by {described(point)}"
            ) from None

    def at(self, **numbers: float) -> Ensemble:
        """The ensemble of the only point with these numbers: `sweep.at(capacity=100)`."""
        here = np.ones(len(self), dtype=bool)
        for name, number in numbers.items():
            if name not in self._points.columns:
                raise unknown("swept input", name, self._points.columns)
            here &= self._points.columns[name] == number
        found = np.flatnonzero(here)
        if len(found) != 1:
            words = ", ".join(f"{name} = {number}" for name, number in numbers.items()) or "no numbers given"
            raise UnknownNameError(
                f"there {'is no point' if not len(found) else f'are {len(found)} points'} with {words}"
            )
        return self._ensembles[int(found[0])]

    def reshape(self, numbers: ArrayLike, /) -> NDArray[Any]:
        """Numbers of each point with an axis for each swept input of the grid instead.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=2, bin_size=1, bin_unit="hours")
        >>> _ = m.expr("served", ft.minimum(m.const("demand", 9), m.const("capacity", 8)))
        >>> sweep = m.compile().sweep({"demand": [5, 10], "capacity": [4, 6, 8]}, 1)
        >>> sweep.mean("served").shape, sweep.reshape(sweep.mean("served")).shape
        ((6, 2), (2, 3, 2))
        """
        array = np.asarray(numbers)
        if not array.ndim or len(array) != len(self):
            raise ArgumentError(f"the first axis of the numbers is not that of the {len(self)} points")
        return array.reshape(*self.shape, *array.shape[1:])

    @property
    def names(self) -> tuple[str, ...]:
        """The series that statistics were taken of."""
        return self._ensembles[0].names

    def statistics(self, series: str) -> tuple[str, ...]:
        """What is known of a series: `mean`, `5%`, `above 500` … as tables call them."""
        return self._ensembles[0].statistics(series)

    def statistic(self, series: str, name: str) -> Array:
        """A statistic by the name that tables have for it: `mean`, `5%`, `above 500`. The axes are (point, bin)."""
        return self._stacked(series, name, lambda point: point.statistic(series, name))

    def _stacked(self, series: str, name: str, of: Callable[[Ensemble], NDArray[Any]]) -> NDArray[Any]:
        first = of(self._ensembles[0])
        if (found := self._known.get((series, name))) is None:
            found = np.stack([first, *map(of, self._ensembles[1:])])
            found.flags.writeable = False
            self._known[series, name] = found
        return found

    def missing(self, series: str) -> Counts:
        """In how many scenarios a series is missing (NaN): the axes are (point, bin)."""
        return self._stacked(series, "missing scenarios", lambda point: point.missing(series))

    def histogram(self, series: str) -> tuple[Counts, Array]:
        """Scenarios by (point, bin, bucket), and the edges of the buckets."""
        edges = self._ensembles[0].histogram(series)[1]
        return self._stacked(series, "histogram", lambda point: point.histogram(series)[0]), edges

    def measure(self, series: str, name: str, threshold: float | None = None) -> Array:
        """What sums up a series in each scenario: the axes are (point, scenario). See `Ensemble.measure`."""
        key = f"measure {name} {threshold}"
        return self._stacked(series, key, lambda point: point.measure(series, name, threshold))

    @property
    def measures(self) -> tuple[tuple[str, str], ...]:
        """What was measured of each scenario: see `Ensemble.measures`."""
        return self._ensembles[0].measures

    def series(self, name: str) -> Array:
        """A series in the chosen scenarios: the axes are (point, chosen scenario, bin)."""
        return self._stacked(name, "series", lambda point: point.series(name))

    @property
    def scenarios(self) -> int:
        """How many scenarios each point has."""
        return self._ensembles[0].scenarios

    @property
    def seeds(self) -> Counts:
        """The seed of each scenario, the same at every point."""
        return self._ensembles[0].seeds

    @property
    def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]:
        """When each bin begins: see `Run.time`."""
        return self._ensembles[0].time

    @property
    def grid(self) -> Grid:
        """The time grid."""
        return self.plan.grid

    @property
    def plan(self) -> Plan:
        """The plan that was run."""
        return self._ensembles[0].plan

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What happened that is worth knowing, counted over all points."""
        return self._ensembles[0].warnings

    @property
    def work(self) -> str:
        """How it was computed: what the planner chose, and the memory it took."""
        return self._ensembles[0].work

    def _parts(self) -> Iterator[Part]:
        columns = self._points.columns
        for place, ensemble in enumerate(self._ensembles):
            yield Part({name: float(numbers[place]) for name, numbers in columns.items()}, ensemble)

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset: as that of an ensemble, with a dimension for each input of a grid first.

        Of a table the first dimension is `point`, with the swept inputs as coordinates.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> _ = m.expr("backlog", ft.queue(m.const("demand", 100), m.const("capacity", 90)))
        >>> m.output("backlog")
        >>> data = m.compile().sweep({"capacity": [90, 95, 100]}, 10).to_xarray()
        >>> data.backlog.sel(statistic="mean", capacity=95).isel(time=-1).item()
        120.0
        """
        xr = package("xarray", "sweep.to_xarray()")
        grid = self._points.axes is not None
        columns = self._points.columns
        labels = tuple(dict.fromkeys(name for series in self.names for name in self.statistics(series)))
        swept = tuple(columns) if grid else ("point",)
        # What the swept inputs are called is theirs; an axis or a series of that name makes way.
        taken = {*columns, *swept}

        def called(name: str, also: tuple[str, ...] = ()) -> str:
            return f"{name}_" if name in taken or name in also else name

        names = {axis: called(axis, self.names) for axis in ("statistic", "time", "scenario")}
        variables: dict[str, Any] = {}
        for series in self.names:
            stacked = np.stack([statistics_of(point, series, labels) for point in self])
            dims = (*swept, names["statistic"], names["time"])
            variables[called(series)] = (dims, self.reshape(stacked), about(self.plan, series))
        measured = [[numbers for *_, numbers in point._measured()] for point in self]
        for place, (series, name) in enumerate(self.measures):
            stacked = np.stack([row[place] for row in measured])
            variables[f"{series} {name}"] = ((*swept, names["scenario"]), self.reshape(stacked))
        coordinates: dict[str, Any] = {names["statistic"]: list(labels), names["time"]: self.time}
        for name, numbers in (self._points.axes or columns).items():
            coordinates[name] = numbers if grid else ("point", numbers)
        if self.measures:
            coordinates[names["scenario"]] = np.arange(self.scenarios)
            coordinates[called("seed", self.names)] = (names["scenario"], self.seeds)
        attributes = attributes_of(self.plan) | {"scenarios": self.scenarios}
        data: xarray.Dataset = xr.Dataset(variables, coordinates, attributes)
        return data

    def __copy__(self) -> Sweep:
        return self

    def __deepcopy__(self, memo: object) -> Sweep:
        return self

    def __reduce__(self) -> NoReturn:
        raise ArgumentTypeError(
            "a sweep is not pickled: send a table of it, such as `sweep.to_pandas()`, or the plan and run it there"
        )
