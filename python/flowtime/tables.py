"""Runs as tables of other packages, and as files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flowtime.optional import package

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    import xarray

    from flowtime import _native
    from flowtime.plan import Plan

__all__ = ["RunTables"]


class RunTables(Mapping[str, NDArray[np.float64]]):
    """What a run is to other packages: a table with a row for each bin and a column for each series.

    Missing values stay NaN. Times are in UTC, without a zone; of a grid without a start they are durations
    since its beginning. The column of times is called `time`, or `time_` if a node has that name.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        _native: _native.Run

        @property
        def plan(self) -> Plan: ...
        @property
        def seed(self) -> int: ...
        @property
        def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]: ...

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The run for anything that speaks Arrow, without a copy: pyarrow, polars, pandas, duckdb and others.

        >>> import flowtime as ft, pyarrow
        >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours", start="2026-03-02")
        >>> _ = m.const("demand", [8, 12, 10])
        >>> pyarrow.table(m.compile().run()).column_names
        ['time', 'demand']
        """
        # The consumer may cast: the interface leaves it to the producer whether to follow a wish.
        time = self.time
        return self._native.arrow(
            self._time_name, time.view(np.int64), time.dtype.kind == "M", np.datetime_data(time.dtype)[0] == "us"
        )

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas DataFrame with the times as its index.

        Its numbers are those of the run; pandas copies a column when it is first written to. Pandas before 3
        gets a copy.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=3, bin_size=8, bin_unit="hours", start="2026-03-02")
        >>> demand = m.const("demand", [8, 12, 10])
        >>> _ = m.expr("served", ft.minimum(demand, 11))
        >>> m.compile().run().to_pandas()  # doctest: +NORMALIZE_WHITESPACE
                             demand  served
        time
        2026-03-02 00:00:00     8.0     8.0
        2026-03-02 08:00:00    12.0    11.0
        2026-03-02 16:00:00    10.0    10.0
        """
        pd = package("pandas", "run.to_pandas()")
        index = pd.Index(self.time, name=self._time_name)
        frame: pandas.DataFrame = pd.DataFrame(dict(self), index=index, copy=False)
        if int(pd.__version__.partition(".")[0]) < 3:
            return frame.copy()
        # Pandas copies what two tables share before one is written to. Without the other, writing would fail, as a run
        # cannot be written to.
        table = frame.copy(deep=False)
        table.__dict__["_flowtime_shared"] = frame
        return table

    def to_polars(self) -> polars.DataFrame:
        """A polars DataFrame, with the times as its first column. Its numbers are those of the run, not a copy.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=2, bin_size=1, bin_unit="days", start="2026-03-02")
        >>> _ = m.const("demand", [8, 12])
        >>> m.compile().run().to_polars()
        shape: (2, 2)
        ┌─────────────────────┬────────┐
        │ time                ┆ demand │
        │ ---                 ┆ ---    │
        │ datetime[ms]        ┆ f64    │
        ╞═════════════════════╪════════╡
        │ 2026-03-02 00:00:00 ┆ 8.0    │
        │ 2026-03-03 00:00:00 ┆ 12.0   │
        └─────────────────────┴────────┘
        """
        frame: polars.DataFrame = package("polars", "run.to_polars()").DataFrame(_Stream(self))
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow Table, with the times as its first column. Its numbers are those of the run, not a copy.

        Its metadata hold the `model_hash` and the `seed`; those of a column its unit and description.
        """
        pa = package("pyarrow", "run.to_arrow()")
        table: pyarrow.Table = pa.RecordBatchReader.from_stream(self).read_all()
        fields = [field.with_metadata(self._about(field.name)) for field in table.schema]
        about = {"model_hash": self.plan.model.model_hash, "seed": str(self.seed)}
        described: pyarrow.Table = table.cast(pa.schema(fields, about))
        return described

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset with the dimension `time`. Its numbers are those of the run, not a copy.

        Units and descriptions are attributes of each variable, `model_hash`, `seed` and the title those of the set.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=3, bin_size=8, bin_unit="hours", start="2026-03-02")
        >>> _ = m.const("demand", [8, 12, 10], unit="jobs")
        >>> data = m.compile().run().to_xarray()
        >>> data.demand.attrs, data.demand.sel(time="2026-03-02T08").item()
        ({'units': 'jobs'}, 12.0)
        """
        xr = package("xarray", "run.to_xarray()")
        time = self._time_name
        words = {"unit": "units", "description": "long_name"}
        variables = {
            name: (time, numbers, {words[key]: text for key, text in self._about(name).items()})
            for name, numbers in self.items()
        }
        model = self.plan.model
        title = {} if model.title is None else {"title": model.title}
        attributes = {**title, "model_hash": model.model_hash, "seed": self.seed}
        data: xarray.Dataset = xr.Dataset(variables, {time: self.time}, attributes)
        return data

    def to_csv(self, path: str | os.PathLike[str], *, time: bool | None = None) -> None:
        """Writes a CSV file: `bin_index`, then a column for each series.

        Numbers have the shortest digits that read back to the same bits.

        Such a file can be the `source` of a const node: `demand.csv#served`.

        Args:
            path: Of the file; one that is there is replaced.
            time: Whether to put a column with the times after the first, called `time`, or `time_` if a node is.
                By default, if the grid has a start.
        """
        dated = self.time.dtype.kind == "M"
        times = None
        if dated if time is None else time:
            times = [f"{t}Z" for t in self.time] if dated else [str(t.astype(np.int64)) for t in self.time]
        Path(path).write_text(self._native.csv(self._time_name, times), encoding="utf-8", newline="\n")

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes a Parquet file, with the times as its first column, by way of pyarrow. See `to_arrow`."""
        parquet = package("pyarrow.parquet", "run.to_parquet()")
        parquet.write_table(self.to_arrow(), os.fspath(path))

    @property
    def _time_name(self) -> str:
        return "time_" if "time" in self else "time"

    def _about(self, name: str) -> dict[str, str]:
        """What the model says about a series."""
        node = self.plan.nodes.get(name)
        if node is None:
            return {}
        about = {"unit": node.unit, "description": node.description}
        return {key: text for key, text in about.items() if text is not None}


class _Stream:
    """The run as a stream and nothing else: polars would take a mapping first."""

    __slots__ = ("_run",)

    def __init__(self, run: RunTables) -> None:
        self._run = run

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._run.__arrow_c_stream__(requested_schema)
