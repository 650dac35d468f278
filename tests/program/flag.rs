//! flag: the first moment an account was seen below its maintenance margin, set and cleared by anyone.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour};
use freeboard::{error::FreeboardError, events::AccountFlagged};
use freeboard_client::events::Event;
use freeboard_tests::{Meta, Quote};

fn event(meta: &Meta) -> AccountFlagged {
    let Event::AccountFlagged(event) = meta.event() else {
        panic!("another event")
    };
    event
}

/// Below maintenance, above two thirds of it.
pub fn unhealthy() -> Stage {
    let mut stage = stage();
    stage.sink(132.5);
    stage
}

#[test]
fn it_stores_the_first_moment_and_keeps_it() {
    let mut stage = unhealthy();
    let trader = stage.trader.clone();
    let first = stage.world.now();
    let meta = stage.world.flag(&trader).unwrap();
    assert_eq!(
        (event(&meta).flagged_before_ts, event(&meta).flagged_ts),
        (0, first)
    );
    let seen = event(&meta).maintenance;
    assert!(seen.equity_atoms < seen.margin_atoms);
    let report = stage.world.view(&trader).unwrap();
    assert_eq!((report.liquidation, report.flagged_ts), (seen, first));
    assert!(report.is_liquidatable);
    for _ in 0..10 {
        stage.world.warp_fresh(59);
        stage.world.flag(&trader).unwrap();
        assert_eq!(stage.world.state_of(&trader).flagged_ts, first);
    }
}

#[test]
fn recovery_clears_it() {
    let mut stage = unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(5);
    stage.world.set_price_usd(&sol, 150.0);
    let meta = stage.world.flag(&trader).unwrap();
    assert_eq!(event(&meta).flagged_ts, 0);
    assert_eq!(stage.world.state_of(&trader).flagged_ts, 0);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
}

#[test]
fn an_unusable_price_neither_flags_nor_clears() {
    let mut stage = unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let fresh = Quote::usd(132.5, stage.world.now());
    for bad in [fresh.with_conf(0.021), fresh.with_ema(1.3)] {
        stage.world.set_price(&sol, bad);
        refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    }
    stage.world.set_price(&sol, fresh);
    stage.world.flag(&trader).unwrap();
    let flagged_ts = stage.world.now();
    stage.world.warp(16);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    assert_eq!(
        stage.world.state_of(&trader).flagged_ts,
        flagged_ts,
        "not cleared"
    );
}

#[test]
fn accounts_are_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.sink(130.0);
    let instruction = stage.world.flag_instruction(&trader);
    let world = &stage.world;
    let cases = vec![
        Wrong::mistyped("not an exchange", 0, world.pool),
        Wrong::foreign("another exchange", 0, other.world.exchange),
        Wrong::foreign("another's account", 2, other.trader.margin_account),
        Wrong::mistyped("not a margin account", 2, world.pool),
        Wrong::readonly("account readonly", 2),
        Wrong::foreign("another exchange's pool", 1, other.world.pool),
        Wrong::mistyped("not a pool", 1, sol.address),
        Wrong::readonly("pool readonly", 1),
    ];
    check_wrong(world, &instruction, &[], cases);
}

/// A healthy account, and one without anything.
pub fn healthy() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    stage.trade(&sol, 100.0);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
}
