//! The recorded figures, and whose compiler they belong to.
use crate::Row;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Figures of one build of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who compiled the program: another compiler gives other figures.
    pub builder: String,
    /// Size of the program's file.
    pub program_bytes: u64,
    /// The figures.
    pub rows: Vec<Row>,
}

/// The part of `build-info.json` that is of interest.
#[derive(Deserialize)]
struct BuildInfo {
    builder: String,
}

/// Where the recorded figures are.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compute/snapshot.json")
}

impl Snapshot {
    /// These figures, of the program that is in place.
    pub fn new(rows: Vec<Row>) -> Self {
        let info = freeboard_tests::world::program_bytes("build-info.json");
        let info: BuildInfo =
            serde_json::from_slice(&info).expect("build-info.json names a builder");
        let program_bytes = freeboard_tests::world::program_bytes("freeboard.so").len() as u64;
        Self {
            builder: info.builder,
            program_bytes,
            rows,
        }
    }

    /// The recorded figures.
    pub fn recorded() -> Self {
        let path = path();
        let text = std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; record one with `cargo xtask bench --update`",
                path.display()
            )
        });
        serde_json::from_slice(&text)
            .unwrap_or_else(|error| panic!("{} is malformed: {error}", path.display()))
    }

    /// Records these figures, one row a line, so that a change shows as such.
    pub fn write(&self) {
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| format!("    {}", serde_json::to_string(row).expect("plain values")))
            .collect();
        let builder = serde_json::to_string(&self.builder).expect("a string");
        let text = format!(
            "{{\n  \"builder\": {builder},\n  \"program_bytes\": {},\n  \"rows\": [\n{}\n  ]\n}}\n",
            self.program_bytes,
            rows.join(",\n"),
        );
        std::fs::write(path(), text).expect("the snapshot can be written");
    }
}
