"""Models: where they come from, what they say, and that they can be sent away."""

from __future__ import annotations

import copy
import pickle
import warnings
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest
from conftest import DIVIDING, QUEUE, RANDOM, ROOT

import flowtime as ft

AIRPORTS = ROOT / "examples" / "models" / "airports" / "airports.yaml"

DOCUMENT = {
    "schemaVersion": 1,
    "grid": {"bins": 3, "binSize": 1, "binUnit": "hours"},
    "nodes": [
        {"id": "a", "kind": "const", "values": [1, 2, 3]},
        {"id": "b", "kind": "expr", "expr": "a * 2", "unit": "items"},
    ],
}


def with_nodes(*nodes: object) -> dict[str, object]:
    return {**DOCUMENT, "nodes": list(nodes)}


def test_what_a_model_says() -> None:
    model = ft.Model.from_yaml(QUEUE)
    assert model.grid == ft.Grid(6, 1, "hours", "2026-01-05T00:00:00Z")
    assert list(model.nodes) == ["arrivals", "capacity", "served", "backlog"]
    assert model.inputs == ("arrivals", "capacity")
    assert model.nodes["arrivals"].values == (20, 60, 90, 40, 10, 0)
    assert model.nodes["served"].expr == "MIN(capacity, arrivals + SHIFT(backlog, 1))"
    assert dict(model.outputs) == {name: f"{name}.csv" for name in model.nodes}
    assert (model.seed, model.title, model.metadata, model.provenance) == (None, None, None, None)
    assert repr(model) == "Model(4 nodes, 6 bins of 1 hour)"
    pmf = ft.Model.from_yaml(RANDOM).nodes["demand"]
    assert (pmf.values, pmf.probabilities, pmf.policy) == ((5, 10, 15), (0.25, 0.5, 0.25), "sample")


def test_nothing_changes() -> None:
    model = ft.Model.from_yaml(QUEUE)
    with pytest.raises(AttributeError):
        model.seed = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        model.other = 5  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        model.nodes["x"] = 5  # type: ignore[index]
    for made in (ft.Model, ft.Plan, ft.Run, ft.Function):
        with pytest.raises(TypeError, match="is made by"):
            made()


def test_metadata_and_title() -> None:
    model = ft.Model.from_dict({**DOCUMENT, "metadata": {"title": "Desk", "tags": ["x", 1, 2.5, None, True]}})
    assert model.title == "Desk"
    assert model.metadata == {"title": "Desk", "tags": ["x", 1, 2.5, None, True]}
    assert repr(model) == "Model('Desk', 2 nodes, 3 bins of 1 hour)"


def test_files() -> None:
    model = ft.Model.from_path(AIRPORTS)
    assert model == ft.Model.from_path(str(AIRPORTS))
    assert model == ft.Model.from_yaml(AIRPORTS.read_text(), folder=AIRPORTS.parent)
    source = next(node for node in model.nodes.values() if node.source is not None)
    assert source.values is not None and len(source.values) == model.grid.bins
    with pytest.raises(FileNotFoundError):
        ft.Model.from_path("no/such/model.yaml")
    unread = ft.Model.from_yaml(AIRPORTS.read_text())
    with pytest.raises(ft.ModelError, match=r"`Model\.from_path`"):
        unread.compile()
    assert not unread.validate().valid
    with pytest.raises(ft.ModelError, match="in the model's folder"):
        ft.Model.from_yaml(AIRPORTS.read_text(), folder=ROOT)


def test_dicts() -> None:
    model = ft.Model.from_dict(DOCUMENT)
    assert model == ft.Model.from_yaml(model.to_yaml())
    np.testing.assert_array_equal(model.compile().run()["b"], [2, 4, 6])
    arrays = with_nodes({"id": "a", "kind": "const", "values": np.array([1.5, np.nan, -0.0])})
    found = ft.Model.from_dict(arrays).compile().run()["a"]
    assert found[0] == 1.5 and np.isnan(found[1]) and np.signbit(found[2])
    pmf = with_nodes({"id": "p", "kind": "pmf", "pmf": {80: 0.25, 100.5: np.float64(0.75)}})
    assert ft.Model.from_dict(pmf).nodes["p"].values == (80, 100.5)


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (datetime(2026, 1, 5), "2026-01-05T00:00:00Z"),
        (datetime(2026, 1, 5, 12, tzinfo=UTC), "2026-01-05T12:00:00Z"),
        (datetime(2026, 1, 5, 1, tzinfo=timezone(timedelta(hours=2))), "2026-01-04T23:00:00Z"),
        (np.datetime64("2026-01-05"), "2026-01-05T00:00:00Z"),
    ],
)
def test_starts_in_dicts(start: object, text: str) -> None:
    grid = {"bins": 3, "binSize": 1, "binUnit": "hours", "start": start}
    assert ft.Model.from_dict({**DOCUMENT, "grid": grid}).grid.start == text


def test_dicts_that_are_no_documents() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ft.ArgumentError, match="deeper than 64"):
        ft.Model.from_dict({**DOCUMENT, "metadata": endless})
    with pytest.raises(ft.ArgumentTypeError, match="`/metadata/1` is of type `object`"):
        ft.Model.from_dict({**DOCUMENT, "metadata": [1, object()]})
    with pytest.raises(ft.ArgumentTypeError, match="`/metadata` is of type `MagicMock`"):
        # It has every method, each of which gives another of its kind.
        ft.Model.from_dict({**DOCUMENT, "metadata": MagicMock()})
    with pytest.raises(ft.ArgumentTypeError, match="key of type `tuple`"):
        ft.Model.from_dict({**DOCUMENT, "metadata": {(1, 2): 3}})
    with pytest.raises(ft.ArgumentError, match="too large"):
        ft.Model.from_dict(with_nodes({"id": "a", "kind": "const", "values": [10**400]}))
    with pytest.raises(ft.ModelError, match="must be a mapping") as caught:
        ft.Model.from_dict([])  # type: ignore[arg-type]
    assert caught.value.diagnostics
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_dict(with_nodes({"id": "a", "kind": "expr", "expr": "1 +"}))
    # Into the text that it would be.
    assert "expr: 1 +" in str(caught.value) and caught.value.diagnostics[0].line is not None


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (None, ft.ArgumentTypeError, "of type `NoneType`"),
        (Path("a.yaml"), ft.ArgumentTypeError, "`Model.from_path` reads files"),
        (DOCUMENT, ft.ArgumentTypeError, "`Model.from_dict` takes dicts"),
        ("models/desk.yaml", ft.ArgumentError, "`models/desk.yaml` is the name of a file"),
        ("", ft.ModelError, "the document"),
        (b"\xff\xfe", ft.ModelError, "UTF-16"),
        ("nodes: \ud800", ft.ModelError, "is not UTF-8"),
        ("nodes: [" * 10_000, ft.ModelError, "error"),
    ],
)
def test_what_is_no_document(text: object, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        ft.Model.from_yaml(text)  # type: ignore[arg-type]


def test_bytes_of_all_sorts() -> None:
    for text in (QUEUE, QUEUE.encode(), bytearray(QUEUE.encode()), memoryview(QUEUE.encode())):
        assert ft.Model.from_yaml(text).grid.bins == 6  # type: ignore[arg-type]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without an end")
def test_files_without_an_end() -> None:
    with pytest.raises(ft.ModelError, match="more than the limit"):
        ft.Model.from_path("/dev/zero")


def test_errors_say_everything_at_once() -> None:
    text = QUEUE.replace("MIN(", "MINI(").replace("hours", "hour")
    with pytest.raises(ft.ModelError) as caught:
        ft.Model.from_yaml(text, name="desk.yaml")
    error = caught.value
    assert isinstance(error, ValueError) and isinstance(error, ft.FlowtimeError)
    assert [d.severity for d in error.diagnostics] == ["error", "error"]
    assert [d.line for d in error.diagnostics] == [3, 7]
    assert str(error).startswith("the model has 2 errors\n\nerror[FT")
    assert "desk.yaml:3:" in str(error) and "^^^^" in str(error)
    assert (error.name, error.source) == ("desk.yaml", text)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ft.ModelError and str(again) == str(error)
    assert (again.diagnostics, again.name, again.source) == (error.diagnostics, error.name, error.source)


@pytest.mark.parametrize(
    "error",
    [ft.ArgumentError("a"), ft.ArgumentTypeError("a"), ft.UnknownNameError("a"), ft.LimitError("a")],
    ids=lambda error: type(error).__name__,
)
def test_errors_are_pickled(error: ft.FlowtimeError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) == "a"
    assert type(error).__module__ == "flowtime"


def test_warnings_of_documents() -> None:
    text = DIVIDING.replace("[0, 4, 0]", "[4]").replace("bins: 3", "bins: 4").replace("[1, 2, 3]", "[1, 2]")
    with pytest.warns(ft.FlowtimeWarning, match=r"^desk:5:.*\[FT0208\]$") as caught:
        ft.Model.from_yaml(text, name="desk")
    assert {warning.filename for warning in caught} == {__file__}
    with warnings.catch_warnings(record=True) as again:
        warnings.simplefilter("default", ft.FlowtimeWarning)
        for _ in range(3):
            ft.Model.from_yaml(text)
    assert len(again) == 1


def test_reports() -> None:
    fine = ft.Model.from_yaml(QUEUE).validate()
    assert fine.valid and fine.errors == () and fine.score <= 1.0
    assert str(fine).endswith(f"valid, score {fine.score:.2f}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dividing = ft.Model.from_yaml(DIVIDING)
    looked_at, compiled = dividing.validate(), dividing.validate(tier="compile")
    assert compiled.score == 1.0 and looked_at.score < 1.0
    assert "divided by zero in 2 bins" in str(looked_at)
    assert [d.line for d in looked_at.warnings] == [7]
    with pytest.raises(ft.ArgumentError, match="`tier`"):
        dividing.validate(tier="schema")  # type: ignore[arg-type]


def test_equality_and_hashes() -> None:
    model, other = ft.Model.from_yaml(QUEUE), ft.Model.from_yaml(QUEUE.replace("values: 50", "values: 51"))
    again = ft.Model.from_yaml(QUEUE + "# the same\n")
    assert model == again and hash(model) == hash(again) and model.model_hash == again.model_hash
    assert model != other and model.model_hash != other.model_hash
    assert model != "model" and model.compile() != model
    assert len({model, again, other}) == 2
    assert model.compile() == again.compile() and len({model.compile(), again.compile()}) == 1


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("path", [AIRPORTS, ROOT / "examples/models/checkout.yaml"], ids=lambda path: path.stem)
def test_pickles(path: Path, protocol: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plan = ft.Model.from_path(path).compile()
    again = pickle.loads(pickle.dumps(plan, protocol))
    assert again == plan and again.model.model_hash == plan.model.model_hash
    assert {name: node.source for name, node in again.nodes.items()} == {
        name: node.source for name, node in plan.nodes.items()
    }
    first, second = plan.run(seed=3), again.run(seed=3)
    for name in first:
        assert first[name].tobytes() == second[name].tobytes()


def test_copies_are_the_same(queue: ft.Plan) -> None:
    for thing in (queue, queue.model, queue.run()):
        assert copy.copy(thing) is thing and copy.deepcopy([thing])[0] is thing
    with pytest.raises(TypeError, match="dict\\(run\\)"):
        pickle.dumps(queue.run())


def test_grids() -> None:
    assert ft.Grid(2, 15, "minutes").time.tolist() == [timedelta(0), timedelta(minutes=15)]
    starts = ft.Grid(2, 1, "weeks", "2026-01-05T00:00:00.25Z").time
    assert starts.dtype == "datetime64[us]" and starts[1] == np.datetime64("2026-01-12T00:00:00.25")
    assert ft.Grid(1, 1, "days", "2026-01-05T06:00:00+00:00").time[0] == np.datetime64("2026-01-05T06:00:00")
    assert str(ft.Grid(1, 2, "days")) == "1 bin of 2 days"
