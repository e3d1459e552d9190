"""Every function of the language is a function of the package, and means what the engine's table says."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowtime as ft
from flowtime import functions

# Made from the engine's table, which another test holds it against.
MANUAL = Path(__file__).parents[2] / "docs" / "functions.md"

X, Y = [5.0, 2.0, 8.0, 1.0], [4.0, 0.0, -2.5, np.nan]


def sections() -> dict[str, str]:
    parts = re.split(r"^## ", MANUAL.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {part.split("\n", 1)[0]: part for part in parts}


TABLE = sections()
NAMES = {engine: name for name, engine in functions.FUNCTIONS.items()}


def test_none_is_missing_and_none_is_too_many() -> None:
    assert set(functions.FUNCTIONS.values()) == set(TABLE)
    assert sorted(functions.FUNCTIONS) == functions.__all__
    assert all(callable(getattr(ft, name)) for name in functions.__all__)


@pytest.mark.parametrize("engine", TABLE)
def test_the_manual_says_the_same(engine: str) -> None:
    function = getattr(functions, NAMES[engine])
    _, signature, meaning, *_ = TABLE[engine].split("\n\n")
    summary = (inspect.getdoc(function) or "").split("\n", 1)[0]
    assert meaning.startswith(summary)

    words = re.sub(r"^`\w+\(|\)`$|int |num ", "", signature)
    words = words.replace("[k0, k1, …]", "kernel").replace("(", "").replace("c, a, b", "condition, a, b")
    wanted = [word for word in re.split(r"[\[\], ]+", words) if word]
    given = ["…" if p.kind is p.VAR_POSITIONAL else p.name for p in inspect.signature(function).parameters.values()]
    assert given == wanted


def example(engine: str) -> tuple[str, list[float]]:
    row = re.findall(r"^\| `(.+?)` \| (.+) \|$", TABLE[engine], flags=re.MULTILINE)[-1]
    return row[0], [float(cell) for cell in row[1].split(" | ")]


@pytest.mark.parametrize("engine", TABLE)
def test_the_example_gives_its_result(engine: str) -> None:
    text, result = example(engine)
    m = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    names: dict[str, Any] = {"x": m.const("x", X), "y": m.const("y", Y)}
    names |= {name: getattr(functions, python) for name, python in NAMES.items()}
    made = eval(text, names)
    assert str(made) == text
    m.expr("result", made)
    np.testing.assert_array_equal(m.compile().run()["result"], result)


OPTIONAL: list[tuple[str, str]] = [
    ("ft.shift(x)", "SHIFT(x, 1)"),
    ("ft.shift(x, 0)", "SHIFT(x, 0)"),
    ("ft.shift(x, np.int64(3), -1.5)", "SHIFT(x, 3, -1.5)"),
    ("ft.shift(x, 1, -0.0)", "SHIFT(x, 1, -0)"),
    ("ft.ema(x, 0.5, 10)", "EMA(x, 0.5, 10)"),
    ("ft.ema(x, 1, init=0)", "EMA(x, 1, 0)"),
    ("ft.queue(x, y, initial=7)", "QUEUE(x, y, 7)"),
    ("ft.pulse(24)", "PULSE(24)"),
    ("ft.pulse(24, phase=8)", "PULSE(24, 8)"),
    ("ft.pulse(24, amplitude=x)", "PULSE(24, 0, x)"),
    ("ft.pulse(24, amplitude=2)", "PULSE(24, 0, 2)"),
    ("ft.convolve(x, np.array([0, 0.25]))", "CONV(x, [0, 0.25])"),
    ("ft.convolve(x, (w / 2 for w in [1, -1]))", "CONV(x, [0.5, -0.5])"),
    ("ft.minimum(3, 4)", "MIN(3, 4)"),
    ("ft.logical_or(x, y, x > y)", "OR(x, y, x > y)"),
    ("ft.maximum(0, x + 1) * 2", "MAX(0, x + 1) * 2"),
]


@pytest.mark.parametrize(("python", "text"), OPTIONAL)
def test_text(python: str, text: str) -> None:
    m = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    assert str(eval(python, {"ft": ft, "np": np, "x": m.ref("x"), "y": m.ref("y")})) == text


REFUSED: list[tuple[str, type[Exception], str]] = [
    ("ft.shift(x, -1)", ValueError, r"`k` must be from 0 to 2\^53, not -1"),
    ("ft.shift(x, 2**60)", ValueError, "`k` must be from 0"),
    ("ft.shift(x, 1.0)", TypeError, "`k` must be a whole number, not a float"),
    ("ft.shift(x, y)", TypeError, "`k` must be a whole number that is known now, not the expression `y`"),
    ("ft.shift(x, 1, y)", TypeError, "`fill` must be a number that is known now"),
    ("ft.shift(x, 1, float('nan'))", ValueError, "`fill` must be finite"),
    ("ft.rolling_sum(x, 0)", ValueError, "`n` must be from 1"),
    ("ft.pulse(0)", ValueError, "`period` must be from 1"),
    ("ft.pulse(2, -1)", ValueError, "`phase` must be from 0"),
    ("ft.ema(x, 0)", ValueError, "`alpha` must be above 0 and at most 1, not 0"),
    ("ft.ema(x, 1.5)", ValueError, "`alpha`"),
    ("ft.convolve(x, [0, 0])", ValueError, "an entry that is not 0"),
    ("ft.convolve(x, [])", ValueError, "an entry that is not 0"),
    ("ft.convolve(x, 3)", TypeError, "`kernel` must be a list of numbers"),
    ("ft.convolve(x, [1, y])", TypeError, r"`kernel\[1\]` must be a number"),
    ("ft.minimum('x', 3)", TypeError, r"`m.ref\('x'\)`"),
    ("ft.sum([x, y])", TypeError, "Python's own `sum`"),
    ("ft.minimum(x)", TypeError, "missing 1 required"),
]


@pytest.mark.parametrize(("python", "kind", "message"), REFUSED)
def test_refused(python: str, kind: type[Exception], message: str) -> None:
    m = ft.ModelBuilder(bins=4, bin_size=1, bin_unit="hours")
    with pytest.raises(kind, match=message):
        eval(python, {"ft": ft, "x": m.ref("x"), "y": m.ref("y")})
