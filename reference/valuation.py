"""An account's requirements, MM and IM, and its equity under rule 2 (b), for given holdings."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import portfolio
import shock
from case import Asset, PortfolioParams
from equity import Holding, equity_mm
from exact import Number, largest, smallest
from functions import sqrt
from volatility import hours


MIN_SPREAD_AGE_S = 2


@dataclass(frozen=True)
class Requirement:
    """M = risk + charges in quote atoms; risk = max(M_var + ΣK, M_str), charges = ΣB + ΣF."""
    risk: Number
    charges: Fraction

    @cached_property
    def total(self) -> Number:
        return self.risk + self.charges


def relief(before: Requirement, after: Requirement) -> Number:
    """before − after, part by part: a part that is the same number cancels exactly."""
    if after.total == 0:
        return before.total
    return (before.risk - after.risk) + (before.charges - after.charges)


class Valuation:
    """Requirements under one set of parameters; equal net deltas give the identical number."""

    def __init__(self, params: PortfolioParams, assets: Sequence[Asset]) -> None:
        self.params = params
        self.volatilities = [shock.read_volatilities(asset) for asset in assets]
        self._risks: dict[tuple, Number] = {}
        self._legs: dict[tuple, shock.Leg] = {}

    def shock_mm(self, h: Holding) -> shock.Shock:
        return shock.shock_mm(h.asset, self.volatilities[h.index], h.net)

    def shock_im(self, h: Holding) -> shock.Shock:
        return shock.shock_im(h.asset, self.volatilities[h.index], h.net)

    def _leg_mm(self, h: Holding) -> shock.Leg:
        charges = h.charges(self.params.funding_provision_s)
        key = (h.index, h.net, charges)
        if key not in self._legs:
            self._legs[key] = shock.leg(h.asset, self.shock_mm(h), h.net, charges)
        return self._legs[key]

    def legs_mm(self, held: Sequence[Holding]) -> list[shock.Leg]:
        return [self._leg_mm(h) for h in held]

    def legs_im(self, held: Sequence[Holding]) -> list[shock.Leg]:
        provision = self.params.funding_provision_s
        return [shock.leg(h.asset, self.shock_im(h), h.net, h.charges(provision)) for h in held]

    def mm(self, held: Sequence[Holding]) -> Requirement:
        """M with c_MM and s_MM."""
        legs = self.legs_mm(held)
        key = tuple((h.index, leg.net) for h, leg in zip(held, legs) if leg.net != 0)
        if key not in self._risks:
            self._risks[key] = portfolio.risk(self.params, legs)
        return Requirement(self._risks[key], sum((leg.charges for leg in legs), Fraction(0)))

    def im(self, held: Sequence[Holding]) -> Number:
        """max(M with c_IM and s_IM, 1.25 · MM)."""
        legs = self.legs_im(held)
        own = Requirement(portfolio.risk(self.params, legs), sum((leg.charges for leg in legs), Fraction(0)))
        return largest(own.total, self.params.im_over_mm * self.mm(held).total)

    def favour(self, h: Holding) -> Number:
        """Rule 2 (b): by what share of P the price is moved in the account's favour, as it stands."""
        asset, standing = h.asset, h.asset.standing
        if standing.name == "usable":
            return Fraction(0)
        if standing.name == "unknown":
            return self.params.unusable_move
        shock = self.shock_mm(h).full
        if standing.name == "wide":
            return smallest(self.params.z * asset.conf_usd / asset.price_usd, shock)
        if standing.name == "absent":
            moved = asset.params.k * self.volatilities[h.index].sigma_im * sqrt(hours(standing.age_s))
            return smallest(moved, shock)
        return shock

    def age_spread(self, h: Holding, kappa: Fraction) -> Number:
        """κ·σ_IM·√age, of 2 s at least: what whoever picks among prints pays for it, as a share of P."""
        if kappa == 0:
            return Fraction(0)
        return kappa * self.volatilities[h.index].sigma_im * sqrt(hours(max(MIN_SPREAD_AGE_S, h.asset.price_age_s)))

    def equity_liquidation(self, quote: int, held: Sequence[Holding]) -> Number:
        """Equity with rule 2 (b): the net size of what has no usable price at the moved one; doubtful prices together
        give no more than MM."""
        unknown: Number = Fraction(0)
        doubtful: Number = Fraction(0)
        for h in held:
            if h.asset.usable_liquidation or h.net == 0:
                continue
            given = abs(h.net) * self.favour(h)
            if h.asset.standing.name == "unknown":
                unknown = unknown + given
            else:
                doubtful = doubtful + given
        return equity_mm(quote, held) + unknown + smallest(doubtful, self.mm(held).total)
