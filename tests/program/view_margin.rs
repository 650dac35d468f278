//! view_margin: the report, for anybody, without a change.
use crate::support::{Wrong, check_wrong, stage, stage_with_neighbour};
use freeboard::instructions::BindingTerm;
use freeboard_tests::Quote;

#[test]
fn an_empty_account_needs_nothing() {
    let mut stage = stage();
    let report = stage.world.view(&stage.trader.clone()).unwrap();
    assert_eq!(
        (report.initial.margin_atoms, report.maintenance.margin_atoms),
        (0, 0)
    );
    assert_eq!(report.initial.equity_atoms, 100_000_000_000);
    assert_eq!(report.free_collateral_atoms, 100_000_000_000);
    assert!(report.meets_initial_margin && !report.is_liquidatable);
    assert!(report.assets.is_empty());
}

#[test]
fn a_lone_long_needs_about_what_the_model_says() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    let report = stage.world.view(&stage.trader.clone()).unwrap();
    // σ_t = 0.75·2 % + 0.25·3 % = 2.25 %; u = 2.5·2.25 % = 5.625 %; + 0.08 % of provision.
    let expected = 15_000e6 * (0.05625 + 0.0008);
    let margin = report.maintenance.margin_atoms as f64;
    assert!(
        (margin / expected - 1.0).abs() < 1e-6,
        "{margin} for {expected}"
    );
    let initial = report.initial.margin_atoms as f64;
    let expected = 15_000e6 * (2.0 * 0.05625 + 0.0008);
    assert!(
        (initial / expected - 1.0).abs() < 1e-6,
        "{initial} for {expected}"
    );
    let binding = (report.initial_binding, report.maintenance_binding);
    assert_eq!(binding, (BindingTerm::Var, BindingTerm::Var));
    assert!((report.assets[0].initial_atoms - report.initial.margin_atoms).abs() <= 1);
}

#[test]
fn contributions_sum_to_the_requirements() {
    let mut stage = stage();
    let (sol, btc, eth) = (stage.sol.clone(), stage.btc.clone(), stage.eth.clone());
    stage.trade(&sol, 100.0);
    stage.trade(&btc, -0.3);
    stage.trade(&eth, 4.0);
    let report = stage.world.view(&stage.trader.clone()).unwrap();
    let sum = |of: fn(&freeboard::instructions::AssetMargin) -> i64| {
        report.assets.iter().map(of).sum::<i64>()
    };
    assert!((sum(|a| a.initial_atoms) - report.initial.margin_atoms).abs() <= 10);
    assert!((sum(|a| a.maintenance_atoms) - report.maintenance.margin_atoms).abs() <= 10);
    let apart: i64 = [(&sol, 100.0), (&btc, -0.3), (&eth, 4.0)]
        .into_iter()
        .map(|(asset, units)| {
            let alone = stage.world.new_trader(100_000_000_000);
            stage
                .world
                .trade(&alone, asset, asset.atoms(units))
                .unwrap();
            stage.world.view(&alone).unwrap().maintenance.margin_atoms
        })
        .sum();
    assert!(report.maintenance.margin_atoms < apart, "P2");
}

#[test]
fn it_changes_nothing_and_anyone_may() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    let before = stage.world.account(&trader.margin_account).data;
    let instruction = stage.world.view_instruction(&trader);
    stage.world.send(&[instruction], &[]).unwrap();
    assert_eq!(stage.world.account(&trader.margin_account).data, before);
}

#[test]
fn it_answers_whatever_the_prices_are() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    stage.world.warp(16);
    let report = stage.world.view(&trader).unwrap();
    assert!(report.assets[0].usable_initial && !report.assets[0].usable_liquidation);
    stage
        .world
        .set_price(&sol, Quote::usd(150.0, stage.world.now()).with_ema(0.9));
    let report = stage.world.view(&trader).unwrap();
    assert!(!report.assets[0].usable_initial && report.assets[0].usable_liquidation);
    stage.world.close_feed(&sol);
    let report = stage.world.view(&trader).unwrap();
    assert!(report.assets[0].usable_initial && !report.assets[0].usable_liquidation);
    stage.world.warp(45);
    let report = stage.world.view(&trader).unwrap();
    assert!(!report.assets[0].usable_initial && !report.assets[0].usable_liquidation);
    assert!(!report.meets_initial_margin && !report.is_liquidatable);
    let equity = report.maintenance.equity_atoms;
    assert!(
        (99_900_000_000..100_000_000_000).contains(&equity),
        "the recorded price: {equity}"
    );
}

#[test]
fn accounts_are_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    let instruction = stage.world.view_instruction(&trader);
    let world = &stage.world;
    let cases = vec![
        Wrong::mistyped("not an exchange", 0, world.pool),
        Wrong::foreign("another exchange", 0, other.world.exchange),
        Wrong::foreign("another's account", 1, other.trader.margin_account),
        Wrong::mistyped("not a margin account", 1, sol.address),
    ];
    check_wrong(world, &instruction, &[], cases);
}
