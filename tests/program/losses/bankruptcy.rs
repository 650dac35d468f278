//! resolve_bankruptcy, and the bad debt that is known before it.
use super::borrower;
use crate::support::{Stage, refused};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_client::events::Event;
use freeboard_tests::{Trader, usd};

/// A crash through everything the borrower has: all is sold, and a loan is left.
fn bankrupt() -> (Stage, Trader) {
    let (mut stage, trader) = borrower();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let liquidator = world.new_trader(usd(500_000));
    world.warp_fresh(1);
    world.set_price_usd(&sol, 60.0);
    // The crash lasts, so that the EMA has followed.
    world.flag(&trader).expect("deep");
    world
        .liquidate(&liquidator, &trader, &sol, Closing::Collateral)
        .expect("sold");
    world.assert_books();
    assert!(!world.state_of(&trader).has_collaterals());
    assert!(world.quote_of(&trader) < -39_000_000_000);
    (stage, trader)
}

#[test]
fn an_account_with_known_bad_debt_stays_until_a_flag_has_cleared_it() {
    let (mut stage, trader) = borrower();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.warp_fresh(1);
    world.set_price_usd(&sol, 60.0);
    world.flag(&trader).expect("seen below zero");
    // He pays all of it back and takes everything out.
    let owed = world.quote_of(&trader).unsigned_abs();
    world.deposit_quote(&trader, owed + 1_000_000).unwrap();
    let left = world.quote_of(&trader).unsigned_abs();
    world.withdraw_quote(&trader, left).unwrap();
    world
        .withdraw_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    refused(
        world.close_margin_account(&trader),
        FreeboardError::AccountNotEmpty,
    );
    world.flag(&trader).expect("cleared");
    assert_eq!(world.pool().bad_debt_atoms, 0);
    world.close_margin_account(&trader).expect("closed");
}

/// What an account is below zero is known at once, and stops LP requests.
pub fn liquidity_stopped() {
    let (mut stage, trader) = borrower();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(86_400);
    world.warp_fresh(1);
    world.set_price_usd(&sol, 60.0);
    world.flag(&trader).unwrap();
    assert_eq!(
        world.pool().bad_debt_atoms,
        world.state_of(&trader).bad_debt_atoms
    );
    assert!(world.state_of(&trader).bad_debt_atoms > 39_000_000_000);
    // The price has moved far from its EMA, but SOL has no positions: it is not asked.
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::LiquidityStopped);
    // It recovers: the next look clears what was known.
    world.set_price_usd(&sol, 150.0);
    world.flag(&trader).expect("cleared");
    assert_eq!(world.pool().bad_debt_atoms, 0);
    world.execute_liquidity(&lp, 0).expect("resumed");
    world.assert_books();
}

#[test]
fn a_bankruptcy_is_paid_by_insurance_then_by_the_pool() {
    let (mut stage, trader) = bankrupt();
    let world = &mut stage.world;
    world.rebalance().unwrap();
    let before = world.books();
    let loss = -world.quote_of(&trader);
    let meta = world.resolve_bankruptcy(&trader).expect("resolved");
    let Event::BankruptcyResolved(event) = meta.event() else {
        panic!("{meta:?}")
    };
    let after = world.books();
    let by_insurance = i128::from(event.by_insurance_atoms);
    assert_eq!(before.insurance_atoms - by_insurance, after.insurance_atoms);
    assert!(event.by_pool_atoms > 0 && event.deficit_atoms == 0);
    assert_eq!(
        event.by_insurance_atoms + event.by_pool_atoms,
        event.loss_atoms
    );
    assert!(i64::try_from(event.loss_atoms).unwrap() >= loss);
    assert_eq!(world.quote_of(&trader), 0);
    world.assert_books();
    let again = world.resolve_bankruptcy(&trader);
    refused(again, FreeboardError::AccountNotBankrupt);
}

/// An account with collateral, with a position, or without a loan.
pub fn not_bankrupt() {
    let (mut stage, trader) = borrower();
    let (other, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let refusal = FreeboardError::AccountNotBankrupt;
    refused(world.resolve_bankruptcy(&trader), refusal);
    refused(world.resolve_bankruptcy(&other), refusal);
    world.trade(&other, &sol, sol.atoms(1.0)).unwrap();
    refused(world.resolve_bankruptcy(&other), refusal);
}
