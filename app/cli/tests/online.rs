//! What `freeboard` says about a cluster without one: wrong input, wrong cluster, help, settings. What it does on a
//! running network, tests/network plays.
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:9";
const EXCHANGE: &str = "ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa";

/// What a command said, in a home of its own.
struct Said {
    status: i32,
    out: String,
    err: String,
}

fn said_at_home(home: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    let output = command
        .env("HOME", home)
        .env("FREEBOARD_CONFIG", home.join("freeboard.toml"))
        .env_remove("FREEBOARD_EXCHANGE")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn said(arguments: &[&str]) -> Said {
    said_at_home(TempDir::new().unwrap().path(), arguments)
}

#[test]
fn every_command_explains_itself() {
    let commands = [
        "init",
        "asset",
        "account",
        "deposit",
        "withdraw",
        "borrow",
        "repay",
        "trade",
        "order",
        "close",
        "positions",
        "liquidations",
        "liquidate",
        "pool",
        "governance",
        "role",
        "fees",
        "sample",
        "explain",
        "doctor",
        "config",
        "params",
        "completions",
    ];
    let all = said(&["--help"]).out;
    for command in commands {
        assert!(all.contains(&format!("  {command} ")), "{command}");
        let help = said(&[command, "--help"]);
        assert_eq!(help.status, 0, "{command}: {}", help.err);
        assert!(help.out.contains("--exchange"), "{command}");
        assert!(help.out.contains("--dry-run"), "{command}");
    }
    assert!(all.contains("Exit status"), "{all}");
}

#[test]
fn a_cluster_that_does_not_answer_is_status_4_with_the_next_step() {
    let said = said(&["-u", NOBODY, "--exchange", EXCHANGE, "asset", "list"]);
    assert_eq!(said.status, 4, "{}", said.err);
    assert!(said.out.is_empty());
    assert!(said.err.contains("127.0.0.1:9"), "{}", said.err);
    assert!(said.err.contains("does not answer"), "{}", said.err);
    assert!(said.err.contains("next: Check the URL"), "{}", said.err);
}

#[test]
fn json_is_an_envelope_also_of_a_failure() {
    let said = said(&[
        "asset",
        "list",
        "--json",
        "-u",
        NOBODY,
        "--exchange",
        EXCHANGE,
    ]);
    assert_eq!(said.status, 4, "{}", said.err);
    let envelope: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(envelope["ok"], false);
    assert_eq!(envelope["data"], Value::Null);
    assert_eq!(envelope["error"]["kind"], "network");
    assert_eq!(envelope["error"]["code"], 4);
    assert_eq!(envelope["meta"]["cluster"], NOBODY);
    assert_eq!(envelope["meta"]["exchange"], EXCHANGE);
}

#[test]
fn without_an_exchange_it_says_how_to_name_one() {
    let said = said(&["-u", NOBODY, "asset", "list"]);
    assert_eq!(said.status, 1);
    assert!(said.err.contains("FREEBOARD_EXCHANGE"), "{}", said.err);
}

#[test]
fn a_wrong_amount_is_status_1_before_anybody_is_asked() {
    for amount in [["1,000", "USDC"], ["1e3", "USDC"], ["many", "USDC"]] {
        let said = said(&[
            "deposit",
            amount[0],
            amount[1],
            "-u",
            NOBODY,
            "--exchange",
            EXCHANGE,
        ]);
        assert_eq!(said.status, 1, "{amount:?}: {}", said.err);
        assert!(said.err.contains("is no amount"), "{}", said.err);
    }
    assert_eq!(said(&["deposit"]).status, 2);
    assert_eq!(said(&["trade", "hold", "1", "BTC"]).status, 2);
    let slippage = said(&["trade", "buy", "1", "BTC", "--slippage", "51", "-u", NOBODY]);
    assert_eq!(slippage.status, 1, "{}", slippage.err);
}

#[test]
fn a_keypair_file_is_named_and_never_quoted() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("key.json");
    fs::write(&path, "[17,34,51,not-a-key]").unwrap();
    let key = path.to_str().unwrap();
    let wrong = said_at_home(
        home.path(),
        &[
            "account",
            "open",
            "-k",
            key,
            "-u",
            NOBODY,
            "--exchange",
            EXCHANGE,
        ],
    );
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.contains("key.json"), "{}", wrong.err);
    assert!(!wrong.err.contains("17,34"), "{}", wrong.err);
    let device = said(&[
        "account",
        "open",
        "-k",
        "usb://ledger",
        "-u",
        NOBODY,
        "--exchange",
        EXCHANGE,
    ]);
    assert_eq!(device.status, 1);
    assert!(device.err.contains("no devices"), "{}", device.err);
}

#[cfg(unix)]
#[test]
fn a_keypair_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let home = TempDir::new().unwrap();
    let path = home.path().join("key.json");
    solana_keypair::write_keypair_file(&solana_keypair::Keypair::new(), &path).unwrap();
    let key = path.to_str().unwrap();
    let arguments = [
        "account",
        "open",
        "-k",
        key,
        "-u",
        NOBODY,
        "--exchange",
        EXCHANGE,
    ];
    for (mode, warns) in [(0o644, true), (0o600, false)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let said = said_at_home(home.path(), &arguments);
        assert_eq!(said.status, 4, "{}", said.err);
        assert_eq!(
            said.err.contains("can be read by others"),
            warns,
            "{}",
            said.err
        );
    }
}

#[test]
fn nobody_acts_without_a_keypair_unless_nothing_is_sent() {
    let arguments = [
        "account",
        "open",
        "--authority",
        EXCHANGE,
        "-u",
        NOBODY,
        "--exchange",
        EXCHANGE,
    ];
    let said = said(&arguments);
    assert_eq!(said.status, 1);
    assert!(said.err.contains("--export-message"), "{}", said.err);
}

#[test]
fn settings_are_kept_and_used() {
    let home = TempDir::new().unwrap();
    let set = said_at_home(home.path(), &["config", "set", "exchange", EXCHANGE]);
    assert_eq!(set.status, 0, "{}", set.err);
    let get = said_at_home(home.path(), &["config", "get", "--json"]);
    let envelope: Value = serde_json::from_str(&get.out).unwrap();
    assert_eq!(envelope["ok"], true);
    assert_eq!(envelope["data"]["own"]["exchange"], EXCHANGE);
    let used = said_at_home(home.path(), &["asset", "list", "-u", NOBODY]);
    assert_eq!(used.status, 4, "{}", used.err);
    let wrong = said_at_home(home.path(), &["config", "set", "exchange", "nowhere"]);
    assert_eq!(wrong.status, 1);
}

#[test]
fn errors_are_explained_without_a_cluster() {
    for what in ["6402", "0x1902", "ReduceOnly"] {
        let said = said(&["explain", what]);
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.out.starts_with("6402 ReduceOnly: "), "{}", said.out);
    }
    let unknown = said(&["explain", "NoSuchError"]);
    assert_eq!(unknown.status, 1);
}

#[test]
fn the_doctor_says_what_fails_and_what_to_do() {
    let said = said(&["doctor", "-u", NOBODY, "--exchange", EXCHANGE]);
    assert_eq!(said.status, 8, "{}", said.err);
    assert!(said.out.contains("FAIL  cluster"), "{}", said.out);
    assert!(said.out.contains("next: Check the URL"), "{}", said.out);
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let said = said(&["completions", shell]);
        assert_eq!(said.status, 0);
        assert!(said.out.contains("liquidations"), "{shell}");
    }
}
