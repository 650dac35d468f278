//! Events from transaction logs.
use anchor_lang::{AnchorDeserialize, Discriminator};
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard::events::{
    AbsenceAnnounced, AccountFlagged, AccountLiquidated, AssetCreated, BankruptcyResolved,
    Borrowed, ChangeCancelled, ChangeProposed, DelegateChanged, Deposited, ExchangeInitialized,
    FeedMigrated, LiquidityCancelled, LiquidityExecuted, LiquidityOpened, LiquidityRequested,
    LossSettled, MarginAccountClosed, MarginAccountOpened, MarketSettled, OrderCancelled,
    OrderRequested, ParametersChanged, PauseChanged, PoolFunded, PoolRebalanced, PoolSwept,
    PositionChanged, PositionDeleveraged, PositionSettled, PriceShown, RoleAccepted, RoleOffered,
    SettlementPriceRecorded, VolatilitySampled, WindDownAnnounced, Withdrawn, WithdrawnProRata,
};

/// Declares the sum of all events and its decoder, so that the two agree.
macro_rules! events {
    ($($name:ident,)*) => {
        /// An event of the program.
        #[allow(missing_docs)] // each is documented where it is declared
        #[allow(clippy::large_enum_variant)]
        pub enum Event {
            $($name($name),)*
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
    AssetCreated,
    BankruptcyResolved,
    Borrowed,
    ChangeCancelled,
    ChangeProposed,
    DelegateChanged,
    Deposited,
    ExchangeInitialized,
    FeedMigrated,
    LiquidityCancelled,
    LiquidityExecuted,
    LiquidityOpened,
    LiquidityRequested,
    LossSettled,
    MarginAccountClosed,
    MarginAccountOpened,
    MarketSettled,
    OrderCancelled,
    OrderRequested,
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

/// The program's events in the logs of one transaction, in order. Data that another program has
/// logged does not count, whatever it looks like.
pub fn from_logs<S: AsRef<str>>(logs: &[S]) -> Vec<Event> {
    let program = freeboard::ID.to_string();
    let mut stack: Vec<&str> = Vec::new();
    let mut events = Vec::new();
    for line in logs.iter().map(AsRef::as_ref) {
        if let Some(data) = line.strip_prefix("Program data: ") {
            let bytes = BASE64_STANDARD.decode(data).unwrap_or_default();
            let own = stack.last() == Some(&program.as_str());
            events.extend(own.then(|| Event::decode(&bytes)).flatten());
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
    events
}
