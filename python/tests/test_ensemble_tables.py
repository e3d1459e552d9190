"""Ensembles and sweeps as tables of other packages, and as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowtime as ft

YAML = """
schemaVersion: 1
metadata: {title: A desk}
grid: {bins: 4, binSize: 30, binUnit: minutes%s}
nodes:
  - {id: demand, kind: pmf, unit: jobs, description: what comes, pmf: {values: [5, 15], probabilities: [0.5, 0.5]}}
  - {id: capacity, kind: const, values: 9}
  - {id: backlog, kind: expr, unit: jobs, expr: 'MAX(0, SHIFT(backlog, 1) + demand - capacity)'}
"""
DATED = YAML % ', start: "2026-03-02T08:00:00Z"'
FINE = YAML % ', start: "2026-03-02T08:00:00.250Z"'
UNDATED = YAML % ""
# Names that tables have for other things.
TAKEN = (YAML % "").replace("capacity", "time").replace("backlog", "series")
ASKED: dict[str, Any] = {"quantiles": [0.1, 0.9], "seed": 1, "series": [2, 0]}


@pytest.fixture(params=[DATED, FINE, UNDATED, TAKEN], ids=["dated", "fine", "undated", "taken names"])
def plan(request: pytest.FixtureRequest) -> ft.Plan:
    return ft.Model.from_yaml(request.param).compile()


def names(plan: ft.Plan) -> tuple[str, str]:
    _, capacity, backlog = plan.nodes
    return capacity, backlog


def both(plan: ft.Plan) -> list[ft.Ensemble | ft.Sweep]:
    capacity, backlog = names(plan)
    asked = {**ASKED, "keep": [backlog, "demand"], "above": {backlog: 5}}
    asked["measures"] = {backlog: ["max", ("first_above", 5)]}
    return [plan.ensemble(20, **asked), plan.sweep({capacity: [8, 9]}, 20, **asked)]


def flat(found: ft.Ensemble | ft.Sweep) -> list[Any]:
    """Rows as the documentation has them."""
    ensembles = [found] if isinstance(found, ft.Ensemble) else list(found)
    swept = [()] if isinstance(found, ft.Ensemble) else list(zip(*found.points.values(), strict=True))
    return [
        (*point, series, name, time, value)
        for point, ensemble in zip(swept, ensembles, strict=True)
        for series in ensemble.names
        for name in ensemble.statistics(series)
        for time, value in zip(ensemble.time, ensemble.statistic(series, name), strict=True)
    ]


def test_pandas(plan: ft.Plan) -> None:
    pd = pytest.importorskip("pandas")
    for found in both(plan):
        table = found.to_pandas()
        rows = flat(found)
        assert len(table) == len(rows)
        for column, wanted in zip(table, zip(*rows, strict=True), strict=True):
            values = table[column].to_numpy()
            if values.dtype.kind in "mM":
                assert (values == np.array(wanted)).all()
            else:
                assert [v if v == v else None for v in values.tolist()] == [v if v == v else None for v in wanted]
        scenarios = found.to_pandas("scenarios")
        capacity, backlog = names(plan)
        swept = [] if isinstance(found, ft.Ensemble) else [capacity]
        assert list(scenarios) == [*swept, "scenario", "seed", f"{backlog} max", f"{backlog} first_above 5"]
        np.testing.assert_array_equal(scenarios[f"{backlog} max"], np.ravel(found.measure(backlog, "max")))
        assert scenarios["seed"].tolist()[:20] == found.seeds.tolist()
        assert isinstance(found.summary(), pd.DataFrame)
        with pytest.raises(ft.ArgumentError, match="`table` must be `statistics` or `scenarios`"):
            found.to_pandas("bins")  # type: ignore[arg-type]


def test_polars_and_arrow_are_the_same(plan: ft.Plan, tmp_path: Path) -> None:
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for found in both(plan):
        for table in ("statistics", "scenarios"):
            frame = found.to_pandas(table)  # type: ignore[arg-type]
            arrow = found.to_arrow(table)  # type: ignore[arg-type]
            arrow.validate(full=True)
            assert arrow.schema.metadata[b"model_hash"].decode() == plan.model.model_hash
            assert arrow.column_names == list(frame) == found.to_polars(table).columns  # type: ignore[arg-type]
            for name in frame:
                wanted = frame[name].to_numpy()
                one, two = arrow[name].to_numpy(), found.to_polars(table)[name].to_numpy()  # type: ignore[arg-type]
                if wanted.dtype == object:
                    assert wanted.tolist() == one.tolist() == two.tolist()
                else:
                    np.testing.assert_array_equal(one, wanted)
                    np.testing.assert_array_equal(two, wanted)
            found.to_parquet(tmp_path / "table.parquet", table)  # type: ignore[arg-type]
            assert parquet.read_table(tmp_path / "table.parquet").num_rows == len(frame)
        # By the interface alone, more than once, and with what was handed out staying.
        first, second = pa.table(found), pa.table(found)
        del found
        assert first.equals(second) and pl.DataFrame(first).height == first.num_rows


def test_xarray(plan: ft.Plan) -> None:
    pytest.importorskip("xarray")
    capacity, backlog = names(plan)
    ensemble, sweep = both(plan)
    assert isinstance(ensemble, ft.Ensemble) and isinstance(sweep, ft.Sweep)
    one, many = ensemble.to_xarray(), sweep.to_xarray()
    for name in ensemble.statistics(backlog):
        np.testing.assert_array_equal(one[backlog].sel(statistic=name), ensemble.statistic(backlog, name))
        here = many[backlog].sel({"statistic": name, capacity: 9})
        np.testing.assert_array_equal(here, sweep[1].statistic(backlog, name))
    assert np.isnan(one["demand"].sel(statistic="above 5")).all()
    assert one["demand"].attrs == {"units": "jobs", "long_name": "what comes"}
    assert one.attrs["title"] == "A desk" and one.attrs["scenarios"] == 20
    np.testing.assert_array_equal(one[f"{backlog} max"], ensemble.measure(backlog, "max"))
    np.testing.assert_array_equal(one[f"{backlog} series"].sel(chosen=0), ensemble.series(backlog)[1])
    np.testing.assert_array_equal(many[f"{backlog} max"], sweep.measure(backlog, "max"))
    table = plan.sweep(points={capacity: [8, 9], "demand": [7, 7]}, scenarios=3, keep=[backlog]).to_xarray()
    assert table[backlog].dims[0] == "point" and table[capacity].values.tolist() == [8, 9]


def test_they_show_themselves(plan: ft.Plan) -> None:
    _, backlog = names(plan)
    ensemble, sweep = both(plan)
    text = repr(ensemble)
    assert f"{backlog}" in text and "above 5" in text and "max of a scenario" in text and "▁" in text
    page = ensemble._repr_html_()
    assert page.count("<svg") > 4 and "10 % to 90 %" in page and "how it was computed" in page
    assert f"highest P({backlog} &gt; 5)" in sweep._repr_html_() and f"mean of {backlog} max" in repr(sweep)


def test_names_are_escaped() -> None:
    plan = ft.Model.from_yaml(DATED.replace("A desk", "<b>").replace("unit: jobs", "unit: <i>")).compile()
    for page in (plan.ensemble(3)._repr_html_(), plan.sweep({"capacity": [1]}, 3)._repr_html_()):
        assert "of &lt;b&gt;" in page and "<i>" not in page


def test_pictures(plan: ft.Plan) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    capacity, backlog = names(plan)
    ensemble, sweep = both(plan)
    assert isinstance(ensemble, ft.Ensemble) and isinstance(sweep, ft.Sweep)
    axes = ensemble.plot()
    assert [axis.get_ylabel() for axis in axes] == [f"{backlog}\njobs", "demand\njobs"]
    assert axes[0].get_title("left") == "A desk"
    band, *_ = axes[0].collections
    assert band.get_label() == "10 % to 90 %"
    top = band.get_paths()[0].vertices[:, 1].max()
    assert top == ensemble.quantile(backlog, 0.9).max()
    (mean,) = axes[0].lines[:1]
    np.testing.assert_array_equal(mean.get_ydata()[:-1], ensemble.mean(backlog))
    likely = ensemble.plot(probability=True)
    np.testing.assert_array_equal(likely.lines[0].get_ydata()[:-1], ensemble.probability_above(backlog, 5))
    with pytest.raises(ft.ArgumentError, match=r"no thresholds of `demand`: say `above="):
        ensemble.plot("demand", probability=True)
    with pytest.raises(ft.ArgumentError, match="for one `ax`"):
        ensemble.plot(ax=likely)
    with pytest.raises(ft.UnknownNameError):
        ensemble.plot("nothing")
    line = sweep.plot(at=3)
    np.testing.assert_array_equal(line.lines[0].get_ydata(), sweep.probability_above(backlog, 5)[:, 3])
    assert line.get_xlabel() == capacity and line.get_ylabel() == f"{backlog} above 5\nat " + (
        "2026-03-02 09:30" if plan.grid.start else "bin 3"
    )
    fan = sweep.plot(backlog, "max")
    np.testing.assert_allclose(fan.lines[1].get_ydata(), sweep.measure(backlog, "max").mean(axis=1))
    for arguments, words in [
        ({"statistic": "median"}, "there is no `median` to draw: there are"),
        ({"series": "demand", "statistic": "above 5"}, "there is no `above 5` to draw"),
        ({"statistic": "first_above 5", "at": 3}, "there is no `at`"),
        ({"at": 4}, "there are 4 bins"),
    ]:
        with pytest.raises(ft.ArgumentError, match=words):
            sweep.plot(**arguments)
    # The greatest of each point, where no bin is chosen; unsorted numbers stand in order.
    grid = plan.sweep({capacity: [9, 8], "demand": [12, 10, 11]}, 2, keep=[backlog])
    cells = grid.plot(statistic="mean").collections[0].get_array()
    np.testing.assert_array_equal(np.ravel(cells), [8, 4, 12, 8, 16, 12])
    with pytest.raises(ft.ArgumentError, match="room for one swept input"):
        plan.sweep(points={capacity: [9, 8], "demand": [12, 10]}, scenarios=2).plot()
    plt.close("all")


def test_moments() -> None:
    plan = ft.Model.from_yaml(DATED).compile()
    pytest.importorskip("matplotlib")
    sweep = plan.sweep({"capacity": [8]}, 2, keep=["backlog"])
    assert sweep.plot(at="2026-03-02T09:20").get_ylabel() == "backlog mean\nat 2026-03-02 09:00"
    assert sweep.plot(at=np.datetime64("2026-03-02T08:00")).get_ylabel().endswith("08:00")
    for at, kind in [("2026-03-03", ft.ArgumentError), ("noon", ft.ArgumentError), (1.5, ft.ArgumentError)]:
        with pytest.raises(kind, match="`at` is"):
            sweep.plot(at=at)  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentTypeError, match="`at` is the number of a bin"):
        ft.Model.from_yaml(UNDATED).compile().sweep({"capacity": [8]}, 2).plot(at="2026-03-02")
    pytest.importorskip("matplotlib.pyplot").close("all")
