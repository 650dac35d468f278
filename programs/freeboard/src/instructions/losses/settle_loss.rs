//! Realises the loss of a position into its account's quote balance while the pool lacks free cash. Anyone
//! may call it: the account's equity does not change, but it pays interest on what becomes a loan, and a later
//! rebound is a profit that its initial margin does not count. The pool gets the cash that it owes to winners.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::arrange::{Holdings, SharedRisk};
use crate::books::{PricesSeen, charge_loss};
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{LossSettled, Stamp};
use crate::instructions::losses::accounts::AccountAndPool;
use crate::oracle;
use crate::state::invariant::OrUndo;
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin;

/// See [`crate::freeboard::settle_loss`].
pub fn handler<'info>(ctx: Context<'info, AccountAndPool<'info>>, asset_index: u16) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let key = ctx.accounts.exchange.key();
    let mut exchange = ctx.accounts.exchange.write()?;
    let mut pool = ctx.accounts.pool.write()?;
    let mut account = ctx.accounts.margin_account.write()?;
    let mut assets = PoolAssets::load(ctx.remaining_accounts, key, &exchange)?;
    assets.collect(&mut pool)?;
    // Judge.
    ensure(pool.ledger.free_atoms()? < 0, FreeboardError::PoolHasCash)?;
    // Move money.
    let settled = settle(&exchange, &assets, &mut account, asset_index, now)?;
    // A loss that the account cannot carry becomes known before anybody is paid out of it.
    let equity_atoms = recognise_bad_debt(&exchange, &mut assets, &mut account, &mut pool, now)?;
    if equity_atoms < 0 {
        let (asset, _) = assets.find(asset_index)?;
        let realized = settled.loss_atoms.saturating_neg();
        charge_loss(
            equity_atoms,
            &settled.observation,
            realized,
            &mut account,
            &asset,
        );
    }
    assets.collect(&mut pool)?;
    renew_value(&assets, &mut pool, &exchange, now)?;
    assets.allocate(&mut pool, &mut exchange, now)?;
    pool.invariant().or_undo()?;
    // Tell.
    let sequence = account.next_event();
    let stamp = Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock);
    settled.tell(stamp, asset_index, &account)
}

/// What was settled.
struct SettledLoss {
    observation: Observation,
    loss_atoms: i64,
    entry_after_atoms: i64,
}

impl SettledLoss {
    #[inline(never)] // a stack frame of its own
    fn tell(&self, stamp: Stamp, asset_index: u16, account: &MarginAccount) -> Result<()> {
        tell(&LossSettled {
            stamp,
            asset_index,
            price_e12: self.observation.price.0,
            publish_ts: self.observation.publish_ts,
            loss_atoms: self.loss_atoms,
            entry_after_atoms: self.entry_after_atoms,
            quote_after_atoms: account.quote_atoms,
            bad_debt_atoms: account.bad_debt_atoms,
        })
    }
}

/// Moves the loss from the position's entry to the account's balance.
///
/// Errors: `NoLossToSettle`, those of a feed and of the price standard `Either`.
fn settle(
    exchange: &Exchange,
    assets: &PoolAssets,
    account: &mut MarginAccount,
    asset_index: u16,
    now: i64,
) -> Result<SettledLoss> {
    let (mut asset, feed) = assets.find(asset_index)?;
    // A jump far from the EMA must not leave winners without the cash of losers.
    let observation = oracle::read_accepted(&asset, feed, PriceStandard::Either, now)?;
    asset.record(&observation, now)?;
    asset.settle_accruals(account, exchange.borrow.index_at(now))?;
    ensure(
        account.find_position(asset_index).is_some(),
        FreeboardError::NoLossToSettle,
    )?;
    let slot = account.position_slot(asset_index)?;
    let position = account.position_at(slot)?;
    let price = asset.priced(observation.price);
    let reopened = position.as_core().reopen_at(price).or_refuse()?;
    let loss_atoms = reopened.realized_quote_atoms.saturating_neg();
    ensure(loss_atoms > 0, FreeboardError::NoLossToSettle)?;
    asset.replace_position(position, reopened.position)?;
    asset.ledger.pay(account, loss_atoms.saturating_neg())?;
    Ok(SettledLoss {
        observation,
        loss_atoms,
        entry_after_atoms: reopened.position.entry_quote_atoms,
    })
}

/// Counts what the account is below zero: collateral without a price at nothing, so that nobody hides a loss that
/// the account cannot carry. A flag at known prices corrects it. Returns the equity, quote atoms, which the settlement
/// has not changed.
///
/// Errors: `PositionPriceUnusable`.
fn recognise_bad_debt(
    exchange: &Exchange,
    assets: &mut PoolAssets,
    account: &mut MarginAccount,
    pool: &mut Pool,
    now: i64,
) -> Result<i128> {
    let mut holdings = Holdings::load(account, assets, PriceStandard::Either, now)?;
    let mut all_usable = true;
    for held in &mut holdings.list {
        if held.usable_initial || held.standing.is_usable() {
            continue;
        }
        ensure(!held.has_position(), FreeboardError::PositionPriceUnusable)?;
        held.collateral_atoms = 0;
        all_usable = false;
    }
    let shared = SharedRisk::load(exchange, now);
    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let requirement = margin::maintenance(&portfolio).or_refuse()?;
    account.recognise_bad_debt(
        requirement.equity_atoms,
        PricesSeen::all_if(all_usable),
        pool,
    )?;
    Ok(requirement.equity_atoms)
}
