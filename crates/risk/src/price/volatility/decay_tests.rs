use super::*;

#[test]
fn a_weight_needs_time_and_a_half_life() {
    assert_eq!(Weight::new(0, 3_600), Err(RiskError::Overflow));
    assert_eq!(Weight::new(300, 0), Err(RiskError::Overflow));
    let half = Weight {
        lower: 1 << 62,
        upper: 1 << 62,
    };
    assert_eq!(Weight::new(3_600, 3_600), Ok(half));
}

/// The sixth power of the fast weight is the weight of a sixth of its half-life: its interval holds 2^(−Δt/H_short) of
/// its own 2^x, and is no wider than 2^-57.
#[test]
fn the_short_weight_is_that_of_a_sixth_of_the_half_life() {
    for half_life_fast_secs in [21_600, 86_400, 604_800] {
        let params = SampleParams {
            half_life_fast_secs,
            ..SampleParams::reference()
        };
        let short_secs = half_life_fast_secs / HALF_LIVES_SHORT;
        for elapsed in [1, 8, 300, 3_599, u64::from(short_secs) - 1] {
            let power = Weights::new(elapsed, &params).unwrap().short;
            let own = Weight::new(elapsed, short_secs).unwrap();
            assert!(
                power.lower <= own.upper && own.lower <= power.upper,
                "{elapsed}"
            );
            assert!(power.upper - power.lower <= 1 << 6, "{elapsed}: {power:?}");
            assert!(power.lower >= (1 << 62) - (1 << 6), "{elapsed}: {power:?}");
        }
        for elapsed in [short_secs, short_secs + 1, half_life_fast_secs, u32::MAX] {
            let weights = Weights::new(u64::from(elapsed), &params).unwrap();
            assert_eq!(weights.short, Weight::HALF, "{elapsed}");
        }
    }
}

/// H_fast that 6 does not divide: ½ from 6·Δt ≥ H_fast on, no earlier.
#[test]
fn the_short_weight_ends_at_a_sixth_that_is_no_whole_second() {
    let params = SampleParams {
        half_life_fast_secs: 21_605,
        ..SampleParams::reference()
    };
    assert!(Weights::new(3_600, &params).unwrap().short.lower > 1 << 62);
    assert_eq!(Weights::new(3_601, &params).unwrap().short, Weight::HALF);
}

#[test]
fn no_return_leaves_what_is_kept() {
    let half = Weight::new(600, 600).unwrap();
    let v = Variance::from_bits(12_345);
    let kept = half.decayed(v, Variance::ZERO);
    assert_eq!(kept, Ok(Variance::from_bits(6_173)));
}
