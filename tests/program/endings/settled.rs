//! Accounts and the pool with an asset whose market has ended, its feed gone: nobody is held up by it.
use crate::endings::wind_down::{announced, value};
use crate::losses::borrower_of;
use crate::losses::poor_pool;
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard::state::{AssetStatus, Change};
use freeboard_client::events::Event;
use freeboard_risk::market::settlement::{AVERAGE_SECS, WEIGHT_MAX_SECS};
use freeboard_tests::{AssetHandle, Quote, Trader, World, usd};

/// A stage whose SOL market has ended at $150 and whose SOL feed is gone; nobody has been settled.
fn ended() -> (Stage, Trader) {
    let (mut stage, short) = announced();
    let sol = stage.sol.clone();
    stage.world.settle_at(&sol, |_| 150.0);
    stage.world.close_feed(&sol);
    (stage, short)
}

/// Publishes the prices of all feeds that are left.
fn refresh(world: &mut World, gone: &AssetHandle) {
    world.refresh_prices();
    world.close_feed(gone);
}

#[test]
fn who_holds_it_trades_withdraws_and_is_seen_as_before() {
    let (mut stage, _) = ended();
    let (long, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let report = world.view(&long).expect("seen");
    assert!(
        report
            .assets
            .iter()
            .all(|one| one.usable_initial && one.usable_liquidation)
    );
    assert_eq!(
        report,
        world.client_report(&long).expect("the client agrees")
    );
    world.trade(&long, &btc, btc.atoms(0.01)).expect("more");
    world.trade(&long, &btc, -btc.atoms(0.02)).expect("less");
    world.withdraw_quote(&long, usd(1_000)).expect("withdrawn");
    // The feed may also be anything else.
    let quote = freeboard_tests::Quote::usd(1.0, world.now() - 100_000);
    world.set_price(&sol, quote);
    world
        .trade(&long, &btc, btc.atoms(0.01))
        .expect("all the same");
    world.assert_books();
}

/// Its price moves no more: nobody is flagged or liquidated for the margin that it still asks for. Settled it asks for
/// none, and anyone settles it.
#[test]
fn who_holds_it_is_liquidated_in_what_lives_once_it_is_settled() {
    let (mut stage, _) = announced();
    let (long, sol, eth) = (stage.trader.clone(), stage.sol.clone(), stage.eth.clone());
    stage.trade(&eth, 120.0);
    let world = &mut stage.world;
    world.settle_at(&sol, |_| 150.0);
    refused(world.flag(&long), FreeboardError::AssetSettled);
    let early = world.new_trader(usd(1_000_000));
    let taken = world.liquidate(&early, &long, &eth, Closing::PositionByPool);
    refused(taken, FreeboardError::AssetSettled);
    world.settle_position(&long, &sol).expect("settled");
    refused(world.flag(&long), FreeboardError::AccountHealthy);
    let mut price = 4_000.0;
    while !world.view(&long).unwrap().is_liquidatable {
        price -= 25.0;
        world.set_price_usd(&eth, price);
    }
    refresh(world, &sol);
    world.flag(&long).expect("flagged");
    world.warp(11);
    refresh(world, &sol);
    let liquidator = world.new_trader(usd(1_000_000));
    world
        .liquidate(&liquidator, &long, &eth, Closing::PositionByPool)
        .expect("liquidated");
    world.assert_books();
}

#[test]
fn who_is_below_zero_is_found_and_resolved() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let poor = world.new_trader(usd(10_000));
    world.trade(&poor, &sol, sol.atoms(380.0)).expect("opened");
    world.wind_down(&sol);
    world.settle_at(&sol, |_| 110.0);
    world.close_feed(&sol);
    let before = world.view(&poor).unwrap().maintenance.equity_atoms;
    assert!(before < 0);
    // A market that has ended is not liquidated; it is settled, and then a loan is all that is left.
    world.settle_position(&poor, &sol).expect("settled");
    world.assert_books();
    world.flag(&poor).expect("known");
    let known = world.pool().bad_debt_atoms;
    assert!((known + before).abs() <= 2, "{known} {before}");
    assert!((world.quote_of(&poor) - before).abs() <= 2);
    world.resolve_bankruptcy(&poor).expect("paid");
    assert_eq!((world.quote_of(&poor), world.pool().bad_debt_atoms), (0, 0));
    world.assert_books();
    world.close_margin_account(&poor).expect("closed");
}

#[test]
fn an_order_in_it_holds_nothing_up() {
    let (mut stage, _) = ended();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let saver = world.new_trader(usd(10));
    let args = world.order_args(&sol, sol.atoms(1.0));
    world.request_order(&saver, args).expect("stored");
    world.withdraw_quote(&saver, usd(10)).expect("withdrawn");
    world.next_slot();
    world.close_margin_account(&saver).expect("closed");
    let other = world.new_trader(usd(10_000));
    for _ in 0..8 {
        let args = world.order_args(&sol, sol.atoms(1.0));
        world.request_order(&other, args).expect("stored");
    }
    world.trade(&other, &btc, btc.atoms(0.01)).expect("opened");
    world.warp(60);
    refresh(world, &sol);
    let args = world.order_args(&btc, btc.atoms(0.01));
    let order = world
        .request_order(&other, args)
        .expect("expired ones make room");
    world.warp(2);
    refresh(world, &sol);
    world.fill_order(&other, order).expect("filled");
    world.assert_books();
}

#[test]
fn its_collateral_is_its_owners_and_counts_nothing() {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let owner = world.new_trader(usd(10_000));
    world
        .deposit_collateral(&owner, &sol, 100_000_000_000)
        .unwrap();
    world.wind_down(&sol);
    world.settle_at(&sol, |_| 150.0);
    world.close_feed(&sol);
    assert_eq!(
        world.view(&owner).unwrap().initial.equity_atoms,
        10_000_000_000
    );
    world.trade(&owner, &btc, btc.atoms(0.01)).expect("opened");
    let equity = world.view(&owner).unwrap().maintenance.equity_atoms;
    // More of it would be no security.
    refused(
        world.deposit_collateral(&owner, &sol, 1_000_000_000),
        FreeboardError::AssetSettled,
    );
    assert_eq!(world.view(&owner).unwrap().maintenance.equity_atoms, equity);
    world
        .withdraw_collateral(&owner, &sol, 100_000_000_000)
        .expect("all of it, with a position open");
    world.assert_books();
}

/// An account with 1,000 SOL and a loan of $60,000, when SOL's market has ended at this price.
fn borrower(price: f64) -> (Stage, Trader) {
    let (mut stage, trader) = borrower_of(60_000);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.wind_down(&sol);
    world.settle_at(&sol, |_| price);
    world.close_feed(&sol);
    (stage, trader)
}

#[test]
fn its_collateral_still_repays_a_loan() {
    let (mut stage, trader) = borrower(150.0);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let liquidator = world.new_trader(usd(500_000));
    assert!(
        world.view(&trader).unwrap().is_liquidatable,
        "its collateral weight is 0"
    );
    world.flag(&trader).expect("flagged");
    world.warp(11);
    let meta = world
        .liquidate(&liquidator, &trader, &sol, Closing::Collateral)
        .expect("sold at the settlement price");
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(event.spread_atoms, 0, "nobody chooses that price");
    // Of the loan less than a lot of collateral is left.
    let owed = -world.quote_of(&trader);
    assert!((1..1_500_000).contains(&owed), "{owed}");
    assert_eq!(world.pool().bad_debt_atoms, owed);
    world.assert_books();
    let left = world.state_of(&trader).collateral_atoms(0);
    assert!(left > 500_000_000_000, "{left}");
    world.deposit_quote(&trader, 1_500_000).expect("repaid");
    world.flag(&trader).expect("cleared");
    assert_eq!(world.pool().bad_debt_atoms, 0);
    world
        .withdraw_collateral(&trader, &sol, left)
        .expect("the rest is his");
}

#[test]
fn collateral_that_nobody_buys_at_that_price_keeps_no_bankruptcy_waiting() {
    let (mut stage, trader) = borrower(39.0);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    // $39,000 at the settlement price, and perhaps half as much again: less than the loan.
    world.flag(&trader).expect("seen below zero");
    refused(
        world.resolve_bankruptcy(&trader),
        FreeboardError::AccountNotBankrupt,
    );
    world.warp(86_401);
    refresh(world, &sol);
    world.resolve_bankruptcy(&trader).expect("resolved");
    assert_eq!(world.quote_of(&trader), 0);
    assert_eq!(world.asset(0).insurance_collateral_atoms, 1_000_000_000_000);
    world.assert_books();
}

#[test]
fn lp_shares_keep_their_value_before_and_after_everybody_is_settled() {
    let (mut stage, short) = announced();
    let (long, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000_000)).unwrap();
    world.warp_fresh(86_400);
    world.execute_liquidity(&lp, 0).expect("before the end");
    let shares = world.shares_of(&lp);
    world.settle_at(&sol, |_| 155.0);
    world.request_redeem(&lp, 0, shares / 2).unwrap();
    world.request_redeem(&lp, 1, shares - shares / 2).unwrap();
    world.warp(86_400);
    refresh(world, &sol);
    let nav = |world: &World, lp: &freeboard_tests::world::Actor, number| {
        let mut world = world.clone();
        let meta = world.execute_liquidity(lp, number).expect("executed");
        match meta.events().pop() {
            Some(Event::LiquidityExecuted(event)) => event.nav_atoms,
            other => panic!("{other:?}"),
        }
    };
    let before = (nav(world, &lp, 0), value(world));
    world.settle_position(&long, &sol).expect("settled");
    let between = (nav(world, &lp, 0), value(world));
    world.settle_position(&short, &sol).expect("settled");
    let after = (nav(world, &lp, 0), value(world));
    for later in [between, after] {
        assert!(
            (0..=4).contains(&(later.0 - before.0)),
            "{before:?} {later:?}"
        );
        assert!(
            (0..=4).contains(&(later.1 - before.1)),
            "{before:?} {later:?}"
        );
    }
    world.execute_liquidity(&lp, 0).expect("redeemed");
    world.execute_liquidity(&lp, 1).expect("redeemed");
    world.assert_books();
}

#[test]
fn a_winner_is_settled_where_the_market_cannot_pay_him_alone() {
    let (mut world, sol, winner, loser) = poor_pool();
    world.wind_down(&sol);
    world.settle_at(&sol, |_| 170.0);
    world.close_feed(&sol);
    let before = value(&world);
    let alone = world.settle_position_instruction(&winner, &sol, false);
    refused(
        world.send(&[alone], &[]),
        FreeboardError::PoolAccountMissing,
    );
    world.settle_position(&winner, &sol).expect("with the pool");
    assert!(world.books().pool_atoms < 0 && world.asset(0).ledger.pool_atoms >= 0);
    world.assert_books();
    // Cash that the losers owe: anybody gets it from them.
    world
        .settle_loss(&loser, &sol)
        .expect("as in a live market");
    world.settle_position(&loser, &sol).expect("settled");
    assert!((value(&world) - before).abs() <= 4);
    world.assert_books();
}

#[test]
fn a_deficit_is_shared_with_a_market_that_has_ended() {
    let (mut world, sol, winner, loser) = poor_pool();
    let second = world.new_trader(usd(30_000));
    world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    world.wind_down(&sol);
    world.settle_at(&sol, |_| 260.0);
    world.close_feed(&sol);
    world.settle_position(&winner, &sol).expect("settled");
    world.settle_position(&loser, &sol).expect("settled");
    world.flag(&loser).expect("below zero");
    world.resolve_bankruptcy(&loser).expect("resolved");
    world.assert_books();
    let deficit = world.pool().deficit_atoms;
    assert!(deficit > 0, "{:?}", world.books());
    world.warp(600);
    // Who won is paid in quote like everybody, and shares what there is.
    refused(
        world.deleverage(&second, &sol),
        FreeboardError::AssetSettled,
    );
    let args = WithdrawProRataArgs {
        amount_atoms: world.quote_of(&winner).unsigned_abs(),
        min_received_atoms: 1,
    };
    world.withdraw_pro_rata(&winner, args).expect("a share");
    world.assert_books();
    world.settle_position(&second, &sol).expect("settled");
    world.assert_books();
    assert_eq!(world.asset(0).open_interest_atoms(), 0);
}

/// An update may be dated a little ahead of the clock. Shown in the second in which the market ends, it leaves nothing in
/// the asset that contradicts its end: governance still takes its share of the pool back.
#[test]
fn an_update_dated_ahead_of_the_end_does_not_keep_its_share_of_the_pool() {
    let (mut stage, _) = announced();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let from = world.asset(sol.index).settle_from_ts - AVERAGE_SECS;
    world.warp_fresh(from - world.now());
    while world.asset(sol.index).status() != AssetStatus::Settled {
        let ahead = world.now() + 3;
        world.set_price(&sol, Quote::usd(150.0, ahead));
        world.show_price(&sol).expect("from the near future");
        world.record_settlement_price(&sol).expect("recorded");
        if world.asset(sol.index).status() != AssetStatus::Settled {
            assert_eq!(world.asset(sol.index).tradable.publish_ts, ahead);
            world.warp_fresh(WEIGHT_MAX_SECS);
        }
    }
    let ended = world.asset(sol.index);
    assert_eq!(ended.tradable.publish_ts, world.now());
    let mut params = ended.trade;
    params.pool_share_e9 = 0;
    let without = Change::AssetTrade {
        asset_index: sol.index,
        params,
    };
    world.change(without).expect("carried out");
    assert_eq!(world.asset(sol.index).trade.pool_share_e9, 0);
}
