//! From a bare validator to a running exchange by `freeboard-deploy` alone: stopped and gone on with, waited for, handed
//! over, upgraded.
use std::path::PathBuf;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anchor_spl::associated_token::get_associated_token_address;
use freeboard_client::freeboard;
use freeboard_client::network::Cluster;
use freeboard_localnet::{LocalChain, ValidatorPorts, ValidatorProcess};
use freeboard_network_tests::{Runbook, ShellAnswer, deploy, deploy_and_kill};
use freeboard_sandbox::Quote;
use freeboard_sandbox::feeds::receiver_account;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::operations::OPERATIONS;

const START_TS: i64 = 1_800_000_000;
/// The longest that a change waits: the timelock, or an LP's delay and window.
const WAIT_SECS: i64 = 86_400 + 43_200;
const FEED: [u8; 32] = [7; 32];
const DEPOSIT_ATOMS: u64 = 250_000_000_000;

/// A bare validator, the keys of payer, creator and a multisig, and a deployment file.
struct Bare {
    chain: LocalChain,
    runtime: Runtime,
    payer: Arc<Keypair>,
    mint: Pubkey,
    price_account: Pubkey,
    programs: PathBuf,
    folder: TempDir,
    _validator: ValidatorProcess,
}

impl Bare {
    /// None, with the reason printed, where this machine has no validator.
    fn start() -> Option<Self> {
        let place = |name| std::env::var_os(name).map(PathBuf::from);
        let (Some(validator), Some(programs)) =
            (place("FREEBOARD_VALIDATOR"), place("FREEBOARD_DEPLOY_DIR"))
        else {
            println!(
                "skipped: FREEBOARD_VALIDATOR and FREEBOARD_DEPLOY_DIR are not set; `cargo xtask test` sets them"
            );
            return None;
        };
        let ports = ValidatorPorts::free().expect("free ports");
        let process = ValidatorProcess::start(&validator, ports, START_TS).expect("a validator");
        let folder = TempDir::new().expect("a folder");
        let [payer, creator, multisig] = ["payer", "creator", "authority"].map(|name| {
            let key = Keypair::new();
            let path = folder.path().join(format!("{name}.json"));
            write_keypair_file(&key, path).expect("written");
            Arc::new(key)
        });
        let this = Self {
            chain: LocalChain::new(Cluster::new(&ports.url(), CommitmentConfig::confirmed())),
            runtime: Runtime::new().expect("a runtime"),
            payer,
            mint: Pubkey::new_unique(),
            price_account: Pubkey::new_unique(),
            programs,
            folder,
            _validator: process,
        };
        this.prepare(&creator.pubkey(), &multisig.pubkey(), &ports.url());
        Some(this)
    }

    /// SOL, the program's address, a quote token; and the file.
    fn prepare(&self, creator: &Pubkey, multisig: &Pubkey, url: &str) {
        let payer = self.payer.pubkey();
        self.runtime.block_on(async {
            self.chain
                .give_sol(&payer, 12_000_000_000)
                .await
                .expect("SOL");
            self.chain
                .reserve_program(&freeboard::ID)
                .await
                .expect("an address");
        });
        let mint = [&[1, 0, 0, 0], payer.as_ref(), &[0; 8], &[6, 1], &[0; 36]].concat();
        self.put(&self.mint, &anchor_spl::token::ID, &mint);
        let text = format!(
            "cluster = \"localnet\"\nrpc_url = \"{url}\"\n\
             [program]\nfile = \"{}\"\nupgrade_authority = \"{multisig}\"\n\
             [exchange]\ncreator = \"{creator}\"\nquote_mint = \"{}\"\ntimelock_secs = 86400\nparameters = \"{}\"\n\
             pool_deposit_quote_atoms = {DEPOSIT_ATOMS}\n\
             [roles]\ngovernance = \"{multisig}\"\nfirst_governance = \"{payer}\"\nrisk_manager = \"{multisig}\"\n\
             guardian = \"{multisig}\"\n\
             [[assets]]\nname = \"BTC\"\nfeed_kind = \"pyth_receiver\"\nfeed = \"{}\"\nprice_account = \"{}\"\n",
            self.programs.join("freeboard.so").display(),
            self.mint,
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../migrations/parameters/default.toml"
            ),
            "07".repeat(32),
            self.price_account,
        );
        std::fs::write(self.path("deployment.toml"), text).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, address: &Pubkey, owner: &Pubkey, data: &[u8]) {
        let put = self.chain.set_account(address, 1_000_000_000, owner, data);
        self.runtime.block_on(put).expect("an account");
    }

    /// A line of `freeboard-deploy` as it is typed, in the folder of the files.
    fn deploy(&self, line: &str) -> ShellAnswer {
        deploy(self.folder.path(), line).expect("freeboard-deploy runs")
    }

    /// Carries out by a line what can be done; returns the exit status and the steps with their states.
    fn carry_out(&self, line: &str) -> (i32, Vec<(String, String)>) {
        let answer = self.deploy(&format!("{line} --yes --json"));
        let steps = answer.json()["data"]["plan"]["steps"].as_array().cloned();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let steps = steps.unwrap_or_else(|| panic!("{answer:?}"));
        let pair = |step: &Value| (text(&step["state"]), text(&step["step"]));
        (answer.status, steps.iter().map(pair).collect())
    }

    fn lamports(&self) -> u64 {
        let payer = self.payer.pubkey();
        self.runtime
            .block_on(self.chain.cluster.balance(&payer))
            .expect("a balance")
    }

    /// The wait is over, and there is a price and governance's money.
    fn pass(&self) {
        let then_ts = START_TS + WAIT_SECS + 600;
        self.runtime
            .block_on(self.chain.travel_to(then_ts))
            .expect("later");
        let price = receiver_account(FEED, &Quote::usd(100_000.0, then_ts));
        self.put(&self.price_account, &price.owner, &price.data);
        let payer = self.payer.pubkey();
        let account = get_associated_token_address(&payer, &self.mint);
        let (mint, held) = (self.mint.as_ref(), DEPOSIT_ATOMS.to_le_bytes());
        let tokens = [mint, payer.as_ref(), &held, &[0; 36], &[1], &[0; 56]].concat();
        self.put(&account, &anchor_spl::token::ID, &tokens);
    }
}

impl Bare {
    /// Bytes of a program that was built.
    fn built(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.programs.join(name)).expect("a program")
    }

    /// Bytes that a dump wrote, by this line.
    fn dumped(&self, line: &str, name: &str) -> Vec<u8> {
        let answer = self.deploy(line);
        assert_eq!(answer.status, 0, "{answer:?}");
        std::fs::read(self.path(name)).expect("a dump")
    }

    /// Bytes of the program as it is deployed.
    fn deployed(&self) -> Vec<u8> {
        let url = self.chain.cluster.url();
        let line = format!("freeboard-deploy dump deployed.so --url {url}");
        self.dumped(&line, "deployed.so")
    }

    /// Another program is an upgrade: first by whoever lacks the key of the authority, whose signers look at the buffer.
    fn upgrade(&self, text: &str) {
        let place = |name: &str| self.programs.join(name).display().to_string();
        let text = text.replace(&place("freeboard.so"), &place("pyth_mock.so"));
        std::fs::write(self.path("deployment.toml"), text).expect("written");
        let mut book = Runbook::read(OPERATIONS, "Upgrade");
        let planned = self.deploy(&book.command("freeboard-deploy plan"));
        assert!(
            planned.output.contains("upgrade the program"),
            "{planned:?}"
        );
        let (status, steps) = self.carry_out(&book.command("freeboard-deploy run"));
        assert_eq!(status, 3, "{steps:?}");
        assert_eq!(state(&steps, "upgrade the program at"), "needs_signer");

        let titles = steps.iter().map(|(_, title)| title.as_str());
        let mut written = titles.filter_map(|title| title.split_once("into the buffer "));
        let (_, buffer) = written.next().expect("the buffer's address");
        book.know("BUFFER", buffer);
        book.know("URL", self.chain.cluster.url());
        let dumped = self.dumped(&book.command("freeboard-deploy dump"), "buffer.so");
        assert_eq!(dumped, self.built("pyth_mock.so"));
        book.command("cargo xtask verify"); // builds

        let (status, steps) = self.carry_out(&book.command("freeboard-deploy run"));
        assert_eq!(status, 0, "{steps:?}");
        let planned = self.deploy(&book.command("freeboard-deploy plan"));
        assert_eq!(planned.status, 0, "{planned:?}");
        book.assert_done();
        assert!(self.deployed().starts_with(&dumped));
    }
}

/// The states of steps, in words that a step's title holds.
fn state(steps: &[(String, String)], title: &str) -> String {
    let step = steps.iter().find(|(_, step)| step.contains(title));
    step.unwrap_or_else(|| panic!("no step {title}: {steps:?}"))
        .0
        .clone()
}

/// A little less than the rent of a buffer for a program of so many bytes: two years at 3,480 lamports a byte and year.
const fn rent_below(bytes: usize) -> u64 {
    2 * 3_480 * bytes as u64
}

#[test]
fn a_bare_validator_becomes_an_exchange_that_a_multisig_governs() {
    let Some(bare) = Bare::start() else { return };

    // It says what it needs and sends nothing.
    let mut book = Runbook::read(OPERATIONS, "Deploy");
    book.command("cargo xtask build"); // has been done
    let plan = book.command("freeboard-deploy plan");
    let run = book.command("freeboard-deploy run");
    book.assert_done();
    let plan = bare.deploy(&format!("{plan} --json")).json();
    assert_eq!(plan["data"]["steps"][0]["state"], "now", "{plan}");
    assert_eq!(bare.lamports(), 12_000_000_000);
    let text = std::fs::read_to_string(bare.path("deployment.toml")).expect("the file");
    std::fs::write(
        bare.path("devnet.toml"),
        text.replace("\"localnet\"", "\"devnet\""),
    )
    .expect("written");
    let elsewhere = run.replace("deployment.toml", "devnet.toml");
    let wrong = bare.deploy(&format!("{elsewhere} --yes"));
    assert_eq!(wrong.status, 1);
    assert!(wrong.errors.contains("is a node of localnet"), "{wrong:?}");

    // Killed while it writes, it goes on where it was, although the payer could not pay for a second buffer.
    let rent = rent_below(bare.built("freeboard.so").len());
    let left = bare.lamports() - rent;
    assert!(left < rent);
    deploy_and_kill(bare.folder.path(), &format!("{run} --yes"), || {
        bare.lamports() < left
    })
    .expect("killed");
    let (status, steps) = bare.carry_out(&run);
    assert_eq!(status, 3, "{steps:?}");
    assert_eq!(state(&steps, "compare the"), "done");
    assert_eq!(state(&steps, "propose to list BTC"), "done");
    assert_eq!(state(&steps, "list BTC as asset 0"), "done", "the proposal");
    assert!(steps.iter().any(|(state, _)| state == "waits"), "{steps:?}");

    // When the wait is over it finishes; what the multisig signs is left.
    bare.pass();
    let (status, steps) = bare.carry_out(&run);
    assert_eq!(status, 3, "{steps:?}");
    let open: Vec<_> = steps.iter().filter(|(state, _)| state != "done").collect();
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].0, "needs_signer", "{open:?}");
    let (status, steps) = bare.carry_out(&format!("{run} --signer authority.json"));
    assert_eq!(status, 0, "{steps:?}");

    // Once more: nothing is sent, nothing is paid.
    let before = bare.lamports();
    assert_eq!(bare.carry_out(&run).0, 0);
    assert_eq!(bare.lamports(), before);
    assert_eq!(bare.deployed(), bare.built("freeboard.so"));

    bare.upgrade(&text);
    // The buffer's rent came back: 100,224 bytes of it cost 0.7 SOL.
    assert!(
        before - bare.lamports() < 10_000_000,
        "{before} {}",
        bare.lamports()
    );
}
