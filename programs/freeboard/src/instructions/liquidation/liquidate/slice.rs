//! A slice: the same share of every position, against the pool, and of every weighted collateral, bought by the
//! liquidator. The one closing that always frees margin, whatever hedges what; what has no usable price stays as it is.
use super::{
    LiquidateArgs,
    judge::{Costs, RunningWindow, running_window},
    slice_books::{Sold, charge, give_back, sell},
};
use crate::arrange::closing::Closing;
use crate::arrange::{AssetAccounts, Holdings, SharedRisk};
use crate::books::charge_loss;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::events::{AccountSliced, MarginSnapshot, SlicedAsset, Stamp, snapshot};
use crate::governance::pauses::{self, Operation};
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::flag::PauseSpan;
use freeboard_risk::liquidation::penalty::{self, PenaltySplit};
use freeboard_risk::liquidation::{
    ClosingTerms, PostConditions, SizeReason, SlicePlan, Sliced, Window, check_below_target,
};
use freeboard_risk::number::arith::mul_div_floor_u64;
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};
use freeboard_risk::params as risk;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{self, Requirement};

/// What one call may use.
pub(super) struct Slicing<'a> {
    pub args: LiquidateArgs,
    pub now: i64,
    pub params: risk::LiquidationParams,
    /// When liquidations were paused last.
    pub paused: PauseSpan,
    pub shared: &'a SharedRisk,
}

/// The accounts of both sides.
pub(super) struct Sides<'a> {
    pub account: &'a mut MarginAccount,
    pub liquidator: &'a mut MarginAccount,
}

/// The account as found: liquidatable, and which share of it is closed at what penalty.
pub(super) struct JudgedSlice {
    pub before: Requirement,
    /// What of that equity is favour by prices that are not usable, quote atoms.
    pub favour_atoms: i128,
    /// Insolvent: closing only makes it smaller.
    pub may_worsen: bool,
    /// The share ends at the liquidation target, not beyond.
    pub at_target: bool,
    pub share_permille: u64,
    pub largest_permille: u64,
    pub penalty_atoms: u64,
    pub impact_atoms: u64,
    pub flagged_ts: i64,
    pub window_start_ts: i64,
    pub window: Window,
}

/// What was booked.
#[derive(Default)]
pub(super) struct BookedSlice {
    pub penalty: PenaltySplit,
    pub notional_atoms: u64,
    pub interest_atoms: i64,
    /// The most that the markets may ask for the skew that is left.
    pub most_impact_atoms: u64,
    pub assets: Vec<SlicedAsset>,
}

/// A holding before it is sliced.
struct SettledHolding {
    /// What is told of it.
    told: SlicedAsset,
    /// Interest that the account settled, quote atoms.
    interest_atoms: i64,
    /// On which terms it is sold.
    terms: ClosingTerms,
}

impl<'a> Slicing<'a> {
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
            paused: pauses::liquidations_paused(exchange),
            shared,
        })
    }

    /// Settles funding and interest of everything that is closed in part. Returns what is told of each holding, and the
    /// terms of its closing, of what stays none.
    ///
    /// Errors: `AssetNotWritable`, `Overflow`.
    #[inline(never)]
    pub(super) fn settle(
        &self,
        sides: &mut Sides,
        holdings: &mut Holdings,
        assets: &AssetAccounts,
        borrow_index_q64: u128,
    ) -> Result<(BookedSlice, Vec<ClosingTerms>)> {
        let count = holdings.list.len();
        let mut all_terms = Vec::with_capacity(count);
        let mut booked = BookedSlice {
            assets: Vec::with_capacity(count),
            ..BookedSlice::default()
        };
        for at in 0..count {
            let one = self.settle_one(at, sides, holdings, assets, borrow_index_q64)?;
            let interest = booked.interest_atoms.saturating_add(one.interest_atoms);
            booked.interest_atoms = interest;
            booked.assets.push(one.told);
            all_terms.push(one.terms);
        }
        Ok((booked, all_terms))
    }

    /// The same of one holding.
    #[inline(never)] // a stack frame of its own
    fn settle_one(
        &self,
        at: usize,
        sides: &mut Sides,
        holdings: &mut Holdings,
        assets: &AssetAccounts,
        borrow_index_q64: u128,
    ) -> Result<SettledHolding> {
        let observation = holdings.observation_at(at)?;
        let mut told = holdings.told(at, &observation)?;
        if !holdings.list.get(at).is_some_and(Sliced::takes) {
            return Ok(SettledHolding {
                told,
                interest_atoms: 0,
                terms: ClosingTerms::default(),
            });
        }
        let (loader, _) = assets.find(told.asset_index, true)?;
        let mut asset = loader.write()?;
        asset.record(&observation, self.now)?;
        let settled = holdings.settle_accruals(sides.account, &mut asset, borrow_index_q64)?;
        asset.settle_accruals(sides.liquidator, borrow_index_q64)?;
        told.funding_atoms = settled.funding_atoms;
        told.skew_before_atoms = crate::atoms(asset.skew_atoms())?;
        told.resting_skew_atoms = asset.resting_skew_atoms;
        let terms = holdings.terms(at, Closing::Slice, &asset, self.now)?;
        Ok(SettledHolding {
            told,
            interest_atoms: settled.interest_atoms,
            terms,
        })
    }

    /// Whether the account may be liquidated now, which share of it, and at what penalty.
    ///
    /// Errors: those of `SlicePlan`, `LiquidationGracePeriod`.
    #[inline(never)]
    pub(super) fn judge(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        terms: &[ClosingTerms],
    ) -> Result<JudgedSlice> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let RunningWindow { start_ts, window } =
            running_window(account, &portfolio, &self.params, self.now)?;
        let flag = account.flag().run_at(self.now, self.paused, &self.params);
        let plan = SlicePlan::new(&portfolio, terms, &self.params, flag.age_secs(), window);
        let plan = plan.as_ref().map_err(|error| *error).or_refuse()?;
        let grace = holdings.check_grace(&flag, &plan.requirement, &self.params);
        grace.or_refuse()?;
        let share_permille = plan.share_permille.min(self.args.max_size_atoms);
        let outcome = plan.take(share_permille).or_refuse()?;
        let overflow = FreeboardError::Overflow;
        Ok(JudgedSlice {
            before: plan.requirement,
            favour_atoms: plan.favour_atoms(),
            may_worsen: plan.may_worsen(),
            at_target: plan.reason == SizeReason::Target,
            share_permille,
            largest_permille: plan.share_permille,
            penalty_atoms: u64::try_from(outcome.penalty_atoms).or_raise(overflow)?,
            impact_atoms: u64::try_from(outcome.impact_atoms).or_raise(overflow)?,
            flagged_ts: flag.since_ts.unwrap_or(self.now),
            window_start_ts: start_ts,
            window,
        })
    }

    /// Closes and sells the judged share of every asset that has a usable price. Penalty and impact are shared out by
    /// notional.
    ///
    /// Errors: `TooManyCollaterals`, `PoolAccountMissing`, `Overflow`.
    #[inline(never)]
    pub(super) fn book<'info>(
        &self,
        (judged, terms): (&JudgedSlice, &[ClosingTerms]),
        sides: &mut Sides,
        holdings: &mut Holdings,
        (assets, pool): (&AssetAccounts<'info>, Option<&AccountLoader<'info, Pool>>),
        booked: &mut BookedSlice,
    ) -> Result<()> {
        let overflow = FreeboardError::Overflow;
        let last = holdings.list.iter().rposition(Sliced::takes);
        let whole = notional_of(&holdings.list, judged.share_permille)?;
        let list = holdings.list.iter_mut().zip(terms).enumerate();
        for (at, (holding, terms)) in list.filter(|(_, (holding, _))| Sliced::takes(holding)) {
            let told = booked.assets.get_mut(at).or_raise(overflow)?;
            let (loader, _) = assets.find(told.asset_index, true)?;
            let mut asset = loader.write()?;
            let sold = self.close_part(judged, (holding, terms), sides, told, &mut asset)?;
            let before = booked.count(&sold)?;
            let done = booked.notional_atoms;
            let part = |total: u64| -> Result<u64> {
                let upto = match last {
                    Some(last) if last == at => total, // the rest
                    _ => share_of(total, done, whole)?,
                };
                Ok(upto.saturating_sub(share_of(total, before, whole)?))
            };
            let costs = Costs {
                penalty: penalty::split(part(judged.penalty_atoms)?, &self.params).or_refuse()?,
                impact_atoms: part(judged.impact_atoms)?,
            };
            charge(&costs, sides, &mut asset)?;
            booked.add(&costs.penalty)?;
            Pool::cover_shortfall(pool, &mut asset)?;
        }
        judged.count_window(booked.notional_atoms, sides.account);
        Ok(())
    }

    /// Closes and sells one asset's part, and notes it in what is told.
    ///
    /// Errors: `TooManyCollaterals`, `Overflow`.
    fn close_part(
        &self,
        judged: &JudgedSlice,
        (holding, terms): (&mut Holding, &ClosingTerms),
        sides: &mut Sides,
        told: &mut SlicedAsset,
        asset: &mut Asset,
    ) -> Result<Sold> {
        let sliced = Sliced::new(holding, judged.share_permille).or_refuse()?;
        let mut sold = sell(&sliced, holding, sides, asset, (terms, self.now))?;
        let notional = sold.position_notional_atoms;
        if notional > 0 {
            let observation = holding.observation(told.publish_ts);
            let (equity, account) = (judged.before.equity_atoms, &mut *sides.account);
            charge_loss(equity, &observation, sold.realized_atoms, account, asset);
            if let Some(market) = terms.market {
                let size = SignedBaseAtoms::new(told.size_before_atoms);
                let closed = BaseAtoms::new(sliced.position_atoms);
                let most = market.most_ceil(size, closed, QuoteAtoms::new(notional));
                sold.most_impact_atoms = most.get().saturating_add(1);
            }
        }
        told.position_closed_atoms = sliced.position_atoms;
        told.collateral_closed_atoms = sliced.collateral_atoms;
        told.realized_pnl_atoms = sold.realized_atoms;
        told.spread_atoms = sold.spread_atoms;
        Ok(sold)
    }

    /// The account is better off for its margin, not closed beyond the rules, and loses its flag once it is healthy.
    ///
    /// Errors: `RiskNotReduced`, `LiquidationTooLarge`, `LiquidationWindowExhausted`.
    #[inline(never)]
    pub(super) fn check_after(
        &self,
        (judged, terms): (&JudgedSlice, &[ClosingTerms]),
        booked: &BookedSlice,
        account: &mut MarginAccount,
        holdings: &mut Holdings,
    ) -> Result<MarginSnapshot> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let valuation = margin::liquidation_valuation(&portfolio).or_refuse()?;
        let after = valuation.requirement_with(judged.favour_atoms);
        ensure(
            judged.impact_atoms <= booked.most_impact_atoms,
            FreeboardError::LiquidationTooLarge,
        )?;
        let promised = judged.promise(after, booked.notional_atoms);
        promised.require(&self.params).or_refuse()?;
        let sight = holdings.sight(self.paused, self.now);
        let flag = account.flag();
        account.set_flag(flag.after_liquidation(&valuation, &sight, &self.params));
        if judged.at_target {
            self.check_target((judged, terms), booked, account.quote_atoms, holdings)?;
        }
        snapshot(&after)
    }

    /// With a thousandth given back at the prices that it was closed at the account would not be at its liquidation target.
    #[inline(never)]
    fn check_target(
        &self,
        (judged, terms): (&JudgedSlice, &[ClosingTerms]),
        booked: &BookedSlice,
        mut quote_atoms: i64,
        holdings: &mut Holdings,
    ) -> Result<()> {
        let share = judged.share_permille.saturating_sub(1);
        if share == 0 {
            return Ok(()); // the first thousandth always is
        }
        let closed = booked.assets.iter().zip(terms);
        for (holding, (told, terms)) in holdings.list.iter_mut().zip(closed) {
            quote_atoms = give_back(holding, (told, terms), share, quote_atoms)?;
        }
        let portfolio = self.shared.portfolio(quote_atoms, &holdings.list);
        let given_back = margin::liquidation_valuation(&portfolio).or_refuse()?;
        check_below_target(&given_back, judged.favour_atoms, self.params.beta_e9).or_refuse()
    }
}

impl Holdings {
    /// What is told of a holding, as it is before the slice.
    ///
    /// Errors: `AssetAccountMissing`.
    fn told(&self, at: usize, observation: &Observation) -> Result<SlicedAsset> {
        let held = self.list.get(at).zip(self.sources.get(at));
        let (holding, source) = held.or_raise(FreeboardError::AssetAccountMissing)?;
        Ok(SlicedAsset {
            asset_index: source.asset_index,
            price_e12: observation.price.0,
            publish_ts: observation.publish_ts,
            size_before_atoms: holding.size_atoms,
            collateral_before_atoms: holding.collateral_atoms,
            ..SlicedAsset::default()
        })
    }
}

impl JudgedSlice {
    /// The rules that a slice promises to keep, over the account after it.
    const fn promise(&self, after: Requirement, notional_quote_atoms: u64) -> PostConditions {
        PostConditions {
            before: self.before,
            after,
            may_worsen: self.may_worsen,
            size_before_atoms: 0, // each kept its side where it was closed
            size_after_atoms: 0,
            notional_quote_atoms,
            penalty_quote_atoms: self.penalty_atoms,
            impact_quote_atoms: 0, // held against the markets one by one
            market: None,
            window: self.window,
        }
    }

    /// Counts a closed notional in the account's liquidation window.
    fn count_window(&self, notional_atoms: u64, account: &mut MarginAccount) {
        account.window_start_ts = self.window_start_ts;
        account.window_gross_atoms = self.window.gross_quote_atoms;
        account.window_closed_atoms = self
            .window
            .closed_quote_atoms
            .saturating_add(notional_atoms);
    }
}

impl BookedSlice {
    /// Counts the notional of one asset's part and what its market may ask for it at most. Returns the notional before
    /// it, quote atoms.
    ///
    /// Errors: `Overflow`.
    fn count(&mut self, sold: &Sold) -> Result<u64> {
        let before = self.notional_atoms;
        let sum = sold.position_notional_atoms;
        let sum = sum.checked_add(sold.collateral_notional_atoms);
        let sum = sum.and_then(|sum| before.checked_add(sum));
        self.notional_atoms = sum.or_raise(FreeboardError::Overflow)?;
        let most = sold.most_impact_atoms;
        self.most_impact_atoms = self.most_impact_atoms.saturating_add(most);
        Ok(before)
    }

    fn add(&mut self, penalty: &PenaltySplit) -> Result<()> {
        let sum = |a: u64, b: u64| a.checked_add(b).or_raise(FreeboardError::Overflow);
        self.penalty = PenaltySplit {
            total_atoms: sum(self.penalty.total_atoms, penalty.total_atoms)?,
            liquidator_atoms: sum(self.penalty.liquidator_atoms, penalty.liquidator_atoms)?,
            insurance_atoms: sum(self.penalty.insurance_atoms, penalty.insurance_atoms)?,
            pool_atoms: sum(self.penalty.pool_atoms, penalty.pool_atoms)?,
        };
        Ok(())
    }
}

/// Σ P·x of a share, quote atoms, up.
fn notional_of(holdings: &[Holding], share_permille: u64) -> Result<u64> {
    let mut sum = 0_u64;
    for holding in holdings {
        let sliced = Sliced::new(holding, share_permille).or_refuse()?;
        let unit = holding.unit_price().or_refuse()?;
        for atoms in [sliced.position_atoms, sliced.collateral_atoms] {
            let notional = unit.notional_ceil(BaseAtoms::new(atoms)).or_refuse()?;
            sum = sum
                .checked_add(notional.get())
                .or_raise(FreeboardError::Overflow)?;
        }
    }
    Ok(sum)
}

/// The part of a total that falls on the notional up to `done`, cumulated so that the parts sum to it, down.
fn share_of(total: u64, done: u64, whole: u64) -> Result<u64> {
    match whole {
        0 => Ok(0),
        _ => mul_div_floor_u64(total, done.min(whole), whole).or_refuse(),
    }
}

/// Tells what was done.
#[inline(never)] // a stack frame of its own
pub(super) fn tell(
    stamp: Stamp,
    liquidator_account: Pubkey,
    judged: &JudgedSlice,
    booked: BookedSlice,
    after: MarginSnapshot,
) -> Result<()> {
    emit!(AccountSliced {
        stamp,
        liquidator_account,
        share_permille: judged.share_permille,
        largest_permille: judged.largest_permille,
        flagged_ts: judged.flagged_ts,
        window_start_ts: judged.window_start_ts,
        window_gross_atoms: judged.window.gross_quote_atoms,
        window_closed_before_atoms: judged.window.closed_quote_atoms,
        interest_atoms: booked.interest_atoms,
        notional_atoms: booked.notional_atoms,
        impact_atoms: judged.impact_atoms,
        penalty_atoms: booked.penalty.total_atoms,
        penalty_liquidator_atoms: booked.penalty.liquidator_atoms,
        penalty_insurance_atoms: booked.penalty.insurance_atoms,
        penalty_pool_atoms: booked.penalty.pool_atoms,
        before: snapshot(&judged.before)?,
        after,
        assets: booked.assets,
    });
    Ok(())
}
