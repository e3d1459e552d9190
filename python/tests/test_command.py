"""The package and the `flowtime` command that comes with it compute the same bits."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

import flowtime as ft

COMMAND = Path(sysconfig.get_path("scripts")) / "flowtime"

pytestmark = pytest.mark.filterwarnings("ignore::flowtime.FlowtimeWarning")


def command(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done


MODELS = sorted((ROOT / "examples" / "models").rglob("*.yaml"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 7])
def test_bits(path: Path, seed: int, tmp_path: Path) -> None:
    command("run", path, "--seed", str(seed), "--output", tmp_path, "--quiet")
    (folder,) = tmp_path.rglob("series")
    model = ft.Model.from_path(path)
    run = model.compile().run(seed=seed)
    assert model.outputs
    for name, file in model.outputs.items():
        lines = (folder / file).read_text().splitlines()
        written = np.array([float(line.split(",")[1]) for line in lines[1:]])
        missing = np.isnan(written) & np.isnan(run[name])
        assert ((written.view(np.uint64) == run[name].view(np.uint64)) | missing).all(), name


def test_help_and_status() -> None:
    assert "Usage: flowtime" in command("--help").stdout
    assert command("explain", "FT9999", status=4).stderr
    module = subprocess.run([sys.executable, "-m", "flowtime", "--version"], capture_output=True, text=True, timeout=60)
    assert module.stdout == command("--version").stdout == f"flowtime {ft.__version__}\n"


def test_messages_are_those_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("schemaVersion: 1\ngrid: {bins: 2, binSize: 1, binUnit: day}\nnodes: [{id: a, kind: const}]\n")
    printed = command("validate", path, status=1).stdout
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_path(path)
    _, _, shown = str(caught.value).partition("\n\n")
    assert shown and printed.startswith(shown)
