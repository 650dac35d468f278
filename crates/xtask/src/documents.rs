//! What the documents name exists: sections of the whitepaper, linked files and headings, functions of the code.
//!
//! | form | is checked to name |
//! |---|---|
//! | `whitepaper §7.2`, in any file | a section of docs/whitepaper.md with two levels |
//! | `[text](path#heading)`, in a document | a file, and a heading of it |
//! | `path.rs::name` in a code span of a document | a function, type or constant of the file whose path ends so |
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::workspace;

/// Endings of files that may cite the whitepaper.
const CITING: [&str; 7] = ["rs", "py", "md", "toml", "sh", "html", "js"];
/// What may stand between two sections of one citation.
const JOINTS: [&str; 4] = [", ", " and ", " to ", "; "];

/// A text file of the repository: its path from the root, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn ends_with(&self, ending: &str) -> bool {
        self.path.rsplit('.').next() == Some(ending)
    }

    fn is_whitepaper(&self) -> bool {
        self.path == "docs/whitepaper.md"
    }

    /// Path and number of the line at a byte of the text.
    fn place(&self, at: usize) -> String {
        format!(
            "{}:{}",
            self.path,
            self.text[..at].matches('\n').count() + 1
        )
    }
}

/// Every text file of the repository that may cite something.
fn files() -> Vec<File> {
    let root = workspace::root();
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    assert!(files.len() > 300, "{} files", files.len());
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(root, &path, files);
        } else if ending.is_some_and(|ending| CITING.contains(&ending)) && path.is_file() {
            let inside = path.strip_prefix(root).expect("a file of it");
            let text = std::fs::read_to_string(&path).expect("a text");
            files.push(File {
                path: inside.to_str().expect("a name").replace('\\', "/"),
                text,
            });
        }
    }
}

/// The sections of the whitepaper: `7.2` for a heading `### 7.2 …`.
fn sections(whitepaper: &str) -> BTreeSet<String> {
    let headings = whitepaper
        .lines()
        .filter_map(|line| line.strip_prefix("### "));
    headings
        .filter_map(|heading| heading.split(' ').next())
        .map(str::to_owned)
        .collect()
}

/// The number that stands right at the beginning of a text: `7.2` of `7.2, it`.
fn number(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    text[..end.unwrap_or(text.len())].trim_end_matches('.')
}

/// Whether a section's sign is a part of a citation: `whitepaper ` before it, or another section of the same one.
fn is_cited(before: &str) -> bool {
    let before = before.trim_end_matches(['`', ' ', '\n', '/', '!']);
    if before.ends_with("whitepaper")
        || before.ends_with("whitepaper.md")
        || before.ends_with("whitepaper.md)")
    {
        return true;
    }
    let joint = JOINTS
        .iter()
        .find_map(|joint| before.strip_suffix(joint.trim_end()));
    let Some(other) = joint else { return false };
    let other = other.trim_end();
    let digits = other.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    digits.len() < other.len() && digits.ends_with('§') && is_cited(digits.trim_end_matches('§'))
}

/// Every citation that names no section, or is written in another form.
fn wrong_citations(file: &File, sections: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, sign) in file.text.match_indices('§') {
        let named = number(&file.text[at + sign.len()..]);
        if !sections.contains(named) {
            wrong.push(format!("{}: no section {named}", file.place(at)));
        } else if !file.is_whitepaper() && !is_cited(&file.text[..at]) {
            wrong.push(format!("{}: §{named} of what?", file.place(at)));
        }
    }
    if file.is_whitepaper() {
        return wrong;
    }
    for word in ["ection ", "ections "] {
        for (at, _) in file.text.match_indices(word) {
            let after = &file.text[at + word.len()..];
            if after.starts_with(|c: char| c.is_ascii_digit()) {
                wrong.push(format!("{}: write `whitepaper §…`", file.place(at)));
            }
        }
    }
    wrong
}

#[test]
fn every_citation_of_the_whitepaper_names_a_section_of_it() {
    let files = files();
    let paper = files.iter().find(|file| file.is_whitepaper());
    let sections = sections(&paper.expect("docs/whitepaper.md").text);
    assert!(sections.len() > 60, "{sections:?}");
    let this = "crates/xtask/src/documents.rs";
    let others = files.iter().filter(|file| file.path != this);
    let wrong: Vec<String> = others
        .flat_map(|file| wrong_citations(file, &sections))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let cited = |file: &File| file.text.matches("whitepaper §").count();
    let cited: usize = files.iter().map(cited).sum();
    assert!(cited > 60, "{cited} citations");
}

#[test]
fn a_citation_of_another_form_is_found() {
    let sections: BTreeSet<String> = ["6.1", "7.2"].map(str::to_owned).into();
    let wrong = |text: &str| {
        let file = File {
            path: "a.rs".to_owned(),
            text: text.to_owned(),
        };
        wrong_citations(&file, &sections).len()
    };
    for good in [
        "whitepaper §7.2",
        "(whitepaper §6.1, §7.2)",
        "whitepaper §6.1 to §7.2.",
        "docs/whitepaper.md §6.1",
        "//! (whitepaper\n//! §7.2)",
        "[docs/whitepaper.md](docs/whitepaper.md) §7.2",
        "every section of it",
    ] {
        assert_eq!(wrong(good), 0, "{good}");
    }
    for bad in [
        "model §7.2",
        "§7.2",
        "whitepaper §7",
        "whitepaper §7.3",
        "section 7.2",
        "Sections 6 and 7",
        "whitepaper says so, §7.2",
    ] {
        assert_eq!(wrong(bad), 1, "{bad}");
    }
}

/// What `[text](target)` names, with where it stands; code blocks and targets elsewhere left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("](") {
        let rest = &text[at + 2..];
        let Some(end) = rest.find(')') else { continue };
        let target = &rest[..end];
        if !target.contains("://") && !target.contains([' ', '\n', '…']) && !target.is_empty() {
            found.push((at, target));
        }
    }
    found
}

/// The name that a heading is linked by.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_of_a_document_leads_to_a_file_and_a_heading() {
    let (root, files) = (workspace::root(), files());
    let mut checked = 0;
    for file in files.iter().filter(|file| file.ends_with("md")) {
        let folder = root.join(&file.path);
        let folder = folder.parent().expect("a folder");
        for (at, target) in links(&file.text) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let linked = if path.is_empty() {
                root.join(&file.path)
            } else {
                folder.join(path)
            };
            let place = file.place(at);
            assert!(linked.exists(), "{place}: no {path}");
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&linked).expect("a document");
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let is_there = headings.any(|line| anchor(line) == heading);
                assert!(is_there, "{place}: no heading {heading}");
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked} links");
}

/// `path.rs::name` in code spans.
fn named_items(text: &str) -> Vec<(usize, &str, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(".rs::") {
        let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '/';
        let start = text[..at]
            .rfind(|c| !is_path(c))
            .map_or(0, |before| before + 1);
        let after = &text[at + 5..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &after[..end.unwrap_or(after.len())];
        found.push((at, &text[start..at + 3], name));
    }
    found
}

/// A source without the tests at its end; a file of tests whole.
fn without_tests(source: &File) -> &str {
    let is_test = source.path.starts_with("tests/") || source.path.contains("/tests/");
    if is_test || source.path.ends_with("tests.rs") || source.path.starts_with("crates/xtask/") {
        return &source.text;
    }
    let code = source.text.split("#[cfg(test)]\nmod ").next();
    code.unwrap_or(&source.text)
}

/// Whether a source defines a function, type, constant or macro of this name.
fn defines(source: &str, name: &str) -> bool {
    let heads = [
        "fn ", "struct ", "enum ", "const ", "trait ", "type ", "mod ",
    ];
    heads.iter().any(|head| {
        let definition = format!("{head}{name}");
        source.match_indices(&definition).any(|(at, _)| {
            let next = source[at + definition.len()..].chars().next();
            !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    })
}

#[test]
fn every_function_that_a_document_names_exists() {
    let files = files();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.ends_with("md")) {
        for (at, path, name) in named_items(&file.text) {
            let whole = format!("/{path}");
            let found = files.iter().any(|source| {
                let is_it = source.path == path || source.path.ends_with(&whole);
                is_it && defines(without_tests(source), name)
            });
            if !found {
                wrong.push(format!("{}: no {path}::{name}", file.place(at)));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 60, "{checked} names");
}

/// Each row of the attacks says what it gains, what stops it, and which test shows it.
#[test]
fn every_attack_has_its_test() {
    let files = files();
    let security = files.iter().find(|file| file.path == "SECURITY.md");
    let security = &security.expect("SECURITY.md").text;
    let head = "| Attack | Who can do it | What it would gain | What stops it | Shown by |";
    let mut attacks = 0;
    for table in security.split(head).skip(1) {
        let rows = table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        for row in rows.filter(|row| !row.starts_with("| **")) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let [attack, _, gain, stop, shown] = cells.as_slice() else {
                panic!("{} cells: {row}", cells.len());
            };
            assert!(!gain.is_empty() && !stop.is_empty(), "{attack}");
            let is_outside = *shown == "outside the program";
            assert!(is_outside || shown.contains(".rs::"), "{attack}: {shown}");
            attacks += 1;
        }
    }
    assert!(attacks > 70, "{attacks} attacks");
}

#[test]
fn every_parameter_has_its_line_in_the_terminology() {
    let root = workspace::root();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file");
    let (params, words) = (
        read("crates/risk/src/params/mod.rs"),
        read("docs/terminology.md"),
    );
    let fields = params.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix("    pub ")?.split_once(':')?;
        (name != "sample").then_some(name) // a group of others
    });
    let mut checked = 0;
    for name in fields {
        assert!(
            words.contains(&format!("`{name}`")),
            "docs/terminology.md: {name}"
        );
        checked += 1;
    }
    assert!(checked > 60, "{checked} parameters");
}

/// `cargo xtask …` in code spans and blocks, up to a remark; not where something is left out.
fn tasks(text: &str) -> Vec<&str> {
    let mut tasks = Vec::new();
    for (at, _) in text.match_indices("cargo xtask ") {
        let rest = &text[at..];
        let end = rest.find(['`', '…', '#', '|', '\n', '"', '\'']);
        let (task, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !after.starts_with(['…', '|']) {
            tasks.push(task.trim_end());
        }
    }
    tasks
}

#[test]
fn every_task_that_a_document_names_is_taken() {
    use clap::Parser;
    let mut checked = 0;
    for file in files().iter().filter(|file| file.ends_with("md")) {
        for line in tasks(&file.text) {
            let words = line.split_whitespace().skip(1);
            let parsed = crate::XtaskArguments::try_parse_from(words);
            // A sentence may leave an argument out.
            let error = parsed
                .err()
                .filter(|error| error.kind() != clap::error::ErrorKind::MissingRequiredArgument);
            assert!(error.is_none(), "{}: {line}: {}", file.path, error.unwrap());
            checked += 1;
        }
    }
    assert!(checked > 25, "{checked} tasks");
}
