//! A fill against the pool, of a trade in one step or of an order: at the oracle price plus spread and a
//! path-independent skew.
//!
//! An increase must leave the initial margin met; a reduce must not worsen the account, or leave it met as well.
mod checks;
mod execution;
mod wanted;

use crate::arrange::valuation::{AssetAccounts, Holdings, SharedRisk};
use crate::books::{Accruals, charge_loss};
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::events::{MarginSnapshot, PositionChanged, Stamp};
use crate::oracle::{self, Purpose};
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use execution::{Executed, TradeFill};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::price::observation::{FillKind, Observation};
use wanted::{ALL_ATOMS, kind_of};
pub(in crate::instructions) use wanted::{Requested, Wanted};

/// What a fill did, or would do.
pub(in crate::instructions) struct Filling {
    pub kind: FillKind,
    pub observation: Observation,
    pub size_before_atoms: i64,
    pub skew_before: Skew,
    pub executed: Executed,
    pub accruals: Accruals,
    /// The requirement that had to be met, and the equity against it.
    pub requirement: MarginSnapshot,
}

/// Fills it into the margin account. `remaining`: the account's assets and feeds in slot order, the
/// traded one writable. `pool`: only where the market's ledger cannot pay what the account realises.
///
/// Errors: those of [`fill_trade`]; `AssetNotWritable`, `PoolAccountMissing`.
pub(in crate::instructions) fn execute<'info>(
    wanted: Wanted,
    exchange: &AccountLoader<'info, Exchange>,
    margin_account: &AccountLoader<'info, MarginAccount>,
    pool: Option<&AccountLoader<'info, Pool>>,
    remaining: &'info [AccountInfo<'info>],
    clock: &Clock,
) -> Result<()> {
    let key = exchange.key();
    let exchange = exchange.read()?;
    let mut account = margin_account.write()?;
    let mut prepared = prepare(wanted, &exchange, key, &mut account, remaining, clock)?;
    let (loader, feed) = prepared.assets.find(wanted.asset_index, true)?;
    let filling = {
        let mut asset = loader.write()?;
        let filling = fill_trade(
            &exchange,
            &mut account,
            &mut asset,
            feed,
            &mut prepared,
            clock,
        )?;
        Pool::cover_shortfall(pool, &mut asset)?;
        filling
    };
    account.free_empty_slots();
    if account.flagged_ts != 0 {
        prepared.review_flag(&mut account, &exchange, clock.unix_timestamp);
    }

    let sequence = account.next_event();
    let executed = &filling.executed;
    emit!(PositionChanged {
        stamp: Stamp::new(margin_account.key(), sequence, clock),
        asset_index: wanted.asset_index,
        order_id: wanted.order.map_or(0, |order| order.id),
        size_before_atoms: filling.size_before_atoms,
        size_after_atoms: executed.filled.position.size_atoms,
        price_e12: filling.observation.price.0,
        ema_e12: filling.observation.ema.0,
        confidence_e12: filling.observation.confidence.0,
        publish_ts: filling.observation.publish_ts,
        skew_before_atoms: crate::atoms(filling.skew_before.now_atoms)?,
        resting_skew_atoms: crate::atoms(filling.skew_before.resting_atoms)?,
        sigma_im_q60: executed.sigma_im_q60,
        fill_notional_atoms: executed.fill.notional_quote_atoms,
        fee_atoms: executed.fee.total_atoms,
        realized_pnl_atoms: executed.filled.realized_quote_atoms,
        interest_atoms: filling.accruals.interest_atoms,
        funding_atoms: filling.accruals.funding_atoms,
        quote_after_atoms: account.quote_atoms,
        requirement: filling.requirement,
    });
    Ok(())
}

/// The account's holdings, with a slot for the asset that is traded.
pub(in crate::instructions) struct Prepared<'info> {
    pub assets: AssetAccounts<'info>,
    pub holdings: Holdings,
    wanted: Wanted,
    /// All of it, or nothing.
    whole: bool,
    slot: usize,
    kind: FillKind,
}

impl Prepared<'_> {
    /// What the fill left may renew or end a flag.
    #[inline(never)] // rare, and a stack frame of its own
    fn review_flag(&mut self, account: &mut MarginAccount, exchange: &Exchange, now: i64) {
        let shared = SharedRisk::load(exchange, now);
        self.holdings
            .review_flag(account, &mut self.assets, (exchange, &shared), now);
    }
}

/// Loads what the account holds, for the kind of fill that it is.
///
/// Errors: `SizeZero`, `TooManyPositions`, `ReduceOnly`, `OperationPaused`; those of a wrong account.
pub(in crate::instructions) fn prepare<'info>(
    wanted: Wanted,
    exchange: &Exchange,
    exchange_key: Pubkey,
    account: &mut MarginAccount,
    remaining: &'info [AccountInfo<'info>],
    clock: &Clock,
) -> Result<Prepared<'info>> {
    let now = clock.unix_timestamp;
    ensure(wanted.size_atoms != 0, FreeboardError::SizeZero)?;
    let slot = account.position_slot(wanted.asset_index)?;
    let before = account.position_at(slot)?.as_core();
    let whole = wanted.reduce_only && wanted.size_atoms.unsigned_abs() >= ALL_ATOMS.unsigned_abs();
    let wanted = wanted.cut(before)?;
    let kind = kind_of(exchange, before, &wanted, now)?;
    // The owner may reduce at the last known prices of other assets; whoever fills his order may not choose
    // to hide the newest ones.
    let purpose = match kind {
        FillKind::Reduce if wanted.order.is_none() => Purpose::Reduce,
        _ => Purpose::Initial,
    };
    let mut assets = AssetAccounts::new(remaining, exchange_key);
    let holdings = Holdings::load(account, &mut assets, purpose, now)?;
    assets.finish(now)?;
    Ok(Prepared {
        assets,
        holdings,
        wanted,
        whole,
        slot,
        kind,
    })
}

/// The fill itself, on the account and the asset given, which a preview gives as copies.
///
/// Errors: those of the rows of the oracle table, of the caps, of the margin.
pub(in crate::instructions) fn fill_trade(
    exchange: &Exchange,
    account: &mut MarginAccount,
    asset: &mut Asset,
    feed: &AccountInfo,
    prepared: &mut Prepared,
    clock: &Clock,
) -> Result<Filling> {
    let now = clock.unix_timestamp;
    let (wanted, slot, kind) = (prepared.wanted, prepared.slot, prepared.kind);
    let holdings = &mut prepared.holdings;
    let shared = SharedRisk::load(exchange, now);
    let observation = match kind {
        FillKind::Reduce => oracle::read_newest(asset, feed, now)?,
        FillKind::Increase => oracle::read_to_trade(asset, feed, now)?,
    };
    observation
        .check_fill(&asset.limits(), now, kind)
        .or_refuse()?;
    // One that stands still may be reduced at, like a wide one.
    ensure(
        kind == FillKind::Reduce || asset.moves(&observation),
        FreeboardError::PriceStandsStill,
    )?;
    asset.require_market(kind)?;
    wanted.check_published(&observation, exchange.pool.fill_delay_secs, now)?;
    asset.record(&observation, now)?;
    let accruals = asset.settle_accruals(account, exchange.borrow.index_at(now))?;
    let traded = holdings.get_mut(wanted.asset_index)?;
    traded.funding_quote_atoms = 0;
    (traded.price, traded.confidence) = (observation.price, observation.confidence);
    traded.ema = observation.ema;
    if wanted.order.is_some() && kind == FillKind::Reduce {
        // The traded one was judged by its own row above.
        let traded = holdings.position(wanted.asset_index)?;
        let mut others = holdings.list.iter().enumerate();
        let known = others.all(|(at, held)| at == traded || held.usable_initial);
        ensure(known, FreeboardError::PositionPriceUnusable)?;
    }

    let fill = TradeFill {
        wanted,
        whole: prepared.whole,
        kind,
        observation,
        slot,
        before: account.position_at(slot)?.as_core(),
        now,
    };
    let worst_before = fill.margin_before(account, holdings, &shared)?;
    let executed = fill.price(asset, holdings, &shared, worst_before.as_ref())?;
    let (skew_before, side_before_atoms) = (asset.skew(now), asset.open_interest_atoms());
    fill.book(&executed, account, asset)?;
    if let Some(before) = worst_before.filter(|before| before.equity_atoms < 0) {
        // As in a liquidation: its owner may be the first to close what was lost.
        let realized = executed.filled.realized_quote_atoms;
        charge_loss(before.equity_atoms, &observation, realized, account, asset);
    }
    fill.update(&executed, asset, holdings)?;
    let requirement = match worst_before {
        None => fill.check_initial(account, holdings, &shared)?,
        Some(before) => {
            let impact_atoms = executed.impact_atoms;
            let reduce = (before, impact_atoms, exchange.liquidation.beta_e9);
            let asset = &*asset;
            let judge = |holdings: &mut Holdings| {
                let price = oracle::read_to_trade(asset, feed, now)?;
                let price = Some(price).filter(|price| asset.check_trade(price, now).is_ok());
                holdings.judge_initial(&prepared.assets, (wanted.asset_index, price), now)
            };
            fill.check_reduce(account, holdings, &shared, reduce, judge)?
        }
    };
    fill.hand_out(executed.fee, requirement.equity_atoms, asset)?;
    fill.check_minimum(&executed, asset)?;
    if kind == FillKind::Increase {
        fill.check_caps(&executed, side_before_atoms, asset, holdings)?;
    }
    Ok(Filling {
        kind,
        observation,
        size_before_atoms: fill.before.size_atoms,
        skew_before,
        executed,
        accruals,
        requirement,
    })
}
