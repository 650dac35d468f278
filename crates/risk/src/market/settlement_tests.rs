use super::*;

/// The first price only starts the clock.
fn started() -> TimeAverage {
    let mut average = TimeAverage::default();
    let counted = average.count(Price(7), 1_000);
    assert_eq!(counted, Counted::For { secs: 0 });
    assert_eq!(average.price_floor(), Price(0));
    average
}

#[test]
fn each_price_counts_for_the_time_since_the_one_before() {
    // 100 for 60 s, then 40 for 900 of 5,000 s: (6,000 + 36,000)/960 = 43.75
    let mut average = started();
    assert_eq!(average.count(Price(100), 1_060), Counted::For { secs: 60 });
    assert_eq!(average.price_floor(), Price(100));
    assert_eq!(average.count(Price(40), 6_060), Counted::For { secs: 900 });
    assert_eq!((average.secs, average.price_floor()), (960, Price(43)));
}

#[test]
fn a_price_too_soon_or_too_large_changes_nothing() {
    let mut average = started();
    let before = average;
    assert_eq!(average.count(Price(100), 1_059), Counted::TooSoon);
    assert_eq!(average.count(Price(100), 0), Counted::TooSoon);
    assert_eq!(
        average.count(Price(u128::MAX / 60 + 1), 1_060),
        Counted::TooLarge
    );
    assert_eq!(average, before);
    let largest = average.count(Price(u128::MAX / 60), 1_060);
    assert_eq!(largest, Counted::For { secs: 60 });
    assert_eq!(average.count(Price(1), 1_120), Counted::TooLarge);
}

#[test]
fn a_market_ends_after_its_time_and_twelve_covered_hours() {
    let covering = |secs| TimeAverage {
        secs,
        ..TimeAverage::default()
    };
    assert!(covering(COVERED_SECS).is_due(5_000, 5_000));
    assert!(!covering(COVERED_SECS).is_due(5_000, 4_999));
    assert!(!covering(COVERED_SECS - 1).is_due(5_000, i64::MAX));
    assert!(TimeAverage::is_open(100_000, 13_600));
    assert!(!TimeAverage::is_open(100_000, 13_599));
}
