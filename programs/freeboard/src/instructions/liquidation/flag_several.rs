//! Flags of several accounts, one after the other: many small ones cost a keeper little more than a large one, and what
//! is wrong with one of them stops none of the others.
use crate::error::FreeboardError;
use crate::instructions::liquidation::flag::Judge;
use crate::instructions::liquidation::several::{self, Several, SeveralAccounts};
use crate::state::{Exchange, Load, Pool};
use anchor_lang::prelude::*;

/// Accounts of flag_several. Remaining accounts: the margin accounts to judge, writable; then assets and feeds by
/// ascending asset index, those that any of them holds and any others.
#[derive(Accounts)]
pub struct FlagSeveral<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, which counts what accounts are below zero.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
}

/// See [`crate::freeboard::flag_several`].
pub fn handler<'info>(ctx: Context<'info, FlagSeveral<'info>>, accounts: u8) -> Result<u64> {
    let clock = Clock::get()?;
    let exchange = ctx.accounts.exchange.read()?;
    let key = ctx.accounts.exchange.key();
    let SeveralAccounts {
        margin_accounts,
        pairs,
    } = several::split(ctx.remaining_accounts, accounts)?;
    let mut judge = Judge::new(&exchange, key, pairs, &clock)?;
    let mut done = Several::default();
    for info in margin_accounts {
        let account = several::margin_account(info, key);
        // Nothing was changed where it fails.
        done.count(account.and_then(|account| judge.flag(&account, &ctx.accounts.pool)));
    }
    judge.assets.finish(clock.unix_timestamp)?;
    done.finish()
}
