//! What the tests of vectors share: the table of tolerances.
#![allow(dead_code)] // each test uses a part

pub mod compare;
pub mod compare_vol;

use serde_json::Value;

/// Every difference between the answer to a vector's input and what is expected of it that is outside
/// the tolerances.
pub fn differences(vector: &Value) -> Vec<String> {
    let (input, expected) = (&vector["input"], &vector["expected"]);
    let close: Vec<&str> = match vector["close"].as_array() {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => Vec::new(),
    };
    let text = input.to_string();
    let vol = input["kind"] == "vol";
    let answered = if vol {
        freeboard_case::answer_text::<freeboard_case::vol::VolCase>(&text)
    } else {
        freeboard_case::answer_text::<freeboard_case::margin::MarginCase>(&text)
    };
    let answer: Value = match answered {
        Ok(answer) => serde_json::from_str(&answer).unwrap(),
        Err(error) => return vec![error.to_string()],
    };
    if vol {
        return compare_vol::differences(expected, &answer);
    }
    let lot = input["liquidation"]["asset"].as_u64().map_or(0, |asset| {
        let asset = &input["assets"][usize::try_from(asset).unwrap()];
        asset["lot_atoms"].as_str().unwrap().parse().unwrap()
    });
    compare::differences(expected, &answer, lot, &close)
}
