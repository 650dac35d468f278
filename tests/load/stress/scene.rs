//! A local network with a crowd on it, and what a keeper needs to work there.
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use freeboard_client::address;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::{AccountFilter, FeedBook};
use freeboard_client::state::ExchangeState;
use freeboard_localnet::{LocalNetwork, LocalnetOptions, ValidatorPorts};
use tempfile::TempDir;

use super::crowd::Crowd;
use super::falls::{FallCurve, fall_curve};
use super::keeper::{KeeperLog, MeasuredKeeper};
use super::usage::child_named;

/// How long a keeper may take until it has its account.
const KEEPER_START: Duration = Duration::from_secs(90);

/// How long prices take to have fallen near the crowd's margins.
const SLUMP: Duration = Duration::from_secs(4);

/// Of what the network is made.
#[derive(Args)]
pub struct SceneArguments {
    /// Margin accounts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(30..=20_000))]
    pub accounts: Option<u16>,
    /// Seed of accounts and prices
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The local network's validator
    #[arg(long, value_name = "FILE", env = "FREEBOARD_VALIDATOR")]
    validator: PathBuf,
    /// The folder of the built programs
    #[arg(long, value_name = "DIR", env = "FREEBOARD_DEPLOY_DIR")]
    programs: PathBuf,
    /// The keeper's commitment: processed, confirmed
    #[arg(long, value_name = "WORD", default_value = "confirmed")]
    commitment: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A network, and who trades there.
pub struct LoadScene {
    /// The network.
    pub network: LocalNetwork,
    /// Where it serves.
    pub ports: ValidatorPorts,
    /// Process of the validator.
    pub validator_pid: u32,
    /// How many accounts there are.
    pub accounts: usize,
    /// How long it took to put them there.
    pub set_up: Duration,
    /// Where prices are.
    book: FeedBook,
    commitment: String,
    folder: TempDir,
}

impl LoadScene {
    /// Starts a network and puts accounts there, of which `near` are near their margin.
    pub async fn start(arguments: &SceneArguments, usual: u16, near: usize) -> Result<Self> {
        let accounts = usize::from(arguments.accounts.unwrap_or(usual));
        ensure!(
            near <= accounts,
            "--accounts: of {accounts} accounts {near} cannot fall"
        );
        let folder = TempDir::new()?;
        let ports = ValidatorPorts::free()?;
        let mut options = LocalnetOptions::new(
            arguments.validator.clone(),
            arguments.programs.clone(),
            folder.path().join("network"),
        );
        options.ports = ports;
        options.prices = freeboard_localnet::PriceOrigin::Generated {
            seed: arguments.seed,
        };
        let network = LocalNetwork::start(&options).await?;
        let file = arguments.validator.file_name();
        let validator_pid = child_named(&file.context("a file")?.to_string_lossy())?;
        let start = Instant::now();
        let mut book = FeedBook::default();
        book.keep(
            &network
                .cluster
                .exchange(network.exchange, &FeedBook::default())
                .await?,
        );
        let crowd = Crowd {
            network: &network,
            book: &book,
            seed: arguments.seed,
        };
        let slumps = crowd.settle(accounts, near).await?;
        for (asset, slump) in network.description.assets.iter().zip(slumps) {
            network.shock(&asset.name, 1.0 - slump)?;
        }
        tokio::time::sleep(SLUMP).await;
        Ok(Self {
            ports,
            validator_pid,
            accounts,
            set_up: start.elapsed(),
            book,
            commitment: arguments.commitment.clone(),
            folder,
            network,
        })
    }

    /// Starts a keeper that works through these ports by the key of one of the network's wallets, and waits until it
    /// can liquidate.
    pub async fn keeper(
        &self,
        who: &str,
        ports: ValidatorPorts,
        log: KeeperLog,
    ) -> Result<MeasuredKeeper> {
        let network = &self.network;
        let text = format!(
            "exchange = \"{}\"\nurl = \"{}\"\nkeypair = \"{}\"\ncommitment = \"{}\"\n[http]\nlisten = \"127.0.0.1:0\"\n",
            network.exchange,
            ports.url(),
            network.wallets.path(who).display(),
            self.commitment,
        );
        let config = self.folder.path().join(format!("{who}.toml"));
        std::fs::write(&config, text)?;
        let mut keeper = MeasuredKeeper::start(&config, log)?;
        let owner = network.wallets.address(who);
        let own = address::margin_account(&network.exchange, &owner, 0);
        let start = Instant::now();
        while self.network.cluster.account(&own).await?.is_none() {
            ensure!(
                keeper.is_alive() && start.elapsed() < KEEPER_START,
                "the keeper does not work: {}",
                keeper.last_words()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(keeper)
    }

    /// The exchange as it is now.
    pub async fn state(&self) -> Result<ExchangeState> {
        let network = &self.network;
        Ok(network
            .cluster
            .exchange(network.exchange, &self.book)
            .await?)
    }

    /// The crowd's accounts as they are now.
    pub async fn members(&self) -> Result<Vec<Located<MarginAccount>>> {
        let network = &self.network;
        let filter = AccountFilter {
            owner: Some(network.wallets.address("trader")),
            executor: None,
        };
        let found = network.cluster.margin_accounts(network.exchange, &filter);
        Ok(found.await?)
    }

    /// How far prices have to fall for how many accounts.
    pub async fn falls(&self) -> Result<FallCurve> {
        let (state, members) = (self.state().await?, self.members().await?);
        let now = self.network.chain.now().await?;
        tokio::task::block_in_place(|| fall_curve(&state, &members, now))
    }

    /// From the next tick on all prices are multiplied.
    pub fn shock(&self, multiple: f64) -> Result<()> {
        for asset in &self.network.description.assets {
            self.network.shock(&asset.name, multiple)?;
        }
        Ok(())
    }

    /// Quote in the vault, and what belongs to somebody: the same, atoms.
    ///
    /// Errors: they differ.
    pub async fn books(&self) -> Result<(i128, i128)> {
        let network = &self.network;
        freeboard_localnet::books(&network.cluster, network.exchange, &self.book).await
    }

    /// Transactions that a wallet has paid for, and those of them that failed.
    pub async fn paid(&self, who: &str) -> Result<(usize, usize)> {
        let rpc = self.network.cluster.rpc();
        let owner = self.network.wallets.address(who);
        let (mut landed, mut failed, mut before) = (0, 0, None);
        loop {
            let config = solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config {
                before,
                ..Default::default()
            };
            let some = rpc
                .get_signatures_for_address_with_config(&owner, config)
                .await?;
            let Some(last) = some.last() else {
                return Ok((landed, failed));
            };
            before = Some(last.signature.parse()?);
            landed += some.len();
            failed += some.iter().filter(|one| one.err.is_some()).count();
        }
    }
}
