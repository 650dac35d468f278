use super::*;
use crate::params::{AssetCoefficients, AssetParams};
use crate::price::volatility::VolatilityState;

const NOW: i64 = 1_700_000_000;
/// An index of 50 % a year.
const FIFTY: u128 = 50_000_000_000_000;

fn index(price: u128, publish_ts: i64) -> Observation {
    Observation {
        price: Price(price),
        confidence: Price(price / 100),
        ema: Price(price),
        publish_ts,
    }
}

fn cap() -> Fraction {
    Fraction::from_e9_ceil(140_800_000).unwrap()
}

fn shown(price: u128) -> Result<ImpliedVolatility, ImpliedDoubt> {
    ImpliedVolatility::default().after(&index(price, NOW), cap(), NOW)
}

#[test]
fn the_divisor_is_a_hundred_roots_of_a_year_of_hours() {
    let square = |x: u128| x.checked_mul(x).unwrap();
    let year = 8_766 * 10u128.pow(28);
    assert!(square(INDEX_OF_SIGMA) <= year && year < square(INDEX_OF_SIGMA + 1));
}

#[test]
fn an_index_of_50_per_cent_a_year_is_half_a_per_cent_per_root_hour() {
    // 0.5/93.62691920596340 = 0.00534034446760001196…, up
    let sigma = shown(FIFTY).unwrap().sigma;
    let exact = 5_340_344_467_600_011; // .96; up twice
    assert!((exact + 1..=exact + 2).contains(&sigma.to_e18_ceil()));
    let year = f64::from(8_766u16).sqrt();
    assert!((sigma.to_e18_ceil() as f64 / 1e18 * year - 0.5).abs() < 1e-12);
}

#[test]
fn a_shown_update_counts_for_an_hour_from_its_publish_time() {
    let known = ImpliedVolatility::default();
    let after = known.after(&index(FIFTY, NOW - 60), cap(), NOW).unwrap();
    assert_eq!(
        (after.publish_ts, after.until_ts),
        (NOW - 60, NOW - 60 + 3_600)
    );
    assert_eq!(after.counted(after.until_ts - 1), after.sigma);
    assert_eq!(after.counted(after.until_ts), Fraction::ZERO);
    assert_eq!(known.counted(NOW), Fraction::ZERO);
}

#[test]
fn what_is_not_newer_stale_wide_or_absurd_is_ignored() {
    use ImpliedDoubt::{Absurd, NotNewer, Stale, Wide};
    let known = shown(FIFTY).unwrap();
    let after = |update: Observation| known.after(&update, cap(), NOW + 100).map(|_| ());
    assert_eq!(after(index(FIFTY, NOW)), Err(NotNewer));
    assert_eq!(after(index(FIFTY, NOW - 1)), Err(NotNewer));
    assert_eq!(after(index(FIFTY, NOW + 39)), Err(Stale));
    assert_eq!(after(index(FIFTY, NOW + 40)), Ok(()));
    let wide = |confidence| Observation {
        confidence: Price(confidence),
        ..index(FIFTY, NOW + 100)
    };
    assert_eq!(after(wide(FIFTY / 20)), Ok(()));
    assert_eq!(after(wide(FIFTY / 20 + 1)), Err(Wide));
    let [least, largest] = IMPLIED_INDEX_E12;
    for absurd in [0, 1, least - 1, largest + 1, u128::MAX] {
        assert_eq!(shown(absurd), Err(Absurd), "{absurd}");
    }
    assert!(shown(least).is_ok());
    // σ_cap is 14.08 % per √hour: 1,318.3 % a year. Of a lower cap the index of its own size is absurd.
    assert!(shown(largest).is_ok());
    let at_cap = shown(FIFTY).unwrap().sigma;
    let none = ImpliedVolatility::default();
    let update = index(FIFTY, NOW);
    assert_eq!(none.after(&update, at_cap, NOW), Err(Absurd));
    let above = Fraction::from_bits(at_cap.to_bits() + 1);
    assert!(none.after(&update, above, NOW).is_ok());
}

#[test]
fn a_governed_value_is_checked_and_expires() {
    let governed =
        |sigma_e9, until_ts| ImpliedVolatility::governed(sigma_e9, until_ts, 140_800_000, NOW);
    let value = governed(8_000_000, NOW + 86_400).unwrap();
    assert_eq!(value.sigma, Fraction::from_e9_ceil(8_000_000).unwrap());
    assert_eq!(value.counted(NOW + 86_399), value.sigma);
    assert_eq!(value.counted(NOW + 86_400), Fraction::ZERO);
    let outside = Err(RiskError::ImpliedVolatilityOutOfBounds);
    assert_eq!(governed(0, NOW + 1), outside);
    assert_eq!(governed(140_800_000, NOW + 1), outside);
    assert_eq!(governed(8_000_000, NOW), outside);
    assert_eq!(governed(8_000_000, i64::MIN), outside);
    assert_eq!(governed(8_000_000, NOW + 7_776_000 + 1), outside);
    assert!(governed(8_000_000, NOW + 7_776_000).is_ok());
}

#[test]
fn it_raises_by_at_most_half_and_never_lowers() {
    let f = Fraction::from_bits;
    assert_eq!(raised(f(1_000), f(0), f(9_000)), f(1_000));
    assert_eq!(raised(f(1_000), f(999), f(9_000)), f(1_000));
    assert_eq!(raised(f(1_000), f(1_200), f(9_000)), f(1_200));
    assert_eq!(raised(f(1_001), f(u64::MAX), f(9_000)), f(1_502));
    assert_eq!(raised(f(1_000), f(1_400), f(1_300)), f(1_300));
    assert_eq!(raised(f(u64::MAX), f(5), f(u64::MAX)), f(u64::MAX));
}

#[test]
fn a_refresh_counts_it_and_a_second_one_the_same() {
    let params = AssetParams::reference();
    let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
    let mut state = VolatilityState::new(Price(1 << 60), NOW, NOW, &params, &coefficients).unwrap();
    let measured = state;
    state.implied = Fraction::ONE;
    for _ in 0..2 {
        state.refresh(&params, &coefficients).unwrap();
        let half = measured.sigma_target.to_bits().div_ceil(2);
        assert_eq!(
            state.sigma_target.to_bits(),
            measured.sigma_target.to_bits() + half
        );
    }
    assert!(state.u_target > measured.u_target);
    assert_eq!(
        state.u_prev, measured.u_prev,
        "MM follows at its speed limit"
    );
    state.implied = Fraction::ZERO;
    state.refresh(&params, &coefficients).unwrap();
    assert_eq!(state, measured);
}
