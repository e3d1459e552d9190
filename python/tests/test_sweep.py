"""Sweeps: each point is an ensemble, and all have the same seeds."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import flowtime as ft

ASKED: dict[str, Any] = {
    "seed": 3,
    "keep": ["backlog"],
    "quantiles": [0.25, 0.5],
    "above": {"backlog": 10},
    "histograms": {"backlog": [0, 1, 10, 100]},
    "measures": {"backlog": ["max", ("first_above", 8)]},
    "series": [1, 4],
}
CAPACITIES = [9.0, 11.0, 10.0]
# Demand is a pmf, of which a sweep may make a number.
TWO = {"capacity": CAPACITIES, "demand": [10, 12]}


@pytest.fixture(scope="module")
def sweep(random: ft.Plan) -> ft.Sweep:
    return random.sweep({"capacity": CAPACITIES}, 100, **ASKED)


def test_a_point_is_an_ensemble(random: ft.Plan, sweep: ft.Sweep) -> None:
    assert len(sweep) == 3 and sweep.shape == (3,) and sweep.scenarios == 100
    assert sweep.points["capacity"].tolist() == CAPACITIES
    assert sweep.names == ("backlog",)
    for n, capacity in enumerate(CAPACITIES):
        alone = random.ensemble(100, inputs={"capacity": capacity}, **ASKED)
        assert sweep.at(capacity=capacity) is sweep[n]
        for name in alone.statistics("backlog"):
            assert sweep.statistic("backlog", name)[n].tobytes() == alone.statistic("backlog", name).tobytes()
            assert sweep[n].statistic("backlog", name).tobytes() == alone.statistic("backlog", name).tobytes()
        assert sweep.measure("backlog", "max")[n].tobytes() == alone.measure("backlog", "max").tobytes()
        first = sweep.measure("backlog", "first_above", 8)[n]
        assert first.tobytes() == alone.measure("backlog", "first_above", 8).tobytes()
        assert sweep.series("backlog")[n].tobytes() == alone.series("backlog").tobytes()
        np.testing.assert_array_equal(sweep.histogram("backlog")[0][n], alone.histogram("backlog")[0])
        np.testing.assert_array_equal(sweep.missing("backlog")[n], alone.missing("backlog"))
        run = random.run(seed=ft.scenario_seed(3, 4), inputs={"capacity": capacity})
        assert sweep.series("backlog")[n, 1].tobytes() == run["backlog"].tobytes()
    assert (sweep.seeds == sweep[2].seeds).all()
    assert sweep.mean("backlog") is sweep.mean("backlog")
    assert sweep.quantile("backlog", 0.25).shape == sweep.probability_above("backlog", 10).shape == (3, 48)


def test_grids(random: ft.Plan) -> None:
    sweep = random.sweep(TWO, 5, keep=["backlog"], measures={"backlog": "last"})
    assert sweep.shape == (3, 2) and len(sweep) == 6
    assert sweep.axes is not None and list(sweep.axes) == ["capacity", "demand"]
    assert sweep.points["demand"].tolist() == [10, 12] * 3
    last = sweep.reshape(sweep.measure("backlog", "last"))
    assert last.shape == (3, 2, 5)
    wanted = np.maximum(0, np.array([[10, 12]]) - np.array(CAPACITIES)[:, None]) * 48
    np.testing.assert_array_equal(last[:, :, 3], wanted)
    assert sweep.at(capacity=9, demand=12).measure("backlog", "last")[0] == 144
    with pytest.raises(ft.UnknownNameError, match="there are 2 points with capacity = 9"):
        sweep.at(capacity=9)
    with pytest.raises(ft.UnknownNameError, match="there is no point with capacity = 8"):
        sweep.at(capacity=8)
    with pytest.raises(ft.UnknownNameError, match="did you mean `capacity`"):
        sweep.at(capacty=8)
    with pytest.raises(ft.ArgumentError, match="not that of the 6 points"):
        sweep.reshape([1, 2])


def test_tables(random: ft.Plan) -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    columns = {"capacity": [9, 12], "demand": [10.0, 12.0]}
    same = [
        random.sweep(points=points, scenarios=4, keep=["backlog"])
        for points in (columns, pd.DataFrame(columns), pl.DataFrame(columns))
    ]
    for sweep in same:
        assert sweep.axes is None and sweep.shape == (2,)
        assert sweep.points["capacity"].tolist() == [9, 12]
        np.testing.assert_array_equal(sweep.mean("backlog")[:, -1], [48, 0])


MISTAKES: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (ft.ArgumentError, "give a grid", {}),
    (ft.ArgumentError, "give a grid", {"grid": {"capacity": [1]}, "points": {"capacity": [1]}}),
    (ft.ArgumentTypeError, "a grid is a dict", {"grid": [1, 2]}),
    (ft.ArgumentTypeError, "`points` is a table", {"points": [1, 2]}),
    (ft.ArgumentError, "needs an input to sweep", {"grid": {}}),
    (ft.ArgumentError, "`capacity` has no numbers to sweep", {"grid": {"capacity": []}}),
    (ft.ArgumentError, "not over a table", {"grid": {"capacity": [[1], [2]]}}),
    (ft.ArgumentTypeError, "`capacity` is a bool|made of bools|list with bools", {"grid": {"capacity": [True]}}),
    (ft.ArgumentError, "`demand` has 1 numbers? to sweep", {"points": {"capacity": [1, 2], "demand": [1]}}),
    (ft.UnknownNameError, "no node `capcity`: did you mean `capacity`", {"grid": {"capcity": [1]}}),
    (ft.ArgumentError, "`backlog`", {"grid": {"backlog": [1]}}),
    (ft.ArgumentError, "infinite in point 1", {"grid": {"capacity": [1, np.inf]}}),
    (ft.ArgumentError, "`capacity`", {"grid": {"capacity": [1]}, "inputs": {"capacity": 3}}),
    (ft.LimitError, "a grid of 1.0e12 points", {"grid": {"capacity": range(10**6), "demand": range(10**6)}}),
    (ft.LimitError, "operations", {"grid": {"capacity": range(10**4)}, "scenarios": 10**4}),
]


@pytest.mark.parametrize(("kind", "words", "arguments"), MISTAKES, ids=[words for _, words, _ in MISTAKES])
def test_mistakes(random: ft.Plan, kind: type[Exception], words: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(kind, match=words):
        random.sweep(**{"scenarios": 4, "limits": {"operations": 1e9}, **arguments})


def test_it_is_a_value(sweep: ft.Sweep) -> None:
    assert copy.copy(sweep) is sweep and copy.deepcopy(sweep) is sweep
    with pytest.raises(ft.ArgumentTypeError, match="a sweep is not pickled"):
        pickle.dumps(sweep)
    with pytest.raises(ft.ArgumentTypeError, match=r"made by `Plan.sweep`"):
        ft.Sweep()
    for array in (sweep.mean("backlog"), sweep.points["capacity"], sweep.measure("backlog", "max"), sweep.seeds):
        with pytest.raises(ValueError):
            array.flat[0] = 1
    assert repr(sweep).splitlines()[0] == "Sweep(capacity: 3 points, 100 scenarios each, 48 bins of 30 minutes, seed 3)"
    assert [float(n) for n in repr(sweep).splitlines()[2].split()[:1]] == [9]
    assert [point.scenarios for point in sweep] == [100] * 3
    with pytest.raises(IndexError):
        sweep[3]
    with pytest.raises(ft.ArgumentTypeError, match="found by number"):
        sweep["capacity"]  # type: ignore[index]
    assert "point" in sweep.work or "scenario" in sweep.work


def test_threads_give_equal_bits(random: ft.Plan, sweep: ft.Sweep) -> None:
    for threads in (1, 5):
        other = random.sweep({"capacity": CAPACITIES}, 100, threads=threads, **ASKED)
        for name in sweep.statistics("backlog"):
            assert other.statistic("backlog", name).tobytes() == sweep.statistic("backlog", name).tobytes()
