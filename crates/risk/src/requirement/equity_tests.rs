use super::*;
use crate::fixture::{ETH, SOL, USD, assert_down, asset, asset_params, coefficients, eth, sol};
use crate::params::{AssetParams, PortfolioCoefficients, PortfolioParams};

const DOLLAR_E12: u128 = 1_000_000_000_000;

fn initial(holding: &Holding, c: &PortfolioCoefficients) -> i128 {
    let valued = ValuedHolding::from_holding(holding).unwrap();
    floor_atoms(initial_q32(holding, holding.unit_price().unwrap(), &valued, c).unwrap())
}

fn maintenance(holding: &Holding) -> i128 {
    floor_atoms(maintenance_q32(
        holding,
        &ValuedHolding::from_holding(holding).unwrap(),
    ))
}

fn weighted(upnl_weight_e9: u64) -> PortfolioCoefficients {
    let params = PortfolioParams {
        upnl_weight_e9,
        ..PortfolioParams::reference()
    };
    PortfolioCoefficients::new(&params).unwrap()
}

#[test]
fn a_long_is_valued_at_the_lower_price_less_z_confidence() {
    let holding = Holding {
        confidence: Price(DOLLAR_E12 / 2),
        ema: Price(98 * DOLLAR_E12),
        entry_quote_atoms: 950 * USD,
        funding_quote_atoms: -2 * USD,
        ..sol(10 * SOL)
    };
    // 10 · (98 − 2.12·0.5) − 950 − 2 = 17.4, of which nothing or half counts; 48 at P.
    assert_eq!(initial(&holding, &weighted(0)), 0);
    assert_down(initial(&holding, &weighted(500_000_000)), 8_700_000, 1);
    assert_down(maintenance(&holding), 48_000_000, 1);
}

#[test]
fn a_short_is_valued_at_the_higher_price_plus_z_confidence() {
    let holding = Holding {
        confidence: Price(DOLLAR_E12),
        ema: Price(2_010 * DOLLAR_E12),
        ..eth(-ETH / 2)
    };
    assert_down(initial(&holding, &coefficients()), -6_060_000, 1);
    assert_down(maintenance(&holding), 0, 1);
}

#[test]
fn losses_count_whole_and_gains_by_their_weight() {
    let losing = Holding {
        entry_quote_atoms: 1_100 * USD,
        ..sol(10 * SOL)
    };
    assert_down(initial(&losing, &weighted(500_000_000)), -100_000_000, 1);
    let winning = Holding {
        entry_quote_atoms: 900 * USD,
        ..sol(10 * SOL)
    };
    assert_eq!(initial(&winning, &weighted(0)), 0);
    assert_down(initial(&winning, &weighted(250_000_000)), 25_000_000, 1);
}

#[test]
fn a_price_below_its_uncertainty_counts_nothing() {
    let holding = Holding {
        confidence: Price(60 * DOLLAR_E12),
        collateral_atoms: 10_000_000_000,
        ..asset(&asset_params(), 100)
    };
    assert_eq!(initial(&holding, &coefficients()), 0);
    assert_down(maintenance(&holding), 1_000_000_000, 1);
}

#[test]
fn a_flat_holding_is_valued_at_the_price_itself() {
    let holding = Holding {
        size_atoms: -10 * SOL,
        entry_quote_atoms: -1_000 * USD,
        collateral_atoms: 10_000_000_000,
        confidence: Price(DOLLAR_E12),
        ema: Price(90 * DOLLAR_E12),
        ..asset(&asset_params(), 100)
    };
    assert_down(initial(&holding, &coefficients()), 1_000_000_000, 2);
    assert_eq!(maintenance(&holding), 1_000_000_000);
}

#[test]
fn a_partly_hedged_short_has_the_price_of_its_net_size() {
    // Net long 5 SOL: everything at 90; the short's gain of 100 does not count, its collateral 1,350.
    let holding = Holding {
        size_atoms: -10 * SOL,
        entry_quote_atoms: -1_000 * USD,
        collateral_atoms: 15_000_000_000,
        ema: Price(90 * DOLLAR_E12),
        ..asset(&asset_params(), 100)
    };
    assert_down(initial(&holding, &coefficients()), 1_350_000_000, 2);
}

#[test]
fn weight_is_what_counts_of_collateral() {
    let params = AssetParams {
        collateral_weight_e9: 300_000_000,
        ..asset_params()
    };
    let holding = Holding {
        collateral_atoms: 10_000_000_000,
        ..asset(&params, 100)
    };
    assert_down(maintenance(&holding), 300_000_000, 1);
    assert_down(initial(&holding, &coefficients()), 300_000_000, 1);
}
