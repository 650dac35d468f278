//! Stores the moment an account was first seen below its maintenance margin, or clears it. Anyone
//! may call it. One chosen or wrong print liquidates nobody: the flag must have stood for the grace
//! period, and the liquidation's prices must be newer than it. What an account is below zero becomes
//! known bad debt, so that nobody redeems shares of the pool at a price that does not know it.
use crate::{
    error::{FreeboardError, OrRefuse, ensure},
    events::{AccountFlagged, Stamp},
    gates::{self, Operation},
    snapshot_of_valuation,
    state::{Exchange, Load, MarginAccount, Pool},
    valuation::{AssetAccounts, Holdings, Purpose, SharedRisk},
};
use anchor_lang::prelude::*;
use freeboard_risk::margin;

/// Accounts of flag. Remaining accounts: the margin account's assets and feeds in slot order.
#[derive(Accounts)]
pub struct Flag<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, which counts what accounts are below zero.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The margin account to judge.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::flag`].
pub fn handler<'info>(ctx: Context<'info, Flag<'info>>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    gates::require_open(&exchange, Operation::Liquidate, now)?;
    let mut account = ctx.accounts.margin_account.write()?;
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    let holdings = Holdings::load(&account, &mut assets, Purpose::Liquidation, now)?;
    assets.finish()?;
    let shared = SharedRisk::load(&exchange, now);
    let quote_atoms = account.quote_after_interest(&exchange, now)?;
    let portfolio = shared.portfolio(quote_atoms, &holdings.list);
    let valuation = margin::liquidation_valuation(&portfolio).or_refuse()?;

    let requirement = valuation.requirement;
    let before = account.flag();
    let after = before.after(&valuation, now, &exchange.liquidation.into());
    let bad_debt_before = account.bad_debt_atoms;
    let pool = &mut ctx.accounts.pool.write()?;
    // Without position and loan no price can put it below zero.
    let is_safe = !account.has_positions() && quote_atoms >= 0;
    let is_known = valuation.all_usable || is_safe;
    if !valuation.is_saturated {
        account.know_bad_debt(requirement.equity_atoms, is_known, pool)?;
    }
    ensure(
        requirement.is_liquidatable()
            || after != before
            || account.bad_debt_atoms != bad_debt_before,
        FreeboardError::AccountHealthy,
    )?;
    account.set_flag(after);
    let sequence = account.next_event();
    emit!(AccountFlagged {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        flagged_before_ts: before.flagged_ts.unwrap_or(0),
        flagged_ts: account.flagged_ts,
        bad_debt_atoms: account.bad_debt_atoms,
        maintenance: snapshot_of_valuation(&requirement),
    });
    Ok(())
}
