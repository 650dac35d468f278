//! Changes, roles, pauses, payouts, feeds.
use super::Stamp;
use crate::governance::pauses::Operation;
use crate::state::{Change, FeedBinding, Listing, Role};
use anchor_lang::prelude::*;

/// An asset was listed.
#[event]
pub struct AssetCreated {
    /// The asset; its first event.
    pub stamp: Stamp,
    /// Number of the change that listed it.
    pub number: u64,
    /// Index of the asset.
    pub asset_index: u16,
    /// Name, feed, mint and parameters.
    pub listing: Listing,
    /// The first recorded price, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// From when its collateral counts anything, unix seconds.
    pub weight_from_ts: i64,
}

/// A change was proposed.
#[event]
pub struct ChangeProposed {
    /// The exchange.
    pub stamp: Stamp,
    /// Number of the change: they count up by one.
    pub number: u64,
    /// The values of now; none where there are none.
    pub old: Option<Change>,
    /// The values that it asks for.
    pub new: Change,
    /// From when it may be carried out, unix seconds.
    pub executable_ts: i64,
    /// From when it is void, unix seconds.
    pub expires_ts: i64,
}

/// A proposed change was taken back.
#[event]
pub struct ChangeCancelled {
    /// The exchange.
    pub stamp: Stamp,
    /// Number of the change.
    pub number: u64,
    /// The signer that took it back.
    pub by: Pubkey,
    /// The values that it asked for.
    pub change: Change,
}

/// Parameters were changed.
#[event]
pub struct ParametersChanged {
    /// The exchange.
    pub stamp: Stamp,
    /// Number of the change; 0 for a tightening without delay.
    pub number: u64,
    /// The signer that carried it out.
    pub by: Pubkey,
    /// What was replaced; none where there was nothing.
    pub old: Option<Change>,
    /// The target parameters from now on: IM reads them now, MM from `ramp_end_ts` on.
    pub new: Change,
    /// Until when MM moves to them, unix seconds. Exception: a collateral weight falls by a point an hour whatever
    /// this says.
    pub ramp_end_ts: i64,
}

/// A role was offered by its holder.
#[event]
pub struct RoleOffered {
    /// The exchange.
    pub stamp: Stamp,
    /// The role.
    pub role: Role,
    /// Its holder, which offers it.
    pub holder: Pubkey,
    /// The key that may accept it; the default key takes an offer back.
    pub offered: Pubkey,
}

/// A role was taken over.
#[event]
pub struct RoleAccepted {
    /// The exchange.
    pub stamp: Stamp,
    /// The role.
    pub role: Role,
    /// Its holder until now.
    pub before: Pubkey,
    /// Its holder from now on.
    pub after: Pubkey,
}

/// Fees of the protocol, or collateral of the insurance fund, went out.
#[event]
pub struct PaidOut {
    /// The pool.
    pub stamp: Stamp,
    /// The recipient that governance has named.
    pub recipient: Pubkey,
    /// The asset whose collateral it was; `u16::MAX` for fees.
    pub asset_index: u16,
    /// What went out, quote atoms; base atoms for collateral.
    pub amount_atoms: u64,
    /// What it counted for against the cap of 24 h, quote atoms, up; collateral at its recorded price.
    pub value_atoms: u64,
    /// What is left of the cap, quote atoms.
    pub left_atoms: u64,
}

/// A pause was started or ended.
#[event]
pub struct PauseChanged {
    /// The exchange.
    pub stamp: Stamp,
    /// The operation that is paused or resumed.
    pub operation: Operation,
    /// Until when it was paused before this, unix seconds; 0 for never.
    pub until_before_ts: i64,
    /// Until when it is paused now, unix seconds.
    pub until_ts: i64,
    /// From when the next pause may start, unix seconds.
    pub next_pause_ts: i64,
    /// The signer: guardian or governance.
    pub by: Pubkey,
}

/// An asset reads another feed.
#[event]
pub struct FeedMigrated {
    /// The asset.
    pub stamp: Stamp,
    /// Number of the change that decided it.
    pub number: u64,
    /// Index of the asset.
    pub asset_index: u16,
    /// The feed until now.
    pub old: FeedBinding,
    /// The feed from now on.
    pub new: FeedBinding,
    /// Price of the old feed, USD per whole base unit × 10^12; the recorded one where it had died.
    pub old_price_e12: u128,
    /// Its publish time, unix seconds.
    pub old_publish_ts: i64,
    /// Whether the old feed gave its price itself; else it had died, and the recorded price counted.
    pub old_is_live: bool,
    /// Price of the new feed, USD per whole base unit × 10^12.
    pub new_price_e12: u128,
    /// Its publish time, unix seconds.
    pub new_publish_ts: i64,
    /// How far the two prices may have been apart, a fraction × 10^9 of the old one.
    pub band_e9: u64,
}
