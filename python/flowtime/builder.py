"""Models written in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, SupportsIndex

import numpy as np
import numpy.typing as npt

from flowtime.document import Formula, Rows, yaml
from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import Expr, Operand, as_expr, as_number, described, number_text, reference, shortened
from flowtime.grid import BinUnit, Grid, Start
from flowtime.inputs import values_for
from flowtime.names import Named, node_name, suggestion
from flowtime.pmf import finite, from_samples, probabilities_of

if TYPE_CHECKING:
    from flowtime.limits import Limits
    from flowtime.model import Model
    from flowtime.plan import Plan

__all__ = ["ModelBuilder", "NodeExpr"]

ConstPolicy = Literal["repeat", "stretch", "error"]
PmfPolicy = Literal["sample", "expected", "repeat", "error"]

_CONST_POLICIES = ("repeat", "stretch", "error")
_PMF_POLICIES = ("sample", "expected", "repeat", "error")
# The largest seed that a document can hold.
_MOST_SEED = 2**31 - 1


class NodeExpr(Expr):
    """A node of a `ModelBuilder`: an expression that is the node's name.

    >>> import flowtime as ft
    >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours")
    >>> demand = m.const("demand", [8, 12, 9], unit="jobs")
    >>> demand
    <Node demand: const, jobs>
    >>> m.expr("served", ft.minimum(demand, 10))
    <Node served = MIN(demand, 10)>
    """

    __slots__ = ("_entry",)

    _entry: Mapping[str, Any]

    @classmethod
    def _of(cls, entry: Mapping[str, Any], builder: ModelBuilder) -> NodeExpr:
        node = object.__new__(cls)
        named = reference(entry["id"], builder)
        object.__setattr__(node, "_text", named._text)
        object.__setattr__(node, "_tightness", named._tightness)
        object.__setattr__(node, "_builder", builder)
        object.__setattr__(node, "_entry", entry)
        return node

    @property
    def id(self) -> str:
        """The node's name."""
        return self._text

    @property
    def kind(self) -> str:
        """`const`, `pmf` or `expr`."""
        return str(self._entry["kind"])

    @property
    def unit(self) -> str | None:
        """The unit of its series."""
        return self._entry.get("unit")

    @property
    def description(self) -> str | None:
        """What it is, for people."""
        return self._entry.get("description")

    def __repr__(self) -> str:
        unit = f", {self.unit}" if self.unit else ""
        if self.kind == "expr":
            return f"<Node {self.id} = {shortened(self._entry['expr'], 100)}{unit}>"
        return f"<Node {self.id}: {self.kind}{unit}>"

    def _repr_html_(self) -> str:
        from flowtime.html import code

        return code(repr(self).removeprefix("<Node ").removesuffix(">"))


class ModelBuilder:
    """A model in the making: nodes are added, then `build` gives the frozen `Model`.

    Args:
        bins: The number of bins of the time grid.
        bin_size: The length of a bin, in `bin_unit`.
        bin_unit: `minutes`, `hours`, `days` or `weeks`.
        start: When the first bin begins: a text, a `datetime` or a `numpy.datetime64`. Without a zone it is in UTC.
        seed: What the random numbers start from, 0 to 2147483647; 0 when left out.
        title: Of the model, for people and pictures.
        metadata: Anything else about the model; never changes a result.

    >>> import flowtime as ft
    >>> m = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    >>> arrivals = m.const("arrivals", [10, 30, 20, 0])
    >>> backlog = m.expr("backlog", ft.maximum(0, m.ref("backlog").shift(1) + arrivals - 15))
    >>> print(m.to_yaml())
    schemaVersion: 1
    grid: {bins: 4, binSize: 1, binUnit: hours}
    nodes:
      - {id: arrivals, kind: const, values: [10, 30, 20, 0]}
      - {id: backlog, kind: expr, expr: "MAX(0, SHIFT(backlog, 1) + arrivals - 15)"}
    <BLANKLINE>
    >>> m.compile().run()["backlog"]
    array([ 0., 15., 20.,  5.])
    """

    __module__ = "flowtime"

    __hash__: ClassVar[None]  # type: ignore[assignment]

    def __init__(
        self,
        *,
        bins: SupportsIndex,
        bin_size: SupportsIndex,
        bin_unit: BinUnit,
        start: Start | None = None,
        seed: SupportsIndex | None = None,
        title: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        self._grid = Grid(bins, bin_size, bin_unit, start)
        self._seed = None if seed is None else _seed(seed)
        self._metadata: dict[str, Any] = {} if title is None else {"title": _text(title, "title")}
        self._metadata.update(_free(metadata or {}, "metadata"))
        self._nodes: Named[NodeExpr] = Named("node", ())
        self._outputs: list[dict[str, str]] = []

    # Nodes

    def const(
        self,
        name: str,
        values: object,
        *,
        policy: ConstPolicy | None = None,
        unit: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> NodeExpr:
        """Adds a node of given values.

        `values` is a number for every bin, or one for each bin: a list, an array, a column of polars or Arrow.
        NaN, None and NA are missing values. A pandas Series with times as its index is laid over the grid by
        them, never by position, or refused with what to do.

        Fewer values than bins need a `policy`: `repeat` lays them end to end, `stretch` holds each for as many
        bins. `error` refuses them.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> m.const("capacity", 120, unit="jobs")
        <Node capacity: const, jobs>
        >>> m.const("shifts", [2, 4, 3], policy="stretch")
        <Node shifts: const>
        """
        name = self._new(name)
        given = values_for(name, values, self._grid)
        numbers = finite(name, given)
        entry: dict[str, Any] = {"id": name, "kind": "const", **_about(unit, description), "values": numbers}
        if policy is not None:
            entry["policy"] = _word(policy, _CONST_POLICIES, "policy")
        return self._add(entry, metadata)

    def pmf(
        self,
        name: str,
        pmf: Mapping[float, float] | None = None,
        *,
        values: object = None,
        probabilities: object = None,
        policy: PmfPolicy | None = None,
        unit: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> NodeExpr:
        """Adds a node that draws a value in each bin.

        What it draws from is a mapping from value to probability, or `values` and `probabilities`.

        `policy` is `sample`, the default; `expected` is the mean in every bin; `repeat` and `error` use the
        values in their order.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> m.pmf("demand", {80: 0.1, 100: 0.6, 150: 0.3})
        <Node demand: pmf>
        >>> m.pmf("week", values=[1.2, 1.1, 0.7], probabilities=[1, 1, 1], policy="repeat")
        <Node week: pmf>
        """
        name = self._new(name)
        entry: dict[str, Any] = {"id": name, "kind": "pmf", **_about(unit, description)}
        entry["pmf"] = probabilities_of(pmf, values, probabilities, name)
        if policy is not None:
            entry["policy"] = _word(policy, _PMF_POLICIES, "policy")
        return self._add(entry, metadata)

    def pmf_from(
        self,
        name: str,
        samples: object,
        *,
        bins: int | str | Sequence[float] | None = None,
        policy: PmfPolicy | None = None,
        unit: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> NodeExpr:
        """Adds a pmf node with the distribution of data.

        Without `bins`, each value that occurs has its frequency, if there are at most 32 different ones; else,
        and with `bins` (a number, edges, or a rule of `numpy.histogram_bin_edges` such as `"auto"`), the
        samples are sorted into bins of a histogram, and the mean of the samples in each is its value: the mean
        of the data is kept but for rounding. Probabilities are rounded by less than a tenth of a sample.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> m.pmf_from("demand", [80, 100, 100, 150, 100, 100, 100, 150, 150, 100])
        <Node demand: pmf>
        >>> print(m.to_yaml().splitlines()[-1])
          - {id: demand, kind: pmf, pmf: {80: 0.1, 100: 0.6, 150: 0.3}}
        """
        name = self._new(name)
        entry: dict[str, Any] = {"id": name, "kind": "pmf", **_about(unit, description)}
        entry["pmf"] = from_samples(samples, bins, name)
        if policy is not None:
            entry["policy"] = _word(policy, _PMF_POLICIES, "policy")
        return self._add(entry, metadata)

    def expr(
        self,
        name: str,
        expr: Operand | str,
        *,
        unit: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> NodeExpr:
        """Adds a node with a formula: an expression of Python operators, or its text.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> demand, capacity = m.const("demand", 100), m.const("capacity", 120)
        >>> m.expr("served", ft.minimum(demand, capacity))
        <Node served = MIN(demand, capacity)>
        >>> m.expr("load", "100 * demand / capacity", unit="%")
        <Node load = 100 * demand / capacity, %>
        """
        name = self._new(name)
        if isinstance(expr, str):
            # White space between tokens means nothing.
            text = " ".join(expr.split())
            if not text:
                raise ArgumentError(f"the expression of `{name}` is empty")
        else:
            made = as_expr(expr)
            if made._builder not in (None, self):
                raise ArgumentError(
                    f"the expression of `{name}` reads nodes of another builder: build `{shortened(str(made))}` "
                    "from nodes of this one"
                )
            text = str(made)
        entry = {"id": name, "kind": "expr", **_about(unit, description), "expr": Formula(text)}
        return self._add(entry, metadata)

    def ref(self, name: str) -> Expr:
        """A node by its name, which may be added later: how a formula reads itself or what comes after it.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> print(ft.maximum(0, m.ref("backlog").shift(1) + 3))
        MAX(0, SHIFT(backlog, 1) + 3)
        """
        return reference(node_name(name), self)

    def output(self, *series: Expr | str, file: str | None = None) -> None:
        """Says what is written to files, shown and drawn; without any, every node.

        `"*"` is every node that no other output names.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=24, bin_size=1, bin_unit="hours")
        >>> load = m.const("load", 3)
        >>> m.output(load, "backlog")
        >>> m.output("*")
        """
        if not series:
            raise ArgumentTypeError("`output` needs at least one node: `m.output(served, backlog)`")
        if file is not None and len(series) != 1:
            raise ArgumentError(f"`file` names the file of one series, not of {len(series)}")
        entries = []
        for one in series:
            entry = {"series": self._series_name(one)}
            if file is not None:
                entry["as"] = _text(file, "file")
            entries.append(entry)
        self._outputs.extend(entries)

    # The nodes so far

    @property
    def time(self) -> npt.NDArray[Any]:
        """When each bin begins: datetime64[s], or timedelta64[s] when the grid has no start.

        >>> import flowtime as ft
        >>> ft.ModelBuilder(bins=2, bin_size=5, bin_unit="minutes", start="2026-03-02T08:00:00Z").time
        array(['2026-03-02T08:00:00', '2026-03-02T08:05:00'],
              dtype='datetime64[s]')
        """
        return self._grid.time

    def __getitem__(self, name: str) -> NodeExpr:
        """The node with this name."""
        if not isinstance(name, str):
            raise ArgumentTypeError(f"nodes are found by name, not by {described(name)}")
        return self._nodes[name]

    def __delitem__(self, name: str) -> None:
        self[name]
        del self._nodes[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._nodes

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelBuilder) and self.to_yaml() == other.to_yaml()

    def __repr__(self) -> str:
        lines = [f"<ModelBuilder: {self._grid}, {len(self)} {'node' if len(self) == 1 else 'nodes'}>"]
        shown = list(self._nodes.values())[:_MOST_SHOWN]
        lines += [f"  {repr(node)[len('<Node ') : -1]}" for node in shown]
        if len(self) > len(shown):
            lines.append(f"  … and {len(self) - len(shown)} more")
        return "\n".join(lines)

    # Out of the builder

    def to_yaml(self) -> str:
        """The model document so far, as a person would write it. Nothing is checked."""
        return yaml(self._sections())

    def _sections(self) -> dict[str, object]:
        grid: dict[str, Any] = {
            "bins": self._grid.bins,
            "binSize": self._grid.bin_size,
            "binUnit": self._grid.bin_unit,
        }
        if self._grid.start is not None:
            grid["start"] = self._grid.start
        sections: dict[str, object] = {"schemaVersion": 1}
        if self._metadata:
            sections["metadata"] = self._metadata
        sections["grid"] = grid
        if self._seed is not None:
            sections["rng"] = {"seed": self._seed}
        sections["nodes"] = Rows(dict(node._entry) for node in self._nodes.values())
        if self._outputs:
            sections["outputs"] = Rows(self._outputs)
        return sections

    def _is_long(self) -> bool:
        lists = (node._entry.get("values") for node in self._nodes.values())
        return sum(len(numbers) for numbers in lists if isinstance(numbers, list)) > _SHORT

    def build(self, *, limits: Limits | None = None) -> Model:
        """The model, frozen: what is added to the builder later does not change it.

        Args:
            limits: See `Model.from_yaml`.

        Raises:
            ModelError: With everything that is wrong with it, shown in the text that `to_yaml` gives.
        """
        from flowtime.model import Model

        # Long lists need not be written and read again, unless there is something to say about them.
        model = Model._unwritten(self._sections(), limits) if self._is_long() else None
        return model or Model.from_yaml(self.to_yaml(), limits=limits)

    def compile(self, *, limits: Limits | None = None) -> Plan:
        """The plan of the model: `m.build(limits=limits).compile()`."""
        return self.build(limits=limits).compile()

    # Inside

    def _new(self, name: str) -> str:
        if node_name(name) in self._nodes:
            raise ArgumentError(f"there is a node `{name}` already: `del m[{name!r}]` takes it out")
        return name

    def _add(self, entry: dict[str, Any], metadata: Mapping[str, object] | None) -> NodeExpr:
        if metadata is not None:
            entry["metadata"] = _free(metadata, "metadata")
        node = NodeExpr._of(entry, self)
        self._nodes[node.id] = node
        return node

    def _series_name(self, series: Expr | str) -> str:
        if isinstance(series, str):
            return series if series == "*" else node_name(series)
        if not isinstance(series, Expr):
            raise ArgumentTypeError(f"an output must be a node or its name, not {described(series)}")
        if series._builder is not self:
            raise ArgumentError(f"`{series}` is not a node of this builder")
        if not str(series).isidentifier():
            raise ArgumentError(f"an output must be a node, not a formula: `m.expr(name, {series})` makes a node of it")
        return str(series)


# Numbers that are written and read in no time.
_SHORT = 10_000

# Nodes that `repr` lists.
_MOST_SHOWN = 40


def _about(unit: str | None, description: str | None) -> dict[str, str]:
    about = {}
    if unit is not None:
        about["unit"] = _text(unit, "unit")
    if description is not None:
        about["description"] = _text(description, "description")
    return about


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise ArgumentTypeError(f"`{what}` must be a text, not {described(value)}")
    return value


def _word(value: object, known: Sequence[str], what: str) -> str:
    if _text(value, what) not in known:
        words = ", ".join(f"`{word}`" for word in known)
        raise ArgumentError(f"`{what}` must be one of {words}, not `{value}`{suggestion(str(value), known)}")
    return str(value)


def _seed(value: SupportsIndex) -> int:
    number = as_number(value, "`seed`")
    if not number.is_integer() or not 0 <= number <= _MOST_SEED:
        raise ArgumentError(f"`seed` must be a whole number from 0 to {_MOST_SEED}, not {number_text(number)}")
    return int(number)


def _free(value: object, path: str) -> Any:
    """A free value of a document in plain types: numpy's numbers and texts become Python's."""
    match value:
        case None | bool() | int() | float() | str():
            plain = value if type(value) in (type(None), bool, int, float, str) else _plain(value)
            # Written, `5.0` is `5`.
            return int(plain) if type(plain) is float and plain.is_integer() and abs(plain) < 1e15 else plain
        case Mapping():
            for key in value:
                if not isinstance(key, str):
                    raise ArgumentTypeError(f"the keys of `{path}` must be texts, not {described(key)}")
            return {str(key): _free(entry, f"{path}.{key}") for key, entry in value.items()}
        case np.generic() | np.ndarray():
            return _free(value.tolist(), path)
        case list() | tuple():
            return [_free(item, f"{path}[{i}]") for i, item in enumerate(value)]
        case _:
            raise ArgumentTypeError(
                f"`{path}` must be text, numbers, lists and mappings of these, not {described(value)}"
            )


def _plain(value: Any) -> Any:
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain(value)
    return value
