//! What a liquidation takes before there is a loss: collateral, a hedged pair, the insurance fund's part of a reward.
use super::borrower;
use crate::support::stage;
use freeboard::events::AccountLiquidated;
use freeboard::instructions::Closing;
use freeboard_client::events::Event;
use freeboard_tests::{AssetHandle, Meta, Trader, World, usd};

fn liquidated(meta: &Meta) -> AccountLiquidated {
    match meta.event() {
        Event::AccountLiquidated(event) => event,
        other => panic!("{other:?}"),
    }
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
    // He pays P and the spread of its age, less his share of the penalty.
    let paid = 500_000_000_000 - world.quote_of(&liquidator);
    let notional = i64::try_from(event.notional_atoms + event.spread_atoms).unwrap();
    assert!(event.spread_atoms > 0);
    let earned = i64::try_from(event.penalty_liquidator_atoms + event.topup_atoms).unwrap();
    assert!(
        (notional - earned..=notional - earned + 2).contains(&paid),
        "{paid} {notional} {earned}"
    );
    let after = world.view(&trader).unwrap();
    let free_collateral = |report: &freeboard::instructions::MarginReport| {
        report.maintenance.equity_atoms - report.maintenance.margin_atoms
    };
    assert!(free_collateral(&after) > free_collateral(&before), "P7");
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
    world.withdraw_all_but(&trader, usd(1));
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
