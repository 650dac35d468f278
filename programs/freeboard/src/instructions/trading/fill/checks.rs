//! What must hold after a fill.
use super::Prepared;
use super::execution::{AccountBefore, Executed, TradeFill};
use crate::arrange::{AssetSource, Holdings, SharedRisk};
use crate::error::OrRefuse;
use crate::state::{Asset, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::market::gap::GrownSide;
use freeboard_risk::market::trade as pricing;
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedQuoteAtoms};
use freeboard_risk::params as risk;
use freeboard_risk::price::observation::FillKind;
use freeboard_risk::price::unit_shock::UnitShock;
use freeboard_risk::requirement::margin::{self, Requirement};

impl TradeFill {
    /// The level that an increase needs.
    ///
    /// Errors: `InitialMarginNotMet`, `PositionPriceUnusable`.
    #[inline(never)]
    pub(super) fn check_initial(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        shared: &SharedRisk,
    ) -> Result<Requirement> {
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        let report = margin::initial(&portfolio).or_refuse()?;
        report.require_met().or_refuse()?;
        Ok(report.requirement)
    }

    /// The level that a reduce needs; the Initial level, at usable prices, is enough as well: else nobody could close
    /// a hedge, whose closing raises MM.
    ///
    /// Errors: `ReduceWorsensAccount`.
    #[inline(never)]
    pub(super) fn check_reduce(
        &self,
        account: &MarginAccount,
        asset: &Asset,
        prepared: &mut Prepared<impl AssetSource>,
        shared: &SharedRisk,
        (before, impact_atoms, beta_e9): (&AccountBefore, u64, u64),
    ) -> Result<Requirement> {
        let holdings = &mut prepared.holdings;
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        let reduce = margin::Reduce {
            before: before.requirement,
            after: before.rest.maintenance(&portfolio).or_refuse()?,
            impact_atoms,
        };
        let Err(refusal) = reduce.require_accepted(beta_e9) else {
            return Ok(reduce.after);
        };
        // Only here, because it costs as much as all that a reduce looks at otherwise.
        holdings.judge_to_trade(&mut prepared.assets, asset, self.now)?;
        if self.check_initial(account, holdings, shared).is_ok() {
            return Ok(reduce.after);
        }
        Err(refusal).or_refuse()
    }

    /// Requires a rest that is worth the minimum, and of an increase the caps of the market.
    ///
    /// Errors: `NotionalBelowMinimum`; those of the caps.
    pub(super) fn check_market(
        &self,
        executed: &Executed,
        side_before_atoms: u64,
        asset: &Asset,
        holdings: &Holdings,
    ) -> Result<()> {
        self.check_minimum(executed, asset)?;
        match self.kind {
            FillKind::Increase => self.check_caps(executed, side_before_atoms, asset, holdings),
            FillKind::Reduce => Ok(()),
        }
    }

    /// Nothing is left of the position, or what is worth the minimum; or what the account cannot pay for.
    ///
    /// Errors: `NotionalBelowMinimum`.
    fn check_minimum(&self, executed: &Executed, asset: &Asset) -> Result<()> {
        let size = executed.filled.position.size_atoms;
        let wanted = self.before.size_atoms.checked_add(self.wanted.size_atoms);
        if wanted != Some(size) {
            return Ok(()); // cut
        }
        let price = asset.priced(self.observation.price);
        let size_after = BaseAtoms::new(size.unsigned_abs());
        let notional = price.notional_ceil(size_after).or_refuse()?.get();
        let params: risk::TradeParams = asset.trade.into();
        match self.kind {
            FillKind::Increase => pricing::check_minimum_notional(size, notional, &params),
            FillKind::Reduce => pricing::check_rest(size, notional, &params),
        }
        .or_refuse()
    }

    /// Open interest, size, what a gap would cost; and, where the larger side grows, what the pool
    /// would be exposed to without the smaller one against the asset's part of its free cash. A hedge that leaves
    /// again makes no room.
    fn check_caps(
        &self,
        executed: &Executed,
        side_before_atoms: u64,
        asset: &Asset,
        holdings: &Holdings,
    ) -> Result<()> {
        let params: risk::TradeParams = asset.trade.into();
        let size = executed.filled.position.size_atoms;
        let side = if size > 0 {
            asset.long_open_interest_atoms
        } else {
            asset.short_open_interest_atoms
        };
        pricing::check_open_interest(side, &params).or_refuse()?;
        pricing::check_account_cap(size, &params).or_refuse()?;
        let held = holdings.get(self.wanted.asset_index)?;
        let UnitShock { u_mm, c_im, .. } = held.unit_shock;
        let price = asset.priced(self.observation.price);
        let side_notional = price.notional_ceil(BaseAtoms::new(side)).or_refuse()?;
        if asset.open_interest_atoms() > side_before_atoms {
            let free = SignedQuoteAtoms::new(asset.ledger.free_atoms()?).positive_part();
            pricing::check_utilization(side_notional, c_im, free, &params).or_refuse()?;
        }
        // Opposite accounts have no net size: the side that grew is what a gap costs.
        let side = GrownSide {
            notional: side_notional,
            margin: asset.least_shock(u_mm, &held.coefficients),
        };
        let budget = QuoteAtoms::new(asset.gap_budget_atoms);
        side.check_gap_loss(budget, &params).or_refuse()
    }
}
