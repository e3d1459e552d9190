"""Formulas put together from Python operators: what `node + 1` and `a < b` make."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, TypeAlias

import numpy as np

from flowtime.exceptions import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from flowtime.builder import ModelBuilder

__all__ = ["Expr", "Operand", "number_text"]

# Whole numbers below are written without a point or an exponent, as people do.
_WHOLE = 1e15


class _Number(Protocol):
    """Numbers of numpy and of the standard library, beside int and float."""

    def __float__(self) -> float: ...
    def __neg__(self) -> Any: ...


Operand: TypeAlias = "Expr | float | _Number"
"""What may stand beside an operator: an expression, or a finite number of Python or numpy."""


class _Tightness(IntEnum):
    """How tightly the parts of a text hold together."""

    COMPARISON = 0
    SUM = 1
    PRODUCT = 2
    UNARY = 3


_PRECEDENCE = {
    "+": _Tightness.SUM,
    "-": _Tightness.SUM,
    "*": _Tightness.PRODUCT,
    "/": _Tightness.PRODUCT,
}


def number_text(value: float) -> str:
    """The shortest digits that read back to the same number; `-0` keeps its sign.

    >>> [number_text(x) for x in (120.0, 0.1, -0.0, 1e-7, 2.5e20)]
    ['120', '0.1', '-0', '1e-7', '2.5e20']
    """
    if value.is_integer() and abs(value) < _WHOLE:
        return "-0" if value == 0.0 and math.copysign(1.0, value) < 0 else str(int(value))
    text = repr(value)
    if "e" not in text:
        return text.removesuffix(".0")
    digits, _, exponent = text.partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"


def as_number(value: object, what: str = "an operand") -> float:
    """A finite number of any numeric type as a float."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, (numbers.Real, Decimal, np.bool_)):
        if what == "an operand":
            raise ArgumentTypeError(f"{what} must be an expression or a number, not {described(value)}{_hint(value)}")
        raise ArgumentTypeError(f"{what} must be a number, not {described(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise ArgumentError(f"{what} is too large for a float64") from None
    if not np.isfinite(number):
        hint = (
            ": a missing value can stand in a const node, `m.const(name, float('nan'))`" if what == "an operand" else ""
        )
        raise ArgumentError(f"{what} must be finite, not {number}{hint}")
    return number


def described(value: object) -> str:
    """What a value is, for messages."""
    match value:
        case None:
            return "None"
        case str():
            return f"the text {shortened(value, 40)!r}"
        case np.ndarray():
            return f"an array of shape {value.shape}"
        case Expr():
            return f"the expression `{shortened(str(value))}`"
        case _:
            name = type(value).__name__
            return ("an " if name[0].lower() in "aeiou" else "a ") + name


def _hint(value: object) -> str:
    if isinstance(value, str):
        return f": `m.ref({value!r})` refers to a node" if value.isidentifier() else ""
    if isinstance(value, (list, tuple, range)) or hasattr(value, "__array__"):
        return ": `m.const(name, values)` makes a node of values, and the node can stand here"
    return ""


class Expr:
    """A formula over the nodes of a `ModelBuilder`, written with Python's operators.

    ======================== ==========================================
    in Python                in the model
    ======================== ==========================================
    ``a + b  a - b  a * b``  the same
    ``a / b``                ``a / b``, which is 0 where ``b`` is 0
    ``a % b  a ** b``        ``MOD(a, b)``, ``POW(a, b)``
    ``a < b  a == b`` …      1 or 0 in each bin
    ``a & b  a | b  ~a``     ``AND(a, b)``, ``OR(a, b)``, ``NOT(a)``
    ``abs(a)  round(a)``     ``ABS(a)``, ``ROUND(a)``
    ``a.shift(1)``           ``SHIFT(a, 1)``
    ======================== ==========================================

    The other functions of the language are functions of this package, named as in numpy:
    `ft.minimum`, `ft.where`, `ft.rolling_mean` … An expression is immutable, has no values before the
    model runs and so no truth value, and cannot be hashed, as ``==`` builds an expression.

    >>> import flowtime as ft
    >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours")
    >>> a, b = m.const("a", [1, 2, 3]), m.const("b", 2)
    >>> print((a + 1) * b - 0.5)
    (a + 1) * b - 0.5
    >>> print((a < b) & (b != 0))
    AND(a < b, b != 0)
    """

    __module__ = "flowtime"
    __slots__ = ("_builder", "_text", "_tightness")

    _text: str
    _tightness: _Tightness
    _builder: ModelBuilder | None

    __hash__: ClassVar[None]  # type: ignore[assignment]
    # Ahead of pandas' Series, whose operators would otherwise work value by value.
    __pandas_priority__: ClassVar[int] = 5000

    def __init__(self) -> None:
        raise ArgumentTypeError("expressions are made by nodes and operators: `m.const(…)`, `m.ref(…)`, `a + b`")

    @classmethod
    def _make(cls, text: str, tightness: _Tightness, builder: ModelBuilder | None) -> Expr:
        made = object.__new__(Expr)
        object.__setattr__(made, "_text", text)
        object.__setattr__(made, "_tightness", tightness)
        object.__setattr__(made, "_builder", builder)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an expression cannot be changed: `{name}`")

    def __setstate__(self, state: tuple[None, dict[str, object]]) -> None:
        # Copies and pickles come this way, as nothing can be set.
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    # Text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Expr {self._text}>"

    def _repr_html_(self) -> str:
        from flowtime.html import code

        return code(self._text)

    def _within(self, least: _Tightness) -> str:
        return self._text if self._tightness >= least else f"({self._text})"

    # Operators

    def __add__(self, other: Operand) -> Expr:
        return _binary("+", self, other)

    def __radd__(self, other: Operand) -> Expr:
        # `sum(nodes)` begins with the int 0.
        if type(other) is int and other == 0:
            return Expr._make(self._text, self._tightness, self._builder)
        return _binary("+", other, self)

    def __sub__(self, other: Operand) -> Expr:
        return _binary("-", self, other)

    def __rsub__(self, other: Operand) -> Expr:
        return _binary("-", other, self)

    def __mul__(self, other: Operand) -> Expr:
        return _binary("*", self, other)

    def __rmul__(self, other: Operand) -> Expr:
        return _binary("*", other, self)

    def __truediv__(self, other: Operand) -> Expr:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Operand) -> Expr:
        return _binary("/", other, self)

    def __floordiv__(self, other: Operand) -> NoReturn:
        raise ArgumentTypeError("`//` is not in the language: `ft.floor(a / b)` rounds a quotient down")

    __rfloordiv__ = __floordiv__

    def __mod__(self, other: Operand) -> Expr:
        return call("MOD", self, other)

    def __rmod__(self, other: Operand) -> Expr:
        return call("MOD", other, self)

    def __pow__(self, other: Operand) -> Expr:
        return call("POW", self, other)

    def __rpow__(self, other: Operand) -> Expr:
        return call("POW", other, self)

    def __neg__(self) -> Expr:
        return Expr._make("-" + self._within(_Tightness.UNARY), _Tightness.UNARY, self._builder)

    def __pos__(self) -> Expr:
        return Expr._make(self._text, self._tightness, self._builder)

    def __abs__(self) -> Expr:
        return call("ABS", self)

    def __round__(self, digits: None = None) -> Expr:
        if digits is not None:
            raise ArgumentTypeError("`round` of an expression takes no digits: `round(100 * x) / 100` keeps two")
        return call("ROUND", self)

    def __lt__(self, other: Operand) -> Expr:
        return _binary("<", self, other)

    def __le__(self, other: Operand) -> Expr:
        return _binary("<=", self, other)

    def __gt__(self, other: Operand) -> Expr:
        return _binary(">", self, other)

    def __ge__(self, other: Operand) -> Expr:
        return _binary(">=", self, other)

    def __eq__(self, other: Operand) -> Expr:  # type: ignore[override]
        return _binary("==", self, other)

    def __ne__(self, other: Operand) -> Expr:  # type: ignore[override]
        return _binary("!=", self, other)

    def __and__(self, other: Operand) -> Expr:
        return call("AND", self, other)

    def __rand__(self, other: Operand) -> Expr:
        return call("AND", other, self)

    def __or__(self, other: Operand) -> Expr:
        return call("OR", self, other)

    def __ror__(self, other: Operand) -> Expr:
        return call("OR", other, self)

    def __invert__(self) -> Expr:
        return call("NOT", self)

    def shift(self, k: int = 1, fill: float = 0) -> Expr:
        """The value of `k` bins earlier, and `fill` in the first `k` bins: see `ft.shift`.

        >>> import flowtime as ft
        >>> m = ft.ModelBuilder(bins=3, bin_size=1, bin_unit="hours")
        >>> m.ref("backlog").shift(1)
        <Expr SHIFT(backlog, 1)>
        """
        from flowtime.functions import shift

        return shift(self, k, fill)

    # What an expression is not

    def __bool__(self) -> NoReturn:
        raise ArgumentTypeError(
            f"`{shortened(self._text)}` is an expression and has no truth value before the model runs: choose with "
            "`ft.where(condition, a, b)`, join with `&`, `|`, `~` instead of `and`, `or`, `not`, "
            "write `(a < b) & (b < c)` for `a < b < c`, and `ft.minimum`, `ft.maximum` for `min`, `max`"
        )

    def __float__(self) -> NoReturn:
        raise ArgumentTypeError(_no_values(self))

    __int__ = __float__
    __index__ = __float__

    def __iter__(self) -> NoReturn:
        raise ArgumentTypeError(_no_values(self))

    def __getitem__(self, key: object) -> NoReturn:
        raise ArgumentTypeError(
            f"{_no_values(self)}; `x.shift(k)` looks `k` bins back, and `run[name][t]` is a value of a run"
        )

    def __contains__(self, value: object) -> NoReturn:
        raise ArgumentTypeError(_no_values(self))

    def __array__(self, *args: object, **kwargs: object) -> NoReturn:
        raise ArgumentTypeError(_no_values(self))

    # numpy

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: object) -> Expr:
        made = _UFUNCS.get(ufunc.__name__)
        if method != "__call__" or kwargs or made is None:
            raise ArgumentTypeError(f"`np.{ufunc.__name__}` cannot be taken of an expression{_instead(ufunc.__name__)}")
        return made(*inputs)

    def __array_function__(self, func: Callable[..., Any], types: object, args: object, kwargs: object) -> NoReturn:
        raise ArgumentTypeError(f"`np.{func.__name__}` cannot be taken of an expression{_instead(func.__name__)}")


def _no_values(expr: Expr) -> str:
    return f"`{shortened(str(expr))}` is an expression and has no values before the model runs"


def shortened(text: str, most: int = 60) -> str:
    """The text, cut where it is longer than `most`."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _instead(name: str) -> str:
    from flowtime import functions

    name = {"absolute": "abs", "rint": "round", "remainder": "mod", "around": "round"}.get(name, name)
    return f": use `ft.{name}`" if name in functions.__all__ else ""


def as_expr(value: Operand) -> Expr:
    """An operand as an expression."""
    if isinstance(value, Expr):
        return value
    return Expr._make(number_text(as_number(value)), _Tightness.UNARY, None)


def reference(name: str, builder: ModelBuilder) -> Expr:
    """An expression that is the name of a node."""
    return Expr._make(name, _Tightness.UNARY, builder)


def common_builder(exprs: list[Expr]) -> ModelBuilder | None:
    """The builder that the expressions belong to; None if none of them names a node."""
    found: Expr | None = None
    for expr in exprs:
        if expr._builder is None:
            continue
        if found is not None and found._builder is not expr._builder:
            raise ArgumentError(
                f"`{shortened(str(found))}` and `{shortened(str(expr))}` are nodes of two different builders: "
                "an expression can only read nodes of its own model"
            )
        found = expr
    return None if found is None else found._builder


def _binary(op: str, left: Operand, right: Operand) -> Expr:
    # Adding a negative number is subtracting, to the bit.
    if op in "+-" and not isinstance(right, Expr):
        number = as_number(right)
        if np.signbit(number):
            op, right = ("-" if op == "+" else "+"), -number
    a, b = as_expr(left), as_expr(right)
    own = _PRECEDENCE.get(op, _Tightness.COMPARISON)
    # Chains fold from the left; comparisons do not chain.
    first = _Tightness.SUM if own is _Tightness.COMPARISON else own
    text = f"{a._within(first)} {op} {b._within(_Tightness(own + 1))}"
    return Expr._make(text, own, common_builder([a, b]))


def call(function: str, *args: Operand, literals: str = "", literals_first: bool = False) -> Expr:
    """A call of a function of the language; `literals` are further arguments as text."""
    exprs = [as_expr(arg) for arg in args]
    texts = [str(expr) for expr in exprs]
    if literals:
        texts.insert(0 if literals_first else len(texts), literals)
    return Expr._make(f"{function}({', '.join(texts)})", _Tightness.UNARY, common_builder(exprs))


def _call_of(function: str) -> Callable[..., Expr]:
    return lambda *args: call(function, *args)


def _operator_of(op: str) -> Callable[..., Expr]:
    return lambda a, b: _binary(op, a, b)


# numpy's functions that mean exactly the same.
_UFUNCS: dict[str, Callable[..., Expr]] = {
    "add": _operator_of("+"),
    "subtract": _operator_of("-"),
    "multiply": _operator_of("*"),
    "divide": _operator_of("/"),
    "less": _operator_of("<"),
    "less_equal": _operator_of("<="),
    "greater": _operator_of(">"),
    "greater_equal": _operator_of(">="),
    "equal": _operator_of("=="),
    "not_equal": _operator_of("!="),
    "negative": lambda a: -a,
    "positive": lambda a: +a,
    "absolute": _call_of("ABS"),
    "minimum": _call_of("MIN"),
    "maximum": _call_of("MAX"),
    "remainder": _call_of("MOD"),
    "power": _call_of("POW"),
    "sqrt": _call_of("SQRT"),
    "exp": _call_of("EXP"),
    "log": _call_of("LN"),
    "floor": _call_of("FLOOR"),
    "ceil": _call_of("CEIL"),
    "sign": _call_of("SIGN"),
    "logical_and": _call_of("AND"),
    "logical_or": _call_of("OR"),
    "logical_not": _call_of("NOT"),
    "bitwise_and": _call_of("AND"),
    "bitwise_or": _call_of("OR"),
    "invert": _call_of("NOT"),
}
