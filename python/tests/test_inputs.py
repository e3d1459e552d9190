"""Everything that may stand for numbers, and everything that may not: one table."""

from __future__ import annotations

import array
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

import flowtime as ft

NAN = float("nan")
NUMBERS = [1.0, 2.0, 3.0, 4.0]
GRID = ft.Grid(4, 1, "hours", "2026-01-05T00:00:00Z")
HOURS = pd.date_range("2026-01-05", periods=4, freq="h")

PLAN = ft.Model.from_yaml("""
schemaVersion: 1
grid: {bins: 4, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}
nodes:
  - {id: given, kind: const, values: 7}
  - {id: seen, kind: expr, expr: given + 0}
""").compile()


def frozen(values: list[float]) -> np.ndarray[Any, Any]:
    made = np.array(values)
    made.flags.writeable = False
    return made


def unaligned() -> np.ndarray[Any, Any]:
    return np.frombuffer(b"x" + np.array(NUMBERS).tobytes(), dtype=np.float64, offset=1)


TAKEN: dict[str, tuple[Callable[[], object], list[float]]] = {
    "int": (lambda: 3, [3.0] * 4),
    "float": (lambda: 2.5, [2.5] * 4),
    "nan": (lambda: NAN, [NAN] * 4),
    "minus zero": (lambda: -0.0, [0.0] * 4),
    "Fraction": (lambda: Fraction(1, 4), [0.25] * 4),
    "Decimal": (lambda: Decimal("2.5"), [2.5] * 4),
    "numpy float64": (lambda: np.float64(2.5), [2.5] * 4),
    "numpy float32": (lambda: np.float32(2.5), [2.5] * 4),
    "numpy int8": (lambda: np.int8(-3), [-3.0] * 4),
    "numpy uint64": (lambda: np.uint64(2**63), [2.0**63] * 4),
    "numpy 0-d": (lambda: np.array(2.5), [2.5] * 4),
    "list": (lambda: [1, 2.0, 3, 4], NUMBERS),
    "tuple": (lambda: (1, 2, 3, 4), NUMBERS),
    "list with None": (lambda: [1, None, 3, NAN], [1, NAN, 3, NAN]),
    "list of Decimal": (lambda: [Decimal(n) for n in range(1, 5)], NUMBERS),
    "list of large ints": (lambda: [2**70, 1, 1, 1], [2.0**70, 1, 1, 1]),
    "range": (lambda: range(1, 5), NUMBERS),
    "array.array": (lambda: array.array("f", NUMBERS), NUMBERS),
    "memoryview": (lambda: memoryview(array.array("d", NUMBERS)), NUMBERS),
    "float64": (lambda: np.array(NUMBERS), NUMBERS),
    "float32": (lambda: np.array(NUMBERS, np.float32), NUMBERS),
    "float16": (lambda: np.array(NUMBERS, np.float16), NUMBERS),
    "long double": (lambda: np.array(NUMBERS, np.longdouble), NUMBERS),
    "int64": (lambda: np.arange(1, 5), NUMBERS),
    "int8": (lambda: np.arange(1, 5, dtype=np.int8), NUMBERS),
    "uint16": (lambda: np.arange(1, 5, dtype=np.uint16), NUMBERS),
    "big-endian": (lambda: np.array(NUMBERS, ">f8"), NUMBERS),
    "big-endian ints": (lambda: np.array([1, 2, 3, 4], ">i4"), NUMBERS),
    "strided": (lambda: np.array([1.0, 9, 2, 9, 3, 9, 4, 9])[::2], NUMBERS),
    "backwards": (lambda: np.array([4.0, 3, 2, 1])[::-1], NUMBERS),
    "column of a Fortran order matrix": (lambda: np.asfortranarray([[1.0, 9], [2, 9], [3, 9], [4, 9]])[:, 0], NUMBERS),
    "row of a Fortran order matrix": (lambda: np.asfortranarray([NUMBERS, NUMBERS])[1], NUMBERS),
    "read-only": (lambda: frozen(NUMBERS), NUMBERS),
    "unaligned": (unaligned, NUMBERS),
    "masked": (lambda: np.ma.masked_equal([1, 2, 3, 4], 2), [1, NAN, 3, 4]),
    "objects": (lambda: np.array([1, None, 3.0, Decimal(4)], object), [1, NAN, 3, 4]),
    "a series of a run": (lambda: PLAN.run(inputs={"given": NUMBERS})["seen"], NUMBERS),
    "pandas": (lambda: pd.Series(NUMBERS), NUMBERS),
    "pandas ints": (lambda: pd.Series([1, 2, 3, 4]), NUMBERS),
    "pandas Int64 with NA": (lambda: pd.Series([1, None, 3, 4], dtype="Int64"), [1, NAN, 3, 4]),
    "pandas Float32 with NA": (lambda: pd.Series([1, None, 3, 4], dtype="Float32"), [1, NAN, 3, 4]),
    "pandas of arrow": (lambda: pd.Series([1, None, 3, 4], dtype="int64[pyarrow]"), [1, NAN, 3, 4]),
    "pandas with dates": (lambda: pd.Series(NUMBERS, HOURS), NUMBERS),
    "pandas with dates out of order": (lambda: pd.Series([4.0, 3, 2, 1], HOURS[::-1]), NUMBERS),
    "pandas with dates around": (
        lambda: pd.Series([8, *NUMBERS, 9], pd.date_range("2026-01-04T23:00", periods=6, freq="h")),
        NUMBERS,
    ),
    "pandas with dates in UTC": (lambda: pd.Series(NUMBERS, HOURS.tz_localize("UTC")), NUMBERS),
    "pandas with dates elsewhere": (
        lambda: pd.Series(NUMBERS, HOURS.tz_localize("UTC").tz_convert("Asia/Kolkata")),
        NUMBERS,
    ),
    "pandas with coarse dates": (lambda: pd.Series(NUMBERS, HOURS.as_unit("s")), NUMBERS),
    "pandas with periods": (lambda: pd.Series(NUMBERS, HOURS.to_period("h")), NUMBERS),
    "pandas with durations": (lambda: pd.Series(NUMBERS, HOURS - HOURS[0]), NUMBERS),
    "pandas with dates and NaN": (lambda: pd.Series([1, NAN, 3, 4], HOURS), [1, NAN, 3, 4]),
    "polars": (lambda: pl.Series(NUMBERS), NUMBERS),
    "polars ints with null": (lambda: pl.Series([1, None, 3, 4]), [1, NAN, 3, 4]),
    "arrow": (lambda: pa.array([1, None, 3, 4]), [1, NAN, 3, 4]),
    "arrow in pieces": (lambda: pa.chunked_array([[1, 2], [3, 4]]), NUMBERS),
    "xarray": (lambda: xr.DataArray(NUMBERS), NUMBERS),
    "xarray with dates": (lambda: xr.DataArray([4.0, 3, 2, 1], {"time": HOURS[::-1].to_numpy()}, "time"), NUMBERS),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str) -> None:
    make, wanted = TAKEN[name]
    value = make()
    seen = PLAN.run(inputs={"given": value})["seen"]  # type: ignore[dict-item]
    np.testing.assert_array_equal(seen, wanted)
    again = PLAN.run(inputs={"given": value})["given"]  # type: ignore[dict-item]
    np.testing.assert_array_equal(again, wanted)


SHAPE, KIND = ft.ArgumentError, ft.ArgumentTypeError

REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "bool": (lambda: True, KIND, "is a bool"),
    "numpy bool": (lambda: np.True_, KIND, "is a bool"),
    "complex": (lambda: 2j, KIND, "is a complex number"),
    "numpy complex": (lambda: np.complex64(2j), KIND, "is a complex number"),
    "text": (lambda: "5", KIND, "is text: give a number, or one number for each bin"),
    "bytes": (lambda: b"5", KIND, "is bytes"),
    "None": (lambda: None, KIND, "is None: a missing value is `float('nan')`; leave an input out"),
    "dict": (lambda: {0: 1.0}, KIND, "is a mapping"),
    "set": (lambda: {1.0, 2.0}, KIND, "is a set"),
    "generator": (lambda: (n for n in NUMBERS), KIND, "is of type `generator`"),
    "function": (lambda: len, KIND, "is of type `builtin_function_or_method`"),
    "object": (object, KIND, "is of type `object`"),
    "date": (lambda: np.datetime64("2026-01-01"), KIND, "is a date"),
    "infinity": (lambda: float("inf"), SHAPE, "the value for `given` is infinite"),
    "large int": (lambda: 10**400, SHAPE, "too large"),
    "infinity in a list": (lambda: [1, float("-inf"), 3, 4], SHAPE, "`given` is infinite in bin 1"),
    "large long double": (lambda: np.array([1, 2, 3, 4]) * np.longdouble("1e4000"), SHAPE, "infinite in bin 0"),
    "large int in a list": (lambda: [1, 10**400, 3, 4], SHAPE, "too large"),
    "short": (lambda: [1, 2, 3], SHAPE, "the series for `given` has 3 numbers, but the grid has 4 bins"),
    "long": (lambda: np.zeros(5), SHAPE, "has 5 numbers"),
    "one": (lambda: [1.0], SHAPE, "has 1 number, but"),
    "empty": (list, SHAPE, "has 0 numbers"),
    "empty array": (lambda: np.array([], dtype=int), SHAPE, "has 0 numbers"),
    "matrix": (lambda: np.zeros((4, 1)), SHAPE, "has the shape 4 × 1"),
    "lists": (lambda: [[1, 2], [3, 4]], SHAPE, "has the shape 2 × 2"),
    "ragged lists": (lambda: [[1, 2], [3]], SHAPE, "rows of different lengths"),
    "bools": (lambda: [True, False, True, True], KIND, "a list with bools"),
    "bools between numbers": (lambda: [1.0, True, 2.0, 3.0], KIND, "a list with bools"),
    "bools of numpy": (lambda: np.zeros(4, bool), KIND, "made of bools"),
    "complex numbers": (lambda: np.zeros(4, complex), KIND, "made of complex numbers"),
    "texts": (lambda: ["1", "2", "3", "4"], KIND, "made of text"),
    "texts between numbers": (lambda: [1, "2", 3, 4], KIND, "made of text"),
    "dates": (lambda: HOURS.to_numpy(), KIND, "made of dates"),
    "durations": (lambda: (HOURS - HOURS[0]).to_numpy(), KIND, "made of durations"),
    "records": (lambda: np.zeros(4, [("a", float)]), KIND, "made of records"),
    "text among objects": (lambda: np.array([1, "2", 3, 4], object), KIND, "in bin 1 is '2'"),
    "bool among objects": (lambda: np.array([1, 2, True, 4], object), KIND, "in bin 2 is True"),
    "table": (lambda: pd.DataFrame({"a": NUMBERS}), KIND, "is a table: give one of its columns"),
    "pandas bools": (lambda: pd.Series([True] * 4), KIND, "made of bools"),
    "pandas bools with NA": (lambda: pd.Series([True, None, True, True], dtype="boolean"), KIND, "is True"),
    "pandas texts": (lambda: pd.Series(list("abcd")), KIND, "'a'"),
    "pandas categories": (lambda: pd.Series(list("abcd"), dtype="category"), KIND, "'a'"),
    "polars bools": (lambda: pl.Series([True] * 4), KIND, "made of bools"),
    "polars texts": (lambda: pl.Series(list("abcd")), KIND, "made of text"),
    "dates that begin late": (
        lambda: pd.Series(NUMBERS, HOURS + pd.Timedelta("1h")),
        SHAPE,
        "has no row for 1 of 4 bins, the first of them 2026-01-05T00:00:00: it goes from 2026-01-05T01:00:00",
    ),
    "other dates": (lambda: pd.Series(NUMBERS, HOURS + pd.Timedelta("1D")), SHAPE, "has no row for 4 of 4 bins"),
    "dates between": (lambda: pd.Series(NUMBERS, HOURS + pd.Timedelta("5min")), SHAPE, "has no row for 4 of 4"),
    "no dates": (lambda: pd.Series([], pd.DatetimeIndex([])), SHAPE, "it is empty"),
    "finer dates": (
        lambda: pd.Series(1.0, pd.date_range("2026-01-05", periods=8, freq="30min")),
        SHAPE,
        "has 8 rows within the 4 bins of the grid: resample it",
    ),
    "dates twice": (lambda: pd.Series(1.0, HOURS.append(HOURS)), SHAPE, "more than one row for 2026-01-05T00:00:00"),
    "missing dates": (lambda: pd.Series(NUMBERS, [pd.NaT, *HOURS[1:]]), SHAPE, "a row without a date"),
    "xarray matrix": (lambda: xr.DataArray(np.zeros((4, 1))), SHAPE, "has the shape 4 × 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, kind, words = REFUSED[name]
    with pytest.raises(kind) as caught:
        PLAN.run(inputs={"given": make()})  # type: ignore[dict-item]
    assert words in str(caught.value)
    assert "given" in str(caught.value)


def test_dates_need_a_start() -> None:
    plan = ft.Model.from_yaml("""
schemaVersion: 1
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes: [{id: given, kind: const, values: 7}]
""").compile()
    with pytest.raises(ft.ArgumentError, match="the grid has no start"):
        plan.run(inputs={"given": pd.Series(NUMBERS, HOURS)})
    lasting = pd.Series(NUMBERS, HOURS - HOURS[0])
    np.testing.assert_array_equal(plan.run(inputs={"given": lasting})["given"], NUMBERS)


def test_values_are_copied() -> None:
    value = np.array(NUMBERS)
    run = PLAN.run(inputs={"given": value})
    value[:] = 0
    np.testing.assert_array_equal(run["given"], NUMBERS)
