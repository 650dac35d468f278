//! Windows by hand: what ends them, what counts, what stands still.
use super::*;

const START: i64 = 1_700_000_000;

fn dollars(price: u64) -> Price {
    Price(u128::from(price) * 1_000_000_000_000)
}

fn percent(percent: u64) -> Fraction {
    Fraction::from_e9_floor(percent * 10_000_000).unwrap()
}

/// A window begun at $100 with a unit shock of 4 %.
fn begun() -> Exceedances {
    let mut state = Exceedances::default();
    let outcome = state.observe(dollars(100), START, percent(4));
    assert_eq!(outcome, WindowOutcome::Begun);
    state
}

fn counts(state: &Exceedances) -> [u32; 4] {
    [state.windows, state.falls, state.rises, state.missed]
}

#[test]
fn a_move_of_exactly_the_shock_is_within_and_one_unit_more_is_not() {
    let one = Fraction::from_bits(1 << (FRACTION_BITS - 2)); // a quarter, exact
    let window = ExceedanceWindow {
        price: Price(1_000),
        u_mm: one,
        start_ts: START,
    };
    let judged = |price| window.judge(Price(price), START + 3_600);
    assert_eq!([750, 1_250].map(judged), [WindowOutcome::Within; 2]);
    assert_eq!(judged(749), WindowOutcome::Fall);
    assert_eq!(judged(1_251), WindowOutcome::Rise);
    // Between two integers: a quarter of 1,001 is 250.25.
    let window = ExceedanceWindow {
        price: Price(1_001),
        ..window
    };
    let judged = |price| window.judge(Price(price), START + 3_600);
    assert_eq!(
        [751, 750].map(judged),
        [WindowOutcome::Within, WindowOutcome::Fall]
    );
}

#[test]
fn a_window_ends_from_an_hour_until_ten_minutes_later() {
    for (secs, expected) in [
        (0, WindowOutcome::Open),
        (3_599, WindowOutcome::Open),
        (3_600, WindowOutcome::Fall),
        (4_200, WindowOutcome::Fall),
        (4_201, WindowOutcome::Missed),
        (-1, WindowOutcome::Open),
        (i64::MIN, WindowOutcome::Open),
    ] {
        let mut state = begun();
        let ts = START.saturating_add(secs);
        let outcome = state.observe(dollars(50), ts, percent(6));
        assert_eq!(outcome, expected, "after {secs} s");
        let is_next = state.window.start_ts == ts && state.window.price == dollars(50);
        assert_eq!(is_next, expected != WindowOutcome::Open);
    }
}

#[test]
fn the_shock_is_that_of_the_start() {
    let mut state = begun();
    // 5 % down: beyond the 4 % of the start, within the 6 % of now.
    let outcome = state.observe(dollars(95), START + 3_600, percent(6));
    assert_eq!(outcome, WindowOutcome::Fall);
    let outcome = state.observe(dollars(90), START + 7_200, percent(1));
    assert_eq!(outcome, WindowOutcome::Within);
}

#[test]
fn a_silence_counts_by_the_hour() {
    for (secs, hours) in [(4_201, 1), (7_199, 1), (7_200, 2), (360_000, 100)] {
        let mut state = begun();
        state.observe(dollars(1), START + secs, percent(4));
        assert_eq!(counts(&state), [0, 0, 0, hours]);
    }
    let mut state = begun();
    state.observe(dollars(1), i64::MAX, percent(4));
    assert_eq!(state.missed, u32::MAX);
}

#[test]
fn full_counters_stand_still_together() {
    let full = Exceedances {
        windows: u32::MAX,
        falls: 7,
        rises: 5,
        missed: u32::MAX,
        ..begun()
    };
    for (secs, price) in [(3_600, 50), (3_600, 200), (3_600, 100), (9_000, 100)] {
        let mut state = full;
        state.observe(dollars(price), START + secs, percent(4));
        assert_eq!(counts(&state), [u32::MAX, 7, 5, u32::MAX]);
        assert_eq!(state.window.start_ts, START + secs);
    }
    let mut state = Exceedances {
        windows: u32::MAX - 1,
        ..full
    };
    state.observe(dollars(50), START + 3_600, percent(4));
    assert_eq!(counts(&state), [u32::MAX, 8, 5, u32::MAX]);
}

#[test]
fn a_shock_that_does_not_fit_is_never_exceeded() {
    let window = ExceedanceWindow {
        price: Price(u128::MAX),
        u_mm: Fraction::MAX,
        start_ts: 0,
    };
    assert_eq!(window.judge(Price(1), 3_600), WindowOutcome::Within);
    let small = ExceedanceWindow {
        u_mm: Fraction::ZERO,
        ..window
    };
    assert_eq!(small.judge(Price(1), 3_600), WindowOutcome::Fall);
}

#[test]
fn another_feed_moves_the_window_along() {
    let mut state = begun();
    state.migrate(dollars(100), dollars(101), START + 60);
    assert_eq!(state.window.price, dollars(101));
    // 4.04 % of $101: $97 is within, $96 beyond.
    assert_eq!(
        state.window.judge(dollars(97), START + 3_600),
        WindowOutcome::Within
    );
    assert_eq!(
        state.window.judge(dollars(96), START + 3_600),
        WindowOutcome::Fall
    );
    assert_eq!(counts(&state), [0; 4]);

    // What cannot be moved is missed; without a window nothing is.
    for (old, new) in [
        (Price(0), dollars(1)),
        (dollars(1), Price(0)),
        (Price(1), Price(u128::MAX)),
    ] {
        let mut state = begun();
        state.migrate(old, new, START + 60);
        assert!(!state.window.is_open());
        assert_eq!(counts(&state), [0, 0, 0, 1]);
        state.migrate(dollars(1), dollars(1), START + 90_000);
        state.abandon(START + 90_000);
        assert_eq!(counts(&state), [0, 0, 0, 1]);
    }
}

#[test]
fn an_abandoned_window_counts_its_hours() {
    let mut state = begun();
    state.abandon(START + 11_000);
    assert_eq!(counts(&state), [0, 0, 0, 3]);
    let outcome = state.observe(dollars(10), START + 12_000, percent(4));
    assert_eq!(outcome, WindowOutcome::Begun);
    assert_eq!(counts(&state), [0, 0, 0, 3]);
}
