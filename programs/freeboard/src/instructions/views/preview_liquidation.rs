//! Answers with what a liquidation would do, by return data; changes nothing. For bots that look for accounts,
//! and for traders who want to know their liquidation price.
use crate::arrange::closing::Closing;
use crate::arrange::{AssetAccounts, AssetSource, Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use crate::events::{MarginSnapshot, snapshot_of_valuation};
use crate::governance::pauses::{self, Operation};
use crate::instructions::liquidation::liquidate::{judge::running_window, sale::Sale};
use crate::state::{Exchange, Load, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::flag::Grace;
use freeboard_risk::liquidation::penalty::{self, LeastReward, PenaltySplit};
use freeboard_risk::liquidation::{
    ClosingOutcome, ClosingTerms, LiquidationPlan, LiquidationVerdict, SlicePlan, Sliced,
    liquidation_prices,
};
use freeboard_risk::market::position::Position;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::params as risk;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{LiquidationValuation, liquidation_valuation};
use freeboard_risk::requirement::portfolio::Portfolio;

/// Arguments of preview_liquidation.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct PreviewLiquidationArgs {
    /// Index of the asset; not read for a slice.
    pub asset_index: u16,
    /// What would be closed, and who would take it.
    pub closing: Closing,
}

/// The answer of preview_liquidation. Amounts in quote atoms; sizes in base atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct LiquidationPreview {
    /// Maintenance margin and equity as a liquidation sees them.
    pub maintenance: MarginSnapshot,
    /// Whether the account is below its maintenance margin.
    pub is_liquidatable: bool,
    /// Seconds until its flag is old enough; 0 if it is, or if the account is so deep that it needs none;
    /// `u32::MAX` if it is not flagged.
    pub grace_left_secs: u32,
    /// Whether the size below may be closed at this moment: the grace is over, every price that counts is newer than
    /// the flag, and liquidations are not paused.
    pub may_be_closed_now: bool,
    /// Largest size that may be closed once the grace is over, base atoms, of a slice thousandths of the account; 0
    /// if nothing may.
    pub size_atoms: u64,
    /// P·size, rounded against the account: down for what it sells, up for what it buys.
    pub notional_atoms: u64,
    /// What the account would pay the pool for the skew that closing that size leaves.
    pub impact_atoms: u64,
    /// Π of that size.
    pub penalty_atoms: u64,
    /// The liquidator's part of it.
    pub penalty_liquidator_atoms: u64,
    /// What the insurance fund in the asset's ledger would add; the pool's may add more.
    pub topup_atoms: u64,
    /// What it pays for the age of the price updates that count, in dealing worse than at the oracle price.
    pub spread_atoms: u64,
    /// What the liquidator earns: its part and what is added, less that spread.
    pub profit_atoms: i64,
    /// Oracle price, USD per whole unit × 10^12; 0 for a slice, as are the liquidation prices.
    pub price_e12: u128,
    /// Price of the asset at which the account would be liquidatable, all else unchanged, × 10^12: of the one below
    /// and the one above the nearer; 0 if there is none.
    pub liquidation_price_e12: u128,
    /// The one in the other direction; 0 if there is none.
    pub far_liquidation_price_e12: u128,
}

impl LiquidationPreview {
    /// Sets penalty and impact of a closing, and returns how the penalty is split.
    ///
    /// Errors: `Overflow`.
    fn set_costs(
        &mut self,
        outcome: &ClosingOutcome,
        params: &risk::LiquidationParams,
    ) -> Result<PenaltySplit> {
        let overflow = FreeboardError::Overflow;
        self.impact_atoms = u64::try_from(outcome.impact_atoms).or_raise(overflow)?;
        self.penalty_atoms = u64::try_from(outcome.penalty_atoms).or_raise(overflow)?;
        let split = penalty::split(self.penalty_atoms, params).or_refuse()?;
        self.penalty_liquidator_atoms = split.liquidator_atoms;
        Ok(split)
    }

    /// Sums what the liquidator earns.
    fn earn(&mut self) -> Result<()> {
        let earned = self
            .penalty_liquidator_atoms
            .saturating_add(self.topup_atoms);
        let (earned, paid): (i64, i64) = (crate::atoms(earned)?, crate::atoms(self.spread_atoms)?);
        self.profit_atoms = earned.saturating_sub(paid);
        Ok(())
    }
}

/// Accounts of preview_liquidation. Remaining accounts: the margin account's assets and feeds in slot order.
#[derive(Accounts)]
pub struct PreviewLiquidation<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::preview_liquidation`].
pub fn handler<'info>(
    ctx: Context<'info, PreviewLiquidation<'info>>,
    args: PreviewLiquidationArgs,
) -> Result<LiquidationPreview> {
    let now = Clock::get()?.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    let account = ctx.accounts.margin_account.read()?;
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    liquidation_preview((&exchange, &account), &mut assets, &args, &mut (), now)
}

/// What a client adds to a preview and learns beside it; the instruction does neither.
pub trait PreviewContext {
    /// Insurance in the pool's own ledger, quote atoms: a liquidation that is given the pool may use it.
    fn pool_insurance_atoms(&self) -> i64 {
        0
    }

    /// Is told what closing the largest size does to the account's margin.
    fn note(&mut self, _outcome: &ClosingOutcome) {}
}

impl PreviewContext for () {}

/// What a liquidation of this account would do.
///
/// Errors: those of the assets and their feeds; `AssetSettled`, `AssetAccountMissing`, `PriceStale`, `Overflow`.
#[inline(always)] // has one caller on chain
pub fn liquidation_preview(
    (exchange, account): (&Exchange, &MarginAccount),
    assets: &mut impl AssetSource,
    args: &PreviewLiquidationArgs,
    context: &mut impl PreviewContext,
    now: i64,
) -> Result<LiquidationPreview> {
    // Read.
    let holdings = Holdings::load(account, assets, PriceStandard::Liquidation, now)?;
    assets.finish(now)?;
    let shared = SharedRisk::load(exchange, now);
    let quote_atoms = account.quote_after_interest(exchange, now)?;
    let looked = Looked {
        account,
        exchange,
        portfolio: shared.portfolio(quote_atoms, &holdings.list),
        holdings: &holdings,
        now,
    };
    // Judge.
    if args.closing == Closing::Slice {
        return looked.judge_slice(assets, context);
    }
    let index = holdings.position(args.asset_index)?;
    let seen = looked.see(index, args, assets, context)?;
    let mut preview = looked.judge(index, args.closing, &seen, context)?;
    let prices = liquidation_prices(&looked.portfolio, index).or_refuse()?;
    let price = |price: Option<Price>| price.map_or(0, |price| price.0);
    preview.liquidation_price_e12 = price(prices.nearer);
    preview.far_liquidation_price_e12 = price(prices.farther);
    Ok(preview)
}

/// The terms of one closing, by the asset's account.
struct Seen {
    terms: ClosingTerms,
    /// What the insurance fund may pay now.
    insurance_atoms: u64,
    taker_fee_e9: u64,
}

/// An account that is looked at, at the prices that a liquidation counts.
struct Looked<'a> {
    account: &'a MarginAccount,
    exchange: &'a Exchange,
    portfolio: Portfolio<'a>,
    holdings: &'a Holdings,
    now: i64,
}

/// What flag and margin say before any size.
struct FirstLook {
    preview: LiquidationPreview,
    flag_age_secs: u64,
}

impl Looked<'_> {
    /// Judges flag and margin before any size.
    #[inline(never)]
    fn before_any_size(&self) -> Result<FirstLook> {
        let params: risk::LiquidationParams = self.exchange.liquidation.into();
        let paused = pauses::liquidations_paused(self.exchange);
        let flag = self.account.flag().run_at(self.now, paused, &params);
        let LiquidationValuation { requirement, .. } =
            liquidation_valuation(&self.portfolio).or_refuse()?;
        let is_below = requirement.is_liquidatable();
        let grace = self.holdings.check_grace(&flag, &requirement, &params);
        let open = pauses::require_open(self.exchange, Operation::Liquidate, self.now);
        let grace_left_secs = match flag.since_ts {
            _ if self.holdings.grace(&requirement) == Grace::Waived => 0,
            Some(_) => {
                let age = u32::try_from(flag.age_secs()).unwrap_or(u32::MAX);
                params.grace_secs.saturating_sub(age)
            }
            None => u32::MAX,
        };
        let preview = LiquidationPreview {
            maintenance: snapshot_of_valuation(&requirement),
            is_liquidatable: is_below,
            grace_left_secs,
            may_be_closed_now: is_below && grace.is_ok() && open.is_ok(),
            ..LiquidationPreview::default()
        };
        Ok(FirstLook {
            preview,
            flag_age_secs: flag.age_secs(),
        })
    }

    /// Share, penalty and grace of a slice.
    #[inline(never)]
    fn judge_slice(
        &self,
        assets: &mut impl AssetSource,
        context: &mut impl PreviewContext,
    ) -> Result<LiquidationPreview> {
        let FirstLook {
            mut preview,
            flag_age_secs: age,
        } = self.before_any_size()?;
        let mut terms = Vec::with_capacity(self.holdings.list.len());
        for (at, source) in self.holdings.sources.iter().enumerate() {
            terms.push(assets.take(source.asset_index, |asset, _| {
                self.holdings.terms(at, Closing::Slice, asset, self.now)
            })?);
        }
        let params: risk::LiquidationParams = self.exchange.liquidation.into();
        let window = running_window(self.account, &self.portfolio, &params, self.now)?.window;
        let plan = SlicePlan::new(&self.portfolio, &terms, &params, age, window);
        let Some(plan) = plan.ok().filter(|plan| plan.allowed) else {
            preview.may_be_closed_now = false;
            return Ok(preview);
        };
        context.note(&plan.outcome);
        preview.size_atoms = plan.share_permille;
        preview.notional_atoms = plan.notional_quote_atoms;
        preview.set_costs(&plan.outcome, &params)?;
        for (holding, terms) in self.portfolio.holdings.iter().zip(&terms) {
            let size = Sliced::new(holding, plan.share_permille).or_refuse()?;
            let price = holding.asset_price();
            let (closing, none) = (Closing::Collateral, Position::default());
            let sale = Sale::new(closing, size.collateral_atoms, none, price, terms)?;
            preview.spread_atoms = preview.spread_atoms.saturating_add(sale.spread_atoms);
        }
        preview.earn()?;
        Ok(preview)
    }

    /// Reads the terms of closing the holding at `index` from its asset.
    ///
    /// Errors: `AssetSettled`, `PriceStale`, `Overflow`.
    fn see(
        &self,
        index: usize,
        args: &PreviewLiquidationArgs,
        assets: &mut impl AssetSource,
        context: &impl PreviewContext,
    ) -> Result<Seen> {
        assets.take(args.asset_index, |asset, _| {
            args.closing.check_market(asset)?;
            let window = asset.insurance_window();
            let cap = self.exchange.pool.insurance_cap_quote_atoms;
            let own = asset.ledger.insurance_atoms.max(0);
            let available = own.saturating_add(context.pool_insurance_atoms().max(0));
            Ok(Seen {
                terms: self.holdings.terms(index, args.closing, asset, self.now)?,
                insurance_atoms: available.unsigned_abs().min(window.left(self.now, cap)),
                taker_fee_e9: asset.trade.taker_fee_e9,
            })
        })
    }

    fn holding(&self, index: usize) -> Result<&Holding> {
        let holding = self.portfolio.holdings.get(index);
        holding.or_raise(FreeboardError::AssetAccountMissing)
    }

    /// Size, penalty and grace of closing one holding.
    #[inline(never)]
    fn judge(
        &self,
        index: usize,
        closing: Closing,
        seen: &Seen,
        context: &mut impl PreviewContext,
    ) -> Result<LiquidationPreview> {
        let params: risk::LiquidationParams = self.exchange.liquidation.into();
        let FirstLook {
            mut preview,
            flag_age_secs: age,
        } = self.before_any_size()?;
        preview.price_e12 = self.holding(index)?.price.0;
        let window = running_window(self.account, &self.portfolio, &params, self.now)?.window;
        let verdict = LiquidationPlan::new(
            &self.portfolio,
            index,
            closing.of_one_asset()?,
            &params,
            age,
            window,
            &seen.terms,
        )
        .or_refuse()?;
        if let LiquidationVerdict::Plan(plan) = &verdict
            && plan.allowed
        {
            context.note(&plan.outcome);
            self.fill(&mut preview, (index, closing), seen, plan)?;
        }
        preview.may_be_closed_now &= preview.size_atoms > 0;
        Ok(preview)
    }

    /// What the largest size is worth and costs, and the liquidator's part of it.
    #[inline(never)]
    fn fill(
        &self,
        preview: &mut LiquidationPreview,
        (index, closing): (usize, Closing),
        seen: &Seen,
        plan: &LiquidationPlan,
    ) -> Result<()> {
        let holding = self.holding(index)?;
        let position = Position {
            size_atoms: holding.size_atoms,
            entry_quote_atoms: holding.entry_quote_atoms,
        };
        let price = holding.asset_price();
        let sale = Sale::new(closing, plan.size_atoms, position, price, &seen.terms)?;
        preview.size_atoms = plan.size_atoms;
        preview.notional_atoms = sale.notional_atoms;
        let split = preview.set_costs(&plan.outcome, &self.exchange.liquidation.into())?;
        let least = LeastReward {
            closed_notional: QuoteAtoms::new(sale.rewarded_atoms()),
            reward_min_e9: self.exchange.pool.reward_min_e9,
            taker_fee_e9: seen.taker_fee_e9,
        };
        let insurance = QuoteAtoms::new(seen.insurance_atoms);
        preview.topup_atoms = least.topup(&split, insurance).get();
        preview.spread_atoms = sale.spread_atoms;
        preview.earn()
    }
}
