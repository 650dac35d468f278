use super::*;
use crate::number::quantity::{Fraction, Price};
use crate::price::counted::PriceMoves;
use crate::price::standing::Standing;

const NOW: i64 = 1_700_000_000;

fn limits() -> OracleParams {
    OracleParams::reference()
}

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

fn record() -> FeedRecord {
    FeedRecord::new(usual(0))
}

fn shown(record: FeedRecord, updates: &[Observation]) -> FeedRecord {
    let after = |record: FeedRecord, update: &Observation| record.after(update, &limits());
    updates.iter().fold(record, after)
}

fn judged(record: &FeedRecord, update: Option<Observation>, at: i64) -> (Observation, Standing) {
    let sigma = Fraction::from_e9_ceil(10_000_000).unwrap(); // 1 %
    let moves = PriceMoves {
        k_e9: 3_000_000_000,
        sigma_im: sigma,
    };
    let judged = record.stand(update, &limits(), moves, NOW + at);
    (judged.price, judged.standing)
}

#[test]
fn the_recorded_price_answers_for_an_older_one() {
    let record = record();
    for older in [Some(update(9_000, 5, 9_000, -1)), None] {
        assert_eq!(judged(&record, older, 15), (usual(0), Standing::Usable));
        assert_eq!(judged(&record, older, 16), (usual(0), Standing::Unknown));
    }
    let newer = update(11_000, 5, 11_000, 1);
    assert_eq!(judged(&record, Some(newer), 16), (newer, Standing::Usable));
    assert_eq!(
        judged(&record, Some(newer), 17),
        (usual(0), Standing::Unknown)
    );
}

#[test]
fn a_fresh_update_that_is_wide_or_far_counts_as_such() {
    let record = record();
    for (price, confidence, ema, standing) in [
        (10_000, 200, 10_000, Standing::Usable),
        (10_000, 201, 10_000, Standing::Wide),
        (12_000, 0, 10_000, Standing::Usable),
        (12_001, 0, 10_000, Standing::Far),
        (12_001, 1_000, 10_000, Standing::Far),
        (7_999, 0, 10_000, Standing::Far),
    ] {
        let update = update(price, confidence, ema, 20);
        assert_eq!(judged(&record, Some(update), 20), (update, standing));
        // Too old to be fresh.
        assert_eq!(
            judged(&record, Some(update), 36),
            (usual(0), Standing::Unknown)
        );
    }
}

#[test]
fn only_a_price_that_some_row_accepts_is_recorded_and_any_update_is_seen() {
    let wide = update(10_000, 300, 10_000, 5);
    let far = update(13_000, 5, 10_000, 6);
    let after = shown(record(), &[wide, far]);
    assert_eq!((after.recorded, after.shown_ts), (usual(0), NOW + 6));
    // Nor do they shut out a price that is published before them.
    let between = update(10_100, 5, 10_000, 3);
    let after = shown(after, &[between]);
    assert_eq!((after.recorded, after.shown_ts), (between, NOW + 6));
    assert_eq!((after.tradable, between), (between, after.recorded));
    let older = shown(after, &[usual(2)]);
    assert_eq!(older, after, "older than the recorded one");
}

/// 1.5 % wide, at $100.50: a liquidation accepts it and a trade does not.
fn wide(at: i64) -> Observation {
    update(10_050, 150, 10_000, at)
}

#[test]
fn a_update_that_only_a_liquidation_accepts_shuts_no_trade_out() {
    let after = shown(record(), &[wide(10)]);
    assert_eq!((after.recorded, after.tradable), (wide(10), usual(0)));
    // For a liquidation it answers for every older one.
    for older in [Some(usual(7)), None] {
        assert_eq!(judged(&after, older, 10), (wide(10), Standing::Usable));
    }
    // For a trade a narrower one of before it counts, but none of before the newest that a trade accepts.
    for (update, counts) in [
        (Some(usual(7)), usual(7)),
        (Some(usual(0)), usual(0)),
        (Some(update(10_000, 5, 10_000, -1)), usual(0)),
        (None, usual(0)),
        (Some(wide(11)), wide(11)),
    ] {
        assert_eq!(after.newest_to_trade(update), counts, "{update:?}");
    }
    // It is the newest for a trade from then on, and a newer one for both rows.
    let later = shown(after, &[usual(7)]);
    assert_eq!((later.recorded, later.tradable), (wide(10), usual(7)));
    assert_eq!(later.newest_to_trade(Some(usual(5))), usual(7));
    let both = shown(later, &[usual(12)]);
    assert_eq!((both.recorded, both.tradable), (usual(12), usual(12)));
}

#[test]
fn no_price_of_before_a_move_counts_after_it() {
    // What a wide price update excludes by its own interval, P ± C.
    let after = shown(record(), &[wide(10)]);
    for (price, counts) in [
        (9_900, true),
        (9_899, false),
        (10_200, true),
        (10_201, false),
    ] {
        let older = update(price, 5, 10_000, 7);
        let expected = if counts { older } else { wide(10) };
        assert_eq!(after.newest_to_trade(Some(older)), expected, "{price}");
    }
    // A narrow one so far from its EMA that only a liquidation accepts it: the market has moved.
    let fallen = shown(record(), &[update(9_200, 5, 10_000, 10)]);
    assert_eq!(
        (fallen.recorded.publish_ts, fallen.tradable),
        (NOW + 10, usual(0))
    );
    for older in [Some(usual(9)), None] {
        assert_eq!(fallen.newest_to_trade(older), fallen.recorded);
    }
}

#[test]
fn the_band_is_waived_after_an_unbroken_run_beyond_it() {
    let far = |at| update(7_900, 5, 10_000, at);
    let refused = Err(RiskError::PriceFarFromEma);
    let by_liquidation = |record: &FeedRecord, update: &Observation, at| {
        record.check_price(PriceStandard::Liquidation, update, &limits(), NOW + at)
    };
    let check = |record: &FeedRecord, at| by_liquidation(record, &far(at), at);
    // Shown each minute: waived after five.
    let mut record = record();
    for at in (10..310).step_by(60) {
        record = shown(record, &[far(at)]);
        assert_eq!(record.beyond_since_ts, NOW + 10);
    }
    assert_eq!(check(&record, 309), refused);
    assert_eq!(check(&record, 310), Ok(()));
    assert_eq!(check(&record, 311), refused, "61 s after the last one");
    assert_eq!(shown(record, &[far(310)]).recorded, far(310));
    // The waiver covers the EMA only.
    let wide = update(7_900, 500, 10_000, 310);
    let by_width = by_liquidation(&record, &wide, 310);
    assert_eq!(by_width, Err(RiskError::ConfidenceTooWide));
    // A gap of more than a minute begins anew; a price update inside the band ends it, an older one does not.
    assert_eq!(shown(record, &[far(311)]).beyond_since_ts, NOW + 311);
    assert_eq!(shown(record, &[usual(300)]).beyond_since_ts, NOT_BEYOND);
    assert_eq!(shown(record, &[usual(249)]).beyond_since_ts, NOW + 10);
}

#[test]
fn an_absence_counts_in_time_unless_a_newer_update_is_shown() {
    let record = record();
    let announce = |record: &FeedRecord, update, at| record.announced(update, &limits(), NOW + at);
    assert_eq!(announce(&record, None, 15), Err(RiskError::FeedNotAbsent));
    assert_eq!(
        announce(&record, Some(usual(1)), 16),
        Err(RiskError::FeedNotAbsent)
    );
    // A price update that nobody would record shows the feed alive too.
    let wide = shown(record, &[update(10_000, 900, 10_000, 10)]);
    assert_eq!(announce(&wide, None, 25), Err(RiskError::FeedNotAbsent));
    let absent = announce(&record, None, 100).unwrap();
    assert_eq!(
        announce(&absent, None, 200),
        Err(RiskError::AbsenceAnnounced)
    );
    assert_eq!(judged(&absent, None, 414).1, Standing::Unknown);
    let (price, standing) = judged(&absent, None, 415);
    let Standing::Absent { share } = standing else {
        panic!("{standing:?}")
    };
    // 3 · 1 % · √(415/3600)
    assert_eq!((price, share.to_e9_ceil()), (usual(0), 10_185_775));
    // Shown but old, from before the announcement: it proves nothing of now. Published after it, it does.
    assert!(matches!(
        judged(&absent, Some(usual(100)), 415).1,
        Standing::Absent { .. }
    ));
    assert_eq!(judged(&absent, Some(usual(101)), 415).1, Standing::Unknown);
    let known = shown(absent, &[usual(100)]);
    assert_eq!(
        (known.recorded, known.absent_since_ts),
        (usual(100), NOW + 100)
    );
    for refuting in [usual(101), update(10_000, 9_000, 10_000, 101)] {
        assert_eq!(shown(absent, &[refuting]).absent_since_ts, NOT_ABSENT);
    }
    assert!(
        absent.is_absent_for(86_400, NOW + 86_500) && !absent.is_absent_for(86_400, NOW + 86_499)
    );
}

#[test]
fn a_price_and_ema_that_stand_still_are_no_news() {
    let mut record = record();
    for sample in 1..=i64::from(STILL_SAMPLES) {
        assert_eq!(record.check_moves(&usual(300 * sample)), Ok(()));
        record = sampled(record, &usual(300 * sample));
    }
    let again = usual(2_000);
    let still = Err(RiskError::PriceStandsStill);
    let at = |record: &FeedRecord, update| {
        record.check_price(PriceStandard::Trade, &update, &limits(), NOW + 2_000)
    };
    assert_eq!(at(&record, again), still);
    assert_eq!(judged(&record, Some(again), 2_000), (again, Standing::Far));
    assert_eq!(shown(record, &[again]).recorded, record.recorded);
    // Either of both has moved.
    for moved in [
        update(10_001, 5, 10_000, 2_000),
        update(10_000, 5, 10_001, 2_000),
    ] {
        assert_eq!(at(&record, moved), Ok(()));
        let after = shown(record, &[moved]);
        assert_eq!((after.still_samples, after.recorded), (0, moved));
    }
    // One of before the recorded price shows no move since.
    let older = update(10_001, 5, 10_000, 1_100);
    assert_eq!(shown(record, &[older]).still_samples, STILL_SAMPLES);
    // A trade at the same price is no sample.
    let traded = shown(record_after(2), &[usual(900), usual(901), usual(902)]);
    assert_eq!(traded.still_samples, 2);
}

fn sampled(record: FeedRecord, update: &Observation) -> FeedRecord {
    FeedRecord {
        still_samples: record.still_samples_with(update),
        ..record.after(update, &limits())
    }
}

fn record_after(samples: i64) -> FeedRecord {
    let sample = |record, number| sampled(record, &usual(300 * number));
    (1..=samples).fold(record(), sample)
}
