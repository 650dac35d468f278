//! Questions about errors, transactions and the state of everything.
use clap::{Args, Subcommand, ValueEnum};

/// What to explain.
#[derive(Args)]
pub struct ExplainOptions {
    /// A number (6402, 0x1902) or name of an error, or the signature of a transaction
    pub what: String,
}

/// Options of the doctor.
#[derive(Args)]
pub struct DoctorOptions {
    /// Address of a keeper's /healthz
    #[arg(long, value_name = "URL")]
    pub keeper_url: Option<String>,
    /// SHA-256 of the program that ought to be there, or the .so file itself
    #[arg(long, value_name = "HASH_OR_FILE")]
    pub program: Option<String>,
}

/// Freeboard's own settings.
#[derive(Subcommand)]
pub enum ConfigCommand {
    /// What is set, and where
    Get,
    /// Set one: `config set exchange ADDRESS`
    Set {
        /// Which
        #[arg(value_enum)]
        name: SettingName,
        /// Its value, or `none`
        value: String,
    },
    /// Pin program and cluster as they are now: another one is refused from then on
    Pin,
}

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SettingName {
    /// Address of the exchange.
    Exchange,
    /// SHA-256 of the program.
    ProgramSha256,
    /// Genesis hash of the cluster.
    Genesis,
    /// Address of a keeper's /healthz.
    KeeperUrl,
}
