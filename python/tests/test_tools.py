"""The tools that people bring along call functions of plans as they are: scipy, SALib, optuna."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from conftest import ROOT

import flowtime as ft

# Staff against waiting: what both cost, over seeds, with one best number of staff.
COST = """
schemaVersion: 1
grid: {bins: 96, binSize: 15, binUnit: minutes}
nodes:
  - {id: demand, kind: pmf, pmf: {values: [5, 10, 15], probabilities: [0.25, 0.5, 0.25]}}
  - {id: capacity, kind: const, values: 11}
  - {id: rework, kind: const, values: 0}
  - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand * (1 + rework) - capacity)'}
  - {id: cost, kind: expr, expr: 3 * capacity + backlog}
"""


@pytest.fixture(scope="module")
def plan() -> ft.Plan:
    return ft.Model.from_yaml(COST).compile()


@pytest.fixture(scope="module")
def best(plan: ft.Plan) -> float:
    """The cheapest capacity, by trying all."""
    cost = plan.function(inputs=["capacity"], output="cost", seeds=40)
    capacities = np.linspace(8, 16, 801)
    return float(capacities[np.argmin(cost(capacities[:, None]))])


def test_scipy(plan: ft.Plan, best: float) -> None:
    cost = plan.function(inputs=["capacity"], output="cost", seeds=40)
    found = scipy.optimize.minimize_scalar(lambda c: cost([c]), bounds=(8, 16), method="bounded")
    assert found.x == pytest.approx(best, abs=0.02)
    # The function itself, without a lambda.
    for method in ("Nelder-Mead", "COBYLA"):
        found = scipy.optimize.minimize(cost, [12.0], method=method)
        assert found.success and found.x[0] == pytest.approx(best, abs=0.02)


def test_the_capacity_that_keeps_a_quantile_of_the_backlog_under_a_limit(plan: ft.Plan) -> None:
    worst = plan.function(inputs=["capacity"], output="backlog", reduce="max", seeds=400, over=0.95)
    capacity = scipy.optimize.brentq(lambda c: worst([c]) - 25, 9, 15)
    days = [plan.run(seed=seed, inputs={"capacity": capacity})["backlog"].max() for seed in range(400)]
    # Those seeds are others: about as many stay under it.
    assert 0.90 < np.mean(np.array(days) <= 25) < 0.99


def test_salib(plan: ft.Plan) -> None:
    sample = pytest.importorskip("SALib.sample.sobol").sample
    analyze = pytest.importorskip("SALib.analyze.sobol").analyze
    problem = {"num_vars": 2, "names": ["capacity", "rework"], "bounds": [[10, 14], [0, 0.01]]}
    function = plan.function(inputs=["capacity", "rework"], output="backlog", reduce="mean", seeds=5, threads=2)
    rows = sample(problem, 256, seed=1)
    indices = analyze(problem, function(rows), seed=1)
    # One per cent of rework is next to nothing beside four places of capacity.
    assert indices["ST"][0] > 0.9 > 0.1 > indices["ST"][1] >= 0


def test_optuna(plan: ft.Plan, best: float) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    cost = plan.function(inputs=["capacity"], output="cost", seeds=40)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(lambda trial: cost([trial.suggest_float("capacity", 8, 16)]), n_trials=60)
    assert study.best_params["capacity"] == pytest.approx(best, abs=0.3)
    assert study.best_value >= cost([best])


def test_several_inputs_of_a_real_model() -> None:
    checkout = ft.Model.from_path(ROOT / "examples" / "models" / "checkout.yaml").compile()
    inputs = ["regular_tills", "service_time"]
    waiting = checkout.function(inputs=inputs, output="line", reduce=0.95, seeds=20)
    found = scipy.optimize.differential_evolution(
        lambda x: waiting(x.T) + 20 * x[0], [(3, 8), (1.5, 3)], vectorized=True, updating="deferred", rng=1, maxiter=20
    )
    # Faster service is free here, so it is as fast as can be.
    assert found.x[1] == pytest.approx(1.5, abs=0.01)
