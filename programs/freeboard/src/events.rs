//! Events: past participle, with a sequence number per emitting object, and every input a reader
//! needs to recompute the decision with `freeboard-risk`.
use crate::{
    gates::Operation,
    state::{AssetParams, LiquidationParams, OracleParams, PortfolioParams, Scenario, TradeParams},
};
use anchor_lang::prelude::*;

/// Where and when: the object, its event number, slot and clock.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct Stamp {
    /// The account whose sequence number this is.
    pub key: Pubkey,
    /// Counts up by one with each event of that account.
    pub sequence: u64,
    /// Slot.
    pub slot: u64,
    /// Clock, unix seconds.
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

/// Margin of an account as a decision saw it, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct MarginSnapshot {
    /// Requirement, rounded up.
    pub margin_atoms: i64,
    /// Equity, rounded down.
    pub equity_atoms: i64,
}

/// An exchange was created.
#[event]
#[allow(missing_docs)]
pub struct ExchangeInitialized {
    pub stamp: Stamp,
    pub governance: Pubkey,
    pub risk_manager: Pubkey,
    pub guardian: Pubkey,
    pub quote_mint: Pubkey,
    pub portfolio: PortfolioParams,
    pub liquidation: LiquidationParams,
    pub scenarios: Vec<Scenario>,
}

/// An asset was listed.
#[event]
#[allow(missing_docs)]
pub struct AssetCreated {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub name: [u8; 16],
    pub feed: [u8; 32],
    pub oracle_kind: u8,
    pub mint: Pubkey,
    pub price_e12: u128,
    pub credit_from_ts: i64,
    pub params: AssetParams,
    pub oracle: OracleParams,
    pub trade: TradeParams,
}

/// A margin account was opened.
#[event]
#[allow(missing_docs)]
pub struct MarginAccountOpened {
    pub stamp: Stamp,
    pub owner: Pubkey,
    pub sub_account: u16,
    pub delegate: Pubkey,
}

/// A margin account was closed.
#[event]
#[allow(missing_docs)]
pub struct MarginAccountClosed {
    pub stamp: Stamp,
    pub owner: Pubkey,
    pub sub_account: u16,
}

/// The delegate was replaced.
#[event]
#[allow(missing_docs)]
pub struct DelegateChanged {
    pub stamp: Stamp,
    pub before: Pubkey,
    pub after: Pubkey,
}

/// Tokens came in; `asset_index` is `u16::MAX` for quote.
#[event]
#[allow(missing_docs)]
pub struct Deposited {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub amount_atoms: u64,
    pub balance_after_atoms: i64,
}

/// Tokens went out; `asset_index` is `u16::MAX` for quote.
#[event]
#[allow(missing_docs)]
pub struct Withdrawn {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub amount_atoms: u64,
    pub balance_after_atoms: i64,
    /// Initial margin after it; zero where no price was needed.
    pub initial: MarginSnapshot,
}

/// A position was opened, increased, reduced, flipped or closed.
#[event]
#[allow(missing_docs)]
pub struct PositionChanged {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub size_before_atoms: i64,
    pub size_after_atoms: i64,
    pub price_e12: u128,
    pub ema_e12: u128,
    pub confidence_e12: u128,
    pub publish_ts: i64,
    pub skew_before_atoms: i64,
    pub sigma_im_q60: u64,
    pub fill_notional_atoms: u64,
    pub fee_atoms: u64,
    pub realized_pnl_atoms: i64,
    pub quote_after_atoms: i64,
    /// The requirement that had to be met: initial for an increase, maintenance for a reduce.
    pub requirement: MarginSnapshot,
}

/// A volatility sample was taken.
#[event]
#[allow(missing_docs)]
pub struct VolatilitySampled {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    pub publish_ts: i64,
    pub clamped: bool,
    pub v_fast_q120: u128,
    pub v_slow_q120: u128,
    pub u_mm_q60: u64,
    pub samples: u32,
}

/// An account was first seen below maintenance margin, or seen to have recovered.
#[event]
#[allow(missing_docs)]
pub struct AccountFlagged {
    pub stamp: Stamp,
    pub flagged_before_ts: i64,
    pub flagged_ts: i64,
    pub maintenance: MarginSnapshot,
}

/// A position of an unhealthy account was closed, in part or whole.
#[event]
#[allow(missing_docs)]
pub struct AccountLiquidated {
    pub stamp: Stamp,
    pub liquidator_account: Pubkey,
    pub asset_index: u16,
    /// True if the liquidator took the position over, false if the pool did.
    pub taken_over: bool,
    pub size_before_atoms: i64,
    pub closed_atoms: u64,
    pub largest_close_atoms: u64,
    pub price_e12: u128,
    pub publish_ts: i64,
    pub flagged_ts: i64,
    pub notional_atoms: u64,
    pub realized_pnl_atoms: i64,
    pub penalty_atoms: u64,
    pub penalty_liquidator_atoms: u64,
    pub penalty_insurance_atoms: u64,
    pub penalty_pool_atoms: u64,
    pub before: MarginSnapshot,
    pub after: MarginSnapshot,
}

/// Governance paid cash into the pool.
#[event]
#[allow(missing_docs)]
pub struct PoolFunded {
    pub stamp: Stamp,
    pub amount_atoms: u64,
    pub pool_after_atoms: i64,
}

/// An asset's ledger was moved into the pool and its allotment renewed.
#[event]
#[allow(missing_docs)]
pub struct PoolSwept {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub pool_atoms: i64,
    pub insurance_atoms: i64,
    pub fees_atoms: i64,
    pub loans_atoms: i64,
    pub allotment_atoms: i64,
}

/// A pause was started or ended.
#[event]
#[allow(missing_docs)]
pub struct PauseChanged {
    pub stamp: Stamp,
    pub operation: Operation,
    pub until_before_ts: i64,
    pub until_ts: i64,
    pub next_pause_ts: i64,
    pub by: Pubkey,
}
