//! Closes a position of a market that has ended, whole, at the settlement price: no fee, no spread, no skew, so
//! that it does not matter who settles whom when. The account's equity stays what it was, up to rounding; what it
//! is below zero becomes a loan, which flag and resolve_bankruptcy find. Anyone may call it.
use crate::books::Accruals;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{PositionSettled, Stamp};
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::market::position::Filled;
use freeboard_risk::number::atoms::BaseAtoms;

/// Accounts of settle_position.
#[derive(Accounts)]
pub struct SettlePosition<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset whose market has ended.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: AccountLoader<'info, Asset>,
    /// The account with the position.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The exchange's pool: only where the market's ledger cannot pay what the account realises.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: Option<AccountLoader<'info, Pool>>,
}

/// See [`crate::freeboard::settle_position`].
pub fn handler(ctx: Context<SettlePosition>) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let index_q64 = {
        let exchange = accounts.exchange.read()?;
        exchange.borrow.index_at(clock.unix_timestamp)
    };
    let mut asset = accounts.asset.write()?;
    let mut account = accounts.margin_account.write()?;
    ensure(asset.is_settled(), FreeboardError::AssetNotSettled)?;
    let settled = settle(&mut asset, &mut account, index_q64)?;
    Pool::cover_shortfall(accounts.pool.as_ref(), &mut asset)?;
    account.free_empty_slots();
    let sequence = account.next_event();
    tell(&PositionSettled {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        asset_index: asset.index,
        size_before_atoms: settled.size_atoms,
        price_e12: asset.recorded.price().0,
        notional_atoms: settled.notional_atoms,
        realized_pnl_atoms: settled.filled.realized_quote_atoms,
        interest_atoms: settled.accruals.interest_atoms,
        funding_atoms: settled.accruals.funding_atoms,
        quote_after_atoms: account.quote_atoms,
    })
}

/// What settling a position did.
struct Settled {
    size_atoms: i64,
    notional_atoms: u64,
    filled: Filled,
    accruals: Accruals,
}

/// Settles interest and funding, then closes the position: what it sells down, what it buys up.
///
/// Errors: `NoPositionToSettle`, `Overflow`.
#[inline(never)]
fn settle(asset: &mut Asset, account: &mut MarginAccount, index_q64: u128) -> Result<Settled> {
    let held = account.find_position(asset.index);
    let before = held.or_raise(FreeboardError::NoPositionToSettle)?.as_core();
    let accruals = asset.settle_accruals(account, index_q64)?;
    let price = asset.priced(asset.recorded.price());
    let size_atoms = before.size_atoms;
    let held = BaseAtoms::new(size_atoms.unsigned_abs());
    let closed = before.close_at(price, held).or_refuse()?;
    let filled = closed.filled;
    let slot = account.position_slot(asset.index)?;
    asset.replace_position(account.position_at(slot)?, filled.position)?;
    asset.ledger.pay(account, filled.realized_quote_atoms)?;
    Ok(Settled {
        size_atoms,
        notional_atoms: closed.notional_atoms,
        filled,
        accruals,
    })
}
