//! `load faults`: one fault after the other, and a small storm that falls into each. What the keeper was kept from is done
//! within seconds of the fault's end, nothing is lost and nothing is done twice.
//!
//! A fault begins before the accounts fall, so that nothing is done before it. Without prices there is no fall: they stop
//! when the first flags are there, and what is kept from its time are the liquidations.
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use freeboard_client::display::table;
use serde::Serialize;

use crate::stress::{
    FaultyProxy, KeeperLog, LoadScene, MeasuredKeeper, ProxyFault, SceneArguments, SeenStorm,
    SpanFigures, StormObserver, span_figures,
};

/// Accounts where nobody says how many.
const ACCOUNTS: u16 = 1_500;
/// How long everything may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a keeper is left alone before the storm.
const SETTLING: Duration = Duration::from_secs(3);
/// How long a keeper that was killed is away.
const AWAY: Duration = Duration::from_secs(5);
/// How far the clock jumps, seconds.
const JUMP_SECS: i64 = 5;
/// What is asked: seconds after the fault's end.
const GOAL_SECS: f64 = 5.0;

/// Which faults.
#[derive(Args)]
pub struct FaultArguments {
    #[command(flatten)]
    scene: SceneArguments,
    /// Only these
    #[arg(long, value_name = "FAULT", value_enum)]
    only: Vec<LoadFault>,
    /// Accounts that fall in each
    #[arg(long, value_name = "N", default_value_t = 40)]
    fall: usize,
    /// How long the node is away, and prices are held, seconds
    #[arg(long, value_name = "SECS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=50))]
    outage: u64,
    /// Fail also where recovery takes longer than it may
    #[arg(long)]
    strict: bool,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum LoadFault {
    /// The node does not answer and breaks every connection
    Outage,
    /// Half of the transactions are taken and lost
    Dropped,
    /// Every transaction arrives twice
    Doubled,
    /// A second keeper works beside it
    Rival,
    /// No prices are published
    Stale,
    /// The chain's clock is five seconds ahead at once
    Clock,
    /// What the keeper logs cannot be written
    FullDisk,
    /// The keeper is killed and started again
    Kill,
}

/// How one fault went.
#[derive(Serialize)]
struct FaultFigures {
    fault: LoadFault,
    fallen: usize,
    left_open: usize,
    liquidations: usize,
    /// Seconds from the fall, or from the end of an outage, a hold of prices or a kill where that is later, to the flag.
    to_flag: SpanFigures,
    /// The same from the end of the grace.
    after_grace: SpanFigures,
    transactions: usize,
    failed: usize,
    /// Transactions that the proxy lost or doubled.
    harmed: u64,
}

/// Measures and prints.
pub async fn measure(arguments: &FaultArguments) -> Result<()> {
    let all = LoadFault::value_variants();
    let faults = match arguments.only.as_slice() {
        [] => all,
        some => some,
    };
    let near = arguments.fall * (faults.len() + 1);
    let scene = LoadScene::start(&arguments.scene, ACCOUNTS, near).await?;
    let lamports = 10_000_000_000;
    let rival = scene.network.wallets.address("guardian");
    scene.network.chain.give_sol(&rival, lamports).await?;
    let observer = StormObserver::start(&scene).await?;
    let mut figures = Vec::new();
    for fault in faults {
        eprintln!("{fault:?}");
        let trial = FaultTrial::start(&scene, &observer, *fault, arguments).await?;
        let one = trial.carry_out().await;
        let one = one.with_context(|| format!("{fault:?}"))?;
        eprintln!("{}", serde_json::to_string(&one)?);
        figures.push(one);
        scene.books().await.with_context(|| format!("{fault:?}"))?;
    }
    if arguments.scene.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        print(&figures);
    }
    for one in &figures {
        let fault = one.fault;
        ensure!(
            one.left_open == 0 && one.fallen > 0,
            "{fault:?}: {} accounts fell and {} were left open",
            one.fallen,
            one.left_open
        );
        let slowest = one.to_flag.longest.max(one.after_grace.longest);
        ensure!(
            !arguments.strict || slowest <= GOAL_SECS,
            "{fault:?}: {slowest:.1} s after its end, goal {GOAL_SECS}"
        );
    }
    Ok(())
}

/// One fault, and the storm that falls into it.
struct FaultTrial<'a> {
    scene: &'a LoadScene,
    observer: &'a StormObserver,
    fault: LoadFault,
    fall: usize,
    outage: Duration,
    proxy: FaultyProxy,
    keeper: MeasuredKeeper,
    rival: Option<MeasuredKeeper>,
    paid: (usize, usize),
}

impl<'a> FaultTrial<'a> {
    async fn start(
        scene: &'a LoadScene,
        observer: &'a StormObserver,
        fault: LoadFault,
        arguments: &FaultArguments,
    ) -> Result<Self> {
        let proxy = FaultyProxy::start(scene.ports).await?;
        let log = match fault {
            LoadFault::FullDisk => KeeperLog::FullDisk,
            _ => KeeperLog::Kept,
        };
        let keeper = scene.keeper("keeper", proxy.ports, log).await?;
        let rival = match fault {
            LoadFault::Rival => Some(
                scene
                    .keeper("guardian", scene.ports, KeeperLog::Kept)
                    .await?,
            ),
            _ => None,
        };
        tokio::time::sleep(SETTLING).await;
        let paid = scene.paid("keeper").await?;
        Ok(Self {
            scene,
            observer,
            fault,
            fall: arguments.fall,
            outage: Duration::from_secs(arguments.outage),
            proxy,
            keeper,
            rival,
            paid,
        })
    }

    async fn carry_out(mut self) -> Result<FaultFigures> {
        let falls = self.scene.falls().await?;
        self.observer.take_seen()?;
        self.begin().await?;
        self.scene.shock(falls.multiple(self.fall)?)?;
        let ended = self.end().await?;
        let seen = self.observer.until_done(1, PATIENCE).await?;
        let is_alive = self.keeper.is_alive();
        ensure!(
            is_alive,
            "the keeper has ended: {}",
            self.keeper.last_words()
        );
        self.proxy.set(ProxyFault::None);
        self.tell(&seen, ended).await
    }

    /// Begins the fault.
    async fn begin(&mut self) -> Result<()> {
        match self.fault {
            LoadFault::Outage => self.proxy.set(ProxyFault::Cut),
            LoadFault::Dropped => self.proxy.set(ProxyFault::Dropped),
            LoadFault::Doubled => self.proxy.set(ProxyFault::Doubled),
            LoadFault::Clock => {
                let chain = &self.scene.network.chain;
                chain.travel_to(chain.now().await? + JUMP_SECS).await?;
            }
            LoadFault::Kill => self.keeper.kill(),
            // Those are there from the start, and prices stop later.
            LoadFault::Rival | LoadFault::FullDisk | LoadFault::Stale => {}
        }
        Ok(())
    }

    /// Waits while the accounts fall, ends the fault and returns when it was over; nothing of a fault in which the keeper
    /// has to work.
    async fn end(&mut self) -> Result<Option<Instant>> {
        match self.fault {
            LoadFault::Dropped
            | LoadFault::Doubled
            | LoadFault::Rival
            | LoadFault::FullDisk
            | LoadFault::Clock => return Ok(None),
            LoadFault::Outage => {
                tokio::time::sleep(self.outage).await;
                self.proxy.set(ProxyFault::None);
            }
            LoadFault::Stale => {
                let some = (self.fall / 4).max(1);
                self.observer.until_flagged(some, PATIENCE / 4).await;
                self.scene.network.hold_prices(self.outage);
                tokio::time::sleep(self.outage).await;
            }
            LoadFault::Kill => {
                tokio::time::sleep(AWAY).await;
                let ended = Instant::now();
                let ports = self.proxy.ports;
                self.keeper = self.scene.keeper("keeper", ports, KeeperLog::Kept).await?;
                return Ok(Some(ended));
            }
        }
        Ok(Some(Instant::now()))
    }

    async fn tell(self, seen: &SeenStorm, ended: Option<Instant>) -> Result<FaultFigures> {
        if seen.open > 0 {
            eprintln!("{}", self.keeper.last_words());
        }
        let (_, harmed) = self.proxy.transactions();
        self.keeper.stop().await;
        if let Some(rival) = self.rival {
            rival.stop().await;
        }
        let (landed, failed) = self.scene.paid("keeper").await?;
        Ok(FaultFigures {
            fault: self.fault,
            fallen: seen.fallen,
            left_open: seen.open,
            liquidations: seen.liquidations,
            to_flag: span_figures(&seen.flags, ended)?,
            after_grace: span_figures(&seen.endings, ended)?,
            transactions: landed - self.paid.0,
            failed: failed - self.paid.1,
            harmed,
        })
    }
}

fn print(figures: &[FaultFigures]) {
    let columns = [
        "fault",
        "fell",
        "open",
        "closings",
        "flag 50 %",
        "all",
        "done 50 %",
        "all",
        "sent",
        "failed",
        "harmed",
    ];
    let mut rows = table::table(&columns, 1);
    for one in figures {
        let name = format!("{:?}", one.fault);
        let secs = |secs: f64| format!("{secs:.2}");
        let (flag, done) = (&one.to_flag, &one.after_grace);
        let mut row = vec![name];
        let counts = [one.fallen, one.left_open, one.liquidations];
        row.extend(counts.map(|count| count.to_string()));
        row.extend([flag.median, flag.longest, done.median, done.longest].map(secs));
        row.extend([one.transactions.to_string(), one.failed.to_string()]);
        row.push(one.harmed.to_string());
        rows.add_row(row);
    }
    println!("{rows}");
    println!(
        "seconds to the flag and from the end of the grace, from the end of an outage, a hold or a kill where that is later; the books \
         were right after each"
    );
}
