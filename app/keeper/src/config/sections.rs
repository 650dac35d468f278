//! The sections of a configuration, and what holds where a key is not given.
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::job::Duty;

/// Rhythms. Those of the exchange are counted by the chain's clock; these are the keeper's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// From one full scan to the next.
    #[serde(with = "humantime_serde")]
    pub scan_every: Duration,
    /// From one look at prices and clock to the next, besides those that a subscription tells at once.
    #[serde(with = "humantime_serde")]
    pub poll_every: Duration,
    /// How long a transaction may take to land.
    #[serde(with = "humantime_serde")]
    pub send_timeout: Duration,
    /// The first pause after a refusal or an error; it doubles each time.
    #[serde(with = "humantime_serde")]
    pub retry_after: Duration,
    /// The longest.
    #[serde(with = "humantime_serde")]
    pub retry_at_most: Duration,
    /// Transactions on their way at once.
    pub most_in_flight: usize,
}

/// Which duties it does.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_excessive_bools)] // a switch each
pub struct DutySwitches {
    /// Takes volatility samples.
    pub sample: bool,
    /// Shows prices, and announces feeds that are silent.
    pub show: bool,
    /// Fills orders.
    pub fill: bool,
    /// Moves cash between the ledgers of assets and pool.
    pub sweep: bool,
    /// Executes requests of LPs.
    pub liquidity: bool,
    /// Carries out changes.
    pub changes: bool,
    /// Flags accounts, and renews flags.
    pub flag: bool,
    /// Liquidates.
    pub liquidate: bool,
    /// Settles losses, resolves bankruptcies, deleverages.
    pub losses: bool,
    /// Ends markets and settles their positions.
    pub endings: bool,
}

/// How it closes accounts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidateConfig {
    /// Least profit after fees of a closing, quote atoms.
    pub least_profit_quote_atoms: i64,
    /// Closes also where nothing earns that: a slice as the last resort, an account below zero as it can.
    pub close_unprofitable: bool,
    /// Takes positions over into its own account.
    pub take_positions: bool,
    /// Buys collateral: alone, with a short, or in a slice.
    pub buy_collateral: bool,
    /// The part of a flag's life after which it is renewed, percent.
    pub renew_after_percent: u8,
    /// Accounts in one transaction that flags.
    pub most_flags: u32,
    /// Accounts in one transaction that liquidates.
    pub most_liquidations: u32,
}

/// When it moves cash between ledgers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SweepConfig {
    /// From one rebalancing of the whole pool to the next, by the chain's clock.
    #[serde(with = "humantime_serde")]
    pub rebalance_every: Duration,
    /// Sweeps an asset whose ledger is further than this from its allocation, percent of it.
    pub drift_percent: u8,
    /// The least drift that is worth a sweep, quote atoms.
    pub least_drift_quote_atoms: u64,
}

/// The value of a key that takes one of a few words, upper or lower case alike.
///
/// Errors: another word; it names the key and those that there are.
fn one_of<'de, D: Deserializer<'de>, T: Copy>(
    from: D,
    key: &str,
    known: &[(&str, T)],
) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    let found = known
        .iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let words = words.join(", ");
        serde::de::Error::custom(format!("{key} is {text:?}; take one of {words}"))
    })
}

/// How the priority fee is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeChoice {
    /// None is paid.
    None,
    /// The same for each unit.
    Fixed,
    /// What others paid lately who wrote the pool or an asset.
    Recent,
}

impl<'de> Deserialize<'de> for FeeChoice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let known = [
            ("none", Self::None),
            ("fixed", Self::Fixed),
            ("recent", Self::Recent),
        ];
        one_of(from, "fees.policy", &known)
    }
}

/// What it pays for being early.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeeConfig {
    /// How it is chosen.
    pub policy: FeeChoice,
    /// Of a fixed fee, millionths of a lamport per compute unit.
    pub micro_lamports_per_unit: u64,
    /// Of a recent one: the part of the others that it is not below, percent.
    pub percentile: u8,
    /// Most for one transaction, lamports.
    pub most_lamports: u64,
    /// Most of the reward that is expected, percent. What earns nothing pays at most `most_lamports_unpaid`.
    pub most_percent_of_reward: u8,
    /// Most for a transaction that earns nothing, lamports.
    pub most_lamports_unpaid: u64,
    /// Name of the asset whose price is that of a SOL.
    pub sol_asset: String,
    /// What a SOL counts for where no asset has that name, quote atoms.
    pub quote_atoms_per_sol: u64,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

impl<'de> Deserialize<'de> for LogFormat {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        one_of(
            from,
            "log.format",
            &[("text", Self::Text), ("json", Self::Json)],
        )
    }
}

/// What it writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How.
    pub format: LogFormat,
    /// Which: directives of `tracing`, `info,freeboard_keeper=debug` for example.
    pub filter: String,
}

/// Where it answers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address of `/metrics` and `/healthz`.
    pub listen: SocketAddr,
    /// Least balance of the payer that is healthy, lamports.
    pub least_lamports: u64,
    /// Longest time without a newer slot that is healthy.
    #[serde(with = "humantime_serde")]
    pub slot_age: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            scan_every: Duration::from_secs(60),
            poll_every: Duration::from_secs(1),
            send_timeout: Duration::from_secs(20),
            retry_after: Duration::from_millis(500),
            retry_at_most: Duration::from_secs(30),
            most_in_flight: 64,
        }
    }
}

impl Default for DutySwitches {
    fn default() -> Self {
        Self {
            sample: true,
            show: true,
            fill: true,
            sweep: true,
            liquidity: true,
            changes: true,
            flag: true,
            liquidate: true,
            losses: true,
            endings: true,
        }
    }
}

impl DutySwitches {
    /// Whether this one is done.
    pub const fn does(&self, duty: Duty) -> bool {
        match duty {
            Duty::Sample => self.sample,
            Duty::Show => self.show,
            Duty::Fill => self.fill,
            Duty::Sweep => self.sweep,
            Duty::Liquidity => self.liquidity,
            Duty::Changes => self.changes,
            Duty::Flag => self.flag,
            Duty::Liquidate => self.liquidate,
            Duty::Losses => self.losses,
            Duty::Endings => self.endings,
        }
    }
}

impl Default for LiquidateConfig {
    fn default() -> Self {
        Self {
            least_profit_quote_atoms: 10_000,
            close_unprofitable: true,
            take_positions: false,
            buy_collateral: true,
            renew_after_percent: 50,
            most_flags: 24,
            most_liquidations: 8,
        }
    }
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self {
            rebalance_every: Duration::from_secs(600),
            drift_percent: 20,
            least_drift_quote_atoms: 1_000_000_000,
        }
    }
}

impl Default for FeeConfig {
    fn default() -> Self {
        Self {
            policy: FeeChoice::Recent,
            micro_lamports_per_unit: 1_000,
            percentile: 75,
            most_lamports: 1_000_000,
            most_percent_of_reward: 50,
            most_lamports_unpaid: 10_000,
            sol_asset: "SOL".to_owned(),
            quote_atoms_per_sol: 150_000_000,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            least_lamports: 100_000_000,
            slot_age: Duration::from_secs(10),
        }
    }
}
