//! The text of the whitepaper, example by example, and how it writes numbers.
use freeboard_risk::number::quantity::{Fraction, Price};

const PAPER: &str = include_str!("../../../../docs/whitepaper.md");
const README: &str = include_str!("../../../../README.md");
const SOURCES: [&str; 8] = [
    include_str!("account.rs"),
    include_str!("governance.rs"),
    include_str!("liquidation.rs"),
    include_str!("market.rs"),
    include_str!("pool.rs"),
    include_str!("price.rs"),
    include_str!("scenario.rs"),
    include_str!("state.rs"),
];
const HEAD: &str = "*Example (";

/// One example of the whitepaper: its words, with single spaces.
pub struct Example {
    name: &'static str,
    text: String,
}

impl Example {
    /// The example of this name.
    pub fn named(name: &'static str) -> Self {
        let head = format!("{HEAD}{name}).*");
        let (_, after) = PAPER
            .split_once(&head)
            .unwrap_or_else(|| panic!("docs/whitepaper.md has no example {name}"));
        let end = after.find("\n\n").unwrap_or(after.len());
        let words: Vec<&str> = after[..end].split_whitespace().collect();
        Self {
            name,
            text: words.join(" "),
        }
    }

    /// The example of the README, which is a section of it.
    pub fn of_readme() -> Self {
        let (_, after) = README
            .split_once("## One position in numbers\n")
            .expect("README.md has an example");
        let (section, _) = after.split_once("\n## ").expect("another section");
        let words: Vec<&str> = section.split_whitespace().collect();
        Self {
            name: "README.md",
            text: words.join(" "),
        }
    }

    /// The example holds this number or phrase, not as a part of a longer number.
    #[track_caller]
    pub fn says(&self, words: impl AsRef<str>) {
        let words = words.as_ref();
        let found = self.text.match_indices(words).any(|(at, _)| {
            let before = self.text[..at].chars().next_back();
            let mut after = self.text[at + words.len()..].chars();
            let next = (after.next(), after.next());
            let goes_on = match next {
                (Some('0'..='9'), _) => true,
                (Some('.' | ','), Some(digit)) => digit.is_ascii_digit(),
                _ => false,
            };
            !goes_on && !before.is_some_and(|c| c.is_ascii_digit() || c == '.' || c == ',')
        });
        let Self { name, text } = self;
        assert!(found, "the example {name} does not say {words}: {text}");
    }
}

/// Dollars and cents of quote atoms, to the nearest cent: `−$1,234.50`.
pub fn usd(atoms: impl Into<i128>) -> String {
    let atoms: i128 = atoms.into();
    let cents = (atoms.unsigned_abs() + 5_000) / 10_000;
    let sign = if atoms < 0 { "−" } else { "" };
    format!("{sign}${}.{:02}", thousands(cents / 100), cents % 100)
}

/// Whole dollars of quote atoms: `$1,234`.
pub fn whole_usd(atoms: impl Into<i128>) -> String {
    let atoms: i128 = atoms.into();
    assert_eq!(atoms % 1_000_000, 0, "{atoms} atoms are no whole dollars");
    let sign = if atoms < 0 { "−" } else { "" };
    format!("{sign}${}", thousands(atoms.unsigned_abs() / 1_000_000))
}

/// A price in dollars and cents, to the nearest cent.
pub fn price(price: Price) -> String {
    usd(i128::try_from((price.0 + 500_000) / 1_000_000).expect("a price"))
}

/// A fraction in per cent, to the nearest of so many digits: `3.2305 %`.
pub fn percent(share: Fraction, digits: u32) -> String {
    percent_e18(share.to_e18_ceil(), digits)
}

/// A fraction × 10^18 in per cent, to the nearest of so many digits.
pub fn percent_e18(share_e18: u128, digits: u32) -> String {
    format!("{} %", decimal(share_e18, 16, digits))
}

/// `value / 10^scale`, to the nearest of so many digits.
pub fn decimal(value: u128, scale: u32, digits: u32) -> String {
    let unit = 10_u128.pow(scale - digits);
    let rounded = (value + unit / 2) / unit;
    let whole = 10_u128.pow(digits);
    let fraction = if digits == 0 {
        String::new()
    } else {
        format!(".{:0>1$}", rounded % whole, digits as usize)
    };
    format!("{}{fraction}", thousands(rounded / whole))
}

fn thousands(whole: u128) -> String {
    let digits = whole.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn every_example_has_its_test_and_every_test_its_example() {
    let heads = PAPER.split(HEAD).skip(1);
    let mut told: Vec<&str> = heads.filter_map(|after| after.split(')').next()).collect();
    let mut tested: Vec<&str> = SOURCES
        .iter()
        .flat_map(|source| source.split("#[test]\nfn ").skip(1))
        .filter_map(|after| after.split('(').next())
        .collect();
    told.sort_unstable();
    tested.sort_unstable();
    assert_eq!(told, tested);
    assert!(told.len() >= 24, "{} examples", told.len());
    for name in tested {
        let reads = format!("Example::named(\"{name}\")");
        let is_read = SOURCES.iter().any(|source| source.contains(&reads));
        assert!(is_read, "{name} does not read its example");
    }
}

#[test]
fn numbers_are_written_as_people_read_them() {
    assert_eq!(usd(1_234_567_895_000_i64), "$1,234,567.90");
    assert_eq!(usd(-14_999_i64), "−$0.01");
    assert_eq!(decimal(32_305, 6, 4), "0.0323");
    assert_eq!(percent_e18(32_305_000_000_000_000, 4), "3.2305 %");
    assert_eq!(decimal(1_500, 3, 0), "2");
}
