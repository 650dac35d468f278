"""The tolerance table of the case format: does an answer agree with the exact one?

One-sided fields may never lie on the account's side of the exact value: requirements, shocks, σ, u and
variances not below it, equity and headroom not above it.  A boolean, a reason, a binding term or a
liquidation size may differ only where the exact distance of the decision lies inside the tolerances.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from fractions import Fraction
from functools import cached_property
from typing import Any

from case import MarginCase, read_case
from evaluate import evaluate
from exact import middle, settle
from margin import headroom_of, relief_after, surplus_after

Difference = tuple[str, Any, Any]
VARIANCE_UNITS = 10**24


def requirement_slack(reference: int, n: int) -> int:
    """5e-9 of a requirement + n + 3 atoms; n = 2 × number of assets."""
    return abs(reference) * 5 // 10**9 + n + 3


def variance_units(decimal: str) -> int:
    """A variance with at most 24 digits after the point, in units of 1e-24."""
    whole, _, part = decimal.partition(".")
    if not (whole.isdigit() and len(part) <= 24 and (part == "" or part.isdigit())):
        raise ValueError(f"not a variance: {decimal}")
    return int(whole + part.ljust(24, "0"))


class MarginComparison:
    """One margin answer against the exact one."""

    def __init__(self, value: Any, expected: dict, actual: dict) -> None:
        self.value, self.expected, self.actual = value, expected, actual
        self.n = 2 * len(expected["assets"])

    @cached_property
    def gaps(self) -> dict[str, Fraction]:
        """The exact distances of the reference's decisions; computed only when something differs."""
        return evaluate(self.value)[1]

    def close_call(self, slack: int, *names: str) -> bool:
        """Whether one of the named decisions was taken at a distance inside `slack`."""
        return any(name in self.gaps and self.gaps[name] <= slack for name in names)

    def ints(self, key: str, expected: dict | None = None, actual: dict | None = None) -> tuple[int, int]:
        return int((expected or self.expected)[key]), int((actual or self.actual)[key])

    def within(self, key: str, below: int, above: int, expected: dict | None = None,
               actual: dict | None = None, where: str = "") -> Iterator[Difference]:
        """The field, if it lies outside reference − below … reference + above."""
        reference, found = self.ints(key, expected, actual)
        if not reference - below <= found <= reference + above:
            yield where + key, reference, found

    def same(self, key: str, excuse: Callable[[], bool]) -> Iterator[Difference]:
        """The field, if it differs without excuse."""
        if self.expected[key] != self.actual[key] and not excuse():
            yield key, self.expected[key], self.actual[key]

    @property
    def favour_slack(self) -> int:
        """What shocks and σ that are rounded up make of the move in favour of prices that cannot be used."""
        worth, plain = (int(self.expected[key]) for key in ("liquidation_equity_quote_atoms", "equity_mm_quote_atoms"))
        return abs(worth - plain) * 4 // 10**9

    def slack_of(self, key: str) -> int:
        return requirement_slack(int(self.expected[key]), self.n)

    def differences(self) -> Iterator[Difference]:
        """Every field outside its tolerance."""
        n = self.n
        yield from self._assets()
        for key in ("mm_quote_atoms", "im_quote_atoms", "liquidation_mm_quote_atoms"):
            yield from self.within(key, 0, self.slack_of(key))
        for key in ("equity_mm_quote_atoms", "equity_im_quote_atoms"):
            yield from self.within(key, n + 2, 0)
        yield from self.within("liquidation_equity_quote_atoms", n + 2 + self.favour_slack, 0)
        yield from self.within("gross_quote_atoms", n + 2, n + 2)
        slack = n + 2 + self.slack_of("im_quote_atoms")
        yield from self.within("headroom_im_quote_atoms", slack, 0)
        for key in ("initial_ok", "initial_reason"):
            yield from self.same(key, lambda: "unusable" not in (self.expected["initial_reason"],
                                 self.actual["initial_reason"]) and self.close_call(slack, "initial"))
        for name in ("mm", "im"):
            yield from self._contributions(name)
        yield from self._liquidation()

    def _assets(self) -> Iterator[Difference]:
        expected, actual = self.expected["assets"], self.actual["assets"]
        if len(expected) != len(actual):
            yield "assets", len(expected), len(actual)
        for i, (e, a) in enumerate(zip(expected, actual)):
            where = f"assets[{i}]."
            if e["name"] != a["name"]:
                yield where + "name", e["name"], a["name"]
            for key in e.keys() - {"name", "net_quote_atoms"}:
                yield from self.within(key, 0, int(e[key]) // 10**9 + 2, e, a, where)
            yield from self.within("net_quote_atoms", 2, 2, e, a, where)
            if "liquidation_prices_e12" in a:
                yield from self._prices(i, a["liquidation_prices_e12"], where + "liquidation_prices_e12")

    def _headroom(self, index: int, price_e12: int) -> Fraction:
        """E − MM by rule 2 (b) with one asset at another price."""
        moved = deepcopy(self.value)
        moved["assets"][index]["price_e12"] = str(price_e12)
        moved["liquidation"] = None
        case = read_case(moved)
        assert isinstance(case, MarginCase)
        return middle(settle(lambda: headroom_of(case))[0])

    def _prices(self, index: int, prices: list, where: str) -> Iterator[Difference]:
        """E − MM is 0 at each price within the tolerances of both, and not below it on a way without a price."""
        now = int(self.value["assets"][index]["price_e12"])
        if self.actual["liquidatable"] or self.value["assets"][index]["usable_liquidation"] is not True or not any(
                held["asset"] == index for part in ("positions", "collaterals")
                for held in self.value["account"][part]):
            return
        gross = abs(int(self.expected["gross_quote_atoms"]))

        amounts = (abs(int(held.get("size_atoms", held.get("amount_atoms")))) for part in ("positions", "collaterals")
                   for held in self.value["account"][part] if held["asset"] == index)
        amount = max(amounts, default=0)
        # 10^-12 USD of it: what it is worth, and what its margin grows by, at a shock of up to 8.
        unit = 16 * (amount // 10**(6 + self.value["assets"][index]["base_decimals"]) + 1)

        def slack(price: int) -> int:
            scale = max(1, -(-price // max(1, now)))
            return unit + scale * (4 * self.slack_of("liquidation_mm_quote_atoms") + gross // 10**8 + self.n + 2)

        found = [int(price) for price in prices if price is not None]
        for price in found:
            gap = self._headroom(index, max(1, price))
            if abs(gap) > slack(price):
                yield where, f"0 at {price}", str(float(gap))
        for end in (1, 16 * now):
            on_the_way = any((price < now) == (end < now) for price in found)
            worth = amount * end // 10**(6 + self.value["assets"][index]["base_decimals"])
            if not on_the_way and worth < 2**63 and self._headroom(index, end) < -slack(end):
                yield where, f"a price towards {end}", str(prices)

    def _contributions(self, name: str) -> Iterator[Difference]:
        slack = self.slack_of(f"{name}_quote_atoms")
        binding, key = f"{name}_binding", f"{name}_contributions_quote_atoms"
        if self.expected[binding] != self.actual[binding]:
            yield from self.same(binding, lambda: self.close_call(slack, binding, "mm_binding"))
            return
        if len(self.expected[key]) != len(self.actual[key]):
            yield key, len(self.expected[key]), len(self.actual[key])
        for i, (e, a) in enumerate(zip(self.expected[key], self.actual[key])):
            # at a tie between the two ρ the parts depend on the choice, their sum does not
            if abs(int(e) - int(a)) > 4 * slack and not self.close_call(
                    slack, binding, "mm_binding", "mm_contributions", "im_contributions"):
                yield f"{key}[{i}]", e, a

    def _liquidation(self) -> Iterator[Difference]:
        edge = self.n + 2 + self.slack_of("liquidation_mm_quote_atoms") + self.favour_slack
        yield from self.same("liquidatable", lambda: self.close_call(edge, "liquidatable"))
        expected, actual = self.expected["liquidation"], self.actual["liquidation"]
        if expected is None or actual is None or "size_atoms" not in expected or "size_atoms" not in actual:
            if expected != actual and not (expected and actual and self.close_call(edge, "liquidatable")):
                yield "liquidation", expected, actual
            return
        yield from self._shares(expected, actual)
        yield from self._sizes(expected, actual)

    def _shares(self, e: dict, a: dict) -> Iterator[Difference]:
        """u and π: what the tolerances of E and MM make of (MM − E)/MM."""
        mm, worth = (int(self.expected[f"liquidation_{k}_quote_atoms"]) for k in ("mm", "equity"))
        slack = 2
        if mm > 0:
            moved = (self.n + 2 + self.favour_slack) * mm + abs(worth) * requirement_slack(mm, self.n)
            slack += -(-10**18 * moved // mm**2)
        for key in ("depth_e18", "penalty_share_e18"):
            yield from self.within(key, slack, slack, e, a, "liquidation.")

    def _sizes(self, e: dict, a: dict) -> Iterator[Difference]:
        slack = 4 * self.slack_of("liquidation_mm_quote_atoms") + self.favour_slack
        size, found = self.ints("size_atoms", e, a)
        target = self.value["liquidation"]["asset"]
        lot = 1 if self.value["liquidation"]["what"] == "slice" else int(self.value["assets"][target]["lot_atoms"])
        decided = ("liquidation.reason", "liquidation.size_atoms")
        if abs(size - found) > lot + size // 10**6 and not self.close_call(slack, decided[0]) \
                and not self._reaches_target(e, a, found, lot, slack) and not self._frees_nothing(e, a, slack) \
                and not self._frees(e, a, found, slack):
            yield "liquidation.size_atoms", size, found
        if size != found:
            return
        if e["reason"] != a["reason"] and not self.close_call(slack, *decided):
            yield "liquidation.reason", e["reason"], a["reason"]
        if e["allowed"] != a["allowed"] and not self.close_call(slack, "liquidation.allowed", "liquidation.reason"):
            yield "liquidation.allowed", e["allowed"], a["allowed"]
        for key in ("relief", "penalty", "equity_after", "mm_after"):
            yield from self.within(f"{key}_quote_atoms", slack, slack, e, a, "liquidation.")

    def _frees_nothing(self, e: dict, a: dict, slack: int) -> bool:
        """Whether neither size frees more than the tolerance, and no size might: then none is the right one."""
        return self.close_call(slack, "liquidation.allowed") and all(
            abs(int(side["relief_quote_atoms"])) <= slack for side in (e, a))

    def _reaches_target(self, e: dict, a: dict, found: int, lot: int, slack: int) -> bool:
        """Whether `found` is a right answer of the bisection: it reaches, one lot less does not, within slack."""
        if {e["reason"], a["reason"]} != {"target"}:
            return False
        case = read_case(self.value)
        assert isinstance(case, MarginCase)
        here, before = (middle(settle(lambda x=x: surplus_after(case, x))[0]) for x in (found, found - lot))
        return here >= -slack and before <= slack

    def _frees(self, e: dict, a: dict, share: int, slack: int) -> bool:
        """Whether a slice that leaves something out ends at a right share: MM is searched for its least by sections,
        which lots and s_max give other low points, and one that frees half as much is accepted."""
        if self.value["liquidation"]["what"] != "slice" or e["reason"] != a["reason"] or e["allowed"] != a["allowed"]:
            return False
        case = read_case(self.value)
        assert isinstance(case, MarginCase)
        freed = middle(settle(lambda: relief_after(case, share))[0])
        enough = not e["allowed"] or 2 * freed >= int(e["relief_quote_atoms"]) - slack
        return enough and abs(freed - int(a["relief_quote_atoms"])) <= slack


def close_calls(value: Any, expected: dict, gaps: dict[str, Fraction]) -> list[str]:
    """Names of the fields whose deciding difference lies inside the tolerances: another answer is right too."""
    if expected["kind"] == "vol":
        accepted = sum(event["accepted"] for event in expected["events"])
        return [name for name, gap in gaps.items() if name.endswith("clamped") and gap <= Fraction(accepted + 2, 10**9)]
    comparison = MarginComparison(value, expected, expected)
    comparison.gaps = gaps
    initial = comparison.n + 2 + comparison.slack_of("im_quote_atoms")
    edge = comparison.n + 2 + comparison.slack_of("liquidation_mm_quote_atoms") + comparison.favour_slack
    after = 4 * comparison.slack_of("liquidation_mm_quote_atoms") + comparison.favour_slack
    slack = {"initial": initial, "liquidatable": edge, "mm_binding": comparison.slack_of("mm_quote_atoms"),
             "im_binding": comparison.slack_of("im_quote_atoms"),
             "mm_contributions": comparison.slack_of("mm_quote_atoms"),
             "im_contributions": comparison.slack_of("im_quote_atoms"), "liquidation.reason": after,
             "liquidation.allowed": after, "liquidation.size_atoms": after}
    return [name for name, within in slack.items() if comparison.close_call(within, name)]


def vol_differences(value: Any, expected: dict, actual: dict,
                    above: frozenset[str] = frozenset()) -> Iterator[Difference]:
    """Every field of a vol answer outside its tolerance, which grows with the accepted samples; `above` made `expected`."""
    for part in ("events", "reads"):
        if len(expected[part]) != len(actual[part]):
            yield part, len(expected[part]), len(actual[part])
    gaps: dict[str, Fraction] | None = None
    accepted = 0

    def upwards(where: str, reference: int, found: int, rate: int, extra: int) -> Iterator[Difference]:
        if not reference <= found <= reference + reference * rate * (accepted + 1) // 10**9 + extra:
            yield where, reference, found

    for i, (e, a) in enumerate(zip(expected["events"], actual["events"])):
        where = f"events[{i}]."
        for key in ("accepted", "reason", "clamped", "anchor_time_s", "samples", "u_time_s"):
            if e[key] != a[key]:
                gaps = evaluate(value, above)[1] if gaps is None else gaps
                excused = key == "clamped" and gaps.get(where + key, 1) <= Fraction(accepted + 2, 10**9)
                if not excused:
                    yield where + key, e[key], a[key]
        accepted += e["accepted"]
        if e.keys() != a.keys():
            yield where[:-1], sorted(e), sorted(a)
            continue
        for key in (key for key in e if key.endswith("_per_h")):
            yield from upwards(where + key, variance_units(e[key]), variance_units(a[key]), 4,
                               (accepted + 1) * VARIANCE_UNITS // 10**18)
        anchor, found = int(e["anchor_price_e12"]), int(a["anchor_price_e12"])
        if abs(anchor - found) > anchor * (accepted + 1) // 10**9 + 2:      # 2: both are rounded to 1e-12
            yield where + "anchor_price_e12", anchor, found
        yield from upwards(where + "u_mm_e18", int(e["u_mm_e18"]), int(a["u_mm_e18"]), 4, 2)
    for i, (e, a) in enumerate(zip(expected["reads"], actual["reads"])):
        if e["at_s"] != a["at_s"]:
            yield f"reads[{i}].at_s", e["at_s"], a["at_s"]
        for key in e.keys() - {"at_s"}:
            yield from upwards(f"reads[{i}].{key}", int(e[key]), int(a[key]), 4, 2)


def vol_differences_of_any(value: Any, expected: dict, actual: dict) -> list[Difference]:
    """As `vol_differences`, against each answer that is right within the tolerance of σ_c.

    A bound b just below a whole millionth may be that millionth: then all that follows is compared with the answer for it.
    """
    first = found = list(vol_differences(value, expected, actual))
    above: frozenset[str] = frozenset()
    while found:
        gaps = evaluate(value, above)[1]
        near = [name for i in range(len(expected["events"])) for name in [f"events[{i}].clamped.bound"]
                if name not in above and gaps.get(name, 1) <= Fraction(2 * (i + 2), 10**9)]
        if not near:
            return first
        above |= {near[0]}
        found = list(vol_differences(value, evaluate(value, above)[0], actual, above))
    return []


def differences(value: Any, expected: dict, actual: Any) -> list[Difference]:
    """Every field of `actual` outside its tolerance against `expected`, the exact answer to `value`."""
    try:
        if expected["kind"] == "vol":
            return vol_differences_of_any(value, expected, actual)
        return list(MarginComparison(value, expected, actual).differences())
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return [("malformed output", type(error).__name__, str(error))]
