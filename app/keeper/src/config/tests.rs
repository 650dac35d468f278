use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use super::*;

const EXAMPLE: &str = include_str!("../../keeper.example.toml");

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    Environment::with_prefix(PREFIX).source(Some(variables.collect::<HashMap<_, _>>()))
}

fn read(text: &str, variables: &[(&str, &str)]) -> Result<KeeperConfig> {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile()?;
    file.write_all(text.as_bytes())?;
    KeeperConfig::read_with(Some(file.path()), environment(variables), &[])
}

const LEAST: &str = r#"
exchange = "ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa"
url = "localhost"
keypair = "/keys/keeper.json"
"#;

#[test]
fn the_example_is_read_and_says_the_defaults() {
    let example = read(EXAMPLE, &[]).unwrap();
    let least = read(LEAST, &[]).unwrap();
    // What the file says beside the four keys that nobody can guess is what holds without it.
    let shown = |told: &KeeperConfig| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {} {}",
            told.timing,
            told.duties,
            told.liquidate,
            told.sweep,
            told.fees,
            told.log,
            told.http,
            told.commitment,
            told.transaction_version,
            told.make_lookup_table
        )
    };
    assert_eq!(shown(&example), shown(&least));
}

#[test]
fn every_key_of_the_example_is_explained() {
    let mut explained = false;
    for line in EXAMPLE.lines() {
        if line.starts_with('#') {
            explained = true;
        } else if line.trim().is_empty() || line.starts_with('[') {
            explained = false;
        } else {
            assert!(explained, "{line}: say what it is in a comment above it");
            explained = false;
        }
    }
}

#[test]
fn the_environment_overrides_the_file() {
    let told = read(
        LEAST,
        &[
            ("FREEBOARD_KEEPER_URL", "devnet"),
            ("FREEBOARD_KEEPER_FEES__PERCENTILE", "90"),
            ("FREEBOARD_KEEPER_TIMING__SCAN_EVERY", "5s"),
            ("FREEBOARD_KEEPER_DUTIES__FILL", "false"),
        ],
    )
    .unwrap();
    assert_eq!(told.url, "devnet");
    assert_eq!(told.fees.percentile, 90);
    assert_eq!(told.timing.scan_every, Duration::from_secs(5));
    assert!(!told.duties.fill && told.duties.flag);
}

#[test]
fn arguments_override_both() {
    let arguments = [
        ("url", "testnet".to_owned()),
        ("dry_run", "true".to_owned()),
    ];
    let variables = environment(&[
        (
            "FREEBOARD_KEEPER_EXCHANGE",
            "ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa",
        ),
        ("FREEBOARD_KEEPER_KEYPAIR", "/keys/keeper.json"),
        ("FREEBOARD_KEEPER_URL", "devnet"),
    ]);
    let told = KeeperConfig::read_with(None, variables, &arguments).unwrap();
    assert!(told.dry_run && told.url == "testnet");
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    for (text, named) in [
        ("colour = 1", "colour"),
        ("[duties]\nflags = true", "flags"),
        ("commitment = \"sure\"", "confirmed"),
        ("transaction_version = 2", "transaction_version"),
        ("[fees]\npercentile = 101", "percentile"),
        ("[fees]\npercentile = 74.5", "fees.percentile is 74.5"),
        ("[fees]\nmost_lamports = nan", "fees.most_lamports"),
        ("[timing]\nscan_every = \"1M\"", "timing.scan_every"),
        ("[timing]\nretry_at_most = \"1h\"", "timing.retry_at_most"),
        ("[liquidate]\nmost_flags = 65", "most_flags"),
        ("[timing]\nmost_in_flight = 0", "most_in_flight"),
        ("[timing]\nretry_after = \"1m\"", "retry_at_most"),
        (
            "[feeds]\nsol = \"11111111111111111111111111111111\"",
            "index",
        ),
        ("[feeds]\n0 = \"nowhere\"", "nowhere"),
        (
            "[feeds]\n24 = \"11111111111111111111111111111111\"",
            "at most 24 assets",
        ),
        (
            "ws_url = \"https://node.example\"",
            "ws_url is no ws or wss",
        ),
        ("[log]\nfilter = \"info,,x=y=z\"", "log.filter"),
        ("[log]\nformat = \"xml\"", "one of text, json"),
        ("[fees]\npolicy = \"fast\"", "one of none, fixed, recent"),
    ] {
        let error = read(&format!("{LEAST}{text}"), &[]).unwrap_err();
        let told = format!("{error:#}");
        assert!(told.contains(named), "{text}: {told}");
    }
    let variables = [("FREEBOARD_KEEPER_FEES__PERCENTILE", "74.5")];
    let error = read(LEAST, &variables).unwrap_err();
    assert!(
        format!("{error:#}").contains("fees.percentile"),
        "{error:#}"
    );
    let error = read("exchange = \"x\"\nurl = \"l\"\nkeypair = \"k\"", &[]).unwrap_err();
    assert!(format!("{error:#}").contains("no address"), "{error:#}");
}

#[test]
fn a_node_is_a_name_or_a_url_with_a_host() {
    let at = |url: &str| read(&LEAST.replace("localhost", url), &[]);
    for good in [
        "d",
        "mainnet-beta",
        "http://[::1]:8899",
        "https://node.example/?key=1",
    ] {
        assert!(at(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "bogus",
        "localhost:8899",
        "ws://node.example",
        "https://",
        "/run/node",
    ] {
        let error = format!("{:#}", at(bad).unwrap_err());
        assert!(
            error.contains("url is no http or https URL"),
            "{bad}: {error}"
        );
    }
    let secret = format!("{:#}", at("ftp://node.example/?key=secret").unwrap_err());
    assert!(!secret.contains("secret"), "{secret}");
}

#[test]
fn a_relative_key_of_a_file_is_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keeper.toml");
    std::fs::write(&file, LEAST.replace("/keys/", "keys/")).unwrap();
    let with = |variables: &[(&str, &str)], arguments: &[(&str, String)]| {
        let read = KeeperConfig::read_with(Some(&file), environment(variables), arguments);
        read.unwrap().keypair
    };
    assert_eq!(with(&[], &[]), folder.path().join("keys/keeper.json"));
    // What is typed counts from where it is typed.
    let typed = [("keypair", "other.json".to_owned())];
    assert_eq!(with(&[], &typed), Path::new("other.json"));
    let variables = [("FREEBOARD_KEEPER_KEYPAIR", "other.json")];
    assert_eq!(with(&variables, &[]), Path::new("other.json"));
    std::fs::write(&file, LEAST).unwrap();
    assert_eq!(with(&[], &[]), Path::new("/keys/keeper.json"));
}
