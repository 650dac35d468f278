//! The margin vectors of the shared folder, within the tolerances of its `compare.py`.
//!
//! The folder is `$FREEBOARD_SHARED`, by default `../shared` beside the repository. Without it the
//! test says so and passes: the vectors are not part of the repository.
use std::path::PathBuf;

use serde_json::Value;

mod case;
#[path = "case/compare.rs"]
mod compare;

const VECTORS: [&str; 12] = [
    "01_lone_long",
    "02_short_size_addon",
    "03_collateral_and_loan",
    "04_cash_and_carry",
    "05_hedged_pair",
    "06_scenario_binds",
    "07_speed_limit",
    "08_crowd",
    "09_im_prices",
    "10_liquidation_partial",
    "11_liquidation_deep",
    "12_unusable_collateral",
];

#[test]
fn margin_vectors_are_met() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("FREEBOARD_SHARED").unwrap_or_else(|_| default.to_owned());
    let folder = PathBuf::from(shared).join("vectors/model");
    if !folder.is_dir() {
        println!(
            "skipped: no vectors at {} (set FREEBOARD_SHARED)",
            folder.display()
        );
        return;
    }
    for name in VECTORS {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let vector: Value = serde_json::from_str(&text).unwrap();
        let input = &vector["input"];
        let actual = case::evaluate(input).unwrap();
        let lot = input["liquidation"]["asset"].as_u64().map_or(0, |asset| {
            let asset = &input["assets"][usize::try_from(asset).unwrap()];
            asset["lot_atoms"].as_str().unwrap().parse().unwrap()
        });
        let differences = compare::differences(&vector["expected"], &actual, lot);
        assert!(
            differences.is_empty(),
            "{name}:\n{}",
            differences.join("\n")
        );
    }
}
