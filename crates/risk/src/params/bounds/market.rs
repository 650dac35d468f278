//! Bounds of an asset beside its market: what the least margin of a lone position must cover.
use super::{Bound, Rule, bounds, require};
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
            /// A penalty takes at most ¾ of what it frees (whitepaper §7.1): with the fee it stays below the least margin of a lone
            /// position.
            floor_exceeds_fees: If("`params.s_floor_e9` above {} · `trade.taker_fee_e9`",
                ["params.s_floor_e9", "trade.taker_fee_e9"], Count(4));
        }
        OpenInterestCapOutOfBounds {
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

/// What a change of a listed asset is checked against besides, where its state is known: in the program's
/// `governance` and in [`crate::governance::check_bucket_change`].
pub(super) const OF_CHANGES: &[Bound] = &[
    of_change(
        RiskError::FixedParameterChanged,
        &["params.base_decimals", "params.lot_atoms"],
        "an asset keeps its `base_decimals` and its `lot_atoms`",
        "The units of every size held.",
    ),
    of_change(
        RiskError::BucketOutOfBounds,
        &["params.bucket"],
        "no scenario takes more from a new `bucket` than from the present one",
        "It holds for MM at once.",
    ),
    of_change(
        RiskError::OpenInterestCapOutOfBounds,
        &["trade.skew_scale_atoms", "params.s_floor_e9"],
        "what is open at most `trade.skew_scale_atoms` · `params.s_floor_e9`/2, where that falls",
        "",
    ),
    of_change(
        RiskError::UtilizationOutOfBounds,
        &["trade.pool_share_e9"],
        "`trade.pool_share_e9` of all assets together at most 1",
        "",
    ),
];

const fn of_change(
    error: RiskError,
    keys: &'static [&'static str],
    text: &'static str,
    why: &'static str,
) -> Bound {
    let rule = Rule::Condition { text, number: None };
    Bound {
        error,
        keys,
        rule,
        why,
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
