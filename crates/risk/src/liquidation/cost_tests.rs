//! What a liquidated account pays: penalty and impact, and never more than there is.
use super::*;
use crate::fixture::{
    ETH, SOL, USD, assert_down, assert_up, coefficients, eth, portfolio, sol, sol_collateral,
};
use crate::price::standing::Standing;
use crate::requirement::holding::Holding;

/// No window that binds.
fn params() -> LiquidationParams {
    LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    }
}

/// A market of scale 20 M SOL.
fn market(skew_sol: i64) -> Option<SkewImpact> {
    Some(SkewImpact {
        skew: crate::market::skew::Skew::resting(i128::from(skew_sol) * i128::from(SOL)),
        skew_scale_atoms: 20_000_000_000_000_000,
    })
}

fn plan<'a>(
    account: &Portfolio<'a>,
    closing: Closing,
    market: Option<SkewImpact>,
) -> LiquidationPlan<'a> {
    let verdict = LiquidationPlan::new(
        account,
        0,
        closing,
        &params(),
        0,
        Window::default(),
        &ClosingTerms::against(market),
    );
    *verdict.unwrap().plan().unwrap()
}

#[test]
fn closing_against_the_skew_pays_the_impact_of_that_trade() {
    // 1,000 SOL, MM 3,830, equity 0.9·MM: without a market 266.7 SOL. Sold into 100,000 SOL of net shorts
    // they pay about 0.5 % more, so more of them are needed.
    let (c, holdings) = (coefficients(), [sol(1_000 * SOL)]);
    let account = portfolio(&c, 3_447 * USD, &holdings);
    let paying = plan(&account, Closing::Position, market(-100_000));
    assert_eq!(paying.reason, SizeReason::Target);
    assert!(paying.size_atoms > 290_000_000_000, "{}", paying.size_atoms);
    let less = paying.outcome_of(paying.size_atoms - 100_000_000).unwrap();
    assert!(
        less.equity_after_atoms * 10 < less.margin_after_atoms * 11,
        "not too much"
    );
    // 100 SOL: $10,000 · (100,000 + 50)/20 M.
    let outcome = paying.outcome_of(100_000_000_000).unwrap();
    assert_up(outcome.impact_atoms, 50_025_000, 1);
    let free = plan(&account, Closing::Position, None)
        .outcome_of(100_000_000_000)
        .unwrap();
    assert_eq!(outcome.penalty_atoms, free.penalty_atoms, "both have room");
    assert_down(
        outcome.equity_after_atoms,
        free.equity_after_atoms - 50_025_000,
        1,
    );
    assert_eq!(free.impact_atoms, 0);
}

#[test]
fn a_skew_that_falls_earns_nothing() {
    let (c, holdings) = (coefficients(), [sol(1_000 * SOL)]);
    let account = portfolio(&c, 3_447 * USD, &holdings);
    let with = plan(&account, Closing::Position, market(100_000));
    let without = plan(&account, Closing::Position, None);
    assert_eq!(
        (with.size_atoms, with.outcome),
        (without.size_atoms, without.outcome)
    );
}

#[test]
fn impact_goes_before_penalty_and_both_leave_a_twentieth_of_the_equity() {
    let (c, holdings) = (coefficients(), [sol(1_000 * SOL)]);
    let account = portfolio(&c, 1_000 * USD, &holdings);
    let costs = |skew| {
        let outcome = plan(&account, Closing::Position, market(skew)).outcome;
        assert_down(outcome.equity_after_atoms, 50_000_000, 3);
        (outcome.impact_atoms, outcome.penalty_atoms)
    };
    // $100,000 · (99,500 + 500)/20 M = 500, and what is left of 950.
    let (impact, penalty) = costs(-99_500);
    assert_up(impact, 500_000_000, 1);
    assert_up(penalty, 450_000_000, 2);
    // $100,000 · 2 %: more than there is.
    let (impact, penalty) = costs(-400_000);
    assert_up(impact, 950_000_000, 2);
    assert_eq!(penalty, 0);
    // Below zero nothing is paid.
    let bankrupt = portfolio(&c, -USD, &holdings);
    let outcome = plan(&bankrupt, Closing::Position, market(-400_000)).outcome;
    assert_eq!((outcome.impact_atoms, outcome.penalty_atoms), (0, 0));
}

#[test]
fn the_short_of_a_pair_is_bought_from_the_pool() {
    let holding = Holding {
        size_atoms: -1_000 * SOL,
        entry_quote_atoms: -100_000 * USD,
        ..sol_collateral(1_000_000_000_000)
    };
    let (c, holdings) = (coefficients(), [holding]);
    let account = portfolio(&c, -99_500 * USD, &holdings);
    let impact = |closing, skew| plan(&account, closing, market(skew)).outcome.impact_atoms;
    assert!(impact(Closing::Pair, 10_000) > 0);
    assert_eq!(impact(Closing::Pair, -10_000), 0);
    assert_eq!(impact(Closing::Collateral, 10_000), 0, "sold to the caller");
}

#[test]
fn nothing_is_paid_out_of_equity_that_exists_by_favour_alone() {
    // ETH worth $4,000 has no price: it counts $2,000 better, but only for whether and how much is closed.
    let dead = Holding {
        standing: Standing::Unknown,
        ..eth(2 * ETH)
    };
    let (c, holdings) = (coefficients(), [sol(1_000 * SOL), dead]);
    for (recorded, paid) in [(-100, 0), (0, 0), (100, 95)] {
        let account = portfolio(&c, recorded * USD, &holdings);
        for market in [None, market(-400_000)] {
            let plan = plan(&account, Closing::Position, market);
            assert_eq!(plan.reason, SizeReason::Severe);
            let favoured = i128::from((recorded + 2_000) * USD);
            assert_down(plan.requirement.equity_atoms, favoured, 2);
            let outcome = plan.outcome;
            let sum = outcome.penalty_atoms + outcome.impact_atoms;
            // Of the margin that it frees: ETH asks for its own all the same.
            let margin = plan.requirement.margin_atoms;
            assert_up(
                sum,
                i128::from(paid * USD) * outcome.relief_atoms / margin,
                4,
            );
        }
    }
}
