//! What a keeper is told: a TOML file, and the environment above it. An unknown key is refused, and every value is
//! checked before anything is sent.
//!
//! `FREEBOARD_KEEPER_URL` overrides `url`, `FREEBOARD_KEEPER_FEES__PERCENTILE` the key `percentile` of `[fees]`.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail, ensure};
use config::{Environment, File, FileFormat};
use serde::{Deserialize, Deserializer};

use crate::job::Duty;

/// Begins the name of each variable of the environment.
const PREFIX: &str = "FREEBOARD_KEEPER";
/// Compute units of a transaction's margin accounts: what is left of 1,400,000 is for what the estimate misses.
const MOST_PER_TRANSACTION: u32 = 64;

/// Everything that a keeper is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeeperConfig {
    /// The exchange that it keeps.
    #[serde(deserialize_with = "address")]
    pub exchange: Pubkey,
    /// The node's RPC: a URL, or one of Solana's names for a cluster.
    pub url: String,
    /// The node's WebSocket, where it does not follow from the URL.
    #[serde(default)]
    pub ws_url: Option<String>,
    /// The file of the key that pays and that owns the margin account.
    pub keypair: PathBuf,
    /// Number of the keeper's own margin account.
    #[serde(default)]
    pub sub_account: u16,
    /// `processed`, `confirmed` or `finalized`: which state is read, and when a transaction counts as done.
    #[serde(default = "default_commitment")]
    pub commitment: String,
    /// Decides and simulates, and sends nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Version of the transactions: 0 or 1.
    #[serde(default)]
    pub transaction_version: u8,
    /// Makes a lookup table for version 0 where there is none.
    #[serde(default)]
    pub make_lookup_table: bool,
    /// Rhythms.
    #[serde(default)]
    pub timing: Timing,
    /// Which duties it does.
    #[serde(default)]
    pub duties: DutySwitches,
    /// How it closes accounts.
    #[serde(default)]
    pub liquidate: LiquidateConfig,
    /// When it moves cash between ledgers.
    #[serde(default)]
    pub sweep: SweepConfig,
    /// What it pays for being early.
    #[serde(default)]
    pub fees: FeeConfig,
    /// What it writes.
    #[serde(default)]
    pub log: LogConfig,
    /// Where it answers.
    #[serde(default)]
    pub http: HttpConfig,
    /// Price accounts by asset index, where they are not the usual ones.
    #[serde(default)]
    pub feeds: BTreeMap<String, String>,
}

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

/// How the priority fee is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeeChoice {
    /// None is paid.
    None,
    /// The same for each unit.
    Fixed,
    /// What others paid lately for the same accounts.
    Recent,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
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

fn default_commitment() -> String {
    "confirmed".to_owned()
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Pubkey, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("{text:?} is no address; give 32 bytes in base58"))
    })
}

impl KeeperConfig {
    /// Reads the file, if one is named, the environment above it and `arguments`, a key and a value each, above both, and
    /// checks every value.
    ///
    /// Errors: a file that cannot be read, an unknown key, a value outside its bounds; each names the key.
    pub fn read(file: Option<&Path>, arguments: &[(&str, String)]) -> Result<Self> {
        Self::read_with(file, Environment::with_prefix(PREFIX), arguments)
    }

    /// The same with this environment.
    ///
    /// Errors: those of [`Self::read`].
    pub fn read_with(
        file: Option<&Path>,
        environment: Environment,
        arguments: &[(&str, String)],
    ) -> Result<Self> {
        let mut builder = config::Config::builder();
        if let Some(path) = file {
            builder = builder.add_source(File::from(path).format(FileFormat::Toml));
        }
        let environment = environment
            .prefix_separator("_")
            .separator("__")
            .ignore_empty(true)
            .try_parsing(true);
        builder = builder.add_source(environment);
        for (key, value) in arguments {
            builder = builder.set_override(key, value.as_str())?;
        }
        let read = builder.build()?;
        let told: Self = read.try_deserialize().context(
            "the configuration cannot be read; app/keeper/keeper.example.toml explains every key",
        )?;
        told.validate()?;
        Ok(told)
    }

    /// Refuses values that cannot be meant.
    fn validate(&self) -> Result<()> {
        let known = ["processed", "confirmed", "finalized"];
        if !known.contains(&self.commitment.as_str()) {
            bail!(
                "commitment is {:?}; take one of {}",
                self.commitment,
                known.join(", ")
            );
        }
        ensure!(
            self.transaction_version <= 1,
            "transaction_version is {}; take 0 or 1",
            self.transaction_version
        );
        self.timing.validate()?;
        for (key, percent) in [
            ("fees.percentile", self.fees.percentile),
            (
                "fees.most_percent_of_reward",
                self.fees.most_percent_of_reward,
            ),
            (
                "liquidate.renew_after_percent",
                self.liquidate.renew_after_percent,
            ),
        ] {
            ensure!(percent <= 100, "{key} is {percent}; take 0 to 100 percent");
        }
        for (key, most) in [
            ("liquidate.most_flags", self.liquidate.most_flags),
            (
                "liquidate.most_liquidations",
                self.liquidate.most_liquidations,
            ),
        ] {
            ensure!(
                (1..=MOST_PER_TRANSACTION).contains(&most),
                "{key} is {most}; a transaction takes 1 to {MOST_PER_TRANSACTION} accounts"
            );
        }
        ensure!(
            self.fees.quote_atoms_per_sol > 0,
            "fees.quote_atoms_per_sol is 0; give what a SOL is worth"
        );
        self.pinned_feeds().map(|_| ())
    }

    /// Price accounts by asset index.
    ///
    /// Errors: a key that is no index, a value that is no address.
    pub fn pinned_feeds(&self) -> Result<BTreeMap<u16, Pubkey>> {
        let one = |(index, address): (&String, &String)| -> Result<(u16, Pubkey)> {
            let parsed = index.parse();
            let index =
                parsed.with_context(|| format!("feeds.{index}: the key is an asset's index"))?;
            let parsed = address.parse();
            let address =
                parsed.with_context(|| format!("feeds.{index}: {address:?} is no address"))?;
            Ok((index, address))
        };
        self.feeds.iter().map(one).collect()
    }
}

impl Timing {
    fn validate(&self) -> Result<()> {
        for (key, span) in [
            ("timing.scan_every", self.scan_every),
            ("timing.poll_every", self.poll_every),
            ("timing.send_timeout", self.send_timeout),
            ("timing.retry_after", self.retry_after),
        ] {
            ensure!(!span.is_zero(), "{key} is 0; take a millisecond or more");
        }
        ensure!(
            self.retry_at_most >= self.retry_after,
            "timing.retry_at_most is below timing.retry_after; take at least {}",
            humantime_serde::re::humantime::format_duration(self.retry_after)
        );
        ensure!(
            self.most_in_flight > 0,
            "timing.most_in_flight is 0; nothing would ever be sent"
        );
        Ok(())
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
