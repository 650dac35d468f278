//! `freeboard backtest`, `calibrate` and `params` on a small history made here.
use std::fs::File;
use std::io::Write;
use std::path::Path;

use assert_cmd::Command;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// Hours of the history: 30 days before and 190 days after the new year of 2022.
const HOURS: i64 = 220 * 24;
const START_TS: i64 = 1_638_403_200; // 2021-12-02
const ASSETS: [(&str, f64); 3] = [("BTC", 46_000.0), ("ETH", 3_700.0), ("SOL", 170.0)];

/// Prices that swing with a volatility of their own: calm weeks and stormy ones, a common part.
fn closes(steps: i64, step_secs: i64, start: f64, own: u64) -> Vec<f64> {
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

fn write(folder: &Path, name: &str, step_secs: i64, closes: &[f64]) {
    let file = File::create(folder.join(name)).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::fast());
    writeln!(gzip, "unix,open,high,low,close,volume").unwrap();
    for (index, close) in closes.iter().enumerate() {
        let ts = START_TS + index as i64 * step_secs;
        writeln!(gzip, "{ts},{close},{close},{close},{close},1").unwrap();
    }
    gzip.finish().unwrap();
}

fn history() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (own, (asset, start)) in ASSETS.into_iter().enumerate() {
        let hourly = closes(HOURS, 3_600, start, own as u64 + 1);
        write(
            folder.path(),
            &format!("{asset}USDT_perp_1h_test.csv.gz"),
            3_600,
            &hourly,
        );
        let fine = closes(5 * 288, 300, start, own as u64 + 9);
        write(
            folder.path(),
            &format!("{asset}USDT_perp_5m_test.csv.gz"),
            300,
            &fine,
        );
    }
    folder
}

fn freeboard(arguments: &[&str]) -> std::process::Output {
    Command::cargo_bin("freeboard")
        .unwrap()
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_backtest_reports_every_model_level_and_horizon() {
    let folder = history();
    let prices = folder.path().to_str().unwrap();
    let page = folder.path().join("page/index.html");
    let html = page.to_str().unwrap();
    let arguments = [
        "backtest", "--prices", prices, "--books", "2", "--json", "--html", html,
    ];
    let output = freeboard(&arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let runs = result["runs"].as_array().unwrap();
    let assets = [
        "BTC",
        "ETH",
        "SOL",
        "books_long",
        "books_short",
        "books_hedged",
    ];
    assert_eq!(runs.len(), assets.len() * 4 * 2 * 2);
    for asset in assets {
        for model in ["freeboard", "fixed", "ewma", "size_oi"] {
            for (level, horizon) in [("mm", 1), ("mm", 4), ("im", 1), ("im", 4)] {
                let found: Vec<_> = runs
                    .iter()
                    .filter(|run| run["asset"] == asset && run["model"] == model)
                    .filter(|run| run["level"] == level && run["horizon_h"] == horizon)
                    .collect();
                assert_eq!(found.len(), 1, "{asset} {model} {level} {horizon}");
                check_run(found[0], runs);
            }
        }
    }
    assert!(result["episodes"].as_array().unwrap().len() == 3 * 4 * 2 * 2);
    // 5-minute closes: delays of 0, 5 and 15 minutes for four models.
    assert_eq!(result["delays"].as_array().unwrap().len(), 12);
    let text = std::fs::read_to_string(page).unwrap();
    assert!(
        text.contains("<svg") && !text.contains("<script") && !text.contains("http://www.example")
    );
}

/// Numbers that belong together.
fn check_run(run: &Value, runs: &[Value]) {
    let number = |key: &str| run[key].as_f64().unwrap_or_else(|| panic!("{key}: {run}"));
    let rate = number("exceedances") / number("samples");
    assert!((number("exceedance_rate") - rate).abs() < 1e-12);
    assert!(number("mean_margin") <= number("max_margin") * 1.000_001);
    let ratio = number("max_margin") / number("min_margin");
    assert!(number("peak_to_trough") <= ratio * 1.000_001);
    assert!(number("worst_rise_1d") <= number("worst_rise_5d"));
    assert!(number("worst_rise_5d") <= number("peak_to_trough") * 1.000_001);
    let scaled = run["model"] == "fixed" || run["model"] == "ewma";
    if scaled {
        // Equal coverage: as many exceedances as Freeboard.
        let own = runs.iter().find(|own| {
            own["model"] == "freeboard"
                && ["asset", "level", "horizon_h"]
                    .iter()
                    .all(|key| own[*key] == run[*key])
        });
        assert_eq!(own.unwrap()["exceedances"], run["exceedances"]);
    }
}

#[test]
fn the_same_seed_gives_the_same_result_and_tables_name_the_goals() {
    let folder = history();
    let prices = folder.path().to_str().unwrap();
    let html = folder.path().join("index.html");
    let html = html.to_str().unwrap();
    let arguments = [
        "backtest", "--prices", prices, "--books", "1", "--assets", "BTC,SOL", "--html", html,
    ];
    let (one, two) = (freeboard(&arguments), freeboard(&arguments));
    assert!(one.status.success());
    assert_eq!(one.stdout, two.stdout);
    let text = String::from_utf8(one.stdout).unwrap();
    for words in [
        "peak to trough of MM",
        "hindsight",
        "Liquidations that come late",
        "books_hedged",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn a_calibrated_file_carries_its_evidence_and_passes_its_own_bounds() {
    let folder = history();
    let prices = folder.path().to_str().unwrap();
    let file = folder.path().join("fitted.toml");
    let path = file.to_str().unwrap();
    let output = freeboard(&["calibrate", "--prices", prices, "--output", path]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(&file).unwrap();
    for words in [
        "# BTC: 5280 hourly closes, 2021-12-02",
        "weekly correlations",
        "of MM at 1 h",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let output = freeboard(&["params", "check", path]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("3 assets (BTC, ETH, SOL)"), "{said}");
    let html = folder.path().join("fitted.html");
    let html = html.to_str().unwrap();
    let backtest = [
        "backtest", "--prices", prices, "--params", path, "--books", "1", "--html", html,
    ];
    assert!(freeboard(&backtest).status.success());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let folder = history();
    let prices = folder.path().to_str().unwrap();
    let error = |arguments: &[&str]| {
        let output = freeboard(arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = error(&["backtest", "--prices", "/nowhere"]);
    assert!(missing.contains("/nowhere"), "{missing}");
    let unknown = error(&["backtest", "--prices", prices, "--assets", "DOGE"]);
    assert!(unknown.contains("no hourly file of DOGE"), "{unknown}");
    let date = error(&["backtest", "--prices", prices, "--test-from", "2022-13-01"]);
    assert!(date.contains("--test-from"), "{date}");
    let late = error(&["backtest", "--prices", prices, "--test-from", "2030-01-01"]);
    assert!(late.contains("no closes from 2030-01-01 on"), "{late}");
    let few = error(&["calibrate", "--prices", prices, "--until", "2021-12-10"]);
    assert!(few.contains("too few"), "{few}");
    let bad = folder.path().join("bad.toml");
    let defaults = include_str!("../../../migrations/parameters/default.toml");
    let lines = defaults.lines().map(|line| {
        if line.starts_with("theta_e9") {
            "theta_e9 = 900000000"
        } else {
            line
        }
    });
    std::fs::write(&bad, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let theta = error(&["params", "check", bad.to_str().unwrap()]);
    assert!(theta.contains("portfolio: ThetaOutOfBounds"), "{theta}");
    write(
        folder.path(),
        "BTCUSDT_perp_1h_broken.csv.gz",
        3_600,
        &[1.0, -1.0],
    );
    let broken = error(&["backtest", "--prices", prices]);
    assert!(broken.contains("broken.csv.gz: line 3"), "{broken}");
}
