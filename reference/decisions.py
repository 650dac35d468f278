"""Decisions of an answer by name, with the smallest distance at which each was taken.

compare.py needs the distances: where one lies inside the tolerances, another answer is right as well.
"""
from __future__ import annotations

from fractions import Fraction

from exact import Number, less, middle


class Decisions:
    """Certified comparisons; `gaps[name]` is the smallest |a - b| among those of that name."""

    def __init__(self) -> None:
        self.gaps: dict[str, Fraction] = {}

    def less(self, name: str, a: Number, b: Number) -> bool:
        """Whether a < b; remembers the distance under `name`."""
        answer = less(a, b, name)
        gap = abs(middle(a - b))
        self.gaps[name] = min(gap, self.gaps.get(name, gap))
        return answer
