#!/usr/bin/env python3
"""Exact answers: `evaluate.py < case.json` (one case or an array), `evaluate.py --lines` for JSON lines.

Notes on equalities that the last precision could not separate go to standard error.
"""
from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import Any

import margin
import sampling
from case import CaseError, MarginCase, read_case
from decisions import Decisions
from exact import settle


def evaluate(value: Any, above: frozenset[str] = frozenset()) -> tuple[dict, dict[str, Fraction], list[str]]:
    """The answer to a case, the gaps of its decisions, and notes on assumed equalities; `above` as in Decisions."""
    case = read_case(value)

    def compute() -> tuple[dict, dict[str, Fraction]]:
        decisions = Decisions(above)
        model = margin if isinstance(case, MarginCase) else sampling
        return model.answer(case, decisions), decisions.gaps

    (answer, gaps), notes = settle(compute)
    return answer, gaps, notes


def answer(value: Any) -> dict:
    """The answer to a case; notes go to standard error."""
    result, _, notes = evaluate(value)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    return result


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--lines"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if arguments:
            for line in sys.stdin:
                if line.strip():
                    print(json.dumps(answer(json.loads(line)), separators=(",", ":")), flush=True)
        else:
            value = json.load(sys.stdin)
            print(json.dumps([answer(v) for v in value] if isinstance(value, list) else answer(value), indent=1))
    except (CaseError, json.JSONDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
