use super::*;
use crate::fixture::{
    ETH, SOL, USD, assert_down, assert_up, asset, asset_params, coefficients, eth, portfolio, sol,
    sol_collateral,
};
use crate::params::{AssetParams, PortfolioCoefficients};

const TEN_SOL: u64 = 10_000_000_000;

fn unusable(holding: Holding) -> Holding {
    Holding {
        usable_initial: false,
        usable_liquidation: false,
        ..holding
    }
}

#[test]
fn an_empty_account_is_healthy_and_meets_everything() {
    let c = coefficients();
    let report = report(&portfolio(&c, 0, &[])).unwrap();
    assert_eq!(report.maintenance.margin_atoms, 0);
    assert_eq!(report.maintenance.equity_atoms, 0);
    assert!(!report.maintenance.is_liquidatable());
    assert!(report.initial.meets_initial_margin());
    assert_eq!(report.initial.requirement.binding, Binding::Var);
    assert!(report.liquidation.all_usable);
    assert_eq!(report.gross_notional_atoms, 0);
}

#[test]
fn collateral_without_credit_needs_nothing() {
    let params = AssetParams {
        credit_e9: 0,
        ..asset_params()
    };
    let holdings = [Holding {
        collateral_atoms: TEN_SOL,
        ..asset(&params, 100)
    }];
    let c = coefficients();
    let report = report(&portfolio(&c, 0, &holdings)).unwrap();
    assert_eq!(report.maintenance.margin_atoms, 0);
    assert!(!report.liquidation.requirement.is_liquidatable());
    assert_eq!(report.initial.requirement.margin_atoms, 0);
    assert_eq!(report.initial.headroom_atoms, 0);
}

#[test]
fn initial_margin_is_twice_and_at_least_a_quarter_more() {
    let c = coefficients();
    let lone = initial(&portfolio(&c, 100 * USD, &[sol(10 * SOL)])).unwrap();
    assert_up(lone.requirement.margin_atoms, 75_800_000, 1);
    assert_down(lone.headroom_atoms, 24_200_000, 3);
    assert_eq!(lone.check(), Ok(()));
    // Cash and carry: only basis 5 and provision 0.8; IM is 1.25 times that.
    let carry = Holding {
        size_atoms: -10 * SOL,
        entry_quote_atoms: -1_000 * USD,
        ..sol_collateral(TEN_SOL)
    };
    let report = initial(&portfolio(&c, 0, &[carry])).unwrap();
    assert_eq!(report.requirement.binding, Binding::Maintenance);
    assert_up(report.maintenance.margin_atoms, 5_800_000, 1);
    assert_up(report.requirement.margin_atoms, 7_250_000, 1);
}

#[test]
fn headroom_below_zero_is_not_met() {
    let c = coefficients();
    let holdings = [sol(10 * SOL)];
    assert_eq!(
        initial(&portfolio(&c, 75_800_010, &holdings))
            .unwrap()
            .verdict,
        InitialVerdict::Met
    );
    let short = initial(&portfolio(&c, 75_799_999, &holdings)).unwrap();
    assert_eq!(short.check(), Err(RiskError::InitialMarginNotMet));
    assert!(!short.meets_initial_margin());
}

#[test]
fn an_unusable_collateral_counts_only_where_it_hurts() {
    let c = coefficients();
    let bitcoin = sol(10 * SOL); // any usable position
    let good = [sol_collateral(TEN_SOL), bitcoin];
    let usable = initial(&portfolio(&c, 60 * USD, &good)).unwrap();
    assert!(usable.meets_initial_margin());
    let stale = [unusable(sol_collateral(TEN_SOL)), bitcoin];
    let report = initial(&portfolio(&c, 60 * USD, &stale)).unwrap();
    assert_down(report.headroom_atoms, -15_800_000, 3); // 60 − 75.8 without it
    assert_eq!(report.verdict, InitialVerdict::NotMet);
    assert_eq!(report.requirement, usable.requirement); // reported with it
    // Where it hurts (a position hedged by it aside) it stays in: equity below IM with it.
    let loan = [unusable(sol_collateral(TEN_SOL))];
    let report = initial(&portfolio(&c, 5 * USD, &loan)).unwrap();
    assert_down(report.headroom_atoms, 5_000_000, 0); // without it: 5 − 0
}

#[test]
fn a_position_without_price_blocks_the_initial_level() {
    let c = coefficients();
    let report = initial(&portfolio(&c, 1_000 * USD, &[unusable(sol(SOL))])).unwrap();
    assert_eq!(report.check(), Err(RiskError::PositionPriceUnusable));
    assert!(report.headroom_atoms > 900_000_000); // informative, at the last price
    // An unusable asset that is not held concerns nobody.
    let report = initial(&portfolio(&c, 1_000 * USD, &[unusable(sol(0))])).unwrap();
    assert_eq!(report.check(), Ok(()));
}

#[test]
fn an_unusable_asset_cannot_make_liquidatable_nor_protect() {
    let c = coefficients();
    let holdings = [unusable(sol_collateral(TEN_SOL)), sol(10 * SOL)];
    let valuation = liquidation_valuation(&portfolio(&c, 60 * USD, &holdings)).unwrap();
    assert!(!valuation.all_usable);
    assert_down(valuation.requirement.equity_atoms, 1_560_000_000, 3);
    assert_up(valuation.requirement.margin_atoms, 38_300_000, 1); // the other asset alone
    // A short: half its value in favour; MM with it would be lower (a hedge), so that counts.
    let hedged = [unusable(eth(-ETH / 2)), sol(10 * SOL)];
    let valuation = liquidation_valuation(&portfolio(&c, 0, &hedged)).unwrap();
    assert_down(valuation.requirement.equity_atoms, 500_000_000, 3);
    assert_up(valuation.requirement.margin_atoms, 38_300_000, 1);
    // Both unusable: neither margin nor a missing gain.
    let none = [unusable(eth(-ETH / 2)), unusable(sol(10 * SOL))];
    let valuation = liquidation_valuation(&portfolio(&c, -900 * USD, &none)).unwrap();
    assert_eq!(valuation.requirement.margin_atoms, 0);
    assert_down(valuation.requirement.equity_atoms, 100_000_000, 3);
}

#[test]
fn levels_compare_equity_with_margin() {
    let at = |equity_atoms, margin_atoms| Requirement {
        margin_atoms,
        equity_atoms,
        binding: Binding::Var,
    };
    assert!(at(99, 100).is_liquidatable() && !at(100, 100).is_liquidatable());
    assert!(at(66, 100).is_deep() && !at(67, 100).is_deep());
    assert!(!at(200, 300).is_deep() && at(199, 300).is_deep());
    assert!(at(-1, 0).is_deep() && !at(0, 0).is_deep());
    assert_eq!(at(90, 100).headroom_atoms(), -10);
}

#[test]
fn a_reduce_may_not_worsen_the_account() {
    let at = |equity_atoms, margin_atoms| Requirement {
        margin_atoms,
        equity_atoms,
        binding: Binding::Var,
    };
    let beta = 100_000_000;
    let refused = Err(RiskError::ReduceWorsensAccount);
    let before = at(900, 1_000);
    assert_eq!(check_reduce(&before, &at(800, 900), beta), Ok(())); // headroom −100 as before
    assert_eq!(check_reduce(&before, &at(799, 900), beta), refused); // it falls
    assert_eq!(check_reduce(&before, &at(2_000, 1_001), beta), refused); // MM rises
    let rich = at(5_000, 1_000);
    assert_eq!(check_reduce(&rich, &at(1_100, 1_000), beta), Ok(())); // at the exit level
    assert_eq!(check_reduce(&rich, &at(1_099, 1_000), beta), refused);
    assert_eq!(check_reduce(&rich, &at(-1, 0), beta), refused);
    assert_eq!(check_reduce(&at(-5, 0), &at(-5, 0), beta), Ok(())); // no worse
}

#[test]
fn gross_is_the_sum_of_absolute_terms() {
    let c = coefficients();
    let holdings = [
        Holding {
            funding_quote_atoms: -2 * USD,
            ..sol(-10 * SOL)
        },
        sol_collateral(TEN_SOL),
    ];
    let gross = gross_atoms(&portfolio(&c, -100 * USD, &holdings)).unwrap();
    assert!((gross - 3_102_000_000).abs() <= 2);
}

#[test]
fn a_holding_report_rounds_its_net_away_from_zero() {
    let report = holding_report(&sol(-10 * SOL)).unwrap();
    assert_eq!(report.net_quote_atoms, -1_000_000_000);
    assert!(report.initial.full > report.maintenance.full);
    assert_eq!(holding_report(&sol(0)).unwrap().net_quote_atoms, 0);
}

/// P3 in the small: one atom of price or size is never rounded in the account's favour.
#[test]
fn p3_dust_is_rounded_against_the_account() {
    let c: PortfolioCoefficients = coefficients();
    let long = maintenance(&portfolio(
        &c,
        0,
        &[Holding {
            entry_quote_atoms: 0,
            ..sol(1)
        }],
    ))
    .unwrap();
    assert_eq!((long.equity_atoms, long.margin_atoms), (0, 1));
    let short = maintenance(&portfolio(
        &c,
        0,
        &[Holding {
            entry_quote_atoms: 0,
            ..sol(-1)
        }],
    ))
    .unwrap();
    assert_eq!((short.equity_atoms, short.margin_atoms), (-1, 1));
}
