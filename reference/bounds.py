"""Minimum, default and maximum of every parameter, and builders of plain cases with the defaults.

All numbers are in the units of the case files (whitepaper §8.1; the defaults are those of
the project).  Bounds that depend on other parameters are given for the defaults of the others.
"""
from __future__ import annotations

from copy import deepcopy
from typing import Any

E9 = 10**9

# key: (minimum, default, maximum); string valued keys are converted by the builders
TARGETS: dict[str, tuple[int, int, int]] = {
    "omega_e9": (250_000_000, 250_000_000, 500_000_000),
    "sigma_stress_e9": (7_500_000, 30_000_000, 200_000_000),          # >= 1.5 σ_floor, <= σ_cap
    "sigma_floor_e9": (1, 5_000_000, 20_000_000),                     # <= σ_stress / 1.5
    "sigma_cap_e9": (30_000_000, 200_000_000, 200_000_000),           # k·σ_cap·√h_mm <= 1/2
    "sigma_initial_e9": (5_000_000, 20_000_000, 200_000_000),         # σ_floor ... σ_cap
    "short_mult_e9": (0, 1_250_000_000, 2 * E9),
    "warmup_samples": (1, 288, 8640),
    "stale_after_s": (300, 3600, 86_400),
    "stale_per_h_e9": (10_000_000, 50_000_000, E9),
    "k_e9": (2 * E9, 2_500_000_000, 6 * E9),
    "h_mm_s": (900, 3600, 86_400),
    "h_im_s": (7200, 14_400, 2_592_000),                              # >= 2 h_mm
    "s_floor_e9": (5_000_000, 10_000_000, 500_000_000),
    "up_per_h_e9": (10_000_000, 30_000_000, 40_000_000),
    "down_per_h_e9": (1, 10_000_000, 15_000_000),                     # <= up / 2
}
ASSET: dict[str, tuple[int, int, int]] = {
    "s_max_mm_long_e9": (10_000_000, 650_000_000, 650_000_000),       # >= s_floor
    "s_max_im_long_e9": (650_000_000, E9, E9),                        # >= s_max_mm_long
    "s_max_short_e9": (E9, 3 * E9, 8 * E9),
    "depth_quote_atoms": (1, 10**13, 10**18),
    "oi_lo_quote_atoms": (0, 5 * 10**13, 10**14),                     # <= 10 L
    "oi_hi_quote_atoms": (5 * 10**13 + 1, 2 * 10**14, 5 * 10**14),    # oi_lo < oi_hi <= 50 L
    "gamma_e9": (0, 100_000_000, E9),
    "basis_e9": (0, 5_000_000, 100_000_000),
    "max_rate_per_h_e9": (0, 100_000, 625_000),                       # <= s_floor / 16
    "collateral_weight_e9": (0, 900_000_000, E9),
}
PORTFOLIO: dict[str, tuple[int, int, int]] = {
    "theta_e9": (0, 800_000_000, 800_000_000),
    "phi_e9": (100_000_000, 100_000_000, E9),
    "rho_lo_e9": (0, 500_000_000, 600_000_000),
    "rho_hi_e9": (850_000_000, 950_000_000, E9),
    "upnl_weight_e9": (0, 0, 500_000_000),
    "z_e9": (E9, 2_120_000_000, 3 * E9),
}
FIXED_PORTFOLIO = {"im_over_mm_e9": 1_250_000_000, "unusable_move_e9": 500_000_000, "funding_provision_s": 28_800}
LIQUIDATION: dict[str, tuple[int, int, int]] = {
    "beta_e9": (20_000_000, 100_000_000, 500_000_000),
    "penalty_abs_e9": (0, 50_000_000, 100_000_000),
    "dust_quote_atoms": (0, 10**8, 10**9),
    "keeper_cost_quote_atoms": (0, 250_000, 10**7),
    "window_cap_quote_atoms": (0, 10**11, 10**18),
    "window_share_e9": (0, 200_000_000, E9),
    "kappa_e9": (0, 1_500_000_000, 10 * E9),
}
SAMPLING: dict[str, tuple[int, int, int]] = {
    "half_life_fast_s": (21_600, 86_400, 604_800),
    "half_life_slow_s": (2_592_000, 5_184_000, 31_536_000),
    "clamp_mult_e9": (8 * E9, 16 * E9, 64 * E9),
    "clamp_short_mult_e9": (4 * E9, 4 * E9, 64 * E9),
    "clamp_min_e9": (1_000_000, 5_000_000, 50_000_000),
    "clamp_max_ratio_e9": (1_050_000_000, 1_250_000_000, 2 * E9),
    "min_spacing_s": (60, 300, 300),                                  # >= 4 max_age, >= 8, <= 315 - max_age
    "max_age_s": (1, 15, 60),
    "max_conf_e9": (1, 10_000_000, 50_000_000),
    "max_future_s": (0, 5, 10),
}
SCENARIO = {"weight_e9": (0, E9, E9), "shock_e9": (-E9, -100_000_000, 3 * E9)}

AS_STRING = ("_atoms", "_e12", "_e18")


def written(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the JSON types of the schema: long integers as strings."""
    return {key: str(value) if key.endswith(AS_STRING) else value for key, value in fields.items()}


def defaults(table: dict[str, tuple[int, int, int]]) -> dict[str, int]:
    return {key: values[1] for key, values in table.items()}


ASSET_FIELDS: dict[str, Any] = {
    "name": "SOL", "base_decimals": 9, "price_e12": 100 * 10**12, "conf_e12": 0, "ema_e12": 100 * 10**12,
    "usable_initial": True, "usable_liquidation": True, "price_age_s": 0, "v_fast_per_h": "0.0001", "v_slow_per_h": "0.0001",
    "v_short_per_h": "0.00005", "samples": 1000, "sample_age_s": 300, "u_prev_e18": 37_500_000_000_000_000,
    "u_age_s": 30 * 86_400,
    "oi_atoms": 0, "liquidated_quote_atoms": 0, "lot_atoms": 10**8, "bucket": 0,
}


def asset(**changes: Any) -> dict[str, Any]:
    """SOL at 100 USD with the default parameters, u_MM free of its limiter; changes by key."""
    params = defaults(TARGETS | ASSET)
    fields = dict(ASSET_FIELDS)
    for key, value in changes.items():
        (params if key in params else fields)[key] = value
    return written(fields) | {"params": written(params)}


def portfolio(scenarios: list[dict] | None = None, **changes: int) -> dict[str, Any]:
    return defaults(PORTFOLIO) | FIXED_PORTFOLIO | changes | {"scenarios": scenarios or []}


def scenario(weight: int, shocks: list[int]) -> dict[str, Any]:
    return {"weight_e9": weight, "shock_e9": shocks + [0] * (8 - len(shocks))}


def position(index: int, size: int, entry: int, funding: int = 0) -> dict[str, Any]:
    return written({"asset": index, "size_atoms": size, "entry_quote_atoms": entry, "funding_quote_atoms": funding})


def collateral(index: int, amount: int) -> dict[str, Any]:
    return written({"asset": index, "amount_atoms": amount})


def liquidation(index: int, what: str, **changes: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"asset": index, "what": what, "flag_age_s": 60} | defaults(LIQUIDATION)
    fields |= {"window_gross_quote_atoms": 10**12, "window_closed_quote_atoms": 0}
    return written(fields | changes)


def margin_case(assets: list[dict], quote: int, positions: list[dict], collaterals: list[dict] | None = None,
                liquidate: dict | None = None, book: dict | None = None) -> dict[str, Any]:
    """A margin case of the given parts."""
    return {
        "kind": "margin", "portfolio": book or portfolio(), "assets": deepcopy(assets),
        "account": {"quote_atoms": str(quote), "positions": positions, "collaterals": collaterals or []},
        "liquidation": liquidate,
    }


def vol_case(params: dict[str, int], state: dict[str, Any], events: list[dict], reads: list[int]) -> dict[str, Any]:
    """A vol case; `params` and `state` change the defaults."""
    start = {"anchor_price_e12": 100 * 10**12, "anchor_time_s": 10**6, "last_publish_s": 10**6,
             "v_fast_per_h": "0.0001", "v_slow_per_h": "0.0001", "v_short_per_h": "0.00005", "samples": 1000,
             "u_prev_e18": 37_500_000_000_000_000, "u_time_s": 10**6}
    return {"kind": "vol", "params": defaults(TARGETS | SAMPLING) | params, "state": written(start | state),
            "events": events, "read_at_s": reads}


def attempt(now_s: int, price: int, age_s: int = 0, conf: int = 0) -> dict[str, Any]:
    """An attempt to sample at now_s; the price in USD · 1e12."""
    return written({"now_s": now_s, "publish_time_s": now_s - age_s, "price_e12": price, "conf_e12": conf})
