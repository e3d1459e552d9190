"""Limits: what they are called, where they hold, and how messages lead to them."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUEUE, RANDOM

import flowtime as ft
from flowtime import _native

# 6 bins of 4 series.
BYTES = 6 * 4 * 8


def test_the_names_are_those_of_the_engine() -> None:
    assert {"nodes", "bins", "result_bytes", "operations", "document_bytes"} <= set(_native.LIMITS)
    # Each can be set, and none is too small for a small model at its largest.
    model = ft.Model.from_yaml(QUEUE, limits=dict.fromkeys(_native.LIMITS, 2**64))
    assert model.compile().run()["served"].size == 6


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"nodes": 3}, "the model has 4 nodes, more than the limit of 3"),
        ({"bins": 5}, "the grid has 6 bins, more than the limit of 5"),
        ({"document_bytes": 100}, "more than the limit of 100"),
        ({"formula_bytes": 30}, "more than 30 bytes"),
        ({"expression_bytes": 20}, "raise the limit `expression_bytes`"),
    ],
)
def test_documents_are_bounded(limits: dict[str, int], words: str, tmp_path: Path) -> None:
    (name,) = limits
    path = tmp_path / "queue.yaml"
    path.write_text(QUEUE)
    for read in (
        lambda: ft.Model.from_yaml(QUEUE, limits=limits),
        lambda: ft.Model.from_path(path, limits=limits),
        lambda: ft.run(path, limits=limits),
        lambda: ft.run_yaml(QUEUE, limits=limits),
    ):
        with pytest.raises(ft.ModelError) as caught:
            read()
        assert words in str(caught.value)
        assert str(caught.value).endswith(f'`limits={{"{name}": …}}` raises it, where the model is read\n')
        assert f"limits={{&quot;{name}&quot;: …}}" in caught.value._repr_html_()


def test_what_is_put_together_is_bounded() -> None:
    document = {
        "schemaVersion": 1,
        "grid": {"bins": 5, "binSize": 1, "binUnit": "days"},
        "nodes": [{"id": "a", "kind": "const", "values": 1}],
    }
    m = ft.ModelBuilder(bins=5, bin_size=1, bin_unit="days")
    m.const("a", 1)
    for make in (
        lambda limits: ft.Model.from_dict(document, limits=limits),
        lambda limits: m.build(limits=limits),
        lambda limits: m.compile(limits=limits),
    ):
        assert make({"bins": 5}).grid.bins == 5
        with pytest.raises(ft.ModelError, match="more than the limit of 4"):
            make({"bins": 4})


def test_more_can_be_allowed() -> None:
    text = QUEUE.replace("bins: 6", "bins: 10000002").replace("[20, 60, 90, 40, 10, 0]", "1")
    with pytest.raises(ft.ModelError, match="more than the limit of 10000000"):
        ft.Model.from_yaml(text)
    assert ft.Model.from_yaml(text, limits={"bins": 2e7}).grid.bins == 10_000_002


def test_runs_are_bounded(queue: ft.Plan) -> None:
    with pytest.raises(ft.LimitError) as caught:
        queue.run(limits={"result_bytes": BYTES - 1})
    assert str(caught.value).endswith('or raise the limit `result_bytes` (`limits={"result_bytes": …}` raises it)')
    assert len(queue.run(limits={"result_bytes": BYTES})) == 4
    with pytest.raises(ft.LimitError, match="raise the limit `operations`"):
        queue.run(limits={"operations": 1})


def test_the_limits_of_a_model_hold_for_all_that_is_made_of_it() -> None:
    model = ft.Model.from_yaml(RANDOM, limits={"operations": 10, "result_bytes": 2**20})
    plan = model.compile()
    for refused in (
        plan.run,
        pickle.loads(pickle.dumps(plan)).run,
        pickle.loads(pickle.dumps(model)).compile().run,
        copy.copy(plan).run,
        model.validate,
        lambda: plan.run(limits={"result_bytes": 2**30}),
        lambda: plan.function(inputs=["capacity"], output="backlog")([10]),
    ):
        with pytest.raises(ft.LimitError, match="raise the limit `operations`"):
            refused()
    assert len(plan.run(limits={"operations": 1e6})) == 3


def test_limits_are_not_what_a_model_says() -> None:
    given = ft.Model.from_yaml(QUEUE, limits={"nodes": 4})
    plain = ft.Model.from_yaml(QUEUE)
    assert given == plain and hash(given) == hash(plain) and given.to_yaml() == plain.to_yaml()


@pytest.mark.parametrize(
    ("limits", "kind", "words"),
    [
        ({"node": 5}, ft.UnknownNameError, "there is no limit `node`: did you mean `nodes`"),
        ({"zzzzz": 5}, ft.UnknownNameError, "there is no limit `zzzzz`: there are `document_bytes`, "),
        ({5: 5}, ft.ArgumentTypeError, "limits are found by name, not by an int"),
        ({"nodes": "5"}, ft.ArgumentTypeError, "the limit `nodes` must be a number such as 500_000 or 1e13"),
        ({"nodes": True}, ft.ArgumentTypeError, "not a bool"),
        ({"nodes": None}, ft.ArgumentTypeError, "not None"),
        ({"nodes": -1}, ft.ArgumentError, "the limit `nodes` must be 0 or more, not -1"),
        ({"nodes": float("nan")}, ft.ArgumentError, "must be 0 or more, not nan"),
        ([("nodes", 5)], ft.ArgumentTypeError, "`limits` must be a mapping such as {'nodes': 500_000}, not a list"),
        (5, ft.ArgumentTypeError, "`limits` must be a mapping"),
    ],
)
def test_wrong_limits(limits: Any, kind: type[Exception], words: str, queue: ft.Plan) -> None:
    for call in (lambda: ft.Model.from_yaml(QUEUE, limits=limits), lambda: queue.run(limits=limits)):
        with pytest.raises(kind) as caught:
            call()
        assert words in str(caught.value)


def test_numbers_of_numpy_and_infinity_are_numbers() -> None:
    for most in (np.int32(4), np.uint64(2**64 - 1), np.float64(4), float("inf"), 10**30):
        assert ft.Model.from_yaml(QUEUE, limits={"nodes": most})


def test_a_run_has_no_limits_of_documents(queue: ft.Plan) -> None:
    with pytest.raises(ft.ArgumentError, match="`nodes` is a limit of documents: set it where the model is read"):
        queue.run(limits={"nodes": 5})
