//! `valuations`: how many margin accounts a second the client values, by its index, which reads each asset once and
//! values again what moved, and beside it by [`margin::report`], account by account: what a client does without one.
mod population;

use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Parser;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::index::ValuationIndex;
use freeboard_client::margin;
use population::Population;
use rayon::prelude::*;
use serde::Serialize;

/// Ticks for one recomputation of every account: it takes longer than the index.
const TICKS_PER_RECOMPUTATION: u32 = 5;

/// Measures how many margin accounts a second are valued.
#[derive(Parser)]
#[command(name = "valuations", version)]
struct ValuationArguments {
    /// Margin accounts
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// Seconds of prices, in each of which every price moves; then as many in which one does
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    ticks: u32,
    /// Threads; without it one, and beside it all cores
    #[arg(long)]
    threads: Option<usize>,
    /// Seed of accounts and prices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON, a line for each number of threads
    #[arg(long)]
    json: bool,
}

/// The figures of one number of threads.
#[derive(Serialize)]
struct ThreadFigures {
    threads: usize,
    accounts: usize,
    optimised: bool,
    /// Every asset moves each second.
    all_move: PaceFigures,
    /// One asset moves each second.
    one_moves: PaceFigures,
    /// [`margin::report`] of every account.
    recomputed: PaceFigures,
    /// `all_move` over `recomputed`, valuations a second.
    times: f64,
    /// Accounts below their margin at the end.
    liquidatable: usize,
}

/// Valuations and the time that they took.
#[derive(Serialize)]
struct PaceFigures {
    valuations: usize,
    /// In the median tick: another program that takes a core for a moment does not show in it.
    per_second: f64,
    /// The longest tick, milliseconds.
    longest_ms: f64,
}

#[derive(Default)]
struct Pace {
    valuations: usize,
    /// By tick.
    per_second: Vec<f64>,
    longest_ms: f64,
}

impl Pace {
    fn time(&mut self, tick: impl FnOnce() -> usize) {
        let start = Instant::now();
        let valuations = tick();
        let seconds = start.elapsed().as_secs_f64();
        self.valuations += valuations;
        self.per_second.push(valuations as f64 / seconds);
        self.longest_ms = self.longest_ms.max(seconds * 1e3);
    }

    fn figures(mut self) -> PaceFigures {
        self.per_second.sort_by(f64::total_cmp);
        PaceFigures {
            valuations: self.valuations,
            per_second: self.per_second[self.per_second.len() / 2],
            longest_ms: self.longest_ms,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = ValuationArguments::parse();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut counts = arguments.threads.map_or(vec![1, cores], |one| vec![one]);
    counts.dedup();
    let mut all = Vec::new();
    for threads in counts {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().context("threads")?;
        all.push(pool.install(|| measure_on(threads, &arguments))?);
    }
    if arguments.json {
        for figures in &all {
            println!("{}", serde_json::to_string(figures)?);
        }
    } else {
        print(&all);
    }
    Ok(())
}

/// Errors: shipped parameters that cannot be read; a verdict that is not that of [`margin::report`].
fn measure_on(threads: usize, arguments: &ValuationArguments) -> anyhow::Result<ThreadFigures> {
    let mut population = Population::new(arguments.accounts, arguments.seed)?;
    let mut index = ValuationIndex::new(population.exchange);
    for account in &population.accounts {
        index.set_account(account.clone());
    }
    let (mut all_move, mut one_moves, mut recomputed) =
        (Pace::default(), Pace::default(), Pace::default());
    follow(&mut index, &population, None);
    for tick in 0..arguments.ticks {
        population.tick(None);
        all_move.time(|| follow(&mut index, &population, None));
        if tick % TICKS_PER_RECOMPUTATION == 0 {
            recomputed.time(|| recompute(&population));
        }
    }
    for tick in 0..arguments.ticks {
        let moved = tick as usize % population.assets.len();
        population.tick(Some(moved));
        one_moves.time(|| follow(&mut index, &population, Some(moved)));
    }
    let (all_move, recomputed) = (all_move.figures(), recomputed.figures());
    Ok(ThreadFigures {
        threads,
        accounts: arguments.accounts,
        optimised: !cfg!(debug_assertions),
        times: all_move.per_second / recomputed.per_second,
        all_move,
        one_moves: one_moves.figures(),
        recomputed,
        liquidatable: compare(&index, &population)?,
    })
}

/// Tells the index the prices that moved and refreshes it; returns how many accounts it valued.
fn follow(index: &mut ValuationIndex, population: &Population, moved: Option<usize>) -> usize {
    for (at, priced) in population.assets.iter().enumerate() {
        if moved.is_none_or(|moved| moved == at) {
            index.set_asset(priced.clone());
        }
    }
    index.refresh(population.now).accounts_valued
}

/// Every account by the margin report; returns how many.
fn recompute(population: &Population) -> usize {
    let Population {
        exchange,
        accounts,
        assets,
        now,
        ..
    } = population;
    let report = |one: &Located<MarginAccount>| margin::report(exchange, &one.state, assets, *now);
    accounts
        .par_iter()
        .filter(|one| report(one).is_ok())
        .count()
}

/// Compares every verdict with the margin report; returns how many accounts are below their margin.
fn compare(index: &ValuationIndex, population: &Population) -> anyhow::Result<usize> {
    let mut liquidatable = 0;
    for account in &population.accounts {
        let report = margin::report(
            &population.exchange,
            &account.state,
            &population.assets,
            population.now,
        )?;
        let verdict = index.verdict(&account.address).context("not valued")?;
        let verdict = verdict.map_err(|error| anyhow::anyhow!("{error}"))?;
        let same = verdict.is_liquidatable() == report.is_liquidatable
            && verdict.requirement().margin_atoms == i128::from(report.liquidation.margin_atoms);
        ensure!(
            same,
            "{}: the index says {verdict:?}, the program {report:?}; one of them is wrong",
            account.address
        );
        liquidatable += usize::from(report.is_liquidatable);
    }
    Ok(liquidatable)
}

/// A line for each kind of valuation, a column for each number of threads.
fn print(all: &[ThreadFigures]) {
    let Some(first) = all.first() else { return };
    let profile = if first.optimised { "release" } else { "dev" };
    println!(
        "{} accounts, profile {profile}, {} below their margin; every verdict is that of the program",
        first.accounts, first.liquidatable
    );
    let line = |what: &str, cell: &dyn Fn(&ThreadFigures) -> String| {
        let cells: String = all.iter().map(|one| format!("{:>24}", cell(one))).collect();
        println!("{what:<40}{cells}");
    };
    let pace = |pace: &PaceFigures| {
        let PaceFigures {
            per_second,
            longest_ms,
            ..
        } = pace;
        format!("{per_second:.0} ({longest_ms:.1} ms)")
    };
    line("valuations a second (longest tick)", &|one| {
        format!("{} threads", one.threads)
    });
    line("index, every asset moves", &|one| pace(&one.all_move));
    line("index, one asset moves", &|one| pace(&one.one_moves));
    line("margin report of each account", &|one| {
        pace(&one.recomputed)
    });
    line("index over margin report", &|one| {
        format!("{:.1} times", one.times)
    });
}
