//! Shown prices, flags, margin calls, liquidations.
use super::{MarginSnapshot, Stamp};
use crate::arrange::closing::Closing;
use anchor_lang::prelude::*;

/// A price was shown to an asset.
#[event]
pub struct PriceShown {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// The price, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its confidence interval, one side, USD per whole base unit × 10^12.
    pub confidence_e12: u128,
    /// Its EMA, USD per whole base unit × 10^12.
    pub ema_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// Publish time of the recorded price after it, unix seconds: its own where it was recorded.
    pub recorded_publish_ts: i64,
    /// Since when every price update shown was beyond the EMA's band, unix seconds; `i64::MAX` if this one is not.
    pub ema_beyond_since_ts: i64,
    /// Whether an announced absence of the feed ended by it.
    pub refutes_absence: bool,
}

/// The absence of a feed was announced.
#[event]
pub struct AbsenceAnnounced {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// The recorded price, USD per whole base unit × 10^12.
    pub recorded_price_e12: u128,
    /// Its publish time, unix seconds.
    pub recorded_publish_ts: i64,
    /// Publish time of the newest price update that was shown, of whatever quality, unix seconds.
    pub shown_publish_ts: i64,
}

/// An account was first seen below maintenance margin, or seen again, or seen to have recovered, be it from its flag or
/// from a margin call.
#[event]
pub struct AccountFlagged {
    /// The margin account.
    pub stamp: Stamp,
    /// Since when it had been below without a break, unix seconds; 0 for not.
    pub flagged_before_ts: i64,
    /// Since when it has been, as known from now on, unix seconds; 0 for not.
    pub flagged_ts: i64,
    /// What the account is below zero, as known from now on, quote atoms; 0 for nothing.
    pub bad_debt_atoms: i64,
    /// Maintenance margin at the prices that a liquidation counts.
    pub maintenance: MarginSnapshot,
}

/// An account was seen below its call level and not below maintenance margin, the first time since it met its initial
/// margin.
#[event]
pub struct MarginCalled {
    /// The margin account.
    pub stamp: Stamp,
    /// The call level: a multiple of the maintenance margin × 10^9.
    pub call_level_e9: u32,
    /// Maintenance margin and equity that were seen: at the prices that a liquidation counts, or after a reduce those that
    /// it counted.
    pub maintenance: MarginSnapshot,
}

/// A position or collateral of an account below maintenance margin was closed, in part or whole.
#[event]
pub struct AccountLiquidated {
    /// The liquidated margin account.
    pub stamp: Stamp,
    /// The margin account of the liquidator.
    pub liquidator_account: Pubkey,
    /// Index of the asset.
    pub asset_index: u16,
    /// What was closed, and which side took it.
    pub closing: Closing,
    /// Position before it, signed, base atoms; negative for a short.
    pub size_before_atoms: i64,
    /// Collateral before it, base atoms.
    pub collateral_before_atoms: u64,
    /// What was closed, base atoms; of a pair so much of both.
    pub closed_atoms: u64,
    /// The most that was allowed, base atoms.
    pub largest_close_atoms: u64,
    /// Oracle price that it was valued at, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its confidence interval, one side, USD per whole base unit × 10^12.
    pub confidence_e12: u128,
    /// Its EMA, USD per whole base unit × 10^12.
    pub ema_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// Since when the account had been below without a break, unix seconds; now where it was not flagged.
    pub flagged_ts: i64,
    /// Start of the window in which what liquidators close is limited, unix seconds.
    pub window_start_ts: i64,
    /// Gross (Σ|size|·price + loan) at the window's start, quote atoms.
    pub window_gross_atoms: u64,
    /// Notional closed in the window before this, quote atoms.
    pub window_closed_before_atoms: u64,
    /// Interest that the account paid on its loan before anything else, quote atoms.
    pub interest_atoms: i64,
    /// Funding settled before anything else, signed, quote atoms: negative when the account paid.
    pub funding_atoms: i64,
    /// Net base size of all accounts before it, signed, base atoms.
    pub skew_before_atoms: i64,
    /// The same at the beginning of this second of the chain's clock.
    pub resting_skew_atoms: i64,
    /// Closed size · oracle price, quote atoms, rounded against the liquidated account.
    pub notional_atoms: u64,
    /// Profit of the closed part of a position, signed, quote atoms; 0 for collateral.
    pub realized_pnl_atoms: i64,
    /// What the liquidator paid beyond the oracle price, or got less, for the age of that price, quote atoms, up. The
    /// account has it.
    pub spread_atoms: u64,
    /// What the account paid the pool for the skew that the closing left, quote atoms.
    pub impact_atoms: u64,
    /// What the account paid as penalty, quote atoms: the sum of the next three.
    pub penalty_atoms: u64,
    /// The liquidator's part of it, quote atoms.
    pub penalty_liquidator_atoms: u64,
    /// The insurance fund's part of it, quote atoms.
    pub penalty_insurance_atoms: u64,
    /// The pool's part of it, quote atoms.
    pub penalty_pool_atoms: u64,
    /// What the insurance fund added for the liquidator, quote atoms.
    pub topup_atoms: u64,
    /// Maintenance margin before it, interest and funding settled.
    pub before: MarginSnapshot,
    /// Maintenance margin after it.
    pub after: MarginSnapshot,
}

/// The same share of everything with a usable price that an account below maintenance margin held was closed.
#[event]
pub struct AccountSliced {
    /// The liquidated margin account.
    pub stamp: Stamp,
    /// The margin account of the liquidator, which bought the collateral.
    pub liquidator_account: Pubkey,
    /// What was closed, thousandths of every position and weighted collateral.
    pub share_permille: u64,
    /// The most that was allowed, thousandths.
    pub largest_permille: u64,
    /// Since when the account had been below without a break, unix seconds; now where it was not flagged.
    pub flagged_ts: i64,
    /// Start of the window in which what liquidators close is limited, unix seconds.
    pub window_start_ts: i64,
    /// Gross (Σ|size|·price + loan) at the window's start, quote atoms.
    pub window_gross_atoms: u64,
    /// Notional closed in the window before this, quote atoms.
    pub window_closed_before_atoms: u64,
    /// Interest that the account paid on its loan before anything else, quote atoms.
    pub interest_atoms: i64,
    /// Σ closed size · oracle price of positions and collateral, quote atoms, rounded against the account.
    pub notional_atoms: u64,
    /// What the account paid the pool for the skews that the slice left, quote atoms; shared out among the assets by
    /// notional.
    pub impact_atoms: u64,
    /// What the account paid as penalty, quote atoms: the sum of the next three; shared out likewise.
    pub penalty_atoms: u64,
    /// The liquidator's part of it, quote atoms.
    pub penalty_liquidator_atoms: u64,
    /// The insurance fund's part of it, quote atoms.
    pub penalty_insurance_atoms: u64,
    /// The pool's part of it, quote atoms.
    pub penalty_pool_atoms: u64,
    /// Maintenance margin before it, interest and funding settled.
    pub before: MarginSnapshot,
    /// Maintenance margin after it.
    pub after: MarginSnapshot,
    /// Every asset that the account held, in the order of its slots; of one that stayed nothing is closed.
    pub assets: Vec<SlicedAsset>,
}

/// What a slice closed of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct SlicedAsset {
    /// Index of the asset.
    pub asset_index: u16,
    /// Price that it was valued at, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// Funding settled before anything else, signed, quote atoms: negative when the account paid.
    pub funding_atoms: i64,
    /// Net base size of all accounts before it, signed, base atoms; 0 for an asset that stayed.
    pub skew_before_atoms: i64,
    /// The same at the beginning of this second of the chain's clock.
    pub resting_skew_atoms: i64,
    /// Position before it, signed, base atoms; negative for a short.
    pub size_before_atoms: i64,
    /// Collateral before it, base atoms.
    pub collateral_before_atoms: u64,
    /// What was closed of the position, base atoms.
    pub position_closed_atoms: u64,
    /// What was sold of the collateral, base atoms.
    pub collateral_closed_atoms: u64,
    /// Profit of the closed part of the position, signed, quote atoms.
    pub realized_pnl_atoms: i64,
    /// What the liquidator paid for the collateral beyond the oracle price, for the age of that price, quote atoms, up.
    pub spread_atoms: u64,
}
