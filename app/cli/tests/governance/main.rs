//! `freeboard params diff` and `simulate` on dumps of a world that the program itself has made.
mod diff;
mod endings;
mod example;
mod folders;
mod simulate;

use std::path::Path;

use anchor_lang::prelude::Pubkey;
use assert_cmd::Command;
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard_client::address;
use freeboard_client::freeboard::state::{Change, Scenario};
use freeboard_sandbox::{AssetHandle, AssetSpec, Trader, World, usd};
use serde_json::{Value, json};
use solana_account::Account;
use tempfile::TempDir;

/// SOL as collateral, BTC, and three traders with $10,000 each: one long SOL with five times that, one with half
/// of it, one flat.
struct Scene {
    world: World,
    sol: AssetHandle,
    bold: Trader,
    careful: Trader,
    flat: Trader,
}

fn scene() -> Scene {
    let mut world = World::market([AssetSpec::sol().with_collateral(), AssetSpec::btc()]);
    let sol = world.handle_of(0);
    let [bold, careful, flat] = [0; 3].map(|_| world.new_trader(usd(10_000)));
    for (trader, dollars) in [(&bold, 50_000.0), (&careful, 5_000.0)] {
        let size = sol.atoms((dollars / 150.0_f64).floor());
        world.trade(trader, &sol, size).expect("traded");
    }
    world.refresh_prices();
    Scene {
        world,
        sol,
        bold,
        careful,
        flat,
    }
}

impl Scene {
    /// SOL's volatility and shocks with something changed.
    fn risk(
        &self,
        edit: impl FnOnce(&mut freeboard_client::freeboard::state::AssetParams),
    ) -> Change {
        let mut params = self.world.asset(self.sol.index).params;
        edit(&mut params);
        Change::AssetRisk {
            asset_index: self.sol.index,
            params: Box::new(params),
        }
    }
}

/// A fall of everything by 40 %: more than a lone position needs otherwise.
fn crash() -> Change {
    Change::Scenarios {
        scenarios: vec![Scenario {
            weight_bps: 10_000,
            shock_bps: [-4_000; 8],
        }],
    }
}

/// Every account of the exchange and these changes, as `solana account ADDRESS --output json` writes them.
fn dump(world: &World, pending: &[&Change]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let mut addresses = vec![world.exchange, world.pool];
    addresses.extend(world.margin_accounts.iter());
    for asset in &world.assets {
        addresses.extend([asset.address, asset.feed]);
    }
    addresses.extend(pending.iter().map(|change| place(world, change)));
    for address in addresses {
        write(folder.path(), &address, &world.account(&address));
    }
    folder
}

fn place(world: &World, change: &Change) -> Pubkey {
    address::pending_change(&world.exchange, change)
}

/// These accounts in a folder of its own, each in a file of its name.
fn dump_named(world: &World, folder: &Path, accounts: &[(String, Pubkey)]) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).expect("a folder");
    for (name, address) in accounts {
        let text = dumped(address, &world.account(address));
        let path = folder.join(format!("{name}.json"));
        std::fs::write(path, format!("{text:#}\n")).expect("written");
    }
}

fn write(folder: &Path, address: &Pubkey, account: &Account) {
    let text = dumped(address, account).to_string();
    std::fs::write(file(folder, address), text).expect("written");
}

/// An account as `solana account ADDRESS --output json` writes it.
fn dumped(address: &Pubkey, account: &Account) -> Value {
    json!({
        "pubkey": address.to_string(),
        "account": {
            "lamports": account.lamports,
            "data": [BASE64_STANDARD.encode(&account.data), "base64"],
            "owner": account.owner.to_string(),
            "executable": false,
            "rentEpoch": u64::MAX,
            "space": account.data.len(),
        },
    })
}

fn file(folder: &Path, address: &Pubkey) -> std::path::PathBuf {
    folder.join(format!("{address}.json"))
}

fn freeboard(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    command.args(arguments).output().unwrap()
}

/// Arguments of a command on a folder.
fn run(command: &[&str], folder: &Path, more: &[&str]) -> std::process::Output {
    let folder = folder.to_str().unwrap();
    let arguments = [&["params"], command, &["--accounts", folder], more].concat();
    freeboard(&arguments)
}

fn text(command: &[&str], folder: &Path, more: &[&str]) -> String {
    let output = run(command, folder, more);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn answer(command: &[&str], folder: &Path, more: &[&str]) -> Value {
    let more = [more, &["--json"]].concat();
    let envelope: Value = serde_json::from_str(&text(command, folder, &more)).unwrap();
    assert_eq!(envelope["ok"], true, "{envelope}");
    envelope["data"].clone()
}

/// What stands on standard error when a command fails.
fn failure(command: &[&str], folder: &Path, more: &[&str]) -> String {
    let output = run(command, folder, more);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A file of changes in a folder of its own.
fn changes(text: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("change.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// The entry of a trader in an answer of simulate.
fn of<'a>(answer: &'a Value, trader: &Trader) -> &'a Value {
    let address = trader.margin_account.to_string();
    let rows = answer["accounts"].as_array().unwrap();
    let found = rows.iter().find(|row| row["address"] == address);
    found.expect("an entry of the trader")
}
