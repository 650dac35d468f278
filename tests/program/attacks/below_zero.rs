//! An account below zero: what its owner can still do, and who pays for it.
use super::{
    dollars, equity,
    pairs::{close, market_of, pairs, update},
};
use crate::support::refused;
use core::mem::offset_of;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::TradePreview;
use freeboard::state::{Ledger, Pool};
use freeboard_client::events::Event;
use freeboard_tests::{AssetHandle, AssetSpec, Quote, Trader, World, usd};

/// Insurance has a million more than it has earned.
fn insure(world: &mut World) {
    let atoms = world.pool().ledger.insurance_atoms + dollars(1_000_000);
    let ledger = 8 + offset_of!(Pool, ledger) + offset_of!(Ledger, insurance_atoms);
    world.edit(world.pool, ledger, &atoms.to_le_bytes());
    let (vault, mint) = (world.quote_vault, world.quote_mint);
    world.mint_into(&vault, &mint, usd(1_000_000));
}

/// A stranger is long, so that who closes a long is paid by the skew and held to no equity.
fn long_stranger(world: &mut World, sol: &AssetHandle) {
    let stranger = world.new_trader(usd(5_000_000));
    world
        .trade(&stranger, sol, sol.atoms(20_000.0))
        .expect("long");
}

#[test]
fn insurance_pays_no_spread_of_a_reduce_below_zero() {
    // The owner of an account below zero closes it at a price update of C = 2.5 %, which no liquidation accepts. He owed the
    // half-spread, 5.4 % of $1.69 M, on top: insurance paid $91,657 of it to the pool, whose LP he may be.
    let (mut world, sol) = market_of(500_000_000);
    long_stranger(&mut world, &sol);
    let (longs, _, _) = pairs(&mut world, &sol, 13_000.0, 1);
    let loser = &longs[0];
    insure(&mut world);
    world.warp_fresh(60);
    let wide = Quote::usd(130.0, world.now()).with_conf(0.025);
    world.set_price(&sol, wide);
    let missing = -equity(&world, &[loser]);
    assert!(missing > dollars(30_000), "{missing}");
    let before = world.books().insurance_atoms;
    let args = world.trade_args(&sol, -sol.atoms(13_000.0));
    let preview = world.preview_trade_instruction(loser, args);
    let seen: TradePreview = world.ask(preview).expect("a preview");
    assert_eq!(seen.fill_price_e12, 130_000_000_000_000, "P");
    let sent = world.trade(loser, &sol, -sol.atoms(13_000.0));
    let Event::PositionChanged(event) = sent.expect("closed by its owner").event() else {
        panic!("another event")
    };
    assert!(usd(1_690_000) - event.fill_notional_atoms <= 1);
    assert_eq!(event.fill_notional_atoms, seen.fill_notional_atoms);
    world.resolve_bankruptcy(loser).expect("resolved");
    world.assert_books();
    let paid = before - world.books().insurance_atoms;
    let more = i64::try_from(paid).unwrap() - missing;
    println!("insurance paid {more} more than the {missing} that were missing");
    let fee = i64::try_from(event.fee_atoms).unwrap();
    // The fee of all that is closed, and a cent of interest.
    assert!(
        (fee..fee + 10_000).contains(&more),
        "{more} with a fee of {fee}"
    );
}

/// A long below zero by a price update of -19 %, in markets of two collaterals; and a keeper.
fn bankrupt() -> (World, [AssetHandle; 2], Trader, Trader) {
    let mut world = World::new();
    let sol = AssetSpec::sol()
        .with_collateral()
        .with_gap(50_000_000, 10_000_000);
    let sol = world.create_asset(sol.with_pool_share(500_000_000));
    let eth = world.create_asset(AssetSpec::eth().with_collateral());
    world.ready(usd(10_000_000));
    let (mut longs, _, _) = pairs(&mut world, &sol, 650.0, 1);
    let keeper = world.new_trader(usd(1_000));
    update(&mut world, &sol, 121.0, 150.0);
    (world, [sol, eth], longs.remove(0), keeper)
}

#[test]
fn no_slot_of_collateral_puts_a_bankruptcy_off_again() {
    // The owner of a loser deposits $12 of collateral, so that it is no bankruptcy until somebody has bought them; and
    // again before each resolution, while the hour in which winners owe had not begun.
    let (mut world, [sol, eth], loser, keeper) = bankrupt();
    world
        .deposit_collateral(&loser, &sol, 100_000_000)
        .expect("$12, while nobody knows");
    close(&mut world, &keeper, &loser, &sol);
    refused(
        world.resolve_bankruptcy(&loser),
        FreeboardError::AccountNotBankrupt,
    );
    refused(
        world.deposit_collateral(&loser, &eth, 100_000_000),
        FreeboardError::CollateralBelowMinimum,
    );
    // More of what is held, and no whole lot: it is bought with the rest.
    world
        .deposit_collateral(&loser, &sol, 9_999_999)
        .expect("more");
    world
        .liquidate(&keeper, &loser, &sol, Closing::Collateral)
        .expect("bought");
    for asset in [&sol, &eth] {
        refused(
            world.deposit_collateral(&loser, asset, 100_000_000),
            FreeboardError::CollateralBelowMinimum,
        );
    }
    world.deposit_quote(&loser, usd(1)).expect("quote, always");
    world.resolve_bankruptcy(&loser).expect("resolved");
    world
        .deposit_collateral(&loser, &sol, 100_000_000)
        .expect("as anybody");
    world.assert_books();
}

#[test]
fn collateral_that_covers_what_is_missing_is_taken() {
    let (mut world, [sol, _], loser, keeper) = bankrupt();
    close(&mut world, &keeper, &loser, &sol);
    let missing = (-equity(&world, &[&loser])) as f64 / 1e6;
    let covered = |share: f64| sol.atoms(share * missing / 121.0).unsigned_abs();
    refused(
        world.deposit_collateral(&loser, &sol, covered(0.99)),
        FreeboardError::CollateralBelowMinimum,
    );
    world
        .deposit_collateral(&loser, &sol, covered(1.01))
        .expect("he saves it");
    refused(
        world.resolve_bankruptcy(&loser),
        FreeboardError::AccountNotBankrupt,
    );
    world.assert_books();
}

#[test]
fn a_loss_counts_as_its_markets_where_somebody_settles_it() {
    // The pool lacks cash, so that anybody may settle the losers' losses: what is closed after it has lost nothing, and
    // what was settled counts all the same.
    let (mut world, sol) = market_of(18_000_000);
    long_stranger(&mut world, &sol);
    let (longs, _, refusal) = pairs(&mut world, &sol, 13_000.0, 2);
    assert_eq!(refusal, None);
    world.drain_pool(usd(11_000_000));
    update(&mut world, &sol, 121.0, 150.0);
    for long in &longs {
        let missing = -equity(&world, &[long]);
        world.settle_loss(long, &sol).expect("settled");
        let account = world.margin_account(&long.margin_account);
        assert_eq!(account.last_liquidated, sol.index);
        assert_eq!(account.charged_atoms, missing.unsigned_abs());
        // Closed at the price of the settlement, and there is nothing more to lose.
        world
            .trade(long, &sol, -sol.atoms(13_000.0))
            .expect("the owner closes");
    }
    world.fund_pool(usd(10_000_000)).expect("cash again");
    world.warp(1);
    update(&mut world, &sol, 121.0, 150.0);
    for long in &longs {
        world.resolve_bankruptcy(long).expect("resolved");
    }
    world.assert_books();
    let owed = world.asset(0).winners_owe_atoms;
    println!("{owed} are owed");
    assert!(owed > usd(100_000), "{owed}");
}
