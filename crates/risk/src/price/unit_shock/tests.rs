use super::*;
use crate::number::math::Scaled;
use crate::number::quantity::Variance;
use crate::params::AssetParams;

const START: i64 = 1_700_000_000;

fn coefficients() -> AssetCoefficients {
    AssetCoefficients::new(&AssetParams::reference(), 28_800).unwrap()
}

fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

/// σ_t 1.5 %, u moving from `u_prev` to `u_target`.
fn state(u_prev: Fraction, u_target: Fraction) -> VolatilityState {
    VolatilityState {
        v_fast: Variance::ZERO,
        v_slow: Variance::ZERO,
        v_short: Variance::ZERO,
        anchor: Scaled::from_u128(1).unwrap(),
        anchor_ts: START,
        samples: 0,
        u_prev,
        u_prev_ts: START,
        implied: Fraction::ZERO,
        sigma_target: e9(15_000_000),
        u_target,
    }
}

fn assert_close_above(actual: Fraction, exact: u128) {
    let actual = actual.to_e18_ceil();
    assert!(
        (exact..=exact + exact / 1_000_000_000 + 2).contains(&actual),
        "{actual} for {exact}"
    );
}

#[test]
fn rise_and_fall_follow_the_speed_limit() {
    let c = coefficients();
    let rising = state(e9(20_000_000), e9(500_000_000));
    let falling = state(e9(80_000_000), e9(10_000_000));
    // 2 %·1.03^Δh and 8 %·0.99^Δh by mpmath
    for (secs, up, down) in [
        (1, 20_000_164_216_242_180, 79_999_776_659_515_013),
        (3_600, 20_600_000_000_000_000, 79_200_000_000_000_000),
        (12_345, 22_133_545_041_737_760, 77_289_828_173_504_851),
        (36_000, 26_878_327_586_882_439, 72_350_566_000_704_360),
    ] {
        assert_close_above(unit_shock_mm(&rising, &c, START + secs), up);
        assert_close_above(unit_shock_mm(&falling, &c, START + secs), down);
    }
}

#[test]
fn limit_ends_exactly_at_the_target() {
    let c = coefficients();
    let rising = state(e9(20_000_000), e9(20_600_000));
    assert!(unit_shock_mm(&rising, &c, START + 3_599) < e9(20_600_000));
    assert_eq!(unit_shock_mm(&rising, &c, START + 3_601), e9(20_600_000));
    let falling = state(e9(80_000_000), e9(79_200_000));
    assert!(unit_shock_mm(&falling, &c, START + 3_599) > e9(79_200_000));
    assert_eq!(unit_shock_mm(&falling, &c, START + 3_601), e9(79_200_000));
    for now in [START, START + 1, i64::MAX] {
        let steady = state(e9(37_500_000), e9(37_500_000));
        assert_eq!(unit_shock_mm(&steady, &c, now), e9(37_500_000));
    }
}

#[test]
fn a_clock_behind_the_store_counts_as_no_time() {
    let c = coefficients();
    let rising = state(e9(20_000_000), e9(500_000_000));
    for now in [START, START - 1, i64::MIN] {
        assert_eq!(unit_shock_mm(&rising, &c, now), e9(20_000_000));
    }
}

/// P5: storing in between never gains more than the rounding of the stored value.
#[test]
fn p5_storing_often_neither_skips_nor_repeats_a_rise() {
    let c = coefficients();
    for (from, to) in [(20_000_000, 500_000_000), (80_000_000, 10_000_000)] {
        let direct = unit_shock_mm(&state(e9(from), e9(to)), &c, START + 36_000);
        let mut stepwise = state(e9(from), e9(to));
        for i in 1..=120 {
            stepwise.u_prev = unit_shock_mm(&stepwise, &c, START + 300 * i);
            stepwise.u_prev_ts = START + 300 * i;
        }
        assert!(stepwise.u_prev >= direct);
        assert!(stepwise.u_prev.to_bits() - direct.to_bits() <= 120 * 4);
    }
}

#[test]
fn limit_is_monotone_in_time_and_never_passes_the_target() {
    let c = coefficients();
    let (rising, falling) = (
        state(e9(20_000_000), e9(90_000_000)),
        state(e9(90_000_000), e9(20_000_000)),
    );
    let mut last = (rising.u_prev, falling.u_prev);
    for i in 1..=400 {
        let now = START + 1_237 * i;
        let next = (
            unit_shock_mm(&rising, &c, now),
            unit_shock_mm(&falling, &c, now),
        );
        assert!(last.0 <= next.0 && next.0 <= rising.u_target);
        assert!(last.1 >= next.1 && next.1 >= falling.u_target);
        last = next;
    }
    assert_eq!(last.0, rising.u_target);
}

#[test]
fn zero_start_and_very_long_gaps_do_not_panic() {
    let c = coefficients();
    assert_eq!(
        unit_shock_mm(&state(Fraction::ZERO, e9(1)), &c, i64::MAX),
        Fraction::ZERO
    );
    assert_eq!(
        unit_shock_mm(&state(Fraction::MAX, Fraction::ZERO), &c, i64::MAX).to_bits(),
        1
    );
    assert_eq!(
        unit_shock_mm(&state(e9(1), Fraction::MAX), &c, i64::MAX),
        Fraction::MAX
    );
    let mut late = state(e9(1), e9(1));
    (late.anchor_ts, late.u_prev_ts) = (i64::MIN, i64::MIN);
    assert_eq!(unit_shock(&late, &c, i64::MAX).sigma_im, c.sigma_cap);
}

#[test]
fn initial_volatility_grows_with_the_age_of_the_sample() {
    let c = coefficients();
    let s = state(e9(37_500_000), e9(37_500_000));
    let at = |secs| sigma_im(&s, &c, START + secs);
    assert_eq!(at(0), e9(15_000_000));
    assert_eq!(at(-10), e9(15_000_000));
    assert_eq!(at(3_600), e9(15_000_000));
    assert!(at(3_601) > e9(15_000_000));
    assert_close_above(at(3 * 3_600), 16_500_000_000_000_000);
    assert_eq!(at(10_000 * 3_600), e9(200_000_000)); // the cap
    // 1e-4·(1 + 5 %·1,000) = 51e-4: a growth beyond the range of a fraction
    let mut calm = s;
    calm.sigma_target = e9(100_000);
    assert_close_above(
        sigma_im(&calm, &c, START + 1_001 * 3_600),
        5_100_000_000_000_000,
    );
    assert_eq!(sigma_im(&calm, &c, i64::MAX), e9(200_000_000));
}

#[test]
fn initial_core_is_at_least_the_floor() {
    let c = coefficients();
    let mut s = state(e9(37_500_000), e9(37_500_000));
    let shock = unit_shock(&s, &c, START);
    assert_close_above(shock.c_im, 75_000_000_000_000_000);
    assert_eq!(
        (shock.u_mm, shock.sigma_im),
        (e9(37_500_000), e9(15_000_000))
    );
    s.sigma_target = e9(1_000_000);
    assert_eq!(unit_shock(&s, &c, START).c_im, e9(10_000_000));
}
