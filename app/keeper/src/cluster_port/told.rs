//! What transactions and errors tell the keeper.
use anchor_lang::prelude::Pubkey;
use freeboard_client::events::{Event, Told};
use freeboard_client::network::{NetworkError, SentTransaction};

use crate::outcome::LandedJob;

/// What a landed transaction did, as its events tell.
pub(super) fn landed(sent: &SentTransaction) -> LandedJob {
    LandedJob {
        signature: sent.signature.to_string(),
        slot: sent.slot,
        units: sent.units.unwrap_or_default(),
        fee_lamports: sent.fee_lamports.unwrap_or_default(),
        done: sent
            .told
            .as_ref()
            .filter(|told| !told.is_truncated)
            .map(done_by),
        reward_atoms: sent.told.as_ref().map_or(0, reward_of),
    }
}

/// Accounts that were flagged or liquidated, or whose flag or bad debt changed. A margin call that a flag told is
/// none of it, nor is one that has ended: it is told as an account without flag, now and before.
pub fn done_by(told: &Told) -> Vec<Pubkey> {
    let subject = |event: &Event| match event {
        Event::AccountFlagged(event) => {
            let times = (event.flagged_before_ts, event.flagged_ts);
            (times != (0, 0) || event.bad_debt_atoms != 0).then_some(event.stamp.key)
        }
        Event::AccountLiquidated(event) => Some(event.stamp.key),
        Event::AccountSliced(event) => Some(event.stamp.key),
        _ => None,
    };
    told.events.iter().filter_map(subject).collect()
}

/// What the caller got, quote atoms.
pub fn reward_of(told: &Told) -> u64 {
    let reward = |event: &Event| match event {
        Event::AccountLiquidated(event) => event
            .penalty_liquidator_atoms
            .saturating_add(event.topup_atoms),
        Event::AccountSliced(event) => event.penalty_liquidator_atoms,
        Event::CallerRewarded(event) => event.paid_atoms,
        _ => 0,
    };
    told.events.iter().map(reward).sum()
}

/// A word for metrics.
pub(super) fn kind_of(error: &NetworkError) -> &'static str {
    match error {
        NetworkError::Unreachable { .. } => "unreachable",
        NetworkError::Node { .. } => "node",
        NetworkError::Answer { .. } => "answer",
        NetworkError::Missing { .. } => "missing",
        NetworkError::Account { .. } => "account",
        NetworkError::Prices { .. } => "prices",
    }
}
