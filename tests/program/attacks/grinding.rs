//! Many small operations instead of one: every rounding goes against whoever causes it.
use super::{equity, wealth};
use crate::support::{Stage, stage};
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_tests::usd;
use solana_signer::Signer;

#[test]
fn a_thousand_dust_trades() {
    // The smallest position there is, opened and closed five hundred times at prices that leave rests in
    // every division. Fee and notional are rounded against the trader each time.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let mut last = equity(world, &[&trader]);
    for round in 0..500_i64 {
        let size = sol.atoms(0.07) * if round % 2 == 0 { 1 } else { -1 };
        world.set_price_usd(&sol, 150.000_007 + round as f64 * 1e-7);
        world.trade(&trader, &sol, size).expect("opened");
        world.trade(&trader, &sol, -size).expect("closed");
        let now = equity(world, &[&trader]);
        // At least the fee of both sides, 0.05 % of about $10.5.
        assert!(now <= last - 2 * 5_000, "round {round}: {last} to {now}");
        last = now;
    }
    world.assert_books();
}

#[test]
fn one_atom_at_a_time() {
    // Deposits and withdrawals of single atoms, of quote and of collateral, on an account with a loan whose
    // interest is charged on each touch. Nothing is gained: interest is rounded up on every call.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let trader = world.new_borrower(&sol, 10_000_000_000, usd(500));
    let start = equity(world, &[&trader]);
    for _ in 0..100 {
        world.warp_fresh(1);
        world.deposit_quote(&trader, 1).unwrap();
        world.withdraw_quote(&trader, 1).unwrap();
        world.deposit_collateral(&trader, &sol, 1).unwrap();
        world.withdraw_collateral(&trader, &sol, 1).unwrap();
    }
    let gain = equity(world, &[&trader]) - start;
    // 100 seconds of 0.9 % a year on $500 are 14 atoms; one a touch is charged at least.
    assert!((-1_000..=-100).contains(&gain), "{gain}");
    world.assert_books();
}

#[test]
fn liquidity_crumbs() {
    // Deposits and redemptions of almost nothing by an LP: shares are rounded down both ways.
    let mut stage = stage();
    let world = &mut stage.world;
    let lp = world.actor();
    let mut given = 0_u64;
    for number in 0..40 {
        let amount = 1 + u64::from(number) * 7;
        given += amount;
        world.request_deposit(&lp, number, amount).unwrap();
    }
    world.warp_fresh(86_400);
    let mut lost = 0;
    for number in 0..40 {
        if world.execute_liquidity(&lp, number).is_err() {
            lost += 1 + u64::from(number) * 7;
            world.cancel_liquidity(&lp.clone(), &lp, number).unwrap();
        }
    }
    let shares = world.shares_of(&lp);
    for number in 0..10 {
        world.request_redeem(&lp, number, shares / 10).unwrap();
    }
    world.warp_fresh(86_400);
    for number in 0..10 {
        let _ = world.execute_liquidity(&lp, number);
    }
    let mint = world.quote_mint;
    let account = world.token_account(&lp.pubkey(), &mint);
    let back = world.token_balance(&account);
    assert!(
        back <= given,
        "{back} of {given}; {lost} of it were refused"
    );
    world.assert_books();
}

/// A long of 1,000 SOL that a fall to this price makes liquidatable, and a second account of its owner.
fn fallen(price: f64) -> (Stage, freeboard_tests::Trader, freeboard_tests::Trader) {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let prey = world.new_sub_account(&owner, 0, usd(20_000));
    let second = world.new_sub_account(&owner, 1, usd(500_000));
    world.trade(&prey, &sol, sol.atoms(1_000.0)).unwrap();
    world.warp_fresh(1);
    world.set_price_usd(&sol, price);
    world.flag(&prey).expect("below");
    world.warp_fresh(11);
    (stage, prey, second)
}

#[test]
fn liquidation_crumbs() {
    // The owner's second account liquidates the first lot by lot. All crumbs together cost the owner's side
    // no less than one liquidation of the same size.
    let (stage, prey, second) = fallen(137.0);
    let mut crumbs = stage.world.clone();
    let before = wealth(&crumbs, &[&prey, &second]);
    let mut closed = 0;
    for _ in 0..100 {
        let args = LiquidateArgs {
            asset_index: 0,
            max_size_atoms: 10_000_000,
            closing: Closing::PositionByPool,
        };
        match crumbs.liquidate_with(&second, &prey, args) {
            Ok(_) => closed += 10_000_000,
            Err(_) => break,
        }
    }
    assert!(closed > 0);
    let by_crumbs = wealth(&crumbs, &[&prey, &second]) - before;
    let mut at_once = stage.world;
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: closed,
        closing: Closing::PositionByPool,
    };
    at_once.liquidate_with(&second, &prey, args).expect("once");
    let by_one = wealth(&at_once, &[&prey, &second]) - before;
    assert!(by_one < 0 && by_crumbs < 0, "{by_one} {by_crumbs}");
    // Each crumb finds the account a little healthier: that may lower the penalty's share by as much.
    assert!(
        by_crumbs <= by_one - by_one / 100,
        "{by_crumbs} to {by_one}"
    );
    crumbs.assert_books();
}
