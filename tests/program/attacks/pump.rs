//! Moving the oracle price, or the market, and taking the profit before it is real.
use super::{dollars, equity};
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_tests::{Quote, Trader, World, usd};

/// Two accounts of one owner, long and short 100,000 SOL each ($15 M).
fn two_sides() -> (Stage, Trader, Trader) {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let long = world.new_sub_account(&owner, 0, usd(5_000_000));
    let short = world.new_sub_account(&owner, 1, usd(5_000_000));
    for _ in 0..10 {
        world.trade(&long, &sol, sol.atoms(10_000.0)).expect("long");
        world
            .trade(&short, &sol, -sol.atoms(10_000.0))
            .expect("short");
    }
    (stage, long, short)
}

/// Pumps the oracle price by this factor; the EMA has not followed.
fn pump(world: &mut World, stage_sol: &freeboard_tests::AssetHandle, factor: f64) {
    world.warp_fresh(1);
    let quote = Quote::usd(150.0 * factor, world.now()).with_ema(1.0 / factor);
    world.set_price(stage_sol, quote);
}

#[test]
fn mango_october_2022() {
    // One owner holds both sides, pumps the oracle 5 to 10 times and borrows against the profit. He cannot
    // withdraw or increase at such a price, and a reduce sells at no more than 5 % above the EMA: that is
    // all he gets, and only with an oracle in his hand. Margin of the other side stays.
    for factor in [5.0, 10.0] {
        let (mut stage, long, short) = two_sides();
        let sol = stage.sol.clone();
        let world = &mut stage.world;
        let notional = dollars(15_000_000);
        pump(world, &sol, factor);
        for amount in [1, usd(1_000_000)] {
            refused(
                world.withdraw_quote(&long, amount),
                FreeboardError::PositionPriceUnusable,
            );
        }
        refused(
            world.withdraw_quote(&long, usd(50_000_000)),
            FreeboardError::PoolValueUncertain,
        );
        refused(
            world.trade(&long, &sol, sol.atoms(10.0)),
            FreeboardError::PriceFarFromEma,
        );
        // The other side is not liquidated at the pumped price either.
        let keeper = world.new_trader(usd(1_000));
        refused(
            world.liquidate(&keeper, &short, &sol, Closing::PositionByPool),
            FreeboardError::LiquidationPriceUnusable,
        );
        world
            .trade(&long, &sol, -sol.atoms(100_000.0))
            .expect("a reduce always works");
        let taken = u64::try_from(world.quote_of(&long)).unwrap();
        world
            .withdraw_quote(&long, taken)
            .expect("what he has realised");
        // The oracle comes back, and the other side closes as well.
        world.warp_fresh(1);
        world.set_price_usd(&sol, 150.0);
        world.trade(&short, &sol, sol.atoms(100_000.0)).unwrap();
        let gain = i64::try_from(taken).unwrap() + equity(world, &[&short]) - dollars(10_000_000);
        assert!(gain <= notional / 20, "{factor} times: {gain}");
        assert_eq!(equity(world, &[&keeper]), dollars(1_000));
        world.assert_books();
    }
}

#[test]
fn unrealised_profit_is_not_withdrawn() {
    // A long in profit withdraws as much as he can, with a price that is real. What he may take does not
    // grow by a cent of the profit: it counts nothing for the initial margin.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 2_000.0);
    let world = &mut stage.world;
    let before = world.view(&trader).unwrap().free_collateral_atoms;
    world.warp_fresh(1);
    let quote = Quote::usd(157.0, world.now()).with_ema(150.0 / 157.0);
    world.set_price(&sol, quote);
    let profit = 7 * 2_000 * 1_000_000;
    assert!(equity(world, &[&trader]) > dollars(100_000) + profit / 2);
    let more = u64::try_from(before).unwrap() + 1;
    refused(
        world.withdraw_quote(&trader, more),
        FreeboardError::InitialMarginNotMet,
    );
    let after = world.view(&trader).unwrap().free_collateral_atoms;
    assert!(after <= before, "{after} of {before}");
    world.assert_books();
}

#[test]
fn open_interest_squeeze_over_a_hundred_wallets() {
    // A hundred wallets stay below the size at which one account pays for its size, and together own the
    // market. Open interest is capped for all of them together, its open-interest add-on raises the initial margin of
    // the late ones, and leaving again at the same price costs both fees and spreads.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let wallets: Vec<Trader> = (0..100).map(|_| world.new_trader(usd(1_200_000))).collect();
    let mut opened = 0_i64;
    let mut refusals = 0;
    let mut last_share = 0.0_f64;
    for wallet in &wallets {
        let units = 10_200.0; // $1.53 M
        match world.trade(wallet, &sol, sol.atoms(units)) {
            Ok(_) => {
                opened += sol.atoms(units);
                let initial = world.view(wallet).unwrap().initial.margin_atoms;
                last_share = initial as f64 / (units * 150e6);
            }
            Err(failure) => {
                let known = [
                    FreeboardError::OpenInterestCapExceeded,
                    FreeboardError::PoolUtilizationExceeded,
                    FreeboardError::InitialMarginNotMet,
                ];
                assert!(known.iter().any(|error| failure.is(*error)), "{failure:?}");
                refusals += 1;
            }
        }
    }
    assert!(refusals > 0, "somebody comes too late");
    assert!(opened <= sol.atoms(1_000_000.0), "{opened}");
    assert!(last_share > 0.6, "{last_share}: nearly the whole notional");
    // Nobody else's open-interest add-on makes the first liquidatable.
    assert!(!world.view(&wallets[0]).unwrap().is_liquidatable);
    world.warp_fresh(1);
    for wallet in &wallets {
        let size = world.size_of(wallet, 0);
        if size != 0 {
            world.trade(wallet, &sol, -size).expect("out");
        }
    }
    let everybody: Vec<&Trader> = wallets.iter().collect();
    let gain = equity(world, &everybody) - dollars(120_000_000);
    let fees = opened / 1_000_000_000 * 150 * 1_000; // 0.05 % twice, in atoms
    assert!(gain <= -fees, "{gain}, fees {fees}");
    world.assert_books();
}
