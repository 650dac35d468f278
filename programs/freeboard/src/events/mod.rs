//! Events, by subject. Each is named by a past participle and has the event number of the account that it is about,
//! and every input that a reader needs to recompute the decision with `freeboard-risk`.
//!
//! | file | what it tells |
//! |---|---|
//! | `setup` | an exchange begins |
//! | `account` | margin accounts, and what is paid into them and out |
//! | `trading` | fills, orders, measured and implied volatility, rewards of their callers |
//! | `liquidation` | shown prices, flags, margin calls, liquidations |
//! | `liquidity` | the pool's cash, and requests of LPs |
//! | `losses` | what pool, insurance and winners carry |
//! | `endings` | markets that end at a settlement price |
//! | `governance` | changes, roles, pauses, payouts, feeds |
//!
//! Units. `_atoms`: smallest units, of the quote token unless the field says base atoms. `_e12`: a price, USD per whole
//! base unit × 10^12. `_e9`: a fraction × 10^9. `_q60`, `_q120`: a binary fraction with so many digits after the point.
//! `_ts`: unix seconds of the chain's clock; `publish_ts`: those of the feed's clock. Views change nothing and have no
//! events.
mod account;
mod endings;
mod governance;
mod liquidation;
mod liquidity;
mod losses;
mod setup;
mod trading;

pub use account::{
    Borrowed, DelegateChanged, Deposited, MarginAccountClosed, MarginAccountOpened, Withdrawn,
    WithdrawnProRata,
};
pub use endings::{MarketSettled, PositionSettled, SettlementPriceRecorded, WindDownAnnounced};
pub use governance::{
    AssetCreated, ChangeCancelled, ChangeProposed, FeedMigrated, PaidOut, ParametersChanged,
    PauseChanged, RoleAccepted, RoleOffered,
};
pub use liquidation::{
    AbsenceAnnounced, AccountFlagged, AccountLiquidated, AccountSliced, MarginCalled, PriceShown,
    SlicedAsset,
};
pub use liquidity::{
    LiquidityCancelled, LiquidityExecuted, LiquidityRequested, PoolFunded, PoolRebalanced,
    PoolSwept,
};
pub use losses::{BankruptcyResolved, LossSettled, PositionDeleveraged};
pub use setup::ExchangeInitialized;
pub use trading::{
    CallerRewarded, ImpliedVolatilityDoubt, ImpliedVolatilityIgnored, ImpliedVolatilityShown,
    OrderCancelled, OrderRequested, PositionChanged, VolatilitySampled, WindowOutcome,
};

use anchor_lang::prelude::*;
use freeboard_risk::requirement::margin::Requirement;

/// Where and when: the object, its event number, slot and clock.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct Stamp {
    /// The account whose event number this is: exchange, pool, asset or margin account.
    pub key: Pubkey,
    /// Counts up by one with each event of that account: a gap is an event that the log has lost.
    pub sequence: u64,
    /// Slot.
    pub slot: u64,
    /// Chain's clock, unix seconds.
    pub ts: i64,
}

impl Stamp {
    /// Stamp of the next event of an object.
    pub fn new(key: Pubkey, sequence: u64, clock: &Clock) -> Self {
        Self {
            key,
            sequence,
            slot: clock.slot,
            ts: clock.unix_timestamp,
        }
    }
}

/// Margin of an account as a decision saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct MarginSnapshot {
    /// Requirement, quote atoms, rounded up.
    pub margin_atoms: i64,
    /// Equity that it is compared with, signed, quote atoms, rounded down.
    pub equity_atoms: i64,
}

/// A requirement and the equity it is compared with.
///
/// Errors: `Overflow`.
pub(crate) fn snapshot(requirement: &Requirement) -> Result<MarginSnapshot> {
    Ok(MarginSnapshot {
        margin_atoms: crate::atoms(requirement.margin_atoms)?,
        equity_atoms: crate::atoms(requirement.equity_atoms)?,
    })
}

/// The same of a valuation that never fails on amounts: beyond ±2^63 they end there.
pub(crate) fn snapshot_of_valuation(requirement: &Requirement) -> MarginSnapshot {
    let end = |amount: i128| {
        let past = if amount < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(amount).unwrap_or(past)
    };
    MarginSnapshot {
        margin_atoms: end(requirement.margin_atoms),
        equity_atoms: end(requirement.equity_atoms),
    }
}
