"""Runs that are stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from flowtime import _native as engine
from flowtime.diagnostics import Diagnostic, from_json
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.kept import Entry
from flowtime.names import unknown
from flowtime.plan import Plan
from flowtime.runs import Run

if TYPE_CHECKING:
    from flowtime.model import Model

__all__ = ["StoredRun", "run_of"]


class StoredRun(Mapping[str, NDArray[np.float64]]):
    """A run in the registry: a read-only mapping from its series to numpy arrays. It never changes.

    The series are those that the model writes out. Those of a run that was just made are in memory; others are read
    from their files when they are asked for, and checked against their checksums.

    >>> import flowtime as ft, tempfile
    >>> workspace = ft.Workspace(tempfile.mkdtemp())
    >>> model = workspace.new_model("checkout-service", demand_factor=1.2)
    >>> first, second = workspace.run(model, seed=7), workspace.run(model, seed=7, reuse=True)
    >>> second.outcome, second.run_id == first.run_id
    ('reused', True)
    >>> bool((second["line"] == first["line"]).all())
    True
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_again", "_arrays", "_facts", "_files", "_native", "_run")

    _native: engine.Workspace
    _facts: Mapping[str, Any]
    _run: Run | None
    _again: Callable[[], Run] | None
    _arrays: dict[str, NDArray[np.float64]]
    _files: dict[str, Any] | None

    def __init__(self) -> None:
        """Refused: runs are stored by a workspace or a registry."""
        raise ArgumentTypeError("a stored run is made by `Workspace.run`, `Registry.put_run` or `Registry.run`")

    @classmethod
    def _of(
        cls,
        native: engine.Workspace,
        facts: Mapping[str, Any],
        run: Run | None,
        again: Callable[[], Run] | None = None,
    ) -> StoredRun:
        stored = object.__new__(cls)
        stored._native = native
        stored._facts = facts
        # An equal run that was there has the same bits.
        stored._run = run
        stored._again = again
        stored._arrays = {}
        stored._files = None
        return stored

    @classmethod
    def _read(cls, native: engine.Workspace, entry: Entry) -> StoredRun:
        card = entry.card
        if card.kind != "run":
            raise ArgumentError(f"`{card.id}` is a {card.kind}, not a run")
        manifest = json.loads(native.read_file(card.reference, "manifest.json"))
        facts = {
            "run_id": card.id,
            "path": str(entry.path),
            "catalog_url": card.reference,
            "model_id": card.model_id,
            "model_hash": card.model_hash,
            "seed": manifest["seed"],
            "outcome": "reused",
            "warnings": None,
            "was_duplicate_of": None,
            "pending": False,
        }
        return cls._of(native, facts, None)

    @property
    def run_id(self) -> str:
        """Its id."""
        return str(self._facts["run_id"])

    @property
    def path(self) -> Path:
        """Its folder."""
        return Path(self._facts["path"])

    @property
    def catalog_url(self) -> str:
        """`registry:runs/<id>`, which whatever looks for a run accepts."""
        return str(self._facts["catalog_url"])

    @property
    def model_id(self) -> str | None:
        """The model, when its provenance says which it is."""
        id: str | None = self._facts["model_id"]
        return id

    @property
    def model_hash(self) -> str:
        """What identifies the computation."""
        return str(self._facts["model_hash"])

    @property
    def seed(self) -> int:
        """The seed that was used."""
        return int(self._facts["seed"])

    @property
    def outcome(self) -> Literal["written", "reused", "replaced"]:
        """Is it new, was it there already, or did it take the place of one that was damaged?"""
        outcome: Literal["written", "reused", "replaced"] = self._facts["outcome"]
        return outcome

    @property
    def was_duplicate_of(self) -> str | None:
        """The earlier run of the same computation, seed and inputs."""
        id: str | None = self._facts["was_duplicate_of"]
        return id

    @property
    def pending(self) -> bool:
        """Could the index not be told yet?"""
        return bool(self._facts["pending"])

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is worth knowing; of a run that was there already, empty."""
        return from_json(json.dumps(self._facts["warnings"] or []))

    @property
    def manifest(self) -> dict[str, Any]:
        """The document `manifest.json`: model, seed, overrides, engine, provenance, series, warnings."""
        document: dict[str, Any] = json.loads(self._native.read_file(self.catalog_url, "manifest.json"))
        return document

    @property
    def run(self) -> Run:
        """The run with all its tables and pictures.

        Of a run that was stored earlier it is computed once more: same model, seed and inputs, same bits.

        Raises:
            ArgumentError: When series were put in the place of inputs by somebody else: only their checksums are kept.
        """
        if self._run is None:
            self._run = _computed(self._native, self) if self._again is None else self._again()
        return self._run

    @property
    def model(self) -> Model:
        """The model that was run, as it is stored with the run."""
        from flowtime.model import Model

        spec = self._native.read_file(self.catalog_url, "spec.yaml")
        return Model._of(engine.parse(spec, f"{self.run_id}/spec.yaml", None, True, []))

    def to_csv(self) -> str:
        """All series as one table: `bin_index` and a column a series, as telemetry is imported."""
        return self._native.binned_run(self.catalog_url)

    def _index(self) -> dict[str, Any]:
        """Of each series its entry in `series/index.json`."""
        if self._files is None:
            index = json.loads(self._native.read_file(self.catalog_url, "series/index.json"))
            files: dict[str, Any] = {}
            for entry in index["series"]:
                files.setdefault(entry["id"], entry)
            self._files = files
        return self._files

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        index = self._index()
        if not isinstance(name, str) or name not in index:
            raise unknown("series", name, index)
        if self._run is not None:
            return self._run[name]
        if name not in self._arrays:
            text = self._native.read_file(self.catalog_url, index[name]["path"]).decode()
            values = np.array([float(line.partition(",")[2]) for line in text.splitlines()[1:]])
            values.flags.writeable = False
            self._arrays[name] = values
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index())

    def __len__(self) -> int:
        return len(self._index())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._index()

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __str__(self) -> str:
        return self.run_id

    def __repr__(self) -> str:
        return f"StoredRun({self.run_id!r}, seed {self.seed}, {self.outcome})"

    def _repr_html_(self) -> str:
        from flowtime import html_kept

        return html_kept.stored_run(self)

    def __eq__(self, other: object) -> bool:
        # As a mapping it would compare arrays, which have no one answer.
        return isinstance(other, StoredRun) and self.path == other.path

    def __hash__(self) -> int:
        return hash((StoredRun, self.path))


def _computed(native: engine.Workspace, stored: StoredRun) -> Run:
    overrides = stored.manifest["overrides"]
    numbers: dict[str, float] = {}
    for node, value in overrides.items():
        if isinstance(value, dict):
            raise ArgumentError(
                f"`{stored.run_id}` was run with a series in the place of `{node}`, of which only the checksum is "
                "kept: run `StoredRun.model` with it"
            )
        numbers[node] = float(value)
    model = stored.model
    return model.compile().run(seed=stored.seed, inputs=numbers, keep=list(stored))


def run_of(native: engine.Run) -> Run:
    """A run of the engine with its plan and model."""
    from flowtime.model import Model

    model = Model._of(native.model)
    return Run._of(native, Plan._of(native.plan(model.grid), model))
