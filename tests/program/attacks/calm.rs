//! *Attack.* Choose the moments of samples, so that live validation shows a margin that held. *Who can do it.* Anyone, as long as
//! nobody else samples. *What it would gain.* Trust in a margin that is too small. *What stops it.* Hours without a sample are
//! counted as missed, and one caller who samples whenever it may ends every window, whatever others do.
use crate::support::Stream;
use crate::trading::exceedances::{counted, sampled, shock, watched};
use freeboard::events::WindowOutcome;
use freeboard_tests::{AssetHandle, World};

/// SOL falls by three unit shocks at a minute of the hour and stands at $150 again at another.
fn dip(world: &World, from_min: i64, until_min: i64) -> impl Fn(i64) -> f64 + use<> {
    let low = 150.0 * (1.0 - 3.0 * shock(world));
    move |minute| {
        if (from_min..until_min).contains(&minute) {
            low
        } else {
            150.0
        }
    }
}

/// Samples at these minutes after the start of the window.
fn at_minutes(world: &mut World, sol: &AssetHandle, minutes: &[i64], price: &impl Fn(i64) -> f64) {
    let mut before = 0;
    for minute in minutes {
        sampled(world, sol, (minute - before) * 60, price(*minute));
        before = *minute;
    }
}

#[test]
fn a_sampler_alone_hides_what_is_over_within_ten_minutes_and_nothing_that_lasts() {
    let (start, sol) = watched();
    let honest: Vec<i64> = (1..=28).map(|step| step * 5).collect();

    // A fall from minute 58 to 69. Who samples every five minutes sees it; who waits for minute 70 does not.
    let short = dip(&start, 58, 69);
    let mut seen = start.clone();
    at_minutes(&mut seen, &sol, &honest, &short);
    let [_, falls, ..] = counted(&seen);
    assert_eq!(falls, 1);
    let mut hidden = start.clone();
    at_minutes(&mut hidden, &sol, &[55, 70, 130], &short);
    assert_eq!(counted(&hidden), [2, 0, 0, 0], "hidden, without a trace");

    // One that lasts from minute 58 to 125: no moment of the ten minutes is calm. The sampler misses the hour, and it shows.
    let long = dip(&start, 58, 125);
    let mut seen = start.clone();
    at_minutes(&mut seen, &sol, &honest, &long);
    let [_, falls, ..] = counted(&seen);
    assert_eq!(falls, 1);
    let mut hidden = start.clone();
    at_minutes(&mut hidden, &sol, &[55, 126, 186], &long);
    assert_eq!(counted(&hidden), [1, 0, 0, 2]);
}

#[test]
fn three_days_without_a_sample_are_seventy_two_missed_hours() {
    let (mut world, sol) = watched();
    let outcome = sampled(&mut world, &sol, 3 * 86_400, 150.0);
    assert_eq!(outcome, WindowOutcome::Missed);
    assert_eq!(counted(&world), [0, 0, 0, 72]);
}

/// The rival takes each sample as soon as it may whenever its dice say so, also in the second before the hour is over. The honest
/// caller looks once a minute. No hour is missed.
#[test]
fn one_caller_who_samples_on_time_leaves_no_rival_an_hour_to_hide() {
    let (mut world, sol) = watched();
    let mut dice = Stream(12);
    let (mut sampled_ts, mut outcomes) = (world.now(), Vec::new());
    for minute in 0..720_i64 {
        let rival_secs = dice.next(60) as i64;
        let dollars = 150.0 + (minute % 7) as f64 / 10.0;
        for secs in [rival_secs, 60 - rival_secs] {
            world.warp(secs);
            if world.now() - sampled_ts >= 300 {
                sampled_ts = world.now();
                outcomes.push(sampled(&mut world, &sol, 0, dollars));
            }
        }
    }
    let [windows, falls, rises, missed] = counted(&world);
    assert_eq!((falls, rises, missed), (0, 0, 0));
    assert!((720 / 70..=12).contains(&windows), "{windows} windows");
    assert!(!outcomes.contains(&WindowOutcome::Missed));
}

/// The other way round a caller can pick the worst minute of ten, so that a margin looks too small: by one exceedance an hour at
/// most, and only of a move that the price has made.
#[test]
fn a_sampler_who_waits_for_the_worst_counts_a_move_once() {
    let (mut world, sol) = watched();
    let price = dip(&world, 66, 68);
    at_minutes(&mut world, &sol, &[55, 66, 71, 76, 127], &price);
    // Down at minute 66, and up again an hour later: beyond twice, as a holder of either side would have been.
    assert_eq!(counted(&world), [2, 1, 1, 0]);
}
