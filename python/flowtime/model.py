"""What a document says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from flowtime import _native as engine
from flowtime._warn import warn_of
from flowtime.diagnostics import Report, from_json
from flowtime.display import ModelDisplay
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.grid import Grid
from flowtime.limits import Limits, checked_limits
from flowtime.names import Named
from flowtime.plan import Plan
from flowtime.progress import Progress, reporting

__all__ = ["Model", "Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """One named series of a model."""

    id: str
    kind: Literal["const", "expr", "pmf"]
    unit: str | None = None
    """The unit of its numbers, for people."""
    description: str | None = None
    """What it is, for people."""
    expr: str | None = None
    """The formula of an expr node."""
    values: tuple[float, ...] | None = None
    """The numbers of a const node as written or read, or those that a pmf node draws."""
    probabilities: tuple[float, ...] | None = None
    """The probability of each value of a pmf node; they add up to 1."""
    policy: str | None = None
    """How values are laid over the grid, or how a pmf node becomes a series."""
    source: str | None = None
    """Where a const node's values come from, if not from the document: `file.csv#column`."""
    metadata: Any = None
    """Anything else that the document says about the node."""

    @property
    def is_input(self) -> bool:
        """May a run put other values in its place?"""
        return self.kind != "expr"


class Model(ModelDisplay):
    """A model: a time grid, nodes, and what is written out. It never changes.

    Made by `Model.from_yaml`, `Model.from_path`, `Model.from_dict`, or a `ModelBuilder`.

    >>> import flowtime as ft
    >>> model = ft.Model.from_yaml('''
    ... schemaVersion: 1
    ... grid: {bins: 4, binSize: 1, binUnit: hours}
    ... nodes:
    ...   - {id: arrivals, kind: const, values: [10, 30, 20, 0]}
    ...   - {id: capacity, kind: const, values: 15}
    ...   - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + arrivals - capacity)'}
    ... ''')
    >>> model
    Model(3 nodes, 4 bins of 1 hour)
    >>> model.compile().run()["backlog"]
    array([ 0., 15., 20.,  5.])

    Models that say the same are equal, wherever and however they are written down.
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_grid", "_native", "_nodes", "_options")

    _native: engine.Model
    _grid: Grid
    _nodes: Mapping[str, Node] | None

    def __init__(self) -> None:
        """Refused: models come from somewhere."""
        raise ArgumentTypeError(
            "a model is made by `Model.from_yaml`, `Model.from_path`, `Model.from_dict` or a `ModelBuilder`"
        )

    @classmethod
    def _of(cls, native: engine.Model) -> Model:
        model = object.__new__(cls)
        model._native = native
        model._grid = Grid._read(*native.grid)
        model._nodes = None
        return model

    @classmethod
    def from_yaml(
        cls,
        text: str | bytes,
        *,
        name: str = "model",
        folder: str | os.PathLike[str] | None = None,
        ignore_reserved: bool = False,
        limits: Limits | None = None,
    ) -> Model:
        """The model that a YAML (or JSON) document describes.

        The structure and all values are checked; whether names and loops make sense is checked by `compile`.
        Args:
            text: The document.
            name: What it is called in messages.
            folder: Where CSV files are that const nodes name as their `source`. Without it none are read.
            ignore_reserved: Take sections that are reserved for later versions with a warning, not an error.
            limits: How large the model and its runs may be, by the names that messages give:
                `{"nodes": 500_000, "result_bytes": 16 * 2**30}`.

        Raises:
            ModelError: With everything that is wrong with the document.
        """
        if isinstance(text, str):
            if text.endswith((".yaml", ".yml", ".json")) and "\n" not in text:
                raise ArgumentError(f"`{text}` is the name of a file, not a document: `Model.from_path` reads files")
            # What is no text is refused by the engine, with the place.
            document = text.encode("utf-8", "surrogatepass")
        elif isinstance(text, (bytes, bytearray, memoryview)):
            document = bytes(text)
        else:
            raise ArgumentTypeError(
                f"the document is of type `{type(text).__name__}`, not text: "
                "`Model.from_path` reads files, `Model.from_dict` takes dicts"
            )
        model = cls._of(engine.parse(document, _name(name), _place(folder), ignore_reserved, checked_limits(limits)))
        warn_of(from_json(model._native.warnings()), name)
        return model

    @classmethod
    def from_path(
        cls, path: str | os.PathLike[str], *, ignore_reserved: bool = False, limits: Limits | None = None
    ) -> Model:
        """The model in a file.

        CSV files that const nodes name as their `source` are read from its folder. For the options see `from_yaml`.

        Raises:
            OSError: When the file cannot be read.
            ModelError: With everything that is wrong with the document.
        """
        if not isinstance(path, (str, os.PathLike)):
            # `open` would take a number for a file that is open.
            raise ArgumentTypeError(f"`path` is of type `{type(path).__name__}`: give the name of a file")
        if isinstance(path, str) and "\n" in path:
            raise ArgumentError("`path` is a text of several lines, not the name of a file: `Model.from_yaml` reads it")
        most = dict(checked_limits(limits)).get("document_bytes", engine.DOCUMENT_BYTES)
        with open(path, "rb") as file:
            # One more tells that there are too many, without reading them all. No document has more than 4 GiB.
            document = file.read(min(most, 2**32) + 1)
        return cls.from_yaml(
            document,
            name=os.fsdecode(path),
            folder=Path(os.fsdecode(path)).parent,
            ignore_reserved=ignore_reserved,
            limits=limits,
        )

    @classmethod
    def from_dict(
        cls,
        document: Mapping[str, Any],
        *,
        name: str = "model",
        folder: str | os.PathLike[str] | None = None,
        ignore_reserved: bool = False,
        limits: Limits | None = None,
    ) -> Model:
        """The model that a document of dicts, lists, numbers and text describes.

        Numpy arrays and columns of tables may stand for lists, and dates for text. Messages point into the
        document as `to_yaml` would write it. For the options see `from_yaml`.

        >>> import flowtime as ft
        >>> ft.Model.from_dict({
        ...     "schemaVersion": 1,
        ...     "grid": {"bins": 2, "binSize": 1, "binUnit": "days"},
        ...     "nodes": [{"id": "calls", "kind": "const", "values": [3, 1]}],
        ... })
        Model(1 node, 2 bins of 1 day)

        Raises:
            ModelError: With everything that is wrong with the document.
            ArgumentTypeError: When something in it cannot be part of a document.
        """
        model = cls._of(engine.assemble(document, _name(name), _place(folder), ignore_reserved, checked_limits(limits)))
        warn_of(from_json(model._native.warnings()), name)
        return model

    @classmethod
    def _unwritten(cls, document: Mapping[str, Any], limits: Limits | None) -> Model | None:
        """The model of a document with long lists, if there is nothing to say about it."""
        native = engine.assemble_unwritten(document, checked_limits(limits))
        return None if native is None else cls._of(native)

    def compile(self) -> Plan:
        """The plan of this model, to be run as often as wanted.

        Raises:
            ModelError: With every unknown name and every loop without a result.
        """
        return Plan._of(self._native.compile(self._grid), self)

    def validate(self, *, tier: Literal["compile", "analyse"] = "analyse", progress: Progress = None) -> Report:
        """Everything that is found in the model, and how good it looks.

        Args:
            tier: `compile` looks at names and loops, `analyse` also runs the model and looks at its series: for
                values that are not finite, queues below zero, capacities that never suffice.
            progress: See `Plan.run`.

        >>> import flowtime as ft
        >>> report = ft.Model.from_dict({
        ...     "schemaVersion": 1,
        ...     "grid": {"bins": 2, "binSize": 1, "binUnit": "days"},
        ...     "nodes": [{"id": "calls", "kind": "expr", "expr": "cals + 1"}],
        ... }).validate()
        >>> report.valid, report.score, report.diagnostics[0].message
        (False, 0.0, 'no node is called `cals`')
        """
        if tier not in ("compile", "analyse"):
            raise ArgumentError(f"`tier` is {tier!r}: give 'compile' or 'analyse'")
        with reporting(progress, "validating") as report:
            found, text, score = self._native.validate(tier == "analyse", report)
        return Report(from_json(found), score, text)

    @property
    def grid(self) -> Grid:
        """The time grid."""
        return self._grid

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name, in the order of the document."""
        if self._nodes is None:
            nodes = (Node(**entries) for entries in self._native.nodes())
            self._nodes = MappingProxyType(Named("node", ((node.id, node) for node in nodes)))
        return self._nodes

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the nodes that a run may put other values in the place of: const and pmf nodes."""
        return tuple(id for id, kind in self._native.kinds if kind != "expr")

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the `flowtime` command writes out: the names of series and of their files."""
        return MappingProxyType(Named("output", self._native.outputs))

    @property
    def seed(self) -> int | None:
        """The seed that the document gives."""
        return self._native.seed

    @property
    def title(self) -> str | None:
        """The title that `metadata` gives."""
        return self._native.title

    @property
    def metadata(self) -> Any:
        """The `metadata` section, as plain objects."""
        return self._native.metadata

    @property
    def provenance(self) -> Any:
        """The `provenance` section, as plain objects."""
        return self._native.provenance

    @property
    def model_hash(self) -> str:
        """What identifies the computation: equal whenever two models compute the same in the same way."""
        return self._native.model_hash

    def to_yaml(self) -> str:
        """The document that a person would have written; read again, it is an equal model."""
        return self._native.to_yaml()

    if not TYPE_CHECKING:
        # For type checkers there is nothing but what is written here.
        def __getattr__(self, name: str) -> NoReturn:
            hint = ": compile it, `model.compile().run()`" if name == "run" else ""
            raise AttributeError(f"a model has no attribute `{name}`{hint}", name=name, obj=self)

    def __repr__(self) -> str:
        count = len(self._native.kinds)
        nodes = "1 node" if count == 1 else f"{count} nodes"
        title = "" if self.title is None else f"{self.title!r}, "
        return f"Model({title}{nodes}, {self._grid})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return self._native.same_as(other._native)

    def __hash__(self) -> int:
        return hash(self.model_hash)

    # What never changes need not be copied.
    def __copy__(self) -> Model:
        return self

    def __deepcopy__(self, memo: object) -> Model:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (Model._restored, self._native.state())

    @classmethod
    def _restored(
        cls,
        text: str,
        name: str,
        ignore_reserved: bool,
        values: list[tuple[str, list[float]]],
        limits: list[tuple[str, int]],
    ) -> Model:
        # Nobody is warned again.
        return cls._of(engine.restore(text.encode(), name, ignore_reserved, dict(values), limits))


def _name(name: object) -> str:
    """What a document is called, as it can be shown: names of files need not be text."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"`name` is of type `{type(name).__name__}`, not text")
    return name.encode("utf-8", "replace").decode("utf-8")


def _place(folder: object) -> str | None:
    if folder is None:
        return None
    if not isinstance(folder, (str, os.PathLike)):
        raise ArgumentTypeError(f"`folder` is of type `{type(folder).__name__}`: give the name of a folder")
    return os.fsdecode(folder)
