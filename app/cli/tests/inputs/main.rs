//! What `calibrate` and `backtest` do with files that are not what they seem: measured, reported, or refused with the
//! file and the number.
#[path = "../common/mod.rs"]
mod common;
mod damaged;
mod missing;
mod scale;

use common::{HOURS, START_TS, closes, freeboard};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Rows at these times with these closes, as text.
fn rows(bars: impl Iterator<Item = (i64, f64)>) -> String {
    let row = |(ts, close): (i64, f64)| format!("{ts},{close},{close},{close},{close},1\n");
    "unix,open,high,low,close,volume\n".to_owned() + &bars.map(row).collect::<String>()
}

fn put(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

/// Hourly bars of an asset, from so many hours after the start, with those left out for which `drop` says so.
fn hourly(own: u64, from_h: i64, drop: impl Fn(i64) -> bool) -> String {
    let all = closes(HOURS, 3_600, 100.0, own);
    let bars = (from_h..HOURS).filter(|hour| !drop(*hour));
    rows(bars.map(|hour| (START_TS + hour * 3_600, all[hour as usize])))
}

/// Standard error of a command that must fail.
#[track_caller]
fn error(command: &str, folder: &Path, assets: &str) -> String {
    let page = tempfile::tempdir().unwrap();
    let html = page.path().join("page.html");
    let mut arguments = vec![
        command,
        "--prices",
        folder.to_str().unwrap(),
        "--assets",
        assets,
    ];
    if command == "backtest" {
        arguments.extend(["--html", html.to_str().unwrap()]);
    }
    let output = freeboard(&arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "nothing is answered");
    assert!(!html.exists(), "nothing is written");
    said
}

/// A backtest as JSON, text and page.
fn backtest(folder: &Path, assets: &str) -> (Value, String, String) {
    let page = tempfile::tempdir().unwrap();
    let html = page.path().join("page.html");
    let run = |json: bool| {
        let mut arguments = vec![
            "backtest",
            "--prices",
            folder.to_str().unwrap(),
            "--assets",
            assets,
            "--books",
            "1",
            "--html",
            html.to_str().unwrap(),
        ];
        arguments.extend(json.then_some("--json"));
        let output = freeboard(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let envelope: Value = serde_json::from_str(&run(true)).unwrap();
    let json = envelope["data"].clone();
    let text = run(false);
    (json, text, std::fs::read_to_string(html).unwrap())
}

/// MM of the core at an hour: the run of an asset.
fn mm<'a>(result: &'a Value, asset: &str) -> &'a Value {
    let wanted = |run: &&Value| {
        run["asset"] == asset
            && run["model"] == "freeboard"
            && run["level"] == "mm"
            && run["horizon_h"] == 1
    };
    result["runs"]
        .as_array()
        .unwrap()
        .iter()
        .find(wanted)
        .unwrap()
}
