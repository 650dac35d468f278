//! liquidate: each refusal, and each account wrong once.
use crate::liquidation::flag::unhealthy;
use crate::liquidation::liquidate::liquidatable;
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_of, stage_with_neighbour};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_tests::{AssetSpec, Failure, Meta, Quote, Trader, usd};

#[test]
fn each_account_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.sink(128.0);
    let liquidator = stage.world.new_trader(usd(10));
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let instruction = stage
        .world
        .liquidate_instruction(&liquidator, &trader, args);
    let (world, theirs) = (&stage.world, other.trader.margin_account);
    let cases = vec![
        Wrong::unsigned("liquidator has not signed", 0),
        Wrong::mistyped("not an exchange", 1, world.pool),
        Wrong::foreign("another exchange", 1, other.world.exchange),
        Wrong::foreign("another exchange's pool", 2, other.world.pool),
        Wrong::mistyped("not a pool", 2, sol.address),
        Wrong::readonly("pool readonly", 2),
        Wrong::foreign("another exchange's account", 3, theirs),
        Wrong::mistyped("not a margin account", 3, sol.address),
        Wrong::foreign("another exchange's liquidator", 4, theirs),
        Wrong::mistyped("not a margin account", 4, world.exchange),
        Wrong::readonly("account readonly", 3),
        Wrong::readonly("liquidator's account readonly", 4),
        Wrong::new(
            "asset readonly",
            FreeboardError::AssetNotWritable,
            |instruction| {
                instruction.accounts[5].is_writable = false;
            },
        ),
        Wrong::account(
            "himself",
            4,
            trader.margin_account,
            FreeboardError::SelfLiquidation,
        ),
    ];
    check_wrong(world, &instruction, &[&liquidator.keypair], cases);
}

/// An account into itself, also by its owner.
pub fn himself() {
    let (mut stage, _) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let sent = stage
        .world
        .liquidate(&trader, &trader, &sol, Closing::PositionByPool);
    refused(sent, FreeboardError::SelfLiquidation);
}

/// Into somebody else's account.
pub fn stranger() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, stranger) = (stage.trader.clone(), stage.world.new_trader(usd(10)));
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let mut instruction = stage
        .world
        .liquidate_instruction(&liquidator, &trader, args);
    instruction.accounts[0].pubkey = stranger.owner();
    let sent = stage.world.send(&[instruction], &[&stranger.keypair]);
    refused(sent, FreeboardError::NotOwnerOrDelegate);
}

/// Nothing, and less than a lot.
pub fn size_zero() {
    let (mut stage, liquidator) = liquidatable();
    let trader = stage.trader.clone();
    for max_size_atoms in [0, 1, 9_999_999] {
        let args = LiquidateArgs {
            asset_index: 0,
            max_size_atoms,
            closing: Closing::PositionByPool,
        };
        let sent = stage.world.liquidate_with(&liquidator, &trader, args);
        refused(sent, FreeboardError::LiquidationSizeZero);
    }
}

/// A healthy account, by a lot of the price.
pub fn healthy() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let liquidator = stage.world.new_trader(usd(10));
    stage.trade(&sol, 100.0);
    let sent = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool);
    refused(sent, FreeboardError::AccountHealthy);
    let (mut recovered, liquidator) = liquidatable();
    recovered.world.set_price_usd(&sol_of(&recovered), 150.0);
    let trader = recovered.trader.clone();
    let sol = recovered.sol.clone();
    let sent = recovered
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool);
    refused(sent, FreeboardError::AccountHealthy);
}

fn sol_of(stage: &crate::support::Stage) -> freeboard_tests::AssetHandle {
    stage.sol.clone()
}

/// Not flagged, flagged too lately, or at a price that is not newer than the flag.
pub fn grace() {
    let mut stage = unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let liquidator = stage.world.new_trader(usd(10));
    let error = FreeboardError::LiquidationGracePeriod;
    let attempt = |stage: &mut crate::support::Stage| {
        stage
            .world
            .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
    };
    refused(attempt(&mut stage), error);
    stage.world.flag(&stage.trader.clone()).unwrap();
    stage.world.warp_fresh(9);
    refused(attempt(&mut stage), error);
    let mut old_price = stage.world.clone();
    stage.world.warp_fresh(1);
    attempt(&mut stage).expect("ten seconds");
    // The price of the flag's own second is fresh enough by age and still does not count.
    let flagged_ts = old_price.state_of(&stage.trader).flagged_ts;
    let quote = Quote {
        publish_ts: flagged_ts,
        ..Quote::usd(132.5, 0)
    };
    old_price.warp(1);
    old_price.set_price(&stage.sol.clone(), quote);
    let sent = old_price.liquidate(
        &liquidator,
        &trader,
        &stage.sol.clone(),
        Closing::PositionByPool,
    );
    refused(sent, error);
}

/// The asset to be closed has a dead feed, the account is severely undercollateralised because of another.
pub fn price_unusable() {
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 4_000.0);
    stage.trade(&btc, 0.01);
    let liquidator = stage.world.new_trader(usd(10));
    stage.world.warp(16);
    stage.world.set_price_usd(&sol, 120.0);
    let sent = stage
        .world
        .liquidate(&liquidator, &trader, &btc, Closing::PositionByPool);
    refused(sent, FreeboardError::LiquidationPriceUnusable);
    stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .expect("SOL has a price");
    stage.world.assert_books();
}

/// An asset held as collateral only.
pub fn nothing() {
    let mut stage = stage_of([
        AssetSpec::sol(),
        AssetSpec::btc(),
        AssetSpec::eth().with_collateral(),
    ]);
    let (trader, eth) = (stage.trader.clone(), stage.eth.clone());
    stage
        .world
        .deposit_collateral(&trader, &eth, 1_000_000)
        .unwrap();
    stage.sink(120.0);
    let liquidator = stage.world.new_trader(usd(10));
    let sent = stage
        .world
        .liquidate(&liquidator, &trader, &eth, Closing::PositionByPool);
    refused(sent, FreeboardError::NothingToLiquidate);
    let btc = stage.btc.clone();
    let args = LiquidateArgs {
        asset_index: btc.index,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let sent = stage.world.liquidate_with(&liquidator, &trader, args);
    refused(sent, FreeboardError::AssetAccountMissing);
}

/// Closing the hedge: it would raise the requirement.
pub fn no_relief() {
    let mut specs = [AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()];
    for spec in &mut specs {
        spec.params.max_rate_per_h_e9 = 0; // no funding provision: nothing but the hedge counts
    }
    let mut stage = stage_of(specs);
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 4_000.0);
    stage.trade(&btc, -0.3); // so small beside the long that no part of it is too much
    stage.world.warp_fresh(10);
    let mut dollars = 140.0;
    while !stage.world.view(&trader).unwrap().is_liquidatable {
        dollars -= 0.25;
        stage.world.set_price_usd(&sol, dollars);
    }
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(11);
    let liquidator = stage.world.new_trader(usd(10));
    let sent = stage
        .world
        .liquidate(&liquidator, &trader, &btc, Closing::PositionByPool);
    refused(sent, FreeboardError::NoRelief);
    stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .expect("the risk itself");
    stage.world.assert_books();
}

/// More than the window lets go within its thirty seconds.
pub fn window() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.deposit_quote(&trader, usd(400_000)).unwrap();
    stage.trade(&sol, 20_000.0);
    stage.world.warp_fresh(10);
    let mut dollars = 136.0;
    while !stage.world.view(&trader).unwrap().is_liquidatable {
        dollars -= 0.25;
        stage.world.set_price_usd(&sol, dollars);
    }
    stage.world.set_price_usd(&sol, dollars - 1.0);
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(11);
    let liquidator = stage.world.new_trader(usd(10));
    for _ in 0..2 {
        let sent = stage
            .world
            .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool);
        if sent.is_err() {
            break;
        }
    }
    let sent = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool);
    refused(sent, FreeboardError::LiquidationWindowExhausted);
    stage.world.warp_fresh(30);
    stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .expect("a new window");
    stage.world.assert_books();
}

#[test]
fn a_poor_liquidator_cannot_take_over_but_the_pool_can() {
    let (mut stage, _) = liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let poor = stage.world.new_trader(usd(100));
    let sent = stage
        .world
        .liquidate(&poor, &trader, &sol, Closing::PositionByLiquidator);
    refused(sent, FreeboardError::InitialMarginNotMet);
    stage
        .world
        .liquidate(&poor, &trader, &sol, Closing::PositionByPool)
        .unwrap();
}

#[test]
fn a_liquidator_with_a_dead_feed_cannot_take_over() {
    let (mut stage, liquidator) = liquidatable();
    let (trader, sol, eth) = (stage.trader.clone(), stage.sol.clone(), stage.eth.clone());
    stage
        .world
        .trade(&liquidator, &eth, eth.atoms(1.0))
        .unwrap();
    stage.world.warp_fresh(61); // the recorded price of ETH answers no more
    stage.world.flag(&trader).expect("still below");
    stage.world.warp_fresh(11);
    stage.world.close_feed(&eth);
    let sent = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByLiquidator);
    refused(sent, FreeboardError::PositionPriceUnusable);
    stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .unwrap();
}

/// A solvent account, well above dust, whose lots are worth less than a quote atom.
fn grainy() -> (Stage, Trader) {
    let mut sol = AssetSpec::sol();
    sol.params.lot_atoms = 1;
    let mut stage = stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]);
    let trader = stage.trader.clone();
    stage.sink(132.5);
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(11);
    let liquidator = stage.world.new_trader(usd(10));
    (stage, liquidator)
}

/// Closes so many atoms.
fn nibble(stage: &mut Stage, liquidator: &Trader, max_size_atoms: u64) -> Result<Meta, Failure> {
    let trader = stage.trader.clone();
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms,
        closing: Closing::PositionByPool,
    };
    stage.world.liquidate_with(liquidator, &trader, args)
}

/// A crumb: rounding costs the account more than the relief of it is worth.
pub fn risk_not_reduced() {
    let (mut stage, liquidator) = grainy();
    let refusal = FreeboardError::RiskNotReduced;
    let mut eaten = 0;
    for crumb in 1..=200 {
        let mut copy = stage.clone();
        let sent = nibble(&mut copy, &liquidator, crumb);
        if sent.as_ref().is_err_and(|failure| failure.is(refusal)) {
            refused(sent, refusal);
            eaten += 1;
        }
    }
    assert!(eaten > 0, "no crumb was refused");
    nibble(&mut stage, &liquidator, 10_000).expect("seventy atoms of relief");
    stage.world.assert_books();
}

#[test]
fn p7_no_crumb_makes_an_account_worse() {
    let (mut stage, liquidator) = grainy();
    for crumb in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] {
        let before = stage.world.view(&stage.trader.clone()).unwrap().liquidation;
        if nibble(&mut stage, &liquidator, crumb).is_err() {
            continue;
        }
        let after = stage.world.view(&stage.trader.clone()).unwrap().liquidation;
        let gained =
            (after.equity_atoms - after.margin_atoms) - (before.equity_atoms - before.margin_atoms);
        assert!(gained > 0, "P7: closing {crumb} atoms gained {gained}");
    }
}
