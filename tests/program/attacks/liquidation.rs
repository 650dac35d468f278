//! Liquidations beside a skew, of accounts below zero, and on feeds that are false, hidden or dead.
use super::{dollars, equity, wealth, without_feed};
use crate::support::{refused, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::{Closing, LiquidateArgs};
use freeboard_tests::{Quote, Trader, usd};

/// A market in which honest shorts hold 498 BTC, and somebody who buys 10 against them. Returns what he and
/// his accomplice gain together with a hedge elsewhere, closing at a price by a trade or by a liquidation of
/// an account that `deposit` dollars opened.
fn buy_into_a_skew(deposit: u64, closes_by_trade: bool) -> i64 {
    let mut stage = stage();
    let btc = stage.btc.clone();
    let world = &mut stage.world;
    for _ in 0..3 {
        let honest = world.new_trader(usd(20_000_000));
        world
            .trade(&honest, &btc, -btc.atoms(166.0))
            .expect("short");
    }
    world.warp_fresh(1); // within the second he would get nothing
    let owner = world.actor();
    let first = world.new_sub_account(&owner, 0, usd(deposit));
    let second = world.new_sub_account(&owner, 1, usd(1_000));
    world
        .trade(&first, &btc, btc.atoms(10.0))
        .expect("a rebate");
    world.warp_fresh(1);
    let price = 86_500.0;
    world.set_price_usd(&btc, price);
    let report = world.view(&first).unwrap();
    if closes_by_trade {
        world.trade(&first, &btc, -btc.atoms(10.0)).expect("closed");
    } else {
        let (equity, margin) = (
            report.maintenance.equity_atoms,
            report.maintenance.margin_atoms,
        );
        assert!(
            0 < equity && 3 * equity < 2 * margin,
            "{equity} of {margin}"
        );
        world
            .liquidate(&second, &first, &btc, Closing::PositionByPool)
            .expect("deep");
        assert_eq!(world.size_of(&first, 1), 0, "all of it");
    }
    let hedge = dollars(10 * (100_000 - 86_500));
    wealth(world, &[&first, &second]) + hedge - dollars(i64::try_from(deposit).unwrap() + 1_000)
}

#[test]
fn a_rebate_of_the_skew_is_given_back_on_closing() {
    // Buying into a market of shorts is cheaper than the oracle price; hedged elsewhere the discount is a
    // sure gain. Selling again at the same skew gives all of it back, and fees and spreads are lost.
    let gain = buy_into_a_skew(200_000, true);
    assert!(gain < 0, "{gain}");
}

#[test]
fn a_rebate_of_the_skew_is_given_back_by_a_liquidation() {
    // The same, but the accomplice liquidates the position: the pool takes it, and the account pays the impact of
    // that trade. Neither way out may be better than a trade, or the pool pays everybody who leaves that way.
    let gain = buy_into_a_skew(143_000, false);
    assert!(gain <= 0, "owner's side and hedge gained {gain}");
}

/// An account below zero by its SOL, with a small BTC position; its owner's second account liquidates the
/// SOL. Returns what the second account earns, with the BTC feed that there is or with none.
fn earn_from_a_bankrupt(hides_feed: bool) -> i64 {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let owner = world.actor();
    let first = world.new_sub_account(&owner, 0, usd(20_000));
    let second = world.new_sub_account(&owner, 1, usd(1_000));
    world.trade(&first, &sol, sol.atoms(900.0)).unwrap();
    world.trade(&first, &btc, btc.atoms(0.12)).unwrap();
    world.warp_fresh(1);
    world.set_price_usd(&sol, 126.0);
    let equity_before = equity(world, &[&first]);
    assert!(equity_before < 0, "{equity_before}");
    world.flag(&first).expect("below");
    world.warp_fresh(11);
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let mut instruction = world.liquidate_instruction(&second, &first, args);
    if hides_feed {
        instruction = without_feed(instruction, &btc);
    }
    let before = equity(world, &[&second]);
    world
        .send(&[instruction], &[&second.keypair])
        .expect("liquidated");
    world.assert_books();
    equity(world, &[&second]) - before
}

#[test]
fn a_bankrupt_account_pays_no_penalty() {
    // The owner's second account liquidates a first that is below zero: there is nothing to earn but what the
    // insurance fund adds, here what the same position's fee paid into it: 20 % of 0.05 %.
    let earned = earn_from_a_bankrupt(false);
    assert!(earned <= dollars(14), "{earned}");
}

#[test]
fn a_hidden_feed_earns_nothing_from_a_bankrupt_account() {
    // The same, but he gives an empty account as the feed of another asset the first holds: that asset counts
    // 50 % better and equity looks positive, but only the equity at the last recorded price can pay a penalty.
    let earned = earn_from_a_bankrupt(true);
    assert!(earned <= dollars(14), "{earned} out of the pool");
}

#[test]
fn one_update_nobody_may_trade_on_closes_nothing() {
    // SOL's price update shows five times its price, with a confidence of 60 %: no row of the oracle table accepts it. An
    // account that is short a little SOL is far below zero by it. It can be flagged; that its BTC is closed takes a
    // second price update of the kind, after the flag.
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, -600.0);
    stage.trade(&btc, 1.0);
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(1_000));
    world.warp_fresh(1);
    let garbage = Quote::usd(750.0, world.now()).with_conf(0.6);
    world.set_price(&sol, garbage);
    let before = world.size_of(&trader, 1);
    let _ = world.liquidate(&keeper, &trader, &btc, Closing::PositionByPool);
    assert_eq!(world.size_of(&trader, 1), before, "closed without grace");
    world.flag(&trader).expect("below, at this price update");
    let sent = world.liquidate(&keeper, &trader, &btc, Closing::PositionByPool);
    refused(sent, FreeboardError::LiquidationGracePeriod);
    world.warp_fresh(11);
    world.set_price_usd(&sol, 150.0);
    let sent = world.liquidate(&keeper, &trader, &btc, Closing::PositionByPool);
    refused(sent, FreeboardError::AccountHealthy);
}

#[test]
fn a_liquidated_pair_leaves_whole_lots() {
    // A hedger's collateral is not a whole number of lots, as deposits may be. The liquidation takes the whole
    // lots of it with as much of the short; then the owner closes what is left, the short last.
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let (trader, keeper) = (world.new_trader(usd(3_000)), world.new_trader(usd(500_000)));
    world
        .deposit_collateral(&trader, &sol, 150_005_000_001)
        .unwrap();
    world.trade(&trader, &sol, -sol.atoms(200.0)).unwrap();
    world.trade(&trader, &btc, btc.atoms(1.0)).unwrap();
    world.warp_fresh(1);
    world.set_price_usd(&btc, 77_500.0);
    world.flag(&trader).expect("below");
    world
        .liquidate(&keeper, &trader, &sol, Closing::Pair)
        .expect("all of it");
    let rest = world.size_of(&trader, 0);
    assert_eq!(rest, -sol.atoms(50.0));
    assert_eq!(world.state_of(&trader).collateral_atoms(0), 5_000_001);
    world.deposit_quote(&trader, usd(50_000)).unwrap();
    world.warp_fresh(1);
    // A hedge of BTC: closed before it, it would raise the margin.
    world
        .trade(&trader, &btc, -btc.atoms(1.0))
        .expect("P8: closes the other position");
    world
        .trade(&trader, &sol, -rest)
        .expect("P8: closes the rest");
    assert_eq!(world.size_of(&trader, 0), 0);
}

#[test]
fn feeds_that_die_and_return_liquidate_nobody_at_once() {
    // Feeds stop for ten minutes and come back lower; keepers wait for it. Nobody is flagged meanwhile, owners
    // can deposit, and after the return a flag has to stand for 10 s except for severely undercollateralised accounts.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let traders: Vec<Trader> = (0..5).map(|_| world.new_trader(usd(20_000))).collect();
    for trader in &traders {
        world.trade(trader, &sol, sol.atoms(1_000.0)).unwrap();
    }
    let keeper = world.new_trader(usd(1_000_000));
    for _ in 0..10 {
        world.warp(60);
        for trader in &traders {
            refused(world.flag(trader), FreeboardError::AccountHealthy);
            refused(
                world.liquidate(&keeper, trader, &sol, Closing::PositionByPool),
                FreeboardError::LiquidationPriceUnusable,
            );
        }
    }
    world.deposit_quote(&traders[0], usd(10_000)).expect("P8");
    world.set_price_usd(&sol, 138.0);
    for trader in &traders[1..] {
        refused(
            world.liquidate(&keeper, trader, &sol, Closing::PositionByPool),
            FreeboardError::LiquidationGracePeriod,
        );
        world.flag(trader).expect("below");
    }
    refused(world.flag(&traders[0]), FreeboardError::AccountHealthy);
    world.warp_fresh(9);
    for trader in &traders[1..] {
        refused(
            world.liquidate(&keeper, trader, &sol, Closing::PositionByPool),
            FreeboardError::LiquidationGracePeriod,
        );
    }
    // A deposit within the grace period saves; the others lose at most 5 % of what is closed.
    world.deposit_quote(&traders[1], usd(10_000)).unwrap();
    world.warp_fresh(2);
    let before = equity(world, &[&traders[2]]);
    refused(
        world.liquidate(&keeper, &traders[1], &sol, Closing::PositionByPool),
        FreeboardError::AccountHealthy,
    );
    world
        .liquidate(&keeper, &traders[2], &sol, Closing::PositionByPool)
        .expect("now");
    let lost = before - equity(world, &[&traders[2]]);
    assert!(lost > 0 && lost <= dollars(138_000) / 20, "{lost}");
    world.assert_books();
}

#[test]
fn an_owner_who_hides_a_price_reduces_only_from_above_his_target_level_at_the_recorded_one() {
    // Short BTC, hedged with some ETH. BTC has risen since it was last recorded, and the account has a dollar
    // left above its margin. Its owner gives an empty account as the feed of BTC and sells a little ETH: at the
    // recorded price he is far above his margin, at the real one the fee makes him liquidatable. The recorded price
    // answers for what is missing, as it does for an older price update: so far as it is from the newest, and younger than 60 s,
    // his own reduce may leave him below his margin. He alone bears it, and nobody may be kept from it by a record.
    let mut stage = stage();
    let (btc, eth) = (stage.btc.clone(), stage.eth.clone());
    let world = &mut stage.world;
    let trader = world.new_trader(usd(16_000));
    world.trade(&trader, &btc, -btc.atoms(1.0)).unwrap();
    world.trade(&trader, &eth, eth.atoms(7.5)).unwrap();
    world.warp_fresh(1);
    let mut price = 100_000.0;
    loop {
        price += 0.25;
        world.set_price_usd(&btc, price);
        let report = world.client_report(&trader).unwrap().maintenance;
        let free_collateral = report.equity_atoms - report.margin_atoms;
        assert!(free_collateral > 0, "{free_collateral}");
        if free_collateral < 500_000 {
            break;
        }
    }
    let args = world.trade_args(&eth, -eth.atoms(0.5));
    let instruction = world.trade_instruction(&trader, args);
    refused(
        world
            .clone()
            .send(std::slice::from_ref(&instruction), &[&trader.keypair]),
        FreeboardError::ReduceWorsensAccount,
    );
    let at_record = {
        let mut seen = world.clone();
        seen.set_price_usd(&btc, 100_000.0);
        seen.client_report(&trader).unwrap().maintenance
    };
    assert!(at_record.equity_atoms > at_record.margin_atoms / 10 * 11);
    let hidden = without_feed(instruction, &btc);
    world
        .clone()
        .send(std::slice::from_ref(&hidden), &[&trader.keypair])
        .expect("above the exit level at the recorded price");
    let fee_and_spread = dollars(20);
    let before = equity(world, &[&trader]);
    let mut after = world.clone();
    after
        .send(std::slice::from_ref(&hidden), &[&trader.keypair])
        .unwrap();
    let lost = before - equity(&after, &[&trader]);
    assert!((0..fee_and_spread).contains(&lost), "{lost}");
    // Once the newest price is recorded it is what answers, and the reduce must not worsen the account.
    world.rebalance().expect("recorded");
    let sent = world.send(&[hidden], &[&trader.keypair]);
    refused(sent, FreeboardError::ReduceWorsensAccount);
}
