//! The joint scenarios of the shipped parameters: whitepaper §5.1.
use freeboard_risk::params::{AssetParams, Scenario, ScenarioCoefficients};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::report;
use freeboard_risk::requirement::portfolio::{Binding, Portfolio};

use crate::paper::{Example, usd};
use crate::shipped::{
    COIN, USD, btc, coefficients, dollars, eth, eth_params, holding, observed, portfolio,
};

/// One SOL in base atoms.
const SOL: i64 = 1_000_000_000;

/// The scenario in which SOL rises and the others fall.
fn sol_rises() -> ScenarioCoefficients {
    let mut shock_e9 = [0; 8];
    for (shock_e9, bps) in shock_e9.iter_mut().zip([-525, -684, 1_158]) {
        *shock_e9 = bps * 100_000;
    }
    ScenarioCoefficients::new(&Scenario {
        weight_e9: 354_000_000,
        shock_e9,
    })
    .unwrap()
}

/// 330 SOL sold at $150, where they stand; σ_c 1.3 % per √hour.
fn sol_short() -> Holding {
    let params = AssetParams {
        omega_e9: 300_000_000,
        sigma_stress_e9: 37_600_000,
        sigma_floor_e9: 7_200_000,
        sigma_cap_e9: 178_500_000,
        sigma_initial_e9: 37_600_000,
        k_e9: 2_800_000_000,
        s_floor_e9: 20_800_000,
        bucket: 2,
        base_decimals: 9,
        ..eth_params()
    };
    let price = dollars(150);
    let observed = observed(
        price,
        freeboard_risk::number::quantity::Price(price.0 / 2_000),
    );
    Holding {
        size_atoms: -330 * SOL,
        entry_quote_atoms: -330 * 150 * USD,
        ..holding(&params, &observed, 13_000_000)
    }
}

#[test]
fn scenario_requirement() {
    let example = Example::named("scenario_requirement");
    let held = [btc(COIN / 4), eth(7 * COIN), sol_short()];
    let c = coefficients();
    let alone = portfolio(&c, 20_000 * USD, &held);
    let netted = report(&alone).unwrap().maintenance;
    assert_eq!(netted.binding, Binding::Var);
    example.says(usd(netted.margin_atoms));
    let scenarios = [sol_rises()];
    let scenarios = Portfolio {
        scenarios: &scenarios,
        ..alone
    };
    let report = report(&scenarios).unwrap();
    assert_eq!(report.maintenance.binding, Binding::Scenario(0));
    example.says(usd(report.maintenance.margin_atoms));
    example.says(usd(report.initial.requirement.margin_atoms));
    assert_eq!(report.initial.requirement.binding, Binding::Var);
}
