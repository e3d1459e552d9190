"""The registry: models, runs and telemetry in a folder, found again and traced back."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from flowtime import _native as engine
from flowtime.checked import path, text, texts, whole
from flowtime.exceptions import ArgumentTypeError
from flowtime.expression import described
from flowtime.grid import Start, moment_text
from flowtime.kept import (
    Card,
    Cards,
    Counts,
    Entry,
    Kind,
    ModelRef,
    Status,
    Synced,
    Trace,
    Validation,
    problems,
    read,
    reference_of,
)
from flowtime.model import Model
from flowtime.provenance import Provenance, provenance_of
from flowtime.runs import Run
from flowtime.storing import StoredRun
from flowtime.template import Generated

__all__ = ["Registry"]


class Registry:
    """Everything that was stored in a folder: it keeps, finds and traces, and computes nothing.

    Any number of registries, in any number of processes, may use the same folder at once. Nothing is created before
    something is stored. An artifact is named by its id, by `models/<id>/v<n>`, by a `registry:` reference, or by what
    stands for it: a `ModelRef`, a `StoredRun`, a `Card`, an `Entry`.

    >>> import flowtime as ft, tempfile
    >>> registry = ft.Registry(tempfile.mkdtemp())
    >>> made = ft.Template("checkout-service").generate(demand_factor=1.2, name="Saturday")
    >>> stored = registry.put_model(made, tags=["peak"])
    >>> run = registry.put_run(made.model.compile().run(seed=1), provenance=stored)
    >>> registry.list(tags=["peak"]).ids
    ('saturday_0b652dff127f',)
    >>> registry.trace(run).parameters["demand_factor"]
    1.2
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_native")

    _native: engine.Workspace

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        """The registry in a folder, which need not exist yet.

        Without one: that which `FLOWTIME_ARTIFACTS_ROOT` names, else `FLOWTIME_DATA_DIR`, else `./data`.
        """
        self._open(engine.workspace(path(root, "root", "folder")))

    def _open(self, native: engine.Workspace) -> None:
        object.__setattr__(self, "_native", native)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"`{name}` cannot be set: a registry is changed by its methods", name=name, obj=self)

    @classmethod
    def _of(cls, native: engine.Workspace) -> Registry:
        registry = object.__new__(cls)
        registry._open(native)
        return registry

    @property
    def root(self) -> Path:
        """The folder."""
        return self._native.root

    # Storing

    def put_model(
        self,
        model: Model | Generated,
        *,
        name: str | None = None,
        provenance: Provenance | None = None,
        tags: Iterable[str] = (),
        owner: str | None = None,
        version: int | None = None,
        preview: bool = True,
        folder: str | os.PathLike[str] | None = None,
    ) -> ModelRef:
        """Stores a model as the next version of its id; the same bytes are stored once.

        Args:
            model: The model, or what a template made.
            name: What it is called. By default the title, or what it was generated as.
            provenance: Where it came from. By default what the model says, or the template that generated it.
            tags: Words to find it by.
            owner: Whose it is.
            version: The version to store it as. By default the next free one.
            preview: Store a picture of the graph with it.
            folder: Where CSV files are that were not read yet.

        Raises:
            ModelError: When it cannot be compiled.
            ConflictError: When the id is that of another model, or the version holds other bytes.
        """
        known: Provenance | None = provenance
        if isinstance(model, Generated):
            known = model if provenance is None else provenance
            name = model.name if name is None else name
            tags = (*model.template.tags, *texts(tags, "tags"))
            model = model.model
        if not isinstance(model, Model):
            raise ArgumentTypeError(f"`model` must be a model or what a template generated, not {described(model)}")
        asked = storing({}, name, tags, owner, version, preview, folder)
        return ModelRef._of(json.loads(self._native.add_model(model._native, provenance_of(known), asked)))

    def put_run(
        self,
        run: Run,
        *,
        provenance: Provenance | None = None,
        deterministic: bool = False,
        parquet: bool = False,
        plot: bool = False,
    ) -> StoredRun:
        """Stores a run that a plan made; nothing is computed.

        Args:
            run: The run, with every series that its model writes out.
            provenance: Where its model came from, or the id of a stored model. By default what the run or the model
                says.
            deterministic: Name it after what it computes: an equal one that is stored is left alone.
            parquet: Also write all series as one Parquet file.
            plot: Also write a picture of the outputs.
        """
        if not isinstance(run, Run):
            raise ArgumentTypeError(f"`run` must be a run, not {described(run)}")
        known = provenance_of(run.provenance if provenance is None else provenance)
        told = self._native.put_run(run._native, known, bool(deterministic), (bool(parquet), False, bool(plot)))
        return StoredRun._of(self._native, json.loads(told), run)

    # Finding and reading

    def get(self, reference: str | ModelRef | StoredRun | Card | Entry) -> Entry:
        """An artifact with everything that is known of it; the newest version of a model, when none is named.

        Raises:
            NotFoundError: When there is none; the message says what may have been meant.
        """
        return Entry._of(json.loads(self._native.get(reference_of(reference))))

    def model(self, reference: str | ModelRef | Card | Entry) -> Model:
        """A stored model, checked against its checksum.

        Raises:
            NotFoundError: When there is none.
            IntegrityError: When its bytes are not those that were written.
        """
        return Model._of(self._native.stored_model(reference_of(reference)))

    def run(self, reference: str | StoredRun | Card | Entry) -> StoredRun:
        """A stored run, whose series are read, and checked, when they are asked for.

        Raises:
            NotFoundError: When there is none.
        """
        return StoredRun._read(self._native, self.get(reference))

    def list(
        self,
        *,
        kind: Kind | None = None,
        source: str | None = None,
        owner: str | None = None,
        capabilities: Iterable[str] = (),
        tags: Iterable[str] = (),
        template_id: str | None = None,
        template_version: str | None = None,
        model_id: str | ModelRef | None = None,
        model_hash: str | None = None,
        name: str | None = None,
        created_from: Start | None = None,
        created_before: Start | None = None,
        sort: Literal["id", "created", "title"] = "id",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> Cards:
        """What fits all conditions that are given. No file of an artifact is opened.

        Args:
            kind: `model`, `run` or `telemetry`.
            source: What made it.
            owner: Whose it is.
            capabilities: All of these can be done with it.
            tags: It has at least one of these.
            template_id: The template behind it.
            template_version: The version of that template.
            model_id: The model of a run, or the model itself.
            model_hash: The computation.
            name: Its title or id contains this, in small or capital letters.
            created_from: It was made at this time or later.
            created_before: It was made before this time.
            sort: In which order.
            descending: The last first.
            offset: How many to leave out at the beginning.
            limit: How many to list at most.
        """
        asked = asking(
            kind, source, owner, capabilities, tags, template_id, template_version, model_id, model_hash, name
        )
        asked |= _times(created_from, created_before)
        asked |= {"sort": text(sort, "sort"), "descending": bool(descending)}
        asked |= {"offset": whole(offset, "offset"), "limit": whole(limit, "limit")}
        page = json.loads(self._native.list(asked))
        return Cards(map(Card._of, page["cards"]), page["total"], page["offset"])

    def counts(
        self,
        *,
        kind: Kind | None = None,
        source: str | None = None,
        owner: str | None = None,
        capabilities: Iterable[str] = (),
        tags: Iterable[str] = (),
        template_id: str | None = None,
        template_version: str | None = None,
        model_id: str | ModelRef | None = None,
        model_hash: str | None = None,
        name: str | None = None,
        created_from: Start | None = None,
        created_before: Start | None = None,
    ) -> Counts:
        """How many fit, by kind, template and tag; for the conditions see `list`."""
        asked = asking(
            kind, source, owner, capabilities, tags, template_id, template_version, model_id, model_hash, name
        )
        asked |= _times(created_from, created_before)
        asked |= {"sort": "id", "descending": False, "offset": 0, "limit": None}
        return read(Counts, json.loads(self._native.counts(asked)))

    def metadata(self, reference: str | ModelRef | StoredRun | Card | Entry) -> dict[str, Any]:
        """An artifact's card with its files and their checksums, to be handed on."""
        document: dict[str, Any] = json.loads(self._native.metadata(reference_of(reference)))
        return document

    def read_file(self, reference: str | ModelRef | StoredRun | Card | Entry, file: str) -> bytes:
        """A file of an artifact, such as `model.yaml`, checked against its checksum.

        Raises:
            NotFoundError: When it has no such file; the message says what may have been meant.
            IntegrityError: When its bytes are not those that were written.
        """
        if not isinstance(file, str):
            raise ArgumentTypeError(f"`file` must be the name of a file, not {described(file)}")
        return self._native.read_file(reference_of(reference), file.encode("utf-8", "replace").decode())

    def trace(self, reference: str | ModelRef | StoredRun | Card | Entry) -> Trace:
        """Follows a run, or a model, back: template, parameters, model, run."""
        return Trace._of(json.loads(self._native.trace(reference_of(reference))))

    # Changing

    def update_labels(
        self,
        reference: str | ModelRef | StoredRun | Card | Entry,
        *,
        title: str | None = None,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        add_tags: Iterable[str] = (),
        remove_tags: Iterable[str] = (),
        owner: str | None = None,
        visibility: str | None = None,
    ) -> Card:
        """Changes what is said of an artifact; what is not given stays. An empty text takes a label away."""
        asked = {
            "title": text(title, "title"),
            "description": text(description, "description"),
            "tags": None if tags is None else texts(tags, "tags"),
            "add_tags": texts(add_tags, "add_tags"),
            "remove_tags": texts(remove_tags, "remove_tags"),
            "owner": text(owner, "owner"),
            "visibility": text(visibility, "visibility"),
        }
        return Card._of(json.loads(self._native.update_labels(reference_of(reference), asked)))

    def delete(self, reference: str | ModelRef | StoredRun | Card | Entry, *, force: bool = False) -> Cards:
        """Moves an artifact to the trash: a version of a model, or all of them when none is named.

        Raises:
            ConflictError: While runs refer to it, unless it is forced.
        """
        return self._cards(self._native.delete(reference_of(reference), bool(force)))

    def restore(self, reference: str | ModelRef | StoredRun | Card | Entry) -> Cards:
        """Takes what was deleted last out of the trash.

        Raises:
            NotFoundError: When nothing of that id lies there.
            ConflictError: When another one has taken its place.
        """
        return self._cards(self._native.restore(reference_of(reference)))

    def trashed(self) -> tuple[str, ...]:
        """What lies in the trash, by the paths where it was."""
        return tuple(self._native.trashed())

    def empty_trash(self) -> int:
        """Removes what lies in the trash for good, and says how much that was."""
        return self._native.empty_trash()

    def prune(
        self,
        *,
        kind: Kind | None = None,
        older_than: dt.timedelta | float | None = None,
        unused: bool = False,
        dry_run: bool = False,
    ) -> Cards:
        """Moves what fits all conditions to the trash, and says what that was.

        Nothing goes unless `older_than` or `unused` is given; a model that a remaining run refers to always stays.

        Args:
            kind: Only of this kind.
            older_than: Only what was made longer ago: a `timedelta`, or seconds.
            unused: Only models that no run refers to.
            dry_run: Only say what would go.
        """
        age = older_than.total_seconds() if isinstance(older_than, dt.timedelta) else older_than
        if isinstance(age, bool) or not (age is None or isinstance(age, (int, float))):
            raise ArgumentTypeError(f"`older_than` must be a timedelta or seconds, not {described(older_than)}")
        asked = {"kind": text(kind, "kind"), "older_than": age, "unused": bool(unused), "dry_run": bool(dry_run)}
        return self._cards(self._native.prune(asked))

    # How it is

    def scan(self) -> Cards:
        """What all folders hold, whatever the index says. For what cannot be read see `status`."""
        found = json.loads(self._native.scan())
        return Cards(map(Card._of, found["cards"]))

    def sync(self) -> Synced:
        """Makes the index say what the folders hold."""
        found = json.loads(self._native.sync())
        lists = {name: tuple(found[name]) for name in ("added", "updated", "removed")}
        return read(Synced, {**found, **lists, "failed": problems(found["failed"])})

    def resync(self, id: str) -> Cards:
        """Reads the folders of one id again and tells the index."""
        return self._cards(self._native.resync(reference_of(id, "id")))

    def status(self) -> Status:
        """How the index and the folders agree; each fault with what to do. Nothing is changed."""
        found = json.loads(self._native.status())
        return read(Status, {**found, "problems": problems(found["problems"])})

    def validate(self, reference: str | ModelRef | StoredRun | Card | Entry | None = None) -> Validation:
        """Checks every byte of every artifact, or of one. What is found is false: `if not registry.validate(): …`."""
        found = json.loads(self._native.validate(None if reference is None else reference_of(reference)))
        return read(Validation, {**found, "problems": problems(found["problems"])})

    def _cards(self, told: str) -> Cards:
        return Cards(map(Card._of, json.loads(told)))

    def __repr__(self) -> str:
        return f"Registry({str(self.root)!r})"

    def _repr_html_(self) -> str:
        from flowtime import html_kept

        return html_kept.registry(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Registry) and self.root == other.root

    def __hash__(self) -> int:
        return hash((Registry, self.root))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Registry, (str(self.root),))


def _times(created_from: Start | None, created_before: Start | None) -> dict[str, str | None]:
    times = {"created_from": created_from, "created_before": created_before}
    return {name: None if time is None else moment_text(time, name) for name, time in times.items()}


def asking(
    kind: str | None,
    source: str | None,
    owner: str | None,
    capabilities: Iterable[str],
    tags: Iterable[str],
    template_id: str | None,
    template_version: str | None,
    model_id: object,
    model_hash: str | None,
    name: str | None,
) -> dict[str, Any]:
    """Conditions, as the engine takes them."""
    return {
        "kind": text(kind, "kind"),
        "source": text(source, "source"),
        "owner": text(owner, "owner"),
        "capabilities": texts(capabilities, "capabilities"),
        "tags": texts(tags, "tags"),
        "template_id": text(template_id, "template_id"),
        "template_version": text(template_version, "template_version"),
        "model_id": model_id.model_id if isinstance(model_id, ModelRef) else text(model_id, "model_id"),
        "model_hash": text(model_hash, "model_hash"),
        "name": text(name, "name"),
    }


def storing(
    parameters: Mapping[str, Any],
    name: str | None,
    tags: Iterable[str],
    owner: str | None,
    version: int | None,
    preview: bool,
    folder: str | os.PathLike[str] | None,
) -> dict[str, Any]:
    """A model to be stored, as the engine takes it."""
    return {
        "parameters": dict(parameters),
        "name": text(name, "name"),
        "tags": texts(tags, "tags"),
        "owner": text(owner, "owner"),
        "version": whole(version, "version", 1),
        "preview": bool(preview),
        "folder": path(folder, "folder", "folder"),
    }
