//! The hand-checked vectors beside the repository, within the table of tolerances.
use serde_json::Value;

mod common;

#[test]
fn shared_vectors_are_met() {
    let Some(folder) = common::shared_vectors() else {
        return;
    };
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let vector: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
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
