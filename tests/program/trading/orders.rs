//! request_order, cancel_order, fill_order: two steps, and nobody trades on a price that was known when
//! the order was written.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour, two_steps};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::RequestOrderArgs;
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{Quote, World, usd};
use solana_signer::Signer;

/// An order for so many SOL at any price.
fn order(stage: &mut Stage, units: f64) -> u64 {
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let args = stage.world.order_args(&sol, sol.atoms(units));
    stage.world.request_order(&trader, args).expect("requested")
}

#[test]
fn a_request_moves_nothing_and_anyone_fills_it_at_a_later_price() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let before = stage.world.books();
    let id = order(&mut stage, 10.0);
    assert_eq!(stage.world.books(), before);
    assert_eq!(stage.world.size_of(&trader, 0), 0);
    stage.world.warp(2);
    stage.world.set_price_usd(&sol, 151.0);
    let meta = stage.world.fill_order(&trader, id).expect("filled");
    let Event::PositionChanged(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(event.order_id, id);
    assert_eq!(event.size_after_atoms, sol.atoms(10.0));
    assert_eq!(event.price_e12, 151_000_000_000_000);
    stage.world.assert_books();
    // It is gone.
    let again = stage.world.fill_order(&trader, id);
    refused(again, FreeboardError::OrderNotFound);
}

#[test]
fn an_order_pays_the_spread_of_its_prices_age_like_a_trade() {
    let mut by_order = two_steps();
    let (trader, sol) = (by_order.trader.clone(), by_order.sol.clone());
    let id = order(&mut by_order, 10.0);
    by_order.world.warp(1);
    by_order.world.set_price_usd(&sol, 150.0);
    by_order.world.warp(5);
    let filled = by_order.world.fill_order(&trader, id).unwrap();
    let mut at_once = stage();
    at_once.world.warp(1);
    at_once.world.set_price_usd(&sol_of(&at_once), 150.0);
    at_once.world.warp(5);
    let trader = at_once.trader.clone();
    let traded = at_once
        .world
        .trade(&trader, &sol_of(&at_once), sol.atoms(10.0))
        .unwrap();
    let notional = |event: Event| match event {
        Event::PositionChanged(event) => event.fill_notional_atoms,
        other => panic!("{other:?}"),
    };
    assert_eq!(notional(filled.event()), notional(traded.event()));
}

fn sol_of(stage: &Stage) -> freeboard_tests::AssetHandle {
    stage.sol.clone()
}

/// A price published with the order or before it, or too soon after it.
pub fn price_before() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.warp_fresh(5);
    let requested = stage.world.now();
    let id = order(&mut stage, 1.0);
    let fill = |stage: &mut Stage, publish_ts: i64| {
        let quote = Quote::usd(150.0, publish_ts);
        stage.world.set_price(&sol, quote);
        stage.world.fill_order(&trader, id)
    };
    refused(
        stage.world.fill_order(&trader, id),
        FreeboardError::PriceNotAfterOrder,
    );
    stage.world.warp(3);
    refused(
        fill(&mut stage, requested),
        FreeboardError::PriceNotAfterOrder,
    );
    fill(&mut stage, requested + 1).expect("one second after it");
}

#[test]
fn a_feed_whose_clock_runs_ahead_does_not_shorten_the_wait() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let id = order(&mut stage, 1.0);
    let ahead = Quote::usd(150.0, stage.world.now() + 3);
    stage.world.set_price(&sol, ahead);
    refused(
        stage.world.fill_order(&trader, id),
        FreeboardError::PriceNotAfterOrder,
    );
    stage.world.warp(1);
    stage.world.fill_order(&trader, id).expect("a second later");
}

/// An order that waited too long.
pub fn expired() {
    let mut stage = two_steps();
    let trader = stage.trader.clone();
    let id = order(&mut stage, 1.0);
    stage.world.warp_fresh(60);
    refused(
        stage.world.fill_order(&trader, id),
        FreeboardError::OrderExpired,
    );
    let id = order(&mut stage, 1.0);
    stage.world.warp_fresh(59);
    stage
        .world
        .fill_order(&trader, id)
        .expect("in its last second");
}

/// A number that no order has; 0 is not the empty slot.
pub fn not_found() {
    let mut stage = two_steps();
    let trader = stage.trader.clone();
    let missing = FreeboardError::OrderNotFound;
    refused(stage.world.cancel_order(&trader, 0), missing);
    refused(stage.world.cancel_order(&trader, 1), missing);
    refused(stage.world.fill_order(&trader, 0), missing);
    let id = order(&mut stage, 1.0);
    stage.world.cancel_order(&trader, id).expect("cancelled");
    refused(stage.world.cancel_order(&trader, id), missing);
}

/// Eight wait; an expired one makes room.
pub fn too_many() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    for _ in 0..8 {
        order(&mut stage, 1.0);
    }
    let args = stage.world.order_args(&sol, sol.atoms(1.0));
    let ninth = stage.world.request_order(&trader, args);
    refused(ninth, FreeboardError::TooManyOrders);
    stage.world.warp(60);
    let last = stage.world.state_of(&trader).order_sequence;
    assert_eq!(stage.world.request_order(&trader, args).unwrap(), last + 1);
}

/// Lives of no length and beyond the exchange's.
pub fn life() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let args = stage.world.order_args(&sol, sol.atoms(1.0));
    for life_secs in [0, 61, u32::MAX] {
        let wrong = RequestOrderArgs { life_secs, ..args };
        let sent = stage.world.request_order(&trader, wrong);
        refused(sent, FreeboardError::OrderLifeOutOfRange);
    }
    let empty = RequestOrderArgs {
        size_atoms: 0,
        ..args
    };
    let sent = stage.world.request_order(&trader, empty);
    refused(sent, FreeboardError::SizeZero);
}

#[test]
fn limit_reduce_only_and_margin_are_judged_when_it_is_filled() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let any = stage.world.order_args(&sol, sol.atoms(1.0));
    let reduce = stage
        .world
        .request_order(
            &trader,
            RequestOrderArgs {
                reduce_only: true,
                ..any
            },
        )
        .unwrap();
    let cheap = RequestOrderArgs {
        limit_price_e12: 150_000_000_000_000,
        ..any
    };
    let cheap = stage.world.request_order(&trader, cheap).unwrap();
    let large = stage.world.order_args(&sol, sol.atoms(100_000.0));
    let large = stage.world.request_order(&trader, large).unwrap();
    stage.world.warp_fresh(1);
    let world = &mut stage.world;
    refused(
        world.fill_order(&trader, reduce),
        FreeboardError::ReduceOnly,
    );
    refused(
        world.fill_order(&trader, cheap),
        FreeboardError::LimitPriceExceeded,
    );
    refused(
        world.fill_order(&trader, large),
        FreeboardError::InitialMarginNotMet,
    );
    // What was refused still waits.
    world.warp(1);
    world.set_price_usd(&sol, 149.0);
    world.fill_order(&trader, cheap).expect("below the limit");
    world.assert_books();
}

#[test]
fn a_pause_of_increases_stops_requests_and_fills_but_not_reduces() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let id = order(&mut stage, 10.0);
    stage.world.warp_fresh(1);
    stage.world.fill_order(&trader, id).unwrap();
    let waiting = order(&mut stage, 1.0);
    stage.world.pause(Operation::Increase, 600).unwrap();
    let args = stage.world.order_args(&sol, sol.atoms(1.0));
    let sent = stage.world.request_order(&trader, args);
    refused(sent, FreeboardError::OperationPaused);
    stage.world.warp_fresh(1);
    let sent = stage.world.fill_order(&trader, waiting);
    refused(sent, FreeboardError::OperationPaused);
    let close = RequestOrderArgs {
        reduce_only: true,
        ..stage.world.order_args(&sol, -sol.atoms(10.0))
    };
    let id = stage.world.request_order(&trader, close).unwrap();
    stage.world.warp_fresh(1);
    stage.world.fill_order(&trader, id).expect("a reduce");
    assert_eq!(stage.world.size_of(&trader, 0), 0);
}

#[test]
fn a_delegate_may_request_and_cancel_and_nobody_else() {
    let (mut stage, _) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let (delegate, stranger) = (stage.delegate(), stage.world.actor());
    let args = stage.world.order_args(&sol, sol.atoms(1.0));
    let by =
        |key| instructions::request_order(stage.world.exchange, key, trader.margin_account, args);
    let (own, foreign) = (by(delegate.pubkey()), by(stranger.pubkey()));
    stage
        .world
        .send(&[own], &[&delegate])
        .expect("the delegate");
    let sent = stage.world.send(&[foreign], &[&stranger]);
    refused(sent, FreeboardError::NotOwnerOrDelegate);
    let key = stranger.pubkey();
    let id = stage.world.state_of(&trader).order_sequence;
    let cancel = instructions::cancel_order(key, trader.margin_account, id);
    let sent = stage.world.send(&[cancel], &[&stranger]);
    refused(sent, FreeboardError::NotOwnerOrDelegate);
    stage.world.cancel_order(&trader, id).expect("the owner");
}

#[test]
fn each_wrong_account_is_refused() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let args = stage.world.order_args(&sol, sol.atoms(1.0));
    let request = instructions::request_order(
        stage.world.exchange,
        trader.owner(),
        trader.margin_account,
        args,
    );
    let foreign = other.world.exchange;
    check_wrong(
        &stage.world,
        &request,
        &[&trader.keypair],
        vec![
            Wrong::unsigned("authority", 0),
            Wrong::foreign("another exchange", 1, foreign),
            Wrong::mistyped("an asset for the exchange", 1, sol.address),
            Wrong::mistyped("an asset for the margin account", 2, sol.address),
            Wrong::readonly("margin account", 2),
        ],
    );
    let id = stage.world.request_order(&trader, args).unwrap();
    stage.world.warp_fresh(1);
    let keeper = stage.world.new_trader(0);
    let fill = stage
        .world
        .paid_fill_instruction(&trader, id, false, Some(&keeper));
    let their_pool = other.world.pool;
    check_wrong(
        &stage.world,
        &fill,
        &[],
        vec![
            Wrong::foreign("another exchange", 0, foreign),
            Wrong::mistyped("an asset for the margin account", 1, sol.address),
            Wrong::readonly("margin account", 1),
            Wrong::new("another pool", FreeboardError::WrongExchange, move |fill| {
                fill.accounts[2].pubkey = their_pool;
                fill.accounts[2].is_writable = true;
            }),
            Wrong::mistyped("an asset for the account that is paid", 3, sol.address),
            Wrong::foreign(
                "another exchange's account for the one that is paid",
                3,
                other.trader.margin_account,
            ),
            Wrong::readonly("the account that is paid", 3),
            Wrong::account(
                "another asset",
                4,
                stage.btc.address,
                FreeboardError::AssetAccountOrder,
            ),
            Wrong::foreign("an asset of another exchange", 4, other.sol.address),
            Wrong::account(
                "the feed of another asset",
                5,
                stage.btc.feed,
                FreeboardError::FeedMismatch,
            ),
            Wrong::new("no assets", FreeboardError::AssetAccountMissing, |fill| {
                fill.accounts.truncate(4);
            }),
            Wrong::new(
                "a readonly asset",
                FreeboardError::AssetNotWritable,
                |fill| {
                    fill.accounts[4].is_writable = false;
                },
            ),
        ],
    );
    let cancel = instructions::cancel_order(trader.owner(), trader.margin_account, id);
    check_wrong(
        &stage.world,
        &cancel,
        &[&trader.keypair],
        vec![
            Wrong::unsigned("authority", 0),
            Wrong::readonly("margin account", 1),
            Wrong::mistyped("an asset for the margin account", 1, sol.address),
        ],
    );
    assert_eq!(stage.world.quote_of(&trader), usd(100_000).cast_signed());
}

/// A delegate's orders are void when it is dismissed; the owner's stand.
#[test]
fn orders_of_a_dismissed_delegate_are_void() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let (first, second) = (stage.world.actor(), stage.world.actor());
    let world = &mut stage.world;
    world.set_delegate(&trader, first.pubkey()).unwrap();
    let args = world.order_args(&sol, sol.atoms(1.0));
    let (exchange, account) = (world.exchange, trader.margin_account);
    let by_delegate = |world: &mut World| {
        let request = instructions::request_order(exchange, first.pubkey(), account, args);
        world.send(&[request], &[&first]).expect("requested");
        world.state_of(&trader).order_sequence
    };
    let of_first = [by_delegate(world), by_delegate(world)];
    let own = world.request_order(&trader, args).unwrap();
    // The same one again is not dismissed.
    let meta = world.set_delegate(&trader, first.pubkey()).unwrap();
    assert!(matches!(meta.event(), Event::DelegateChanged(_)));

    let meta = world.set_delegate(&trader, second.pubkey()).unwrap();
    let [
        Event::DelegateChanged(_),
        Event::OrderCancelled(one),
        Event::OrderCancelled(other),
    ] = &meta.events()[..]
    else {
        panic!("{:?}", meta.events())
    };
    assert_eq!([one.order_id, other.order_id], of_first);
    assert_eq!(one.by, trader.owner());
    world.warp_fresh(1);
    for order in of_first {
        refused(
            world.fill_order(&trader, order),
            FreeboardError::OrderNotFound,
        );
    }
    world.fill_order(&trader, own).expect("the owner's own");
    // Appointed again, it finds nothing that it left.
    world.set_delegate(&trader, first.pubkey()).unwrap();
    for order in of_first {
        refused(
            world.fill_order(&trader, order),
            FreeboardError::OrderNotFound,
        );
    }
}
