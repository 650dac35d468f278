#!/usr/bin/env python3
"""compare.py VECTORS.jsonl ACTUAL.jsonl: every field of the answers outside the tolerances; exit 1 if any.

VECTORS holds {"name", "input", "expected"} per line, ACTUAL the answer to each input, line by line.
"""
from __future__ import annotations

import json
import sys
from itertools import zip_longest

from tolerance import differences


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    cases = wrong = 0
    with open(arguments[0]) as vectors, open(arguments[1]) as answers:
        for vector_line, answer_line in zip_longest(vectors, answers, fillvalue="null"):
            cases += 1
            vector = json.loads(vector_line)
            if vector is None:
                print(f"line {cases}: an answer without a vector")
                wrong += 1
                continue
            for field, expected, actual in differences(vector["input"], vector["expected"], json.loads(answer_line)):
                print(f"{vector['name']}: {field}: expected {expected}, found {actual}")
                wrong += 1
    print(f"{cases} cases, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
