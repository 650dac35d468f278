//! Every command in a block of these documents is run by a test, or stands here with the reason why not.
use freeboard_network_tests::runbook::{fenced_blocks, without_remark};

use super::operations::{KEEPERS, LISTING, OPERATIONS, PLAYED};
use super::trader::WALK as TRADER;

const PRICES: &str = include_str!("../../../docs/prices.md");

/// Names of the documents.
const DOCUMENTS: [(&str, &str); 5] = [
    ("operations.md", OPERATIONS),
    ("keepers.md", KEEPERS),
    ("listing.md", LISTING),
    ("prices.md", PRICES),
    ("trader.md", TRADER),
];

/// Begins every command of ours.
const OURS: [&str; 5] = [
    "cargo ",
    "fb ",
    "freeboard ",
    "freeboard-deploy ",
    "freeboard-keeper ",
];

/// Headings whose commands are run by other tests than `operations`: every line of theirs.
const RUN_ELSEWHERE: [(&str, &str, &str); 11] = [
    (OPERATIONS, "Deploy", "deployment.rs"),
    (OPERATIONS, "Upgrade", "deployment.rs"),
    (LISTING, "2. Fit", "app/cli/tests/listing.rs"),
    (LISTING, "4. Check", "app/cli/tests/listing.rs"),
    (TRADER, "Start", "trader.rs"),
    (TRADER, "Open and deposit", "trader.rs"),
    (TRADER, "Trade", "trader.rs"),
    (TRADER, "Watch", "trader.rs"),
    (TRADER, "Leave", "trader.rs"),
    (TRADER, "As an LP", "trader.rs"),
    (TRADER, "With a multisig", "trader.rs"),
];

/// Commands that no test runs, and why.
const NOT_RUN: [(&str, &str); 7] = [
    ("cargo xtask build", "CI itself begins with it"),
    (
        "cargo xtask verify buffer.so",
        "builds the program again; crates/xtask/src/verify.rs tests the comparison, deployment.rs makes such a file",
    ),
    (
        "cargo xtask verify --url mainnet-beta",
        "nothing is deployed there",
    ),
    (
        "cargo xtask verify deployed.so",
        "builds the program again, as above",
    ),
    (
        "cargo xtask verify --twice",
        "builds the program twice from nothing",
    ),
    (
        "cargo build --release --package freeboard-keeper",
        "an optimised build takes minutes; the same binary, built for development, is run",
    ),
    (
        "cargo xtask localnet",
        "runs until it is stopped; every story starts what it starts, by its library",
    ),
];

/// A command and where it stands.
struct FoundCommand {
    document: &'static str,
    text: &'static str,
    heading: String,
    /// Whether the block says that it is typed: only such blocks are.
    is_typed: bool,
    line: String,
}

fn commands() -> Vec<FoundCommand> {
    let mut found = Vec::new();
    for (document, text) in DOCUMENTS {
        for block in fenced_blocks(text) {
            let lines = block.lines.iter().map(|line| without_remark(line));
            let ours = lines.filter(|line| OURS.iter().any(|begins| line.starts_with(begins)));
            found.extend(ours.map(|line| FoundCommand {
                document,
                text,
                heading: block.heading.to_owned(),
                is_typed: block.language == "console",
                line: line.to_owned(),
            }));
        }
    }
    found
}

#[test]
fn every_command_is_run_or_said_not_to_be() {
    let all = commands();
    assert!(all.len() > 60, "{} commands", all.len());
    let played = PLAYED.map(|(text, heading, _)| (text, heading));
    let elsewhere = RUN_ELSEWHERE.map(|(text, heading, _)| (text, heading));
    for one in &all {
        let place = (one.text, one.heading.as_str());
        let is_run = one.is_typed && (played.contains(&place) || elsewhere.contains(&place));
        let is_named = NOT_RUN.iter().any(|(line, _)| *line == one.line);
        assert!(
            is_run || is_named,
            "{}, {}: nothing runs `{}`",
            one.document,
            one.heading,
            one.line
        );
    }
    for (line, _) in NOT_RUN {
        assert!(all.iter().any(|one| one.line == line), "gone: {line}");
    }
    for (text, heading) in elsewhere {
        let is_there = |one: &FoundCommand| one.text == text && one.heading == heading;
        assert!(all.iter().any(is_there), "gone: {heading}");
    }
}
