use super::*;
use crate::params::Scenario;

const Q32: i128 = 1 << 32;

fn scenario(weight_e9: u64, shock_e9: [i64; 8]) -> ScenarioCoefficients {
    ScenarioCoefficients::new(&Scenario {
        weight_e9,
        shock_e9,
    })
    .unwrap()
}

fn buckets(nets: &[(u8, i128)]) -> Buckets {
    let mut buckets = Buckets::default();
    for (bucket, net) in nets {
        buckets.add(*bucket, *net * Q32).unwrap();
    }
    buckets
}

#[test]
fn the_worst_is_the_largest_weighted_loss() {
    let book = buckets(&[(0, 1_000_000), (1, -400_000)]);
    let scenarios = [
        scenario(1_000_000_000, [-100_000_000, 0, 0, 0, 0, 0, 0, 0]),
        scenario(500_000_000, [-300_000_000, 200_000_000, 0, 0, 0, 0, 0, 0]),
        scenario(1_000_000_000, [500_000_000, 0, 0, 0, 0, 0, 0, 0]),
    ];
    let worst = book.worst(&scenarios).unwrap();
    assert_eq!(worst.index, 1);
    // ½ · (300,000 + 80,000)
    assert!(worst.loss_q32.abs_diff(190_000 << 32) < 16);
    assert_eq!(book.loss_q32(&scenarios[2]) >> 32, -500_000);
}

#[test]
fn gains_are_no_loss() {
    let gain = scenario(1_000_000_000, [100_000_000; 8]);
    assert_eq!(
        buckets(&[(3, 5_000_000)]).worst(&[gain]).unwrap().loss_q32,
        0
    );
    assert_eq!(buckets(&[]).worst(&[gain]).unwrap(), Worst::default());
    assert_eq!(
        buckets(&[(3, 5_000_000)]).worst(&[]).unwrap(),
        Worst::default()
    );
}

#[test]
fn equal_losses_name_the_lowest_index() {
    // 0.3 · 10 % and 0.1 · 30 % differ in their last binary digits only, either way.
    let (left, right) = (
        scenario(300_000_000, [-100_000_000; 8]),
        scenario(100_000_000, [-300_000_000; 8]),
    );
    for order in [[left, right], [right, left]] {
        let worst = buckets(&[(7, 1_234_567_890)]).worst(&order).unwrap();
        assert_eq!(worst.index, 0);
        let losses = order.map(|s| buckets(&[(7, 1_234_567_890)]).loss_q32(&s));
        assert_eq!(worst.loss_q32.cast_signed(), losses[0].max(losses[1]));
    }
}

#[test]
fn the_range_is_checked() {
    let mut book = Buckets::default();
    assert_eq!(book.add(8, 1), Err(RiskError::BucketOutOfBounds));
    let many = [scenario(1, [0; 8]); MAX_SCENARIOS + 1];
    assert_eq!(book.worst(&many), Err(RiskError::ScenarioOutOfBounds));
    assert!(book.worst(&many[1..]).is_ok());
}

#[test]
fn the_largest_books_do_not_overflow() {
    let mut book = Buckets::default();
    for bucket in 0..8 {
        for _ in 0..3 {
            book.add(bucket, 1 << 97).unwrap();
        }
    }
    let steep = scenario(1_000_000_000, [-8_000_000_000; 8]);
    let worst = book.worst(&[steep]).unwrap();
    assert_eq!(worst.loss_q32, 24 << 100); // 24 · 2^97 · 8
}
