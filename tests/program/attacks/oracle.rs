//! What a caller shows: an older price update, none, or one that only a reduce takes.
use super::{dollars, wealth, without_feed};
use crate::support::{Stage, refused, stage};
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use freeboard::instructions::{Closing, LiquidateArgs};
use freeboard_tests::{AssetHandle, Quote, World, feeds, usd};

/// The instruction with another account of this asset's feed, which holds this price update.
pub(super) fn at_update(
    world: &mut World,
    mut instruction: Instruction,
    asset: &AssetHandle,
    update: Quote,
) -> Instruction {
    let account = Pubkey::new_unique();
    world.set_account(account, feeds::receiver_account(asset.feed_id, &update));
    for meta in &mut instruction.accounts {
        if meta.pubkey == asset.feed {
            meta.pubkey = account;
        }
    }
    instruction
}

/// SOL's price update shows five times its price, its EMA has not followed: no liquidation accepts that. An account that is short
/// 600 SOL and long a BTC counts SOL at the last recorded price and is healthy. Somebody reduces his own SOL at the
/// price update, which records it.
fn after_a_wild_update() -> Stage {
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, -600.0);
    stage.trade(&btc, 1.0);
    let world = &mut stage.world;
    let other = world.new_trader(usd(10_000));
    world.trade(&other, &sol, sol.atoms(1.0)).unwrap();
    world.warp_fresh(1);
    let wild = Quote::usd(750.0, world.now()).with_ema(0.2);
    world.set_price(&sol, wild);
    // At the price update moved in its favour by its own margin; what is recorded is another price.
    assert!(world.client_report(&trader).unwrap().is_liquidatable);
    world
        .trade(&other, &sol, -sol.atoms(0.5))
        .expect("a reduce");
    stage
}

#[test]
fn one_wild_update_liquidates_nobody_however_severe_he_is_by_it() {
    // The short counts as far below zero. It can be flagged, and its BTC is not closed at once: that takes a second
    // price update of the kind ten seconds later. SOL itself cannot be closed at either.
    let mut stage = after_a_wild_update();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(1_000));
    world.flag(&trader).expect("below, at this price update");
    let early = world.liquidate(&keeper, &trader, &btc, Closing::PositionByPool);
    refused(early, FreeboardError::LiquidationGracePeriod);
    let mut over = world.clone();
    over.warp_fresh(11);
    over.set_price_usd(&sol, 150.0);
    let sent = over.liquidate(&keeper, &trader, &btc, Closing::PositionByPool);
    refused(sent, FreeboardError::AccountHealthy);
    over.flag(&trader).expect("cleared");
    assert_eq!(
        (
            over.state_of(&trader).flagged_ts,
            over.pool().bad_debt_atoms
        ),
        (0, 0)
    );
    world.warp_fresh(11);
    let sent = world.liquidate(&keeper, &trader, &sol, Closing::PositionByPool);
    refused(sent, FreeboardError::LiquidationPriceUnusable);
    world
        .liquidate(&keeper, &trader, &btc, Closing::PositionByPool)
        .expect("twice");
}

#[test]
fn a_limit_price_keeps_a_reduce_from_a_wild_update() {
    // A reduce has no limit away from the EMA: whoever has to leave may. What keeps an owner, or somebody who
    // fills his order, from closing at a wild price update is the limit that he gives.
    let mut stage = after_a_wild_update();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let args = freeboard::instructions::TradeArgs {
        limit_price_e12: 200 * 1_000_000_000_000,
        ..world.trade_args(&sol, sol.atoms(600.0))
    };
    refused(
        world.trade_with(&trader, args),
        FreeboardError::LimitPriceExceeded,
    );
}

#[test]
fn a_wild_update_that_is_over_liquidates_nobody() {
    // SOL has been back at $150 for 20 s and nobody has recorded it. A keeper gives an empty account as the feed
    // of SOL, of which the recorded price is too old to prove that there is one: the same.
    let mut stage = after_a_wild_update();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(1_000));
    world.warp_fresh(20);
    world.set_price_usd(&sol, 150.0);
    assert!(!world.client_report(&trader).unwrap().is_liquidatable);
    let args = LiquidateArgs {
        asset_index: btc.index,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let instruction = world.liquidate_instruction(&keeper, &trader, args);
    let before = world.size_of(&trader, 1);
    let _ = world.send(&[without_feed(instruction, &sol)], &[&keeper.keypair]);
    let closed = before - world.size_of(&trader, 1);
    assert_eq!(closed, 0, "P9: atoms of BTC closed of a healthy account");
}

#[test]
fn a_withdrawal_at_the_price_of_before_a_fall_is_bounded_by_the_margin() {
    // SOL has fallen from $150 to $120 within a minute in which nobody has recorded a price. The owner of a long
    // withdraws at the price of before the fall. Bounded by what the fall takes beyond the initial margin that he
    // had to leave; whoever records the newer price first prevents it.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 1_000.0);
    let world = &mut stage.world;
    world.warp_fresh(1);
    let before_fall = world.quote(&sol);
    let report = world.client_report(&trader).unwrap();
    let (free, margin) = (report.free_collateral_atoms, report.initial.margin_atoms);
    world.warp(59);
    world.set_price_usd(&sol, 120.0);
    let report = world.client_report(&trader).unwrap();
    assert!(!report.is_liquidatable);
    let had = wealth(world, &[&trader]);
    let token = world.quote_token();
    let free = free / 100 * 99; // funding of a minute
    let amount = u64::try_from(free).unwrap();
    let instruction = world.withdraw_instruction(&trader, &token, amount);
    refused(
        world
            .clone()
            .send(std::slice::from_ref(&instruction), &[&trader.keypair]),
        FreeboardError::InitialMarginNotMet,
    );
    let mut recorded = world.clone();
    recorded.rebalance().expect("recorded");
    let older = at_update(world, instruction, &sol, before_fall);
    refused(
        {
            recorded.set_price(&sol, before_fall);
            recorded.withdraw_quote(&trader, amount)
        },
        // The recorded one answers for the older one.
        FreeboardError::InitialMarginNotMet,
    );
    world
        .send(&[older], &[&trader.keypair])
        .expect("within a minute");
    let gain = i64::try_from(amount).unwrap() + wealth(world, &[&trader]) - had;
    let fall = dollars(30_000);
    assert!(
        gain > 0 && gain <= fall - margin / 100 * 99,
        "{gain} of {fall} less {margin}"
    );
}

#[test]
fn an_owner_who_picks_the_update_of_his_own_liquidation_is_bounded_by_the_fall() {
    // A long of 1,000 SOL is flagged at $139.00; one second later SOL price updates $139.00 again, and ten seconds later
    // $133.00. The owner's second account liquidates the first at the price update of before the fall: the pool buys
    // at that price, without spread. Bounded by the fall of the last 15 s on what is closed, less the part of the
    // penalty that is not his; whoever records the newer price first prevents it.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let first = world.new_sub_account(&owner, 0, usd(18_000));
    let second = world.new_sub_account(&owner, 1, usd(1_000));
    world.trade(&first, &sol, sol.atoms(1_000.0)).unwrap();
    world.warp_fresh(1);
    world.set_price_usd(&sol, 137.0);
    world.flag(&first).expect("below");
    world.warp_fresh(1);
    let before_fall = world.quote(&sol);
    world.warp(12);
    world.set_price_usd(&sol, 133.0);
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let had = wealth(world, &[&first, &second]);
    let instruction = world.liquidate_instruction(&second, &first, args);
    let older = at_update(world, instruction, &sol, before_fall);
    let size = world.size_of(&first, 0);
    world.send(&[older], &[&second.keypair]).expect("in 15 s");
    let closed = (size - world.size_of(&first, 0)) / 1_000_000_000;
    let gain = wealth(world, &[&first, &second]) - had;
    assert!(gain < dollars(4 * closed), "{gain} on {closed} SOL");
}
