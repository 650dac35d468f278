//! liquidate: how much is closed, at what penalty, who gets it, and that everybody's books agree.
use crate::liquidation::flag::unhealthy;
use crate::support::{Stage, stage};
use freeboard::events::AccountLiquidated;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::state::NO_ASSET;
use freeboard_client::events::Event;
use freeboard_risk::market::notional::AssetPrice;
use freeboard_risk::number::atoms::BaseAtoms;
use freeboard_tests::{Meta, Trader, usd};

fn event(meta: &Meta) -> AccountLiquidated {
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("another event")
    };
    event
}

/// An unhealthy account, flagged for longer than the grace period, and a liquidator.
pub fn liquidatable() -> (Stage, Trader) {
    let mut stage = unhealthy();
    let trader = stage.trader.clone();
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(11);
    let liquidator = stage.world.new_trader(usd(1_000_000));
    (stage, liquidator)
}

/// P7 on what the event says: better by more than nothing, never a flip, never past the liquidation target.
fn check_p7(event: &AccountLiquidated, beta: f64) {
    let (before, after) = (event.before, event.after);
    let free_collateral = |m: freeboard::events::MarginSnapshot| m.equity_atoms - m.margin_atoms;
    assert!(
        free_collateral(after) > free_collateral(before),
        "P7 free collateral"
    );
    if before.equity_atoms > 0 {
        let left = i128::from(after.equity_atoms) * i128::from(before.margin_atoms);
        let right = i128::from(before.equity_atoms) * i128::from(after.margin_atoms);
        assert!(left > right, "P7 ratio");
    }
    assert!(
        event.closed_atoms <= event.size_before_atoms.unsigned_abs(),
        "P7 flip"
    );
    assert!(event.closed_atoms <= event.largest_close_atoms, "P7 size");
    let one_lot_more = after.equity_atoms as f64 / after.margin_atoms.max(1) as f64;
    let deep = 3 * before.equity_atoms < 2 * before.margin_atoms;
    assert!(
        deep || after.margin_atoms == 0 || one_lot_more < (1.0 + beta) * 1.01,
        "P7 exit"
    );
    let parts =
        event.penalty_liquidator_atoms + event.penalty_insurance_atoms + event.penalty_pool_atoms;
    assert_eq!(parts, event.penalty_atoms, "P7 penalty");
    let relief = before.margin_atoms - after.margin_atoms;
    assert!(
        i128::from(event.penalty_atoms) <= i128::from(relief) * 3 / 4 + 1,
        "P7 share of relief"
    );
    assert!(
        event.penalty_atoms * 20 <= event.notional_atoms + 20,
        "P7 share of notional"
    );
}

#[test]
fn the_pool_takes_part_of_a_position() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let (before, quote) = (stage.world.books(), stage.world.quote_of(&liquidator));
    let meta = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .unwrap();
    let event = event(&meta);
    check_p7(&event, 0.1);
    assert!(
        event.closing == Closing::PositionByPool
            && event.liquidator_account == liquidator.margin_account
    );
    assert_eq!(event.size_before_atoms, sol.atoms(4_000.0));
    assert!(
        event.closed_atoms > 0 && event.closed_atoms < 4_000_000_000_000,
        "a part"
    );
    assert_eq!(event.closed_atoms % 10_000_000, 0, "whole lots");
    let price = AssetPrice {
        price: freeboard_risk::number::quantity::Price(event.price_e12),
        base_decimals: sol.decimals,
    };
    let closed = BaseAtoms::new(event.closed_atoms);
    let notional = price.notional_floor(closed).unwrap().get();
    assert_eq!(event.notional_atoms, notional, "closed at the oracle price");
    let earned = i64::try_from(event.penalty_liquidator_atoms).unwrap();
    assert_eq!(stage.world.quote_of(&liquidator), quote + earned);
    assert!(earned > 0);
    let left = i64::try_from(event.closed_atoms).unwrap();
    assert_eq!(stage.world.size_of(&trader, 0), sol.atoms(4_000.0) - left);
    assert_eq!(stage.world.size_of(&liquidator, 0), 0);
    let after = stage.world.books();
    let insurance = i128::from(event.penalty_insurance_atoms);
    assert_eq!(after.insurance_atoms - before.insurance_atoms, insurance);
    let asset = stage.world.asset(0);
    assert_eq!(asset.liquidated_quote_atoms, event.notional_atoms);
    assert_eq!(asset.liquidated_ts, stage.world.now());
    stage.world.assert_books();
}

#[test]
fn the_liquidator_takes_part_of_a_position_over() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let interest = stage.world.asset(0).long_open_interest_atoms;
    let meta = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByLiquidator)
        .unwrap();
    let event = event(&meta);
    check_p7(&event, 0.1);
    assert_eq!(event.closing, Closing::PositionByLiquidator);
    let closed = i64::try_from(event.closed_atoms).unwrap();
    assert_eq!(stage.world.size_of(&liquidator, 0), closed);
    let position = stage.world.state_of(&liquidator).positions[0];
    let paid = position.entry_notional_atoms.unsigned_abs() + event.penalty_liquidator_atoms;
    let above = paid.abs_diff(event.notional_atoms + event.spread_atoms);
    // Rounded down for the one, up for the other.
    assert!(
        above <= 2,
        "at the oracle price and the spread, less the reward: {above} atoms off"
    );
    // A fresh price update counts 2 s: 1.5 · 2.25 % · √(2/3600) is 0.080 %.
    let share = event.spread_atoms * 1_000_000 / event.notional_atoms;
    assert!((790..800).contains(&share), "{share}");
    assert_eq!(
        stage.world.asset(0).long_open_interest_atoms,
        interest,
        "nothing was closed"
    );
    assert!(stage.world.view(&liquidator).unwrap().meets_initial_margin);
    stage.world.assert_books();
}

#[test]
fn a_short_is_liquidated_as_well() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, -4_000.0);
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 166.0);
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(11);
    let liquidator = stage.world.new_trader(usd(1_000_000));
    for closing in [Closing::PositionByPool, Closing::PositionByLiquidator] {
        let mut world = stage.world.clone();
        let event = event(
            &world
                .liquidate(&liquidator, &trader, &sol, closing)
                .unwrap(),
        );
        check_p7(&event, 0.1);
        assert!(world.size_of(&trader, 0) < 0, "not flipped");
        world.assert_books();
    }
}

#[test]
fn the_window_lets_only_so_much_go_and_then_more() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let meta = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .unwrap();
    let first = event(&meta).notional_atoms;
    // max($100,000, 20 % of $530,000)
    assert!((usd(99_000)..=usd(106_500)).contains(&first), "{first}");
    let account = stage.world.state_of(&trader);
    assert_eq!(account.window_closed_atoms, first);
    assert_eq!(account.window_start_ts, stage.world.now());
    if stage.world.view(&trader).unwrap().is_liquidatable {
        stage.world.warp_fresh(31);
        let meta = stage
            .world
            .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
            .unwrap();
        assert!(event(&meta).notional_atoms > 0);
    }
    stage.world.assert_books();
}

#[test]
fn the_caller_may_take_less() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let args = LiquidateArgs {
        asset_index: sol.index,
        max_size_atoms: 1_234_567_890,
        closing: Closing::PositionByPool,
    };
    let event = event(
        &stage
            .world
            .liquidate_with(&liquidator, &trader, args)
            .unwrap(),
    );
    assert_eq!(
        event.closed_atoms, 1_230_000_000,
        "whole lots of what was asked for"
    );
    assert!(event.largest_close_atoms > event.closed_atoms);
    stage.world.assert_books();
}

#[test]
fn a_severe_account_is_closed_whole_without_flag_or_grace() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.sink(128.0);
    let liquidator = stage.world.new_trader(usd(1_000_000));
    let meta = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .unwrap();
    let event = event(&meta);
    assert!(
        3 * event.before.equity_atoms < 2 * event.before.margin_atoms,
        "deep"
    );
    assert_eq!(event.closed_atoms, 4_000_000_000_000);
    check_p7(&event, 0.1);
    let account = stage.world.state_of(&trader);
    assert_eq!(account.positions[0].asset_index, NO_ASSET);
    assert!(account.quote_atoms > 0 && event.after.margin_atoms == 0);
    assert_eq!(account.flagged_ts, 0, "healthy again");
    stage.world.assert_books();
}

#[test]
fn an_insolvent_account_owes_the_pool() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.sink(120.0);
    let liquidator = stage.world.new_trader(usd(1_000_000));
    let meta = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .unwrap();
    let event = event(&meta);
    assert!(event.before.equity_atoms < 0);
    assert_eq!(event.penalty_atoms, 0, "nothing left to pay from");
    assert!(stage.world.quote_of(&trader) < 0, "a loan");
    stage.world.assert_books();
    stage.world.sweep(&sol).unwrap();
    assert_eq!(
        stage.world.pool().ledger.loans_atoms,
        -stage.world.quote_of(&trader)
    );
    stage.world.assert_books();
}

#[test]
fn repeated_liquidation_ends_at_the_target_and_costs_the_owner_more_than_it_pays() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let start = stage.world.quote_of(&liquidator);
    let (mut rounds, mut penalties) = (0, 0);
    while stage.world.view(&trader).unwrap().is_liquidatable {
        let meta = stage
            .world
            .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
            .unwrap();
        let event = event(&meta);
        check_p7(&event, 0.1);
        penalties += i64::try_from(event.penalty_atoms).unwrap();
        rounds += 1;
        assert!(rounds < 20, "it ends");
        stage.world.warp_fresh(31);
    }
    let earned = stage.world.quote_of(&liquidator) - start;
    assert!(
        earned > 0 && earned * 2 <= penalties + rounds,
        "λ = ½: {earned} of {penalties}"
    );
    assert!(stage.world.size_of(&trader, 0) > 0, "not more than needed");
    stage.world.assert_books();
}

/// What would be left of a small account pays nobody, so its collateral is sold beyond the liquidation target; the loan ends that.
#[test]
fn a_small_loan_is_repaid_beyond_the_target() {
    let mut stage = stage();
    let (sol, liquidator) = (stage.sol.clone(), stage.world.new_trader(usd(10_000)));
    let world = &mut stage.world;
    let trader = world.new_trader(0);
    world
        .deposit_collateral(&trader, &sol, 2_000_000_000)
        .unwrap();
    world.withdraw_quote(&trader, usd(200)).expect("a loan");
    world.warp_fresh(1);
    world.set_price_usd(&sol, 105.0);
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let meta = world
        .liquidate(&liquidator, &trader, &sol, Closing::Collateral)
        .expect("the largest size");
    let event = event(&meta);
    let (before, after) = (event.before, event.after);
    assert!(
        3 * before.equity_atoms > 2 * before.margin_atoms,
        "not deep"
    );
    assert!(
        after.equity_atoms * 10 > after.margin_atoms * 11,
        "beyond it"
    );
    assert!(
        event.closed_atoms < event.collateral_before_atoms,
        "the loan"
    );
    assert!(world.quote_of(&trader) < 0 && !world.view(&trader).unwrap().is_liquidatable);
    world.assert_books();
}

#[test]
fn a_delegate_of_the_liquidator_may_call_it() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol, bot) = (stage.trader.clone(), stage.sol.clone(), stage.world.actor());
    let key = solana_signer::Signer::pubkey(&*bot);
    stage.world.set_delegate(&liquidator, key).unwrap();
    let args = LiquidateArgs {
        asset_index: sol.index,
        max_size_atoms: 10_000_000,
        closing: Closing::PositionByPool,
    };
    let mut instruction = stage
        .world
        .liquidate_instruction(&liquidator, &trader, args);
    instruction.accounts[0].pubkey = key;
    stage.world.send(&[instruction], &[&bot]).unwrap();
}
