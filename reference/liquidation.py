"""whitepaper §7.6: the largest size that may be liquidated, in the evaluation order of the case format."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from case import LiquidationRequest
from decisions import Decisions
from equity import Holding, equity_mm, gross_at_risk
from exact import Number, ceil_scaled, floor_scaled, largest, less, middle, positive_part, smallest
from functions import sqrt
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


WHOLE = 1000


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
        if self.request.what in ("position", "takeover"):
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
        if self.request.what in ("collateral", "pair"):
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
        return Outcome(x, after, gain, penalty, self.equity - penalty + self._gained() * (self.price * x))

    def spread(self, h: Holding) -> Number:
        """κ·σ_IM·√age of what the liquidator takes of a holding, as a share of P."""
        return self.valuation.age_spread(h, self.request.kappa)

    def _gained(self) -> Number:
        """What equity gains by a closing, as a share of P·x: collateral that counted less, and the spread."""
        if self.request.what == "position":
            return Fraction(0)                      # the pool's, at P
        unweighted = 1 - self.target.asset.params.collateral_weight if self.request.what != "takeover" else Fraction(0)
        return unweighted + self.spread(self.target)

    def surplus(self, x: int) -> Number:
        """E(x) − (1 + β)·MM(x): the size reaches the exit level when this is not negative."""
        return self._surplus_of(self.outcome(x))

    def _surplus_of(self, after: Outcome) -> Number:
        return after.equity - (1 + self.request.beta) * after.mm.total

    def _branches(self, x: int) -> tuple[Number, Number, Number]:
        """Relief; the surplus if π·relief is paid, relief being what it is; the surplus if φ_max·P·x is paid.

        Where MM is convex all three are concave, and the surplus is the larger of the last two wherever relief > 0.
        """
        after = self.outcome(x)
        gain = after.relief
        unpaid = self._surplus_of(after) + after.penalty
        by_relief: Number = Fraction(0)
        if self.mm.total != 0:
            by_relief = smallest(self._base_share(), self.payable / self.mm.total) * gain
        return gain, unpaid - by_relief, unpaid - self.request.penalty_abs * self.price * x

    def _size_of(self, what: int, lots: int) -> int:
        return min(what, lots * self.lot)

    def _regime(self, x: int) -> tuple[bool, bool]:
        """Net short or not; whether s_max binds where the size term would ask for more."""
        held = self._closed(x)[self.request.asset]
        shock = self.valuation.shock_mm(held)
        params = held.asset.params
        ceiling = params.s_max_short if held.net_base < 0 else params.s_max_mm_long
        u = self.valuation.volatilities[held.index].u_mm
        grown = u * sqrt(max(Fraction(1), abs(held.net) / params.depth))
        binds = less(Fraction(0), ceiling - u, "s_max") and not less(grown, ceiling, "s_max") and shock is not None
        return held.net_base < 0, binds

    def _pieces(self, what: int, most: int) -> Iterator[tuple[int, int]]:
        """Runs of lots in 0..most on which MM is convex: at most four."""
        first = 0
        last_regime = self._regime(self._size_of(what, most))
        while True:
            regime = self._regime(self._size_of(what, first))
            if regime == last_regime:
                yield first, most
                return
            within, beyond = first, most
            while beyond - within > 1:
                mid = (within + beyond) // 2
                if self._regime(self._size_of(what, mid)) == regime:
                    within = mid
                else:
                    beyond = mid
            yield first, within
            first = within + 1

    @staticmethod
    def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
        """The first number in low..high where a condition holds that goes on holding; `high` is taken for granted."""
        while low < high:
            mid = (low + high) // 2
            if holds(mid):
                high = mid
            else:
                low = mid + 1
        return low

    def _peak(self, low: int, high: int, value: Callable[[int], Number]) -> int:
        """Where a concave function is largest, the last such number."""
        return self._first(low, high, lambda i: less(value(i + 1), value(i), "peak"))

    def _search(self, what: int, most: int, margin_alone: bool) -> tuple[int, bool]:
        """The least lots that reach the exit and True, else the best lots and False; all lots are 1..most.

        With `margin_alone` the lots that leave the least MM.
        """
        seen: dict[int, tuple[Number, Number, Number]] = {}

        def branches(i: int) -> tuple[Number, Number, Number]:
            if i not in seen:
                seen[i] = self._branches(self._size_of(what, i))
            return seen[i]

        best: tuple[Number, int] | None = None
        hopeless: tuple[Number, int] | None = None

        def at_most(found: tuple[Number, int] | None, value: Number, i: int) -> tuple[Number, int]:
            return (value, i) if found is None or less(found[0], value, "best") else found

        for low, high in self._pieces(what, most):
            low = max(low, 1)
            if low > high:
                continue
            top = self._peak(low, high, lambda i: branches(i)[0])
            if not self.decisions.less("liquidation.allowed", Fraction(0), branches(top)[0]):
                hopeless = at_most(hopeless, branches(top)[0], top)
                continue
            if margin_alone:
                best = at_most(best, branches(top)[0], top)
                continue
            frees = lambda i: less(Fraction(0), branches(i)[0], "relief")
            left = self._first(low, top, frees)
            right = high if frees(high) else self._first(top, high, lambda i: not frees(i)) - 1
            reaching = []
            for k in (1, 2):
                crest = self._peak(left, right, lambda i: branches(i)[k])
                if not self.decisions.less("liquidation.reason", branches(crest)[k], Fraction(0)):
                    reaching.append(self._first(
                        left, crest,
                        lambda i: not self.decisions.less("liquidation.size_atoms", branches(i)[k], Fraction(0))))
                best = at_most(best, branches(crest)[k], crest)
            if reaching:
                return min(reaching), True
        return (best or hopeless or (Fraction(0), most))[1], False

    def _next_pays(self, after: Outcome) -> bool:
        """Whether the step after this one would pay its caller what it costs him."""
        beta = self.request.beta
        following = self._keeper_share() * PENALTY_BASE * beta / (1 + beta - PENALTY_BASE) * after.mm.total
        return not self.decisions.less("liquidation.reason", following, Fraction(self.request.keeper_cost))

    def _pays(self, after: Outcome) -> bool:
        """Whether this step does."""
        reward = self._keeper_share() * after.penalty
        return not self.decisions.less("liquidation.reason", reward, Fraction(self.request.keeper_cost))

    def _is_judged(self) -> bool:
        return self.request.keeper_cost > 0 and self.request.penalty_abs > 0

    @staticmethod
    def _keeper_share() -> Fraction:
        """λ, which a case does not carry: its default."""
        return Fraction(1, 2)

    def _wanted(self, what: int, most: int, deep: bool, dust: bool) -> tuple[int, str]:
        """Lots of at most `most`, and why."""
        end = "deep" if deep else "dust"
        if not less(Fraction(0), self.equity):
            return most, end
        if deep or dust:
            return self._search(what, most, True)[0], end
        lots, reaches = self._search(what, most, False)
        if not reaches:
            return lots, "whole"
        after = self.outcome(self._size_of(what, lots))
        if not self._is_judged() or self._next_pays(after) and self._pays(after):
            return lots, "target"
        end = self._search(what, most, True)[0]
        pays = lambda i: self._pays(self.outcome(self._size_of(what, i)))
        if not self._next_pays(after) or end <= lots or not pays(end):
            return end, "dust"
        return self._first(lots + 1, end, pays), "reward"

    def _largest(self, what: int, deep: bool, dust: bool) -> tuple[int, str]:
        """The largest size and its reason."""
        most, limit = ceil_div(what, self.lot), ""
        if self.request.what == "collateral":
            debt_lots = max(1, floor_scaled(-self.quote / (self.price * self.lot)))
            if most > debt_lots:
                most, limit = debt_lots, "debt"
        if not deep:
            room_lots = max(0, floor_scaled(self._room() / (self.price * self.lot)))
            if most > room_lots:
                most, limit = room_lots, "window"
        if most == 0:
            return 0, "window"
        lots, reason = self._wanted(what, most, deep, dust)
        if limit and lots == most and reason not in ("target", "reward"):
            reason = limit
        x = self._size_of(what, lots)
        rest = what - x
        if 0 < rest < self.lot and reason != "window":
            insolvent = not less(Fraction(0), self.equity)
            if insolvent or less(Fraction(0), self.outcome(what).relief) or not less(Fraction(0), self.outcome(x).relief):
                x = what
        return x, reason

    def _room(self) -> Fraction:
        return (max(Fraction(self.request.window_cap), self.request.window_share * self.request.window_gross)
                - self.request.window_closed)

    def answer(self) -> dict:
        """The `liquidation` object of an account that is liquidatable."""
        if self.request.what == "slice":
            return Slice(self).answer()
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
        return self._told(after, size, reason, size > 0 and (helps or insolvent))

    def _told(self, after: Outcome, size: int, reason: str, allowed: bool) -> dict:
        return {
            "liquidatable": True, "reason": reason, "allowed": allowed,
            "depth_e18": str(ceil_scaled(self._depth(), 10**18)),
            "penalty_share_e18": str(ceil_scaled(self._share(), 10**18)),
            "size_atoms": str(size),
            "relief_quote_atoms": str(floor_scaled(after.relief)),
            "penalty_quote_atoms": str(ceil_scaled(after.penalty)),
            "equity_after_quote_atoms": str(floor_scaled(after.equity)),
            "mm_after_quote_atoms": str(ceil_scaled(after.mm.total)),
        }


def needs_margin(h: Holding) -> bool:
    """Whether anything of it enters the margin: a position, or collateral with a weight."""
    return h.size != 0 or h.weighted != 0


class Slice:
    """The same share of every position and every weighted collateral that has a usable price, thousandths, in lots
    rounded up; the rest stays."""

    def __init__(self, liquidation: Liquidation) -> None:
        self.whole = liquidation
        self.leaves_out = any(needs_margin(h) and not h.asset.usable_liquidation for h in liquidation.held)

    @staticmethod
    def _part(atoms: int, lot: int, share: int) -> int:
        size = ceil_div(ceil_div(atoms * share, WHOLE), lot) * lot
        return atoms if size and atoms - size < lot else size

    def _closed(self, share: int) -> tuple[list[Holding], Fraction, Number]:
        """What is left; Σ P·x; what equity gains by collateral that counted less than it is sold for."""
        left, notional = [], Fraction(0)
        freed: Number = Fraction(0)
        for h in self.whole.held:
            if not needs_margin(h) or not h.asset.usable_liquidation:
                left.append(h)
                continue
            q = self._part(abs(h.size), h.asset.lot, share)
            c = self._part(h.amount, h.asset.lot, share) if h.asset.params.collateral_weight else 0
            left.append(replace(h, size=h.size + (q if h.size < 0 else -q), amount=h.amount - c))
            notional += h.asset.price * (q + c)
            if c:
                freed = freed + (1 - h.asset.params.collateral_weight + self.whole.spread(h)) * (h.asset.price * c)
        return left, notional, freed

    def outcome(self, share: int) -> Outcome:
        """Relief, penalty, E and MM after closing so many thousandths."""
        whole = self.whole
        left, notional, freed = self._closed(share)
        after = whole.valuation.mm(left)
        gain = relief(whole.mm, after)
        penalty: Number = Fraction(0)
        if whole.mm.total != 0:
            useful = positive_part(gain)
            penalty = smallest(whole._base_share() * useful, (useful / whole.mm.total) * whole.payable,
                               whole.request.penalty_abs * notional)
        return Outcome(share, after, gain, penalty, whole.equity - penalty + freed)

    def surplus(self, share: int) -> Number:
        """E − (1 + β)·MM after closing so many thousandths."""
        return self.whole._surplus_of(self.outcome(share))

    def _reaches(self, share: int) -> bool:
        after, whole = self.outcome(share), self.whole
        return (less(Fraction(0), after.relief)
                and not whole.decisions.less("liquidation.size_atoms", whole._surplus_of(after), Fraction(0)))

    def _freest(self, most: int) -> int:
        """The share of at most `most` that leaves the least MM: less than all where what stays is hedged by the rest."""
        if not self.leaves_out or not less(Fraction(0), self.whole.equity):
            return most
        freed = lambda share: self.outcome(share).relief
        falls = not less(freed(most), freed(most - min(16, most // 2)), "freest")
        if most == 1 or less(Fraction(0), freed(most), "freest") and falls:
            return most
        return max(range(1, most + 1), key=lambda share: middle(freed(share)))

    def _largest(self, within: int, deep: bool, dust: bool) -> tuple[int, str]:
        most = self._freest(within)
        reason = "deep" if deep else "dust" if dust else "target" if self._reaches(most) else "whole"
        share = most
        if reason == "target":
            below = 0
            while share - below > 1:
                mid = (below + share) // 2
                if self._reaches(mid):
                    share = mid
                else:
                    below = mid
            after = self.outcome(share)
            if self.whole._is_judged() and not (self.whole._next_pays(after) and self.whole._pays(after)):
                pays = lambda i: self.whole._pays(self.outcome(i))
                if not self.whole._next_pays(after) or not pays(most):
                    share, reason = most, "dust"
                else:
                    share, reason = self.whole._first(share + 1, most, pays), "reward"
        return share, "window" if share == within < WHOLE and reason not in ("target", "reward") else reason

    def answer(self) -> dict:
        """The `liquidation` object of an account that is liquidatable; its size in thousandths."""
        whole = self.whole
        if self._closed(WHOLE)[1] == 0:
            return {"liquidatable": True, "reason": "nothing"}
        deep = whole.decisions.less("liquidation.reason", whole.equity, DEEP * whole.mm.total)
        dust = whole.decisions.less(
            "liquidation.reason", gross_at_risk(whole.quote, whole.held), Fraction(whole.request.dust))
        most = WHOLE
        if not deep and self._closed(WHOLE)[1] > whole._room():
            low, high = 0, WHOLE
            while high - low > 1:
                mid = (low + high) // 2
                low, high = (mid, high) if self._closed(mid)[1] <= whole._room() else (low, mid)
            most = low
        if most == 0:
            return whole._told(whole.outcome(0), 0, "window", False)
        share, reason = self._largest(most, deep, dust)
        after = self.outcome(share)
        helps = whole.decisions.less("liquidation.allowed", Fraction(0), after.relief)
        return whole._told(after, share, reason, helps or not less(Fraction(0), whole.equity))
