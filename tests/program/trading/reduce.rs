//! Ways out of a position: what frees or does not need the margin is never refused, what is left is nothing or the
//! minimum, and all means all of it.
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::RequestOrderArgs;
use freeboard::instructions::TradeArgs;
use freeboard::state::{AssetStatus, Change};
use freeboard_tests::{AssetHandle, Failure, Meta, Quote};

fn reduce(stage: &mut Stage, asset: &AssetHandle, size_atoms: i64) -> Result<Meta, Failure> {
    let trader = stage.trader.clone();
    let args = TradeArgs {
        reduce_only: true,
        ..stage.world.trade_args(asset, size_atoms)
    };
    stage.world.trade_with(&trader, args)
}

/// Rich, with 100 SOL of collateral that a short of 100 SOL hedges, and a little BTC.
fn hedged() -> Stage {
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 100_000_000_000)
        .unwrap();
    stage.trade(&sol, -100.0);
    stage.trade(&btc, 0.01);
    stage.world.warp_fresh(10);
    stage
}

#[test]
fn a_hedge_may_be_closed_where_the_initial_margin_is_met_without_it() {
    let mut stage = hedged();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let before = stage.world.view(&trader).unwrap().maintenance.margin_atoms;
    reduce(&mut stage, &sol, sol.atoms(100.0)).expect("worth many times its margin");
    let after = stage.world.view(&trader).unwrap();
    assert!(after.maintenance.margin_atoms > before, "MM rises");
    assert!(after.meets_initial_margin);
}

/// The markets that only reduce: by the risk manager, and one that ends.
#[test]
fn a_hedge_may_be_closed_in_a_market_that_only_reduces_or_winds_down() {
    let reduce_only = |stage: &mut Stage| {
        let change = Change::ReduceOnly {
            asset_index: 0,
            reduce_only: true,
        };
        stage.world.tighten(change).expect("reduce-only");
        AssetStatus::ReduceOnly
    };
    let winding_down = |stage: &mut Stage| {
        let sol = stage.sol.clone();
        stage.world.wind_down(&sol);
        stage.world.refresh_prices();
        AssetStatus::WindingDown
    };
    let ways: [fn(&mut Stage) -> AssetStatus; 2] = [reduce_only, winding_down];
    for way in ways {
        let mut stage = hedged();
        let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
        let status = way(&mut stage);
        assert_eq!(stage.world.asset(0).status(), status);
        let more = stage.world.trade(&trader, &sol, -sol.atoms(1.0));
        refused(more, FreeboardError::ReduceOnly);
        let before = stage.world.view(&trader).unwrap().maintenance;
        for part in [1.0, 99.0] {
            reduce(&mut stage, &sol, sol.atoms(part)).expect("worth many times its margin");
        }
        let after = stage.world.view(&trader).unwrap();
        assert_eq!(stage.world.size_of(&trader, 0), 0);
        assert!(
            after.maintenance.margin_atoms > before.margin_atoms,
            "MM rises"
        );
        assert!(after.meets_initial_margin);
        let beyond = reduce(&mut stage, &sol, sol.atoms(1.0));
        refused(beyond, FreeboardError::ReduceOnly);
        stage.world.assert_books();
    }
}

#[test]
fn a_hedge_is_kept_while_a_price_may_not_be_traded_on() {
    // Whether the initial margin is met shows at usable prices alone.
    for bad in [
        |now| Quote::usd(100_000.0, now).with_conf(0.011),
        |now| Quote::usd(100_000.0, now).with_ema(1.06),
        |now| Quote::usd(100_000.0, now - 61),
    ] {
        let mut stage = hedged();
        let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
        stage.world.warp_fresh(70);
        let quote = bad(stage.world.now());
        stage.world.set_price(&btc, quote);
        let kept = reduce(&mut stage, &sol, sol.atoms(100.0));
        refused(kept, FreeboardError::ReduceWorsensAccount);
    }
    // At a price update of the market itself that only a reduce accepts, where what it prices is not needed for it.
    let mut stage = hedged();
    let sol = stage.sol.clone();
    let wide = Quote::usd(150.0, stage.world.now()).with_conf(0.02);
    stage.world.set_price(&sol, wide);
    reduce(&mut stage, &sol, sol.atoms(100.0)).expect("met without the collateral");
}

#[test]
fn a_reduce_leaves_nothing_or_the_minimum() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 1.0);
    // $10 at $150 are 0.0667 SOL, seven lots.
    let below = reduce(&mut stage, &sol, -sol.atoms(0.94));
    refused(below, FreeboardError::NotionalBelowMinimum);
    reduce(&mut stage, &sol, -sol.atoms(0.93)).expect("the minimum");
    assert_eq!(stage.world.size_of(&stage.trader, 0), sol.atoms(0.07));
    // What the price has made small goes as a whole.
    stage.world.warp(60);
    stage.world.set_price_usd(&sol, 140.0);
    let below = reduce(&mut stage, &sol, -sol.atoms(0.01));
    refused(below, FreeboardError::NotionalBelowMinimum);
    reduce(&mut stage, &sol, -sol.atoms(0.07)).expect("nothing is left");
    stage.world.assert_books();
}

#[test]
fn a_reduce_only_trade_is_cut_to_what_is_left_and_all_is_all() {
    for (units, size_atoms) in [
        (10.0, -i64::MAX),
        (10.0, i64::MIN),
        (-10.0, i64::MAX),
        (10.0, -12_000_000_000),
        (-10.0, 12_000_000_000),
    ] {
        let mut stage = stage();
        let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
        stage.trade(&sol, units);
        let again = reduce(&mut stage.clone(), &sol, size_atoms.saturating_neg());
        refused(again, FreeboardError::ReduceOnly);
        reduce(&mut stage, &sol, size_atoms).expect("closed");
        assert_eq!(stage.world.size_of(&trader, 0), 0, "{size_atoms}");
        refused(
            reduce(&mut stage, &sol, size_atoms),
            FreeboardError::ReduceOnly,
        );
        stage.world.assert_books();
    }
}

#[test]
fn a_reduce_only_order_is_cut_to_what_is_left_when_it_is_filled() {
    for size_atoms in [-i64::MAX, -12_000_000_000] {
        let mut stage = stage();
        let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
        stage.trade(&sol, 10.0);
        let args = RequestOrderArgs {
            reduce_only: true,
            ..stage.world.order_args(&sol, size_atoms)
        };
        let id = stage.world.request_order(&trader, args).unwrap();
        stage.world.warp_fresh(1);
        stage.trade(&sol, -4.0);
        stage.world.warp_fresh(1);
        stage.world.fill_order(&trader, id).expect("the other six");
        assert_eq!(stage.world.size_of(&trader, 0), 0);
        stage.world.assert_books();
    }
}
