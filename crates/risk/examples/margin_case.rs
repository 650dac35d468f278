//! Reads a margin case (or an array of them) as JSON and prints the answers in the same shape.
//!
//! `cargo run -p freeboard-risk --example margin_case < case.json`; a refused case is `{"error": …}`.
use std::io::Read;

use serde_json::{Value, json};

#[path = "../tests/case/mod.rs"]
mod case;

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let input: Value = serde_json::from_str(&text)?;
    let answer = |case: &Value| {
        case::evaluate(case).unwrap_or_else(|error| json!({"error": format!("{error:?}")}))
    };
    let output = match &input {
        Value::Array(cases) => cases.iter().map(answer).collect(),
        case => answer(case),
    };
    println!("{output}");
    Ok(())
}
