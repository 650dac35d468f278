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
