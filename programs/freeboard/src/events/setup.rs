//! An exchange begins.
use super::Stamp;
use crate::state::{LiquidationParams, PoolParams, PortfolioParams, Scenario};
use anchor_lang::prelude::*;

/// An exchange was created.
#[event]
pub struct ExchangeInitialized {
    /// The exchange; its first event.
    pub stamp: Stamp,
    /// Decides on everything, after a delay.
    pub governance: Pubkey,
    /// Tightens parameters without delay.
    pub risk_manager: Pubkey,
    /// Pauses operations and cancels what waits.
    pub guardian: Pubkey,
    /// How long a change waits at least, seconds.
    pub timelock_secs: u32,
    /// Mint of the quote token, which has 6 decimals.
    pub quote_mint: Pubkey,
    /// Mint of the pool's shares, which has 6 decimals.
    pub share_mint: Pubkey,
    /// Portfolio parameters.
    pub portfolio: PortfolioParams,
    /// Liquidation parameters.
    pub liquidation: LiquidationParams,
    /// Parameters of pool, loans and orders.
    pub pool: PoolParams,
    /// Joint scenarios, at most 16.
    pub scenarios: Vec<Scenario>,
}
