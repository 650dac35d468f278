//! settle_loss, deleverage, withdraw_pro_rata: the pool owes more than it has.
use super::poor_pool;
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard_client::events::Event;
use freeboard_tests::{AssetSpec, World, usd};

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
    world.close_severe(&loser, &sol);
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
    world.close_severe(&loser, &sol);
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
