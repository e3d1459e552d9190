"""The series of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from flowtime import _native as engine
from flowtime.diagnostics import Diagnostic, from_json
from flowtime.display import RunDisplay
from flowtime.exceptions import ArgumentTypeError, UnknownNameError
from flowtime.expression import Expr, described
from flowtime.grid import Grid
from flowtime.names import Named, unknown
from flowtime.pictures import RunPictures
from flowtime.tables import RunTables

if TYPE_CHECKING:
    from flowtime.plan import Plan

__all__ = ["Run"]


class Run(RunDisplay, RunTables, RunPictures):
    """The series of one run, by name: a read-only mapping to numpy arrays. It never changes.

    Arrays are read-only views of the numbers that the run computed, without a copy. They keep the memory
    alive that they need, and nothing else has to be kept.

    >>> import flowtime as ft
    >>> run = ft.run_yaml('''
    ... schemaVersion: 1
    ... grid: {bins: 3, binSize: 1, binUnit: hours}
    ... nodes:
    ...   - {id: demand, kind: const, values: [8, 12, 10]}
    ...   - {id: served, kind: expr, expr: 'MIN(demand, 9)'}
    ... ''')
    >>> run["served"]
    array([8., 9., 9.])
    >>> list(run), len(run), "demand" in run
    (['demand', 'served'], 2, True)
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_arrays", "_native", "_plan", "_provenance", "_time")

    _native: engine.Run
    _plan: Plan
    _arrays: dict[str, NDArray[np.float64]]
    _provenance: dict[str, Any] | None
    _time: NDArray[np.datetime64] | NDArray[np.timedelta64] | None

    def __init__(self) -> None:
        """Refused: runs come of plans."""
        raise ArgumentTypeError("a run is made by `Plan.run`")

    @classmethod
    def _of(cls, native: engine.Run, plan: Plan, provenance: dict[str, Any] | None = None) -> Run:
        run = object.__new__(cls)
        run._native = native
        run._plan = plan
        run._arrays = {}
        run._provenance = provenance
        run._time = None
        return run

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        try:
            array = self._arrays.get(name)
        except TypeError:
            # Nothing that can be hashed, such as a list.
            array = None
        if array is not None:
            return array
        if not isinstance(name, str):
            raise UnknownNameError(_no_name(name))
        try:
            array = self._native.series(name)
        except (UnknownNameError, UnicodeEncodeError):
            if name in self._plan.nodes:
                # It was not kept.
                raise
            if name == "time":
                raise UnknownNameError("there is no series `time`: `run.time` is when each bin begins") from None
            raise unknown("series", name, self) from None
        # Two threads that come here at once find the same numbers.
        self._arrays[name] = array
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._native.ids)

    def __len__(self) -> int:
        return len(self._native)

    def __contains__(self, name: object) -> bool:
        # Names of nodes are ASCII; what cannot be encoded is none.
        return isinstance(name, str) and name.isascii() and name in self._native

    @property
    def series(self) -> Mapping[str, NDArray[np.float64]]:
        """Every series by name, in the order of the model, or as they were asked for."""
        return MappingProxyType(Named("series", ((name, self[name]) for name in self)))

    @property
    def time(self) -> NDArray[np.datetime64] | NDArray[np.timedelta64]:
        """When each bin begins.

        In UTC as `datetime64[s]` when the grid has a start, else since the beginning as `timedelta64[s]`.
        """
        if self._time is None:
            time = self.grid.time
            time.flags.writeable = False
            self._time = time
        return self._time

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What happened that is worth knowing: each node that divided by zero, and in how many bins."""
        return from_json(self._native.warnings())

    @property
    def seed(self) -> int:
        """The seed that was used."""
        return self._native.seed

    @property
    def provenance(self) -> Any:
        """Where the model came from: what the run was told, else what the model says of itself; `None` when nothing.

        It changes no result. A registry keeps it with the run, see `Registry.put_run`.
        """
        return self._plan.model.provenance if self._provenance is None else self._provenance

    @property
    def plan(self) -> Plan:
        """The plan that was run."""
        return self._plan

    @property
    def grid(self) -> Grid:
        """The time grid."""
        return self._plan.grid

    if not TYPE_CHECKING:
        # For type checkers there is nothing but what is written here.
        def __getattr__(self, name: str) -> NoReturn:
            hint = (
                f": a series is found by its name, `run[{name!r}]`" if not name.startswith("_") and name in self else ""
            )
            raise AttributeError(f"a run has no attribute `{name}`{hint}", name=name, obj=self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __eq__(self, other: object) -> bool:
        # As a mapping it would compare arrays, which have no one answer.
        return True if self is other else NotImplemented

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, memo: object) -> Run:
        return self

    def __reduce__(self) -> NoReturn:
        raise ArgumentTypeError("a run is not pickled: send its numbers, `dict(run)`, or the plan and run it there")


def _no_name(key: Any) -> str:
    """Why something that is no text names no series."""
    if isinstance(key, Expr):
        return f"a series is found by its name: `run[{str(key)!r}]`"
    if isinstance(key, (list, tuple)):
        return "a run gives one series at a time: `run.to_pandas()[[…]]` is a table of several"
    return f"a series is found by its name, not by {described(key)}"
