use super::*;
use crate::number::quantity::Price;

const NOW: i64 = 1_700_000_000;

/// A price update of this price, confidence and EMA in whole units, published so many seconds after [`NOW`].
fn update(price: u128, confidence: u128, ema: u128, at: i64) -> Observation {
    Observation {
        price: Price(price),
        confidence: Price(confidence),
        ema: Price(ema),
        publish_ts: NOW + at,
    }
}

fn usual(at: i64) -> Observation {
    update(10_000, 5, 10_000, at)
}

/// 1.5 % wide, at $100.50: a liquidation accepts it and a trade does not.
fn wide(at: i64) -> Observation {
    update(10_050, 150, 10_000, at)
}

fn record(updates: &[Observation]) -> FeedRecord {
    let after =
        |record: FeedRecord, one: &Observation| record.after(one, &OracleParams::reference());
    updates.iter().fold(FeedRecord::new(usual(0)), after)
}

fn counted(
    standard: PriceStandard,
    shown: Option<Observation>,
    known: &FeedRecord,
    at: i64,
) -> CountedPrice {
    let moves = PriceMoves {
        k_e9: 3_000_000_000,
        sigma_im: Fraction::from_e9_ceil(10_000_000).unwrap(), // 1 %
    };
    let params = OracleParams::reference();
    CountedPrice::choose(standard, shown, known, &params, moves, NOW + at)
}

/// The price that counts, whether a trade may use it, and how a liquidation counts it.
fn all(
    standard: PriceStandard,
    shown: Option<Observation>,
    known: &FeedRecord,
    at: i64,
) -> (Observation, bool, Standing) {
    let counted = counted(standard, shown, known, at);
    (
        counted.observation,
        counted.usable_initial,
        counted.standing,
    )
}

#[test]
fn a_fresh_price_counts_by_every_standard_that_accepts_it() {
    let (known, fresh) = (record(&[]), usual(10));
    let unknown = Standing::Unknown;
    for (standard, usable_initial, standing) in [
        (PriceStandard::Trade, true, unknown),
        (PriceStandard::LiquidityByOther, true, unknown),
        (PriceStandard::FillIncrease, true, unknown),
        (PriceStandard::FillReduce, false, unknown),
        (PriceStandard::BesideReduce, false, unknown),
        (PriceStandard::Liquidation, false, Standing::Usable),
        (PriceStandard::Either, true, Standing::Usable),
    ] {
        let expected = (fresh, usable_initial, standing);
        assert_eq!(
            all(standard, Some(fresh), &known, 10),
            expected,
            "{standard:?}"
        );
        assert_eq!(known.newest_for(standard, Some(fresh)), fresh);
    }
}

#[test]
fn the_recorded_price_answers_for_what_a_trade_does_not_accept() {
    let known = record(&[]);
    // Too wide to trade: the recorded price counts, unusable; a fill keeps what it was asked to use.
    assert_eq!(
        all(PriceStandard::Trade, Some(wide(10)), &known, 10),
        (usual(0), false, Standing::Unknown)
    );
    assert_eq!(
        all(PriceStandard::FillIncrease, Some(wide(10)), &known, 10),
        (wide(10), false, Standing::Unknown)
    );
    // Nothing shown: usable while it is young enough.
    for (at, usable) in [(60, true), (61, false)] {
        assert_eq!(
            all(PriceStandard::Trade, None, &known, at),
            (usual(0), usable, Standing::Unknown)
        );
    }
}

#[test]
fn where_only_a_liquidation_accepts_the_newest_each_judges_a_price_of_its_own() {
    let known = record(&[wide(10)]);
    for (shown, to_trade) in [(Some(usual(7)), usual(7)), (None, usual(0))] {
        assert_eq!(
            all(PriceStandard::Trade, shown, &known, 10),
            (to_trade, true, Standing::Unknown)
        );
        assert_eq!(
            all(PriceStandard::Liquidation, shown, &known, 10),
            (wide(10), false, Standing::Usable)
        );
        assert_eq!(
            all(PriceStandard::Either, shown, &known, 10),
            (wide(10), true, Standing::Usable)
        );
        // A liquidation no longer accepts it, and a trade still its own.
        assert_eq!(
            all(PriceStandard::Either, shown, &known, 26),
            (to_trade, true, Standing::Unknown)
        );
        for standard in [PriceStandard::Either, PriceStandard::BesideReduce] {
            let apart = counted(standard, shown, &known, 10).to_trade;
            assert_eq!(apart, Some(to_trade), "{standard:?}");
        }
        let newest = [PriceStandard::FillReduce, PriceStandard::BesideReduce];
        for standard in newest {
            assert_eq!(known.newest_for(standard, shown), wide(10));
            assert_eq!(counted(standard, shown, &known, 10).observation, wide(10));
        }
    }
    let newer = counted(PriceStandard::Either, Some(usual(11)), &known, 11);
    assert_eq!((newer.observation, newer.to_trade), (usual(11), None));
}

#[test]
fn either_counts_the_doubtful_price_where_a_trade_has_none() {
    let known = record(&[]);
    let far = update(13_000, 5, 10_000, 10);
    assert_eq!(
        all(PriceStandard::Either, Some(far), &known, 10),
        (far, false, Standing::Far)
    );
    assert_eq!(
        all(PriceStandard::Either, None, &known, 61),
        (usual(0), false, Standing::Unknown)
    );
    // A trade's price counts before one that a liquidation may not use.
    assert_eq!(
        all(PriceStandard::Either, Some(usual(10)), &known, 30),
        (usual(10), true, Standing::Unknown)
    );
}

#[test]
fn the_short_way_answers_only_for_fresh_prices() {
    let known = record(&[usual(5)]);
    let params = OracleParams::reference();
    let fresh = |standard, shown, still, at| {
        let beside = (known.recorded.publish_ts, still);
        CountedPrice::choose_fresh(standard, shown, beside, &params, NOW + at)
    };
    for standard in [
        PriceStandard::Trade,
        PriceStandard::FillIncrease,
        PriceStandard::Liquidation,
        PriceStandard::Either,
    ] {
        let choice = counted(standard, Some(usual(6)), &known, 10);
        assert_eq!(fresh(standard, Some(usual(6)), 0, 10), Some(choice));
        assert_eq!(fresh(standard, Some(usual(6)), STILL_SAMPLES, 10), None);
        assert_eq!(fresh(standard, Some(usual(4)), 0, 10), None, "older");
        assert_eq!(fresh(standard, None, 0, 10), None);
        assert_eq!(fresh(standard, Some(usual(6)), 0, 67), None, "stale");
    }
    assert_eq!(fresh(PriceStandard::Either, Some(usual(6)), 0, 30), None);
}
