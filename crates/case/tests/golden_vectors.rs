//! The exact reference's vectors (`reference/vectors`), within the table of tolerances: never
//! below the exact requirement, never above the exact equity.
use std::path::Path;

use serde_json::Value;

mod common;

/// Checks every line of a file of vectors; at least `least` of them.
#[track_caller]
fn check(file: &str, least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reference/vectors");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let differences = common::differences(&vector);
        if !differences.is_empty() {
            wrong.push(format!(
                "{}:\n  {}",
                vector["name"],
                differences.join("\n  ")
            ));
        }
        count += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= least, "{file} holds {count} vectors");
}

#[test]
fn every_margin_parameter_at_minimum_default_and_maximum() {
    check("margin_parameters.jsonl", 100);
}

#[test]
fn random_books() {
    check("margin_books.jsonl", 150);
}

#[test]
fn every_volatility_parameter_at_minimum_default_and_maximum() {
    check("vol_parameters.jsonl", 60);
}

#[test]
fn random_paths_of_samples() {
    check("vol_paths.jsonl", 60);
}
