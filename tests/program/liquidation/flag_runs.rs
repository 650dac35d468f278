//! A flag stands for one unbroken run below the maintenance margin: what ends it, what does not, and what the
//! liquidation after it costs.
use crate::liquidation::flag::unhealthy;
use crate::support::{Stage, refused};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Closing;
use freeboard_client::events::Event;
use freeboard_tests::{Failure, Meta, Quote, Trader, usd};

fn liquidate(stage: &mut Stage, liquidator: &Trader) -> Result<Meta, Failure> {
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage
        .world
        .liquidate(liquidator, &trader, &sol, Closing::PositionByPool)
}

fn flagged_ts(stage: &Stage) -> i64 {
    stage.world.state_of(&stage.trader).flagged_ts
}

/// Flagged now, at $132.5.
fn flagged() -> Stage {
    let mut stage = unhealthy();
    stage.world.flag(&stage.trader.clone()).unwrap();
    stage
}

fn price(stage: &mut Stage, dollars: f64) {
    let sol = stage.sol.clone();
    stage.world.set_price_usd(&sol, dollars);
}

#[test]
fn a_run_that_nobody_renews_lapses_within_about_a_minute() {
    let mut stage = flagged();
    let liquidator = stage.world.new_trader(usd(10));
    stage.world.warp_fresh(59);
    liquidate(&mut stage.clone(), &liquidator).expect("59 seconds unseen");
    stage.world.warp_fresh(1);
    let sent = liquidate(&mut stage, &liquidator);
    refused(sent, FreeboardError::LiquidationGracePeriod);
    let trader = stage.trader.clone();
    assert_eq!(stage.world.view(&trader).unwrap().flagged_ts, 0);
    stage.world.flag(&trader).unwrap();
    assert_eq!(flagged_ts(&stage), stage.world.now(), "a new run");
}

#[test]
fn trouble_that_is_over_costs_grace_and_penalty_anew_fifty_minutes_later() {
    // Below its margin for a moment, mended by a deposit; one price update 50 minutes later is judged for itself.
    let mut stage = flagged();
    let trader = stage.trader.clone();
    let liquidator = stage.world.new_trader(usd(10));
    stage.world.deposit_quote(&trader, usd(10_000)).unwrap();
    for _ in 0..50 {
        stage.world.warp_fresh(60);
    }
    price(&mut stage, 130.0);
    assert!(stage.world.view(&trader).unwrap().is_liquidatable);
    let sent = liquidate(&mut stage, &liquidator);
    refused(sent, FreeboardError::LiquidationGracePeriod);
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(11);
    let meta = liquidate(&mut stage, &liquidator).unwrap();
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(event.stamp.ts - event.flagged_ts, 11, "the penalty's time");
}

#[test]
fn a_deposit_of_one_atom_ends_nothing_and_neither_does_one_that_mends() {
    let mut stage = flagged();
    let (trader, first) = (stage.trader.clone(), stage.world.now());
    for amount in [1, usd(50_000)] {
        stage.world.deposit_quote(&trader, amount).unwrap();
        assert_eq!(flagged_ts(&stage), first, "a deposit sees no price");
    }
}

#[test]
fn a_trade_that_finds_it_healthy_ends_it() {
    let mut stage = flagged();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.deposit_quote(&trader, usd(100_000)).unwrap();
    stage.world.warp_fresh(2);
    for units in [1.0, -1.0] {
        let mut world = stage.world.clone();
        world.trade(&trader, &sol, sol.atoms(units)).unwrap();
        assert_eq!(world.state_of(&trader).flagged_ts, 0, "{units}");
    }
    // A reduce that leaves it below renews it.
    let mut stage = flagged();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let first = stage.world.now();
    stage.world.warp_fresh(50);
    stage.trade(&sol, -100.0);
    assert!(stage.world.view(&trader).unwrap().is_liquidatable);
    stage.world.warp_fresh(50);
    let report = stage.world.view(&trader).unwrap();
    assert_eq!(report.flagged_ts, first, "one run, not lapsed");
}

#[test]
fn a_withdrawal_and_a_loan_that_find_it_healthy_end_it() {
    let mut stage = flagged();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.deposit_quote(&trader, usd(200_000)).unwrap();
    stage.world.warp_fresh(2);
    let mut world = stage.world.clone();
    world.withdraw_quote(&trader, 1).unwrap();
    assert_eq!(world.state_of(&trader).flagged_ts, 0);
    world = stage.world;
    world
        .deposit_collateral(&trader, &sol, 2_000_000_000_000)
        .unwrap();
    let held = world.quote_of(&trader).unsigned_abs();
    world.withdraw_quote(&trader, held + 1).unwrap();
    assert_eq!(world.quote_of(&trader), -1);
    assert_eq!(world.state_of(&trader).flagged_ts, 0);
}

#[test]
fn an_account_that_holds_nothing_has_no_flag() {
    let mut stage = flagged();
    stage.world.warp_fresh(1);
    let sol = stage.sol.clone();
    stage.trade(&sol, -4_000.0);
    assert_eq!(flagged_ts(&stage), 0);
}

#[test]
fn nobody_ends_it_with_a_update_that_is_not_newer_than_those_that_showed_it() {
    let mut stage = unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let first = stage.world.now();
    stage.world.flag(&trader).unwrap();
    let show = |stage: &mut Stage, publish_ts| {
        stage.world.set_price(&sol, Quote::usd(150.0, publish_ts));
    };
    // A higher price update of before the flag, young enough for a liquidation, and the same second's.
    stage.world.warp(3);
    for publish_ts in [first - 2, first] {
        show(&mut stage, publish_ts);
        refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
        assert_eq!(flagged_ts(&stage), first, "{publish_ts}");
    }
    // Renewed at a newer one: what was between is older than that.
    stage.world.warp(7);
    price(&mut stage, 132.5);
    stage.world.flag(&trader).unwrap();
    stage.world.warp(1);
    show(&mut stage, first + 9);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    assert_eq!(flagged_ts(&stage), first);
    // Not within another instruction either.
    let sent = stage.world.trade(&trader, &sol, sol.atoms(-1.0));
    sent.expect("a reduce at it");
    assert_eq!(flagged_ts(&stage), first);
    show(&mut stage, first + 11);
    stage.world.flag(&trader).expect("newer");
    assert_eq!(flagged_ts(&stage), 0);
}

#[test]
fn a_pause_of_liquidations_counts_neither_towards_the_lapse_nor_the_penalty() {
    let mut stage = flagged();
    let (trader, first) = (stage.trader.clone(), stage.world.now());
    let liquidator = stage.world.new_trader(usd(10));
    stage.world.warp_fresh(5);
    stage.world.pause(Operation::Liquidate, 1_800).unwrap();
    stage.world.warp_fresh(1_800);
    let report = stage.world.view(&trader).unwrap();
    assert_eq!(report.flagged_ts, first + 1_800, "later by the pause");
    let sent = liquidate(&mut stage, &liquidator);
    refused(sent, FreeboardError::LiquidationGracePeriod); // 5 of 10 seconds
    stage.world.warp_fresh(6);
    let meta = liquidate(&mut stage.clone(), &liquidator).unwrap();
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(event.stamp.ts - event.flagged_ts, 11);
    stage.world.warp_fresh(49);
    assert_eq!(
        stage.world.view(&trader).unwrap().flagged_ts,
        0,
        "60 seconds unseen and unpaused"
    );
}

#[test]
fn a_liquidation_that_mends_leaves_no_flag_even_right_after_a_renewal() {
    // Whoever liquidates renews the flag first, in the same transaction, so that the next fall would find it.
    let mut stage = flagged();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let liquidator = stage.world.new_trader(usd(10));
    let mut rounds = 0;
    while stage.world.view(&trader).unwrap().is_liquidatable {
        stage.world.warp_fresh(31);
        let args = freeboard::instructions::LiquidateArgs {
            asset_index: sol.index,
            max_size_atoms: u64::MAX,
            closing: Closing::PositionByPool,
        };
        let both = [
            stage.world.flag_instruction(&trader),
            stage
                .world
                .liquidate_instruction(&liquidator, &trader, args),
        ];
        stage.world.send(&both, &[&liquidator.keypair]).unwrap();
        rounds += 1;
        assert!(rounds < 30, "it ends");
    }
    assert!(stage.world.size_of(&trader, 0) > 0);
    assert_eq!(flagged_ts(&stage), 0);
}

#[test]
fn a_severe_account_that_is_flagged_and_mended_in_one_transaction_has_no_flag() {
    // The flag of the same transaction would have stood for a minute, and the next fall gone without grace.
    let mut stage = crate::support::stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 4_000.0);
    stage.trade(&btc, 0.1);
    let world = &mut stage.world;
    world.warp_fresh(10);
    world.set_price_usd(&sol, 128.0);
    let report = world.view(&trader).unwrap().liquidation;
    assert!(0 < report.equity_atoms && report.equity_atoms * 3 < report.margin_atoms * 2);
    let liquidator = world.new_trader(usd(10));
    let args = freeboard::instructions::LiquidateArgs {
        asset_index: sol.index,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let both = [
        world.flag_instruction(&trader),
        world.liquidate_instruction(&liquidator, &trader, args),
    ];
    world.send(&both, &[&liquidator.keypair]).expect("deep");
    let report = world.view(&trader).unwrap();
    assert!(!report.is_liquidatable && world.size_of(&trader, btc.index) > 0);
    assert_eq!(world.state_of(&trader).flagged_ts, 0, "healthy");
    // The next fall is judged for itself.
    let margin = world.view(&trader).unwrap().liquidation;
    let fall = (margin.equity_atoms - margin.margin_atoms * 9 / 10) as f64 / 1e6 / 0.1;
    world.warp_fresh(11);
    world.set_price_usd(&btc, 100_000.0 - fall);
    assert!(world.view(&trader).unwrap().is_liquidatable);
    let sent = world.liquidate(&liquidator, &trader, &btc, Closing::PositionByPool);
    refused(sent, FreeboardError::LiquidationGracePeriod);
}
