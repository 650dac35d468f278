//! Bounds of an asset beside its market: what the least margin of a lone position must cover.
use super::{bounds, require};
use crate::RiskError;
use crate::number::arith::wide_mul;
use crate::params::{AssetParams, TradeParams};

/// An asset and its market, each within its own bounds.
pub(super) struct AssetAndMarket<'a> {
    pub asset: &'a AssetParams,
    pub trade: &'a TradeParams,
}

bounds! {
    /// Checks what the fee, the open-interest cap and the funding scale may be beside the margin.
    pub(super) fn check_bounds of AssetAndMarket<'_>, "" {
        FeeOutOfBounds {
            /// A penalty takes at most ¾ of what it frees (§7): with the fee it stays below the least margin of a lone
            /// position.
            floor_exceeds_fees: If("`params.s_floor_e9` above {} · `trade.taker_fee_e9`",
                ["params.s_floor_e9", "trade.taker_fee_e9"], Count(4));
        }
        OpenInterestCapOutOfBounds {
            /// What is open already also, when `skew_scale_atoms` or `s_floor_e9` falls.
            cap_moves_fills_little: If(
                "`trade.open_interest_cap_atoms` at most `trade.skew_scale_atoms` · `params.s_floor_e9`/2",
                ["trade.open_interest_cap_atoms", "trade.skew_scale_atoms", "params.s_floor_e9"]);
        }
        FundingScaleOutOfBounds {
            /// No cap within the bounds is reached before the largest rate is.
            funding_reaches_its_rate: If(
                "`trade.funding_scale_atoms` above 0, at most `trade.skew_scale_atoms` · `params.s_floor_e9`/2",
                ["trade.funding_scale_atoms", "trade.skew_scale_atoms", "params.s_floor_e9"]);
        }
    }
}

impl AssetAndMarket<'_> {
    fn floor_exceeds_fees(&self, fees: u64) -> bool {
        wide_mul(self.trade.taker_fee_e9, fees) < u128::from(self.asset.s_floor_e9)
    }

    fn skew_max_atoms(&self) -> u64 {
        self.trade.skew_max_atoms(self.asset.s_floor_e9)
    }

    fn cap_moves_fills_little(&self) -> bool {
        self.trade.open_interest_cap_atoms <= self.skew_max_atoms()
    }

    fn funding_reaches_its_rate(&self) -> bool {
        (1..=self.skew_max_atoms()).contains(&self.trade.funding_scale_atoms)
    }
}
