"""Compiled models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flowtime import _native as engine
from flowtime._warn import warn
from flowtime.display import PlanDisplay
from flowtime.ensemble import Ensemble
from flowtime.exceptions import ArgumentTypeError
from flowtime.executors import checked, ensemble_on, sweep_on
from flowtime.function import Function, Reduction
from flowtime.grid import Grid
from flowtime.limits import Limits, limits_of_run
from flowtime.progress import Progress, reporting
from flowtime.request import Measures, Statistic, Thresholds, make_request
from flowtime.runs import Run
from flowtime.sweep import Sweep, make_points

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas
    import polars
    from numpy.typing import ArrayLike

    from flowtime.inputs import Numbers
    from flowtime.model import Model, Node
    from flowtime.provenance import Provenance
    from flowtime.scenarios import ScenarioNumbers

__all__ = ["Plan"]


class Plan(PlanDisplay):
    """A compiled model: run it as often as wanted, from as many threads as wanted. It never changes.

    >>> import flowtime as ft
    >>> plan = ft.Model.from_yaml('''
    ... schemaVersion: 1
    ... grid: {bins: 3, binSize: 1, binUnit: hours}
    ... nodes:
    ...   - {id: demand, kind: const, values: [8, 12, 10]}
    ...   - {id: capacity, kind: const, values: 9}
    ...   - {id: served, kind: expr, expr: 'MIN(demand, capacity)'}
    ... ''').compile()
    >>> plan.run(inputs={"capacity": 11})["served"]
    array([ 8., 11., 10.])
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_model", "_native")

    _native: engine.Plan
    _model: Model

    def __init__(self) -> None:
        """Refused: plans are compiled."""
        raise ArgumentTypeError("a plan is made by `Model.compile`")

    @classmethod
    def _of(cls, native: engine.Plan, model: Model) -> Plan:
        plan = object.__new__(cls)
        plan._native = native
        plan._model = model
        return plan

    def run(
        self,
        *,
        seed: int | None = None,
        inputs: Mapping[str, Numbers] | None = None,
        keep: Iterable[str] | None = None,
        provenance: Provenance | None = None,
        progress: Progress = None,
        limits: Limits | None = None,
    ) -> Run:
        """Runs the plan once.

        Args:
            seed: What random numbers start from, 0 to 2**53 - 1. By default the model's own seed, or 0.
            inputs: Values to put in the place of const and pmf nodes: a number, or one for each bin. Lists, numpy
                arrays and columns of tables will do; `nan` and `None` in them are missing values. A series with
                dates is laid over the grid by its dates.
            keep: The series to compute and keep, with what they need. By default all.
            provenance: Where the model came from: a document with fields such as `model_id`, the id of a stored model,
                or what a template generated. It changes no result, and is kept with the run: `Run.provenance`.
            progress: `True` shows a bar, a function is called with the part that is done, `False` shows nothing.
                By default there is a bar in notebooks, after a second.
            limits: How large the run may be: `result_bytes` and `operations`. By default as the model was read with;
                see `Model.from_yaml`.

        Ctrl-C stops the run.

        Raises:
            UnknownNameError: When there is no node of a name.
            ArgumentError: When a value cannot be used: an infinity, a wrong length.
            ArgumentTypeError: When a value is not made of numbers.
            LimitError: When the result would be larger than 8 GiB, or than `limits` say.
        """
        if isinstance(keep, str):
            keep = (keep,)
        elif keep is not None and not isinstance(keep, Iterable):
            raise ArgumentTypeError(f"`keep` is of type `{type(keep).__name__}`: give a list of names")
        kept = None if keep is None else list(keep)
        given = None if limits is None else limits_of_run(limits)
        told = None if provenance is None else _told(provenance, self._model)
        if progress is None and not self._native.long:
            native = self._native.run(seed, inputs, kept, None, given)
        else:
            with reporting(progress, "running") as report:
                native = self._native.run(seed, inputs, kept, report, given)
        for node in native.divided:
            warn(f"`{node}` divided by zero, which gives 0: see `run.warnings`")
        return Run._of(native, self, told)

    def function(
        self,
        *,
        inputs: Sequence[str],
        output: str,
        reduce: Reduction = "mean",
        seed: int | None = None,
        seeds: int | Iterable[int] | None = None,
        over: Reduction = "mean",
        fixed: Mapping[str, Numbers] | None = None,
        threads: int = 1,
    ) -> Function:
        """The plan as a function of numbers, for optimisers, samplers and fits.

        A vector has one number for each of `inputs`, which stands in every bin. The bins of `output` become one
        number as `reduce` says; with several seeds these become one number as `over` says.

        Args:
            inputs: Which inputs the numbers of a vector are for.
            output: The series that is looked at.
            reduce: How its bins become one number: `sum`, `mean`, `min`, `max`, `first`, `last`, `median`, or a
                quantile from 0 to 1.
            seed: What random numbers start from. By default the model's own seed, or 0.
            seeds: How many seeds each vector is run with (made of `seed`), or a list of seeds. By default `seed`
                alone.
            over: How the results of the seeds become one number.
            fixed: Values of other inputs.
            threads: How many threads work on a call, at most 1024. Results are the same bits.

        >>> import flowtime as ft
        >>> plan = ft.Model.from_yaml('''
        ... schemaVersion: 1
        ... grid: {bins: 24, binSize: 1, binUnit: hours}
        ... nodes:
        ...   - {id: demand, kind: pmf, pmf: {values: [5, 10, 15], probabilities: [0.25, 0.5, 0.25]}}
        ...   - {id: capacity, kind: const, values: 10}
        ...   - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand - capacity)'}
        ... ''').compile()
        >>> worst = plan.function(inputs=["capacity"], output="backlog", reduce="max", seeds=200, over=0.95)
        >>> worst([15])
        0.0
        >>> worst([[10], [12], [15]])
        array([35.25, 13.  ,  0.  ])
        """
        if not isinstance(inputs, Iterable):
            raise ArgumentTypeError(f"`inputs` is of type `{type(inputs).__name__}`: give a list of names")
        if not (fixed is None or isinstance(fixed, Mapping)):
            raise ArgumentTypeError(f"`fixed` is of type `{type(fixed).__name__}`: give a dict from names to values")
        arguments = {
            "inputs": (inputs,) if isinstance(inputs, str) else tuple(inputs),
            "output": output,
            "reduce": reduce,
            "seed": seed,
            "seeds": tuple(seeds) if isinstance(seeds, Iterable) else seeds,
            "over": over,
            "fixed": None if fixed is None else dict(fixed),
            "threads": threads,
        }
        return Function._of(self, arguments)

    def ensemble(
        self,
        scenarios: int | None = None,
        *,
        seeds: Iterable[int] | None = None,
        seed: int | None = None,
        inputs: Mapping[str, ScenarioNumbers] | None = None,
        keep: Iterable[str] | None = None,
        statistics: Iterable[Statistic] = ("mean", "std", "min", "max"),
        quantiles: Iterable[float] = (0.05, 0.5, 0.95),
        above: Thresholds | None = None,
        below: Thresholds | None = None,
        histograms: Mapping[str, ArrayLike] | None = None,
        measures: Measures | None = None,
        series: Iterable[int] = (),
        threads: int = 0,
        progress: Progress = None,
        limits: Limits | None = None,
        executor: Executor | None = None,
        part: int | None = None,
        tolerance: float = 0.0,
    ) -> Ensemble:
        """Runs many scenarios and takes statistics over them; no more of their series is kept than is asked for.

        Scenario k is, bit for bit, the run with the seed `ft.scenario_seed(seed, k)` and its inputs.

        Args:
            scenarios: How many there are.
            seeds: The seeds of the scenarios, one by one, instead of a number of them.
            seed: What the seeds of the scenarios are made of, 0 to 2**53 - 1. By default the model's own seed, or 0.
            inputs: Values to put in the place of const and pmf nodes: a number, one for each bin, one for each
                scenario, or rows with the axes (scenario, bin). Where there are as many scenarios as bins,
                `ft.per_scenario(…)` or `ft.per_bin(…)` says what a list is for.
            keep: The series to take statistics of. By default the outputs of the model.
            statistics: What to take of them in each bin: `mean`, `std`, `min`, `max`. Fewer are faster.
            quantiles: From 0 to 1; exact. None are fastest.
            above: Thresholds by series, one or several: how likely is it to be above them, in each bin?
            below: The same for below.
            histograms: By series the edges of buckets, to count scenarios in each bin. Buckets are `[a, b)`, the
                last `[a, b]`.
            measures: By series what sums it up in each scenario, one or several: `max`, `min`, `sum`, `mean`, `last`,
                or a pair `("first_above", 500)`, `("bins_above", 500)`.
            series: The scenarios whose kept series are wanted themselves.
            threads: How many threads work; 0 is one for each processor. Results are the same bits.
            progress: As for `run`.
            limits: As for `run`; they bound the whole ensemble, or with an executor each part.
            executor: Who computes it, in parts: a pool of threads or processes, `client.get_executor()` of Dask,
                `ft.RayExecutor()`, or any other `concurrent.futures.Executor`. The result is the same bits. What a
                worker loses that dies is computed again, here if the executor cannot go on.
            part: How many scenarios a part has, rounded up to a multiple of 1024. By default what takes less than a
                second, and at least 16 parts. `threads` are those of each part, and 0 is one.
            tolerance: By how much of its size a quantile of an executor's may be off, 0 to 0.5: takes fewer
                rounds of work. Without an executor quantiles are exact at no extra cost.

        Ctrl-C stops it.

        Raises:
            UnknownNameError: When there is no node of a name.
            ArgumentError: When a value cannot be used: an infinity, a wrong length.
            ArgumentTypeError: When a value is not made of numbers.
            LimitError: When it would be larger than `limits` say, before any work.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> demand = m.pmf("demand", {5: 0.25, 10: 0.5, 15: 0.25})
        >>> _ = m.expr("backlog", ft.queue(demand, m.const("capacity", 10)))
        >>> plan = m.compile()
        >>> ensemble = plan.ensemble(1000, seed=7, keep=["backlog"], above={"backlog": 30}, series=[3])
        >>> float(ensemble.probability_above("backlog", 30)[-1])
        0.038
        >>> run = plan.run(seed=ft.scenario_seed(7, 3))
        >>> bool((ensemble.series("backlog")[0] == run["backlog"]).all())
        True

        The same elsewhere, with two threads in the place of a cluster:

        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor(2) as pool:
        ...     more = plan.ensemble(50_000, seed=7, keep=["backlog"], above={"backlog": 30}, executor=pool)
        >>> float(more.probability_above("backlog", 30)[-1])
        0.04398
        """
        request = make_request(
            self, scenarios=scenarios, seeds=seeds, seed=seed, inputs=inputs, keep=keep, statistics=statistics,
            quantiles=quantiles, above=above, below=below, histograms=histograms, measures=measures, series=series,
            threads=threads, limits=limits, tolerance=tolerance,
        )  # fmt: skip
        elsewhere = checked(executor, part)
        with reporting(progress, "running scenarios") as report:
            if elsewhere is None:
                native = self._native.ensemble(request, report)
            else:
                native = ensemble_on(*elsewhere, self, request, report)
        _warn_of_divisions(native, "ensemble")
        return Ensemble._of(native, self, request["seeds"] is not None)

    def sweep(
        self,
        grid: Mapping[str, ArrayLike] | None = None,
        scenarios: int | None = None,
        *,
        points: Mapping[str, ArrayLike] | pandas.DataFrame | polars.DataFrame | None = None,
        seeds: Iterable[int] | None = None,
        seed: int | None = None,
        inputs: Mapping[str, ScenarioNumbers] | None = None,
        keep: Iterable[str] | None = None,
        statistics: Iterable[Statistic] = ("mean", "std", "min", "max"),
        quantiles: Iterable[float] = (0.05, 0.5, 0.95),
        above: Thresholds | None = None,
        below: Thresholds | None = None,
        histograms: Mapping[str, ArrayLike] | None = None,
        measures: Measures | None = None,
        series: Iterable[int] = (),
        threads: int = 0,
        progress: Progress = None,
        limits: Limits | None = None,
        executor: Executor | None = None,
        part: int | None = None,
        tolerance: float = 0.0,
    ) -> Sweep:
        """Runs an ensemble at each of many points, with the same seeds: points differ by their inputs, not by luck.

        Args:
            grid: By input the numbers that it takes; there is a point for every combination, those of the last input
                change fastest.
            scenarios: How many there are at each point.
            points: Instead of a grid a table with a row for each point: a DataFrame, or a dict of equally long columns.

        The other arguments are those of `ensemble`. With an executor the parts of all points are given out together:
        none waits for another point, and a point with few scenarios is a part of its own.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> demand = m.pmf("demand", {5: 0.25, 10: 0.5, 15: 0.25})
        >>> _ = m.expr("backlog", ft.queue(demand, m.const("capacity", 10)))
        >>> plan = m.compile()
        >>> sweep = plan.sweep({"capacity": range(10, 14)}, 1000, seed=7, keep=["backlog"], above={"backlog": 30})
        >>> sweep.probability_above("backlog", 30).max(axis=1)
        array([0.038, 0.002, 0.   , 0.   ])

        The same elsewhere, with two threads in the place of a cluster:

        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor(2) as pool:
        ...     there = plan.sweep({"capacity": range(10, 14)}, 1000, seed=7, keep=["backlog"], executor=pool)
        >>> bool((there.quantile("backlog", 0.95) == sweep.quantile("backlog", 0.95)).all())
        True
        """
        where = make_points(self, grid, points)
        request = make_request(
            self, scenarios=scenarios, seeds=seeds, seed=seed, inputs=inputs, keep=keep, statistics=statistics,
            quantiles=quantiles, above=above, below=below, histograms=histograms, measures=measures, series=series,
            threads=threads, limits=limits, tolerance=tolerance,
        )  # fmt: skip
        elsewhere = checked(executor, part)
        with reporting(progress, "sweeping") as report:
            if elsewhere is None:
                natives = self._native.sweep(list(where.columns.items()), request, report)
            else:
                natives = sweep_on(*elsewhere, self, where, request, report)
        _warn_of_divisions(natives[0], "sweep")
        return Sweep._of(tuple(Ensemble._of(each, self, request["seeds"] is not None) for each in natives), where)

    @property
    def model(self) -> Model:
        """The model that was compiled."""
        return self._model

    @property
    def grid(self) -> Grid:
        """The time grid."""
        return self._model.grid

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name, in the order of the model."""
        return self._model.nodes

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the nodes that a run may put other values in the place of."""
        return self._model.inputs

    @property
    def edges(self) -> tuple[tuple[str, str, int], ...]:
        """Who reads whom: `(reader, read, bins back)`, each pair once with its shortest lag."""
        return tuple(self._native.edges)

    def describe(self) -> str:
        """What would be computed to keep every node: the order, the loops, the memory."""
        return self._native.describe()

    def __repr__(self) -> str:
        return repr(self._model).replace("Model", "Plan", 1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self._model == other._model

    def __hash__(self) -> int:
        return hash((Plan, self._model))

    # What never changes need not be copied.
    def __copy__(self) -> Plan:
        return self

    def __deepcopy__(self, memo: object) -> Plan:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (_compiled, (self._model,))


def _warn_of_divisions(native: engine.Ensemble, what: str) -> None:
    for node in native.divided:
        warn(f"`{node}` divided by zero, which gives 0: see `{what}.warnings`")


def _told(provenance: Provenance, model: Model) -> dict[str, Any] | None:
    from flowtime.provenance import chosen

    return chosen(provenance, model.provenance)


def _compiled(model: Model) -> Plan:
    return model.compile()
