use super::*;

fn scenario(shock: [i64; 8]) -> ScenarioCoefficients {
    ScenarioCoefficients { shock }
}

#[test]
fn an_asset_moves_only_to_a_column_that_is_nowhere_harder() {
    let scenarios = [
        scenario([-30, -30, -29, -31, 0, 1, -30, -30]),
        scenario([20, 20, 0, 20, 20, 20, 21, -1]),
    ];
    let check = |from, to| check_bucket_change(&scenarios, BucketMove { from, to });
    let refused = Err(RiskError::BucketOutOfBounds);
    assert_eq!(check(0, 0), Ok(()));
    assert_eq!(check(0, 1), Ok(()));
    assert_eq!(check(0, 2), Ok(()));
    assert_eq!(check(2, 0), refused);
    assert_eq!(check(0, 3), refused); // a deeper fall
    assert_eq!(check(0, 4), Ok(()));
    assert_eq!(check(0, 5), refused); // a rise in place of a fall
    assert_eq!(check(0, 6), refused); // a higher rise
    assert_eq!(check(0, 7), refused); // a fall in place of a rise
    assert_eq!(check(0, 8), refused);
    assert_eq!(check(8, 0), refused);
    assert_eq!(
        check_bucket_change(&[], BucketMove { from: 0, to: 7 }),
        Ok(())
    );
    assert_eq!(
        check_bucket_change(&[], BucketMove { from: 0, to: 8 }),
        refused
    );
}
