"""Reads a case strictly as the case format lists it: an unknown or missing key is a `CaseError`.

Each dataclass below is one JSON object.  A field names its key and how the value is read; fractions become
exact `Fraction`s, quote amounts stay atoms (1e-6 USD), prices become USD per whole base unit.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, Protocol

from exact import Number

QUOTE_ATOMS_PER_USD = 10**6


class CaseError(ValueError):
    """The input is not a case of the schema."""


def _number(value: Any, where: str) -> int:
    if type(value) is not int:
        raise CaseError(f"{where}: a whole JSON number is needed")
    return value


def _integer(value: Any, where: str) -> int:
    if type(value) is not str or not re.fullmatch(r"-?[0-9]+", value):
        raise CaseError(f"{where}: a string with a decimal integer is needed")
    return int(value)


def _count(value: Any, where: str) -> int:
    if _number(value, where) < 0:
        raise CaseError(f"{where}: must not be negative")
    return value


def _e9(value: Any, where: str) -> Fraction:
    return Fraction(_number(value, where), 10**9)


def _e12(value: Any, where: str) -> Fraction:
    return Fraction(_integer(value, where), 10**12)


def _e18(value: Any, where: str) -> Fraction:
    return Fraction(_integer(value, where), 10**18)


def _variance(value: Any, where: str) -> Fraction:
    if type(value) is not str or not re.fullmatch(r"[0-9]+(\.[0-9]{1,24})?", value):
        raise CaseError(f"{where}: a decimal with at most 24 digits after the point is needed")
    return Fraction(value)


def _variance_if_given(value: Any, where: str) -> Fraction | None:
    return None if value == "" else _variance(value, where)


def _flag(value: Any, where: str) -> bool:
    if type(value) is not bool:
        raise CaseError(f"{where}: true or false is needed")
    return value


def _text(value: Any, where: str) -> str:
    if type(value) is not str:
        raise CaseError(f"{where}: a string is needed")
    return value


def _what(value: Any, where: str) -> str:
    if value not in ("position", "takeover", "collateral", "pair", "slice"):
        raise CaseError(f"{where}: unknown kind of liquidation")
    return value


@dataclass(frozen=True)
class Standing:
    """How a price stands in a liquidation: "usable", "wide", "far", "absent" for `age_s` seconds, or "unknown"."""
    name: str
    age_s: int = 0


def _standing(value: Any, where: str) -> Standing:
    if type(value) is bool:
        return Standing("usable" if value else "unknown")
    if value in ("wide", "far"):
        return Standing(value)
    if type(value) is dict and value.keys() == {"absent_s"}:
        return Standing("absent", _count(value["absent_s"], f"{where}.absent_s"))
    raise CaseError(f"{where}: true, false, \"wide\", \"far\" or {{\"absent_s\": …}} is needed")


def _bucket(value: Any, where: str) -> int:
    if not 0 <= _number(value, where) <= 7:
        raise CaseError(f"{where}: must be 0 ... 7")
    return value


def _shocks(value: Any, where: str) -> list[Fraction]:
    if type(value) is not list or len(value) != 8:
        raise CaseError(f"{where}: 8 numbers are needed")
    return [_e9(v, where) for v in value]


def _list_of(read_one: Callable[[Any, str], Any], most: int | None = None) -> Callable[[Any, str], list]:
    def read(value: Any, where: str) -> list:
        if type(value) is not list or (most is not None and len(value) > most):
            raise CaseError(f"{where}: a list of at most {most} entries is needed")
        return [read_one(v, f"{where}[{i}]") for i, v in enumerate(value)]
    return read


# What a key was called when the first cases were written, which are still read.
_FIRST_NAMES = {"credit_e9": "collateral_weight_e9"}


def _object(cls: type) -> Callable[[Any, str], Any]:
    """Reader of the JSON object that the dataclass `cls` describes."""
    def read(value: Any, where: str) -> Any:
        if type(value) is not dict:
            raise CaseError(f"{where}: an object is needed")
        value = {_FIRST_NAMES.get(key, key): entry for key, entry in value.items()}
        keys = {f.metadata["key"] for f in fields(cls)}
        optional = {f.metadata["key"] for f in fields(cls) if f.metadata["default"] is not None}
        if wrong := (keys - optional - value.keys()) | (value.keys() - keys):
            raise CaseError(f"{where}: unknown or missing: {', '.join(sorted(wrong))}")
        return cls(**{f.name: f.metadata["read"](value.get(f.metadata["key"], f.metadata["default"]),
                                                 f"{where}.{f.metadata['key']}")
                      for f in fields(cls)})
    return read


def at(key: str, read: Callable[[Any, str], Any], default: Any = None) -> Any:
    """Dataclass field stored under `key` of the JSON object; without it the default, if there is one."""
    return field(metadata={"key": key, "read": read, "default": default})


class Estimator(Protocol):
    """What σ_c is read from."""
    @property
    def v_fast(self) -> Number: ...
    @property
    def v_slow(self) -> Number: ...
    @property
    def v_short(self) -> Number: ...

    @property
    def implied(self) -> Number: ...
    @property
    def samples(self) -> int: ...


@dataclass(frozen=True)
class TargetParams:
    """Parameters of σ, u_MM and c: the first two lines of the params of an asset."""
    omega: Fraction = at("omega_e9", _e9)
    sigma_stress: Fraction = at("sigma_stress_e9", _e9)
    sigma_floor: Fraction = at("sigma_floor_e9", _e9)
    sigma_cap: Fraction = at("sigma_cap_e9", _e9)
    sigma_initial: Fraction = at("sigma_initial_e9", _e9)
    short_mult: Fraction = at("short_mult_e9", _e9, 0)
    warmup_samples: int = at("warmup_samples", _count)
    stale_after_s: int = at("stale_after_s", _number)
    stale_per_h: Fraction = at("stale_per_h_e9", _e9)
    k: Fraction = at("k_e9", _e9)
    h_mm_s: int = at("h_mm_s", _count)
    h_im_s: int = at("h_im_s", _count)
    s_floor: Fraction = at("s_floor_e9", _e9)
    up_per_h: Fraction = at("up_per_h_e9", _e9)
    down_per_h: Fraction = at("down_per_h_e9", _e9)


@dataclass(frozen=True)
class AssetParams(TargetParams):
    """All risk parameters of an asset in a margin case."""
    s_max_mm_long: Fraction = at("s_max_mm_long_e9", _e9)
    s_max_im_long: Fraction = at("s_max_im_long_e9", _e9)
    s_max_short: Fraction = at("s_max_short_e9", _e9)
    depth: int = at("depth_quote_atoms", _integer)
    oi_lo: int = at("oi_lo_quote_atoms", _integer)
    oi_hi: int = at("oi_hi_quote_atoms", _integer)
    gamma: Fraction = at("gamma_e9", _e9)
    basis: Fraction = at("basis_e9", _e9)
    max_rate_per_h: Fraction = at("max_rate_per_h_e9", _e9)
    collateral_weight: Fraction = at("collateral_weight_e9", _e9)


@dataclass(frozen=True)
class SamplingParams(TargetParams):
    """Parameters of a vol case."""
    half_life_fast_s: int = at("half_life_fast_s", _count)
    half_life_slow_s: int = at("half_life_slow_s", _count)
    clamp_mult: Fraction = at("clamp_mult_e9", _e9)
    clamp_short_mult: Fraction = at("clamp_short_mult_e9", _e9, 0)
    clamp_min: Fraction = at("clamp_min_e9", _e9)
    clamp_max_ratio: Fraction = at("clamp_max_ratio_e9", _e9)
    min_spacing_s: int = at("min_spacing_s", _number)
    max_age_s: int = at("max_age_s", _number)
    max_conf: Fraction = at("max_conf_e9", _e9)
    max_future_s: int = at("max_future_s", _number)


@dataclass(frozen=True)
class Asset:
    name: str = at("name", _text)
    base_decimals: int = at("base_decimals", _count)
    price_usd: Fraction = at("price_e12", _e12)
    conf_usd: Fraction = at("conf_e12", _e12)
    ema_usd: Fraction = at("ema_e12", _e12)
    usable_initial: bool = at("usable_initial", _flag)
    standing: Standing = at("usable_liquidation", _standing)
    price_age_s: int = at("price_age_s", _count, 0)
    v_fast: Fraction = at("v_fast_per_h", _variance)
    v_slow: Fraction = at("v_slow_per_h", _variance)
    v_short: Fraction = at("v_short_per_h", _variance, "0")
    implied: Fraction = at("implied_e18", _e18, "0")
    samples: int = at("samples", _count)
    sample_age_s: int = at("sample_age_s", _number)
    u_prev: Fraction = at("u_prev_e18", _e18)
    u_age_s: int = at("u_age_s", _number)
    oi: int = at("oi_atoms", _integer)
    liquidated: int = at("liquidated_quote_atoms", _integer)
    lot: int = at("lot_atoms", _integer)
    bucket: int = at("bucket", _bucket)
    params: AssetParams = at("params", _object(AssetParams))

    def in_quote_atoms(self, price_usd: Fraction) -> Fraction:
        """Quote atoms per base atom at a price in USD per whole base unit."""
        return price_usd * QUOTE_ATOMS_PER_USD / 10**self.base_decimals

    @property
    def usable_liquidation(self) -> bool:
        return self.standing.name == "usable"

    @property
    def price(self) -> Fraction:
        """The observed price P in quote atoms per base atom."""
        return self.in_quote_atoms(self.price_usd)


@dataclass(frozen=True)
class Scenario:
    weight: Fraction = at("weight_e9", _e9)
    shock: list[Fraction] = at("shock_e9", _shocks)


@dataclass(frozen=True)
class PortfolioParams:
    theta: Fraction = at("theta_e9", _e9)
    phi: Fraction = at("phi_e9", _e9)
    rho_lo: Fraction = at("rho_lo_e9", _e9)
    rho_hi: Fraction = at("rho_hi_e9", _e9)
    im_over_mm: Fraction = at("im_over_mm_e9", _e9)
    upnl_weight: Fraction = at("upnl_weight_e9", _e9)
    z: Fraction = at("z_e9", _e9)
    unusable_move: Fraction = at("unusable_move_e9", _e9)
    funding_provision_s: int = at("funding_provision_s", _number)
    scenarios: list[Scenario] = at("scenarios", _list_of(_object(Scenario), 16))


@dataclass(frozen=True)
class Position:
    asset: int = at("asset", _count)
    size: int = at("size_atoms", _integer)
    entry: int = at("entry_quote_atoms", _integer)
    funding: int = at("funding_quote_atoms", _integer)


@dataclass(frozen=True)
class Collateral:
    asset: int = at("asset", _count)
    amount: int = at("amount_atoms", _integer)


@dataclass(frozen=True)
class Account:
    quote: int = at("quote_atoms", _integer)
    positions: list[Position] = at("positions", _list_of(_object(Position), 16))
    collaterals: list[Collateral] = at("collaterals", _list_of(_object(Collateral), 8))


@dataclass(frozen=True)
class LiquidationRequest:
    asset: int = at("asset", _count)
    what: str = at("what", _what)
    flag_age_s: int = at("flag_age_s", _number)
    beta: Fraction = at("beta_e9", _e9)
    penalty_abs: Fraction = at("penalty_abs_e9", _e9)
    dust: int = at("dust_quote_atoms", _integer)
    keeper_cost: int = at("keeper_cost_quote_atoms", _integer, "0")
    kappa: Fraction = at("kappa_e9", _e9, 0)
    window_cap: int = at("window_cap_quote_atoms", _integer)
    window_share: Fraction = at("window_share_e9", _e9)
    window_gross: int = at("window_gross_quote_atoms", _integer)
    window_closed: int = at("window_closed_quote_atoms", _integer)


@dataclass(frozen=True)
class MarginCase:
    kind: str = at("kind", _text)
    portfolio: PortfolioParams = at("portfolio", _object(PortfolioParams))
    assets: list[Asset] = at("assets", _list_of(_object(Asset), 24))
    account: Account = at("account", _object(Account))
    liquidation: LiquidationRequest | None = at(
        "liquidation", lambda value, where: None if value is None else _object(LiquidationRequest)(value, where))


@dataclass(frozen=True)
class VolState:
    anchor_price_e12: int = at("anchor_price_e12", _integer)
    anchor_time_s: int = at("anchor_time_s", _number)
    last_publish_s: int = at("last_publish_s", _number)
    v_fast: Fraction = at("v_fast_per_h", _variance)
    v_slow: Fraction = at("v_slow_per_h", _variance)
    v_short: Fraction | None = at("v_short_per_h", _variance_if_given, "")
    implied: Fraction = at("implied_e18", _e18, "0")
    samples: int = at("samples", _count)
    u_prev: Fraction = at("u_prev_e18", _e18)
    u_time_s: int = at("u_time_s", _number)


@dataclass(frozen=True)
class Attempt:
    """One attempt to sample."""
    now_s: int = at("now_s", _number)
    publish_time_s: int = at("publish_time_s", _number)
    price_e12: int = at("price_e12", _integer)
    conf_e12: int = at("conf_e12", _integer)


@dataclass(frozen=True)
class VolCase:
    kind: str = at("kind", _text)
    params: SamplingParams = at("params", _object(SamplingParams))
    state: VolState = at("state", _object(VolState))
    events: list[Attempt] = at("events", _list_of(_object(Attempt)))
    read_at_s: list[int] = at("read_at_s", _list_of(_number))


def _check_account(case: MarginCase) -> None:
    """What the schema says beyond the types of single fields."""
    entries = [("position", p.asset) for p in case.account.positions]
    entries += [("collateral", c.asset) for c in case.account.collaterals]
    if len(set(entries)) != len(entries):
        raise CaseError("account: an asset occurs twice in a list")
    if case.liquidation is not None:
        entries.append(("liquidation", case.liquidation.asset))
    if any(index >= len(case.assets) for _, index in entries):
        raise CaseError("account or liquidation: no such asset")
    if any(p.size == 0 for p in case.account.positions) or any(c.amount <= 0 for c in case.account.collaterals):
        raise CaseError("account: a size of 0 or an amount of 0 or less")
    for asset in case.assets:
        if asset.price_usd <= 0 or asset.lot <= 0 or asset.params.depth <= 0:
            raise CaseError(f"{asset.name}: price, lot and depth must be positive")


def read_case(value: Any) -> MarginCase | VolCase:
    """The case that the JSON value describes."""
    kind = value.get("kind") if type(value) is dict else None
    if kind == "margin":
        case = _object(MarginCase)(value, "case")
        _check_account(case)
        return case
    if kind == "vol":
        case = _object(VolCase)(value, "case")
        if case.state.anchor_price_e12 <= 0:
            raise CaseError("state: the anchor price must be positive")
        return case
    raise CaseError('kind: "margin" or "vol" is needed')
