//! `freeboard margin` and `freeboard vol`: answers on standard output, or an error that names the place.
use assert_cmd::Command;
use serde_json::Value;

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
