//! From a bare validator to a running exchange by `freeboard-deploy` alone: stopped and gone on with, waited for, handed
//! over, upgraded.
use std::path::PathBuf;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anchor_spl::associated_token::get_associated_token_address;
use freeboard_client::freeboard;
use freeboard_client::network::Cluster;
use freeboard_localnet::{LocalChain, ValidatorPorts, ValidatorProcess};
use freeboard_network_tests::{ShellAnswer, deploy, deploy_and_kill};
use freeboard_sandbox::Quote;
use freeboard_sandbox::feeds::receiver_account;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const START_TS: i64 = 1_800_000_000;
/// The longest that a change waits: the timelock, or an LP's delay and window.
const WAIT_SECS: i64 = 86_400 + 43_200;
const FEED: [u8; 32] = [7; 32];
const DEPOSIT_ATOMS: u64 = 250_000_000_000;

/// A bare validator, the keys of the payer and of a multisig, and a deployment file.
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
        let [payer, multisig] = ["payer", "multisig"].map(|name| {
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
        this.prepare(&multisig.pubkey(), &ports.url());
        Some(this)
    }

    /// SOL, the program's address, a quote token; and the file.
    fn prepare(&self, multisig: &Pubkey, url: &str) {
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
             [exchange]\ncreator = \"{payer}\"\nquote_mint = \"{}\"\ntimelock_secs = 86400\nparameters = \"{}\"\n\
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

    /// `freeboard-deploy` with a line as it is typed, in the folder of the files.
    fn deploy(&self, line: &str) -> ShellAnswer {
        deploy(self.folder.path(), line).expect("freeboard-deploy runs")
    }

    /// Carries out what can be done; returns the exit status and the steps with their states.
    fn carry_out(&self, more: &str) -> (i32, Vec<(String, String)>) {
        let line = format!("run deployment.toml --keypair payer.json --yes --json {more}");
        let answer = self.deploy(&line);
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

/// The states of steps, in words that a step's title holds.
fn state(steps: &[(String, String)], title: &str) -> String {
    let step = steps.iter().find(|(_, step)| step.contains(title));
    step.unwrap_or_else(|| panic!("no step {title}: {steps:?}"))
        .0
        .clone()
}

#[test]
fn a_bare_validator_becomes_an_exchange_that_a_multisig_governs() {
    let Some(bare) = Bare::start() else { return };

    // It says what it needs and sends nothing.
    let plan = bare
        .deploy("plan deployment.toml --keypair payer.json --json")
        .json();
    assert_eq!(plan["data"]["steps"][0]["state"], "now", "{plan}");
    assert_eq!(bare.lamports(), 12_000_000_000);
    let text = std::fs::read_to_string(bare.path("deployment.toml")).expect("the file");
    std::fs::write(
        bare.path("devnet.toml"),
        text.replace("\"localnet\"", "\"devnet\""),
    )
    .expect("written");
    let wrong = bare.deploy("run devnet.toml --keypair payer.json --yes");
    assert_eq!(wrong.status, 1);
    assert!(wrong.errors.contains("is a node of localnet"), "{wrong:?}");

    // Killed while it writes, it goes on where it was, although the payer could not pay for a second buffer.
    deploy_and_kill(
        bare.folder.path(),
        "run deployment.toml --keypair payer.json --yes",
        || bare.lamports() < 2_000_000_000,
    )
    .expect("killed");
    let (status, steps) = bare.carry_out("");
    assert_eq!(status, 3, "{steps:?}");
    assert_eq!(state(&steps, "compare the"), "done");
    assert_eq!(state(&steps, "propose to list BTC"), "done");
    assert_eq!(state(&steps, "list BTC as asset 0"), "done", "the proposal");
    assert!(steps.iter().any(|(state, _)| state == "waits"), "{steps:?}");

    // When the wait is over it finishes; what the multisig signs is left.
    bare.pass();
    let (status, steps) = bare.carry_out("");
    assert_eq!(status, 3, "{steps:?}");
    let open: Vec<_> = steps.iter().filter(|(state, _)| state != "done").collect();
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].0, "needs_signer", "{open:?}");
    let (status, steps) = bare.carry_out("--signer multisig.json");
    assert_eq!(status, 0, "{steps:?}");

    // Once more: nothing is sent, nothing is paid.
    let before = bare.lamports();
    assert_eq!(bare.carry_out("").0, 0);
    assert_eq!(bare.lamports(), before);

    // The bytes are those of the file; another program of the same file name is an upgrade, signed by the multisig.
    let built = std::fs::read(bare.programs.join("freeboard.so")).expect("a program");
    let url = bare.chain.cluster.url().to_owned();
    bare.deploy(&format!("dump deployed.so --url {url}"));
    assert_eq!(
        std::fs::read(bare.path("deployed.so")).expect("a dump"),
        built
    );
    let other = bare.programs.join("pyth_mock.so");
    let text = text.replace(
        &bare.programs.join("freeboard.so").display().to_string(),
        &other.display().to_string(),
    );
    std::fs::write(bare.path("deployment.toml"), text).expect("written");
    let (status, steps) = bare.carry_out("");
    assert_eq!(status, 3, "{steps:?}");
    assert_eq!(state(&steps, "upgrade the program at"), "needs_signer");
    assert_eq!(bare.carry_out("--signer multisig.json").0, 0);
    bare.deploy(&format!("dump deployed.so --url {url}"));
    let dumped = std::fs::read(bare.path("deployed.so")).expect("a dump");
    assert!(dumped.starts_with(&std::fs::read(other).expect("a program")));
    // The buffer's rent came back: 100,224 bytes of it cost 0.7 SOL.
    assert!(
        before - bare.lamports() < 10_000_000,
        "{before} {}",
        bare.lamports()
    );
}
