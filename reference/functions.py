"""Irrational functions with proven bounds: sqrt by integer square roots, ln and exp by mpmath.

Exact where the result is rational: sqrt of a perfect square, ln 1, exp 0, whole powers of rationals.
mpmath works with at least 64 bits more than an enclosure shows; its error is then below 2^-50 units of the
enclosure, and one whole unit is added on both sides.
"""
from __future__ import annotations

from fractions import Fraction
from math import isqrt

from mpmath import libmp

from exact import Enclosure, Number, precision

GUARD_BITS = 64
EXACT_POWERS = 24   # u_prev * base^n can be a whole number of 1e-18 only for n below this: base = p/q, q >= 25


def _perfect_root(n: int) -> int | None:
    root = isqrt(n)
    return root if root * root == n else None


def sqrt(x: Number) -> Number:
    """√x of a number known to be >= 0 (a lower bound below 0 is rounding and counts as 0)."""
    bits = precision.bits
    if isinstance(x, Enclosure):
        return Enclosure(isqrt(max(x.lo, 0) << bits), isqrt(x.hi << bits) + 1)
    num, den = _perfect_root(x.numerator), _perfect_root(x.denominator)
    if num is not None and den is not None:
        return Fraction(num, den)
    root = isqrt((x.numerator << 2 * bits) // x.denominator)
    return Enclosure(root, root + 1)


def _log_bounds(num: int, den: int) -> tuple[int, int]:
    """Bounds of ln(num / den) in units of 2^-bits."""
    work = precision.bits + GUARD_BITS
    value = libmp.mpf_log(libmp.from_rational(num, den, work), work)
    middle = libmp.to_int(libmp.mpf_shift(value, precision.bits), "f")
    return middle - 1, middle + 2


def ln(x: Number) -> Number:
    """ln x for x > 0."""
    if isinstance(x, Enclosure):
        one = 1 << precision.bits
        return Enclosure(_log_bounds(x.lo, one)[0], _log_bounds(x.hi, one)[1])
    if x == 1:
        return Fraction(0)
    return Enclosure(*_log_bounds(x.numerator, x.denominator))


def _exp_bounds(num: int, den: int) -> tuple[int, int]:
    """Bounds of e^(num / den) in units of 2^-bits."""
    growth = 2 * max(0, num // den) + 8            # bits before the binary point, and of the argument
    work = precision.bits + GUARD_BITS + growth
    value = libmp.mpf_exp(libmp.from_rational(num, den, work), work)
    middle = libmp.to_int(libmp.mpf_shift(value, precision.bits), "f")
    return max(middle - 1, 0), middle + 2


def exp(x: Number) -> Number:
    """e^x."""
    if isinstance(x, Enclosure):
        one = 1 << precision.bits
        return Enclosure(_exp_bounds(x.lo, one)[0], _exp_bounds(x.hi, one)[1])
    if x == 0:
        return Fraction(1)
    return Enclosure(*_exp_bounds(x.numerator, x.denominator))


def power(base: Fraction, exponent: Fraction) -> Number:
    """base^exponent for base > 0; exact for small whole exponents and for base 1."""
    if base == 1 or exponent == 0:
        return Fraction(1)
    if exponent.denominator == 1 and abs(exponent) <= EXACT_POWERS:
        return base ** int(exponent)
    return exp(exponent * ln(base))
