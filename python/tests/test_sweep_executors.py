"""Sweeps on pools: the points' parts side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from conftest import DIVIDING, RANDOM

import flowtime as ft

PLAN = ft.Model.from_yaml(RANDOM).compile()
SCENARIOS = 20_000
GRID = {"capacity": [9.0, 11.0, 10.0], "demand": [10, 12]}
ASKED: dict[str, Any] = {
    "seed": 7,
    "keep": ["backlog"],
    "quantiles": [0.05, 0.5, 0.95],
    "above": {"backlog": [10, 30]},
    "histograms": {"backlog": [0, 5, 50, 500]},
    "measures": {"backlog": ["max", ("first_above", 20)]},
    "series": [SCENARIOS - 1, 3],
}
CAPACITIES = {"capacity": [9.0, 11.0, 10.0, 12.5]}


def bits(sweep: ft.Sweep) -> dict[str, bytes]:
    found = {name: sweep.statistic("backlog", name).tobytes() for name in sweep.statistics("backlog")}
    found["histogram"] = sweep.histogram("backlog")[0].tobytes()
    found["maximum"] = sweep.measure("backlog", "max").tobytes()
    found["first"] = sweep.measure("backlog", "first_above", 20).tobytes()
    return found | {"series": sweep.series("backlog").tobytes()}


@pytest.fixture(scope="module")
def wanted() -> dict[str, bytes]:
    return bits(PLAN.sweep(CAPACITIES, SCENARIOS, **ASKED))


@pytest.mark.parametrize("part", [None, 1024, 5000, 10**9])
def test_threads(part: int | None, wanted: dict[str, bytes]) -> None:
    told: list[float] = []
    with ThreadPoolExecutor(2) as pool:
        sweep = PLAN.sweep(CAPACITIES, SCENARIOS, **ASKED, executor=pool, part=part, progress=told.append)
    assert bits(sweep) == wanted
    assert sweep.points["capacity"].tolist() == CAPACITIES["capacity"] and sweep.shape == (4,)
    assert told == sorted(told) and told[-1] == 1.0


def test_processes(wanted: dict[str, bytes]) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert bits(PLAN.sweep(CAPACITIES, SCENARIOS, **ASKED, executor=pool)) == wanted
        with pytest.raises(ft.LimitError, match="raise the limit `operations`"):
            PLAN.sweep(CAPACITIES, SCENARIOS, keep=["backlog"], executor=pool, limits={"operations": 10**5})


def test_grids_inputs_and_seeds() -> None:
    # A demand that is swept is the same in all scenarios, and capacities differ between them.
    rng = np.random.default_rng(1)
    asked: dict[str, Any] = {"keep": ["backlog"], "seeds": range(3000), "quantiles": [0.9]}
    for inputs in (rng.uniform(8, 12, 3000), rng.uniform(8, 12, (3000, 48))):
        sweeps = [PLAN.sweep({"demand": [10, 12]}, inputs={"capacity": inputs}, **asked)]
        with ThreadPoolExecutor(2) as pool:
            sweeps.append(PLAN.sweep({"demand": [10, 12]}, inputs={"capacity": inputs}, executor=pool, **asked))
        for name in sweeps[0].statistics("backlog"):
            assert sweeps[0].statistic("backlog", name).tobytes() == sweeps[1].statistic("backlog", name).tobytes()
        assert (sweeps[1].seeds == np.arange(3000)).all()
    with ThreadPoolExecutor(2) as pool:
        grid = PLAN.sweep(GRID, 50, keep=["backlog"], executor=pool)
    assert grid.shape == (3, 2)
    assert (grid.mean("backlog") == PLAN.sweep(GRID, 50, keep=["backlog"]).mean("backlog")).all()


def test_warnings_are_of_all_points() -> None:
    plan = ft.Model.from_yaml(DIVIDING).compile()
    with ThreadPoolExecutor(2) as pool, pytest.warns(ft.FlowtimeWarning, match="divided by zero"):
        there = plan.sweep({"there": [1, 0, 2]}, 5000, keep=["load"], executor=pool)
    with pytest.warns(ft.FlowtimeWarning, match="divided by zero"):
        here = plan.sweep({"there": [1, 0, 2]}, 5000, keep=["load"])
    assert [w.message for w in there.warnings] == [w.message for w in here.warnings]
    assert all(point.warnings == there.warnings for point in there)


class Watched(Executor):
    """Does at once what it is asked, and knows the points; fails at some calls, and takes none after `last`."""

    def __init__(self, fails: Callable[[int], bool] = lambda call: False, last: int = 10**9) -> None:
        self.fails, self.last, self.calls = fails, last, 0
        self.points: list[float] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        if self.calls > self.last:
            raise RuntimeError("no more")
        self.points.append(next(number for name, _, number in args[3]["inputs"] if name == "capacity"))
        future: Future[Any] = Future()
        if self.fails(self.calls):
            future.set_exception(OSError("the worker is gone"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_points_do_not_wait_for_each_other(wanted: dict[str, bytes]) -> None:
    pool = Watched()
    assert bits(PLAN.sweep(CAPACITIES, SCENARIOS, **ASKED, executor=pool, part=5120)) == wanted
    # The parts of every point were given out before the second round of the first one.
    assert pool.points[:16] == [capacity for capacity in CAPACITIES["capacity"] for _ in range(4)]
    assert len(pool.points) > 16


@pytest.mark.parametrize(
    ("pool", "warns"),
    [
        (Watched(lambda call: call in (1, 8, 15)), False),
        (Watched(lambda call: True), True),
        (Watched(last=5), True),
        (Watched(last=18), True),
    ],
)
def test_what_is_lost_is_computed_again(pool: Watched, warns: bool, wanted: dict[str, bytes]) -> None:
    if warns:
        with pytest.warns(ft.FlowtimeWarning, match=r"computed here.*(no more|worker is gone)$") as warned:
            found = PLAN.sweep(CAPACITIES, SCENARIOS, **ASKED, executor=pool, part=5120)
        assert len(warned) == 1
    else:
        found = PLAN.sweep(CAPACITIES, SCENARIOS, **ASKED, executor=pool, part=5120)
    assert bits(found) == wanted


def test_what_is_interrupted_stops_everywhere() -> None:
    def interrupt(done: float) -> None:
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            PLAN.sweep(CAPACITIES, 20_000_000, keep=["backlog"], executor=pool, part=10_000_000, progress=interrupt)
        assert pool.submit(int).result() == 0
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("kind", "words", "arguments"),
    [
        (ft.UnknownNameError, "no node `capcity`: did you mean `capacity`", {"grid": {"capcity": [1]}}),
        (ft.ArgumentError, "infinite in point 1", {"grid": {"capacity": [1, np.inf]}}),
        (ft.ArgumentError, "`capacity`", {"grid": {"capacity": [1]}, "inputs": {"capacity": 3}}),
        (ft.ArgumentError, "`backlog`", {"grid": {"backlog": [1]}}),
        (ft.ArgumentError, "`part` is 0", {"grid": {"capacity": [1]}, "part": 0}),
        (ft.ArgumentError, r"a share of 0 to 0\.5", {"grid": {"capacity": [1]}, "tolerance": 2}),
    ],
)
def test_mistakes(kind: type[Exception], words: str, arguments: dict[str, Any]) -> None:
    pool = Watched()
    with pytest.raises(kind, match=words):
        PLAN.sweep(**{"scenarios": 4, "executor": pool, **arguments})
    # Before any work.
    assert not pool.calls
    with pytest.raises(ft.ArgumentError, match="`part` is for an `executor=`"):
        PLAN.sweep(CAPACITIES, 4, part=1024)
