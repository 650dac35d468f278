//! A proof script: what it takes from text and core, which functions it models, and its goals.
//!
//! | line | says |
//! |---|---|
//! | `#: take NAME = FILE: … {} …` | `@NAME@` is the number at `{}`; the rest stands in the file once, whatever its line breaks |
//! | `#: model FILE: f g` | the goals describe these functions; when one changes, the proof is looked at again |
//! | `#: loosen NAME = VALUE: why` | with this number a goal must fail |
//!
//! A goal begins with `{` at the start of a line. Gappa is asked each by itself, with all definitions before the first.
use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// A number for each placeholder, as Gappa reads it.
pub type Values = BTreeMap<String, String>;

/// Where a number stands.
pub struct Take {
    pub name: String,
    pub file: String,
    /// The text around it, with `{}` in its place.
    pub pattern: String,
}

/// A number with which a goal must fail.
pub struct Loosened {
    pub name: String,
    pub value: String,
    pub why: String,
}

/// Functions of a file that the goals describe.
pub struct Modelled {
    pub file: String,
    pub functions: Vec<String>,
}

/// A script of docs/proofs.
pub struct Script {
    pub name: String,
    text: String,
    pub takes: Vec<Take>,
    pub models: Vec<Modelled>,
    pub loosened: Vec<Loosened>,
}

impl Script {
    /// Reads a script.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let mut script = Self {
            name: name.to_owned(),
            text: text.to_owned(),
            takes: Vec::new(),
            models: Vec::new(),
            loosened: Vec::new(),
        };
        for line in text.lines().filter_map(|line| line.strip_prefix("#: ")) {
            script.read(line).with_context(|| line.to_owned())?;
        }
        for loosened in &script.loosened {
            let takes = script.takes.iter().any(|take| take.name == loosened.name);
            ensure!(takes, "{} is loosened and not taken", loosened.name);
        }
        Ok(script)
    }

    fn read(&mut self, line: &str) -> Result<()> {
        let (word, rest) = line.split_once(' ').context("a word and more")?;
        let (head, tail) = rest.split_once(": ").context("a colon")?;
        if word == "model" {
            self.models.push(Modelled {
                file: head.to_owned(),
                functions: tail.split(' ').map(str::to_owned).collect(),
            });
            return Ok(());
        }
        let (name, value) = head.split_once(" = ").context("NAME = …")?;
        let (name, value, tail) = (name.to_owned(), value.to_owned(), tail.to_owned());
        match word {
            "take" => self.takes.push(Take {
                name,
                file: value,
                pattern: tail,
            }),
            "loosen" => self.loosened.push(Loosened {
                name,
                value,
                why: tail,
            }),
            _ => bail!("take, model or loosen"),
        }
        Ok(())
    }

    /// Looks every number up in the files that `read` answers.
    pub fn values(&self, read: &dyn Fn(&str) -> Result<String>) -> Result<Values> {
        let mut values = Values::new();
        for take in &self.takes {
            let found = taken(&read(&take.file)?, &take.pattern)
                .with_context(|| format!("{} of {}", take.name, take.file))?;
            values.insert(take.name.clone(), found);
        }
        Ok(values)
    }

    /// Where each goal begins and ends.
    pub fn goals(&self) -> Vec<&str> {
        let mut starts: Vec<usize> = self.text.match_indices("\n{").map(|(at, _)| at).collect();
        starts.push(self.text.len());
        starts
            .windows(2)
            .map(|ends| &self.text[ends[0]..ends[1]])
            .collect()
    }

    /// One text per goal, with these numbers.
    pub fn filled(&self, values: &Values) -> Result<Vec<String>> {
        let goals = self.goals();
        let start = self.text.find("\n{").context("no goal")?;
        let body: Vec<&str> = self.text.lines().filter(|l| !l.starts_with('#')).collect();
        let body = body.join("\n");
        for name in values.keys() {
            let placeholder = format!("@{name}@");
            ensure!(body.contains(&placeholder), "{name} is taken and not used");
        }
        let fill = |text: String| {
            values.iter().fold(text, |text, (name, value)| {
                text.replace(&format!("@{name}@"), value)
            })
        };
        let texts = goals.iter().map(|goal| {
            let text = fill(format!("{}{goal}\n", &self.text[..start]));
            // What is left of an @ begins a line: it defines a rounding.
            let left = text.lines().filter(|line| !line.starts_with('#'));
            match left
                .filter_map(|line| line.get(1..))
                .find(|l| l.contains('@'))
            {
                Some(line) => bail!("a placeholder that is not taken: {line}"),
                None => Ok(text),
            }
        });
        texts.collect()
    }
}

/// The number at `{}` of a pattern that stands in the text once.
fn taken(text: &str, pattern: &str) -> Result<String> {
    let (text, pattern) = (with_single_spaces(text), with_single_spaces(pattern));
    let (before, after) = pattern.split_once("{}").context("a pattern has {}")?;
    ensure!(
        !before.is_empty() && !after.is_empty(),
        "text on both sides"
    );
    let mut found = Vec::new();
    for (at, _) in text.match_indices(before) {
        let rest = &text[at + before.len()..];
        let candidate = rest.find(after).map(|end| &rest[..end]);
        found.extend(candidate.and_then(number));
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("not found: {pattern}"),
        many => bail!("found {} times: {pattern}", many.len()),
    }
}

/// A number of text or source as Gappa reads it: hexadecimal, decimal, a power of two, or a small one in a word.
fn number(text: &str) -> Option<String> {
    const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    const WORDS: [&str; 5] = ["zero", "one", "two", "three", "four"];
    let text = text.trim();
    if let Some(value) = WORDS.iter().position(|word| *word == text) {
        return Some(value.to_string());
    }
    let power = text.strip_prefix('2').unwrap_or_default();
    if !power.is_empty() && !power.starts_with(|c: char| c.is_ascii() || c == '·') {
        let digits = power.chars().map(|c| match c {
            '⁻' => Some('-'),
            _ => char::from_digit(SUPERSCRIPTS.iter().position(|s| *s == c)? as u32, 10),
        });
        let exponent: String = digits.collect::<Option<_>>()?;
        exponent.parse::<i32>().ok()?;
        return Some(format!("1b{exponent}"));
    }
    let plain = text.replace(['_', ','], "");
    if let Some(hexadecimal) = plain.strip_prefix("0x") {
        let value = u128::from_str_radix(hexadecimal, 16).ok()?;
        return Some(value.to_string());
    }
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, "0"));
    let is_number = [whole, part]
        .iter()
        .all(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    is_number.then_some(plain)
}

fn with_single_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_form() {
        for (text, expected) in [
            ("64", "64"),
            ("8_640", "8640"),
            ("8,000", "8000"),
            ("0xb8aa_3b29_5c17_f0bb", "13306513097844322491"),
            ("0.85", "0.85"),
            ("2⁻⁵⁷", "1b-57"),
            ("2¹²¹", "1b121"),
            (" two ", "2"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
        for other in ["", "x", "2⁻", "2⁵x", "1.", "five", "2·3", "-1", "1 2"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_is_found_once_across_lines_or_not_at_all() {
        let text = "a bound of\n  2⁻⁵⁷ here;\nconst N: u32 = 7; another of 2⁻⁵⁸ there";
        assert_eq!(taken(text, "bound of {} here").unwrap(), "1b-57");
        assert_eq!(taken(text, "N: u32 = {};").unwrap(), "7");
        assert!(taken(text, "M: u32 = {};").is_err());
        assert!(taken("n = 1; n = 2;", "n = {};").is_err());
        assert!(taken("n = x; n = 2;", "n = {};").is_ok());
        assert!(taken(text, "bound of {}").is_err());
    }

    const SCRIPT: &str = "# Says what.\n#: take N = a.rs: const N: u32 = {};\n#: model a.rs: f g\n\
        #: loosen N = 9: too many\n@down = fixed<-@N@,dn>;\nx = down(X);\n{ X in [0,1] -> x in [0,1] }\n\
        # And\n{ X in [0,1] -> x - X in ? }\n";

    #[test]
    fn a_script_is_read_and_filled() {
        let script = Script::parse("s.gappa", SCRIPT).unwrap();
        let values = script.values(&|_| Ok("const N: u32 = 7;".to_owned()));
        let goals = script.filled(&values.unwrap()).unwrap();
        assert_eq!(goals.len(), 2);
        assert!(goals.iter().all(|goal| goal.contains("fixed<-7,dn>")));
        assert!(!goals[1].contains("-> x in [0,1]"));
        assert_eq!(script.models[0].functions, ["f", "g"]);
        assert_eq!(script.loosened[0].why, "too many");
    }

    #[test]
    fn a_script_with_a_number_too_few_or_too_many_is_refused() {
        let none = Script::parse(
            "s",
            &SCRIPT.replace("#: take N = a.rs: const N: u32 = {};\n", ""),
        );
        assert!(none.is_err(), "loosened and not taken");
        let unused = Script::parse("s", &SCRIPT.replace("@N@", "64")).unwrap();
        let values = Values::from([("N".to_owned(), "7".to_owned())]);
        assert!(unused.filled(&values).is_err());
        let missing = Script::parse("s", SCRIPT).unwrap();
        assert!(missing.filled(&Values::new()).is_err());
        assert!(Script::parse("s", "#: prove N = a: b\n{ }").is_err());
    }
}
