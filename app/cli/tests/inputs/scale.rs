//! Files at another step or scale than they say.
use super::{backtest, error, hourly, mm, put, rows};
use crate::common::{HOURS, START_TS, closes, freeboard};
use freeboard_sandbox::beside;
use serde_json::Value;
use tempfile::TempDir;

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
    assert!(text.contains("k_e9 = 5150000000"), "{text}");
}

#[test]
fn margins_are_the_same_at_any_price_or_base_decimals_is_named() {
    let defaults = include_str!("../../../../migrations/parameters/default.toml");
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
            let envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
            return Err(envelope["error"]["message"].as_str().unwrap().to_owned());
        }
        let envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
        Ok(mm(&envelope["data"], "SOL")["mean_margin"]
            .as_f64()
            .unwrap())
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
    assert!((0.102..0.105).contains(&mean), "{mean}");
}
