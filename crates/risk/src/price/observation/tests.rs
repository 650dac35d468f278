use super::*;
use crate::params::OracleParams;
use crate::price::standard::PriceStandard;

const NOW: i64 = 1_700_000_000;

/// Price 100, confidence 0.05, EMA 100, published now.
fn usual() -> Observation {
    Observation::from_pyth(10_000_000_000, 5_000_000, 10_000_000_000, -8, NOW).unwrap()
}

#[test]
fn pyth_prices_are_converted_exactly() {
    let o = usual();
    assert_eq!(o.price, Price(100_000_000_000_000));
    assert_eq!(o.confidence, Price(50_000_000_000));
    assert_eq!(o.ema, Price(100_000_000_000_000));
    let tiny = Observation::from_pyth(1, 0, 1, -12, NOW).unwrap();
    assert_eq!((tiny.price, tiny.confidence), (Price(1), Price(0)));
    let huge = Observation::from_pyth(i64::MAX, u64::MAX, i64::MAX, 0, NOW).unwrap();
    assert_eq!(
        huge.price,
        Price(9_223_372_036_854_775_807 * 10u128.pow(12))
    );
    assert_eq!(
        huge.confidence,
        Price(18_446_744_073_709_551_615 * 10u128.pow(12))
    );
}

#[test]
fn unusable_pyth_values_are_refused() {
    let make = |p, e, x| Observation::from_pyth(p, 0, e, x, NOW).map(|_| ());
    for price in [0, -1, i64::MIN] {
        assert_eq!(make(price, 1, 0), Err(RiskError::PriceNotPositive));
        assert_eq!(make(1, price, 0), Err(RiskError::EmaNotPositive));
    }
    for exponent in [-13, 1, i32::MIN, i32::MAX] {
        assert_eq!(make(1, 1, exponent), Err(RiskError::ExponentOutOfRange));
    }
    assert_eq!((make(1, 1, -12), make(1, 1, 0)), (Ok(()), Ok(())));
}

#[test]
fn future_and_order_are_checked_at_the_second() {
    let o = usual();
    assert_eq!(o.check_order(NOW - 5, 5, NOW), Ok(()));
    assert_eq!(
        o.check_order(NOW - 6, 5, NOW),
        Err(RiskError::PriceFromFuture)
    );
    assert_eq!(
        o.check_order(NOW, 5, NOW + 1),
        Err(RiskError::PriceOlderThanRecorded)
    );
    assert_eq!(o.age_secs(NOW - 5), 0);
    assert_eq!(o.age_secs(NOW + 7), 7);
    let old = Observation {
        publish_ts: i64::MIN,
        ..o
    };
    assert_eq!(old.age_secs(i64::MAX), u64::try_from(i64::MAX).unwrap());
    let by_trade = PriceStandard::Trade.check_limits(&old, &OracleParams::reference(), i64::MAX);
    assert_eq!(by_trade, Err(RiskError::PriceStale));
    let late = Observation {
        publish_ts: i64::MAX,
        ..o
    };
    assert_eq!(late.check_not_from_future(i64::MAX, 5), Ok(()));
    assert_eq!(
        late.check_not_from_future(i64::MIN, 5),
        Err(RiskError::PriceFromFuture)
    );
}

#[test]
fn largest_values_compare_without_overflow() {
    let huge = Observation::from_pyth(i64::MAX, u64::MAX, 1, 0, NOW).unwrap();
    let by_trade = PriceStandard::Trade.check_limits(&huge, &OracleParams::reference(), NOW);
    assert_eq!(by_trade, Err(RiskError::ConfidenceTooWide));
    assert!(!huge.is_near_ema(u64::MAX));
    assert!(huge.is_confident_within(u64::MAX));
    let low_price = Observation::from_pyth(1, u64::MAX, i64::MAX, -12, NOW).unwrap();
    assert!(!low_price.is_confident_within(u64::MAX));
    assert!(low_price.is_near_ema(E9));
    assert!(!low_price.is_near_ema(E9 - 1));
}
