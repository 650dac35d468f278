"""Exact numbers: a real is a `Fraction` when it is known exactly, else an `Enclosure` of two bounds.

An enclosure holds integers lo <= hi and stands for one real number in [lo, hi] * 2^-bits.  Every operation
rounds its bounds outwards, so the bounds always hold.  A comparison or a rounding that the bounds do not
settle raises `Undecided`; `settle` then repeats the whole computation with more bits.  What the last
precision cannot separate counts as equal and is written into `notes`.
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

PRECISIONS = (256, 512, 1024, 2048)

T = TypeVar("T")


class Undecided(Exception):
    """The bounds of the current precision do not settle a comparison, a rounding or a division."""


class Precision:
    """Bits after the binary point of every enclosure, and what the last precision left open."""

    def __init__(self) -> None:
        self.bits = PRECISIONS[0]
        self.last = False
        self.notes: list[str] = []

    def open_question(self, what: str) -> None:
        """Ask for more bits; at the last precision note that equality is assumed."""
        if not self.last:
            raise Undecided(what)
        self.notes.append(f"{what}: equal to 2^-{self.bits - 128}, taken as equal")


precision = Precision()


def settle(compute: Callable[[], T]) -> tuple[T, list[str]]:
    """Result of `compute` at the first sufficient precision, and the notes on assumed equalities."""
    for bits in PRECISIONS:
        precision.bits, precision.last, precision.notes = bits, bits == PRECISIONS[-1], []
        try:
            return compute(), precision.notes
        except Undecided:
            continue
    raise Undecided("division by a number that cannot be told from zero")


class Enclosure:
    """One real number between lo * 2^-bits and hi * 2^-bits."""

    __slots__ = ("lo", "hi")

    def __init__(self, lo: int, hi: int) -> None:
        self.lo, self.hi = lo, hi

    def __repr__(self) -> str:
        return f"Enclosure({self.lo / 2**precision.bits!r}, width {self.hi - self.lo})"

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.hi, -self.lo)

    def __abs__(self) -> Enclosure:
        if self.lo >= 0:
            return self
        return -self if self.hi <= 0 else Enclosure(0, max(-self.lo, self.hi))

    def __add__(self, other: Number) -> Number:
        if not isinstance(other, Enclosure):
            if other == 0:
                return self
            other = enclose(other)
        return Enclosure(self.lo + other.lo, self.hi + other.hi)

    __radd__ = __add__

    def __sub__(self, other: Number) -> Number:
        return Fraction(0) if other is self else self + (-other)

    def __rsub__(self, other: Number) -> Number:
        return -self + other

    def __mul__(self, other: Number) -> Number:
        if isinstance(other, Enclosure):
            if self.lo >= 0 and other.lo >= 0:
                low, high = self.lo * other.lo, self.hi * other.hi
            else:
                ends = [a * b for a in (self.lo, self.hi) for b in (other.lo, other.hi)]
                low, high = min(ends), max(ends)
            return Enclosure(low >> precision.bits, -(-high >> precision.bits))
        if other == 1:
            return self
        factor = Fraction(other)
        if factor == 0:
            return factor
        low, high = (self.lo, self.hi) if factor > 0 else (self.hi, self.lo)
        num, den = factor.numerator, factor.denominator
        return Enclosure(low * num // den, -(-high * num // den))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Number:
        if other is self:
            return Fraction(1)
        if not isinstance(other, Enclosure):
            return self * (1 / Fraction(other))
        if other.hi < 0:
            return -self / -other
        if other.lo <= 0:
            raise Undecided("division by a number that may be zero")
        low = (self.lo << precision.bits) // (other.hi if self.lo >= 0 else other.lo)
        high = -((-self.hi << precision.bits) // (other.lo if self.hi >= 0 else other.hi))
        return Enclosure(low, high)

    def __rtruediv__(self, other: Number) -> Number:
        return Fraction(0) if other == 0 else enclose(other) / self


Number = Fraction | Enclosure


def enclose(x: Number | int) -> Enclosure:
    """The tightest enclosure of x at the current precision."""
    if isinstance(x, Enclosure):
        return x
    num, den = x.numerator << precision.bits, x.denominator
    return Enclosure(num // den, -(-num // den))


def largest(first: Number, *rest: Number) -> Number:
    """The maximum; nothing needs to be decided, the bounds of overlapping enclosures are combined."""
    best = first
    for x in rest:
        if not isinstance(best, Enclosure) and not isinstance(x, Enclosure):
            best = max(best, x)
            continue
        a, b = enclose(best), enclose(x)
        if a.hi <= b.lo:
            best = x
        elif b.hi > a.lo:
            best = Enclosure(max(a.lo, b.lo), max(a.hi, b.hi))
    return best


def smallest(first: Number, *rest: Number) -> Number:
    """The minimum, like `largest`."""
    best = first
    for x in rest:
        if not isinstance(best, Enclosure) and not isinstance(x, Enclosure):
            best = min(best, x)
            continue
        a, b = enclose(best), enclose(x)
        if b.hi <= a.lo:
            best = x
        elif a.hi > b.lo:
            best = Enclosure(min(a.lo, b.lo), min(a.hi, b.hi))
    return best


def positive_part(x: Number) -> Number:
    """x⁺ = max(0, x)."""
    return largest(Fraction(0), x)


def less(a: Number, b: Number, what: str = "comparison") -> bool:
    """Whether a < b, certified; equal at the last precision counts as not less."""
    if a is b:
        return False
    if not isinstance(a, Enclosure) and not isinstance(b, Enclosure):
        return a < b
    difference = enclose(a - b)
    if difference.hi < 0:
        return True
    if difference.lo < 0:
        precision.open_question(what)
    return False


def middle(x: Number) -> Fraction:
    """The middle of the bounds of x, for reports only."""
    return Fraction(x.lo + x.hi, 2 << precision.bits) if isinstance(x, Enclosure) else Fraction(x)


def _rounded(x: Number, scale: int, to_integer: Callable[[int, int], int], what: str, tie: int) -> int:
    """x * scale to an integer; `tie` picks the end (0 low, 1 high) when the last precision leaves it open."""
    if not isinstance(x, Enclosure):
        x = x * scale
        return to_integer(x.numerator, x.denominator)
    ends = [to_integer(end * scale, 1 << precision.bits) for end in (x.lo, x.hi)]
    if ends[0] != ends[1]:
        precision.open_question(what)
    return ends[tie]


def ceil_scaled(x: Number, scale: int = 1) -> int:
    """⌈x · scale⌉, certified."""
    return _rounded(x, scale, lambda n, d: -(-n // d), "rounding up", 0)


def floor_scaled(x: Number, scale: int = 1) -> int:
    """⌊x · scale⌋, certified."""
    return _rounded(x, scale, lambda n, d: n // d, "rounding down", 1)


def nearest_scaled(x: Number, scale: int = 1) -> int:
    """The integer nearest to x · scale, a half upwards, certified."""
    return _rounded(x, scale, lambda n, d: (2 * n + d) // (2 * d), "rounding to nearest", 1)
