//! The systemd unit and the Containerfile start the keeper as its own command line and configuration take it.
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use config::Environment;
use freeboard_keeper::config::LogFormat;

use super::*;

const UNIT: &str = include_str!("../systemd/freeboard-keeper.service");
const CONTAINER: &str = include_str!("../Containerfile");
const EXAMPLE: &str = "keeper.example.toml";
const WORKSPACE: &str = include_str!("../../../Cargo.toml");
/// Where both put the configuration.
const CONFIG: &str = "/etc/freeboard/keeper.toml";

/// What a key of the unit says, each time that it stands there.
fn said<'a>(key: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let lines = UNIT.lines();
    lines.filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='))
}

/// The example's configuration with these variables of the environment above it.
fn configured<'a>(variables: impl Iterator<Item = &'a str>) -> KeeperConfig {
    let pair = |one: &str| {
        let (name, value) = one.split_once('=').expect("NAME=value");
        (name.to_owned(), value.to_owned())
    };
    let variables: HashMap<String, String> = variables.map(pair).collect();
    let environment = Environment::with_prefix("FREEBOARD_KEEPER").source(Some(variables));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE);
    KeeperConfig::read_with(Some(&file), environment, &[]).expect("a configuration")
}

/// A command line that runs the keeper by the file at the usual place.
fn assert_runs(line: &[&str]) {
    let parsed = KeeperArguments::try_parse_from(line);
    let arguments = parsed.unwrap_or_else(|error| panic!("{line:?}: {error}"));
    assert_eq!(arguments.told.config.as_deref(), Some(Path::new(CONFIG)));
    let is_run = matches!(arguments.command, KeeperCommand::Run { dry_run: false, .. });
    assert!(is_run, "{line:?}");
}

#[test]
fn the_unit_starts_the_keeper() {
    let starts: Vec<&str> = said("ExecStart").collect();
    let [start] = starts[..] else {
        panic!("{starts:?}");
    };
    let words: Vec<&str> = start.split_whitespace().collect();
    assert_runs(&words);
    let told = configured(said("Environment"));
    assert_eq!(told.log.format, LogFormat::Json);
    // The credential of the unit's LoadCredential, in the folder that %d stands for.
    let credential = said("LoadCredential")
        .next()
        .and_then(|one| one.split(':').next());
    let key = format!("%d/{}", credential.expect("a credential"));
    assert_eq!(told.keypair, Path::new(&key));
}

#[test]
fn what_is_on_its_way_is_finished_before_systemd_kills() {
    let stop = said("TimeoutStopSec")
        .next()
        .and_then(|secs| secs.parse().ok());
    let told = configured(std::iter::empty());
    assert!(told.timing.send_timeout < Duration::from_secs(stop.expect("seconds")));
}

#[test]
fn the_container_starts_the_keeper_of_this_compiler() {
    let list = |key: &str| -> Vec<String> {
        let line = CONTAINER.lines().find_map(|line| line.strip_prefix(key));
        serde_json::from_str(line.expect(key)).expect("a list")
    };
    let line = [list("ENTRYPOINT "), list("CMD ")].concat();
    assert_runs(&line.iter().map(String::as_str).collect::<Vec<_>>());

    let words = CONTAINER.split_whitespace();
    let variables = words.filter(|word| word.starts_with("FREEBOARD_KEEPER_"));
    let told = configured(variables);
    assert!(
        !told.http.listen.ip().is_loopback(),
        "else no port is published"
    );
    let port = told.http.listen.port();
    assert!(CONTAINER.contains(&format!("EXPOSE {port}\n")));
    assert!(CONTAINER.contains(&format!("-p {port}:{port}")));

    let version = WORKSPACE
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("a version").trim_matches('"');
    assert!(
        CONTAINER.contains(&format!("/rust:{version}-")),
        "{version}"
    );
}
