//! Feeds: an account of up to 24 assets with its portfolio, scenarios and liquidation parameters.
//!
//! An odd first byte draws it inside the hard bounds, with the dice of the property tests, and asserts:
//! every function answers; MM ≥ 0 and IM ≥ 1.25·MM; contributions sum to both requirements; a plan for
//! every asset and kind never takes more than is there, and what it allows makes the account better.
//!
//! An even first byte takes values from the whole range of their integers (prices to 2^128 − 1, sizes
//! and balances from end to end, shocks to `Fraction::MAX`; by a bit of that byte also the parameters,
//! as words, which no instruction can set) and asserts: `Ok` or `Err`, no panic and no overflow.
mod raw;

use freeboard_risk::liquidation::penalty;
use freeboard_risk::liquidation::{
    Closing, ClosingOutcome, ClosingTerms, LiquidationPlan, LiquidationVerdict, SizeReason,
    SkewImpact, Window,
};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::holding::MAX_HOLDINGS;
use freeboard_risk::requirement::margin::{self, MarginReport};
use freeboard_risk::requirement::portfolio::Portfolio;

use super::bytes::FuzzedBytes;
use super::draw::{self, ACCOUNT_ROLLS, Account, Dice};

const KINDS: [Closing; 3] = [Closing::Position, Closing::Collateral, Closing::Pair];

/// Plays one input. Returns how many closings had a plan.
pub fn judge_portfolio(data: &[u8]) -> usize {
    let mut bytes = FuzzedBytes::new(data);
    let mode = bytes.byte();
    if mode & 1 == 1 {
        within_bounds(&mut bytes)
    } else {
        raw::outside_bounds(&mut bytes, mode & 2 != 0)
    }
}

/// An attempt to liquidate: everything but the account, the asset and the kind.
struct Attempt {
    params: LiquidationParams,
    flag_age_secs: u64,
    window: Window,
    market: Option<SkewImpact>,
}

fn within_bounds(bytes: &mut FuzzedBytes) -> usize {
    let depth = i128::from(u16::from_le_bytes(bytes.array())) % 1_500;
    let part = 1 + u64::from(bytes.byte());
    let rolls = bytes.rolls(ACCOUNT_ROLLS + 40);
    let mut dice = Dice::new(&rolls);
    let attempt = Attempt {
        params: draw::liquidation_params(&mut dice),
        flag_age_secs: dice.between(0, 1_000),
        window: Window {
            gross_quote_atoms: dice.magnitude(1, 100_000_000_000_000_000),
            closed_quote_atoms: dice.between(0, 1_000_000),
        },
        market: market(bytes),
    };
    let mut account = draw::account(&mut dice);
    check_report(&account);
    check_report(&draw::with_any_terms(&mut dice, &account));
    // Equity anywhere from −½ to 1 times MM, as a liquidation sees them.
    let seen = margin::liquidation_valuation(&account.portfolio())
        .unwrap()
        .requirement;
    let wanted = seen.margin_atoms * (depth - 500) / 1_000;
    let balance = i128::from(account.quote_atoms) + wanted - seen.equity_atoms;
    account.quote_atoms = balance.clamp(-(1 << 60), 1 << 60) as i64;
    let mut plans = 0;
    for index in 0..account.holdings.len() {
        for closing in KINDS {
            let has_plan = check_plan(&account, &attempt, index, closing, part);
            plans += usize::from(has_plan);
        }
    }
    plans
}

/// MM, IM and the contributions.
fn check_report(account: &Account) {
    let portfolio = account.portfolio();
    let report = margin::report(&portfolio).unwrap();
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    assert_eq!(
        report_with_contributions(&portfolio, &mut shares),
        Ok(report)
    );
    let (mm, im) = (
        report.maintenance.margin_atoms,
        report.initial.requirement.margin_atoms,
    );
    assert!(mm >= 0, "{mm}");
    assert!(im * 4 + 5 >= mm * 5, "{im} {mm}");
    check_sum(
        account,
        mm,
        0,
        shares.iter().map(|share| share.maintenance_atoms),
    );
    // Within 2^-32 the own term of IM is named, and shared, although 1.25·MM is the larger.
    let tie = im >> 32;
    check_sum(
        account,
        im,
        tie,
        shares.iter().map(|share| share.initial_atoms),
    );
    check_alone(&portfolio, &report);
}

/// Shares are rounded to nearest, half an atom each, and lack the requirement's own error bound: 2^-41
/// of ΣX and of itself. A short's shock may be 8; twice that covers what the amounts are cut by.
fn check_sum(account: &Account, total: i128, tie: i128, shares: impl Iterator<Item = i128>) {
    let sum: i128 = shares.sum();
    let count = account.holdings.len() as i128;
    let allowed = count + 1 + (8 * gross_atoms(account) + total) / (1 << 40) + tie;
    assert!(
        (sum - total).abs() <= allowed,
        "{sum} for {total}, {allowed} allowed"
    );
}

/// The single functions say what the whole report says.
fn check_alone(portfolio: &Portfolio, report: &MarginReport) {
    assert_eq!(margin::maintenance(portfolio), Ok(report.maintenance));
    assert_eq!(margin::initial(portfolio), Ok(report.initial));
    assert_eq!(
        margin::liquidation_valuation(portfolio),
        Ok(report.liquidation)
    );
    let gross = margin::gross_atoms(portfolio).unwrap();
    assert!(gross >= 0);
    assert!(penalty::gross_notional_ceil(portfolio).is_ok());
}

/// Σ|N|, quote atoms.
fn gross_atoms(account: &Account) -> i128 {
    let net = |holding| margin::holding_report(holding).unwrap().net_quote_atoms;
    account
        .holdings
        .iter()
        .map(|holding| net(holding).abs())
        .sum()
}

/// What rounding may cost a requirement, as the property tests allow it.
fn slack(account: &Account, margin: i128) -> i128 {
    (gross_atoms(account) + margin) / (1 << 36) + 4 * account.holdings.len() as i128 + 4
}

/// None, or any market with a scale.
fn market(bytes: &mut FuzzedBytes) -> Option<SkewImpact> {
    let market = SkewImpact {
        skew: Skew {
            now_atoms: bytes.any_i64().into(),
            resting_atoms: bytes.any_i64().into(),
        },
        skew_scale_atoms: bytes.any_u64().max(1),
    };
    (bytes.byte() & 1 == 1).then_some(market)
}

/// Returns whether the closing has a plan.
fn check_plan(
    account: &Account,
    attempt: &Attempt,
    index: usize,
    closing: Closing,
    part: u64,
) -> bool {
    let portfolio = account.portfolio();
    let holding = &account.holdings[index];
    let Attempt { params, .. } = attempt;
    let verdict = LiquidationPlan::new(
        &portfolio,
        index,
        closing,
        params,
        attempt.flag_age_secs,
        attempt.window,
        &ClosingTerms::against(attempt.market),
    );
    let LiquidationVerdict::Plan(plan) = verdict.unwrap() else {
        return false;
    };
    // Never a flip, never more than there is.
    let most = closing.closable_atoms(holding);
    assert!(plan.size_atoms <= most, "{plan:?}");
    let before = plan.requirement;
    let seen = margin::liquidation_valuation(&portfolio)
        .unwrap()
        .requirement;
    let slack = slack(account, before.margin_atoms);
    assert!(
        (before.margin_atoms - seen.margin_atoms).abs() <= slack,
        "{plan:?} {seen:?}"
    );
    assert!(
        (before.equity_atoms - seen.equity_atoms).abs() <= slack,
        "{plan:?} {seen:?}"
    );
    check_penalty(&plan.outcome, params);
    assert!(
        attempt.market.is_some() || plan.outcome.impact_atoms == 0,
        "{plan:?}"
    );
    if !plan.allowed {
        return true;
    }
    let size = (plan.size_atoms / 256 * part).clamp(1, plan.size_atoms);
    let largest = plan.take(plan.size_atoms);
    assert_eq!(largest, Ok(plan.outcome), "what is allowed can be taken");
    assert!(plan.take(plan.size_atoms.saturating_add(1)).is_err() || plan.size_atoms == u64::MAX);
    for outcome in [largest, plan.take(size)].into_iter().flatten() {
        check_better(&plan, &outcome, closing, params, slack);
    }
    let lot = holding.coefficients.lot_atoms;
    if plan.reason == SizeReason::Target && plan.size_atoms > lot && plan.size_atoms < most {
        check_not_too_much(&plan, lot, params, slack);
    }
    true
}

/// One lot less does not reach the liquidation target.
fn check_not_too_much(plan: &LiquidationPlan, lot: u64, params: &LiquidationParams, slack: i128) {
    let less = plan.outcome_of(plan.size_atoms - lot).unwrap();
    let target =
        less.margin_after_atoms * i128::from(1_000_000_000 + params.beta_e9) / 1_000_000_000;
    assert!(less.equity_after_atoms < target + slack, "{less:?}");
}

fn check_penalty(outcome: &ClosingOutcome, params: &LiquidationParams) {
    assert!(outcome.penalty_atoms >= 0, "{outcome:?}");
    assert!(outcome.impact_atoms >= 0, "{outcome:?}");
    assert!(outcome.margin_after_atoms >= 0, "{outcome:?}");
    let penalty = u64::try_from(outcome.penalty_atoms).unwrap();
    let parts = penalty::split(penalty, params).unwrap();
    let sum = parts.liquidator_atoms + parts.insurance_atoms + parts.pool_atoms;
    assert_eq!(sum, penalty, "{parts:?}");
}

/// What is taken lowers MM and does not lower equity − MM, unless the account is insolvent.
fn check_better(
    plan: &LiquidationPlan,
    outcome: &ClosingOutcome,
    closing: Closing,
    params: &LiquidationParams,
    slack: i128,
) {
    check_penalty(outcome, params);
    let before = plan.requirement;
    if plan.may_worsen() {
        return;
    }
    let free_collateral = outcome.equity_after_atoms - outcome.margin_after_atoms;
    assert!(outcome.relief_atoms >= 0, "{before:?} {outcome:?}"); // above 0 before it is rounded
    assert!(
        free_collateral >= before.free_collateral_atoms() - slack,
        "{before:?} {outcome:?}"
    );
    // Penalty and impact leave at least 5 % of the relief.
    if outcome.relief_atoms > 40 * slack {
        assert!(
            free_collateral > before.free_collateral_atoms(),
            "{before:?} {outcome:?}"
        );
    }
    // Neither penalty nor impact bankrupts.
    if closing == Closing::Position && before.equity_atoms > 0 {
        assert!(
            outcome.equity_after_atoms >= -slack,
            "{before:?} {outcome:?}"
        );
    }
}
