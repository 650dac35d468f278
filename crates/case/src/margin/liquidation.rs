//! The liquidation of a case: what is asked, and the largest size with what it does.
use freeboard_risk::RiskError;
use freeboard_risk::liquidation::{
    Closing, ClosingOutcome, ClosingTerms, LiquidationPlan, LiquidationVerdict, SizeReason,
    SlicePlan, Window,
};
use freeboard_risk::market::trade::age_spread_ceil;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::portfolio::Portfolio;
use serde::{Deserialize, Serialize};

use crate::CaseError;
use crate::input::{Age, E9, Text};
use crate::output::{AnswerText as Answered, e18, integer};

/// A liquidation that is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liquidation {
    /// Index of the asset.
    pub asset: usize,
    /// What is closed.
    pub what: What,
    /// Seconds since the flag.
    pub flag_age_s: Age,
    /// β: a liquidation ends at (1 + β) · MM, × 10^9.
    pub beta_e9: E9,
    /// φ_max: largest penalty, as part of what is closed, × 10^9.
    pub penalty_abs_e9: E9,
    /// Gross below which an account is closed whole, quote atoms.
    pub dust_quote_atoms: Text<u64>,
    /// What a flag and a liquidation cost their caller; a case without it judges no step by its reward.
    #[serde(default)]
    pub keeper_cost_quote_atoms: Option<Text<u64>>,
    /// κ of the market; a case without it charges no age of a price.
    #[serde(default)]
    pub kappa_e9: Option<E9>,
    /// The most that may be closed in a window, quote atoms.
    pub window_cap_quote_atoms: Text<u64>,
    /// The most that may be closed in a window, as part of the account's gross, × 10^9.
    pub window_share_e9: E9,
    /// Gross when the window began, quote atoms.
    pub window_gross_quote_atoms: Text<u64>,
    /// What the window has closed, quote atoms.
    pub window_closed_quote_atoms: Text<u64>,
}

/// What is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Against the pool, in a market without skew.
    Position,
    /// By the liquidator.
    Takeover,
    /// A collateral, sold for quote.
    Collateral,
    /// A short and the collateral that hedges it.
    Pair,
    /// The same share of everything; its size is in thousandths of the account.
    Slice,
}

/// Whether the account is liquidatable, and the plan where there is one.
#[derive(Clone, Debug, Serialize)]
pub struct LiquidationAnswer {
    /// Whether the account is liquidatable.
    pub liquidatable: bool,
    /// Why, in one word.
    pub reason: &'static str,
    /// The plan, where there is one.
    #[serde(flatten)]
    pub plan: Option<PlanAnswer>,
}

/// The largest size, and the account after it.
#[derive(Clone, Debug, Serialize)]
pub struct PlanAnswer {
    /// Whether anything may be closed.
    pub allowed: bool,
    /// How far the account is below MM, as part of MM, × 10^18.
    pub depth_e18: Answered,
    /// Penalty, as part of the margin that is freed, × 10^18.
    pub penalty_share_e18: Answered,
    /// Largest size that may be closed, base atoms.
    pub size_atoms: Answered,
    /// Margin that it frees, quote atoms.
    pub relief_quote_atoms: Answered,
    /// Penalty that it pays, quote atoms.
    pub penalty_quote_atoms: Answered,
    /// Equity after it, quote atoms.
    pub equity_after_quote_atoms: Answered,
    /// MM after it, quote atoms.
    pub mm_after_quote_atoms: Answered,
}

impl Liquidation {
    /// `ages_secs`: of the price of each asset.
    pub(super) fn answer(
        &self,
        portfolio: &Portfolio,
        ages_secs: &[u32],
    ) -> Result<LiquidationAnswer, CaseError> {
        let count = portfolio.holdings.len();
        if self.asset >= count {
            let reason = format!("there is no asset {}: the case has {count}", self.asset);
            return Err(CaseError::at_path("liquidation.asset", reason));
        }
        let params = LiquidationParams {
            penalty_abs_e9: self.penalty_abs_e9.number(),
            beta_e9: self.beta_e9.number(),
            dust_quote_atoms: self.dust_quote_atoms.0,
            keeper_cost_quote_atoms: self
                .keeper_cost_quote_atoms
                .as_ref()
                .map_or(0, |cost| cost.0),
            window_cap_quote_atoms: self.window_cap_quote_atoms.0,
            window_share_e9: self.window_share_e9.number(),
            ..LiquidationParams::reference() // shares of the penalty and times: not used here
        };
        let closing = match self.what {
            What::Position | What::Takeover => Some(Closing::Position),
            What::Collateral => Some(Closing::Collateral),
            What::Pair => Some(Closing::Pair),
            What::Slice => None,
        };
        let window = Window {
            gross_quote_atoms: self.window_gross_quote_atoms.0,
            closed_quote_atoms: self.window_closed_quote_atoms.0,
        };
        let age = self.flag_age_s.number();
        let held = portfolio.holdings.iter().zip(ages_secs);
        let terms: Vec<ClosingTerms> = held
            .map(|(holding, age_secs)| self.terms(holding, *age_secs))
            .collect::<Result<_, _>>()
            .map_err(|error| CaseError::refused("liquidation", error))?;
        let Some(closing) = closing else {
            return slice(SlicePlan::new(portfolio, &terms, &params, age, window));
        };
        let terms = &terms[self.asset];
        let verdict =
            LiquidationPlan::new(portfolio, self.asset, closing, &params, age, window, terms)
                .map_err(|error| CaseError::refused("liquidation", error))?;
        let without_plan = |liquidatable, reason| LiquidationAnswer {
            liquidatable,
            reason,
            plan: None,
        };
        Ok(match verdict {
            LiquidationVerdict::Unusable => without_plan(false, "unusable"),
            LiquidationVerdict::Healthy => without_plan(false, "healthy"),
            LiquidationVerdict::Nothing => without_plan(true, "nothing"),
            LiquidationVerdict::Plan(plan) => LiquidationAnswer {
                liquidatable: true,
                reason: name(plan.reason),
                plan: Some(PlanAnswer::new(&plan)),
            },
        })
    }
}

impl Liquidation {
    /// A case has no market: what the pool takes it takes at P.
    fn terms(&self, holding: &Holding, age_secs: u32) -> Result<ClosingTerms, RiskError> {
        let kappa_e9 = self.kappa_e9.map_or(0, E9::number);
        if self.what == What::Position || kappa_e9 == 0 {
            return Ok(ClosingTerms::default());
        }
        Ok(ClosingTerms {
            market: None,
            age_spread: age_spread_ceil(age_secs, holding.unit_shock.sigma_im, kappa_e9)?,
        })
    }
}

impl PlanAnswer {
    fn new(plan: &LiquidationPlan) -> Self {
        let (depth, share) = (plan.depth_e18, plan.penalty_share);
        Self::of(plan.allowed, depth, share, plan.size_atoms, &plan.outcome)
    }

    fn of(
        allowed: bool,
        depth_e18: u128,
        penalty_share: Fraction,
        size: u64,
        outcome: &ClosingOutcome,
    ) -> Self {
        Self {
            allowed,
            depth_e18: integer(depth_e18),
            penalty_share_e18: e18(penalty_share),
            size_atoms: integer(size),
            relief_quote_atoms: integer(outcome.relief_atoms),
            penalty_quote_atoms: integer(outcome.penalty_atoms),
            equity_after_quote_atoms: integer(outcome.equity_after_atoms),
            mm_after_quote_atoms: integer(outcome.margin_after_atoms),
        }
    }
}

/// The answer for a share of everything.
fn slice(plan: Result<SlicePlan, RiskError>) -> Result<LiquidationAnswer, CaseError> {
    let without_plan = |liquidatable, reason| LiquidationAnswer {
        liquidatable,
        reason,
        plan: None,
    };
    Ok(match plan {
        Err(RiskError::LiquidationPriceUnusable) => without_plan(false, "unusable"),
        Err(RiskError::AccountHealthy) => without_plan(false, "healthy"),
        Err(RiskError::NothingToLiquidate) => without_plan(true, "nothing"),
        Err(error) => return Err(CaseError::refused("liquidation", error)),
        Ok(plan) => LiquidationAnswer {
            liquidatable: true,
            reason: name(plan.reason),
            plan: Some(PlanAnswer::of(
                plan.allowed,
                plan.depth_e18,
                plan.penalty_share,
                plan.share_permille,
                &plan.outcome,
            )),
        },
    })
}

fn name(reason: SizeReason) -> &'static str {
    match reason {
        SizeReason::Severe => "deep",
        SizeReason::Dust => "dust",
        SizeReason::Whole => "whole",
        SizeReason::Target => "target",
        SizeReason::Reward => "reward",
        SizeReason::Debt => "debt",
        SizeReason::Window => "window",
    }
}
