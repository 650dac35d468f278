//! `load`: what a keeper can do, measured.
mod valuations;

use clap::{Parser, Subcommand};

/// Measures what a keeper can do.
#[derive(Parser)]
#[command(name = "load", version)]
struct Arguments {
    #[command(subcommand)]
    what: Measured,
}

#[derive(Subcommand)]
enum Measured {
    /// Valuations of margin accounts a second: the index beside a full recomputation
    Valuations(valuations::ValuationArguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().what {
        Measured::Valuations(arguments) => valuations::measure(&arguments),
    }
}
