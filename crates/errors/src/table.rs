//! The table: explicit numbers, append-only and never reused, in blocks of 100 by subject. The name states the
//! condition that failed, the sentence says it, the remedy what to do.
//!
//! `of RiskError` marks an error of the core; a row without sentence is a hard bound, whose sentence comes from its
//! rows in `freeboard_risk::params::bounds`. Within a block the core's numbers begin at 50.
use crate::{Entry, Subject, Words};
use freeboard_risk::RiskError;

/// Declares the numbers, the translation of the core's errors, and the table, so that none can be forgotten.
macro_rules! errors {
    ($($subject:ident {
        $($number:literal $name:ident $(of $Core:ident)? $(: $sentence:literal => $remedy:literal)?;)*
    })*) => {
        /// Everything the program refuses with. The value is the number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum FreeboardError {
            $($(
                #[doc = concat!("`", stringify!($number), "`. " $(, $sentence)?)]
                $name = $number,
            )*)*
        }

        impl From<FreeboardError> for u32 {
            #[inline]
            fn from(error: FreeboardError) -> Self {
                error as Self
            }
        }

        impl FreeboardError {
            /// The error of a number, as a failed transaction carries it; none if the program has no such error.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($($number => Some(Self::$name),)*)*
                    _ => None,
                }
            }
        }

        impl From<RiskError> for FreeboardError {
            fn from(error: RiskError) -> Self {
                match error {
                    $($($($Core::$name => Self::$name,)?)*)*
                }
            }
        }

        /// Every error, by subject.
        pub const TABLE: &[Entry] = &[$($(
            Entry {
                number: $number,
                name: stringify!($name),
                subject: Subject::$subject,
                words: words!($name $(: $sentence, $remedy)?),
            },
        )*)*];
    };
}

/// What a row says.
macro_rules! words {
    ($name:ident: $sentence:literal, $remedy:literal) => {
        Words::Plain($sentence, $remedy)
    };
    ($name:ident) => {
        Words::Bounds(RiskError::$name)
    };
}

errors! {
    Access {
        6000 NotOwner: "The signer is not the owner of the margin account."
            => "Sign with the owner's key.";
        6001 NotOwnerOrDelegate: "The signer is neither the owner nor the delegate of the margin account."
            => "Sign with the key of one of them, or have the owner set the delegate.";
        6002 NotGovernance: "The signer is not the exchange's governance."
            => "Sign with the governance key that the exchange's account names.";
        6003 NotGuardian: "The signer is neither the exchange's guardian nor its governance."
            => "Sign with the key of one of them.";
        6004 WrongExchange: "The account belongs to another exchange."
            => "Pass the account of the exchange that the instruction names.";
        6005 OperationPaused: "The operation is paused; it resumes by itself."
            => "Wait until the end that the exchange's account names.";
        6006 PauseTooLong: "The pause is longer than the operation allows."
            => "Choose a shorter one, of at least a second.";
        6007 PauseTooSoon: "The operation was paused too recently to be paused again."
            => "Wait until the time between two pauses has passed.";
        6008 AssetAccountMissing: "An asset of the margin account, or its feed, is missing from the remaining \
            accounts."
            => "Pass each held asset followed by its feed, in the order of the slots.";
        6009 AssetAccountUnexpected: "The remaining accounts hold more than the margin account's assets and feeds."
            => "Leave out what the margin account does not hold.";
        6010 AssetAccountOrder: "The remaining accounts are not in the order of the margin account's slots."
            => "Read the account again and pass them in that order.";
        6011 AssetAccountInvalid: "A remaining account that should be an asset is not owned by the program or is of \
            another type."
            => "Pass the asset's own account at this place.";
        6012 AssetNotWritable: "The asset that the instruction changes is not writable."
            => "Mark it as writable.";
        6013 DuplicateAccount: "The same account is given twice."
            => "Pass two different accounts.";
        6014 MintMismatch: "The mint is not the one of the exchange or asset."
            => "Pass the mint that the exchange's or asset's account names.";
        6015 VaultMismatch: "The vault is not the one of the exchange or asset."
            => "Pass the vault that the exchange's or asset's account names.";
        6016 NotRiskManager: "The signer is not the exchange's risk manager."
            => "Sign with its key, or propose the change as governance.";
        6017 NotRoleHolder: "The signer does not hold the role that is offered."
            => "Sign with the key of its holder.";
        6018 NotOfferedRole: "The role was not offered to the signer."
            => "Have the holder offer it, or sign with the key that it was offered to.";
        6019 ChangePayerMismatch: "The account that gets the rent back is not the one that paid for the change."
            => "Pass the payer that the pending change names.";
        6020 PauseStale: "The operation was paused again since this was signed."
            => "Read its pause and sign again.";
        6021 AccountVersionUnsupported: "The account has a layout version that this program does not read."
            => "SECURITY.md says how an account gets another version.";
        6022 AccountOpenedThisSlot: "The margin account was opened in this slot, in which it cannot be closed."
            => "Close it in the next slot.";
        6023 RoleOfferNeedsDelay: "Governance's own role is not offered at once."
            => "Offer it by propose_change, which waits.";
        6024 NotPayoutRecipient: "The signer is not the one that the exchange pays its fees to."
            => "Sign with the recipient's key, or have governance name another recipient.";
    }
    Parameters {
        6100 QuoteMintDecimals: "The quote mint does not have 6 decimals."
            => "Choose a mint that has.";
        6101 CollateralMintDecimals: "The collateral mint's decimals differ from the asset's base decimals."
            => "List the asset with the decimals of its mint.";
        6102 MintHasTransferFee: "The mint has the transfer-fee extension, which is not accepted."
            => "Choose a mint without it.";
        6103 MintHasTransferHook: "The mint has the transfer-hook extension, which is not accepted."
            => "Choose a mint without it.";
        6104 MintHasConfidentialTransfer: "The mint has a confidential-transfer extension, which is not accepted."
            => "Choose a mint without it.";
        6105 MintHasPermanentDelegate: "The mint has the permanent-delegate extension, which is not accepted."
            => "Choose a mint without it.";
        6106 MintExtensionUnsupported: "The mint has an extension that is not accepted."
            => "Choose a mint without it.";
        6107 MintIsQuote: "The mint is the quote token, which cannot be the collateral of an asset."
            => "Deposit quote as such.";
        6108 NameInvalid: "The name is not 1 to 16 visible ASCII characters followed by zeros; a space is not \
            visible."
            => "Choose another name.";
        6109 FixedParameterChanged of RiskError;
        6110 TooManyAssets: "The exchange holds no more assets."
            => "Create another exchange.";
        6111 SourceGuarded: "The source's CPI guard lets no program transfer from it."
            => "Disable the guard or use another token account.";
        6112 DestinationNeedsMemo: "The destination takes transfers with a memo only."
            => "Turn that off or name another token account.";
        6113 TokenAccountFrozen: "The token account is frozen by the mint's freeze authority."
            => "Have it thawed or name another token account.";
        6120 KOutOfBounds of RiskError;
        6121 OmegaOutOfBounds of RiskError;
        6122 HalfLifeFastOutOfBounds of RiskError;
        6123 HalfLifeSlowOutOfBounds of RiskError;
        6124 SigmaStressOutOfBounds of RiskError;
        6125 SigmaInitialOutOfBounds of RiskError;
        6126 HorizonOutOfBounds of RiskError;
        6127 SigmaCapOutOfBounds of RiskError;
        6128 ShockFloorOutOfBounds of RiskError;
        6129 ThetaOutOfBounds of RiskError;
        6130 PhiOutOfBounds of RiskError;
        6131 CorrelationOutOfBounds of RiskError;
        6132 SpeedLimitOutOfBounds of RiskError;
        6133 FundingRateOutOfBounds of RiskError;
        6134 BasisOutOfBounds of RiskError;
        6135 UpnlWeightOutOfBounds of RiskError;
        6136 ConfidenceMultipleOutOfBounds of RiskError;
        6137 AgeOutOfBounds of RiskError;
        6138 BandOutOfBounds of RiskError;
        6139 SpacingOutOfBounds of RiskError;
        6140 PenaltyOutOfBounds of RiskError;
        6141 GraceOutOfBounds of RiskError;
        6142 BetaOutOfBounds of RiskError;
        6143 DepthOutOfBounds of RiskError;
        6144 GammaOutOfBounds of RiskError;
        6145 CollateralWeightOutOfBounds of RiskError;
        6146 ScenarioOutOfBounds of RiskError;
        6147 BucketOutOfBounds of RiskError;
        6148 LotOutOfBounds of RiskError;
        6149 OpenInterestCapOutOfBounds of RiskError;
        6150 FeeOutOfBounds of RiskError;
        6151 UtilizationOutOfBounds of RiskError;
        6152 ShockCapOutOfBounds of RiskError;
        6153 ClampOutOfBounds of RiskError;
        6154 WarmupOutOfBounds of RiskError;
        6155 StalenessOutOfBounds of RiskError;
        6156 SpreadOutOfBounds of RiskError;
        6157 WindowOutOfBounds of RiskError;
        6158 BorrowRateOutOfBounds of RiskError;
        6159 LpDelayOutOfBounds of RiskError;
        6160 PoolCapOutOfBounds of RiskError;
        6161 InsuranceCapOutOfBounds of RiskError;
        6162 RewardOutOfBounds of RiskError;
        6163 DeleverageOutOfBounds of RiskError;
        6164 OrderTimeOutOfBounds of RiskError;
        6165 FundingScaleOutOfBounds of RiskError;
        6170 GapOutOfBounds of RiskError;
        6171 GapShareOutOfBounds of RiskError;
        6172 CallLevelOutOfBounds of RiskError;
        6180 DepositCapOutOfBounds of RiskError;
        6181 OutflowOutOfBounds of RiskError;
        6185 PayoutCapOutOfBounds of RiskError;
        6190 ImpliedVolatilityOutOfBounds of RiskError;
        6191 ShortMultipleOutOfBounds of RiskError;
        6192 TurnoverOutOfBounds of RiskError;
    }
    Prices {
        6200 FeedOwnerInvalid: "The feed is not owned by the Pyth program that the asset is bound to."
            => "Pass the asset's own feed; the log names both programs.";
        6201 FeedMismatch: "The feed is not the one the asset is bound to."
            => "Pass the feed that the asset's account names.";
        6202 FeedMalformed: "The feed's data is not a Pyth price account."
            => "Pass a price update or a legacy price account of Pyth's.";
        6203 PriceNotFullyVerified: "The price update is not fully verified."
            => "Post it with all signatures.";
        6204 PriceNotTrading: "The legacy price account's status is not Trading."
            => "Wait until it is.";
        6205 FeedReceiverMismatch: "The price update is of Pyth's other receiver."
            => "Post it with the receiver that the log names; governance moves the asset by a change of its feed.";
        6206 ImpliedFeedMissing: "The asset is bound to no feed of implied volatility."
            => "Nothing is to be shown; governance binds one by a change, and a value of its own needs none.";
        6250 PriceNotPositive of RiskError: "The oracle price is zero or negative."
            => "Wait for another price.";
        6251 EmaNotPositive of RiskError: "The oracle's EMA price is zero or negative."
            => "Wait for another price.";
        6252 ExponentOutOfRange of RiskError: "The oracle price's exponent is outside -12 to 0."
            => "Bind the asset to another feed.";
        6253 PriceFromFuture of RiskError: "The oracle price is published in the future."
            => "Wait until the chain's clock has caught up, or pass an older price.";
        6254 PriceStale of RiskError: "The oracle price is too old for this action."
            => "Post a newer one first.";
        6255 PriceOlderThanRecorded of RiskError: "A newer price of this asset is already known."
            => "Pass an account that holds it.";
        6256 ConfidenceTooWide of RiskError: "The oracle's confidence interval is too wide for this action."
            => "Wait for a surer price.";
        6257 PriceFarFromEma of RiskError: "The oracle price is too far from its EMA for this action."
            => "Wait until the EMA has followed; show each price meanwhile (show_price, a keeper does), then a liquidation \
            counts it after ema_waiver_secs.";
        6258 SampleTooEarly of RiskError: "The last volatility sample is too recent."
            => "Wait until the spacing has passed.";
        6260 PriceStandsStill of RiskError: "The price and its EMA have both stood still for several samples."
            => "Wait until either moves.";
        6261 FeedNotAbsent of RiskError: "A price of the feed is young enough to be used; there is no absence to \
            announce."
            => "Use that price.";
        6262 AbsenceAnnounced of RiskError: "The absence of the feed is announced already, and its time goes on."
            => "Wait until it counts, or show a newer price.";
    }
    Margin {
        6300 AmountZero: "The amount is zero."
            => "Name a positive amount.";
        6301 InsufficientBalance: "The account does not hold that much."
            => "Ask for less; quote beyond the balance is a loan, see borrow.";
        6303 TooManyPositions: "The margin account has no free position slot."
            => "Close a position first.";
        6304 TooManyCollaterals: "The margin account has no free collateral slot."
            => "Withdraw another collateral first.";
        6305 AccountNotEmpty: "The margin account is not empty."
            => "Close its positions and orders and withdraw what it holds.";
        6306 AssetNotCollateral: "The asset has no collateral vault."
            => "Deposit quote or another asset.";
        6307 CollateralBelowMinimum: "The balance of this collateral would be worth less, at the price recorded \
            last, than the asset's minimum notional, or, being new, than what the account is known to be below zero."
            => "Deposit more, or quote, or withdraw all of it.";
        6308 NothingToRepay: "The amount u64::MAX repays a loan of quote, and there is none."
            => "Name the amount to deposit.";
        6309 MarginAccountsMissing: "The remaining accounts do not begin with the 1 to 64 margin accounts that the \
            instruction counts."
            => "Pass as many as it says, first among the remaining accounts.";
        6350 InitialMarginNotMet of RiskError: "The account would not meet its initial margin."
            => "Deposit more or trade less. Collateral above its cap does not count for it: it keeps positions only.";
        6351 PositionPriceUnusable of RiskError: "An asset in which the account has a position has no usable price."
            => "If it is too old, post a newer one first; if it is far from its EMA or unsure, wait. A reduction and a \
            deposit go on. `freeboard doctor` says which.";
        6352 ReduceWorsensAccount of RiskError: "The reduction would raise the maintenance margin, or worsen an \
            account below its liquidation target."
            => "Reduce another position, or deposit.";
        6353 TooManyHoldings of RiskError: "The account holds more than 24 assets."
            => "Close a position or withdraw a collateral first.";
        6354 OutflowLimitExceeded of RiskError: "More of this collateral would leave within an hour than the asset allows."
            => "Withdraw less, or wait up to 70 minutes; what was deposited yesterday or today may leave at once.";
    }
    Trades {
        6400 SizeZero: "The size is zero."
            => "Name a size of at least one lot.";
        6401 SizeNotWholeLots: "The size is not a whole number of lots."
            => "Round it to the asset's lot.";
        6402 ReduceOnly: "The trade would increase or flip the position, and the order or the market only reduces."
            => "Trade at most the size of the position, against it.";
        6403 OneStepFillsDisabled: "The market does not allow positions to be opened in one step."
            => "Use request_order and fill_order.";
        6404 PriceNotAfterOrder: "The price was not published long enough after the order."
            => "Pass a newer one.";
        6405 OrderExpired: "The order has expired."
            => "Request another.";
        6406 OrderNotFound: "The margin account has no order with this number."
            => "Read the account's orders.";
        6407 TooManyOrders: "The margin account has no free order slot."
            => "Cancel an order or wait for one to expire.";
        6408 OrderLifeOutOfRange: "The order's life is below one second or longer than the exchange allows."
            => "Choose a life within that.";
        6450 LimitPriceExceeded of RiskError: "The fill price is worse than the limit price."
            => "Trade a smaller size, or accept a worse price.";
        6451 FillPriceNotPositive of RiskError: "Spread and skew leave no positive fill price."
            => "Trade a smaller size.";
        6452 OpenInterestCapExceeded of RiskError: "The market's open interest would exceed its cap."
            => "Trade a smaller size, or the other side.";
        6453 AccountCapExceeded of RiskError: "The position would exceed the cap per account."
            => "Trade a smaller size.";
        6454 NotionalBelowMinimum of RiskError: "The position would be smaller than the minimum notional."
            => "Trade a larger size, or close the position.";
        6455 ImpactExceedsEquity of RiskError: "No part of the position can be closed for what the account still \
            has, because of what closing pays for the skew."
            => "Wait until the skew is smaller, or deposit.";
        6465 GapLossExceeded of RiskError: "A gap would cost pool and insurance more than this market's share of \
            them."
            => "Trade less, or rebalance the pool.";
    }
    Liquidation {
        6500 SelfLiquidation: "The account would be liquidated into itself."
            => "Liquidate with another margin account.";
        6501 LiquidationSizeZero: "The largest size to liquidate is less than one lot."
            => "Name at least one lot.";
        6502 RiskNotReduced of RiskError: "The liquidation would leave the account riskier."
            => "Close another position, or another size.";
        6550 AccountHealthy of RiskError: "The account's equity is at or above its maintenance margin."
            => "There is nothing to liquidate; look again when prices have moved.";
        6551 LiquidationPriceUnusable of RiskError: "What is to be closed has no usable price."
            => "Post a fresh one first, or announce that its feed is absent before a slice.";
        6552 NothingToLiquidate of RiskError: "The account has nothing of that kind to close."
            => "Name another kind or another asset.";
        6553 NoRelief of RiskError: "Closing it would not lower the maintenance margin."
            => "Close another position.";
        6554 LiquidationWindowExhausted of RiskError: "The account has reached the most that may be closed in this \
            window."
            => "Try again in the next window.";
        6555 LiquidationGracePeriod of RiskError: "The account is not flagged for long enough, or a price is not \
            newer than the flag."
            => "Flag it, wait out the grace period, and pass newer prices.";
        6556 LiquidationTooLarge of RiskError: "The size is more than may be closed now."
            => "Close less.";
        6557 AccountNotBankrupt of RiskError: "The account has a position, collateral of $1 or more, or no loan."
            => "Liquidate what it still has.";
        6558 DeleverageScoreTooLow of RiskError: "The position has no profit, or its score is below the threshold of \
            now."
            => "Wait, or close another.";
    }
    Pool {
        6600 PoolDeficit: "The pool cannot pay everybody as its books stand."
            => "Rebalance it, settle losses, resolve bad debt or, with a deficit, withdraw pro rata.";
        6603 PoolHasCash: "The pool has free cash; losses are settled by others only while it has none."
            => "Leave the position to its owner.";
        6604 NoLossToSettle: "The account has no position in the asset, or it has no loss."
            => "Name a position with a loss.";
        6605 NoDeficit: "The pool owes no more than it holds at these prices, and this market has not cost it more \
            than its share."
            => "Withdraw or trade as usual; nobody has to go without.";
        6607 RequestTooEarly: "The delay of the request has not passed."
            => "Wait for it.";
        6608 RequestExpired: "The request can no longer be executed."
            => "Cancel it and ask again.";
        6609 RequestNotExpired: "The request can still be executed, so that only the LP may cancel it."
            => "Wait until it has expired.";
        6610 LiquidityStopped: "Known bad debt exceeds the insurance fund, or there is a deficit; LP requests wait."
            => "Resolve the bad debt and settle the deficit first.";
        6611 PayoutBelowMinimum: "It would pay less than the least that was asked for."
            => "Ask for less, or wait for better prices.";
        6612 DeleverageWorsensAccount: "Closing so much would leave the account below its maintenance margin."
            => "Close less, or another.";
        6613 PoolAccountMissing: "The market's ledger cannot pay this alone, or the account is below zero."
            => "Pass the pool as well.";
        6614 VaultShort: "The vault does not hold that much now."
            => "Wait until loans are repaid, or ask for less.";
        6615 PoolValueUncertain: "A market with positions has no known price; the pool lends only at known prices."
            => "Post its price first.";
        6616 NotExecutor: "Only the LP, or the executor that it names, may execute the request before the last three \
            hours of its window."
            => "Wait for those hours.";
        6617 DestinationMismatch: "The token account is not the one that the LP's request names."
            => "Pass the one that it names.";
        6618 RequestExecuted: "The request is executed already; what it pays out waits in escrow."
            => "cancel_liquidity hands it over.";
        6619 PoolValuesApart of RiskError: "The pool's values for a deposit and a redemption are over 1 % apart."
            => "Until prices are surer only the LP, or its executor, may execute.";
        6650 PoolUtilizationExceeded of RiskError: "The pool's exposure would exceed its share of free cash."
            => "Sweep or fund the pool, or trade less.";
        6651 PoolInsolvent of RiskError: "The pool is worth nothing at these prices."
            => "Wait until bad debt is resolved and the pool is worth something.";
        6652 LpAmountTooSmall of RiskError: "The amount is worth less than one share or one atom."
            => "Name a larger amount.";
        6653 PoolCapExceeded of RiskError: "The deposit would raise the pool above its cap."
            => "Deposit less.";
        6654 BorrowCapExceeded of RiskError: "The withdrawal would raise the loans of all accounts above their cap."
            => "Borrow less, or wait until loans are repaid.";
    }
    Governance {
        6700 ChangeNumberMismatch: "The number is not that of the pending change, or not one more than the \
            exchange's last."
            => "Read it and sign again.";
        6701 ChangeTooEarly: "The timelock of the change has not passed."
            => "Wait for it.";
        6702 ChangeExpired: "The change can no longer be carried out."
            => "Propose it again.";
        6703 ChangeStale: "The values that the change replaces have changed since."
            => "Propose it again.";
        6704 ChangeNotTighter: "A value would become looser or has no tight side."
            => "Propose the change instead.";
        6705 ChangeEmpty: "The change replaces nothing."
            => "Name a value that differs.";
        6706 ChangeTargetMismatch: "The asset is not the one that the change names, or it names none."
            => "Pass the asset that it names.";
        6707 ChangeNeedsInstruction: "The change needs accounts of its own."
            => "Use create_asset for a listing; pass both feeds for another feed.";
        6708 TimelockOutOfBounds of RiskError;
        6709 RoleHolderInvalid: "The role would be given to the default key."
            => "Name a key.";
        6710 RoleOfferImposed: "Governance has offered the role to another holder; its holder cannot take that back."
            => "Have governance propose another holder.";
        6720 AssetWindingDown: "The asset is being wound down."
            => "Only reduce its positions.";
        6721 AssetSettled: "The market has ended."
            => "Settle the position.";
        6722 FeedNotDead: "A price was read from the feed since the change was proposed."
            => "Wind the asset down instead.";
        6723 AssetNotWindingDown: "The asset is not being wound down."
            => "Propose that first.";
        6724 SettlementTooEarly: "Prices count towards the settlement only from 24 hours before positions can be \
            settled."
            => "Wait until then.";
        6725 SettlementPriceTooSoon: "The last price that counts towards the settlement is less than a minute old."
            => "Pass a later one.";
        6726 AssetNotSettled: "The market has not ended; its positions are closed by trading."
            => "Trade, or wait for the end of the market.";
        6727 NoPositionToSettle: "The account has no position in the asset."
            => "Name an account that has one.";
        6728 FeedsDisagree: "The prices of the old and the new feed are further apart than the band."
            => "Wait until they agree, or propose another feed.";
        6729 FeedNotSilent: "The old feed gives no price that can be traded on, and gave one within the last hour."
            => "Pass its newest price.";
        6730 PayoutCapExceeded: "The cap of what is paid out in 24 hours would be exceeded."
            => "Ask for less or wait.";
        6731 PayoutTooLarge: "The pool's own ledger or the insurance fund does not hold that much of it."
            => "Sweep, or ask for less.";
    }
    Arithmetic {
        6950 Overflow of RiskError: "An amount is outside the range the program can hold."
            => "Use smaller amounts.";
        6960 InvariantBroken: "The books of an account would contradict themselves, so nothing was done."
            => "Report it.";
    }
}
