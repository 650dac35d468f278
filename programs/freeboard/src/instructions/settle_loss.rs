//! Realises the loss of a position into its account's quote balance while the pool lacks free cash. Anyone
//! may call it: nothing changes for the account but where the loss is booked, and the pool gets the cash
//! that it owes to winners.
use crate::{
    error::{FreeboardError, OrRefuse, ensure},
    events::{LossSettled, Stamp},
    oracle,
    state::{Asset, Exchange, MarginAccount, Pool},
};
use anchor_lang::prelude::*;
use freeboard_risk::{position::Position, quantity::UnitPrice};

/// Accounts of settle_loss.
#[derive(Accounts)]
pub struct SettleLoss<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The account with the loss.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The asset of the position.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read_current`.
    pub feed: UncheckedAccount<'info>,
}

/// See [`crate::freeboard::settle_loss`].
pub fn handler(ctx: Context<SettleLoss>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut account = accounts.margin_account.load_mut()?;
    let mut asset = accounts.asset.load_mut()?;
    let short_of_cash =
        accounts.pool.load()?.ledger.free_atoms()? < 0 || asset.ledger.free_atoms()? < 0;
    ensure(short_of_cash, FreeboardError::PoolHasCash)?;
    let observation = oracle::read_current(&asset, &accounts.feed, now)?;
    observation
        .check_trade(&asset.oracle.into(), now)
        .or_refuse()?;
    asset.record(&observation, now)?;
    asset.touch(&mut account, exchange.borrow.index_at(now))?;
    ensure(
        account.find_position(asset.index).is_some(),
        FreeboardError::NoLossToSettle,
    )?;
    let slot = account.position_slot(asset.index)?;
    let position = account.position_at(slot)?;
    let before = position.as_core();
    let cost_atoms = cost_at(&asset, before, observation.price)?;
    let loss_atoms = before.entry_quote_atoms.saturating_sub(cost_atoms);
    ensure(loss_atoms > 0, FreeboardError::NoLossToSettle)?;
    let after = Position {
        entry_quote_atoms: cost_atoms,
        ..before
    };
    asset.replace_position(position, after)?;
    asset
        .ledger
        .pay(&mut account, loss_atoms.saturating_neg())?;
    let sequence = account.next_event();
    emit!(LossSettled {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        asset_index: asset.index,
        price_e12: observation.price.0,
        publish_ts: observation.publish_ts,
        loss_atoms,
        entry_after_atoms: cost_atoms,
        quote_after_atoms: account.quote_atoms,
    });
    Ok(())
}

/// What the position would cost at this price, signed, quote atoms: its entry after the settlement, up, so
/// that less loss is settled than there is rather than more.
fn cost_at(
    asset: &Asset,
    position: Position,
    price: freeboard_risk::quantity::Price,
) -> Result<i64> {
    let (size, decimals) = (
        position.size_atoms.unsigned_abs(),
        asset.params.base_decimals,
    );
    if position.size_atoms > 0 {
        let unit = UnitPrice::from_price_ceil(price, decimals).or_refuse()?;
        crate::atoms(unit.notional_ceil(size).or_refuse()?)
    } else {
        let unit = UnitPrice::from_price_floor(price, decimals).or_refuse()?;
        Ok(crate::atoms(unit.notional_floor(size).or_refuse()?)?.saturating_neg())
    }
}
