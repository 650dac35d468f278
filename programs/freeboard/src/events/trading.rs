//! Fills, orders, measured and implied volatility, and what their callers are paid.
use super::{MarginSnapshot, Stamp};
use anchor_lang::prelude::*;
use freeboard_risk::price::exceedance;
use freeboard_risk::price::implied::ImpliedDoubt;

/// A position was opened, increased, reduced, flipped or closed.
#[event]
pub struct PositionChanged {
    /// The margin account.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Number of the order that was filled; 0 for a trade in one step.
    pub order_id: u64,
    /// Size before it, signed, base atoms; negative for a short.
    pub size_before_atoms: i64,
    /// Size after it, signed, base atoms.
    pub size_after_atoms: i64,
    /// Oracle price that it was filled at, before spread and skew, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// EMA of that price update, USD per whole base unit × 10^12.
    pub ema_e12: u128,
    /// Confidence interval of that price update, one side, USD per whole base unit × 10^12.
    pub confidence_e12: u128,
    /// Publish time of that price update, unix seconds.
    pub publish_ts: i64,
    /// Net base size of all accounts before it, signed, base atoms.
    pub skew_before_atoms: i64,
    /// The same at the beginning of this second of the chain's clock.
    pub resting_skew_atoms: i64,
    /// Volatility that the spread and IM read, per √hour, × 2^60.
    pub sigma_im_q60: u64,
    /// |size| · fill price, quote atoms: up for a buyer, down for a seller.
    pub fill_notional_atoms: u64,
    /// Fee, quote atoms, up.
    pub fee_atoms: u64,
    /// Profit of what was closed, signed, quote atoms, before the fee.
    pub realized_pnl_atoms: i64,
    /// Interest that the account paid on its loan before the fill, quote atoms.
    pub interest_atoms: i64,
    /// Funding settled before the fill, signed, quote atoms: negative when the account paid.
    pub funding_atoms: i64,
    /// Quote balance after it, signed, quote atoms; negative for a loan.
    pub quote_after_atoms: i64,
    /// The requirement after it: initial margin for an increase, maintenance margin for a reduce.
    pub requirement: MarginSnapshot,
}

/// An order was requested.
#[event]
pub struct OrderRequested {
    /// The margin account.
    pub stamp: Stamp,
    /// Number of the order in its account.
    pub order_id: u64,
    /// Index of the asset.
    pub asset_index: u16,
    /// Signed size, base atoms: positive buys. `i64::MAX` or its negative closes all where it may only reduce.
    pub size_atoms: i64,
    /// Worst acceptable fill price, USD per whole base unit × 10^12.
    pub limit_price_e12: u128,
    /// From when on it cannot be filled, unix seconds.
    pub expiry_ts: i64,
    /// Whether it may only reduce a position.
    pub reduce_only: bool,
}

/// An order was cancelled before it was filled.
#[event]
pub struct OrderCancelled {
    /// The margin account.
    pub stamp: Stamp,
    /// Number of the order in its account.
    pub order_id: u64,
    /// Index of the asset.
    pub asset_index: u16,
    /// The signer that took it back: owner or delegate.
    pub by: Pubkey,
}

/// The caller of a fill or a sample was paid out of the protocol's fees of the market.
#[event]
pub struct CallerRewarded {
    /// The margin account that was credited.
    pub stamp: Stamp,
    /// Index of the asset whose fees it came from.
    pub asset_index: u16,
    /// Number of the order that was filled, in the account that it is of; 0 for a sample.
    pub order_id: u64,
    /// What the parameters offer for it, quote atoms, down.
    pub offered_atoms: u64,
    /// What the market's fees could pay of that, quote atoms.
    pub paid_atoms: u64,
    /// Interest that the account paid on its loan before it, quote atoms.
    pub interest_atoms: i64,
    /// Quote balance after it, signed, quote atoms; negative for a loan.
    pub quote_after_atoms: i64,
}

/// A volatility sample was taken.
#[event]
pub struct VolatilitySampled {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Price of the sample, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// Whether its return was beyond the bound of one sample, and counts as that bound.
    pub clamped: bool,
    /// Variance after it, fast half-life, per hour, × 2^120.
    pub v_fast_q120: u128,
    /// Variance after it, slow half-life, per hour, × 2^120.
    pub v_slow_q120: u128,
    /// Variance after it, short half-life, per hour, × 2^120.
    pub v_short_q120: u128,
    /// Maintenance unit shock that the next one starts from, a fraction of the price, × 2^60.
    pub u_mm_q60: u64,
    /// Samples accepted so far, with this one.
    pub samples: u32,
    /// What it says of the open window of live validation.
    pub window: WindowOutcome,
    /// Publish time of the sample that began that window, unix seconds; 0 where none was open.
    pub window_start_ts: i64,
}

/// What a sample says of the open window of live validation: `risk::WindowOutcome` in an event. All but the first begin the
/// next window at the price of the sample, with its `u_mm_q60`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum WindowOutcome {
    /// It is younger than an hour and stays open.
    Open,
    /// There was none.
    Begun,
    /// It has ended, and the move was at most the unit shock of its start.
    Within,
    /// It has ended, and the price fell by more.
    Fall,
    /// It has ended, and the price rose by more.
    Rise,
    /// The sample came more than 1 h 10 min after its start: its whole hours are missed.
    Missed,
}

impl From<exceedance::WindowOutcome> for WindowOutcome {
    fn from(outcome: exceedance::WindowOutcome) -> Self {
        match outcome {
            exceedance::WindowOutcome::Open => Self::Open,
            exceedance::WindowOutcome::Begun => Self::Begun,
            exceedance::WindowOutcome::Within => Self::Within,
            exceedance::WindowOutcome::Fall => Self::Fall,
            exceedance::WindowOutcome::Rise => Self::Rise,
            exceedance::WindowOutcome::Missed => Self::Missed,
        }
    }
}

/// An update of an asset's index of implied volatility was shown, and counts.
#[event]
pub struct ImpliedVolatilityShown {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// The index, per cent a year × 10^12.
    pub index_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// From when on it counts nothing, unix seconds.
    pub until_ts: i64,
    /// Volatility that it stands for, per √hour, × 2^60.
    pub sigma_q60: u64,
    /// Target volatility after it, per √hour, × 2^60: at most 1.5 times the measured one.
    pub sigma_target_q60: u64,
    /// Maintenance unit shock that the next one starts from, a fraction of the price, × 2^60.
    pub u_mm_q60: u64,
}

/// An update of an asset's index of implied volatility was shown, and ignored: what was known before it counts on, as
/// long as it lasts.
#[event]
pub struct ImpliedVolatilityIgnored {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Why.
    pub reason: ImpliedVolatilityDoubt,
    /// The index, per cent a year × 10^12; 0 where it is no positive number that the format holds.
    pub index_e12: u128,
    /// Its confidence interval, one side, same scale.
    pub confidence_e12: u128,
    /// Its publish time, unix seconds; 0 where the index is 0.
    pub publish_ts: i64,
}

/// Why an update of an index is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum ImpliedVolatilityDoubt {
    /// Not newer than the one that counts.
    NotNewer,
    /// Older than a minute.
    Stale,
    /// Its confidence interval is wider than 5 %.
    Wide,
    /// Not positive, below 1 % or above 1,000 % a year, or the asset's largest volatility and above.
    Absurd,
}

impl From<ImpliedDoubt> for ImpliedVolatilityDoubt {
    fn from(doubt: ImpliedDoubt) -> Self {
        match doubt {
            ImpliedDoubt::NotNewer => Self::NotNewer,
            ImpliedDoubt::Stale => Self::Stale,
            ImpliedDoubt::Wide => Self::Wide,
            ImpliedDoubt::Absurd => Self::Absurd,
        }
    }
}
