"""Ensembles on pools and clusters, whose workers die."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import DIVIDING, RANDOM

import flowtime as ft
from flowtime.executors import compute_part

PLAN = ft.Model.from_yaml(RANDOM).compile()
SCENARIOS = 150_000
ASKED: dict[str, Any] = {
    "seed": 7,
    "keep": ["backlog", "demand"],
    "quantiles": [0.05, 0.5, 0.999],
    "above": {"backlog": [10, 30]},
    "below": {"demand": 6},
    "histograms": {"backlog": [0, 5, 50, 500]},
    "measures": {"backlog": ["max", ("first_above", 20)]},
    "series": [SCENARIOS - 1, 3],
    "inputs": {"capacity": np.linspace(9, 12, SCENARIOS)},
}
kills = pytest.mark.skipif(sys.platform == "win32", reason="workers are killed as Unix does")


def bits(ensemble: ft.Ensemble) -> dict[str, bytes]:
    found = {
        f"{name} {statistic}": ensemble.statistic(name, statistic).tobytes()
        for name in ensemble.names
        for statistic in ensemble.statistics(name)
    }
    found["histogram"] = ensemble.histogram("backlog")[0].tobytes()
    found["maximum"] = ensemble.measure("backlog", "max").tobytes()
    found["first"] = ensemble.measure("backlog", "first_above", 20).tobytes()
    return found | {f"series {name}": ensemble.series(name).tobytes() for name in ensemble.names}


@pytest.fixture(scope="module")
def wanted() -> dict[str, bytes]:
    return bits(PLAN.ensemble(SCENARIOS, **ASKED))


def spawned(workers: int = 2) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def once(done: float, action: Callable[[], object]) -> Callable[[float], None]:
    """Does it when so much is done."""
    waiting = [action]

    def report(now: float) -> None:
        if now >= done and waiting:
            waiting.pop()()

    return report


@pytest.mark.parametrize("part", [None, 1, 5000, 10**9])
def test_threads(part: int | None, wanted: dict[str, bytes]) -> None:
    told: list[float] = []
    before = threading.active_count()
    scenarios = 20_000 if part == 1 else SCENARIOS
    asked = ASKED | ({"inputs": {}, "series": [3]} if part == 1 else {})
    with ThreadPoolExecutor(2) as pool:
        found = bits(PLAN.ensemble(scenarios, **asked, executor=pool, part=part, progress=told.append))
    assert found == (bits(PLAN.ensemble(scenarios, **asked)) if part == 1 else wanted)
    assert told == sorted(told) and told[-1] == 1.0
    assert threading.active_count() == before


def test_quantiles_may_be_a_little_off() -> None:
    exact, loose = (Unreliable(lambda call: False) for _ in range(2))
    here = PLAN.ensemble(SCENARIOS, **ASKED, executor=exact, part=8192)
    found = PLAN.ensemble(SCENARIOS, **ASKED, executor=loose, part=8192, tolerance=0.01)
    # There are no more rounds, and the bound holds.
    assert loose.calls <= exact.calls
    for name in found.names:
        for q in ASKED["quantiles"]:
            wanted = here.quantile(name, q)
            assert (np.abs(found.quantile(name, q) - wanted) <= 0.01 * np.abs(wanted)).all()
    # Away from zero one round is enough.
    exact, loose = (Unreliable(lambda call: False) for _ in range(2))
    asked = ASKED | {"keep": ["backlog"], "quantiles": [0.9]}
    PLAN.ensemble(SCENARIOS, **asked, executor=exact, part=8192)
    PLAN.ensemble(SCENARIOS, **asked, executor=loose, part=8192, tolerance=0.1)
    assert (exact.calls, loose.calls) == (38, 19)
    with pytest.raises(ft.ArgumentError, match=r"a share of 0 to 0\.5"):
        PLAN.ensemble(10, tolerance=2)
    with pytest.raises(ft.ArgumentTypeError, match="`tolerance` is of type `str`: give a number"):
        PLAN.ensemble(10, tolerance="1%")  # type: ignore[arg-type]


def test_inputs_of_every_scenario_and_bin() -> None:
    rows = np.random.default_rng(1).uniform(8, 12, (5000, 48))
    with ThreadPoolExecutor(2) as pool:
        there = PLAN.ensemble(5000, inputs={"capacity": rows}, keep=["backlog"], executor=pool, part=1024)
    here = PLAN.ensemble(5000, inputs={"capacity": rows}, keep=["backlog"])
    for name in here.statistics("backlog"):
        assert (here.statistic("backlog", name) == there.statistic("backlog", name)).all()


def test_seeds_and_warnings() -> None:
    with ThreadPoolExecutor(2) as pool:
        there = PLAN.ensemble(seeds=range(3000), keep=["backlog"], executor=pool)
        dividing = ft.Model.from_yaml(DIVIDING).compile()
        with pytest.warns(ft.FlowtimeWarning, match="`load` divided by zero"):
            divided = dividing.ensemble(5000, keep=["load"], executor=pool)
    assert (there.mean("backlog") == PLAN.ensemble(seeds=range(3000), keep=["backlog"]).mean("backlog")).all()
    assert there.seeds.tolist() == list(range(3000))
    assert "`load`" in divided.warnings[0].message and len(divided.warnings) == 1


def test_processes(wanted: dict[str, bytes]) -> None:
    with spawned() as pool:
        assert bits(PLAN.ensemble(SCENARIOS, **ASKED, executor=pool)) == wanted
        # What is wrong with a call is said as if it had been made here.
        with pytest.raises(ft.LimitError, match="raise the limit `operations`"):
            PLAN.ensemble(SCENARIOS, executor=pool, part=SCENARIOS, keep=["backlog"], limits={"operations": 10**6})
        assert pool.submit(os.getpid).result() != os.getpid()


@kills
def test_a_killed_process_loses_nothing(wanted: dict[str, bytes]) -> None:
    with spawned() as pool:
        # It dies between two parts: a worker that is killed while it hands something back silences the pool for ever,
        # and then nobody could shut it down either.
        report = once(0.2, lambda: pool.submit(signal.raise_signal, signal.SIGKILL))
        with pytest.warns(ft.FlowtimeWarning, match="computed here: BrokenProcessPool") as warned:
            found = PLAN.ensemble(SCENARIOS, **ASKED, executor=pool, part=2048, progress=report)
    assert bits(found) == wanted
    assert len(warned) == 1


class Unreliable(Executor):
    """Does at once what it is asked, but fails at some calls, and takes none after `last`."""

    def __init__(self, fails: Callable[[int], bool], last: int = 10**9) -> None:
        self.fails, self.last, self.calls = fails, last, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        if self.calls > self.last:
            raise RuntimeError("no more")
        future: Future[Any] = Future()
        if self.fails(self.calls):
            future.set_exception(OSError("the worker is gone\nand more words"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize(
    ("executor", "warns", "calls"),
    [
        # 25 parts in each of two rounds; those that fail once are given out again.
        (Unreliable(lambda call: call % 10 == 1), False, None),
        (Unreliable(lambda call: True), True, 100),
        (Unreliable(lambda call: False, last=30), True, 31),
        (Unreliable(lambda call: call > 5, last=20), True, 21),
    ],
)
def test_what_is_lost_is_computed_again(executor: Unreliable, warns: bool, calls: int | None) -> None:
    asked: dict[str, Any] = {"keep": ["backlog"], "quantiles": [0.95], "seed": 1}
    with warnings_of_loss(warns):
        there = PLAN.ensemble(25 * 1024, **asked, executor=executor, part=1024)
    here = PLAN.ensemble(25 * 1024, **asked)
    for name in here.statistics("backlog"):
        assert (here.statistic("backlog", name) == there.statistic("backlog", name)).all()
    assert executor.calls == calls if calls else executor.calls > 50


class Silent(Executor):
    """Does the first parts at once, and is never heard of again."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.given: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if len(self.given) < self.answers:
            future.set_result(fn(*args, **kwargs))
        self.given.append(future)
        return future


@pytest.mark.parametrize("answers", [0, 5, 30])
def test_an_executor_that_says_nothing(answers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowtime.executors._PATIENCE", 0.1)
    monkeypatch.setattr("flowtime.executors._SILENCES", 1)
    asked: dict[str, Any] = {"keep": ["backlog"], "quantiles": [0.95], "seed": 1}
    pool = Silent(answers)
    with pytest.warns(ft.FlowtimeWarning, match="it has not answered for a long time") as warned:
        there = PLAN.ensemble(25 * 1024, **asked, executor=pool, part=1024)
    assert len(warned) == 1 and len(pool.given) >= 25
    assert all(future.cancelled() for future in pool.given[answers:])
    here = PLAN.ensemble(25 * 1024, **asked)
    for name in here.statistics("backlog"):
        assert (here.statistic("backlog", name) == there.statistic("backlog", name)).all()


@contextmanager
def warnings_of_loss(expected: bool) -> Iterator[None]:
    if not expected:
        yield
        return
    with pytest.warns(ft.FlowtimeWarning, match=r"the executor cannot go on.*(no more|the worker is gone)$") as warned:
        yield
    assert len(warned) == 1


def test_what_is_no_executor() -> None:
    with pytest.raises(ft.ArgumentTypeError, match=r"of type `int`, not a `concurrent\.futures\.Executor`$"):
        PLAN.ensemble(10, executor=2)  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentTypeError, match=r"give `client\.get_executor\(\)`"):
        PLAN.ensemble(10, executor=SimpleNamespace(get_executor=None))  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentError, match="`part` is for an `executor=`"):
        PLAN.ensemble(10, part=1024)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ft.ArgumentError, match="`part` is 0"):
        PLAN.ensemble(10, executor=pool, part=0)
    with pytest.raises(ft.ArgumentError, match="the executor takes no work: RuntimeError: cannot schedule"):
        PLAN.ensemble(10, executor=pool)


def test_workers_of_another_version() -> None:
    with pytest.raises(ft.ArgumentError, match=r"but the ensemble is of flowtime 0\.0\.1: install the same version"):
        compute_part("0.0.1", "", b"", {}, b"", 0, 1)  # type: ignore[typeddict-item]


def test_what_is_interrupted_stops_everywhere() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            PLAN.ensemble(40_000_000, keep=["backlog"], executor=pool, part=10_000_000, progress=once(0, interrupt))
        # Parts that run stop too, and those that wait never begin.
        assert pool.submit(int).result() == 0
        assert time.monotonic() - began < 2


@kills
@pytest.mark.filterwarnings("ignore")
def swept(executor: Executor | None = None) -> bytes:
    """Two points of a sweep."""
    asked: dict[str, Any] = {"seed": 7, "keep": ["backlog"], "quantiles": [0.9], "executor": executor}
    return PLAN.sweep({"capacity": [9.0, 12.0]}, 10_000, **asked).quantile("backlog", 0.9).tobytes()


def test_dask(wanted: dict[str, bytes]) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = sorted(client.run(os.getpid).values())
        assert len(pids) == 2 and os.getpid() not in pids
        pool = client.get_executor()
        assert bits(PLAN.ensemble(SCENARIOS, **ASKED, executor=pool)) == wanted
        assert swept(pool) == swept()
        report = once(0.2, lambda: os.kill(pids[0], signal.SIGKILL))
        assert bits(PLAN.ensemble(SCENARIOS, **ASKED, executor=pool, part=2048, progress=report)) == wanted
        assert pids[0] not in client.run(os.getpid).values()
        with pytest.raises(ft.LimitError, match="raise the limit `operations`"):
            PLAN.ensemble(SCENARIOS, executor=pool, part=SCENARIOS, keep=["backlog"], limits={"operations": 10**6})


def kill_one(ready: str) -> int:
    """Kills a worker of the same machine that computes a part."""
    import psutil

    Path(ready).touch()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for process in psutil.Process(os.getppid()).children():
            try:
                busy = "compute_part" in process.cmdline()[0]
            except (psutil.Error, IndexError):
                continue
            if busy:
                os.kill(process.pid, signal.SIGKILL)
                return process.pid
        time.sleep(0.005)
    raise TimeoutError("nobody computes a part")


@kills
@pytest.mark.filterwarnings("ignore")
def test_ray(wanted: dict[str, bytes], tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        with ft.RayExecutor() as pool:
            pids = {pool.submit(os.getpid).result() for _ in range(4)}
            assert os.getpid() not in pids
            assert bits(PLAN.ensemble(SCENARIOS, **ASKED, executor=pool)) == wanted
            assert swept(pool) == swept()
            ready = tmp_path / "ready"
            ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
            killed = ft.RayExecutor(num_cpus=0).submit(kill_one, str(ready))
            while not ready.exists():
                time.sleep(0.01)
            assert bits(PLAN.ensemble(SCENARIOS, **ASKED, executor=pool, part=2048)) == wanted
            assert killed.result(timeout=60) > 0
            with pytest.raises(ft.LimitError, match="raise the limit `operations`"):
                PLAN.ensemble(SCENARIOS, executor=pool, part=SCENARIOS, keep=["backlog"], limits={"operations": 10**6})
            sleeping = pool.submit(time.sleep, 100)
            assert sleeping.cancel() and sleeping.cancelled()
        with pytest.raises(ft.ArgumentError, match="shut down"):
            pool.submit(int)
    finally:
        ray.shutdown()


def test_ray_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ft.MissingPackageError, match=r"RayExecutor\(\)` needs the package ray.*flowtime\[ray\]"):
        ft.RayExecutor()
