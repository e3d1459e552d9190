"""The workspace: templates, models, runs and the registry that keeps them, in one place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from flowtime import _native as engine
from flowtime._warn import warn, warn_of
from flowtime.checked import path as place
from flowtime.checked import text, texts, whole
from flowtime.diagnostics import Report, from_json
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.grid import Grid
from flowtime.inputs import Numbers
from flowtime.kept import Card, Comparison, Entry, ModelRef, TelemetryRef, Trace, reference_of
from flowtime.limits import Limits, limits_of_run
from flowtime.model import Model
from flowtime.names import unknown
from flowtime.progress import Progress, reporting
from flowtime.provenance import Provenance, provenance_of
from flowtime.registry import Registry, storing
from flowtime.storing import StoredRun, run_of
from flowtime.template import Generated, Template, values_of

__all__ = ["Workspace"]


class Workspace:
    """Makes models from templates, runs them and stores both, so that every result leads back to what made it.

    Authoring makes models and knows nothing of runs, plans run models and store nothing, the registry stores and
    computes nothing; the workspace carries the model, and where it came from, from one to the next.

    >>> import flowtime as ft, tempfile
    >>> workspace = ft.Workspace(tempfile.mkdtemp())
    >>> model = workspace.new_model("checkout-service", demand_factor=1.2, name="Saturday")
    >>> model.model_id
    'saturday_0b652dff127f'
    >>> calm = workspace.run(model, seed=1)
    >>> six = workspace.run(workspace.derive(model, regular_tills=6, name="Six tills"), seed=1)
    >>> bool(six["line"].max() < calm["line"].max())
    True
    >>> [difference.name for difference in workspace.compare(calm, six).parameters]
    ['model_id', 'parameters.regular_tills']
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_native")

    _native: engine.Workspace

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        """The workspace in a folder, which need not exist yet; for the default see `Registry`."""
        object.__setattr__(self, "_native", engine.workspace(place(root, "root", "folder")))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"`{name}` cannot be set: a workspace is changed by its methods", name=name, obj=self)

    @property
    def root(self) -> Path:
        """The folder."""
        return self._native.root

    @property
    def registry(self) -> Registry:
        """What is stored."""
        return Registry._of(self._native)

    # Models

    def new_model(
        self,
        template: Template | str | os.PathLike[str],
        parameters: Mapping[str, Any] | None = None,
        /,
        *,
        name: str | None = None,
        tags: Iterable[str] = (),
        owner: str | None = None,
        version: int | None = None,
        preview: bool = True,
        **values: Any,
    ) -> ModelRef:
        """Makes a model from a template, and stores it.

        The same template, version, name and parameters give the same id; what is stored already is not stored again.

        Args:
            template: A template, the id of one that comes with flowtime, or the path of a file.
            parameters: Values of parameters; the others have their defaults.
            name: What the model is called. By default the template's title.
            tags: Words to find it by, beside those of the template.
            owner: Whose it is.
            version: The version to store it as. By default the next free one.
            preview: Store a picture of the graph with it.
            **values: More values of parameters.

        Raises:
            NotFoundError: When there is no such template.
            ArgumentError: With everything that is wrong with the parameters.
            ModelError: When the model that they give has errors.
        """
        made = _template(template)
        asked = storing(values_of(parameters, values), name, tags, owner, version, preview, made._folder)
        return ModelRef._of(json.loads(self._native.new_model(made._native, asked)))

    def add_model(
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
        """Stores a model that is there already: see `Registry.put_model`."""
        return self.registry.put_model(
            model,
            name=name,
            provenance=provenance,
            tags=tags,
            owner=owner,
            version=version,
            preview=preview,
            folder=folder,
        )

    def derive(
        self,
        parent: str | ModelRef | Card | Entry,
        parameters: Mapping[str, Any] | None = None,
        /,
        *,
        name: str | None = None,
        template: Template | str | os.PathLike[str] | None = None,
        tags: Iterable[str] = (),
        owner: str | None = None,
        version: int | None = None,
        preview: bool = True,
        **values: Any,
    ) -> ModelRef:
        """Makes a model like a stored one, with other values of some parameters, and stores it.

        Its provenance says what it was derived from. For the arguments see `new_model`.

        Args:
            parent: The stored model.
            parameters: New values of parameters; the others are those of the stored model.
            name: What the model is called.
            template: What made the stored model, when that did not come with flowtime as it is now.
            tags: Words to find it by.
            owner: Whose it is.
            version: The version to store it as.
            preview: Store a picture of the graph with it.
            **values: More values of parameters.

        Raises:
            ArgumentError: When the stored model was not made from a template, or its template is not to be had.
        """
        made = None if template is None else _template(template)
        folder = None if made is None else made._folder
        asked = storing(values_of(parameters, values), name, tags, owner, version, preview, folder)
        native = None if made is None else made._native
        return ModelRef._of(json.loads(self._native.derive(reference_of(parent, "parent"), native, asked)))

    def verify(self, model: str | ModelRef | Card | Entry) -> Report:
        """Runs a stored model in memory, looks at its series, and stores the report with it."""
        found, text, score = self._native.verify(reference_of(model, "model"))
        return Report(from_json(found), score, text)

    def parameter_form(self, template_or_model: Template | str | ModelRef | Card | Entry) -> dict[str, Any]:
        """The parameters of a template as JSON Schema, for forms.

        Of a stored model the defaults are the values that it was made with.
        """
        if isinstance(template_or_model, Template):
            return template_or_model.parameter_form()
        form: dict[str, Any] = json.loads(self._native.parameter_form(reference_of(template_or_model)))
        return form

    def parameters_of(self, model: str | ModelRef | Card | Entry) -> dict[str, Any]:
        """The parameters that a stored model was made with; empty when no template made it."""
        return self._native.parameters_of(reference_of(model, "model"))

    # Runs

    def run(
        self,
        model: str | ModelRef | Card | Entry | Model | Generated | None = None,
        *,
        model_id: str | ModelRef | None = None,
        version: int | None = None,
        seed: int | None = None,
        inputs: Mapping[str, Numbers] | None = None,
        provenance: Provenance | None = None,
        outputs: Iterable[str] = (),
        deterministic: bool = False,
        reuse: bool = False,
        parquet: bool = False,
        plot: bool = False,
        progress: Progress = None,
        limits: Limits | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> StoredRun:
        """Runs a model and stores the run.

        Args:
            model: A stored model, or a model that is run as it is.
            model_id: The id of a stored model, if `model` is not given.
            version: Its version. By default the newest.
            seed: What random numbers start from. By default the model's own seed, or 0.
            inputs: Values to put in the place of const and pmf nodes, see `Plan.run`.
            provenance: Where the model came from, over what it says itself; the id of a stored model is completed.
            outputs: The series to write. By default those that the model names.
            deterministic: Name the run after what it computes; an equal one that is stored is left alone.
            reuse: Take an equal run that is stored and undamaged, and compute nothing.
            parquet: Also write all series as one Parquet file.
            plot: Also write a picture of the outputs.
            progress: See `Plan.run`.
            limits: How large the run may be.
            folder: Where CSV files are that the model names and were not read yet.

        Ctrl-C stops the run, and nothing is stored.

        Raises:
            NotFoundError: When there is no such model.
            ArgumentError: When both a model and an id are given, or neither, or an input cannot be used.
            ModelError: When the model cannot be run.
        """
        asked = self._asked(model, model_id, version, seed, inputs, provenance, outputs, limits, folder)
        asked |= {"deterministic": bool(deterministic), "reuse": bool(reuse)}
        with reporting(progress, "running") as report:
            told, native = self._native.run(asked, (bool(parquet), False, bool(plot)), report)
        facts = json.loads(told)
        warn_of(from_json(json.dumps(facts["warnings"])), "run")
        run = None if native is None else run_of(native)
        return StoredRun._of(self._native, facts, run, lambda: run_of(self._native.execute(asked, None)))

    def _asked(
        self,
        model: object,
        model_id: object,
        version: int | None,
        seed: int | None,
        inputs: Mapping[str, Numbers] | None,
        provenance: Provenance | None,
        outputs: Iterable[str],
        limits: Limits | None,
        folder: str | os.PathLike[str] | None,
    ) -> dict[str, Any]:
        """A run to be made, as the engine takes it."""
        known = provenance_of(provenance)
        given: Model | None = None
        id = None if model_id is None else reference_of(model_id, "model_id")
        match model:
            case None:
                pass
            case Generated():
                given = model.model
                known = provenance_of(model) if known is None else known
            case Model():
                given = model
            case _ if id is not None:
                raise ArgumentError("both `model` and `model_id` are given: give one of the two")
            case _:
                id = reference_of(model, "model")
        number = whole(version, "version", 1)
        if id is not None and number is not None:
            # What stands for a version of a model stands for any.
            id = id.removeprefix("registry:").removeprefix("models/").partition("/")[0]
        pairs, grid = [], None
        if inputs:
            if not isinstance(inputs, Mapping):
                raise ArgumentTypeError(f"`inputs` must be a dict from names to values, not {described(inputs)}")
            pairs, grid = list(inputs.items()), self._grid(given, id, number, inputs)
        return {
            "model": None if given is None else given._native,
            "model_id": id,
            "version": number,
            "seed": seed,
            "inputs": pairs,
            "grid": grid,
            "provenance": known,
            "outputs": texts(outputs, "outputs"),
            "deterministic": False,
            "reuse": False,
            "limits": [] if limits is None else limits_of_run(limits),
            "folder": place(folder, "folder", "folder"),
        }

    def _grid(
        self, model: Model | None, id: str | None, version: int | None, inputs: Mapping[str, object]
    ) -> Grid | None:
        """What inputs are laid over, and that there are nodes of their names."""
        if model is None:
            if id is None:
                return None
            wanted = id if version is None else f"models/{id}/v{version}"
            model = Model._of(self._native.stored_model(wanted))
        for name in inputs:
            if not isinstance(name, str) or name not in model.nodes:
                raise unknown("node", name, model.nodes)
        return model.grid

    def compare(self, run_a: str | StoredRun | Card | Entry, run_b: str | StoredRun | Card | Entry) -> Comparison:
        """Two stored runs, series by series, and in what they were made with."""
        told = self._native.compare(reference_of(run_a, "run_a"), reference_of(run_b, "run_b"))
        return Comparison._of(json.loads(told))

    def trace(self, reference: str | ModelRef | StoredRun | Card | Entry) -> Trace:
        """Follows a run, or a model, back: template, parameters, model, run."""
        return self.registry.trace(reference)

    # In and out

    def import_telemetry(
        self, csv: str | os.PathLike[str], *, name: str | None = None, columns: Iterable[str] = ()
    ) -> TelemetryRef:
        """Stores the columns of a CSV file whose cells are all numbers, or missing, a row a bin.

        A const node has one of them with what `TelemetryRef.source` gives as its `source`.

        Args:
            csv: The file.
            name: What it is called. By default as the file.
            columns: Only these, and each has to be numbers.
        """
        file = place(csv, "csv")
        if file is None:
            raise ArgumentTypeError("`csv` must be the name of a file")
        told = self._native.import_telemetry(file, text(name, "name"), texts(columns, "columns"))
        return TelemetryRef._of(json.loads(told))

    def export_bundle(
        self,
        model: str | ModelRef | Card | Entry,
        path: str | os.PathLike[str] | None = None,
        *,
        form: Literal["yaml", "zip"] | None = None,
        title: str | None = None,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        grid: Grid | None = None,
        outputs: Iterable[str] | None = None,
        validation: bool = True,
        complete: bool = True,
        force: bool = False,
    ) -> Path:
        """Writes a stored model as a bundle, and says where. The same model and options give the same bytes.

        Args:
            model: The stored model.
            path: The file, or a folder. By default `model-<id>.yaml`, or `.zip`, here.
            form: One YAML document, or a zip with that and the files that belong to it. By default as the path ends.
            title: Another title.
            description: Another description.
            tags: Other tags.
            grid: Another number, size and unit of bins; the model is checked anew.
            outputs: The series to write, in place of those that the model names.
            validation: Does what was found in the model go with it?
            complete: Does what made the model go with it? Without it the bundle is the model and its title.
            force: Export a model that has errors too.
        """
        if form not in (None, "yaml", "zip"):
            raise ArgumentError(f"`form` is {form!r}: give 'yaml' or 'zip'")
        target = Path(place(path, "path", "file or folder") or ".")
        asked = {
            "zip": form == "zip" or (form is None and target.suffix == ".zip"),
            "title": text(title, "title"),
            "description": text(description, "description"),
            "tags": None if tags is None else texts(tags, "tags"),
            "grid": None if grid is None else (grid.bins, grid.bin_size, grid.bin_unit),
            "outputs": None if outputs is None else texts(outputs, "outputs"),
            "validation": bool(validation),
            "complete": bool(complete),
            "force": bool(force),
        }
        name, bundle = self._native.export_bundle(reference_of(model, "model"), asked)
        if target.is_dir():
            target = target / name
        engine.write_file(str(target), bundle)
        return target

    def import_bundle(self, bundle: str | os.PathLike[str] | bytes, *, force: bool = False) -> ModelRef:
        """Stores the model of a bundle, or of a plain model document: all of it or nothing.

        A bundle that was exported whole becomes the same entry: id, version (unless that is taken), bytes, labels.

        Args:
            bundle: The file, or what is in it.
            force: Import a model that has errors too.

        Raises:
            ArgumentError: When it cannot be trusted: files that lead elsewhere, or are not what it says.
            ModelError: When its document is wrong.
        """
        if isinstance(bundle, (bytes, bytearray, memoryview)):
            content, name = bytes(bundle), "bundle"
        elif isinstance(bundle, (str, os.PathLike)):
            content, name = Path(os.fsdecode(bundle)).read_bytes(), os.fsdecode(bundle)
        else:
            raise ArgumentTypeError(f"`bundle` must be the name of a file, or bytes, not {described(bundle)}")
        told = self._native.import_bundle(content, name.encode("utf-8", "replace").decode(), bool(force))
        found = json.loads(told)
        if found["left_out"]:
            warn(
                f"files of the bundle that have no place in the registry were left out: {', '.join(found['left_out'])}"
            )
        return ModelRef._of(found)

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    def _repr_html_(self) -> str:
        from flowtime import html_kept

        return html_kept.workspace(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and self.root == other.root

    def __hash__(self) -> int:
        return hash((Workspace, self.root))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Workspace, (str(self.root),))


def _template(template: Template | str | os.PathLike[str]) -> Template:
    """A template, by its id or its file."""
    if isinstance(template, Template):
        return template
    if isinstance(template, str) and not template.endswith((".yaml", ".yml", ".json")):
        return Template(template)
    if isinstance(template, (str, os.PathLike)):
        return Template.from_path(template)
    raise ArgumentTypeError(f"`template` must be a template, its id or its file, not {described(template)}")
