use super::*;

#[test]
fn the_first_time_is_found_to_the_second() {
    for since in [-5, 0, 1, 3_599, 3_600, 3_601, 1_000_000_007, i64::MAX] {
        assert_eq!(first(0, |ts| ts >= since), Some(since.max(0)), "{since}");
    }
    assert_eq!(first(7, |ts| ts >= 9), Some(9));
    assert_eq!(first(0, |_| false), None);
}
