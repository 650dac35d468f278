//! Sizes of hedged books, against every lot.
use super::*;
use crate::fixture::{ETH, SOL, coefficients, eth, portfolio, sol};

fn plan<'a>(account: &Portfolio<'a>, closing: Closing) -> LiquidationPlan<'a> {
    plan_against(account, closing, 0, None)
}

fn plan_against<'a>(
    account: &Portfolio<'a>,
    closing: Closing,
    flag_age_secs: u64,
    market: Option<SkewImpact>,
) -> LiquidationPlan<'a> {
    let params = LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    };
    let window = Window::default();
    let terms = ClosingTerms::against(market);
    let verdict = LiquidationPlan::new(account, 0, closing, &params, flag_age_secs, window, &terms);
    *verdict.unwrap().plan().unwrap()
}

/// The last step of a size may be a part of a lot, too small to show which way MM goes.
#[test]
fn a_last_part_of_a_lot_does_not_hide_that_a_hedge_is_closed_too_far() {
    // Deep; the long is all of 100 lots and an atom, and half of it is what the short does not need.
    let c = coefficients();
    let mut holdings = [sol(2_000 * SOL + 1), eth(-50 * ETH)];
    holdings[0].coefficients.lot_atoms = 20_000_000_000;
    let valued =
        crate::requirement::margin::liquidation_valuation(&portfolio(&c, 0, &holdings)).unwrap();
    let requirement = valued.requirement;
    let quote = requirement.margin_atoms / 2 - requirement.equity_atoms;
    let account = portfolio(&c, i64::try_from(quote).unwrap(), &holdings);
    let plan = plan(&account, Closing::Position);
    assert_eq!(plan.reason, SizeReason::Severe);
    let least = (1..=100).map(|lots| {
        plan.outcome_of(lots * 20_000_000_000)
            .unwrap()
            .margin_after_atoms
    });
    assert!(plan.outcome.margin_after_atoms <= least.min().unwrap() + 2);
    assert!(plan.size_atoms < 2_000_000_000_001);
}

/// Where all there is to close ends with a part of a lot, the pieces before the last one do not: a slope to their end
/// shows over a single lot.
#[test]
fn a_peak_a_lot_before_the_end_of_a_piece_is_found() {
    // Deep; the short meets its own collateral a third of a lot after the 50th, and $380 of ETH ask for a little more
    // of it than that.
    let c = coefficients();
    let mut short = sol(-100 * SOL - SOL / 3);
    short.collateral_atoms = 50_000_000_000;
    short.coefficients.lot_atoms = 1_000_000_000;
    let holdings = [short, eth(19 * ETH / 100)];
    let valued =
        crate::requirement::margin::liquidation_valuation(&portfolio(&c, 0, &holdings)).unwrap();
    let requirement = valued.requirement;
    let quote = requirement.margin_atoms / 2 - requirement.equity_atoms;
    let account = portfolio(&c, i64::try_from(quote).unwrap(), &holdings);
    let plan = plan(&account, Closing::Position);
    let left = |lots: u64| {
        plan.outcome_of(lots * 1_000_000_000)
            .unwrap()
            .margin_after_atoms
    };
    let best = (1..=100).min_by_key(|lots| left(*lots)).unwrap();
    assert_eq!(best, 49);
    assert!(left(49) < left(50) && left(50) < left(48));
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Severe, 49_000_000_000)
    );
}

/// Where the impact begins within a size, what bounds both costs does not: its slack is concave.
#[test]
fn the_least_size_is_found_beyond_where_the_impact_begins() {
    // 1,000 SOL in lots of 10, MM 3,830, equity 0.991·MM, π ¾: the first 74 SOL take the skew to zero and as far
    // beyond; of some more the impact soon is all that can be paid, and so 690 reach the liquidation target:
    // 0.991 − 0.95·0.991·0.69 of 1.1·0.31.
    let (c, mut holdings) = (coefficients(), [sol(1_000 * SOL)]);
    holdings[0].coefficients.lot_atoms = 10_000_000_000;
    let account = portfolio(&c, 3_795_530_000, &holdings);
    let market = SkewImpact {
        skew: crate::market::skew::Skew::resting(37_000_000_000),
        skew_scale_atoms: 3_400_000_000_000,
    };
    let plan = plan_against(&account, Closing::Position, 300, Some(market));
    let target = |size_atoms| {
        let outcome = plan.outcome_of(size_atoms).unwrap();
        outcome.equity_after_atoms * 10 - outcome.margin_after_atoms * 11
    };
    assert!(target(680_000_000_000) < 0 && target(690_000_000_000) > 0);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Target, 690_000_000_000)
    );
}
