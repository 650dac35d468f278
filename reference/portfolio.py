"""whitepaper §5.1: the risk of a portfolio of legs, its binding term and the contributions."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from case import PortfolioParams
from decisions import Decisions
from exact import Number, largest
from functions import sqrt
from shock import Leg


@dataclass(frozen=True)
class Spread:
    """Sums over the legs; `pairs` = Σ_{i<j} 2·X_i·X_j = S² − Q, so that its sign is seen exactly."""
    total: Number       # S = ΣX
    squares: Number     # Q = ΣX²
    gross: Number       # G = Σ|X|
    pairs: Number
    held: int           # legs with X ≠ 0

    def deviation(self, rho: Fraction) -> Number:
        """√(Q + ρ·(S² − Q)); with one leg or none that is |X|."""
        return self.gross if self.held <= 1 else sqrt(self.squares + rho * self.pairs)


def spread(legs: Sequence[Leg]) -> Spread:
    """S, Q, G and S² − Q."""
    total: Number = Fraction(0)
    squares: Number = Fraction(0)
    gross: Number = Fraction(0)
    pairs: Number = Fraction(0)
    held = 0
    for x in (leg.x for leg in legs if leg.x != 0):
        pairs = pairs + 2 * (x * total)
        total, squares, gross, held = total + x, squares + x * x, gross + abs(x), held + 1
    return Spread(total, squares, gross, pairs, held)


def deviation(params: PortfolioParams, sums: Spread) -> Number:
    """V = √max(Q + ρ·(S² − Q)) over the two ρ."""
    return largest(sums.deviation(params.rho_lo), sums.deviation(params.rho_hi))


def _var_terms(params: PortfolioParams, sums: Spread) -> tuple[Number, Number]:
    """G − θ·(G − V) and φ·G."""
    return sums.gross - params.theta * (sums.gross - deviation(params, sums)), params.phi * sums.gross


def scenario_losses(params: PortfolioParams, legs: Sequence[Leg]) -> list[Fraction]:
    """weight_j · (−Σ N·shock_j)⁺ of every scenario."""
    return [s.weight * max(Fraction(0), -sum((leg.net * s.shock[leg.bucket] for leg in legs), Fraction(0)))
            for s in params.scenarios]


def add_ons(legs: Sequence[Leg]) -> Number:
    """ΣK."""
    total: Number = Fraction(0)
    for leg in legs:
        total = total + leg.k
    return total


def risk(params: PortfolioParams, legs: Sequence[Leg]) -> Number:
    """max(M_var + ΣK, M_str): the requirement M without its charges."""
    return largest(largest(*_var_terms(params, spread(legs))) + add_ons(legs), *scenario_losses(params, legs))


def binding(params: PortfolioParams, legs: Sequence[Leg], decisions: Decisions, name: str) -> str:
    """The term that sets M: "var", else "floor", else "scenario:j", each only if strictly larger."""
    var, floor = _var_terms(params, spread(legs))
    term, value = ("floor", floor) if decisions.less(name, var, floor) else ("var", var)
    value = value + add_ons(legs)
    for j, loss in enumerate(scenario_losses(params, legs)):
        if decisions.less(name, value, loss):
            term, value = f"scenario:{j}", loss
    return term


def _diversified(params: PortfolioParams, legs: Sequence[Leg], decisions: Decisions, name: str) -> list[Number]:
    """(1 − θ)·|X| + θ·X·((1 − ρ)·X + ρ·S)/V with the binding ρ: the parts of M_var."""
    sums = spread(legs)
    rho = params.rho_lo
    if sums.held > 1:
        one_sided = params.rho_lo != params.rho_hi and decisions.less(
            name, sums.deviation(params.rho_lo), sums.deviation(params.rho_hi))
        rho = params.rho_hi if one_sided else params.rho_lo
    whole = sums.deviation(rho)

    def part(x: Number) -> Number:
        share = abs(x) if sums.held == 1 else x * ((1 - rho) * x + rho * sums.total) / whole
        return (1 - params.theta) * abs(x) + params.theta * share

    return [part(leg.x) if leg.x != 0 else Fraction(0) for leg in legs]


def contributions(params: PortfolioParams, legs: Sequence[Leg], term: str,
                  decisions: Decisions, name: str) -> list[Number]:
    """Contribution of every leg to M when `term` binds; they sum to M."""
    if term.startswith("scenario:"):
        scenario = params.scenarios[int(term.removeprefix("scenario:"))]
        parts: list[Number] = [-scenario.weight * leg.net * scenario.shock[leg.bucket] for leg in legs]
    elif term == "floor":
        parts = [params.phi * abs(leg.x) + leg.k for leg in legs]
    else:
        parts = [d + leg.k for d, leg in zip(_diversified(params, legs, decisions, name), legs)]
    return [part + leg.charges for part, leg in zip(parts, legs)]
