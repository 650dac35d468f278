//! What an order's filler and the caller of a volatility sample are paid: out of the protocol's fees of that market, and
//! nothing where there are none (whitepaper §6.19).
//!
//! ```text
//! for a fill      ⌊fill_reward_share · the protocol's part of its fee⌋, at most half of that part
//! for a sample    sample_reward
//! ```
//! A flag pays nothing: its owner could make as many as he likes for the price of their transactions, and the reward of
//! the liquidation that follows pays for both (whitepaper §7.9).
use crate::RiskError;
use crate::market::trade::Fee;
use crate::number::arith::mul_div_floor_u64;
use crate::number::atoms::{QuoteAtoms, SignedQuoteAtoms};
use crate::number::quantity::E9;
use crate::params::{PoolParams, TradeParams};

/// For how many samples a sweep leaves their rewards in the market: a day of them at one in five minutes.
pub const SAMPLES_KEPT: u64 = 288;

/// What a fill offers its filler, quote atoms, down: a share of what the protocol got of its fee.
///
/// Errors: [`RiskError::Overflow`] when the share exceeds 1.
pub fn fill_reward_floor(fee: &Fee, params: &PoolParams) -> Result<QuoteAtoms, RiskError> {
    let share_e9 = u64::from(params.fill_reward_share_e9);
    mul_div_floor_u64(fee.protocol_atoms, share_e9, E9).map(QuoteAtoms::new)
}

/// What a sample offers its caller, quote atoms.
pub fn sample_reward(params: &TradeParams) -> QuoteAtoms {
    QuoteAtoms::new(u64::from(params.sample_reward_quote_atoms))
}

/// The protocol's fees in the ledger of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketFees(pub SignedQuoteAtoms);

impl MarketFees {
    /// What of an offer they can pay, quote atoms.
    pub fn payable(self, offered: QuoteAtoms) -> QuoteAtoms {
        offered.min(self.0.positive_part())
    }

    /// What of them a sweep leaves for the rewards of the samples to come, quote atoms: otherwise whoever sweeps often
    /// would leave nothing to pay them with.
    pub fn kept_for_samples(self, params: &TradeParams) -> QuoteAtoms {
        let rewards = sample_reward(params).get().saturating_mul(SAMPLES_KEPT);
        self.payable(QuoteAtoms::new(rewards))
    }
}

#[cfg(test)]
#[path = "reward_tests.rs"]
mod tests;
