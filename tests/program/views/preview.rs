//! preview_trade, preview_liquidation, and view_margin through another program: what is answered is what then
//! happens.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour};
use anchor_lang::{
    InstructionData, ToAccountMetas, prelude::Pubkey, solana_program::instruction::Instruction,
};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidationPreview;
use freeboard::instructions::TradePreview;
use freeboard_client::events::Event;
use freeboard_tests::{Failure, Trader, usd, world::program_bytes};

fn preview_trade(
    stage: &mut Stage,
    trader: &Trader,
    index: u16,
    units: f64,
) -> Result<TradePreview, Failure> {
    let asset = stage.world.handle_of(index);
    let args = stage.world.trade_args(&asset, asset.atoms(units));
    let instruction = stage.world.preview_trade_instruction(trader, args);
    stage.world.ask(instruction)
}

fn preview_liquidation(
    stage: &mut Stage,
    trader: &Trader,
    index: u16,
    closing: Closing,
) -> LiquidationPreview {
    let instruction = stage
        .world
        .preview_liquidation_instruction(trader, index, closing);
    stage.world.ask(instruction).expect("a preview")
}

#[test]
fn a_trade_does_what_its_preview_said() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    let btc = stage.btc.clone();
    stage.trade(&btc, 0.5);
    for (index, units) in [(0, 100.0), (0, -40.0), (1, 0.3), (2, -3.0), (0, -90.0)] {
        stage.world.warp_fresh(600);
        let seen = preview_trade(&mut stage, &trader, index, units).expect("a preview");
        let asset = stage.world.handle_of(index);
        let meta = stage
            .world
            .trade(&trader, &asset, asset.atoms(units))
            .expect("traded");
        let Event::PositionChanged(event) = meta.event() else {
            panic!("{meta:?}")
        };
        assert_eq!(seen.fill_notional_atoms, event.fill_notional_atoms);
        assert_eq!(seen.fee_atoms, event.fee_atoms);
        assert_eq!(seen.realized_pnl_atoms, event.realized_pnl_atoms);
        assert_eq!(seen.funding_atoms, event.funding_atoms);
        assert_eq!(seen.interest_atoms, event.interest_atoms);
        assert_eq!(seen.size_after_atoms, event.size_after_atoms);
        assert_eq!(seen.quote_after_atoms, event.quote_after_atoms);
        assert_eq!(seen.requirement, event.requirement);
        assert_eq!(seen.oracle_price_e12, event.price_e12);
    }
}

#[test]
fn a_trade_that_is_refused_has_the_same_refusal_as_preview() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    let before = stage.world.account(&trader.margin_account).data;
    let too_large = preview_trade(&mut stage, &trader, 0, 100_000.0);
    refused(too_large, FreeboardError::InitialMarginNotMet);
    stage.world.warp(6);
    let stale = preview_trade(&mut stage, &trader, 0, 1.0);
    refused(stale, FreeboardError::PriceStale);
    assert_eq!(stage.world.account(&trader.margin_account).data, before);
}

#[test]
fn the_liquidation_price_is_where_the_account_becomes_liquidatable() {
    for units in [3_000.0, -3_000.0] {
        let mut stage = stage();
        let (trader, sol, eth) = (stage.trader.clone(), stage.sol.clone(), stage.eth.clone());
        stage.trade(&sol, units);
        stage.trade(&eth, 5.0);
        let seen = preview_liquidation(&mut stage, &trader, 0, Closing::PositionByPool);
        assert!(!seen.is_liquidatable);
        let price = seen.liquidation_price_e12 as f64 / 1e12;
        assert!(price > 100.0 && price < 250.0, "{price}");
        // Same moment, another price: what is not moved stays as it was.
        let sign = units.signum();
        for (price, expected) in [(price - sign * 0.02, true), (price + sign * 0.02, false)] {
            let mut moved = stage.clone();
            moved.world.set_price_usd(&sol, price);
            let report = moved.world.client_report(&trader).unwrap();
            assert_eq!(report.is_liquidatable, expected, "{units} at {price}");
        }
    }
}

#[test]
fn a_liquidation_does_what_its_preview_said() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.sink(131.5);
    let unflagged = preview_liquidation(&mut stage, &trader, 0, Closing::PositionByPool);
    assert!(unflagged.is_liquidatable);
    assert_eq!(unflagged.grace_left_secs, u32::MAX);
    stage.world.flag(&trader).unwrap();
    stage.world.warp_fresh(4);
    let waiting = preview_liquidation(&mut stage, &trader, 0, Closing::PositionByPool);
    assert_eq!(waiting.grace_left_secs, 6);
    assert!(
        waiting.size_atoms > 0 && !waiting.may_be_closed_now,
        "the grace runs"
    );
    stage.world.warp_fresh(7);
    let seen = preview_liquidation(&mut stage, &trader, 0, Closing::PositionByPool);
    assert_eq!(seen.grace_left_secs, 0);
    assert!(seen.may_be_closed_now);
    let liquidator = stage.world.new_trader(usd(10));
    let meta = stage
        .world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .expect("liquidated");
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert_eq!(seen.size_atoms, event.closed_atoms);
    assert_eq!(seen.notional_atoms, event.notional_atoms);
    assert_eq!(seen.penalty_atoms, event.penalty_atoms);
    assert_eq!(
        seen.penalty_liquidator_atoms,
        event.penalty_liquidator_atoms
    );
    assert_eq!(seen.maintenance, event.before);
    let earned = stage.world.quote_of(&liquidator) - 10_000_000;
    assert_eq!((seen.profit_atoms, seen.spread_atoms), (earned, 0));
}

#[test]
fn a_liquidation_of_each_kind_pays_what_its_preview_said() {
    // A short whose price rose: insurance adds to what was paid at the opening, not to what it is worth now.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let payer = stage.world.new_trader(usd(3_000_000));
    for _ in 0..2 {
        stage
            .world
            .trade(&payer, &sol, sol.atoms(10_000.0))
            .unwrap();
        stage
            .world
            .trade(&payer, &sol, -sol.atoms(10_000.0))
            .unwrap();
    }
    // Others are long, so that buying the short back moves the skew away from zero.
    stage
        .world
        .trade(&payer, &sol, sol.atoms(10_000.0))
        .unwrap();
    stage
        .world
        .deposit_collateral(&trader, &sol, 150_005_000_001)
        .unwrap();
    stage.trade(&sol, -4_000.0);
    stage.world.warp_fresh(10);
    let liquidator = stage.world.new_trader(usd(1_000_000));
    for price in [174.0, 178.0, 190.0] {
        stage.world.set_price_usd(&sol, price);
        for closing in [
            Closing::PositionByPool,
            Closing::PositionByLiquidator,
            Closing::Pair,
        ] {
            let mut stage = stage.clone();
            stage.world.flag(&trader).unwrap();
            stage.world.warp_fresh(11);
            let seen = preview_liquidation(&mut stage, &trader, 0, closing);
            let meta = stage
                .world
                .liquidate(&liquidator, &trader, &sol, closing)
                .expect("liquidated");
            let Event::AccountLiquidated(event) = meta.event() else {
                panic!("{meta:?}")
            };
            let what = format!("{closing:?} at {price}: {seen:?}");
            assert_eq!(seen.size_atoms, event.closed_atoms, "{what}");
            assert_eq!(seen.notional_atoms, event.notional_atoms, "{what}");
            assert_eq!(seen.impact_atoms, event.impact_atoms, "{what}");
            assert_eq!(seen.penalty_atoms, event.penalty_atoms, "{what}");
            assert_eq!(seen.topup_atoms, event.topup_atoms, "{what}");
            assert_eq!(seen.spread_atoms, event.spread_atoms, "{what}");
            let earned = event.penalty_liquidator_atoms + event.topup_atoms;
            let earned =
                i64::try_from(earned).unwrap() - i64::try_from(event.spread_atoms).unwrap();
            assert_eq!(seen.profit_atoms, earned, "{what}");
            let by_pool_alone = closing == Closing::PositionByPool;
            assert_eq!(event.spread_atoms == 0, by_pool_alone, "{what}");
            // Below zero nothing is left to pay with, and insurance pays the fee of the opening at $150.
            let bankrupt = event.before.equity_atoms < 0;
            let by_pool = closing != Closing::PositionByLiquidator;
            assert_eq!(event.impact_atoms > 0, by_pool && !bankrupt, "{what}");
            if bankrupt {
                let opened = event.closed_atoms * 3 / 20; // $150 per 10^9 atoms
                assert!(
                    event.topup_atoms <= opened / 2_000 && event.topup_atoms > 0,
                    "{what}"
                );
            }
        }
    }
}

/// The example program, loaded, and an instruction of it.
fn ask(stage: &mut Stage, trader: &Trader, data: Vec<u8>) -> Instruction {
    stage
        .world
        .svm
        .add_program(caller::ID, &program_bytes("caller.so"))
        .expect("a program");
    let accounts = caller::accounts::Ask {
        exchange: stage.world.exchange,
        margin_account: trader.margin_account,
        freeboard: freeboard::ID,
    };
    let mut metas = accounts.to_account_metas(None);
    metas.extend(stage.world.account_metas(trader, &[]));
    Instruction {
        program_id: caller::ID,
        accounts: metas,
        data,
    }
}

#[test]
fn another_program_asks_by_cpi_before_it_acts() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 100.0);
    let free = stage.world.view(&trader).unwrap().free_collateral_atoms;
    let require = |least_atoms| caller::instruction::RequireFreeCollateral { least_atoms }.data();
    let enough = ask(&mut stage, &trader, require(free));
    stage.world.send(&[enough], &[]).expect("enough");
    let more = ask(&mut stage, &trader, require(free + 1));
    let failure = stage.world.send(&[more], &[]).expect_err("too much");
    assert_eq!(failure.code, Some(6_000), "{failure:?}");

    let args = stage.world.trade_args(&sol, sol.atoms(10.0));
    let quoted = ask(
        &mut stage,
        &trader,
        caller::instruction::QuoteTrade { args }.data(),
    );
    let logs = stage.world.send(&[quoted], &[]).expect("a quote").logs;
    let seen = preview_trade(&mut stage, &trader, 0, 10.0).unwrap();
    let line = format!(
        "notional: {} fee: {}",
        seen.fill_notional_atoms, seen.fee_atoms
    );
    assert!(logs.iter().any(|log| log.contains(&line)), "{logs:?}");

    let asked = ask(
        &mut stage,
        &trader,
        caller::instruction::QuoteLiquidation { asset_index: 0 }.data(),
    );
    let logs = stage.world.send(&[asked], &[]).expect("a quote").logs;
    let seen = preview_liquidation(&mut stage, &trader, 0, Closing::PositionByPool);
    let line = format!("liquidation price: {}", seen.liquidation_price_e12);
    assert!(logs.iter().any(|log| log.contains(&line)), "{logs:?}");
}

#[test]
fn each_wrong_account_is_refused() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    let world = &stage.world;
    let args = world.trade_args(&sol, sol.atoms(1.0));
    for instruction in [
        world.preview_trade_instruction(&trader, args),
        world.preview_liquidation_instruction(&trader, 0, Closing::PositionByPool),
    ] {
        check_wrong(
            world,
            &instruction,
            &[],
            vec![
                Wrong::foreign("another exchange", 0, other.world.exchange),
                Wrong::foreign("another exchange's account", 1, other.trader.margin_account),
                Wrong::foreign("another exchange's asset", 2, other.sol.address),
                Wrong::account(
                    "another feed",
                    3,
                    stage.btc.feed,
                    FreeboardError::FeedMismatch,
                ),
                Wrong::new("none", FreeboardError::AssetAccountMissing, |sent| {
                    sent.accounts.truncate(2);
                }),
                Wrong::new("too many", FreeboardError::AssetAccountUnexpected, |sent| {
                    sent.accounts.extend_from_within(2..4);
                }),
            ],
        );
    }
    let _: Pubkey = trader.owner();
}

/// A short hedged by collateral falls short upwards: its charges grow with the price.
#[test]
fn a_hedged_account_has_a_liquidation_price() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let trader = stage.world.new_trader(usd(400));
    let collateral = sol.atoms(100.0) as u64;
    stage
        .world
        .deposit_collateral(&trader, &sol, collateral)
        .unwrap();
    stage
        .world
        .trade(&trader, &sol, -sol.atoms(100.0))
        .expect("hedged");
    stage.world.withdraw_all_but(&trader, usd(1)); // as a loan: its collateral is worth $15,000
    let seen = preview_liquidation(&mut stage, &trader, 0, Closing::Pair);
    assert!(!seen.is_liquidatable);
    let price = seen.liquidation_price_e12 as f64 / 1e12;
    assert!(price > 150.0 && price < 250.0, "{price}");
    for (price, expected) in [(price + 0.02, true), (price - 0.02, false)] {
        let mut moved = stage.clone();
        moved.world.set_price_usd(&sol, price);
        let report = moved.world.client_report(&trader).unwrap();
        assert_eq!(report.is_liquidatable, expected, "at {price}");
    }
}

#[test]
fn a_trades_preview_says_where_it_would_be_liquidated() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let seen = preview_trade(&mut stage, &trader, 0, 3_000.0).expect("a preview");
    stage.trade(&sol, 3_000.0);
    let held = preview_liquidation(&mut stage, &trader, 0, Closing::PositionByPool);
    assert!(seen.liquidation_price_e12 > 0);
    let apart = seen
        .liquidation_price_e12
        .abs_diff(held.liquidation_price_e12);
    assert!(
        apart < 1_000_000,
        "{apart}: the same to a millionth of a dollar"
    );
    assert_eq!(seen.far_liquidation_price_e12, 0);
}
