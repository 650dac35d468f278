//! Bars that are missing: gaps, windows and weeks that are not there.
use super::{backtest, error, hourly, mm, put, rows};
use crate::common::freeboard;
use freeboard_sandbox::beside;
use tempfile::TempDir;

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
    let prices = folder.path().to_str().unwrap();
    let calibrate = |assets: &str, more: &[&str]| {
        let asked = ["calibrate", "--prices", prices, "--assets", assets];
        freeboard(&[&asked[..], more].concat())
    };
    let output = calibrate("BTC,SOL", &["--correlations"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "nothing is answered");
    for words in ["BTC and SOL have 0 weeks", "at least 20", "--assets"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Unless they are asked for, they stay as they are, without evidence.
    let output = calibrate("BTC,SOL", &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let untouched = "phi_e9 = 100000000\nrho_lo_e9 = 500000000\nrho_hi_e9 = 940000000";
    assert!(text.contains(untouched), "{text}");
    // One asset alone keeps what it had, and says so in the file and aloud.
    let output = calibrate("BTC", &["--correlations"]);
    let (text, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    let kept = "kept: one asset alone has no correlation";
    assert!(
        text.contains(&format!("# {kept}\nrho_lo_e9 = 500000000")),
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
