use super::*;
use crate::fixture::{ETH, SOL, assert_up, coefficients, eth, portfolio, sol};
use crate::params::{PortfolioParams, Scenario, ScenarioCoefficients};
use crate::requirement::equity::ceil_atoms;
use crate::requirement::holding::Holding;
use crate::requirement::margin::maintenance;
use crate::requirement::portfolio::Portfolio;

fn with(params: PortfolioParams) -> PortfolioCoefficients {
    PortfolioCoefficients::new(&params).unwrap()
}

fn margin(c: &PortfolioCoefficients, holdings: &[Holding]) -> i128 {
    maintenance(&portfolio(c, 0, holdings))
        .unwrap()
        .margin_atoms
}

#[test]
fn a_lone_long_pays_its_shock_and_the_provision() {
    assert_up(margin(&coefficients(), &[sol(10 * SOL)]), 38_300_000, 1);
}

#[test]
fn a_hedged_pair_keeps_a_share_of_both() {
    // X = ±37.5: G = 75, V = 37.5, 75 − 0.8·37.5 = 45; provision 1.6.
    assert_up(
        margin(&coefficients(), &[sol(10 * SOL), eth(-ETH / 2)]),
        46_600_000,
        1,
    );
}

#[test]
fn the_worse_correlation_binds() {
    // Same side: ρ_hi. V = 37.5·√(2 + 1.9) = 74.0566; 75 − 0.8·0.9434 = 74.2453.
    assert_up(
        margin(&coefficients(), &[sol(10 * SOL), eth(ETH / 2)]),
        75_845_253,
        2,
    );
}

#[test]
fn the_floor_binds_above_one_minus_theta() {
    let c = with(PortfolioParams {
        phi_e9: 800_000_000,
        rho_lo_e9: 600_000_000,
        ..PortfolioParams::reference()
    });
    let holdings = [sol(10 * SOL), eth(-ETH / 2)];
    let requirement = maintenance(&portfolio(&c, 0, &holdings)).unwrap();
    assert_eq!(requirement.binding, Binding::Floor);
    assert_up(requirement.margin_atoms, 60_000_000 + 1_600_000, 1);
    // Equal terms are named var: V = 0 with ρ = 1, φ = 1 − θ.
    let tie = with(PortfolioParams {
        phi_e9: 200_000_000,
        rho_lo_e9: 1_000_000_000,
        rho_hi_e9: 1_000_000_000,
        ..PortfolioParams::reference()
    });
    let requirement = maintenance(&portfolio(&tie, 0, &holdings)).unwrap();
    assert_eq!(requirement.binding, Binding::Var);
    assert_up(requirement.margin_atoms, 15_000_000 + 1_600_000, 1);
}

#[test]
fn a_scenario_binds_only_when_strictly_larger() {
    let c = coefficients();
    let scenario = |shock: i64| {
        let shock_e9 = [shock; 8];
        ScenarioCoefficients::new(&Scenario {
            weight_e9: 1_000_000_000,
            shock_e9,
        })
        .unwrap()
    };
    let holdings = [sol(10 * SOL)];
    let judge = |shocks: [i64; 3]| {
        let list = shocks.map(scenario);
        let account = Portfolio {
            scenarios: &list,
            ..portfolio(&c, 0, &holdings)
        };
        maintenance(&account).unwrap()
    };
    assert_eq!(judge([-37_500_000, 0, 10_000_000]).binding, Binding::Var); // exactly M_var
    let worse = judge([-37_500_000, -80_000_000, -80_000_000]);
    assert_eq!(worse.binding, Binding::Scenario(1));
    assert_up(worse.margin_atoms, 80_800_000, 1);
}

/// P2: any order, and no more than the assets alone; P3 aside, λ times the sizes is λ times MM.
#[test]
fn p2_order_sum_and_scale() {
    let c = coefficients();
    let book = |scale: i64| {
        [
            sol(7 * SOL * scale),
            eth(-ETH / 3 * scale),
            sol(-2 * SOL * scale),
            eth(ETH / 9 * scale),
        ]
    };
    let mut turned = book(1);
    turned.reverse();
    let whole = margin(&c, &book(1));
    assert!((margin(&c, &turned) - whole).abs() <= 1);
    let alone: i128 = book(1).iter().map(|holding| margin(&c, &[*holding])).sum();
    assert!(whole <= alone);
    for scale in [10, 1_000] {
        assert!((margin(&c, &book(scale)) - whole * i128::from(scale)).abs() <= i128::from(scale));
    }
    // Beyond the depth it grows faster.
    assert!(margin(&c, &book(1_000_000)) > whole * 1_100_000);
}

/// P1: MM does not fall when a lone position grows.
#[test]
fn p1_a_larger_position_needs_no_less() {
    let c = coefficients();
    for side in [1, -1] {
        let mut last = 0;
        for step in 0..200 {
            let size = side * (SOL + step * step * step * SOL / 10);
            let margin = margin(&c, &[sol(size)]);
            assert!(margin >= last, "{size}");
            last = margin;
        }
    }
}

#[test]
fn nothing_needs_nothing() {
    assert_eq!(margin(&coefficients(), &[]), 0);
    assert_eq!(margin(&coefficients(), &[sol(0), eth(0)]), 0);
}

#[test]
fn twenty_four_of_the_largest_holdings_fit() {
    let mut big = sol(i64::MAX / 2);
    big.price.0 = 500_000_000_000_000; // $500: 2.3e15 lamports … 2.3e18 quote atoms
    let sides = |i: usize| {
        if i.is_multiple_of(2) {
            big
        } else {
            Holding {
                size_atoms: -big.size_atoms,
                ..big
            }
        }
    };
    let book: [Holding; 24] = core::array::from_fn(sides);
    let c = coefficients();
    assert!(margin(&c, &book) > 0);
    assert!(margin(&c, &[big; 24]) > 0);
    let refused = maintenance(&portfolio(&c, 0, &[big; 25]));
    assert_eq!(refused.unwrap_err(), RiskError::TooManyHoldings);
}

#[test]
fn a_spread_of_equal_books_names_the_lower_correlation() {
    // X = −2, 1, −2 · 2^40: S² = Q = 9·2^80.
    let values = [-2i128 << 40, 1 << 40, -2 << 40];
    let spread = Spread::new(&values, 2 << 40);
    assert_eq!(
        spread.deviation(&coefficients()).unwrap().rho,
        coefficients().rho_lo
    );
    let more = spread.with(-1 << 40);
    assert_eq!(
        more.deviation(&coefficients()).unwrap().rho,
        coefficients().rho_hi
    );
}

#[test]
fn the_error_bound_is_far_below_an_atom_for_ordinary_books() {
    let c = coefficients();
    let mut sums = crate::requirement::sums::MaintenanceSums::new(&portfolio(&c, 0, &[]));
    let holdings = [sol(1_000 * SOL), eth(-50 * ETH)];
    let account = portfolio(&c, 0, &holdings);
    crate::requirement::sums::collect(&account, crate::requirement::sums::Set::All, &mut sums)
        .unwrap();
    let total = sums.total(&account).unwrap();
    let error = u128::from(sums.shared.error_q32) + (total.margin_q32 >> 40);
    assert!(error >> 26 == 0, "{error} units of 2^-32 atoms");
    assert_up(ceil_atoms(total.margin_q32), 4_660_000_000, 1);
}
