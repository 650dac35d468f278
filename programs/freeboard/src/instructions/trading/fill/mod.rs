//! A fill against the pool, of a trade in one step or of an order: at the oracle price plus spread and a
//! path-independent skew.
//!
//! An increase must leave the initial margin met; a reduce must not worsen the account, or leave it met as well.
mod checks;
mod execution;
mod wanted;

use crate::arrange::{AssetAccounts, AssetSource, Holdings, SharedRisk, Standards};
use crate::books::Accruals;
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{MarginSnapshot, PositionChanged, Stamp, snapshot};
use crate::instructions::account::margin_call;
use crate::instructions::trading::reward::RewardOffer;
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use execution::{Executed, TradeFill};
use freeboard_risk::market::reward::fill_reward_floor;
use freeboard_risk::market::skew::Skew;
use freeboard_risk::price::observation::{FillKind, Observation};
use freeboard_risk::price::standard::PriceStandard;
pub(in crate::instructions) use wanted::{Requested, Wanted};
use wanted::{SizeCut, kind_of};

/// The outcome of a fill, executed or previewed.
pub(in crate::instructions) struct Filling {
    pub kind: FillKind,
    pub observation: Observation,
    pub size_before_atoms: i64,
    pub skew_before: Skew,
    pub executed: Executed,
    pub accruals: Accruals,
    /// The requirement that had to be met, and the equity against it.
    pub requirement: MarginSnapshot,
    /// Whether a reduce has left equity below the call level.
    pub is_in_call: bool,
}

/// The named accounts of a fill.
pub(in crate::instructions) struct FillAccounts<'a, 'info> {
    pub exchange: &'a AccountLoader<'info, Exchange>,
    /// What it is filled into.
    pub margin_account: &'a AccountLoader<'info, MarginAccount>,
    /// Only where the market's ledger cannot pay what the account realises.
    pub pool: Option<&'a AccountLoader<'info, Pool>>,
    /// Another margin account, which is paid for the fill.
    pub reward_account: Option<&'a AccountLoader<'info, MarginAccount>>,
}

/// Fills it into the margin account. `remaining`: the account's assets and feeds in slot order, the
/// traded one writable.
///
/// Errors: those of [`prepare`] and [`fill_trade`]; `AssetNotWritable`, `PoolAccountMissing`.
pub(in crate::instructions) fn execute<'info>(
    wanted: Wanted,
    accounts: FillAccounts<'_, 'info>,
    remaining: &'info [AccountInfo<'info>],
    clock: &Clock,
) -> Result<()> {
    let now = clock.unix_timestamp;
    // Read.
    let key = accounts.exchange.key();
    let exchange = accounts.exchange.read()?;
    let mut account = accounts.margin_account.write()?;
    let assets = AssetAccounts::new(remaining, key);
    let mut prepared = prepare(wanted, &exchange, &mut account, assets, now)?;
    let (loader, _) = prepared.assets.find(wanted.asset_index, true)?;
    // Judge, move money, check after.
    let filling = {
        let mut asset = loader.write()?;
        let filling = fill_trade(&exchange, &mut account, &mut asset, &mut prepared, now)?;
        if let Some(reward_account) = accounts.reward_account {
            let offer = filling.offer(&wanted, &exchange)?;
            offer.pay(reward_account, &mut asset, &exchange, clock)?;
        }
        Pool::cover_shortfall(accounts.pool, &mut asset)?;
        filling
    };
    account.free_empty_slots();
    if account.flagged_ts != 0 {
        prepared.review_flag(&mut account, &exchange, now);
    }
    // Tell.
    let key = accounts.margin_account.key();
    let stamp = Stamp::new(key, account.next_event(), clock);
    filling.tell(stamp, &wanted, account.quote_atoms)?;
    match filling.kind {
        FillKind::Increase => account.end_call(), // the initial margin is met
        FillKind::Reduce if filling.is_in_call && !account.is_idle() => {
            let seen = filling.requirement;
            margin_call::note(&mut account, key, seen, (&exchange, clock))?;
        }
        FillKind::Reduce => {}
    }
    Ok(())
}

/// The account's holdings, with a slot for the asset that is traded.
pub(in crate::instructions) struct Prepared<S> {
    pub assets: S,
    pub holdings: Holdings,
    wanted: Wanted,
    cut: SizeCut,
    slot: usize,
    kind: FillKind,
}

/// Loads the account's holdings, each at the price that counts for the kind of fill that it is.
///
/// Errors: `SizeZero`, `TooManyPositions`, `ReduceOnly`, `OperationPaused`; those of a wrong account; those of the traded
/// asset's feed, which must show a price.
pub(in crate::instructions) fn prepare<S: AssetSource>(
    wanted: Wanted,
    exchange: &Exchange,
    account: &mut MarginAccount,
    mut assets: S,
    now: i64,
) -> Result<Prepared<S>> {
    ensure(wanted.size_atoms != 0, FreeboardError::SizeZero)?;
    let slot = account.position_slot(wanted.asset_index)?;
    let before = account.position_at(slot)?.as_core();
    let cut = wanted.may_be_cut();
    let wanted = wanted.cut(before)?;
    let kind = kind_of(exchange, before, &wanted, now)?;
    // The owner may reduce at the last known prices of other assets. Filled by somebody else, an order may not:
    // the caller could hide the newest ones.
    let others = match kind {
        FillKind::Reduce if wanted.order.is_none() => PriceStandard::BesideReduce,
        _ => PriceStandard::Trade,
    };
    let standards = Standards::from(others).acting_on(wanted.asset_index, kind.into());
    let holdings = Holdings::load(account, &mut assets, standards, now)?;
    assets.finish(now)?;
    Ok(Prepared {
        assets,
        holdings,
        wanted,
        cut,
        slot,
        kind,
    })
}

/// The fill itself, on the account and the asset given, which a preview gives as copies.
///
/// Errors: those of the price standard, of the caps, of the margin.
pub(in crate::instructions) fn fill_trade(
    exchange: &Exchange,
    account: &mut MarginAccount,
    asset: &mut Asset,
    prepared: &mut Prepared<impl AssetSource>,
    now: i64,
) -> Result<Filling> {
    // Judge.
    let shared = SharedRisk::load(exchange, now);
    let (fill, accruals) = prepared.begin(exchange, account, asset, now)?;
    let before = fill.margin_before(account, &prepared.holdings, &shared)?;
    let mut executed = fill.price(asset, &prepared.holdings, &shared, before.as_ref())?;
    // Move money.
    let (skew_before, side_before_atoms) = (asset.skew(now), asset.open_interest_atoms());
    fill.book(&executed, account, asset)?;
    if asset.measures_turnover() {
        fill.count_turnover(&executed, asset)?;
    }
    fill.charge(&executed, before.as_ref(), account, asset);
    prepared.holdings.renew(account, asset)?;
    // Check after.
    let requirement = match before {
        None => fill.check_initial(account, &prepared.holdings, &shared)?,
        Some(before) => {
            let reduce = (before, executed.impact_atoms, exchange.liquidation.beta_e9);
            fill.check_reduce(account, asset, prepared, &shared, reduce)?
        }
    };
    let level_e9 = exchange.liquidation.call_level_e9;
    let is_in_call = fill.kind == FillKind::Reduce && requirement.is_in_call(level_e9);
    let requirement = snapshot(&requirement)?;
    executed.fee = fill.hand_out(executed.fee, requirement.equity_atoms, asset)?;
    fill.check_market(&executed, side_before_atoms, asset, &prepared.holdings)?;
    Ok(Filling {
        kind: fill.kind,
        observation: fill.observation,
        size_before_atoms: fill.before.size_atoms,
        skew_before,
        executed,
        accruals,
        requirement,
        is_in_call,
    })
}

impl<S: AssetSource> Prepared<S> {
    /// Judges price and market, and settles what the account owes in the traded asset.
    ///
    /// Errors: those of the price standard; `AssetSettled`, `ReduceOnly`, `PriceNotAfterOrder`, `PositionPriceUnusable`.
    fn begin(
        &mut self,
        exchange: &Exchange,
        account: &mut MarginAccount,
        asset: &mut Asset,
        now: i64,
    ) -> Result<(TradeFill, Accruals)> {
        let (wanted, kind) = (self.wanted, self.kind);
        let observation = self.holdings.observation(wanted.asset_index)?;
        asset.check_price(kind.into(), &observation, now)?;
        asset.require_market(kind)?;
        wanted.check_published(&observation, exchange.pool.fill_delay_secs, now)?;
        asset.record(&observation, now)?;
        let index_q64 = exchange.borrow.index_at(now);
        let accruals = self.holdings.settle_accruals(account, asset, index_q64)?;
        self.check_others()?;
        let fill = TradeFill {
            wanted,
            cut: self.cut,
            kind,
            observation,
            slot: self.slot,
            before: account.position_at(self.slot)?.as_core(),
            now,
        };
        Ok((fill, accruals))
    }

    /// An order that reduces needs a price of every other asset that may be traded on.
    ///
    /// Errors: `PositionPriceUnusable`.
    fn check_others(&self) -> Result<()> {
        if self.wanted.order.is_none() || self.kind == FillKind::Increase {
            return Ok(());
        }
        let traded = self.holdings.position(self.wanted.asset_index)?;
        let mut others = self.holdings.list.iter().enumerate();
        let known = others.all(|(at, held)| at == traded || held.usable_initial);
        ensure(known, FreeboardError::PositionPriceUnusable)
    }

    /// Renews or ends a flag by the position that the fill left.
    #[inline(never)] // rare, and a stack frame of its own
    fn review_flag(&mut self, account: &mut MarginAccount, exchange: &Exchange, now: i64) {
        let shared = SharedRisk::load(exchange, now);
        self.holdings
            .review_flag(account, &mut self.assets, (exchange, &shared), now);
    }
}

impl Filling {
    /// What it offers its filler.
    fn offer(&self, wanted: &Wanted, exchange: &Exchange) -> Result<RewardOffer> {
        let reward = fill_reward_floor(&self.executed.fee, &exchange.pool.into());
        Ok(RewardOffer {
            reward: reward.or_refuse()?,
            order_id: wanted.order.map_or(0, |order| order.id),
        })
    }

    /// Tells the fill; `quote_after_atoms` is the account's balance after it.
    fn tell(&self, stamp: Stamp, wanted: &Wanted, quote_after_atoms: i64) -> Result<()> {
        let executed = &self.executed;
        tell(&PositionChanged {
            stamp,
            asset_index: wanted.asset_index,
            order_id: wanted.order.map_or(0, |order| order.id),
            size_before_atoms: self.size_before_atoms,
            size_after_atoms: executed.filled.position.size_atoms,
            price_e12: self.observation.price.0,
            ema_e12: self.observation.ema.0,
            confidence_e12: self.observation.confidence.0,
            publish_ts: self.observation.publish_ts,
            skew_before_atoms: crate::atoms(self.skew_before.now_atoms)?,
            resting_skew_atoms: crate::atoms(self.skew_before.resting_atoms)?,
            sigma_im_q60: executed.sigma_im_q60,
            fill_notional_atoms: executed.fill.notional_quote_atoms,
            fee_atoms: executed.fee.total_atoms,
            realized_pnl_atoms: executed.filled.realized_quote_atoms,
            interest_atoms: self.accruals.interest_atoms,
            funding_atoms: self.accruals.funding_atoms,
            quote_after_atoms,
            requirement: self.requirement,
        })
    }
}
