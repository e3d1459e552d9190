"""Anything that holds numbers, as numbers for the engine: the one place where values are converted.

Runs (`plan.run(inputs=…)`) and models that are put together in Python take the same things and refuse the
same things, in the same words.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flowtime.exceptions import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from flowtime.grid import Grid

__all__ = ["Numbers", "plain_array", "values_for"]

Numbers: TypeAlias = "SupportsFloat | Sequence[SupportsFloat | None] | ArrayLike"
"""A number, or one for each bin: a list, a numpy array, a column of a table."""

_WANTED = "give a number, or one number for each bin"

_KINDS = {
    "b": "bools",
    "c": "complex numbers",
    "S": "bytes",
    "U": "text",
    "T": "text",
    "V": "records",
    "M": "dates",
    "m": "durations",
}


def values_for(name: str, value: object, grid: Grid) -> float | NDArray[np.float64]:
    """A float, or a plain array of floats, for what stands for the series `name`.

    Missing values (`None`, `NaN`, masked, `NA`, null) are NaN. A series with dates is laid over `grid`;
    everything else is taken by position. Whether the length is right is for the caller to say.

    Raises:
        ArgumentTypeError: For what is not numbers: bools, complex numbers, text, dates.
        ArgumentError: For numbers of the wrong shape or size, and dates that do not fit the grid.
    """
    match value:
        case bool() | np.bool_():
            raise _refused(name, "a bool")
        case int() | float() | np.integer() | np.floating():
            return _number(name, value)
        case str() | bytes() | bytearray():
            raise _refused(name, "text" if isinstance(value, str) else "bytes")
        case complex() | np.complexfloating():
            raise _refused(name, "a complex number")
        case None:
            raise _refused(
                name, "None", "a missing value is `float('nan')`; leave an input out for the model's own values"
            )
        case np.datetime64() | np.timedelta64():
            raise _refused(name, "a date" if isinstance(value, np.datetime64) else "a duration")
        case Mapping():
            raise _refused(name, "a mapping", "give its values as a list")
        case Set():
            raise _refused(name, "a set", "give a list, which has an order")
    package = type(value).__module__.partition(".")[0]
    if (read := _READERS.get(package)) is not None:
        value = read(name, value, grid)
    array = plain_array(name, value)
    if array.ndim > 1:
        shape = " × ".join(map(str, array.shape))
        raise ArgumentError(f"the value for `{name}` has the shape {shape}: give one number for each bin")
    return array if array.ndim else float(array)


def plain_for(value: object) -> object:
    """Lists, numbers and text for what else stands in a document that is a dict; `None` for what does not."""
    if isinstance(value, datetime.datetime):
        # What readers of YAML make of the start of a grid; times without a zone are in UTC, as everywhere.
        utc = value if value.tzinfo is None else value.astimezone(datetime.UTC).replace(tzinfo=None)
        return f"{utc.isoformat()}Z"
    if isinstance(value, np.datetime64):
        whole = value == value.astype("datetime64[s]")
        return f"{np.datetime_as_string(value, 's' if whole else 'us')}Z"
    for convert in ("tolist", "to_list"):
        if hasattr(value, convert):
            converted: object = getattr(value, convert)()
            return converted
    return None


def _refused(name: str, found: str, help: str = _WANTED) -> ArgumentTypeError:
    return ArgumentTypeError(f"the value for `{name}` is {found}: {help}")


def _number(name: str, value: SupportsFloat) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ArgumentError(f"the value for `{name}` is too large: numbers are less than 1.8e308") from None


def plain_array(name: str, value: object, help: str = _WANTED) -> NDArray[np.float64]:
    """A plain array of floats, of any number of dimensions; `help` says what to give instead of what is none."""
    if type(value) is np.ndarray and value.dtype == np.float64:
        # What optimisers call with, many times.
        return np.asarray(value, dtype=np.float64, order="C")
    if isinstance(value, np.ma.MaskedArray):
        _check_kind(name, value.dtype, help)
        value = np.ma.filled(value.astype(np.float64), np.nan)
    if isinstance(value, (list, tuple)) and any(isinstance(item, (bool, np.bool_)) for item in value):
        # numpy would make numbers of bools that stand between numbers.
        raise _refused(name, "a list with bools", help)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ArgumentError(f"the value for `{name}` has rows of different lengths") from None
    except OverflowError:
        raise ArgumentError(f"a number for `{name}` is too large: numbers are less than 1.8e308") from None
    _check_kind(name, array.dtype, help)
    if array.dtype.kind == "O":
        if array.ndim == 0:
            if not isinstance(value, SupportsFloat):
                raise _refused(name, f"of type `{type(value).__name__}`", help)
            return np.array(_number(name, value))
        items = [_item(name, place, item) for place, item in enumerate(array.ravel().tolist())]
        array = np.array(items).reshape(array.shape)
    # What is too large for a float64 becomes an infinity, which the engine refuses and names the bin.
    with np.errstate(over="ignore"):
        # `ascontiguousarray` would make a list of a single number.
        return np.asarray(array, dtype=np.float64, order="C")


def _check_kind(name: str, dtype: np.dtype[Any], help: str) -> None:
    if dtype.kind not in "iufO":
        raise _refused(name, f"made of {_KINDS.get(dtype.kind, str(dtype))}", help)


def _item(name: str, bin: int, item: object) -> float:
    """One of objects: of a list with `None`, of decimals, of a column with missing values."""
    if item is None or type(item).__name__ in ("NAType", "MaskedConstant"):
        return np.nan
    if isinstance(item, (bool, str, bytes, complex)) or not isinstance(item, SupportsFloat):
        raise ArgumentTypeError(f"the value for `{name}` in bin {bin} is {item!r}: it must be a number")
    return _number(name, item)


def _from_pandas(name: str, value: Any, grid: Grid) -> object:
    if value.ndim != 1:
        raise ArgumentTypeError(f"the value for `{name}` is a table: give one of its columns")
    # Columns that know of missing values have a kind, too.
    plain = {"dtype": np.float64, "na_value": np.nan} if value.dtype.kind in "iuf" else {}
    numbers = value.to_numpy(**plain)
    index = getattr(value, "index", None)
    return numbers if type(index).__name__ not in _DATED else numbers[_places(name, index, grid)]


_DATED = ("DatetimeIndex", "PeriodIndex", "TimedeltaIndex")


def _places(name: str, index: Any, grid: Grid) -> NDArray[np.intp]:
    """Where in `index` the beginning of each bin stands.

    Every bin must have its row, and no row may lie within a bin: nothing is filled in or dropped in silence.
    Rows before and after the grid are left out.
    """
    if type(index).__name__ == "PeriodIndex":
        index = index.to_timestamp()
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    lasts = type(index).__name__ == "TimedeltaIndex"
    if grid.start is None and not lasts:
        raise ArgumentError(
            f"the series for `{name}` has dates, but the grid has no start: "
            "give the grid a `start`, or the numbers alone (`.to_numpy()`)"
        )
    unit = "us"
    stamps = index.to_numpy()
    stamps = stamps.astype(f"{stamps.dtype.kind}8[{unit}]")
    bins = grid.time
    if lasts and grid.start is not None:
        bins = bins - bins[0]
    bins = bins.astype(stamps.dtype)
    if np.isnat(stamps).any():
        raise ArgumentError(f"the series for `{name}` has a row without a date")
    order = np.argsort(stamps, kind="stable")
    ordered = stamps[order]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if twice.size:
        raise ArgumentError(f"the series for `{name}` has more than one row for {_shown(ordered[twice[0]])}")
    places = np.searchsorted(ordered, bins)
    found = places < ordered.size
    found[found] = ordered[places[found]] == bins[found]
    if not found.all():
        missing = np.flatnonzero(~found)
        raise ArgumentError(
            f"the series for `{name}` has no row for {missing.size} of {grid.bins} bins, "
            f"the first of them {_shown(bins[missing[0]])}: {_span(ordered)}; reindex or resample it to the grid"
        )
    end = bins[-1] + np.timedelta64(grid.bin_minutes * 60, "s")
    inside = np.searchsorted(ordered, end) - places[0]
    if inside != grid.bins:
        raise ArgumentError(
            f"the series for `{name}` has {inside} rows within the {grid.bins} bins of the grid: "
            "resample it to the bins"
        )
    return order[places]


def _shown(stamp: Any) -> str:
    # Whole seconds without the rest.
    text = str(stamp)
    return text.removesuffix(".000000") if "T" in text else str(stamp.astype("m8[s]"))


def _span(stamps: NDArray[Any]) -> str:
    if not stamps.size:
        return "it is empty"
    return f"it goes from {_shown(stamps[0])} to {_shown(stamps[-1])}"


def _from_xarray(name: str, value: Any, grid: Grid) -> object:
    if value.ndim == 1 and value.dims[0] in value.coords and value.coords[value.dims[0]].dtype.kind in "mM":
        return _from_pandas(name, value.to_series(), grid)
    return value.to_numpy()


_READERS: dict[str, Callable[[str, Any, Grid], object]] = {
    "pandas": _from_pandas,
    "xarray": _from_xarray,
}
