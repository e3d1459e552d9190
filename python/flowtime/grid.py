"""The time grid of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["BinUnit", "Grid"]

BinUnit = Literal["minutes", "hours", "days", "weeks"]

_MINUTES: dict[str, int] = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}


@dataclass(frozen=True, slots=True)
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
