//! What the scripts describe is what the core computes: a digest of every modelled function, as it was when it was proved.
//!
//! docs/proofs/models.txt holds them. Where a function has changed, look at the scripts that name it, then write the digests anew:
//! the tests of this package with `FREEBOARD_UPDATE=1`. Comments and line breaks do not count.
use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};
use sha2::{Digest, Sha256};

use super::read;
use super::script::Script;
use crate::workspace;

/// The versioned digests.
const FILE: &str = "docs/proofs/models.txt";

/// Compares the functions with the versioned digests, or writes these.
pub fn require_unchanged(scripts: &[Script]) -> Result<()> {
    let present = digests(scripts)?;
    if std::env::var_os("FREEBOARD_UPDATE").is_some() {
        std::fs::write(workspace::root().join(FILE), present)?;
        return Ok(());
    }
    let versioned = read(FILE)?;
    let changed: Vec<&str> = present
        .lines()
        .filter(|line| !versioned.lines().any(|old| old == *line))
        .collect();
    ensure!(
        changed.is_empty() && versioned == present,
        "{FILE} is not what the scripts describe. Do they still model these functions? Then write it anew with \
         FREEBOARD_UPDATE=1.\n{}",
        changed.join("\n")
    );
    Ok(())
}

/// A line per function: digest, file, name.
fn digests(scripts: &[Script]) -> Result<String> {
    let mut named = BTreeSet::new();
    for model in scripts.iter().flat_map(|script| &script.models) {
        named.extend(model.functions.iter().map(|name| (&model.file, name)));
    }
    let mut lines = String::new();
    for (file, name) in named {
        let bodies = bodies(&read(file)?, name);
        if bodies.is_empty() {
            bail!("{file} has no function {name}");
        }
        let digest: String = Sha256::digest(bodies.join("\n"))[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        writeln!(lines, "{digest} {file} {name}")?;
    }
    Ok(lines)
}

/// Every function of a name in a source, from its `fn` to its last brace, without comments, on one line.
fn bodies(source: &str, name: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .flat_map(|line| [line, "\n"])
        .collect();
    let starts = ["(", "<"].map(|after| format!("fn {name}{after}"));
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in code.match_indices(&start) {
            let mut depth = 0;
            let end = code[at..].char_indices().find(|(_, c)| {
                depth += i32::from(*c == '{') - i32::from(*c == '}');
                depth == 0 && *c == '}'
            });
            let end = end.map_or(code.len(), |(length, _)| at + length + 1);
            let words: Vec<&str> = code[at..end].split_whitespace().collect();
            found.push(words.join(" "));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_without_comments_and_line_breaks() {
        let source = "/// Says.\nfn f(x: u64) -> u64 { // why\n    if x > 1 { 1 } else {\n 0 }\n}\nfn g() {}\n";
        assert_eq!(
            bodies(source, "f"),
            ["fn f(x: u64) -> u64 { if x > 1 { 1 } else { 0 } }"]
        );
        assert_eq!(bodies(source, "g"), ["fn g() {}"]);
        assert!(bodies(source, "h").is_empty());
        let two = "impl A { fn new() { 1 } }\nimpl B { fn new<T>() { 2 } }";
        assert_eq!(bodies(two, "new").len(), 2);
    }
}
