//! Markets that end at a settlement price.
use super::Stamp;
use crate::state::AssetStatus;
use anchor_lang::prelude::*;

/// The end of a market was announced: positions are only reduced.
#[event]
pub struct WindDownAnnounced {
    /// The asset.
    pub stamp: Stamp,
    /// Number of the change that decided it.
    pub number: u64,
    /// Index of the asset.
    pub asset_index: u16,
    /// The asset's status until now.
    pub status_before: AssetStatus,
    /// From when the market may be settled, unix seconds; prices count from a day before.
    pub settle_from_ts: i64,
    /// Collateral weight until now, a fraction × 10^9. IM counts none from now on, MM a hundredth less each hour.
    pub weight_before_e9: u64,
}

/// A price was counted towards the one that a market is settled at.
#[event]
pub struct SettlementPriceRecorded {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// The price, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// For how long it counts, seconds; 0 for the first, which starts the clock.
    pub weight_secs: i64,
    /// What the average covers with it, seconds.
    pub covered_secs: i64,
    /// The average with it, USD per whole base unit × 10^12, down; 0 while nothing is covered.
    pub average_e12: u128,
    /// From when the market may be settled, unix seconds.
    pub settle_from_ts: i64,
}

/// A market ended: every position in it is settled at this price.
#[event]
pub struct MarketSettled {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// The settlement price, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// The price that was recorded last, USD per whole base unit × 10^12.
    pub last_price_e12: u128,
    /// Its publish time, unix seconds.
    pub last_publish_ts: i64,
    /// What the average covers, seconds; 0 where the feed had died and the last price counts.
    pub covered_secs: i64,
}

/// A position of a market that has ended was closed.
#[event]
pub struct PositionSettled {
    /// The margin account.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Size before it, signed, base atoms; negative for a short. None is left.
    pub size_before_atoms: i64,
    /// The settlement price, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// |size| · price, quote atoms: down for a long, up for a short.
    pub notional_atoms: u64,
    /// Profit of the position, signed, quote atoms.
    pub realized_pnl_atoms: i64,
    /// Interest that the account paid on its loan before it, quote atoms.
    pub interest_atoms: i64,
    /// Funding settled before it, signed, quote atoms: negative when the account paid.
    pub funding_atoms: i64,
    /// Quote balance after it, signed, quote atoms; negative for a loan.
    pub quote_after_atoms: i64,
}
