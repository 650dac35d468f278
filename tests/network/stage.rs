//! A local network for one story.
use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use anchor_spl::associated_token::get_associated_token_address_with_program_id;
use anyhow::{Context, Result};
use freeboard_client::network::FeedBook;
use freeboard_client::state::ExchangeState;
use freeboard_localnet::{LocalNetwork, LocalnetOptions, ValidatorPorts};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::binaries::{self, KeeperProcess, ShellAnswer};

/// Where the validator is: `cargo xtask test` says so.
const VALIDATOR: &str = "FREEBOARD_VALIDATOR";
/// Where the built programs are.
const PROGRAMS: &str = "FREEBOARD_DEPLOY_DIR";

/// A running network, and a folder for what is written beside it.
pub struct Stage {
    /// The network.
    pub network: LocalNetwork,
    /// What is asked of it from the test itself.
    pub runtime: Runtime,
    folder: TempDir,
}

impl Stage {
    /// A network of its own, in real time; none, with the reason printed, where this machine has no validator.
    pub fn start() -> Option<Self> {
        Self::start_with(None)
    }

    /// The same with a parameter file in place of the shipped one.
    pub fn with_parameters(text: &str) -> Option<Self> {
        Self::start_with(Some(text))
    }

    fn start_with(parameters: Option<&str>) -> Option<Self> {
        let (Some(validator), Some(programs)) =
            (std::env::var_os(VALIDATOR), std::env::var_os(PROGRAMS))
        else {
            println!(
                "skipped: {VALIDATOR} and {PROGRAMS} are not set; `cargo xtask test` sets them"
            );
            return None;
        };
        let runtime = Runtime::new().expect("a runtime");
        let folder = TempDir::new().expect("a folder");
        let place = folder.path().join("network");
        let parameters = parameters.map(|text| {
            let path = folder.path().join("parameters.toml");
            std::fs::write(&path, text).expect("written");
            path
        });
        let options = LocalnetOptions {
            ports: ValidatorPorts::free().expect("free ports"),
            parameters,
            ..LocalnetOptions::new(validator.into(), programs.into(), place)
        };
        let network = runtime.block_on(LocalNetwork::start(&options));
        Some(Self {
            network: network.expect("the network starts"),
            runtime,
            folder,
        })
    }

    /// Runs `freeboard` as one of the network's wallets; `line` as it is typed, without quotes.
    pub fn shell(&self, who: &str, line: &str) -> ShellAnswer {
        let config = self.network.config.display().to_string();
        let key = self.network.wallets.path(who).display().to_string();
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        arguments.extend(["-C", &config, "-k", &key]);
        let exchange = self.network.exchange.to_string();
        binaries::freeboard(self.folder.path(), &exchange, &arguments).expect("freeboard runs")
    }

    /// The same, which must succeed; returns `data` of its JSON.
    pub fn fb(&self, who: &str, line: &str) -> Value {
        let answer = self.shell(who, &format!("{line} --json --yes"));
        let json = answer.json();
        assert!(
            answer.status == 0 && json["ok"] == true,
            "{who}: {line}: {answer:?}"
        );
        json["data"].clone()
    }

    /// The same, which must be refused; returns its exit status and `error`.
    pub fn refused(&self, who: &str, line: &str) -> (i32, Value) {
        let answer = self.shell(who, &format!("{line} --json --yes"));
        let json = answer.json();
        assert!(
            answer.status != 0 && json["ok"] == false,
            "{who}: {line}: {answer:?}"
        );
        (answer.status, json["error"].clone())
    }

    /// Starts a keeper with the network's key for it, and these lines of configuration besides.
    pub fn keeper(&self, more: &str) -> KeeperProcess {
        let network = &self.network;
        let text = format!(
            "exchange = \"{}\"\nurl = \"{}\"\nkeypair = \"{}\"\n{more}\n[http]\nlisten = \"127.0.0.1:0\"\n",
            network.exchange,
            network.cluster.url(),
            network.wallets.path("keeper").display(),
        );
        let config = self.folder.path().join("keeper.toml");
        std::fs::write(&config, text).expect("written");
        KeeperProcess::start(&config, self.log_path()).expect("the keeper starts")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("keeper.log")
    }

    /// A file of the story's own.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Waits for a future.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The exchange as it is now.
    pub fn state(&self) -> ExchangeState {
        let cluster = &self.network.cluster;
        let fetched = self.wait(cluster.exchange(self.network.exchange, &FeedBook::default()));
        fetched.expect("fetched")
    }

    /// Quote tokens in a wallet's associated account, quote atoms.
    pub fn wallet_quote_atoms(&self, who: &str) -> u64 {
        let owner = self.network.wallets.address(who);
        let keys = self.state().keys;
        let (mint, program) = (keys.quote_mint, keys.quote_program);
        let account = get_associated_token_address_with_program_id(&owner, &mint, &program);
        let found = self.wait(self.network.cluster.token_balance(account));
        found.expect("asked").unwrap_or(0)
    }

    /// Lets so much time pass on the chain, and waits until prices are of then.
    pub fn pass(&self, secs: i64) -> Result<()> {
        let chain = &self.network.chain;
        self.wait(async {
            let until_ts = chain.now().await? + secs;
            chain.travel_to(until_ts).await
        })?;
        self.until("prices of the new time", || {
            let now = self.wait(chain.now()).ok()?;
            let state = self.state();
            let fresh = |one: &freeboard_client::state::AssetState| {
                let feed = one.feed.as_ref()?;
                let age_secs = now - feed.latest(&one.asset).ok()?.publish_ts;
                Some(age_secs <= 5)
            };
            let all = state.assets.iter().all(|one| fresh(one) == Some(true));
            all.then_some(())
        })
    }

    /// Waits, for a minute at most, until something is there.
    pub fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> Result<T> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if let Some(found) = look() {
                return Ok(found);
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        None.with_context(|| format!("not within a minute: {what}"))
    }

    /// The vault holds what accounts, pool, insurance and fees sum to, to the atom, and nothing else fails.
    pub fn assert_books(&self) {
        let answer = self.shell("trader", "doctor --json");
        let data = answer.json()["data"].clone();
        let findings = data.as_array().cloned().unwrap_or_default();
        let books = findings.iter().find(|one| one["what"] == "books");
        let health = books.map(|one| one["health"].clone());
        assert_eq!(health, Some("ok".into()), "{answer:?}");
    }

    /// Address of a wallet's margin account of number 0.
    pub fn account_of(&self, who: &str) -> Pubkey {
        let owner = self.network.wallets.address(who);
        freeboard_client::address::margin_account(&self.network.exchange, &owner, 0)
    }
}
