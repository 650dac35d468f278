//! The table of tolerances for one `vol` case.
use serde_json::Value;

/// Every field outside its tolerance.
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let mut accepted = 0;
    for list in ["events", "reads"] {
        let (wanted, found) = (items(&expected[list]), items(&actual[list]));
        if wanted.len() != found.len() {
            lines.push(format!("{list}: {} for {}", found.len(), wanted.len()));
            return lines;
        }
        for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
            accepted += i128::from(wanted["accepted"] == true);
            let wanted = wanted.as_object().unwrap();
            if wanted.len() != found.as_object().unwrap().len() {
                lines.push(format!("{list}[{index}]: other keys than {wanted:?}"));
            }
            for (key, wanted) in wanted {
                if !within(key, wanted, &found[key], accepted + 1) {
                    lines.push(format!(
                        "{list}[{index}].{key}: {} for {wanted}",
                        found[key]
                    ));
                }
            }
        }
    }
    lines
}

/// Whether a value is inside its tolerance after `count` − 1 samples.
fn within(key: &str, wanted: &Value, found: &Value, count: i128) -> bool {
    const E9: i128 = 1_000_000_000;
    if key.ends_with("_e18") {
        let (exact, value) = (integer(wanted), integer(found));
        return (exact..=exact + exact * 4 * count / E9 + 2).contains(&value);
    }
    if key.ends_with("_per_h") {
        let (exact, value) = (e24(wanted), e24(found));
        return (exact - 1..=exact + exact * 4 * count / E9 + 1_000_000 * count).contains(&value);
    }
    if key == "anchor_price_e12" {
        let (exact, value) = (integer(wanted), integer(found));
        return (exact - value).abs() <= 2 + exact / E9 * count;
    }
    wanted == found
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn integer(value: &Value) -> i128 {
    value.as_str().unwrap().parse().unwrap()
}

/// A decimal × 10^24.
fn e24(value: &Value) -> i128 {
    let text = value.as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<24}").parse().unwrap()
}
