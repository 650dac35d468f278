//! `freeboard margin` and `freeboard vol`: answers on standard output, or an error that names the place.
use assert_cmd::Command;
use freeboard_client::freeboard::error::FreeboardError;
use freeboard_client::freeboard::state;
use freeboard_client::parameters::ParameterFile;
use serde_json::{Value, json};

fn freeboard(arguments: &[&str], input: &str) -> std::process::Output {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    command.args(arguments).write_stdin(input).output().unwrap()
}

const LONE_LONG: &str = include_str!("../../../crates/case/tests/cases/lone_long.json");
const SAMPLES: &str = include_str!("../../../crates/case/tests/cases/samples.json");

fn one_line(case: &str) -> String {
    serde_json::from_str::<Value>(case).unwrap().to_string()
}

#[test]
fn a_case_is_answered_in_its_own_shape() {
    for (kind, case) in [("margin", LONE_LONG), ("vol", SAMPLES)] {
        let output = freeboard(&[kind], case);
        assert!(output.status.success());
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["kind"], kind);
        let output = freeboard(&[kind], &format!("[{case},{case}]"));
        let answers: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answers, Value::Array(vec![answer.clone(), answer]));
    }
}

#[test]
fn a_thousand_lines_are_answered_in_one_call() {
    let lines = vec![one_line(LONE_LONG); 1_000].join("\n");
    let output = freeboard(&["margin", "--lines"], &lines);
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let single = freeboard(&["margin"], LONE_LONG).stdout;
    let single = String::from_utf8(single).unwrap();
    assert_eq!(answers, single.repeat(1_000));
}

#[test]
fn a_wrong_case_is_status_1_with_its_place_and_no_answer() {
    let wrong = one_line(LONE_LONG).replace("\"k_e9\":2500000000", "\"k_e9\":\"2.5\"");
    assert_ne!(wrong, one_line(LONE_LONG));
    let lines = format!("{}\n{wrong}", one_line(LONE_LONG));
    for (arguments, input, place) in [
        (
            &["margin"][..],
            wrong.clone(),
            "error: assets[0].params.k_e9: ",
        ),
        (
            &["margin"],
            format!("[{wrong}]"),
            "error: [0].assets[0].params.k_e9: ",
        ),
        (
            &["margin", "--lines"],
            lines,
            "error: line 2: assets[0].params.k_e9: ",
        ),
        (
            &["vol"],
            one_line(LONE_LONG),
            "error: account: unknown field",
        ),
        (&["margin"], "{".to_owned(), "error: "),
    ] {
        let output = freeboard(arguments, &input);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(place), "{error}");
    }
}

/// A case with one value replaced.
fn changed(case: &str, pointer: &str, value: Value) -> String {
    let mut case: Value = serde_json::from_str(case).unwrap();
    *case.pointer_mut(pointer).unwrap() = value;
    case.to_string()
}

const SHIPPED: &str = include_str!("../../../crates/case/tests/cases/shipped.json");

#[test]
fn what_no_account_can_be_is_refused_with_the_programs_number() {
    let shipped: Value = serde_json::from_str(SHIPPED).unwrap();
    let list = |pointer: &str, one: Value, count: usize| {
        let of_asset = |index: usize| {
            let mut one = one.clone();
            one["asset"] = index.into();
            one
        };
        let mut case = shipped.clone();
        case["assets"] = vec![shipped["assets"][0].clone(); 24].into();
        *case.pointer_mut(pointer).unwrap() = (0..count).map(of_asset).collect::<Vec<_>>().into();
        case.to_string()
    };
    let position = shipped["account"]["positions"][0].clone();
    let collateral = serde_json::json!({ "asset": 0, "amount_atoms": "1000000" });
    let code = |error: FreeboardError| format!("{error:?} ({}): ", error as u32);
    for (case, words) in [
        (
            list("/account/positions", position.clone(), 17),
            format!(
                "account.positions: {}an account has at most 16, not 17",
                code(FreeboardError::TooManyPositions)
            ),
        ),
        (
            list("/account/collaterals", collateral.clone(), 9),
            format!(
                "account.collaterals: {}an account has at most 8, not 9",
                code(FreeboardError::TooManyCollaterals)
            ),
        ),
        (
            changed(SHIPPED, "/assets/1/params/depth_quote_atoms", "0".into()),
            format!(
                "assets[1].params.depth_quote_atoms: {}L, ",
                code(FreeboardError::DepthOutOfBounds)
            ),
        ),
    ] {
        let output = freeboard(&["margin"], &case);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty());
        assert!(said.starts_with(&format!("error: {words}")), "{said}");
    }
    for case in [
        list("/account/positions", position, 16),
        list("/account/collaterals", collateral, 8),
    ] {
        let output = freeboard(&["margin"], &case);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let of_program = (state::MAX_POSITIONS, state::MAX_COLLATERALS);
    assert_eq!(of_program, (16, 8), "the numbers above");
}

#[test]
fn what_is_hardly_meant_is_answered_with_a_warning() {
    for (pointer, value, words) in [
        (
            "/assets/0/price_e12",
            "100000",
            "assets[0].price_e12: 0.0000001 USD",
        ),
        ("/assets/0/ema_e12", "100000", "assets[0].ema_e12: "),
        (
            "/assets/0/conf_e12",
            "100000000000000000",
            "assets[0].conf_e12: ",
        ),
        ("/assets/0/u_prev_e18", "0", "assets[0].u_prev_e18: 0, "),
        (
            "/account/positions/1/entry_quote_atoms",
            "105000000000",
            "account.positions[1].entry_quote_atoms: the entry of a short is negative",
        ),
        (
            "/account/positions/0/entry_quote_atoms",
            "-200000000000",
            "account.positions[0].entry_quote_atoms: the entry of a long is positive",
        ),
    ] {
        let case = changed(SHIPPED, pointer, value.into());
        let output = freeboard(&["margin"], &case);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains(&format!("warning: {words}")),
            "{words}: {said}"
        );
        // Line by line with the number of the line, and no line but the answers on standard output.
        let lines = format!("{}\n{case}\n", one_line(SHIPPED));
        let output = freeboard(&["margin", "--lines"], &lines);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains(&format!("warning: line 2: {words}")),
            "{said}"
        );
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    }
    let zero = changed(SAMPLES, "/state/u_prev_e18", "0".into());
    let said = String::from_utf8(freeboard(&["vol"], &zero).stderr).unwrap();
    assert!(said.contains("warning: state.u_prev_e18: 0, "), "{said}");
    let loose = changed(SHIPPED, "/assets/0/params/k_e9", 1_000_000_000.into());
    let said = String::from_utf8(freeboard(&["margin"], &loose).stderr).unwrap();
    assert!(
        said.contains("warning: assets[0].params: KOutOfBounds (6120): "),
        "{said}"
    );
    let output = freeboard(&["margin"], SHIPPED);
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_shipped_case_has_the_shipped_parameters() {
    let case: Value = serde_json::from_str(SHIPPED).unwrap();
    let shipped = include_str!("../../../migrations/parameters/default.toml");
    let file = serde_json::to_value(ParameterFile::parse(shipped).unwrap()).unwrap();
    // `_s` in a case is `_secs` in a file, and an amount is a string.
    let compare = |case: &Value, file: &Value, place: &str| {
        for (key, value) in case.as_object().unwrap() {
            let name = match key.strip_suffix("_s") {
                Some(stem) => format!("{stem}_secs"),
                None => key.clone(),
            };
            let Some(shipped) = file.get(&name) else {
                continue;
            };
            let text = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            assert_eq!(
                text(value),
                text(shipped),
                "{place}.{key} of shipped.json is not that of default.toml"
            );
        }
    };
    compare(&case["portfolio"], &file["portfolio"], "portfolio");
    compare(&case["liquidation"], &file["liquidation"], "liquidation");
    let of_case = case["portfolio"]["scenarios"].as_array().unwrap();
    let of_file = file["scenarios"].as_array().unwrap();
    assert_eq!(of_case.len(), of_file.len());
    for (one, shipped) in of_case.iter().zip(of_file) {
        let e9 = |bps: &Value| json!(bps.as_i64().unwrap() * 100_000);
        let shocks = shipped["shock_bps"].as_array().unwrap();
        assert_eq!(one["weight_e9"], e9(&shipped["weight_bps"]));
        assert_eq!(
            one["shock_e9"],
            json!(shocks.iter().map(e9).collect::<Vec<_>>())
        );
    }
    for asset in case["assets"].as_array().unwrap() {
        let all = file["assets"].as_array().unwrap();
        let entry = all
            .iter()
            .find(|entry| entry["name"] == asset["name"])
            .unwrap();
        compare(&asset["params"], &entry["params"], "params");
        compare(asset, &entry["params"], "asset");
    }
}

#[test]
fn every_key_of_a_case_is_explained() {
    let format = include_str!("../../../docs/case_format.md");
    let case: Value = serde_json::from_str(SHIPPED).unwrap();
    let mut keys = Vec::new();
    collect(&case, &mut keys);
    assert!(keys.len() > 60, "{}", keys.len());
    for key in keys {
        let stands = format.lines().any(|line| {
            let row = line.starts_with("| `") && line.matches('|').count() == 4;
            row && line.split('|').nth(1).unwrap().contains(key)
        });
        assert!(
            stands || key == "kind",
            "docs/case_format.md has no row for {key}"
        );
    }
}

/// All keys of objects.
fn collect<'a>(value: &'a Value, keys: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !["assets", "account", "portfolio", "liquidation", "params"]
                    .contains(&key.as_str())
                {
                    keys.push(key);
                }
                collect(value, keys);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}
