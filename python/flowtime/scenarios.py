"""Numbers for the inputs of many scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flowtime import _native as engine
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.inputs import Numbers, plain_array, values_for

if TYPE_CHECKING:
    from flowtime.grid import Grid

__all__ = ["PerBin", "PerScenario", "ScenarioNumbers", "per_bin", "per_scenario", "scenario_seed", "sorted_numbers"]


class _Marked:
    """Numbers, and what they are for."""

    __slots__ = ("_numbers",)

    _numbers: NDArray[np.float64]
    _for = ""

    def __init__(self, numbers: ArrayLike) -> None:
        array = plain_array(self._for, numbers, f"give one number for each {self._for}")
        if array.ndim != 1:
            shape = " × ".join(map(str, array.shape)) or "of a single number"
            raise ArgumentError(f"one number for each {self._for} is a list, but the shape is {shape}")
        self._numbers = array.copy()
        self._numbers.flags.writeable = False

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The numbers."""
        return self._numbers

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._numbers)} numbers)"


class PerScenario(_Marked):
    """One number for each scenario: see `per_scenario`."""

    __module__ = "flowtime"
    __slots__ = ()
    _for = "scenario"


class PerBin(_Marked):
    """One number for each bin: see `per_bin`."""

    __module__ = "flowtime"
    __slots__ = ()
    _for = "bin"


ScenarioNumbers: TypeAlias = "Numbers | PerScenario | PerBin"


def per_scenario(numbers: ArrayLike, /) -> PerScenario:
    """Says that an input of an ensemble has one number for each scenario, in every bin.

    It has to be said only where there are as many scenarios as bins.

    >>> import flowtime as ft
    >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours")
    >>> _ = m.expr("backlog", ft.queue(12, m.const("capacity", 9)))
    >>> plan = m.compile()
    >>> ensemble = plan.ensemble(3, inputs={"capacity": ft.per_scenario([9, 10, 11])}, measures={"backlog": "last"})
    >>> ensemble.measure("backlog", "last")
    array([9., 6., 3.])
    """
    return PerScenario(numbers)


def per_bin(numbers: ArrayLike, /) -> PerBin:
    """Says that an input of an ensemble has one number for each bin, in every scenario: see `per_scenario`."""
    return PerBin(numbers)


def scenario_seed(seed: int, scenario: int, /) -> int:
    """The seed of a scenario of an ensemble: a run with it is that scenario, bit for bit.

    >>> import flowtime as ft
    >>> ft.scenario_seed(7, 0), ft.scenario_seed(7, 1)
    (6498767946634617, 1404168962897799)
    """
    try:
        return engine.scenario_seed(seed, scenario)
    except OverflowError:
        raise ArgumentError(f"there is no scenario {scenario}: scenarios are counted from 0") from None
    except TypeError as error:
        if isinstance(error, ArgumentTypeError):
            raise
        raise ArgumentTypeError(f"a scenario is a whole number, not of type `{type(scenario).__name__}`") from None


def sorted_numbers(name: str, value: Any, grid: Grid, scenarios: int) -> tuple[str, Any]:
    """What sort of numbers an input has, as the engine calls it, and the numbers.

    Axes are (scenario, bin), and one of length 1 stands for all, as numpy has it.
    """
    if isinstance(value, PerScenario):
        return "per scenario", _length(name, value.numbers, scenarios, "scenario")
    if isinstance(value, PerBin):
        return "per bin", _length(name, value.numbers, grid.bins, "bin")
    package = type(value).__module__.partition(".")[0]
    dims = tuple(getattr(value, "dims", ())) if package == "xarray" else ()
    if "scenario" in dims:
        array = plain_array(name, value.transpose("scenario", ...).to_numpy(), _WANTED)
        if array.ndim == 1:
            return "per scenario", _length(name, array, scenarios, "scenario")
        return _of_axes(name, array, grid.bins, scenarios)
    if package == "pandas" and getattr(value, "ndim", 1) == 2:
        raise ArgumentTypeError(f"the value for `{name}` is a table: give `.to_numpy()`, with the axes (scenario, bin)")
    if np.ndim(value) == 2 if hasattr(value, "__array__") else _rows(value):
        return _of_axes(name, plain_array(name, value, _WANTED), grid.bins, scenarios)
    dated = package in ("pandas", "xarray")
    numbers = values_for(name, value, grid)
    if not isinstance(numbers, np.ndarray):
        return "number", numbers
    length, bins = len(numbers), grid.bins
    if length == bins == scenarios and length > 1 and not (dated and _has_dates(value)):
        raise ArgumentError(
            f"`{name}` has {length} numbers, and there are as many scenarios as bins: "
            "say `ft.per_scenario(…)` or `ft.per_bin(…)`"
        )
    if length == bins:
        return "per bin", numbers
    if length == scenarios:
        return "per scenario", numbers
    raise ArgumentError(
        f"`{name}` has {_many(length, 'number')}, but there are {_many(scenarios, 'scenario')} and "
        f"{_many(bins, 'bin')}: give one number, one a bin, one a scenario, or rows (scenario, bin)"
    )


_WANTED = "give a number, one for each bin, one for each scenario, or rows with the axes (scenario, bin)"


def _rows(value: object) -> bool:
    """Is it a list of lists?"""
    return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], (list, tuple, np.ndarray))


def _has_dates(value: Any) -> bool:
    index = value.index if hasattr(value, "index") else next(iter(value.indexes.values()), None)
    return type(index).__name__ in ("DatetimeIndex", "PeriodIndex", "TimedeltaIndex")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _length(name: str, numbers: NDArray[np.float64], wanted: int, noun: str) -> NDArray[np.float64]:
    if len(numbers) != wanted:
        raise ArgumentError(f"`{name}` has {_many(len(numbers), 'number')}, but there are {_many(wanted, noun)}")
    return numbers


def _of_axes(name: str, rows: NDArray[np.float64], bins: int, scenarios: int) -> tuple[str, Any]:
    match rows.shape:
        case (a, b) if (a, b) == (scenarios, bins):
            return "per scenario and bin", rows
        case (a, 1) if a == scenarios:
            return "per scenario", rows.ravel()
        case (1, b) if b == bins:
            return "per bin", rows.ravel()
    shape = " × ".join(map(str, rows.shape))
    hint = ": give its transpose, `x.T`" if rows.shape == (bins, scenarios) else ""
    raise ArgumentError(
        f"the value for `{name}` has the shape {shape}, but there are {_many(scenarios, 'scenario')} and "
        f"{_many(bins, 'bin')}: the axes are (scenario, bin){hint}"
    )
