//! Files that are not read, or damaged.
use super::{backtest, error, hourly, put, rows};
use crate::common::{ASSETS, HOURS, START_TS, closes, freeboard, write};
use tempfile::TempDir;

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
