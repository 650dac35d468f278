//! Every reason why the core refuses. Copy, no text: the program gives each a number and a sentence.

/// A failed condition. The name says what failed; the caller's state is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskError {
    // --- parameters (whitepaper §8.1): what left its bound. The bounds are [`crate::params::bounds`].
    /// k.
    KOutOfBounds,
    /// ω.
    OmegaOutOfBounds,
    /// The fast half-life.
    HalfLifeFastOutOfBounds,
    /// The slow half-life.
    HalfLifeSlowOutOfBounds,
    /// σ_floor, σ_stress and σ_cap beside each other.
    SigmaStressOutOfBounds,
    /// σ_initial.
    SigmaInitialOutOfBounds,
    /// A horizon, or the two beside each other.
    HorizonOutOfBounds,
    /// k·σ_cap·√h_mm.
    SigmaCapOutOfBounds,
    /// s_floor.
    ShockFloorOutOfBounds,
    /// θ.
    ThetaOutOfBounds,
    /// φ.
    PhiOutOfBounds,
    /// ρ_lo or ρ_hi.
    CorrelationOutOfBounds,
    /// The speed limit of u_MM.
    SpeedLimitOutOfBounds,
    /// 8 h of the largest funding rate.
    FundingRateOutOfBounds,
    /// The basis charge.
    BasisOutOfBounds,
    /// upnl_weight.
    UpnlWeightOutOfBounds,
    /// z.
    ConfidenceMultipleOutOfBounds,
    /// An age limit.
    AgeOutOfBounds,
    /// A confidence or EMA band.
    BandOutOfBounds,
    /// The spacing of samples.
    SpacingOutOfBounds,
    /// φ_max.
    PenaltyOutOfBounds,
    /// liq_grace, or for how long a flag lasts unseen.
    GraceOutOfBounds,
    /// β.
    BetaOutOfBounds,
    /// The call level.
    CallLevelOutOfBounds,
    /// L, oi_lo or oi_hi.
    DepthOutOfBounds,
    /// γ.
    GammaOutOfBounds,
    /// The collateral weight.
    CollateralWeightOutOfBounds,
    /// A scenario, or how many there are.
    ScenarioOutOfBounds,
    /// The bucket, or one that a scenario takes more from than from the present one.
    BucketOutOfBounds,
    /// The decimals of an asset, its lot or its minimum notional.
    LotOutOfBounds,
    /// An open-interest cap beside the skew scale and s_floor.
    OpenInterestCapOutOfBounds,
    /// The taker fee, or a share of a fee or a penalty.
    FeeOutOfBounds,
    /// util_max, or the pool shares of all assets.
    UtilizationOutOfBounds,
    /// A ceiling of the shocks.
    ShockCapOutOfBounds,
    /// A clamp of a sample.
    ClampOutOfBounds,
    /// m, the multiple of the short volatility.
    ShortMultipleOutOfBounds,
    /// The warm-up.
    WarmupOutOfBounds,
    /// When and how fast σ_IM grows without samples.
    StalenessOutOfBounds,
    /// κ.
    SpreadOutOfBounds,
    /// The liquidation window, its cap or share, dust, or the cost of a step.
    WindowOutOfBounds,
    /// IM/MM, the move of an unusable asset or the funding provision differ from the program's.
    FixedParameterChanged,
    /// Base plus slope of the borrow rate.
    BorrowRateOutOfBounds,
    /// The delay of an LP request, or for how long it can be executed after that.
    LpDelayOutOfBounds,
    /// The pool's cap.
    PoolCapOutOfBounds,
    /// The cap of what insurance pays for one asset in 24 h.
    InsuranceCapOutOfBounds,
    /// reward_min, or what a fill or a sample pays its caller.
    RewardOutOfBounds,
    /// The first score of a deleveraging, or its half-life.
    DeleverageOutOfBounds,
    /// fill_delay, or the longest life of an order.
    OrderTimeOutOfBounds,
    /// funding_scale.
    FundingScaleOutOfBounds,
    /// s_gap.
    GapOutOfBounds,
    /// The share of pool and insurance that a gap may cost.
    GapShareOutOfBounds,
    /// The cap of deposits of an asset's collateral.
    DepositCapOutOfBounds,
    /// The part of a vault that may leave within an hour.
    OutflowOutOfBounds,
    /// What the market trades in an ordinary hour.
    TurnoverOutOfBounds,
    /// The delay of changes.
    TimelockOutOfBounds,
    /// The cap of payouts.
    PayoutCapOutOfBounds,
    /// A governed implied volatility, or when it expires.
    ImpliedVolatilityOutOfBounds,
    // --- oracle (whitepaper §2.2)
    /// Price ≤ 0.
    PriceNotPositive,
    /// EMA price ≤ 0.
    EmaNotPositive,
    /// Exponent outside [-12, 0].
    ExponentOutOfRange,
    /// Published more than 5 s in the future.
    PriceFromFuture,
    /// Older than the action allows.
    PriceStale,
    /// Older than the newest price recorded for the asset.
    PriceOlderThanRecorded,
    /// Confidence interval wider than the action allows.
    ConfidenceTooWide,
    /// Further from its EMA than the action allows.
    PriceFarFromEma,
    /// A volatility sample sooner than the spacing allows.
    SampleTooEarly,
    /// Price and EMA have both stood still for several samples.
    PriceStandsStill,
    /// A price of the feed is young enough for a liquidation.
    FeedNotAbsent,
    /// The absence of the feed is announced already.
    AbsenceAnnounced,
    // --- margin (whitepaper §5.4)
    /// The account does not meet its initial margin after the action.
    InitialMarginNotMet,
    /// An asset with a position has no usable price for this action.
    PositionPriceUnusable,
    /// A reduce would raise the maintenance margin or worsen the account below its liquidation target.
    ReduceWorsensAccount,
    /// More than 24 assets in one account.
    TooManyHoldings,
    /// More than the part of a vault that may leave within an hour, of what was deposited before yesterday.
    OutflowLimitExceeded,
    // --- trade (whitepaper §6.1)
    /// The fill price is beyond the caller's limit price.
    LimitPriceExceeded,
    /// The spread and skew would make the fill price zero or negative.
    FillPriceNotPositive,
    /// Open interest of the side would exceed its cap.
    OpenInterestCapExceeded,
    /// The position would exceed the cap per account.
    AccountCapExceeded,
    /// The position left would be below the minimum notional.
    NotionalBelowMinimum,
    /// The pool's exposure would exceed its share of free cash.
    PoolUtilizationExceeded,
    /// The skew's price of a reduce exceeds the account's equity at every size.
    ImpactExceedsEquity,
    /// A gap of the stress size would cost more beyond margin than the market's share of pool and insurance.
    GapLossExceeded,
    /// The pool is worth nothing, or less, for a deposit or a redemption now.
    PoolInsolvent,
    /// The pool's values for a deposit and for a redemption are further apart than somebody else than the LP may
    /// execute its request at.
    PoolValuesApart,
    /// Too little for one share, or shares worth less than one atom.
    LpAmountTooSmall,
    /// The deposit would raise the pool above its cap.
    PoolCapExceeded,
    /// The withdrawal would raise the sum of loans above its cap.
    BorrowCapExceeded,
    // --- liquidation (whitepaper §7.1)
    /// Equity ≥ maintenance margin.
    AccountHealthy,
    /// The asset to be closed has no usable price; of a slice also: a price that its caller may be hiding.
    LiquidationPriceUnusable,
    /// Nothing of that kind to close.
    NothingToLiquidate,
    /// Closing it would not lower the maintenance margin.
    NoRelief,
    /// The account may lose no more in this 30 s window.
    LiquidationWindowExhausted,
    /// Not flagged long enough, or prices are not newer than the flag.
    LiquidationGracePeriod,
    /// More than the largest size that may be closed now.
    LiquidationTooLarge,
    /// Equity − margin or their ratio is not better after a liquidation.
    RiskNotReduced,
    /// The account has a position, collateral of $1 or more, or no debt.
    AccountNotBankrupt,
    /// The position's score is below the threshold of now, or it has no profit.
    DeleverageScoreTooLow,
    // --- arithmetic
    /// A result outside its type's range.
    Overflow,
}
