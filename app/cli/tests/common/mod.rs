//! A small history made here, and the binary run on it.
#![allow(dead_code)] // each test file uses a part
use std::fs::File;
use std::io::Write;
use std::path::Path;

use assert_cmd::Command;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Hours of the history: 30 days before and 190 days after the new year of 2022.
pub const HOURS: i64 = 220 * 24;
pub const START_TS: i64 = 1_638_403_200; // 2021-12-02
pub const ASSETS: [(&str, f64); 3] = [("BTC", 46_000.0), ("ETH", 3_700.0), ("SOL", 170.0)];

/// Prices that swing with a volatility of their own: calm weeks and stormy ones, a common part.
pub fn closes(steps: i64, step_secs: i64, start: f64, own: u64) -> Vec<f64> {
    let mut seed = own;
    let mut next = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
    };
    let mut price = start;
    (0..steps)
        .map(|step| {
            let common = (step as f64 * 0.7).sin() * 0.4;
            let storm = 1.0 + 2.0 * ((step * step_secs) as f64 / 1.2e6).sin().powi(4);
            price *= 1.0 + 0.02 * storm * (step_secs as f64 / 3_600.0).sqrt() * (next() + common);
            price
        })
        .collect()
}

/// Writes hourly or finer bars, of which each trades $200 M.
pub fn write(folder: &Path, name: &str, step_secs: i64, closes: &[f64]) {
    let file = File::create(folder.join(name)).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::fast());
    writeln!(gzip, "unix,open,high,low,close,volume").unwrap();
    for (index, close) in closes.iter().enumerate() {
        let ts = START_TS + index as i64 * step_secs;
        writeln!(gzip, "{ts},{close},{close},{close},{close},{}", 2e8 / close).unwrap();
    }
    gzip.finish().unwrap();
}

/// `data` of what was printed with --json.
pub fn data(output: &std::process::Output) -> serde_json::Value {
    let envelope: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(envelope["ok"], true, "{envelope}");
    envelope["data"].clone()
}

pub fn freeboard(arguments: &[&str]) -> std::process::Output {
    Command::cargo_bin("freeboard")
        .unwrap()
        .args(arguments)
        .output()
        .unwrap()
}
