//! `load valuations`: how many margin accounts a second the client values, by its index, which reads each asset once and
//! values again what moved, and beside it by [`margin::report`], account by account: what a client did before it.
mod population;

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::index::ValuationIndex;
use freeboard_client::margin;
use population::Population;
use rayon::prelude::*;
use serde::Serialize;

/// What to measure.
#[derive(Args)]
pub struct ValuationArguments {
    /// Margin accounts
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// Seconds of prices, in each of which every price moves
    #[arg(long, default_value_t = 60)]
    ticks: u32,
    /// Threads; without it one, and then all cores
    #[arg(long)]
    threads: Option<usize>,
    /// Seed of accounts and prices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON
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
    seconds: f64,
    per_second: f64,
    /// The longest tick, milliseconds.
    longest_ms: f64,
}

#[derive(Default)]
struct Pace {
    valuations: usize,
    took: Duration,
    longest: Duration,
}

impl Pace {
    fn time(&mut self, tick: impl FnOnce() -> usize) {
        let start = Instant::now();
        self.valuations += tick();
        let took = start.elapsed();
        self.took += took;
        self.longest = self.longest.max(took);
    }

    fn figures(&self) -> PaceFigures {
        let seconds = self.took.as_secs_f64();
        PaceFigures {
            valuations: self.valuations,
            seconds,
            per_second: self.valuations as f64 / seconds,
            longest_ms: self.longest.as_secs_f64() * 1e3,
        }
    }
}

/// Measures and prints.
///
/// Errors: shipped parameters that cannot be read; a verdict that is not that of [`margin::report`].
pub fn measure(arguments: &ValuationArguments) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let counts = arguments.threads.map_or(vec![1, cores], |one| vec![one]);
    for threads in counts {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().context("threads")?;
        let figures = pool.install(|| measure_on(threads, arguments))?;
        if arguments.json {
            println!("{}", serde_json::to_string(&figures)?);
        } else {
            print(&figures);
        }
    }
    Ok(())
}

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
        if tick % 10 == 0 {
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

fn print(figures: &ThreadFigures) {
    let ThreadFigures {
        threads,
        accounts,
        optimised,
        all_move,
        one_moves,
        recomputed,
        times,
        liquidatable,
    } = figures;
    let profile = if *optimised { "release" } else { "dev" };
    println!("{accounts} accounts, {threads} threads, profile {profile}");
    for (what, pace) in [
        ("index, every asset moves", all_move),
        ("index, one asset moves", one_moves),
        ("margin report of each", recomputed),
    ] {
        let PaceFigures {
            valuations,
            per_second,
            longest_ms,
            ..
        } = pace;
        println!(
            "  {what:<26} {per_second:>10.0} valuations a second ({valuations} in all, longest tick {longest_ms:.1} ms)"
        );
    }
    println!(
        "  {times:.1} times; {liquidatable} below their margin, every verdict that of the program"
    );
}
