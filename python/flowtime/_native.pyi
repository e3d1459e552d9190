"""The native half of flowtime; use the package instead."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from flowtime.grid import BinUnit, Grid

__all__ = [
    "DEBUG_BUILD",
    "DOCUMENT_BYTES",
    "ENGINE_VERSION",
    "LIMITS",
    "SEMANTICS_VERSION",
    "Function",
    "Model",
    "Plan",
    "Run",
    "assemble",
    "assemble_unwritten",
    "charts",
    "checked_seed",
    "command",
    "function",
    "parse",
    "readable",
    "restore",
    "scenario_seeds",
    "sparkline",
    "sparkline_text",
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

def scenario_seeds(seed: object, count: int) -> list[int]:
    """The seeds of the scenarios of an ensemble."""

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
    def run(
        self,
        seed: object,
        inputs: Mapping[str, Any] | None,
        keep: Sequence[str] | None,
        progress: _Progress | None,
        given: _Given | None,
    ) -> Run:
        """Runs the plan once."""
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

def readable(number: float, digits: int) -> str:
    """A number in so many digits, as people read it."""

@final
class Function:
    """The plan as a function from rows of numbers to numbers."""

    def call(self, rows: NDArray[np.float64], threads: int, progress: _Progress | None) -> NDArray[np.float64]:
        """A number for each row."""
    def is_long(self, rows: int) -> bool:
        """May a call with so many rows take long?"""
