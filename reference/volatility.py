"""whitepaper §3.3, read side: σ_c, σ_t, σ_IM and the speed limited u_MM from the state of the estimator."""
from __future__ import annotations

from fractions import Fraction

from case import Estimator, TargetParams
from exact import Number, largest, smallest
from functions import power, sqrt

SECONDS_PER_HOUR = 3600


def hours(seconds: int) -> Fraction:
    """Seconds as hours."""
    return Fraction(seconds, SECONDS_PER_HOUR)


def variance_c(params: TargetParams, seen: Estimator) -> Number:
    """σ_c² = max(v_fast, v_slow, m²·v_short), at least σ_initial² during the warm-up; per hour."""
    variance = largest(seen.v_fast, seen.v_slow, params.short_mult**2 * seen.v_short)
    return largest(variance, params.sigma_initial**2) if seen.samples < params.warmup_samples else variance


def sigma_c(params: TargetParams, seen: Estimator) -> Number:
    """σ_c; per √hour."""
    return sqrt(variance_c(params, seen))


def sigma_target(params: TargetParams, sigma: Number, seen: Estimator) -> Number:
    """σ_t = min(σ_cap, max(σ_floor, (1 − ω)·σ_c + ω·max(σ_stress, √v_fast))), raised by σ_i to at most 1.5 times it; per √hour."""
    mixed = (1 - params.omega) * sigma + params.omega * largest(params.sigma_stress, sqrt(seen.v_fast))
    measured = smallest(params.sigma_cap, largest(params.sigma_floor, mixed))
    raised = largest(measured, smallest(seen.implied, measured * Fraction(3, 2)))
    return smallest(params.sigma_cap, raised)


def sigma_im(params: TargetParams, sigma_t: Number, sample_age_s: int) -> Number:
    """σ_IM = min(σ_cap, σ_t·(1 + stale_per_h·(hours beyond stale_after)⁺)); per √hour."""
    stale = max(Fraction(0), hours(sample_age_s - params.stale_after_s))
    return smallest(params.sigma_cap, sigma_t * (1 + params.stale_per_h * stale))


def u_mm(params: TargetParams, sigma_t: Number, u_prev: Number, u_age_s: int) -> Number:
    """u_MM = min(hi, max(lo, s_floor, k·σ_t·√h_mm)), hi and lo from u_prev over the hours since then."""
    elapsed = max(Fraction(0), hours(u_age_s))
    low = u_prev * power(1 - params.down_per_h, elapsed)
    high = u_prev * power(1 + params.up_per_h, elapsed)
    return smallest(high, largest(low, params.s_floor, params.k * sigma_t * sqrt(hours(params.h_mm_s))))


def c_im(params: TargetParams, sigma: Number) -> Number:
    """c_IM = max(s_floor, k·σ_IM·√h_im)."""
    return largest(params.s_floor, params.k * sigma * sqrt(hours(params.h_im_s)))
