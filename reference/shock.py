"""whitepaper §4.1: the shock of one asset, hedgeable (core) and in full, for MM and for IM."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import volatility
from case import Asset
from exact import Number, largest, smallest
from functions import sqrt


@dataclass(frozen=True)
class Volatilities:
    """What whitepaper §3.1 gives for one asset at the time of the case."""
    sigma_c: Number
    sigma_t: Number
    sigma_im: Number
    u_mm: Number
    c_im: Number


@dataclass(frozen=True)
class Shock:
    """core = min(c, s) is hedgeable, full = s."""
    core: Number
    full: Number


def read_volatilities(asset: Asset) -> Volatilities:
    """σ, u_MM and c_IM of an asset."""
    params = asset.params
    sigma_c = volatility.sigma_c(params, asset)
    sigma_t = volatility.sigma_target(params, sigma_c, asset)
    sigma_im = volatility.sigma_im(params, sigma_t, asset.sample_age_s)
    u_mm = volatility.u_mm(params, sigma_t, asset.u_prev, asset.u_age_s)
    return Volatilities(sigma_c, sigma_t, sigma_im, u_mm, volatility.c_im(params, sigma_im))


def _size_factor(asset: Asset, net: Fraction) -> Number:
    """√max(1, A/L)."""
    return sqrt(max(Fraction(1), abs(net) / asset.params.depth))


def _with_crowd(asset: Asset, before: Number) -> Number:
    """b + crowd, b = `before`, where

    crowd = f·(1 − b)⁺ + γ·min(1, R/(OI·P)),  f = clip((OI·P − oi_lo)/(oi_hi − oi_lo), 0, 1);
    written as f·max(1, b) + (1 − f)·b + γ·min(...), so that f = 1 gives 1 exactly.
    """
    params, open_interest = asset.params, asset.oi * asset.price
    filled = Fraction(0)
    if params.oi_hi > params.oi_lo:
        filled = min(Fraction(1), max(Fraction(0), (open_interest - params.oi_lo) / (params.oi_hi - params.oi_lo)))
    if asset.liquidated <= 0:
        ratio = Fraction(0)
    elif open_interest <= 0:
        ratio = Fraction(1)
    else:
        ratio = min(Fraction(1), asset.liquidated / open_interest)
    return filled * largest(Fraction(1), before) + (1 - filled) * before + params.gamma * ratio


def shock_mm(asset: Asset, volatilities: Volatilities, net: Fraction) -> Shock:
    """c_MM = u_MM; s_MM = min(s_max, c_MM·√max(1, A/L))."""
    most = asset.params.s_max_mm_long if net >= 0 else asset.params.s_max_short
    full = smallest(most, volatilities.u_mm * _size_factor(asset, net))
    return Shock(smallest(volatilities.u_mm, full), full)


def shock_im(asset: Asset, volatilities: Volatilities, net: Fraction) -> Shock:
    """b = c_IM·√max(1, A/L); s_IM = min(s_max, b + crowd)."""
    most = asset.params.s_max_im_long if net >= 0 else asset.params.s_max_short
    before = volatilities.c_im * _size_factor(asset, net)
    full = smallest(most, _with_crowd(asset, before))
    return Shock(smallest(volatilities.c_im, full), full)


@dataclass(frozen=True)
class Leg:
    """One asset of a portfolio in quote atoms: N, X = N·core, K = |N|·(full − core), B + F."""
    net: Fraction
    x: Number
    k: Number
    charges: Fraction
    bucket: int


def leg(asset: Asset, shock: Shock, net: Fraction, charges: Fraction) -> Leg:
    """The leg of an asset with net delta N under a shock."""
    excess = largest(Fraction(0), shock.full - shock.core)
    return Leg(net, net * shock.core, abs(net) * excess, charges, asset.bucket)
