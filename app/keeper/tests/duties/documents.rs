//! The compute units that docs/keepers.md gives are measured ones.
const KEEPERS: &str = include_str!("../../../../docs/keepers.md");
const COSTS: &str = include_str!("../../../../docs/costs.md");
const WHITEPAPER: &str = include_str!("../../../../docs/whitepaper.md");

/// Numbers of four digits and more, but for those that are said to be about right.
fn exact_numbers(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_digit() || c == ',';
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut numbers = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let number = word.trim_matches(|c: char| !c.is_ascii_digit());
        let is_about = at > 0 && words[at - 1] == "about";
        if !is_about && number.len() >= 5 && number.chars().all(is_part) {
            numbers.push(number);
        }
    }
    numbers
}

#[test]
fn compute_units_are_those_that_were_measured() {
    let (_, calls) = KEEPERS.split_once("## Calls").unwrap();
    let (calls, _) = calls.split_once("\n**").unwrap();
    let mut given: Vec<&str> = calls
        .lines()
        .filter_map(|line| line.trim_end_matches('|').rsplit('|').next())
        .flat_map(exact_numbers)
        .collect();
    let (_, sizes) = KEEPERS.split_once("## Compute and size").unwrap();
    let (sizes, _) = sizes.split_once(": more than").unwrap();
    given.extend(exact_numbers(sizes));
    assert!(given.len() > 20, "{given:?}");
    for number in given {
        let cell = format!("| {} |", number.replace(',', ""));
        // A slice is measured for the whitepaper alone.
        let measured =
            COSTS.contains(&cell) || WHITEPAPER.contains(&format!("{number} compute units"));
        assert!(measured, "{number}: docs/costs.md does not have it");
    }
}
