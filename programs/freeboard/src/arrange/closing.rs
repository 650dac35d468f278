//! What a liquidation closes, as its caller asks for it and as the core sees it.
use crate::error::{FreeboardError, ensure};
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::liquidation as core_liquidation;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;

/// What is closed, and who takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum Closing {
    /// A position, against the pool: open interest falls.
    PositionByPool,
    /// A position, into the liquidator's account, which must meet its initial margin with it.
    PositionByLiquidator,
    /// Collateral, bought by the liquidator; the proceeds repay the loan.
    Collateral,
    /// A short, closed against the pool, and the collateral that hedges it, bought by the liquidator.
    Pair,
    /// The same share of every position, against the pool, and of every weighted collateral, bought by the liquidator.
    /// What has no usable price stays. Every asset of which something is closed is written.
    Slice,
}

impl Closing {
    /// As the core sees it.
    ///
    /// Errors: `NothingToLiquidate` for a slice, which is of no single asset.
    pub(crate) fn of_one_asset(self) -> Result<core_liquidation::Closing> {
        match self {
            Self::PositionByPool | Self::PositionByLiquidator => {
                Ok(core_liquidation::Closing::Position)
            }
            Self::Collateral => Ok(core_liquidation::Closing::Collateral),
            Self::Pair => Ok(core_liquidation::Closing::Pair),
            Self::Slice => Err(FreeboardError::NothingToLiquidate.raise()),
        }
    }

    /// Refuses what closes a position of a market that has ended: that is settled instead.
    ///
    /// Errors: `AssetSettled`.
    pub(crate) fn check_market(self, asset: &Asset) -> Result<()> {
        let sells = self == Self::Collateral;
        ensure(sells || !asset.is_settled(), FreeboardError::AssetSettled)
    }

    /// Refuses to take a position over at a price that may not be traded on. Whoever keeps it needs such a price for his
    /// initial margin; whoever closes a winning one of his own by it would leave where no reduce gets that price, before
    /// its market's winners have paid what they owe.
    ///
    /// Errors: `PositionPriceUnusable`.
    pub(crate) fn check_taken_over(
        self,
        asset: &Asset,
        price: &Observation,
        now: i64,
    ) -> Result<()> {
        if self != Self::PositionByLiquidator {
            return Ok(());
        }
        let trades = asset.check_price(PriceStandard::Trade, price, now).is_ok();
        ensure(trades, FreeboardError::PositionPriceUnusable)
    }

    /// Whether the liquidator's account takes something over besides cash.
    pub(crate) fn is_taken_over(self) -> bool {
        self != Self::PositionByPool
    }

    /// Whether a position is closed against the pool.
    pub(crate) fn is_by_pool(self) -> bool {
        matches!(self, Self::PositionByPool | Self::Pair | Self::Slice)
    }
}
