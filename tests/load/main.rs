//! `load`: what a keeper can do, and what it bears, measured.
//!
//! | module | what it measures, or with what |
//! |---|---|
//! | `storm` | falls of many accounts at once: from the price to the flag, from the end of the grace to the liquidation |
//! | `faults` | a node that is away, transactions that are lost or doubled, another keeper, a kill |
//! | `stress` | network, accounts, observer, keeper and proxy of the last two |
mod faults;
mod storm;
mod stress;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

/// Measures what a keeper can do.
#[derive(Parser)]
#[command(
    name = "load",
    version,
    after_help = "`cargo xtask load valuations` measures how many accounts a second are valued."
)]
struct Arguments {
    #[command(subcommand)]
    what: Measured,
}

#[derive(Subcommand)]
enum Measured {
    /// Storms on a local network: accounts that fall below their margin in one tick, and many more within a minute
    Storm(storm::StormArguments),
    /// Faults on a local network, and a small storm in each
    Faults(faults::FaultArguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().what {
        Measured::Storm(arguments) => Runtime::new()?.block_on(storm::measure(&arguments)),
        Measured::Faults(arguments) => Runtime::new()?.block_on(faults::measure(&arguments)),
    }
}
