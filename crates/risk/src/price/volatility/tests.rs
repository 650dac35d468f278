use super::*;

const START: i64 = 1_700_000_000;

fn params() -> AssetParams {
    AssetParams {
        warmup_samples: 0,
        ..AssetParams::reference()
    }
}

fn coefficients(params: &AssetParams) -> AssetCoefficients {
    AssetCoefficients::new(params, 28_800).unwrap()
}

fn dollars(x: u128) -> Price {
    Price(x * 10u128.pow(12))
}

fn observation(price: Price, publish_ts: i64) -> Observation {
    Observation {
        price,
        confidence: Price(0),
        ema: price,
        publish_ts,
    }
}

/// A warmed-up state at $100 with σ = 2 % per √hour.
fn state(params: &AssetParams) -> VolatilityState {
    VolatilityState::new(dollars(100), START, START, params, &coefficients(params)).unwrap()
}

fn take(state: &mut VolatilityState, params: &AssetParams, price: Price, at: i64) -> SampleOutcome {
    state
        .sample(
            &observation(price, at),
            at,
            START,
            params,
            &coefficients(params),
        )
        .unwrap()
}

/// `expected ≤ actual ≤ expected·(1 + 4e-9) + 1e-18`, in units of 10^-24.
fn assert_v(v: Variance, expected: u128) {
    let actual = v.to_e24_ceil();
    let ceiling = expected + expected * 4 / 1_000_000_000 + 1_000_000;
    assert!(
        (expected..=ceiling).contains(&actual),
        "{actual} for {expected}"
    );
}

#[test]
fn new_state_starts_at_the_initial_volatility_and_its_target() {
    let p = params();
    let s = state(&p);
    assert_v(s.v_fast, 400_000_000_000_000_000_000);
    assert_eq!(s.v_fast, s.v_slow);
    assert_eq!(s.v_short, Variance::ZERO);
    // σ_t = ¾·2 % + ¼·3 % = 2.25 %; u = 2.5·σ_t
    assert!(
        s.sigma_target
            .to_e18_ceil()
            .abs_diff(22_500_000_000_000_000)
            <= 3
    );
    assert!(s.u_target.to_e18_ceil().abs_diff(56_250_000_000_000_000) <= 8);
    assert_eq!(s.u_prev, s.u_target);
    assert_eq!((s.samples, s.anchor_ts, s.u_prev_ts), (0, START, START));
    assert_eq!(s.anchor.to_u128(), Ok(dollars(100).0));
    let none = VolatilityState::new(Price(0), START, START, &p, &coefficients(&p));
    assert_eq!(none, Err(RiskError::PriceNotPositive));
}

#[test]
fn sample_moves_each_estimate_to_its_exact_value() {
    let p = params();
    let mut s = state(&p);
    let outcome = take(&mut s, &p, dollars(103), START + 900);
    assert!(!outcome.clamped);
    assert_eq!(outcome.elapsed_secs, 900);
    // mpmath: w·4e-4 + (1 − w)·ln(1.03)²/0.25 for H = 24 h and 1440 h
    assert_v(s.v_fast, 422_265_512_052_838_254_543);
    assert_v(s.v_slow, 400_372_410_765_840_899_579);
    assert_eq!(s.anchor.to_u128(), Ok(dollars(103).0));
    assert_eq!((s.anchor_ts, s.samples), (START + 900, 1));
}

#[test]
fn weights_depend_on_time_and_not_on_the_number_of_samples() {
    // One step of 1 h and twelve of 300 s at an unmoved price lose the same weight.
    let p = params();
    let (mut once, mut often) = (state(&p), state(&p));
    take(&mut once, &p, dollars(100), START + 3_600);
    for i in 1..=12 {
        take(&mut often, &p, dollars(100), START + 300 * i);
    }
    for (one, many) in [(once.v_fast, often.v_fast), (once.v_slow, often.v_slow)] {
        assert!(one.to_bits().abs_diff(many.to_bits()) < one.to_bits() >> 55);
    }
}

#[test]
fn gap_longer_than_the_half_life_weighs_one_half() {
    let p = params();
    let mut s = state(&p);
    take(&mut s, &p, dollars(100), START + 10 * 86_400);
    let initial = state(&p).v_fast.to_bits();
    assert_eq!(s.v_fast.to_bits(), initial.div_ceil(2));
}

#[test]
fn wick_is_clamped_and_undone_by_the_next_sample() {
    let p = params();
    let mut s = state(&p);
    let up = take(&mut s, &p, dollars(1_000), START + 300);
    // b = 16·2 %·√(1/12) = 9.2376043 %, in whole millionths: below ln 1.25
    assert!(up.clamped);
    assert_eq!(up.abs_return, Fraction::from_e9_ceil(92_376_000).unwrap());
    let anchor = s.anchor.to_u128().unwrap();
    // 100·e^0.092376
    assert!(anchor.abs_diff(109_677_713_276_347) <= 2, "{anchor}");
    let back = take(&mut s, &p, dollars(100), START + 600);
    assert!(!back.clamped);
    assert_eq!(s.anchor.to_u128(), Ok(dollars(100).0));
}

#[test]
fn move_carried_over_several_samples_is_never_missed() {
    let p = params();
    let mut s = state(&p);
    let mut clamped = 0;
    for i in 1..=20 {
        let at = START + 300 * i;
        if !take(&mut s, &p, dollars(200), at).clamped {
            break;
        }
        clamped += 1;
    }
    // mpmath, exact from the first sample on
    assert_eq!(clamped, 4);
    assert_v(s.v_fast, 3_309_350_252_371_689_481_818);
    assert_v(s.v_slow, 448_722_954_783_458_817_169);
}

#[test]
fn clamp_is_at_most_the_ratio_and_at_least_the_minimum() {
    let p = params();
    let mut wide = state(&p);
    let down = take(&mut wide, &p, dollars(10), START + 86_400); // 16·2 %·√24 is beyond
    assert!(down.clamped);
    assert!(
        down.abs_return
            .to_e18_ceil()
            .abs_diff(223_143_551_314_209_756)
            <= 10
    );
    assert!(wide.anchor.to_u128().unwrap().abs_diff(dollars(80).0) <= 10); // 100/1.25
    let mut calm = state(&p);
    (calm.v_fast, calm.v_slow) = (Variance::ZERO, Variance::ZERO);
    let small = take(&mut calm, &p, dollars(101), START + 300);
    assert!(small.clamped);
    assert_eq!(small.abs_return, Fraction::from_e9_ceil(5_000_000).unwrap());
}

#[test]
fn refusals_come_in_order_and_change_nothing() {
    let p = params();
    let c = coefficients(&p);
    let mut s = state(&p);
    let before = s;
    let now = START + 1_000;
    let mut refuse = |price: u128, confidence: u128, publish_ts, newest_ts| {
        let o = Observation {
            confidence: Price(confidence),
            ..observation(Price(price), publish_ts)
        };
        let result = s.sample(&o, now, newest_ts, &p, &c);
        assert_eq!(s, before);
        result.unwrap_err()
    };
    let newest = now + 100;
    assert_eq!(refuse(0, 1, now + 6, newest), RiskError::PriceFromFuture);
    assert_eq!(refuse(0, 1, now - 16, newest), RiskError::PriceStale);
    assert_eq!(refuse(0, 1, now, newest), RiskError::PriceOlderThanRecorded);
    assert_eq!(refuse(0, 1, now, now), RiskError::PriceNotPositive);
    assert_eq!(refuse(10_000, 101, now, now), RiskError::ConfidenceTooWide);
    s.anchor_ts = now - 299;
    let early = s.sample(&observation(dollars(100), now), now, now, &p, &c);
    assert_eq!(early.unwrap_err(), RiskError::SampleTooEarly);
    s.anchor_ts = now + 1_000; // an anchor from the future is no sample either
    let early = s.sample(&observation(dollars(100), now), now, now, &p, &c);
    assert_eq!(early.unwrap_err(), RiskError::SampleTooEarly);
}

#[test]
fn warm_up_keeps_the_initial_volatility() {
    let p = AssetParams {
        warmup_samples: 2,
        ..params()
    };
    let mut s = state(&p);
    (s.v_fast, s.v_slow) = (Variance::ZERO, Variance::ZERO);
    let initial = Fraction::from_e9_ceil(p.sigma_initial_e9).unwrap();
    assert_eq!(s.sigma_c(&p), Ok(initial));
    take(&mut s, &p, dollars(100), START + 300);
    assert_eq!(s.sigma_c(&p), Ok(initial));
    take(&mut s, &p, dollars(100), START + 600);
    assert_eq!(s.sigma_c(&p), Ok(Fraction::ZERO));
    // Then the floor: σ* = ¼·3 % = 0.75 % is above it.
    assert_eq!(s.sigma_target.to_e18_ceil(), 7_500_000_000_000_001);
}

#[test]
fn target_is_between_floor_and_cap() {
    let floor = AssetParams {
        sigma_floor_e9: 20_000_000,
        ..params()
    };
    let mut s = state(&floor);
    (s.v_fast, s.v_slow) = (Variance::ZERO, Variance::ZERO);
    s.refresh(&floor, &coefficients(&floor)).unwrap();
    assert_eq!(s.sigma_target, Fraction::from_e9_ceil(20_000_000).unwrap());
    s.v_fast = Fraction::ONE.squared();
    s.refresh(&floor, &coefficients(&floor)).unwrap();
    assert_eq!(s.sigma_target, Fraction::from_e9_ceil(200_000_000).unwrap());
    // A fast estimate above σ_stress replaces it: (1 − ω)·σ + ω·σ = σ.
    s.v_fast = Fraction::from_e9_ceil(50_000_000).unwrap().squared();
    s.refresh(&floor, &coefficients(&floor)).unwrap();
    assert!(
        s.sigma_target
            .to_e18_ceil()
            .abs_diff(50_000_000_000_000_000)
            <= 3
    );
}

#[test]
fn sample_stores_the_unit_shock_of_the_old_target_first() {
    let p = params();
    let mut s = state(&p);
    s.u_prev = Fraction::from_e9_ceil(20_000_000).unwrap();
    let outcome = take(&mut s, &p, dollars(100), START + 36_000);
    // 2 %·1.03^10 by mpmath
    assert!(s.u_prev.to_e18_ceil().abs_diff(26_878_327_586_882_439) <= 30);
    assert_eq!((outcome.u_stored, s.u_prev_ts), (s.u_prev, START + 36_000));
}

#[test]
fn parameter_change_starts_from_the_shock_of_the_old_parameters() {
    let p = params();
    let mut s = state(&p);
    let old_u = s.u_target;
    let tighter = AssetParams {
        k_e9: 5_000_000_000,
        ..p
    };
    s.retarget(
        START + 60,
        &coefficients(&p),
        &tighter,
        &coefficients(&tighter),
    )
    .unwrap();
    assert_eq!((s.u_prev, s.u_prev_ts), (old_u, START + 60));
    assert!(s.u_target.to_bits().abs_diff(2 * old_u.to_bits()) <= 2);
    let broken = AssetParams {
        omega_e9: 1_000_000_001,
        ..p
    };
    let before = s;
    let failed = s.retarget(START + 90, &coefficients(&p), &broken, &coefficients(&p));
    assert_eq!((failed, s), (Err(RiskError::Overflow), before));
}

#[test]
fn words_come_back() {
    let p = params();
    let mut s = state(&p);
    take(&mut s, &p, dollars(97), START + 300);
    s.anchor_ts = -5;
    s.samples = u32::MAX;
    assert_eq!(VolatilityState::from_words(&s.to_words()), Ok(s));
    for i in 0..VolatilityState::WORDS {
        let mut words = s.to_words();
        words[i] ^= 1;
        assert_ne!(VolatilityState::from_words(&words), Ok(s), "word {i}");
    }
    let empty = VolatilityState::from_words(&[0; VolatilityState::WORDS]);
    assert_eq!(empty, Err(RiskError::Overflow));
}

/// (1 − w)·r² alone is above what 120 binary digits hold 3,600 times.
#[test]
fn largest_return_of_the_bounds_at_once_does_not_overflow() {
    let mut p = params();
    p.sample.clamp_max_ratio_e9 = 2_000_000_000;
    p.sample.half_life_fast_secs = 21_600;
    let mut s = state(&p);
    let outcome = take(&mut s, &p, dollars(1_000), START + 86_400);
    assert!(outcome.clamped);
    // ½·4e-4 + ½·(ln 2)²/24 is 0.0102: cut to (1.5·2 %)².
    assert_v(s.v_fast, 900_000_000_000_000_000_000);
}

#[test]
fn extreme_prices_and_times_do_not_panic() {
    let p = params();
    let c = coefficients(&p);
    for (from, to) in [(1, u128::MAX >> 24), (u128::MAX >> 24, 1), (1, 2), (3, 1)] {
        let mut s = VolatilityState::new(Price(from), START, START, &p, &c).unwrap();
        let at = START + 300;
        assert!(
            s.sample(&observation(Price(to), at), at, START, &p, &c)
                .is_ok()
        );
    }
    let mut s = state(&p);
    s.anchor_ts = i64::MIN;
    s.u_prev_ts = i64::MIN;
    let far = observation(dollars(100), i64::MAX);
    assert!(s.sample(&far, i64::MAX, START, &p, &c).is_ok());
}

#[test]
fn another_feed_moves_the_anchor_by_its_difference() {
    let at = |anchor: u128| {
        let mut state = VolatilityState::new(
            Price(anchor),
            START,
            START,
            &params(),
            &coefficients(&params()),
        )
        .unwrap();
        state.move_anchor(dollars(100), dollars(101));
        state.anchor.to_u128().unwrap()
    };
    assert_eq!(at(dollars(103).0), 104_030_000_000_000);
    assert_eq!(at(3), 3, "3.03, down");
    // 2^120 · 101 · 10^12 leaves the range: the anchor stays.
    assert_eq!(at(1 << 120), 1 << 120);
    let mut state = VolatilityState::new(
        dollars(100),
        START,
        START,
        &params(),
        &coefficients(&params()),
    )
    .unwrap();
    let before = state;
    state.move_anchor(Price(0), dollars(101));
    state.move_anchor(dollars(100), Price(0));
    assert_eq!(state, before, "no anchor is no price");
}
