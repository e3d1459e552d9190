"""Pictures and displays: what is on them, and that nothing of a model gets out of its place."""

from __future__ import annotations

import pickle
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowtime as ft

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
plt = pytest.importorskip("matplotlib.pyplot")

MODELS = Path(__file__).parents[2] / "examples" / "models"


@pytest.fixture(autouse=True)
def close_figures() -> Any:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def checkout() -> ft.Run:
    return ft.run(MODELS / "checkout.yaml")


def small(**options: Any) -> ft.ModelBuilder:
    return ft.ModelBuilder(**({"bins": 4, "bin_size": 2, "bin_unit": "hours"} | options))


def test_each_value_is_drawn_over_its_bin() -> None:
    m = small()
    m.const("a", [3, 1, np.nan, 2], unit="jobs")
    ax = m.compile().run().plot("a")
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), [0, 2, 4, 6, 8])
    np.testing.assert_array_equal(line.get_ydata(), [3, 1, np.nan, 2, 2])
    assert line.get_drawstyle() == "steps-post"
    assert ax.get_xlabel() == "hours"
    assert ax.get_ylabel() == "a\njobs"
    assert ax.get_ylim()[0] == 0
    assert ax.get_xlim() == (0, 8)


def test_series_of_one_unit_share_a_panel_with_names(checkout: ft.Run) -> None:
    ax = checkout.plot(["served", "line"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["served", "line"]
    assert ax.get_ylabel() == "customers"
    assert ax.get_title(loc="left") == "Checkouts on a Saturday"
    dates = pytest.importorskip("matplotlib.dates")
    low, high = dates.num2date(ax.get_xlim())
    assert f"{low:%H:%M} {high:%H:%M}" == "08:00 20:00"
    assert ax.get_xlabel() == "2026-03-07"


@pytest.mark.parametrize(
    ("start", "days"),
    [
        # Up to midnight, which is no other day yet.
        ("2026-03-01T16:00:00Z", "2026-03-01"),
        ("2026-03-01T20:00:00Z", "2026-03-01 – 2026-03-02"),
    ],
)
def test_the_days_are_named(start: str, days: str) -> None:
    m = small(start=start)
    m.const("a", 1)
    ax = m.compile().run().plot()
    ax.figure.canvas.draw()
    assert ax.get_xlabel() == days
    assert ax.xaxis.get_offset_text().get_text() == ""


def test_units_have_panels_and_outputs_are_the_default(checkout: ft.Run) -> None:
    axes = checkout.plot()
    assert [ax.get_ylabel() for ax in axes] == ["customers", "tills", "wait\nminutes"]
    assert sum(len(ax.lines) for ax in axes) == len(checkout.plan.model.outputs)


def test_many_series_look_different() -> None:
    m = small()
    for i in range(20):
        m.const(f"s{i}", i)
    ax = m.compile().run().plot()
    assert len({(line.get_color(), str(line._unscaled_dash_pattern)) for line in ax.lines}) == 20
    assert len(ax.get_legend().get_texts()) == 20


def test_axes_that_are_given_are_used(checkout: ft.Run) -> None:
    _, ax = plt.subplots()
    assert checkout.plot(["line", "wait"], ax=ax, title="Mine") is ax
    assert len(ax.lines) == 2
    assert ax.get_ylabel() == "customers, minutes"
    assert ax.get_title(loc="left") == "Mine"


def test_a_picture_of_nothing_but_gaps() -> None:
    m = small()
    m.const("a", np.nan)
    m.const("b", -5)
    m.compile().run().plot(["a", "b"]).figure.canvas.draw()


@pytest.mark.parametrize(
    ("series", "kind", "message"),
    [(["lin"], KeyError, "did you mean `line`"), ([], ValueError, "no series"), ([3], TypeError, "by name")],
)
def test_refused(checkout: ft.Run, series: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        checkout.plot(series)


def test_the_graph_is_drawn_with_lagged_edges_dashed(checkout: ft.Run, tmp_path: Path) -> None:
    graph = checkout.plan.model.graph()
    svg = ET.fromstring(graph.svg)
    assert svg.tag.endswith("svg")
    assert "stroke-dasharray" in graph.svg
    assert ">lag 1</text>" in graph.svg
    assert graph._repr_svg_() == graph.svg == checkout.plan.graph().svg
    assert pickle.loads(pickle.dumps(graph)).svg == graph.svg
    assert repr(graph) == f"Graph(12 nodes, {len(checkout.plan.edges)} edges)"
    graph.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == graph.svg


# Notebooks

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"
VOID = {"img", "br", "hr", "meta", "path", "circle", "rect", "line", "polyline", "use"}


class Page(HTMLParser):
    """The elements of a page, which must be closed as they were opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.names: set[str] = set()
        self.words = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.names |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.names |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def evil() -> ft.ModelBuilder:
    m = small(title=EVIL, start="2026-03-02")
    a = m.const("a", [1, 2, np.nan, 4], unit=EVIL, description=EVIL)
    m.pmf("p", {1: 0.5, 2: 0.5}, unit=EVIL)
    m.expr("b", 1 / (a - 1), unit=EVIL, description=EVIL)
    return m


def wrong() -> ft.ModelError:
    text = evil().to_yaml().replace("1 / (a - 1)", "MIN(aa, 1)")
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_yaml(text, name=EVIL).compile()
    return caught.value


@pytest.mark.filterwarnings("ignore:`b` divided by zero")
def test_nothing_of_a_model_becomes_a_part_of_the_page() -> None:
    plan = evil().compile()
    run = plan.run()
    for shown in (plan.model, plan, run, wrong(), plan.model.nodes and (evil()["a"] < 3)):
        page = shown._repr_html_()
        seen = Page(page)
        assert not seen.seen & {"script", "img", "iframe"}
        assert not any(name.startswith("on") for name in seen.names - {"open"})
    assert EVIL in Page(run._repr_html_()).words
    ET.fromstring(plan.graph().svg)


def test_a_model_shows_its_nodes_and_its_graph(checkout: ft.Run) -> None:
    page = checkout.plan.model._repr_html_()
    words = Page(page).words
    for part in (
        "Checkouts on a Saturday",
        "12 nodes",
        "hourly_rate",
        "12 values",
        "SHIFT(line, 1) + arrivals - line",
        "customers",
    ):
        assert part in words
    assert page.count("<svg") == 1
    assert "data-mime" not in page


def test_a_model_that_does_not_compile_is_still_shown() -> None:
    m = small()
    m.expr("a", m.ref("nobody") + 1)
    page = Page(m.build()._repr_html_()).words
    assert "nobody + 1" in page
    assert "no graph" in page


def test_large_models_and_runs_are_cut() -> None:
    m = small()
    for i in range(300):
        m.const(f"n{i}", list(range(i, i + 4)))
    plan = m.compile()
    for shown in (plan.model, plan, plan.run()):
        page = shown._repr_html_()
        assert len(page) < 100_000
        assert re.search(r"260 more", page)
    assert "280 more" in repr(plan.run())


def test_a_run_shows_numbers_and_shapes(checkout: ft.Run) -> None:
    page = checkout._repr_html_()
    words = Page(page).words
    assert "seed 7" in words
    assert "21.71" in words
    assert page.count("<svg") == len(checkout)
    text = repr(checkout).splitlines()
    assert text[0] == "Run(12 series, 144 bins of 5 minutes, seed 7)"
    assert text[1].split() == ["series", "unit", "min", "mean", "max", "last"]
    assert re.fullmatch(r"line +customers +0 +4.88 +21.71 +0  [▁▂▃▄▅▆▇█]{32}", text[11])


def test_an_error_underlines_what_is_wrong() -> None:
    page = wrong()._repr_html_()
    words = Page(page).words
    assert "no node is called aa" in words
    assert "<mark>aa</mark>" in page
    assert "FT0" in words


def test_a_report_is_shown() -> None:
    m = small()
    m.const("demand", [8, 12])
    with pytest.warns(ft.FlowtimeWarning, match="are repeated"):
        report = m.build().validate()
    words = Page(report._repr_html_()).words
    assert "score" in words
    assert "are repeated" in words


def test_an_uncaught_error_is_shown_without_our_own_frames() -> None:
    try:
        ft.Model.from_yaml("schemaVersion: 1\ngrid: 5\nnodes: []\n")
    except ft.ModelError as error:
        lines = error._render_traceback_()
    assert lines[0].startswith("Traceback")
    assert "test_pictures.py" in lines[1]
    assert not any("flowtime/model.py" in line for line in lines)
    assert "^" in lines[-1]
