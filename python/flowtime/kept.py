"""What a registry answers: cards, entries, lists, and how it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from flowtime.exceptions import ArgumentTypeError, NotFoundError
from flowtime.expression import described
from flowtime.names import unknown

if TYPE_CHECKING:
    from flowtime.template import Template

__all__ = [
    "Card",
    "Cards",
    "Comparison",
    "Counts",
    "Entry",
    "ModelRef",
    "ParameterDifference",
    "Problem",
    "SeriesDifference",
    "Shelf",
    "Status",
    "Synced",
    "TelemetryRef",
    "Trace",
    "Validation",
    "reference_of",
]

T = TypeVar("T")
Kind = Literal["model", "run", "telemetry"]


def read(cls: type[T], document: Mapping[str, Any]) -> T:
    """A data class from the members of a document that it knows."""
    names = {entry.name for entry in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: value for name, value in document.items() if name in names})


class _Shown:
    """Shows itself in notebooks as `flowtime.html_kept` has it."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from flowtime import html_kept

        return html_kept.page(self)


@dataclass(frozen=True, slots=True)
class Card(_Shown):
    """An artifact as lists show it."""

    id: str
    version: int
    """Of a model; 1 for everything else."""
    kind: Kind
    title: str
    created: str
    """When it was made, in UTC: `2026-01-05T10:00:00Z`."""
    path: str
    """Its folder, below the root."""
    description: str = ""
    source: str | None = None
    """What made it."""
    tags: tuple[str, ...] = ()
    owner: str | None = None
    template_id: str | None = None
    template_version: str | None = None
    model_id: str | None = None
    """The model of a run."""
    model_version: int | None = None
    capabilities: tuple[str, ...] = ()
    """What can be done with it: `executable`, `parameterizable`, `validatable`."""
    validation_score: float | None = None
    model_hash: str | None = None
    inputs_hash: str | None = None

    @property
    def reference(self) -> str:
        """How every `get` finds it: `registry:models/<id>/v<n>`."""
        return f"registry:{self.path}"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}{f' v{self.version}' if self.kind == 'model' else ''}"

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> Card:
        lists = {name: tuple(document.get(name, ())) for name in ("tags", "capabilities")}
        return read(cls, {**document, **lists, "kind": document["type"]})


class Cards(_Shown, Sequence[Card]):
    """A list of cards, perhaps a part of a longer one."""

    __module__ = "flowtime"
    __slots__ = ("_cards", "offset", "total")

    total: int
    """How many there are in all."""
    offset: int
    """How many come before these."""

    def __init__(self, cards: Iterable[Card], total: int | None = None, offset: int = 0) -> None:
        self._cards = tuple(cards)
        self.total = len(self._cards) if total is None else total
        self.offset = offset

    @overload
    def __getitem__(self, index: int) -> Card: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Card, ...]: ...
    def __getitem__(self, index: int | slice) -> Card | tuple[Card, ...]:
        return self._cards[index]

    def __len__(self) -> int:
        return len(self._cards)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(card.id for card in self._cards)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cards):
            return NotImplemented
        return (self._cards, self.total, self.offset) == (other._cards, other.total, other.offset)

    def __hash__(self) -> int:
        return hash((self._cards, self.total, self.offset))

    def __repr__(self) -> str:
        more = f", {self.total} in all" if self.total != len(self) else ""
        return f"Cards({', '.join(map(str, self._cards))}{more})"


@dataclass(frozen=True, slots=True)
class Entry(_Shown):
    """An artifact with what its folder and other artifacts say of it."""

    card: Card
    catalog: Mapping[str, Any]
    """What it was made as: the document `catalog.json`."""
    labels: Mapping[str, Any]
    """What is said of it now: title, description, tags, owner, visibility, verification."""
    provenance: Mapping[str, Any] | None
    """Where it came from."""
    versions: tuple[int, ...]
    """Of a model, those that are stored."""
    generates: tuple[str, ...]
    """The runs of a model."""
    run_count: int
    path: Path
    """Its folder."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.card.id

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> Entry:
        lists = {name: tuple(document[name]) for name in ("versions", "generates")}
        return read(cls, {**document, **lists, "card": Card._of(document["card"]), "path": Path(document["path"])})


@dataclass(frozen=True, slots=True)
class Counts(_Shown):
    """How many there are."""

    total: int
    by_kind: Mapping[str, int]
    by_template: Mapping[str, int]
    by_tag: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be, and what to do about it."""

    path: str
    """Where it is, below the root."""
    message: str
    help: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message} ({self.help})"


def problems(documents: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    """Problems of a document."""
    return tuple(read(Problem, document) for document in documents)


@dataclass(frozen=True, slots=True)
class Status(_Shown):
    """How the index of a registry and its folders agree."""

    registered: int
    by_kind: Mapping[str, int]
    unregistered: int
    """What can be read and the index does not know."""
    orphaned: int
    """What the index knows and has no folder."""
    failed: int
    """What has a folder that cannot be read."""
    pending: int
    """What was stored while the index could not be told."""
    trashed: int
    last_scan: str | None
    average_ms: Mapping[str, float]
    """How long operations took on average."""
    problems: tuple[Problem, ...]

    @property
    def healthy(self) -> bool:
        """Is everything as it should be?"""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Synced(_Shown):
    """What was changed so that the index says what the folders hold."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    total: int
    failed: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Validation(_Shown):
    """What a check of every byte found."""

    checked: int
    valid: int
    problems: tuple[Problem, ...]

    def __bool__(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Trace(_Shown):
    """From a run, or a model, back to what it was made of."""

    run: Card | None
    model: Card | None
    template: Mapping[str, Any] | None
    """`id`, `version`, and `hash` when the stored model tells."""
    parameters: Mapping[str, Any] | None
    """All that the model was made with."""
    derived_from: str | None
    """The model that it varies, as `models/<id>/v<n>`."""
    provenance: Mapping[str, Any] | None
    gaps: tuple[str, ...]
    """What is not known, and why."""

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> Trace:
        cards = {name: None if document[name] is None else Card._of(document[name]) for name in ("run", "model")}
        return read(cls, {**document, **cards, "gaps": tuple(document["gaps"])})


@dataclass(frozen=True, slots=True)
class SeriesDifference:
    """What differs in a series of two runs."""

    id: str
    bins: int
    """How many were compared."""
    different_bins: int
    first_different_bin: int | None
    max_absolute: float
    mean_absolute: float
    max_relative: float
    """`|b - a| / max(|a|, |b|)`."""
    mean_relative: float


@dataclass(frozen=True, slots=True)
class ParameterDifference:
    """Something that was chosen differently for two runs."""

    name: str
    """`parameters.<name>`, `overrides.<node>`, `seed`, `template_id`, `template_version` or `model_id`."""
    a: Any
    b: Any


@dataclass(frozen=True, slots=True)
class Comparison(_Shown):
    """What differs between two runs."""

    run_a: str
    run_b: str
    same_model: bool
    """Did both compute the same, by their `model_hash`?"""
    identical: bool
    """Is every series the same in every bin?"""
    series: Mapping[str, SeriesDifference]
    """Of each series that both have."""
    only_in_a: tuple[str, ...]
    only_in_b: tuple[str, ...]
    parameters: tuple[ParameterDifference, ...]

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> Comparison:
        series = {}
        for entry in document["series"]:
            numbers = {f"{of}_{kind}": entry[kind][of] for kind in ("absolute", "relative") for of in ("max", "mean")}
            # JSON has no infinities.
            finite = {name: float("inf") if number is None else number for name, number in numbers.items()}
            series[entry["id"]] = read(SeriesDifference, {**entry, **finite})
        parameters = tuple(read(ParameterDifference, entry) for entry in document["parameters"])
        lists = {name: tuple(document[name]) for name in ("only_in_a", "only_in_b")}
        return read(cls, {**document, **lists, "series": series, "parameters": parameters})


@dataclass(frozen=True, slots=True)
class ModelRef(_Shown):
    """A stored model."""

    model_id: str
    version: int
    artifact_path: Path
    """Its folder."""
    catalog_url: str
    """`registry:models/<id>/v<n>`, which whatever looks for a model accepts."""
    title: str
    model_hash: str
    inputs_hash: str | None
    existed: bool = field(compare=False)
    """Was the same model stored before?"""
    pending: bool = field(compare=False)
    """Could the index not be told yet?"""

    def __str__(self) -> str:
        return self.model_id

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> ModelRef:
        return read(cls, {**document, "artifact_path": Path(document["artifact_path"])})


@dataclass(frozen=True, slots=True)
class TelemetryRef(_Shown):
    """Stored telemetry."""

    id: str
    path: Path
    catalog_url: str
    series: tuple[str, ...]
    bins: int
    left_out: tuple[str, ...]
    """Columns of the file that are no numbers."""
    existed: bool = field(compare=False)
    pending: bool = field(compare=False)

    def source(self, series: str) -> str:
        """What a const node writes as its `source` to have a series of it.

        Raises:
            UnknownNameError: When there is no such series.
        """
        if series not in self.series:
            raise unknown("series", series, self.series)
        return f"telemetry:{self.id}#{series}"

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> TelemetryRef:
        lists = {name: tuple(document[name]) for name in ("series", "left_out")}
        return read(cls, {**document, **lists, "path": Path(document["path"])})


class Shelf(_Shown, Mapping[str, "Template"]):
    """Templates by id."""

    __slots__ = ("_templates",)

    def __init__(self, templates: Iterable[tuple[str, Template]]) -> None:
        self._templates = dict(templates)

    def __getitem__(self, id: str) -> Template:
        try:
            return self._templates[id]
        except (KeyError, TypeError):
            raise NotFoundError(str(unknown("template", id, self._templates))) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._templates)

    def __len__(self) -> int:
        return len(self._templates)

    def __repr__(self) -> str:
        return f"templates: {', '.join(self._templates)}"


def reference_of(artifact: object, name: str = "reference") -> str:
    """How an artifact is called that is given by its id, or by what stands for it."""
    if isinstance(artifact, Entry):
        artifact = artifact.card
    if isinstance(artifact, Card):
        return artifact.reference
    url = artifact if isinstance(artifact, str) else getattr(artifact, "catalog_url", None)
    if isinstance(url, str):
        # What cannot be encoded is no id; it is shown as far as it can be.
        return url.encode("utf-8", "replace").decode()
    raise ArgumentTypeError(f"`{name}` must be an id or something stored, not {described(artifact)}")
