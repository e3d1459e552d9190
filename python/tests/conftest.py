"""What the tests share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import flowtime as ft

ROOT = Path(__file__).parents[2]

# What runs in the background of a script ignores interrupts, and hands that down; the tests need them.
signal.signal(signal.SIGINT, signal.default_int_handler)

QUEUE = """
schemaVersion: 1
grid: {bins: 6, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}
nodes:
  - {id: arrivals, kind: const, values: [20, 60, 90, 40, 10, 0]}
  - {id: capacity, kind: const, values: 50}
  - {id: served, kind: expr, expr: 'MIN(capacity, arrivals + SHIFT(backlog, 1))'}
  - {id: backlog, kind: expr, expr: 'SHIFT(backlog, 1) + arrivals - served'}
"""

RANDOM = """
schemaVersion: 1
grid: {bins: 48, binSize: 30, binUnit: minutes}
nodes:
  - {id: demand, kind: pmf, pmf: {values: [5, 10, 15], probabilities: [0.25, 0.5, 0.25]}}
  - {id: capacity, kind: const, values: 11}
  - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand - capacity)'}
rng: {seed: 42}
"""

DIVIDING = """
schemaVersion: 1
grid: {bins: 3, binSize: 1, binUnit: days}
nodes:
  - {id: used, kind: const, values: [1, 2, 3]}
  - {id: there, kind: const, values: [0, 4, 0]}
  - {id: load, kind: expr, expr: used / there}
"""

# Half a minute of work in one run, in little memory: what is touched for the first time takes the system's time.
_DEEP = "LN(EXP(" * 60 + "SHIFT({0}, 1) + 1" + "))" * 60
SLOW = """
schemaVersion: 1
grid: {bins: 2000000, binSize: 1, binUnit: minutes}
nodes:
  - {id: a, kind: const, values: 1}
""" + "".join(f"  - {{id: e{i}, kind: expr, expr: '{_DEEP.format(f'e{i}')}'}}\n" for i in range(8))


@pytest.fixture(scope="session")
def queue() -> ft.Plan:
    return ft.Model.from_yaml(QUEUE).compile()


@pytest.fixture(scope="session")
def random() -> ft.Plan:
    return ft.Model.from_yaml(RANDOM).compile()
