"""The native half of flowtime; use the package instead."""

import builtins
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from flowtime.grid import BinUnit, Grid
from flowtime.request import Request

__all__ = [
    "DEBUG_BUILD",
    "DOCUMENT_BYTES",
    "ENGINE_VERSION",
    "LIMITS",
    "SEMANTICS_VERSION",
    "Ensemble",
    "Function",
    "Job",
    "Model",
    "Plan",
    "Run",
    "Template",
    "Workspace",
    "assemble",
    "assemble_unwritten",
    "charts",
    "checked_seed",
    "choose_provenance",
    "command",
    "fan",
    "function",
    "grid_points",
    "parse",
    "parse_template",
    "readable",
    "restore",
    "scenario_seed",
    "scenario_seeds",
    "shipped_template",
    "sparkline",
    "sparkline_text",
    "stream",
    "template_ids",
    "workspace",
    "write_file",
]

DEBUG_BUILD: Final[bool]
DOCUMENT_BYTES: Final[int]
ENGINE_VERSION: Final[str]
LIMITS: Final[tuple[str, ...]]
SEMANTICS_VERSION: Final[int]

_Progress = Callable[[float], object]
_Given = list[tuple[str, int]]
_State = tuple[str, str, bool, list[tuple[str, list[float]]], _Given]

def command(arguments: Sequence[str]) -> int:
    """Does what a command line asks for and returns the exit status; `arguments` begin with the program's name."""

def parse(document: bytes, name: str, folder: str | None, ignore_reserved: bool, given: _Given) -> Model:
    """Reads a document, and the CSV files that it names from `folder`."""

def assemble(document: object, name: str, folder: str | None, ignore_reserved: bool, given: _Given) -> Model:
    """The model of a document that was put together in Python."""

def assemble_unwritten(document: object, given: _Given) -> Model | None:
    """The model of a document with long lists, or `None`: of a short one, or when there is something to say
    about it that the text of the document has the place for."""

def restore(
    document: bytes, name: str, ignore_reserved: bool, values: Mapping[str, Sequence[float]], given: _Given
) -> Model:
    """The model that another process described."""

def checked_seed(seed: object) -> int:
    """A seed that is one."""

def scenario_seed(seed: object, scenario: int) -> int:
    """The seed of scenario number `scenario` of an ensemble."""

def scenario_seeds(seed: object, count: int) -> list[int]:
    """The seeds of the scenarios of an ensemble."""

def grid_points(axes: Sequence[tuple[str, NDArray[np.float64]]]) -> list[NDArray[np.float64]]:
    """Every combination of the numbers of each input, a column each; those of the last change fastest."""

def stream(
    columns: Sequence[tuple[str, NDArray[Any], tuple[bool, bool] | None, Sequence[str] | None]],
) -> object:
    """A table of other numbers, which are copied: floats, whole numbers, times (with `dated` and `fine`), and the
    places of words."""

def function(
    plan: Plan,
    inputs: Sequence[str],
    output: str,
    over_bins: object,
    over_seeds: object,
    seeds: Sequence[int],
    fixed: Mapping[str, Any] | None,
) -> Function:
    """The plan as a function of `inputs`; `fixed` are other inputs of all runs."""

@final
class Model:
    """What a document says."""

    @property
    def grid(self) -> tuple[int, int, BinUnit, str | None]:
        """`bins`, `bin_size`, `bin_unit`, `start`."""
    @property
    def kinds(self) -> list[tuple[str, Literal["const", "expr", "pmf"]]]:
        """The id and the kind of each node."""
    @property
    def outputs(self) -> list[tuple[str, str]]:
        """What is written out: each series with its file name."""
    @property
    def seed(self) -> int | None:
        """The seed that the document gives."""
    @property
    def title(self) -> str | None:
        """The title that `metadata` gives."""
    @property
    def metadata(self) -> Any:
        """The `metadata` section."""
    @property
    def provenance(self) -> Any:
        """The `provenance` section."""
    @property
    def source(self) -> tuple[str, str] | None:
        """The name and the text of the document."""
    @property
    def model_hash(self) -> str:
        """What identifies the computation."""
    def compile(self, grid: Grid) -> Plan:
        """Compiles the model."""
    def validate(self, analyse: bool, progress: _Progress | None) -> tuple[str, str, float]:
        """What is found in the model when it is compiled and, with `analyse`, when it is run: as JSON, as text,
        and the score."""
    def state(self) -> _State:
        """What `restore` makes the model of again."""
    def nodes(self) -> list[dict[str, Any]]:
        """Of each node what `flowtime.model.Node` is made of."""
    def warnings(self) -> str:
        """What was worth knowing about the document, as JSON."""
    def to_yaml(self) -> str:
        """The document that a person would have written."""
    def same_as(self, other: Model) -> bool:
        """Do both say the same?"""

@final
class Plan:
    """A compiled model."""

    @property
    def edges(self) -> list[tuple[str, str, int]]:
        """References between nodes: `(reader, read, bins back)`."""
    @property
    def long(self) -> bool:
        """May a run take long?"""
    @property
    def operations(self) -> float:
        """Estimated operations of a run."""
    def run(
        self,
        seed: object,
        inputs: Mapping[str, Any] | None,
        keep: Sequence[str] | None,
        progress: _Progress | None,
        given: _Given | None,
    ) -> Run:
        """Runs the plan once."""
    def ensemble(self, request: Request, progress: _Progress | None) -> Ensemble:
        """Runs many scenarios and takes statistics over them."""
    def sweep(
        self, points: Sequence[tuple[str, NDArray[np.float64]]], request: Request, progress: _Progress | None
    ) -> list[Ensemble]:
        """An ensemble for every point, a row of the columns `points`."""
    def swept(self, points: Sequence[tuple[str, NDArray[np.float64]]], ensembles: Sequence[Ensemble]) -> list[Ensemble]:
        """The ensembles of the points, which were computed one by one, as those of a sweep."""
    def ensemble_job(self, request: Request) -> Job:
        """Begins an ensemble that is computed in parts."""
    def ensemble_part(self, request: Request, round: bytes, start: int, stop: int, progress: _Progress | None) -> bytes:
        """Computes the scenarios `start` to `stop` for a round of a job."""
    def graph(self, titled: bool) -> str:
        """The graph of the nodes as SVG, with the model's title or without."""
    def describe(self) -> str:
        """What would be computed, for people."""

@final
class Run:
    """The series of one run."""

    @property
    def ids(self) -> list[str]:
        """The ids of the series that were kept."""
    @property
    def model(self) -> Model:
        """The model that was run."""
    def plan(self, grid: Grid) -> Plan:
        """The plan that was run."""
    @property
    def seed(self) -> int:
        """The seed that was used."""
    @property
    def divided(self) -> list[str]:
        """The nodes that divided by zero."""
    def arrow(self, time_name: str, times: NDArray[np.int64], dated: bool, fine: bool) -> object:
        """All series with their times as a stream of the Arrow C data interface, in a capsule."""
    def csv(self, time_name: str, times: Sequence[str] | None) -> str:
        """All series as CSV text, with these times if there are any."""
    def series(self, id: str) -> NDArray[np.float64]:
        """A series as a read-only array that keeps the run alive."""
    def warnings(self) -> str:
        """What happened, as JSON."""
    def __len__(self) -> int: ...
    def __contains__(self, id: str, /) -> bool: ...

@final
class Ensemble:
    """The statistics of many scenarios."""

    @property
    def ids(self) -> list[str]:
        """The ids of the nodes that statistics were taken of."""
    @property
    def scenarios(self) -> int:
        """How many scenarios there are."""
    @property
    def seed(self) -> int:
        """The seed that the scenarios' seeds come from."""
    def seeds(self) -> NDArray[np.int64]:
        """The seed of every scenario."""
    @property
    def divided(self) -> list[str]:
        """The nodes that divided by zero."""
    def warnings(self) -> str:
        """What happened, as JSON."""
    def work(self) -> str:
        """How it was computed, for people."""
    def statistic(self, id: str, name: str) -> NDArray[np.float64] | None:
        """A statistic of a series, a number a bin; `None` if it was not asked for."""
    def quantiles(self, id: str) -> list[float]:
        """The quantiles of a series that were asked for."""
    def quantile(self, id: str, q: float) -> NDArray[np.float64] | None:
        """A quantile, a number a bin; `None` if it was not asked for."""
    def missing(self, id: str) -> NDArray[np.uint64] | None:
        """In how many scenarios a series is missing, a number a bin."""
    def thresholds(self, id: str) -> tuple[list[float], list[float]]:
        """The thresholds of a series: those above, then those below."""
    def above(self, id: str, threshold: float) -> NDArray[np.float64] | None:
        """The part of the scenarios above a threshold, a number a bin; `None` if it was not asked for."""
    def below(self, id: str, threshold: float) -> NDArray[np.float64] | None:
        """The part of the scenarios below a threshold, a number a bin; `None` if it was not asked for."""
    def histogram(self, id: str) -> tuple[NDArray[np.float64], NDArray[np.uint64]] | None:
        """The edges of a histogram and scenarios by bin and bucket; `None` if it was not asked for."""
    @property
    def measures(self) -> list[tuple[str, str, float | None]]:
        """What was measured of each scenario: node, name and threshold."""
    def measure(self, id: str, name: str, threshold: float | None) -> NDArray[np.float64] | None:
        """A measure, a number a scenario; `None` if it was not asked for."""
    @property
    def chosen(self) -> list[int]:
        """The scenarios whose series were kept."""
    def series(self, id: str) -> NDArray[np.float64] | None:
        """A series in the chosen scenarios, a row each; `None` if it was not kept."""

@final
class Job:
    """An ensemble of which parts come in."""

    def round(self) -> bytes | None:
        """What parts are to do now; `None` when all is known."""
    def parts(self, leaves: int) -> list[tuple[int, int]]:
        """The scenarios that this round still misses, in parts of at most `leaves` times 1024: `(start, stop)`."""
    def add(self, part: bytes) -> None:
        """Adds a part; with the last one the next round begins."""
    def finish(self) -> Ensemble:
        """The ensemble, when there is no round any more."""

def sparkline(numbers: NDArray[np.float64], width: int, height: int) -> str:
    """A series as a small picture in a line of text."""

def sparkline_text(numbers: NDArray[np.float64], width: int) -> str:
    """A series in block characters."""

def charts(
    title: str,
    subtitle: str,
    panels: Sequence[tuple[str, str, Sequence[tuple[str, NDArray[np.float64]]]]],
    start: int | None,
    seconds_per_bin: int,
) -> str:
    """Charts below each other as SVG."""

def fan(
    title: str,
    unit: str,
    quantiles: Sequence[tuple[float, NDArray[np.float64]]],
    lines: Sequence[tuple[str, NDArray[np.float64]]],
    thresholds: Sequence[float],
    start: int | None,
    seconds_per_bin: int,
) -> str:
    """A fan of quantiles, with other lines, and thresholds across."""

def readable(number: float, digits: int) -> str:
    """A number in so many digits, as people read it."""

@final
class Function:
    """The plan as a function from rows of numbers to numbers."""

    def call(self, rows: NDArray[np.float64], threads: int, progress: _Progress | None) -> NDArray[np.float64]:
        """A number for each row."""
    def is_long(self, rows: int) -> bool:
        """May a call with so many rows take long?"""

def template_ids() -> list[str]:
    """The ids of the templates that come with flowtime."""

def shipped_template(id: str) -> Template:
    """A template that comes with flowtime."""

def parse_template(document: bytes, name: str, given: _Given) -> Template:
    """Reads a template."""

def choose_provenance(given: object, own: object) -> tuple[dict[str, Any] | None, str]:
    """Chooses between two documents of where a model came from; what is worth knowing about it as JSON."""

@final
class Template:
    """A model with parameters."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def source(self) -> tuple[str, str]:
        """The name and the text of the document."""
    @property
    def template_hash(self) -> str:
        """The hash of the document."""
    def parameters(self) -> list[dict[str, Any]]:
        """Of each parameter what `flowtime.template.Parameter` is made of."""
    def parameter_form(self) -> dict[str, Any]:
        """The parameters as JSON Schema."""
    def warnings(self) -> str:
        """What was worth knowing about the document, as JSON."""
    def complete(self, values: dict[str, Any]) -> dict[str, Any]:
        """All parameters with their values."""
    def generate(
        self, values: dict[str, Any], name: str | None, generated_at: str | None, folder: str | None
    ) -> tuple[Model, dict[str, Any]]:
        """A model, and what is known of it: `model_id`, the hashes, `parameters`, `provenance`."""
    def examine(self, tier: str) -> tuple[str, str, float]:
        """What is found in the template, as JSON, as text, and the score. The model of its defaults is looked at as
        `tier` says: `compile`, `analyse`, or `lint` for remarks on its style."""

def workspace(root: str | None) -> Workspace:
    """The workspace in a folder, or in that which the environment names."""

def write_file(path: str, bytes: bytes) -> None:
    """Writes a file that is whole or absent."""

_Asked = Mapping[str, Any]

@final
class Workspace:
    """Models, runs and telemetry in a folder, and all that can be done with them."""

    @property
    def root(self) -> Path: ...
    def new_model(self, template: Template, asked: _Asked) -> str: ...
    def add_model(self, model: Model, provenance: object, asked: _Asked) -> str: ...
    def derive(self, parent: str, template: Template | None, asked: _Asked) -> str: ...
    def verify(self, model: str) -> tuple[str, str, float]:
        """What is found in a stored model, as JSON, as text, and the score."""
    def parameter_form(self, template_or_model: str) -> str: ...
    def parameters_of(self, model: str) -> dict[str, Any]: ...
    def run(self, asked: _Asked, extra: tuple[bool, bool, bool], progress: _Progress | None) -> tuple[str, Run | None]:
        """What was stored as JSON, and the run, unless one that was stored is as good."""
    def execute(self, asked: _Asked, progress: _Progress | None) -> Run:
        """The run alone: nothing is stored."""
    def put_run(self, run: Run, provenance: object, deterministic: bool, extra: tuple[bool, bool, bool]) -> str:
        """Stores a run that a plan made."""
    def compare(self, run_a: str, run_b: str) -> str: ...
    def trace(self, reference: str) -> str: ...
    def import_telemetry(self, csv: str, name: str | None, columns: Sequence[str]) -> str: ...
    def export_bundle(self, model: str, asked: _Asked) -> tuple[str, bytes]:
        """The name of the file unless somebody names another, and its bytes."""
    def import_bundle(self, bytes: bytes, name: str, force: bool) -> str:
        """The stored model as JSON, with the files of the bundle that were left out."""
    def binned_run(self, run: str) -> str: ...
    def get(self, reference: str) -> str: ...
    def stored_model(self, reference: str) -> Model:
        """The document of a stored model."""
    def metadata(self, reference: str) -> str: ...
    def list(self, asked: _Asked) -> str: ...
    def counts(self, asked: _Asked) -> str: ...
    def read_file(self, reference: str, file: str) -> bytes: ...
    def update_labels(self, reference: str, asked: _Asked) -> str: ...
    def delete(self, reference: str, force: bool) -> str: ...
    def restore(self, reference: str) -> str: ...
    def trashed(self) -> builtins.list[str]: ...
    def empty_trash(self) -> int: ...
    def prune(self, asked: _Asked) -> str: ...
    def scan(self) -> str: ...
    def sync(self) -> str: ...
    def resync(self, id: str) -> str: ...
    def status(self) -> str: ...
    def validate(self, reference: str | None) -> str: ...
