//! Every loss has a payer: settle_loss, resolve_bankruptcy, deleverage, withdraw_pro_rata, and the collateral
//! that is sold before it comes to that.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour};
use freeboard::{
    error::FreeboardError,
    events::AccountLiquidated,
    instructions::{Closing, LiquidateArgs, WithdrawProRataArgs},
};
use freeboard_client::events::Event;
use freeboard_tests::{AssetHandle, AssetSpec, Meta, Trader, World, usd};

fn liquidated(meta: &Meta) -> AccountLiquidated {
    match meta.event() {
        Event::AccountLiquidated(event) => event,
        other => panic!("{other:?}"),
    }
}

fn borrower() -> (Stage, Trader) {
    borrower_of(100_000)
}

/// An account with 1,000 SOL of collateral and a loan of so many dollars.
pub fn borrower_of(dollars: u64) -> (Stage, Trader) {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let trader = world.new_trader(0);
    world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    world.withdraw_quote(&trader, usd(dollars)).expect("a loan");
    world.assert_books();
    (stage, trader)
}

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
    // What is allotted to SOL comes back first.
    let beyond = world.withdraw_quote(&trader, usd(10_000) + 1);
    refused(beyond, FreeboardError::PoolUtilizationExceeded);
    world
        .withdraw_quote(&trader, usd(10_000))
        .expect("all of it");
    world.assert_books();
    assert_eq!(world.asset(0).allotment_atoms, 0);
}

/// The price at which the borrower's account is liquidatable, flagged and past its grace.
fn unhealthy(world: &mut World, trader: &Trader, sol: &AssetHandle, price: f64) {
    world.warp_fresh(1);
    world.set_price_usd(sol, price);
    world.flag(trader).expect("flagged");
    world.warp_fresh(11);
}

#[test]
fn p7_collateral_is_sold_to_the_liquidator_until_the_account_is_healthy() {
    let (mut stage, trader) = borrower();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let liquidator = world.new_trader(usd(500_000));
    unhealthy(world, &trader, &sol, 103.0);
    let before = world.view(&trader).unwrap();
    assert!(before.is_liquidatable);
    let meta = world
        .liquidate(&liquidator, &trader, &sol, Closing::Collateral)
        .expect("sold");
    let event = liquidated(&meta);
    assert!(event.closed_atoms > 0 && event.closed_atoms < event.collateral_before_atoms);
    let held = world.state_of(&liquidator).collaterals[0].amount_atoms;
    assert_eq!(held, event.closed_atoms);
    // He pays P, and what a fresh print costs, less his share of the penalty.
    let paid = 500_000_000_000 - world.quote_of(&liquidator);
    let notional = i64::try_from(event.notional_atoms + event.spread_atoms).unwrap();
    assert!(event.spread_atoms > 0);
    let earned = i64::try_from(event.penalty_liquidator_atoms + event.topup_atoms).unwrap();
    assert!(
        (notional - earned..=notional - earned + 2).contains(&paid),
        "{paid} {notional} {earned}"
    );
    let after = world.view(&trader).unwrap();
    let headroom = |report: &freeboard::instructions::MarginReport| {
        report.maintenance.equity_atoms - report.maintenance.margin_atoms
    };
    assert!(headroom(&after) > headroom(&before), "P7");
    assert!(!after.is_liquidatable);
    world.assert_books();
}

#[test]
fn p7_a_hedged_pair_is_closed_together() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    // 5,000 SOL held and sold short: no price hurts, but interest and basis remain.
    let trader = world.new_trader(usd(500_000));
    world
        .deposit_collateral(&trader, &sol, 5_000_000_000_000)
        .unwrap();
    world.trade(&trader, &sol, -sol.atoms(5_000.0)).unwrap();
    let free = world.view(&trader).unwrap().free_collateral_atoms;
    world
        .withdraw_quote(&trader, free.unsigned_abs() - 1_000_000)
        .expect("the rest");
    let liquidator = world.new_trader(usd(2_000_000));
    // Up: the short loses at once, the collateral gains the same; the basis charge grows.
    world.warp_fresh(1);
    world.set_price_usd(&sol, 190.0);
    world.warp_fresh(1);
    let report = world.view(&trader).unwrap();
    if report.is_liquidatable {
        world.flag(&trader).unwrap();
        world.warp_fresh(11);
        let meta = world
            .liquidate(&liquidator, &trader, &sol, Closing::Pair)
            .expect("the pair");
        let event = liquidated(&meta);
        assert!(event.size_before_atoms < 0 && event.closed_atoms > 0);
        assert_eq!(
            world.state_of(&liquidator).collaterals[0].amount_atoms,
            event.closed_atoms
        );
    }
    world.assert_books();
}

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
    world.open_liquidity().unwrap();
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

/// A small pool of $10,000, all of it SOL's, a winner and a loser of equal size: more than ten times the pool a
/// side, at an initial shock of 8 %.
pub fn poor_pool() -> (World, AssetHandle, Trader, Trader) {
    let mut sol = AssetSpec::sol().with_pool_share(1_000_000_000);
    sol.trade.util_max_e9 = 1_000_000_000;
    sol.params.h_im_secs = 2 * sol.params.h_mm_secs;
    let mut world = World::new();
    let sol = world.create_asset(sol);
    world.ready(usd(10_000));
    let winner = world.new_trader(usd(30_000));
    let loser = world.new_trader(usd(30_000));
    for units in [500.0, 500.0] {
        world.trade(&winner, &sol, sol.atoms(units / 10.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(units / 10.0)).unwrap();
    }
    for _ in 0..12 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(50.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(50.0)).unwrap();
    }
    (world, sol, winner, loser)
}

/// A loss is settled by others only while the pool lacks cash.
pub fn settled_by_others() {
    let (mut world, sol, winner, loser) = poor_pool();
    world.warp_fresh(1);
    world.set_price_usd(&sol, 157.0);
    refused(world.settle_loss(&loser, &sol), FreeboardError::PoolHasCash);
    world.warp_fresh(60);
    world.set_price_usd(&sol, 185.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    assert!(world.books().pool_atoms < 0);
    refused(
        world.settle_loss(&winner, &sol),
        FreeboardError::NoLossToSettle,
    );
    let before = world.view(&loser).unwrap().maintenance;
    let meta = world.settle_loss(&loser, &sol);
    let fresh = match meta {
        Ok(meta) => meta,
        Err(failure) => {
            // Too far from the EMA at once: it needs a price that lasts.
            assert!(failure.is(FreeboardError::PriceFarFromEma), "{failure:?}");
            let lasting = freeboard_tests::Quote::usd(185.0, world.now()).with_ema(0.98);
            world.set_price(&sol, lasting);
            world.settle_loss(&loser, &sol).expect("settled")
        }
    };
    let Event::LossSettled(event) = fresh.event() else {
        panic!("{fresh:?}")
    };
    assert!(event.loss_atoms > 0);
    let after = world.view(&loser).unwrap().maintenance;
    assert!(
        (before.equity_atoms - after.equity_atoms).abs() <= 2,
        "{before:?} {after:?}"
    );
    world.assert_books();
}

/// Where the market's ledger cannot pay a winner, and where an account is below zero, the pool is needed.
pub fn pool_not_given() {
    let (mut world, sol, winner, loser) = poor_pool();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    let args = world.trade_args(&sol, -sol.atoms(700.0));
    let alone = world.trade_instruction(&winner, args);
    let before = world.books();
    refused(
        world.send(&[alone], &[&winner.keypair]),
        FreeboardError::PoolAccountMissing,
    );
    assert_eq!(before, world.books());
    world.trade_with(&winner, args).expect("with the pool");
    assert!(world.asset(0).ledger.pool_atoms >= 0 && world.books().pool_atoms < 0);
    let liquidator = world.new_trader(usd(100));
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: sol.atoms(1.0).unsigned_abs(),
        closing: Closing::PositionByPool,
    };
    let mut below_zero = world.liquidate_instruction(&liquidator, &loser, args);
    below_zero.accounts[2].pubkey = freeboard::ID;
    below_zero.accounts[2].is_writable = false;
    refused(
        world.send(&[below_zero], &[&liquidator.keypair]),
        FreeboardError::PoolAccountMissing,
    );
    world.assert_books();
}

/// All that the pool holds is lent, and a winner wants what he has won: the pool can pay, the vault cannot yet.
pub fn vault_short() {
    let mut world = World::new();
    let spec = AssetSpec::sol().with_collateral();
    let sol = world.create_asset(spec.with_pool_share(1_000_000_000));
    world.ready(usd(10_000));
    let winner = world.new_trader(usd(30_000));
    world.trade(&winner, &sol, sol.atoms(40.0)).unwrap();
    let borrower = world.new_trader(0);
    world
        .deposit_collateral(&borrower, &sol, 1_000_000_000_000)
        .unwrap();
    world.withdraw_quote(&borrower, usd(10_000)).expect("all");
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

/// A deficit is paid by the most profitable, and withdrawals share what is there.
pub fn deficit_shared() {
    let (mut world, sol, winner, loser) = poor_pool();
    let second = world.new_trader(usd(30_000));
    world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    let lasting = freeboard_tests::Quote::usd(260.0, world.now());
    world.set_price(&sol, lasting);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    let liquidator = world.new_trader(usd(100_000));
    world.flag(&loser).unwrap();
    world
        .liquidate(&liquidator, &loser, &sol, Closing::PositionByPool)
        .expect("deep");
    world.assert_books();
    refused(world.deleverage(&second, &sol), FreeboardError::NoDeficit);
    world.resolve_bankruptcy(&loser).expect("resolved");
    world.assert_books();
    let deficit = world.pool().deficit_atoms;
    assert!(deficit > 0, "{:?}", world.books());
    // The vault cannot pay everybody: a full withdrawal is refused, a share of it is paid.
    let owner_quote = world.quote_of(&winner).unsigned_abs();
    refused(
        world.withdraw_quote(&winner, 1),
        FreeboardError::PoolDeficit,
    );
    let args = WithdrawProRataArgs {
        amount_atoms: owner_quote,
        min_received_atoms: owner_quote,
    };
    refused(
        world.withdraw_pro_rata(&winner, args),
        FreeboardError::PayoutBelowMinimum,
    );
    // The second winner is not profitable and leveraged enough at first.
    refused(
        world.deleverage(&second, &sol),
        FreeboardError::DeleverageScoreTooLow,
    );
    world.warp_fresh(300);
    let gain_before = world.view(&second).unwrap().maintenance.equity_atoms;
    let meta = world.deleverage(&second, &sol).expect("deleveraged");
    let Event::PositionDeleveraged(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert!(event.to_deficit_atoms > 0 && event.closed_atoms > 0);
    let left = deficit - event.to_deficit_atoms;
    // The value is looked at anew: what the accounts would take, rounded up market by market.
    assert_eq!(world.pool().deficit_atoms, event.deficit_after_atoms);
    assert!(event.deficit_after_atoms.abs_diff(left) <= 8, "{left}");
    let lost = gain_before - world.view(&second).unwrap().maintenance.equity_atoms;
    assert!(
        (lost - i64::try_from(event.to_deficit_atoms).unwrap()).abs() <= 2,
        "{lost}"
    );
    world.assert_books();
    let args = WithdrawProRataArgs {
        amount_atoms: owner_quote,
        min_received_atoms: 1,
    };
    let meta = world.withdraw_pro_rata(&winner, args).expect("a share");
    let Event::WithdrawnProRata(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert!(event.received_atoms < owner_quote && event.received_atoms > 0);
    world.assert_books();
}

/// A winner who would stand below his margin without the gain: two positions share what he has, and the gain
/// of one carries the loss of the other.
pub fn deleverage_worsens() {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_pool_share(500_000_000));
    let eth = world.create_asset(AssetSpec::eth().with_pool_share(500_000_000));
    world.ready(usd(40_000));
    let [winner, loser, second] =
        [30_000, 30_000, 9_000].map(|dollars| world.new_trader(usd(dollars)));
    for _ in 0..14 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(50.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(50.0)).unwrap();
    }
    world.trade(&second, &sol, sol.atoms(80.0)).unwrap();
    world.trade(&second, &eth, eth.atoms(15.0)).unwrap();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    world.set_price_usd(&eth, 3_400.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    let liquidator = world.new_trader(usd(100_000));
    world.flag(&loser).unwrap();
    world
        .liquidate(&liquidator, &loser, &sol, Closing::PositionByPool)
        .expect("deep");
    world.resolve_bankruptcy(&loser).expect("resolved");
    assert!(world.pool().deficit_atoms > 0, "{:?}", world.books());
    world.warp_fresh(300);
    assert!(!world.view(&second).unwrap().is_liquidatable);
    let sent = world.deleverage(&second, &sol);
    refused(sent, FreeboardError::DeleverageWorsensAccount);
    world.assert_books();
}

/// A pool that the accounts' profits exceed.
pub fn pool_insolvent() {
    let mut sol = AssetSpec::sol();
    sol.trade.pool_share_e9 = 1_000_000_000;
    let mut world = World::new();
    let sol = world.create_asset(sol);
    world.open_liquidity().unwrap();
    let (lp, late) = (world.actor(), world.actor());
    world.request_deposit(&lp, 0, usd(10_000)).unwrap();
    world.warp_fresh(86_400);
    world.execute_liquidity(&lp, 0).expect("executed");
    world.sample(&sol).unwrap();
    let winner = world.new_trader(usd(30_000));
    for _ in 0..8 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(40.0)).unwrap();
    }
    let shares = world.shares_of(&lp) / 2;
    world.request_redeem(&lp, 1, shares).unwrap();
    world.request_deposit(&late, 0, usd(10)).unwrap();
    world.warp_fresh(86_400);
    // At the price there is something left, at the EMA there is not.
    let high = freeboard_tests::Quote::usd(178.0, world.now()).with_ema(1.045);
    world.set_price(&sol, high);
    refused(
        world.execute_liquidity(&lp, 1),
        FreeboardError::PoolInsolvent,
    );
    // With nothing left at the price nobody buys in either.
    world.set_price_usd(&sol, 195.0);
    refused(
        world.execute_liquidity(&late, 0),
        FreeboardError::LiquidityStopped,
    );
}

#[test]
fn the_insurance_fund_tops_up_a_reward_that_is_too_small_for_a_position() {
    let mut stage = stage();
    let (trader, sol, eth) = (stage.trader.clone(), stage.sol.clone(), stage.eth.clone());
    stage.trade(&sol, 4_000.0);
    let world = &mut stage.world;
    let liquidator = world.new_trader(usd(10));
    world.warp_fresh(60);
    // Equity about 0: no penalty is left to pay from.
    world.set_price_usd(&sol, 125.2);
    world.flag(&trader).unwrap();
    let payer = world.new_trader(usd(2_000_000));
    world.trade(&payer, &eth, eth.atoms(500.0)).unwrap();
    world.rebalance().unwrap();
    let fund = world.books().insurance_atoms;
    let meta = world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .unwrap();
    let event = liquidated(&meta);
    assert!(event.topup_atoms > 0, "{}", event.before.equity_atoms);
    // At most the taker fee on what was closed: 0.05 %.
    assert!(event.topup_atoms + event.penalty_liquidator_atoms <= event.notional_atoms / 2_000 + 1);
    assert_eq!(
        fund - i128::from(event.topup_atoms) + i128::from(event.penalty_insurance_atoms),
        world.books().insurance_atoms
    );
    world.assert_books();
}

#[test]
fn each_wrong_account_is_refused() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let wrong_exchange = FreeboardError::WrongExchange;
    let rebalance = freeboard_client::instructions::rebalance_pool(&world.keys, world.all_metas());
    check_wrong(
        world,
        &rebalance,
        &[],
        vec![
            Wrong::account("another exchange", 0, other.world.exchange, wrong_exchange),
            Wrong::account("another pool", 1, other.world.pool, wrong_exchange),
            Wrong::readonly("exchange", 0),
            Wrong::readonly("pool", 1),
            Wrong::account("another asset", 2, other.sol.address, wrong_exchange),
            Wrong::new(
                "a readonly asset",
                FreeboardError::AssetNotWritable,
                |sent| {
                    sent.accounts[2].is_writable = false;
                },
            ),
            Wrong::new("none", FreeboardError::AssetAccountMissing, |sent| {
                sent.accounts.truncate(2);
            }),
        ],
    );
    world.trade(&trader, &sol, sol.atoms(1.0)).unwrap();
    world.assert_books();
}
