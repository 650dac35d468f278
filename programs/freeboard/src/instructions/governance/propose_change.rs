//! Announces a change. It can be carried out when the timelock has passed, by anyone, and only as it stands
//! here: see execute_change. Another feed is proposed with both feeds at hand, which must agree.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{ChangeProposed, Stamp};
use crate::governance::feed_migration;
use crate::governance::{Target, Wait, delay_secs};
use crate::seeds;
use crate::state::{Asset, Change, Exchange, Load, PendingChange, Versioned};
use anchor_lang::prelude::*;

/// Arguments of propose_change.
#[derive(Clone, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct ProposeChangeArgs {
    /// One more than the exchange's `change_count`: a proposal signed long ago is worth nothing once another
    /// was made.
    pub number: u64,
    /// What is to be changed.
    pub change: Change,
}

/// Accounts of propose_change. Remaining accounts: the old feed and the new one, if it replaces a feed.
#[derive(Accounts)]
#[instruction(args: ProposeChangeArgs)]
pub struct ProposeChange<'info> {
    /// Pays, and gets it back when the change is executed or cancelled.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange's governance.
    pub governance: Signer<'info>,
    /// The exchange.
    #[account(mut, has_one = governance @ FreeboardError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset that the change names, if it exists.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// Where it waits.
    #[account(
        init,
        payer = payer,
        space = PendingChange::space(&args.change),
        seeds = [
            seeds::CHANGE,
            exchange.key().as_ref(),
            args.change.target().to_le_bytes().as_ref(),
            &[args.change.group()]
        ],
        bump
    )]
    pub pending: Box<Account<'info, PendingChange>>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::propose_change`].
pub fn handler(ctx: Context<ProposeChange>, args: ProposeChangeArgs) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let key = ctx.accounts.exchange.key();
    let ProposeChangeArgs { number, change } = args;
    let mut exchange = ctx.accounts.exchange.write()?;

    // Judge.
    exchange.count_change(number)?;
    check_index(&change, &exchange)?;
    let (wait, delay_secs) = (Wait::new(&change, &exchange, now), delay_secs(&exchange));
    let mut asset = ctx.accounts.asset.as_ref().map(Load::write).transpose()?;
    let target = Target::new(&mut exchange, asset.as_deref_mut(), &change)?;
    target.check_change(&change, now)?;
    let (old, version) = (target.current(&change), target.version(&change));
    check_feeds(&change, asset.as_deref(), ctx.remaining_accounts, now)?;

    // Write.
    ctx.accounts.pending.set_inner(PendingChange {
        layout_version: PendingChange::VERSION,
        exchange: key,
        payer: ctx.accounts.payer.key(),
        number,
        version,
        bump: ctx.bumps.pending,
        proposed_ts: now,
        delay_secs,
        change: change.clone(),
    });

    // Tell.
    let (executable_ts, expires_ts) = (wait.executable_ts, wait.expires_ts);
    ctx.accounts.log.tell(&ChangeProposed {
        stamp: Stamp::new(key, exchange.next_event(), &clock),
        number,
        old,
        new: change,
        executable_ts,
        expires_ts,
    })
}

/// A listing names an index that no asset has yet.
///
/// Errors: `TooManyAssets`.
fn check_index(change: &Change, exchange: &Exchange) -> Result<()> {
    let Change::Listing { asset_index, .. } = change else {
        return Ok(());
    };
    let is_free = (exchange.asset_count..crate::state::MAX_ASSETS).contains(asset_index);
    ensure(is_free, FreeboardError::TooManyAssets)
}

/// Both feeds of a change of feeds show the same price now; another change needs none.
///
/// Errors: `AssetAccountMissing`, `AssetAccountUnexpected`; those of [`feed_migration::agree_now`].
#[inline(never)]
fn check_feeds(
    change: &Change,
    asset: Option<&Asset>,
    feeds: &[AccountInfo],
    now: i64,
) -> Result<()> {
    let (Change::AssetFeed { feed: binding, .. }, Some(asset)) = (change, asset) else {
        return ensure(feeds.is_empty(), FreeboardError::AssetAccountUnexpected);
    };
    let [old, new] = feed_migration::pair(feeds)?;
    feed_migration::agree_now(asset, binding, old, new, now).map(drop)
}
