//! Each check of the floor plan fails on a made-up source that breaks its rule.
use super::*;

const PLAN: Plan = Plan {
    folder: "",
    within: &[],
    rooms: &["low", "middle", "high"],
    root: &["ID"],
};

fn of(texts: &[(&str, &str)]) -> Vec<Source> {
    let owned = texts
        .iter()
        .map(|(path, text)| (path.to_string(), text.to_string()));
    sources::without_tests(owned.collect())
}

fn breaches(path: &str, text: &str) -> Vec<String> {
    let lib = (
        "lib.rs",
        "mod low;\npub use high::{Roof, tiles};\nuse middle::floor;\npub use tiles::Chimney;",
    );
    PLAN.breaches(&of(&[lib, (path, text)])).1
}

#[test]
fn an_import_upward_in_every_form() {
    for text in [
        "use crate::high;",
        "use crate::high::{a, b};",
        "use crate::{low::a, high::b};",
        "use crate::{\n    low::{a, b::{c, d}},\n    high,\n};",
        "fn f() { crate::high::a() }",
        "use super::high;",
        "use super::{low, high::a};",
        "use crate::Roof;",
        "use crate::Chimney;",
        "use crate::{low, tiles as covers};",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n}\nuse crate::high;",
        "#[cfg(test)]\nuse crate::low;\nuse crate::high;",
    ] {
        assert_eq!(
            breaches("middle.rs", text),
            ["middle.rs: middle uses high"],
            "{text}"
        );
    }
    let deep = breaches("middle/a/b.rs", "use super::super::super::high;");
    assert_eq!(deep, ["middle/a/b.rs: middle uses high"]);
    assert_eq!(
        breaches("low.rs", "use crate::floor;"),
        ["low.rs: low uses middle"]
    );
}

#[test]
fn a_room_or_a_name_without_a_place() {
    assert_eq!(
        breaches("cellar.rs", ""),
        ["cellar.rs: cellar has no place"]
    );
    let named = breaches("high.rs", "use crate::{ID, cellar::a};");
    assert_eq!(named, ["high.rs: cellar has no place"]);
}

#[test]
fn not_what_is_allowed() {
    for text in [
        "use crate::{ID, low::a, middle};",
        "// crate::high",
        "use super::low;",
        "#[cfg(test)]\nmod tests {\n    use crate::high;\n}",
        "#[cfg(test)]\nuse crate::high;",
        "use my_crate::high;",
        "mod all {\n    pub use super::high::*;\n}",
    ] {
        assert_eq!(breaches("middle.rs", text), [""; 0], "{text}");
    }
    assert_eq!(breaches("middle/a/b.rs", "use super::super::c;"), [""; 0]);
    let tests = of(&[
        ("low.rs", "#[cfg(test)]\nmod probe;"),
        ("low/probe.rs", "use crate::high;"),
    ]);
    assert_eq!(PLAN.breaches(&tests).1, [""; 0]);
}

#[test]
fn a_subject_that_uses_a_later_one_or_hides_which() {
    let upward = of(&[(
        "instructions/trading/trade.rs",
        "use crate::instructions::losses::a;",
    )]);
    let (_, found) = INSTRUCTIONS.breaches(&upward);
    assert_eq!(
        found,
        ["instructions/trading/trade.rs: trading uses losses"]
    );
    let hidden = of(&[(
        "instructions/trading/trade.rs",
        "use crate::instructions::Deleverage;",
    )]);
    let (_, found) = INSTRUCTIONS.breaches(&hidden);
    assert_eq!(
        found,
        ["instructions/trading/trade.rs: Deleverage has no place"]
    );
}

#[test]
fn a_layout_that_knows_another_account_or_a_loader() {
    for (text, what) in [
        ("use super::asset::Asset;", "Asset"),
        ("use super::{Layout, Exchange};", "Exchange"),
        ("fn f(p: &crate::state::MarginAccount) {}", "MarginAccount"),
        ("fn f(p: &AccountLoader<Pool>) {}", "AccountLoader"),
        ("fn f(p: &AccountInfo) {}", "AccountInfo"),
    ] {
        let sources = of(&[("state/pool.rs", text)]);
        assert_eq!(
            what_state_knows(&sources),
            [format!("state/pool.rs knows {what}")]
        );
        assert_eq!(what_state_knows(&of(&[("books/pool.rs", text)])), [""; 0]);
    }
}

#[test]
fn books_or_prices_that_know_more_than_layouts() {
    let lib = ("lib.rs", "use governance::Wait;");
    for (path, text, what) in [
        ("books/pool.rs", "use crate::oracle;", "oracle"),
        ("oracle/mod.rs", "use crate::books::Accruals;", "books"),
        ("endings/settlement.rs", "use crate::Wait;", "governance"),
    ] {
        let found = what_knows_more_than_state(&of(&[lib, (path, text)]));
        assert_eq!(found, [format!("{path} knows {what}")]);
    }
    let honest = of(&[lib, ("books/pool.rs", "use crate::{error::ensure, state};")]);
    assert_eq!(what_knows_more_than_state(&honest), [""; 0]);
}

#[test]
fn a_package_that_depends_on_a_later_one() {
    let manifest = |name: &str, other: &str| {
        format!("[package]\nname = \"{name}\"\n\n[dependencies]\nanyhow = \"1\"\n{other}\n")
    };
    let demo = manifest(
        "freeboard-demo",
        "freeboard-tests = { path = \"../../tests\" }",
    );
    assert_eq!(
        what_it_depends_on(&demo),
        ["freeboard-demo depends on freeboard-tests"]
    );
    let core = manifest("freeboard-risk", "freeboard.workspace = true");
    assert_eq!(
        what_it_depends_on(&core),
        ["freeboard-risk depends on freeboard"]
    );
    let client = manifest(
        "freeboard-client",
        "[dev-dependencies]\nfreeboard-sandbox = \"1\"",
    );
    assert_eq!(
        what_it_depends_on(&client),
        ["freeboard-client depends on freeboard-sandbox"]
    );
    assert_eq!(
        what_it_depends_on(&manifest("another", "")),
        ["another has no place"]
    );
    let honest = manifest(
        "freeboard-demo",
        "freeboard-sandbox = { path = \"../../crates/sandbox\" }",
    );
    assert_eq!(what_it_depends_on(&honest), [""; 0]);
}

#[test]
fn an_app_that_names_a_test() {
    assert!(names_a_test("freeboard-tests = { path = \"../../tests\" }"));
    assert!(names_a_test("use freeboard_tests::World;"));
    assert!(names_a_test(
        "#[path = \"../../../tests/harness/stream.rs\"]"
    ));
    assert!(!names_a_test("use freeboard_sandbox::World;"));
}

#[test]
fn a_folder_of_no_subject_and_a_subject_without_a_folder() {
    let mut found: BTreeSet<String> = SUBJECTS.map(str::to_owned).into();
    found.insert("attacks".into());
    assert_eq!(misplaced(&found, &[], &["attacks"]), [""; 0]);
    assert_eq!(misplaced(&found, &[], &[]), ["attacks"]);
    assert_eq!(misplaced(&found, &["views"], &["attacks"]), ["views"]);
    found.remove("losses");
    assert_eq!(misplaced(&found, &[], &["attacks"]), ["no losses"]);
}
