#!/usr/bin/env python3
"""Tests of the reference: the shared vectors, the enclosures, cases computed by hand, and compare.py."""
from __future__ import annotations

import json
import os
import unittest
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from random import Random
from types import SimpleNamespace

from mpmath import mp

import bounds
import exact
import random_margin
from bounds import asset, attempt, collateral, liquidation, margin_case, portfolio, position
from case import CaseError
from decisions import Decisions
from evaluate import evaluate
from exact import Enclosure, Undecided, ceil_scaled, floor_scaled, largest, less, nearest_scaled, settle, smallest
from functions import exp, ln, power, sqrt
from portfolio import contributions
from tolerance import differences

SHARED = Path(os.environ.get("FREEBOARD_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "vectors" / "model"
SOL, USD, E12 = 10**9, 10**6, 10**12


class Correlation(unittest.TestCase):
    def test_equal_deviations_name_the_lower_rho(self) -> None:
        """Legs 2, 2, -1: S² = Q, so both ρ give V = 3; the shares tell which one was taken."""
        params = SimpleNamespace(rho_lo=Fraction(1, 2), rho_hi=Fraction(19, 20), theta=Fraction(1), phi=Fraction(0))
        legs = [SimpleNamespace(x=Fraction(x), k=Fraction(0), charges=Fraction(0)) for x in (2, 2, -1)]
        parts = contributions(params, legs, "var", Decisions(), "mm")
        shares = [Fraction(x) * (Fraction(1, 2) * x + Fraction(1, 2) * 3) / 3 for x in (2, 2, -1)]
        self.assertEqual([less(a, b) or less(b, a) for a, b in zip(parts, shares)], [False] * 3)


def in_full(vector: dict) -> dict:
    """The expected answer with MM counted in full, which these vectors leave out of what has no usable price."""
    expected = vector["expected"]
    if expected["kind"] == "margin" and not all(asset["usable_liquidation"] for asset in vector["input"]["assets"]):
        assert vector["input"]["liquidation"] is None
        expected = expected | {"liquidation_mm_quote_atoms": expected["mm_quote_atoms"]}
    return expected


def until_rules_differ(vector: dict) -> dict:
    """The vector up to the first sample that more than doubles a variance or is clamped.

    Its author knew no limit of growth, and no bound b of whole millionths.
    """
    if vector["input"]["kind"] != "vol":
        return vector
    last = vector["input"]["state"]
    for i, event in enumerate(vector["expected"]["events"]):
        if event["clamped"] or any(Fraction(event[key]) > 2 * Fraction(last[key]) for key in ("v_fast_per_h", "v_slow_per_h")):
            events = vector["expected"] | {"events": vector["expected"]["events"][:i], "reads": []}
            cut = vector["input"] | {"events": vector["input"]["events"][:i], "read_at_s": []}
            return {"input": cut, "expected": events}
        last = event
    return vector


class SharedVectors(unittest.TestCase):
    @unittest.skipUnless(SHARED.is_dir(), f"no shared vectors at {SHARED}")
    def test_every_shared_vector_is_met_exactly(self) -> None:
        files = sorted(SHARED.glob("[0-9]*.json"))
        self.assertEqual(len(files), 14)
        for file in files:
            vector = until_rules_differ(json.loads(file.read_text()))
            with self.subTest(file.name):
                self.assertEqual(evaluate(vector["input"])[0], in_full(vector))


class Exactness(unittest.TestCase):
    def setUp(self) -> None:
        exact.precision.bits, exact.precision.last, exact.precision.notes = 256, False, []

    def assert_encloses(self, x: exact.Number, value: object) -> None:
        """The bounds hold the value that mpmath gives with 2,000 bits, and are narrow."""
        assert isinstance(x, Enclosure)
        self.assertLess(x.hi - x.lo, 1 << 40)
        with mp.workprec(2000):
            scaled = mp.mpf(value) * mp.mpf(2) ** exact.precision.bits
            self.assertTrue(x.lo <= scaled <= x.hi)

    def test_rational_results_stay_exact(self) -> None:
        self.assertEqual(sqrt(Fraction(9, 16)), Fraction(3, 4))
        self.assertEqual(ln(Fraction(1)), 0)
        self.assertEqual(exp(Fraction(0)), 1)
        self.assertEqual(power(Fraction(103, 100), Fraction(2)), Fraction(10609, 10000))
        self.assertEqual(power(Fraction(2), Fraction(-1)), Fraction(1, 2))
        x = sqrt(Fraction(2))
        self.assertEqual(x - x, 0)
        self.assertEqual(x / x, 1)
        self.assertEqual(x * 0, 0)

    def test_functions_enclose_the_value(self) -> None:
        with mp.workprec(2000):
            for n, d in ((2, 1), (1, 3), (10**30, 7), (10**30 + 1, 10**30), (2, 10**18)):
                x, value = Fraction(n, d), mp.mpf(n) / d
                self.assert_encloses(sqrt(x), mp.sqrt(value))
                self.assert_encloses(ln(x), mp.log(value))
                self.assert_encloses(power(x, Fraction(1, 7)), value ** (mp.mpf(1) / 7))
            for n, d in ((1, 1), (-1, 1), (7, 2), (-300, 1), (1, 10**20)):
                self.assert_encloses(exp(Fraction(n, d)), mp.exp(mp.mpf(n) / d))

    def test_arithmetic_encloses_the_value(self) -> None:
        with mp.workprec(2000):
            a, b = mp.sqrt(2), -mp.sqrt(3)
            x, y = sqrt(Fraction(2)), -sqrt(Fraction(3))
            for got, value in ((x + y, a + b), (x - y, a - b), (x * y, a * b), (x / y, a / b), (y / x, b / a),
                               (x * Fraction(-1, 3), -a / 3), (1 - x, 1 - a), (1 / y, 1 / b), (abs(y), -b)):
                self.assert_encloses(got, value)
        self.assertIs(largest(x, y), x)
        self.assertIs(smallest(Fraction(1), x, y), y)

    def test_rounding_is_certified(self) -> None:
        self.assertEqual(ceil_scaled(sqrt(Fraction(2)), 10**18), 1414213562373095049)
        self.assertEqual(floor_scaled(-sqrt(Fraction(2))), -2)
        self.assertEqual(ceil_scaled(Fraction(3)), 3)
        with self.assertRaises(Undecided):
            ceil_scaled(sqrt(Fraction(2)) * sqrt(Fraction(2)))

    def test_more_bits_when_needed(self) -> None:
        close = Fraction(1, 10**80)                                     # below 2^-256
        answer, notes = settle(lambda: less(sqrt(Fraction(2)), sqrt(Fraction(2)) + close))
        self.assertTrue(answer)
        self.assertEqual((exact.precision.bits, notes), (512, []))

    def test_equality_beyond_the_last_precision_is_noted(self) -> None:
        answer, notes = settle(lambda: ceil_scaled(sqrt(Fraction(2)) * sqrt(Fraction(2))))
        self.assertEqual((answer, len(notes)), (2, 1))

    def test_the_starting_precision_does_not_matter(self) -> None:
        rng = Random(7)
        cases = [random_margin.random_case(rng, 3) for _ in range(8)]
        first = [evaluate(case)[0] for case in cases]
        usual, exact.PRECISIONS = exact.PRECISIONS, (700, 1500)
        try:
            self.assertEqual([evaluate(case)[0] for case in cases], first)
        finally:
            exact.PRECISIONS = usual


class Reading(unittest.TestCase):
    def test_wrong_keys_and_types_are_errors(self) -> None:
        good = margin_case([asset()], 0, [position(0, SOL, 100 * USD)])
        evaluate(good)
        for change in ({"note": ""}, {"liquidation": 0}, {"assets": []}, {"kind": "other"}):
            with self.subTest(change), self.assertRaises(CaseError):
                evaluate(good | change)
        for key, value in (("price_e12", 100), ("samples", "1"), ("samples", True), ("v_fast_per_h", "-1"), ("bucket", 8)):
            bad = deepcopy(good)
            bad["assets"][0][key] = value
            with self.subTest(key), self.assertRaises(CaseError):
                evaluate(bad)
        del good["assets"][0]["params"]["k_e9"]
        with self.assertRaises(CaseError):
            evaluate(good)


class ByHand(unittest.TestCase):
    """u_MM = 3.75 % and F = 0.08 % throughout (limiter at age 0), as in the shared vectors."""

    def liquidated(self, request: dict, quote: int, positions: list, collaterals: list | None = None,
                   **changes: object) -> dict:
        return evaluate(margin_case([asset(u_age_s=0, **changes)], quote, positions, collaterals, request))[0]["liquidation"]

    def test_pair(self) -> None:
        # N = −1000 + 900; MM = 3.75 + B 4.5 + F 0.8 = 9.05; E = −892 + 900 = 8; π = ¼ + 1.05/9.05.
        # j lots of 0.1: E = 8 + j·(1 − 0.033125), MM = 9.05·(1 − j/100): 2 lots reach 1.1·MM.
        answer = self.liquidated(liquidation(0, "pair", flag_age_s=0, keeper_cost_quote_atoms=0, kappa_e9=0), -892 * USD,
                                 [position(0, -10 * SOL, -1000 * USD)], [collateral(0, 10 * SOL)])
        self.assertEqual((answer["reason"], answer["size_atoms"], answer["allowed"]), ("target", "200000000", True))
        self.assertEqual(answer["relief_quote_atoms"], "181000")
        self.assertEqual(answer["penalty_quote_atoms"], "66250")
        self.assertEqual(answer["equity_after_quote_atoms"], "9933750")
        self.assertEqual(answer["mm_after_quote_atoms"], "8869000")

    def test_takeover(self) -> None:
        # MM 3,830, E 3,447, π 0.35: f of it reaches where 3447 − 1340.5·f + S·f = 4213·(1 − f). S is 0 by the pool, and
        # 100,000·1.5·1.5 %·√(36/3600) = 225 for a print of 36 s; one of 0 s counts 2 s.
        for what, age_s, size in (("position", 36, 266_700), ("takeover", 36, 247_300), ("takeover", 0, 261_900)):
            request = liquidation(0, what, flag_age_s=0)
            held = [position(0, 1000 * SOL, 100_000 * USD)]
            answer = self.liquidated(request, 3447 * USD, held, price_age_s=age_s)
            self.assertEqual((answer["reason"], answer["size_atoms"]), ("target", str(size * SOL // 1000)), (what, age_s))

    def test_slice_leaves_out_what_rests(self) -> None:
        # 1,000 SOL and 2 BTC, both long; of BTC no price may be used.
        btc = asset(name="BTC", base_decimals=8, price_e12=50_000 * E12, ema_e12=50_000 * E12, u_age_s=0, lot_atoms=10**4)
        held = [position(0, 1000 * SOL, 100_000 * USD), position(1, 2 * 10**8, 100_000 * USD)]

        def sliced(stands: object, positions: list) -> tuple[dict, int]:
            assets = [asset(u_age_s=0), btc | {"usable_liquidation": stands}]
            request = liquidation(0, "slice", window_cap_quote_atoms=10**18)
            bare = evaluate(margin_case(assets, 0, positions, [], request))[0]
            lacking = int(bare["mm_quote_atoms"]) * 9 // 10 - int(bare["liquidation_equity_quote_atoms"])
            answer = evaluate(margin_case(assets, lacking, positions, [], request))[0]
            return answer["liquidation"], int(answer["mm_quote_atoms"])

        rest = int(evaluate(margin_case([btc], 0, [position(0, 2 * 10**8, 100_000 * USD)]))[0]["mm_quote_atoms"])
        for stands in ("wide", "far", {"absent_s": 400}):
            answer, mm = sliced(stands, held)
            share = int(answer["size_atoms"])
            self.assertTrue(answer["allowed"] and share > 0, answer)
            self.assertGreaterEqual(int(answer["relief_quote_atoms"]), share * (mm - rest) // 1000 - 2)
            self.assertGreaterEqual(int(answer["mm_after_quote_atoms"]), rest)
        self.assertEqual(sliced(False, held)[0], {"liquidatable": False, "reason": "unusable"})
        self.assertEqual(sliced("far", held[1:])[0], {"liquidatable": False, "reason": "unusable"})
        # SOL as the hedge of the BTC that stays: closed as far as MM falls, and not at all where it only rises.
        hedge = [position(0, -1500 * SOL, -150_000 * USD), held[1]]
        answer, mm = sliced("far", hedge)
        self.assertTrue(answer["allowed"], answer)
        self.assertLess(int(answer["size_atoms"]), 1000)
        self.assertLess(int(answer["mm_after_quote_atoms"]), mm)
        answer, _ = sliced("far", [position(0, -200 * SOL, -20_000 * USD), held[1]])
        self.assertFalse(answer["allowed"], answer)

    def test_window(self) -> None:
        # room max(1,000, 0) − 200 = 800 USD: 80 lots of 10 USD; relief 8 SOL · 3.83
        request = liquidation(0, "position", window_cap_quote_atoms=1000 * USD, window_share_e9=0,
                              window_closed_quote_atoms=200 * USD)
        answer = self.liquidated(request, 3447 * USD, [position(0, 1000 * SOL, 100_000 * USD)])
        self.assertEqual((answer["reason"], answer["size_atoms"]), ("window", "8000000000"))
        self.assertEqual(answer["relief_quote_atoms"], str(3064 * USD // 100))

    def test_dust(self) -> None:
        answer = self.liquidated(liquidation(0, "position"), 18 * USD // 10, [position(0, SOL // 2, 50 * USD)])
        self.assertEqual((answer["reason"], answer["size_atoms"], answer["mm_after_quote_atoms"]), ("dust", "500000000", "0"))

    def test_debt(self) -> None:
        # 100 SOL short of 50 USD of cash; the loss is in the BTC position.  At most 0.5 SOL / 0.1 lots.
        btc = asset(name="BTC", base_decimals=8, price_e12=50_000 * E12, ema_e12=50_000 * E12, u_age_s=0, lot_atoms=10**4)
        sol = asset(u_age_s=0, collateral_weight_e9=10**9)
        case = margin_case([sol, btc], -50 * USD, [position(1, 10**8, 58_000 * USD)], [collateral(0, 100 * SOL)],
                           liquidation(0, "collateral"))
        answer = evaluate(case)[0]
        self.assertLess(int(answer["liquidation_equity_quote_atoms"]), int(answer["liquidation_mm_quote_atoms"]))
        self.assertEqual((answer["liquidation"]["reason"], answer["liquidation"]["size_atoms"]), ("debt", "500000000"))
        # Rounded down, but at least one.
        for loan, size in ((59, "500000000"), (9, "100000000")):
            case["account"]["quote_atoms"] = str(-loan * USD)
            self.assertEqual(evaluate(case)[0]["liquidation"]["size_atoms"], size)
        case["account"]["quote_atoms"] = "0"
        self.assertEqual(evaluate(case)[0]["liquidation"], {"liquidatable": True, "reason": "nothing"})

    def test_pair_in_whole_lots(self) -> None:
        # Below zero, so that all goes: 50 lots where the collateral is 5.05 SOL, half a lot where the short is.
        request = liquidation(0, "pair", flag_age_s=0)
        answer = self.liquidated(request, -450 * USD, [position(0, -10 * SOL, -1000 * USD)], [collateral(0, 505 * SOL // 100)])
        self.assertEqual((answer["reason"], answer["size_atoms"]), ("deep", str(5 * SOL)))
        answer = self.liquidated(request, -9 * USD, [position(0, -SOL // 20, -5 * USD)], [collateral(0, SOL // 10)])
        self.assertEqual((answer["reason"], answer["size_atoms"]), ("deep", str(SOL // 20)))

    def test_nothing_is_paid_by_favour(self) -> None:
        # 1,000 SOL, MM 3,830; 0.08 BTC without a price counts 2,000 better.  All is closed, and of what there is
        # at the last recorded price 95 % can be paid.
        btc = asset(name="BTC", base_decimals=8, price_e12=50_000 * E12, ema_e12=50_000 * E12, u_age_s=0, lot_atoms=10**4,
                    usable_liquidation=False)
        for recorded, penalty in ((-100, 0), (0, 0), (100, 95)):
            positions = [position(0, 1000 * SOL, 100_000 * USD), position(1, 8 * 10**6, 4000 * USD)]
            case = margin_case([asset(u_age_s=0), btc], recorded * USD, positions, [], liquidation(0, "position"))
            answer = evaluate(case)[0]
            self.assertEqual(answer["liquidation_equity_quote_atoms"], str((recorded + 2000) * USD))
            self.assertEqual(answer["liquidation"]["reason"], "deep")
            # Of the margin that it frees: BTC asks for its own all the same.
            freed = Fraction(int(answer["liquidation"]["relief_quote_atoms"]), int(answer["mm_quote_atoms"]))
            paid = int(answer["liquidation"]["penalty_quote_atoms"])
            self.assertAlmostEqual(paid, penalty * USD * freed, delta=2)

    def test_each_standing_moves_the_price_by_its_own_share(self) -> None:
        # 10 SOL at $100, s_MM 3.75 %, σ_IM 1.5 %, k 2.5: z·C is 2.12 %; 400 s are a ninth of an hour.
        sol = asset(u_age_s=0, conf_e12=E12)
        for stands, cents in ((True, 0), ("wide", 2120), ("far", 3750), ({"absent_s": 400}, 1250), (False, 50_000)):
            case = margin_case([sol | {"usable_liquidation": stands}], 0, [position(0, 10 * SOL, 1000 * USD)], [])
            self.assertEqual(evaluate(case)[0]["liquidation_equity_quote_atoms"], str(cents * USD // 100), stands)

    def test_doubtful_prices_together_give_no_more_than_the_margin(self) -> None:
        # Long and short $1,000: 3.75 % of each are more than the 45 + 2·0.08 % that is asked of two legs that hedge one
        # another. What nobody knows more of counts half beside it.
        sol, dead = asset(u_age_s=0), asset(u_age_s=0, name="dead", usable_liquidation=False)
        held = [position(0, 10 * SOL, 1000 * USD), position(1, -10 * SOL, -1000 * USD), position(2, SOL, 100 * USD)]
        for stands in ("far", {"absent_s": 36_000}):
            far = sol | {"usable_liquidation": stands}
            answer = evaluate(margin_case([far, far | {"name": "short"}], 0, held[:2], []))[0]
            mm = int(answer["liquidation_mm_quote_atoms"])
            self.assertTrue(45 * USD < mm < 75 * USD, mm)
            self.assertTrue(0 <= mm - int(answer["liquidation_equity_quote_atoms"]) <= 1)
            answer = evaluate(margin_case([far, sol | {"name": "short"}], 0, held[:2], []))[0]
            self.assertEqual(answer["liquidation_equity_quote_atoms"], str(75 * USD // 2))
            answer = evaluate(margin_case([far, far | {"name": "short"}, dead], 0, held, []))[0]
            mm = int(answer["liquidation_mm_quote_atoms"])
            self.assertTrue(0 <= mm + 50 * USD - int(answer["liquidation_equity_quote_atoms"]) <= 1)

    def test_no_position(self) -> None:
        answer = evaluate(margin_case([], 5 * USD, []))[0]
        self.assertEqual((answer["mm_quote_atoms"], answer["mm_binding"], answer["im_binding"]), ("0", "var", "var"))
        self.assertEqual(answer["headroom_im_quote_atoms"], str(5 * USD))

    def test_clamp_at_the_cap(self) -> None:
        # a jump beyond the ratio 1.25 moves the anchor by exactly 1.25; one to 1.25 is not clamped
        state = {"v_fast_per_h": "0.01", "v_slow_per_h": "0.01"}
        for price, clamped in ((200 * E12, True), (125 * E12 + 1, True), (125 * E12, False), (80 * E12, False), (79 * E12, True)):
            case = bounds.vol_case({}, state, [attempt(10**6 + 3600, price)], [])
            event = evaluate(case)[0]["events"][0]
            expected = str(125 * E12 if price > 100 * E12 else 80 * E12)
            self.assertEqual((event["clamped"], event["anchor_price_e12"]), (clamped, expected))

    def test_gap_of_a_half_life(self) -> None:
        # w = ½ exactly and r = 0: v halves
        case = bounds.vol_case({}, {}, [attempt(10**6 + 86_400, 100 * E12)], [])
        self.assertEqual(evaluate(case)[0]["events"][0]["v_fast_per_h"], "0.00005")

    def test_short_half_life(self) -> None:
        # H_fast/6 = 4 h: w = ½ exactly and r = 0
        case = bounds.vol_case({}, {}, [attempt(10**6 + 14_400, 100 * E12)], [])
        self.assertEqual(evaluate(case)[0]["events"][0]["v_short_per_h"], "0.000025")

    def test_one_sample_grows_the_target_by_half_at_most(self) -> None:
        # σ_c 2.5 % by m·√v_short; a day later a jump of ln 2: every variance stops at 3.75 %, m·√v_short too
        params = {"clamp_max_ratio_e9": 2 * 10**9, "clamp_short_mult_e9": 64 * 10**9}
        state = {"v_fast_per_h": "0.0004", "v_slow_per_h": "0.0004", "v_short_per_h": "0.0004"}
        event = evaluate(bounds.vol_case(params, state, [attempt(10**6 + 86_400, 10**6 * E12)], []))[0]["events"][0]
        self.assertEqual((event["v_fast_per_h"], event["v_short_per_h"]), ("0.00140625", "0.0009"))
        # a market that stood still wakes to half of the floor
        rest = {"v_fast_per_h": "0", "v_slow_per_h": "0", "v_short_per_h": "0"}
        event = evaluate(bounds.vol_case({}, rest, [attempt(10**6 + 300, 10**6 * E12)], []))[0]["events"][0]
        self.assertEqual(event["v_short_per_h"], "0.000004")

    def test_an_implied_volatility_raises_the_target_by_half_at_most(self) -> None:
        def target(implied_e18: int) -> int:
            case = bounds.vol_case({}, {"implied_e18": str(implied_e18)}, [], [10**6])
            return int(evaluate(case)[0]["reads"][0]["sigma_target_e18"])
        measured = target(0)
        self.assertEqual([target(x) for x in (1, measured - 1, measured)], [measured] * 3)
        self.assertEqual(target(measured * 5 // 4), measured * 5 // 4)
        self.assertEqual([target(x) for x in (measured * 3 // 2, 15 * 10**18)], [measured * 3 // 2] * 2)

    def test_contributions_sum_to_the_requirement(self) -> None:
        rng = Random(11)
        for i in range(30):
            case = random_margin.random_case(rng, rng.randint(1, 6))
            answer = evaluate(case)[0]
            for key in ("mm", "im"):
                parts = [int(part) for part in answer[f"{key}_contributions_quote_atoms"]]
                with self.subTest(i=i, key=key):
                    self.assertTrue(0 <= sum(parts) - int(answer[f"{key}_quote_atoms"]) <= len(parts))


class Comparison(unittest.TestCase):
    def setUp(self) -> None:
        self.case = margin_case([asset(conf_e12=E12)], 20_000 * USD, [position(0, 1000 * SOL, 100_000 * USD)])
        self.expected = evaluate(self.case)[0]

    def changed(self, key: str, by: int) -> list:
        actual = deepcopy(self.expected)
        actual[key] = str(int(actual[key]) + by)
        return differences(self.case, self.expected, actual)

    def test_one_sided_tolerances(self) -> None:
        slack = int(self.expected["mm_quote_atoms"]) * 5 // 10**9 + 2 + 3
        self.assertEqual(differences(self.case, self.expected, self.expected), [])
        self.assertEqual(self.changed("mm_quote_atoms", slack), [])
        self.assertEqual(len(self.changed("mm_quote_atoms", slack + 1)), 1)
        self.assertEqual(len(self.changed("mm_quote_atoms", -1)), 1)
        self.assertEqual(self.changed("equity_im_quote_atoms", -4), [])
        self.assertEqual(len(self.changed("equity_im_quote_atoms", -5)), 1)
        self.assertEqual(len(self.changed("equity_im_quote_atoms", 1)), 1)

    def test_shocks_and_bindings(self) -> None:
        for change, wrong in ((-1, 1), (2, 0), (10**9, 1)):
            actual = deepcopy(self.expected)
            actual["assets"][0]["u_mm_e18"] = str(int(actual["assets"][0]["u_mm_e18"]) + change)
            self.assertEqual(len(differences(self.case, self.expected, actual)), wrong)
        self.assertEqual(len(differences(self.case, self.expected, self.expected | {"mm_binding": "floor"})), 1)
        self.assertEqual(differences(self.case, self.expected, None)[0][0], "malformed output")

    def test_a_tie_may_bind_either_way(self) -> None:
        # φ = 1: a lone position meets var = floor
        case = margin_case([asset()], 0, [position(0, SOL, 100 * USD)], book=portfolio(phi_e9=10**9))
        expected = evaluate(case)[0]
        self.assertEqual(expected["mm_binding"], "var")
        self.assertEqual(differences(case, expected, expected | {"mm_binding": "floor"}), [])

    def test_variance_never_below(self) -> None:
        case = bounds.vol_case({}, {}, [attempt(10**6 + 3600, 101 * E12)], [10**6 + 7200])
        expected = evaluate(case)[0]
        for change, wrong in ((-1, 1), (10**6, 0), (10**13, 1)):
            actual = deepcopy(expected)
            value = Fraction(actual["events"][0]["v_fast_per_h"]) + Fraction(change, 10**24)
            actual["events"][0]["v_fast_per_h"] = f"0.{int(value * 10**24):024d}"
            self.assertEqual(len(differences(case, expected, actual)), wrong)

    def test_a_bound_just_below_a_whole_millionth_may_be_it(self) -> None:
        # σ_c = 1.25 % less 2e-11 of it, 900 s: 16·σ_c·√¼ ends just below 10 %
        variance = f"0.{156_250_000_000_000_000_000 - 6_250_000_000:024d}"
        state = {key: variance for key in ("v_fast_per_h", "v_slow_per_h")} | {"v_short_per_h": "0"}
        case = bounds.vol_case({}, state, [attempt(10**6 + 900, 150 * E12), attempt(10**6 + 1800, 150 * E12)], [10**6 + 1800])
        expected = evaluate(case)[0]
        other = evaluate(case, frozenset({"events[0].clamped.bound"}))[0]
        self.assertEqual(expected["events"][0]["anchor_price_e12"], str(nearest_scaled(exp(Fraction(99_999, 10**6)), 100 * E12)))
        self.assertEqual(other["events"][0]["anchor_price_e12"], str(nearest_scaled(exp(Fraction(1, 10)), 100 * E12)))
        self.assertEqual(differences(case, expected, other), [])
        # 1e-7 below it is outside the rounding of σ_c
        state = {key: f"0.{156_250_000_000_000_000_000 - 31_250_000_000_000:024d}" for key in state} | {"v_short_per_h": "0"}
        case = bounds.vol_case({}, state, [attempt(10**6 + 900, 150 * E12)], [])
        other = evaluate(case, frozenset({"events[0].clamped.bound"}))[0]
        self.assertNotEqual(differences(case, evaluate(case)[0], other), [])

    def test_a_liquidation_size_off_by_more_than_a_lot(self) -> None:
        case = margin_case([asset(u_age_s=0)], 3447 * USD, [position(0, 1000 * SOL, 100_000 * USD)], None,
                           liquidation(0, "position", flag_age_s=0))
        expected = evaluate(case)[0]
        self.assertEqual(expected["liquidation"]["size_atoms"], "266700000000")
        for lots, wrong in ((1, 0), (-1, 0), (3, 1), (-3, 1)):
            actual = deepcopy(expected)
            actual["liquidation"]["size_atoms"] = str(266_700_000_000 + lots * 10**8)
            self.assertEqual(len(differences(case, expected, actual)), wrong)


if __name__ == "__main__":
    unittest.main()
