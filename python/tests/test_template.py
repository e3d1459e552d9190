"""Templates: where they come from, what they make, and what they refuse."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowtime as ft

DESK = """
schemaVersion: 1
metadata: {id: desk, title: A desk, version: 1.0.0, tags: [service], description: People at a desk.}
parameters:
  - {name: staff, type: integer, default: 2, min: 1, max: 9, unit: people, description: Who is there.}
  - {name: arrivals, type: array, arrayOf: number, default: [9, 12, 6, 3], minItems: 4, maxItems: 4, min: 0, max: 99}
  - {name: mode, type: string, default: calm, enum: [calm, busy]}
  - {name: name, type: number, default: 1, min: 0, max: 2}
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes:
  - {id: arrivals, kind: const, values: '${arrivals}'}
  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals * ${name}, 4 * ${staff})', description: 'a ${mode} day'}
"""


@pytest.fixture
def desk() -> ft.Template:
    return ft.Template.from_yaml(DESK)


def test_those_that_come_with_flowtime() -> None:
    shelf = ft.templates()
    assert len(shelf) == 7 and list(shelf) == sorted(shelf)
    for id, template in shelf.items():
        assert template.id == id and template.title and template.description and len(template.parameters) >= 5
        report = template.validate()
        assert report.valid and report.score == 1, report
        made = template.generate()
        assert made.model_id.startswith(f"{id}_") and made.model.compile().run().seed is not None
        assert template.parameter_form()["properties"].keys() == template.parameters.keys()
        assert "<svg" in template._repr_html_() and "<svg" in made._repr_html_()
    assert all(id in shelf._repr_html_() for id in shelf)  # type: ignore[attr-defined]


def test_what_a_template_says(desk: ft.Template) -> None:
    assert repr(desk) == "Template('desk', version 1.0.0, 4 parameters)"
    assert (desk.id, desk.title, desk.version, desk.tags) == ("desk", "A desk", "1.0.0", ("service",))
    assert desk.parameters["staff"] == ft.Parameter(
        name="staff",
        type="integer",
        default=2,
        minimum=1,
        maximum=9,
        unit="people",
        description="Who is there.",
    )
    assert desk.parameters["mode"].choices == ("calm", "busy")
    assert desk.parameters["arrivals"].array_of == "number"
    assert desk.parameter_form()["properties"]["staff"]["maximum"] == 9
    assert desk.to_yaml() == DESK


def test_nothing_changes(desk: ft.Template) -> None:
    with pytest.raises(AttributeError, match="never changes"):
        desk.id = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        desk.parameters["x"] = 1  # type: ignore[index]
    made = desk.generate()
    with pytest.raises(AttributeError):
        made.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        made.provenance["x"] = 1  # type: ignore[index]


def test_ids_depend_on_values_alone(desk: ft.Template) -> None:
    ids = {desk.generate().model_id}
    values = desk.complete()
    for turn in range(100):
        names = list(values)[turn % 4 :] + list(values)[: turn % 4]
        given = {name: values[name] for name in names[: 1 + turn % 4]}
        ids.add(desk.generate(given, generated_at=f"2026-01-05T10:{turn % 60:02}:00Z").model_id)
    assert len(ids) == 1
    for other in ({"staff": 3}, {"arrivals": [9, 12, 6, 4]}, {"mode": "busy"}, {"name": 1.5}):
        ids.add(desk.generate(other).model_id)
    ids.add(ft.Template.from_yaml(DESK.replace("1.0.0", "1.0.1")).generate().model_id)
    assert len(ids) == 6


def test_the_ids_are_those_of_the_command() -> None:
    # As in the walk through the registry, which the tests of the command run.
    assert (
        ft.Template("checkout-service").generate(demand_factor=1.2, name="Saturday").model_id == "saturday_0b652dff127f"
    )


def test_parameters_in_either_way(desk: ft.Template) -> None:
    made = desk.generate({"name": 2, "staff": np.int64(3)}, name="Morning", arrivals=np.array([1.0, 2, 3, 4]))
    assert made.name == "Morning" and made.model_id.startswith("morning_")
    assert dict(made.parameters) == {"staff": 3, "arrivals": [1, 2, 3, 4], "mode": "calm", "name": 2}
    assert type(made.parameters["staff"]) is int
    assert made.provenance["parameters"] == dict(made.parameters)
    assert made.model.compile().run()["backlog"].tolist() == [0, 0, 0, 0]


def test_provenance(desk: ft.Template) -> None:
    made = desk.generate(generated_at=datetime(2026, 1, 5, 10, tzinfo=UTC), staff=3)
    assert made.provenance["generated_at"] == "2026-01-05T10:00:00Z"
    assert made.provenance["template_id"] == "desk" and made.provenance["source"] == "flowtime-sim"
    assert made.model.provenance is None
    read = ft.Model.from_yaml(made.to_yaml(embed_provenance=True))
    assert read.provenance == dict(made.provenance)
    assert read.model_hash == made.model_hash == made.model.model_hash
    assert ft.Model.from_yaml(made.to_yaml()) == made.model
    assert desk.generate().provenance["generated_at"].endswith("Z")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"stuff": 3}, "there is no parameter `stuff`: did you mean `staff`?"),
        ({"staff": 0}, "must be"),
        ({"staff": 10}, "must be"),
        ({"staff": 2.5}, "must be a whole number"),
        ({"staff": "two"}, "must be"),
        ({"staff": True}, "must be"),
        ({"staff": None}, "must be"),
        ({"mode": "wild"}, "`calm`"),
        ({"arrivals": [1]}, "4"),
        ({"arrivals": [1, 2, 3, float("nan")]}, "finite"),
        ({"mode": "x\nnodes: []"}, "`calm`"),
    ],
)
def test_values_that_are_refused(desk: ft.Template, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ft.ArgumentError) as caught:
        desk.generate(values)
    assert words in str(caught.value)
    with pytest.raises(ft.ArgumentError):
        desk.complete(values)


def test_everything_wrong_at_once(desk: ft.Template) -> None:
    with pytest.raises(ft.ArgumentError) as caught:
        desk.generate(staff=0, mode="wild", nobody=1)
    assert len(str(caught.value).splitlines()) == 3


def test_calls_that_are_refused(desk: ft.Template) -> None:
    with pytest.raises(ft.ArgumentError, match="`staff` is given twice"):
        desk.generate({"staff": 3}, staff=3)
    with pytest.raises(ft.ArgumentTypeError, match="parameters must be a mapping"):
        desk.generate([("staff", 3)])  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentTypeError, match="`name` must be a text"):
        desk.generate(name=3)  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentError, match="`generated_at` must be a time"):
        desk.generate(generated_at="yesterday")
    with pytest.raises(ft.ArgumentTypeError, match="is of type `object`"):
        desk.generate(staff=object())
    with pytest.raises(ft.ArgumentError, match="`tier`"):
        desk.validate(tier="schema")  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentTypeError, match="found by its id"):
        ft.Template(3)  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentError, match=r"Template\.from_path"):
        ft.Template.from_yaml("desk.yaml")
    with pytest.raises(ft.ArgumentTypeError, match="not text"):
        ft.Template.from_yaml(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("id", ["checkout", "", "../checkout-service", "x" * 300, "a\0b", "\ud800", "Checkout-Service"])
def test_ids_that_lead_nowhere(id: str) -> None:
    with pytest.raises(ft.NotFoundError) as caught:
        ft.Template(id)
    assert isinstance(caught.value, LookupError) and "did you mean" in str(caught.value)
    with pytest.raises(ft.NotFoundError):
        ft.templates()[id]


def test_a_template_with_errors_points_at_them() -> None:
    with pytest.raises(ft.ModelError) as caught:
        ft.Template.from_yaml(DESK.replace("${staff}", "${stuff}"), name="desk.yaml")
    assert str(caught.value).startswith("the template has")
    found = [problem for problem in caught.value.diagnostics if problem.severity == "error"]
    assert found[0].line == DESK.splitlines().index(next(x for x in DESK.splitlines() if "QUEUE" in x)) + 1
    report = ft.Template.from_yaml(DESK.replace("QUEUE(arrivals", "QUEUE(nobody")).validate(tier="compile")
    assert not report.valid and report.errors[0].line == found[0].line


def test_lint(desk: ft.Template) -> None:
    assert desk.lint().valid
    careless = ft.Template.from_yaml(DESK.replace(", min: 1, max: 9", ""))
    assert len(careless.lint().diagnostics) > len(desk.lint().diagnostics)


def test_files(tmp_path: Path) -> None:
    text = DESK.replace("values: '${arrivals}'", "source: 'calls.csv#calls'").replace(
        "  - {name: arrivals, type: array, arrayOf: number, default: [9, 12, 6, 3], minItems: 4, maxItems: 4, "
        "min: 0, max: 99}\n",
        "",
    )
    (tmp_path / "desk.yaml").write_text(text)
    (tmp_path / "calls.csv").write_text("calls\n9\n12\n6\n3\n")
    template = ft.Template.from_path(tmp_path / "desk.yaml")
    assert template.generate().model.compile().run()["backlog"].tolist() == [1, 5, 3, 0]
    assert pickle.loads(pickle.dumps(template)).generate().model == template.generate().model
    with pytest.raises(FileNotFoundError):
        ft.Template.from_path(tmp_path / "nobody.yaml")


def test_sent_away(desk: ft.Template) -> None:
    for again in (copy.copy(desk), copy.deepcopy(desk), pickle.loads(pickle.dumps(desk))):
        assert again == desk and hash(again) == hash(desk)
        assert again.generate().model_id == desk.generate().model_id
    model = desk.generate().model
    assert pickle.loads(pickle.dumps(model)) == model


def test_texts_are_escaped() -> None:
    text = DESK.replace("A desk", "<script>alert(1)</script>").replace("Who is there.", "<b>x</b>")
    page = ft.Template.from_yaml(text)._repr_html_()
    assert "<script>" not in page and "<b>x</b>" not in page and "&lt;script&gt;" in page
