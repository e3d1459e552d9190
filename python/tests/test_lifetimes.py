"""Arrays outlive everything that they came from, and nothing stays that nobody holds."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path

import numpy as np
import pytest
from conftest import QUEUE

import flowtime as ft


def test_arrays_outlive_runs_plans_and_models() -> None:
    model = ft.Model.from_yaml(QUEUE)
    plan = model.compile()
    run = plan.run()
    array = run["backlog"]
    part = array[1:4]
    model_gone, plan_gone, run_gone = weakref.ref(model), weakref.ref(plan), weakref.ref(run)
    del model, plan, run, array
    gc.collect()
    assert model_gone() is None and plan_gone() is None and run_gone() is None
    # Memory that was free would soon have other numbers in it.
    scribbles = [np.full(6, 7.0) for _ in range(1000)]
    np.testing.assert_array_equal(part, [10, 50, 40])
    assert len(scribbles) == 1000


def test_an_array_is_gone_with_its_last_holder(queue: ft.Plan) -> None:
    run = queue.run()
    array = run["backlog"]
    gone = weakref.ref(array)
    del array
    # The run holds it for the next who asks.
    assert gone() is not None
    del run
    assert gone() is None


def long_queue(bins: int) -> ft.Model:
    text = QUEUE.replace("bins: 6", f"bins: {bins}").replace("[20, 60, 90, 40, 10, 0]", "49")
    return ft.Model.from_yaml(text)


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux tells it")
def test_nothing_leaks() -> None:
    # 400 kB a run: 10 000 runs that stayed would be 4 GB; a reference that stayed would be one of them.
    plan = long_queue(12_500).compile()
    worst = plan.function(inputs=["capacity"], output="backlog", reduce="max", seeds=3)

    def work(count: int) -> None:
        for number in range(count):
            run = plan.run(seed=number, inputs={"capacity": float(number % 90), "arrivals": 3})
            assert run["backlog"] is not None and run.time is not None and run.series
            assert len(run.warnings) == 0
            worst([number % 90])
            with pytest.raises(KeyError):
                run["nothing"]
            with pytest.raises(ft.ArgumentError):
                plan.run(inputs={"capacity": [1.0]})

    work(500)
    before = resident()
    work(10_000)
    assert resident() - before < 8 << 20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux tells it")
def test_models_do_not_leak() -> None:
    text = QUEUE + "".join(f"\n  - {{id: c{i}, kind: const, values: {i}}}" for i in range(300))

    def work(count: int) -> None:
        for _ in range(count):
            model = ft.Model.from_yaml(text)
            model.compile()
            assert model.validate().valid and model.model_hash and model.nodes
            with pytest.raises(ft.ModelError):
                ft.Model.from_yaml(text + "\n  - {id: c1}")

    work(30)
    before = resident()
    work(150)
    # A model of these takes some hundred kB.
    assert resident() - before < 8 << 20


def test_series_are_handed_over_without_a_copy() -> None:
    plan = long_queue(1_000_000).compile()
    run = plan.run()
    addresses = {array.ctypes.data for array in run.values()}
    assert len(addresses) >= 3
    # Asked for again they are the same memory.
    assert {run._native.series(name).ctypes.data for name in run} == addresses
