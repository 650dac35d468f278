//! What `calibrate` and `backtest` do with files that are not what they seem: measured, reported, or refused with the
//! file and the number.
mod common;

use std::path::Path;

use freeboard_sandbox::beside;
use serde_json::Value;
use tempfile::TempDir;

use common::{ASSETS, HOURS, START_TS, closes, freeboard, write};

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
    let json = serde_json::from_str(&run(true)).unwrap();
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

/// Closes that swing by a fifth of a per cent, and fall by 40 % within hour 400.
fn with_a_crash(drop: Option<i64>) -> String {
    let bars = (0..500).filter(|hour| Some(*hour) != drop).map(|hour| {
        let swing = if hour % 2 == 0 { 1.0 } else { 0.998 };
        let level = if hour < 400 { 100.0 } else { 60.0 };
        (1_640_995_200 + hour * 3_600, level * swing)
    });
    rows(bars)
}

#[test]
fn a_missing_bar_hides_no_crash() {
    let mut seen = Vec::new();
    for drop in [None, Some(400)] {
        let folder = TempDir::new().unwrap();
        put(&folder, "SOLUSDT_x_1h_2022.csv", &with_a_crash(drop));
        let (result, text, page) = backtest(folder.path(), "SOL");
        let run = mm(&result, "SOL");
        seen.push(run["exceedances"].as_u64().unwrap());
        let missing = u64::from(drop.is_some());
        assert_eq!(run["exceedances_over_gaps"], missing);
        let file = &result["inputs"]["files"][0];
        assert_eq!(
            (file["missing_bars"].as_u64(), file["bars"].as_u64()),
            (Some(missing), Some(500 - missing))
        );
        let moves = result["gap_moves"].as_array().unwrap();
        assert_eq!(moves.len() as u64, missing);
        for one in moves {
            assert_eq!(one["beyond"], true);
            assert!(
                (one["change"].as_f64().unwrap() + 0.4).abs() < 0.01,
                "{one}"
            );
            assert!(
                one["margin"].as_f64().unwrap() < 0.2,
                "that before the gap: {one}"
            );
            for said in [&text, &page] {
                assert!(said.contains("1 bar is missing: 2022-01-17 16:00 to 2022-01-17 18:00"));
                assert!(said.contains("from 2022-01-17 16:00 to 2022-01-17 18:00, MM before it"));
            }
        }
    }
    assert_eq!(seen, [1, 1], "complete, and without the bar of the crash");
}

#[test]
fn the_shared_crash_is_seen_with_and_without_its_bar() {
    let Some(folder) = beside("cases/gap_hides_a_crash") else {
        return;
    };
    for (name, missing) in [("complete", 0), ("one_bar_missing", 1)] {
        let (result, ..) = backtest(&folder.join(name), "SOL");
        assert_eq!(mm(&result, "SOL")["exceedances"], 1, "{name}");
        assert_eq!(result["inputs"]["files"][0]["missing_bars"], missing);
    }
}

#[test]
fn a_file_at_another_step_than_that_of_its_name_is_refused_with_the_measured_one() {
    let two_hourly = || rows((0..2_200).map(|bar| (bar * 7_200, 100.0 + (bar % 7) as f64)));
    for command in ["calibrate", "backtest"] {
        let folder = TempDir::new().unwrap();
        put(&folder, "SOLUSDT_x_1h_2022.csv", &two_hourly());
        let said = error(command, folder.path(), "SOL");
        for words in [
            "SOLUSDT_x_1h_2022.csv",
            "1h (3600 s)",
            "2199 of 2199",
            "7200 s",
            "rename",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    // A finer file beside a good one, too.
    let folder = TempDir::new().unwrap();
    put(&folder, "SOLUSDT_x_1h_2022.csv", &hourly(1, 0, |_| false));
    let minutes = rows((0..50).map(|bar| (START_TS + bar * 60, 100.0)));
    put(&folder, "SOLUSDT_x_5m_2022.csv", &minutes);
    let said = error("backtest", folder.path(), "SOL");
    assert!(
        said.contains("5m (300 s), but 49 of 49 rows are 60 s"),
        "{said}"
    );
}

#[test]
fn the_shared_two_hourly_file_is_refused() {
    let Some(folder) = beside("cases/step_of_the_name") else {
        return;
    };
    let said = error("calibrate", &folder.join("two_hourly_named_1h"), "SOL");
    assert!(said.contains("7200 s"), "{said}");
    let prices = folder.join("hourly");
    let output = freeboard(&[
        "calibrate",
        "--assets",
        "SOL",
        "--prices",
        prices.to_str().unwrap(),
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("k_e9 = 4750000000"), "{text}");
}

#[test]
fn nothing_is_fitted_on_windows_that_are_not_there() {
    // Every third bar is missing: 3,520 closes, half of them with a close an hour later.
    let folder = TempDir::new().unwrap();
    put(
        &folder,
        "SOLUSDT_x_1h_2022.csv",
        &hourly(1, 0, |hour| hour % 3 == 2),
    );
    let said = error("calibrate", folder.path(), "SOL");
    assert!(
        said.contains("only 1760 pairs of closes are 1 h apart, at least 2000 are needed"),
        "{said}"
    );
    let flat = TempDir::new().unwrap();
    put(
        &flat,
        "SOLUSDT_x_1h_2022.csv",
        &rows((0..3_000).map(|bar| (bar * 3_600, 100.0))),
    );
    let said = error("calibrate", flat.path(), "SOL");
    assert!(
        said.contains("only 0 of 3000 closes differ from the one before"),
        "{said}"
    );
}

#[test]
fn correlations_come_from_common_weeks_or_there_are_none() {
    let folder = TempDir::new().unwrap();
    put(
        &folder,
        "BTCUSDT_x_1h_a.csv",
        &hourly(1, 0, |hour| hour >= 2_700),
    );
    put(&folder, "SOLUSDT_x_1h_b.csv", &hourly(2, 2_600, |_| false));
    let said = error("calibrate", folder.path(), "BTC,SOL");
    for words in ["BTC and SOL have 0 weeks", "at least 20", "--assets"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // One asset alone keeps what it had, and says so in the file and aloud.
    let prices = folder.path().to_str().unwrap();
    let output = freeboard(&["calibrate", "--prices", prices, "--assets", "BTC"]);
    let (text, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    let kept = "kept: one asset alone has no correlation";
    assert!(
        text.contains(&format!("# {kept}\nrho_lo_e9 = 280000000")),
        "{text}"
    );
    for words in [
        kept,
        "ETH, SOL: in the file it started from, and left out here",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Books need common hours as well.
    let late = TempDir::new().unwrap();
    let block = |hour: i64| hour > 600 && hour / 10 % 2 == 0;
    put(&late, "BTCUSDT_x_1h_a.csv", &hourly(1, 0, block));
    put(
        &late,
        "SOLUSDT_x_1h_b.csv",
        &hourly(2, 0, |hour| hour > 600 && !block(hour)),
    );
    let said = error("backtest", late.path(), "BTC,SOL");
    assert!(
        said.contains("BTC, SOL have no two hours in common from 2022-01-01 on"),
        "{said}"
    );
}

#[test]
fn margins_are_the_same_at_any_price_or_base_decimals_is_named() {
    let defaults = include_str!("../../../migrations/parameters/default.toml");
    let margin = |scale: f64, decimals: &str| -> Result<f64, String> {
        let folder = TempDir::new().unwrap();
        let bars = closes(HOURS, 3_600, 100.0 * scale, 3)
            .into_iter()
            .enumerate();
        let bars = bars.map(|(hour, close)| (START_TS + hour as i64 * 3_600, close));
        put(&folder, "SOLUSDT_x_1h_2022.csv", &rows(bars));
        let params = folder.path().join("p.toml");
        let text = defaults.replace("base_decimals = 9", &format!("base_decimals = {decimals}"));
        std::fs::write(&params, text).unwrap();
        let html = folder.path().join("page.html");
        let output = freeboard(&[
            "backtest",
            "--json",
            "--prices",
            folder.path().to_str().unwrap(),
            "--assets",
            "SOL",
            "--params",
            params.to_str().unwrap(),
            "--html",
            html.to_str().unwrap(),
        ]);
        if !output.status.success() {
            return Err(String::from_utf8(output.stderr).unwrap());
        }
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        Ok(mm(&result, "SOL")["mean_margin"].as_f64().unwrap())
    };
    let at_100 = margin(1.0, "9").unwrap();
    for (scale, decimals) in [(1e-7, "8"), (1e-7, "4"), (1e-8, "4"), (1e4, "9")] {
        let scaled = margin(scale, decimals).unwrap();
        assert!(
            (scaled / at_100 - 1.0).abs() < 1e-3,
            "{scale}: {scaled} {at_100}"
        );
    }
    for (scale, decimals, words) in [
        (1e-7, "9", "base_decimals = 9"),
        (1e-8, "9", "base_decimals = 9"),
        (1e5, "1", "base_decimals = 1"),
        (1e-12, "2", "10^-12 USD"),
    ] {
        let said = margin(scale, decimals).unwrap_err();
        assert!(said.contains(words), "{scale}: {said}");
        assert!(said.contains("SOLUSDT_x_1h_2022.csv"), "{said}");
    }
}

#[test]
fn the_shared_tiny_price_names_base_decimals() {
    let Some(folder) = beside("cases/tiny_price") else {
        return;
    };
    let said = error("backtest", &folder.join("at_0.00001_dollars"), "SOL");
    assert!(
        said.contains("base_decimals = 9") && said.contains("from 0 to 8"),
        "{said}"
    );
    let (result, ..) = backtest(&folder.join("at_100_dollars"), "SOL");
    let mean = mm(&result, "SOL")["mean_margin"].as_f64().unwrap();
    assert!((0.122..0.125).contains(&mean), "{mean}");
}

#[test]
fn other_files_are_read_or_named_with_the_reason() {
    let folder = TempDir::new().unwrap();
    put(&folder, "SOLUSDT_x_1h_2022.csv", &hourly(1, 0, |_| false));
    let quarters = rows((0..400).map(|bar| (START_TS + bar * 900, 100.0 + (bar % 5) as f64)));
    put(&folder, "SOLUSDT_x_15m_2022.csv", &quarters);
    for (name, _) in NOT_READ {
        put(&folder, name, "anything");
    }
    put(&folder, "notes.txt", "nothing of prices");
    let (result, text, page) = backtest(folder.path(), "SOL");
    let files = result["inputs"]["files"].as_array().unwrap();
    let steps: Vec<_> = files
        .iter()
        .map(|file| file["step_secs"].as_i64().unwrap())
        .collect();
    assert_eq!(steps, [900, 3_600]);
    assert_eq!(
        result["episodes"].as_array().unwrap().len(),
        16,
        "15m is an episode"
    );
    let unread = result["inputs"]["unread"].as_array().unwrap();
    assert_eq!(unread.len(), NOT_READ.len(), "{unread:?}");
    for (name, why) in NOT_READ {
        let found = unread.iter().find(|one| one["file"] == name).unwrap();
        assert!(found["why"].as_str().unwrap().contains(why), "{found}");
        assert!(text.contains(&format!("Not read: {name}: ")), "{text}");
        assert!(page.contains(name));
    }
    // Where nothing else is there, the error says what is.
    let only = TempDir::new().unwrap();
    put(
        &only,
        "SOLUSDT_x_4h_2022.csv",
        &rows((0..9).map(|bar| (bar * 14_400, 1.0))),
    );
    let said = error("calibrate", only.path(), "SOL");
    assert!(
        said.contains("no hourly file of SOL")
            && said.contains("SOLUSDT_x_4h_2022.csv (bars of 4h"),
        "{said}"
    );
    // One file twice.
    let twice = TempDir::new().unwrap();
    put(&twice, "SOLUSDT_x_1h_2022.csv", &hourly(1, 0, |_| false));
    let all = closes(HOURS, 3_600, 100.0, 1);
    write(twice.path(), "SOLUSDT_x_1h_2022.csv.gz", 3_600, &all);
    let said = error("calibrate", twice.path(), "SOL");
    assert!(said.contains("say the same of themselves"), "{said}");
}

const NOT_READ: [(&str, &str); 6] = [
    ("SOLUSDT_x_4h_2022.csv", "bars of 4h"),
    ("SOLUSDT_x_1d_2022.csv.gz", "bars of 1d"),
    ("SOLUSDT_x_funding_8h.csv", "funding rates"),
    ("SOLUSDT_x_2022.csv", "no step"),
    ("SOLUSDT_x_1h_2023.csv.zip", "neither .csv nor .csv.gz"),
    (
        "BTCUSDT_x_1h_2022.csv",
        "BTC is not among the assets asked for",
    ),
];

#[test]
fn gaps_frozen_runs_spikes_and_overlaps_are_measured() {
    let folder = TempDir::new().unwrap();
    let mut all = closes(HOURS, 3_600, 100.0, 1);
    let still = all[700];
    all[700..710].fill(still);
    all[900] *= 2.0;
    let bars = (0..HOURS).filter(|hour| !(1_000..1_005).contains(hour));
    let bars = bars.map(|hour| (START_TS + hour * 3_600, all[hour as usize]));
    put(&folder, "SOLUSDT_x_1h_2022.csv", &rows(bars));
    let fine = |from: i64| {
        rows((from..from + 900).map(|bar| (START_TS + bar * 300, 100.0 + (bar % 9) as f64)))
    };
    put(&folder, "SOLUSDT_a_5m_2022.csv", &fine(0));
    put(&folder, "SOLUSDT_b_5m_2022.csv", &fine(600));
    let (result, text, page) = backtest(folder.path(), "SOL");
    let inputs = &result["inputs"];
    let hourly = inputs["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["step_secs"] == 3_600);
    let hourly = hourly.unwrap();
    for (key, value) in [
        ("missing_bars", 5),
        ("gap_count", 1),
        ("frozen_bars", 10),
        ("longest_frozen_run", 10),
        ("spikes", 1),
    ] {
        assert_eq!(hourly[key], value, "{key}: {hourly}");
    }
    assert_eq!(inputs["overlaps"].as_array().unwrap().len(), 1, "{inputs}");
    for words in [
        "5 bars are missing",
        "10 (10 in a row)",
        "SOLUSDT_a_5m_2022.csv and SOLUSDT_b_5m_2022.csv both hold",
    ] {
        assert!(text.contains(words), "{words}: {text}");
        assert!(page.contains(words), "{words}");
    }
    // A calibrated file says so of what it was fitted on.
    let prices = folder.path().to_str().unwrap();
    let output = freeboard(&["calibrate", "--prices", prices, "--assets", "SOL"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for words in [
        "5275 hourly closes",
        ", 5 missing",
        "10 bars frozen, 10 in a row",
        "1 move taken back",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_malformed_file_is_named_with_its_line() {
    let good = hourly(1, 0, |_| false);
    let with_line = |line: &str| {
        let mut lines: Vec<&str> = good.lines().take(50).collect();
        lines[9] = line;
        lines.join("\n")
    };
    let at = START_TS + 8 * 3_600; // of line 10
    let cases: Vec<(String, String)> = vec![
        (
            with_line(&format!("{at},1,1,1,1,\"1")),
            "line 10: the volume".to_owned(),
        ),
        (
            with_line(&format!("{at}000,1,1,1,1,1")),
            "line 10: `".to_owned(),
        ),
        (
            with_line(&format!("{},1,1,1,1,1", at - 3_600)),
            "line 10: this bar does not come after".to_owned(),
        ),
        (
            with_line(&format!("{},1,1,1,1,1", at + 60)),
            "line 10: `".to_owned(),
        ),
        (
            with_line(&format!("{at},1,1,1,nan,1")),
            "line 10: the close `nan`".to_owned(),
        ),
        (with_line(&format!("{at},1,1,1,1")), "line: 10".to_owned()),
        (
            with_line("unix,open,high,low,close,volume"),
            "line 10: `unix`".to_owned(),
        ),
        (
            good.replace("unix,open", "time,open"),
            "line 1: the columns are `time,open".to_owned(),
        ),
        (good.lines().take(1).collect(), "has no bars".to_owned()),
        (
            good.lines().take(2).collect::<Vec<_>>().join("\n"),
            "a file of one bar has no step".to_owned(),
        ),
        (String::new(), "line 1: the columns are".to_owned()),
    ];
    for (text, words) in cases {
        let folder = TempDir::new().unwrap();
        put(&folder, "SOLUSDT_x_1h_2022.csv", &text);
        for command in ["calibrate", "backtest"] {
            let said = error(command, folder.path(), "SOL");
            assert!(said.contains(&words), "{words}: {said}");
            assert!(said.contains("SOLUSDT_x_1h_2022.csv"), "{said}");
        }
    }
    // A gzip file that ends too early, and one that is none.
    let folder = TempDir::new().unwrap();
    let name = "SOLUSDT_x_1h_2022.csv.gz";
    write(folder.path(), name, 3_600, &closes(HOURS, 3_600, 100.0, 1));
    let whole = std::fs::read(folder.path().join(name)).unwrap();
    for bytes in [
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 4],
        good.as_bytes(),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let said = error("calibrate", folder.path(), "SOL");
        assert!(said.contains(name), "{said}");
    }
}

/// Any single byte of a file replaced, any line left out or doubled: an error that names the file, or an answer. Never
/// a panic.
#[test]
fn a_damaged_file_is_an_error_with_its_name_or_an_answer() {
    let good = rows((0..60).map(|hour| (START_TS + hour * 3_600, 100.0 + (hour % 5) as f64)));
    let mut seed = 7u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for _ in 0..60 {
        let mut bytes = good.clone().into_bytes();
        match next(3) {
            0 => {
                let at = next(bytes.len());
                bytes[at] = b"\"\n,-.e9\xff\0;"[next(10)];
            }
            1 => bytes.truncate(next(bytes.len())),
            _ => {
                let mut lines: Vec<&str> = good.lines().collect();
                let line = next(lines.len());
                lines.insert(next(lines.len()), lines[line]);
                bytes = lines.join("\n").into_bytes();
            }
        }
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("SOLUSDT_x_1h_2022.csv"), &bytes).unwrap();
        let prices = folder.path().to_str().unwrap();
        let output = freeboard(&["calibrate", "--prices", prices, "--assets", "SOL"]);
        let said = String::from_utf8(output.stderr).unwrap();
        // 60 bars are too few to fit on: whatever else is wrong is said first, and always with the file.
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("SOLUSDT_x_1h_2022.csv"), "{said}");
    }
}

#[test]
fn an_asset_named_twice_is_refused() {
    let folder = TempDir::new().unwrap();
    let (asset, start) = ASSETS[0];
    let name = format!("{asset}USDT_x_1h_2022.csv.gz");
    write(folder.path(), &name, 3_600, &closes(HOURS, 3_600, start, 1));
    let said = error("backtest", folder.path(), "BTC,BTC");
    assert!(said.contains("BTC is named twice"), "{said}");
}
