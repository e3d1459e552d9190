"""The cases that every interface of the engine runs, from the documents of `testdata/conformance`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from numpy.typing import NDArray

import flowtime as ft

CASES = ROOT / "testdata" / "conformance"

pytestmark = pytest.mark.filterwarnings("ignore::flowtime.FlowtimeWarning")


def cases(kind: str) -> list[Path]:
    found = sorted((CASES / kind).glob("*.yaml"))
    assert found
    return found


def expected(path: Path) -> dict[str, object]:
    entries: dict[str, object] = json.loads(path.with_suffix("").with_suffix(".expected.json").read_text())
    return entries


def same_bits(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> bool:
    missing = np.isnan(found) & np.isnan(wanted)
    return bool(((found.view(np.uint64) == wanted.view(np.uint64)) | missing).all())


@pytest.mark.parametrize("path", cases("valid") + cases("random"), ids=lambda path: path.stem)
def test_valid(path: Path) -> None:
    run = ft.run(path)
    wanted = expected(path)
    assert sorted(run) == sorted(wanted)
    for name, values in wanted.items():
        numbers = np.array([float(value) for value in values])  # type: ignore[attr-defined]
        if path.stem.startswith("x"):
            np.testing.assert_allclose(run[name], numbers, rtol=1e-12, atol=0)
        else:
            assert same_bits(run[name], numbers), f"{name}: {run[name]} is not {numbers}"


@pytest.mark.parametrize("path", cases("valid") + cases("random")[:20], ids=lambda path: path.stem)
def test_written_and_read_again(path: Path) -> None:
    model = ft.Model.from_path(path)
    again = ft.Model.from_yaml(model.to_yaml())
    assert again == model
    first, second = model.compile().run(), again.compile().run()
    assert all(same_bits(first[name], second[name]) for name in first)


@pytest.mark.parametrize("path", cases("invalid"), ids=lambda path: path.stem)
def test_invalid(path: Path) -> None:
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_path(path).compile()
    wanted = expected(path)
    errors = [d for d in caught.value.diagnostics if d.severity == "error"]
    lines = [d.line for d in errors]
    if path.stem == "bad-yaml":
        assert lines in ([2], [3])
    else:
        assert lines == wanted["error_lines"]
    text = str(caught.value)
    for word in wanted["mentions"]:  # type: ignore[attr-defined]
        assert word in text
    for diagnostic in errors:
        assert diagnostic.code.startswith("FT") and f"[{diagnostic.code}]" in text
        assert f"{path}:{diagnostic.line}:{diagnostic.column}" in text
