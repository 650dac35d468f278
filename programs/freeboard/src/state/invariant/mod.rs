//! What holds of an account after every instruction: relations between its own fields, for which no other account is
//! needed. What several accounts must agree on, the test harness sums up (property P6).
//!
//! `invariant` names the first clause that an account breaks. Instructions with compute units to spare end with it, the
//! test harness asks it of every account that a transaction has written. `parameters_invariant`, of the exchange and of
//! an asset, compares parameters with their bounds and their binary form: too many compute units for an instruction,
//! and what changes parameters checks the same beforehand.
mod asset;
mod exchange;
mod margin_account;
mod pool;

use crate::error::{FreeboardError, OrRaise};
use anchor_lang::prelude::*;

macro_rules! clauses {
    ($($(#[$doc:meta])* $clause:ident,)*) => {
        /// A relation between fields of one account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Clause {
            $($(#[$doc])* $clause,)*
        }

        impl Clause {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$clause,)*];
        }
    };
}

clauses! {
    /// The layout is the one that this program writes.
    LayoutVersion,
    /// Bytes that are kept for later layouts are zero.
    ReservedIsZero,
    /// Exchange: at most 24 assets and 16 scenarios.
    ExchangeCounts,
    /// Exchange: all assets together may take at most the whole pool.
    PoolSharesWhole,
    /// Exchange: a timelock of 24 hours to 30 days.
    TimelockBounds,
    /// Exchange: at most $1 M is paid out in 24 hours.
    PayoutCap,
    /// Exchange: no pause is longer than its operation allows.
    PauseLength,
    /// Exchange: an offer that governance has decided is of a role, to somebody.
    OfferImposed,
    /// Exchange: a loan never shrinks with time.
    BorrowIndex,
    /// Exchange: portfolio, liquidation, pool and scenarios are within their bounds.
    ExchangeBounds,
    /// Exchange: the binary forms are those of portfolio and scenarios.
    ExchangeWords,
    /// Pool: shares and escrows exist.
    PoolShares,
    /// Pool: insurance, fees, allocations and known bad debt are not below zero.
    PoolBooks,
    /// Pool: the deficit is at least what the value is below zero, and has a beginning exactly while there is one.
    PoolDeficit,
    /// Asset: index, kind of feed and status are known ones.
    AssetKinds,
    /// Asset: cash, insurance, fees and allocation are not below zero.
    AssetBooks,
    /// Asset: collateral has a mint and a vault, or there is none; of it insurance owns at most all, and at most the rest
    /// counts.
    AssetCollateral,
    /// Asset: the least that the vault held on a day is at most what it holds.
    AssetOutflow,
    /// Asset: without positions nothing was paid for them and no funding is owed.
    AssetWithoutPositions,
    /// Asset: the larger side pays funding; nobody does when they are even, or once the market has ended.
    AssetFunding,
    /// Asset: what a trade accepts is no newer than the recorded price, and that no newer than what was shown.
    AssetPrices,
    /// Asset: exceedances are at most the windows, and the open window began at a price that was shown, or there is none.
    AssetExceedances,
    /// Asset: implied volatility has the fields of its source alone, and lapses.
    AssetImplied,
    /// Asset: at most half of L is cut, and without a reference nothing is measured and all of it counts.
    AssetTurnover,
    /// Asset: the end of a market is set when it winds down, and only then prices are counted.
    AssetEnding,
    /// Asset: what winners owe ends no earlier than it begins.
    AssetWinnersOwe,
    /// Asset: parameters, oracle limits and market are within their bounds, and volatility within its format.
    AssetBounds,
    /// Margin account: events and orders are numbered from the slot in which it was opened.
    AccountNumbers,
    /// Margin account: a position slot holds a position, or nothing at all.
    PositionSlot,
    /// Margin account: one position per asset.
    PositionTwice,
    /// Margin account: what a position has cost has the sign of its size.
    PositionCost,
    /// Margin account: a collateral slot holds a balance, of which at most all does not count or came in lately, or nothing
    /// at all.
    CollateralSlot,
    /// Margin account: one collateral balance per asset.
    CollateralTwice,
    /// Margin account: an order slot holds an order of this account with a life, or nothing at all.
    OrderSlot,
    /// Margin account: no two orders have one number.
    OrderTwice,
    /// Margin account: an order of the delegate waits only while there is one.
    OrderOfDelegate,
    /// Margin account: no flag, no time of one.
    FlagTimes,
    /// Margin account: a margin call stands or does not.
    CallMark,
    /// Margin account: an account that no price can change has no flag and no margin call.
    FlagOfIdle,
    /// Margin account: what it is below zero is not below zero, and a charge for it names a market.
    AccountBadDebt,
    /// Margin account: a loan has been settled at some borrow index.
    AccountLoanIndex,
    /// Margin account: what was closed in a window was closed since its start.
    AccountWindow,
}

/// What an account says of itself: nothing, or the first clause that it breaks.
pub type Kept = core::result::Result<(), Clause>;

#[inline(always)]
const fn keep(holds: bool, clause: Clause) -> Kept {
    if holds { Ok(()) } else { Err(clause) }
}

/// Ends an instruction on accounts that contradict themselves.
pub trait OrUndo {
    /// Errors: `InvariantBroken`.
    fn or_undo(self) -> Result<()>;
}

impl OrUndo for Kept {
    #[inline(always)]
    fn or_undo(self) -> Result<()> {
        self.or_raise(FreeboardError::InvariantBroken)
    }
}
