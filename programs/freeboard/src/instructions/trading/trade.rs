//! Opens, increases, reduces, flips or closes a position in one step, at the newest price that the
//! caller gives. Where the asset does not allow it, only reduces; see request_order for the other way.
use crate::error::FreeboardError;
use crate::instructions::trading::fill::{self, FillAccounts, Wanted};
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Price;

/// Arguments of trade.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct TradeArgs {
    /// Index of the asset.
    pub asset_index: u16,
    /// Signed size in whole lots, base atoms: positive buys. If reduce-only, what is left at most; `i64::MAX` or
    /// `-i64::MAX` for all of it.
    pub size_atoms: i64,
    /// Worst acceptable fill price, USD per whole unit × 10^12.
    pub limit_price_e12: u128,
    /// Close what is left at most; refuse if there is nothing to reduce.
    pub reduce_only: bool,
}

impl TradeArgs {
    /// A trade in one step.
    pub(in crate::instructions) const fn wanted(&self) -> Wanted {
        Wanted {
            asset_index: self.asset_index,
            size_atoms: self.size_atoms,
            limit_price: Price(self.limit_price_e12),
            reduce_only: self.reduce_only,
            order: None,
        }
    }
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
    /// The exchange's pool: only where the market's ledger cannot pay what the account realises.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: Option<AccountLoader<'info, Pool>>,
}

/// See [`crate::freeboard::trade`].
pub fn handler<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    accounts
        .margin_account
        .read()?
        .require_authority(accounts.authority.key)?;
    let filled = FillAccounts {
        exchange: &accounts.exchange,
        margin_account: &accounts.margin_account,
        pool: accounts.pool.as_ref(),
        reward_account: None,
    };
    fill::execute(
        args.wanted(),
        filled,
        ctx.remaining_accounts,
        &Clock::get()?,
    )
}
