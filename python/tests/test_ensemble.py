"""Ensembles: scenarios are runs, statistics are those of numpy, and what is asked for wrongly is refused."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
from conftest import DIVIDING, RANDOM

import flowtime as ft

SCENARIOS = 200
EDGES = [0.0, 1.0, 5.0, 20.0, 100.0]
EVERYTHING: dict[str, Any] = {
    "keep": ["backlog", "demand"],
    "quantiles": [0, 0.05, 1 / 3, 0.5, 0.999, 1],
    "above": {"backlog": [3, 20], "demand": 9.5},
    "below": {"backlog": np.array([1.0])},
    "histograms": {"backlog": EDGES},
    "measures": {
        "backlog": ["max", "min", "sum", "mean", "last", ("first_above", 12), ("bins_above", 12.0)],
        "capacity": "last",
    },
    "series": range(SCENARIOS),
}
# Missing in some bins of some scenarios, and in all of them in one.
MISSING = """
schemaVersion: 1
grid: {bins: 6, binSize: 1, binUnit: hours}
nodes:
  - {id: x, kind: const, values: 1}
  - {id: y, kind: expr, expr: x * 2}
"""


@pytest.fixture(scope="module")
def everything(random: ft.Plan) -> ft.Ensemble:
    return random.ensemble(SCENARIOS, seed=5, **EVERYTHING)


def test_a_scenario_is_a_run(random: ft.Plan, everything: ft.Ensemble) -> None:
    assert everything.scenarios == len(everything) == SCENARIOS
    assert everything.seeds.dtype == np.int64
    for k in (0, 1, 63, 64, 199):
        run = random.run(seed=ft.scenario_seed(5, k))
        assert everything.seeds[k] == run.seed
        for name in ("backlog", "demand"):
            assert everything.series(name)[k].tobytes() == run[name].tobytes()
        same = random.run(seed=everything.seeds[k])
        assert same["backlog"].tobytes() == run["backlog"].tobytes()


def test_statistics_are_those_of_numpy(everything: ft.Ensemble) -> None:
    assert everything.names == ("backlog", "demand")
    for name in everything.names:
        x = everything.series(name)
        assert x.shape == (SCENARIOS, 48)
        np.testing.assert_allclose(everything.mean(name), x.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(everything.std(name), x.std(axis=0, ddof=1), rtol=1e-12)
        np.testing.assert_array_equal(everything.min(name), x.min(axis=0))
        np.testing.assert_array_equal(everything.max(name), x.max(axis=0))
        for q in EVERYTHING["quantiles"]:
            np.testing.assert_array_equal(everything.quantile(name, q), np.quantile(x, q, axis=0))
        assert not everything.missing(name).any()
    x = everything.series("backlog")
    np.testing.assert_array_equal(everything.probability_above("backlog", 3), (x > 3).mean(axis=0))
    np.testing.assert_array_equal(everything.probability_above("backlog", 20), (x > 20).mean(axis=0))
    np.testing.assert_array_equal(everything.probability_below("backlog", 1), (x < 1).mean(axis=0))
    counts, edges = everything.histogram("backlog")
    assert counts.shape == (48, 4) and counts.dtype == np.int64
    for t in range(48):
        wanted, same = np.histogram(x[:, t], EDGES)
        np.testing.assert_array_equal(counts[t], wanted)
        np.testing.assert_array_equal(edges, same)


def test_measures(everything: ft.Ensemble) -> None:
    x = everything.series("backlog")
    np.testing.assert_array_equal(everything.measure("backlog", "max"), x.max(axis=1))
    np.testing.assert_array_equal(everything.measure("backlog", "min"), x.min(axis=1))
    np.testing.assert_allclose(everything.measure("backlog", "sum"), x.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(everything.measure("backlog", "mean"), x.mean(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(everything.measure("backlog", "last"), x[:, -1])
    above = x > 12
    assert 0 < above.any(axis=1).sum() < SCENARIOS, "some are never above"
    first = np.where(above.any(axis=1), above.argmax(axis=1), np.nan)
    np.testing.assert_array_equal(everything.measure("backlog", "first_above", 12), first)
    np.testing.assert_array_equal(everything.measure("backlog", "bins_above", 12), above.sum(axis=1))
    np.testing.assert_array_equal(everything.measure("capacity", "last"), np.full(SCENARIOS, 11.0))
    assert everything.measures[-2:] == (("backlog", "bins_above 12"), ("capacity", "last"))


def test_missing_values_are_left_out_and_counted() -> None:
    plan = ft.Model.from_yaml(MISSING).compile()
    x = np.random.default_rng(3).normal(size=(50, 6))
    x[x > 1] = np.nan
    x[:, 2] = np.nan
    ensemble = plan.ensemble(50, inputs={"x": x}, keep=["y"], above={"y": 0.5}, measures={"y": "max"})
    y = 2 * x
    known = [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(ensemble.missing("y"), np.isnan(y).sum(axis=0))
    assert 0 < ensemble.missing("y")[0] < 50
    for name in ("mean", "std", "min", "max", "5%", "50%", "95%", "above 0.5"):
        assert np.isnan(ensemble.statistic("y", name)[2]), name
    np.testing.assert_allclose(ensemble.mean("y")[known], np.nanmean(y[:, known], axis=0), rtol=1e-12)
    np.testing.assert_allclose(ensemble.std("y")[known], np.nanstd(y[:, known], axis=0, ddof=1), rtol=1e-12)
    for q in (0.05, 0.5, 0.95):
        wanted = np.nanquantile(y[:, known], q, axis=0, method="linear")
        np.testing.assert_allclose(ensemble.quantile("y", q)[known], wanted, rtol=1e-15)
    likely = [(column[~np.isnan(column)] > 0.5).mean() for column in y[:, known].T]
    np.testing.assert_array_equal(ensemble.probability_above("y", 0.5)[known], likely)
    assert np.isnan(ensemble.measure("y", "max")).all()
    assert "missing" in repr(ensemble)


def last(plan: ft.Plan, scenarios: int, value: Any) -> list[float]:
    """What `x` is in the last bin of each scenario."""
    return (
        plan.ensemble(scenarios, inputs={"x": value}, keep=["x"], series=range(scenarios)).series("x")[:, -1].tolist()
    )


def test_inputs() -> None:
    plan = ft.Model.from_yaml(MISSING).compile()
    each, bins = [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    rows = np.arange(24).reshape(4, 6)
    assert last(plan, 4, 7) == [7] * 4
    assert last(plan, 4, bins) == [6] * 4
    assert last(plan, 4, tuple(each)) == each
    assert last(plan, 4, np.array(each, dtype=np.float32)) == each
    assert last(plan, 4, rows) == last(plan, 4, rows.tolist()) == [5, 11, 17, 23]
    assert last(plan, 4, np.asfortranarray(rows)) == [5, 11, 17, 23]
    # As many scenarios as bins.
    assert last(plan, 6, ft.per_scenario(bins)) == bins
    assert last(plan, 6, ft.per_bin(bins)) == [6] * 6
    assert last(plan, 6, np.array(bins)[:, None]) == bins
    assert last(plan, 6, np.array(bins)[None, :]) == [6] * 6
    # Of one scenario nothing is in doubt.
    assert last(plan, 1, [3]) == [3]
    one = ft.Model.from_yaml(MISSING.replace("bins: 6", "bins: 1")).compile()
    assert last(one, 1, [3]) == [3]
    with pytest.raises(ft.ArgumentError, match=r"as many scenarios as bins: say `ft.per_scenario\(…\)` or `ft.per_bin"):
        last(plan, 6, bins)


def test_inputs_of_other_packages() -> None:
    pd, xr = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    plan = ft.Model.from_yaml(
        MISSING.replace("binUnit: hours", 'binUnit: hours, start: "2026-03-02T00:00:00Z"')
    ).compile()
    dates = pd.date_range("2026-03-01 12:00", periods=48, freq="h")
    # A series with dates is for bins, however many scenarios there are.
    assert last(plan, 6, pd.Series(range(48), index=dates)) == [17] * 6
    assert last(plan, 4, pd.Series([1, 2, 3, None]))[:3] == [1, 2, 3]
    rows = xr.DataArray(np.arange(24).reshape(6, 4), dims=("time", "scenario"))
    assert last(plan, 4, rows) == [20, 21, 22, 23]
    assert last(plan, 6, xr.DataArray(np.arange(6), dims="scenario")) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ft.ArgumentTypeError, match=r"is a table: give `.to_numpy\(\)`"):
        last(plan, 4, pd.DataFrame(np.zeros((4, 6))))


MISTAKES: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (ft.ArgumentError, "how many scenarios", {"scenarios": None}),
    (ft.ArgumentError, "not both", {"seeds": [1]}),
    (ft.ArgumentError, "no `seed=`", {"scenarios": None, "seeds": [1], "seed": 2}),
    (ft.ArgumentError, "`seeds` is empty", {"scenarios": None, "seeds": []}),
    (ft.ArgumentTypeError, "`seeds` is not a list", {"scenarios": None, "seeds": 5}),
    (ft.ArgumentError, "the seed -1 is out of range", {"scenarios": None, "seeds": [1, -1]}),
    (ft.ArgumentError, "`scenarios` is 0", {"scenarios": 0}),
    (ft.ArgumentTypeError, "`scenarios` is of type `float`", {"scenarios": 1e3}),
    (ft.LimitError, "operations", {"scenarios": 1000, "limits": {"operations": 1000}}),
    (ft.LimitError, "result_bytes", {"scenarios": 2**53}),
    (ft.LimitError, "result_bytes", {"scenarios": 10**6, "measures": {"y": "max"}, "limits": {"result_bytes": 10**6}}),
    (ft.UnknownNameError, "there is no node `z`", {"inputs": {"z": 1}}),
    (ft.UnknownNameError, "there is no node `é`", {"inputs": {"é": 1}}),
    (ft.ArgumentTypeError, "a name in `inputs` is of type `int`", {"inputs": {3: 1}}),
    (ft.ArgumentTypeError, "`inputs` is of type `list`", {"inputs": [1]}),
    (ft.ArgumentError, "`y`", {"inputs": {"y": 1}}),
    (ft.ArgumentTypeError, "`x` is text", {"inputs": {"x": "1"}}),
    (ft.ArgumentError, "`x` has 5 numbers, but there are 4 scenarios and 6 bins", {"inputs": {"x": [1] * 5}}),
    (ft.ArgumentError, r"the axes are \(scenario, bin\): give its transpose", {"inputs": {"x": np.zeros((6, 4))}}),
    (ft.ArgumentError, "has the shape 3 × 6", {"inputs": {"x": np.zeros((3, 6))}}),
    (ft.ArgumentError, "has the shape 1 × 4 × 6", {"inputs": {"x": np.zeros((1, 4, 6))}}),
    (ft.ArgumentError, "`x` has 5 numbers, but there are 4 scenarios", {"inputs": {"x": ft.per_scenario([1] * 5)}}),
    (ft.ArgumentError, "`x` has 5 numbers, but there are 6 bins", {"inputs": {"x": ft.per_bin([1] * 5)}}),
    (ft.ArgumentError, "infinite in scenario 2", {"inputs": {"x": [1, 2, np.inf, 3]}}),
    (ft.ArgumentError, "infinite in scenario 1", {"inputs": {"x": np.array([[0] * 6, [-np.inf] * 6] * 2)}}),
    (ft.ArgumentError, "rows of different lengths", {"inputs": {"x": [[1, 2], [3]]}}),
    (ft.UnknownNameError, "there is no node `yy`: did you mean `y`", {"keep": ["yy"]}),
    (ft.ArgumentTypeError, "`keep` is of type `int`", {"keep": 3}),
    (ft.ArgumentError, "there is no statistic `median`", {"statistics": ["median"]}),
    (ft.ArgumentTypeError, "`statistics` has names in it", {"statistics": [0.5]}),
    (ft.ArgumentError, "there is no quantile 95", {"quantiles": [95]}),
    (ft.ArgumentTypeError, "`quantiles` is made of text", {"quantiles": ["p95"]}),
    (ft.UnknownNameError, "there is no node `z`", {"above": {"z": 1}}),
    (ft.ArgumentTypeError, "`above` is of type `int`", {"above": 500}),
    (ft.ArgumentTypeError, "text", {"above": {"y": "high"}}),
    (ft.ArgumentError, "NaN", {"below": {"y": np.nan}}),
    (ft.ArgumentTypeError, "the edges of its buckets, not their number", {"histograms": {"y": 10}}),
    (ft.ArgumentError, "rising", {"histograms": {"y": [1, 0]}}),
    (ft.ArgumentError, "there is no measure `peak`", {"measures": {"y": "peak"}}),
    (ft.ArgumentError, "needs a threshold", {"measures": {"y": "first_above"}}),
    (ft.ArgumentError, "has no threshold", {"measures": {"y": ("max", 3)}}),
    (ft.ArgumentTypeError, "a measure of `y` is a name", {"measures": {"y": [3]}}),
    (ft.ArgumentTypeError, "`measures` is of type `str`", {"measures": "y"}),
    (ft.ArgumentError, "there is no scenario 4", {"series": [0, 4]}),
    (ft.ArgumentError, "there is no scenario -1", {"series": [-1]}),
    (ft.ArgumentTypeError, "`series` is of type `str`", {"series": ["0"]}),
    (ft.ArgumentError, "`threads` is 2000", {"threads": 2000}),
    (ft.ArgumentTypeError, "`threads` is of type `bool`", {"threads": True}),
    (ft.ArgumentTypeError, "`progress` is of type", {"progress": 3}),
    (ft.ArgumentError, "`nodes` is a limit of documents", {"limits": {"nodes": 3}}),
]


@pytest.mark.parametrize(("kind", "words", "arguments"), MISTAKES, ids=[words for _, words, _ in MISTAKES])
def test_mistakes(kind: type[Exception], words: str, arguments: dict[str, Any]) -> None:
    plan = ft.Model.from_yaml(MISSING).compile()
    with pytest.raises(kind, match=words):
        plan.ensemble(**{"scenarios": 4, **arguments})


def test_what_was_not_asked_for_is_refused(random: ft.Plan) -> None:
    ensemble = random.ensemble(5, keep=["backlog"], statistics=["mean"], quantiles=[0.5], above={"demand": 1})
    for ask, words in [
        (
            lambda: ensemble.std("backlog"),
            "`std` of `backlog` was not asked for: name it in `statistics=`; there is `mean`",
        ),
        (lambda: ensemble.quantile("backlog", 0.9), "`90%` of `backlog` was not asked for: name it in `quantiles=`"),
        (lambda: ensemble.probability_above("backlog", 3), "say `above={'backlog': 3}`"),
        (lambda: ensemble.mean("demand"), "there is `above 1`"),
        (lambda: ensemble.histogram("backlog"), "no histogram of `backlog`"),
        (lambda: ensemble.measure("backlog", "max"), "was not measured: name it in `measures=`; there is nothing"),
        (lambda: ensemble.series("backlog"), "no scenario was chosen"),
        (lambda: ensemble.mean("capacity"), "no statistics were taken of `capacity`: name it in `keep=`"),
        (lambda: ensemble.mean("backlg"), "there is no series `backlg`: did you mean `backlog`"),
        (lambda: ensemble.mean("\udc80"), "there is no series"),
    ]:
        with pytest.raises(ft.UnknownNameError) as caught:
            ask()
        assert words in str(caught.value)
    with pytest.raises(ft.ArgumentTypeError, match="`q` must be a number"):
        ensemble.quantile("backlog", "95%")  # type: ignore[arg-type]


def bits(ensemble: ft.Ensemble) -> list[bytes]:
    found = [ensemble.statistic(s, name).tobytes() for s in ensemble.names for name in ensemble.statistics(s)]
    measured = [numbers.tobytes() for *_, numbers in ensemble._measured()]
    return [*found, *measured, ensemble.series("backlog").tobytes(), ensemble.histogram("backlog")[0].tobytes()]


def test_threads_give_equal_bits(random: ft.Plan) -> None:
    one, *others = (
        random.ensemble(5000, threads=threads, **{**EVERYTHING, "series": [7, 0]}) for threads in (1, 2, 0, 7)
    )
    for other in others:
        assert bits(other) == bits(one)
    assert "1 thread," in one.work and "2 threads" in others[0].work


def test_seeds(random: ft.Plan) -> None:
    listed = random.ensemble(seeds=[3, 9, 3], keep=["demand"], series=[0, 1, 2])
    demand = listed.series("demand")
    assert listed.seeds.tolist() == [3, 9, 3]
    assert (demand[0] == demand[2]).all() and (demand[0] != demand[1]).any()
    np.testing.assert_array_equal(demand[1], random.run(seed=9)["demand"])
    # Those of the model, which says 42.
    by_default = random.ensemble(3)
    assert by_default.seeds.tolist() == [ft.scenario_seed(42, k) for k in range(3)]
    assert "seed 42)" in repr(by_default) and "seeds as listed)" in repr(listed)
    for mistake, kind in [((-1, 0), ft.ArgumentError), ((1, -1), ft.ArgumentError), ((1, "a"), ft.ArgumentTypeError)]:
        with pytest.raises(kind):
            ft.scenario_seed(*mistake)  # type: ignore[arg-type]


def test_arrays_are_read_only_and_outlive_everything(random: ft.Plan) -> None:
    ensemble = random.ensemble(300, **{**EVERYTHING, "series": [0, 299]})
    counts, edges = ensemble.histogram("backlog")
    arrays = [ensemble.mean("backlog"), ensemble.quantile("demand", 0.5), ensemble.probability_above("backlog", 3)]
    arrays += [
        ensemble.measure("backlog", "max"),
        ensemble.series("backlog"),
        ensemble.seeds,
        ensemble.missing("demand"),
    ]
    arrays += [counts, edges, ensemble.time]
    # Asked for again they are the same memory.
    assert ensemble.mean("backlog") is arrays[0]
    assert ensemble.series("backlog").ctypes.data == arrays[4].ctypes.data
    for array in arrays:
        with pytest.raises(ValueError):
            array.flat[0] = 1
    # What the engine's own memory is seen through stays so.
    for array in [*arrays[:2], *arrays[3:5], arrays[6], counts, edges]:
        with pytest.raises(ValueError):
            array.flags.writeable = True
    kept = [array.copy() for array in arrays]
    gone = weakref.ref(ensemble)
    del ensemble
    gc.collect()
    assert gone() is None
    scribbles = [np.full(300, 7.0) for _ in range(2000)]
    for array, copied in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, copied)
    assert len(scribbles) == 2000


def test_it_is_a_value(everything: ft.Ensemble) -> None:
    assert copy.copy(everything) is everything and copy.deepcopy(everything) is everything
    with pytest.raises(ft.ArgumentTypeError, match="an ensemble is not pickled: send a table"):
        pickle.dumps(everything)
    with pytest.raises(ft.ArgumentTypeError, match=r"made by `Plan.ensemble`"):
        ft.Ensemble()
    with pytest.raises(AttributeError):
        everything.new = 1  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(everything.to_pandas())).equals(everything.to_pandas())
    assert everything.plan.model.seed == 42 and everything.grid.bins == 48


def test_divisions_by_zero_are_told() -> None:
    plan = ft.Model.from_yaml(DIVIDING).compile()
    with pytest.warns(ft.FlowtimeWarning, match=r"`load` divided by zero, which gives 0: see `ensemble.warnings`"):
        ensemble = plan.ensemble(10)
    (warning,) = ensemble.warnings
    assert warning.message.startswith("`load` divided by zero in 20 bins of all scenarios together")
    assert warning.line == 7
    with pytest.warns(ft.FlowtimeWarning, match="sweep.warnings"):
        assert "40 bins" in plan.sweep({"used": [1, 2]}, 10).warnings[0].message


def test_progress_and_errors_in_it(random: ft.Plan) -> None:
    told: list[float] = []
    quiet = random.ensemble(300_000, quantiles=[])
    loud = random.ensemble(300_000, quantiles=[], progress=told.append)
    assert told[-1] == 1.0 and told == sorted(told)
    assert quiet.mean("backlog").tobytes() == loud.mean("backlog").tobytes()

    def fail(done: float) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        random.ensemble(3_000_000, quantiles=[], progress=fail)


def test_one_scenario_and_one_bin() -> None:
    plan = ft.Model.from_yaml(RANDOM.replace("bins: 48", "bins: 1")).compile()
    ensemble = plan.ensemble(1, keep=["demand"], measures={"demand": "max"})
    assert ensemble.mean("demand") == ensemble.max("demand") == ensemble.quantile("demand", 0.05)
    assert np.isnan(ensemble.std("demand")).all()
    assert repr(ensemble).startswith("Ensemble(1 scenario, 1 bin of 30 minutes, seed 42)")
    ensemble._repr_html_()
