//! `Exchange`: roles, pauses, and the risk parameters that all accounts share. Read-only on the
//! trader's path, so that trades in different assets do not wait for each other.
use super::asset::{from_words, to_words};
use super::params::{LiquidationParams, PoolParams, PortfolioParams};
use anchor_lang::prelude::*;
use borsh::{BorshDeserialize, BorshSerialize};
use freeboard_risk::{
    borrow::BorrowState,
    params::{PortfolioCoefficients, ScenarioCoefficients},
    quantity::Fraction,
};

/// Joint scenarios an exchange can hold (model §5).
pub const MAX_SCENARIOS: usize = 16;
/// Assets of an exchange: all of them and their feeds fit one transaction with a lookup table, which is
/// what the pool's value is computed in.
pub const MAX_ASSETS: u16 = 24;
/// Scenario buckets.
pub const BUCKETS: usize = 8;
/// Operations that can be paused; see [`crate::gates::Operation`].
pub const OPERATIONS: usize = 10;

/// A joint scenario as governance writes it.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Scenario {
    /// Weight of the loss, basis points, at most 10,000.
    pub weight_bps: u16,
    /// Shock of each bucket, signed basis points, −10,000 … 30,000; weight · fall at most 0.9.
    pub shock_bps: [i16; BUCKETS],
}

impl From<&Scenario> for freeboard_risk::params::Scenario {
    fn from(scenario: &Scenario) -> Self {
        const E9_PER_BPS: i64 = 100_000;
        Self {
            weight_e9: u64::from(scenario.weight_bps).saturating_mul(E9_PER_BPS.unsigned_abs()),
            shock_e9: scenario
                .shock_bps
                .map(|bps| i64::from(bps).saturating_mul(E9_PER_BPS)),
        }
    }
}

/// When an operation is paused, and when it may be paused again.
#[zero_copy]
#[derive(Debug, Default)]
pub struct Pause {
    /// Paused while the clock is below this, unix seconds. Written by pause and unpause.
    pub until_ts: i64,
    /// No new pause before this, unix seconds. Written by pause.
    pub next_pause_ts: i64,
}

/// Growth of loans: `risk::BorrowState` as words.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Borrow {
    /// What a loan of 1 has grown to, units of 2^-64, low word first.
    pub index_q64: [u64; 2],
    /// Rate per hour, 60 binary digits.
    pub rate_q60: u64,
    /// Until when the index counts, unix seconds.
    pub updated_ts: i64,
}

impl Borrow {
    /// As the core sees it.
    pub fn as_core(&self) -> BorrowState {
        BorrowState {
            index_q64: from_words(self.index_q64),
            rate_per_h: Fraction::from_bits(self.rate_q60),
            updated_ts: self.updated_ts,
        }
    }

    /// What a loan of 1 has grown to at `now`, units of 2^-64, up.
    pub fn index_at(&self, now: i64) -> u128 {
        self.as_core().index_at(now)
    }

    /// Stores the core's value.
    pub fn set(&mut self, state: &BorrowState) {
        *self = Self {
            index_q64: to_words(state.index_q64),
            rate_q60: state.rate_per_h.to_bits(),
            updated_ts: state.updated_ts,
        };
    }
}

/// One per deployment and creator. PDA `["exchange", creator]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Exchange {
    /// Who created it; a seed of the address, without power. Written once.
    pub creator: Pubkey,
    /// Lists assets, funds the pool, pauses. Written once until role transfer exists.
    pub governance: Pubkey,
    /// May tighten parameters (no instruction yet).
    pub risk_manager: Pubkey,
    /// May pause operations.
    pub guardian: Pubkey,
    /// Mint of the quote token (USDC, 6 decimals). Written once.
    pub quote_mint: Pubkey,
    /// Token account that holds all quote tokens. Written once.
    pub quote_vault: Pubkey,
    /// Portfolio parameters in decimal. Written once.
    pub portfolio: PortfolioParams,
    /// Liquidation parameters in decimal. Written once.
    pub liquidation: LiquidationParams,
    /// Pool, loan, reward and order parameters in decimal. Written once.
    pub pool: PoolParams,
    /// Growth of loans. Written by the instructions that gather all ledgers; not by sweep_pool.
    pub borrow: Borrow,
    /// Binary form of `portfolio`: `risk::PortfolioCoefficients` words.
    pub portfolio_words: [u64; PortfolioCoefficients::WORDS],
    /// Binary form of `scenarios`: `risk::ScenarioCoefficients` words.
    pub scenario_words: [[u64; ScenarioCoefficients::WORDS]; MAX_SCENARIOS],
    /// Pauses, by operation.
    pub pauses: [Pause; OPERATIONS],
    /// Joint scenarios; the first `scenario_count` are in force.
    pub scenarios: [Scenario; MAX_SCENARIOS],
    /// Sum of `pool_share_e9` of all assets, at most 10^9. Written by create_asset.
    pub pool_share_total_e9: u64,
    /// Number of events emitted for this exchange.
    pub event_sequence: u64,
    /// Assets created; the next asset's index.
    pub asset_count: u16,
    /// Scenarios in force.
    pub scenario_count: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 4],
    /// Zero; room for role transfer, timelock and ramps.
    pub reserved: [u64; 64],
}

impl Exchange {
    /// Next number for an event of this exchange.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }

    /// Scenarios in force, in binary.
    pub fn scenario_coefficients(&self) -> Vec<ScenarioCoefficients> {
        let count = usize::from(self.scenario_count);
        self.scenario_words
            .iter()
            .take(count)
            .map(ScenarioCoefficients::from_words)
            .collect()
    }
}
