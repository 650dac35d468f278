use super::*;

#[test]
fn a_move_over_a_gap_counts_in_the_tail_and_not_in_a_correlation() {
    let point = |ts: i64, close: f64| Point {
        ts,
        close,
        price: freeboard_risk::number::quantity::Price(1),
        unit_shock: Default::default(),
        sigma_c: 0.01,
        sigma_fast: 0.01,
    };
    let points = [point(0, 100.0), point(3_600, 101.0), point(18_000, 50.5)];
    let residuals: Vec<f64> = residuals(&points).collect();
    assert!((residuals[0] - 1.0).abs() < 1e-9);
    assert!(
        (residuals[1] - 25.0).abs() < 1e-9,
        "half over 2 %, σ of 4 h"
    );
    let hourly = filtered(&points);
    assert_eq!((hourly.len(), hourly[0].0), (1, 3_600));
}
