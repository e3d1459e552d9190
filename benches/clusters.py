"""What pools and clusters on this machine add to an ensemble, and gain: `python benches/clusters.py [scenarios]`.

The checkout service: 288 bins, two pmf nodes, feedback; mean and exact 95th percentile of three series. Each executor
computes it with one worker and with two, of one thread each. Wall-clock time says little on a machine that others use,
so there is also the processor time of all processes together: what sending, merging and a runtime of its own cost.
Needs `flowtime`, `psutil`, `distributed` and `ray`.
"""

from __future__ import annotations

import logging
import math
import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import distributed
import psutil
import ray

import flowtime as ft

BINS = 288
RUNS = 3


def checkout() -> ft.Plan:
    turns = [2 * math.pi * t / BINS for t in range(BINS)]
    m = ft.ModelBuilder(bins=BINS, bin_size=5, bin_unit="minutes")
    profile = m.const("profile", [1 + 0.45 * math.sin(a - 0.6 * math.pi) + 0.15 * math.sin(2 * a) for a in turns])
    demand = m.pmf("demand", {40: 0.2, 60: 0.4, 90: 0.3, 140: 0.1})
    failed = m.pmf("failed", {0: 0.9, 10: 0.08, 45: 0.02})
    capacity = m.expr("capacity", 105 - failed)
    waiting = m.expr("waiting", demand * profile + m.ref("backlog").shift(1))
    served = m.expr("served", ft.minimum(capacity, waiting))
    backlog = m.expr("backlog", ft.maximum(0, waiting - served))
    m.expr("utilisation", served / capacity)
    m.expr("latency", 5 * ft.where(served > 0, backlog / served, 0))
    return m.compile()


class Counted(Executor):
    """Another executor, and how many bytes its calls send and get."""

    def __init__(self, inner: Executor) -> None:
        self.inner, self.parts, self.sent, self.got = inner, 0, 0, 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.parts += 1
        self.sent += len(ray.cloudpickle.dumps((fn, args)))
        future = self.inner.submit(fn, *args, **kwargs)
        future.add_done_callback(self.count)
        return future

    def count(self, future: Future[Any]) -> None:
        self.got += len(future.result())


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def dask(workers: int) -> Iterator[Executor]:
    with (
        distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


@contextmanager
def on_ray(workers: int) -> Iterator[Executor]:
    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        yield ft.RayExecutor()
    finally:
        ray.shutdown()


def processor() -> float:
    """Seconds that this process and all that it started have used."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def measure(plan: ft.Plan, scenarios: int, part: int, executor: Executor | None) -> tuple[float, float, bytes]:
    """The least wall-clock and median processor seconds of some runs, and the bits of the last."""
    asked: dict[str, Any] = {
        "keep": ["backlog", "utilisation", "latency"], "statistics": ["mean"], "quantiles": [0.95], "seed": 1,
    }  # fmt: skip
    asked |= {"threads": 1} if executor is None else {"executor": executor, "part": part}
    # Workers begin, import and compile.
    plan.ensemble(4 * part, **asked)
    walls, cpus = [], []
    for _ in range(RUNS):
        began, used = time.perf_counter(), processor()
        ensemble = plan.ensemble(scenarios, **asked)
        walls.append(time.perf_counter() - began)
        cpus.append(processor() - used)
    found = [ensemble.statistic(name, of).tobytes() for name in ensemble.names for of in ensemble.statistics(name)]
    return min(walls), statistics.median(cpus), b"".join(found)


def main(scenarios: int, part: int) -> None:
    logging.getLogger("distributed").setLevel(logging.ERROR)
    plan = checkout()
    wall, cpu, bits = measure(plan, scenarios, part, None)
    print(f"{scenarios} scenarios in parts of {part}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'here, 1 thread':24} {wall:6.2f} s wall {cpu:6.2f} s cpu", flush=True)
    for name, start in [("process pool", processes), ("Dask", dask), ("Ray", on_ray)]:
        one = 0.0
        for workers in (1, 2):
            with start(workers) as executor:
                wall, busy, same = measure(plan, scenarios, part, executor)
                assert same == bits
                words = f"{wall:6.2f} s wall {busy:6.2f} s cpu, {cpu / busy:.0%} of it the ensemble"
                if workers == 2:
                    words += f"; twice the workers are {one / wall:.2f} times as fast"
                    counted = Counted(executor)
                    plan.ensemble(scenarios, keep=["backlog", "utilisation", "latency"], statistics=["mean"],
                                  quantiles=[0.95], seed=1, executor=counted, part=part)  # fmt: skip
                    words += f"; a part sends {counted.sent / counted.parts / 1e3:.0f} kB"
                    words += f" and brings {counted.got / counted.parts / 1e3:.0f} kB"
                one = wall
                print(f"{f'{name}, {workers} worker' + 's' * (workers > 1):24} {words}", flush=True)


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**6, int(sys.argv[2]) if len(sys.argv) > 2 else 65536)
