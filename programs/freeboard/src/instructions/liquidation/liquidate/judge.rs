//! Whether an account may be liquidated now, how much of it, and at what penalty.
use super::{Closing, LiquidateArgs};
use crate::arrange::{Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::governance::pauses::{self, Operation};
use crate::state::{Asset, Exchange, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::flag::{FlagRun, PauseSpan};
use freeboard_risk::liquidation::penalty::{self, PenaltySplit};
use freeboard_risk::liquidation::{ClosingTerms, LiquidationPlan, SkewImpact, Window};
use freeboard_risk::market::trade::age_spread_ceil;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params as risk;
use freeboard_risk::requirement::margin::Requirement;
use freeboard_risk::requirement::portfolio::Portfolio;
use freeboard_risk::requirement::rest::AccountRest;

/// What one call may use.
pub(in crate::instructions) struct Liquidatee<'a> {
    pub args: LiquidateArgs,
    pub now: i64,
    pub params: risk::LiquidationParams,
    pub pool: risk::PoolParams,
    /// When liquidations were paused last.
    pub paused: PauseSpan,
    pub shared: &'a SharedRisk,
}

/// The account as found: liquidatable, and how much is closed at what penalty.
pub(super) struct Judged {
    pub before: Requirement,
    /// What of that equity is favour by prices that are not usable, quote atoms.
    pub favour_atoms: i128,
    /// Insolvent: closing only makes it smaller.
    pub may_worsen: bool,
    /// The size may go beyond the liquidation target: the account is severely undercollateralised or small, or less would not pay its caller.
    pub beyond_target: bool,
    pub size_atoms: u64,
    pub largest_atoms: u64,
    pub penalty: PenaltySplit,
    /// What the account pays the pool for the skew that the closing leaves.
    pub impact_atoms: u64,
    /// What pool and liquidator deal on.
    pub terms: ClosingTerms,
    /// The flag before it.
    pub flag: FlagRun,
    pub window_start_ts: i64,
    pub window: Window,
}

/// Penalty and impact of a closing.
pub(super) struct Costs {
    pub penalty: PenaltySplit,
    /// What the account pays the pool for the skew that the closing leaves, quote atoms.
    pub impact_atoms: u64,
}

impl<'a> Liquidatee<'a> {
    /// What one call may use.
    ///
    /// Errors: `LiquidationSizeZero`, `OperationPaused`.
    pub fn new(
        args: LiquidateArgs,
        exchange: &Exchange,
        shared: &'a SharedRisk,
        now: i64,
    ) -> Result<Self> {
        ensure(args.max_size_atoms > 0, FreeboardError::LiquidationSizeZero)?;
        pauses::require_open(exchange, Operation::Liquidate, now)?;
        Ok(Self {
            args,
            now,
            params: exchange.liquidation.into(),
            pool: exchange.pool.into(),
            paused: pauses::liquidations_paused(exchange),
            shared,
        })
    }

    /// Sums the account without the asset that is closed, in the place kept for it: what is freed on the heap is not used
    /// again.
    ///
    /// Errors: `AssetAccountMissing` if it does not hold that.
    #[inline(never)] // a stack frame of its own
    pub(super) fn sum_rest<'r>(
        &self,
        place: &'r mut Option<Box<AccountRest>>,
        quote_atoms: i64,
        holdings: &Holdings,
    ) -> Result<&'r AccountRest> {
        let index = holdings.position(self.args.asset_index)?;
        let portfolio = self.shared.portfolio(quote_atoms, &holdings.list);
        let rest = AccountRest::new(&portfolio, index).or_refuse()?;
        let kept: &AccountRest = match place {
            Some(kept) => {
                **kept = rest;
                kept
            }
            None => place.insert(Box::new(rest)),
        };
        Ok(kept)
    }

    /// Whether the account may be liquidated now, how much of it, and at what penalty. `rest`: of the same holdings.
    ///
    /// Errors: those of `LiquidationPlan`, `LiquidationGracePeriod`, `LiquidationSizeZero`.
    #[inline(never)]
    pub(super) fn judge(
        &self,
        account: &MarginAccount,
        (holdings, rest): (&Holdings, &AccountRest),
        asset: &Asset,
    ) -> Result<Judged> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let RunningWindow { start_ts, window } =
            running_window(account, &portfolio, &self.params, self.now)?;
        let flag = account.flag().run_at(self.now, self.paused, &self.params);
        let index = holdings.position(self.args.asset_index)?;
        let terms = holdings.terms(index, self.args.closing, asset, self.now)?;
        let (closing, age) = (self.args.closing.of_one_asset()?, flag.age_secs());
        let params = &self.params;
        let beside = (index, rest);
        let verdict =
            LiquidationPlan::beside(&portfolio, beside, closing, params, age, window, &terms);
        let verdict = verdict.as_ref().map_err(|error| *error);
        let plan = verdict.and_then(|verdict| verdict.plan()).or_refuse()?;
        let grace = holdings.check_grace(&flag, &plan.requirement, params);
        grace.or_refuse()?;
        let size_atoms = self.size(plan.size_atoms, holdings)?;
        let costs = self.costs(plan, size_atoms)?;
        Ok(Judged {
            before: plan.requirement,
            favour_atoms: plan.favour_atoms(),
            may_worsen: plan.may_worsen(),
            beyond_target: plan.beyond_target,
            size_atoms,
            largest_atoms: plan.size_atoms,
            penalty: costs.penalty,
            impact_atoms: costs.impact_atoms,
            terms,
            flag,
            window_start_ts: start_ts,
            window,
        })
    }

    /// Penalty and impact of closing a size, quote atoms.
    ///
    /// Errors: `Overflow`.
    fn costs(&self, plan: &LiquidationPlan, size_atoms: u64) -> Result<Costs> {
        let overflow = FreeboardError::Overflow;
        let outcome = plan.take(size_atoms).or_refuse()?;
        let total = u64::try_from(outcome.penalty_atoms).or_raise(overflow)?;
        Ok(Costs {
            penalty: penalty::split(total, &self.params).or_refuse()?,
            impact_atoms: u64::try_from(outcome.impact_atoms).or_raise(overflow)?,
        })
    }

    /// The size to close: the largest, or the whole lots of what the caller wants at most.
    fn size(&self, largest_atoms: u64, holdings: &Holdings) -> Result<u64> {
        if self.args.max_size_atoms >= largest_atoms {
            return Ok(largest_atoms);
        }
        let lot = holdings.get(self.args.asset_index)?.coefficients.lot_atoms;
        let rest = self
            .args
            .max_size_atoms
            .checked_rem(lot)
            .or_raise(FreeboardError::Overflow)?;
        let size = self.args.max_size_atoms.saturating_sub(rest);
        ensure(size > 0, FreeboardError::LiquidationSizeZero)?;
        Ok(size)
    }
}

impl Holdings {
    /// What pool and liquidator deal on if part of the holding at `at` is closed: the market whose pool takes the
    /// position, and the charge on who takes something over for the age of the price update that counts.
    ///
    /// Errors: `PriceStale` for an age beyond all limits, `Overflow`.
    pub(in crate::instructions) fn terms(
        &self,
        at: usize,
        closing: Closing,
        asset: &Asset,
        now: i64,
    ) -> Result<ClosingTerms> {
        let price = self.observation_at(at)?;
        let market = SkewImpact {
            skew: asset.skew(now),
            skew_scale_atoms: asset.trade.skew_scale_atoms,
        };
        // A market that has ended has one price for ever: nobody chooses.
        let age_spread = if closing.is_taken_over() && !asset.is_settled() {
            let age_secs = u32::try_from(price.age_secs(now));
            let age_secs = age_secs.or_raise(FreeboardError::PriceStale)?;
            let sigma_im = self.list.get(at).map(|held| held.unit_shock.sigma_im);
            let sigma_im = sigma_im.or_raise(FreeboardError::AssetAccountMissing)?;
            age_spread_ceil(age_secs, sigma_im, asset.trade.kappa_e9).or_refuse()?
        } else {
            Fraction::ZERO
        };
        Ok(ClosingTerms {
            market: closing.is_by_pool().then_some(market),
            age_spread,
        })
    }
}

/// A liquidation window and when it began.
pub(in crate::instructions) struct RunningWindow {
    pub start_ts: i64,
    pub window: Window,
}

/// The liquidation window that is running, or a new one from now.
///
/// Errors: `Overflow`.
pub(in crate::instructions) fn running_window(
    account: &MarginAccount,
    portfolio: &Portfolio,
    params: &risk::LiquidationParams,
    now: i64,
) -> Result<RunningWindow> {
    let age_secs = now.saturating_sub(account.window_start_ts);
    if age_secs < i64::from(params.window_secs) {
        let window = Window {
            gross_quote_atoms: account.window_gross_atoms,
            closed_quote_atoms: account.window_closed_atoms,
        };
        return Ok(RunningWindow {
            start_ts: account.window_start_ts,
            window,
        });
    }
    let gross_quote_atoms = penalty::gross_notional_ceil(portfolio).or_refuse()?;
    let window = Window {
        gross_quote_atoms,
        closed_quote_atoms: 0,
    };
    Ok(RunningWindow {
        start_ts: now,
        window,
    })
}
