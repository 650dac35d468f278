//! Margin calls: an account that is seen between its maintenance margin and the call level is told so once, by a flag or
//! by its own reduce, and again only after it was seen to meet its initial margin.
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::events::{AccountFlagged, MarginCalled};
use freeboard::instructions::{Closing, MarginReport, MarginState};
use freeboard::state::{Change, LiquidationParams, Scenario};
use freeboard_client::events::Event;
use freeboard_tests::{Meta, Trader, World, usd};

/// Dollars of SOL at which equity is some 1.15 · MM.
const IN_CALL: f64 = 134.0;
/// And some 1.27 · MM: above the call level, below the initial margin.
const AT_RISK: f64 = 135.0;
/// And between two thirds of MM and MM.
const BELOW: f64 = 132.5;
/// And above the initial margin.
const SAFE: f64 = 150.0;

fn called_stage(dollars: f64) -> Stage {
    let mut stage = stage();
    stage.sink(dollars);
    stage
}

/// A new price a second later.
fn price(stage: &mut Stage, dollars: f64) {
    let sol = stage.sol.clone();
    stage.world.warp_fresh(1);
    stage.world.set_price_usd(&sol, dollars);
}

fn report(world: &mut World, trader: &Trader) -> MarginReport {
    let report = world.view(trader).expect("a report");
    let client = world.client_report(trader).expect("the client's");
    assert_eq!(report, client);
    let (seen, permille) = (report.liquidation, report.utilisation_permille);
    assert_eq!(report.cushion_atoms, seen.equity_atoms - seen.margin_atoms);
    let (margin, equity) = (i128::from(seen.margin_atoms), i128::from(seen.equity_atoms));
    let permille = i128::from(permille);
    assert!(equity * (permille - 1) < 1_000 * margin && 1_000 * margin <= equity * permille);
    report
}

fn is_called(stage: &Stage) -> bool {
    stage.world.state_of(&stage.trader).called == 1
}

fn called(events: &[Event]) -> Vec<&MarginCalled> {
    let calls = events.iter().filter_map(|event| match event {
        Event::MarginCalled(called) => Some(called),
        _ => None,
    });
    calls.collect()
}

#[track_caller]
fn flagged(meta: &Meta) -> AccountFlagged {
    let Event::AccountFlagged(flagged) = meta.event() else {
        panic!("{meta:?}")
    };
    flagged
}

#[test]
fn the_view_names_the_state_by_equity_and_margins() {
    for (dollars, state) in [
        (SAFE, MarginState::Safe),
        (AT_RISK, MarginState::AtRisk),
        (IN_CALL, MarginState::Call),
        (BELOW, MarginState::Liquidatable),
        (129.0, MarginState::SeverelyUndercollateralised),
    ] {
        let mut stage = called_stage(dollars);
        let report = report(&mut stage.world, &stage.trader);
        assert_eq!(report.state, state, "{dollars}");
        assert_eq!(report.is_liquidatable, report.cushion_atoms < 0);
        assert!(!report.is_called, "nobody has told it");
    }
}

#[test]
fn a_flag_tells_a_call_once_until_the_initial_margin_is_met() {
    let mut stage = called_stage(IN_CALL);
    let trader = stage.trader.clone();
    let seen = report(&mut stage.world, &trader);
    let before = stage.world.state_of(&trader);
    let meta = stage.world.flag(&trader).expect("a call");
    let Event::MarginCalled(told) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(told.stamp.key, trader.margin_account);
    assert_eq!(told.stamp.sequence, before.event_sequence + 1);
    assert_eq!(told.stamp.ts, stage.world.now());
    assert_eq!(told.maintenance, seen.liquidation);
    let level_e9 = stage.world.exchange().liquidation.call_level_e9;
    assert_eq!(told.call_level_e9, level_e9);
    // No flag by it, and nothing else of the account has moved.
    let after = stage.world.state_of(&trader);
    assert_eq!((after.called, after.flagged_ts), (1, 0));
    assert_eq!(after.quote_atoms, before.quote_atoms);
    let is_told = MarginReport {
        is_called: true,
        ..seen
    };
    assert_eq!(report(&mut stage.world, &trader), is_told);
    // Not again: neither now, nor at another price below the level, nor after one above it and below the initial margin.
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    for dollars in [134.1, AT_RISK, IN_CALL, AT_RISK, 133.9] {
        price(&mut stage, dollars);
        refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
        assert!(is_called(&stage), "{dollars}");
    }
    // The initial margin is met: it ends, and the next is told.
    price(&mut stage, SAFE);
    let ended = flagged(&stage.world.flag(&trader).expect("an end"));
    assert_eq!((ended.flagged_before_ts, ended.flagged_ts), (0, 0));
    assert!(!is_called(&stage));
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    price(&mut stage, IN_CALL);
    let meta = stage.world.flag(&trader).expect("another call");
    assert_eq!(called(&meta.events()).len(), 1);
}

#[test]
fn a_reduce_that_leaves_it_in_call_tells_it() {
    let mut stage = called_stage(IN_CALL);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let meta = stage.world.trade(&trader, &sol, sol.atoms(-1.0)).unwrap();
    let events = meta.events();
    let [Event::PositionChanged(changed), Event::MarginCalled(told)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(told.maintenance, changed.requirement);
    assert_eq!(told.stamp.sequence, changed.stamp.sequence + 1);
    assert!(is_called(&stage));
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    let meta = stage.world.trade(&trader, &sol, sol.atoms(-1.0)).unwrap();
    assert!(matches!(meta.event(), Event::PositionChanged(_)));
    // One that leaves it above the level tells nothing.
    let mut stage = called_stage(AT_RISK);
    let meta = stage
        .world
        .trade(&stage.trader.clone(), &sol, sol.atoms(-1.0));
    assert!(matches!(meta.unwrap().event(), Event::PositionChanged(_)));
    assert!(!is_called(&stage));
}

#[test]
fn what_meets_the_initial_margin_ends_it_and_nothing_else() {
    let mut stage = called_stage(IN_CALL);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.flag(&trader).expect("a call");
    stage.delegate();
    stage.world.deposit_quote(&trader, usd(200_000)).unwrap();
    let tokens = 2_000_000_000_000;
    stage
        .world
        .deposit_collateral(&trader, &sol, tokens)
        .unwrap();
    assert!(is_called(&stage), "a deposit sees no price");
    for case in [
        "increase",
        "withdrawal",
        "of collateral",
        "loan",
        "flag",
        "reduce",
    ] {
        let mut world = stage.world.clone();
        let held = world.quote_of(&trader).unsigned_abs();
        let sent = match case {
            "increase" => world.trade(&trader, &sol, sol.atoms(1.0)),
            "withdrawal" => world.withdraw_quote(&trader, 1),
            "of collateral" => world.withdraw_collateral(&trader, &sol, 1_000_000_000_000),
            "loan" => world.borrow(&trader, held + 1),
            "flag" => world.flag(&trader),
            _ => world.trade(&trader, &sol, sol.atoms(-1.0)),
        };
        let meta = sent.expect(case);
        assert!(called(&meta.events()).is_empty(), "{case}");
        // A reduce looks at the maintenance margin alone.
        let stands = world.state_of(&trader).called == 1;
        assert_eq!(stands, case == "reduce", "{case}");
    }
}

#[test]
fn below_its_margin_it_is_flagged_and_not_called() {
    let mut stage = called_stage(BELOW);
    let trader = stage.trader.clone();
    assert_ne!(flagged(&stage.world.flag(&trader).unwrap()).flagged_ts, 0);
    assert!(!is_called(&stage));
    // Back above it is in call: that the flag has ended is told, and then that.
    price(&mut stage, IN_CALL);
    let events = stage.world.flag(&trader).expect("an end").events();
    let [Event::AccountFlagged(ended), Event::MarginCalled(told)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(ended.flagged_ts, 0);
    assert_eq!(told.stamp.sequence, ended.stamp.sequence + 1);
    assert_eq!(told.maintenance, ended.maintenance);
    // It stands while the account is flagged, liquidated and above its margin again.
    price(&mut stage, BELOW);
    stage.world.flag(&trader).expect("flagged");
    stage.world.warp_fresh(11);
    let (sol, liquidator) = (stage.sol.clone(), stage.world.new_trader(usd(10)));
    let by_pool = Closing::PositionByPool;
    let sent = stage.world.liquidate(&liquidator, &trader, &sol, by_pool);
    assert!(called(&sent.expect("liquidated").events()).is_empty());
    assert!(is_called(&stage));
}

#[test]
fn an_account_that_holds_nothing_any_more_has_no_call() {
    let mut stage = called_stage(IN_CALL);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.flag(&trader).expect("a call");
    let held = stage.world.size_of(&trader, sol.index);
    let meta = stage.world.trade(&trader, &sol, -held).expect("closed");
    assert!(called(&meta.events()).is_empty());
    assert!(!is_called(&stage));
    stage.world.withdraw_all_but(&trader, 0);
    stage.world.close_margin_account(&trader).expect("closed");
}

/// Collateral without a loan owes nothing, however little of its worth is left above MM. A loan of a dollar beside the
/// same collateral is called.
#[test]
fn collateral_without_a_loan_is_not_called() {
    let Stage { mut world, sol, .. } = stage();
    let [idle, borrower] = [10, 10].map(|dollars| world.new_trader(usd(dollars)));
    for trader in [&idle, &borrower] {
        let tokens = 100_000_000_000;
        world.deposit_collateral(trader, &sol, tokens).unwrap();
    }
    world.borrow(&borrower, usd(11)).expect("lent");
    let scenarios = vec![Scenario {
        weight_bps: 10_000,
        shock_bps: [-9_000; 8],
    }];
    let meta = world.tighten(Change::Scenarios { scenarios }).unwrap();
    let Event::ParametersChanged(changed) = meta.event() else {
        panic!("{meta:?}")
    };
    world.warp_fresh(changed.ramp_end_ts - world.now());
    for trader in [&idle, &borrower] {
        let state = report(&mut world, trader).state;
        assert_eq!(state, MarginState::Call, "by the numbers alone");
    }
    let meta = world.flag(&borrower).expect("a call");
    assert_eq!(called(&meta.events()).len(), 1);
    refused(world.flag(&idle), FreeboardError::AccountHealthy);
    assert_eq!(world.state_of(&idle).called, 0);
}

#[test]
fn another_level_moves_the_word_alone() {
    let mut stage = called_stage(IN_CALL);
    let trader = stage.trader.clone();
    let world = &mut stage.world;
    let held = world.exchange().liquidation;
    let level = |call_level_e9| Change::Liquidation {
        params: LiquidationParams {
            call_level_e9,
            ..held
        },
    };
    let before = report(world, &trader);
    assert_eq!(before.state, MarginState::Call);
    world.change(level(1_050_000_000)).expect("within bounds");
    let after = report(world, &trader);
    assert_eq!(after.state, MarginState::AtRisk);
    assert_eq!(
        MarginReport {
            state: before.state,
            ..after
        },
        before
    );
    refused(world.flag(&trader), FreeboardError::AccountHealthy);
    world.change(level(1_250_000_000)).expect("within bounds");
    let meta = world.flag(&trader).expect("a call");
    assert_eq!(called(&meta.events())[0].call_level_e9, 1_250_000_000);
    // A lower level takes back no call: that the initial margin is met does.
    world.change(level(1_050_000_000)).expect("within bounds");
    refused(world.flag(&trader), FreeboardError::AccountHealthy);
    assert_eq!(world.state_of(&trader).called, 1);
}

/// A stranger calls flag as often as it likes, of one account in one transaction too.
#[test]
fn a_stranger_tells_nothing_twice() {
    let mut stage = called_stage(IN_CALL);
    let trader = stage.trader.clone();
    let safe = stage.world.new_trader(usd(10));
    let flag = stage.world.flag_instruction(&trader);
    let twice = stage.world.clone().send(&[flag.clone(), flag], &[]);
    refused(twice, FreeboardError::AccountHealthy);
    // Of several: who has nothing to be told stops none of the others, and a repetition does nothing.
    let several = stage.world.flag_several_instruction(&[&trader, &safe], &[]);
    let meta = stage.world.send(std::slice::from_ref(&several), &[]);
    assert_eq!(called(&meta.expect("a call").events()).len(), 1);
    refused(
        stage.world.send(&[several], &[]),
        FreeboardError::AccountHealthy,
    );
}

/// A price that may be wrong, or none: it counts in the account's favour, so that nobody is called by it.
#[test]
fn a_doubtful_price_calls_nobody() {
    let mut stage = called_stage(AT_RISK);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let fresh = stage.world.quote(&sol);
    for bad in [
        freeboard_tests::Quote::usd(IN_CALL, fresh.publish_ts).with_conf(0.021),
        freeboard_tests::Quote::usd(IN_CALL, fresh.publish_ts).with_ema(1.3),
    ] {
        stage.world.set_price(&sol, bad);
        refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    }
    stage.world.set_price_usd(&sol, IN_CALL);
    stage.world.warp(16);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    assert!(!is_called(&stage));
}

/// An update older than the newest known, which anyone can post again.
#[test]
fn an_old_price_calls_nobody_and_ends_no_call() {
    let mut stage = called_stage(IN_CALL);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let fell = stage.world.quote(&sol);
    price(&mut stage, SAFE);
    let rose = stage.world.quote(&sol);
    stage.world.show_price(&sol).expect("known");
    stage.world.set_price(&sol, fell);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    assert!(!is_called(&stage));
    price(&mut stage, IN_CALL);
    stage.world.flag(&trader).expect("a call");
    stage.world.show_price(&sol).expect("known");
    stage.world.set_price(&sol, rose);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    assert!(is_called(&stage));
}
