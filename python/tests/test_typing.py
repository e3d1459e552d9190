"""Types: the stubs against the module, the package and a user's program with two checkers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import flowtime as ft

SAMPLE = Path(__file__).with_name("typed_sample.py")


def check(*arguments: str | Path) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    check("mypy.stubtest", "flowtime._native", "--mypy-config-file", ROOT / "pyproject.toml")


def test_mypy(tmp_path: Path) -> None:
    check("mypy", "--cache-dir", tmp_path, "-p", "flowtime")
    check("mypy", "--cache-dir", tmp_path, SAMPLE)


def test_the_sample_runs() -> None:
    done = subprocess.run([sys.executable, SAMPLE], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_pyright() -> None:
    pytest.importorskip("pyright")
    check("pyright", "--pythonpath", sys.executable, SAMPLE, Path(ft.__file__).parent)
