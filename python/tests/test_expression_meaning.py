"""An expression of Python operators means, to the bit, what its tree means.

Random trees are written three ways: by the operators and functions of the package, whose text has as few
parentheses as possible; as text with all parentheses; and, where numpy has the same operations, they are
evaluated by numpy itself.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import flowtime as ft

BINS = 7
SERIES = {
    "a": [1.0, -2.5, 0.0, 3.0, np.nan, 1e10, 0.1],
    "b": [0.0, 2.0, -0.0, 3.0, 1.0, -1e-9, 0.7],
    "c": [5.0, 0.3, 8.0, -1.0, 2.0, 2.0, 1e5],
}


@dataclass(frozen=True)
class Tree:
    """A formula, three times."""

    build: Callable[[dict[str, ft.Expr]], Any]
    text: str
    numpy: Callable[[dict[str, NDArray[np.float64]]], Any] | None


def number(value: float) -> Tree:
    text = repr(value)
    return Tree(lambda _: value, f"(-{text[1:]})" if text[0] == "-" else text, lambda _: np.full(BINS, value))


def node(name: str) -> Tree:
    return Tree(lambda nodes: nodes[name], name, lambda series: series[name])


def div(a: Any, b: Any) -> Any:
    return np.where(b == 0, 0.0, a / np.where(b == 0, 1.0, b))


def truth(a: Any) -> Any:
    return (a != 0) & ~np.isnan(a)


def flag(a: Any) -> Any:
    return np.where(a, 1.0, 0.0)


def min2(a: Any, b: Any) -> Any:
    return np.where(np.isnan(a), a, np.where(a < b, a, b))


def max2(a: Any, b: Any) -> Any:
    return np.where(np.isnan(a), a, np.where(a > b, a, b))


def shifted(a: Any) -> Any:
    return np.concatenate([[0.0, 0.0], a[:-2]])


# Python's operator or function; the text with all parentheses; the same in numpy, where it has it to the bit.
BINARY: list[tuple[Callable[[Any, Any], Any], str, Callable[[Any, Any], Any] | None]] = [
    (lambda a, b: a + b, "({} + {})", lambda a, b: a + b),
    (lambda a, b: a - b, "({} - {})", lambda a, b: a - b),
    (lambda a, b: a * b, "({} * {})", lambda a, b: a * b),
    (lambda a, b: a / b, "({} / {})", div),
    (lambda a, b: a < b, "({} < {})", lambda a, b: flag(a < b)),
    (lambda a, b: a <= b, "({} <= {})", lambda a, b: flag(a <= b)),
    (lambda a, b: a > b, "({} > {})", lambda a, b: flag(a > b)),
    (lambda a, b: a >= b, "({} >= {})", lambda a, b: flag(a >= b)),
    (lambda a, b: a == b, "({} == {})", lambda a, b: flag(a == b)),
    (lambda a, b: a != b, "({} != {})", lambda a, b: flag(a != b)),
    (lambda a, b: a & b, "AND({}, {})", lambda a, b: flag(truth(a) & truth(b))),
    (lambda a, b: a | b, "OR({}, {})", lambda a, b: flag(truth(a) | truth(b))),
    (lambda a, b: a % b, "MOD({}, {})", None),
    (lambda a, b: a**b, "POW({}, {})", None),
    (ft.minimum, "MIN({}, {})", min2),
    (ft.maximum, "MAX({}, {})", max2),
    (ft.step, "STEP({}, {})", lambda a, b: flag(a >= b)),
    (ft.queue, "QUEUE({}, {})", None),
]
UNARY: list[tuple[Callable[[Any], Any], str, Callable[[Any], Any] | None]] = [
    (lambda a: -a, "(-{})", lambda a: -a),
    (lambda a: +a, "(+{})", lambda a: a),
    (lambda a: ~a, "NOT({})", lambda a: flag(~truth(a))),
    (ft.abs, "ABS({})", np.abs),
    (ft.sqrt, "SQRT({})", np.sqrt),
    (ft.floor, "FLOOR({})", np.floor),
    (ft.round, "ROUND({})", None),
    (ft.cumsum, "CUMSUM({})", lambda a: np.cumsum(np.concatenate([[0.0], a]))[1:]),
    (lambda a: ft.shift(a, 2), "SHIFT({}, 2)", shifted),
    (lambda a: ft.rolling_mean(a, 3), "ROLLING_MEAN({}, 3)", None),
    (lambda a: ft.ema(a, 0.25, -1), "EMA({}, 0.25, -1)", None),
    (lambda a: ft.convolve(a, [0, 0.5, -2]), "CONV({}, [0, 0.5, -2])", None),
]


def apply(entry: tuple[Callable[..., Any], str, Callable[..., Any] | None], *parts: Tree) -> Tree:
    make, text, naive = entry
    naives = [part.numpy for part in parts]
    return Tree(
        lambda nodes: make(*(part.build(nodes) for part in parts)),
        text.format(*(part.text for part in parts)),
        None
        if naive is None or None in naives
        else lambda series: naive(*(part(series) for part in naives if part is not None)),
    )


LITERALS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, 0.1, -3.0, 1e-7, 1e22, 123456789.0, -0.5]),
    st.floats(allow_nan=False, allow_infinity=False),
)
NODES = st.sampled_from(sorted(SERIES)).map(node)


def grow(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    # Python itself would compute an operator between two numbers, so one side has a node.
    return st.one_of(
        st.tuples(st.sampled_from(BINARY), trees, trees).map(lambda t: apply(*t)),
        st.tuples(st.sampled_from(BINARY), trees, LITERALS.map(number)).map(lambda t: apply(*t)),
        st.tuples(st.sampled_from(BINARY), LITERALS.map(number), trees).map(lambda t: apply(*t)),
        st.tuples(st.sampled_from(UNARY), trees).map(lambda t: apply(*t)),
    )


TREES = st.recursive(NODES, grow, max_leaves=14)


@pytest.mark.filterwarnings("ignore:`.*` divided by zero:flowtime.FlowtimeWarning")
@settings(max_examples=400, deadline=None)
@given(TREES)
def test_the_text_means_the_tree(tree: Tree) -> None:
    m = ft.ModelBuilder(bins=BINS, bin_size=1, bin_unit="hours")
    nodes: dict[str, ft.Expr] = {name: m.const(name, values) for name, values in SERIES.items()}
    m.expr("ours", tree.build(nodes))
    m.expr("theirs", tree.text)
    run = m.compile().run()
    same(run["ours"], run["theirs"], m)
    if tree.numpy is not None:
        with np.errstate(all="ignore"):
            same(run["ours"], tree.numpy({name: np.array(values) for name, values in SERIES.items()}), m)


def same(found: NDArray[np.float64], wanted: NDArray[np.float64], m: ft.ModelBuilder) -> None:
    """Bit for bit; one NaN is as good as another."""
    both = np.isnan(found) & np.isnan(wanted)
    bits, others = found.view(np.int64), np.ascontiguousarray(wanted).view(np.int64)
    assert (both | (bits == others)).all(), f"{m['ours']!r}: {found} {wanted}"


def without_each_pair(text: str) -> Iterator[str]:
    """The text without one pair of parentheses that are not those of a call."""
    for start, char in enumerate(text):
        if char != "(" or (start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")):
            continue
        depth = 0
        for end in range(start, len(text)):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            if depth == 0:
                yield text[:start] + " " + text[start + 1 : end] + " " + text[end + 1 :]
                break


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_the_text_has_no_parentheses_to_spare(tree: Tree) -> None:
    m = ft.ModelBuilder(bins=BINS, bin_size=1, bin_unit="hours")
    text = str(tree.build({name: m.ref(name) for name in SERIES}))
    # The operators of the language bind as in Python.
    meaning = ast.dump(ast.parse(text, mode="eval"))
    for other in without_each_pair(text):
        assert ast.dump(ast.parse(other.strip(), mode="eval")) != meaning, text
