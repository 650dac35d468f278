//! What may move a valuation.

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Move {
    /// Every price once more, a few seconds later.
    Refresh,
    /// A few seconds, or minutes in which prices grow old.
    Time,
    /// Days for ramps.
    Days,
    Price,
    Crash,
    WidePrice,
    FarPrice,
    OldPrice,
    NoPrice,
    ForeignFeed,
    AnotherFeed,
    Absence,
    Sample,
    Trade,
    Deposit,
    Withdrawal,
    Collateral,
    Loan,
    Repayment,
    Opening,
    Flag,
    Liquidation,
    AssetRisk,
    /// A higher funding rate, for which the provision is yet to grow.
    FundingLimit,
    AssetOracle,
    AssetTrade,
    Portfolio,
    Scenarios,
    LiquidationTerms,
    PoolTerms,
    ReduceOnly,
    Pause,
    Funds,
    Rebalancing,
    Settlement,
    DeadFeed,
    SettledPosition,
    /// What time has moved in a ramp; noticed, not made.
    Ramp,
    /// What time has moved by funding.
    Funding,
    /// What time has moved by interest.
    Interest,
}

impl Move {
    pub const ANY_TIME: [Self; 34] = [
        Self::Refresh,
        Self::Time,
        Self::Days,
        Self::Price,
        Self::Crash,
        Self::WidePrice,
        Self::FarPrice,
        Self::OldPrice,
        Self::NoPrice,
        Self::ForeignFeed,
        Self::AnotherFeed,
        Self::Absence,
        Self::Sample,
        Self::Trade,
        Self::Deposit,
        Self::Withdrawal,
        Self::Collateral,
        Self::Loan,
        Self::Repayment,
        Self::Opening,
        Self::Flag,
        Self::Liquidation,
        Self::AssetRisk,
        Self::FundingLimit,
        Self::AssetOracle,
        Self::AssetTrade,
        Self::Portfolio,
        Self::Scenarios,
        Self::LiquidationTerms,
        Self::PoolTerms,
        Self::ReduceOnly,
        Self::Pause,
        Self::Funds,
        Self::Rebalancing,
    ];
    pub const ENDINGS: [Self; 3] = [Self::Settlement, Self::DeadFeed, Self::SettledPosition];
    const NOTICED: [Self; 3] = [Self::Ramp, Self::Funding, Self::Interest];

    pub fn all() -> impl Iterator<Item = Self> {
        let made = Self::ANY_TIME.into_iter().chain(Self::ENDINGS);
        made.chain(Self::NOTICED)
    }

    /// Whether it changes no margin when it is made.
    pub const fn is_never_felt(self) -> bool {
        matches!(
            self,
            Self::Opening
                | Self::Flag
                | Self::FundingLimit
                | Self::AssetTrade
                | Self::LiquidationTerms
                | Self::PoolTerms
                | Self::ReduceOnly
                | Self::Pause
                | Self::Funds
                | Self::Rebalancing
        )
    }

    /// Whether parameters in force are others when it is made, and not by time alone.
    pub const fn sets_parameters(self) -> bool {
        matches!(
            self,
            Self::AssetRisk
                | Self::FundingLimit
                | Self::AssetOracle
                | Self::AssetTrade
                | Self::Portfolio
                | Self::Scenarios
                | Self::LiquidationTerms
                | Self::PoolTerms
                | Self::Settlement // the weight ends with the market
                | Self::DeadFeed
        )
    }
}
