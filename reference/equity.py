"""What an account holds of each asset, and whitepaper §5.3's equity: all of it exact rationals, in quote atoms."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from case import Account, Asset, PortfolioParams
from volatility import hours


@dataclass(frozen=True)
class Holding:
    """Position (size 0 if none) and collateral of one account in one asset; `index` is the asset's number."""
    index: int
    asset: Asset
    size: int = 0
    entry: int = 0
    funding: int = 0
    amount: int = 0

    @property
    def weighted(self) -> Fraction:
        """collateral weight · amount, in base atoms."""
        return self.asset.params.collateral_weight * self.amount

    @property
    def net_base(self) -> Fraction:
        """q + weighted collateral, in base atoms."""
        return self.size + self.weighted

    @property
    def net(self) -> Fraction:
        """N = P·(q + weighted collateral), in quote atoms."""
        return self.asset.price * self.net_base

    def pnl(self, price: Fraction) -> Fraction:
        """size · price − entry + funding."""
        return self.size * price - self.entry + self.funding

    def charges(self, funding_provision_s: int) -> Fraction:
        """B + F: basis of a short hedged by its collateral, and the funding provision."""
        params, price = self.asset.params, self.asset.price
        basis = params.basis * price * min(abs(self.size), self.weighted) if self.size < 0 else Fraction(0)
        return basis + hours(funding_provision_s) * params.max_rate_per_h * price * abs(self.size)


def holdings(assets: Sequence[Asset], account: Account) -> list[Holding]:
    """The account's holding of every asset, in the order of the assets."""
    positions = {p.asset: p for p in account.positions}
    amounts = {c.asset: c.amount for c in account.collaterals}
    result = []
    for i, asset in enumerate(assets):
        p = positions.get(i)
        size, entry, funding = (p.size, p.entry, p.funding) if p else (0, 0, 0)
        result.append(Holding(i, asset, size, entry, funding, amounts.get(i, 0)))
    return result


def price_im(params: PortfolioParams, holding: Holding) -> Fraction:
    """The IM price by the sign of the net size, in quote atoms per base atom."""
    asset = holding.asset
    price = asset.price_usd
    if holding.net_base > 0:
        price = max(Fraction(0), min(asset.price_usd, asset.ema_usd) - params.z * asset.conf_usd)
    elif holding.net_base < 0:
        price = max(asset.price_usd, asset.ema_usd) + params.z * asset.conf_usd
    return asset.in_quote_atoms(price)


def equity_mm(quote: int, held: Sequence[Holding]) -> Fraction:
    """Equity with every asset at its observation P."""
    return quote + sum((h.weighted * h.asset.price + h.pnl(h.asset.price) for h in held), Fraction(0))


def equity_im(params: PortfolioParams, quote: int, held: Sequence[Holding]) -> Fraction:
    """Equity at IM prices; a position's positive PnL counts upnl_weight."""
    total = Fraction(quote)
    for h in held:
        price = price_im(params, h)
        pnl = h.pnl(price)
        total += h.weighted * price + (pnl if pnl <= 0 else params.upnl_weight * pnl)
    return total


def gross_all(quote: int, held: Sequence[Holding]) -> Fraction:
    """|quote| + Σ |weighted·P| + Σ (|size·P| + |entry| + |funding|): the scale of rounding errors."""
    return abs(quote) + sum((abs(h.weighted * h.asset.price) + abs(h.size * h.asset.price)
                             + abs(h.entry) + abs(h.funding) for h in held), Fraction(0))


def gross_at_risk(quote: int, held: Sequence[Holding]) -> Fraction:
    """Σ P·|q| + loan: the gross of whitepaper §7.6."""
    return max(0, -quote) + sum((h.asset.price * abs(h.size) for h in held), Fraction(0))
