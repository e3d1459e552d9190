"""Ensembles and sweeps as tables of other packages."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowtime import _native as engine
from flowtime.exceptions import ArgumentError
from flowtime.expression import described
from flowtime.optional import package

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    import xarray

    from flowtime.ensemble import Ensemble
    from flowtime.plan import Plan

__all__ = ["EnsembleTables", "Kind", "Tidy"]

Kind: TypeAlias = Literal["statistics", "scenarios"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    numbers: NDArray[Any]
    words: tuple[str, ...] | None = None
    """What the numbers are the places of."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows for one ensemble, at one point of a sweep."""

    point: Mapping[str, float]
    ensemble: Ensemble


class Tidy:
    """The tables of an ensemble, or of a sweep, where the numbers of the swept inputs come first.

    * `statistics`: a row for each series, statistic and bin, with the columns `series`, `statistic`, `time` and
      `value`. Statistics are `mean`, `std`, `min`, `max`, quantiles as `5%`, probabilities as `above 500`, and
      `missing`, which counts scenarios.
    * `scenarios`: a row for each scenario, with `scenario`, `seed`, and a column for each measure, `backlog max`.

    A column whose name a swept input has gets a `_` at its end.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def plan(self) -> Plan: ...
        @property
        def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]: ...

    @abstractmethod
    def _parts(self) -> Iterable[Part]:
        """What the rows are of."""

    def _columns(self, table: Kind) -> list[Column]:
        if table not in ("statistics", "scenarios"):
            raise ArgumentError(f"`table` must be `statistics` or `scenarios`, not {described(table)}")
        parts = list(self._parts())
        taken = set(parts[0].point)

        def called(name: str) -> str:
            return f"{name}_" if name in taken else name

        first = parts[0].ensemble
        keys = [(series, name) for series in first.names for name in first.statistics(series)]
        each = len(keys) * first.grid.bins if table == "statistics" else first.scenarios
        columns = [
            Column(name, np.repeat([part.point[name] for part in parts], each).astype(np.float64))
            for name in parts[0].point
        ]
        if table == "scenarios":
            columns += [
                Column(called("scenario"), np.tile(np.arange(first.scenarios), len(parts))),
                Column(called("seed"), np.tile(first.seeds, len(parts))),
            ]
            measured = [list(part.ensemble._measured()) for part in parts]
            for place, (of, name, _) in enumerate(measured[0]):
                columns.append(Column(f"{of} {name}", np.concatenate([row[place][2] for row in measured])))
            return columns
        series = tuple(first.names)
        labels = tuple(dict.fromkeys(name for _, name in keys))
        codes = np.array([(series.index(s), labels.index(name)) for s, name in keys], dtype=np.int32).reshape(-1, 2)
        rows = np.tile(np.repeat(codes, first.grid.bins, axis=0), (len(parts), 1))
        values = [part.ensemble.statistic(*key) for part in parts for key in keys]
        return [
            *columns,
            Column(called("series"), np.ascontiguousarray(rows[:, 0]), series),
            Column(called("statistic"), np.ascontiguousarray(rows[:, 1]), labels),
            Column(called("time"), np.tile(self.time, len(keys) * len(parts))),
            Column(called("value"), np.concatenate(values) if values else np.empty(0)),
        ]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table of statistics for anything that speaks Arrow: pyarrow, polars, duckdb and others."""
        return _stream(self._columns("statistics"))

    def to_pandas(self, table: Kind = "statistics") -> pandas.DataFrame:
        """A pandas DataFrame; words are categories. See the class for its columns.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=2, bin_size=8, bin_unit="hours", start="2026-03-02")
        >>> _ = m.pmf("demand", {8: 0.5, 12: 0.5})
        >>> ensemble = m.compile().ensemble(100, seed=1, statistics=["max"], quantiles=[])
        >>> ensemble.to_pandas()
           series statistic                time  value
        0  demand       max 2026-03-02 00:00:00   12.0
        1  demand       max 2026-03-02 08:00:00   12.0
        2  demand   missing 2026-03-02 00:00:00    0.0
        3  demand   missing 2026-03-02 08:00:00    0.0
        """
        pd = package("pandas", f"{self._word}.to_pandas()")
        columns = {
            column.name: column.numbers
            if column.words is None
            else pd.Categorical.from_codes(column.numbers, list(column.words))
            for column in self._columns(table)
        }
        frame: pandas.DataFrame = pd.DataFrame(columns)
        return frame

    def to_polars(self, table: Kind = "statistics") -> polars.DataFrame:
        """A polars DataFrame; words are categories. See `to_pandas`."""
        frame: polars.DataFrame = package("polars", f"{self._word}.to_polars()").DataFrame(_Table(self._columns(table)))
        return frame

    def to_arrow(self, table: Kind = "statistics") -> pyarrow.Table:
        """A pyarrow Table; words are dictionaries. See `to_pandas`. Its metadata hold the `model_hash`."""
        pa = package("pyarrow", f"{self._word}.to_arrow()")
        found: pyarrow.Table = pa.RecordBatchReader.from_stream(_Table(self._columns(table))).read_all()
        described: pyarrow.Table = found.replace_schema_metadata({"model_hash": self.plan.model.model_hash})
        return described

    def to_parquet(self, path: str | os.PathLike[str], table: Kind = "statistics") -> None:
        """Writes a Parquet file by way of pyarrow. See `to_pandas`."""
        parquet = package("pyarrow.parquet", f"{self._word}.to_parquet()")
        parquet.write_table(self.to_arrow(table), os.fspath(path))

    @property
    def _word(self) -> str:
        """What messages call it."""
        return type(self).__name__.lower()


def _stream(columns: list[Column]) -> object:
    """The columns in a capsule."""
    given = []
    for column in columns:
        kind, time = column.numbers.dtype.kind, None
        if kind in "mM":
            time = (kind == "M", np.datetime_data(column.numbers.dtype)[0] == "us")
        numbers = column.numbers.view(np.int64) if time is not None else column.numbers
        given.append(
            (column.name, np.ascontiguousarray(numbers), time, None if column.words is None else list(column.words))
        )
    return engine.stream(given)


class _Table:
    """Columns as a stream."""

    __slots__ = ("_columns",)

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _stream(self._columns)


class EnsembleTables(Tidy):
    """What an ensemble is to other packages."""

    __slots__ = ()

    def _parts(self) -> Iterator[Part]:
        yield Part({}, self)  # type: ignore[arg-type]

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset.

        A variable for each series with the dimensions `statistic` and `time`; for each measure, called `backlog max`,
        with the dimension `scenario`, whose seeds are a coordinate; and for the chosen series, called `backlog series`,
        with `chosen` and `time`. Statistics that were not taken of a series are NaN. Histograms are not among them.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=2, bin_size=8, bin_unit="hours", start="2026-03-02")
        >>> _ = m.pmf("demand", {8: 0.5, 12: 0.5})
        >>> data = m.compile().ensemble(100, above={"demand": 5}, measures={"demand": "max"}).to_xarray()
        >>> data.demand.sel(statistic="above 5").values
        array([1., 1.])
        >>> data["demand max"].sizes["scenario"]
        100
        """
        xr = package("xarray", "ensemble.to_xarray()")
        own: Ensemble = self  # type: ignore[assignment]
        labels = tuple(dict.fromkeys(name for series in own.names for name in own.statistics(series)))
        variables: dict[str, Any] = {
            series: (("statistic", "time"), statistics_of(own, series, labels), about(own.plan, series))
            for series in own.names
        }
        coordinates: dict[str, Any] = {"statistic": list(labels), "time": own.time}
        for series, name, numbers in own._measured():
            variables[f"{series} {name}"] = ("scenario", numbers, about(own.plan, series) if name in _SAME_UNIT else {})
        if own.measures:
            coordinates |= {"scenario": np.arange(own.scenarios), "seed": ("scenario", own.seeds)}
        if own.chosen:
            coordinates["chosen"] = list(own.chosen)
            for series in own.names:
                if own._native.series(series) is not None:
                    variables[f"{series} series"] = (("chosen", "time"), own.series(series), about(own.plan, series))
        # A node may have the name of an axis.
        renamed = {name: f"{name}_" for name in coordinates if name in variables}
        variables = {n: (_renamed(dims, renamed), *rest) for n, (dims, *rest) in variables.items()}
        coordinates = {
            renamed.get(n, n): (_renamed(c[0], renamed), c[1]) if isinstance(c, tuple) else c
            for n, c in coordinates.items()
        }
        attributes = attributes_of(own.plan) | {"scenarios": own.scenarios}
        data: xarray.Dataset = xr.Dataset(variables, coordinates, attributes)
        return data


_SAME_UNIT = ("max", "min", "mean", "last", "sum")


def _renamed(dims: str | tuple[str, ...], names: Mapping[str, str]) -> str | tuple[str, ...]:
    return names.get(dims, dims) if isinstance(dims, str) else tuple(names.get(dim, dim) for dim in dims)


def statistics_of(ensemble: Ensemble, series: str, labels: tuple[str, ...]) -> NDArray[np.float64]:
    """By statistic and bin; NaN where one was not taken."""
    known = ensemble.statistics(series)
    absent = np.full(ensemble.grid.bins, np.nan)
    return np.stack([ensemble.statistic(series, name) if name in known else absent for name in labels])


def about(plan: Plan, series: str) -> dict[str, str]:
    """What the model says about a series, as xarray's users expect it."""
    node = plan.nodes[series]
    said = {"units": node.unit, "long_name": node.description}
    return {key: text for key, text in said.items() if text is not None}


def attributes_of(plan: Plan) -> dict[str, Any]:
    """What is said of a whole set."""
    title = {} if plan.model.title is None else {"title": plan.model.title}
    return {**title, "model_hash": plan.model.model_hash}
