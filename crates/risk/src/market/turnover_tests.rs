use super::*;
use proptest::prelude::*;

const NOW: i64 = 1_700_000_000;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// $1,000,000 an hour.
const REFERENCE: QuoteAtoms = QuoteAtoms::new(1_000_000_000_000);

fn target(turnover: &MarketTurnover, secs: i64) -> f64 {
    turnover.target_cut_e9(REFERENCE, NOW + secs) as f64 / 1e9
}

#[test]
fn the_mean_life_is_that_of_the_half_life() {
    let hours = TURNOVER_HALF_LIFE_SECS as f64 / 3_600.0 / core::f64::consts::LN_2;
    assert!((MEAN_LIFE_HOURS_E9 as f64 - hours * 1e9).abs() < 1.0);
}

#[test]
fn a_measure_begins_at_its_reference() {
    for atoms in [1, 7, 1_000_000_000_000, 10_000_000_000_000_000] {
        let reference = QuoteAtoms::new(atoms);
        let turnover = MarketTurnover::of_reference(reference, NOW);
        assert_eq!(turnover.per_h_floor(NOW), reference);
        assert_eq!(turnover.target_cut_e9(reference, NOW), 0);
    }
}

#[test]
fn without_trades_it_halves_in_a_week_and_the_target_is_a_half_then() {
    let turnover = MarketTurnover::of_reference(REFERENCE, NOW);
    assert_eq!(turnover.per_h_floor(NOW + WEEK).get(), 500_000_000_000);
    assert_eq!(turnover.per_h_floor(NOW + 2 * WEEK).get(), 250_000_000_000);
    assert!((target(&turnover, DAY) - (1.0 - 0.5f64.powf(1.0 / 7.0))).abs() < 1e-9);
    assert_eq!(target(&turnover, WEEK), 0.5);
    for secs in [WEEK + 1, 100 * WEEK, i64::MAX - NOW] {
        assert_eq!(target(&turnover, secs), 0.5, "never more");
    }
    assert_eq!(turnover.per_h_floor(i64::MAX), QuoteAtoms::ZERO);
}

#[test]
fn a_sunday_with_half_the_volume_lowers_it_by_a_twentieth() {
    let mut turnover = MarketTurnover::of_reference(REFERENCE, NOW);
    for hour in 1..=24 {
        turnover.add(QuoteAtoms::new(REFERENCE.get() / 2), NOW + hour * HOUR);
    }
    let cut = target(&turnover, DAY);
    assert!((0.045..0.048).contains(&cut), "{cut}");
}

#[test]
fn trading_never_raises_the_target_and_more_than_the_reference_is_worth_no_more() {
    let mut turnover = MarketTurnover::of_reference(REFERENCE, NOW);
    turnover.add(QuoteAtoms::new(u64::MAX), NOW + WEEK);
    assert_eq!(turnover.sum_quote_atoms, u64::MAX);
    assert_eq!(target(&turnover, WEEK), 0.0);
    // A clock that runs back neither decays nor leaves a time behind.
    turnover.add(QuoteAtoms::new(1), NOW);
    assert_eq!(turnover.at_ts, NOW + WEEK);
    assert_eq!(turnover.per_h_floor(NOW), turnover.per_h_floor(NOW + WEEK));
}

#[test]
fn without_a_reference_nothing_is_cut() {
    assert_eq!(
        MarketTurnover::default().target_cut_e9(QuoteAtoms::ZERO, NOW),
        0
    );
    assert_eq!(
        MarketTurnover::of_reference(QuoteAtoms::ZERO, NOW).sum_quote_atoms,
        0
    );
    // And nothing traded at all, with one, is half.
    assert_eq!(
        MarketTurnover::default().target_cut_e9(QuoteAtoms::new(1), NOW),
        DEPTH_CUT_MAX_E9
    );
}

proptest! {
    /// Against the plain sum in floating point.
    #[test]
    fn the_sum_is_that_of_its_definition(
        trades in prop::collection::vec((0i64..2 * WEEK, 0u64..1_000_000_000_000_000), 0..40),
        reference in 1u64..=10_000_000_000_000_000, after in 0i64..4 * WEEK,
    ) {
        let weight = |secs: i64| 0.5f64.powf(secs as f64 / WEEK as f64);
        let reference = QuoteAtoms::new(reference);
        let mut turnover = MarketTurnover::of_reference(reference, NOW);
        let (mut now, mut exact) = (NOW, turnover.sum_quote_atoms as f64);
        for (secs, atoms) in &trades {
            let before = turnover.target_cut_e9(reference, now + secs);
            now += secs;
            turnover.add(QuoteAtoms::new(*atoms), now);
            exact = exact * weight(*secs) + *atoms as f64;
            prop_assert!(turnover.target_cut_e9(reference, now) <= before, "a trade raises it");
        }
        now += after;
        exact *= weight(after);
        let life = WEEK as f64 / 3_600.0 / core::f64::consts::LN_2;
        let found = turnover.per_h_floor(now).get() as f64;
        let tolerance = exact / life * 1e-9 + 1.0 + trades.len() as f64;
        prop_assert!((found - exact / life).abs() <= tolerance, "{} {}", found, exact / life);
        let cut = (1.0 - exact / life / reference.get() as f64).clamp(0.0, 0.5);
        let target = turnover.target_cut_e9(reference, now) as f64 / 1e9;
        let slack = 2e-9 + (1.0 + trades.len() as f64) / reference.get() as f64;
        prop_assert!((target - cut).abs() <= slack, "{} {}", target, cut);
    }
}
