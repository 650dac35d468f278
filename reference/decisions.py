"""Decisions of an answer by name, with the smallest distance at which each was taken.

compare.py needs the distances: where one lies inside the tolerances, another answer is right as well.
"""
from __future__ import annotations

from fractions import Fraction

from exact import Number, floor_scaled, less, middle


class Decisions:
    """Certified comparisons; `gaps[name]` is the smallest |a - b| among those of that name."""

    def __init__(self, above: frozenset[str] = frozenset()) -> None:
        self.above = above      # roundings to be taken one unit higher
        self.gaps: dict[str, Fraction] = {}

    def less(self, name: str, a: Number, b: Number) -> bool:
        """Whether a < b; remembers the distance under `name`."""
        answer = less(a, b, name)
        gap = abs(middle(a - b))
        self.gaps[name] = min(gap, self.gaps.get(name, gap))
        return answer

    def whole(self, name: str, x: Number, scale: int) -> int:
        """⌊x · scale⌋ for x >= 0; remembers how far below the next whole number, relative to it.

        One more for the names in `above`: the answer where x is rounded up over that number.
        """
        units = floor_scaled(x, scale)
        self.gaps[name] = 1 - middle(x * scale) / (units + 1)
        return units + (name in self.above)
