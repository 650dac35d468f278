//! liquidate of a slice: the same share of everything, where no closing of one asset frees margin.
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::events::AccountSliced;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::LiquidationPreview;
use freeboard::state::Scenario;
use freeboard_client::events::Event;
use freeboard_tests::distress::deadlocked_account;
use freeboard_tests::{AssetSpec, ExchangeSpec, Meta, Trader, World, usd};

pub fn event(meta: &Meta) -> AccountSliced {
    let Event::AccountSliced(event) = meta.event() else {
        panic!("another event")
    };
    event
}

/// The deadlocked account, alive, and a liquidator.
pub fn deadlocked() -> (World, Trader, Trader) {
    deadlocked_beside(AssetSpec::sol().with_collateral(), 0)
}

/// The same beside so much of this collateral.
pub fn deadlocked_beside(collateral: AssetSpec, amount_atoms: u64) -> (World, Trader, Trader) {
    let (mut world, trader) = deadlocked_account(collateral, amount_atoms);
    let report = world.view(&trader).unwrap();
    let (equity, margin) = (
        report.liquidation.equity_atoms,
        report.liquidation.margin_atoms,
    );
    assert!(
        equity < margin && 3 * equity > 2 * margin,
        "{equity} of {margin}"
    );
    let liquidator = world.new_trader(usd(2_000_000));
    (world, trader, liquidator)
}

pub fn preview(world: &mut World, trader: &Trader, closing: Closing) -> LiquidationPreview {
    let instruction = world.preview_liquidation_instruction(trader, 1, closing);
    world.ask(instruction).expect("a preview")
}

#[test]
fn an_account_that_no_closing_of_one_asset_frees_is_sliced() {
    let (mut world, trader, liquidator) = deadlocked();
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    for index in [1, 2] {
        let asset = world.handle_of(index);
        for closing in [Closing::PositionByPool, Closing::PositionByLiquidator] {
            let leg = world.liquidate(&liquidator, &trader, &asset, closing);
            refused(leg, FreeboardError::NoRelief);
        }
    }
    let seen = preview(&mut world, &trader, Closing::Slice);
    assert!(seen.may_be_closed_now && seen.size_atoms > 0, "{seen:?}");
    let quote = world.quote_of(&liquidator);
    let any = world.handle_of(0);
    let meta = world
        .liquidate(&liquidator, &trader, &any, Closing::Slice)
        .expect("sliced");
    let event = event(&meta);
    assert_eq!(event.share_permille, seen.size_atoms);
    assert_eq!(event.penalty_atoms, seen.penalty_atoms);
    assert_eq!(event.before, seen.maintenance);
    let (before, after) = (event.before, event.after);
    assert!(after.margin_atoms < before.margin_atoms);
    assert!(
        after.equity_atoms * 10 >= after.margin_atoms * 11 - 20,
        "at its exit"
    );
    let earned = i64::try_from(event.penalty_liquidator_atoms).unwrap();
    assert_eq!(world.quote_of(&liquidator), quote + earned);
    assert!(earned > 0);
    let parts =
        event.penalty_liquidator_atoms + event.penalty_insurance_atoms + event.penalty_pool_atoms;
    assert_eq!(parts, event.penalty_atoms);
    for (asset, index) in event.assets.iter().zip([1, 2]) {
        assert_eq!(asset.asset_index, index);
        let left = asset.size_before_atoms.unsigned_abs() - asset.position_closed_atoms;
        assert_eq!(world.size_of(&trader, index).unsigned_abs(), left);
    }
    world.assert_books();
}

/// A solvent account below its margin whose short is hedged by collateral: the short alone would raise MM.
#[test]
fn collateral_goes_with_the_short_that_it_hedges() {
    let mut world = World::market([AssetSpec::sol().with_collateral(), AssetSpec::btc()]);
    let (sol, btc) = (world.handle_of(0), world.handle_of(1));
    let trader = world.new_trader(usd(1_000));
    world
        .deposit_collateral(&trader, &sol, 200_000_000_000)
        .unwrap();
    world.trade(&trader, &sol, -sol.atoms(200.0)).unwrap();
    world.trade(&trader, &btc, btc.atoms(1.8)).unwrap();
    world.warp_fresh(1);
    let mut price = 100_000.0;
    while !world.client_report(&trader).unwrap().is_liquidatable {
        price -= 100.0;
        world.set_price_usd(&btc, price);
    }
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let liquidator = world.new_trader(usd(500_000));
    let alone = world.liquidate(&liquidator, &trader, &sol, Closing::PositionByPool);
    refused(alone, FreeboardError::NoRelief);
    let meta = world
        .liquidate(&liquidator, &trader, &sol, Closing::Slice)
        .expect("sliced");
    let event = event(&meta);
    let told = event.assets[0];
    assert!(told.collateral_closed_atoms > 0 && told.position_closed_atoms > 0);
    let bought = world.state_of(&liquidator).collateral_atoms(0);
    assert_eq!(bought, told.collateral_closed_atoms);
    world.assert_books();
}

#[test]
fn a_caller_takes_no_more_than_the_account_needs_and_no_less_than_a_thousandth() {
    let (mut world, trader, liquidator) = deadlocked();
    world.flag(&trader).expect("flagged");
    let args = |max_size_atoms| LiquidateArgs {
        asset_index: 0,
        max_size_atoms,
        closing: Closing::Slice,
    };
    let early = world.liquidate_with(&liquidator, &trader, args(1_000));
    refused(early, FreeboardError::LiquidationGracePeriod);
    world.warp_fresh(11);
    let nothing = world.liquidate_with(&liquidator, &trader, args(0));
    refused(nothing, FreeboardError::LiquidationSizeZero);
    let meta = world
        .liquidate_with(&liquidator, &trader, args(10))
        .expect("a hundredth");
    assert_eq!(event(&meta).share_permille, 10);
    let mut ended = world.clone();
    ended
        .liquidate_with(&liquidator, &trader, args(1_000))
        .expect("the rest of what it needs");
    let more = ended.liquidate_with(&liquidator, &trader, args(1_000));
    refused(more, FreeboardError::AccountHealthy);
    // All of its assets have to be written.
    let mut instruction = world.liquidate_instruction(&liquidator, &trader, args(1_000));
    let btc = world.handle_of(1).address;
    for meta in &mut instruction.accounts {
        meta.is_writable &= meta.pubkey != btc;
    }
    let readonly = world.send(&[instruction], &[&liquidator.keypair]);
    refused(readonly, FreeboardError::AssetNotWritable);
}

/// Sixteen positions and eight other collaterals: everything that an account can hold.
#[test]
fn a_slice_of_a_full_account_fits_one_transaction() {
    let specs = (0..24_u8).map(|index| {
        let mut spec = AssetSpec::new(&format!("A{index}"), 100.0).with_pool_share(41_000_000);
        spec.params.bucket = index % 8;
        if index < 16 {
            spec
        } else {
            spec.with_collateral()
        }
    });
    let scenarios = (0..16_i16).map(|index| Scenario {
        weight_bps: 5_000,
        shock_bps: core::array::from_fn(|bucket| 100 * (index - 8) - 50 * bucket as i16),
    });
    let mut world = World::with(ExchangeSpec {
        scenarios: scenarios.collect(),
        ..ExchangeSpec::default()
    });
    world.list_all(specs.collect::<Vec<_>>());
    let trader = world.new_trader(usd(60_000));
    for index in 16..24 {
        let asset = world.handle_of(index);
        world
            .deposit_collateral(&trader, &asset, asset.atoms(10.0) as u64)
            .expect("deposited");
    }
    for index in 0..16 {
        let asset = world.handle_of(index);
        let size = asset.atoms(if index == 0 { 400.0 } else { 100.0 });
        let side = if index % 3 == 2 { -1 } else { 1 };
        world.trade(&trader, &asset, side * size).expect("opened");
    }
    world.withdraw_all_but(&trader, usd(10));
    world.warp_fresh(1);
    let mut fallen = 0.0;
    while !world.client_report(&trader).unwrap().is_liquidatable {
        fallen += 0.2;
        for index in 0..16 {
            let side = if index % 3 == 2 { 1.0 } else { -1.0 };
            let asset = world.handle_of(index);
            world.set_price_usd(&asset, 100.0 + side * fallen);
        }
        assert!(fallen < 30.0);
    }
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let liquidator = world.new_trader(usd(1_000_000));
    let any = world.handle_of(0);
    let meta = world
        .liquidate(&liquidator, &trader, &any, Closing::Slice)
        .expect("sliced");
    let event = event(&meta);
    assert_eq!(event.assets.len(), 24);
    assert!(event.assets[23].collateral_closed_atoms > 0);
    println!(
        "slice, 16 + 8: {} units, {:?}, {} per mille",
        meta.compute_units, meta.size, event.share_permille
    );
    assert!(meta.compute_units <= 1_400_000);
    world.assert_books();
}

/// A hedge is closed as far as that helps, not whole: 1 BTC against 25 ETH, both $100,000, one below its margin.
#[test]
fn a_hedge_is_closed_as_far_as_that_helps() {
    let mut world = World::market([AssetSpec::btc(), AssetSpec::eth()]);
    let (btc, eth) = (world.handle_of(0), world.handle_of(1));
    let trader = world.new_trader(usd(40_000));
    world.trade(&trader, &btc, btc.atoms(1.0)).expect("long");
    world.trade(&trader, &eth, -eth.atoms(25.0)).expect("short");
    world.withdraw_all_but(&trader, usd(10));
    world.warp_fresh(1);
    let mut price = 4_000.0;
    while !world.client_report(&trader).unwrap().is_liquidatable {
        price += 2.0;
        world.set_price_usd(&eth, price);
    }
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let liquidator = world.new_trader(usd(500_000));
    let meta = world
        .liquidate(&liquidator, &trader, &btc, Closing::PositionByPool)
        .expect("closed in part");
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert!(event.closed_atoms < event.size_before_atoms.unsigned_abs());
    assert!(event.after.margin_atoms < event.before.margin_atoms);
}

/// Small is judged by what the next step would pay: $300 gross is closed whole for more than a step costs.
#[test]
fn a_small_account_is_ended_in_one_step() {
    let mut world = World::market([AssetSpec::sol()]);
    let sol = world.handle_of(0);
    let trader = world.new_trader(usd(40));
    world.trade(&trader, &sol, sol.atoms(2.0)).expect("opened");
    world.warp_fresh(1);
    let mut price = 150.0;
    while !world.client_report(&trader).unwrap().is_liquidatable {
        price -= 0.1;
        world.set_price_usd(&sol, price);
    }
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let liquidator = world.new_trader(usd(1_000));
    let meta = world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .expect("closed");
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(world.size_of(&trader, 0), 0, "ended");
    let earned = event.penalty_liquidator_atoms;
    assert!(earned >= 250_000, "{earned}");
}
