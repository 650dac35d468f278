//! docs/costs.md shows the recorded figures, between two marks.
use crate::{goals, snapshot::Snapshot};
use std::path::{Path, PathBuf};

const MARKS: [&str; 2] = ["<!-- costs -->\n", "\n<!-- /costs -->"];

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/costs.md")
}

/// Writes these figures into the document.
pub fn write(measured: &Snapshot) {
    let text = std::fs::read_to_string(path()).expect("docs/costs.md");
    std::fs::write(path(), with_table(&text, measured)).expect("docs/costs.md can be written");
}

/// The document with these figures between its marks.
fn with_table(text: &str, measured: &Snapshot) -> String {
    let [begin, end] = MARKS;
    let (head, rest) = text.split_once(begin).expect("the first mark");
    let (_, tail) = rest.split_once(end).expect("the second mark");
    format!("{head}{begin}{}{end}{tail}", goals::markdown(measured))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_shows_the_recorded_figures() {
        let text = std::fs::read_to_string(path()).expect("docs/costs.md");
        let expected = with_table(&text, &Snapshot::recorded());
        assert_eq!(text, expected, "run `cargo xtask bench --update`");
    }

    #[test]
    fn other_figures_change_the_table_and_nothing_else() {
        let text = "a\n<!-- costs -->\nold\n<!-- /costs -->\nb";
        let none = Snapshot {
            builder: "a".to_owned(),
            program_bytes: 7,
            rows: Vec::new(),
        };
        let with = with_table(text, &none);
        assert!(
            with.starts_with("a\n<!-- costs -->\n| instruction |"),
            "{with}"
        );
        assert!(
            with.ends_with("| 7 | ≤ 600000 |\n<!-- /costs -->\nb"),
            "{with}"
        );
    }
}
