"""Writes exp.csv, ln.csv and pow.csv: arguments, and what the exact result is.

The columns are the arguments (bits of a float64 in hexadecimal), `result` (the bits that flowtime-core gives, which may
never change), `exact` (the bits of the exact result rounded once) and `rest` (exact result minus `exact`, in ulp).
This script knows nothing of `result` and leaves it empty; the test fills it in:

    python testdata/math/references.py
    FLOWTIME_BLESS=1 cargo test -p flowtime-core --test math

Needs mpmath. The arguments are fixed: the same script writes the same files.
"""

import math
import random
import struct
from pathlib import Path

from mpmath import mp, mpf, nint

mp.prec = 400
TWO = mpf(2)  # in place of 2.0: Python takes its powers and logarithms from the platform


def bits(value):
    return struct.pack(">d", value).hex()


def from_bits(integer):
    return struct.unpack(">d", struct.pack(">Q", integer))[0]


def rounded(exact):
    """The nearest float64 and what is left, in its ulp; None where that is 0 or infinite."""
    _, exponent = mp.frexp(abs(exact))
    last = max(int(exponent) - 53, -1074)
    steps = nint(mp.ldexp(exact, -last))  # to even
    rest = mp.ldexp(exact, -last) - steps
    if steps == 0 or abs(steps) * mpf(2) ** last >= mpf(2) ** 1024:
        return None
    nearest = math.ldexp(int(steps), last)
    return nearest, float(rest * mpf(2) ** last / mpf(math.ulp(nearest)))


def positive(rng):
    """Any finite float64 above 0, every exponent as likely as another."""
    return from_bits(rng.randrange(1, 0x7FF0_0000_0000_0000))


def near(rng, value, spread):
    return value * (1 + rng.uniform(-1, 1) * float(TWO ** -rng.uniform(spread, 52)))


def exp_arguments(rng):
    for i in range(-20, 21):
        yield i / 2
    for low, high, count in [(-1, 1, 60), (-745, 709.7, 80), (-745.1, -708, 40), (705, 709.78, 20)]:
        for _ in range(count):
            yield rng.uniform(low, high)
    for _ in range(60):  # where one k gives way to the next
        yield near(rng, float((rng.randrange(-1074, 1023) + 0.5) * mp.log(2)), 10)
    for _ in range(20):
        yield rng.choice([-1, 1]) * float(TWO ** -rng.uniform(1, 60))


def ln_arguments(rng):
    for i in range(2, 42):
        yield i / 4
    for low, high, count in [(0, 1, 40), (0.7, 1.42, 80), (1, 1e6, 40)]:
        for _ in range(count):
            yield rng.uniform(low, high)
    for _ in range(60):
        yield positive(rng)
    for _ in range(20):
        yield from_bits(rng.randrange(1, 2**52))
    for _ in range(40):
        yield near(rng, 1.0, 3)
    for _ in range(40):
        yield near(rng, math.sqrt(2) * 2.0 ** rng.randrange(-1000, 1000), 10)


def pow_arguments(rng):
    for x, y in [(10.0, 2.0), (10.0, -2.0), (3.0, 20.0), (0.1, 3.0), (-0.7, 5.0), (2.0, 0.5), (1.1, 365.0), (7.5, 1.0)]:
        yield x, y
    for _ in range(60):
        yield rng.uniform(0, 10), rng.uniform(-50, 50)
    for _ in range(40):
        yield rng.randrange(-60, 60) / 2 or 1.5, float(rng.randrange(-40, 40))
    for _ in range(40):
        yield 1 + rng.uniform(-0.1, 0.2), rng.randrange(1, 4000) / 4
    for low, high, count in [(-745, 709.7, 80), (-745.1, -708, 40), (705, 709.78, 20)]:
        for _ in range(count):
            x = rng.choice([positive(rng), near(rng, 1.0, 3), from_bits(rng.randrange(1, 2**52))])
            if x != 1:
                yield x, float(rng.uniform(low, high) / mp.log(x))
    for edge in [float(TWO**0.25), float(TWO**-0.25), 1.4140625]:
        for _ in range(20):
            x = near(rng, edge, 6)
            yield x, float(rng.uniform(-700, 700) / mp.log(x))


def write(name, columns, cases, function):
    lines = [",".join([*columns, "result", "exact", "rest"])]
    for arguments in dict.fromkeys(cases):
        value = rounded(function(*(mpf(a) for a in arguments)))
        if value is not None:
            nearest, rest = value
            lines.append(",".join([*(bits(a) for a in arguments), "", bits(nearest), f"{rest:.6f}"]))
    path = Path(__file__).parent / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


def main():
    rng = random.Random(1)
    write("exp", ["x"], [(x,) for x in exp_arguments(rng)], mp.exp)
    write("ln", ["x"], [(x,) for x in ln_arguments(rng) if x != 1], mp.log)
    write("pow", ["x", "y"], list(pow_arguments(rng)), lambda x, y: x**y)


if __name__ == "__main__":
    main()
