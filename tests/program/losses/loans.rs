//! Loans against collateral: what they cost, and where they end.
use super::borrower;
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard_tests::{AssetSpec, World, usd};

#[test]
fn a_withdrawal_against_collateral_is_a_loan_that_bears_interest() {
    let (mut stage, trader) = borrower();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    assert_eq!(world.quote_of(&trader), -100_000_000_000);
    // A year at the base rate of 0.0001 % an hour, and what its share of the pool adds.
    world.rebalance().unwrap();
    for _ in 0..10 {
        world.warp_fresh(36 * 86_400);
    }
    let seen = world.view(&trader).unwrap();
    world.deposit_quote(&trader, 1).unwrap();
    let owed = -world.quote_of(&trader) - 100_000_000_000;
    let year = 100_000_000_000i64 * 360 * 24 / 1_000_000;
    assert!((year..year * 11 / 10).contains(&owed), "{owed} of {year}");
    // What the view saw is what was charged.
    let value = 1_000 * 150_000_000i64;
    let equity = seen.maintenance.equity_atoms;
    assert!(
        (value - 100_000_000_000 - owed - equity).abs() <= 3,
        "{equity} {owed}"
    );
    world.assert_books();
    let nothing = world.withdraw_collateral(&trader, &sol, 900_000_000_000);
    refused(nothing, FreeboardError::InitialMarginNotMet);
}

/// Loans of all accounts end at the cap.
pub fn borrow_cap() {
    let (mut stage, _) = borrower();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let large = world.new_trader(0);
    world
        .deposit_collateral(&large, &sol, 20_000_000_000_000)
        .unwrap();
    let beyond = world.withdraw_quote(&large, usd(900_001));
    refused(beyond, FreeboardError::BorrowCapExceeded);
    world
        .withdraw_quote(&large, usd(900_000))
        .expect("up to it");
    world.assert_books();
}

#[test]
fn a_loan_ends_where_the_pools_own_cash_ends() {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_collateral());
    world.ready(usd(10_000));
    let trader = world.new_trader(0);
    world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    // What is allocated to SOL comes back first.
    let beyond = world.withdraw_quote(&trader, usd(10_000) + 1);
    refused(beyond, FreeboardError::PoolUtilizationExceeded);
    world
        .withdraw_quote(&trader, usd(10_000))
        .expect("all of it");
    world.assert_books();
    assert_eq!(world.asset(0).allocation_atoms, 0);
}

/// All that the pool holds is lent, and a winner wants what he has won: the pool can pay, the vault cannot yet.
pub fn vault_short() {
    let mut world = World::new();
    let spec = AssetSpec::sol().with_collateral();
    let sol = world.create_asset(spec.with_pool_share(1_000_000_000));
    world.ready(usd(10_000));
    let winner = world.new_trader(usd(30_000));
    world.trade(&winner, &sol, sol.atoms(40.0)).unwrap();
    let borrower = world.new_borrower(&sol, 1_000_000_000_000, usd(10_000));
    world.warp_fresh(60);
    world.set_price_usd(&sol, 157.0);
    world
        .trade(&winner, &sol, -sol.atoms(40.0))
        .expect("closed");
    world.assert_books();
    let all = world.quote_of(&winner).unsigned_abs();
    refused(
        world.withdraw_quote(&winner, all),
        FreeboardError::VaultShort,
    );
    world.deposit_quote(&borrower, usd(1_000)).expect("repays");
    world.withdraw_quote(&winner, all).expect("paid");
    world.assert_books();
}

/// A market with positions has no price: the pool does not lend, and pays balances as before.
pub fn pool_value_uncertain() {
    let (mut stage, trader) = borrower();
    let (other, btc) = (stage.trader.clone(), stage.btc.clone());
    let world = &mut stage.world;
    world.trade(&other, &btc, btc.atoms(0.1)).unwrap();
    world.warp_fresh(61);
    world.close_feed(&btc);
    refused(
        world.borrow(&trader, 1_000_000),
        FreeboardError::PoolValueUncertain,
    );
    let saver = world.new_trader(usd(10));
    world.withdraw_quote(&saver, usd(10)).expect("his own");
}
