//! docs/examples: an exchange to try `params diff` and `params simulate` on, dumped from the sandbox. It must be what
//! this version reads; FREEBOARD_UPDATE=1 writes it anew.
use std::path::{Path, PathBuf};

use freeboard_client::freeboard::state::Change;
use serde_json::Value;

use crate::{dump_named, freeboard, place, scene};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples")
}

fn guide() -> String {
    std::fs::read_to_string(folder().join("../governance.md")).unwrap()
}

/// The commands of docs/governance.md on it, ready to run.
fn commands() -> Vec<String> {
    let guide = guide();
    let lines = guide.lines().filter(|line| line.contains("docs/examples/"));
    let lines = lines.filter(|line| line.starts_with("freeboard "));
    lines.map(str::to_owned).collect()
}

/// A change that loosens one value, tightens another and lowers a weight, as docs/governance.md shows it.
fn write_anew() {
    let mut scene = scene();
    let change = scene.risk(|params| {
        params.k_e9 -= params.k_e9 / 10;
        params.depth_quote_atoms /= 2;
        params.collateral_weight_e9 -= params.collateral_weight_e9 / 10;
    });
    scene.world.propose(change.clone()).expect("proposed");
    let world = &scene.world;
    let mut accounts = vec![
        ("exchange".to_owned(), world.exchange),
        ("pool".to_owned(), world.pool),
        ("change".to_owned(), place(world, &change)),
    ];
    for (name, asset) in ["SOL", "BTC"].iter().zip(&world.assets) {
        accounts.push((name.to_string(), asset.address));
        accounts.push((format!("{name}_feed"), asset.feed));
    }
    let traders = [
        ("bold", &scene.bold),
        ("careful", &scene.careful),
        ("flat", &scene.flat),
    ];
    accounts.extend(traders.map(|(name, trader)| (name.to_owned(), trader.margin_account)));
    dump_named(world, &folder().join("exchange"), &accounts);
    assert!(matches!(change, Change::AssetRisk { .. }));
}

fn said(command: &str) -> String {
    let root = folder().join("../..");
    let words: Vec<String> = command
        .split_whitespace()
        .skip(1)
        .map(|word| match word.starts_with("docs/") {
            true => root.join(word).to_str().unwrap().to_owned(),
            false => word.to_owned(),
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = freeboard(&words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && error.is_empty(),
        "{command}: {error}\nFREEBOARD_UPDATE=1 on this test writes docs/examples anew"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_example_exchange_is_read_by_the_commands_of_the_guide() {
    if std::env::var_os("FREEBOARD_UPDATE").is_some() {
        write_anew();
    }
    let commands = commands();
    assert_eq!(commands.len(), 5, "{commands:?}");
    let said: Vec<String> = commands.iter().map(|command| said(command)).collect();
    assert!(
        said[0].contains("SOL: volatility and shocks\n  can be carried out in 1 d 12 h"),
        "{}",
        said[0]
    );
    assert!(
        said[1].contains("3 accounts: 0 would become liquidatable"),
        "{}",
        said[1]
    );
    assert!(
        said[2].contains("3 accounts: 1 would become liquidatable"),
        "{}",
        said[2]
    );
    // Of three accounts one is affected: it alone is listed, and the summary is of all.
    let listed = |page: &str| {
        page.lines()
            .filter(|line| line.contains("┆ before ┆"))
            .count()
    };
    assert_eq!((listed(&said[2]), listed(&said[3])), (3, 1), "{}", said[3]);
    assert!(said[3].contains("3 accounts: "), "{}", said[3]);
    let lines: Vec<&str> = said[4].lines().collect();
    assert_eq!(lines.len(), 4, "{}", said[4]);
    assert!(
        lines[0].starts_with("address,owner,sub_account,hit,refusal,before_initial_margin_atoms")
    );
    assert!(lines.iter().all(|line| line.split(',').count() == 25));
    assert!(lines[1].contains(",liquidatable_at_end,"), "{}", said[4]);
}

/// The order is by what was asked; a share is of the MM of before.
#[test]
fn accounts_are_listed_in_the_order_that_is_asked_for() {
    let command = commands().into_iter().nth(2).unwrap();
    let rises = |order: &str| -> Vec<(i64, f64)> {
        let said = said(&format!("{command} --order {order} --json"));
        let envelope: Value = serde_json::from_str(&said).unwrap();
        let answer = &envelope["data"];
        let margin =
            |row: &Value, moment: &str| row[moment]["maintenance_margin_atoms"].as_i64().unwrap();
        let rows = answer["accounts"].as_array().unwrap().iter();
        rows.map(|row| {
            let (before, end) = (margin(row, "before"), margin(row, "end"));
            (end - before, (end - before) as f64 / before as f64)
        })
        .collect()
    };
    assert!(rises("rise").is_sorted_by(|a, b| a.0 >= b.0));
    // One without positions has no margin that a share could be of: it comes last.
    let shares = rises("share");
    assert!(
        shares[0].1 >= shares[1].1 && shares[2].1.is_nan(),
        "{shares:?}"
    );
}

#[test]
fn the_guide_prints_what_its_commands_print() {
    let (guide, commands) = (guide(), commands());
    for shown in [&commands[0], &commands[2]] {
        let said = said(shown);
        let block = format!("```\n{}\n```\n", said.trim_matches('\n'));
        assert!(guide.contains(&block), "{shown}: paste this\n{said}");
    }
}
