//! Slices beside a price that cannot be used: it stays out where nobody can be hiding it, and who hides one slices
//! nothing.
use crate::liquidation::slice::{deadlocked_beside, event, preview};
use crate::support::refused;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_risk::price::feed::ABSENCE_SECS;
use freeboard_tests::{AssetHandle, AssetSpec, Failure, Meta, Quote, Trader, World, usd};

/// A tenth of a SOL, $15, or as much of another collateral.
const DUST_ATOMS: u64 = 100_000_000;

const ALL: LiquidateArgs = LiquidateArgs {
    asset_index: 0,
    max_size_atoms: 1_000,
    closing: Closing::Slice,
};

/// Time passes, and every price but this one's is published anew.
fn rest(world: &mut World, resting: &AssetHandle, secs: i64) {
    world.warp(secs);
    world.refresh_prices();
    world.close_feed(resting);
}

/// The grace of a flag.
fn flagged(world: &mut World, trader: &Trader, resting: &AssetHandle) {
    world.flag(trader).expect("flagged");
    rest(world, resting, 11);
}

fn sliced(world: &mut World, liquidator: &Trader, trader: &Trader) -> Result<Meta, Failure> {
    world.liquidate_with(liquidator, trader, ALL)
}

/// The slice with an account that does not exist where the feed of this asset belongs.
fn hiding(world: &World, sides: (&Trader, &Trader), asset: &AssetHandle) -> Instruction {
    let mut instruction = world.liquidate_instruction(sides.0, sides.1, ALL);
    for meta in &mut instruction.accounts {
        if meta.pubkey == asset.feed {
            meta.pubkey = Pubkey::new_unique();
        }
    }
    instruction
}

#[test]
fn fifteen_dollars_of_a_collateral_whose_feed_rests_stop_no_slice() {
    let sol = AssetSpec::sol().with_collateral();
    let (mut world, trader, liquidator) = deadlocked_beside(sol, DUST_ATOMS);
    let sol = world.handle_of(0);
    rest(&mut world, &sol, 20);
    flagged(&mut world, &trader, &sol);
    // Nobody knows whether it rests or is hidden: not yet, and a preview says so.
    let early = sliced(&mut world, &liquidator, &trader);
    refused(early, FreeboardError::LiquidationPriceUnusable);
    let seen = preview(&mut world, &trader, Closing::Slice);
    assert!(seen.is_liquidatable && seen.size_atoms == 0);
    world.announce_absence(&sol).expect("announced");
    for _ in 0..=ABSENCE_SECS / 50 {
        let early = sliced(&mut world, &liquidator, &trader);
        refused(early, FreeboardError::LiquidationPriceUnusable);
        world.flag(&trader).expect("renewed");
        rest(&mut world, &sol, 50);
    }
    let seen = preview(&mut world, &trader, Closing::Slice);
    assert!(seen.may_be_closed_now && seen.size_atoms > 0, "{seen:?}");
    // Nothing of SOL is closed, and its account is not written.
    let mut instruction = world.liquidate_instruction(&liquidator, &trader, ALL);
    for meta in &mut instruction.accounts {
        meta.is_writable &= meta.pubkey != sol.address;
    }
    let recorded = world.asset(0).recorded.publish_ts;
    let meta = world
        .send(&[instruction], &[&liquidator.keypair])
        .expect("sliced");
    let event = event(&meta);
    assert_eq!(event.share_permille, seen.size_atoms);
    assert_eq!(event.penalty_atoms, seen.penalty_atoms);
    let [btc, eth, sol] = event.assets[..] else {
        panic!("{:?}", event.assets)
    };
    assert!(btc.position_closed_atoms > 0 && eth.position_closed_atoms > 0);
    assert_eq!(
        (sol.asset_index, sol.collateral_before_atoms),
        (0, DUST_ATOMS)
    );
    assert_eq!((sol.collateral_closed_atoms, sol.spread_atoms), (0, 0));
    assert_eq!(world.state_of(&trader).collateral_atoms(0), DUST_ATOMS);
    assert_eq!(world.state_of(&liquidator).collateral_atoms(0), 0);
    assert_eq!(world.asset(0).recorded.publish_ts, recorded);
    let (before, after) = (event.before, event.after);
    assert!(after.margin_atoms < before.margin_atoms);
    assert!(
        after.equity_atoms * 10 >= after.margin_atoms * 11 - 20,
        "at its exit: {after:?}"
    );
    world.assert_books();
}

#[test]
fn a_update_that_is_too_wide_stays_out_and_is_seen() {
    let sol = AssetSpec::sol().with_collateral();
    let (mut world, trader, liquidator) = deadlocked_beside(sol, 10 * DUST_ATOMS);
    let sol = world.handle_of(0);
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let mut usable = world.clone();
    let meta = sliced(&mut usable, &liquidator, &trader).expect("with it");
    let told = event(&meta).assets[2];
    assert!(told.collateral_closed_atoms > 0 && told.spread_atoms > 0);
    // Of 2 % and more, or farther from the EMA than a liquidation accepts.
    let plain = world.quote(&sol);
    for bad in [plain.with_conf(0.021), plain.with_ema(1.3)] {
        let mut world = world.clone();
        world.set_price(&sol, bad);
        let meta = sliced(&mut world, &liquidator, &trader).expect("without it");
        let told = event(&meta).assets[2];
        assert_eq!((told.asset_index, told.collateral_closed_atoms), (0, 0));
        assert_eq!(world.state_of(&trader).collateral_atoms(0), 10 * DUST_ATOMS);
        world.assert_books();
    }
}

#[test]
fn who_hides_a_price_slices_nothing() {
    let sol = AssetSpec::sol().with_collateral();
    let (mut world, trader, liquidator) = deadlocked_beside(sol, DUST_ATOMS);
    let handles = [0, 1, 2].map(|index| world.handle_of(index));
    let [sol, ..] = &handles;
    let sides = (&liquidator, &trader);
    world.flag(&trader).expect("flagged");
    world.warp_fresh(16); // nothing recorded is young enough to answer
    let send = |world: &mut World, instruction| world.send(&[instruction], &[&liquidator.keypair]);
    for asset in &handles {
        let hidden = hiding(&world, sides, asset);
        let sent = send(&mut world.clone(), hidden);
        refused(sent, FreeboardError::LiquidationPriceUnusable);
        // Nor by leaving out both of its accounts.
        let mut missing = world.liquidate_instruction(&liquidator, &trader, ALL);
        missing
            .accounts
            .retain(|meta| meta.pubkey != asset.feed && meta.pubkey != asset.address);
        let sent = send(&mut world.clone(), missing);
        refused(sent, FreeboardError::AssetAccountMissing);
    }
    // Where somebody has just recorded a price that answers for the hidden one: it is sliced like the others.
    let mut shown = world.clone();
    shown.show_price(sol).expect("recorded");
    let hidden = hiding(&shown, sides, sol);
    let meta = send(&mut shown, hidden).expect("sliced");
    assert!(event(&meta).assets[2].collateral_closed_atoms > 0);
    // An absence that is announced while the feed lives ends with the first price update that anybody shows.
    world.announce_absence(sol).expect("a lie");
    world.warp_fresh(100);
    world.show_price(sol).expect("refuted");
    for _ in 0..6 {
        world.warp_fresh(50);
        world.flag(&trader).expect("renewed");
    }
    let hidden = hiding(&world, sides, sol);
    let sent = send(&mut world, hidden);
    refused(sent, FreeboardError::LiquidationPriceUnusable);
    sliced(&mut world, &liquidator, &trader).expect("with every price");
}

#[test]
fn collateral_without_a_weight_needs_no_price_and_is_not_sold() {
    let mut sol = AssetSpec::sol().with_collateral();
    sol.params.collateral_weight_e9 = 0;
    let (mut world, trader, liquidator) = deadlocked_beside(sol, 100 * DUST_ATOMS);
    let sol = world.handle_of(0);
    world.flag(&trader).expect("flagged");
    world.warp_fresh(16);
    let had = world.account(&sol.address).data;
    let seen = preview(&mut world, &trader, Closing::Slice);
    for is_hidden in [false, true] {
        let mut world = world.clone();
        let mut instruction = if is_hidden {
            hiding(&world, (&liquidator, &trader), &sol)
        } else {
            world.liquidate_instruction(&liquidator, &trader, ALL)
        };
        for meta in &mut instruction.accounts {
            meta.is_writable &= meta.pubkey != sol.address;
        }
        let meta = world
            .send(&[instruction], &[&liquidator.keypair])
            .expect("sliced");
        let event = event(&meta);
        assert_eq!(event.share_permille, seen.size_atoms);
        assert!(event.assets[0].position_closed_atoms > 0);
        assert_eq!(event.assets[2].collateral_closed_atoms, 0);
        let left = world.state_of(&trader).collateral_atoms(0);
        assert_eq!(left, 100 * DUST_ATOMS);
        assert_eq!(world.account(&sol.address).data, had, "not touched");
        world.assert_books();
    }
}

/// $200,000 of ETH that rest, and a little BTC against it: closing the hedge would only raise the margin.
#[test]
fn what_would_only_raise_the_margin_is_refused() {
    let mut world = World::market([AssetSpec::btc(), AssetSpec::eth()]);
    let (btc, eth) = (world.handle_of(0), world.handle_of(1));
    let trader = world.new_trader(usd(160_000));
    world.trade(&trader, &eth, eth.atoms(50.0)).expect("long");
    world.trade(&trader, &btc, -btc.atoms(0.1)).expect("short");
    world.withdraw_all_but(&trader, usd(10));
    world.warp_fresh(1);
    let mut price = 4_000.0;
    loop {
        price -= 5.0;
        world.set_price_usd(&eth, price);
        let report = world.view(&trader).unwrap().maintenance;
        if report.equity_atoms * 10 < report.margin_atoms * 4 {
            assert!(report.equity_atoms > 0);
            break;
        }
    }
    world.show_price(&eth).expect("recorded");
    rest(&mut world, &eth, 16);
    world.announce_absence(&eth).expect("announced");
    for _ in 0..=ABSENCE_SECS / 50 {
        rest(&mut world, &eth, 50);
    }
    flagged(&mut world, &trader, &eth);
    let liquidator = world.new_trader(usd(500_000));
    let sent = sliced(&mut world, &liquidator, &trader);
    refused(sent, FreeboardError::NoRelief);
    // With a price update of ETH all of it is sliced.
    let quote = Quote::usd(price, world.now());
    world.set_price(&eth, quote);
    let meta = sliced(&mut world, &liquidator, &trader).expect("sliced");
    assert!(event(&meta).assets[0].position_closed_atoms > 0);
    world.assert_books();
}
