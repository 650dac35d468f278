//! Prices that somebody withholds: whoever sends a transaction chooses the account that holds a receiver feed's
//! price, an older one or none.
use super::{dollars, without_feed};
use crate::support::{refused, stage, stage_of, stage_with_legacy_feed};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_client::instructions;
use freeboard_tests::{AssetHandle, AssetSpec, Quote, Trader, World, usd};

/// A pool of $40,000 that owes a winner on SOL more than that, and has won enough on ETH since its price was
/// recorded.
fn solvent_by_eth() -> (World, AssetHandle, AssetHandle, Trader) {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_pool_share(500_000_000));
    let eth = world.create_asset(AssetSpec::eth().with_pool_share(500_000_000));
    world.ready(usd(40_000));
    let (winner, loser) = (world.new_trader(usd(9_000)), world.new_trader(usd(60_000)));
    world.trade(&loser, &eth, -eth.atoms(30.0)).unwrap();
    for _ in 0..7 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(40.0)).unwrap();
    }
    world.warp_fresh(70);
    world.set_price_usd(&sol, 310.0);
    world.set_price_usd(&eth, 4_400.0);
    (world, sol, eth, winner)
}

#[test]
fn a_hidden_feed_makes_no_deficit() {
    // At the recorded price of ETH the pool owes more than it has. An LP hides the feed, starts the clock of
    // deleveraging and takes the winner's gain.
    let (mut world, sol, eth, winner) = solvent_by_eth();
    let honest = world.clone().rebalance();
    honest.expect("rebalanced");
    let hidden = instructions::rebalance_pool(&world.keys, world.all_metas());
    world
        .send(&[without_feed(hidden, &eth)], &[])
        .expect("allowed, and worth nothing");
    assert_eq!(world.pool().deficit_atoms, 0);
    let args = freeboard::instructions::DeleverageArgs {
        asset_index: sol.index,
        max_size_atoms: u64::MAX,
    };
    let metas = world.all_metas();
    let deleverage = instructions::deleverage(&world.keys, winner.margin_account, args, metas);
    refused(
        world.send(&[without_feed(deleverage, &eth)], &[]),
        FreeboardError::NoDeficit,
    );
    world.assert_books();
}

#[test]
fn a_hidden_feed_hides_no_deficit() {
    // The pool owes more than it has. Somebody with a balance hides the feed of a market so that it looks better,
    // and withdraws in full.
    let (mut world, _, eth, winner) = solvent_by_eth();
    world.set_price_usd(&eth, 4_000.0);
    world.rebalance().unwrap();
    assert!(world.pool().deficit_atoms > 0);
    world.warp_fresh(70);
    let known = world.pool().deficit_atoms;
    let hidden = instructions::rebalance_pool(&world.keys, world.all_metas());
    world.send(&[without_feed(hidden, &eth)], &[]).unwrap();
    assert!(world.pool().deficit_atoms >= known);
    refused(
        world.withdraw_quote(&winner, 1),
        FreeboardError::PoolDeficit,
    );
}

#[test]
fn a_deficit_at_yesterdays_price_deleverages_nobody() {
    // The pool was short at a price that has fallen since, too far from the EMA for a trade. The winner's own gain is
    // not taken for it.
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_pool_share(1_000_000_000));
    world.ready(usd(10_000));
    let winner = world.new_trader(usd(30_000));
    for _ in 0..8 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(40.0)).unwrap();
    }
    world.warp_fresh(60);
    world.set_price_usd(&sol, 190.0);
    world.rebalance().unwrap();
    assert!(world.pool().deficit_atoms > 0);
    world.warp(300);
    let fallen = Quote::usd(174.0, world.now()).with_ema(190.0 / 174.0);
    world.set_price(&sol, fallen);
    refused(world.deleverage(&winner, &sol), FreeboardError::NoDeficit);
}

#[test]
fn collateral_in_a_dead_feed_does_not_keep_a_bankruptcy_open() {
    // An account that is about to fall below zero deposits a few dollars of an asset whose feed is dead: it can be
    // neither sold nor valued. After a day it no longer stands in the way.
    let mut stage = stage_of([
        AssetSpec::sol().with_collateral(),
        AssetSpec::btc(),
        AssetSpec::eth().with_collateral(),
    ]);
    let (sol, eth) = (stage.sol.clone(), stage.eth.clone());
    let world = &mut stage.world;
    let trader = world.new_borrower(&sol, 1_000_000_000_000, usd(100_000));
    world.close_feed(&eth);
    // 0.005 ETH are $20.
    world
        .deposit_collateral(&trader, &eth, eth.atoms(0.005).unsigned_abs())
        .expect("needs no price");
    let keeper = world.new_trader(usd(500_000));
    world.warp(60);
    world.set_price_usd(&sol, 60.0);
    world.flag(&trader).expect("deep");
    world
        .liquidate(&keeper, &trader, &sol, Closing::Collateral)
        .expect("sold");
    refused(
        world.resolve_bankruptcy(&trader),
        FreeboardError::AccountNotBankrupt,
    );
    world.announce_absence(&eth).expect("announced");
    world.warp(86_400);
    let meta = world.resolve_bankruptcy(&trader).expect("resolved");
    assert!(!meta.events().is_empty() && world.quote_of(&trader) == 0);
    assert_eq!(world.pool().bad_debt_atoms, 0);
    assert!(world.asset(eth.index).insurance_collateral_atoms > 0);
    world.assert_books();
}

#[test]
fn an_empty_account_is_no_legacy_feed() {
    // A legacy feed has one address: nothing else passes for it, closed or not.
    let mut stage = stage_with_legacy_feed();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 10.0);
    stage.trade(&btc, 0.1);
    let world = &mut stage.world;
    world.warp_fresh(70);
    let flag = without_feed(world.flag_instruction(&trader), &sol);
    refused(world.send(&[flag], &[]), FreeboardError::FeedOwnerInvalid);
    let args = world.trade_args(&btc, -btc.atoms(0.1));
    let reduce = without_feed(world.trade_instruction(&trader, args), &sol);
    refused(
        world.send(&[reduce], &[&trader.keypair]),
        FreeboardError::FeedOwnerInvalid,
    );
}

#[test]
fn recording_a_newer_price_delays_no_liquidation() {
    // Whoever is about to be liquidated records the newest price of another asset every second, so that the
    // account that the liquidator gives is always older. The recorded price counts then.
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 4_000.0);
    stage.trade(&btc, 0.01);
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(1_000));
    world.warp_fresh(60);
    world.set_price_usd(&sol, 129.5);
    world.flag(&trader).expect("below");
    world.warp_fresh(11);
    world.rebalance().expect("records BTC as of now");
    let older = Quote {
        publish_ts: world.now() - 3,
        ..world.quote(&btc)
    };
    world.set_price(&btc, older);
    world
        .liquidate(&keeper, &trader, &sol, Closing::PositionByPool)
        .expect("all the same");
    world.assert_books();
}

#[test]
fn a_loss_is_not_settled_by_hiding_what_the_account_lacks() {
    // A winner who cannot be paid settles a loser's loss, and hides the feed of the loser's collateral, which has
    // fallen: at its recorded price the account could carry the loss. It becomes known all the same, and the
    // winner waits.
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_pool_share(1_000_000_000));
    let eth = world.create_asset(AssetSpec::eth().with_collateral().with_pool_share(0));
    world.ready(usd(1_010_000));
    let (winner, loser) = (world.new_trader(usd(30_000)), world.new_trader(usd(45_000)));
    world
        .deposit_collateral(&loser, &eth, eth.atoms(10.0).unsigned_abs())
        .unwrap();
    for _ in 0..14 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(50.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(50.0)).unwrap();
    }
    world.drain_pool(usd(1_000_000));
    world.warp_fresh(70);
    world.set_price_usd(&sol, 260.0);
    world.set_price_usd(&eth, 3_000.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    let metas = world.all_metas();
    let settle = instructions::settle_loss(&world.keys, loser.margin_account, sol.index, metas);
    let sent = world.send(&[without_feed(settle, &eth)], &[]);
    assert!(sent.is_ok(), "{sent:?}");
    assert!(world.pool().bad_debt_atoms > dollars(1_000));
    let owed = world.quote_of(&winner).unsigned_abs();
    refused(
        world.withdraw_quote(&winner, owed),
        FreeboardError::PoolDeficit,
    );
    world.assert_books();
}

#[test]
fn bad_debt_that_the_pool_can_bear_stops_no_withdrawal() {
    // All of the pool's cash is allocated to a market, insurance is empty, and somebody is $40,000 below zero: a
    // pool of a million can pay.
    let mut world = World::new();
    let spec = AssetSpec::sol().with_collateral();
    let sol = world.create_asset(spec.with_pool_share(1_000_000_000));
    world.ready(usd(1_000_000));
    let bystander = world.new_trader(usd(5_000));
    let borrower = world.new_borrower(&sol, 1_000_000_000_000, usd(100_000));
    world.warp_fresh(60);
    world.set_price_usd(&sol, 60.0);
    world.flag(&borrower).expect("below zero");
    assert!(world.pool().bad_debt_atoms > dollars(39_000));
    world.rebalance().unwrap();
    assert!(world.pool().ledger.insurance_atoms < 1_000_000);
    world
        .withdraw_quote(&bystander, usd(5_000))
        .expect("the pool can pay");
    world.assert_books();
}
