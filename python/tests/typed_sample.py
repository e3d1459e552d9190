"""A user's program, as type checkers see it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import flowtime as ft

TEXT = """
schemaVersion: 1
grid: {bins: 3, binSize: 1, binUnit: hours}
nodes:
  - {id: demand, kind: const, values: [8, 12, 10]}
  - {id: served, kind: expr, expr: 'MIN(demand, 9)'}
"""


def main() -> None:
    model = ft.Model.from_yaml(TEXT)
    assert_type(model, ft.Model)
    assert_type(model.inputs, tuple[str, ...])
    assert_type(model.nodes["demand"].unit, str | None)
    assert_type(model.grid.bins, int)
    report = model.validate()
    assert_type(report.score, float)
    for diagnostic in report.diagnostics:
        assert_type(diagnostic.line, int | None)
    plan = model.compile()
    assert_type(plan, ft.Plan)
    run = plan.run(seed=3, inputs={"demand": np.array([1, 2, 3])}, keep=["served"], progress=print)
    run = plan.run(inputs={"demand": [1.0, None, 3]})
    run = plan.run(inputs={"demand": 5})
    assert_type(run["served"], NDArray[np.float64])
    total = max(float(array.sum()) for array in run.values())
    assert_type(total, float)
    assert_type(plan.run(limits={"result_bytes": 2**30, "operations": 1e12}), ft.Run)
    assert_type(ft.Model.from_yaml(TEXT, limits={"nodes": 10}), ft.Model)
    assert_type(model.graph(), ft.Graph)
    function = plan.function(inputs=["demand"], output="served", reduce="max", seeds=[1, 2], over=0.95)
    assert_type(function, ft.Function)
    print(function([5.0]), total)
    ensemble = plan.ensemble(10, inputs={"demand": ft.per_scenario(range(10))}, above={"served": [3, 4]}, threads=1)
    ensemble = plan.ensemble(seeds=[1, 2], measures={"served": ["max", ("first_above", 3)], "demand": "last"})
    assert_type(ensemble, ft.Ensemble)
    assert_type(ensemble.mean("served"), NDArray[np.float64])
    assert_type(ensemble.seeds, NDArray[np.int64])
    sweep = plan.sweep({"demand": range(3)}, 5, quantiles=[0.5], histograms={"served": np.arange(4)})
    assert_type(sweep.quantile("served", 0.5), NDArray[np.float64])
    assert_type(sweep[0], ft.Ensemble)
    assert_type(plan.sweep(points={"demand": [1.0, 2.0]}, scenarios=5).at(demand=2), ft.Ensemble)
    assert_type(ft.scenario_seed(1, 2), int)
    m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours", start="2026-03-02")
    demand = m.pmf("demand", {80: 0.1, 100: 0.9})
    capacity = m.const("capacity", np.full(24, 110), unit="jobs")
    assert_type(demand + np.float64(2) * capacity, ft.Expr)
    assert_type(demand == capacity, ft.Expr)
    assert_type((demand < 3) & ~(capacity > 2), ft.Expr)
    m.expr("total", sum([demand, capacity]))
    assert_type(ft.where(demand > capacity, demand - capacity, 0).shift(1), ft.Expr)
    m.expr("backlog", ft.maximum(0, m.ref("backlog").shift(1) + demand - capacity))
    m.expr("load", "demand / capacity")
    m.output("backlog", demand)
    assert_type(m.build(), ft.Model)
    run = m.compile().run()
    assert_type(run.plan.graph().svg, str)
    run.to_csv("/dev/null", time=False)
    template = ft.templates()["checkout-service"]
    made = template.generate({"demand_factor": 1.2}, name="Saturday")
    assert_type(made.model, ft.Model)
    assert_type(template.parameters["demand_factor"].minimum, float | None)
    with tempfile.TemporaryDirectory() as folder:
        workspace = ft.Workspace(Path(folder))
        stored = workspace.new_model(template, demand_factor=1.2, tags=["plan"])
        assert_type(stored, ft.ModelRef)
        kept = workspace.run(stored, seed=1, inputs={"regular_tills": 5})
        assert_type(kept["line"], NDArray[np.float64])
        assert_type(kept.run, ft.Run)
        assert_type(workspace.registry.list(kind="run")[0], ft.Card)
        assert_type(workspace.compare(kept, kept).series["line"].max_absolute, float)
        assert_type(workspace.registry.put_run(made.model.compile().run(provenance=stored)), ft.StoredRun)
        assert_type(workspace.export_bundle(stored, folder), Path)
    try:
        ft.run("no/such/file.yaml")
    except (ft.ModelError, OSError) as error:
        print(error)


if __name__ == "__main__":
    main()
