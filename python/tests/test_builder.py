"""Models put together in Python: what is written, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import flowtime as ft


def builder(**options: Any) -> ft.ModelBuilder:
    return ft.ModelBuilder(**({"bins": 4, "bin_size": 1, "bin_unit": "hours"} | options))


def test_the_document_is_what_a_person_would_have_written() -> None:
    m = ft.ModelBuilder(
        bins=288,
        bin_size=5,
        bin_unit="minutes",
        start="2026-03-02T08:00:00Z",
        seed=7,
        title="A shop, on a day",
        metadata={"tags": ["shop", "yes"], "version": np.float64(1.5)},
    )
    demand = m.pmf("demand", {80: 0.1, 100: 0.6, 150: 0.3}, unit="jobs")
    tills = m.const("tills", np.array([4, 6, 5]), policy="stretch")
    capacity = m.expr("capacity", tills * np.float32(25.5) / 1.0, description="what can be done: 25.5 a till")
    backlog = m.expr("backlog", ft.maximum(0, m.ref("backlog").shift(1) + demand - capacity), unit="jobs")
    m.expr("late", "IF(backlog > 50,\n   1, 0)")
    m.output(backlog)
    m.output("late", file="late_jobs.csv")
    assert (
        m.to_yaml()
        == """\
schemaVersion: 1
metadata: {title: "A shop, on a day", tags: [shop, "yes"], version: 1.5}
grid: {bins: 288, binSize: 5, binUnit: minutes, start: "2026-03-02T08:00:00Z"}
rng: {seed: 7}
nodes:
  - {id: demand, kind: pmf, unit: jobs, pmf: {80: 0.1, 100: 0.6, 150: 0.3}}
  - {id: tills, kind: const, values: [4, 6, 5], policy: stretch}
  - {id: capacity, kind: expr, description: "what can be done: 25.5 a till", expr: tills * 25.5 / 1}
  - {id: backlog, kind: expr, unit: jobs, expr: "MAX(0, SHIFT(backlog, 1) + demand - capacity)"}
  - {id: late, kind: expr, expr: "IF(backlog > 50, 1, 0)"}
outputs:
  - {series: backlog}
  - {series: late, as: late_jobs.csv}
"""
    )
    model = m.build()
    assert model.title == "A shop, on a day"
    assert model.seed == 7
    assert dict(model.outputs) == {"backlog": "backlog.csv", "late": "late_jobs.csv"}
    assert ft.Model.from_yaml(model.to_yaml()) == model


def test_long_lists_and_formulas_take_several_lines() -> None:
    m = builder(bins=48)
    m.const("profile", np.linspace(0, 1, 48).round(3))
    m.expr("total", sum(ft.where(m["profile"] > i / 10, i, m["profile"] * i) for i in range(9)))
    text = m.to_yaml()
    assert max(map(len, text.splitlines())) <= 110
    model = m.build()
    assert model.nodes["profile"].values == tuple(np.linspace(0, 1, 48).round(3).tolist())
    assert model.nodes["total"].expr is not None
    assert model.nodes["total"].expr.count("IF(") == 9


def test_a_built_model_is_frozen() -> None:
    m = builder()
    m.const("a", 1)
    model = m.build()
    m.const("b", 2)
    assert list(model.nodes) == ["a"]
    assert list(m.build().nodes) == ["a", "b"]


TEXTS = [
    "plain words", "a: b", "yes", "1.5", "~", "null", "1_000", "0x10", "12:30:45", "- a", "#no", "a #b",
    "say \"no\"", "back\\slash", "tab\tand\nline", "é ü ß", "日本", "emoji 🎉", "{a}", "[b]", "a, b", "&x",
    "*x", "!x", "%", "|", ">", "'q'", "it's", " lead", "trail ", "", "\x07", "\x85", "\u2028", "\ufeff",
    "=", "<<", "2026-03-02", ".nan", "-.inf", "+1", "1e5", "?", "a?", "@", "`", "true", "Off", "é:",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_comes_back(text: str) -> None:
    m = builder(metadata={"title": "t", "text": text, "list": [text, {"inner": text}]})
    m.const("a", 1, unit=text, description=text, metadata={"text": text})
    yaml = pytest.importorskip("yaml")
    for nodes in (yaml.safe_load(m.to_yaml())["nodes"], [vars_of(m.build().nodes["a"])]):
        assert nodes[0]["description"] == text
        assert nodes[0]["unit"] == text
        assert nodes[0]["metadata"] == {"text": text}
    assert yaml.safe_load(m.to_yaml())["metadata"]["list"] == [text, {"inner": text}]


def vars_of(node: ft.Node) -> dict[str, Any]:
    return {name: getattr(node, name) for name in ("description", "unit", "metadata")}


@pytest.mark.parametrize(
    ("start", "written"),
    [
        ("2026-03-02", "2026-03-02T00:00:00Z"),
        ("2026-03-02 08:30", "2026-03-02T08:30:00Z"),
        ("2026-03-02T08:30:00Z", "2026-03-02T08:30:00Z"),
        ("2026-03-02T08:30:00.250Z", "2026-03-02T08:30:00.250000Z"),
        ("2026-03-02T08:30:00+02:00", "2026-03-02T06:30:00Z"),
        (dt.date(2026, 3, 2), "2026-03-02T00:00:00Z"),
        (dt.datetime(2026, 3, 2, 8), "2026-03-02T08:00:00Z"),
        (dt.datetime(2026, 3, 2, 8, tzinfo=dt.timezone(dt.timedelta(hours=-5))), "2026-03-02T13:00:00Z"),
        (np.datetime64("2026-03-02"), "2026-03-02T00:00:00Z"),
        (np.datetime64("2026-03-02T08", "ns"), "2026-03-02T08:00:00Z"),
    ],
)
def test_start(start: Any, written: str) -> None:
    m = builder(start=start)
    m.const("a", 1)
    assert m.build().grid.start == written
    np.testing.assert_array_equal(m.time, m.build().grid.time)


def test_start_of_pandas() -> None:
    pd = pytest.importorskip("pandas")
    assert "2026-03-02T07:00:00Z" in builder(start=pd.Timestamp("2026-03-02 08:00", tz="Europe/Berlin")).to_yaml()
    with pytest.raises(ft.ArgumentError, match="NaT"):
        builder(start=pd.NaT)


REFUSED: list[tuple[Callable[[ft.ModelBuilder], Any], type[Exception], str]] = [
    (lambda m: builder(bins=0), ValueError, "`bins` must be 1 or more, not 0"),
    (lambda m: builder(bins=2.0), TypeError, "`bins` must be a whole number, not a float"),
    (lambda m: builder(bin_size=1001), ValueError, "`bin_size` must be from 1 to 1000"),
    (lambda m: builder(bin_unit="hour"), ValueError, "not `hour`: did you mean `hours`"),
    (lambda m: builder(bin_unit=5), TypeError, "`bin_unit` must be one of"),
    (lambda m: builder(start="yesterday"), ValueError, "not `yesterday`"),
    (lambda m: builder(start=20260302), TypeError, "`start` must be a text"),
    (lambda m: builder(start=np.datetime64("NaT", "s")), ValueError, "NaT"),
    (lambda m: builder(seed=-1), ValueError, "`seed` must be a whole number from 0 to 2147483647, not -1"),
    (lambda m: builder(seed=1.5), ValueError, "`seed`"),
    (lambda m: builder(title=3), TypeError, "`title` must be a text"),
    (lambda m: builder(metadata={"a": object()}), TypeError, "`metadata.a` must be text"),
    (lambda m: builder(metadata={1: 2}), TypeError, "keys of `metadata`"),
    (lambda m: m.const("demand", 3), ValueError, r"a node `demand` already: `del m\['demand'\]`"),
    (lambda m: m.const("2nd", 3), ValueError, "'2nd' cannot be a node's name"),
    (lambda m: m.const("a b", 3), ValueError, "cannot be a node's name"),
    (lambda m: m.const("", 3), ValueError, "cannot be a node's name"),
    (lambda m: m.const("é", 3), ValueError, "cannot be a node's name"),
    (lambda m: m.const("a" * 129, 3), ValueError, "at most 128"),
    (lambda m: m.const(3, 3), TypeError, "must be a text, not"),
    (lambda m: m.ref("a-b"), ValueError, "cannot be a node's name"),
    (lambda m: m.const("x", "3"), TypeError, "`x` is text"),
    (lambda m: m.const("x", [1, np.inf, 2, 3]), ValueError, r"`x` must be finite or NaN, not inf \(at position 1\)"),
    (lambda m: m.const("x", []), ValueError, "empty"),
    (lambda m: m.const("x", np.ones((2, 2))), ValueError, "shape 2 × 2"),
    (lambda m: m.const("x", m["demand"]), TypeError, "is an expression and has no values|of type|must be"),
    (lambda m: m.const("x", 1, policy="strech"), ValueError, "not `strech`: did you mean `stretch`"),
    (lambda m: m.const("x", 1, unit=3), TypeError, "`unit` must be a text"),
    (lambda m: m.expr("x", ""), ValueError, "empty"),
    (lambda m: m.expr("x", [1]), TypeError, "not a list"),
    (lambda m: m.expr("x", None), TypeError, "not None"),
    (lambda m: m.pmf("x", [1, 2]), TypeError, "must be a mapping"),
    (lambda m: m.pmf("x", {}), ValueError, "empty"),
    (lambda m: m.pmf("x"), TypeError, "needs a mapping"),
    (lambda m: m.pmf("x", values=[1]), TypeError, "both `values` and `probabilities`"),
    (lambda m: m.pmf("x", {1: 1}, values=[1]), TypeError, "give one of both"),
    (lambda m: m.pmf("x", values=[1, 2], probabilities=[1]), ValueError, "2 values and 1 probabilities"),
    (lambda m: m.pmf("x", {1: -0.5}), ValueError, "0 or more, not -0.5"),
    (lambda m: m.pmf("x", {1: 0}), ValueError, "all 0"),
    (lambda m: m.pmf("x", {"a": 1}), TypeError, "each value of `x` must be a number"),
    (lambda m: m.pmf("x", {1: 1}, policy="sampled"), ValueError, "did you mean `sample`"),
    (lambda m: m.output(), TypeError, "at least one node"),
    (lambda m: m.output(m["demand"] + 1), ValueError, "must be a node, not a formula"),
    (lambda m: m.output(builder().const("a", 1)), ValueError, "not a node of this builder"),
    (lambda m: m.output(3), TypeError, "must be a node or its name"),
    (lambda m: m.output("demand", "served", file="x.csv"), ValueError, "`file` names the file of one series"),
    (lambda m: m["demnd"], KeyError, "there is no node `demnd`: did you mean `demand`"),
    (lambda m: m["zzz"], KeyError, "there is no node `zzz`: there is `demand`"),
    (lambda m: m[0], TypeError, "found by name"),
    (lambda m: hash(m), TypeError, "unhashable"),
]


@pytest.mark.parametrize(("do", "kind", "message"), REFUSED)
def test_refused(do: Callable[[ft.ModelBuilder], Any], kind: type[Exception], message: str) -> None:
    m = builder()
    m.const("demand", 1)
    before = m.to_yaml()
    with pytest.raises(kind, match=message):
        do(m)
    assert m.to_yaml() == before, "what is refused leaves nothing behind"


def test_what_only_the_whole_model_can_show_is_shown_in_its_text() -> None:
    m = builder()
    demand = m.const("demand", [1, 2, 3])
    m.expr("served", ft.minimum(demand, m.ref("capcity")))
    m.const("capacity", 3)
    with pytest.raises(ft.ModelError) as caught:
        m.compile()
    assert "the model has" in str(caught.value)
    codes = [d.code for d in caught.value.diagnostics]
    assert "FT0401" in codes
    assert "did you mean `capacity`" in str(caught.value)
    assert "^^^^^^^" in str(caught.value)


def test_the_builder_is_a_mapping_to_its_nodes() -> None:
    m = builder()
    a = m.const("a", 1, unit="jobs", description="what comes")
    b = m.expr("b", a * 2)
    assert (list(m), len(m), "a" in m, "z" in m) == (["a", "b"], 2, True, False)
    assert (a.id, a.kind, a.unit, a.description) == ("a", "const", "jobs", "what comes")
    assert (b.kind, b.unit, b.description) == ("expr", None, None)
    assert repr(m) == "<ModelBuilder: 4 bins of 1 hour, 2 nodes>\n  a: const, jobs\n  b = a * 2"
    del m["b"]
    m.expr("b", a * 3)
    assert str(m["b"] + 1) == "b + 1"
    assert m.build().nodes["b"].expr == "a * 3"
    assert m == m
    assert m != builder()


VALUES: list[tuple[Any, list[float]]] = [
    (3, [3, 3, 3, 3]),
    (np.float32(0.1), [float(np.float32(0.1))] * 4),
    (np.array(2), [2, 2, 2, 2]),
    ([1, 2.5, None, float("nan")], [1, 2.5, np.nan, np.nan]),
    ((1, 2, 3, 4), [1, 2, 3, 4]),
    (range(4), [0, 1, 2, 3]),
    (np.arange(4, dtype=">i2"), [0, 1, 2, 3]),
    (np.arange(8)[::2], [0, 2, 4, 6]),
    (np.array([-0.0, 1e-300, 5e-324, 1.7976931348623157e308]), [-0.0, 1e-300, 5e-324, 1.7976931348623157e308]),
    (np.array([0.1 + 0.2, 1 / 3, 2**53, 1e16]), [0.1 + 0.2, 1 / 3, 2**53, 1e16]),
]


@pytest.mark.parametrize(("given", "series"), VALUES)
def test_values_of_every_kind_arrive_to_the_bit(given: Any, series: list[float]) -> None:
    m = builder()
    m.const("x", given)
    found = m.compile().run()["x"]
    np.testing.assert_array_equal(np.signbit(found), np.signbit(series))
    np.testing.assert_array_equal(found, series)


def test_columns_of_tables() -> None:
    pl, pd = pytest.importorskip("polars"), pytest.importorskip("pandas")
    m = builder(start="2026-03-02")
    m.const("polars", pl.Series([1, None, 3, 4]))
    m.const("pandas", pd.Series([1, None, 3, 4], dtype="Int64"))
    index = pd.date_range("2026-03-02", periods=4, freq="h")
    m.const("dated", pd.Series([1.0, 2, 3, 4], index=index).sample(frac=1, random_state=1))
    run = m.compile().run()
    np.testing.assert_array_equal(run["polars"], [1, np.nan, 3, 4])
    np.testing.assert_array_equal(run["pandas"], [1, np.nan, 3, 4])
    np.testing.assert_array_equal(run["dated"], [1, 2, 3, 4])
    with pytest.raises(ft.ArgumentError, match="no row for 1 of 4 bins"):
        m.const("short", pd.Series([1.0, 2, 3], index=index[1:]))
    with pytest.raises(ft.ArgumentError, match="the grid has no start"):
        builder().const("x", pd.Series([1.0, 2, 3, 4], index=index))


def test_pmf_forms() -> None:
    m = builder(bins=400, seed=1)
    m.pmf("a", {np.int64(80): np.float64(0.1), 100: 0.6, 150: 0.3})
    m.pmf("b", values=np.array([1.5, 2]), probabilities=[0.25, 0.75], policy="expected")
    m.pmf("c", {-0.5: 1})
    run = m.compile().run()
    assert set(run["a"]) == {80, 100, 150}
    assert set(run["b"]) == {1.875}
    assert set(run["c"]) == {-0.5}


def test_pmf_of_a_few_values_keeps_them() -> None:
    m = builder()
    m.pmf_from("x", [1, 2, 2, 5, 5, 5, 5])
    node = m.build().nodes["x"]
    assert node.values == (1, 2, 5)
    assert node.probabilities is not None
    np.testing.assert_allclose(node.probabilities, [1 / 7, 2 / 7, 4 / 7], atol=0.1 / 7)


@pytest.mark.parametrize("bins", [None, 1, 7, "auto", [0.0, 10, 20, 1000]])
@pytest.mark.parametrize("n", [33, 365, 10_000])
def test_pmf_of_data_has_its_mean(n: int, bins: Any) -> None:
    samples = np.random.default_rng(3).gamma(3, 20, n)
    m = builder()
    m.pmf_from("x", samples, bins=bins)
    node = m.build().nodes["x"]
    assert node.values is not None
    assert node.probabilities is not None
    assert abs(sum(node.probabilities) - 1) < 1e-9
    assert abs(np.dot(node.values, node.probabilities) - samples.mean()) < 0.02 * samples.std()
    assert all(len(str(p)) <= len(str(n)) + 4 for p in node.probabilities), "no float noise"


@pytest.mark.parametrize(
    ("samples", "bins", "message"),
    [
        ([1, np.nan], None, r"1 of 2 samples of `x` are missing"),
        ([], None, "no samples"),
        ([1, np.inf], None, "finite"),
        (range(100), [0, 50], "lie outside of the edges"),
        (range(100), 0, "`bins` of `x`"),
        (range(100), "nonsense", "`bins` of `x`"),
        (range(100), 2.5, "`bins` must be a number"),
        (["a"], None, "text"),
    ],
)
def test_pmf_of_data_refuses(samples: Any, bins: Any, message: str) -> None:
    m = builder()
    with pytest.raises((ValueError, TypeError), match=message):
        m.pmf_from("x", samples, bins=bins)
    assert "x" not in m
