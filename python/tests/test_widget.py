"""The Python side of the what-if widget, and what an exported notebook shows of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowtime as ft

pytest.importorskip("anywidget")

MODELS = Path(__file__).parents[2] / "examples" / "models"


@pytest.fixture
def plan() -> ft.Plan:
    return ft.Model.from_path(MODELS / "checkout.yaml").compile()


def lines(packed: bytes, count: int) -> Any:
    return np.frombuffer(packed, dtype="<f8").reshape(count, -1)


def test_a_moved_slider_runs_the_plan(plan: ft.Plan) -> None:
    widget = plan.widget({"regular_tills": (2, 8, 1), "service_time": (1, 4)}, ["line", "tills"])
    assert widget.values == {"regular_tills": 4, "service_time": 1.9}
    assert repr(widget) == "WhatIf(regular_tills=4, service_time=1.9)"
    np.testing.assert_array_equal(lines(widget._now, 2), [plan.run()["line"], plan.run()["tills"]])

    widget.values = {"regular_tills": 6}
    wanted = plan.run(inputs={"regular_tills": 6})
    assert widget.values == {"regular_tills": 6, "service_time": 1.9}
    np.testing.assert_array_equal(lines(widget._now, 2), [wanted["line"], wanted["tills"]])
    np.testing.assert_array_equal(lines(widget._before, 2), [plan.run()["line"], plan.run()["tills"]])
    np.testing.assert_array_equal(widget.run["line"], wanted["line"])
    assert widget._answer == 1

    widget.values = {"service_time": 3}
    assert widget.values == {"regular_tills": 6, "service_time": 3}
    widget.values = dict(widget._reference)
    assert widget._now == widget._before


def test_at_the_models_own_position_a_list_stays_a_list(plan: ft.Plan) -> None:
    widget = plan.widget({"hourly_rate": (1, 30), "chance": (0.5, 2)}, "arrivals")
    widget.values = {"chance": 1.2}
    widget.values = {"chance": widget._reference["chance"]}
    np.testing.assert_array_equal(widget.run["arrivals"], plan.run()["arrivals"])


def test_the_seed_is_that_of_all_runs(plan: ft.Plan) -> None:
    widget = plan.widget({"service_time": (1, 4)}, ["line"], seed=99)
    widget.values = {"service_time": 2}
    np.testing.assert_array_equal(widget.run["line"], plan.run(seed=99, inputs={"service_time": 2})["line"])
    assert widget.run.seed == widget.reference.seed == 99


def test_outputs_are_the_default(plan: ft.Plan) -> None:
    assert [s["name"] for s in plan.widget({"service_time": (1, 4)})._series] == list(plan.model.outputs)


REFUSED: list[tuple[Any, Any, type[Exception], str]] = [
    ({"servicetime": (1, 4)}, None, KeyError, "did you mean `service_time`"),
    ({"line": (1, 4)}, None, ValueError, "`line`"),
    ({"service_time": (1, 4)}, ["lines"], KeyError, "did you mean `line`"),
    ({"service_time": (4, 1)}, None, ValueError, "must go up: 4 is not below 1"),
    ({"service_time": (5, 9)}, None, ValueError, "from 5 to 9, but the model has 1.9"),
    ({"service_time": 3}, None, TypeError, r"must have two ends, `\(low, high\)`"),
    ({"service_time": (1, 4, 0)}, None, ValueError, "step of the slider"),
    ({"service_time": (1, "4")}, None, TypeError, "must be a number"),
    ({}, None, ValueError, "is empty"),
    ("service_time", None, TypeError, "must be a mapping"),
]


@pytest.mark.parametrize(("inputs", "series", "kind", "message"), REFUSED)
def test_refused(plan: ft.Plan, inputs: Any, series: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        plan.widget(inputs, series)


def test_a_position_that_cannot_be_is_refused(plan: ft.Plan) -> None:
    widget = plan.widget({"service_time": (1, 4)}, ["line"])
    for values in ({"tills": 3}, {"service_time": "fast"}, {"service_time": float("inf")}):
        with pytest.raises((ValueError, TypeError)):
            widget.values = values
    assert widget.values == {"service_time": 1.9}
    assert widget._answer == 0


def test_long_series_are_reduced_and_keep_their_peaks() -> None:
    m = ft.ModelBuilder(bins=100_003, bin_size=1, bin_unit="minutes")
    values = np.zeros(100_003)
    values[777], values[99_999], values[50_000:50_400] = 9, -9, np.nan
    m.const("a", values)
    m.expr("b", m["a"] + m.const("k", 0))
    widget = m.compile().widget({"k": (-1, 1)}, ["b"])
    (line,) = lines(widget._now, 1)
    assert line.size <= 2400
    assert np.nanmax(line) == 9
    assert np.nanmin(line) == -9
    assert np.isnan(line).any()


GRIDS: list[tuple[dict[str, Any], list[str]]] = [
    ({"bins": 144, "bin_size": 5, "bin_unit": "minutes", "start": "2026-03-07T08:00"}, ["08:00", "10:00", "12:00"]),
    ({"bins": 8760, "bin_size": 1, "bin_unit": "hours", "start": "2013-01-01"}, ["Jan", "Mar", "May"]),
    ({"bins": 14, "bin_size": 1, "bin_unit": "days", "start": "2026-03-02"}, ["02 Mar", "04 Mar", "06 Mar"]),
    ({"bins": 520, "bin_size": 1, "bin_unit": "weeks", "start": "2016-01-01"}, ["Jan 2016", "Jul 2017"]),
    ({"bins": 24, "bin_size": 1, "bin_unit": "hours"}, ["0 hours", "5", "10"]),
    ({"bins": 1, "bin_size": 1, "bin_unit": "days"}, ["0 days", "0.2"]),
]


@pytest.mark.parametrize(("grid", "texts"), GRIDS)
def test_the_axis_of_time(grid: dict[str, Any], texts: list[str]) -> None:
    m = ft.ModelBuilder(**grid)
    m.const("a", 1)
    ticks = m.compile().widget({"a": (0, 2)})._ticks
    assert 2 <= len(ticks) <= 9
    assert all(0 <= tick["at"] <= 1 for tick in ticks)
    shown = [tick["text"] for tick in ticks]
    assert shown[: len(texts)] == texts


def test_without_a_kernel_there_is_a_picture(plan: ft.Plan) -> None:
    widget = plan.widget({"service_time": (1, 4)}, ["line"])
    widget.values = {"service_time": 2.5}
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == "WhatIf(service_time=2.5)"
    assert "service_time 2.5" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_the_picture_follows_once_the_sliders_rest(plan: ft.Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowtime import widget as module

    monkeypatch.setattr(module, "_REST", 0.01)
    shown: list[str] = []

    class Handle:
        def update(self, data: dict[str, str], **options: object) -> None:
            shown.append(data["text/html"])

    async def drag() -> None:
        widget = plan.widget({"service_time": (1, 4)}, ["line"])
        widget._shown = Handle()
        for value in (2, 2.5, 3):
            widget.values = {"service_time": value}
        await asyncio.sleep(0.1)

    asyncio.run(drag())
    assert len(shown) == 1
    assert "service_time 3" in shown[0]


def test_an_exported_notebook_shows_the_last_picture(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    nbconvert = pytest.importorskip("nbconvert")
    book = nbformat.v4.new_notebook()
    model = str(MODELS / "checkout.yaml")
    book.cells = [
        nbformat.v4.new_code_cell(
            f"import flowtime as ft\nplan = ft.Model.from_path({model!r}).compile()\n"
            "widget = plan.widget({'service_time': (1, 4)}, ['line'])\nwidget"
        ),
        # As if a slider had been moved, and then left alone.
        nbformat.v4.new_code_cell("import asyncio\nwidget.values = {'service_time': 2.5}\nawait asyncio.sleep(3)"),
    ]
    nbclient.NotebookClient(book, kernel_name="python3", timeout=120, store_widget_state=False).execute()
    page, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    assert "service_time 2.5" in page
    assert "with the model&#x27;s own values" in page or "with the model's own values" in page
