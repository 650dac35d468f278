#!/usr/bin/env python3
"""Certifies what the proofs take for granted: `proof_constants.py math.rs docs/proofs`.

Constants of the core: ln 2, log2 e and the 32 roots of two are exactly the floors that their comments say.
Numbers of the proofs: wherever a script bounds ln 2 (Ln2) or log2 e (Log2e), the exact number lies within.
"""
from __future__ import annotations

import re
import sys
from fractions import Fraction
from pathlib import Path

from exact import Enclosure, floor_scaled, settle
from functions import ln

ROOTS = 32
BOUND = re.compile(r"\b(Ln2|Log2e) in \[([0-9.]+), ([0-9.]+)\]")


def ln_2() -> Enclosure:
    return ln(Fraction(2))


def log2_e() -> Enclosure:
    return Fraction(1) / ln_2()


def constant(source: str, name: str) -> list[int]:
    """The numbers of a constant of the core, one or a table."""
    found = re.search(rf"^const {name}: [^=]+ = ([^;]+);", source, re.MULTILINE)
    if not found:
        sys.exit(f"no constant {name}")
    return [int(number.replace("_", ""), 16) for number in re.findall(r"0x[0-9a-f_]+", found[1])]


def check(name: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"{name} is not what the proofs take it for")
    print(f"certified: {name}")


def check_constants(source: str) -> None:
    for name, exact, bits in (("LN_2_Q110", ln_2, 110), ("LN_2_Q64", ln_2, 64), ("LOG2_E_Q63", log2_e, 63)):
        floor, _ = settle(lambda: floor_scaled(exact(), 2**bits))
        check(f"{name} is a floor", constant(source, name) == [floor])
    table = constant(source, "EXP2_TABLE")
    # ⌊2^(i/32)·2^63⌋ = t is t^32 <= 2^(i + 63·32) < (t + 1)^32.
    powers = [2 ** (i + 63 * ROOTS) for i in range(ROOTS)]
    check("EXP2_TABLE holds floors", len(table) == ROOTS and all(
        root**ROOTS <= power < (root + 1) ** ROOTS for root, power in zip(table, powers)))


def check_bounds(folder: Path) -> None:
    scale = 10**60
    floors = {name: settle(lambda: floor_scaled(exact(), scale))[0] for name, exact in (("Ln2", ln_2), ("Log2e", log2_e))}
    count = 0
    for path in sorted(folder.glob("*.gappa")):
        for name, low, high in BOUND.findall(path.read_text(encoding="utf-8")):
            inside = Fraction(low) <= Fraction(floors[name], scale) and Fraction(floors[name] + 1, scale) <= Fraction(high)
            check(f"{name} of {path.name} in [{low}, {high}]", inside)
            count += 1
    check("the scripts bound ln 2 and log2 e", count >= 3)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    check_constants(Path(arguments[0]).read_text(encoding="utf-8"))
    check_bounds(Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
