//! `freeboard backtest`, `calibrate` and `params` on a small history made here.
mod common;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

use common::{ASSETS, HOURS, START_TS, closes, data, freeboard, write};

/// A file in two gzip members, as `cat a.gz b.gz` makes one.
fn write_in_two(folder: &Path, name: &str, step_secs: i64, closes: &[f64]) {
    let (head, tail) = closes.split_at(closes.len() / 2);
    write(folder, name, step_secs, head);
    let mut file = File::options()
        .append(true)
        .open(folder.join(name))
        .unwrap();
    let mut gzip = GzEncoder::new(&mut file, Compression::fast());
    for (index, close) in tail.iter().enumerate() {
        let ts = START_TS + (head.len() + index) as i64 * step_secs;
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
    let result = data(&output);
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
    // The hourly closes begin with the finer ones: nothing to carry over.
    for part in ["episodes", "delays"] {
        let all = result[part].as_array().unwrap();
        assert!(all.iter().all(|one| one["warm"] == false), "{part}");
    }
    for (asset, limit) in result["speed_limit_1d"].as_object().unwrap() {
        let limit = limit.as_f64().unwrap();
        assert!((limit - 1.03f64.powi(24)).abs() < 1e-9, "{asset}: {limit}");
    }
    for goal in result["goals"].as_array().unwrap() {
        let what = goal["what"].as_str().unwrap();
        let rise = what.starts_with("worst 1-");
        assert_eq!(goal["by_construction"], rise, "{goal}");
    }
    check_scores(&result);
    let text = std::fs::read_to_string(page).unwrap();
    assert!(text.contains("BTC perp_5m_test cold") && text.contains("perp_5m_test (cold)"));
    assert!(
        text.contains("<svg") && !text.contains("<script") && !text.contains("http://www.example")
    );
}

/// Every asset has every score: with its interval where it is one of a span, null where no file can tell it.
fn check_scores(result: &Value) {
    for asset in ["BTC", "ETH", "SOL"] {
        let scores = &result["scores"][asset];
        let number = |key: &str| {
            scores[key]
                .as_f64()
                .unwrap_or_else(|| panic!("{key}: {scores}"))
        };
        for key in [
            "save_25",
            "save_50",
            "tick_vs_fixed_expanding",
            "tick_vs_fixed_trailing",
            "tick_vs_ewma",
            "tick_vs_garch",
            "tick_vs_garch_refitted",
            "rate_closes",
            "rate_range_1h",
        ] {
            let value = number(key);
            let bound = |end: usize| scores["intervals"][key][end].as_f64().unwrap();
            assert!(
                bound(0) <= value && value <= bound(1),
                "{asset} {key}: {scores}"
            );
        }
        // Moves of the made-up hours are bounded: beyond a fraction of the mean that is compared at lie some of BTC, none of SOL.
        match asset {
            "BTC" => assert!((-1.0..0.0).contains(&number("lbm_vs_fixed"))),
            "SOL" => assert!(scores["lbm_vs_fixed"].is_null(), "{scores}"),
            _ => {}
        }
        // Five days of 5-minute closes: a rate, too short to draw weeks from. No minutes.
        assert!(number("rate_range_5m") >= number("rate_path_5m"));
        assert!(scores["intervals"]["rate_path_5m"].is_null());
        assert!(scores["rate_path_1m_worst_month"].is_null());
        let own = result["runs"].as_array().unwrap().iter().find(|run| {
            run["asset"] == asset && run["model"] == "freeboard" && run["level"] == "mm"
        });
        assert_eq!(own.unwrap()["exceedance_rate"], scores["rate_closes"]);
        assert_eq!(own.unwrap()["peak_to_trough"], scores["peak_to_trough"]);
    }
    assert_eq!(result["rivals"].as_array().unwrap().len(), 3 * 6);
    // Half a year from 2021-12 on holds the one whole window of June 2022.
    let crashes = result["crashes"].as_array().unwrap();
    assert!(crashes.iter().all(|run| run["window"] == "2022-06"));
    assert_eq!(crashes.len(), 3);
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
    if run["model"] == "freeboard" {
        // A fraction fitted before that asks more than the hindsight one has no more exceedances.
        let fitted = number("fixed_of_fitting_span");
        let hindsight = number("mean_margin") / (1.0 - number("below_fixed"));
        let (own, its) = (
            number("exceedances"),
            number("fixed_of_fitting_span_exceedances"),
        );
        assert!(
            if fitted > hindsight {
                its <= own
            } else {
                its >= own
            },
            "{run}"
        );
    }
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
        "by construction",
        "its beyond",
        "peak to trough of MM",
        "hindsight",
        "Beside margins that know only the past",
        "garch_refitted",
        "by requirement",
        "Outside any margin",
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
    let output = freeboard(&[
        "calibrate",
        "--prices",
        prices,
        "--output",
        path,
        "--correlations",
    ]);
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
        "10 % of $200.0000 M, the 5 % quantile of 3",
        "# market crash: ",
        "# ETH down, BTC, SOL up: ",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let output = freeboard(&["params", "check", path]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("3 assets (BTC, ETH, SOL)"), "{said}");
    let html = folder.path().join("fitted.html");
    let html = html.to_str().unwrap();
    // Without --correlations those of the base file stay.
    let output = freeboard(&["calibrate", "--prices", prices]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("# kept, a decision; 1 % quantile of 93 weekly correlations: "),
        "{text}"
    );
    let shipped = include_str!("../../../migrations/parameters/default.toml");
    let rho = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("rho_"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(rho(&text), rho(shipped));
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
    let fitted = error(&["backtest", "--prices", prices, "--fit-until", "2022-01-02"]);
    assert!(
        fitted.contains("--fit-until 2022-01-02 is after --test-from 2022-01-01"),
        "{fitted}"
    );
    let hour = error(&[
        "backtest",
        "--prices",
        prices,
        "--test-from",
        "2022-01-01T05:00",
    ]);
    assert!(hour.contains("is not a date like 2022-01-01"), "{hour}");
    let nothing = error(&["backtest", "--prices", prices, "--assets", ""]);
    assert!(nothing.contains("name at least one asset"), "{nothing}");
    // The last close is at 2022-07-10 00:00: one close from that day on.
    let alone = error(&["backtest", "--prices", prices, "--test-from", "2022-07-10"]);
    assert!(
        alone.contains("BTC has no two closes 4 h apart from 2022-07-10 on"),
        "{alone}"
    );
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
    assert!(
        theta.contains(
            "portfolio: ThetaOutOfBounds (6129): `portfolio.theta_e9` must be at most 0.8"
        ),
        "{theta}"
    );
    let empty = folder.path().join("empty.toml");
    let head = defaults.split("[[assets]]").next().unwrap();
    std::fs::write(&empty, format!("assets = []\n{head}")).unwrap();
    let none = error(&["params", "check", empty.to_str().unwrap()]);
    assert!(none.contains("the file has no assets"), "{none}");
    write(
        folder.path(),
        "BTCUSDT_perp_5m_broken.csv.gz",
        300,
        &[1.0, -1.0],
    );
    let broken = error(&["backtest", "--prices", prices]);
    assert!(broken.contains("broken.csv.gz: line 3"), "{broken}");
    write(folder.path(), "BTCUSDT_spot_1h_more.csv.gz", 3_600, &[1.0]);
    for command in ["backtest", "calibrate"] {
        let twice = error(&[command, "--prices", prices]);
        assert!(
            twice.contains("several hourly files of BTC (perp_1h_test, spot_1h_more)"),
            "{twice}"
        );
    }
}

#[test]
fn every_member_of_a_gzip_file_is_read() {
    let folder = TempDir::new().unwrap();
    let hourly = closes(HOURS, 3_600, 46_000.0, 1);
    write_in_two(folder.path(), "BTCUSDT_perp_1h_test.csv.gz", 3_600, &hourly);
    let prices = folder.path().to_str().unwrap();
    let output = freeboard(&["calibrate", "--prices", prices, "--assets", "BTC"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("# BTC: 5280 hourly closes"), "{text}");
}

#[test]
fn prices_that_never_move_give_dashes() {
    let folder = TempDir::new().unwrap();
    let flat = vec![100.0; HOURS as usize];
    write(folder.path(), "BTCUSDT_perp_1h_test.csv.gz", 3_600, &flat);
    let prices = folder.path().to_str().unwrap();
    let page = folder.path().join("flat.html");
    let html = page.to_str().unwrap();
    let output = freeboard(&[
        "backtest", "--prices", prices, "--assets", "BTC", "--html", html,
    ]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap() + &std::fs::read_to_string(page).unwrap();
    assert!(!text.contains("NaN") && !text.contains("-inf "), "{text}");
}
