//! The whole network, running: validator, exchange, wallets, prices.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, ensure};
use freeboard_client::freeboard;
use freeboard_client::network::{Cluster, SendOptions};
use freeboard_client::parameters::ParameterFile;
use freeboard_client::state::ExchangeState;
use solana_commitment_config::CommitmentConfig;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::chain::LocalChain;
use crate::check::{Checker, SelfCheck};
use crate::description::{DescribedAsset, NetworkDescription};
use crate::poster::{MockFeed, PricePoster};
use crate::setup::{SetupPlan, SetupRun};
use crate::tape::{PriceOrigin, PriceTape};
use crate::validator::{ValidatorPorts, ValidatorProcess};
use crate::wallets::{self, Wallets};

/// The parameters that are shipped.
const SHIPPED: &str = include_str!("../../../migrations/parameters/default.toml");
/// Length of a slot, milliseconds: what clients meet on a cluster.
const SLOT_MS: u64 = 400;
/// The same while everything is set up: a transaction is known to have landed only when its slot is over.
const SETUP_SLOT_MS: u64 = 40;
/// How often prices are posted.
const TICK: Duration = Duration::from_secs(1);
/// How often it is looked whether the validator still runs.
const LOOK: Duration = Duration::from_millis(500);

/// What a network is made of.
#[derive(Clone, Debug)]
pub struct LocalnetOptions {
    /// The validator, as `cargo xtask build-validator` makes it.
    pub validator: PathBuf,
    /// The folder of the built programs.
    pub programs: PathBuf,
    /// Where keypairs and the description go.
    pub folder: PathBuf,
    /// Where the validator serves.
    pub ports: ValidatorPorts,
    /// The parameter file; none for the shipped one.
    pub parameters: Option<PathBuf>,
    /// Where prices come from.
    pub prices: PriceOrigin,
    /// Seconds of the chain's clock per second: with more than 1 it jumps once a second.
    pub speed: u32,
}

impl LocalnetOptions {
    /// A network of shipped parameters and generated prices in real time, at the usual ports.
    pub fn new(validator: PathBuf, programs: PathBuf, folder: PathBuf) -> Self {
        Self {
            validator,
            programs,
            folder,
            ports: ValidatorPorts { rpc: 8899 },
            parameters: None,
            prices: PriceOrigin::Generated { seed: 7 },
            speed: 1,
        }
    }

    fn plan(&self) -> Result<SetupPlan> {
        let parameters = match &self.parameters {
            Some(path) => {
                let shown = || path.display().to_string();
                let text = std::fs::read_to_string(path).with_context(shown)?;
                ParameterFile::parse(&text).with_context(shown)?
            }
            None => ParameterFile::parse(SHIPPED).context("the shipped parameters")?,
        };
        Ok(SetupPlan {
            parameters,
            program: self.program("freeboard")?,
            mock: self.program("pyth_mock")?,
        })
    }

    fn program(&self, library: &str) -> Result<Vec<u8>> {
        let path = self.programs.join(format!("{library}.so"));
        std::fs::read(&path).with_context(|| {
            format!(
                "cannot read {}: run `cargo xtask build` first",
                path.display()
            )
        })
    }
}

/// What the poster of prices is told.
enum PosterOrder {
    /// The price of this feed, by its place, is multiplied.
    Shock(usize, f64),
    /// No prices for so long.
    Hold(Duration),
    /// No price of this feed, by its place, any more.
    Silence(usize),
}

/// A running network. It stops when this is dropped.
pub struct LocalNetwork {
    /// The cluster, asked for what is confirmed.
    pub cluster: Cluster,
    /// What only a local validator can do.
    pub chain: LocalChain,
    /// Address of the exchange.
    pub exchange: Pubkey,
    /// Everybody's keys.
    pub wallets: Wallets,
    /// What tools need to find everything.
    pub description: NetworkDescription,
    /// The configuration of Solana's tools for it.
    pub config: PathBuf,
    /// What the self-check found.
    pub check: SelfCheck,
    orders: mpsc::UnboundedSender<PosterOrder>,
    posting: JoinHandle<()>,
    validator: ValidatorProcess,
}

impl LocalNetwork {
    /// Starts the validator, sets up the exchange, checks that it works and goes on posting prices.
    ///
    /// Errors: the step that fails, with what to do; nothing is left running.
    pub async fn start(options: &LocalnetOptions) -> Result<Self> {
        ensure!(options.speed >= 1, "--speed: 1 is real time, and the least");
        let plan = options.plan()?;
        let wallets = Wallets::open(&options.folder.join("keys"))?;
        let lead_secs = plan.lead_secs();
        let tape = PriceTape::open(&options.prices, &plan.names(), lead_secs)?;
        // The chain begins in the past, so that it has come to the present when everything has waited its time.
        let start_ts = wall_clock()? - lead_secs;
        let mut validator = ValidatorProcess::start(&options.validator, options.ports, start_ts)?;
        validator.set_slot_ms(SETUP_SLOT_MS)?;
        let url = options.ports.url();
        let chain = LocalChain::new(Cluster::new(&url, CommitmentConfig::processed()));
        let feeds = plan.feeds();
        let payer = wallets.key("payer").clone();
        let mut poster = PricePoster::new(chain.cluster.clone(), payer, &feeds, tape, start_ts);
        let send = SendOptions::default();
        let run = SetupRun {
            plan: &plan,
            chain: &chain,
            wallets: &wallets,
            poster: &mut poster,
            options: send.clone(),
        };
        let state = run.carry_out().await?;
        let payer = wallets.key("payer");
        let checker = Checker::new(&chain, &mut poster, payer, &state, send);
        let check = checker.carry_out().await.context("the self-check failed")?;
        chain.travel_to(wall_clock()?).await?;
        poster.post_now(&chain).await?;
        validator.set_slot_ms(SLOT_MS)?;
        let cluster = Cluster::new(&url, CommitmentConfig::confirmed());
        let description = describe(&cluster, &state, &wallets);
        let config = description.write(&options.folder)?;
        let (orders, received) = mpsc::unbounded_channel();
        let posting = tokio::spawn(keep_posting(chain.clone(), poster, options.speed, received));
        Ok(Self {
            cluster,
            chain,
            exchange: state.address,
            wallets,
            description,
            config: config.canonicalize()?,
            check,
            orders,
            posting,
            validator,
        })
    }

    /// From the next tick on the asset's price is what it would have been, times `multiple`: 0.8 is a fall by a fifth.
    ///
    /// Errors: there is no such asset; a multiple that leaves no price.
    pub fn shock(&self, asset: &str, multiple: f64) -> Result<()> {
        let feed = self.feed_place(asset)?;
        ensure!(
            (0.001..=1_000.0).contains(&multiple),
            "a price can be multiplied by 0.001 to 1000, not by {multiple}"
        );
        self.orders.send(PosterOrder::Shock(feed, multiple)).ok();
        Ok(())
    }

    /// From the next tick on the asset's feed is dead: nobody posts a price of it any more.
    ///
    /// Errors: there is no such asset.
    pub fn silence(&self, asset: &str) -> Result<()> {
        let feed = self.feed_place(asset)?;
        self.orders.send(PosterOrder::Silence(feed)).ok();
        Ok(())
    }

    fn feed_place(&self, asset: &str) -> Result<usize> {
        let assets = &self.description.assets;
        let same = |one: &DescribedAsset| one.name.eq_ignore_ascii_case(asset);
        assets.iter().position(same).with_context(|| {
            let names: Vec<&str> = assets.iter().map(|one| one.name.as_str()).collect();
            format!("there is no asset {asset}; there are {}", names.join(", "))
        })
    }

    /// From the next tick on no price is posted for so long: those that there are grow old.
    pub fn hold_prices(&self, pause: Duration) {
        self.orders.send(PosterOrder::Hold(pause)).ok();
    }

    /// Returns once the validator has ended, which it does not by itself.
    pub async fn ended(&mut self) {
        while self.validator.is_running() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for LocalNetwork {
    fn drop(&mut self) {
        self.posting.abort();
    }
}

/// Posts prices every second; a tick that fails is told, and the next one comes.
async fn keep_posting(
    chain: LocalChain,
    mut poster: PricePoster,
    speed: u32,
    mut orders: mpsc::UnboundedReceiver<PosterOrder>,
) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_ts = None;
    let mut held_until = None::<Instant>;
    loop {
        ticks.tick().await;
        while let Ok(order) = orders.try_recv() {
            match order {
                PosterOrder::Shock(feed, multiple) => poster.shock(feed, multiple),
                PosterOrder::Hold(pause) => held_until = Some(Instant::now() + pause),
                PosterOrder::Silence(feed) => poster.silence(feed),
            }
        }
        if held_until.is_some_and(|until| Instant::now() < until) {
            continue;
        }
        match tick(&chain, &mut poster, last_ts, speed).await {
            Ok(ts) => last_ts = Some(ts),
            Err(error) => tracing::warn!("no prices this second: {error:#}"),
        }
    }
}

/// One tick: the clock jumps where it is to run faster, then the prices of then; returns the time.
async fn tick(
    chain: &LocalChain,
    poster: &mut PricePoster,
    last_ts: Option<i64>,
    speed: u32,
) -> Result<i64> {
    if let Some(last_ts) = last_ts.filter(|_| speed > 1) {
        chain.travel_to(last_ts + i64::from(speed)).await?;
    }
    poster.post_now(chain).await
}

fn describe(cluster: &Cluster, state: &ExchangeState, wallets: &Wallets) -> NetworkDescription {
    let asset = |one: &freeboard_client::state::AssetState| DescribedAsset {
        name: one.name(),
        index: one.asset.index,
        address: one.keys.asset.to_string(),
        feed: one.keys.feed.to_string(),
        feed_id: hex::encode(MockFeed::of_name(&one.name()).id),
        mint: one.asset.mint.to_string(),
    };
    let keys = wallets::NAMES.map(|name| (name.to_owned(), wallets.path(name)));
    NetworkDescription {
        url: cluster.url().to_owned(),
        ws_url: cluster.ws_url().to_owned(),
        program: freeboard::ID.to_string(),
        exchange: state.address.to_string(),
        quote_mint: state.keys.quote_mint.to_string(),
        assets: state.assets.iter().map(asset).collect(),
        keys: BTreeMap::from(keys),
    }
}

/// This machine's clock, unix seconds: asked once, for where the chain begins and what it comes to.
fn wall_clock() -> Result<i64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.context("this machine's clock is before 1970")?;
    Ok(i64::try_from(since.as_secs())?)
}
