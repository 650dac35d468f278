//! The command line.
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use freeboard_sim::Date;

use crate::online::arguments::{NetworkOptions, OnlineCommand, OnlineParamsCommand};

/// Freeboard: the margin model on cases and on history, and an exchange on a cluster.
///
/// Exit status: 0 done; 1 wrong input; 2 wrong command line; 3 refused by the program or its simulation; 4 the cluster
/// does not answer; 5 sent, outcome unknown; 6 not confirmed; 7 another cluster, exchange or program than meant; 8 the
/// doctor found something that fails.
#[derive(Parser)]
#[command(name = "freeboard", version)]
pub struct Arguments {
    #[command(flatten)]
    pub network: NetworkOptions,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Answer margin cases: JSON on standard input, JSON on standard output
    Margin {
        /// One case per line, one answer per line
        #[arg(long)]
        lines: bool,
    },
    /// Answer volatility cases: JSON on standard input, JSON on standard output
    Vol {
        /// One case per line, one answer per line
        #[arg(long)]
        lines: bool,
    },
    /// Replay history: coverage, tests, procyclicality, late liquidations, beside three baselines
    Backtest(BacktestOptions),
    /// Fit parameters to history and write them with the evidence, as a parameter file
    Calibrate(CalibrateOptions),
    #[command(flatten)]
    Online(OnlineCommand),
    /// Parameter files, and the parameters of a running exchange
    Params {
        #[command(subcommand)]
        command: ParamsCommand,
    },
    /// Say what an error means: Freeboard's, Anchor's or a token program's
    Error(ErrorOptions),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

#[derive(Subcommand)]
pub enum ParamsCommand {
    /// Check a parameter file against the hard bounds
    Check {
        /// The file
        file: PathBuf,
    },
    /// Say what waits to be carried out, field by field, and what runs already
    Diff(DiffOptions),
    /// Say what a change would do to every margin account, at once and once every ramp has ended
    Simulate(SimulateOptions),
    #[command(flatten)]
    Online(OnlineParamsCommand),
}

#[derive(Args)]
pub struct ErrorOptions {
    /// Number (6402 or 0x1902) or name; without it all are listed
    pub error: Option<String>,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DiffOptions {
    /// Folder of account dumps, each as `solana account ADDRESS --output json` writes it; without it the cluster is asked
    #[arg(long = "accounts", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// The time that is taken for now, unix seconds; without it the clock of this machine, or of the chain
    #[arg(long, value_name = "UNIX")]
    pub now: Option<i64>,
}

#[derive(Args)]
pub struct SimulateOptions {
    /// The dump of a pending change (.json), or changes as TOML; see docs/governance.md
    pub file: PathBuf,
    /// Folder of account dumps, each as `solana account ADDRESS --output json` writes it; without it the cluster is asked
    #[arg(long = "accounts", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// When the change is carried out, unix seconds; without it when the newest price was published, or by the clock of
    /// the chain
    #[arg(long, value_name = "UNIX")]
    pub now: Option<i64>,
}

/// Where prices come from.
#[derive(Args)]
pub struct PriceArguments {
    /// Folder of price files, {ASSET}USDT_{market}_{1h|5m|1m}_{span}.csv.gz
    #[arg(long, value_name = "DIR")]
    pub prices: PathBuf,
    /// Assets, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "BTC,ETH,SOL")]
    pub assets: Vec<String>,
}

#[derive(Args)]
pub struct BacktestOptions {
    #[command(flatten)]
    pub prices: PriceArguments,
    /// Parameter file; without it the defaults of this version
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// What the run fits itself sees no price after this day begins; not later than --test-from
    #[arg(long, value_name = "DATE", default_value = "2022-01-01")]
    pub fit_until: Date,
    /// Margins are judged from this day on
    #[arg(long, value_name = "DATE", default_value = "2022-01-01")]
    pub test_from: Date,
    /// Random books of each kind
    #[arg(long, default_value_t = 30)]
    pub books: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print the result as JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Where the page goes
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/backtest/index.html"
    )]
    pub html: PathBuf,
}

#[derive(Args)]
pub struct CalibrateOptions {
    #[command(flatten)]
    pub prices: PriceArguments,
    /// Parameter file that everything not fitted comes from; without it the defaults of this version
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// Look at no price from this day on
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Write the file here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
