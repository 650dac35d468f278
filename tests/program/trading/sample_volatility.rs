//! sample_volatility: what a sample stores is what the core computes; how often it may be taken.
use crate::support::{Wrong, check_wrong, refused, stage, stage_with_neighbour, wrong_feed};
use freeboard::error::FreeboardError;
use freeboard_client::{events::Event, instructions};
use freeboard_risk::params::AssetCoefficients;
use freeboard_risk::price::observation::Observation;
use freeboard_tests::{AssetSpec, Quote, World};

#[test]
fn a_path_of_samples_is_the_cores_to_the_bit() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let mut expected = stage.world.asset(0).volatility().unwrap();
    // A rise, a crash beyond the clamp, its second half, calm, long silence.
    let path = [
        (302, 151.0),
        (301, 149.5),
        (400, 90.0),
        (300, 90.0),
        (600, 90.1),
        (90_000, 120.0),
    ];
    let mut clamped = Vec::new();
    for (secs, dollars) in path {
        stage.world.warp(secs);
        let (before, now) = (stage.world.asset(0), stage.world.now());
        let quote = Quote::usd(dollars, now - 2);
        stage.world.set_price(&sol, quote);
        let meta = stage.world.sample(&sol).unwrap();
        let observation = Observation::from_pyth(
            quote.price,
            quote.conf,
            quote.ema,
            quote.exponent,
            quote.publish_ts,
        )
        .unwrap();
        let coefficients = AssetCoefficients::from_words(&before.coefficient_words);
        let params = before.params.into();
        let newest = before.recorded.publish_ts;
        let outcome = expected
            .sample(&observation, now, newest, &params, &coefficients)
            .unwrap();
        assert_eq!(
            stage.world.asset(0).volatility().unwrap(),
            expected,
            "at {dollars}"
        );
        let Event::VolatilitySampled(event) = meta.event() else {
            panic!("another event")
        };
        assert_eq!(event.clamped, outcome.clamped);
        assert_eq!(
            (event.v_fast_q120, event.v_slow_q120, event.v_short_q120),
            (
                expected.v_fast.to_bits(),
                expected.v_slow.to_bits(),
                expected.v_short.to_bits()
            )
        );
        assert_eq!(event.u_mm_q60, expected.u_prev.to_bits());
        assert!(
            stage
                .world
                .asset(0)
                .volatility()
                .unwrap()
                .sigma_target
                .to_bits()
                <= before.volatility().unwrap().sigma_target.to_bits() / 2 * 3 + 16,
            "at {dollars}"
        );
        clamped.push(event.clamped);
        assert_eq!(stage.world.asset(0).recorded.publish_ts, now - 2);
    }
    assert_eq!(
        clamped[..3],
        [false, false, true],
        "the crash, and nothing before it"
    );
    assert_eq!(expected.samples, 7);
}

#[test]
fn a_crash_raises_the_margin_only_as_fast_as_the_speed_limit() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 100.0);
    let u = |world: &mut World| world.view(&trader).unwrap().assets[0].u_mm_q60 as f64;
    let calm = u(&mut stage.world);
    for step in 1..=12 {
        stage.world.warp(300);
        stage
            .world
            .set_price_usd(&sol, 150.0 - 5.0 * f64::from(step % 2 * step));
        stage.world.sample(&sol).unwrap();
    }
    let after_an_hour = u(&mut stage.world);
    assert!(
        after_an_hour > calm * 1.02,
        "it rises: {}",
        after_an_hour / calm
    );
    assert!(
        after_an_hour <= calm * 1.030_001,
        "P5: {}",
        after_an_hour / calm
    );
}

#[test]
fn anyone_may_and_each_account_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    stage.world.warp_fresh(301);
    let (world, sol) = (&stage.world, &stage.sol);
    let paid = Some(stage.trader.margin_account);
    let instruction = instructions::sample_volatility(world.exchange, sol.address, sol.feed, paid);
    let (btc, mismatch) = (stage.btc.address, FreeboardError::FeedMismatch);
    let mut cases = vec![
        Wrong::mistyped("not an exchange", 0, world.pool),
        Wrong::foreign("another exchange", 0, other.world.exchange),
        Wrong::mistyped("not an asset", 1, world.pool),
        Wrong::foreign("another exchange's asset", 1, other.sol.address),
        Wrong::account("another asset", 1, btc, mismatch),
        Wrong::readonly("asset readonly", 1),
        Wrong::mistyped("not a margin account to be paid", 3, world.pool),
        Wrong::foreign(
            "another exchange's account to be paid",
            3,
            other.trader.margin_account,
        ),
        Wrong::readonly("account to be paid readonly", 3),
    ];
    cases.extend(wrong_feed(&stage, 2));
    check_wrong(world, &instruction, &[], cases);
}

/// 299 seconds after the last; 300 is enough.
pub fn too_early() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    for secs in [0, 150, 149] {
        stage.world.warp_fresh(secs);
        refused(stage.world.sample(&sol), FreeboardError::SampleTooEarly);
    }
    stage.world.warp_fresh(1);
    stage.world.sample(&sol).unwrap();
    refused(stage.world.sample(&sol), FreeboardError::SampleTooEarly);
}

#[test]
fn sampling_twice_as_often_gives_the_same_estimate() {
    let mut estimates = Vec::new();
    for step_secs in [600i64, 1_200] {
        let mut world = World::market([AssetSpec::sol()]);
        let sol = world.handle_of(0);
        for step in 1..=(24_000 / step_secs) {
            world.warp(step_secs);
            // A steady drift: the same return per second for both.
            let hours = (step * step_secs) as f64 / 3_600.0;
            world.set_price_usd(&sol, 150.0 * (0.001 * hours).exp());
            world.sample(&sol).unwrap();
        }
        estimates.push(world.asset(0).volatility().unwrap().v_slow.to_bits() as f64);
    }
    let ratio = estimates[0] / estimates[1];
    assert!((ratio - 1.0).abs() < 1e-3, "{ratio}");
}
