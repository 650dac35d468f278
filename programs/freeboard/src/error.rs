//! Error codes: explicit, append-only, in blocks of 100 by subject. The name states the condition
//! that failed, the message adds the remedy. docs/errors.md lists them.
use anchor_lang::prelude::*;
use freeboard_risk::RiskError;

/// Declares the codes, and for those of the core the translation, so that neither can be forgotten.
macro_rules! errors {
    (
        own { $($own:ident = $own_code:tt: $own_text:tt,)* }
        core { $($core:ident = $core_code:tt: $core_text:tt,)* }
    ) => {
        /// Everything the program refuses with.
        #[error_code(offset = 0)]
        pub enum FreeboardError {
            $(#[msg($own_text)] $own = $own_code,)*
            $(#[msg($core_text)] $core = $core_code,)*
        }

        impl From<RiskError> for FreeboardError {
            fn from(error: RiskError) -> Self {
                match error {
                    $(RiskError::$core => Self::$core,)*
                }
            }
        }
    };
}

errors! {
    own {
        NotOwner = 6000: "The signer is not the owner of the margin account.",
        NotOwnerOrDelegate = 6001: "The signer is neither the owner nor the delegate of the margin account.",
        NotGovernance = 6002: "The signer is not the exchange's governance.",
        NotGuardian = 6003: "The signer is neither the exchange's guardian nor its governance.",
        WrongExchange = 6004: "The account belongs to another exchange.",
        OperationPaused = 6005: "The operation is paused; it resumes by itself.",
        PauseTooLong = 6006: "The pause is longer than the operation allows, or has no length.",
        PauseTooSoon = 6007: "The operation was paused too recently to be paused again.",
        AssetAccountMissing = 6008: "An asset of the margin account, or its feed, is missing from the remaining accounts.",
        AssetAccountUnexpected = 6009: "The remaining accounts hold more than the margin account's assets and feeds.",
        AssetAccountOrder = 6010: "The remaining accounts are not in the order of the margin account's slots.",
        AssetAccountInvalid = 6011: "A remaining account that should be an asset is not owned by the program or is of another type.",
        AssetNotWritable = 6012: "The asset that the instruction changes must be writable.",
        DuplicateAccount = 6013: "The same account is given twice.",
        MintMismatch = 6014: "The mint is not the one of the exchange or asset.",
        VaultMismatch = 6015: "The vault is not the one of the exchange or asset.",
        NotRiskManager = 6016: "Only the exchange's risk manager may do this.",
        NotRoleHolder = 6017: "Only who holds the role may offer it.",
        NotOfferedRole = 6018: "Only who was offered the role may accept it.",
        ChangePayerMismatch = 6019: "The account that gets the rent back is not the one that paid for the change.",
        PauseStale = 6020: "The operation was paused again since this was signed; read its pause and sign again.",
        AccountVersionUnsupported = 6021: "The account has a layout version that this program does not read; SECURITY.md says how it gets another.",
        AccountOpenedThisSlot = 6022: "A margin account cannot be closed in the slot in which it was opened; close it in the next.",
        RoleOfferNeedsDelay = 6023: "Governance offers its own role by propose_change, which waits.",
        NotPayoutRecipient = 6024: "The signer is not whom the exchange pays its fees to.",
        PayoutCapExceeded = 6730: "The cap of what is paid out in 24 hours would be exceeded; ask for less or wait.",
        PayoutTooLarge = 6731: "The pool's own ledger or the insurance fund does not hold that much of it; sweep, or ask for less.",
        PayoutCapOutOfBounds = 6185: "At most $1,000,000 may be paid out in 24 hours.",
        ChangeNumberMismatch = 6700: "The number is not that of the pending change, or not one more than the exchange's last; read it and sign again.",
        ChangeTooEarly = 6701: "The timelock of the change has not passed.",
        ChangeExpired = 6702: "The change can no longer be carried out; propose it again.",
        ChangeStale = 6703: "The values that the change replaces have changed since; propose it again.",
        ChangeNotTighter = 6704: "A value would become looser or has no tight side; propose the change instead.",
        ChangeEmpty = 6705: "The change replaces nothing.",
        ChangeTargetMismatch = 6706: "The asset is not the one that the change names, or it names none.",
        ChangeNeedsInstruction = 6707: "The change is carried out by another instruction: a listing by create_asset, a feed by migrate_feed.",
        TimelockOutOfBounds = 6708: "The timelock must be between 24 hours and 30 days.",
        RoleHolderInvalid = 6709: "A role cannot be given to the default key.",
        RoleOfferImposed = 6710: "Governance has offered the role to somebody else; the holder cannot take that back.",
        AssetWindingDown = 6720: "The asset is being wound down.",
        AssetSettled = 6721: "The market has ended; settle the position.",
        FeedNotDead = 6722: "A price was read from the feed since the change was proposed: wind the asset down instead.",
        AssetNotWindingDown = 6723: "The asset is not being wound down.",
        SettlementTooEarly = 6724: "Prices count towards the settlement from 24 hours before positions can be settled.",
        SettlementPriceTooSoon = 6725: "The last price that counts towards the settlement is less than a minute old.",
        AssetNotSettled = 6726: "The market has not ended; its positions are closed by trading.",
        NoPositionToSettle = 6727: "The account has no position in the asset.",
        FeedsDisagree = 6728: "The prices of the old and the new feed are further apart than the band.",
        FeedNotSilent = 6729: "The old feed gives no price that can be traded on, and gave one within the last hour; pass its newest one.",
        QuoteMintDecimals = 6100: "The quote mint must have 6 decimals.",
        CollateralMintDecimals = 6101: "The collateral mint's decimals must equal the asset's base decimals.",
        MintHasTransferFee = 6102: "Mints with the transfer-fee extension are not accepted.",
        MintHasTransferHook = 6103: "Mints with the transfer-hook extension are not accepted.",
        MintHasConfidentialTransfer = 6104: "Mints with a confidential-transfer extension are not accepted.",
        MintHasPermanentDelegate = 6105: "Mints with the permanent-delegate extension are not accepted.",
        MintExtensionUnsupported = 6106: "The mint has an extension that is not accepted.",
        MintIsQuote = 6107: "The quote token cannot be the collateral of an asset.",
        NameInvalid = 6108: "The name must be 1 to 16 printable ASCII characters.",
        TooManyAssets = 6110: "The exchange holds no more assets.",
        SourceGuarded = 6111: "The source's CPI guard lets no program transfer from it; disable the guard or use another account.",
        DestinationNeedsMemo = 6112: "The destination takes transfers with a memo only; turn that off or name another account.",
        TokenAccountFrozen = 6113: "The token account is frozen by the mint's freeze authority.",
        FeedOwnerInvalid = 6200: "The feed is not owned by the Pyth program that the asset is bound to; the log names both.",
        FeedMismatch = 6201: "The feed is not the one the asset is bound to.",
        FeedMalformed = 6202: "The feed's data is not a Pyth price account.",
        PriceNotFullyVerified = 6203: "The price update is not fully verified.",
        FeedReceiverMismatch = 6205: "The price update is of Pyth's other receiver; the log names both. The asset's binding moves between them by migrate_feed.",
        PriceNotTrading = 6204: "The legacy price account's status is not Trading.",
        AmountZero = 6300: "The amount must be positive.",
        InsufficientBalance = 6301: "The account does not hold that much; quote beyond the balance is a loan, see borrow.",
        TooManyPositions = 6303: "The margin account has no free position slot.",
        TooManyCollaterals = 6304: "The margin account has no free collateral slot.",
        AccountNotEmpty = 6305: "Only an empty margin account can be closed.",
        AssetNotCollateral = 6306: "The asset has no collateral vault.",
        CollateralBelowMinimum = 6307: "A balance of this collateral must be worth, at the price recorded last, the asset's minimum notional, and to open it what the account is known to be below zero; deposit more, or quote, or withdraw all of it.",
        NothingToRepay = 6308: "The amount u64::MAX repays a loan of quote, and there is none.",
        MarginAccountsMissing = 6309: "The instruction takes 1 to 64 margin accounts, and as many must come first among the remaining ones.",
        SizeZero = 6400: "The size must not be zero.",
        SizeNotWholeLots = 6401: "The size must be a whole number of lots.",
        ReduceOnly = 6402: "The trade would increase or flip the position, and the order or the market only reduces.",
        OneStepFillsDisabled = 6403: "The market does not allow positions to be opened in one step.",
        PriceNotAfterOrder = 6404: "The price was not published long enough after the order; pass a newer one.",
        OrderExpired = 6405: "The order has expired.",
        OrderNotFound = 6406: "The margin account has no order with this number.",
        TooManyOrders = 6407: "The margin account has no free order slot; cancel one or wait for it to expire.",
        OrderLifeOutOfRange = 6408: "The order must live for at least one second and at most as long as the exchange allows.",
        SelfLiquidation = 6500: "An account cannot liquidate itself into itself.",
        LiquidationSizeZero = 6501: "The largest size to liquidate must be at least one lot.",
        PoolDeficit = 6600: "The pool cannot pay everybody as its books stand; rebalance it, settle losses, resolve bad debt or, with a deficit, withdraw pro rata.",
        PoolHasCash = 6603: "The pool has free cash; losses are settled by others only while it has none.",
        NoLossToSettle = 6604: "The account has no position in the asset, or it has no loss.",
        NoDeficit = 6605: "The pool owes no more than it holds at these prices, and this market has not cost it more than its share; nobody has to go without.",
        LiquidityNotOpen = 6606: "The exchange has no share mint yet; call open_liquidity first.",
        RequestTooEarly = 6607: "The delay of the request has not passed.",
        RequestExpired = 6608: "The request can no longer be executed; cancel it and ask again.",
        RequestNotExpired = 6609: "Only the LP may cancel a request that can still be executed.",
        LiquidityStopped = 6610: "Known bad debt exceeds the insurance fund, or there is a deficit; LP requests wait until it is settled.",
        PayoutBelowMinimum = 6611: "It would pay less than the least that was asked for.",
        DeleverageWorsensAccount = 6612: "Closing so much would leave the account below its maintenance margin; close less, or another.",
        PoolAccountMissing = 6613: "The market's ledger cannot pay this alone, or the account is below zero; pass the pool as well.",
        PoolValueUncertain = 6615: "A market with positions has no known price; the pool lends only at known prices.",
        VaultShort = 6614: "The vault does not hold that much now; loans have to be repaid first.",
        NotExecutor = 6616: "Until the last three hours of the request's window only the LP, or the executor that it names, may execute it.",
        DestinationMismatch = 6617: "The token account is not the one that the LP's request names.",
        RequestExecuted = 6618: "The request is executed already; what it pays out waits in escrow, cancel_liquidity hands it over.",
    }
    core {
        KOutOfBounds = 6120: "k must be between 2 and 6.",
        OmegaOutOfBounds = 6121: "omega, the weight of the stressed volatility, must be between 0.25 and 0.5.",
        HalfLifeFastOutOfBounds = 6122: "The fast half-life must be between 6 hours and 7 days.",
        HalfLifeSlowOutOfBounds = 6123: "The slow half-life must be between 30 and 365 days.",
        SigmaStressOutOfBounds = 6124: "The volatility floor must be positive, the stressed volatility at least 1.5 times the floor, the cap at least the stressed volatility.",
        SigmaInitialOutOfBounds = 6125: "The initial volatility must be between the floor and the cap.",
        HorizonOutOfBounds = 6126: "The maintenance horizon must be between 15 minutes and 24 hours, the initial horizon at least twice it and at most 30 days.",
        SigmaCapOutOfBounds = 6127: "k times the volatility cap times the square root of the maintenance horizon in hours must be at most 0.5.",
        ShockFloorOutOfBounds = 6128: "The shock floor must be between 0.5 % and 50 %.",
        ThetaOutOfBounds = 6129: "theta, the diversification credit, must be at most 0.8.",
        PhiOutOfBounds = 6130: "phi, the gross floor, must be between 0.1 and 1.",
        CorrelationOutOfBounds = 6131: "The lower correlation must be at most 0.6, the upper one between 0.85 and 1.",
        SpeedLimitOutOfBounds = 6132: "The unit shock may rise by 1 to 4 % per hour and fall by at most half of that.",
        FundingRateOutOfBounds = 6133: "Eight hours of the maximum funding rate must be at most half the shock floor.",
        BasisOutOfBounds = 6134: "The basis charge must be at most 10 %.",
        UpnlWeightOutOfBounds = 6135: "The weight of unrealised profit must be at most 0.5.",
        ConfidenceMultipleOutOfBounds = 6136: "z, the confidence multiple, must be between 1 and 3.",
        AgeOutOfBounds = 6137: "Each age limit must be between 1 and 60 seconds, that of a fill at most 10.",
        BandOutOfBounds = 6138: "A confidence or EMA band is zero or above its ceiling.",
        SpacingOutOfBounds = 6139: "Samples must be at least 8 s and four times the maximum age apart, and at most 315 s less that age.",
        PenaltyOutOfBounds = 6140: "The liquidation penalty must be at most 10 %.",
        GraceOutOfBounds = 6141: "The liquidation grace period must be at most 60 seconds, and a flag last 30 to 300 seconds without renewal.",
        BetaOutOfBounds = 6142: "beta, the exit buffer, must be between 0.02 and 0.5.",
        DepthOutOfBounds = 6143: "The depth must be positive, oi_lo at most 10 times and oi_hi at most 50 times it.",
        GammaOutOfBounds = 6144: "gamma must be at most 1.",
        CollateralWeightOutOfBounds = 6145: "The collateral weight must be at most 1.",
        ScenarioOutOfBounds = 6146: "A scenario's weight must be at most 1, its shocks between -1 and 3, weight times fall at most 0.9, and there are at most 16 scenarios.",
        BucketOutOfBounds = 6147: "The scenario bucket must be between 0 and 7.",
        LotOutOfBounds = 6148: "The lot must be positive and the asset have at most 18 decimals.",
        OpenInterestCapOutOfBounds = 6149: "The open-interest cap, and what is open, must be at most the skew scale times half the shock floor, the account cap positive and at most the open-interest cap.",
        FeeOutOfBounds = 6150: "The taker fee must be at most 1 % and below a quarter of the shock floor; shares must not exceed 100 %.",
        UtilizationOutOfBounds = 6151: "The utilisation must be at most 1 and the pool shares of all assets together at most 1.",
        GapOutOfBounds = 6170: "The gap that open interest is judged by must be between 5 % and 100 %.",
        GapShareOutOfBounds = 6171: "The share of pool and insurance that a gap may cost must be between 0.1 % and 50 %.",
        PriceNotPositive = 6250: "The oracle price is zero or negative.",
        EmaNotPositive = 6251: "The oracle's EMA price is zero or negative.",
        ExponentOutOfRange = 6252: "The oracle price's exponent is outside -12 to 0.",
        PriceFromFuture = 6253: "The oracle price is published in the future.",
        PriceStale = 6254: "The oracle price is too old for this action; post a newer one first.",
        PriceOlderThanRecorded = 6255: "A newer price of this asset is already known; pass an account that holds it.",
        ConfidenceTooWide = 6256: "The oracle's confidence interval is too wide for this action.",
        PriceFarFromEma = 6257: "The oracle price is too far from its EMA for this action.",
        PriceStandsStill = 6260: "The price and its EMA have both stood still for several samples; wait until either moves.",
        FeedNotAbsent = 6261: "A price of the feed is young enough to be used; there is no absence to announce.",
        AbsenceAnnounced = 6262: "The absence of the feed is announced already, and its time goes on.",
        SampleTooEarly = 6258: "The last volatility sample is too recent.",
        InitialMarginNotMet = 6350: "The account would not meet its initial margin; deposit more or trade less.",
        PositionPriceUnusable = 6351: "An asset in which the account has a position has no usable price; post a fresh one first.",
        ReduceWorsensAccount = 6352: "The reduction would raise the maintenance margin or worsen an account below its exit level.",
        LimitPriceExceeded = 6450: "The fill price is worse than the limit price.",
        FillPriceNotPositive = 6451: "Spread and skew leave no positive fill price; trade a smaller size.",
        OpenInterestCapExceeded = 6452: "The market's open interest would exceed its cap.",
        AccountCapExceeded = 6453: "The position would exceed the cap per account.",
        NotionalBelowMinimum = 6454: "The position would be smaller than the minimum notional.",
        GapLossExceeded = 6465: "A gap would cost pool and insurance more than this market's share of them; trade less, or rebalance the pool.",
        PoolUtilizationExceeded = 6650: "The pool's exposure would exceed its share of free cash; sweep or fund the pool, or trade less.",
        AccountHealthy = 6550: "The account's equity is at or above its maintenance margin.",
        LiquidationPriceUnusable = 6551: "What is to be closed has no usable price; post a fresh one first, or announce that its feed is absent before a slice.",
        NothingToLiquidate = 6552: "The account has nothing of that kind to close.",
        NoRelief = 6553: "Closing it would not lower the maintenance margin.",
        LiquidationWindowExhausted = 6554: "The account has reached the most that may be closed in this window; try again later.",
        LiquidationGracePeriod = 6555: "The account is not flagged for long enough, or a price is not newer than the flag.",
        RiskNotReduced = 6502: "The liquidation would leave the account riskier; nothing was changed.",
        BorrowRateOutOfBounds = 6158: "The borrow rate must be at most 0.01 % per hour.",
        LpDelayOutOfBounds = 6159: "The delay of an LP request must be between 24 hours and 7 days, its window between 12 hours and half the delay.",
        PoolCapOutOfBounds = 6160: "The pool's cap must be positive.",
        InsuranceCapOutOfBounds = 6161: "The insurance fund's cap per asset and day must be positive.",
        RewardOutOfBounds = 6162: "The least reward of a liquidator must be at most 1 %.",
        DeleverageOutOfBounds = 6163: "The first score must be between 1 and 100, its half-life between 5 and 600 seconds.",
        OrderTimeOutOfBounds = 6164: "The fill delay must be 1 to 10 seconds, the longest life of an order 5 to 60 seconds and more than that delay.",
        BorrowCapExceeded = 6654: "The withdrawal would raise the loans of all accounts above their cap.",
        PoolInsolvent = 6651: "The pool is worth nothing at these prices.",
        PoolValuesApart = 6619: "The pool's values for a deposit and a redemption are over 1 % apart; until prices are surer only the LP, or its executor, may execute.",
        LpAmountTooSmall = 6652: "The amount is worth less than one share or one atom.",
        PoolCapExceeded = 6653: "The deposit would raise the pool above its cap.",
        AccountNotBankrupt = 6557: "The account has a position, collateral of $1 or more, or no loan.",
        DeleverageScoreTooLow = 6558: "The position has no profit, or its score is below the threshold of now; wait or close another.",
        Overflow = 6950: "An amount is outside the range the program can hold.",
        ShockCapOutOfBounds = 6152: "The shock ceilings must be 1 % to 65 % (maintenance, long), up to 1 (initial, long) and 1 to 8 (short).",
        ClampOutOfBounds = 6153: "The bounds of a sample's return are outside their range.",
        WarmupOutOfBounds = 6154: "The warm-up must be between 1 and 8,640 samples.",
        StalenessOutOfBounds = 6155: "The growth of volatility with sample age is outside its range.",
        SpreadOutOfBounds = 6156: "kappa, the spread coefficient, must be at most 10.",
        WindowOutOfBounds = 6157: "The liquidation window, its cap, its share, the dust limit or the cost of a step is outside its range.",
        TooManyHoldings = 6353: "The account holds more than 24 assets.",
        LiquidationTooLarge = 6556: "The size is more than may be closed now.",
        FundingScaleOutOfBounds = 6165: "The funding scale must be positive and at most the skew scale times half the shock floor.",
        ImpactExceedsEquity = 6455: "No part of the position can be closed for what the account still has, because of what closing pays for the skew; wait until the skew is smaller, or deposit.",
        FixedParameterChanged = 6109: "im_over_mm, unusable_move and the funding provision are fixed at 1.25, 0.5 and 8 hours; an asset keeps its decimals and its lot.",
    }
}

impl FreeboardError {
    /// The error that an instruction returns.
    ///
    /// Out of line and without a source line: Anchor's `error!` and `From` build name and text
    /// wherever they stand, at more than a hundred places.
    #[cold]
    #[inline(never)]
    pub fn raise(self) -> Error {
        self.into()
    }
}

/// Refuses with the error unless the condition holds.
#[inline(always)]
pub fn ensure(condition: bool, error: FreeboardError) -> Result<()> {
    if condition {
        Ok(())
    } else {
        Err(error.raise())
    }
}

/// Turns a missing value into the program's error.
pub trait OrRaise<T> {
    /// The value, or the error given.
    fn or_raise(self, error: FreeboardError) -> Result<T>;
}

impl<T> OrRaise<T> for Option<T> {
    #[inline(always)]
    fn or_raise(self, error: FreeboardError) -> Result<T> {
        self.ok_or_else(|| error.raise())
    }
}

impl<T, E> OrRaise<T> for core::result::Result<T, E> {
    #[inline(always)]
    fn or_raise(self, error: FreeboardError) -> Result<T> {
        self.map_err(|_| error.raise())
    }
}

/// Turns a refusal of the core into the program's error.
pub trait OrRefuse<T> {
    /// The value, or the numbered error.
    fn or_refuse(self) -> Result<T>;
}

impl<T> OrRefuse<T> for core::result::Result<T, RiskError> {
    #[inline(always)]
    fn or_refuse(self) -> Result<T> {
        self.map_err(|error| FreeboardError::from(error).raise())
    }
}
