"""The time grid of a model."""

from __future__ import annotations

import datetime as dt
import operator
from dataclasses import dataclass
from typing import Literal, SupportsIndex, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.names import suggestion

__all__ = ["BinUnit", "Grid", "Start"]

BinUnit = Literal["minutes", "hours", "days", "weeks"]

Start: TypeAlias = "str | dt.datetime | dt.date | np.datetime64"
"""A moment; without a zone it is in UTC."""

_MINUTES: dict[str, int] = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}
_UNITS = get_args(BinUnit)
_MOST_BIN_SIZE = 1000


@dataclass(frozen=True, slots=True, init=False)
class Grid:
    """Equal bins of time, from an optional start.

    >>> from flowtime import Grid
    >>> Grid(bins=3, bin_size=8, bin_unit="hours", start="2026-03-01T00:00:00Z").time
    array(['2026-03-01T00:00:00', '2026-03-01T08:00:00',
           '2026-03-01T16:00:00'], dtype='datetime64[s]')
    """

    bins: int
    """How many there are."""

    bin_size: int
    """How many units one lasts."""

    bin_unit: BinUnit
    """`minutes`, `hours`, `days` or `weeks`."""

    start: str | None = None
    """When the first begins, in UTC: `2026-03-01T00:00:00Z`."""

    def __init__(
        self, bins: SupportsIndex, bin_size: SupportsIndex, bin_unit: BinUnit, start: Start | None = None
    ) -> None:
        self._set(
            _whole(bins, "bins", None),
            _whole(bin_size, "bin_size", _MOST_BIN_SIZE),
            _unit(bin_unit),
            None if start is None else moment_text(start),
        )

    @classmethod
    def _read(cls, bins: int, bin_size: int, bin_unit: BinUnit, start: str | None) -> Grid:
        """The grid of a model, which has been looked at."""
        grid = object.__new__(cls)
        grid._set(bins, bin_size, bin_unit, start)
        return grid

    def _set(self, *entries: object) -> None:
        for name, entry in zip(("bins", "bin_size", "bin_unit", "start"), entries, strict=True):
            object.__setattr__(self, name, entry)

    @property
    def bin_minutes(self) -> int:
        """How many minutes a bin lasts."""
        return self.bin_size * _MINUTES[self.bin_unit]

    @property
    def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]:
        """When each bin begins.

        In UTC as `datetime64[s]` when the grid has a start (`[us]` when that has a fraction of a second), else
        since the beginning as `timedelta64[s]`.
        """
        step = np.timedelta64(self.bin_minutes * 60, "s")
        offsets: NDArray[np.timedelta64] = np.arange(self.bins) * step
        if self.start is None:
            return offsets
        # `…Z` or `…+00:00`; numpy has no time zones.
        local = self.start.removesuffix("Z").removesuffix("+00:00")
        start = np.datetime64(local[:26], "us" if "." in local else "s")
        return start + offsets

    def __str__(self) -> str:
        unit = self.bin_unit.removesuffix("s")
        bins = "1 bin" if self.bins == 1 else f"{self.bins} bins"
        size = f"1 {unit}" if self.bin_size == 1 else f"{self.bin_size} {unit}s"
        return f"{bins} of {size}"


def _unit(unit: BinUnit) -> BinUnit:
    units = ", ".join(f"`{unit}`" for unit in _UNITS)
    if not isinstance(unit, str):
        raise ArgumentTypeError(f"`bin_unit` must be one of {units}, not {described(unit)}")
    if unit not in _UNITS:
        # `h` and `min` are near for people.
        short = [known for known in _UNITS if known[:1] == unit[:1].lower() and len(unit) <= 3]
        near = f": did you mean `{short[0]}`?" if short else suggestion(unit, _UNITS)
        raise ArgumentError(f"`bin_unit` must be one of {units}, not `{unit}`{near}")
    return unit


def _whole(value: SupportsIndex, name: str, most: int | None) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ArgumentTypeError(f"`{name}` must be a whole number, not {described(value)}") from None
    if number < 1 or (most is not None and number > most):
        bounds = "1 or more" if most is None else f"from 1 to {most}"
        raise ArgumentError(f"`{name}` must be {bounds}, not {number}")
    return number


def moment_text(start: Start, name: str = "start") -> str:
    """A moment as a document says it: in UTC, with `Z`."""
    if isinstance(start, np.datetime64):
        moment = start.astype("datetime64[us]").item()
    elif isinstance(start, dt.date) and not isinstance(start, dt.datetime):
        moment = dt.datetime.combine(start, dt.time())
    elif isinstance(start, str):
        try:
            moment = dt.datetime.fromisoformat(start)
        except ValueError:
            raise ArgumentError(f"`{name}` must be a time such as `2026-03-02T08:00:00Z`, not `{start}`") from None
    else:
        moment = start
    if not isinstance(moment, dt.datetime) and not (moment is None and isinstance(start, np.datetime64)):
        raise ArgumentTypeError(
            f"`{name}` must be a text such as `2026-03-02T08:00:00Z` or a datetime, not {described(start)}"
        )
    # The missing times of numpy and of pandas.
    if moment is None or moment != moment:
        raise ArgumentError(f"`{name}` must be a time, not a missing one (NaT)")
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}Z"
