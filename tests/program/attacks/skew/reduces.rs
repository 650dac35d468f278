//! What the skew asks of a reduce, and what a hedge leaves.
use super::super::{dollars, wealth};
use super::{Market, least_deposit, shipped};
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_tests::{World, usd};

#[test]
fn a_loser_is_not_closed_for_less_by_pushing_the_skew_back_first() {
    // In a market of shorts the owner of a long that is to be liquidated buys in the same second with another
    // account, so that the sale of the long would bring the skew towards zero, and sells again after it.
    let gain = |is_pushed: bool| {
        let mut market = Market::new("SOL", 93.08, true);
        for _ in 0..3 {
            let honest = market.world.new_trader(usd(20_000_000));
            market.trade(&honest, -125_000.0);
        }
        market.world.warp_fresh(1);
        let loser = market.world.new_trader(usd(3_000_000));
        let other = market.world.new_trader(usd(20_000_000));
        market.trade(&loser, 125_000.0);
        let (equity, margin) = market.health(&loser);
        let fall = (equity - margin * 2 / 5) as f64 / 1e6 / 125_000.0;
        market.moves_to(market.price - fall);
        let before = wealth(&market.world, &[&loser, &other]);
        if is_pushed {
            market.trade(&other, 125_000.0);
        }
        let asset = market.asset.clone();
        market
            .world
            .liquidate(&other, &loser, &asset, Closing::PositionByPool)
            .expect("deep");
        if is_pushed {
            market.trade(&other, -125_000.0);
        }
        wealth(&market.world, &[&loser, &other]) - before
    };
    let (plain, pushed) = (gain(false), gain(true));
    println!("liquidated: {plain}, behind a push: {pushed}");
    assert!(pushed < plain, "{pushed} {plain}");
}

#[test]
fn a_reduce_is_not_refused_for_what_the_skew_costs() {
    // A lone short beside shorts up to the cap of longs that leave nothing: buying it back where others are long up
    // to the cap costs less than the margin it frees.
    let mut market = Market::new("BTC", 71_742.0, true);
    let (account_cap, cap) = market.caps();
    let mut left = cap;
    while left >= 1.0 {
        let honest = market.world.new_trader(usd(30_000_000));
        let part = left.min(account_cap);
        market.trade(&honest, part);
        market.world.warp_fresh(1);
        left -= part;
    }
    let owner = market.world.actor();
    let deposit = least_deposit(&mut market, &owner, 0, -10.0);
    let trader = market.accounts(&owner, 0, 1, deposit)[0].clone();
    market.trade(&trader, -10.0);
    market.world.warp_fresh(1);
    // The rebate and the initial margin's part beyond maintenance are lost.
    let (equity, margin) = market.health(&trader);
    let rise = (equity - margin * 115 / 100) as f64 / 1e6 / 10.0;
    market.moves_to(market.price + rise);
    let (equity, _) = market.health(&trader);
    assert!(equity > 0, "{equity}");
    let asset = market.asset.clone();
    let sent = market.world.trade(&trader, &asset, market.asset.atoms(1.0));
    sent.expect("a reduce");
    market.close(&trader);
    assert!(wealth(&market.world, &[&trader]) > 0);
}

#[test]
fn a_hedge_that_leaves_makes_no_room_for_exposure() {
    // Longs up to what the pool's cash carries, a short against them, as many longs again, and the short leaves.
    let mut spec = shipped("SOL", 93.08, true);
    spec.trade.pool_share_e9 = 10_000_000;
    let mut world = World::market([spec]);
    let sol = world.handle_of(0);
    let grow = |world: &mut World, limit: f64| {
        let mut open = 0.0;
        for units in [100_000.0, 10_000.0, 1_000.0] {
            while open + units <= limit {
                let trader = world.new_trader(usd(20_000_000));
                match world.trade(&trader, &sol, sol.atoms(units)) {
                    Ok(_) => open += units,
                    Err(failure) => {
                        assert!(
                            failure.is(FreeboardError::PoolUtilizationExceeded),
                            "{failure:?}"
                        );
                        break;
                    }
                }
            }
        }
        open
    };
    let first = grow(&mut world, 600_000.0);
    let hedge = world.new_trader(usd(30_000_000));
    let most = first.min(125_000.0);
    world
        .trade(&hedge, &sol, -sol.atoms(most))
        .expect("a hedge");
    let more = grow(&mut world, 125_000.0);
    world
        .trade(&hedge, &sol, sol.atoms(most))
        .expect("it leaves");
    println!(
        "util_max: {first} SOL, {} after a hedge came and went",
        first + more
    );
    assert!(first >= 10_000.0 && more < 10_000.0, "{first} {more}");
}

/// An account below zero cannot close at a skew that it would have to pay for.
pub fn impact_beyond_equity() {
    let mut market = Market::new("SOL", 93.08, true);
    let honest = market.world.new_trader(usd(20_000_000));
    let trader = market.world.new_trader(usd(200_000));
    market.trade(&trader, 10_000.0);
    market.trade(&honest, -100_000.0);
    let (equity, _) = market.health(&trader);
    let fall = (equity + dollars(1_000)) as f64 / 1e6 / 10_000.0;
    market.moves_to(market.price - fall);
    let asset = market.asset.clone();
    let sent = market
        .world
        .trade(&trader, &asset, -market.asset.atoms(10_000.0));
    refused(sent, FreeboardError::ImpactExceedsEquity);
    // With the shorts gone there is nothing to pay for, and it can.
    market.world.warp_fresh(1);
    market.close(&honest);
    market.world.warp_fresh(1);
    market.close(&trader);
}

#[test]
fn a_reduce_below_zero_waits_for_a_skew_that_costs_nothing() {
    impact_beyond_equity();
}

#[test]
fn a_reduce_is_cut_to_what_equity_pays() {
    let mut market = Market::new("SOL", 93.08, true);
    let trader = market.world.new_trader(usd(200_000));
    market.trade(&trader, 10_000.0);
    for _ in 0..3 {
        let honest = market.world.new_trader(usd(20_000_000));
        market.trade(&honest, -125_000.0);
        market.world.warp_fresh(1);
    }
    let (equity, _) = market.health(&trader);
    let fall = (equity - dollars(3_000)) as f64 / 1e6 / 10_000.0;
    market.moves_to(market.price - fall);
    let asset = market.asset.clone();
    let sent = market
        .world
        .trade(&trader, &asset, -market.asset.atoms(10_000.0));
    sent.expect("a part of it");
    let left = market.world.size_of(&trader, 0);
    let (equity, _) = market.health(&trader);
    assert!(0 < left && left < market.asset.atoms(9_000.0), "{left}");
    assert!((0..dollars(50)).contains(&equity), "{equity}");
    market.world.assert_books();
}
