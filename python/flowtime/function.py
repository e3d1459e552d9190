"""Plans as functions of a few numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, TypeAlias

from numpy.typing import ArrayLike

from flowtime import _native as engine
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.inputs import plain_array
from flowtime.progress import Progress, reporting

if TYPE_CHECKING:
    from flowtime.plan import Plan

__all__ = ["Function", "Reduction"]

Reduction: TypeAlias = Literal["sum", "mean", "min", "max", "first", "last", "median"] | float
"""How many numbers become one; a number from 0 to 1 is a quantile, with linear interpolation."""


class Function:
    """A plan as a function of a few of its inputs: see `Plan.function`. It never changes.

    Called with a vector, one number for each input, it gives a number; called with a matrix, a number for
    each row. Equal rows give equal numbers, as every row is run with the same seeds.
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_arguments", "_native", "_plan", "_threads", "_width")

    _native: engine.Function
    _plan: Plan
    _arguments: dict[str, Any]
    _threads: int
    _width: int

    def __init__(self) -> None:
        """Refused: functions are made of plans."""
        raise ArgumentTypeError("a function is made by `Plan.function`")

    @classmethod
    def _of(cls, plan: Plan, arguments: dict[str, Any]) -> Function:
        function = object.__new__(cls)
        function._plan = plan
        function._arguments = arguments
        function._width = len(arguments["inputs"])
        function._threads = _count("threads", arguments["threads"], _MOST_THREADS)
        function._native = engine.function(
            plan._native,
            _names(arguments["inputs"]),
            _name(arguments["output"]),
            arguments["reduce"],
            arguments["over"],
            _seeds(plan, arguments["seed"], arguments["seeds"]),
            arguments["fixed"],
        )
        return function

    @property
    def plan(self) -> Plan:
        """The plan that is run."""
        return self._plan

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the numbers of a vector are for."""
        return tuple(self._arguments["inputs"])

    @property
    def output(self) -> str:
        """The series that is looked at."""
        name: str = self._arguments["output"]
        return name

    def __call__(self, x: ArrayLike, /, *, progress: Progress = None) -> Any:
        """The number for a vector, or an array with a number for each row of a matrix.

        Args:
            x: One number for each input, or rows of such.
            progress: See `Plan.run`.
        """
        rows = plain_array("x", x, "give a number for each input, or rows of such")
        width = self._width
        # A number is a vector of one.
        single = rows.ndim < 2
        if single and rows.size == width:
            rows = rows.reshape(1, width)
        elif rows.ndim != 2 or rows.shape[1] != width:
            shape = " × ".join(map(str, rows.shape)) or "of a single number"
            transposed = rows.ndim == 2 and rows.shape[0] == width
            hint = ": give its transpose, `x.T`" if transposed else ""
            raise ArgumentError(f"`x` has the shape {shape}, not {width} or rows × {width}{hint}")
        if progress is None and not self._native.is_long(len(rows)):
            answers = self._native.call(rows, self._threads, None)
        else:
            with reporting(progress, "computing") as report:
                answers = self._native.call(rows, self._threads, report)
        return float(answers[0]) if single else answers

    def __repr__(self) -> str:
        given = ", ".join(self.inputs)
        return f"Function({given} → {self._arguments['reduce']} of {self.output})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Function._of, (self._plan, self._arguments))


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ArgumentTypeError(f"`output` is of type `{type(value).__name__}`: give the name of a series")
    return value


def _names(values: Sequence[str]) -> list[str]:
    if not values:
        raise ArgumentError("`inputs` is empty: name the inputs that the numbers are for")
    for value in values:
        if not isinstance(value, str):
            raise ArgumentTypeError(f"a name in `inputs` is of type `{type(value).__name__}`, not text")
    return list(values)


_MOST_SEEDS = 10_000_000
# Each has memory of its own for a run.
_MOST_THREADS = 1024


def _count(parameter: str, value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise ArgumentTypeError(f"`{parameter}` is of type `{type(value).__name__}`: give a whole number")
    count = value.__index__()
    if not 1 <= count <= most:
        raise ArgumentError(f"`{parameter}` is {count}: give 1 to {most}")
    return count


def _seeds(plan: Plan, seed: int | None, seeds: int | Iterable[int] | None) -> list[int]:
    if seed is None:
        seed = plan.model.seed or 0
    if seeds is None:
        return [engine.checked_seed(seed)]
    if isinstance(seeds, Iterable):
        listed = [engine.checked_seed(seed) for seed in seeds]
        if not listed:
            raise ArgumentError("`seeds` is empty: give at least one")
        return listed
    return engine.scenario_seeds(seed, _count("seeds", seeds, _MOST_SEEDS))
