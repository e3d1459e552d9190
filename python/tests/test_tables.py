"""Runs as tables of other packages: the same numbers, in the same memory."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowtime as ft

YAML = """
schemaVersion: 1
metadata: {title: A desk}
grid: {bins: 5, binSize: 30, binUnit: minutes%s}
nodes:
  - {id: demand, kind: const, unit: jobs, description: what comes, values: [8, .nan, 12, -0.0, 1.0e-7]}
  - {id: total, kind: expr, expr: CUMSUM(demand) / 3}
"""
DATED = YAML % ', start: "2026-03-02T08:00:00Z"'
FINE = YAML % ', start: "2026-03-02T08:00:00.250Z"'
UNDATED = YAML % ""
TIME = YAML.replace("total", "time") % ""


@pytest.fixture(params=[DATED, FINE, UNDATED, TIME], ids=["dated", "fine", "undated", "a node called time"])
def run(request: pytest.FixtureRequest) -> ft.Run:
    return ft.run_yaml(request.param)


def time_name(run: ft.Run) -> str:
    return "time_" if "time" in run else "time"


def same_memory(a: Any, b: Any) -> bool:
    return bool(a.__array_interface__["data"][0] == b.__array_interface__["data"][0])


def test_pandas(run: ft.Run) -> None:
    pd = pytest.importorskip("pandas")
    table = run.to_pandas()
    assert list(table.columns) == list(run)
    assert table.index.name == time_name(run)
    assert isinstance(table.index, pd.DatetimeIndex if run.grid.start else pd.TimedeltaIndex)
    np.testing.assert_array_equal(table.index.to_numpy(), run.time)
    # Before 3 it copies.
    shares = int(pd.__version__.partition(".")[0]) >= 3
    for name in run:
        assert same_memory(table[name].to_numpy(), run[name]) is shares
    table.iloc[0, 0] = 99
    table.loc[table.index[1], "demand"] = 98
    table["demand"] *= 2
    table["new"] = 1
    assert table["demand"].tolist()[:2] == [198, 196]
    assert run["demand"][0] == 8, "what is written into the table stays there"


def test_polars(run: ft.Run) -> None:
    pl = pytest.importorskip("polars")
    table = run.to_polars()
    assert table.columns == [time_name(run), *run]
    assert table[time_name(run)].dtype.base_type() is (pl.Datetime if run.grid.start else pl.Duration)
    np.testing.assert_array_equal(table[time_name(run)].to_numpy(), run.time)
    for name in run:
        assert same_memory(table[name].to_numpy(), run[name])


def test_arrow(run: ft.Run) -> None:
    pa = pytest.importorskip("pyarrow")
    table = run.to_arrow()
    table.validate(full=True)
    assert table.column_names == [time_name(run), *run]
    assert table.schema.metadata[b"model_hash"].decode() == run.plan.model.model_hash
    assert table.schema.field("demand").metadata == {b"unit": b"jobs", b"description": b"what comes"}
    assert pa.types.is_timestamp(table.schema[0].type) == (run.grid.start is not None)
    np.testing.assert_array_equal(table[0].to_numpy(), run.time)
    for name in run:
        assert same_memory(table[name].chunk(0).to_numpy(), run[name])


def test_xarray(run: ft.Run) -> None:
    pytest.importorskip("xarray")
    data = run.to_xarray()
    assert list(data.data_vars) == list(run)
    assert data.demand.dims == (time_name(run),)
    assert data.demand.attrs == {"units": "jobs", "long_name": "what comes"}
    assert data.attrs == {"title": "A desk", "model_hash": run.plan.model.model_hash, "seed": 0}
    np.testing.assert_array_equal(data[time_name(run)].to_numpy(), run.time)
    for name in run:
        assert same_memory(data[name].to_numpy(), run[name])


def test_the_arrow_stream_is_for_everyone(run: ft.Run) -> None:
    pa = pytest.importorskip("pyarrow")
    capsule = run.__arrow_c_stream__()
    assert '"arrow_array_stream"' in repr(capsule)
    del capsule  # never taken: released by the capsule
    reader = pa.RecordBatchReader.from_stream(run)
    batches = list(reader)
    assert [batch.num_rows for batch in batches] == [5]
    assert pa.table(run).column_names == [time_name(run), *run]


def test_numbers_in_other_hands_outlive_the_run() -> None:
    pa = pytest.importorskip("pyarrow")
    for _ in range(50):
        run = ft.run_yaml(DATED)
        wanted = run["total"].copy()
        reader = pa.RecordBatchReader.from_stream(run)
        column = reader.read_all()["total"]
        children = pa.RecordBatchReader.from_stream(run).schema
        del run, reader
        gc.collect()
        np.testing.assert_array_equal(column.chunk(0).to_numpy(), wanted)
        assert children.names == ["time", "demand", "total"]


def test_what_arrow_takes_is_given_back() -> None:
    pa = pytest.importorskip("pyarrow")
    resource = pytest.importorskip("resource")
    plan = ft.Model.from_yaml(
        "{schemaVersion: 1, grid: {bins: 100000, binSize: 1, binUnit: minutes}, "
        "nodes: [{id: a, kind: expr, expr: BIN()}]}"
    ).compile()

    def many() -> int:
        for _ in range(200):
            pa.RecordBatchReader.from_stream(plan.run()).read_all()
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    before = many()
    # 200 runs that were not given back would be 320 MB.
    assert many() - before < 40_000


def test_csv_is_what_a_model_reads(run: ft.Run, tmp_path: Path) -> None:
    run.to_csv(tmp_path / "run.csv")
    text = (tmp_path / "run.csv").read_bytes()
    dated = run.grid.start is not None
    lines = text.decode().split("\n")
    assert lines[0] == ",".join(["bin_index", *(["time"] if dated else []), *run])
    assert lines[1].startswith("0,2026-03-02T08:00:00" if dated else "0,8,")
    assert ",-0," in lines[4]
    assert ",1e-7," in lines[5]
    assert lines[6:] == [""]
    assert b"\r" not in text

    name = "demand"
    again = YAML % "" + '  - {id: again, kind: const, source: "run.csv#demand"}\n'
    read = ft.Model.from_yaml(again, folder=tmp_path).compile().run()
    np.testing.assert_array_equal(read["again"], run[name])
    np.testing.assert_array_equal(np.signbit(read["again"]), np.signbit(run[name]))


def test_csv_with_and_without_times(tmp_path: Path) -> None:
    run = ft.run_yaml(DATED)
    run.to_csv(tmp_path / "a.csv", time=False)
    assert (tmp_path / "a.csv").read_text().startswith("bin_index,demand,total\n0,8,")
    ft.run_yaml(UNDATED).to_csv(str(tmp_path / "b.csv"), time=True)
    assert (tmp_path / "b.csv").read_text().splitlines()[2].startswith("1,1800,NaN,")


def test_times_stand_beside_a_node_of_their_name(tmp_path: Path) -> None:
    m = ft.ModelBuilder(bins=2, bin_size=1, bin_unit="hours", start="2026-03-02")
    m.const("time", [5, 7])
    run = m.compile().run()
    assert list(run["time"]) == [5, 7]
    run.to_csv(tmp_path / "run.csv")
    lines = (tmp_path / "run.csv").read_text().splitlines()
    assert lines == ["bin_index,time_,time", "0,2026-03-02T00:00:00Z,5", "1,2026-03-02T01:00:00Z,7"]
    assert run.to_pandas().index.name == "time_"


def test_parquet(run: ft.Run, tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    run.to_parquet(tmp_path / "run.parquet")
    table = pl.read_parquet(tmp_path / "run.parquet")
    assert table.columns == [time_name(run), *run]
    for name in run:
        np.testing.assert_array_equal(table[name].to_numpy(), run[name])


MISSING = {
    "run.to_pandas()": ("pandas", "pandas"),
    "run.to_polars()": ("polars", "polars"),
    "run.to_arrow()": ("pyarrow", "arrow"),
    "run.to_parquet('x')": ("pyarrow", "arrow"),
    "run.to_xarray()": ("xarray", "xarray"),
    "run.plot()": ("matplotlib", "plot"),
    "run.plan.widget({'demand': (0, 10)})": ("anywidget", "notebook"),
}


@pytest.mark.parametrize("call", MISSING)
def test_a_package_that_is_missing_is_named_with_what_installs_it(call: str) -> None:
    package, extra = MISSING[call]
    code = f"""
import sys
sys.modules[{package!r}] = None
import flowtime as ft
run = ft.run_yaml({DATED!r})
try:
    {call}
except ft.MissingPackageError as error:
    assert isinstance(error, ImportError), error
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"needs the package {package}" in done.stdout
    assert f"pip install 'flowtime[{extra}]'" in done.stdout


def test_nothing_optional_is_imported_before_it_is_used() -> None:
    code = f"import flowtime as ft, sys; repr(ft.run_yaml({DATED!r})); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "numpy" in loaded
    assert not loaded & {"pandas", "polars", "pyarrow", "xarray", "matplotlib", "anywidget", "IPython", "traitlets"}
