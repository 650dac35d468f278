//! The commands of a document: what stands in its blocks under one heading, in its order, ready to be typed.
//!
//! | in a document | is |
//! |---|---|
//! | a line of a `console` block | a command; behind two spaces and `#` a remark |
//! | a `toml` block that begins with `# NAME.toml` | a file of that name, beside which commands are typed |
//! | one of [`PLACEHOLDERS`], in either | what the reader knows and the document does not; a story says it |
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Words in capitals that stand for something else.
pub const PLACEHOLDERS: [&str; 8] = [
    "ACCOUNT",
    "ADDRESS",
    "BUFFER",
    "FEED_ID",
    "KEEPER_URL",
    "NUMBER",
    "SIGNATURE",
    "URL",
];

/// A fenced block of a document.
#[derive(Clone, Debug)]
pub struct FencedBlock<'a> {
    /// The heading that it stands under, without its signs; empty before the first.
    pub heading: &'a str,
    /// What stands behind the fence.
    pub language: &'a str,
    /// What stands in it.
    pub lines: Vec<&'a str>,
}

/// Every fenced block of a document, in its order.
pub fn fenced_blocks(document: &str) -> Vec<FencedBlock<'_>> {
    let mut blocks: Vec<FencedBlock> = Vec::new();
    let (mut heading, mut is_inside) = ("", false);
    for line in document.lines() {
        match (line.trim_start().strip_prefix("```"), is_inside) {
            (Some(_), true) => is_inside = false,
            (Some(language), false) => {
                is_inside = true;
                blocks.push(FencedBlock {
                    heading,
                    language,
                    lines: Vec::new(),
                });
            }
            (None, true) => {
                let block = blocks.last_mut().expect("one was begun");
                block.lines.push(line);
            }
            (None, false) if line.starts_with('#') => {
                heading = line.trim_start_matches('#').trim();
            }
            (None, false) => {}
        }
    }
    blocks
}

/// A line of a block without the remark behind it.
pub fn without_remark(line: &str) -> &str {
    line.split("  #").next().unwrap_or_default().trim()
}

/// What is to be typed, and what it needs.
#[derive(Clone, Debug)]
pub struct Runbook {
    heading: String,
    commands: VecDeque<String>,
    files: Vec<(String, String)>,
    known: BTreeMap<&'static str, String>,
}

impl Runbook {
    /// What stands under a heading of a document.
    ///
    /// Panics: nothing does.
    pub fn read(document: &str, heading: &str) -> Self {
        let mut this = Self {
            heading: heading.to_owned(),
            commands: VecDeque::new(),
            files: Vec::new(),
            known: BTreeMap::new(),
        };
        let blocks = fenced_blocks(document);
        for block in blocks.iter().filter(|block| block.heading == heading) {
            let first = block.lines.first().copied().unwrap_or_default();
            let name = first
                .strip_prefix("# ")
                .filter(|name| name.ends_with(".toml"));
            match (block.language, name) {
                ("console", _) => {
                    let typed = block.lines.iter().map(|line| without_remark(line));
                    this.commands.extend(typed.map(str::to_owned));
                }
                ("toml", Some(name)) => {
                    let text = block.lines.join("\n") + "\n";
                    this.files.push((name.to_owned(), text));
                }
                _ => {}
            }
        }
        let is_there = !this.commands.is_empty() || !this.files.is_empty();
        assert!(is_there, "nothing to type under the heading `{heading}`");
        this
    }

    /// Says what a placeholder stands for from now on.
    ///
    /// Panics: it is none of [`PLACEHOLDERS`].
    pub fn know(&mut self, placeholder: &'static str, value: impl ToString) {
        assert!(PLACEHOLDERS.contains(&placeholder), "{placeholder}");
        self.known.insert(placeholder, value.to_string());
    }

    /// Writes its files into a folder.
    ///
    /// Panics: a placeholder that is not known; a file that cannot be written.
    pub fn write_files(&self, folder: &Path) {
        for (name, text) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, self.filled(text)).expect("written");
        }
    }

    /// Returns the next command, which begins with these words, its placeholders replaced.
    ///
    /// Panics: it does not, or there is none; a placeholder that is not known.
    pub fn command(&mut self, begins: &str) -> String {
        let heading = &self.heading;
        let next = self.commands.pop_front();
        let next = next.unwrap_or_else(|| panic!("{heading}: no command is left for `{begins}`"));
        assert!(
            next.starts_with(begins),
            "{heading}: `{begins}` was expected, the document has `{next}`: let the story follow it"
        );
        self.filled(&next)
    }

    /// Panics: a command was not typed.
    pub fn assert_done(&self) {
        let left = &self.commands;
        assert!(left.is_empty(), "{}: not typed: {left:?}", self.heading);
    }

    /// The text with every placeholder replaced.
    fn filled(&self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        let mut filled = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            filled += before;
            filled += match (PLACEHOLDERS.contains(&word), self.known.get(word)) {
                (true, None) => panic!("{}: what is {word} in `{text}`?", self.heading),
                (_, Some(value)) => value.as_str(),
                (false, None) => word,
            };
            rest = after;
        }
        filled + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Title\n\n## One\n\n```console\nfreeboard doctor\nfreeboard show NUMBER -k a.json  # says it\n```\n\n\
        ```toml\n# change.toml\nname = \"ADDRESS\"\n```\n\n```\nfreeboard shown\n```\n\n## Two\n\n1. A list:\n\n   \
        ```console\n   freeboard sample BTC\n   ```\n";

    #[test]
    fn commands_and_files_are_those_of_the_heading() {
        let mut one = Runbook::read(DOCUMENT, "One");
        one.know("ADDRESS", "abc");
        one.know("NUMBER", 7);
        assert_eq!(one.command("freeboard doctor"), "freeboard doctor");
        assert_eq!(one.command("freeboard show"), "freeboard show 7 -k a.json");
        one.assert_done();
        let folder = tempfile::tempdir().unwrap();
        one.write_files(folder.path());
        let written = std::fs::read_to_string(folder.path().join("change.toml")).unwrap();
        assert_eq!(written, "# change.toml\nname = \"abc\"\n");
        let mut two = Runbook::read(DOCUMENT, "Two");
        assert_eq!(two.command("freeboard"), "freeboard sample BTC");
    }

    #[test]
    #[should_panic(expected = "what is NUMBER")]
    fn a_placeholder_is_never_typed() {
        let mut one = Runbook::read(DOCUMENT, "One");
        one.command("freeboard doctor");
        one.command("freeboard show");
    }

    #[test]
    #[should_panic(expected = "not typed")]
    fn a_command_that_is_left_is_found() {
        let mut one = Runbook::read(DOCUMENT, "One");
        one.command("freeboard doctor");
        one.assert_done();
    }

    #[test]
    #[should_panic(expected = "nothing to type")]
    fn a_heading_that_is_gone_is_found() {
        Runbook::read(DOCUMENT, "Three");
    }
}
