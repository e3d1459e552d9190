"""Threads, forks and other processes."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from conftest import RANDOM

import flowtime as ft


def backlog_of(plan: ft.Plan, seed: int) -> bytes:
    return plan.run(seed=seed)["backlog"].tobytes()


def test_many_threads_over_one_plan(random: ft.Plan) -> None:
    wanted = [backlog_of(random, seed) for seed in range(64)]
    together = threading.Barrier(8)

    def work(number: int) -> list[bytes]:
        together.wait(timeout=60)
        return [backlog_of(random, seed) for _ in range(20) for seed in range(64)]

    with ThreadPoolExecutor(8) as pool:
        for results in pool.map(work, range(8)):
            assert results == wanted * 20


def test_many_threads_over_one_run(random: ft.Plan) -> None:
    for _ in range(50):
        run = random.run()
        together = threading.Barrier(8)

        def work(_: int, run: ft.Run = run, together: threading.Barrier = together) -> list[bytes]:
            together.wait(timeout=60)
            assert run.time is not None and run.warnings == ()
            return [array.tobytes() for array in run.values()]

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(work, range(8)))
        assert all(result == results[0] for result in results)


def test_many_threads_over_one_function(random: ft.Plan) -> None:
    function = random.function(inputs=["capacity"], output="backlog", seeds=20, threads=2)
    rows = np.linspace(5, 15, 50).reshape(-1, 1)
    wanted = function(rows).tobytes()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: function(rows).tobytes(), range(40))) == {wanted}


def test_other_threads_go_on_while_a_run_takes_long() -> None:
    text = RANDOM.replace("bins: 48", "bins: 1000000")
    plan = ft.Model.from_yaml(text).compile()
    ticks = 0
    stop = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    plan.function(inputs=["capacity"], output="backlog", seeds=20)([9])
    stop.set()
    thread.join()
    # Twenty million bins take longer than a tenth of a second.
    assert ticks > 10


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_after_use(random: ft.Plan, method: str) -> None:
    # Whatever threads there were are gone: a child that waited for one would wait forever.
    function = random.function(inputs=["capacity"], output="backlog", seeds=3000, threads=3)
    here = function(np.full((20, 1), 9.0))
    wanted = [backlog_of(random, seed) for seed in range(4)]
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(backlog_of, [random] * 4, range(4), timeout=120)) == wanted
        there = pool.submit(function, np.full((20, 1), 9.0)).result(timeout=120)
    assert there.tobytes() == here.tobytes()
