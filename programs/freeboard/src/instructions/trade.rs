//! Opens, increases, reduces, flips or closes a position against the pool, in one step at the
//! oracle price plus an age-priced spread and a path-independent skew.
//!
//! An increase must leave the initial margin met; a reduce must not worsen the account.
use crate::{
    error::{FreeboardError, OrRaise, OrRefuse, ensure},
    events::{MarginSnapshot, PositionChanged, Stamp},
    gates::{self, Operation},
    oracle, snapshot,
    state::{Asset, Exchange, MarginAccount},
    valuation::{AssetAccounts, Holdings, Purpose, SharedRisk},
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    margin,
    observation::{FillKind, Observation},
    params as risk,
    position::{self, Filled},
    quantity::{Price, UnitPrice},
    trade::{self as pricing, Fee, Fill, FillTerms},
};

/// Arguments of trade.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct TradeArgs {
    /// Index of the asset.
    pub asset_index: u16,
    /// Signed size in whole lots, base atoms: positive buys.
    pub size_atoms: i64,
    /// Worst acceptable fill price, USD per whole unit × 10^12.
    pub limit_price_e12: u128,
    /// Refuse if it would open, increase or flip.
    pub reduce_only: bool,
}

/// Accounts of trade. Remaining accounts: the margin account's assets and feeds in slot order; a
/// position in a new asset takes the first free slot. The traded asset must be writable.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner or delegate of the margin account.
    pub authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::trade`].
pub fn handler<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let exchange = ctx.accounts.exchange.load()?;
    let mut account = ctx.accounts.margin_account.load_mut()?;
    account.require_authority(ctx.accounts.authority.key)?;
    ensure(args.size_atoms != 0, FreeboardError::SizeZero)?;
    let before = account.position_mut(args.asset_index)?.as_core();
    let kind = kind_of(&exchange, before, &args, now)?;

    let purpose = match kind {
        FillKind::Increase => Purpose::Initial,
        FillKind::Reduce => Purpose::Reduce,
    };
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    let mut holdings = Holdings::load(&account, &mut assets, purpose, now)?;
    assets.finish()?;
    let (loader, feed) = assets.find(args.asset_index, true)?;
    let shared = SharedRisk::load(&exchange);
    let mut asset = loader.load_mut()?;
    let observation = oracle::read_current(&asset, feed, now)?;
    observation
        .check_fill(&asset.oracle.into(), now, kind)
        .or_refuse()?;

    let order = Order {
        args,
        kind,
        observation,
        before,
        now,
    };
    let executed = order.execute(&asset, &holdings, &shared)?;
    let worst_before = order.margin_before(&account, &holdings, &shared)?;
    let skew_before_atoms = asset.skew_atoms();
    order.book(&executed, &mut account, &mut asset)?;
    order.update(&executed, &asset, &mut holdings)?;
    let requirement = order.check(&account, &holdings, &shared, worst_before, &exchange)?;
    if kind == FillKind::Increase {
        order.check_caps(&executed, skew_before_atoms, &asset, &holdings)?;
    }
    account.free_empty_slots();

    let sequence = account.next_event();
    emit!(PositionChanged {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        asset_index: args.asset_index,
        size_before_atoms: before.size_atoms,
        size_after_atoms: executed.filled.position.size_atoms,
        price_e12: observation.price.0,
        ema_e12: observation.ema.0,
        confidence_e12: observation.confidence.0,
        publish_ts: observation.publish_ts,
        skew_before_atoms: crate::atoms(skew_before_atoms)?,
        sigma_im_q60: executed.sigma_im_q60,
        fill_notional_atoms: executed.fill.notional_quote_atoms,
        fee_atoms: executed.fee.total_atoms,
        realized_pnl_atoms: executed.filled.realized_quote_atoms,
        quote_after_atoms: account.quote_atoms,
        requirement,
    });
    Ok(())
}

/// Whether the order only reduces, and whether that kind of order is open now.
fn kind_of(
    exchange: &Exchange,
    before: position::Position,
    args: &TradeArgs,
    now: i64,
) -> Result<FillKind> {
    if before.is_reduced_by(args.size_atoms) {
        gates::require_open(exchange, Operation::Reduce, now)?;
        return Ok(FillKind::Reduce);
    }
    ensure(!args.reduce_only, FreeboardError::ReduceOnly)?;
    gates::require_open(exchange, Operation::Increase, now)?;
    Ok(FillKind::Increase)
}

/// A checked order.
struct Order {
    args: TradeArgs,
    kind: FillKind,
    observation: Observation,
    before: position::Position,
    now: i64,
}

/// What an order does to the books.
struct Executed {
    fill: Fill,
    fee: Fee,
    filled: Filled,
    sigma_im_q60: u64,
}

impl Order {
    /// Fill price, limit, fee and the position after it.
    fn execute(&self, asset: &Asset, holdings: &Holdings, shared: &SharedRisk) -> Result<Executed> {
        let lot = i64::try_from(asset.params.lot_atoms).or_raise(FreeboardError::Overflow)?;
        let rest = self
            .args
            .size_atoms
            .checked_rem(lot)
            .or_raise(FreeboardError::Overflow)?;
        ensure(rest == 0, FreeboardError::SizeNotWholeLots)?;
        let one_step = self.kind == FillKind::Reduce || asset.trade.one_step_fills != 0;
        ensure(one_step, FreeboardError::OneStepFillsDisabled)?;
        let params: risk::TradeParams = asset.trade.into();
        let sigma_im = holdings.get(self.args.asset_index)?.unit_shock.sigma_im;
        let age_secs = self.observation.age_secs(self.now);
        let terms = FillTerms {
            observation: &self.observation,
            age_secs: u32::try_from(age_secs).or_raise(FreeboardError::PriceStale)?,
            sigma_im,
            z: shared.portfolio.z,
            ema_trade_e9: asset.oracle.ema_trade_e9,
            size_atoms: self.args.size_atoms,
            skew_atoms: asset.skew_atoms(),
            kind: self.kind,
            base_decimals: asset.params.base_decimals,
        };
        let fill = pricing::fill(&terms, &params).or_refuse()?;
        let limit = Price(self.args.limit_price_e12);
        pricing::check_limit(&fill, self.args.size_atoms, limit).or_refuse()?;
        let fee = pricing::fee_ceil(fill.notional_quote_atoms, &params).or_refuse()?;
        let filled = self
            .before
            .fill(self.args.size_atoms, fill.notional_quote_atoms)
            .or_refuse()?;
        Ok(Executed {
            fill,
            fee,
            filled,
            sigma_im_q60: sigma_im.to_bits(),
        })
    }

    /// Maintenance margin and equity before the order; only a reduce is compared with it.
    fn margin_before(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        shared: &SharedRisk,
    ) -> Result<Option<margin::Requirement>> {
        if self.kind == FillKind::Increase {
            return Ok(None);
        }
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        Ok(Some(margin::maintenance(&portfolio).or_refuse()?))
    }

    /// Moves position, cash, fees, loans and open interest; records the price.
    fn book(
        &self,
        executed: &Executed,
        account: &mut MarginAccount,
        asset: &mut Asset,
    ) -> Result<()> {
        let Executed { fee, filled, .. } = executed;
        account
            .position_mut(self.args.asset_index)?
            .set(filled.position);
        let realized = filled.realized_quote_atoms;
        let paid = crate::atoms(fee.total_atoms)?;
        let received = realized
            .checked_sub(paid)
            .or_raise(FreeboardError::Overflow)?;
        let loan_change = account.add_quote(received)?;
        let to_pool = crate::atoms(fee.pool_atoms)?.checked_sub(realized);
        asset
            .ledger
            .add_pool(to_pool.or_raise(FreeboardError::Overflow)?)?;
        asset
            .ledger
            .add_insurance(crate::atoms(fee.insurance_atoms)?)?;
        asset.ledger.add_fees(crate::atoms(fee.protocol_atoms)?)?;
        asset.ledger.add_loans(loan_change)?;
        asset.move_open_interest(self.before.size_atoms, filled.position.size_atoms)?;
        asset.record(&self.observation);
        Ok(())
    }

    /// Carries the new position and open interest into the holdings.
    fn update(&self, executed: &Executed, asset: &Asset, holdings: &mut Holdings) -> Result<()> {
        let holding = holdings.get_mut(self.args.asset_index)?;
        holding.size_atoms = executed.filled.position.size_atoms;
        holding.entry_quote_atoms = executed.filled.position.entry_quote_atoms;
        holding.open_interest_atoms = asset.open_interest_atoms();
        Ok(())
    }

    /// The level the order needs: Initial for an increase, Reduce for a reduce.
    fn check(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        shared: &SharedRisk,
        before: Option<margin::Requirement>,
        exchange: &Exchange,
    ) -> Result<MarginSnapshot> {
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        let Some(before) = before else {
            let report = margin::initial(&portfolio).or_refuse()?;
            report.check().or_refuse()?;
            return snapshot(&report.requirement);
        };
        let after = margin::maintenance(&portfolio).or_refuse()?;
        margin::check_reduce(&before, &after, exchange.liquidation.beta_e9).or_refuse()?;
        snapshot(&after)
    }

    /// Open interest, size, minimum notional; and, where the pool's exposure grows, that exposure
    /// against the asset's part of its free cash.
    fn check_caps(
        &self,
        executed: &Executed,
        skew_before_atoms: i128,
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
        let decimals = asset.params.base_decimals;
        let unit = UnitPrice::from_price_ceil(self.observation.price, decimals).or_refuse()?;
        let notional = unit.notional_ceil(size.unsigned_abs()).or_refuse()?;
        pricing::check_minimum_notional(size, notional, &params).or_refuse()?;
        let skew = asset.skew_atoms();
        if skew.unsigned_abs() <= skew_before_atoms.unsigned_abs() {
            return Ok(());
        }
        let net = u64::try_from(skew.unsigned_abs()).or_raise(FreeboardError::Overflow)?;
        let net_notional = unit.notional_ceil(net).or_refuse()?;
        let c_im = holdings.get(self.args.asset_index)?.unit_shock.c_im;
        let free = asset.ledger.free_atoms()?.max(0).unsigned_abs();
        pricing::check_utilization(net_notional, c_im, free, &params).or_refuse()
    }
}
