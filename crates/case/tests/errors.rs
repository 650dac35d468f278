//! A wrong case is refused with the place that is wrong, and nothing is answered.
use freeboard_case::margin::MarginCase;
use freeboard_case::vol::VolCase;
use freeboard_case::{answer_lines, answer_text};
use serde_json::{Value, json};

mod common;

fn lone_long() -> Value {
    serde_json::from_str(include_str!("cases/lone_long.json")).unwrap()
}

fn samples() -> Value {
    serde_json::from_str(include_str!("cases/samples.json")).unwrap()
}

/// The case with one value replaced, or removed.
fn with(mut case: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match case.pointer_mut(parent).unwrap() {
        Value::Object(map) => match value {
            Some(value) => drop(map.insert(key.to_owned(), value)),
            None => drop(map.remove(key).expect("the key was there")),
        },
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.unwrap(),
        other => panic!("{other}"),
    }
    case
}

#[track_caller]
fn margin_error(pointer: &str, value: Option<Value>) -> String {
    let case = with(lone_long(), pointer, value);
    let error = answer_text::<MarginCase>(&case.to_string()).unwrap_err();
    error.to_string()
}

#[track_caller]
fn vol_error(pointer: &str, value: Option<Value>) -> String {
    let case = with(samples(), pointer, value);
    let error = answer_text::<VolCase>(&case.to_string()).unwrap_err();
    error.to_string()
}

#[test]
fn the_cases_themselves_are_answered() {
    answer_text::<MarginCase>(&lone_long().to_string()).unwrap();
    answer_text::<VolCase>(&samples().to_string()).unwrap();
}

#[test]
fn every_missing_key_is_an_error_that_names_it() {
    for (case, is_vol) in [(lone_long(), false), (samples(), true)] {
        let mut pointers = Vec::new();
        collect_keys(&case, String::new(), &mut pointers);
        assert!(pointers.len() > 30);
        for pointer in pointers {
            let key = pointer.rsplit('/').next().unwrap();
            let error = if is_vol {
                vol_error(&pointer, None)
            } else {
                margin_error(&pointer, None)
            };
            let parent = json_path(pointer.rsplit_once('/').unwrap().0);
            assert!(error.contains(&format!("missing field `{key}`")), "{error}");
            let place = if parent.is_empty() {
                "the case"
            } else {
                &parent
            };
            assert!(
                error.starts_with(&format!("{place}: ")),
                "{pointer}: {error}"
            );
        }
    }
}

/// JSON pointers of all object keys.
fn collect_keys(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers.push(format!("{at}/{key}"));
                collect_keys(value, format!("{at}/{key}"), pointers);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect_keys(value, format!("{at}/{index}"), pointers);
            }
        }
        _ => {}
    }
}

/// `/assets/0/params` as `assets[0].params`.
fn json_path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{part}]"));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
        }
    }
    path
}

#[test]
fn a_key_too_many_is_an_error_at_its_place() {
    let error = margin_error("/assets/0/params/leverage_e9", Some(json!(1)));
    assert!(
        error.starts_with("assets[0].params.leverage_e9: unknown field `leverage_e9`"),
        "{error}"
    );
    let error = vol_error("/state/price", Some(json!(1)));
    assert!(
        error.starts_with("state.price: unknown field `price`"),
        "{error}"
    );
}

#[test]
fn a_number_outside_its_range_is_an_error_at_its_place() {
    let refused: &[(&str, Value)] = &[
        ("/portfolio/theta_e9", json!(1_000_000_001)),
        ("/portfolio/phi_e9", json!(16_000_000_000_u64)),
        ("/portfolio/rho_hi_e9", json!(-1)),
        ("/assets/0/base_decimals", json!(19)),
        ("/assets/0/bucket", json!(8)),
        ("/assets/0/samples", json!(4_294_967_296_u64)),
        ("/assets/0/price_e12", json!("0")),
        ("/assets/0/price_e12", json!(100)),
        ("/assets/0/ema_e12", json!("-5")),
        ("/assets/0/conf_e12", json!("-1")),
        ("/assets/0/u_prev_e18", json!("16000000000000000000")),
        (
            "/assets/0/v_fast_per_h",
            json!("0.0000000000000000000000001"),
        ),
        ("/assets/0/v_fast_per_h", json!("256")),
        ("/assets/0/v_slow_per_h", json!("1e-4")),
        ("/assets/0/params/omega_e9", json!(1_000_000_001)),
        ("/assets/0/params/down_per_h_e9", json!(1_000_000_000)),
        ("/assets/0/params/k_e9", json!(2.5)),
        ("/assets/0/params/k_e9", json!("2500000000")),
        ("/account/quote_atoms", json!("9223372036854775808")),
        ("/account/quote_atoms", json!("1.5")),
        ("/account/quote_atoms", json!("+1")),
        ("/account/quote_atoms", json!("")),
        ("/account/positions/0/size_atoms", json!("0")),
        ("/account/positions/0/asset", json!(1)),
        ("/account/positions/0/asset", json!(-1)),
        ("/kind", json!("vol")),
    ];
    for (pointer, value) in refused {
        let error = margin_error(pointer, Some(value.clone()));
        let place = format!("{}: ", json_path(pointer));
        assert!(error.starts_with(&place), "{pointer} = {value}: {error}");
    }
    let refused: &[(&str, Value)] = &[
        ("/params/half_life_fast_s", json!(0)),
        ("/params/clamp_max_ratio_e9", json!(999_999_999)),
        ("/state/anchor_price_e12", json!("0")),
        ("/events/0/price_e12", json!("x")),
        ("/events/0/now_s", json!("1")),
        ("/read_at_s/0", json!(1.5)),
        ("/kind", json!("margin")),
    ];
    for (pointer, value) in refused {
        let error = vol_error(pointer, Some(value.clone()));
        let place = format!("{}: ", json_path(pointer));
        assert!(error.starts_with(&place), "{pointer} = {value}: {error}");
    }
}

#[test]
fn what_only_the_whole_case_can_know_is_an_error_at_its_place() {
    let position = lone_long()["account"]["positions"][0].clone();
    let twice = json!([position, position]);
    let error = margin_error("/account/positions", Some(twice));
    assert!(error.starts_with("account.positions[1].asset: "), "{error}");
    let zero = json!([{"asset": 0, "amount_atoms": "0"}]);
    let error = margin_error("/account/collaterals", Some(zero));
    assert!(
        error.starts_with("account.collaterals[0].amount_atoms: "),
        "{error}"
    );
    let scenario = json!({"weight_e9": 0, "shock_e9": [0, 0, 0, 0, 0, 0, 0, 0]});
    let error = margin_error("/portfolio/scenarios", Some(json!(vec![scenario; 17])));
    assert!(
        error.starts_with("portfolio.scenarios: at most 16"),
        "{error}"
    );
    let asset = lone_long()["assets"][0].clone();
    let error = margin_error("/assets", Some(json!(vec![asset; 25])));
    assert!(error.starts_with("assets: at most 24"), "{error}");
    let huge = json!(u128::MAX.to_string());
    let error = margin_error("/assets/0/price_e12", Some(huge));
    assert!(
        error.starts_with("account: outside the range of the model"),
        "{error}"
    );
}

#[test]
fn an_array_is_answered_as_an_array_and_names_the_wrong_case() {
    let good = lone_long();
    let answers: Value =
        serde_json::from_str(&answer_text::<MarginCase>(&json!([good, good]).to_string()).unwrap())
            .unwrap();
    assert_eq!(answers.as_array().unwrap().len(), 2);
    assert_eq!(answers[0], answers[1]);
    let bad = with(lone_long(), "/assets/0/bucket", Some(json!(8)));
    let error = answer_text::<MarginCase>(&json!([good, bad]).to_string()).unwrap_err();
    assert_eq!(error.path(), "[1].assets[0].bucket");
    let late = with(
        lone_long(),
        "/account/positions/0/size_atoms",
        Some(json!("0")),
    );
    let error = answer_text::<MarginCase>(&json!([good, late]).to_string()).unwrap_err();
    assert_eq!(error.path(), "[1].account.positions[0].size_atoms");
}

#[test]
fn lines_are_answered_line_by_line_or_not_at_all() {
    let good = lone_long().to_string();
    let answers = answer_lines::<MarginCase>(&format!("{good}\n\n{good}\n")).unwrap();
    let lines: Vec<_> = answers.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], answer_text::<MarginCase>(&good).unwrap());
    let error = answer_lines::<MarginCase>(&format!("{good}\n{{}}\n")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 2: the case: missing field"),
        "{error}"
    );
    let error = answer_text::<MarginCase>(&format!("{good} {good}")).unwrap_err();
    assert!(error.to_string().contains("trailing characters"), "{error}");
}
