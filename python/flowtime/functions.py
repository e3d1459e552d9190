"""The functions of the expression language, named as in numpy.

Each takes expressions and numbers and gives an expression; nothing is computed before the model runs.
`FUNCTIONS` says which function of the language each stands for; the tests hold it against the engine's own
table.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import SupportsIndex

from flowtime.exceptions import ArgumentError, ArgumentTypeError
from flowtime.expression import Expr, Operand, as_expr, as_number, call, described, number_text

FUNCTIONS: dict[str, str] = {
    "abs": "ABS",
    "bin_index": "BIN",
    "ceil": "CEIL",
    "clip": "CLAMP",
    "convolve": "CONV",
    "cumsum": "CUMSUM",
    "ema": "EMA",
    "exp": "EXP",
    "floor": "FLOOR",
    "log": "LN",
    "logical_and": "AND",
    "logical_not": "NOT",
    "logical_or": "OR",
    "maximum": "MAX",
    "mean": "MEAN",
    "minimum": "MIN",
    "mod": "MOD",
    "power": "POW",
    "pulse": "PULSE",
    "queue": "QUEUE",
    "rolling_max": "ROLLING_MAX",
    "rolling_mean": "ROLLING_MEAN",
    "rolling_min": "ROLLING_MIN",
    "rolling_sum": "ROLLING_SUM",
    "round": "ROUND",
    "shift": "SHIFT",
    "sign": "SIGN",
    "sqrt": "SQRT",
    "step": "STEP",
    "sum": "SUM",
    "where": "IF",
}

__all__ = [
    "abs",
    "bin_index",
    "ceil",
    "clip",
    "convolve",
    "cumsum",
    "ema",
    "exp",
    "floor",
    "log",
    "logical_and",
    "logical_not",
    "logical_or",
    "maximum",
    "mean",
    "minimum",
    "mod",
    "power",
    "pulse",
    "queue",
    "rolling_max",
    "rolling_mean",
    "rolling_min",
    "rolling_sum",
    "round",
    "shift",
    "sign",
    "sqrt",
    "step",
    "sum",
    "where",
]

# The largest whole number that the language takes as an argument.
_MOST = 2**53


def _int(value: SupportsIndex, name: str, least: int) -> str:
    if isinstance(value, Expr):
        raise ArgumentTypeError(f"`{name}` must be a whole number that is known now, not {described(value)}")
    try:
        number = operator.index(value)
    except TypeError:
        raise ArgumentTypeError(f"`{name}` must be a whole number, not {described(value)}") from None
    if not least <= number <= _MOST:
        raise ArgumentError(f"`{name}` must be from {least} to 2^53, not {number}")
    return str(number)


def _num(value: float, name: str) -> float:
    if isinstance(value, Expr):
        raise ArgumentTypeError(f"`{name}` must be a number that is known now, not {described(value)}")
    return as_number(value, f"`{name}`")


def abs(x: Operand) -> Expr:
    """The absolute value.

    The sign is dropped, that of zero too. NaN stays NaN.

    >>> ft.abs(y)
    <Expr ABS(y)>
    """
    return call("ABS", x)


def bin_index() -> Expr:
    """The number of the bin, from 0.

    0 in the first bin, `bins - 1` in the last.

    >>> ft.bin_index()
    <Expr BIN()>
    """
    return call("BIN")


def ceil(x: Operand) -> Expr:
    """The least whole number that is not below the value.

    Keeps the sign of zero. NaN stays NaN.

    >>> ft.ceil(y)
    <Expr CEIL(y)>
    """
    return call("CEIL", x)


def clip(x: Operand, lo: Operand, hi: Operand) -> Expr:
    """The value, kept between two bounds.

    Bounds in the wrong order give `hi`. NaN in any argument gives NaN.

    >>> ft.clip(x, 2, 6)
    <Expr CLAMP(x, 2, 6)>
    """
    return call("CLAMP", x, lo, hi)


def convolve(x: Operand, kernel: Iterable[float]) -> Expr:
    """Earlier values, weighted by a kernel and added up.

    `kernel[0]` is the weight of the same bin, `kernel[1]` that of one bin earlier, and so on. A kernel that
    begins with a zero never reads the same bin, and may close a loop: work that fails and is tried again later.
    At least one entry is not 0.

    >>> ft.convolve(x, [0, 0.5, 0.25])
    <Expr CONV(x, [0, 0.5, 0.25])>
    """
    if isinstance(kernel, (Expr, str)) or not isinstance(kernel, Iterable):
        raise ArgumentTypeError(f"`kernel` must be a list of numbers that are known now, not {described(kernel)}")
    weights = [_num(weight, f"kernel[{i}]") for i, weight in enumerate(kernel)]
    if not any(weights):
        raise ArgumentError("`kernel` must have an entry that is not 0")
    return call("CONV", x, literals=f"[{', '.join(map(number_text, weights))}]")


def cumsum(x: Operand) -> Expr:
    """The sum of all values so far.

    After a NaN every sum is NaN.

    >>> ft.cumsum(x)
    <Expr CUMSUM(x)>
    """
    return call("CUMSUM", x)


def ema(x: Operand, alpha: float, init: float | None = None) -> Expr:
    """Exponential smoothing.

    `alpha * x + (1 - alpha) * before`, where `before` is the result one bin earlier: `init` at first, or
    without `init` the first result is the first value. 0 < alpha <= 1. After a NaN every result is NaN.

    >>> ft.ema(x, 0.5)
    <Expr EMA(x, 0.5)>
    """
    weight = _num(alpha, "alpha")
    if not 0 < weight <= 1:
        raise ArgumentError(f"`alpha` must be above 0 and at most 1, not {number_text(weight)}")
    literals = number_text(weight)
    if init is not None:
        literals += f", {number_text(_num(init, 'init'))}"
    return call("EMA", x, literals=literals)


def exp(x: Operand) -> Expr:
    """e to the power of the value.

    The same bits on every machine, which `numpy.exp` does not promise.

    >>> ft.exp(-0.5 * ft.bin_index())
    <Expr EXP(-0.5 * BIN())>
    """
    return call("EXP", x)


def floor(x: Operand) -> Expr:
    """The greatest whole number that is not above the value.

    Keeps the sign of zero. NaN stays NaN.

    >>> ft.floor(y)
    <Expr FLOOR(y)>
    """
    return call("FLOOR", x)


def log(x: Operand) -> Expr:
    """The natural logarithm.

    NaN for a negative value, -inf for 0. The same bits on every machine.

    >>> ft.log(x)
    <Expr LN(x)>
    """
    return call("LN", x)


def logical_and(a: Operand, b: Operand, *more: Operand) -> Expr:
    """1 where all arguments are true, else 0.

    A value is true if it is neither 0 nor NaN. `a & b` is the same.

    >>> ft.logical_and(x > 1, y)
    <Expr AND(x > 1, y)>
    """
    return call("AND", a, b, *more)


def logical_not(a: Operand) -> Expr:
    """1 where the argument is not true, else 0.

    A value is true if it is neither 0 nor NaN. `~a` is the same.

    >>> ft.logical_not(y)
    <Expr NOT(y)>
    """
    return call("NOT", a)


def logical_or(a: Operand, b: Operand, *more: Operand) -> Expr:
    """1 where any argument is true, else 0.

    A value is true if it is neither 0 nor NaN. `a | b` is the same.

    >>> ft.logical_or(x > 6, y)
    <Expr OR(x > 6, y)>
    """
    return call("OR", a, b, *more)


def maximum(a: Operand, b: Operand, *more: Operand) -> Expr:
    """The largest of the arguments.

    Bin by bin; NaN in any argument gives NaN.

    >>> ft.maximum(x, y, 3)
    <Expr MAX(x, y, 3)>
    """
    return call("MAX", a, b, *more)


def mean(x: Operand) -> Expr:
    """The mean over all bins, the same in every bin.

    No loop may pass through it.

    >>> ft.mean(x)
    <Expr MEAN(x)>
    """
    return call("MEAN", x)


def minimum(a: Operand, b: Operand, *more: Operand) -> Expr:
    """The smallest of the arguments.

    Bin by bin; NaN in any argument gives NaN.

    >>> ft.minimum(x, y, 3)
    <Expr MIN(x, y, 3)>
    """
    return call("MIN", a, b, *more)


def mod(a: Operand, b: Operand) -> Expr:
    """The remainder of a division, with the sign of the divisor.

    0 where `b` is 0. `a % b` is the same.

    >>> ft.mod(y, 3)
    <Expr MOD(y, 3)>
    """
    return call("MOD", a, b)


def power(a: Operand, b: Operand) -> Expr:
    """The first argument to the power of the second.

    Special cases as in C. The same bits on every machine. `a ** b` is the same.

    >>> ft.power(x, 2)
    <Expr POW(x, 2)>
    """
    return call("POW", a, b)


def pulse(period: SupportsIndex, phase: SupportsIndex = 0, amplitude: Operand = 1) -> Expr:
    """A value every so many bins, else 0.

    `amplitude` in the bins `phase`, `phase + period`, `phase + 2 * period` and so on.

    >>> ft.pulse(2), ft.pulse(2, 1, x)
    (<Expr PULSE(2)>, <Expr PULSE(2, 1, x)>)
    """
    first, at = _int(period, "period", 1), _int(phase, "phase", 0)
    height = as_expr(amplitude)
    if str(height) != "1":
        return call("PULSE", height, literals=f"{first}, {at}", literals_first=True)
    return call("PULSE", literals=first if at == "0" else f"{first}, {at}")


def queue(inflow: Operand, outflow: Operand, initial: float = 0) -> Expr:
    """What waits: all that came and could not leave yet.

    `maximum(0, before + inflow - outflow)`, where `before` is the result one bin earlier, `initial` at first.
    After a NaN every result is NaN.

    >>> ft.queue(x, 4)
    <Expr QUEUE(x, 4)>
    """
    number = number_text(_num(initial, "initial"))
    return call("QUEUE", inflow, outflow, literals="" if number == "0" else number)


def rolling_max(x: Operand, n: SupportsIndex) -> Expr:
    """The largest of the last n values.

    Fewer than n in the first bins. NaN while a NaN is among them.

    >>> ft.rolling_max(x, 2)
    <Expr ROLLING_MAX(x, 2)>
    """
    return call("ROLLING_MAX", x, literals=_int(n, "n", 1))


def rolling_mean(x: Operand, n: SupportsIndex) -> Expr:
    """The mean of the last n values.

    Fewer than n in the first bins. NaN while a NaN is among them.

    >>> ft.rolling_mean(x, 2)
    <Expr ROLLING_MEAN(x, 2)>
    """
    return call("ROLLING_MEAN", x, literals=_int(n, "n", 1))


def rolling_min(x: Operand, n: SupportsIndex) -> Expr:
    """The smallest of the last n values.

    Fewer than n in the first bins. NaN while a NaN is among them.

    >>> ft.rolling_min(x, 2)
    <Expr ROLLING_MIN(x, 2)>
    """
    return call("ROLLING_MIN", x, literals=_int(n, "n", 1))


def rolling_sum(x: Operand, n: SupportsIndex) -> Expr:
    """The sum of the last n values.

    Fewer than n in the first bins. NaN while a NaN is among them.

    >>> ft.rolling_sum(x, 2)
    <Expr ROLLING_SUM(x, 2)>
    """
    return call("ROLLING_SUM", x, literals=_int(n, "n", 1))


def round(x: Operand) -> Expr:
    """The nearest whole number.

    Halves are rounded away from zero, unlike in Python and numpy, where they go to the even neighbour. Keeps
    the sign of zero.

    >>> ft.round(y)
    <Expr ROUND(y)>
    """
    return call("ROUND", x)


def shift(x: Operand, k: SupportsIndex = 1, fill: float = 0) -> Expr:
    """The value of k bins earlier.

    `fill` in the first k bins. With k of at least 1 it may close a loop: a backlog that reads what it was one bin ago.

    >>> ft.shift(x, 1)
    <Expr SHIFT(x, 1)>
    """
    literals = _int(k, "k", 0)
    number = number_text(_num(fill, "fill"))
    return call("SHIFT", x, literals=literals if number == "0" else f"{literals}, {number}")


def sign(x: Operand) -> Expr:
    """-1, 0 or 1, the sign of the value.

    0 for both zeros. NaN stays NaN.

    >>> ft.sign(y)
    <Expr SIGN(y)>
    """
    return call("SIGN", x)


def sqrt(x: Operand) -> Expr:
    """The square root.

    NaN for a negative value; keeps the sign of zero.

    >>> ft.sqrt(x - 1)
    <Expr SQRT(x - 1)>
    """
    return call("SQRT", x)


def step(x: Operand, threshold: Operand) -> Expr:
    """1 where the value has reached a threshold, else 0.

    1 where x >= threshold; 0 if either is NaN.

    >>> ft.step(y, 0)
    <Expr STEP(y, 0)>
    """
    return call("STEP", x, threshold)


def sum(x: Operand) -> Expr:
    """The sum over all bins, the same in every bin.

    No loop may pass through it. The sum of several nodes, bin by bin, is Python's own `sum([a, b, c])`, which
    is `a + b + c`.

    >>> ft.sum(x)
    <Expr SUM(x)>
    """
    if isinstance(x, (list, tuple)):
        raise ArgumentTypeError("`ft.sum` adds up the bins of one series: Python's own `sum` adds up several nodes")
    return call("SUM", x)


def where(condition: Operand, a: Operand, b: Operand) -> Expr:
    """One of two values, chosen by a condition.

    `a` where the condition is neither 0 nor NaN, else `b`. Both are evaluated, so a division by zero is counted
    even in the one not chosen.

    >>> ft.where(x > 3, x, -1)
    <Expr IF(x > 3, x, -1)>
    """
    return call("IF", condition, a, b)
