use super::*;
use crate::number::math::Scaled;
use crate::number::quantity::Price;
use crate::params::AssetCoefficients;
use crate::price::observation::Observation;

const START: i64 = 1_700_000_000;

fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

fn params() -> AssetParams {
    AssetParams {
        warmup_samples: 0,
        ..AssetParams::reference()
    }
}

/// A state at $100 with these volatilities per √hour × 10^9: fast, slow, short.
fn state(params: &AssetParams, [fast, slow, short]: [u64; 3]) -> VolatilityState {
    let coefficients = AssetCoefficients::new(params, 28_800).unwrap();
    let price = Price(100 * 10u128.pow(12));
    let mut state = VolatilityState::new(price, START, START, params, &coefficients).unwrap();
    state.v_fast = e9(fast).squared();
    state.v_slow = e9(slow).squared();
    state.v_short = e9(short).squared();
    state.anchor = Scaled::from_u128(price.0).unwrap();
    state.refresh(params, &coefficients).unwrap();
    state
}

/// The state after a price that no bound allows, `secs` after the last.
fn jumped(before: &VolatilityState, params: &AssetParams, secs: i64) -> VolatilityState {
    let at = START + secs;
    let observation = Observation {
        price: Price(1_000_000 * 10u128.pow(12)),
        confidence: Price(0),
        ema: Price(1),
        publish_ts: at,
    };
    let coefficients = AssetCoefficients::new(params, 28_800).unwrap();
    let mut after = *before;
    after
        .sample(&observation, at, START, params, &coefficients)
        .unwrap();
    after
}

fn ratio(after: Fraction, before: Fraction) -> f64 {
    after.to_bits() as f64 / before.to_bits() as f64
}

#[test]
fn a_jump_after_any_wait_raises_the_target_by_half_at_most() {
    let p = params();
    // A storm in which ω·σ_stress is small beside σ_c, so that the growth of σ_c shows.
    let before = state(&p, [60_000_000, 60_000_000, 50_000_000]);
    for secs in [300, 3_600, 14_400, 86_400, 864_000] {
        let after = jumped(&before, &p, secs);
        let grown = ratio(after.sigma_target, before.sigma_target);
        assert!(grown <= 1.5 + 1e-12, "{secs} s: {grown}");
    }
    // σ_c reaches G within an hour, √v_fast 1.17 times 6 %: ¾·9.375 % + ¼·7.01 % over ¾·6.25 % + ¼·6 %.
    let hourly = jumped(&before, &p, 3_600);
    assert!(ratio(hourly.sigma_target, before.sigma_target) > 1.41);
}

#[test]
fn each_variance_stops_at_its_own_cap() {
    let p = params();
    // 2 % rests, so σ_c is 1.25·2 % and G 3.75 %. A jump of ln 1.25 a day later makes v_fast
    // ½·(2 %)² + ½·(ln 1.25)²/24, (3.52 %)²: no cap.
    let before = state(&p, [20_000_000; 3]);
    let after = jumped(&before, &p, 86_400);
    assert!((ratio(before.sigma_c(&p).unwrap(), e9(25_000_000)) - 1.0).abs() < 1e-12);
    let uncapped = 0.5 * 0.02f64.powi(2) + 0.5 * 1.25f64.ln().powi(2) / 24.0;
    assert!(
        (after.v_fast.sqrt_ceil().to_bits() as f64 / 2f64.powi(60) - uncapped.sqrt()).abs() < 1e-12
    );
    // A larger ratio reaches G.
    let mut wide = p;
    wide.sample.clamp_max_ratio_e9 = 2_000_000_000;
    let after = jumped(&before, &wide, 86_400);
    assert!((ratio(after.v_fast.sqrt_ceil(), e9(37_500_000)) - 1.0).abs() < 1e-12);
    // m·√v_short stops at G too: √v_short at 3 %.
    let mut free = wide;
    free.sample.clamp_short_mult_e9 = 64_000_000_000;
    let after = jumped(&before, &free, 86_400);
    assert!((ratio(after.v_short.sqrt_ceil(), e9(30_000_000)) - 1.0).abs() < 1e-12);
    // Below σ_stress a fast variance far below σ_c stops at 1.5·σ_stress.
    let slow_storm = state(&wide, [1_000_000, 100_000_000, 1_000_000]);
    let after = jumped(&slow_storm, &wide, 86_400);
    assert!((ratio(after.v_fast.sqrt_ceil(), e9(45_000_000)) - 1.0).abs() < 1e-12);
}

#[test]
fn a_market_at_rest_wakes_to_half_of_the_floor_at_once() {
    let p = params();
    let rest = state(&p, [0; 3]);
    // 0.5 % of least clamp within 300 s would be 1.25·0.207 %.
    let first = jumped(&rest, &p, 300);
    assert!((ratio(first.sigma_c(&p).unwrap(), e9(2_500_000)) - 1.0).abs() < 1e-12);
    assert!(ratio(first.sigma_target, rest.sigma_target) <= 1.5);
}

#[test]
fn without_the_short_term_nothing_caps_its_variance() {
    let p = AssetParams {
        short_mult_e9: 0,
        ..params()
    };
    let before = state(&p, [20_000_000, 20_000_000, 90_000_000]);
    assert_eq!(before.sigma_c(&p), Ok(e9(20_000_000)));
    let after = jumped(&before, &p, 300);
    assert!(after.v_short > e9(80_000_000).squared());
}

#[test]
fn caps_saturate() {
    assert_eq!(grown(Variance::from_bits(5)), Variance::from_bits(12));
    assert_eq!(
        grown(Variance::from_bits(u128::MAX)),
        Variance::from_bits(u128::MAX)
    );
    assert_eq!(half_more(Fraction::from_bits(3)), Fraction::from_bits(5));
    assert_eq!(divided(Fraction::MAX, 1), Some(Fraction::MAX));
    assert_eq!(
        divided(Fraction::from_bits(5), 2_000_000_000),
        Some(Fraction::from_bits(3))
    );
    assert_eq!(divided(Fraction::ONE, 0), None);
}
