"""A time grid from what a person writes."""

from __future__ import annotations

import datetime as dt
import operator
from typing import SupportsIndex, TypeAlias, get_args

import numpy as np

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import described
from flowtime.grid import BinUnit, Grid
from flowtime.names import suggestion

__all__ = ["Start", "checked_grid"]

Start: TypeAlias = "str | dt.datetime | dt.date | np.datetime64"
"""A moment; without a zone it is in UTC."""

_UNITS = get_args(BinUnit)
_MOST_BIN_SIZE = 1000


def checked_grid(bins: SupportsIndex, bin_size: SupportsIndex, bin_unit: BinUnit, start: Start | None) -> Grid:
    """A grid whose entries have been looked at, each in its plain type."""
    units = ", ".join(f"`{unit}`" for unit in _UNITS)
    if not isinstance(bin_unit, str):
        raise ArgumentTypeError(f"`bin_unit` must be one of {units}, not {described(bin_unit)}")
    if bin_unit not in _UNITS:
        raise ArgumentError(f"`bin_unit` must be one of {units}, not `{bin_unit}`{suggestion(bin_unit, _UNITS)}")
    return Grid(
        _whole(bins, "bins", None),
        _whole(bin_size, "bin_size", _MOST_BIN_SIZE),
        bin_unit,
        None if start is None else _moment(start),
    )


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


def _moment(start: Start) -> str:
    """A moment as a document says it: in UTC, with `Z`."""
    if isinstance(start, np.datetime64):
        moment = start.astype("datetime64[us]").item()
    elif isinstance(start, dt.date) and not isinstance(start, dt.datetime):
        moment = dt.datetime.combine(start, dt.time())
    elif isinstance(start, str):
        try:
            moment = dt.datetime.fromisoformat(start)
        except ValueError:
            raise ArgumentError(f"`start` must be a time such as `2026-03-02T08:00:00Z`, not `{start}`") from None
    else:
        moment = start
    if not isinstance(moment, dt.datetime) and not (moment is None and isinstance(start, np.datetime64)):
        raise ArgumentTypeError(
            f"`start` must be a text such as `2026-03-02T08:00:00Z` or a datetime, not {described(start)}"
        )
    # The missing times of numpy and of pandas.
    if moment is None or moment != moment:
        raise ArgumentError("`start` must be a time, not a missing one (NaT)")
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}Z"
