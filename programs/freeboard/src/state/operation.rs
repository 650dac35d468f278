//! Operations that can be paused, for how long, and what an exchange keeps of a pause (model §8).
use anchor_lang::prelude::*;

/// Operations that can be paused.
pub const OPERATIONS: usize = 10;
const HOUR: i64 = 3_600;

/// Operations that can be paused, each on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum Operation {
    /// Opening margin accounts.
    OpenAccount,
    /// Deposits of quote and collateral.
    Deposit,
    /// Withdrawals of quote and collateral.
    Withdraw,
    /// Trades that open, increase or flip a position.
    Increase,
    /// Trades that only reduce a position.
    Reduce,
    /// flag and liquidate.
    Liquidate,
    /// Volatility samples.
    Sample,
    /// Creating assets.
    CreateAsset,
    /// LP deposits.
    DepositLiquidity,
    /// LP redemptions.
    RedeemLiquidity,
}

const _: () = assert!(Operation::RedeemLiquidity as usize + 1 == OPERATIONS);

impl Operation {
    /// All of them, in the order of the exchange's pauses.
    pub const ALL: [Self; OPERATIONS] = [
        Self::OpenAccount,
        Self::Deposit,
        Self::Withdraw,
        Self::Increase,
        Self::Reduce,
        Self::Liquidate,
        Self::Sample,
        Self::CreateAsset,
        Self::DepositLiquidity,
        Self::RedeemLiquidity,
    ];

    /// Longest pause, seconds: 30 min for what protects users, else 6 h.
    pub const fn longest_pause_secs(self) -> i64 {
        match self {
            Self::Deposit | Self::Reduce | Self::Liquidate => HOUR / 2,
            _ => 6 * HOUR,
        }
    }

    /// From the start of a pause until the next may start: 24 h for what protects users, else 12 h, twice the
    /// longest pause, also after a shorter one: of any 24 hours at least 12 are open.
    pub const fn pause_interval_secs(self) -> i64 {
        match self {
            Self::Deposit | Self::Reduce | Self::Liquidate => 24 * HOUR,
            _ => 12 * HOUR,
        }
    }
}

/// When an operation is paused, and when it may be paused again.
#[zero_copy]
#[derive(Debug, Default)]
pub struct Pause {
    /// Paused while the clock is below this, unix seconds. Written by pause.
    pub until_ts: i64,
    /// No new pause before this, unix seconds. Written by pause.
    pub next_pause_ts: i64,
}
