//! Price, fee and impact of a fill, and what it moves.
use super::Wanted;
use super::wanted::SizeCut;
use crate::arrange::{Holdings, SharedRisk};
use crate::books::charge_loss;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::state::{Asset, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::market::position::{self, Filled};
use freeboard_risk::market::trade::{self as pricing, Fee, FillTerms, affordable_reduce, payable};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params as risk;
use freeboard_risk::price::observation::{FillKind, Observation};
use freeboard_risk::requirement::margin;
use freeboard_risk::requirement::rest::AccountRest;

/// A fill whose price may be used.
pub(super) struct TradeFill {
    pub(super) wanted: Wanted,
    pub(super) cut: SizeCut,
    pub(super) kind: FillKind,
    pub(super) observation: Observation,
    pub(super) slot: usize,
    pub(super) before: position::Position,
    pub(super) now: i64,
}

/// What a fill does to the books.
pub(in crate::instructions) struct Executed {
    pub fill: pricing::Fill,
    pub fee: Fee,
    pub filled: Filled,
    /// What a reduce pays for moving the skew away from zero.
    pub(super) impact_atoms: u64,
    pub(super) sigma_im_q60: u64,
}

/// An account before a reduce.
pub(super) struct AccountBefore {
    /// Maintenance margin and equity.
    pub requirement: margin::Requirement,
    /// All but the traded asset, which alone changes.
    pub rest: Box<AccountRest>,
}

impl TradeFill {
    /// Computes fill price, fee and the position after it. A reduce is cut to what the account can pay for the skew that
    /// it leaves, and pays of the half-spread what the account can pay.
    ///
    /// Errors: `SizeNotWholeLots`, `OneStepFillsDisabled`, `ImpactExceedsEquity`; those of the price and its limit.
    pub(super) fn price(
        &self,
        asset: &Asset,
        holdings: &Holdings,
        shared: &SharedRisk,
        before: Option<&margin::Requirement>,
    ) -> Result<Executed> {
        self.check_allowed(asset)?;
        let params: risk::TradeParams = asset.trade.into();
        let sigma_im = holdings.get(self.wanted.asset_index)?.unit_shock.sigma_im;
        let mut terms = self.terms(asset, sigma_im, shared.portfolio.z)?;
        let mut fill = pricing::fill(&terms, &params).or_refuse()?;
        if let Some(before) = before {
            let lot = asset.params.lot_atoms;
            fill = self.cut_to_equity(&mut terms, &params, fill, before.equity_atoms, lot)?;
        }
        pricing::check_limit(&fill, terms.size_atoms, self.wanted.limit_price).or_refuse()?;
        let notional = fill.notional_quote_atoms;
        let fee = pricing::fee_ceil(notional, &params).or_refuse()?;
        let traded = SignedBaseAtoms::new(terms.size_atoms);
        let filled = self.before.fill(traded, QuoteAtoms::new(notional));
        let filled = filled.or_refuse()?;
        let impact_atoms = match self.kind {
            FillKind::Reduce => pricing::impact_floor(&terms, &params).or_refuse()?,
            FillKind::Increase => 0,
        };
        Ok(Executed {
            fill,
            fee,
            filled,
            impact_atoms,
            sigma_im_q60: sigma_im.to_bits(),
        })
    }

    /// Whole lots, and where positions may not be opened in one step an order.
    fn check_allowed(&self, asset: &Asset) -> Result<()> {
        let lot = i64::try_from(asset.params.lot_atoms).or_raise(FreeboardError::Overflow)?;
        let rest = self.wanted.size_atoms.checked_rem(lot);
        let rest = rest.or_raise(FreeboardError::Overflow)?;
        ensure(rest == 0, FreeboardError::SizeNotWholeLots)?;
        let allowed = self.kind == FillKind::Reduce
            || self.wanted.order.is_some()
            || asset.trade.one_step_fills != 0;
        ensure(allowed, FreeboardError::OneStepFillsDisabled)
    }

    /// The terms that the pool fills the whole size at. Filled by anyone, an order lets the caller pick among the prices
    /// that `age_fill` allows, as a trade in one step does: the spread prices that choice alike.
    fn terms(&self, asset: &Asset, sigma_im: Fraction, z: Fraction) -> Result<FillTerms<'_>> {
        let age_secs = self.observation.age_secs(self.now);
        Ok(FillTerms {
            observation: &self.observation,
            age_secs: u32::try_from(age_secs).or_raise(FreeboardError::PriceStale)?,
            sigma_im,
            z,
            ema_trade_e9: asset.oracle.ema_trade_e9,
            size_atoms: self.wanted.size_atoms,
            skew: asset.skew(self.now),
            kind: self.kind,
            base_decimals: asset.params.base_decimals,
        })
    }

    /// A reduce that the account can pay for: the fill, or that of fewer lots, whose size the terms then have.
    ///
    /// Errors: `ImpactExceedsEquity` where it may not be cut, or not one lot can be paid for.
    fn cut_to_equity(
        &self,
        terms: &mut FillTerms,
        params: &risk::TradeParams,
        whole: pricing::Fill,
        equity_atoms: i128,
        lot_atoms: u64,
    ) -> Result<pricing::Fill> {
        let mut fill = whole;
        let size = affordable_reduce(terms, params, &fill, equity_atoms, lot_atoms);
        let size: i64 = crate::atoms(size.or_refuse()?)?;
        if size.unsigned_abs() != terms.size_atoms.unsigned_abs() {
            ensure(
                self.cut == SizeCut::Allowed,
                FreeboardError::ImpactExceedsEquity,
            )?;
            terms.size_atoms = size.saturating_mul(terms.size_atoms.signum());
            fill = pricing::fill(terms, params).or_refuse()?;
        }
        payable(terms, params, fill, equity_atoms).or_refuse()
    }

    /// The account before the order; only a reduce is compared with it.
    #[inline(never)] // a stack frame of its own
    pub(super) fn margin_before(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        shared: &SharedRisk,
    ) -> Result<Option<AccountBefore>> {
        if self.kind == FillKind::Increase {
            return Ok(None);
        }
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        let index = holdings.position(self.wanted.asset_index)?;
        let rest = Box::new(AccountRest::new(&portfolio, index).or_refuse()?);
        let requirement = rest.maintenance(&portfolio).or_refuse()?;
        Ok(Some(AccountBefore { requirement, rest }))
    }

    /// Moves position, cash, loans and open interest; the whole fee is the pool's so far.
    pub(super) fn book(
        &self,
        executed: &Executed,
        account: &mut MarginAccount,
        asset: &mut Asset,
    ) -> Result<()> {
        let Executed { fee, filled, .. } = executed;
        asset.replace_position(account.position_at(self.slot)?, filled.position)?;
        let realized = filled.realized_quote_atoms;
        let received = realized.checked_sub(crate::atoms(fee.total_atoms)?);
        let received = received.or_raise(FreeboardError::Overflow)?;
        asset.ledger.pay(account, received)
    }

    /// Counts what was traded, at the oracle price, down.
    ///
    /// Errors: `Overflow`.
    #[cold]
    #[inline(never)]
    pub(super) fn count_turnover(&self, executed: &Executed, asset: &mut Asset) -> Result<()> {
        let after_atoms = executed.filled.position.size_atoms;
        let traded = BaseAtoms::new(after_atoms.abs_diff(self.before.size_atoms));
        let notional = asset.priced(self.observation.price).notional_floor(traded);
        asset.count_turnover(notional.or_refuse()?, self.now);
        Ok(())
    }

    /// Charges the market with what an account below zero loses by a reduce, as in a liquidation: its owner may be the
    /// first to close what was lost.
    pub(super) fn charge(
        &self,
        executed: &Executed,
        before: Option<&margin::Requirement>,
        account: &mut MarginAccount,
        asset: &Asset,
    ) {
        if let Some(before) = before.filter(|before| before.equity_atoms < 0) {
            let realized = executed.filled.realized_quote_atoms;
            charge_loss(
                before.equity_atoms,
                &self.observation,
                realized,
                account,
                asset,
            );
        }
    }

    /// Gives insurance and protocol their shares of the fee, as far as the account could pay it; returns it like that.
    pub(super) fn hand_out(
        &self,
        fee: Fee,
        equity_after_atoms: i64,
        asset: &mut Asset,
    ) -> Result<Fee> {
        let params: risk::TradeParams = asset.trade.into();
        let paid = fee.paid_with(equity_after_atoms, &params).or_refuse()?;
        let ledger = &mut asset.ledger;
        ledger.move_to_insurance(crate::atoms(paid.insurance_atoms)?)?;
        ledger.move_to_fees(crate::atoms(paid.protocol_atoms)?)?;
        Ok(paid)
    }
}
