//! What a keeper is told: a TOML file, and the environment above it. An unknown key is refused, and every value is
//! checked before anything is sent.
//!
//! `FREEBOARD_KEEPER_URL` overrides `url`, `FREEBOARD_KEEPER_FEES__PERCENTILE` the key `percentile` of `[fees]`.
mod node;
mod sections;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail, ensure};
use config::{Config, Environment, File, FileFormat, Source, Value, ValueKind};
use freeboard_client::freeboard::state::MAX_ASSETS;
use humantime_serde::re::humantime::format_duration;
use serde::{Deserialize, Deserializer};

use crate::{identity, telemetry};

pub use sections::{
    DutySwitches, FeeChoice, FeeConfig, HttpConfig, LiquidateConfig, LogConfig, LogFormat,
    SweepConfig, Timing,
};

/// Begins the name of each variable of the environment.
const PREFIX: &str = "FREEBOARD_KEEPER";
/// Accounts that flag_several and liquidate_several take.
const MOST_PER_TRANSACTION: u32 = 64;

/// The longest time between two scans, and the longest of all other times: with more it would be no keeper.
const LONGEST_SCAN: Duration = Duration::from_secs(86_400);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

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
    /// The file of the key that pays and that owns the margin account; a relative one of a configuration file is beside it.
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
    /// Version of the transactions: 0 or 1. What 0 does not hold goes as 1.
    #[serde(default)]
    pub transaction_version: u8,
    /// Makes a lookup table for version 0 where there is none, and extends it where assets have come.
    #[serde(default = "default_make_lookup_table")]
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

const fn default_make_lookup_table() -> bool {
    true
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

/// No key takes a fraction. The library would round it: 99.5 to 100, `nan` to 0, 1e30 to the largest number there is.
fn refuse_fractions(key: &str, value: &Value) -> Result<()> {
    match &value.kind {
        ValueKind::Float(fraction) => bail!("{key} is {fraction}; take a whole number"),
        ValueKind::Table(table) => table
            .iter()
            .try_for_each(|(name, value)| refuse_fractions(&format!("{key}.{name}"), value)),
        _ => Ok(()),
    }
}

/// What a file says, a relative `keypair` counted from the file's folder: a keeper is started in any.
///
/// Errors: a file that cannot be read.
fn file_source(path: &Path) -> Result<Config> {
    let source = File::from(path).format(FileFormat::Toml);
    let file = Config::builder().add_source(source).build()?;
    let Ok(keypair) = file.get_string("keypair") else {
        return Ok(file); // the environment or an argument may say it
    };
    let keypair = path.with_file_name(keypair); // an absolute one replaces the folder
    let beside = keypair.display().to_string();
    let builder = Config::builder().add_source(file);
    Ok(builder.set_override("keypair", beside)?.build()?)
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
        let mut builder = Config::builder();
        if let Some(path) = file {
            builder = builder.add_source(file_source(path)?);
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
        for (key, value) in read.collect()? {
            refuse_fractions(&key, &value)?;
        }
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
        node::require_url("url", &identity::url_of(&self.url), ["http", "https"])?;
        if let Some(ws_url) = &self.ws_url {
            node::require_url("ws_url", ws_url, ["ws", "wss"])?;
        }
        telemetry::filter(&self.log)?;
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
            ensure!(
                index < MAX_ASSETS,
                "feeds.{index}: an exchange has at most {MAX_ASSETS} assets, the first has index 0"
            );
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
        for (key, span, most) in [
            ("timing.scan_every", self.scan_every, LONGEST_SCAN),
            ("timing.poll_every", self.poll_every, LONGEST_PAUSE),
            ("timing.send_timeout", self.send_timeout, LONGEST_PAUSE),
            ("timing.retry_after", self.retry_after, LONGEST_PAUSE),
            ("timing.retry_at_most", self.retry_at_most, LONGEST_PAUSE),
        ] {
            ensure!(!span.is_zero(), "{key} is 0; take a millisecond or more");
            ensure!(
                span <= most,
                "{key} is {}; take at most {}. `1m` is a minute, `1M` a month",
                format_duration(span),
                format_duration(most)
            );
        }
        ensure!(
            self.retry_at_most >= self.retry_after,
            "timing.retry_at_most is below timing.retry_after; take at least {}",
            format_duration(self.retry_after)
        );
        ensure!(
            self.most_in_flight > 0,
            "timing.most_in_flight is 0; nothing would ever be sent"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests;
