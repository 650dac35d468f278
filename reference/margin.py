"""Assembles the output of a margin case from whitepaper §3.1, §4.1, §5.1 and §7.3."""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import equity
import portfolio
from case import LiquidationRequest, MarginCase
from decisions import Decisions
from equity import Holding
from exact import Number, ceil_scaled, floor_scaled, smallest
from liquidation import Liquidation, Slice, needs_margin
from valuation import Valuation

E18 = 10**18


def _away_from_zero(x: Fraction) -> int:
    return ceil_scaled(x) if x >= 0 else floor_scaled(x)


def _asset_output(valuation: Valuation, h: Holding) -> dict:
    """σ, u and shocks rounded up; N away from zero."""
    v, mm, im = valuation.volatilities[h.index], valuation.shock_mm(h), valuation.shock_im(h)
    printed = {
        "sigma_c_e18": v.sigma_c, "sigma_target_e18": v.sigma_t, "sigma_im_e18": v.sigma_im, "u_mm_e18": v.u_mm,
        "core_mm_e18": mm.core, "shock_mm_e18": mm.full, "core_im_e18": im.core, "shock_im_e18": im.full,
    }
    return ({"name": h.asset.name} | {key: str(ceil_scaled(x, E18)) for key, x in printed.items()}
            | {"net_quote_atoms": str(_away_from_zero(h.net))})


def _mm_output(valuation: Valuation, held: Sequence[Holding], decisions: Decisions) -> tuple[dict, list[Number]]:
    """MM with its binding term and contributions; the contributions unrounded as well."""
    legs = valuation.legs_mm(held)
    term = portfolio.binding(valuation.params, legs, decisions, "mm_binding")
    parts = portfolio.contributions(valuation.params, legs, term, decisions, "mm_contributions")
    return {
        "mm_quote_atoms": str(ceil_scaled(valuation.mm(held).total)),
        "mm_binding": term,
        "mm_contributions_quote_atoms": [str(ceil_scaled(part)) for part in parts],
    }, parts


def _im_output(valuation: Valuation, held: Sequence[Holding], mm_parts: Sequence[Number],
               decisions: Decisions) -> dict:
    """IM likewise; "mm" binds when 1.25·MM is strictly larger."""
    params = valuation.params
    legs = valuation.legs_im(held)
    own = portfolio.risk(params, legs) + sum((leg.charges for leg in legs), Fraction(0))
    if decisions.less("im_binding", own, params.im_over_mm * valuation.mm(held).total):
        term, parts = "mm", [params.im_over_mm * part for part in mm_parts]
    else:
        term = portfolio.binding(params, legs, decisions, "im_binding")
        parts = portfolio.contributions(params, legs, term, decisions, "im_contributions")
    return {
        "im_quote_atoms": str(ceil_scaled(valuation.im(held))),
        "im_binding": term,
        "im_contributions_quote_atoms": [str(ceil_scaled(part)) for part in parts],
    }


def _initial_output(valuation: Valuation, quote: int, held: Sequence[Holding], decisions: Decisions) -> dict:
    """Level Initial with rule 2 (a): the smaller headroom of with and without the unusable collateral."""
    def headroom(kept: Sequence[Holding]) -> Number:
        return equity.equity_im(valuation.params, quote, kept) - valuation.im(kept)

    room = headroom(held)
    refused = any(h.size != 0 and not h.asset.usable_initial for h in held)
    usable = [h for h in held if h.asset.usable_initial]
    if not refused and len(usable) < len(held):
        room = smallest(room, headroom(usable))
    short = decisions.less("initial", room, Fraction(0))
    reason = "unusable" if refused else "initial" if short else ""
    return {
        "headroom_im_quote_atoms": str(floor_scaled(room)),
        "initial_ok": reason == "", "initial_reason": reason,
    }


def _has_prices(held: Sequence[Holding], request: LiquidationRequest) -> bool:
    """Whether what is closed has a usable price; of a slice something, and nothing else a price that may be hidden.
    Collateral without a weight needs none."""
    if request.what != "slice":
        return held[request.asset].asset.usable_liquidation
    needing = [h.asset for h in held if needs_margin(h)]
    if any(asset.standing.name == "unknown" for asset in needing):
        return False
    return not needing or any(asset.usable_liquidation for asset in needing)


def _liquidation_output(valuation: Valuation, case: MarginCase, held: Sequence[Holding],
                        decisions: Decisions) -> tuple[dict, dict | None]:
    """The Maintenance level under rule 2 (b), and the answer to the liquidation request."""
    worth = valuation.equity_liquidation(case.account.quote, held)
    mm = valuation.mm(held)
    liquidatable = decisions.less("liquidatable", worth, mm.total)
    level = {
        "liquidation_mm_quote_atoms": str(ceil_scaled(mm.total)),
        "liquidation_equity_quote_atoms": str(floor_scaled(worth)),
        "liquidatable": liquidatable,
    }
    if case.liquidation is None:
        return level, None
    if not _has_prices(held, case.liquidation):
        return level, {"liquidatable": False, "reason": "unusable"}
    if not liquidatable:
        return level, {"liquidatable": False, "reason": "healthy"}
    return level, Liquidation(valuation, case.liquidation, case.account.quote, held, worth, mm, decisions).answer()


def _liquidation_of(case: MarginCase) -> Liquidation:
    assert case.liquidation is not None
    held, decisions = equity.holdings(case.assets, case.account), Decisions()
    valuation = Valuation(case.portfolio, case.assets)
    worth = valuation.equity_liquidation(case.account.quote, held)
    mm = valuation.mm(held)
    return Liquidation(valuation, case.liquidation, case.account.quote, held, worth, mm, decisions)


def surplus_after(case: MarginCase, x: int) -> Number:
    """E(x) − (1 + β)·MM(x) when the case's liquidation closes x: the quantity that decides its size."""
    liquidation = _liquidation_of(case)
    is_slice = liquidation.request.what == "slice"
    return Slice(liquidation).surplus(x) if is_slice else liquidation.surplus(x)


def relief_after(case: MarginCase, share: int) -> Number:
    """MM − MM after a slice of so many thousandths."""
    return Slice(_liquidation_of(case)).outcome(share).relief


def headroom_of(case: MarginCase) -> Number:
    """E − MM as a liquidation sees them."""
    held = equity.holdings(case.assets, case.account)
    valuation = Valuation(case.portfolio, case.assets)
    return valuation.equity_liquidation(case.account.quote, held) - valuation.mm(held).total


def answer(case: MarginCase, decisions: Decisions) -> dict:
    """The output of a margin case."""
    params, quote = case.portfolio, case.account.quote
    held = equity.holdings(case.assets, case.account)
    valuation = Valuation(params, case.assets)
    mm, mm_parts = _mm_output(valuation, held, decisions)
    level, liquidation = _liquidation_output(valuation, case, held, decisions)
    return {
        "kind": "margin",
        "assets": [_asset_output(valuation, h) for h in held],
        **mm,
        **_im_output(valuation, held, mm_parts, decisions),
        "equity_mm_quote_atoms": str(floor_scaled(equity.equity_mm(quote, held))),
        "equity_im_quote_atoms": str(floor_scaled(equity.equity_im(params, quote, held))),
        **_initial_output(valuation, quote, held, decisions),
        **level,
        "gross_quote_atoms": str(ceil_scaled(equity.gross_all(quote, held))),
        "liquidation": liquidation,
    }
