use super::*;
use crate::fixture::{
    ETH, SOL, USD, assert_down, assert_up, asset, asset_params, coefficients, e9, eth, portfolio,
    sol, sol_collateral,
};
use crate::governance::{AssetTerms, TargetTerms};
use crate::number::quantity::{Fraction, Reciprocal};
use crate::params::{AssetParams, PortfolioCoefficients, Scenario, ScenarioCoefficients};
use crate::price::standing::Standing;

const TEN_SOL: u64 = 10_000_000_000;

fn unusable(holding: Holding) -> Holding {
    Holding {
        usable_initial: false,
        standing: Standing::Unknown,
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
fn collateral_without_weight_needs_nothing() {
    let params = AssetParams {
        collateral_weight_e9: 0,
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
    assert_eq!(report.initial.free_collateral_atoms, 0);
}

#[test]
fn initial_margin_is_twice_and_at_least_a_quarter_more() {
    let c = coefficients();
    let lone = initial(&portfolio(&c, 100 * USD, &[sol(10 * SOL)])).unwrap();
    assert_up(lone.requirement.margin_atoms, 75_800_000, 1);
    assert_down(lone.free_collateral_atoms, 24_200_000, 3);
    assert_eq!(lone.require_met(), Ok(()));
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
fn free_collateral_below_zero_is_not_met() {
    let c = coefficients();
    let holdings = [sol(10 * SOL)];
    assert_eq!(
        initial(&portfolio(&c, 75_800_010, &holdings))
            .unwrap()
            .verdict,
        InitialVerdict::Met
    );
    let short = initial(&portfolio(&c, 75_799_999, &holdings)).unwrap();
    assert_eq!(short.require_met(), Err(RiskError::InitialMarginNotMet));
    assert!(!short.meets_initial_margin());
    assert_eq!(
        i128::from(short.lacking().get()),
        -short.free_collateral_atoms
    );
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
    assert_down(report.free_collateral_atoms, -15_800_000, 3); // 60 − 75.8 without it
    assert_eq!(report.verdict, InitialVerdict::NotMet);
    assert_eq!(report.requirement, usable.requirement); // reported with it
    assert_eq!(report.lacking(), QuoteAtoms::ZERO); // nothing is lacking but a price
    // Where it hurts (a position hedged by it aside) it stays in: equity below IM with it.
    let loan = [unusable(sol_collateral(TEN_SOL))];
    let report = initial(&portfolio(&c, 5 * USD, &loan)).unwrap();
    assert_down(report.free_collateral_atoms, 5_000_000, 0); // without it: 5 − 0
}

#[test]
fn a_position_without_price_blocks_the_initial_level() {
    let c = coefficients();
    let report = initial(&portfolio(&c, 1_000 * USD, &[unusable(sol(SOL))])).unwrap();
    assert_eq!(report.require_met(), Err(RiskError::PositionPriceUnusable));
    assert!(report.free_collateral_atoms > 900_000_000); // informative, at the last price
    // An unusable asset that is not held concerns nobody.
    let report = initial(&portfolio(&c, 1_000 * USD, &[unusable(sol(0))])).unwrap();
    assert_eq!(report.require_met(), Ok(()));
}

#[test]
fn an_unusable_asset_cannot_make_liquidatable_nor_protect() {
    let c = coefficients();
    let holdings = [unusable(sol_collateral(TEN_SOL)), sol(10 * SOL)];
    let valuation = liquidation_valuation(&portfolio(&c, 60 * USD, &holdings)).unwrap();
    assert!(!valuation.all_usable);
    assert_down(valuation.requirement.equity_atoms, 1_560_000_000, 3);
    // MM is that of the account whatever is known of its prices.
    let whole = |holdings: &[Holding]| maintenance(&portfolio(&c, 0, holdings)).unwrap();
    assert_eq!(
        valuation.requirement.margin_atoms,
        whole(&holdings).margin_atoms
    );
    // A short: half its value in favour.
    let hedged = [unusable(eth(-ETH / 2)), sol(10 * SOL)];
    let valuation = liquidation_valuation(&portfolio(&c, 0, &hedged)).unwrap();
    assert_down(valuation.requirement.equity_atoms, 500_000_000, 3);
    assert_eq!(
        valuation.requirement.margin_atoms,
        whole(&hedged).margin_atoms
    );
    // Both unusable.
    let none = [unusable(eth(-ETH / 2)), unusable(sol(10 * SOL))];
    let valuation = liquidation_valuation(&portfolio(&c, -900 * USD, &none)).unwrap();
    assert_eq!(
        valuation.requirement.margin_atoms,
        whole(&none).margin_atoms
    );
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
    assert!(at(66, 100).is_severe() && !at(67, 100).is_severe());
    assert!(!at(200, 300).is_severe() && at(199, 300).is_severe());
    assert!(at(-1, 0).is_severe() && !at(0, 0).is_severe());
    assert_eq!(at(90, 100).free_collateral_atoms(), -10);
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
    let reduce = |before, after| Reduce {
        before,
        after,
        impact_atoms: 0,
    };
    let check = |before, after| reduce(before, after).require_accepted(beta);
    let before = at(900, 1_000);
    assert_eq!(check(before, at(800, 900)), Ok(())); // free collateral −100 as before
    assert_eq!(check(before, at(799, 900)), refused); // it falls
    assert_eq!(check(before, at(2_000, 1_001)), refused); // MM rises
    let rich = at(5_000, 1_000);
    assert_eq!(check(rich, at(1_100, 1_000)), Ok(())); // at the liquidation target
    assert_eq!(check(rich, at(1_099, 1_000)), refused);
    assert_eq!(check(rich, at(-1, 0)), refused);
    assert_eq!(check(at(-5, 0), at(-5, 0)), Ok(())); // no worse
}

#[test]
fn a_reduce_that_only_impact_makes_worse_makes_nobody_liquidatable() {
    let at = |equity_atoms, margin_atoms| Requirement {
        margin_atoms,
        equity_atoms,
        binding: Binding::Var,
    };
    let check = |before, after, impact_atoms| {
        let reduce = Reduce {
            before,
            after,
            impact_atoms,
        };
        reduce.require_accepted(100_000_000).is_ok()
    };
    let (below, above) = (at(900, 1_000), at(1_050, 1_000));
    assert!(check(below, at(780, 900), 20)); // 20 worse, all of it impact
    assert!(!check(below, at(780, 900), 19)); // an atom of it is something else
    assert!(check(above, at(900, 900), 50)); // at its margin, not below it
    assert!(!check(above, at(899, 900), 51)); // it would be liquidatable
    assert!(!check(below, at(981, 1_001), 20)); // MM rises: not by impact
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

/// The holding with terms of its own for IM.
fn tightened(holding: Holding, edit: impl Fn(&mut AssetTerms)) -> Holding {
    let mut terms = AssetTerms::from_coefficients(&holding.coefficients);
    edit(&mut terms);
    Holding {
        initial: Some(terms),
        ..holding
    }
}

#[test]
fn a_running_ramp_of_an_asset_is_in_im_and_not_in_mm() {
    let c = coefficients();
    // Cash and carry with a basis of 1 % to come: 10 + 0.8, more than 1.25 · (5 + 0.8).
    let carry = Holding {
        size_atoms: -10 * SOL,
        entry_quote_atoms: -1_000 * USD,
        ..sol_collateral(TEN_SOL)
    };
    let dearer = tightened(carry, |terms| terms.basis = e9(10_000_000));
    let found = report(&portfolio(&c, 0, &[dearer])).unwrap();
    let before = report(&portfolio(&c, 0, &[carry])).unwrap();
    assert_eq!(found.maintenance, before.maintenance);
    assert_eq!(found.liquidation, before.liquidation);
    assert_up(found.initial.requirement.margin_atoms, 10_800_000, 1);
    assert_eq!(found.initial.requirement.binding, Binding::Var);
    // A provision of 0.16 %: 5 + 1.6 is still less than 1.25 · 5.8.
    let steeper = tightened(carry, |terms| terms.funding_provision = e9(1_600_000));
    let found = initial(&portfolio(&c, 0, &[steeper])).unwrap();
    assert_eq!(found.requirement, before.initial.requirement);
    assert_up(found.requirement.margin_atoms, 7_250_000, 1);
    // Half the collateral weight. MM: 3.75 % of 1,000. IM: 7.5 % of 500 is as much, so 1.25 times that of MM.
    let half = tightened(sol_collateral(TEN_SOL), |terms| {
        terms.collateral_weight = e9(500_000_000);
    });
    let found = report(&portfolio(&c, 0, &[half])).unwrap();
    assert_up(found.maintenance.margin_atoms, 37_500_000, 1);
    assert_down(found.maintenance.equity_atoms, 1_000_000_000, 1);
    assert_down(found.initial.requirement.equity_atoms, 500_000_000, 1);
    assert_up(found.initial.requirement.margin_atoms, 46_875_000, 1);
    assert_eq!(found.initial.requirement.binding, Binding::Maintenance);
    // A quarter of L = $2,000 for $1,000 of size: nothing. For $8,000: 15 % instead of 7.5.
    let shallow = |size| {
        let mut one = sol(size);
        one.coefficients.depth_quote_atoms = 2_000_000_000;
        tightened(one, |terms| {
            terms.inverse_depth = Reciprocal::new_ceil(2_000_000_000)
        })
    };
    let small = initial(&portfolio(&c, 0, &[shallow(10 * SOL)])).unwrap();
    assert_up(small.requirement.margin_atoms, 75_800_000, 1);
    let large = initial(&portfolio(&c, 0, &[shallow(80 * SOL)])).unwrap();
    assert_up(large.requirement.margin_atoms, 1_206_400_000, 1);
}

#[test]
fn a_holding_is_reported_with_the_shocks_of_both_levels() {
    let mut held = sol(-80 * SOL);
    held.coefficients.s_max_short = e9(60_000_000);
    let wider = tightened(held, |terms| terms.s_max_short = e9(70_000_000));
    let found = holding_report(&wider).unwrap();
    assert_eq!(found.maintenance.full, e9(37_500_000));
    assert_eq!(found.initial.full, e9(70_000_000));
    assert_eq!(found.net_quote_atoms, -8_000_000_000);
    assert_eq!(holding_report(&held).unwrap().initial.full, e9(60_000_000));
}

#[test]
fn a_running_ramp_of_the_portfolio_is_in_im_and_not_in_mm() {
    let c = coefficients();
    let holdings = [sol(10 * SOL), eth(-ETH / 2)];
    let old = portfolio(&c, 0, &holdings);
    let before = initial(&old).unwrap();
    // No netting: all of 75 + 75, and the provisions.
    let tight = PortfolioCoefficients {
        theta: Fraction::ZERO,
        one_minus_theta: Fraction::ONE,
        ..c
    };
    let shock_e9 = [-400_000_000, 0, 0, 0, 0, 0, 0, 0];
    let scenario = Scenario {
        weight_e9: 1_000_000_000,
        shock_e9,
    };
    let crash = [ScenarioCoefficients::new(&scenario).unwrap()];
    let read = |coefficients, scenarios| {
        let initial = Some(TargetTerms {
            coefficients,
            scenarios,
        });
        let report = report(&Portfolio { initial, ..old }).unwrap();
        assert_eq!(report.maintenance, before.maintenance);
        report.initial.requirement
    };
    assert_eq!(read(&c, &[]), before.requirement);
    assert_up(read(&tight, &[]).margin_atoms, 151_600_000, 1);
    // A scenario that MM does not know yet: 40 % of the SOL.
    let found = read(&c, &crash);
    assert_eq!(found.binding, Binding::Scenario(0));
    assert_up(found.margin_atoms, 401_600_000, 1);
    // Equity for IM, too: profit that counts no more.
    let mut winner = sol(10 * SOL);
    winner.entry_quote_atoms = 900 * USD;
    let generous = PortfolioCoefficients {
        upnl_weight: e9(500_000_000),
        ..c
    };
    let account = Portfolio {
        coefficients: &generous,
        initial: Some(TargetTerms {
            coefficients: &c,
            scenarios: &[],
        }),
        ..portfolio(&c, 0, &[])
    };
    let winners = [winner];
    let found = initial(&Portfolio {
        holdings: &winners,
        ..account
    });
    assert_eq!(found.unwrap().requirement.equity_atoms, 0);
}
