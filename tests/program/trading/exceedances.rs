//! Live validation: an asset's account counts the hours in which the price moved beyond its maintenance shock.
use crate::support::{refused, stage};
use freeboard::error::FreeboardError;
use freeboard::events::{VolatilitySampled, WindowOutcome};
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Effective;
use freeboard::state::{Asset, ExceedanceWindow};
use freeboard_client::events::Event;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::price::exceedance::Exceedances;
use freeboard_tests::{AssetHandle, AssetSpec, Meta, World};
use std::mem::offset_of;

/// SOL and BTC, of which nobody has taken a sample.
fn listed() -> (World, AssetHandle) {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol());
    world.create_asset(AssetSpec::btc());
    (world, sol)
}

/// SOL at $150 with its first window open.
pub fn watched() -> (World, AssetHandle) {
    let (mut world, sol) = listed();
    assert_eq!(sampled(&mut world, &sol, 300, 150.0), WindowOutcome::Begun);
    (world, sol)
}

fn told(meta: &Meta) -> VolatilitySampled {
    match meta.event() {
        Event::VolatilitySampled(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Time passes, SOL has this price, somebody samples: what that says of the open window.
#[track_caller]
pub fn sampled(world: &mut World, sol: &AssetHandle, secs: i64, dollars: f64) -> WindowOutcome {
    world.warp(secs);
    world.set_price_usd(sol, dollars);
    told(&world.sample(sol).expect("sampled")).window
}

/// Windows, falls, rises, missed hours.
pub fn counted(world: &World) -> [u32; 4] {
    let counted = world.asset(0).exceedances();
    [
        counted.windows,
        counted.falls,
        counted.rises,
        counted.missed,
    ]
}

/// The unit shock that the open window is judged by.
pub fn shock(world: &World) -> f64 {
    world.asset(0).exceedance_window.u_mm_q60 as f64 / 2f64.powi(60)
}

#[test]
fn falls_rises_and_missed_hours_are_the_cores_and_the_views() {
    let (mut world, sol) = listed();
    let mut expected = Exceedances::default();
    // Seconds, and the price in unit shocks of the open window away from its start.
    let path = [
        (300, 0.0),
        (3_600, -1.02),
        (4_200, 1.02),
        (3_599, 3.0),
        (300, 0.98),
        (3_900, -0.98),
        (4_201, -5.0),
        (90_000, 0.0),
        (3_600, 0.5),
    ];
    let mut told_outcomes = Vec::new();
    for (secs, shocks) in path {
        let window = world.asset(0).exceedance_window;
        let start = match window.price_e12[0] {
            0 => 150.0,
            price => price as f64 / 1e12,
        };
        world.warp(secs);
        world.set_price_usd(&sol, start * (1.0 + shocks * shock(&world)));
        let event = told(&world.sample(&sol).expect("sampled"));
        assert_eq!(event.window_start_ts, window.start_ts);
        let u_mm = Fraction::from_bits(event.u_mm_q60);
        let outcome = expected.observe(Price(event.price_e12), event.publish_ts, u_mm);
        assert_eq!(
            event.window,
            outcome.into(),
            "after {secs} s at {shocks} shocks"
        );
        assert_eq!(world.asset(0).exceedances(), expected);
        if event.window != WindowOutcome::Open {
            // What a holder's margin reads in this second is what the next window is judged by.
            let report = world.parameters(Some(0)).expect("asked");
            let Effective::Asset { u_mm_q60, .. } = report.effective else {
                panic!("an asset")
            };
            assert_eq!(u_mm_q60, world.asset(0).exceedance_window.u_mm_q60);
        }
        told_outcomes.push(event.window);
    }
    use WindowOutcome::*;
    let outcomes = [
        Begun, Fall, Rise, Open, Within, Within, Missed, Missed, Within,
    ];
    assert_eq!(told_outcomes, outcomes);
    assert_eq!(counted(&world), [5, 1, 1, 26]);
    let report = world.parameters(Some(0)).expect("asked");
    let Effective::Asset {
        exceedance_windows,
        exceedance_falls,
        exceedance_rises,
        exceedances_missed,
        ..
    } = report.effective
    else {
        panic!("an asset")
    };
    let viewed = [
        exceedance_windows,
        exceedance_falls,
        exceedance_rises,
        exceedances_missed,
    ];
    assert_eq!(viewed, counted(&world));
    assert_eq!(world.asset(1).exceedances(), Exceedances::default());
}

#[test]
fn only_a_sample_ends_a_window_or_begins_one() {
    let mut stage = stage();
    let before = stage.world.asset(0).exceedances();
    assert!(before.window.is_open());
    stage.world.warp_fresh(3_700);
    let sol = stage.sol.clone();
    stage.trade(&sol, 1.0);
    stage.world.show_price(&sol).expect("shown");
    assert_eq!(stage.world.asset(0).exceedances(), before);
}

/// The same sample, with a window that it ends and with one that it does not.
#[test]
fn the_end_of_a_window_costs_little() {
    let (mut world, sol) = watched();
    world.warp(3_600);
    world.set_price_usd(&sol, 75.0);
    let units = |age_secs: i64| {
        let mut world = world.clone();
        let start_ts = world.now() - age_secs;
        let field = offset_of!(Asset, exceedance_window) + offset_of!(ExceedanceWindow, start_ts);
        world.edit(sol.address, 8 + field, &start_ts.to_le_bytes());
        world.sample(&sol).expect("sampled").compute_units
    };
    let open = units(3_599);
    for age_secs in [3_600, 4_201, 90_000] {
        let more = units(age_secs).saturating_sub(open);
        assert!((1..=220).contains(&more), "{more} after {age_secs} s");
    }
}

#[test]
fn many_samples_end_no_window_before_its_hour_and_a_wick_within_it_is_not_seen() {
    let (mut world, sol) = watched();
    let begun = world.asset(0).exceedance_window;
    for step in 1..12_i32 {
        // Half the price for five minutes in the middle of the hour.
        let dollars = if step == 6 { 75.0 } else { 150.0 };
        assert_eq!(sampled(&mut world, &sol, 300, dollars), WindowOutcome::Open);
        assert_eq!(world.asset(0).exceedance_window, begun);
        world.warp_fresh(0);
        refused(world.sample(&sol), FreeboardError::SampleTooEarly);
    }
    assert_eq!(counted(&world), [0; 4]);
    assert_eq!(sampled(&mut world, &sol, 300, 150.0), WindowOutcome::Within);
    assert_eq!(counted(&world), [1, 0, 0, 0]);
}

/// A print that the estimator cuts to its bound counts as it was shown: a margin would have been asked for at it.
#[test]
fn a_clamped_return_counts_in_full() {
    let (mut world, sol) = watched();
    world.warp(3_600);
    world.set_price_usd(&sol, 60.0);
    let event = told(&world.sample(&sol).expect("sampled"));
    assert!(event.clamped);
    assert_eq!(event.window, WindowOutcome::Fall);
    let begun = world.asset(0).exceedance_window;
    assert_eq!(begun.price_e12, [60_000_000_000_000, 0]);
}

#[test]
fn a_pause_of_samples_misses_the_hour() {
    let (mut world, sol) = watched();
    world.warp_fresh(3_500);
    world.pause(Operation::Sample, 1_800).expect("paused");
    world.warp_fresh(300);
    refused(world.sample(&sol), FreeboardError::OperationPaused);
    assert_eq!(
        sampled(&mut world, &sol, 1_600, 75.0),
        WindowOutcome::Missed
    );
    assert_eq!(counted(&world), [0, 0, 0, 1]);
}

#[test]
fn full_counters_stand_still() {
    let (mut world, sol) = watched();
    let full = u32::MAX.to_le_bytes();
    for (field, bytes) in [
        (offset_of!(Asset, exceedance_windows), full),
        (offset_of!(Asset, exceedances_missed), full),
        (offset_of!(Asset, exceedance_falls), 9_u32.to_le_bytes()),
    ] {
        world.edit(sol.address, 8 + field, &bytes);
    }
    let still = [u32::MAX, 9, 0, u32::MAX];
    for (secs, dollars, outcome) in [
        (3_600, 75.0, WindowOutcome::Fall),
        (3_600, 150.0, WindowOutcome::Rise),
        (9_000, 150.0, WindowOutcome::Missed),
    ] {
        assert_eq!(sampled(&mut world, &sol, secs, dollars), outcome);
        assert_eq!(counted(&world), still);
    }
    world.assert_books();
}

#[test]
fn a_market_that_has_ended_keeps_what_was_counted() {
    let (mut world, sol) = watched();
    assert_eq!(sampled(&mut world, &sol, 3_600, 75.0), WindowOutcome::Fall);
    let (before, begun) = (counted(&world), world.asset(0).exceedance_window);
    world.wind_down(&sol);
    world.settle_at(&sol, |_| 75.0);
    world.warp_fresh(4_000);
    refused(world.sample(&sol), FreeboardError::AssetSettled);
    assert_eq!(
        (counted(&world), world.asset(0).exceedance_window),
        (before, begun)
    );
    world.assert_books();
}
