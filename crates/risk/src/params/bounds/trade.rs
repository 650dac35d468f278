//! Bounds of one perpetual market by itself.
use super::{NO_END, bounds, require, within};
use crate::RiskError;
use crate::number::arith::{mul_div_floor_u64, wide_add};
use crate::number::quantity::E9;
use crate::params::TradeParams;

/// s_floor is at least this many times what the skew moves a fill by where it is largest (whitepaper §6.5): what is owed along
/// the skew stays below half of the least margin of a lone position.
pub const MARGIN_PER_IMPACT: u64 = 2;

bounds! {
    /// Checks fees, spread, caps, the use of the pool and the reward of a sample. How large they may be beside the margin:
    /// [`crate::params::AssetParams::check_bounds`].
    pub fn check_bounds of TradeParams, "trade." {
        FeeOutOfBounds {
            taker_fee_e9: Percent(0, 10_000_000);
            fee_shares_fit: If("`fee_insurance_share_e9` + `fee_protocol_share_e9` at most {}",
                ["trade.fee_insurance_share_e9", "trade.fee_protocol_share_e9"], Fraction(E9));
        }
        SpreadOutOfBounds {
            /// About 7 times the default.
            kappa_e9: Fraction(0, 10_000_000_000);
        }
        OpenInterestCapOutOfBounds {
            account_cap_atoms: Count(1, NO_END);
            account_cap_fits: If("`account_cap_atoms` at most `open_interest_cap_atoms`",
                ["trade.account_cap_atoms", "trade.open_interest_cap_atoms"]);
        }
        LotOutOfBounds {
            min_notional_quote_atoms: Usd(1, NO_END);
        }
        UtilizationOutOfBounds {
            util_max_e9: Fraction(0, E9);
            pool_share_e9: Fraction(0, E9);
        }
        GapOutOfBounds {
            /// Not switched off; and a price falls by no more than all of it.
            gap_e9: Percent(50_000_000, E9);
        }
        GapShareOutOfBounds {
            /// Some of the pool, and never more than half of it.
            gap_share_e9: Percent(1_000_000, 500_000_000);
        }
        RewardOutOfBounds {
            /// Ten times the default.
            sample_reward_quote_atoms: Usd(0, 100_000);
        }
    }
}

impl TradeParams {
    /// Largest skew at which a fill moves by no more than half of `s_floor`, base atoms, down: what open
    /// interest may be at most.
    pub fn skew_max_atoms(&self, s_floor_e9: u64) -> u64 {
        let share = MARGIN_PER_IMPACT.saturating_mul(E9);
        mul_div_floor_u64(self.skew_scale_atoms, s_floor_e9, share).unwrap_or(u64::MAX)
    }

    fn fee_shares_fit(&self, most: u64) -> bool {
        wide_add(self.fee_insurance_share_e9, self.fee_protocol_share_e9) <= u128::from(most)
    }

    fn account_cap_fits(&self) -> bool {
        self.account_cap_atoms <= self.open_interest_cap_atoms
    }
}
