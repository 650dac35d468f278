//! Live validation: windows are counted as they are defined, no sampling within the hour changes what a window says, and an
//! hour that no window tells of is counted as missed.
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::price::exceedance::{ExceedanceWindow, Exceedances, WindowOutcome};
use proptest::prelude::*;

use crate::config;

const START: i64 = 1_700_000_000;

/// A sample: seconds since the one before, price, unit shock after it.
type Sampled = (i64, u64, u64);

/// Gaps from a second to a day, prices up to 2^60, often near each other, shocks up to 16.
fn samples() -> impl Strategy<Value = Vec<Sampled>> {
    let gap = prop_oneof![
        4 => 300i64..620,
        1 => 1i64..300,
        1 => 3_500i64..4_300,
        1 => 7_000i64..90_000,
    ];
    let price = prop_oneof![4 => 900_000u64..1_100_000, 1 => 1u64..1 << 60];
    let shock = prop_oneof![4 => 0u64..1 << 57, 1 => any::<u64>()];
    prop::collection::vec((gap, price, shock), 1..120)
}

fn observed(state: &mut Exceedances, ts: i64, price: u64, u_bits: u64) -> WindowOutcome {
    state.observe(Price(price.into()), ts, Fraction::from_bits(u_bits))
}

/// The definition, straight from the list: from each start the first sample an hour later, by products that fit.
fn by_definition(samples: &[Sampled]) -> [u32; 4] {
    let mut at = Vec::new();
    let mut now = START;
    for (gap, price, u_bits) in samples {
        now += gap;
        at.push((now, u128::from(*price), u128::from(*u_bits)));
    }
    let (mut windows, mut falls, mut rises, mut missed) = (0, 0, 0, 0);
    let mut rest = at.as_slice();
    while let Some(((start_ts, start, u_bits), later)) = rest.split_first() {
        let Some(end) = later.iter().position(|(ts, ..)| ts - start_ts >= 3_600) else {
            break;
        };
        let (ts, price, _) = later[end];
        if ts - start_ts > 4_200 {
            missed += ((ts - start_ts) / 3_600) as u32;
        } else {
            windows += 1;
            let is_beyond = price.abs_diff(*start) << 60 > u_bits * start;
            falls += u32::from(is_beyond && price < *start);
            rises += u32::from(is_beyond && price > *start);
        }
        rest = &later[end..];
    }
    [windows, falls, rises, missed]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn windows_are_counted_as_they_are_defined(samples in samples()) {
        let mut state = Exceedances::default();
        let mut now = START;
        for (gap, price, u_bits) in &samples {
            now += gap;
            observed(&mut state, now, *price, *u_bits);
        }
        prop_assert_eq!(
            [state.windows, state.falls, state.rises, state.missed],
            by_definition(&samples)
        );
    }

    /// Nothing is lost: a counted window stands for at most 70 minutes, a missed hour for less than two hours.
    #[test]
    fn every_hour_is_in_a_window_or_missed(samples in samples()) {
        let mut state = Exceedances::default();
        let (mut now, mut first) = (START, None);
        for (gap, price, u_bits) in &samples {
            now += gap;
            first.get_or_insert(now);
            observed(&mut state, now, *price, *u_bits);
        }
        let counted = state.window.start_ts - first.expect("a sample");
        let (windows, missed) = (i64::from(state.windows), i64::from(state.missed));
        prop_assert!(3_600 * (windows + missed) <= counted);
        prop_assert!(counted <= 4_200 * windows + 7_200 * missed);
        prop_assert!(state.falls + state.rises <= state.windows);
    }

    /// Two samples are at most `min_spacing_secs` + `max_age_secs` ≤ 315 s apart where one caller samples whenever it may,
    /// whatever the others do: no window is missed. It holds up to 600 s.
    #[test]
    fn whoever_samples_on_time_misses_no_window(
        gaps in prop::collection::vec(1i64..=600, 1..200), price in 1u64..1 << 60,
    ) {
        let mut state = Exceedances::default();
        let mut now = START;
        for gap in gaps {
            now += gap;
            let outcome = observed(&mut state, now, price, 0);
            prop_assert!(outcome != WindowOutcome::Missed);
        }
    }

    /// Neither a wick within the hour nor a caller who samples many times ends a window, hides it or changes its start.
    #[test]
    fn samples_within_the_hour_say_nothing(
        within in prop::collection::vec((1i64..3_600, any::<u64>(), any::<u64>()), 0..40),
        price in 1u64..1 << 60, end in 1u64..1 << 60, u_bits in 0u64..1 << 60, late in 3_600i64..=4_200,
    ) {
        let mut times: Vec<_> = within;
        times.sort_by_key(|(secs, ..)| *secs);
        let mut watched = Exceedances::default();
        observed(&mut watched, START, price, u_bits);
        let mut alone = watched;
        for (secs, price, u_bits) in times {
            let outcome = observed(&mut watched, START + secs, price.max(1), u_bits);
            prop_assert_eq!(outcome, WindowOutcome::Open);
        }
        prop_assert_eq!(watched, alone);
        let outcome = observed(&mut watched, START + late, end, 0);
        prop_assert_eq!(outcome, observed(&mut alone, START + late, end, 0));
        prop_assert_eq!(watched.windows, 1);
    }

    /// Another feed that shows everything at the same ratio leads to the same count, but for its rounding.
    #[test]
    fn a_feed_in_other_units_counts_the_same(
        price in 1u64 << 30..1 << 50, end in 1u64 << 30..1 << 50, u_bits in 0u64..1 << 60, factor in 1u64..1_000,
    ) {
        let (old, new) = (Price(1_000), Price((1_000 * factor).into()));
        let mut state = Exceedances::default();
        observed(&mut state, START, price, u_bits);
        let window = state.window;
        state.migrate(old, new, START + 60);
        prop_assert_eq!(state.window, ExceedanceWindow {
            price: Price(u128::from(price) * u128::from(factor)),
            ..window
        });
        let judged = window.judge(Price(end.into()), START + 3_600);
        let moved = Price(u128::from(end) * u128::from(factor));
        prop_assert_eq!(state.window.judge(moved, START + 3_600), judged);
    }
}
