//! Choosing the price update of a liquidation: what whoever liquidates takes himself he takes at the age of the price update that he
//! chose.
use super::{dollars, oracle::at_update, wealth};
use crate::support::{Stage, stage};
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_client::events::Event;
use freeboard_tests::{AssetHandle, Quote, Trader, World, usd};

/// Somebody who lent $135,000 against 1,000 SOL, or is long them or short of them, below his margin, flagged, and a stranger
/// with money.
fn prey(closing: Closing, side: f64) -> (World, Trader, Trader, AssetHandle) {
    let Stage { mut world, sol, .. } = stage();
    let stranger = world.new_trader(usd(2_000_000));
    let trader = if closing == Closing::Collateral {
        let trader = world.new_trader(0);
        world
            .deposit_collateral(&trader, &sol, 1_000_000_000_000)
            .unwrap();
        world.withdraw_quote(&trader, usd(130_000)).expect("lent");
        trader
    } else {
        let trader = world.new_trader(usd(20_000));
        world
            .trade(&trader, &sol, sol.atoms(side * 1_000.0))
            .unwrap();
        trader
    };
    world.warp_fresh(1);
    let mut price = 150.0;
    while !world.client_report(&trader).unwrap().is_liquidatable {
        price -= side * 0.05;
        world.set_price_usd(&sol, price);
    }
    world.flag(&trader).expect("below");
    world.warp_fresh(11);
    (world, trader, stranger, sol)
}

/// What the stranger gains, marked at a price that the market has reached `secs` after the price update which he takes, and
/// what he was paid and charged for it: part of the penalty, spread, and notional.
fn gain(closing: Closing, side: f64, secs: i64, jump: f64) -> (i64, [i64; 3]) {
    let (mut world, trader, stranger, sol) = prey(closing, side);
    let before = world.quote(&sol);
    world.warp(secs);
    let price = before.price as f64 / 1e8 * (1.0 + side * jump);
    let now = Quote::usd(price, world.now());
    world.set_price(&sol, now);
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing,
    };
    let had = wealth(&world, &[&stranger]);
    let instruction = world.liquidate_instruction(&stranger, &trader, args);
    // At the price update, and his own margin at it too.
    let older = at_update(&mut world, instruction, &sol, before);
    let meta = world
        .send(&[older], &[&stranger.keypair])
        .expect("within 15 s");
    world.assert_books();
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    world.set_price(&sol, now);
    let told = [
        event.penalty_liquidator_atoms + event.topup_atoms,
        event.spread_atoms,
        event.notional_atoms,
    ];
    let gained = wealth(&world, &[&stranger]) - had;
    (gained, told.map(|atoms| i64::try_from(atoms).unwrap()))
}

const TAKEN: [(Closing, f64); 3] = [
    (Closing::Collateral, 1.0),
    (Closing::PositionByLiquidator, 1.0),
    (Closing::PositionByLiquidator, -1.0),
];

#[test]
fn what_is_taken_at_the_update_of_before_a_jump_is_dearer_by_its_age() {
    // 15 s after the price update the price has moved by 3 % in the stranger's favour; nobody has recorded it. He takes what one
    // window lets go at the price update of before. Bounded by the jump, his part of the penalty, less the spread of 15 s.
    for (closing, side) in TAKEN {
        let (gained, [earned, spread, notional]) = gain(closing, side, 15, 0.03);
        // σ_IM is 2.25 % here: 1.5 · 2.25 % · √(15/3600) = 0.218 %.
        let share = spread * 1_000_000 / notional;
        assert!((2_170..2_190).contains(&share), "{closing:?}: {share}");
        let jump = notional / 100 * 3;
        let expected = jump + earned - spread;
        assert!(
            (gained - expected).abs() <= dollars(2),
            "{closing:?}: {gained}, {expected} on {notional}"
        );
        println!(
            "{closing:?} {side}: {gained} gained, {spread} paid for 15 s on {notional}, {earned} earned"
        );
    }
}

#[test]
fn a_keeper_with_a_fresh_update_is_left_most_of_his_part() {
    for (closing, side) in TAKEN {
        for secs in [0, 2, 5, 15] {
            let (gained, [earned, spread, notional]) = gain(closing, side, secs, 0.0);
            assert!(
                (gained - (earned - spread)).abs() <= 4,
                "{closing:?} {secs}: {gained}"
            );
            // A price update of up to 2 s costs 0.080 %; his part of the penalty is at least six times that.
            let least = if secs <= 2 { 85 } else { 60 };
            assert!(
                gained * 100 > earned * least,
                "{closing:?} at {secs} s: {gained} of {earned} on {notional}"
            );
        }
    }
}

#[test]
fn what_the_pool_takes_is_closed_at_the_price() {
    let (gained, [earned, spread, _]) = gain(Closing::PositionByPool, 1.0, 15, 0.03);
    assert_eq!((gained, spread), (earned, 0));
}
