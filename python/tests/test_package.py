"""The package as it is installed."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import flowtime as ft
from flowtime import _native

LIBRARY = Path(_native.__file__)


def test_it_is_the_installed_one() -> None:
    assert "site-packages" in LIBRARY.parts
    assert ROOT / "python" not in LIBRARY.parents
    assert (Path(ft.__file__).parent / "py.typed").exists()


def test_what_it_needs_and_offers() -> None:
    metadata = importlib.metadata.metadata("flowtime")
    assert metadata["Version"] == ft.__version__
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [line.split(">")[0].strip() for line in needed] == ["numpy"]
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "pandas", "polars", "xarray", "arrow", "plot", "notebook", "ray", "all"
    }  # fmt: skip


def pinned(name: str) -> dict[str, str]:
    lines = (ROOT / "python" / name).read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_manual_says_what_is_tested() -> None:
    oldest, newest = pinned("requirements-oldest.txt"), pinned("requirements-test.txt")
    manual = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    required = importlib.metadata.metadata("flowtime").get_all("Requires-Dist", [])
    least = dict(line.split(";")[0].strip().split(">=") for line in required if ">=" in line)
    for name in ("numpy", "pandas", "polars", "xarray", "pyarrow", "matplotlib", "anywidget"):
        assert f"| {name} | {oldest[name]} | {newest[name]} |" in manual
        assert f"{oldest[name]}.".startswith(f"{least[name].strip()}."), name


def test_nothing_else_is_imported() -> None:
    program = "import sys, flowtime; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in found
    assert not {
        "pandas",
        "polars",
        "xarray",
        "pyarrow",
        "matplotlib",
        "IPython",
        "anywidget",
        "distributed",
        "ray",
    } & set(found)


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("nm") is None, reason="symbols are read with nm")
def test_only_the_module_is_exported() -> None:
    listed = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-1] for line in listed.splitlines()] == ["PyInit__native"]


def test_size() -> None:
    # What a notebook has to fetch; a debug build or symbols would be ten times as much.
    assert LIBRARY.stat().st_size < 14 << 20


def test_release_build() -> None:
    assert not _native.DEBUG_BUILD
