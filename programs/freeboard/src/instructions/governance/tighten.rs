//! Tightens parameters without delay: what can only make the exchange safer need not wait for a storm to
//! pass. IM follows at once, MM gradually (whitepaper §8.3). Governance has this power for its own timelock alone: a
//! stolen governance key moves no margin before the timelock has passed.
//! Exception: it unbinds an index of implied volatility too. IM then asks for what is measured, at once; MM falls
//! there by its speed limit.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{ParametersChanged, Stamp};
use crate::governance::Target;
use crate::state::{Asset, Change, Exchange, Load};
use anchor_lang::prelude::*;

/// Arguments of tighten.
#[derive(Clone, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct TightenArgs {
    /// How often the field group was changed before: what was signed against other values is refused.
    pub version: u32,
    /// The new values, none of them looser. A higher k with the σ_cap of now lowers that to what the bound leaves:
    /// k·σ_cap·√h_mm ≤ ½.
    pub change: Change,
}

/// Accounts of tighten.
#[derive(Accounts)]
pub struct Tighten<'info> {
    /// The exchange's risk manager; for a longer timelock governance.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset that the change names, if any.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::tighten`].
pub fn handler(ctx: Context<Tighten>, args: TightenArgs) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let TightenArgs { version, change } = args;
    let mut exchange = ctx.accounts.exchange.write()?;
    let by = ctx.accounts.authority.key();

    // Judge.
    match change {
        Change::Timelock { .. } => {
            ensure(by == exchange.governance, FreeboardError::NotGovernance)?;
        }
        _ => ensure(by == exchange.risk_manager, FreeboardError::NotRiskManager)?,
    }
    let mut asset = ctx.accounts.asset.as_ref().map(Load::write).transpose()?;
    let mut target = Target::new(&mut exchange, asset.as_deref_mut(), &change)?;
    let change = target.with_cap_carried(change);
    let is_current = target.version(&change) == version;
    ensure(is_current, FreeboardError::ChangeStale)?;
    let is_tighter = target.only_tightens(&change)?;
    ensure(is_tighter, FreeboardError::ChangeNotTighter)?;

    // Change.
    let applied = target.apply(&change, now, now)?;

    // Tell.
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&ParametersChanged {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        number: 0,
        by,
        old: applied.old,
        new: change,
        ramp_end_ts: applied.ramp_end_ts,
    })
}
