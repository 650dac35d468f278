//! Command lines that documents and sentences of the code name are ones that are taken.
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;

use super::*;

/// Begins a command line in a document.
const BEGINS: [&str; 3] = ["cargo freeboard ", "freeboard ", "fb "];
/// Folders of the repository whose files are read.
const FOLDERS: [&str; 5] = ["app", "crates", "docs", "migrations", "programs"];
const ADDRESS: &str = "11111111111111111111111111111111";

/// What a word in capitals stands for, where it has to be more than any word.
fn filled(word: &str) -> &str {
    match word {
        "ACCOUNT" | "ADDRESS" => ADDRESS,
        "NUMBER" => "3",
        word => word,
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if ending.is_some_and(|ending| ["md", "rs", "toml"].contains(&ending)) {
            files.push(path);
        }
    }
}

/// Every document and source, with its text.
fn files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("README.md"), root.join("SECURITY.md")];
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files);
    }
    let this = files
        .iter()
        .position(|path| path.ends_with("documents_tests.rs"));
    files.swap_remove(this.unwrap());
    let read = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap());
    files.into_iter().map(read).collect()
}

/// Command lines between backticks, which may leave arguments out, and those of a document's blocks, which may not.
fn lines(path: &Path, text: &str) -> (Vec<String>, Vec<String>) {
    let is_ours = |line: &&str| BEGINS.iter().any(|begins| line.starts_with(begins));
    // What is elided, or made by the code, is no line to type.
    let is_whole = |line: &&str| !line.contains(['…', '|', '{', '[', '\\', '\n']);
    let spans = text.split('`').skip(1).step_by(2);
    let spans = spans.filter(is_ours).filter(is_whole).map(str::to_owned);
    let is_document = path.extension().is_some_and(|ending| ending == "md");
    let (mut blocks, mut is_inside) = (Vec::new(), false);
    for line in text.lines().map(str::trim).filter(|_| is_document) {
        if line.starts_with("```") {
            is_inside = !is_inside;
        } else if is_inside && is_ours(&line) && is_whole(&line) {
            let typed = line.split(" # ").next().unwrap_or_default();
            let typed = typed.split(" > ").next().unwrap_or_default();
            blocks.push(typed.trim().to_owned());
        }
    }
    (spans.collect(), blocks)
}

/// Why a line is not taken; none where it is.
fn refusal(line: &str) -> Option<clap::Error> {
    let begins = BEGINS.iter().find_map(|begins| line.strip_prefix(begins));
    let words = begins.unwrap_or_default().split_whitespace().map(filled);
    Arguments::try_parse_from(std::iter::once("freeboard").chain(words)).err()
}

/// Whether a line only lacks something, as one does that names a command in a sentence.
fn is_short(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

#[test]
fn every_command_line_that_is_named_is_taken() {
    let (mut named, mut typed) = (0, 0);
    for (path, text) in files() {
        let (spans, blocks) = lines(&path, &text);
        for line in &spans {
            let error = refusal(line).filter(|error| !is_short(error));
            assert!(
                error.is_none(),
                "{}: `{line}`: {}",
                path.display(),
                error.unwrap()
            );
        }
        for line in &blocks {
            let error = refusal(line);
            assert!(
                error.is_none(),
                "{}: {line}: {}",
                path.display(),
                error.unwrap()
            );
        }
        named += spans.len();
        typed += blocks.len();
    }
    assert!(named > 60 && typed > 50, "{named} {typed}");
}

#[test]
fn a_line_that_is_wrong_is_found() {
    for wrong in [
        "freeboard governance tightn FILE",
        "fb deposit 1.5 SOL --accounts 2",
        "freeboard governance cancel FIRST",
        "freeboard role accept keeper",
    ] {
        let error = refusal(wrong).unwrap();
        assert!(!is_short(&error), "{wrong}: {error}");
    }
    assert!(is_short(&refusal("freeboard governance tighten").unwrap()));
    assert!(refusal("cargo freeboard governance cancel NUMBER").is_none());
}
