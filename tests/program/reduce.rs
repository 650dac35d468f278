//! Ways out of a position: what frees or does not need the margin is never refused, what is left is nothing or the
//! minimum, and all means all of it.
use crate::support::{Stage, refused, stage};
use freeboard::{
    error::FreeboardError,
    instructions::{RequestOrderArgs, TradeArgs},
};
use freeboard_tests::{AssetHandle, Failure, Meta, Quote, usd};

fn reduce(stage: &mut Stage, asset: &AssetHandle, size_atoms: i64) -> Result<Meta, Failure> {
    let trader = stage.trader.clone();
    let args = TradeArgs {
        reduce_only: true,
        ..stage.world.trade_args(asset, size_atoms)
    };
    stage.world.trade_with(&trader, args)
}

/// Rich, long SOL and hedged by a short of BTC.
fn hedged() -> Stage {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 40.0);
    stage.trade(&btc, -0.06);
    stage.world.warp_fresh(10);
    stage
}

#[test]
fn a_hedge_may_be_closed_where_the_initial_margin_is_met_without_it() {
    let mut stage = hedged();
    let (trader, btc) = (stage.trader.clone(), stage.btc.clone());
    let before = stage.world.view(&trader).unwrap().maintenance.margin_atoms;
    reduce(&mut stage, &btc, btc.atoms(0.06)).expect("worth ninety times its margin");
    let after = stage.world.view(&trader).unwrap();
    assert!(after.maintenance.margin_atoms > before, "MM rises");
    assert!(after.meets_initial_margin);
}

#[test]
fn a_hedge_is_kept_while_a_price_may_not_be_traded_on() {
    // Whether the initial margin is met shows at usable prices alone.
    for bad in [
        |now| Quote::usd(150.0, now).with_conf(0.011),
        |now| Quote::usd(150.0, now).with_ema(1.06),
        |now| Quote::usd(150.0, now - 61),
    ] {
        let mut stage = hedged();
        let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
        stage.world.warp_fresh(70);
        let quote = bad(stage.world.now());
        stage.world.set_price(&sol, quote);
        let kept = reduce(&mut stage, &btc, btc.atoms(0.06));
        refused(kept, FreeboardError::ReduceWorsensAccount);
    }
    // Nor at a print of the market itself that only a reduce accepts.
    let mut stage = hedged();
    let btc = stage.btc.clone();
    let wide = Quote::usd(100_000.0, stage.world.now()).with_conf(0.02);
    stage.world.set_price(&btc, wide);
    let kept = reduce(&mut stage, &btc, btc.atoms(0.06));
    refused(kept, FreeboardError::ReduceWorsensAccount);
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

/// Long 2,000 SOL, short so many BTC, with an equity of less than 1.08 times its margin; in a market whose shorts
/// are 100,000 SOL larger, so that who sells pays for the skew.
fn near_its_margin(market: &Stage, btc_units: f64) -> Option<Stage> {
    let mut stage = market.clone();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let trader = stage.world.new_trader(usd(40_000));
    stage.trader = trader.clone();
    stage
        .world
        .trade(&trader, &btc, btc.atoms(-btc_units))
        .ok()?;
    stage.world.trade(&trader, &sol, sol.atoms(2_000.0)).ok()?;
    let mut dollars = 150.0;
    loop {
        dollars -= 0.05;
        stage.world.warp(1);
        stage.world.refresh_prices();
        stage.world.set_price_usd(&sol, dollars);
        let seen = stage
            .world
            .client_report(&trader)
            .expect("a report")
            .maintenance;
        if seen.equity_atoms * 100 < seen.margin_atoms * 108 {
            return (seen.equity_atoms > seen.margin_atoms).then_some(stage);
        }
    }
}

#[test]
fn a_reduce_that_impact_alone_makes_worse_is_accepted_where_it_makes_nobody_liquidatable() {
    let mut market = stage();
    let (sol, other) = (market.sol.clone(), market.world.new_trader(usd(20_000_000)));
    market
        .world
        .trade(&other, &sol, sol.atoms(-100_000.0))
        .unwrap();
    let mut found = 0;
    for step in 0..40 {
        let Some(mut stage) = near_its_margin(&market, 0.1 * f64::from(step)) else {
            continue;
        };
        let trader = stage.trader.clone();
        let before = stage.world.view(&trader).unwrap();
        if reduce(&mut stage, &sol, -sol.atoms(100.0)).is_err() {
            continue;
        }
        let after = stage.world.view(&trader).unwrap();
        let headroom =
            |margin: freeboard::events::MarginSnapshot| margin.equity_atoms - margin.margin_atoms;
        let (was, is) = (before.maintenance, after.maintenance);
        assert!(is.equity_atoms >= is.margin_atoms, "P4: {was:?} to {is:?}");
        let by_exit = is.equity_atoms * 10 >= is.margin_atoms * 11;
        if headroom(is) < headroom(was) - 2 && !by_exit && !after.meets_initial_margin {
            assert!(is.margin_atoms <= was.margin_atoms);
            found += 1;
        }
    }
    assert!(found > 0, "no reduce was made worse by impact alone");
}
