"""Plans as functions of a few numbers."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import flowtime as ft


def test_one_row_and_many(queue: ft.Plan) -> None:
    last = queue.function(inputs=["capacity"], output="backlog", reduce="max")
    assert last([50]) == 50.0 and type(last([50])) is float
    assert last(50) == last(np.float32(50)) == 50.0
    np.testing.assert_array_equal(last([[50], [60], [90]]), [50, 30, 0])
    assert last(np.empty((0, 1))).shape == (0,)
    assert (last.plan, last.inputs, last.output) == (queue, ("capacity",), "backlog")
    assert repr(last) == "Function(capacity → max of backlog)"


@pytest.mark.parametrize("part", [0, 0.1, 0.25, 0.5, 0.95, 1])
def test_quantiles(random: ft.Plan, part: float) -> None:
    found = random.function(inputs=["capacity"], output="backlog", reduce=part)([9])
    assert found == np.quantile(random.run(inputs={"capacity": 9})["backlog"], part)


@pytest.mark.parametrize("name", ["sum", "mean", "min", "max", "median"])
def test_names(random: ft.Plan, name: Any) -> None:
    found = random.function(inputs=["capacity"], output="backlog", reduce=name)([9])
    assert found == pytest.approx(getattr(np, name)(random.run(inputs={"capacity": 9})["backlog"]), rel=1e-14)


def test_first_and_last(queue: ft.Plan) -> None:
    ends = [queue.function(inputs=["capacity"], output="backlog", reduce=end)([10]) for end in ("first", "last")]  # type: ignore[arg-type]
    series = queue.run(inputs={"capacity": 10})["backlog"]
    assert ends == [series[0], series[-1]]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_seeds(random: ft.Plan, threads: int) -> None:
    rows = [[capacity] for capacity in (8, 10, 11, 12)]
    seeds = [3, 1, 4, 1, 5]
    function = random.function(
        inputs=["capacity"], output="backlog", reduce="max", seeds=seeds, over=0.75, threads=threads
    )
    wanted = [
        np.quantile([random.run(seed=seed, inputs={"capacity": c})["backlog"].max() for seed in seeds], 0.75)
        for (c,) in rows
    ]
    np.testing.assert_array_equal(function(rows), wanted)
    np.testing.assert_array_equal([function(row) for row in rows], wanted)


def test_threads_change_nothing(random: ft.Plan) -> None:
    rows = np.linspace(5, 15, 301).reshape(-1, 1)
    results = [
        random.function(inputs=["capacity"], output="backlog", seeds=17, over="mean", threads=threads)(rows)
        for threads in (1, 3)
    ]
    assert results[0].tobytes() == results[1].tobytes()


def test_seeds_of_a_seed(random: ft.Plan) -> None:
    def of(**options: Any) -> float:
        value: float = random.function(inputs=["capacity"], output="demand", reduce="sum", **options)([1])
        return value

    assert of() == of(seed=42) == random.run()["demand"].sum()
    assert of(seeds=50) == of(seeds=50, seed=42) != of(seeds=50, seed=43)


def test_fixed(queue: ft.Plan) -> None:
    function = queue.function(
        inputs=["capacity"], output="served", reduce="sum", fixed={"arrivals": [1, 2, 3, 4, 5, 6]}
    )
    assert function([100]) == 21.0


def test_missing_values(queue: ft.Plan) -> None:
    function = queue.function(inputs=["capacity"], output="served", reduce="max")
    assert np.isnan(function([np.nan])) and np.isnan(function([[None], [5.0]])[0])


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"inputs": []}, ft.ArgumentError, "`inputs` is empty"),
        ({"inputs": ["capacty"]}, KeyError, "did you mean `capacity`?"),
        ({"inputs": ["served"]}, ft.ArgumentError, "`served` is an expression"),
        ({"inputs": ["capacity", "capacity"]}, ft.ArgumentError, "`capacity` is given twice"),
        ({"inputs": ["capacity"], "fixed": {"capacity": 5}}, ft.ArgumentError, "`capacity` is given twice"),
        ({"inputs": [5]}, ft.ArgumentTypeError, "of type `int`"),
        ({"output": "bcklog"}, KeyError, "did you mean `backlog`?"),
        ({"output": 5}, ft.ArgumentTypeError, "`output` is of type `int`"),
        ({"reduce": "average"}, ft.ArgumentError, "`reduce` is `average`, not one of `sum`, `mean`"),
        ({"reduce": 1.5}, ft.ArgumentError, "a quantile is from 0 to 1"),
        ({"reduce": None}, ft.ArgumentTypeError, "`reduce` is of type `NoneType`"),
        ({"over": []}, ft.ArgumentTypeError, "`over` is of type `list`"),
        ({"seeds": 0}, ft.ArgumentError, "`seeds` is 0"),
        ({"seeds": []}, ft.ArgumentError, "`seeds` is empty"),
        ({"seeds": [1, -1]}, ft.ArgumentError, "the seed -1 is out of range"),
        ({"seeds": 1.5}, ft.ArgumentTypeError, "`seeds` is of type `float`"),
        ({"seed": 2**60}, ft.ArgumentError, "out of range"),
        ({"threads": 0}, ft.ArgumentError, "`threads` is 0"),
        ({"threads": 5000}, ft.ArgumentError, "`threads` is 5000: give 1 to 1024"),
        ({"threads": "2"}, ft.ArgumentTypeError, "`threads` is of type `str`"),
    ],
)
def test_wrong_functions(queue: ft.Plan, options: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        queue.function(**{"inputs": ["capacity"], "output": "backlog", **options})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([1.0, 2.0], "`x` has the shape 2, not 1 or rows × 1"),
        ([[1.0, 2.0]], "give its transpose"),
        ([[[1.0]]], "1 × 1 × 1"),
        ([[1.0], [float("inf")]], "the value for `capacity` in row 1 is infinite"),
        ("5", "made of text"),
        ([True], "bools"),
    ],
)
def test_wrong_rows(queue: ft.Plan, x: Any, words: str) -> None:
    function = queue.function(inputs=["capacity"], output="backlog")
    with pytest.raises((ft.ArgumentError, ft.ArgumentTypeError)) as caught:
        function(x)
    assert words in str(caught.value)


def test_an_optimiser_finds_the_capacity(random: ft.Plan) -> None:
    worst = random.function(inputs=["capacity"], output="backlog", reduce="max", seeds=100, over=0.95)
    capacity = scipy.optimize.brentq(lambda c: worst([c]) - 20, 9, 15, xtol=1e-6)
    assert worst([capacity + 1e-3]) <= 20 <= worst([capacity - 1e-3])


def test_samplers_hand_over_matrices(random: ft.Plan) -> None:
    function = random.function(inputs=["capacity", "demand"], output="backlog")
    result = scipy.optimize.differential_evolution(
        lambda x: function(x.T), [(5, 15), (5, 15)], vectorized=True, updating="deferred", maxiter=3, rng=1
    )
    assert result.fun == 0.0


def test_functions_are_sent_to_other_processes(random: ft.Plan) -> None:
    function = random.function(inputs=["capacity"], output="backlog", seeds=(1, 2), fixed={"demand": 12})
    again = pickle.loads(pickle.dumps(function))
    assert again([[3], [4]]).tolist() == function([[3], [4]]).tolist()


def test_progress(random: ft.Plan) -> None:
    told: list[float] = []
    function = random.function(inputs=["capacity"], output="backlog", seeds=3000)
    function(np.full((40, 1), 9.0), progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) > 1
