//! `freeboard-keeper`: run, explain, check-config.
#![forbid(unsafe_code)]

#[cfg(test)]
mod packaging_tests;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use freeboard_client::network::{Cluster, FeePolicy};
use freeboard_keeper::backoff::Backoff;
use freeboard_keeper::book::{ExchangeBook, KeeperKeys};
use freeboard_keeper::cluster_port::ClusterPort;
use freeboard_keeper::config::KeeperConfig;
use freeboard_keeper::health::KeeperHealth;
use freeboard_keeper::http::{self, HttpState};
use freeboard_keeper::job::{Duty, JobKey, KeeperJob};
use freeboard_keeper::metrics::KeeperMetrics;
use freeboard_keeper::outcome::JobOutcome;
use freeboard_keeper::port::KeeperPort;
use freeboard_keeper::runner::{KeeperRunner, KeeperShared, READ_AT_ONCE};
use freeboard_keeper::source::{self, ClusterSource};
use freeboard_keeper::{explain, identity, start, telemetry};
use sd_notify::NotifyState;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// The keeper of a Freeboard exchange.
#[derive(Parser)]
#[command(version, about)]
struct KeeperArguments {
    #[command(flatten)]
    told: ToldArguments,
    #[command(subcommand)]
    command: KeeperCommand,
}

/// Where it works, above file and environment.
#[derive(Args)]
struct ToldArguments {
    /// Configuration file; app/keeper/keeper.example.toml explains every key.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the exchange.
    #[arg(long, global = true, value_name = "ADDRESS")]
    exchange: Option<Pubkey>,
    /// RPC of a node: a URL, or localhost, devnet, testnet, mainnet-beta.
    #[arg(short, long, global = true, value_name = "URL")]
    url: Option<String>,
    /// WebSocket of the node, where it does not follow from the URL.
    #[arg(long, global = true, value_name = "URL")]
    ws_url: Option<String>,
    /// File of the key that pays and signs.
    #[arg(short, long, global = true, value_name = "FILE")]
    keypair: Option<PathBuf>,
}

#[derive(Subcommand)]
enum KeeperCommand {
    /// Works until SIGTERM or SIGINT.
    Run {
        /// Opens the keeper's margin account for the rewards, if there is none.
        #[arg(long)]
        open_account: bool,
        /// Decides and simulates, and sends nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Says what the keeper would do about a margin account now, and why.
    Explain {
        /// The margin account.
        account: Pubkey,
    },
    /// Reads the configuration, and says what is wrong with it.
    CheckConfig,
}

impl ToldArguments {
    fn read(&self, dry_run: bool) -> Result<KeeperConfig> {
        let path = |path: &PathBuf| path.display().to_string();
        let mut above = Vec::new();
        above.extend(
            self.exchange
                .map(|address| ("exchange", address.to_string())),
        );
        above.extend(self.url.clone().map(|url| ("url", url)));
        above.extend(self.ws_url.clone().map(|url| ("ws_url", url)));
        above.extend(self.keypair.as_ref().map(|file| ("keypair", path(file))));
        above.extend(dry_run.then(|| ("dry_run", "true".to_owned())));
        KeeperConfig::read(self.config.as_deref(), &above)
    }
}

/// Everything that a command works with.
struct Workplace {
    told: Arc<KeeperConfig>,
    port: Arc<ClusterPort>,
    metrics: Arc<KeeperMetrics>,
    health: Arc<KeeperHealth>,
    keys: KeeperKeys,
}

impl Workplace {
    fn new(told: KeeperConfig) -> Result<Self> {
        let key = Arc::new(identity::read_key(&told.keypair)?);
        Self::of_key(told, key)
    }

    fn of_key(told: KeeperConfig, key: Arc<Keypair>) -> Result<Self> {
        let commitment: CommitmentConfig = told.commitment.parse().context("commitment")?;
        let mut cluster = Cluster::new(&identity::url_of(&told.url), commitment);
        if let Some(ws_url) = &told.ws_url {
            cluster = cluster.with_ws_url(ws_url);
        }
        let keys = identity::keys_of(&key, &told);
        let (told, metrics, health) = (Arc::new(told), Arc::default(), Arc::default());
        let told_both: (Arc<KeeperMetrics>, Arc<KeeperHealth>) =
            (Arc::clone(&metrics), Arc::clone(&health));
        let port = ClusterPort::new(cluster, Arc::clone(&told), key, told_both)?;
        Ok(Self {
            told,
            port: Arc::new(port),
            metrics,
            health,
            keys,
        })
    }

    /// Everything that there is, asked for once.
    ///
    /// Errors: of the node, and an exchange that is not there.
    async fn read_book(&self) -> Result<ExchangeBook> {
        let mut book = ExchangeBook::new(self.port.snapshot().await?, self.keys);
        for some in book.lacking(usize::MAX).chunks(READ_AT_ONCE) {
            let read = self.port.accounts(some).await?;
            read.iter().for_each(|account| book.take(account));
        }
        Ok(book)
    }

    /// The book to begin with, and the keeper's margin account where it is to be opened; none where it is stopped.
    ///
    /// Errors: what no other try will mend.
    async fn begin(
        &self,
        open_account: bool,
        stop: &CancellationToken,
    ) -> Result<Option<ExchangeBook>> {
        let (began, retry_after) = (Instant::now(), self.told.timing.retry_after);
        let read = start::first_book(&*self.port, self.keys, retry_after, stop).await?;
        let Some(mut book) = read else {
            return Ok(None);
        };
        source::note_scan(&self.metrics, &self.health, began);
        if open_account {
            self.open_account(&mut book, stop).await?;
        }
        Ok((!stop.is_cancelled()).then_some(book))
    }

    /// Opens the keeper's margin account where there is none, tried until there is one or the keeper is stopped.
    ///
    /// Errors: a refusal.
    async fn open_account(&self, book: &mut ExchangeBook, stop: &CancellationToken) -> Result<()> {
        let address = self.keys.margin_account;
        let instruction = identity::open_instruction(self.keys.authority, &self.told);
        let key = JobKey::whole(Duty::Liquidate, address);
        let job = KeeperJob::new(key, instruction, "the keeper's margin account".to_owned());
        let mut backoff = Backoff::new(self.told.timing.retry_after);
        while book.own().is_none() {
            let outcome = self.port.carry(&job, FeePolicy::None).await;
            match &outcome {
                JobOutcome::Landed(_) => {
                    tracing::info!(%address, "opened the keeper's margin account");
                }
                JobOutcome::Rehearsed { .. } => {
                    tracing::info!(%address, "the keeper's margin account would be opened: a dry run sends nothing");
                    return Ok(());
                }
                other => start::note_wait("no margin account yet", &other.words()),
            }
            match self.port.accounts(&[address]).await {
                Ok(read) => read.iter().for_each(|account| book.take(account)),
                Err(error) => tracing::warn!(%error, "the margin account is not read"),
            }
            let is_refused = matches!(outcome, JobOutcome::Refused { .. });
            if is_refused && book.own().is_none() {
                let words = outcome.words();
                bail!("the margin account {address} cannot be opened: {words}");
            }
            if book.own().is_none() && !backoff.wait(stop).await {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = KeeperArguments::parse();
    let done = match &arguments.command {
        KeeperCommand::Run {
            open_account,
            dry_run,
        } => {
            let told = arguments.told.read(*dry_run);
            match told {
                Ok(told) => run(told, *open_account).await,
                Err(error) => Err(error),
            }
        }
        KeeperCommand::Explain { account } => explain_account(&arguments.told, account).await,
        KeeperCommand::CheckConfig => arguments
            .told
            .read(false)
            .and_then(|told| check_config(&told)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says that a configuration is good, once its key is read too.
///
/// Errors: no key that can be read.
fn check_config(told: &KeeperConfig) -> Result<()> {
    let key = identity::read_key(&told.keypair)?;
    if identity::is_open(&told.keypair)? {
        let path = told.keypair.display();
        eprintln!("Warning: others can read {path}: chmod 600 it.");
    }
    // The URL of an RPC service may hold a key.
    let cluster = Cluster::new(&identity::url_of(&told.url), CommitmentConfig::confirmed());
    println!(
        "The configuration is good: exchange {} at {}, key {}.",
        told.exchange,
        cluster.shown_url(),
        key.pubkey()
    );
    Ok(())
}

async fn explain_account(told: &ToldArguments, account: &Pubkey) -> Result<()> {
    let told = told.read(true)?;
    let place = Workplace::new(told)?;
    let mut book = place.read_book().await?;
    book.refresh();
    print!("{}", explain::explain(&book, account, &place.told));
    Ok(())
}

async fn run(told: KeeperConfig, open_account: bool) -> Result<()> {
    telemetry::begin(&told.log)?;
    let place = Workplace::new(told)?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_at_signal(stop.clone()));
    let state = HttpState {
        told: Arc::clone(&place.told),
        metrics: Arc::clone(&place.metrics),
        health: Arc::clone(&place.health),
    };
    let listener = http::listen(&place.told).await?;
    let server = tokio::spawn(http::serve(listener, state, stop.clone()));
    let begun = start::with_time(place.begin(open_account, &stop)).await?;
    let Some(book) = begun else {
        return Ok(());
    };
    if book.own().is_none() {
        let address = place.keys.margin_account;
        tracing::warn!(%address, "no margin account for rewards, so no liquidations: run with --open-account");
    }
    place.port.keep_table(&book.state);
    tracing::info!(
        exchange = %place.told.exchange,
        authority = %place.keys.authority,
        accounts = book.len(),
        dry_run = place.told.dry_run,
        "keeping"
    );
    // Nobody listens where systemd did not start it.
    let _ = sd_notify::notify(false, &[NotifyState::Ready]);
    work(&place, book, &stop).await;
    stop.cancel();
    server.await.context("the HTTP server broke")?
}

async fn work(place: &Workplace, book: ExchangeBook, stop: &CancellationToken) {
    let (feeds, feeds_told) = watch::channel(book.feeds());
    let rescan = Arc::new(Notify::new());
    let events = ClusterSource {
        port: Arc::clone(&place.port),
        told: Arc::clone(&place.told),
        metrics: Arc::clone(&place.metrics),
        health: Arc::clone(&place.health),
        stop: stop.clone(),
        feeds: feeds_told,
        rescan: Arc::clone(&rescan),
        is_back: Arc::default(),
    }
    .begin();
    let shared = KeeperShared {
        port: Arc::clone(&place.port),
        told: Arc::clone(&place.told),
        metrics: Arc::clone(&place.metrics),
        health: Arc::clone(&place.health),
    };
    let runner = KeeperRunner::new(shared, book);
    runner.work(events, stop.clone(), (feeds, rescan)).await;
}

async fn stop_at_signal(stop: CancellationToken) {
    let (Ok(mut term), Ok(mut int)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals cannot be heard; only SIGKILL will stop it");
        return;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping");
    // At once: what is on its way may take a while. Nobody listens where systemd did not start it.
    let _ = sd_notify::notify(false, &[NotifyState::Stopping]);
    stop.cancel();
}
