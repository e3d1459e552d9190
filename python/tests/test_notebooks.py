"""The notebooks of the examples run, and are stored without outputs, so that their changes can be read.

With FLOWTIME_SHOTS set to a folder, each is left there as a page with its pictures.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("matplotlib")

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))


def outputs(book: Any) -> list[Any]:
    return [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


def test_there_are_notebooks() -> None:
    assert len(BOOKS) >= 5


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert not outputs(book)
    assert all(cell.execution_count is None for cell in book.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        book,
        kernel_name="python3",
        timeout=300,
        store_widget_state=False,
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute()
    shown = outputs(book)
    kinds = {kind for output in shown for kind in output.get("data", {})}
    assert kinds & {"image/png", "image/svg+xml"}, "a notebook has pictures"
    assert not [output for output in shown if output.output_type == "stream" and output.name == "stderr"], "no warnings"
    folder = os.environ.get("FLOWTIME_SHOTS")
    if folder:
        page, _ = pytest.importorskip("nbconvert").HTMLExporter().from_notebook_node(book)
        (Path(folder) / f"{path.stem}.html").write_text(page, encoding="utf-8")
