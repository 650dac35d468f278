//! What a name says: a type name is there once, no public function is called `of`, `at`, `check` or `run`, and the core's
//! functions tell their numbers apart. Tests read the sources and hold it; each check is shown to fail.
use std::collections::BTreeMap;

use crate::floor_plan::sources::{self, Source};
use crate::workspace;

/// Everything but tests.
const FOLDERS: &[&str] = &["crates", "programs", "app"];

/// Names of one thing that has several representations: how many, and which.
const SAME_THING: &[(&str, usize, &str)] = &[
    (
        "Asset",
        2,
        "the account of the program; as a case file has it",
    ),
    (
        "Closing",
        2,
        "of the core; as an argument, with the taker of the position",
    ),
    (
        "Collateral",
        2,
        "the slot of an account; as a case file has it",
    ),
    ("ExceedanceWindow", 2, "of the core; as words of an account"),
    ("MarginReport", 2, "of the core; as a view returns it"),
    ("MarginState", 2, "of the core; as a view returns it"),
    (
        "Pause",
        2,
        "what an exchange keeps of it; the accounts of the instruction",
    ),
    (
        "Position",
        3,
        "of the core; the slot of an account; as a case file has it",
    ),
    ("Scenario", 2, "of the core; as words of an account"),
    ("TradeParams", 2, "of the core; as words of an account"),
    ("WindowOutcome", 2, "of the core; as an event tells it"),
];

/// Names that say nothing where they are called.
const SAYS_NOTHING: [&str; 4] = ["of", "at", "check", "run"];

/// Integers that the compiler does not tell apart.
const INTEGERS: [&str; 8] = ["u8", "u16", "u32", "u64", "u128", "i32", "i64", "i128"];

/// Conditions that are asked for, not formulas that are picked.
const CONDITIONS: [&str; 2] = ["require", "ensure"];

/// A function as it is declared.
struct Function {
    name: String,
    is_public: bool,
    /// The type of each parameter, without the receiver.
    takes: Vec<String>,
    returns: String,
}

/// Sources of every crate of the workspace, by the path of each.
fn everything() -> Vec<Source> {
    let mut all = Vec::new();
    for folder in FOLDERS {
        for member in sources::entries(&workspace::root().join(folder)) {
            let within = member.join("src");
            if !within.is_dir() {
                continue;
            }
            let name = member.file_name().expect("a name").to_string_lossy();
            all.extend(sources::of(&within).into_iter().map(|source| Source {
                path: format!("{folder}/{name}/src/{}", source.path),
                code: source.code,
            }));
        }
    }
    all
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The places of a word in a text.
fn word_ends<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).filter_map(move |(at, _)| {
        let end = at + word.len();
        let alone = !code[..at].ends_with(is_word) && !code[end..].starts_with(is_word);
        alone.then_some(end)
    })
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    &text[..end]
}

/// Names of the types and traits that a text declares, without associated types.
fn declared(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for word in ["struct", "enum", "union", "trait"] {
        names.extend(word_ends(code, word).map(|end| first_word(&code[end..]).to_owned()));
    }
    for line in code.lines().filter(|line| !line.starts_with(' ')) {
        names.extend(word_ends(line, "type").map(|end| first_word(&line[end..]).to_owned()));
    }
    names.retain(|name| name.starts_with(char::is_uppercase));
    names
}

/// The end of what opens at the beginning of a text; an arrow closes nothing.
fn closing(text: &str) -> usize {
    let (mut depth, mut before) = (0_usize, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
        before = c;
    }
    text.len()
}

/// What stands between commas that nothing encloses.
fn parts(mut text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '(' | '[' | '<' => at += closing(&text[at..]),
            ',' => {
                found.push(text[..at].trim());
                text = &text[at + 1..];
                at = 0;
            }
            _ => at += c.len_utf8(),
        }
    }
    found.push(text.trim());
    found.retain(|part| !part.is_empty());
    found
}

fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for end in word_ends(code, "fn") {
        let name = first_word(&code[end..]);
        let mut rest = code[end..].trim_start()[name.len()..].trim_start();
        if rest.starts_with('<') {
            rest = rest[closing(rest)..].trim_start();
        }
        if name.is_empty() || !rest.starts_with('(') {
            continue;
        }
        let length = closing(rest);
        let taken = parts(&rest[1..length - 1]);
        let after = rest[length..].trim_start();
        let returns = after.strip_prefix("->").unwrap_or_default();
        let returns = returns.split(['{', ';']).next().unwrap_or_default();
        let line = code[..end].rsplit('\n').next().unwrap_or_default();
        found.push(Function {
            name: name.to_owned(),
            is_public: line.trim_start().starts_with("pub"),
            takes: taken
                .iter()
                .filter_map(|one| one.split_once(':'))
                .map(|(_, kind)| kind.trim().to_owned())
                .collect(),
            returns: returns.trim().to_owned(),
        });
    }
    found
}

/// Type names of several things, each with its places.
fn repeated(all: &[Source]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for source in all {
        for name in declared(&source.code) {
            places.entry(name).or_default().push(&source.path);
        }
    }
    let allowed = |name: &str| {
        let same = SAME_THING.iter().find(|(one, ..)| *one == name);
        same.map_or(1, |(_, count, _)| *count)
    };
    places
        .into_iter()
        .filter(|(name, at)| at.len() > allowed(name))
        .map(|(name, at)| format!("{name}: {}", at.join(", ")))
        .collect()
}

/// What makes a function's numbers, booleans or parts easy to mix up.
fn mixed_up(function: &Function) -> Vec<&'static str> {
    let mut found = Vec::new();
    let count = |integer: &&str| function.takes.iter().filter(|one| one == integer).count();
    if INTEGERS.iter().any(|integer| count(integer) >= 4) {
        found.push("takes four integers of one type");
    }
    let asks = CONDITIONS.contains(&function.name.as_str());
    if !asks && function.takes.iter().any(|one| one == "bool") {
        found.push("picks a formula by a bool");
    }
    let mut returned = function.returns.as_str();
    for wrapper in ["Result<", "Option<"] {
        returned = returned.strip_prefix(wrapper).unwrap_or(returned);
    }
    if returned.starts_with('(') && !returned.starts_with("()") {
        found.push("returns a bare pair");
    }
    found
}

fn breaches(all: &[Source], of: impl Fn(&Function) -> Vec<&'static str>) -> Vec<String> {
    let each = all.iter().flat_map(|source| {
        let found = functions(&source.code).into_iter();
        found.map(|function| (source.path.clone(), function))
    });
    each.flat_map(|(path, function)| {
        let found = of(&function).into_iter();
        let lines = found.map(|what| format!("{path}: {} {what}", function.name));
        lines.collect::<Vec<_>>()
    })
    .collect()
}

fn says_nothing(function: &Function) -> Vec<&'static str> {
    let is_bare = function.is_public && SAYS_NOTHING.contains(&function.name.as_str());
    is_bare
        .then_some("says nothing where it is called")
        .into_iter()
        .collect()
}

#[test]
fn a_type_name_is_there_once() {
    assert_eq!(repeated(&everything()), Vec::<String>::new());
}

#[test]
fn what_is_the_same_thing_still_has_every_representation() {
    let all = everything();
    for (name, count, _) in SAME_THING {
        let declared = all.iter().flat_map(|source| declared(&source.code));
        let found = declared.filter(|one| one == name).count();
        assert_eq!(found, *count, "{name}");
    }
}

#[test]
fn a_public_function_says_what_it_does() {
    assert_eq!(breaches(&everything(), says_nothing), Vec::<String>::new());
}

#[test]
fn the_core_tells_its_numbers_apart() {
    let core = sources::of(&workspace::root().join("crates/risk/src"));
    assert!(core.len() > 50, "{}", core.len());
    let found = breaches(&core, mixed_up);
    assert_eq!(found, Vec::<String>::new());
}

mod shown_to_fail {
    use super::*;

    fn source(path: &str, code: &str) -> Source {
        Source {
            path: path.to_owned(),
            code: code.to_owned(),
        }
    }

    #[test]
    fn a_name_of_two_things() {
        let one = source("a.rs", "pub struct Fill {}\nimpl Fill { type Out = u8; }");
        let other = source("b.rs", "enum Fill { Buy }\npub(crate) type Filled = u8;");
        assert_eq!(repeated(&[one, other]), ["Fill: a.rs, b.rs"]);
        let declared = declared("trait A {\n    type Inner;\n}\ntype B = u8;\nunion C {}");
        assert_eq!(declared, ["C", "A", "B"]);
    }

    #[test]
    fn a_name_that_says_nothing() {
        let bare = |text| breaches(&[source("a.rs", text)], says_nothing);
        assert_eq!(
            bare("    pub(super) const fn at(self) {}"),
            ["a.rs: at says nothing where it is called"]
        );
        assert!(bare("fn at() {}\npub fn check_all() {}").is_empty());
    }

    #[test]
    fn what_is_easily_mixed_up() {
        let found = |text| breaches(&[source("a.rs", text)], mixed_up);
        for (text, what) in [
            (
                "fn f(a: u64, b: u64, c: u64, d: u64) {}",
                "f takes four integers of one type",
            ),
            (
                "fn g<T: Fn(u8) -> u8>(&self, is_short: bool) -> u8 {}",
                "g picks a formula by a bool",
            ),
            (
                "fn h(x: [u8; 2]) -> Result<(u64, bool), E> {}",
                "h returns a bare pair",
            ),
            (
                "fn i() -> (A, B)\nwhere\n    A: B,\n{",
                "i returns a bare pair",
            ),
        ] {
            assert_eq!(found(text), [format!("a.rs: {what}")], "{text}");
        }
        for text in [
            "fn f(a: u64, b: u64, c: u64, d: i64) -> Result<(), E> {}",
            "fn require(condition: bool) -> impl Fn(u8) -> (u8, u8) {}",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
