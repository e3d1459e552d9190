"""The workspace and its registry: the whole loop, many at once, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import pickle
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import QUEUE, RANDOM, SLOW

import flowtime as ft

SATURDAY = "saturday_0b652dff127f"


@pytest.fixture
def workspace(tmp_path: Path) -> ft.Workspace:
    return ft.Workspace(tmp_path / "data")


@pytest.fixture
def saturday(workspace: ft.Workspace) -> ft.ModelRef:
    return workspace.new_model("checkout-service", name="Saturday", demand_factor=1.2, tags=["plan"])


def test_nine_steps_from_a_template_to_what_is_found_again(tmp_path: Path) -> None:
    root = tmp_path / "data"
    # 1 Generate: no file is written.
    made = ft.Template("checkout-service").generate(name="Busy day", demand_factor=1.5)
    assert not root.exists()
    # 2 Store.
    registry = ft.Registry(root)
    stored = registry.put_model(made, tags=["peak"])
    assert stored.model_id == made.model_id and stored.model_hash == made.model_hash and not stored.existed
    # 3 Fetch by template.
    card = ft.Registry(root).list(kind="model", template_id="checkout-service")[0]
    entry = registry.get(card)
    # 4 Pass the model and where it came from on.
    model = ft.Model.from_yaml(registry.read_file(card, "model.yaml"))
    assert model == registry.model(card) and model.provenance is None
    plan = model.compile()
    # 5 Run, three seeds. 6 Each is stored for good.
    kept = [registry.put_run(plan.run(seed=seed, provenance=entry.provenance)) for seed in (1, 2, 3)]
    for run in kept:
        assert run.model_hash == stored.model_hash and run.model_id == stored.model_id
        assert (run.path / "SHA256SUMS").is_file()
        assert run.manifest["provenance"]["model_id"] == stored.model_id
    # 7 The index knows them. 8 They are found by their model, their template, their time.
    again = ft.Registry(root)
    hour = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    for found in (
        again.list(kind="run", model_id=stored.model_id),
        again.list(kind="run", template_id="checkout-service"),
        again.list(kind="run", created_from=hour),
    ):
        assert set(found.ids) == {run.run_id for run in kept}
    assert again.list(created_before=hour).total == 0
    assert again.get(stored).run_count == 3
    # 9 From any of them back to the template and its parameters.
    for run in kept:
        trace = again.trace(run)
        assert trace.template is not None and trace.template["id"] == "checkout-service"
        assert trace.parameters is not None and trace.parameters["demand_factor"] == 1.5
        assert trace.model is not None and trace.model.id == stored.model_id
        assert trace.run is not None and trace.run.id == run.run_id and not trace.gaps


def test_ids_and_bits_are_those_of_the_command(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    assert saturday.model_id == SATURDAY
    run = workspace.run(saturday, seed=1, deterministic=True)
    # As in the walk through the registry, which the tests of the command run.
    assert run.run_id == "run_5c4ca5df8765c319"
    other = workspace.root.parent / "other"
    command = [sys.executable, "-m", "flowtime"]
    done = subprocess.run(
        [
            *command,
            *f"sim new --template checkout-service --name Saturday --set demand_factor=1.2 --root {other}".split(),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert SATURDAY in done.stdout
    subprocess.run(
        [*command, "run", "--model", SATURDAY, "--seed", "1", "--deterministic", "--output", str(other), "--quiet"],
        check=True,
    )
    theirs = ft.Registry(other)
    assert theirs.read_file(SATURDAY, "model.yaml") == workspace.registry.read_file(saturday, "model.yaml")
    for name in run:
        assert theirs.run(run.run_id)[name].tobytes() == run[name].tobytes()
    for card in (SATURDAY, run.run_id):
        assert theirs.get(card).card.model_hash == workspace.registry.get(card).card.model_hash


def test_what_is_made_by_hand_is_what_the_workspace_makes(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    made = ft.Template("checkout-service").generate(name="Saturday", demand_factor=1.2)
    stored = workspace.registry.put_model(made)
    assert stored == saturday and stored.existed
    mine = workspace.registry.put_run(made.model.compile().run(seed=4), provenance=made, deterministic=True)
    again = workspace.run(saturday, seed=4, deterministic=True)
    assert again.run_id == mine.run_id and again.outcome == "reused"
    theirs = workspace.run(made, seed=4)
    assert theirs.was_duplicate_of == mine.run_id and theirs.model_id == saturday.model_id


def test_runs(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    run = workspace.run(saturday, seed=7)
    assert (run.seed, run.outcome, run.was_duplicate_of, run.model_id) == (7, "written", None, SATURDAY)
    assert list(run) == list(run.run) and len(run) == 6 and "line" in run and "nobody" not in run
    assert run.run.plan.model.title == "Saturday"
    assert run.run.provenance["model_id"] == SATURDAY
    with pytest.raises(ValueError, match="read-only"):
        run["line"][0] = 1
    second = workspace.run(saturday, seed=7)
    assert second.was_duplicate_of == run.run_id and second.run_id != run.run_id
    reused = workspace.run(saturday, seed=7, reuse=True)
    assert (reused.outcome, reused.run_id) == ("reused", reused.was_duplicate_of)
    assert reused.run_id in (run.run_id, second.run_id)
    stored = workspace.registry.run(run.run_id)
    for name in run:
        assert run[name].tobytes() == reused[name].tobytes() == stored[name].tobytes() == stored.run[name].tobytes()
        assert not stored[name].flags.writeable
    assert reused.run["line"].tobytes() == run["line"].tobytes()
    assert stored == run and hash(stored) == hash(run) and stored != second
    with pytest.raises(ft.UnknownNameError, match="did you mean `line`"):
        run["lime"]
    with pytest.raises(ft.ArgumentError, match="is a model, not a run"):
        workspace.registry.run(saturday)  # type: ignore[arg-type]
    assert run.to_csv().startswith("bin_index,arrivals")


def test_inputs_of_runs(workspace: ft.Workspace) -> None:
    model = ft.Model.from_yaml(QUEUE)
    stored = workspace.add_model(model, name="Dock")
    expected = model.compile().run(inputs={"capacity": 80})["backlog"]
    for run in (
        workspace.run(model, inputs={"capacity": 80}),
        workspace.run(stored, inputs={"capacity": 80}),
        workspace.run(model_id=stored, version=1, inputs={"capacity": np.full(6, 80)}),
        workspace.registry.put_run(model.compile().run(inputs={"capacity": 80})),
    ):
        assert run["backlog"].tolist() == expected.tolist()
        assert list(run.manifest["overrides"]) == ["capacity"]
    again = workspace.registry.run(workspace.run(model, inputs={"capacity": 80}, outputs=["backlog"]).run_id)
    assert list(again) == ["backlog"] and again.run["backlog"].tolist() == expected.tolist()
    series = workspace.registry.run(workspace.run(model, inputs={"capacity": [80, 1, 2, 3, 4, 5]}).run_id)
    assert series["backlog"].size == 6
    with pytest.raises(ft.ArgumentError, match="only the checksum is kept"):
        _ = series.run
    with pytest.raises(ft.UnknownNameError, match="did you mean `capacity`"):
        workspace.run(stored, inputs={"capacty": 80})
    with pytest.raises(ft.ArgumentError):
        workspace.run(stored, inputs={"capacity": [1, 2]})
    with pytest.raises(ft.ArgumentError, match="did not keep"):
        workspace.registry.put_run(model.compile().run(keep=["backlog"]))


def test_provenance_and_its_precedence(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    model = workspace.registry.model(saturday)
    # A bare id is completed from the registry.
    run = workspace.run(model, seed=1, provenance=SATURDAY)
    assert run.run.provenance["template_id"] == "checkout-service"
    stored = workspace.registry.get(run).provenance
    assert (
        stored is not None and stored["links"]["model_artifact"] == f"models/{SATURDAY}/v1" and "received_at" in stored
    )
    spec = workspace.registry.read_file(run, "spec.yaml")
    assert b"provenance" not in spec
    # What is given wins, and says so.
    own = ft.Model.from_yaml(model.to_yaml() + "provenance: {model_id: other_1}\n")
    with pytest.warns(ft.FlowtimeWarning, match="FT1003|the document says `other_1`"):
        assert workspace.run(own, provenance=saturday).model_id == SATURDAY
    with pytest.warns(ft.FlowtimeWarning, match="the document says `other_1`"):
        told = own.compile().run(provenance={"modelId": SATURDAY, "note": 1})
    assert told.provenance == {"model_id": SATURDAY, "note": 1}
    assert own.compile().run().provenance == {"model_id": "other_1"}
    assert own.compile().run(provenance="other_1").provenance == {"model_id": "other_1"}
    assert model.compile().run().provenance is None
    # It changes no result.
    assert (told["line"] == model.compile().run()["line"]).all()
    for wrong in (3, ["a"], object()):
        with pytest.raises(ft.ArgumentTypeError, match="`provenance`"):
            model.compile().run(provenance=wrong)  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentError, match="must be a text"):
        model.compile().run(provenance={"model_id": 3})


def test_derive_compare_and_trace(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    six = workspace.derive(saturday, regular_tills=6, name="Six tills")
    assert workspace.parameters_of(six) == workspace.parameters_of(saturday) | {"regular_tills": 6}
    assert workspace.parameter_form(six)["properties"]["regular_tills"]["default"] == 6
    assert workspace.parameter_form("checkout-service") == ft.Template("checkout-service").parameter_form()
    a, b = workspace.run(saturday, seed=1), workspace.run(six, seed=1)
    comparison = workspace.compare(a, b)
    assert not comparison.identical and not comparison.same_model
    line = comparison.series["line"]
    apart = np.abs(b["line"] - a["line"])
    assert line.max_absolute == apart.max() and line.mean_absolute == pytest.approx(apart.mean(), rel=1e-12)
    assert line.first_different_bin == int(np.flatnonzero(apart)[0])
    assert comparison.series["arrivals"].different_bins == 0
    assert {d.name: (d.a, d.b) for d in comparison.parameters}["parameters.regular_tills"] == (4, 6)
    assert workspace.compare(a, workspace.run(saturday, seed=1)).identical
    trace = workspace.trace(b)
    assert trace.derived_from == f"models/{SATURDAY}/v1" and "Six tills" in trace._repr_html_()
    with pytest.raises(ft.ArgumentError, match="was not made from a template"):
        workspace.derive(workspace.add_model(ft.Model.from_yaml(QUEUE)), staff=3)


def test_bundles(workspace: ft.Workspace, saturday: ft.ModelRef, tmp_path: Path) -> None:
    here = workspace.run(saturday, seed=1, deterministic=True)
    for form, name in (("yaml", f"model-{SATURDAY}.yaml"), ("zip", f"model-{SATURDAY}.zip")):
        bundle = workspace.export_bundle(saturday, tmp_path, form=form)  # type: ignore[arg-type]
        assert bundle == tmp_path / name
        again = workspace.export_bundle(saturday, tmp_path / f"again.{form}")
        assert again.read_bytes() == bundle.read_bytes()
        elsewhere = ft.Workspace(tmp_path / form)
        stored = elsewhere.import_bundle(bundle)
        assert stored == elsewhere.import_bundle(bundle.read_bytes()) and not stored.existed
        assert (stored.model_id, stored.version, stored.model_hash) == (SATURDAY, 1, saturday.model_hash)
        there = elsewhere.run(stored, seed=1, deterministic=True)
        assert there.run_id == here.run_id
        assert all(there[name].tobytes() == here[name].tobytes() for name in here)
        assert elsewhere.registry.list(tags=["plan"]).ids == (SATURDAY,)
    shorter = workspace.export_bundle(saturday, tmp_path / "day.yaml", grid=ft.Grid(12, 5, "minutes"), outputs=["line"])
    assert ft.Workspace(tmp_path / "x").import_bundle(shorter).model_hash != saturday.model_hash


def test_hostile_bundles(workspace: ft.Workspace, saturday: ft.ModelRef, tmp_path: Path) -> None:
    good = workspace.export_bundle(saturday, tmp_path / "good.zip")
    bad = tmp_path / "bad.zip"
    for name in ("../escaped.yaml", "/etc/escaped", "assets/../../x", "C:\\x"):
        with zipfile.ZipFile(good) as read, zipfile.ZipFile(bad, "w") as write:
            for entry in read.infolist():
                write.writestr(entry, read.read(entry))
            write.writestr(name, "x")
        with pytest.raises(ft.ArgumentError):
            workspace.import_bundle(bad)
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as write:
        write.writestr("zeros", bytes(100 << 20))
    with pytest.raises(ft.ArgumentError, match="MiB"):
        workspace.import_bundle(bad)
    with zipfile.ZipFile(good) as read, zipfile.ZipFile(bad, "w") as write:
        for entry in read.infolist():
            text = read.read(entry)
            write.writestr(entry, text + b" " if entry.filename.endswith("catalog.json") else text)
    with pytest.raises(ft.FlowtimeError):
        workspace.import_bundle(bad)
    assert workspace.registry.list(kind="model").total == 1
    assert not (tmp_path / "escaped.yaml").exists()
    with pytest.raises(FileNotFoundError):
        workspace.import_bundle(tmp_path / "nobody.zip")
    with pytest.raises(ft.ModelError):
        workspace.import_bundle(b"")


def test_telemetry(workspace: ft.Workspace, tmp_path: Path) -> None:
    file = tmp_path / "january.csv"
    file.write_text("day,calls\nMon,3\nTue,4\n")
    stored = workspace.import_telemetry(file)
    assert (stored.series, stored.bins, stored.left_out) == (("calls",), 2, ("day",))
    source = stored.source("calls")
    model = ft.Model.from_yaml(f"""
schemaVersion: 1
grid: {{bins: 2, binSize: 1, binUnit: days}}
nodes: [{{id: load, kind: const, source: '{source}'}}, {{id: twice, kind: expr, expr: load * 2}}]
""")
    assert workspace.run(model)["twice"].tolist() == [6, 8]
    assert workspace.run(workspace.add_model(model, name="Calls"))["twice"].tolist() == [6, 8]
    assert workspace.import_telemetry(file).existed
    with pytest.raises(ft.UnknownNameError, match="did you mean `calls`"):
        stored.source("call")
    with pytest.raises(ft.ArgumentError, match="no column `dy`"):
        workspace.import_telemetry(file, columns=["dy"])
    with pytest.raises(ft.NotFoundError):
        workspace.import_telemetry(tmp_path / "nobody.csv")


def test_verify(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    report = workspace.verify(saturday)
    assert report.valid and report.score == 1
    labels = workspace.registry.get(saturday).labels
    assert labels["verification"]["tier"] == "analyse"


def test_finding_and_labelling(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    registry = workspace.registry
    workspace.new_model("supply-chain", name="Winter", owner="operations")
    run = workspace.run(saturday)
    assert registry.list().total == 3 and len(registry.list(limit=2)) == 2
    assert registry.list(limit=1, offset=1, sort="title").offset == 1
    assert registry.list(sort="title", descending=True)[0].title == "Winter"
    assert registry.list(owner="operations").ids == registry.list(name="WINTER").ids
    assert registry.list(capabilities=["executable"]).total == 2
    assert registry.list(model_hash=saturday.model_hash, kind="run").ids == (run.run_id,)
    counts = registry.counts()
    assert (counts.total, counts.by_kind, counts.by_tag["plan"]) == (3, {"model": 2, "run": 1}, 1)
    card = registry.update_labels(saturday, title="Saturday in March", add_tags=["march"], remove_tags=["plan"])
    assert card.title == "Saturday in March" and "march" in card.tags and "plan" not in card.tags
    assert registry.get(card).labels["title"] == "Saturday in March"
    assert registry.metadata(saturday)["files"]
    for wrong, words in (
        ({"kind": "modl"}, "`kind` is `modl`"),
        ({"sort": "size"}, "`sort` is `size`"),
        ({"created_from": "yesterday"}, "`created_from` must be a time"),
    ):
        with pytest.raises(ft.ArgumentError, match=words):
            registry.list(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ft.ArgumentTypeError, match="`tags` must be a list"):
        registry.list(tags=3)  # type: ignore[arg-type]


def test_deleting(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    registry = workspace.registry
    run = workspace.run(saturday)
    with pytest.raises(ft.ConflictError, match="in use by 1"):
        registry.delete(saturday)
    assert registry.delete(run).ids == (run.run_id,)
    assert registry.delete(saturday).ids == (SATURDAY,) and registry.list().total == 0
    assert set(registry.trashed()) == {f"models/{SATURDAY}/v1", f"runs/{run.run_id}"}
    with pytest.raises(ft.NotFoundError):
        registry.get(saturday)
    assert registry.restore(saturday).ids == (SATURDAY,) and registry.restore(run).ids == (run.run_id,)
    assert registry.prune(unused=True).ids == () and registry.prune().ids == ()
    assert registry.prune(kind="run", older_than=dt.timedelta(days=1)).ids == ()
    with pytest.raises(ft.ArgumentError, match="`older_than`"):
        registry.prune(older_than=-1)
    registry.delete(run)
    assert registry.prune(unused=True, dry_run=True).ids == registry.prune(unused=True).ids == (SATURDAY,)
    assert registry.empty_trash() == 2 and registry.trashed() == ()


def test_damage_is_named(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    registry = workspace.registry
    assert registry.status().healthy and registry.validate() and registry.validate(saturday).checked == 1
    file = saturday.artifact_path / "model.yaml"
    file.write_bytes(file.read_bytes().replace(b"Saturday", b"saturday"))
    found = registry.validate()
    assert not found and found.problems[0].path == f"models/{SATURDAY}/v1" and "model.yaml" in found.problems[0].message
    for read in (lambda: registry.model(saturday), lambda: workspace.run(saturday), lambda: workspace.verify(saturday)):
        with pytest.raises(ft.IntegrityError, match=r"model\.yaml"):
            read()
    (workspace.root / "registry-index.json").unlink(missing_ok=True)
    (workspace.root / "registry-index.log").unlink(missing_ok=True)
    assert ft.Registry(workspace.root).list().ids == (SATURDAY,)
    assert registry.sync().total == 1 and registry.resync(SATURDAY).ids == registry.scan().ids


def test_a_root_that_cannot_be_written(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.write_text("x")
    with pytest.raises(ft.StorageError) as caught:
        ft.Workspace(root).new_model("checkout-service")
    assert isinstance(caught.value, OSError) and caught.value.help


HOSTILE = ["../x", "/etc/passwd", "a/../b", "a\0b", "x" * 300, "con", "NUL.txt", "", "..", "a b", "\ud800", "registry:"]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names(workspace: ft.Workspace, saturday: ft.ModelRef, name: str) -> None:
    registry = workspace.registry
    before = sorted(workspace.root.parent.rglob("*"))
    for call in (
        registry.get,
        registry.model,
        registry.run,
        registry.delete,
        registry.restore,
        registry.trace,
        registry.resync,
        workspace.run,
        workspace.derive,
        workspace.verify,
        workspace.export_bundle,
        lambda name: workspace.compare(name, name),
        lambda name: registry.read_file(saturday, name),
    ):
        with pytest.raises(ft.FlowtimeError):
            call(name)
    try:
        stored = registry.put_model(ft.Model.from_yaml(QUEUE), name=name)
    except ft.FlowtimeError:
        assert sorted(workspace.root.parent.rglob("*")) == before
    else:
        assert stored.artifact_path.parent.parent == workspace.root / "models"


@pytest.mark.parametrize("thing", [3, None, ["a"], object(), b"a"])
def test_what_is_no_reference(workspace: ft.Workspace, thing: object) -> None:
    with pytest.raises(ft.ArgumentTypeError, match="must be an id or something stored"):
        workspace.registry.get(thing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": 3}, "`name` must be a text"),
        ({"tags": [3]}, "`tags` must be a list of texts"),
        ({"owner": ["a"]}, "`owner` must be a text"),
        ({"version": 0}, "`version` must be from 1"),
        ({"version": "1"}, "`version` must be a whole number"),
        ({"folder": 3}, "`folder` must be the name of a folder"),
        ({"name": "\ud800"}, "half of a surrogate pair"),
        ({"provenance": 3}, "`provenance` must be"),
    ],
)
def test_arguments_that_are_refused(workspace: ft.Workspace, arguments: dict[str, object], words: str) -> None:
    with pytest.raises((ft.ArgumentError, ft.ArgumentTypeError), match=words):
        workspace.add_model(ft.Model.from_yaml(QUEUE), **arguments)  # type: ignore[arg-type]
    assert not workspace.root.exists()


def test_a_model_and_an_id_or_neither(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    for call in (
        lambda: workspace.run(saturday, model_id=saturday),
        lambda: workspace.run(ft.Model.from_yaml(QUEUE), model_id=saturday),
        workspace.run,
    ):
        with pytest.raises(ft.ArgumentError, match="give one of the two"):
            call()
    with pytest.raises(ft.NotFoundError, match=f"did you mean `{SATURDAY}`"):
        workspace.run("saturday_0b652dff1270")


def put(root: Path, writer: int, count: int, barrier: object) -> None:
    registry = ft.Registry(root)
    template = ft.Template("transportation-hub")
    for number in range(count):
        made = template.generate(seed=1000 * writer + number, name=f"Hub {writer}")
        assert not registry.put_model(made, preview=False).existed


def test_eight_processes_at_once(tmp_path: Path) -> None:
    writers, each = 8, 5
    start = multiprocessing.get_context("spawn")
    workers = [start.Process(target=put, args=(tmp_path, writer, each, None)) for writer in range(writers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(300)
        assert worker.exitcode == 0
    registry = ft.Registry(tmp_path)
    assert registry.list(kind="model").total == writers * each
    assert registry.status().healthy and registry.validate()


def test_eight_threads_at_once(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    runs: list[ft.StoredRun] = []
    problems: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            runs.append(workspace.run(saturday, seed=seed))
            workspace.registry.update_labels(saturday, add_tags=[f"seed-{seed}"])
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems and len({run.run_id for run in runs}) == 8
    assert workspace.registry.get(saturday).run_count == 8
    assert len([tag for tag in workspace.registry.get(saturday).card.tags if tag.startswith("seed-")]) == 8


def test_a_run_that_is_stopped_is_not_stored(workspace: ft.Workspace) -> None:
    class Stop(Exception):
        pass

    def stop(done: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        workspace.run(ft.Model.from_yaml(SLOW), progress=stop)
    assert workspace.registry.list().total == 0


def test_limits(workspace: ft.Workspace) -> None:
    with pytest.raises(ft.LimitError):
        workspace.run(ft.Model.from_yaml(RANDOM), limits={"operations": 1})
    with pytest.raises(ft.LimitError):
        workspace.run(ft.Model.from_yaml(SLOW, limits={"operations": 10}))


def pages(workspace: ft.Workspace, saturday: ft.ModelRef) -> Iterator[object]:
    registry = workspace.registry
    run = workspace.run(saturday)
    yield from (workspace, registry, saturday, run, registry.get(saturday), registry.get(run), registry.list())
    yield from (registry.list(name="nobody"), registry.list()[0], registry.counts(), registry.status(), registry.sync())
    yield from (registry.validate(), workspace.trace(run), workspace.compare(run, run))
    (saturday.artifact_path / "catalog.json").write_text("{}")
    yield from (registry.status(), registry.validate(), registry)


def test_what_it_looks_like(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    assert "no models yet" in ft.Workspace(workspace.root / "empty")._repr_html_()
    workspace.registry.update_labels(saturday, title="<script>alert(1)</script>", add_tags=["<b>bold</b>"])
    for thing in pages(workspace, saturday):
        page = thing._repr_html_()  # type: ignore[attr-defined]
        assert 'class="flowtime"' in page and "<script>" not in page and "<b>bold" not in page
        assert repr(thing)


def test_handed_on(workspace: ft.Workspace, saturday: ft.ModelRef) -> None:
    assert pickle.loads(pickle.dumps(workspace)) == workspace
    assert pickle.loads(pickle.dumps(workspace.registry)).list().ids == (SATURDAY,)
    assert pickle.loads(pickle.dumps(saturday)) == saturday
    error = pickle.loads(pickle.dumps(ft.ConflictError("x is taken", "choose another")))
    assert (str(error), error.help) == ("x is taken\nhelp: choose another", "choose another")
    with pytest.raises(AttributeError):
        workspace.root = Path("x")  # type: ignore[misc]
    assert json.loads(workspace.registry.read_file(saturday, "catalog.json"))["id"] == SATURDAY


def test_where_it_is_when_nobody_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWTIME_ARTIFACTS_ROOT", str(tmp_path / "there"))
    assert ft.Workspace().root == ft.Registry().root == tmp_path / "there"
    with pytest.raises(ft.ArgumentTypeError, match="`root`"):
        ft.Registry(3)  # type: ignore[arg-type]
