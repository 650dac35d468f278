//! Another feed for an asset: proposed while both agree, carried out while both agree, never as a jump.
use crate::support::{
    Stage, Wrong, check_wrong, refused, stage, stage_of, stage_with_neighbour, wrong_market,
};
use freeboard::error::FreeboardError::{
    self, AssetAccountMissing, AssetAccountUnexpected, FeedMismatch, FeedOwnerInvalid,
    FeedReceiverMismatch,
};
use freeboard::events::FeedMigrated;
use freeboard::state::{Change, FeedBinding, OracleKind};
use freeboard_client::events::Event;
use freeboard_risk::price::migration::FEED_SILENT_SECS;
use freeboard_tests::{
    AssetSpec, FeedKind, Meta, NewFeed, Quote, World, governance::TIMELOCK_SECS,
};

fn migrated(meta: &Meta) -> FeedMigrated {
    match meta.event() {
        Event::FeedMigrated(event) => event,
        other => panic!("{other:?}"),
    }
}

/// SOL, with another feed beside its own that shows the same.
fn two_feeds(mut stage: Stage, kind: FeedKind) -> (Stage, NewFeed) {
    let new = NewFeed::new(kind);
    let quote = Quote::usd(150.0, stage.world.now());
    stage.world.publish(&new, &quote);
    (stage, new)
}

/// The same, proposed a timelock ago, with both feeds fresh.
fn proposed_of(stage: Stage, kind: FeedKind) -> (Stage, NewFeed) {
    let (mut stage, new) = two_feeds(stage, kind);
    let sol = stage.sol.clone();
    stage.world.propose_feed(&sol, &new).expect("proposed");
    stage.world.warp_fresh(TIMELOCK_SECS);
    let quote = Quote::usd(150.0, stage.world.now());
    stage.world.publish(&new, &quote);
    (stage, new)
}

fn proposed() -> (Stage, NewFeed) {
    proposed_of(stage(), FeedKind::Receiver)
}

/// Publishes SOL's old price and the new feed's now.
fn prices(world: &mut World, new: &NewFeed, old: f64, price: f64) {
    let sol = world.handle_of(0);
    world.set_price_usd(&sol, old);
    let quote = Quote::usd(price, world.now());
    world.publish(new, &quote);
}

#[test]
fn between_all_kinds_of_feeds() {
    for (from, to) in [
        (FeedKind::Receiver, FeedKind::Receiver),
        (FeedKind::Receiver, FeedKind::Legacy),
        (FeedKind::Legacy, FeedKind::Receiver),
        (FeedKind::Legacy, FeedKind::Legacy),
        (FeedKind::Receiver, FeedKind::ReceiverPro),
        (FeedKind::ReceiverPro, FeedKind::Receiver),
        (FeedKind::Legacy, FeedKind::ReceiverPro),
    ] {
        let mut sol = AssetSpec::sol();
        sol.feed_kind = from;
        let stage = stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]);
        let (mut stage, new) = proposed_of(stage, to);
        let (trader, old) = (stage.trader.clone(), stage.sol.clone());
        stage.trade(&old, 10.0);
        let world = &mut stage.world;
        prices(world, &new, 150.0, 150.6);
        let payer = world.waiting(&new.change(&old)).payer;
        let rent = world.account(&payer).lamports;
        let event = migrated(&world.migrate_feed(&old, &new).expect("migrated"));
        assert!(world.account(&payer).lamports > rent, "the rent is back");
        assert!(world.pending(&new.change(&old)).is_none());
        let binding = |kind: FeedKind, feed| FeedBinding {
            kind: kind.oracle_kind(),
            feed,
        };
        assert_eq!(event.old, binding(from, old.feed_id));
        assert_eq!(event.new, new.binding);
        assert_eq!(event.old_price_e12, 150_000_000_000_000);
        assert_eq!(event.new_price_e12, 150_600_000_000_000);
        assert!(event.old_is_live && event.band_e9 == 10_000_000);
        let asset = world.asset(0);
        assert_eq!(
            (asset.feed, asset.oracle_kind()),
            (new.binding.feed, to.oracle_kind())
        );
        assert_eq!(asset.recorded.price().0, 150_600_000_000_000);
        assert_eq!(asset.ema_beyond_since_ts, i64::MAX);
        // From now on only the new feed is read.
        let sol = world.handle_of(0);
        let mut args = world.trade_args(&sol, -sol.atoms(1.0));
        args.reduce_only = true;
        let mut trade = world.trade_instruction(&trader, args);
        for meta in &mut trade.accounts {
            if meta.pubkey == sol.feed {
                meta.pubkey = old.feed;
            }
        }
        let sent = world.send(&[trade], &[&trader.keypair]);
        let failure = sent.expect_err("the old feed");
        assert!(
            [FeedMismatch, FeedOwnerInvalid, FeedReceiverMismatch]
                .into_iter()
                .any(|error| failure.is(error)),
            "{failure:?}"
        );
        world
            .trade(&trader, &sol, -sol.atoms(1.0))
            .expect("the new one");
        world.assert_books();
    }
}

#[test]
fn what_the_feeds_differ_by_is_no_return() {
    let (stage, new) = proposed();
    let migrate_then_sample = |old: f64, price: f64| {
        let (mut world, sol) = (stage.world.clone(), stage.sol.clone());
        world.set_price_usd(&sol, old);
        world.sample(&sol).expect("an anchor");
        let before = world.asset(0).volatility().unwrap().v_fast.to_bits();
        prices(&mut world, &new, old, price);
        let missed = world.asset(0).exceedances_missed;
        world.migrate_feed(&sol, &new).expect("migrated");
        let anchor = world
            .asset(0)
            .volatility()
            .unwrap()
            .anchor
            .to_u128()
            .unwrap();
        let exact = (price * 1e6) as u128 * 1_000_000;
        // Nor is it a move: the window goes on from where the new feed was.
        let watched = world.asset(0).exceedances();
        assert_eq!(watched.window.price.0, exact);
        assert_eq!(watched.missed, missed, "what nobody sampled before");
        assert!(
            anchor.abs_diff(exact) * 1_000_000_000_000 <= exact,
            "{anchor} {exact}"
        );
        world.warp(300);
        let sol = world.handle_of(0);
        let quote = Quote::usd(price, world.now());
        world.publish(&new, &quote);
        world.sample(&sol).expect("sampled");
        (
            before,
            world.asset(0).volatility().unwrap().v_fast.to_bits(),
        )
    };
    let (before, same) = migrate_then_sample(150.0, 150.0);
    let (_, apart) = migrate_then_sample(150.0, 151.5);
    assert!(same < before, "nothing moved");
    // What is left is the rounding of the anchor.
    assert!(
        same.abs_diff(apart) <= before / 1_000_000_000,
        "1 % apart: {same} {apart}"
    );
}

/// Apart by more than 1 %, when it is proposed and when it is carried out.
pub fn apart() {
    let refusal = FreeboardError::FeedsDisagree;
    let (mut stage, new) = two_feeds(stage(), FeedKind::Receiver);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    for price in [148.49, 151.51] {
        prices(world, &new, 150.0, price);
        refused(world.propose_feed(&sol, &new), refusal);
    }
    prices(world, &new, 150.0, 148.5);
    world.propose_feed(&sol, &new).expect("at the band");
    // It jumps just after it was proposed: later, nothing; when it is back, nothing but the difference.
    world.warp_fresh(TIMELOCK_SECS);
    for price in [148.49, 151.51, 300.0, 1.0] {
        prices(world, &new, 150.0, price);
        refused(world.migrate_feed(&sol, &new), refusal);
    }
    prices(world, &new, 150.0, 151.5);
    world.migrate_feed(&sol, &new).expect("at the band");
}

#[test]
fn the_band_is_never_wider_than_the_assets_own() {
    let mut spec = AssetSpec::sol();
    spec.oracle.conf_trade_e9 = 2_000_000;
    let stage = stage_of([spec, AssetSpec::btc(), AssetSpec::eth()]);
    let (mut stage, new) = two_feeds(stage, FeedKind::Receiver);
    let sol = stage.sol.clone();
    prices(&mut stage.world, &new, 150.0, 150.31);
    let sent = stage.world.propose_feed(&sol, &new);
    refused(sent, FreeboardError::FeedsDisagree);
    prices(&mut stage.world, &new, 150.0, 150.3);
    stage.world.propose_feed(&sol, &new).expect("0.2 %");
}

#[test]
fn both_feeds_must_be_fit_to_trade_on() {
    let (stage, new) = proposed();
    let (sol, now) = (stage.sol.clone(), stage.world.now());
    let good = Quote::usd(150.0, now);
    let cases = [
        (good.with_conf(0.011), FreeboardError::ConfidenceTooWide),
        (good.with_ema(0.94), FreeboardError::PriceFarFromEma),
        (
            Quote {
                publish_ts: now - 61,
                ..good
            },
            FreeboardError::PriceStale,
        ),
        (
            Quote {
                publish_ts: now + 6,
                ..good
            },
            FreeboardError::PriceFromFuture,
        ),
    ];
    for (bad, error) in cases {
        let mut world = stage.world.clone();
        world.publish(&new, &bad);
        refused(world.migrate_feed(&sol, &new), error);
        // The old one: it was seen lately, so its recorded price does not stand for it.
        let mut world = stage.world.clone();
        world.warp_fresh(1);
        world.sample(&sol).expect("seen");
        let late = world.now() - now;
        let quote = Quote {
            publish_ts: world.now(),
            ..good
        };
        world.publish(&new, &quote);
        let bad = Quote {
            publish_ts: bad.publish_ts + late,
            ..bad
        };
        world.set_price(&sol, bad);
        refused(
            world.migrate_feed(&sol, &new),
            FreeboardError::FeedNotSilent,
        );
    }
    // An older price update than the newest known is no price of the new feed.
    let mut world = stage.world.clone();
    world.sample(&sol).expect("seen");
    world.publish(
        &new,
        &Quote {
            publish_ts: now - 1,
            ..good
        },
    );
    refused(
        world.migrate_feed(&sol, &new),
        FreeboardError::PriceOlderThanRecorded,
    );
    world.publish(&new, &good);
    world.migrate_feed(&sol, &new).expect("as new as that");
}

/// An old feed that gives no price now and gave one within the hour.
pub fn not_silent() {
    let (mut stage, new) = proposed();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.sample(&sol).expect("seen");
    world.warp(60);
    world.close_feed(&sol);
    let quote = Quote::usd(150.0, world.now());
    world.publish(&new, &quote);
    refused(
        world.migrate_feed(&sol, &new),
        FreeboardError::FeedNotSilent,
    );
    world.warp(FEED_SILENT_SECS - 60);
    world.publish(&new, &Quote::usd(150.0, world.now()));
    refused(
        world.migrate_feed(&sol, &new),
        FreeboardError::FeedNotSilent,
    );
}

#[test]
fn a_feed_that_has_died_since_is_replaced_within_the_band_of_its_last_price() {
    let (mut stage, new) = proposed();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.sample(&sol).expect("seen");
    let anchor = world.asset(0).volatility().unwrap().anchor;
    let missed = world.asset(0).exceedances_missed;
    world.warp(FEED_SILENT_SECS + 1);
    world.close_feed(&sol);
    for price in [148.49, 151.51] {
        world.publish(&new, &Quote::usd(price, world.now()));
        refused(
            world.migrate_feed(&sol, &new),
            FreeboardError::FeedsDisagree,
        );
    }
    world.publish(&new, &Quote::usd(151.0, world.now()));
    let event = migrated(&world.migrate_feed(&sol, &new).expect("migrated"));
    assert!(!event.old_is_live);
    assert_eq!(event.old_price_e12, 150_000_000_000_000);
    // The price has moved meanwhile: that is a return.
    assert_eq!(world.asset(0).volatility().unwrap().anchor, anchor);
    // Nobody knows by how much of it the feeds differ: the hour that was watched is missed.
    let counted = world.asset(0).exceedances();
    assert!(!counted.window.is_open());
    assert_eq!(counted.missed, missed + 1);
}

#[test]
fn a_feed_that_is_dead_already_is_not_proposed_away() {
    let (mut stage, new) = two_feeds(stage(), FeedKind::Receiver);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.warp(2 * FEED_SILENT_SECS);
    world.publish(&new, &Quote::usd(150.0, world.now()));
    refused(world.propose_feed(&sol, &new), FreeboardError::PriceStale);
    world.close_feed(&sol);
    refused(
        world.propose_feed(&sol, &new),
        FreeboardError::FeedOwnerInvalid,
    );
}

#[test]
fn the_run_far_from_the_old_feeds_ema_is_forgotten() {
    let (mut stage, new) = proposed();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let quote = Quote::usd(150.0, world.now()).with_ema(0.7);
    world.set_price(&sol, quote);
    world.sample(&sol).expect("sampled");
    assert_eq!(world.asset(0).ema_beyond_since_ts, world.now());
    prices(world, &new, 150.0, 150.0);
    world.migrate_feed(&sol, &new).expect("migrated");
    assert_eq!(world.asset(0).ema_beyond_since_ts, i64::MAX);
}

#[test]
fn a_feed_may_be_replaced_while_the_market_winds_down_and_not_after() {
    let (mut stage, new) = proposed();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    let world = &mut stage.world;
    world.wind_down(&sol);
    let waiting = world.clone();
    prices(world, &new, 150.0, 150.5);
    world.migrate_feed(&sol, &new).expect("migrated");
    let sol = world.handle_of(0);
    world.settle_at(&sol, |_| 150.5);
    assert_eq!(world.asset(0).recorded.price().0, 150_500_000_000_000);
    world.settle_position(&trader, &sol).expect("settled");
    // What was proposed before the end is nothing after it.
    let mut ended = waiting;
    let sol = ended.handle_of(0);
    ended.settle_at(&sol, |_| 150.0);
    let now = ended.now();
    let other = NewFeed::new(FeedKind::Receiver);
    ended.publish(&other, &Quote::usd(150.0, now));
    ended.withdraw_proposal(&new.change(&sol));
    refused(
        ended.propose_feed(&sol, &other),
        FreeboardError::AssetSettled,
    );
}

#[test]
fn in_its_time_and_once() {
    let (mut stage, new) = two_feeds(stage(), FeedKind::Receiver);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.propose_feed(&sol, &new).expect("proposed");
    world.warp_fresh(TIMELOCK_SECS - 1);
    prices(world, &new, 150.0, 150.0);
    refused(
        world.migrate_feed(&sol, &new),
        FreeboardError::ChangeTooEarly,
    );
    refused(
        world.execute(&new.change(&sol)),
        FreeboardError::ChangeTooEarly,
    );
    world.warp_fresh(1);
    prices(world, &new, 150.0, 150.0);
    refused(
        world.execute(&new.change(&sol)),
        FreeboardError::AssetAccountMissing,
    );
    let mut number = world.migrate_feed_instruction(&sol, &new);
    number.data[8] ^= 1;
    refused(
        world.send(&[number], &[]),
        FreeboardError::ChangeNumberMismatch,
    );
    let version = world.version(&new.change(&sol));
    let migrate = world.migrate_feed_instruction(&sol, &new);
    world.migrate_feed(&sol, &new).expect("in time");
    assert_eq!(world.version(&new.change(&sol)), version + 1);
    world
        .send(&[migrate], &[])
        .expect_err("its account is gone");
    // The feed that it has is no change.
    let sol = world.handle_of(0);
    let sent = world.propose_feed(&sol, &new);
    refused(sent, FreeboardError::ChangeEmpty);
}

#[test]
fn each_account_is_checked() {
    let (stage, other) = stage_with_neighbour();
    let (stage, new) = proposed_of(stage, FeedKind::Receiver);
    let Stage {
        mut world,
        sol,
        btc,
        ..
    } = stage;
    let another = Change::AssetTrade {
        asset_index: 0,
        params: freeboard::state::TradeParams {
            taker_fee_e9: world.asset(0).trade.taker_fee_e9 + 1,
            ..world.asset(0).trade
        },
    };
    let number = world.propose_in_time(another.clone()).unwrap();
    let pending = freeboard_client::address::pending_change(&world.exchange, &another);
    let instruction = world.migrate_feed_instruction(&sol, &new);
    let mut cases = wrong_market(&world, &other, 1);
    cases.extend([
        Wrong::account(
            "another asset",
            2,
            btc.address,
            FreeboardError::ChangeTargetMismatch,
        ),
        Wrong::mistyped("not a change", 3, world.pool),
        Wrong::account(
            "another change",
            3,
            pending,
            FreeboardError::ChangeNumberMismatch,
        ),
        Wrong::readonly("pending readonly", 3),
        Wrong::account(
            "not who paid",
            4,
            solana_signer::Signer::pubkey(&*world.governance),
            FreeboardError::ChangePayerMismatch,
        ),
        Wrong::new(
            "another change by its number",
            AssetAccountUnexpected,
            move |sent| {
                sent.accounts[3].pubkey = pending;
                sent.data[8..16].copy_from_slice(&number.to_le_bytes());
            },
        ),
        Wrong::account("another's old feed", 7, btc.feed, FeedMismatch),
        Wrong::account("the new feed for the old", 7, new.address, FeedMismatch),
        Wrong::account("no feed for the old", 7, world.exchange, FeedOwnerInvalid),
        Wrong::account("the old feed for the new", 8, sol.feed, FeedMismatch),
        Wrong::account("no feed for the new", 8, world.exchange, FeedOwnerInvalid),
        Wrong::new("one feed", AssetAccountMissing, |sent| {
            sent.accounts.truncate(8)
        }),
        Wrong::new("three feeds", AssetAccountUnexpected, |sent| {
            sent.accounts.push(sent.accounts[7].clone());
        }),
    ]);
    check_wrong(&world, &instruction, &[], cases);
}

#[test]
fn each_account_of_the_proposal_is_checked() {
    let (stage, new) = two_feeds(stage(), FeedKind::Legacy);
    let (world, sol, btc) = (stage.world, stage.sol, stage.btc);
    let instruction = world.propose_feed_instruction(&sol, &new);
    let (old_at, new_at) = (
        instruction.accounts.len() - 2,
        instruction.accounts.len() - 1,
    );
    let cases = vec![
        Wrong::account("another's feed", old_at, btc.feed, FeedMismatch),
        Wrong::account(
            "the old feed for the new",
            new_at,
            sol.feed,
            FeedOwnerInvalid,
        ),
        Wrong::new(
            "one feed",
            FreeboardError::AssetAccountMissing,
            move |sent| {
                sent.accounts.truncate(new_at);
            },
        ),
        Wrong::new(
            "no feeds",
            FreeboardError::AssetAccountMissing,
            move |sent| {
                sent.accounts.truncate(old_at);
            },
        ),
        Wrong::new(
            "three feeds",
            FreeboardError::AssetAccountUnexpected,
            move |sent| sent.accounts.push(sent.accounts[old_at].clone()),
        ),
        Wrong::new("another kind of feed", FeedOwnerInvalid, |sent| {
            let kind = OracleKind::PythReceiver as u8;
            // number, variant and index before it
            sent.data[8 + 8 + 1 + 2] = kind;
        }),
    ];
    let governance = world.governance.clone();
    check_wrong(&world, &instruction, &[&governance], cases);
}
