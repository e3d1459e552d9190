"""Operators make the text that a person would have written."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import flowtime as ft


@pytest.fixture
def m() -> ft.ModelBuilder:
    builder = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    for name in "abc":
        builder.const(name, 1)
    return builder


TEXTS: list[tuple[Callable[[Any, Any, Any], Any], str]] = [
    (lambda a, b, c: a + b + c, "a + b + c"),
    (lambda a, b, c: a + (b + c), "a + (b + c)"),
    (lambda a, b, c: a - b - c, "a - b - c"),
    (lambda a, b, c: a - (b - c), "a - (b - c)"),
    (lambda a, b, c: (a + b) * c, "(a + b) * c"),
    (lambda a, b, c: a + b * c, "a + b * c"),
    (lambda a, b, c: a * b / c, "a * b / c"),
    (lambda a, b, c: a * (b / c), "a * (b / c)"),
    (lambda a, b, c: a / (b * c), "a / (b * c)"),
    (lambda a, b, c: -a * b, "-a * b"),
    (lambda a, b, c: -(a * b), "-(a * b)"),
    (lambda a, b, c: a - -b, "a - -b"),
    (lambda a, b, c: operator.neg(-a), "--a"),
    (lambda a, b, c: +a, "a"),
    (lambda a, b, c: a**b**c, "POW(a, POW(b, c))"),
    (lambda a, b, c: 2 ** (a + 1), "POW(2, a + 1)"),
    (lambda a, b, c: (a + 1) % 7, "MOD(a + 1, 7)"),
    (lambda a, b, c: 7 % a, "MOD(7, a)"),
    (lambda a, b, c: (a < b) + (b >= c), "(a < b) + (b >= c)"),
    (lambda a, b, c: (a < b) == (b < c), "(a < b) == (b < c)"),
    (lambda a, b, c: a + b < b * c, "a + b < b * c"),
    (lambda a, b, c: a > 3, "a > 3"),
    (lambda a, b, c: a == 3, "a == 3"),
    (lambda a, b, c: a != b, "a != b"),
    (lambda a, b, c: -(a < b), "-(a < b)"),
    (lambda a, b, c: (a < b) & ~(b < c) | (c != 0), "OR(AND(a < b, NOT(b < c)), c != 0)"),
    (lambda a, b, c: 1 & a, "AND(1, a)"),
    (lambda a, b, c: 0 | a, "OR(0, a)"),
    (lambda a, b, c: abs(a - b), "ABS(a - b)"),
    (lambda a, b, c: round(a / 3), "ROUND(a / 3)"),
    (lambda a, b, c: a.shift(1), "SHIFT(a, 1)"),
    (lambda a, b, c: (a + b).shift(2, fill=10), "SHIFT(a + b, 2, 10)"),
    (lambda a, b, c: sum([a, b, c]), "a + b + c"),
    (lambda a, b, c: a + -3, "a - 3"),
    (lambda a, b, c: a - -3, "a + 3"),
    (lambda a, b, c: -3 + a, "-3 + a"),
    (lambda a, b, c: a * -3, "a * -3"),
    (lambda a, b, c: a - -0.0, "a + 0"),
    (lambda a, b, c: a * -0.0, "a * -0"),
    (lambda a, b, c: 0.0 + a, "0 + a"),
    (lambda a, b, c: a + 0.1 + 1e-7 + 1e15 + 1e22, "a + 0.1 + 1e-7 + 1000000000000000 + 1e22"),
    (lambda a, b, c: a * 10**20, "a * 1e20"),
    (lambda a, b, c: a * np.int32(3) + np.float64(0.5), "a * 3 + 0.5"),
    (lambda a, b, c: np.float64(3) * a, "3 * a"),
    (lambda a, b, c: np.int64(3) - a, "3 - a"),
    (lambda a, b, c: np.float32(2) < a, "2 < a"),
    (lambda a, b, c: np.array(5) / a, "5 / a"),
    (lambda a, b, c: a + Fraction(1, 4) + Decimal("0.5"), "a + 0.25 + 0.5"),
    (lambda a, b, c: a * True, "a * 1"),
    (lambda a, b, c: np.minimum(a, np.exp(b)), "MIN(a, EXP(b))"),
    (lambda a, b, c: np.maximum(0, a), "MAX(0, a)"),
    (lambda a, b, c: np.logical_not(a), "NOT(a)"),
    (lambda a, b, c: np.abs(a), "ABS(a)"),
    (lambda a, b, c: np.negative(a), "-a"),
]


@pytest.mark.parametrize(("make", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_text(m: ft.ModelBuilder, make: Callable[[Any, Any, Any], Any], text: str) -> None:
    made = make(m["a"], m["b"], m["c"])
    assert str(made) == text
    assert repr(made) == f"<Expr {text}>"


REFUSED: list[tuple[Callable[[Any, Any], Any], type[Exception], str]] = [
    (lambda a, b: bool(a == b), TypeError, "`a == b` is an expression and has no truth value"),
    (lambda a, b: a < b < 3, TypeError, r"`\(a < b\) & \(b < c\)`"),
    (lambda a, b: 1 if a else 2, TypeError, r"ft\.where"),
    (lambda a, b: a and b, TypeError, "`&`"),
    (lambda a, b: a in [b], TypeError, "no truth value"),
    (lambda a, b: a + "b", TypeError, r"not the text 'b': `m.ref\('b'\)` refers to a node"),
    (lambda a, b: "not a name" + a, TypeError, "not the text 'not a name'$"),
    (lambda a, b: a + None, TypeError, "not None$"),
    (lambda a, b: operator.add(a, [1, 2]), TypeError, "not a list: `m.const"),
    (lambda a, b: a + np.arange(3), TypeError, r"not an array of shape \(3,\): `m.const"),
    (lambda a, b: np.arange(3) + a, TypeError, r"not an array of shape \(3,\)"),
    (lambda a, b: a * (1 + 2j), TypeError, "not a complex"),
    (lambda a, b: a + float("nan"), ValueError, "must be finite, not nan: a missing value"),
    (lambda a, b: a + float("inf"), ValueError, "must be finite"),
    (lambda a, b: a + 10**400, ValueError, "too large"),
    (lambda a, b: a // b, TypeError, r"`ft.floor\(a / b\)`"),
    (lambda a, b: round(a, 2), TypeError, "no digits"),
    (lambda a, b: np.sin(a), TypeError, "`np.sin` cannot be taken of an expression$"),
    (lambda a, b: np.rint(a), TypeError, "use `ft.round`"),
    (lambda a, b: np.where(a > 1, a, b), TypeError, "use `ft.where`"),
    (lambda a, b: np.clip(a, 0, 1), TypeError, "use `ft.clip`"),
    (lambda a, b: np.asarray(a), TypeError, "no values before the model runs"),
    (lambda a, b: np.add.reduce(a), TypeError, "`np.add`"),
    (lambda a, b: float(a), TypeError, "no values before"),
    (lambda a, b: range(a), TypeError, "no values before"),
    (lambda a, b: list(a), TypeError, "no values before"),
    (lambda a, b: 1 in a, TypeError, "no values before"),
    (lambda a, b: a[0], TypeError, r"`x.shift\(k\)` looks"),
    (lambda a, b: {a: 1}, TypeError, "unhashable"),
    (lambda a, b: setattr(a, "unit", "s"), AttributeError, "cannot be changed"),
    (lambda a, b: ft.Expr(), TypeError, "are made by nodes"),
]


@pytest.mark.parametrize(("do", "kind", "message"), REFUSED)
def test_refused(m: ft.ModelBuilder, do: Callable[[Any, Any], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        do(m["a"], m["b"])


@pytest.mark.parametrize("op", [operator.add, operator.lt, operator.eq, ft.minimum, ft.logical_and])
def test_nodes_of_two_builders_do_not_mix(m: ft.ModelBuilder, op: Callable[[Any, Any], Any]) -> None:
    other = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours").const("other", 1)
    with pytest.raises(ft.ArgumentError, match="`a` and `other` are nodes of two different builders"):
        op(m["a"], other)
    with pytest.raises(ft.ArgumentError, match="reads nodes of another builder"):
        m.expr("x", other + 1)


def test_a_long_chain_needs_no_stack(m: ft.ModelBuilder) -> None:
    total = sum(m["a"] for _ in range(5000))
    assert str(total).count("+") == 4999
    deep = m["a"]
    for _ in range(5000):
        deep = -deep
    assert str(deep) == "-" * 5000 + "a"


def test_tables_leave_the_operator_to_the_expression(m: ft.ModelBuilder) -> None:
    pd = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"not a Series: `m\.const"):
        pd.Series([1.0, 2.0]) + m["a"]


def test_an_expression_is_copied_with_its_model(m: ft.ModelBuilder) -> None:
    formula = m["a"] + 1
    assert str(copy.copy(formula)) == "a + 1"
    again: ft.Expr = pickle.loads(pickle.dumps(formula))
    assert str(again * 2) == "(a + 1) * 2"
