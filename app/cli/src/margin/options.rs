//! What `freeboard margin` is asked: a question in one line, or a case.
use std::path::PathBuf;

use clap::Args;

/// What an account needs and what it costs: a question in one line, or a case in JSON
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    freeboard margin --position BTC:+2@100000 --position ETH:-30@3500 --cash 20000\n  \
    freeboard margin --open BTC:+2@100000 --skew BTC:+100 --sigma BTC:0.6% --cash 20000\n  \
    freeboard margin case.json\n\n\
    docs/case_format.md explains the answer, and the cases.")]
pub struct MarginOptions {
    /// Case file, `-` for standard input: answered in JSON
    #[arg(value_name = "FILE", conflicts_with_all = ["positions", "opened", "cash"])]
    pub case: Option<PathBuf>,
    /// One case per line, one answer per line
    #[arg(long, conflicts_with_all = ["positions", "opened", "cash"])]
    pub lines: bool,
    /// A position that is held, with the price it was opened at: BTC:+2@100000, ETH:-30@3500
    #[arg(long = "position", value_name = "ASSET:SIZE[@PRICE]")]
    pub positions: Vec<String>,
    /// A position that is opened now, at the oracle price behind the @: fee, spread and impact are paid
    #[arg(long = "open", value_name = "ASSET:SIZE[@PRICE]")]
    pub opened: Vec<String>,
    /// Cash in USD, before what is opened now; negative for a loan
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub cash: Option<String>,
    /// Collateral beside cash: SOL:100@150
    #[arg(long = "collateral", value_name = "ASSET:AMOUNT[@PRICE]")]
    pub collaterals: Vec<String>,
    /// Oracle price of now: BTC:101000; without it the price behind the @
    #[arg(long = "price", value_name = "ASSET:USD")]
    pub prices: Vec<String>,
    /// Measured volatility per √hour: BTC:0.6%; without it a third of the stressed one, a quiet market
    #[arg(long = "sigma", value_name = "ASSET:PERCENT")]
    pub sigmas: Vec<String>,
    /// Net size of all other accounts, positive where longs are larger: BTC:+100; without it 0
    #[arg(long = "skew", value_name = "ASSET:SIZE")]
    pub skews: Vec<String>,
    /// Parameter file; without it the defaults of this version
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// Answer the question in JSON; a case is always answered so
    #[arg(long)]
    pub json: bool,
}

impl MarginOptions {
    /// Whether something was asked on the command line, so that no case is read.
    pub const fn is_question(&self) -> bool {
        !self.positions.is_empty()
            || !self.opened.is_empty()
            || !self.collaterals.is_empty()
            || self.cash.is_some()
    }
}
