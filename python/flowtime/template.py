"""Models with parameters, and the models that are made from them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from flowtime import _native as engine
from flowtime._warn import warn_of
from flowtime.checked import path as place
from flowtime.checked import text as checked_text
from flowtime.diagnostics import Report, from_json
from flowtime.document import yaml
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.grid import Start, moment_text
from flowtime.limits import Limits, checked_limits
from flowtime.model import Model
from flowtime.names import Named

__all__ = ["Generated", "Parameter", "Template", "templates"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that can be chosen about the models of a template."""

    name: str
    """What `${name}` stands for."""
    type: Literal["integer", "number", "boolean", "string", "array"]
    title: str | None = None
    description: str | None = None
    unit: str | None = None
    default: Any = None
    """Its value when none is given; `None` when it has no default."""
    required: bool = False
    """Must it be given, whatever the default?"""
    minimum: float | None = None
    """The least number; of an array, of each item."""
    maximum: float | None = None
    """The greatest number; of an array, of each item."""
    choices: tuple[Any, ...] = ()
    """The values that it can have; empty when any."""
    array_of: Literal["integer", "number"] | None = None
    """What an array consists of."""
    min_items: int | None = None
    max_items: int | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.type} = {self.default!r}"


@dataclass(frozen=True, slots=True, eq=False)
class Generated:
    """A model that a template made, and where it came from.

    The same template, version and parameters give the same ids, in whatever order they are given and whether or not a
    default is given explicitly.
    """

    model: Model
    """The model; without its provenance, which changes no result."""
    provenance: Mapping[str, Any]
    """Where it came from: template, version, parameters, when and by what it was made."""
    name: str
    """What people call it."""
    model_id: str
    """The name and the first digits of `inputs_hash`."""
    parameters: Mapping[str, Any]
    """Every parameter with its value, defaults too."""
    inputs_hash: str
    """The same for the same template, version and parameters."""
    template_hash: str
    """The same as long as the template's body does not change."""
    model_hash: str
    """The same for the same computation."""
    logic_hash: str
    """The same for the same grid and nodes, whatever is written out and however seeded."""
    template: Template
    """What made it."""

    def to_yaml(self, *, embed_provenance: bool = False) -> str:
        """The document; with `embed_provenance` it says itself where it came from.

        >>> import flowtime as ft
        >>> text = ft.Template("checkout-service").generate(demand_factor=1.2).to_yaml(embed_provenance=True)
        >>> ft.Model.from_yaml(text).provenance["parameters"]["demand_factor"]
        1.2
        """
        text = self.model.to_yaml()
        # Sections of documents are in any order.
        return text + yaml({"provenance": dict(self.provenance)}) if embed_provenance else text

    def __repr__(self) -> str:
        return f"Generated({self.model_id!r}, {self.model!r})"

    def _repr_html_(self) -> str:
        from flowtime import html_kept

        return html_kept.generated(self)


class Template:
    """A model with parameters, which makes models. It never changes.

    `ft.templates()` lists those that come with flowtime; `Template.from_path` and `Template.from_yaml` read others.

    >>> import flowtime as ft
    >>> template = ft.Template("checkout-service")
    >>> made = template.generate(demand_factor=1.2, name="Saturday")
    >>> made.model_id
    'saturday_0b652dff127f'
    >>> bool(made.model.compile().run(seed=1)["line"].max() > 90)
    True
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_folder", "_native", "_parameters")

    _native: engine.Template
    _folder: str | None
    _parameters: Mapping[str, Parameter]

    def __init__(self, id: str) -> None:
        """The template of that id that comes with flowtime.

        Raises:
            NotFoundError: When there is none; the message says what may have been meant.
        """
        if not isinstance(id, str):
            raise ArgumentTypeError(f"a template is found by its id, not by {described(id)}")
        self._set(engine.shipped_template(id.encode("utf-8", "replace").decode()), None)

    def _set(self, native: engine.Template, folder: str | None) -> None:
        parameters = (Parameter(**entries) for entries in native.parameters())
        object.__setattr__(self, "_native", native)
        object.__setattr__(self, "_folder", folder)
        named = Named("parameter", ((parameter.name, parameter) for parameter in parameters))
        object.__setattr__(self, "_parameters", MappingProxyType(named))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a template never changes: `{name}` cannot be set", name=name, obj=self)

    @classmethod
    def from_yaml(
        cls,
        text: str | bytes,
        *,
        name: str = "template",
        folder: str | os.PathLike[str] | None = None,
        limits: Limits | None = None,
    ) -> Template:
        """The template that a YAML document describes.

        Args:
            text: The document.
            name: What it is called in messages.
            folder: Where CSV files are that const nodes name as their `source`. Without it none are read.
            limits: How large the template and its models may be, see `Model.from_yaml`.

        Raises:
            ModelError: With everything that is wrong with the document: parameters, placeholders, the model in it.

        >>> import flowtime as ft
        >>> desk = ft.Template.from_yaml('''
        ... schemaVersion: 1
        ... metadata: {id: desk, title: A desk, version: 1.0.0}
        ... parameters: [{name: staff, type: integer, default: 2, min: 1, max: 9}]
        ... grid: {bins: 4, binSize: 1, binUnit: hours}
        ... nodes:
        ...   - {id: arrivals, kind: const, values: [9, 12, 6, 3]}
        ...   - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, 4 * ${staff})'}
        ... ''')
        >>> desk.generate().model.compile().run()["backlog"]
        array([1., 5., 3., 0.])
        """
        if isinstance(text, str):
            if text.endswith((".yaml", ".yml", ".json")) and "\n" not in text:
                raise ArgumentError(f"`{text}` is the name of a file, not a document: `Template.from_path` reads files")
            document = text.encode("utf-8", "surrogatepass")
        elif isinstance(text, (bytes, bytearray, memoryview)):
            document = bytes(text)
        else:
            raise ArgumentTypeError(f"the document is {described(text)}, not text: `Template.from_path` reads files")
        if not isinstance(name, str):
            raise ArgumentTypeError(f"`name` must be a text, not {described(name)}")
        shown = name.encode("utf-8", "replace").decode()
        beside = place(folder, "folder", "folder")
        template = cls._of(engine.parse_template(document, shown, checked_limits(limits)), beside)
        warn_of(from_json(template._native.warnings()), shown)
        return template

    @classmethod
    def _of(cls, native: engine.Template, folder: str | None) -> Template:
        template = cls.__new__(cls)
        template._set(native, folder)
        return template

    @classmethod
    def from_path(cls, path: str | os.PathLike[str], *, limits: Limits | None = None) -> Template:
        """The template in a file. CSV files that it names are read from its folder.

        Raises:
            OSError: When the file cannot be read.
            ModelError: With everything that is wrong with the document.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise ArgumentTypeError(f"`path` must be the name of a file, not {described(path)}")
        most = dict(checked_limits(limits)).get("document_bytes", engine.DOCUMENT_BYTES)
        with open(path, "rb") as file:
            document = file.read(min(most, 2**32) + 1)
        name = os.fsdecode(path)
        return cls.from_yaml(document, name=name, folder=Path(name).parent, limits=limits)

    @property
    def id(self) -> str:
        """Its name in kebab case."""
        return self._native.id

    @property
    def title(self) -> str:
        """What people call it."""
        return self._native.title

    @property
    def version(self) -> str:
        """Its version, such as `1.0.0`."""
        return self._native.version

    @property
    def description(self) -> str | None:
        """What it models."""
        return self._native.description

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by."""
        return tuple(self._native.tags)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What can be chosen, by name, in the order of the document.

        >>> import flowtime as ft
        >>> print(ft.Template("checkout-service").parameters["demand_factor"])
        demand_factor: number = 1
        """
        return self._parameters

    @property
    def template_hash(self) -> str:
        """The same as long as the document says the same."""
        return self._native.template_hash

    def parameter_form(self) -> dict[str, Any]:
        """The parameters as JSON Schema (draft 2020-12), for forms."""
        return self._native.parameter_form()

    def complete(self, parameters: Mapping[str, Any] | None = None, /, **values: Any) -> dict[str, Any]:
        """All parameters with their values: those given, else the defaults.

        Raises:
            ArgumentError: With everything that is wrong with them: unknown names, values that a parameter may not have.
        """
        return self._native.complete(values_of(parameters, values))

    def generate(
        self,
        parameters: Mapping[str, Any] | None = None,
        /,
        *,
        name: str | None = None,
        generated_at: Start | None = None,
        **values: Any,
    ) -> Generated:
        """A model, with where it came from.

        Parameters are given by name, or as a mapping (which also serves for one that is called `name`).

        Args:
            parameters: Values of parameters; the others have their defaults.
            name: What the model is called. By default the template's title.
            generated_at: When it was made, for its provenance. By default now.
            **values: More values of parameters.

        Raises:
            ArgumentError: With everything that is wrong with the parameters.
            ModelError: When the model that they give has errors, with places in the template.

        >>> import flowtime as ft
        >>> hub = ft.Template("transportation-hub")
        >>> hub.generate().model_id == hub.generate(dict(hub.complete())).model_id
        True
        """
        made = _now() if generated_at is None else moment_text(generated_at, "generated_at")
        native, facts = self._native.generate(
            values_of(parameters, values), checked_text(name, "name"), made, self._folder
        )
        facts["provenance"] = MappingProxyType(facts["provenance"])
        facts["parameters"] = MappingProxyType(facts["parameters"])
        model = Model._of(native)
        return Generated(model=model, name=self.title if name is None else name, template=self, **facts)

    def validate(self, *, tier: Literal["compile", "analyse"] = "analyse") -> Report:
        """Everything that is found in the template and in the model of its defaults, and how good it looks.

        See `Model.validate`; places are those of the template.

        >>> import flowtime as ft
        >>> ft.Template("supply-chain").validate().valid
        True
        """
        if tier not in ("compile", "analyse"):
            raise ArgumentError(f"`tier` is {tier!r}: give 'compile' or 'analyse'")
        return self._report(tier)

    def lint(self) -> Report:
        """Remarks on its style: parameters that nothing bounds, nodes that nothing reads, queues without memory."""
        return self._report("lint")

    def _report(self, tier: str) -> Report:
        found, text, score = self._native.examine(tier)
        return Report(from_json(found), score, text)

    def to_yaml(self) -> str:
        """The document, as it was read."""
        return self._native.source[1]

    def __repr__(self) -> str:
        count = len(self.parameters)
        return f"Template({self.id!r}, version {self.version}, {count} parameter{'' if count == 1 else 's'})"

    def _repr_html_(self) -> str:
        from flowtime import html_kept

        return html_kept.template(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Template):
            return NotImplemented
        return self.template_hash == other.template_hash

    def __hash__(self) -> int:
        return hash((Template, self.template_hash))

    # What never changes need not be copied.
    def __copy__(self) -> Template:
        return self

    def __deepcopy__(self, memo: object) -> Template:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        name, text = self._native.source
        return (_restored, (text, name, self._folder))


def _restored(text: str, name: str, folder: str | None) -> Template:
    # Nobody is warned again.
    return Template._of(engine.parse_template(text.encode(), name, []), folder)


def templates() -> Mapping[str, Template]:
    """The templates that come with flowtime, by id.

    >>> import flowtime as ft
    >>> sorted(ft.templates())[:2]
    ['checkout-service', 'emergency-department']
    >>> ft.templates()["supply-chain"].title
    'Multi-tier supply chain'
    """
    from flowtime.kept import Shelf

    return Shelf((id, Template(id)) for id in engine.template_ids())


def values_of(parameters: Mapping[str, Any] | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of parameters, given in either way."""
    if parameters is None:
        return dict(values)
    if not isinstance(parameters, Mapping):
        raise ArgumentTypeError(f"parameters must be a mapping from names to values, not {described(parameters)}")
    both = [name for name in parameters if name in values]
    if both:
        raise ArgumentError(f"the parameter `{both[0]}` is given twice")
    return {**parameters, **values}


def _now() -> str:
    return moment_text(dt.datetime.now(dt.UTC).replace(microsecond=0))
