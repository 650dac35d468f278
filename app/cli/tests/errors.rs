//! `freeboard error`: every number in words.
use assert_cmd::Command;
use freeboard_client::errors;
use serde_json::Value;

fn said(arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    let output = command.arg("error").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

const REDUCE_ONLY: &str = "6402 ReduceOnly: The trade would increase or flip the position, and the order or the market \
                           only reduces. Trade at most the size of the position, against it.\n";

#[test]
fn a_number_is_said_in_either_notation_and_by_its_name() {
    for way in ["6402", "0x1902", "0X1902", "ReduceOnly"] {
        assert_eq!(said(&[way]), (true, REDUCE_ONLY.to_owned(), String::new()));
    }
    let (_, bound, _) = said(&["6120"]);
    assert!(bound.starts_with("6120 KOutOfBounds: `params.k_e9` must be 2 to 6."));
    let (_, anchors, _) = said(&["0xbbf"]);
    assert!(anchors.starts_with("3007 AccountOwnedByWrongProgram: "));
}

#[test]
fn an_unknown_number_is_status_1() {
    for way in ["6302", "0x", "0xffffffff", "Reduceonly", "-1"] {
        let arguments = ["--", way];
        let (ok, answer, error) = said(&arguments);
        assert!(!ok && answer.is_empty(), "{way}");
        assert!(error.contains("has such an error"), "{way}: {error}");
        let (ok, json, error) = said(&["--json", "--", way]);
        let envelope: Value = serde_json::from_str(&json).unwrap();
        assert!(!ok && error.is_empty(), "{way}: {error}");
        assert_eq!(
            (&envelope["ok"], &envelope["data"]),
            (&false.into(), &Value::Null)
        );
        assert_eq!(envelope["error"]["code"], 1, "{envelope}");
        assert_eq!(envelope["meta"]["cluster"], Value::Null, "{envelope}");
    }
}

#[test]
fn all_are_listed_as_text_and_as_json() {
    let (_, text, _) = said(&[]);
    let (_, json, _) = said(&["--json"]);
    let envelope: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(envelope["ok"], true);
    let listed = envelope["data"].as_array().unwrap();
    let all: Vec<errors::Explained> = errors::all().collect();
    assert_eq!(text.lines().count(), all.len());
    assert_eq!(listed.len(), all.len());
    for ((line, value), error) in text.lines().zip(listed).zip(&all) {
        assert_eq!(line, error.to_string());
        assert_eq!(value["number"], error.number);
        assert_eq!(value["remedy"], error.remedy.as_str());
    }
    let origins = |origin: &str| listed.iter().filter(|one| one["origin"] == origin).count();
    assert!(origins("freeboard") > 180 && origins("anchor") == 82 && origins("token") == 20);
}
