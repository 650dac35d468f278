//! show_price and announce_absence: what an asset takes note of, and who may say that its feed is absent.
use crate::support::{
    Stage, Wrong, check_wrong, refused, stage, stage_with_legacy_feed, wrong_feed,
};
use freeboard::error::FreeboardError;
use freeboard::events::{AbsenceAnnounced, PriceShown};
use freeboard::state::Asset;
use freeboard_client::{events::Event, instructions};
use freeboard_risk::price::feed::{NOT_ABSENT, STILL_SAMPLES};
use freeboard_tests::{Meta, Quote};

fn shown(meta: &Meta) -> PriceShown {
    let Event::PriceShown(event) = meta.event() else {
        panic!("another event")
    };
    event
}

fn announced(meta: &Meta) -> AbsenceAnnounced {
    let Event::AbsenceAnnounced(event) = meta.event() else {
        panic!("another event")
    };
    event
}

fn sol(stage: &Stage) -> Asset {
    stage.world.asset(0)
}

#[test]
fn a_price_by_some_row_is_recorded_and_any_other_is_seen() {
    let mut stage = stage();
    let handle = stage.sol.clone();
    stage.world.warp_fresh(20);
    let now = stage.world.now();
    let event = shown(&stage.world.show_price(&handle).expect("shown"));
    assert_eq!((event.publish_ts, event.recorded_publish_ts), (now, now));
    assert_eq!(
        (event.ema_beyond_since_ts, event.refutes_absence),
        (i64::MAX, false)
    );
    stage.world.warp(5);
    let far = Quote::usd(100.0, stage.world.now()).with_ema(1.5);
    stage.world.set_price(&handle, far);
    let event = shown(&stage.world.show_price(&handle).expect("shown"));
    assert_eq!(
        (event.publish_ts, event.recorded_publish_ts),
        (now + 5, now)
    );
    assert_eq!(event.ema_beyond_since_ts, now + 5);
    let asset = sol(&stage);
    assert_eq!(
        (asset.recorded.publish_ts, asset.shown_publish_ts),
        (now, now + 5)
    );
    assert_eq!(asset.recorded.price().0, 150_000_000_000_000);
    // It does not shut out a price from before it.
    let between = Quote::usd(149.0, now + 3);
    stage.world.set_price(&handle, between);
    stage
        .world
        .show_price(&handle)
        .expect("newer than the recorded one");
    assert_eq!(sol(&stage).recorded.publish_ts, now + 3);
}

#[test]
fn any_update_published_after_it_refutes_an_announcement() {
    let mut stage = stage();
    let handle = stage.sol.clone();
    stage.world.warp(100);
    let recorded = sol(&stage).recorded.publish_ts;
    let event = announced(&stage.world.announce_absence(&handle).expect("announced"));
    assert_eq!(
        (event.recorded_publish_ts, event.shown_publish_ts),
        (recorded, recorded)
    );
    let since = stage.world.now();
    assert_eq!(sol(&stage).absent_since_ts, since);
    stage.world.warp(2);
    let quote = Quote::usd(150.0, since);
    stage.world.set_price(&handle, quote);
    let event = shown(&stage.world.show_price(&handle).expect("shown"));
    assert!(!event.refutes_absence && sol(&stage).absent_since_ts == since);
    // Of whatever quality.
    let wide = Quote::usd(150.0, since + 1).with_conf(0.9);
    stage.world.set_price(&handle, wide);
    let event = shown(&stage.world.show_price(&handle).expect("shown"));
    assert!(event.refutes_absence && sol(&stage).absent_since_ts == NOT_ABSENT);
    // So do all instructions that record a price.
    stage.world.warp(100);
    stage.world.announce_absence(&handle).expect("announced");
    stage.world.warp(201);
    stage.world.set_price_usd(&handle, 150.0);
    stage.world.sample(&handle).expect("sampled");
    assert_eq!(sol(&stage).absent_since_ts, NOT_ABSENT);
}

/// Whoever knows a young price of the feed announces no absence: recorded, seen, or in the account given.
pub fn not_absent() {
    let mut stage = stage();
    let handle = stage.sol.clone();
    let error = FreeboardError::FeedNotAbsent;
    stage.world.warp_fresh(60);
    stage.world.show_price(&handle).expect("shown");
    stage.world.warp(15);
    refused(stage.world.announce_absence(&handle), error);
    let wide = Quote::usd(150.0, stage.world.now()).with_conf(0.9);
    stage.world.set_price(&handle, wide);
    stage.world.show_price(&handle).expect("seen");
    stage.world.warp(15);
    refused(stage.world.announce_absence(&handle), error);
    stage.world.warp(1);
    stage.world.clone().announce_absence(&handle).expect("16 s");
    stage.world.refresh_prices();
    let given = instructions::announce_absence(handle.address, handle.feed);
    refused(stage.world.send(&[given], &[]), error);
    // A legacy feed has one address, where everybody sees whether it lives.
    let mut stage = stage_with_legacy_feed();
    let handle = stage.sol.clone();
    stage.world.warp_fresh(60);
    refused(stage.world.announce_absence(&handle), error);
    let elsewhere = instructions::announce_absence(handle.address, stage.world.exchange);
    refused(
        stage.world.send(&[elsewhere], &[]),
        FreeboardError::FeedOwnerInvalid,
    );
    stage.world.close_feed(&handle);
    stage
        .world
        .announce_absence(&handle)
        .expect("nothing there");
}

/// A second announcement does not begin anew.
pub fn announced_already() {
    let mut stage = stage();
    let handle = stage.sol.clone();
    stage.world.warp(60);
    stage.world.announce_absence(&handle).expect("announced");
    let since = stage.world.now();
    stage.world.warp(60);
    refused(
        stage.world.announce_absence(&handle),
        FreeboardError::AbsenceAnnounced,
    );
    assert_eq!(sol(&stage).absent_since_ts, since);
}

/// A price and EMA that both stand still count as wide: Pyth may carry a price forward with a fresh time.
pub fn standing_still() {
    let mut stage = stage();
    let (trader, handle) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&handle, 10.0);
    let sample =
        instructions::sample_volatility(stage.world.exchange, handle.address, handle.feed, None);
    while sol(&stage).still_samples < STILL_SAMPLES {
        stage.world.warp_fresh(300);
        let before = sol(&stage).still_samples;
        let sent = stage.world.send(std::slice::from_ref(&sample), &[]);
        sent.expect("not yet");
        assert_eq!(sol(&stage).still_samples, before + 1);
    }
    stage.world.warp_fresh(300);
    let still = FreeboardError::PriceStandsStill;
    refused(stage.world.send(&[sample], &[]), still);
    refused(
        stage.world.trade(&trader, &handle, handle.atoms(1.0)),
        still,
    );
    let sent = stage.world.withdraw_quote(&trader, 1_000_000);
    refused(sent, FreeboardError::PositionPriceUnusable);
    stage.trade(&handle, -1.0);
    let report = stage.world.view(&trader).unwrap();
    assert!(!report.assets[0].usable_liquidation);
    // It moves again.
    let quote = stage.world.quote(&handle);
    let moved = Quote {
        ema: quote.ema + 1,
        ..quote
    };
    stage.world.set_price(&handle, moved);
    stage.trade(&handle, 1.0);
    stage.world.set_price(&handle, quote);
    stage.trade(&handle, 1.0);
    assert_eq!(sol(&stage).still_samples, 0);
}

#[test]
fn accounts_are_checked() {
    let mut stage = stage();
    let handle = stage.sol.clone();
    stage.world.warp_fresh(60);
    let world = &stage.world;
    let show = instructions::show_price(handle.address, handle.feed);
    let (other, mismatch) = (stage.btc.address, FreeboardError::FeedMismatch);
    let cases = || {
        let mut cases = vec![
            Wrong::mistyped("not an asset", 0, world.pool),
            Wrong::account("another asset", 0, other, mismatch),
            Wrong::readonly("asset readonly", 0),
        ];
        cases.extend(wrong_feed(&stage, 1));
        cases
    };
    check_wrong(world, &show, &[], cases());
    let mut silent = world.clone();
    silent.warp(60);
    let announce = instructions::announce_absence(handle.address, handle.feed);
    check_wrong(&silent, &announce, &[], cases());
}
