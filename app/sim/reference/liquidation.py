"""Section 7.2: the largest size that may be liquidated, in the evaluation order of the case format."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from case import LiquidationRequest
from decisions import Decisions
from equity import Holding, equity_mm, gross_at_risk
from exact import Number, ceil_scaled, floor_scaled, largest, positive_part, smallest
from valuation import Requirement, Valuation, relief

DEEP = Fraction(2, 3)
PENALTY_BASE = Fraction(1, 4)
PENALTY_SLOPE = Fraction(1, 2)
PENALTY_RAMP_S = 300
EQUITY_SHARE = Fraction(95, 100)


def ceil_div(a: int, b: int) -> int:
    """⌈a / b⌉."""
    return -(-a // b)


@dataclass(frozen=True)
class Outcome:
    """The account after closing x base atoms."""
    size: int
    mm: Requirement
    relief: Number
    penalty: Number
    equity: Number


class Liquidation:
    """One request against an account with equity E < MM, both by rule 2 (b); no market's impact."""

    def __init__(self, valuation: Valuation, request: LiquidationRequest, quote: int, held: Sequence[Holding],
                 equity: Number, mm: Requirement, decisions: Decisions) -> None:
        self.valuation, self.request, self.quote, self.held = valuation, request, quote, list(held)
        self.equity, self.mm, self.decisions = equity, mm, decisions
        # What can be paid: no more than there is with no price moved in favour.
        self.payable = EQUITY_SHARE * max(Fraction(0), equity_mm(quote, held))
        self.target = self.held[request.asset]
        self.price, self.lot = self.target.asset.price, self.target.asset.lot

    def closable(self) -> int:
        """Base atoms that can be closed or sold; of a pair the whole short or whole lots of it."""
        size, amount = self.target.size, self.target.amount
        if self.request.what == "position":
            return abs(size)
        if self.request.what == "collateral":
            return amount if self.quote < 0 else 0
        short = max(0, -size)
        return short if amount >= short else amount // self.lot * self.lot

    def _depth(self) -> Number:
        """u = (MM − E)/MM; 1 when MM = 0."""
        return Fraction(1) if self.mm.total == 0 else (self.mm.total - self.equity) / self.mm.total

    def _base_share(self) -> Number:
        """¼ + ½·max(min(1, 2u), min(1, t/300 s))."""
        by_time = min(Fraction(1), Fraction(self.request.flag_age_s, PENALTY_RAMP_S))
        return PENALTY_BASE + PENALTY_SLOPE * largest(smallest(Fraction(1), 2 * self._depth()), by_time)

    def _share(self) -> Number:
        """π = min(base, 0.95·E⁺/MM), E at most that at the last recorded prices; 0 when MM = 0."""
        if self.mm.total == 0:
            return Fraction(0)
        return smallest(self._base_share(), self.payable / self.mm.total)

    def _closed(self, x: int) -> list[Holding]:
        """The holdings after closing x."""
        size, amount = self.target.size, self.target.amount
        if self.request.what != "collateral":
            size += x if size < 0 else -x
        if self.request.what != "position":
            amount -= x
        held = list(self.held)
        held[self.request.asset] = replace(self.target, size=size, amount=amount)
        return held

    def outcome(self, x: int) -> Outcome:
        """Relief, penalty Π = min(π·relief⁺, φ_max·P·x), E(x) and MM(x)."""
        if x == 0:
            return Outcome(0, self.mm, Fraction(0), Fraction(0), self.equity)
        after = self.valuation.mm(self._closed(x))
        gain = relief(self.mm, after)
        penalty: Number = Fraction(0)
        if self.mm.total != 0:
            useful = positive_part(gain)
            penalty = smallest(self._base_share() * useful,
                               (useful / self.mm.total) * self.payable,
                               self.request.penalty_abs * self.price * x)
        uncredited = 1 - self.target.asset.params.credit if self.request.what != "position" else Fraction(0)
        return Outcome(x, after, gain, penalty, self.equity - penalty + uncredited * self.price * x)

    def surplus(self, x: int) -> Number:
        """E(x) − (1 + β)·MM(x): the size reaches the exit level when this is not negative."""
        after = self.outcome(x)
        return after.equity - (1 + self.request.beta) * after.mm.total

    def _reaches(self, x: int, name: str) -> bool:
        """Whether E(x) >= (1 + β)·MM(x)."""
        return not self.decisions.less(name, self.surplus(x), Fraction(0))

    def _wanted_lots(self, what: int, deep: bool, dust: bool) -> tuple[int, str]:
        """Lots before the limits of debt and window, and why."""
        lots = ceil_div(what, self.lot)
        if deep:
            return lots, "deep"
        if dust:
            return lots, "dust"
        if not self._reaches(what, "liquidation.reason"):
            return lots, "whole"
        low, high = 0, lots
        while high - low > 1:
            mid = (low + high) // 2
            if self._reaches(min(what, mid * self.lot), "liquidation.size_atoms"):
                high = mid
            else:
                low = mid
        return high, "target"

    def _largest(self, what: int, deep: bool, dust: bool) -> tuple[int, str]:
        """The largest size and its reason."""
        lots, reason = self._wanted_lots(what, deep, dust)
        if self.request.what == "collateral":
            debt_lots = max(1, floor_scaled(-self.quote / (self.price * self.lot)))
            if lots > debt_lots:
                lots, reason = debt_lots, "debt"
        if not deep:
            room = (max(Fraction(self.request.window_cap), self.request.window_share * self.request.window_gross)
                    - self.request.window_closed)
            room_lots = max(0, floor_scaled(room / (self.price * self.lot)))
            if lots > room_lots:
                lots, reason = room_lots, "window"
        x = min(what, lots * self.lot)
        return (what if what - x < self.lot and reason != "window" else x), reason

    def answer(self) -> dict:
        """The `liquidation` object of an account that is liquidatable."""
        what = self.closable()
        if what == 0:
            return {"liquidatable": True, "reason": "nothing"}
        less = self.decisions.less
        deep = less("liquidation.reason", self.equity, DEEP * self.mm.total)
        dust = less("liquidation.reason", gross_at_risk(self.quote, self.held), Fraction(self.request.dust))
        size, reason = self._largest(what, deep, dust)
        after = self.outcome(size)
        helps = less("liquidation.allowed", Fraction(0), after.relief)
        insolvent = not less("liquidation.allowed", Fraction(0), self.equity)
        return {
            "liquidatable": True, "reason": reason, "allowed": size > 0 and (helps or insolvent or dust),
            "depth_e18": str(ceil_scaled(self._depth(), 10**18)),
            "penalty_share_e18": str(ceil_scaled(self._share(), 10**18)),
            "size_atoms": str(size),
            "relief_quote_atoms": str(floor_scaled(after.relief)),
            "penalty_quote_atoms": str(ceil_scaled(after.penalty)),
            "equity_after_quote_atoms": str(floor_scaled(after.equity)),
            "mm_after_quote_atoms": str(ceil_scaled(after.mm.total)),
        }
