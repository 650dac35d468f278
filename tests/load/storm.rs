//! `load storm`: accounts that fall below their margin in one tick, then many more within a minute; keeper, validator and
//! this process share the machine.
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use freeboard_client::display::table;
use serde::Serialize;

use crate::stress::{
    KeeperLog, LoadScene, MeasuredKeeper, ProcessClock, SceneArguments, SeenStorm, SpanFigures,
    StormObserver, span_figures,
};

/// Accounts where nobody says how many.
const ACCOUNTS: u16 = 10_000;
/// How long the calm before the storm is measured.
const CALM: Duration = Duration::from_secs(10);
/// How long the last liquidations may take before they are given up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Of accounts that are to fall some may be missing: prices move of themselves, and a curve has steps.
const ENOUGH_PERCENT: usize = 90;
/// What is asked of a keeper: seconds to the flag and, after the grace, to the liquidation; memory; cores.
const GOAL_FLAG_SECS: f64 = 1.0;
const GOAL_DONE_SECS: f64 = 5.0;
const GOAL_MEGABYTES: f64 = 300.0;
const GOAL_CORES: f64 = 1.0;

/// What to measure.
#[derive(Args)]
pub struct StormArguments {
    #[command(flatten)]
    scene: SceneArguments,
    /// Accounts that fall in one tick
    #[arg(long, value_name = "N", default_value_t = 200)]
    fall: usize,
    /// Accounts that fall within the time of the second storm; 0 for none
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    fall_more: usize,
    /// How long the second storm lasts, seconds
    #[arg(long, value_name = "SECS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    secs: u32,
    /// Fail where an account is not liquidated at all or the books are wrong, and also where a goal is missed
    #[arg(long)]
    strict: bool,
}

/// One part of the run.
#[derive(Serialize)]
struct PhaseFigures {
    name: &'static str,
    secs: f64,
    fallen: usize,
    recovered: usize,
    left_open: usize,
    liquidations: usize,
    to_flag: SpanFigures,
    after_grace: SpanFigures,
    keeper_cores: f64,
    validator_cores: f64,
    generator_cores: f64,
}

/// The whole run.
#[derive(Serialize)]
struct StormFigures {
    accounts: usize,
    cores: usize,
    optimised: bool,
    set_up_secs: f64,
    phases: Vec<PhaseFigures>,
    keeper_peak_megabytes: f64,
    keeper_transactions: usize,
    keeper_transactions_failed: usize,
    vault_atoms: i128,
    owned_atoms: i128,
    goals_missed: Vec<String>,
}

/// The processes that share the machine.
struct Shares {
    began: Instant,
    keeper: ProcessClock,
    validator: ProcessClock,
    generator: ProcessClock,
}

impl Shares {
    fn start(scene: &LoadScene, keeper: &MeasuredKeeper) -> Result<Self> {
        Ok(Self {
            began: Instant::now(),
            keeper: ProcessClock::start(keeper.pid())?,
            validator: ProcessClock::start(scene.validator_pid)?,
            generator: ProcessClock::start(std::process::id())?,
        })
    }
}

/// Measures and prints.
pub async fn measure(arguments: &StormArguments) -> Result<()> {
    let all = arguments.fall + arguments.fall_more;
    let near = all + all / 5;
    let scene = LoadScene::start(&arguments.scene, ACCOUNTS, near).await?;
    eprintln!(
        "{} accounts are there after {:.1} s",
        scene.accounts,
        scene.set_up.as_secs_f64()
    );
    let keeper = scene.keeper("keeper", scene.ports, KeeperLog::Kept).await?;
    let observer = StormObserver::start(&scene).await?;
    let phases = match phases(arguments, &scene, &keeper, &observer).await {
        Ok(phases) => phases,
        Err(error) => return Err(error.context(keeper.last_words())),
    };
    let keeper_peak_megabytes = ProcessClock::start(keeper.pid())?.peak_megabytes()?;
    let last_words = keeper.last_words();
    keeper.stop().await;
    let (vault_atoms, owned_atoms) = scene.books().await?;
    let (keeper_transactions, keeper_transactions_failed) = scene.paid("keeper").await?;
    let mut figures = StormFigures {
        accounts: scene.accounts,
        cores: std::thread::available_parallelism()?.get(),
        optimised: !cfg!(debug_assertions),
        set_up_secs: scene.set_up.as_secs_f64(),
        phases,
        keeper_peak_megabytes,
        keeper_transactions,
        keeper_transactions_failed,
        vault_atoms,
        owned_atoms,
        goals_missed: Vec::new(),
    };
    figures.goals_missed = goals_missed(&figures);
    if arguments.scene.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        print(&figures);
    }
    let wanted = [0, arguments.fall, arguments.fall_more];
    for (phase, wanted) in figures.phases.iter().zip(wanted) {
        ensure!(
            phase.left_open == 0 && phase.fallen * 100 >= wanted * ENOUGH_PERCENT,
            "{}: {} of {wanted} accounts fell, and {} were left open:\n{last_words}",
            phase.name,
            phase.fallen,
            phase.left_open
        );
    }
    ensure!(
        !arguments.strict || figures.goals_missed.is_empty(),
        "goals are missed: {}",
        figures.goals_missed.join("; ")
    );
    Ok(())
}

async fn phases(
    arguments: &StormArguments,
    scene: &LoadScene,
    keeper: &MeasuredKeeper,
    observer: &StormObserver,
) -> Result<Vec<PhaseFigures>> {
    // The keeper's first scan and its first round are no calm.
    tokio::time::sleep(CALM / 2).await;
    observer.take_seen()?;
    let shares = Shares::start(scene, keeper)?;
    tokio::time::sleep(CALM).await;
    let calm = observer.until_done(0, PATIENCE).await?;
    let mut phases = vec![phase("calm", &shares, calm)?];

    let falls = scene.falls().await?;
    let shares = Shares::start(scene, keeper)?;
    scene.shock(falls.multiple(arguments.fall)?)?;
    let enough = arguments.fall * ENOUGH_PERCENT / 100;
    let seen = observer.until_done(enough, PATIENCE).await?;
    phases.push(phase("one tick", &shares, seen)?);
    if arguments.fall_more == 0 {
        return Ok(phases);
    }

    let falls = scene.falls().await?;
    let shares = Shares::start(scene, keeper)?;
    let mut before = 1.0;
    for second in 1..=arguments.secs {
        let so_far = arguments.fall_more as f64 * f64::from(second) / f64::from(arguments.secs);
        let multiple = falls.multiple(so_far as usize)?;
        scene.shock(multiple / before)?;
        before = multiple;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let enough = arguments.fall_more * ENOUGH_PERCENT / 100;
    let seen = observer.until_done(enough, PATIENCE).await?;
    phases.push(phase("more", &shares, seen)?);
    Ok(phases)
}

fn phase(name: &'static str, shares: &Shares, seen: SeenStorm) -> Result<PhaseFigures> {
    Ok(PhaseFigures {
        name,
        secs: shares.began.elapsed().as_secs_f64(),
        fallen: seen.fallen,
        recovered: seen.recovered,
        left_open: seen.open,
        liquidations: seen.liquidations,
        to_flag: span_figures(&seen.flags, None)?,
        after_grace: span_figures(&seen.endings, None)?,
        keeper_cores: shares.keeper.cores()?,
        validator_cores: shares.validator.cores()?,
        generator_cores: shares.generator.cores()?,
    })
}

fn goals_missed(figures: &StormFigures) -> Vec<String> {
    let mut missed = Vec::new();
    let mut note = |what: String, measured: f64, goal: f64| {
        if measured > goal {
            missed.push(format!("{what} {measured:.2}, goal {goal}"));
        }
    };
    for phase in &figures.phases {
        let name = phase.name;
        note(
            format!("{name}: seconds to the last flag"),
            phase.to_flag.longest,
            GOAL_FLAG_SECS,
        );
        note(
            format!("{name}: seconds after the last grace"),
            phase.after_grace.longest,
            GOAL_DONE_SECS,
        );
        note(
            format!("{name}: cores of the keeper"),
            phase.keeper_cores,
            GOAL_CORES,
        );
    }
    let megabytes = figures.keeper_peak_megabytes;
    note("megabytes of the keeper".into(), megabytes, GOAL_MEGABYTES);
    missed
}

fn print(figures: &StormFigures) {
    let profile = if figures.optimised { "release" } else { "dev" };
    println!(
        "{} accounts, {} cores, profile {profile}; the keeper's memory at most {:.0} MB; {} transactions, {} of them failed",
        figures.accounts,
        figures.cores,
        figures.keeper_peak_megabytes,
        figures.keeper_transactions,
        figures.keeper_transactions_failed
    );
    let columns = [
        "phase",
        "s",
        "fell",
        "back",
        "open",
        "closings",
        "flag 50 %",
        "99 %",
        "all",
        "done 50 %",
        "99 %",
        "all",
        "keeper",
        "validator",
        "load",
    ];
    let mut rows = table::table(&columns, 1);
    for phase in &figures.phases {
        let secs = |secs: f64| format!("{secs:.2}");
        let spans = |spans: &SpanFigures| [spans.median, spans.p99, spans.longest].map(secs);
        let mut row = vec![phase.name.to_owned(), format!("{:.0}", phase.secs)];
        let counts = [
            phase.fallen,
            phase.recovered,
            phase.left_open,
            phase.liquidations,
        ];
        row.extend(counts.map(|count| count.to_string()));
        row.extend(spans(&phase.to_flag));
        row.extend(spans(&phase.after_grace));
        let cores = [
            phase.keeper_cores,
            phase.validator_cores,
            phase.generator_cores,
        ];
        row.extend(cores.map(secs));
        rows.add_row(row);
    }
    println!("{rows}");
    println!("seconds from the price to the flag, and from the end of the grace; cores taken");
    println!(
        "books: {} atoms in the vault, {} owned",
        figures.vault_atoms, figures.owned_atoms
    );
    for missed in &figures.goals_missed {
        println!("goal missed: {missed}");
    }
}
