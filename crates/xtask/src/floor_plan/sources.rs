//! Sources of a crate, and what each imports. Tests may import what they like: they are left out.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A source, without comments and tests.
pub struct Source {
    /// Path below the crate's `src`.
    pub path: String,
    pub code: String,
}

impl Source {
    /// The module that the file is, from the crate's root; empty for `lib.rs` and `main.rs`.
    fn module(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs");
        let parts = path.split('/').map(str::to_owned);
        let mut parts: Vec<String> = parts.collect();
        if parts
            .last()
            .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
        {
            parts.pop();
        }
        parts
    }

    /// Every path that begins with `crate` or leads above the file's own module, from the crate's root.
    pub fn imports(&self) -> Vec<Vec<String>> {
        let module = self.module();
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            if !is_word_before(&self.code, at) {
                tree(&self.code[at + "crate::".len()..], &[], &mut found);
            }
        }
        for (at, _) in self.code.match_indices("super::") {
            if is_word_before(&self.code, at) || self.code[..at].ends_with("super::") {
                continue;
            }
            let mut rest = &self.code[at..];
            let mut base = [module.clone(), inline(&self.code, at)].concat();
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            tree(rest, &base, &mut found);
        }
        found
    }
}

/// The modules written out in a file that a place in it is inside of.
fn inline(code: &str, at: usize) -> Vec<String> {
    let mut inside = Vec::new();
    for (begin, _) in code[..at].match_indices("mod ") {
        let rest = &code[begin + "mod ".len()..];
        let Some((name, _)) = rest.split_once(" {") else {
            continue;
        };
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let open = begin + "mod ".len() + name.len() + 1;
        if is_name && at < open + block(&code[open..]) {
            inside.push(name.to_owned());
        }
    }
    inside
}

fn is_word_before(code: &str, at: usize) -> bool {
    let before = code[..at].chars().next_back();
    before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

/// Reads a tree of imports, `a::{b, c::d}`, and returns what follows it.
fn tree<'a>(text: &'a str, base: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let mut path = base.to_vec();
    let mut rest = text;
    loop {
        if let Some(mut group) = rest.strip_prefix('{') {
            loop {
                group = group.trim_start();
                if let Some(after) = group.strip_prefix('}') {
                    return after;
                }
                let before = group.len();
                group = tree(group, &path, found).trim_start();
                group = group.strip_prefix(',').unwrap_or(group);
                if group.len() == before {
                    return group; // no tree of imports
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !name.is_empty() && name != "self" {
            path.push(name.to_owned());
        }
        match after.strip_prefix("::") {
            Some(next) if !name.is_empty() => rest = next,
            _ => {
                found.push(path);
                let renamed = after.strip_prefix(" as ");
                return renamed.map_or(after, |after| {
                    after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                });
            }
        }
    }
}

/// What `lib.rs` takes out of a room: each name, and the room.
pub fn names_at_root(lib: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for line in lib.split(';') {
        let line = line.trim_start();
        let uses = line.rsplit('\n').find_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("use ")
        });
        let Some(start) = uses else { continue };
        let whole = &line[line.len() - start.len()..];
        let mut paths = Vec::new();
        tree(whole, &[], &mut paths);
        for path in paths {
            if let [room, .., name] = path.as_slice() {
                names.insert(name.clone(), room.clone());
            }
        }
    }
    names
}

/// The sources below a folder.
pub fn of(folder: &Path) -> Vec<Source> {
    let mut texts = BTreeMap::new();
    read(folder, folder, &mut texts);
    without_tests(texts)
}

fn read(root: &Path, folder: &Path, texts: &mut BTreeMap<String, String>) {
    for path in entries(folder) {
        if path.is_dir() {
            read(root, &path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(root).expect("a file of it");
            let text = std::fs::read_to_string(&path).expect("a source");
            texts.insert(inside.to_string_lossy().replace('\\', "/"), text);
        }
    }
}

/// What a folder holds.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).unwrap_or_else(|_| panic!("no {}", folder.display()));
    read.map(|entry| entry.expect("an entry").path()).collect()
}

/// Names of what a folder holds, without `.rs`.
pub fn names(folder: &Path) -> BTreeSet<String> {
    let name = |path: &PathBuf| path.file_stem().map(|name| name.to_string_lossy().into());
    entries(folder).iter().filter_map(name).collect()
}

/// Without comments, tests and files that are tests: those that a `#[cfg(test)] mod` names, and `*tests.rs`.
pub fn without_tests(texts: BTreeMap<String, String>) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut tests = BTreeSet::new();
    for (path, text) in texts {
        let mut source = Source {
            path,
            code: without_comments(&text),
        };
        for name in cut_tests(&mut source.code) {
            tests.insert([source.module(), vec![name]].concat());
        }
        sources.push(source);
    }
    sources.retain(|source| {
        let module = source.module();
        let is_named = (1..=module.len()).any(|end| tests.contains(&module[..end]));
        !is_named && !source.path.ends_with("tests.rs")
    });
    sources
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Cuts every item under `#[cfg(test)]` and returns the modules among them that are files.
fn cut_tests(code: &mut String) -> Vec<String> {
    const MARK: &str = "#[cfg(test)]";
    let mut modules = Vec::new();
    while let Some(at) = code.find(MARK) {
        let rest = &code[at + MARK.len()..];
        let end = rest.find(['{', ';']).unwrap_or(rest.len());
        if rest[end..].starts_with('{') {
            let length = end + block(&rest[end..]);
            code.replace_range(at..at + MARK.len() + length, "");
            continue;
        }
        let named = rest[..end]
            .rsplit("mod ")
            .next()
            .filter(|_| rest[..end].contains("mod "));
        modules.extend(named.map(|name| name.trim().to_owned()));
        let length = (end + 1).min(rest.len());
        code.replace_range(at..at + MARK.len() + length, "");
    }
    modules
}

/// Length of the block that a text begins with, braces included.
fn block(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}
