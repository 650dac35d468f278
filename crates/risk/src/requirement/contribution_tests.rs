use super::*;
use crate::fixture::{ETH, SOL, USD, coefficients, e9, eth, portfolio, sol, sol_collateral};
use crate::governance::AssetTerms;
use crate::params::{PortfolioCoefficients, PortfolioParams, Scenario, ScenarioCoefficients};

fn shares(account: &Portfolio, level: Level) -> [i128; 3] {
    let mut shares = [Contribution::default(); 3];
    let report = report_with_contributions(account, &mut shares).unwrap();
    assert_eq!(Ok(report), crate::requirement::margin::report(account));
    let (total, out) = match level {
        Level::Maintenance => (
            report.maintenance.margin_atoms,
            shares.map(|share| share.maintenance_atoms),
        ),
        Level::Initial => (
            report.initial.requirement.margin_atoms,
            shares.map(|share| share.initial_atoms),
        ),
    };
    let sum: i128 = out.iter().sum();
    assert!(
        (sum - total).abs() <= 4 + (total >> 38),
        "{sum} for {total}"
    );
    out
}

#[test]
fn they_sum_to_the_requirement() {
    let c = coefficients();
    let holdings = [sol(500_000 * SOL), eth(-7 * ETH), sol(-3 * SOL)]; // with a size add-on
    let account = portfolio(&c, 0, &holdings);
    let mm = shares(&account, Level::Maintenance);
    let im = shares(&account, Level::Initial);
    assert!(
        mm[0] > 0 && mm[1] < 0,
        "a hedge contributes less than nothing: {mm:?}"
    );
    assert!(im[0] > mm[0]);
}

#[test]
fn a_hedged_pair_shares_in_halves() {
    let c = coefficients();
    let holdings = [sol(10 * SOL), eth(-ETH / 2)];
    let mm = shares(&portfolio(&c, 0, &holdings), Level::Maintenance);
    assert_eq!(mm, [23_300_000, 23_300_000, 0]);
}

#[test]
fn a_scenario_is_shared_by_its_losses() {
    let c = coefficients();
    let shock_e9 = [-200_000_000, 0, 100_000_000, 0, 0, 0, 0, 0];
    let scenario = [ScenarioCoefficients::new(&Scenario {
        weight_e9: 500_000_000,
        shock_e9,
    })
    .unwrap()];
    let holdings = [sol(10 * SOL), eth(ETH / 2), sol(0)];
    let account = Portfolio {
        scenarios: &scenario,
        ..portfolio(&c, 0, &holdings)
    };
    let larger = [sol(20 * SOL), holdings[1], holdings[2]];
    let account = Portfolio {
        holdings: &larger,
        ..account
    };
    // ½·(20 %·2,000) = 200 and ½·(−10 %·1,000) = −50, each with its provision.
    assert_eq!(
        shares(&account, Level::Maintenance),
        [201_600_000, -49_200_000, 0]
    );
}

#[test]
fn the_floor_and_the_multiple_of_mm_are_shared_alike() {
    let params = PortfolioParams {
        phi_e9: 1_000_000_000,
        ..PortfolioParams::reference()
    };
    let c = PortfolioCoefficients::new(&params).unwrap();
    let holdings = [sol(10 * SOL), eth(-ETH / 2)];
    let mm = shares(&portfolio(&c, 0, &holdings), Level::Maintenance);
    assert_eq!(mm, [38_300_000, 38_300_000, 0]);
    let carry = crate::requirement::holding::Holding {
        size_atoms: -10 * SOL,
        entry_quote_atoms: -1_000 * USD,
        ..sol_collateral(10_000_000_000)
    };
    let im = shares(&portfolio(&c, 0, &[carry]), Level::Initial);
    assert_eq!(im, [7_250_000, 0, 0]);
}

#[test]
fn each_level_is_shared_by_what_it_reads() {
    let c = coefficients();
    let mut dearer = sol(10 * SOL);
    let mut terms = AssetTerms::from_coefficients(&dearer.coefficients);
    terms.funding_provision = e9(10_000_000);
    dearer.initial = Some(terms);
    let holdings = [dearer, eth(-ETH / 2), sol(0)];
    let account = portfolio(&c, 0, &holdings);
    assert_eq!(
        shares(&account, Level::Maintenance),
        [23_300_000, 23_300_000, 0]
    );
    assert_eq!(
        shares(&account, Level::Initial),
        [55_000_000, 45_800_000, 0]
    );
    // With the floor of IM at the whole, and a scenario of IM alone.
    let floor = PortfolioCoefficients {
        phi: Fraction::ONE,
        ..c
    };
    let shock_e9 = [-400_000_000, 0, 100_000_000, 0, 0, 0, 0, 0];
    let scenario = [ScenarioCoefficients::new(&Scenario {
        weight_e9: 1_000_000_000,
        shock_e9,
    })
    .unwrap()];
    let read = |coefficients, scenarios| Portfolio {
        initial: Some(TargetTerms {
            coefficients,
            scenarios,
        }),
        ..account
    };
    for (account, im) in [
        (read(&floor, &[]), [85_000_000, 75_800_000, 0]),
        (read(&c, &scenario), [410_000_000, 100_800_000, 0]),
    ] {
        assert_eq!(
            shares(&account, Level::Maintenance),
            [23_300_000, 23_300_000, 0]
        );
        assert_eq!(shares(&account, Level::Initial), im);
    }
}

#[test]
fn too_few_slots_are_refused() {
    let c = coefficients();
    let holdings = [sol(SOL), eth(ETH)];
    let mut out = [Contribution::default(); 1];
    let refused = report_with_contributions(&portfolio(&c, 0, &holdings), &mut out);
    assert_eq!(refused, Err(RiskError::TooManyHoldings));
}

#[test]
fn a_share_is_rounded_to_the_nearest_atom() {
    let half = 1_i128 << 31;
    assert_eq!(nearest_atoms(half), 1);
    assert_eq!(nearest_atoms(half - 1), 0);
    assert_eq!(nearest_atoms(-half - 1), -1);
}
