"""Documents with long lists are not written and read: nobody should notice."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

import flowtime as ft

BINS = 20_000
NUMBERS = np.random.default_rng(1).normal(size=BINS)


def document(**more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "metadata": {"title": "long", "scale": 5.0, "ints": [1, 2.0, None, {"x": True}]},
        "grid": {"bins": BINS, "binSize": 1, "binUnit": "minutes", "start": "2026-03-02T00:00:00Z"},
        "rng": {"seed": 7},
        "nodes": [
            {"id": "a", "kind": "const", "unit": "jobs", "values": NUMBERS},
            {"id": "b", "kind": "const", "values": [-0.0, 1, None, float("nan"), *range(BINS - 4)]},
            {"id": "d", "kind": "pmf", "pmf": {80: 0.25, 100.5: 0.75}},
            {"id": "c", "kind": "expr", "expr": "MAX(0, SHIFT(c, 1) + a / b + d)"},
        ],
        **more,
    }


def written(values: dict[str, Any]) -> str:
    """The same document as text, by another way."""
    short = copy.deepcopy(values)
    nodes = short["nodes"]
    lists = [node.pop("values", None) for node in nodes]
    for node, numbers in zip(nodes, lists, strict=True):
        if numbers is not None:
            node["values"] = ["@"]
    result = json.dumps(short)
    for numbers in lists:
        if numbers is not None:
            plain = [".nan" if x != x else repr(float(x)) for x in numbers]
            result = result.replace('["@"]', f"[{', '.join(plain)}]", 1)
    return result


def test_it_is_the_model_of_the_text() -> None:
    values = document()
    # Nobody writes a missing value as nothing.
    values["nodes"][1]["values"][2] = float("nan")
    model = ft.Model.from_dict(values)
    text = ft.Model.from_yaml(written(values))
    assert model == text and model.model_hash == text.model_hash and hash(model) == hash(text)
    assert model.metadata == text.metadata == values["metadata"]
    assert [type(x) for x in model.metadata["ints"]] == [type(x) for x in text.metadata["ints"]]
    assert ft.Model.from_yaml(model.to_yaml()) == model == pickle.loads(pickle.dumps(model))
    assert str(np.array(model.nodes["b"].values)[:2]) == "[-0.  1.]"
    with pytest.warns(ft.FlowtimeWarning, match="divided by zero"):
        runs = [made.compile().run() for made in (model, text)]
    assert [runs[0][name].tobytes() for name in runs[0]] == [runs[1][name].tobytes() for name in runs[1]]
    # The text has other lines, which is all the difference.
    (warned,), (as_text,) = runs[0].warnings, runs[1].warnings
    assert (warned.code, warned.message, warned.path) == (as_text.code, as_text.message, as_text.path)
    assert warned.line is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grid": {"bins": 24.0, "binSize": 1, "binUnit": "minutes"}}, "`bins`"),
        ({"grid": {"bins": BINS, "binSize": 1, "binUnit": "minute"}}, "did you mean `minutes`?"),
        ({"schemaVersion": 1.0}, "`schemaVersion` must be 1"),
        ({"outputs": [{"series": "cc"}]}, "unknown series `cc`"),
        ({"nods": []}, "unknown key `nods`"),
    ],
)
def test_what_is_wrong_is_underlined(change: dict[str, Any], words: str) -> None:
    values = document(**change)
    values["nodes"][1]["values"][2] = 0
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_dict(values)
    assert words in str(caught.value)
    assert "^" in str(caught.value) and caught.value.diagnostics[0].line is not None


def test_what_compiling_finds_is_underlined() -> None:
    values = document()
    values["nodes"][1]["values"][2] = 0
    values["nodes"][3]["expr"] = "a + bb"
    model = ft.Model.from_dict(values)
    with pytest.raises(ft.ModelError, match="no node is called `bb`") as caught:
        model.compile()
    assert "^" in str(caught.value) and caught.value.diagnostics[0].line is not None
    report = model.validate()
    assert not report.valid and "^" in report.text


def test_what_analysis_finds_is_underlined() -> None:
    m = ft.ModelBuilder(bins=BINS, bin_size=1, bin_unit="minutes")
    zero = m.const("zero", np.zeros(BINS))
    m.const("ramp", np.arange(BINS))
    m.expr("ratio", 1 / zero)
    report = m.build().validate()
    assert "divided by zero" in report.diagnostics[0].message
    assert report.diagnostics[0].line is not None and "^" in report.text


def test_builders() -> None:
    m = ft.ModelBuilder(bins=BINS, bin_size=1, bin_unit="minutes", start="2026-03-02", title="long", seed=3)
    a = m.const("a", NUMBERS, unit="jobs", metadata={"scale": 5.0, "more": [-0.0, 1e300, 2.5]})
    m.const("flat", np.ones(BINS))
    m.pmf("d", {80: 0.25, 100.5: 0.75})
    m.expr("c", ft.maximum(0, m.ref("c").shift(1) + a))
    m.output("c", "a")
    model = m.build()
    assert model == ft.Model.from_yaml(m.to_yaml())
    assert [type(x) for x in model.nodes["a"].metadata["more"]] == [
        type(x) for x in ft.Model.from_yaml(m.to_yaml()).nodes["a"].metadata["more"]
    ]
    assert model.compile().run()["a"].tobytes() == NUMBERS.tobytes()
    m.expr("bad", "cc + 1")
    with pytest.raises(ft.ModelError, match="no node is called `cc`"):
        m.compile()


def test_limits_hold() -> None:
    values = document()
    values["nodes"][1]["values"][2] = 0
    with pytest.raises(ft.FlowtimeError, match="limit"):
        ft.Model.from_dict(values, limits={"nodes": 3})
