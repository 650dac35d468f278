#!/usr/bin/env python3
"""Golden vectors: writes vectors/ (deterministic), or checks that it is up to date.

    generate.py                                       write vectors/*.jsonl and vectors/*.txt
    generate.py --check                               exit 1 when the versioned files differ
    generate.py --random N --seed S --kind margin|vol print N further random vectors as JSON lines; margin N/10 hedges
                                                      in doubt besides
"""
from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import math_points
import parameter_cases
import random_margin
import random_vol
from evaluate import evaluate
from tolerance import close_calls

FOLDER = Path(__file__).resolve().parent / "vectors"
SEED = 20_260_701
BOOK_ASSETS = (0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6)       # most books small; some of 12 and of 24 are added
BOOKS, LARGE_BOOKS = 150, {40: 12, 80: 24, 120: 24, 140: 16}
DOUBTFUL_BOOKS = 24                                      # hedges without a usable price
PATHS = 60
MATH_POINTS = 1500

BOOK_COVERAGE = {
    *(f"liquidation {r}" for r in ("healthy", "unusable", "nothing", "deep", "dust", "whole", "target", "debt", "window")),
    *(f"closes {w}" for w in ("position", "takeover", "collateral", "pair", "slice")), "allowed True", "allowed False",
    "mm var", "mm floor", "mm scenario", "im var", "im floor", "im mm",
    "initial ok", "initial initial", "initial unusable", "unusable collateral only",
    "limiter up", "limiter down", "limiter free", "warm-up", "stale", "age 0", "age of a year",
    "a slice leaves out", "a slice waits for a price", "favour ends at MM", "closes beside favour at MM",
    *(f"held {s}" for s in ("wide", "far", "absent", "unknown")),
    "hedging collateral", "0 assets", "24 assets", "0 scenarios", "16 scenarios",
    *(f"{d} decimals" for d in range(19)),
}
PATH_COVERAGE = {
    "accepted", "future", "age", "older", "price", "conf", "spacing", "clamped up", "clamped down",
    "gap of days", "warm-up ends", "limiter up", "limiter down", "1 attempt", "60 attempts",
}


def line(name: str, case: dict[str, Any], answer: dict[str, Any], gaps: dict[str, Fraction]) -> str:
    """One vector; "close" names the decisions that lie inside the tolerances, where there are any."""
    vector = {"name": name, "input": case, "expected": answer}
    close = close_calls(case, answer, gaps)
    return json.dumps(vector | ({"close": close} if close else {}), separators=(",", ":"))


def parameter_lines(kind: str) -> Iterator[str]:
    """Every parameter at its minimum, default and maximum; asserts that it matters."""
    cases = parameter_cases.margin_cases() if kind == "margin" else parameter_cases.vol_cases()
    answers: dict[str, dict[str, Any]] = {}
    for key, level, name, case in cases:
        answer, gaps, _ = evaluate(case)
        answers.setdefault(key, {})[level] = answer
        yield line(name, case, answer, gaps)
    for key, by_level in answers.items():
        matters = by_level["min"] != by_level["max"]
        assert matters != (key in parameter_cases.NO_EFFECT[kind]), f"{kind}: {key} has no effect (or has one)"


def limiter(u_e18: int, u_prev_e18: int, age_s: int, params: dict[str, Any]) -> str:
    """Which end of the speed limit holds u_MM, by floats: for coverage only."""
    elapsed = age_s / 3600
    if abs(u_e18 / (u_prev_e18 * (1 + params["up_per_h_e9"] / 1e9) ** elapsed) - 1) < 1e-9:
        return "up" if elapsed else "none"
    if abs(u_e18 / (u_prev_e18 * (1 - params["down_per_h_e9"] / 1e9) ** elapsed or 1) - 1) < 1e-9:
        return "down"
    return "free"


def book_features(case: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    """What a random book covers."""
    features = {f"{len(case['assets'])} assets", f"{len(case['portfolio']['scenarios'])} scenarios"}
    features |= {f"{k} {answer[k + '_binding'].partition(':')[0]}" for k in ("mm", "im")}
    features.add(f"initial {answer['initial_reason'] or 'ok'}")
    positions = {p["asset"]: int(p["size_atoms"]) for p in case["account"]["positions"]}
    collaterals = {c["asset"] for c in case["account"]["collaterals"]}
    for i, (asset, out) in enumerate(zip(case["assets"], answer["assets"])):
        features.add(f"{asset['base_decimals']} decimals")
        features.add("limiter " + limiter(int(out["u_mm_e18"]), int(asset["u_prev_e18"]), asset["u_age_s"], asset["params"]))
        features |= {"age of a year"} if asset["u_age_s"] >= random_margin.YEAR_S else set()
        features |= {"age 0"} if asset["u_age_s"] == 0 else set()
        features |= {"warm-up"} if asset["samples"] < asset["params"]["warmup_samples"] else set()
        features |= {"stale"} if out["sigma_im_e18"] != out["sigma_target_e18"] else set()
        features |= {"hedging collateral"} if positions.get(i, 0) < 0 and i in collaterals else set()
        if not asset["usable_initial"] and i in collaterals and i not in positions:
            features.add("unusable collateral only")
        if i in positions or i in collaterals:
            stands = asset["usable_liquidation"]
            features.add(f"held {'absent' if type(stands) is dict else {True: 'usable', False: 'unknown'}.get(stands, stands)}")
    request, result = case["liquidation"], answer["liquidation"]
    worth, plain, mm = (int(answer[f"{key}_quote_atoms"]) for key in ("liquidation_equity", "equity_mm", "mm"))
    if mm > 1 and abs(worth - plain - mm) <= 1:
        features.add("favour ends at MM")
        features |= {"closes beside favour at MM"} if request is not None and "size_atoms" in result else set()
    if request is not None:
        features.add(f"liquidation {result['reason']}")
        if request["what"] == "slice" and not all(case["assets"][i]["usable_liquidation"] is True for i in positions):
            features.add("a slice leaves out" if "size_atoms" in result else "a slice waits for a price")
        if "size_atoms" in result:
            features |= {f"closes {request['what']}", f"allowed {result['allowed']}"}
    return features


def path_features(case: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    """What a random path covers."""
    state, params = case["state"], case["params"]
    features = {"1 attempt"} if len(case["events"]) == 1 else {f"{len(case['events'])} attempts"}
    anchor, anchor_s, samples = int(state["anchor_price_e12"]), state["anchor_time_s"], state["samples"]
    u, u_s = int(state["u_prev_e18"]), state["u_time_s"]
    for event in answer["events"]:
        features.add(event["reason"] or "accepted")
        if not event["accepted"]:
            continue
        if event["clamped"]:
            features.add("clamped up" if int(event["anchor_price_e12"]) > anchor else "clamped down")
        features |= {"gap of days"} if event["anchor_time_s"] - anchor_s > 2 * 86_400 else set()
        features |= {"warm-up ends"} if samples < params["warmup_samples"] <= event["samples"] else set()
        features.add("limiter " + limiter(int(event["u_mm_e18"]), u, event["u_time_s"] - u_s, params))
        anchor, anchor_s, samples = int(event["anchor_price_e12"]), event["anchor_time_s"], event["samples"]
        u, u_s = int(event["u_mm_e18"]), event["u_time_s"]
    return features


def require_coverage(features: Counter, needed: set[str]) -> None:
    missing = sorted(needed - features.keys())
    assert not missing, f"the random vectors cover no case with: {', '.join(missing)}"


def book_lines(features: Counter) -> Iterator[str]:
    """Random books; `features` counts what they cover."""
    rng = Random(SEED)
    for i in range(BOOKS + DOUBTFUL_BOOKS):
        count = rng.randint(3, 6) if i >= BOOKS else LARGE_BOOKS.get(i, rng.choice(BOOK_ASSETS))
        case = (random_margin.random_case if i < BOOKS else random_margin.doubtful_case)(rng, count)
        answer, gaps, _ = evaluate(case)
        features.update(book_features(case, answer))
        yield line(f"book {i}: {count} assets", case, answer, gaps)
    require_coverage(features, BOOK_COVERAGE)


def path_lines(features: Counter) -> Iterator[str]:
    """Random paths; `features` counts what they cover."""
    rng = Random(SEED + 1)
    for i in range(PATHS):
        case = random_vol.random_case(rng)
        answer, gaps, _ = evaluate(case)
        features.update(path_features(case, answer))
        yield line(f"path {i}: {len(case['events'])} attempts", case, answer, gaps)
    require_coverage(features, PATH_COVERAGE)


def files() -> Iterator[tuple[str, str]]:
    """(name, text) of every file of the folder."""
    books, paths = Counter(), Counter()
    sources = {
        "margin_parameters.jsonl": parameter_lines("margin"), "margin_books.jsonl": book_lines(books),
        "vol_parameters.jsonl": parameter_lines("vol"), "vol_paths.jsonl": path_lines(paths),
        "ln.txt": math_points.ln_lines(MATH_POINTS), "exp2.txt": math_points.exp2_lines(MATH_POINTS),
    }
    for name, lines in sources.items():
        yield name, "".join(text + "\n" for text in lines)
    for title, needed, features in (("books", BOOK_COVERAGE, books), ("paths", PATH_COVERAGE, paths)):
        print(f"{title}: " + ", ".join(f"{key} {features[key]}" for key in sorted(needed)), file=sys.stderr)


def write() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, text in files():
        (FOLDER / name).write_text(text)
        print(f"{name}: {text.count(chr(10))} lines, {len(text)} bytes")
    return 0


def check() -> int:
    different = [name for name, text in files()
                 if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text]
    print("differs: " + ", ".join(different) if different else "vectors are up to date")
    return 1 if different else 0


def print_random(kind: str, count: int, seed: int) -> int:
    rng, doubts, options = Random(seed), Random(~seed), Random(seed + 10**9)
    make = random_margin.random_case if kind == "margin" else random_vol.random_case
    for i in range(count + (count // 10 if kind == "margin" else 0)):
        case = make(rng) if i < count else random_margin.doubtful_case(doubts, doubts.randint(3, 6))
        for state in case["assets"] if kind == "margin" else [case["state"]]:
            if options.random() < 0.3:                # an index of 10 to 600 % a year
                state["implied_e18"] = str(options.randint(10**15, 64 * 10**15))
        answer, gaps, notes = evaluate(case)
        name = f"{kind} seed {seed} number {i}"
        for note in notes:
            print(f"{name}: {note}", file=sys.stderr)
        print(line(name, case, answer, gaps))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--random", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--kind", choices=("margin", "vol"), default="margin")
    arguments = parser.parse_args()
    if arguments.random is not None:
        return print_random(arguments.kind, arguments.random, arguments.seed)
    return check() if arguments.check else write()


if __name__ == "__main__":
    sys.exit(main())
