"""Compiled models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

from flowtime import _native
from flowtime._warn import warn
from flowtime.display import PlanDisplay
from flowtime.grid import Grid
from flowtime.runs import Run

if TYPE_CHECKING:
    from flowtime.inputs import Numbers
    from flowtime.model import Model, Node

__all__ = ["Plan"]


class Plan(PlanDisplay):
    """A compiled model: run it as often as wanted, from as many threads as wanted. It never changes.

    >>> import flowtime as ft
    >>> plan = ft.Model.from_yaml('''
    ... schemaVersion: 1
    ... grid: {bins: 3, binSize: 1, binUnit: hours}
    ... nodes:
    ...   - {id: demand, kind: const, values: [8, 12, 10]}
    ...   - {id: capacity, kind: const, values: 9}
    ...   - {id: served, kind: expr, expr: 'MIN(demand, capacity)'}
    ... ''').compile()
    >>> plan.run(inputs={"capacity": 11})["served"]
    array([ 8., 11., 10.])
    """

    __module__ = "flowtime"
    __slots__ = ("__weakref__", "_model", "_native")

    _native: _native.Plan
    _model: Model

    def __init__(self) -> NoReturn:
        """Refused: plans are compiled."""
        raise TypeError("a plan is made by `Model.compile`")

    @classmethod
    def _of(cls, native: _native.Plan, model: Model) -> Plan:
        plan = object.__new__(cls)
        plan._native = native
        plan._model = model
        return plan

    def run(
        self,
        *,
        seed: int | None = None,
        inputs: Mapping[str, Numbers] | None = None,
        keep: Iterable[str] | None = None,
    ) -> Run:
        """Runs the plan once.

        Args:
            seed: What random numbers start from, 0 to 2**53 - 1. By default the model's own seed, or 0.
            inputs: Values to put in the place of const and pmf nodes: a number, or one for each bin. Lists, numpy
                arrays and columns of tables will do; `nan` and `None` in them are missing values. A series with
                dates is laid over the grid by its dates.
            keep: The series to compute and keep, with what they need. By default all.

        Raises:
            UnknownNameError: When there is no node of a name.
            ArgumentError: When a value cannot be used: an infinity, a wrong length.
            ArgumentTypeError: When a value is not made of numbers.
            LimitError: When the result would be larger than 8 GiB.
        """
        if isinstance(keep, str):
            keep = (keep,)
        native = self._native.run(seed, inputs, None if keep is None else list(keep), None)
        for node in native.divided:
            warn(f"`{node}` divided by zero, which gives 0: see `run.warnings`")
        return Run._of(native, self)

    @property
    def model(self) -> Model:
        """The model that was compiled."""
        return self._model

    @property
    def grid(self) -> Grid:
        """The time grid."""
        return self._model.grid

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name, in the order of the model."""
        return self._model.nodes

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the nodes that a run may put other values in the place of."""
        return self._model.inputs

    @property
    def edges(self) -> tuple[tuple[str, str, int], ...]:
        """Who reads whom: `(reader, read, bins back)`, each pair once with its shortest lag."""
        return tuple(self._native.edges)

    def describe(self) -> str:
        """What would be computed to keep every node: the order, the loops, the memory."""
        return self._native.describe()

    def __repr__(self) -> str:
        nodes = "1 node" if len(self.nodes) == 1 else f"{len(self.nodes)} nodes"
        return f"Plan({nodes}, {self.grid})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self._model == other._model

    def __hash__(self) -> int:
        return hash((Plan, self._model))
