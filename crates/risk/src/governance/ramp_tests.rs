use super::*;

const NOW: i64 = 1_700_000_000;

#[test]
fn the_least_shock_is_the_bound_of_the_floor() {
    assert_eq!(LEAST_SHOCK, Fraction::from_e9_floor(S_FLOOR_E9[0]).unwrap());
}

#[test]
fn a_ramp_takes_a_day_or_longer_and_nothing_takes_none() {
    let secs = |secs| {
        let window = RampWindow::new(NOW, secs);
        assert_eq!(window.start_ts, NOW);
        window.end_ts - NOW
    };
    assert_eq!(secs(0), 0);
    assert_eq!(secs(1), 86_400);
    assert_eq!(secs(86_400), 86_400);
    assert_eq!(secs(86_401), 86_401);
    assert_eq!(RampWindow::new(NOW, u64::MAX).end_ts, i64::MAX);
    assert_eq!(RampWindow::new(i64::MIN, u64::MAX).end_ts, i64::MAX);
}

#[test]
fn a_tenth_takes_a_day_and_double_takes_ten() {
    assert_eq!(secs_to_grow(0, 0), 0);
    assert_eq!(secs_to_grow(0, 5), 0);
    assert_eq!(secs_to_grow(1, 10), 86_400);
    assert_eq!(secs_to_grow(10, 10), 864_000);
    assert_eq!(secs_to_grow(1, 864_001), 1); // up
    assert_eq!(secs_to_grow(7, 0), 864_000);
    assert_eq!(secs_to_grow(u64::MAX, 1), u64::MAX);
}

#[test]
fn progress_is_none_before_half_in_the_middle_and_all_at_the_end() {
    let window = RampWindow {
        start_ts: NOW,
        end_ts: NOW + 100_000,
    };
    let share = |secs| window.progress(NOW + secs).part_of(1 << 40);
    assert_eq!(share(-1), 0);
    assert_eq!(share(0), 0);
    assert_eq!(share(50_000), 1 << 39);
    assert!(share(99_999) < 1 << 40);
    assert_eq!(share(100_000), 1 << 40);
    assert!(window.progress(NOW + 100_000).is_done());
    assert!(!window.progress(NOW + 99_999).is_done());
    // A third, down.
    let third = RampWindow {
        start_ts: 0,
        end_ts: 3,
    };
    assert_eq!(third.progress(1).part_of(1 << 32), 0x5555_5555);
    // No ramp, and the longest of all.
    assert!(RampWindow::default().progress(0).is_done());
    let ages = RampWindow {
        start_ts: i64::MIN,
        end_ts: i64::MAX,
    };
    assert_eq!(ages.progress(0).part_of(1 << 32), 1 << 31);
    // A second of it moves no more than its share.
    assert_eq!(ages.progress(i64::MIN + 1).part_of(u64::MAX), 1);
    assert_eq!(ages.elapsed_secs(i64::MAX), u64::MAX);
    assert_eq!(ages.elapsed_secs(i64::MIN), 0);
}

#[test]
fn values_are_exact_at_both_ends_and_on_the_safe_side_between() {
    let (small, large) = (Fraction::from_bits(100), Fraction::from_bits(103));
    let at = |secs| {
        RampWindow {
            start_ts: 0,
            end_ts: 4,
        }
        .progress(secs)
    };
    let rising = [0, 1, 2, 3, 4].map(|secs| at(secs).between(small, large).to_bits());
    assert_eq!(rising, [100, 100, 101, 102, 103]);
    let falling = [0, 1, 2, 3, 4].map(|secs| at(secs).between(large, small).to_bits());
    assert_eq!(falling, [103, 103, 102, 101, 100]);
    let all = at(3).between(Fraction::ZERO, Fraction::MAX).to_bits();
    assert_eq!(all, u64::MAX / 4 * 3 + 2); // ⌊¾·(2^64 − 1)⌋
}
