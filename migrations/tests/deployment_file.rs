//! Deployment files: the example is read once its addresses are filled in, and a mistake is named with its place.
use std::fs;
use std::path::Path;

use freeboard_client::freeboard::state::OracleKind;
use freeboard_migrations::Deployment;
use freeboard_migrations::guards::{self, NamedCluster};

const EXAMPLE: &str = include_str!("../deployments/example.toml");
const NOBODY: &str = "\"11111111111111111111111111111111\"";
const SOMEBODY: &str = "\"So11111111111111111111111111111111111111112\"";

/// A folder with the parameters and a program, laid out as migrations/deployments sees it.
fn folder() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let parameters = Path::new(env!("CARGO_MANIFEST_DIR")).join("parameters/default.toml");
    for (from, to) in [
        ("parameters", "migrations/parameters"),
        ("", "target/deploy"),
        ("", "migrations/deployments"),
    ] {
        let to = root.path().join(to);
        fs::create_dir_all(&to).expect("a folder");
        if !from.is_empty() {
            fs::copy(&parameters, to.join("default.toml")).expect("a copy");
        }
    }
    let program = root.path().join("target/deploy/freeboard.so");
    fs::write(
        program,
        b"\x7fELF contacts\0other:see SECURITY.md of the source",
    )
    .expect("a program");
    root
}

fn read(text: &str) -> Result<Deployment, String> {
    let root = folder();
    let here = root.path().join("migrations/deployments");
    Deployment::parse(text, &here).map_err(|error| format!("{error:#}"))
}

fn filled() -> String {
    EXAMPLE.replace(NOBODY, SOMEBODY)
}

#[test]
fn the_example_is_read_once_its_addresses_are_filled_in() {
    let deployment = read(&filled()).expect("a deployment");
    assert_eq!(deployment.cluster, NamedCluster::Devnet);
    assert_eq!(deployment.program.max_bytes, 1_600_000);
    let names: Vec<&str> = deployment
        .assets
        .iter()
        .map(|asset| asset.name.as_str())
        .collect();
    assert_eq!(names, ["BTC", "ETH", "SOL"]);
    let sol = &deployment.assets[2];
    assert_eq!(sol.feed.kind, OracleKind::PythReceiver);
    assert_eq!(
        sol.price_account.to_string(),
        "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE"
    );
    assert!(sol.mint.is_some());
    let refused = read(EXAMPLE).expect_err("nobody governs");
    assert!(refused.contains("`exchange.creator`"), "{refused}");
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (from, to, says) in [
        (
            "cluster = \"devnet\"",
            "cluster = \"dev\"",
            "`cluster`: `dev` is no cluster",
        ),
        (
            "timelock_secs = 86_400",
            "timelock_secs = 60",
            "`exchange.timelock_secs`",
        ),
        ("feed = \"e62d", "feed = \"e62", "`assets[0]` (BTC)"),
        (
            "name = \"ETH\"",
            "name = \"BTC\"",
            "`assets[1].name`: BTC is listed twice",
        ),
        (
            "name = \"ETH\"",
            "name = \"DOGE\"",
            "the parameter file has no asset DOGE; it has BTC, ETH, SOL",
        ),
        (
            "max_bytes = 1_600_000",
            "max_bytes = 7",
            "`program.max_bytes`",
        ),
        ("mint = \"So1", "mint = \"0o1", "`mint`"),
        (
            "[roles]",
            "[roles]\nrecipient = \"So11111111111111111111111111111111111111112\"",
            "belong together",
        ),
        ("[roles]", "[roles]\nvisitor = 1", "visitor"),
        ("freeboard.so", "other.so", "`cargo xtask build` makes it"),
    ] {
        let text = filled().replacen(from, to, 1);
        assert_ne!(text, filled(), "{from}");
        let refused = read(&text).expect_err(says);
        assert!(refused.contains(says), "{says}: {refused}");
    }
}

#[test]
fn mainnet_needs_a_contact() {
    let deployment =
        read(&filled().replace("\"devnet\"", "\"mainnet-beta\"")).expect("a deployment");
    let refused = guards::check_contact(&deployment)
        .expect_err("no contact")
        .to_string();
    assert!(
        refused.contains("name a security contact before mainnet"),
        "{refused}"
    );
    let elsewhere = read(&filled()).expect("a deployment");
    guards::check_contact(&elsewhere).expect("nobody's money is on devnet");
}
