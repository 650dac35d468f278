//! The loop itself, on the real program: many jobs at once, none twice; another keeper first; a stop in the middle.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use async_trait::async_trait;
use freeboard_client::errors;
use freeboard_client::network::FeePolicy;
use freeboard_keeper::book::{ExchangeBook, Snapshot, ToldAccount};
use freeboard_keeper::cluster_port::{done_by, reward_of};
use freeboard_keeper::config::KeeperConfig;
use freeboard_keeper::health::KeeperHealth;
use freeboard_keeper::job::{Duty, KeeperJob};
use freeboard_keeper::metrics::KeeperMetrics;
use freeboard_keeper::outcome::{JobOutcome, LandedJob};
use freeboard_keeper::port::KeeperPort;
use freeboard_keeper::runner::{KeeperRunner, KeeperShared};
use freeboard_sandbox::{Trader, usd};

use crate::stage::{self, Stage};

/// The sandbox as a keeper's world.
struct SandboxPort {
    stage: Mutex<Stage>,
    keeper: Trader,
    /// Jobs carried, by title.
    carried: Mutex<Vec<String>>,
    /// Fails so many times before it works.
    failures: Mutex<u32>,
}

#[async_trait]
impl KeeperPort for SandboxPort {
    async fn snapshot(&self) -> anyhow::Result<Snapshot> {
        Ok(self.stage.lock().unwrap().snapshot())
    }

    async fn accounts(&self, addresses: &[Pubkey]) -> anyhow::Result<Vec<ToldAccount>> {
        let stage = self.stage.lock().unwrap();
        let told = addresses.iter().map(|address| {
            let account = stage.world.account(address);
            ToldAccount {
                address: *address,
                owner: account.owner,
                data: account.data,
                slot: stage.world.slot(),
            }
        });
        Ok(told.collect())
    }

    async fn carry(&self, job: &KeeperJob, _: FeePolicy) -> JobOutcome {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            let words = "down".to_owned();
            return JobOutcome::Failed {
                kind: "unreachable",
                words,
            };
        }
        self.carried.lock().unwrap().push(job.title.clone());
        let mut stage = self.stage.lock().unwrap();
        match stage::send(&mut stage.world, &self.keeper, job) {
            Ok(meta) => {
                let told = meta.told();
                JobOutcome::Landed(LandedJob {
                    signature: "landed".to_owned(),
                    slot: stage.world.slot(),
                    units: 0,
                    fee_lamports: 5_000,
                    done: Some(done_by(&told)),
                    reward_atoms: reward_of(&told),
                })
            }
            Err(failure) => JobOutcome::Refused {
                number: failure.code,
                words: failure
                    .code
                    .and_then(errors::explain)
                    .map_or_else(String::new, |one| one.to_string()),
            },
        }
    }
}

struct Running {
    port: Arc<SandboxPort>,
    metrics: Arc<KeeperMetrics>,
    runner: KeeperRunner<SandboxPort>,
}

fn running(stage: Stage, only: &[Duty], edit: impl FnOnce(&mut KeeperConfig)) -> Running {
    let mut told = stage.told.clone();
    let does = |duty| only.contains(&duty);
    told.duties.sample = does(Duty::Sample);
    told.duties.show = does(Duty::Show);
    told.duties.sweep = does(Duty::Sweep);
    told.duties.flag = does(Duty::Flag);
    told.duties.liquidate = does(Duty::Liquidate);
    told.timing.retry_after = Duration::from_millis(30);
    edit(&mut told);
    let book = ExchangeBook::new(stage.snapshot(), stage.keys());
    let port = Arc::new(SandboxPort {
        keeper: stage.keeper.clone(),
        stage: Mutex::new(stage),
        carried: Mutex::default(),
        failures: Mutex::new(0),
    });
    let metrics = Arc::new(KeeperMetrics::new());
    let shared = KeeperShared {
        port: Arc::clone(&port),
        told: Arc::new(told),
        metrics: Arc::clone(&metrics),
        health: Arc::new(KeeperHealth::default()),
    };
    Running {
        runner: KeeperRunner::new(shared, book, Vec::new()),
        metrics,
        port,
    }
}

impl Running {
    fn carried(&self) -> usize {
        self.port.carried.lock().unwrap().len()
    }

    async fn scan(&mut self) {
        let snapshot = self.port.snapshot().await.unwrap();
        self.runner.book.replace(snapshot);
    }
}

#[tokio::test]
async fn a_job_on_its_way_is_not_sent_again() {
    let mut stage = Stage::new();
    stage.sinking(132.5);
    let mut running = running(stage, &[Duty::Flag], |_| {});
    assert_eq!(running.runner.round(), 1);
    assert_eq!(running.runner.round(), 0, "it is on its way");
    running.runner.finish().await;
    assert_eq!(running.runner.round(), 0, "it is done, and the book knows");
    assert_eq!(running.carried(), 1);
    let text = running.metrics.text();
    assert!(text.contains("freeboard_keeper_flags_total 1"), "{text}");
    assert!(
        text.contains("freeboard_keeper_fees_lamports_total 5000"),
        "{text}"
    );
}

#[tokio::test]
async fn a_failing_node_is_tried_again_and_another_keeper_is_no_error() {
    let mut stage = Stage::new();
    let trader = stage.sinking(132.5);
    let mut running = running(stage, &[Duty::Flag], |_| {});
    *running.port.failures.lock().unwrap() = 2;
    for _ in 0..2 {
        assert_eq!(running.runner.round(), 1);
        running.runner.finish().await;
        assert_eq!(running.runner.round(), 0, "it pauses");
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    // Meanwhile another has deposited: what the keeper believes is no longer so.
    running
        .port
        .stage
        .lock()
        .unwrap()
        .world
        .deposit_quote(&trader, usd(200_000))
        .unwrap();
    assert_eq!(running.runner.round(), 1);
    running.runner.finish().await;
    let text = running.metrics.text();
    let line = r#"jobs_total{duty="flag",closing="",outcome="somebody_else"} 1"#;
    assert!(text.contains(line), "{text}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        running.runner.round(),
        0,
        "the account was read again, and is healthy"
    );
}

#[tokio::test]
async fn from_a_fall_to_the_last_liquidation_without_memory() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    let traders: Vec<Trader> = (0..12)
        .map(|_| {
            let trader = stage.world.new_trader(usd(10_000));
            stage.world.trade(&trader, &sol, sol.atoms(400.0)).unwrap();
            trader
        })
        .collect();
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 131.5);
    let both = [Duty::Flag, Duty::Liquidate];
    let mut first = running(stage, &both, |_| {});
    first.runner.round();
    first.runner.finish().await;
    // It is killed after the flags; another begins with nothing.
    let port = first.port;
    drop(first.runner);
    let stage = Arc::into_inner(port).unwrap().stage.into_inner().unwrap();
    let mut second = running(stage, &both, |_| {});
    assert_eq!(second.runner.round(), 0, "every flag stands");
    second.port.stage.lock().unwrap().world.warp_fresh(11);
    second.scan().await;
    assert!(second.runner.round() > 0);
    second.runner.finish().await;
    let stage = second.port.stage.lock().unwrap();
    for trader in &traders {
        let left = stage.world.size_of(trader, 0);
        assert!(left < sol.atoms(400.0), "{left}");
    }
    stage.world.assert_books();
    assert!(
        second
            .metrics
            .text()
            .contains(r#"liquidations_total{closing="position_by_pool"} 12"#)
    );
}

#[tokio::test]
async fn no_more_leave_than_may_be_in_flight() {
    let mut stage = Stage::new();
    stage.world.warp_fresh(300);
    let mut running = running(stage, &[Duty::Sample], |told| {
        told.timing.most_in_flight = 2
    });
    assert_eq!(running.runner.round(), 2);
    assert_eq!(running.runner.round(), 0);
    running.runner.finish().await;
    assert_eq!(running.runner.round(), 1);
    running.runner.finish().await;
}
