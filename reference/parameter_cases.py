"""Cases in which one parameter after the other stands at its minimum, default and maximum.

Each parameter gets a setting in which it matters; `generate.py` asserts that the answers at minimum and
maximum differ.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bounds
from bounds import asset, attempt, collateral, liquidation, margin_case, portfolio, position, scenario

E12 = 10**12
LEVELS = ("min", "default", "max")
NO_EFFECT = {"vol": {"h_im_s": "c_IM is not part of the output of a vol case"}, "margin": {}}

SOL = 10**9                  # base atoms of 1 SOL
USD = 10**6                  # quote atoms of 1 USD
BTC_FIELDS = {"name": "BTC", "base_decimals": 8, "price_e12": 50_000 * E12, "ema_e12": 50_000 * E12,
              "lot_atoms": 10**4, "bucket": 1}

# what else an asset needs for the parameter to matter
ASSET_SETTING: dict[str, dict[str, Any]] = {
    "sigma_floor_e9": {"v_fast_per_h": "0.0000000001", "v_slow_per_h": "0.0000000001", "v_short_per_h": "0"},
    "sigma_cap_e9": {"v_fast_per_h": "0.16", "v_slow_per_h": "0.09"},
    "sigma_initial_e9": {"samples": 10},
    "short_mult_e9": {"v_short_per_h": "0.0001"},
    "warmup_samples": {"sigma_initial_e9": 100_000_000},
    "stale_after_s": {"sample_age_s": 40_000},
    "stale_per_h_e9": {"sample_age_s": 10_000},
    "k_e9": {"sigma_cap_e9": 80_000_000},
    "h_mm_s": {"sigma_cap_e9": 40_000_000, "h_im_s": 172_800},
    "s_floor_e9": {"v_fast_per_h": "0.0000000001", "v_slow_per_h": "0.0000000001", "v_short_per_h": "0"},
    "up_per_h_e9": {"u_prev_e18": 10**16, "u_age_s": 36_000, "down_per_h_e9": 5_000_000},
    "down_per_h_e9": {"u_prev_e18": 10**17, "u_age_s": 36_000},
    "s_max_mm_long_e9": {"depth_quote_atoms": 10**6},
    "s_max_im_long_e9": {"depth_quote_atoms": 10**6},
    "s_max_short_e9": {"depth_quote_atoms": 10**3},
    "oi_lo_quote_atoms": {"oi_atoms": 1_500_000 * SOL},
    "oi_hi_quote_atoms": {"oi_atoms": 1_200_000 * SOL},
    "gamma_e9": {"oi_atoms": 10_000 * SOL, "liquidated_quote_atoms": 200_000 * USD},
}


def levels(table: dict[str, tuple[int, int, int]]) -> Iterator[tuple[str, str, int]]:
    """(key, level, value) of every parameter of a table."""
    for key, values in table.items():
        for level, value in zip(LEVELS, values):
            yield key, level, value


def _asset_case(key: str, value: int) -> dict[str, Any]:
    """1,000 SOL long, or short where the parameter concerns shorts or hedging collateral."""
    sol = asset(**{**ASSET_SETTING.get(key, {}), key: value})
    size = -1_000 * SOL if key in ("s_max_short_e9", "basis_e9") else 1_000 * SOL
    held = [collateral(0, 800 * SOL)] if key in ("basis_e9", "collateral_weight_e9") else []
    positions = [] if key == "collateral_weight_e9" else [position(0, size, size // SOL * 99 * USD, -3 * USD)]
    return margin_case([sol], 20_000 * USD, positions, held)


def _pair(second_long: bool) -> tuple[list[dict], list[dict]]:
    """1,000 SOL long and 2 BTC long or short."""
    size = 2 * 10**8 if second_long else -2 * 10**8
    return ([asset(conf_e12=E12 // 4), asset(**BTC_FIELDS, conf_e12=30 * E12)],
            [position(0, 1_000 * SOL, 95_000 * USD), position(1, size, size // 10**8 * 50_000 * USD, 7 * USD)])


def _portfolio_case(key: str, value: int) -> dict[str, Any]:
    assets, positions = _pair(second_long=key not in ("theta_e9", "rho_lo_e9"))
    return margin_case(assets, 10_000 * USD, positions, book=portfolio(**{key: value}))


def _scenario_case(key: str, value: int, long: bool) -> dict[str, Any]:
    """One scenario; the shock of the minimum hurts a long, that of the maximum a short."""
    weight, shock = (value, -200_000_000) if key == "weight_e9" else (10**9, value)
    size = 1_000 * SOL if long else -1_000 * SOL
    book = portfolio([scenario(weight, [shock])])
    return margin_case([asset()], 10_000 * USD, [position(0, size, size // SOL * 100 * USD)], book=book)


def _liquidation_case(key: str, value: int) -> dict[str, Any]:
    """1,000 SOL (4 for dust, 100 for the cost of a step) a little below MM, so that the parameter decides."""
    size, changes = 1_000 * SOL, {key: value}
    what = "takeover" if key == "kappa_e9" else "position"           # the pool takes at P
    sol = asset(u_age_s=0, price_age_s=15)
    if key == "penalty_abs_e9":
        sol = asset(u_age_s=0, depth_quote_atoms=10**6)              # s at s_max: a large relief per unit
    if key == "dust_quote_atoms":
        size = 4 * SOL
        changes |= {"keeper_cost_quote_atoms": 0}
    if key == "keeper_cost_quote_atoms":
        size = 100 * SOL
    if key in ("window_cap_quote_atoms", "window_share_e9"):
        changes |= {"window_gross_quote_atoms": 5_000 * USD}
    if key == "window_share_e9":
        changes |= {"window_cap_quote_atoms": 100 * USD}
    notional = size // SOL * 100 * USD
    mm = notional * 6508 // 10_000 if key == "penalty_abs_e9" else notional * 383 // 10_000
    return margin_case([sol], mm * 9 // 10, [position(0, size, notional)],
                       liquidate=liquidation(0, what, **changes))


def margin_cases() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(parameter, level, name, case) of every parameter of a margin case."""
    for key, level, value in levels(bounds.PORTFOLIO):
        yield key, level, f"{key}={level}", _portfolio_case(key, value)
    for key, level, value in levels(bounds.SCENARIO):
        for side in ("long", "short"):
            if key == "weight_e9" and side == "short":
                continue
            name = f"scenario {key}={level} {side}"
            yield f"{key} {side}", level, name, _scenario_case(key, value, side == "long")
    for key, level, value in levels(bounds.TARGETS | bounds.ASSET):
        yield key, level, f"{key}={level}", _asset_case(key, value)
    for key, level, value in levels(bounds.LIQUIDATION):
        yield key, level, f"{key}={level}", _liquidation_case(key, value)


START_S = 10**6
HOURLY_MOVES = (100, 101, 100, 120, 118, 119, 90)
CALM = {"v_fast_per_h": "0.0000000001", "v_slow_per_h": "0.0000000001", "v_short_per_h": "0"}
VOL_STATE: dict[str, dict[str, Any]] = {
    "sigma_floor_e9": CALM, "s_floor_e9": CALM, "clamp_min_e9": CALM,
    "sigma_cap_e9": {"v_fast_per_h": "0.16", "v_slow_per_h": "0.09"},
    "sigma_initial_e9": {"samples": 10},
    "up_per_h_e9": {"u_prev_e18": 10**16, "u_time_s": START_S},
    "down_per_h_e9": {"u_prev_e18": 5 * 10**17, "u_time_s": START_S},
}
VOL_PARAMS: dict[str, dict[str, int]] = {
    "warmup_samples": {"sigma_initial_e9": 100_000_000},
    "k_e9": {"sigma_cap_e9": 80_000_000},
    "h_mm_s": {"sigma_cap_e9": 40_000_000, "h_im_s": 172_800},
    "up_per_h_e9": {"down_per_h_e9": 5_000_000},
    "max_age_s": {"min_spacing_s": 240},
}


def _vol_events(key: str) -> list[dict[str, Any]]:
    """Hourly samples with moves up to 25 %, at the spacing, age, confidence and future that the parameter needs."""
    if key in ("sigma_floor_e9", "s_floor_e9", "clamp_min_e9"):
        prices = [100 * E12, 100 * E12 + E12 // 50, 103 * E12 if key == "clamp_min_e9" else 100 * E12]
    elif key == "clamp_max_ratio_e9":
        prices = [150 * E12, 200 * E12, 60 * E12]
    elif key == "clamp_short_mult_e9":
        prices = [102 * E12, 100 * E12, 102 * E12]
    else:
        prices = [p * E12 for p in HOURLY_MOVES]
    step = {"min_spacing_s": 200, "clamp_short_mult_e9": 300}.get(key, 3600)
    ages = {"max_age_s": (0, 10, 40), "max_future_s": (0, -3, -8)}.get(key, (0,))
    confs = (0, 200, 25) if key == "max_conf_e9" else (1000,)            # as 1/conf of the price; 0: none
    return [attempt(START_S + step * (i + 1), price, ages[i % len(ages)],
                    price // confs[i % len(confs)] if confs[i % len(confs)] else 0) for i, price in enumerate(prices)]


def vol_cases() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(parameter, level, name, case) of every parameter of a vol case."""
    for key, level, value in levels(bounds.TARGETS | bounds.SAMPLING):
        params = VOL_PARAMS.get(key, {}) | {key: value}
        state = {"u_time_s": START_S - 30 * 86_400} | VOL_STATE.get(key, {})
        events = _vol_events(key)
        last = events[-1]["now_s"]
        yield key, level, f"{key}={level}", bounds.vol_case(params, state, events, [last, last + 20_000, last + 864_000])
