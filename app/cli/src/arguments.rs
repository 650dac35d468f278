//! The command line.
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use freeboard_sim::Date;

use crate::margin::MarginOptions;
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
    /// What an account needs and what it costs: a question in one line, or a case in JSON
    Margin(MarginOptions),
    /// Answer volatility cases: JSON of a file or on standard input, JSON on standard output
    Vol {
        /// Case file, `-` for standard input
        #[arg(value_name = "FILE")]
        case: Option<PathBuf>,
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
    /// Check a parameter file, whole or the parts that change, against the hard bounds
    Check(CheckOptions),
    /// Print what trading under a parameter file costs, as Markdown; docs/what-it-costs.md is that of the defaults
    Costs {
        /// The file; without it the defaults of this version
        file: Option<PathBuf>,
    },
    /// Say what waits to be carried out, field by field, and what runs already
    Diff(DiffOptions),
    /// Say what a change would do to every margin account, at once and once every ramp has ended
    Simulate(SimulateOptions),
    #[command(flatten)]
    Online(OnlineParamsCommand),
}

#[derive(Args)]
pub struct CheckOptions {
    /// The file
    pub file: PathBuf,
    /// Whole parameter file that what it lacks comes from; without it the defaults of this version
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// List every bound with the values that it is about
    #[arg(long)]
    pub bounds: bool,
}

#[derive(Args)]
pub struct ErrorOptions {
    /// Number (6402 or 0x1902) or name; without it all are listed
    pub error: Option<String>,
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

/// Which account comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccountOrder {
    /// The hardest hit: liquidatable first, then what is lost of the distance to it
    Hit,
    /// The largest rise of MM in USD
    Rise,
    /// The largest rise of MM as a share of it
    Share,
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
    /// List only accounts that the change makes liquidatable or takes the initial margin of
    #[arg(long)]
    pub affected: bool,
    /// Which account comes first
    #[arg(long, value_enum, default_value = "hit")]
    pub order: AccountOrder,
    /// Print the accounts as CSV: amounts in quote atoms (10^-6 USD)
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
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
    /// Instead of the replay: so many paths from the last close on, with VaR and expected shortfall of books beside their
    /// margins
    #[arg(long, value_name = "PATHS", conflicts_with_all = ["fit_until", "test_from", "books", "html"])]
    pub monte_carlo: Option<usize>,
    /// A position of the book that is simulated: BTC:+2, ETH:-30; without any, standard books of $100,000
    #[arg(
        long = "position",
        value_name = "ASSET:SIZE[@PRICE]",
        requires = "monte_carlo"
    )]
    pub positions: Vec<String>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
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
    /// Add this asset and fit it alone: the rest of the file stays. What is not fitted is that of --like, and marked
    #[arg(
        long = "new",
        value_name = "ASSET",
        requires = "like",
        conflicts_with = "assets"
    )]
    pub new_asset: Option<String>,
    /// The asset of the file that a new one is a copy of
    #[arg(long, value_name = "ASSET", requires = "new_asset")]
    pub like: Option<String>,
    /// Look at no price from this day on; L is of the newest year all the same
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Fit the correlations too, which hold for all assets of an exchange
    #[arg(long)]
    pub correlations: bool,
    /// Write the file here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
