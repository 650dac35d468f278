use super::*;
use crate::number::quantity::Price;
use crate::price::feed::{FeedRecord, STILL_SAMPLES};

const NOW: i64 = 1_700_000_000;

const STALE: Result<(), RiskError> = Err(RiskError::PriceStale);
const WIDE: Result<(), RiskError> = Err(RiskError::ConfidenceTooWide);
const FAR: Result<(), RiskError> = Err(RiskError::PriceFarFromEma);

fn with(price: u128, confidence: u128, ema: u128) -> Observation {
    Observation {
        price: Price(price),
        confidence: Price(confidence),
        ema: Price(ema),
        publish_ts: NOW,
    }
}

/// Price 100, confidence 0.05, EMA 100, published now.
fn usual() -> Observation {
    with(100_000_000_000_000, 50_000_000_000, 100_000_000_000_000)
}

/// By a standard at the reference parameters, where nothing was shown before it.
fn by(standard: PriceStandard, price: &Observation, now: i64) -> Result<(), RiskError> {
    FeedRecord::new(*price).check_price(standard, price, &OracleParams::reference(), now)
}

#[test]
fn ages_are_those_of_the_action() {
    let price = usual();
    let check = |age: i64| {
        [
            PriceStandard::Trade,
            PriceStandard::FillIncrease,
            PriceStandard::FillReduce,
            PriceStandard::Liquidation,
        ]
        .map(|standard| by(standard, &price, NOW + age).is_ok())
    };
    assert_eq!(check(5), [true, true, true, true]);
    assert_eq!(check(6), [true, false, false, true]);
    assert_eq!(check(15), [true, false, false, true]);
    assert_eq!(check(16), [true, false, false, false]);
    assert_eq!(check(60), [true, false, false, false]);
    assert_eq!(check(61), [false, false, false, false]);
    assert_eq!(by(PriceStandard::Trade, &price, NOW + 61), STALE);
}

#[test]
fn confidence_passes_at_its_limit_and_fails_just_above() {
    let p = 100_000_000_000_000;
    let check = |c| {
        let price = with(p, c, p);
        [
            PriceStandard::Trade,
            PriceStandard::FillReduce,
            PriceStandard::Liquidation,
        ]
        .map(|standard| by(standard, &price, NOW))
    };
    assert_eq!(check(p / 100), [Ok(()), Ok(()), Ok(())]);
    assert_eq!(check(p / 100 + 1), [WIDE, Ok(()), Ok(())]);
    assert_eq!(check(p / 50), [WIDE, Ok(()), Ok(())]);
    assert_eq!(check(p / 50 + 1), [WIDE, Ok(()), WIDE]);
    assert_eq!(check(3 * p / 100), [WIDE, Ok(()), WIDE]);
    assert_eq!(check(3 * p / 100 + 1), [WIDE, WIDE, WIDE]);
    let above = with(p, p / 100 + 1, p);
    assert_eq!(by(PriceStandard::FillIncrease, &above, NOW), WIDE);
    assert_eq!(by(PriceStandard::LiquidityByOther, &above, NOW), WIDE);
}

#[test]
fn ema_band_is_relative_to_the_ema_on_both_sides() {
    let e = 100_000_000_000_000;
    for (price, trade, liquidation) in [
        (105 * e / 100, Ok(()), Ok(())),
        (105 * e / 100 + 1, FAR, Ok(())),
        (95 * e / 100, Ok(()), Ok(())),
        (95 * e / 100 - 1, FAR, Ok(())),
        (120 * e / 100, FAR, Ok(())),
        (120 * e / 100 + 1, FAR, FAR),
        (80 * e / 100, FAR, Ok(())),
        (80 * e / 100 - 1, FAR, FAR),
    ] {
        let o = with(price, 0, e);
        assert_eq!(by(PriceStandard::Trade, &o, NOW), trade, "{price}");
        assert_eq!(by(PriceStandard::FillIncrease, &o, NOW), trade, "{price}");
        let by_other = by(PriceStandard::LiquidityByOther, &o, NOW);
        assert_eq!(by_other, trade, "{price}");
        assert_eq!(by(PriceStandard::FillReduce, &o, NOW), Ok(()), "{price}");
        assert_eq!(
            by(PriceStandard::Liquidation, &o, NOW),
            liquidation,
            "{price}"
        );
        assert_eq!(
            PriceStandard::Liquidation.is_near_ema(&o, &OracleParams::reference()),
            liquidation.is_ok(),
            "{price}"
        );
    }
}

#[test]
fn an_lps_request_executed_by_another_asks_for_the_younger_of_both_ages() {
    let ages = |trade, liquidation| OracleParams {
        age_trade_secs: trade,
        age_liquidation_secs: liquidation,
        ..OracleParams::reference()
    };
    let by_other = |params: &OracleParams, age| {
        PriceStandard::LiquidityByOther.check_limits(&usual(), params, NOW + age)
    };
    for params in [ages(60, 15), ages(15, 60)] {
        assert_eq!(by_other(&params, 15), Ok(()));
        assert_eq!(by_other(&params, 16), STALE);
    }
}

#[test]
fn either_accepts_what_one_of_both_does_and_tells_why_a_trade_does_not() {
    let e = 100_000_000_000_000;
    let either = |price: &Observation, age| by(PriceStandard::Either, price, NOW + age);
    assert_eq!(either(&usual(), 60), Ok(()), "too old to liquidate");
    assert_eq!(either(&with(110 * e / 100, 0, e), 15), Ok(()), "far");
    assert_eq!(either(&with(e, e / 50, e), 15), Ok(()), "wide");
    assert_eq!(either(&usual(), 61), STALE);
    assert_eq!(either(&with(110 * e / 100, 0, e), 16), FAR);
    assert_eq!(either(&with(e, e / 50, e), 16), WIDE);
}

#[test]
fn other_assets_of_an_account_that_reduces_are_not_judged() {
    let worst = with(1, 1_000, 1_000_000);
    assert_eq!(by(PriceStandard::BesideReduce, &worst, i64::MAX), Ok(()));
}

#[test]
fn a_price_that_stands_still_may_be_reduced_at_and_nothing_else() {
    let known = FeedRecord {
        still_samples: STILL_SAMPLES,
        ..FeedRecord::new(usual())
    };
    for (standard, expected) in [
        (PriceStandard::Trade, Err(RiskError::PriceStandsStill)),
        (
            PriceStandard::FillIncrease,
            Err(RiskError::PriceStandsStill),
        ),
        (PriceStandard::FillReduce, Ok(())),
        (PriceStandard::BesideReduce, Ok(())),
        (PriceStandard::Liquidation, Err(RiskError::PriceStandsStill)),
        (
            PriceStandard::LiquidityByOther,
            Err(RiskError::PriceStandsStill),
        ),
        (PriceStandard::Either, Err(RiskError::PriceStandsStill)),
    ] {
        let checked = known.check_price(standard, &usual(), &OracleParams::reference(), NOW);
        assert_eq!(checked, expected, "{standard:?}");
    }
}

#[test]
fn a_sample_asks_for_age_and_confidence_alone() {
    let params = crate::params::AssetParams::reference().sample;
    let limits = PriceLimits::of_sample(&params);
    let p = 1_000_000_000;
    let widest = p * u128::from(params.max_conf_e9) / 1_000_000_000;
    let age = i64::from(params.max_age_secs);
    let price = with(p, widest, 1);
    assert_eq!(limits.check_age(&price, NOW + age), Ok(()));
    assert_eq!(limits.check_age(&price, NOW + age + 1), STALE);
    assert_eq!(limits.check_confidence(&price), Ok(()));
    assert_eq!(limits.check_confidence(&with(p, widest + 1, 1)), WIDE);
    assert_eq!(limits.check_ema(&price), Ok(()));
}
