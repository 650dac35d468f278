//! The floor plan: which room of a crate may use which. Held by a test that reads the imports.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::workspace;

/// Rooms of the core, each of which uses only those before it.
const CORE: [&str; 10] = [
    "error",
    "number",
    "params",
    "price",
    "governance",
    "requirement",
    "pool",
    "market",
    "liquidation",
    "fixture", // of tests
];

/// What rooms of the program may use, besides errors and themselves.
const PROGRAM: [(&str, &[&str]); 5] = [
    ("state", &[]),
    ("books", &["state"]),
    ("oracle", &["state"]),
    ("endings", &["state"]),
    ("arrange", &["state", "books", "oracle", "governance"]),
];

/// Rooms that the sources of a crate import, by the room that does. Tests may import what they like.
fn imports(src: &Path) -> BTreeMap<String, Vec<(String, PathBuf)>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for file in sources(src) {
        let inside = file.strip_prefix(src).expect("a file of it");
        let first = inside.iter().next().and_then(|part| part.to_str());
        let room = first.expect("a name").trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&file).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for other in named(code) {
            let others = found.entry(room.clone()).or_default();
            others.push((other, file.clone()));
        }
    }
    found
}

/// What stands behind each `crate::`, in a group or alone.
fn named(code: &str) -> Vec<String> {
    let lines = code.lines();
    let code: Vec<&str> = lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut names = Vec::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            names.push(first_name(after));
            continue;
        };
        let mut depth = 0;
        for part in group.split_inclusive(['{', '}', ',']) {
            if depth == 0 {
                names.push(first_name(part.trim_start()));
            }
            match part.chars().last() {
                Some('{') => depth += 1,
                Some('}') if depth == 0 => break,
                Some('}') => depth -= 1,
                _ => {}
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_name(text: &str) -> String {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    text[..end.unwrap_or(text.len())].to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") && !name.ends_with("tests") {
            files.push(path);
        }
    }
    files
}

#[test]
fn no_room_of_the_core_uses_one_that_comes_after_it() {
    let place = |room: &str| CORE.iter().position(|one| *one == room);
    let found = imports(&workspace::root().join("crates/risk/src"));
    let mut arrows = 0;
    for (room, others) in &found {
        for (other, file) in others {
            if let (Some(here), Some(there)) = (place(room), place(other)) {
                assert!(there <= here, "{}: {room} uses {other}", file.display());
                arrows += 1;
            }
        }
        assert!(
            room == "lib" || place(room).is_some(),
            "{room} has no place"
        );
    }
    assert!(arrows > 100, "{arrows} imports read");
}

#[test]
fn layouts_books_and_prices_know_no_instruction() {
    let found = imports(&workspace::root().join("programs/freeboard/src"));
    let rooms: Vec<&String> = found.keys().collect();
    for (room, may) in PROGRAM {
        let others = &found[room];
        assert!(!others.is_empty(), "{room} imports nothing");
        for (other, file) in others {
            let is_room = rooms.contains(&other) && other != "error" && other != room;
            let is_known = !is_room || may.contains(&other.as_str());
            assert!(is_known, "{}: {room} uses {other}", file.display());
        }
    }
}

/// Each feed is read once, where the holdings are loaded: a second reading would have to be carried into them by hand.
#[test]
fn fills_and_liquidations_read_no_feed_of_their_own() {
    let instructions = workspace::root().join("programs/freeboard/src/instructions");
    for folder in ["trading/fill", "liquidation/liquidate"] {
        let files = sources(&instructions.join(folder));
        assert!(files.len() > 3, "{folder}: {} files", files.len());
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source");
            let reads = named(&text).iter().any(|name| name == "oracle");
            assert!(!reads, "{} uses oracle", file.display());
        }
    }
}

#[test]
fn names_of_groups_are_read_as_well() {
    let code = "use crate::a::b;\n// crate::no\nuse crate::{\n    c::{d, e::{f, g}},\n    h,\n};\ncrate::i()";
    assert_eq!(named(code), ["a", "c", "h", "i"]);
}
