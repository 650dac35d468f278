//! What became of a job, and what that means: that somebody else was first is no failure.
use anchor_lang::prelude::Pubkey;
use freeboard_client::errors::{FreeboardError, explain};
use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

/// A transaction that landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandedJob {
    /// Its signature.
    pub signature: String,
    /// Its slot.
    pub slot: u64,
    /// Compute units.
    pub units: u64,
    /// What it cost, lamports.
    pub fee_lamports: u64,
    /// What it was done for, as its events tell: accounts flagged or liquidated; none where they are not known.
    pub done: Option<Vec<Pubkey>>,
    /// What it earned, quote atoms, as its events tell.
    pub reward_atoms: u64,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It landed.
    Landed(LandedJob),
    /// It would have: nothing is sent in a dry run.
    Rehearsed {
        /// Compute units that it took.
        units: u64,
    },
    /// The program or the network refused it; nothing was paid where the simulation did.
    Refused {
        /// The program's number; none for another refusal.
        number: Option<u32>,
        /// In words.
        words: String,
    },
    /// It was sent, and nobody knows whether it landed.
    Unknown {
        /// Its signature.
        signature: String,
    },
    /// It was not sent: the node failed, or the blockhash expired.
    Failed {
        /// A word for metrics.
        kind: &'static str,
        /// In words.
        words: String,
    },
}

/// What an outcome means for the keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// It is done.
    Landed,
    /// It would be done, were this no dry run.
    Rehearsed,
    /// There was nothing left to do: another keeper, or the owner, was first.
    SomebodyElse,
    /// The rules want it later: a price, a grace, a window.
    NotNow,
    /// The rules refuse it, and the keeper did not expect that.
    Refused,
    /// Nobody knows.
    Unknown,
    /// The node failed.
    Failed,
}

impl Meaning {
    /// Its name, in lines and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Landed => "landed",
            Self::Rehearsed => "rehearsed",
            Self::SomebodyElse => "somebody_else",
            Self::NotNow => "not_now",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

impl EncodeLabelValue for Meaning {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), std::fmt::Error> {
        self.name().encode(encoder)
    }
}

/// What is refused because it is done already.
const DONE_ALREADY: [FreeboardError; 18] = [
    FreeboardError::AccountHealthy,
    FreeboardError::NothingToLiquidate,
    FreeboardError::LiquidationSizeZero,
    FreeboardError::OrderNotFound,
    FreeboardError::SampleTooEarly,
    FreeboardError::RequestExecuted,
    FreeboardError::NoDeficit,
    FreeboardError::PoolHasCash,
    FreeboardError::NoLossToSettle,
    FreeboardError::AccountNotBankrupt,
    FreeboardError::SettlementPriceTooSoon,
    FreeboardError::AssetSettled,
    FreeboardError::NoPositionToSettle,
    FreeboardError::ChangeNumberMismatch,
    FreeboardError::ChangeStale,
    FreeboardError::AbsenceAnnounced,
    FreeboardError::FeedNotAbsent,
    FreeboardError::PriceOlderThanRecorded,
];

/// What is refused now and may be accepted later.
const LATER: [FreeboardError; 26] = [
    FreeboardError::OperationPaused,
    FreeboardError::LiquidationGracePeriod,
    FreeboardError::LiquidationWindowExhausted,
    FreeboardError::LiquidationPriceUnusable,
    FreeboardError::NoRelief,
    FreeboardError::RiskNotReduced,
    FreeboardError::PriceStale,
    FreeboardError::PriceFromFuture,
    FreeboardError::PriceFarFromEma,
    FreeboardError::ConfidenceTooWide,
    FreeboardError::PriceStandsStill,
    FreeboardError::PriceNotAfterOrder,
    FreeboardError::LimitPriceExceeded,
    FreeboardError::OrderExpired,
    FreeboardError::InitialMarginNotMet,
    FreeboardError::PositionPriceUnusable,
    FreeboardError::DeleverageScoreTooLow,
    FreeboardError::DeleverageWorsensAccount,
    FreeboardError::PoolValuesApart,
    FreeboardError::LiquidityStopped,
    FreeboardError::PayoutBelowMinimum,
    FreeboardError::RequestTooEarly,
    FreeboardError::RequestExpired,
    FreeboardError::ChangeTooEarly,
    FreeboardError::FeedsDisagree,
    FreeboardError::SettlementTooEarly,
];

/// Anchor's numbers of an account that is gone or has become another: it was closed meanwhile.
const GONE: [u32; 3] = [3_002, 3_007, 3_012];

impl JobOutcome {
    /// What it means.
    pub fn meaning(&self) -> Meaning {
        match self {
            Self::Landed(_) => Meaning::Landed,
            Self::Rehearsed { .. } => Meaning::Rehearsed,
            Self::Refused { number, .. } => number.map_or(Meaning::Refused, meaning_of),
            Self::Unknown { .. } => Meaning::Unknown,
            Self::Failed { .. } => Meaning::Failed,
        }
    }

    /// Whether the program asks for the pool's account.
    pub fn asks_for_pool(&self) -> bool {
        let wanted = u32::from(FreeboardError::PoolAccountMissing);
        matches!(self, Self::Refused { number: Some(number), .. } if *number == wanted)
    }

    /// In words, for a line.
    pub fn words(&self) -> String {
        match self {
            Self::Landed(landed) => landed.signature.clone(),
            Self::Rehearsed { units } => format!("would take {units} compute units"),
            Self::Refused { number, words } => {
                let known = number.and_then(explain);
                known.map_or_else(|| words.clone(), |known| known.to_string())
            }
            Self::Unknown { signature } => format!("{signature}: nobody knows whether it landed"),
            Self::Failed { words, .. } => words.clone(),
        }
    }
}

/// What a refusal by this number means.
fn meaning_of(number: u32) -> Meaning {
    let is_among = |errors: &[FreeboardError]| {
        let mut numbers = errors.iter().map(|error| u32::from(*error));
        numbers.any(|one| one == number)
    };
    if is_among(&DONE_ALREADY) || GONE.contains(&number) {
        Meaning::SomebodyElse
    } else if is_among(&LATER) {
        Meaning::NotNow
    } else {
        Meaning::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(number: u32) -> JobOutcome {
        JobOutcome::Refused {
            number: Some(number),
            words: String::new(),
        }
    }

    #[test]
    fn no_refusal_means_two_things() {
        for one in DONE_ALREADY {
            assert!(!LATER.contains(&one), "{one:?}");
        }
    }

    #[test]
    fn a_refusal_is_understood_by_its_number() {
        for (number, meaning) in [
            (6550, Meaning::SomebodyElse),
            (3012, Meaning::SomebodyElse),
            (6555, Meaning::NotNow),
            (6008, Meaning::Refused),
        ] {
            assert_eq!(refused(number).meaning(), meaning, "{number}");
        }
        assert!(refused(6613).asks_for_pool() && !refused(6550).asks_for_pool());
        assert!(
            refused(6555).words().contains("grace"),
            "{}",
            refused(6555).words()
        );
    }
}
