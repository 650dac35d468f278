//! Which refusal each kind of action may meet. Any other is a fault, of the program or of the test.
use freeboard::error::FreeboardError::{self, *};

/// A kind of action, named after its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// deposit.
    Deposit,
    /// withdraw, or borrow.
    Withdraw,
    /// trade.
    Trade,
    /// request_order.
    RequestOrder,
    /// fill_order.
    FillOrder,
    /// cancel_order.
    CancelOrder,
    /// sample_volatility.
    Sample,
    /// show_price.
    Show,
    /// show_implied_volatility.
    Imply,
    /// announce_absence.
    Announce,
    /// rebalance_pool of single assets.
    Sweep,
    /// rebalance_pool.
    Rebalance,
    /// flag, or flag_several.
    Flag,
    /// liquidate, or liquidate_several.
    Liquidate,
    /// resolve_bankruptcy.
    Resolve,
    /// deleverage.
    Deleverage,
    /// settle_loss.
    Settle,
    /// withdraw_pro_rata.
    ProRata,
    /// request_liquidity.
    RequestLiquidity,
    /// execute_liquidity.
    ExecuteLiquidity,
    /// A trade that moves the pool's value, and execute_liquidity in one transaction.
    PushAndExecute,
    /// cancel_liquidity.
    CancelLiquidity,
    /// pause, or its end.
    Pause,
    /// Several instructions in one transaction.
    Bundle,
    /// An instruction with another's account, or another's signature.
    Foreign,
}

/// What any instruction may also meet whose feed is another account.
pub(super) const BENT: [FreeboardError; 8] = [
    LiquidationPriceUnusable,
    FeedOwnerInvalid,
    PriceOlderThanRecorded,
    PriceStale,
    ConfidenceTooWide,
    PriceFarFromEma,
    PriceNotAfterOrder,
    PositionPriceUnusable,
];

impl Kind {
    /// What this kind may be refused with.
    pub fn refusals(self) -> &'static [FreeboardError] {
        match self {
            Self::Deposit => &[OperationPaused, CollateralBelowMinimum],
            Self::RequestOrder => &[OperationPaused, TooManyOrders, SizeZero],
            Self::Withdraw => &[
                OperationPaused,
                CollateralBelowMinimum,
                InsufficientBalance,
                BorrowCapExceeded,
                PoolValueUncertain,
                PoolUtilizationExceeded,
                PoolDeficit,
                VaultShort,
                InitialMarginNotMet,
                PositionPriceUnusable,
            ],
            Self::Trade | Self::FillOrder => &[
                OperationPaused,
                SizeZero,
                ReduceOnly,
                NotionalBelowMinimum,
                AccountCapExceeded,
                OpenInterestCapExceeded,
                GapLossExceeded,
                PoolUtilizationExceeded,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                PriceFarFromEma,
                FeedOwnerInvalid,
                InitialMarginNotMet,
                PositionPriceUnusable,
                ImpactExceedsEquity,
                ReduceWorsensAccount,
                PriceNotAfterOrder,
                OrderExpired,
                LimitPriceExceeded,
            ],
            Self::CancelOrder => &[],
            Self::Sample => &[
                OperationPaused,
                SampleTooEarly,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                FeedOwnerInvalid,
            ],
            Self::Show => &[PriceOlderThanRecorded, PriceFromFuture, FeedOwnerInvalid],
            Self::Imply => &[OperationPaused],
            Self::Announce => &[FeedNotAbsent, AbsenceAnnounced],
            Self::Sweep | Self::Rebalance => &[],
            Self::Flag => &[
                OperationPaused,
                AccountHealthy,
                PriceOlderThanRecorded,
                FeedOwnerInvalid,
            ],
            Self::Liquidate => &[
                // Of several, the liquidator's own account is one.
                SelfLiquidation,
                OperationPaused,
                AccountHealthy,
                AssetAccountMissing,
                NothingToLiquidate,
                NoRelief,
                LiquidationPriceUnusable,
                LiquidationGracePeriod,
                LiquidationWindowExhausted,
                LiquidationSizeZero,
                PriceOlderThanRecorded,
                FeedOwnerInvalid,
                InitialMarginNotMet,
                PositionPriceUnusable,
                AccountCapExceeded,
            ],
            Self::Resolve => &[AccountNotBankrupt, PriceOlderThanRecorded, FeedOwnerInvalid],
            Self::Deleverage => &[
                OperationPaused,
                NoDeficit,
                SizeZero,
                DeleverageScoreTooLow,
                DeleverageWorsensAccount,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                PriceFarFromEma,
                FeedOwnerInvalid,
            ],
            Self::Settle => &[
                PoolHasCash,
                NoLossToSettle,
                PositionPriceUnusable,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                PriceFarFromEma,
                FeedOwnerInvalid,
            ],
            Self::ProRata => &[
                OperationPaused,
                InsufficientBalance,
                NoDeficit,
                PayoutBelowMinimum,
                InitialMarginNotMet,
                PositionPriceUnusable,
            ],
            Self::RequestLiquidity => &[OperationPaused],
            Self::ExecuteLiquidity => &[
                OperationPaused,
                RequestTooEarly,
                RequestExpired,
                NotExecutor,
                PoolValuesApart,
                LiquidityStopped,
                PoolUtilizationExceeded,
                PoolInsolvent,
                LpAmountTooSmall,
                PoolCapExceeded,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                PriceFarFromEma,
                FeedOwnerInvalid,
            ],
            Self::PushAndExecute => &[
                OperationPaused,
                RequestTooEarly,
                RequestExpired,
                NotExecutor,
                PoolValuesApart,
                LiquidityStopped,
                PoolAccountMissing,
                PoolUtilizationExceeded,
                GapLossExceeded,
                PoolInsolvent,
                LpAmountTooSmall,
                PoolCapExceeded,
                InitialMarginNotMet,
                PositionPriceUnusable,
                NotionalBelowMinimum,
                AccountCapExceeded,
                OpenInterestCapExceeded,
                GapLossExceeded,
                ReduceWorsensAccount,
                SizeZero,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                PriceFarFromEma,
                FeedOwnerInvalid,
            ],
            Self::CancelLiquidity => &[RequestNotExpired],
            Self::Pause => &[PauseTooSoon],
            Self::Bundle => &[
                OperationPaused,
                PoolAccountMissing,
                BorrowCapExceeded,
                PoolValueUncertain,
                PoolUtilizationExceeded,
                PoolDeficit,
                VaultShort,
                InitialMarginNotMet,
                PositionPriceUnusable,
                NotionalBelowMinimum,
                AccountCapExceeded,
                OpenInterestCapExceeded,
                GapLossExceeded,
                PriceStale,
                PriceOlderThanRecorded,
                PriceFromFuture,
                PriceStandsStill,
                ConfidenceTooWide,
                PriceFarFromEma,
                FeedOwnerInvalid,
                ImpactExceedsEquity,
                ReduceWorsensAccount,
            ],
            Self::Foreign => &[
                NotOwner,
                NotOwnerOrDelegate,
                NotGuardian,
                RequestNotExpired,
                SelfLiquidation,
                OperationPaused,
                OrderNotFound,
            ],
        }
    }
}
