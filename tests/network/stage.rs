//! A local network for one story.
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
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
use crate::runbook::Runbook;

/// Where the validator is: `cargo xtask test` says so.
const VALIDATOR: &str = "FREEBOARD_VALIDATOR";
/// Where the built programs are.
const PROGRAMS: &str = "FREEBOARD_DEPLOY_DIR";

/// The socket by which a keeper of a run-book tells what systemd waits for.
pub const NOTIFIED: &str = "notified";

/// A running network, and a folder for what is written beside it.
pub struct Stage {
    /// The network.
    pub network: LocalNetwork,
    /// What is asked of it from the test itself.
    pub runtime: Runtime,
    folder: TempDir,
    ports: ValidatorPorts,
}

impl Stage {
    /// A network of its own, in real time; none, with the reason printed, where this machine has no validator.
    pub fn start() -> Option<Self> {
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
        let ports = ValidatorPorts::free().expect("free ports");
        let options = LocalnetOptions {
            ports,
            ..LocalnetOptions::new(validator.into(), programs.into(), place)
        };
        let network = runtime.block_on(LocalNetwork::start(&options));
        Some(Self {
            network: network.expect("the network starts"),
            runtime,
            folder,
            ports,
        })
    }

    /// Runs `freeboard` as one of the network's wallets; `line` as it is typed, without quotes.
    pub fn shell(&self, who: &str, line: &str) -> ShellAnswer {
        let config = self.network.config.display().to_string();
        let key = self.network.wallets.path(who).display().to_string();
        let mut command = self.command(self.folder.path(), &format!("freeboard {line}"));
        command.args(["-C", &config, "-k", &key]);
        binaries::answer(command).expect("freeboard runs")
    }

    /// A line on this network, typed in a folder.
    fn command(&self, folder: &Path, line: &str) -> Command {
        let mut command = binaries::typed(folder, line).expect("a line that is run here");
        if line.starts_with("freeboard ") {
            command.env("FREEBOARD_EXCHANGE", self.network.exchange.to_string());
        }
        command
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

    /// The folder of everybody's keys, where lines of documents are typed.
    pub fn desk(&self) -> PathBuf {
        let trader = self.network.wallets.path("trader");
        trader.parent().expect("its folder").to_owned()
    }

    /// Types the next command of a run-book, which begins with these words, in the folder of the keys: as the trader where
    /// it names no key. Nobody can be asked here, so that `--yes` is added where something may be sent.
    pub fn play(&self, book: &mut Runbook, begins: &str) -> ShellAnswer {
        let line = book.command(begins);
        let mut command = self.command(&self.desk(), &line);
        if line.starts_with("freeboard ") {
            command.arg("--yes").arg("-C").arg(&self.network.config);
        }
        let answer = binaries::answer(command).expect("it runs");
        println!("$ {line}\n{}{}", answer.output, answer.errors);
        answer
    }

    /// The same, which must succeed.
    pub fn play_well(&self, book: &mut Runbook, begins: &str) -> ShellAnswer {
        let answer = self.play(book, begins);
        assert_eq!(answer.status, 0, "{begins}: {answer:?}");
        answer
    }

    /// Types the next command of a run-book, a keeper's that runs until it is stopped. It answers at this port, for the
    /// usual one may be taken, and tells systemd's part by the socket [`NOTIFIED`] of the desk.
    pub fn play_keeper(&self, book: &mut Runbook, begins: &str, port: u16) -> KeeperProcess {
        let line = book.command(begins);
        println!("$ {line}");
        let mut command = self.command(&self.desk(), &line);
        command
            .env("FREEBOARD_KEEPER_HTTP__LISTEN", format!("127.0.0.1:{port}"))
            .env("NOTIFY_SOCKET", self.desk().join(NOTIFIED));
        let log = self.folder.path().join("keeper.log");
        KeeperProcess::start(command, log).expect("the keeper starts")
    }

    /// Starts a keeper with the network's key for it, and these lines of configuration besides.
    pub fn keeper(&self, more: &str) -> KeeperProcess {
        self.keeper_of("keeper", self.network.cluster.url(), more)
    }

    /// Starts a keeper with a wallet's key, whose node is at this URL, and these lines of configuration besides.
    pub fn keeper_of(&self, who: &str, url: &str, more: &str) -> KeeperProcess {
        self.keeper_at(self.network.exchange, (who, url), more)
    }

    /// The same for this exchange, which need not be there.
    pub fn keeper_at(
        &self,
        exchange: Pubkey,
        (who, url): (&str, &str),
        more: &str,
    ) -> KeeperProcess {
        let key = self.network.wallets.path(who);
        let text = format!(
            "exchange = \"{exchange}\"\nurl = \"{url}\"\nkeypair = \"{}\"\n{more}\n[http]\nlisten = \"127.0.0.1:0\"\n",
            key.display(),
        );
        let path = |suffix: &str| self.folder.path().join(format!("keeper-{who}.{suffix}"));
        std::fs::write(path("toml"), text).expect("written");
        let line = format!("freeboard-keeper run --open-account --config keeper-{who}.toml");
        let command = self.command(self.folder.path(), &line);
        KeeperProcess::start(command, path("log")).expect("the keeper starts")
    }

    /// Changes an account's bytes, as no transaction does.
    pub fn change_account(&self, address: &Pubkey, change: impl FnOnce(&mut [u8])) {
        let network = &self.network;
        self.wait(async {
            let found = network.cluster.account(address).await.expect("asked");
            let mut account = found.expect("an account");
            change(&mut account.data);
            let (lamports, owner, data) = (account.lamports, account.owner, account.data);
            let written = network.chain.set_account(address, lamports, &owner, &data);
            written.await.expect("written");
        });
    }

    /// Where the network's node serves.
    pub const fn ports(&self) -> ValidatorPorts {
        self.ports
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
        self.pass_without(secs, &[])
    }

    /// The same, where nobody posts prices of these assets.
    pub fn pass_without(&self, secs: i64, silent: &[&str]) -> Result<()> {
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
            let assets = state.assets.iter();
            let mut posted = assets.filter(|one| !silent.contains(&one.name().as_str()));
            posted.all(|one| fresh(one) == Some(true)).then_some(())
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
