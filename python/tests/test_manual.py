"""The manual's pieces of Python run, and print what the manual says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from conftest import ROOT

PAGE = ROOT / "docs" / "python.md"


@pytest.mark.parametrize(("page", "least"), [(PAGE, 8), (ROOT / "README.md", 1), (ROOT / "docs" / "clusters.md", 1)])
def test_the_manual(page: Path, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    matplotlib.use("agg")
    monkeypatch.chdir(ROOT)
    text = page.read_text(encoding="utf-8")
    pieces = re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert sum(kind == "python" for kind, _ in pieces) >= least
    names: dict[str, object] = {}
    printed = ""
    for kind, piece in pieces:
        if kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(piece, str(page), "exec"), names)
            printed = out.getvalue()
        elif kind == "text":
            assert printed == piece
            printed = ""
    pytest.importorskip("matplotlib.pyplot").close("all")


def test_a_backlog_is_drawn_in_less_than_ten_lines() -> None:
    first = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert first is not None
    lines = [line for line in first[1].splitlines() if line.strip()]
    assert "plot" in lines[-1]
    assert len(lines) < 10
