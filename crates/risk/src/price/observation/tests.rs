use super::*;
use crate::price::feed::FeedRecord;

const NOW: i64 = 1_700_000_000;

fn params() -> OracleParams {
    OracleParams::reference()
}

/// Price 100, confidence 0.05, EMA 100, published now.
fn usual() -> Observation {
    Observation::from_pyth(10_000_000_000, 5_000_000, 10_000_000_000, -8, NOW).unwrap()
}

/// By the row "flag, liquidate", where nothing was shown before it.
fn by_liquidation(update: &Observation, now: i64) -> Result<(), RiskError> {
    FeedRecord::new(*update).check_liquidation(update, &params(), now)
}

fn with(price: u128, confidence: u128, ema: u128) -> Observation {
    Observation {
        price: Price(price),
        confidence: Price(confidence),
        ema: Price(ema),
        publish_ts: NOW,
    }
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
    assert_eq!(
        old.check_trade(&params(), i64::MAX),
        Err(RiskError::PriceStale)
    );
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
fn ages_are_those_of_the_action() {
    let o = usual();
    let check = |age: i64| {
        (
            o.check_trade(&params(), NOW + age).is_ok(),
            o.check_fill(&params(), NOW + age, FillKind::Increase)
                .is_ok(),
            o.check_fill(&params(), NOW + age, FillKind::Reduce).is_ok(),
            by_liquidation(&o, NOW + age).is_ok(),
        )
    };
    assert_eq!(check(5), (true, true, true, true));
    assert_eq!(check(6), (true, false, false, true));
    assert_eq!(check(15), (true, false, false, true));
    assert_eq!(check(16), (true, false, false, false));
    assert_eq!(check(60), (true, false, false, false));
    assert_eq!(check(61), (false, false, false, false));
    assert_eq!(
        o.check_trade(&params(), NOW + 61),
        Err(RiskError::PriceStale)
    );
}

#[test]
fn confidence_passes_at_its_limit_and_fails_just_above() {
    let p = 100_000_000_000_000;
    let check = |c| {
        let o = with(p, c, p);
        (
            o.check_trade(&params(), NOW),
            o.check_fill(&params(), NOW, FillKind::Reduce),
            by_liquidation(&o, NOW),
        )
    };
    let wide = Err(RiskError::ConfidenceTooWide);
    assert_eq!(check(p / 100), (Ok(()), Ok(()), Ok(())));
    assert_eq!(check(p / 100 + 1), (wide, Ok(()), Ok(())));
    assert_eq!(check(p / 50), (wide, Ok(()), Ok(())));
    assert_eq!(check(p / 50 + 1), (wide, Ok(()), wide));
    assert_eq!(check(3 * p / 100), (wide, Ok(()), wide));
    assert_eq!(check(3 * p / 100 + 1), (wide, wide, wide));
    let increase = with(p, p / 100 + 1, p).check_fill(&params(), NOW, FillKind::Increase);
    assert_eq!(increase, wide);
}

#[test]
fn ema_band_is_relative_to_the_ema_on_both_sides() {
    let e = 100_000_000_000_000;
    let far = Err(RiskError::PriceFarFromEma);
    for (price, trade, liquidation) in [
        (105 * e / 100, Ok(()), Ok(())),
        (105 * e / 100 + 1, far, Ok(())),
        (95 * e / 100, Ok(()), Ok(())),
        (95 * e / 100 - 1, far, Ok(())),
        (120 * e / 100, far, Ok(())),
        (120 * e / 100 + 1, far, far),
        (80 * e / 100, far, Ok(())),
        (80 * e / 100 - 1, far, far),
    ] {
        let o = with(price, 0, e);
        assert_eq!(o.check_trade(&params(), NOW), trade, "{price}");
        assert_eq!(
            o.check_fill(&params(), NOW, FillKind::Increase),
            trade,
            "{price}"
        );
        assert_eq!(
            o.check_fill(&params(), NOW, FillKind::Reduce),
            Ok(()),
            "{price}"
        );
        assert_eq!(by_liquidation(&o, NOW), liquidation, "{price}");
        assert_eq!(
            o.is_beyond_liquidation_ema(&params()),
            liquidation.is_err(),
            "{price}"
        );
    }
}

#[test]
fn largest_values_compare_without_overflow() {
    let huge = Observation::from_pyth(i64::MAX, u64::MAX, 1, 0, NOW).unwrap();
    assert_eq!(
        huge.check_trade(&params(), NOW),
        Err(RiskError::ConfidenceTooWide)
    );
    assert_eq!(huge.check_ema(u64::MAX), Err(RiskError::PriceFarFromEma));
    assert_eq!(huge.check_confidence(u64::MAX), Ok(()));
    let low_price = Observation::from_pyth(1, u64::MAX, i64::MAX, -12, NOW).unwrap();
    assert_eq!(
        low_price.check_confidence(u64::MAX),
        Err(RiskError::ConfidenceTooWide)
    );
    assert_eq!(low_price.check_ema(E9), Ok(()));
    assert_eq!(low_price.check_ema(E9 - 1), Err(RiskError::PriceFarFromEma));
}
