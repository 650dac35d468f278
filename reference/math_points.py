#!/usr/bin/env python3
"""Points of ln and 2^-x, floored and certified: `math_points.py ln N` or `math_points.py exp2 N`.

ln:   lines `a b y`, 1 <= a, b < 2^64, y = ⌊ln(a / b) · 2^96⌋ (signed)
exp2: lines `x y`, 0 <= x < 2^64, y = ⌊2^(−x / 2^64) · 2^126⌋

Edges come first, then pseudo-random points from a fixed seed.
"""
from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from random import Random

from exact import floor_scaled, settle
from functions import ln, power

SEED = 20_260_701
TOP = 2**64 - 1
LN_SCALE = 2**96
EXP2_SCALE = 2**126


def ln_edges() -> Iterator[tuple[int, int]]:
    """a = b and a = b ± 1 at the edges of the words, extreme ratios, powers of two."""
    marks = [1, 2, 3, 2**31, 2**32, 2**63, TOP]
    for mark in marks:
        for step in (0, 1, -1):
            if 1 <= mark + step <= TOP:
                yield mark + step, mark
                if step:
                    yield mark, mark + step
    for mark in (1, 2, 3, 2**32, 2**63, TOP - 1):
        yield TOP, mark
        yield mark, TOP
    for exponent in range(64):
        yield 2**exponent, 1
        yield 1, 2**exponent
        yield 2**exponent + 1, 2**exponent
        yield TOP, 2**exponent
    for exponent in range(1, 63):
        yield 2**63 + 2**exponent, 2**63
        yield 2**63 - 2**exponent, 2**63


def ln_points(rng: Random) -> Iterator[tuple[int, int]]:
    """Edges, then pairs log-uniform in size, half of them log-uniform in |a / b − 1|."""
    yield from ln_edges()
    while True:
        b = rng.getrandbits(rng.randint(1, 64)) | 1
        if rng.random() < 0.5:
            yield rng.getrandbits(rng.randint(1, 64)) | 1, b
        else:
            b = max(b, rng.getrandbits(64) >> rng.randint(0, 20) | 1)
            a = b + rng.choice((-1, 1)) * ((b >> rng.randint(0, b.bit_length())) or 1)
            if 1 <= a <= TOP:
                yield a, b


def table_neighbours(exponent: int) -> Iterator[int]:
    """The multiples of 2^exponent and the points beside them."""
    for multiple in range(1, 2 ** (64 - exponent)):
        yield from (multiple * 2**exponent + step for step in (-1, 0, 1))


def exp2_edges() -> Iterator[int]:
    """The ends, powers of two, and the neighbours of table boundaries down to 2^57."""
    yield from (0, 1, 2, 3, 2**63 - 1, 2**63, 2**63 + 1, TOP - 1, TOP)
    for exponent in range(1, 64):
        yield from (2**exponent - 1, 2**exponent, 2**exponent + 1)
    for exponent in range(60, 56, -1):
        yield from table_neighbours(exponent)


def exp2_points(rng: Random) -> Iterator[int]:
    """Edges; then points uniform and log-uniform from both ends, at first mixed with the neighbours of 2^56."""
    yield from exp2_edges()
    fine = table_neighbours(56)
    while True:
        yield from islice(fine, 3)
        yield rng.getrandbits(64)
        small = rng.getrandbits(rng.randint(1, 64))
        yield small
        yield TOP - small


def ln_lines(count: int) -> Iterator[str]:
    for a, b in islice(ln_points(Random(SEED)), count):
        y, _ = settle(lambda: floor_scaled(ln(Fraction(a, b)), LN_SCALE))
        yield f"{a} {b} {y}"


def exp2_lines(count: int) -> Iterator[str]:
    for x in islice(exp2_points(Random(SEED)), count):
        y, _ = settle(lambda: floor_scaled(power(Fraction(2), Fraction(-x, 2**64)), EXP2_SCALE))
        yield f"{x} {y}"


LINES = {"ln": ln_lines, "exp2": exp2_lines}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in LINES or not arguments[1].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    for line in LINES[arguments[0]](int(arguments[1])):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
