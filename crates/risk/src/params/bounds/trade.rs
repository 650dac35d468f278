//! Bounds of one perpetual market.
use super::{require, within};
use crate::RiskError;
use crate::number::arith::{mul_div_floor_u64, wide_add};
use crate::number::quantity::E9;
use crate::params::TradeParams;

/// s_floor is at least this many times what the skew moves a fill by where it is largest (§6): what is owed along
/// the skew stays below half of the least margin of a lone position.
pub const MARGIN_PER_IMPACT: u64 = 2;
/// Largest taker fee, × 10^9: 1 %.
pub const TAKER_FEE_MAX_E9: u64 = 10_000_000;
/// s_floor is more than this many taker fees: a penalty takes at most ¾ of what it frees (§7), so that
/// penalty and fee together stay below the margin of a lone position at its smallest.
pub const MARGIN_PER_TAKER_FEE: u64 = 4;
/// Largest κ, × 10^9: 10, about 7 times the default.
pub const KAPPA_MAX_E9: u64 = 10_000_000_000;
/// s_gap, × 10^9: a tenth of it is not switched off, and a price falls by no more than all of it.
pub const GAP_E9: [u64; 2] = [50_000_000, E9];
/// x, × 10^9: what one market may cost is some of the pool, and never more than half of it.
pub const GAP_SHARE_E9: [u64; 2] = [1_000_000, 500_000_000];

impl TradeParams {
    /// Checks fees, spread, caps and the use of the pool. How large they may be beside the margin:
    /// [`crate::params::AssetParams::check_bounds`].
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        let shares = wide_add(self.fee_insurance_share_e9, self.fee_protocol_share_e9);
        require(
            self.taker_fee_e9 <= TAKER_FEE_MAX_E9 && shares <= u128::from(E9),
            RiskError::FeeOutOfBounds,
        )?;
        require(self.kappa_e9 <= KAPPA_MAX_E9, RiskError::SpreadOutOfBounds)?;
        require(
            within(self.account_cap_atoms, [1, self.open_interest_cap_atoms]),
            RiskError::OpenInterestCapOutOfBounds,
        )?;
        require(self.min_notional_quote_atoms > 0, RiskError::LotOutOfBounds)?;
        require(
            self.util_max_e9 <= E9 && self.pool_share_e9 <= E9,
            RiskError::UtilizationOutOfBounds,
        )?;
        require(within(self.gap_e9, GAP_E9), RiskError::GapOutOfBounds)?;
        require(
            within(self.gap_share_e9, GAP_SHARE_E9),
            RiskError::GapShareOutOfBounds,
        )
    }

    /// Largest skew at which a fill moves by no more than half of `s_floor`, base atoms, down: what open
    /// interest may be at most.
    pub fn skew_max_atoms(&self, s_floor_e9: u64) -> u64 {
        let share = MARGIN_PER_IMPACT.saturating_mul(E9);
        mul_div_floor_u64(self.skew_scale_atoms, s_floor_e9, share).unwrap_or(u64::MAX)
    }
}
