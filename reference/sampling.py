"""whitepaper §3.1, write side: a vol case, i.e. attempts to sample in order and reads after them.

The state between the samples is exact: nothing is rounded but the printed numbers.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import volatility
from case import Attempt, SamplingParams, VolCase
from decisions import Decisions
from exact import Number, ceil_scaled, largest, less, nearest_scaled, smallest
from functions import exp, ln, power, sqrt

VARIANCE_DIGITS = 24
BOUND_UNITS = 10**6                      # b of σ_c is whole millionths
HALF_LIVES_SHORT = 6                     # of v_short in that of v_fast
GROWTH = Fraction(3, 2)                  # of σ_t in one sample, at most


@dataclass
class State:
    """Estimator and speed limiter of one asset; the anchor in USD · 1e12."""
    anchor: Number
    anchor_time_s: int
    last_publish_s: int
    v_fast: Number
    v_slow: Number
    v_short: Number
    implied: Number
    samples: int
    u_prev: Number
    u_time_s: int


def refusal(params: SamplingParams, state: State, attempt: Attempt) -> str:
    """The first reason against an attempt, or ""."""
    if attempt.publish_time_s > attempt.now_s + params.max_future_s:
        return "future"
    if attempt.now_s - attempt.publish_time_s > params.max_age_s:
        return "age"
    if attempt.publish_time_s < state.last_publish_s:
        return "older"
    if attempt.price_e12 <= 0 or attempt.conf_e12 < 0:
        return "price"
    if attempt.conf_e12 > params.max_conf * attempt.price_e12:
        return "conf"
    elapsed_s = attempt.publish_time_s - state.anchor_time_s
    return "spacing" if elapsed_s < params.min_spacing_s or elapsed_s <= 0 else ""


def u_now(params: SamplingParams, state: State, now_s: int) -> Number:
    """u_MM under the present target at the clock time now_s."""
    sigma = volatility.sigma_c(params, state)
    target = volatility.sigma_target(params, sigma, state)
    return volatility.u_mm(params, target, state.u_prev, now_s - state.u_time_s)


def log_return(params: SamplingParams, state: State, variance: Number, price_e12: int, elapsed_h: Fraction,
               decisions: Decisions, name: str) -> tuple[Number, Number, bool]:
    """The clamped return r_c, the new anchor, and whether the clamp acted; `variance` is σ_c².

    Prices are compared as ratios: P / anchor against e^b, which is the ratio of the parameter itself
    when the cap binds, so that the case "exactly at the cap" is decided exactly.
    """
    typical = params.clamp_mult * sqrt(variance * elapsed_h)     # one root: exact where the product is a square
    units = decisions.whole(f"{name}.bound", typical, BOUND_UNITS)
    wide = largest(params.clamp_min, Fraction(units, BOUND_UNITS))
    cap = ln(params.clamp_max_ratio)
    capped = less(cap, wide)
    bound, bound_ratio = (cap, params.clamp_max_ratio) if capped else (wide, exp(wide))
    ratio = Fraction(price_e12) / state.anchor
    if decisions.less(name, bound_ratio, ratio):
        return bound, state.anchor * bound_ratio, True
    if decisions.less(name, ratio * bound_ratio, Fraction(1)):
        return -bound, state.anchor / bound_ratio, True
    return ln(ratio), Fraction(price_e12), False


def decayed(variance: Number, squared_per_h: Number, elapsed_s: int, half_life_s: Fraction) -> Number:
    """w·v + (1 − w)·r²/Δt_h with w = 2^(−min(Δt, H)/H)."""
    weight = power(Fraction(2), -min(elapsed_s / half_life_s, Fraction(1)))
    return weight * variance + (1 - weight) * squared_per_h


def sample(params: SamplingParams, state: State, attempt: Attempt, decisions: Decisions, name: str) -> bool:
    """Apply an accepted attempt to the state; whether the return was clamped.

    No sample lifts σ_c above max(1.5·σ_c, σ_floor/2), nor √v_fast above 1.5·max(√v_fast, σ_stress).
    """
    elapsed_s = attempt.publish_time_s - state.anchor_time_s
    elapsed_h = volatility.hours(elapsed_s)
    state.u_prev, state.u_time_s = u_now(params, state, attempt.now_s), attempt.now_s
    variance = volatility.variance_c(params, state)
    sigma = sqrt(variance)
    r, state.anchor, clamped = log_return(params, state, variance, attempt.price_e12, elapsed_h, decisions, name)
    short = smallest(abs(r), largest(params.clamp_min, params.clamp_short_mult * sigma * sqrt(elapsed_h)))
    fast_s, slow_s = Fraction(params.half_life_fast_s), Fraction(params.half_life_slow_s)
    most = largest(GROWTH**2 * variance, (params.sigma_floor / 2) ** 2)
    stressed = GROWTH**2 * largest(state.v_fast, params.sigma_stress**2)
    state.v_fast = smallest(decayed(state.v_fast, r * r / elapsed_h, elapsed_s, fast_s), most, stressed)
    state.v_slow = smallest(decayed(state.v_slow, r * r / elapsed_h, elapsed_s, slow_s), most)
    state.v_short = decayed(state.v_short, short * short / elapsed_h, elapsed_s, fast_s / HALF_LIVES_SHORT)
    if params.short_mult > 0:
        state.v_short = smallest(state.v_short, most / params.short_mult**2)
    state.anchor_time_s = state.last_publish_s = attempt.publish_time_s
    state.samples += 1
    return clamped


def decimal(variance: Number) -> str:
    """Variance per hour, rounded up to 24 digits after the point, without trailing zeros."""
    whole, part = divmod(ceil_scaled(variance, 10**VARIANCE_DIGITS), 10**VARIANCE_DIGITS)
    return f"{whole}.{part:024d}".rstrip("0").rstrip(".")


def _event(params: SamplingParams, state: State, attempt: Attempt, decisions: Decisions, name: str,
           has_short: bool) -> dict:
    reason = refusal(params, state, attempt)
    clamped = reason == "" and sample(params, state, attempt, decisions, name)
    return {
        "accepted": reason == "", "reason": reason, "clamped": clamped,
        "v_fast_per_h": decimal(state.v_fast), "v_slow_per_h": decimal(state.v_slow),
        **({"v_short_per_h": decimal(state.v_short)} if has_short else {}),
        "anchor_price_e12": str(nearest_scaled(state.anchor)), "anchor_time_s": state.anchor_time_s,
        "samples": state.samples, "u_mm_e18": str(ceil_scaled(state.u_prev, 10**18)), "u_time_s": state.u_time_s,
    }


def _read(params: SamplingParams, state: State, at_s: int) -> dict:
    sigma = volatility.sigma_c(params, state)
    target = volatility.sigma_target(params, sigma, state)
    stale = volatility.sigma_im(params, target, at_s - state.anchor_time_s)
    u = volatility.u_mm(params, target, state.u_prev, at_s - state.u_time_s)
    printed = {"sigma_c_e18": sigma, "sigma_target_e18": target, "sigma_im_e18": stale, "u_mm_e18": u}
    return {"at_s": at_s} | {key: str(ceil_scaled(x, 10**18)) for key, x in printed.items()}


def answer(case: VolCase, decisions: Decisions) -> dict:
    """The output of a vol case."""
    start = case.state
    state = State(Fraction(start.anchor_price_e12), start.anchor_time_s, start.last_publish_s,
                  start.v_fast, start.v_slow, start.v_short or Fraction(0), start.implied, start.samples, start.u_prev,
                  start.u_time_s)
    events = [_event(case.params, state, attempt, decisions, f"events[{i}].clamped", start.v_short is not None)
              for i, attempt in enumerate(case.events)]
    return {"kind": "vol", "events": events, "reads": [_read(case.params, state, at_s) for at_s in case.read_at_s]}
