//! Events of a transaction: those of governance from the calls that the program makes to itself, all others from the
//! log.
//!
//! A log has 10,000 bytes per transaction. What no longer fits is dropped, and what is smaller and comes later is kept
//! again: whoever builds a transaction can push events out of its log. Then [`Told::is_truncated`], and what happened
//! is to be read from the accounts: `MarginAccount`, `Asset`, `Exchange` and `Pool` count their events
//! (`event_sequence`), so that a gap is seen later too. A call is never dropped.
use anchor_lang::{AnchorDeserialize, Discriminator, prelude::Pubkey};
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard::event_log::EVENT_TAG;
use freeboard::events::{
    AbsenceAnnounced, AccountFlagged, AccountLiquidated, AccountSliced, AssetCreated,
    BankruptcyResolved, Borrowed, CallerRewarded, ChangeCancelled, ChangeProposed, DelegateChanged,
    Deposited, ExchangeInitialized, FeedMigrated, ImpliedVolatilityIgnored, ImpliedVolatilityShown,
    LiquidityCancelled, LiquidityExecuted, LiquidityRequested, LossSettled, MarginAccountClosed,
    MarginAccountOpened, MarginCalled, MarketSettled, OrderCancelled, OrderRequested, PaidOut,
    ParametersChanged, PauseChanged, PoolFunded, PoolRebalanced, PoolSwept, PositionChanged,
    PositionDeleveraged, PositionSettled, PriceShown, RoleAccepted, RoleOffered,
    SettlementPriceRecorded, VolatilitySampled, WindDownAnnounced, Withdrawn, WithdrawnProRata,
};

/// Declares the sum of all events and its decoder, so that the two agree.
macro_rules! events {
    ($($name:ident,)*) => {
        /// An event of the program.
        #[allow(clippy::large_enum_variant)]
        pub enum Event {
            $(
                #[doc = concat!("See [`freeboard::events::", stringify!($name), "`].")]
                $name($name),
            )*
        }

        impl std::fmt::Debug for Event {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$name(_) => stringify!($name),)*
                })
            }
        }

        impl Event {
            /// The event in the bytes of one log entry; none if they are something else.
            pub fn decode(bytes: &[u8]) -> Option<Self> {
                $(if let Some(mut body) = bytes.strip_prefix($name::DISCRIMINATOR) {
                    return $name::deserialize(&mut body).ok().map(Self::$name);
                })*
                None
            }
        }
    };
}

events! {
    AbsenceAnnounced,
    AccountFlagged,
    AccountLiquidated,
    AccountSliced,
    AssetCreated,
    BankruptcyResolved,
    Borrowed,
    CallerRewarded,
    ChangeCancelled,
    ChangeProposed,
    DelegateChanged,
    Deposited,
    ExchangeInitialized,
    FeedMigrated,
    ImpliedVolatilityIgnored,
    ImpliedVolatilityShown,
    LiquidityCancelled,
    LiquidityExecuted,
    LiquidityRequested,
    LossSettled,
    MarginAccountClosed,
    MarginAccountOpened,
    MarginCalled,
    MarketSettled,
    OrderCancelled,
    OrderRequested,
    PaidOut,
    ParametersChanged,
    PauseChanged,
    PoolFunded,
    PoolRebalanced,
    PoolSwept,
    PositionChanged,
    PositionDeleveraged,
    PositionSettled,
    PriceShown,
    RoleAccepted,
    RoleOffered,
    SettlementPriceRecorded,
    VolatilitySampled,
    WindDownAnnounced,
    Withdrawn,
    WithdrawnProRata,
}

/// What a transaction has told.
#[derive(Debug, Default)]
pub struct Told {
    /// The program's events: those of the log in order, then those of calls in order.
    pub events: Vec<Event>,
    /// The log was full: events may be missing.
    pub is_truncated: bool,
}

/// The line that a log ends with which was full, but for what came later and still fitted.
const TRUNCATED: &str = "Log truncated";

/// The program's events in a transaction's log and in the calls that were made within it, each the program called and
/// the call's data, as a cluster tells them (`meta.logMessages`, `meta.innerInstructions`).
pub fn of_transaction<'a, S: AsRef<str>>(
    logs: &[S],
    calls: impl IntoIterator<Item = (Pubkey, &'a [u8])>,
) -> Told {
    let mut told = from_logs(logs);
    let own = |(program, data): (Pubkey, &'a [u8])| {
        let event = data
            .strip_prefix(EVENT_TAG)
            .filter(|_| program == freeboard::ID);
        event.and_then(Event::decode)
    };
    told.events.extend(calls.into_iter().filter_map(own));
    told
}

/// The program's events in the log of one transaction, in order; none of governance, see [`of_transaction`]. Data
/// that another program has logged does not count, whatever it looks like, nor anything after the line that says that
/// the log was full: whose it is cannot be told there.
pub fn from_logs<S: AsRef<str>>(logs: &[S]) -> Told {
    let program = freeboard::ID.to_string();
    let mut stack: Vec<&str> = Vec::new();
    let mut told = Told::default();
    for line in logs.iter().map(AsRef::as_ref) {
        if line == TRUNCATED {
            told.is_truncated = true;
            break;
        }
        if let Some(data) = line.strip_prefix("Program data: ") {
            let bytes = BASE64_STANDARD.decode(data).unwrap_or_default();
            let own = stack.last() == Some(&program.as_str());
            told.events
                .extend(own.then(|| Event::decode(&bytes)).flatten());
            continue;
        }
        let Some((name, rest)) = line
            .strip_prefix("Program ")
            .and_then(|l| l.split_once(' '))
        else {
            continue;
        };
        if rest.starts_with("invoke [") {
            stack.push(name);
        } else if rest == "success" || rest.starts_with("failed") {
            stack.pop();
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard::events::{RoleAccepted, Stamp};

    fn accepted(slot: u64) -> Vec<u8> {
        let key = Pubkey::new_from_array([7; 32]);
        let event = RoleAccepted {
            stamp: Stamp {
                key,
                sequence: 1,
                slot,
                ts: 0,
            },
            role: freeboard::state::Role::Guardian,
            before: key,
            after: key,
        };
        anchor_lang::Event::data(&event)
    }

    fn lines(program: Pubkey, data: &[u8]) -> Vec<String> {
        vec![
            format!("Program {program} invoke [1]"),
            format!("Program data: {}", BASE64_STANDARD.encode(data)),
            format!("Program {program} success"),
        ]
    }

    fn slots(told: &Told) -> Vec<u64> {
        let slot = |event: &Event| match event {
            Event::RoleAccepted(event) => event.stamp.slot,
            other => panic!("{other:?}"),
        };
        told.events.iter().map(slot).collect()
    }

    #[test]
    fn a_full_log_is_reported_and_nothing_after_it_counts() {
        let mut log = lines(freeboard::ID, &accepted(1));
        log.push(format!("Program {} invoke [1]", freeboard::ID));
        log.push(TRUNCATED.to_owned());
        // The line that would have said that another program speaks was dropped.
        log.push(format!(
            "Program data: {}",
            BASE64_STANDARD.encode(accepted(2))
        ));
        let told = from_logs(&log);
        assert!(told.is_truncated);
        assert_eq!(slots(&told), [1]);
    }

    #[test]
    fn a_program_cannot_say_that_the_log_was_full() {
        let mut log = vec![format!("Program log: {TRUNCATED}")];
        log.extend(lines(freeboard::ID, &accepted(1)));
        let told = from_logs(&log);
        assert!(!told.is_truncated);
        assert_eq!(slots(&told), [1]);
    }

    #[test]
    fn calls_count_if_the_program_itself_was_called() {
        let own = [EVENT_TAG, &accepted(1)].concat();
        let untagged = accepted(3);
        let calls = [
            (freeboard::ID, own.as_slice()),
            (Pubkey::new_from_array([9; 32]), own.as_slice()),
            (freeboard::ID, untagged.as_slice()),
        ];
        let log = lines(Pubkey::new_from_array([9; 32]), &accepted(4));
        assert_eq!(slots(&of_transaction(&log, calls)), [1]);
    }
}
