"""Prints the constants of flowtime-core/src/math, each with the error it leaves.

The functions are approximated at Chebyshev nodes, which comes within a small factor of the best
polynomial; the coefficients are then rounded to float64 and the error is measured with the rounded ones.

Needs mpmath. Run: python testdata/math/constants.py
"""

from mpmath import mp, mpf, atanh, chebyfit, expm1, floor, log, sqrt

mp.prec = 300


def split(value, last_bit):
    """The multiple of 2^-last_bit nearest to value, and the rest as a float64."""
    scale = mpf(2) ** last_bit
    high = floor(value * scale + mpf(1) / 2) / scale
    return float(high), float(value - high)


def series(function, centre_value):
    """function, with its limit at 0, where the formula divides 0 by 0."""
    return lambda v: centre_value if abs(v) < mpf(10) ** -25 else function(v)


def fit(function, low, high, terms):
    """The coefficients of a polynomial, lowest first, as float64."""
    return [float(c) for c in reversed(chebyfit(function, [low, high], terms))]


def polynomial(coefficients, v):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * v + mpf(c)
    return total


def worst(error, low, high, points=4000):
    """log2 of the largest absolute value of error on a fine grid."""
    steps = (low + (high - low) * mpf(i) / points for i in range(points + 1))
    return log(max(abs(error(v)) for v in steps), 2)


def show(name, coefficients):
    print(f"{name}:")
    for c in coefficients:
        print(f"    {c!r}")


def main():
    ln2 = log(mpf(2))
    print("LN2_HIGH, LN2_LOW", *split(ln2, 42))
    print("1 / ln 2", repr(float(1 / ln2)))

    # e^r = 1 + r + r^2/2 + r^3 Q(r). The bound is a little more than ln 2 / 2: pow rounds k from a truncated product.
    bound = mpf("0.34663")
    q = series(lambda r: (expm1(r) - r - r * r / 2) / r**3, mpf(1) / 6)
    c = fit(q, -bound, bound, 10)
    show("exp", c)
    error = worst(lambda r: r**3 * (polynomial(c, r) - q(r)) * mp.exp(-r), -bound, bound)
    print(f"    relative error of e^r 2^{float(error):.1f}")

    # ln((1 + s) / (1 - s)) = 2 s + s z L(z), z = s^2, for ratios from 2^-1/2 to 2^1/2.
    top = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)
    zmax = top**2 * (1 + mpf(2) ** -20)
    fine = series(lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z, mpf(2) / 3)
    c = fit(fine, mpf(0), zmax, 8)
    show("ln", c)
    error = worst(lambda z: z * (polynomial(c, z) - fine(z)) / 2, mpf(0), zmax)
    print(f"    relative error of ln 2^{float(error):.1f}")

    # 2 atanh(t / 2) = t + t z (1/12 + z P(z)), z = t^2, for ratios from 2^-1/4 to 2^1/4 (and what the
    # centre 181/128 in place of the root of 2 adds).
    edge = mpf(2) ** (mpf(1) / 4) * (1 + mpf(2) ** -12)
    zmax = (2 * (edge - 1) / (edge + 1)) ** 2
    twelfth = split(mpf(1) / 12, 29)
    print("TWELFTH_HIGH, TWELFTH_LOW", *twelfth)
    bracket = series(lambda z: (2 * atanh(sqrt(z) / 2) / sqrt(z) - 1) / z, mpf(1) / 12)
    p = series(lambda z: (bracket(z) - mpf(1) / 12) / z, mpf(1) / 80)
    c = fit(p, mpf(0), zmax, 6)
    show("pow", c)
    error = worst(lambda z: z * z * (polynomial(c, z) - p(z)), mpf(0), zmax)
    print(f"    relative error of ln 2^{float(error):.1f}")
    print("CENTRE_LN_HIGH, CENTRE_LN_LOW", *split(log(mpf(181) / 128), 42))
    print("root of 1/2", hex(float_bits(sqrt(mpf(1) / 2))))
    print("fourth root of 1/2", hex(float_bits(mpf(2) ** (-mpf(1) / 4))))
    print("fourth root of 2", repr(float(mpf(2) ** (mpf(1) / 4))))


def float_bits(value):
    import struct

    return struct.unpack("<Q", struct.pack("<d", float(value)))[0]


if __name__ == "__main__":
    main()
