//! Every reason why the core refuses. Copy, no text: the program gives each a number and a sentence.

/// A failed condition. The name says what failed; the caller's state is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskError {
    // --- parameters (section 8); one name per hard bound
    /// k outside [2, 6].
    KOutOfBounds,
    /// ω outside [0.25, 0.5].
    OmegaOutOfBounds,
    /// Fast half-life outside [6 h, 7 d].
    HalfLifeFastOutOfBounds,
    /// Slow half-life outside [30 d, 365 d].
    HalfLifeSlowOutOfBounds,
    /// σ_floor = 0, or σ_stress < 1.5·σ_floor, or σ_cap < σ_stress.
    SigmaStressOutOfBounds,
    /// σ_initial outside [σ_floor, σ_cap].
    SigmaInitialOutOfBounds,
    /// h_mm outside [¼ h, 24 h], or h_im < 2·h_mm, or h_im > 30 d.
    HorizonOutOfBounds,
    /// k·σ_cap·√h_mm > ½.
    SigmaCapOutOfBounds,
    /// s_floor outside [0.5 %, 50 %].
    ShockFloorOutOfBounds,
    /// θ outside [0, 0.8].
    ThetaOutOfBounds,
    /// φ outside [0.1, 1].
    PhiOutOfBounds,
    /// ρ_lo > 0.6, or ρ_hi outside [0.85, 1].
    CorrelationOutOfBounds,
    /// up outside [1, 4] %/h, or down > up/2, or down = 0.
    SpeedLimitOutOfBounds,
    /// 8 h·max_rate > ½·s_floor.
    FundingRateOutOfBounds,
    /// basis > 10 %.
    BasisOutOfBounds,
    /// upnl_weight > 0.5.
    UpnlWeightOutOfBounds,
    /// z outside [1, 3].
    ConfidenceMultipleOutOfBounds,
    /// An age limit is 0 or above 60 s, or age_fill above 10 s.
    AgeOutOfBounds,
    /// A confidence or EMA band is 0 or above its ceiling.
    BandOutOfBounds,
    /// Sample spacing < 4·age, < 8 s, or with the age above 315 s.
    SpacingOutOfBounds,
    /// φ_max > 10 %.
    PenaltyOutOfBounds,
    /// liq_grace > 60 s, or a flag that lasts less than 30 s or more than 300 s unseen.
    GraceOutOfBounds,
    /// β outside [0.02, 0.5].
    BetaOutOfBounds,
    /// L = 0, oi_lo > 10·L, or oi_hi > 50·L.
    DepthOutOfBounds,
    /// γ > 1.
    GammaOutOfBounds,
    /// collateral weight > 1.
    CollateralWeightOutOfBounds,
    /// A scenario weight > 1, a shock < −1 or > 3, weight · fall > 0.9, or more than 16 scenarios.
    ScenarioOutOfBounds,
    /// bucket > 7, or one that a scenario takes more from than from the present one.
    BucketOutOfBounds,
    /// base_decimals > 18 (an asset), lot size 0, or a minimum notional below one lot's reach.
    LotOutOfBounds,
    /// Open-interest cap 0 or > skew_scale·s_floor/2, account cap > open-interest cap, skew_scale = 0.
    OpenInterestCapOutOfBounds,
    /// taker fee > 1 % or not below s_floor/4, split shares above 100 %, or penalty share above 100 %.
    FeeOutOfBounds,
    /// util_max > 1, or the pool shares of all assets above 100 %.
    UtilizationOutOfBounds,
    /// A ceiling of the shocks: maintenance long outside [s_floor, 0.65], initial long outside
    /// [maintenance long, 1], short outside [1, 8].
    ShockCapOutOfBounds,
    /// Clamp of a sample: multiple outside [8, 64], minimum outside [0.1 %, 5 %], ratio outside
    /// [1.05, 2].
    ClampOutOfBounds,
    /// Warm-up outside [1, 8640] samples.
    WarmupOutOfBounds,
    /// σ_IM starts to grow later than 1 d after a sample or before the next is due, or grows outside
    /// [1 %, 100 %] per hour.
    StalenessOutOfBounds,
    /// κ > 10.
    SpreadOutOfBounds,
    /// Liquidation window outside [1 s, 1 h], its cap 0, its share above 100 %, dust above $1,000, or the cost of
    /// a step above $10.
    WindowOutOfBounds,
    /// IM/MM, the move of an unusable asset or the funding provision differ from the program's.
    FixedParameterChanged,
    /// Base plus slope of the borrow rate > 0.01 % per hour.
    BorrowRateOutOfBounds,
    /// Delay of an LP request, or how long it can be executed after that, outside [1 h, 7 d].
    LpDelayOutOfBounds,
    /// The pool's cap is 0.
    PoolCapOutOfBounds,
    /// The cap of what insurance pays for one asset in 24 h is 0.
    InsuranceCapOutOfBounds,
    /// reward_min > 1 %.
    RewardOutOfBounds,
    /// First score of a deleveraging outside [1, 100], or its half-life outside [5 s, 600 s].
    DeleverageOutOfBounds,
    /// fill_delay outside [1 s, 10 s], or the longest life of an order outside [5 s, 60 s].
    OrderTimeOutOfBounds,
    /// funding_scale = 0 or > skew_scale·s_floor/2.
    FundingScaleOutOfBounds,
    /// s_gap outside [5 %, 100 %].
    GapOutOfBounds,
    /// The share of pool and insurance that a gap may cost is outside [0.1 %, 50 %].
    GapShareOutOfBounds,
    // --- oracle (section 2)
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
    // --- margin (section 5)
    /// The account does not meet its initial margin after the action.
    InitialMarginNotMet,
    /// An asset with a position has no usable price for this action.
    PositionPriceUnusable,
    /// A reduce would raise the maintenance margin or worsen the account below its liquidation target.
    ReduceWorsensAccount,
    /// More than 24 assets in one account.
    TooManyHoldings,
    // --- trade (section 6)
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
    /// What a reduce would pay for the skew exceeds the account's equity at every size.
    ImpactExceedsEquity,
    /// A gap of the stress size would cost more beyond margin than the market's share of pool and insurance.
    GapLossExceeded,
    /// The pool is worth nothing, or less, to who deposits or redeems now.
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
    // --- liquidation (section 7)
    /// Equity ≥ maintenance margin.
    AccountHealthy,
    /// What is to be closed has no usable price; of a slice also: a price that its caller may be hiding.
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
