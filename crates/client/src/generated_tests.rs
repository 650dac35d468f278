//! Pages that are made from the code: docs/errors.md, the table of bounds in docs/whitepaper.md, the parameters in
//! docs/terminology.md. They fail when a page has parted from the code; `FREEBOARD_UPDATE=1` writes the page.
use std::fmt::Write;
use std::path::{Path, PathBuf};

use freeboard_errors::{FreeboardError, Subject, TABLE};
use freeboard_risk::params::bounds::{self, Bound, Rule};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name)
}

/// The page holds this, all of it or between `<!-- marker -->` and `<!-- /marker -->`.
fn hold(name: &str, marker: Option<&str>, made: &str) {
    let path = page(name);
    let written = std::fs::read_to_string(&path).expect("a page");
    let wanted = match marker {
        None => made.to_owned(),
        Some(marker) => {
            let (from, to) = (
                format!("<!-- {marker} -->\n"),
                format!("<!-- /{marker} -->"),
            );
            let (before, rest) = written.split_once(&from).expect("the marker");
            let (_, after) = rest.split_once(&to).expect("the end of the marker");
            format!("{before}{from}{made}{to}{after}")
        }
    };
    if wanted == written {
        return;
    }
    assert!(
        std::env::var_os("FREEBOARD_UPDATE").is_some(),
        "docs/{name} has parted from the code; FREEBOARD_UPDATE=1 on this test writes it"
    );
    std::fs::write(path, wanted).expect("a writable page");
}

#[test]
fn errors_are_documented_in_the_words_of_the_table() {
    let mut page = String::from(
        "# Errors\n\n\
         Every refusal of the program. The name states the condition that failed; a refused instruction changes\n\
         nothing. Numbers are never reused. The bytecode and the log carry the number alone (`Error Number: 6402`,\n\
         `custom program error: 0x1902`); `freeboard error 6402`, `freeboard_client::errors` and the IDL say the rest.\n\
         Wrong accounts of Anchor's own kinds (a missing signature, an account of another type, a wrong address) get\n\
         Anchor's numbers, 100 to 5000, which `freeboard error` says as well. This page is made from\n\
         [crates/errors](../crates/errors/src/table.rs) and [the bounds](../crates/risk/src/params/bounds/mod.rs).\n",
    );
    let mut last: Option<Subject> = None;
    for entry in TABLE {
        if last != Some(entry.subject) {
            last = Some(entry.subject);
            let (block, heading) = entry.subject.heading();
            let head = "| number | name | what failed | what to do |\n|---|---|---|---|";
            write!(page, "\n## {block}xx {heading}\n\n{head}\n").expect("a string");
        }
        let (number, name, remedy) = (entry.number, entry.name, entry.remedy());
        writeln!(
            page,
            "| {number} | {name} | {} | {remedy} |",
            entry.sentence()
        )
        .expect("a string");
    }
    hold("errors.md", None, &page);
}

#[test]
fn the_whitepaper_has_the_table_of_bounds() {
    let mut table = String::from("| parameter | bound | because | error |\n|---|---|---|---|\n");
    for bound in bounds::all() {
        let keys: Vec<String> = bound.keys.iter().map(|key| format!("`{key}`")).collect();
        let Bound { rule, why, .. } = bound;
        let error = FreeboardError::from(bound.error);
        let name = match rule {
            Rule::Range { .. } => keys.join(", "),
            Rule::Condition { .. } => String::new(),
        };
        let (why, number) = (why.trim(), u32::from(error));
        writeln!(table, "| {name} | {rule} | {why} | {number} |").expect("a string");
    }
    hold("whitepaper.md", Some("bounds"), &table);
}

/// Meanings of the fields of a struct, as its source says them.
fn meanings(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut doc = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            doc = if doc.is_empty() {
                text.to_owned()
            } else {
                format!("{doc} {text}")
            };
            continue;
        }
        let field = line.trim_start_matches("pub ").split_once(": ");
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if let Some((name, _)) = field
            && name.chars().all(is_name)
            && !doc.is_empty()
        {
            found.push((name.to_owned(), std::mem::take(&mut doc)));
        }
        doc.clear();
    }
    found
}

/// The lines of a struct's declaration.
fn declaration<'a>(source: &'a str, name: &str) -> &'a str {
    let from = source.find(name).expect("the struct");
    let rest = &source[from..];
    &rest[..rest
        .find("\n}")
        .or(rest.find("} padding"))
        .expect("its end")]
}

const CORE: &str = include_str!("../../risk/src/params/mod.rs");

#[test]
fn the_programs_parameters_mean_what_the_cores_do() {
    let program = include_str!("../../../programs/freeboard/src/state/params.rs");
    let mut core = meanings(CORE);
    let mut chain = meanings(program);
    let is_parameter = |(name, _): &(String, String)| {
        // A scenario is in basis points on chain; padding is nobody's.
        !["weight_e9", "shock_e9", "padding"].contains(&name.as_str())
    };
    core.retain(is_parameter);
    chain.retain(is_parameter);
    core.sort();
    chain.sort();
    assert!(core.len() > 80, "{}", core.len());
    for (core, chain) in core.iter().zip(&chain) {
        // A flag is a byte on chain.
        assert!(
            core == chain || core.0 == "one_step_fills",
            "{core:?} {chain:?}"
        );
    }
    assert_eq!(core.len(), chain.len());
}

#[test]
fn terminology_has_every_parameter() {
    let mut text = String::new();
    for (name, title) in [
        ("AssetParams", "Parameters of an asset"),
        ("SampleParams", "Parameters of its samples"),
        ("OracleParams", "Parameters of its oracle"),
        ("TradeParams", "Parameters of its market"),
        ("PortfolioParams", "Parameters of a portfolio"),
        ("LiquidationParams", "Parameters of a liquidation"),
        (
            "PoolParams",
            "Parameters of the pool, of LP requests and orders",
        ),
    ] {
        let head = "| name | meaning |\n|---|---|";
        write!(text, "## {title}\n\n{head}\n").expect("a string");
        let fields = meanings(declaration(CORE, &format!("pub struct {name} {{")));
        for (field, meaning) in fields {
            writeln!(text, "| `{field}` | {meaning} |").expect("a string");
        }
        text.push('\n');
    }
    hold("terminology.md", Some("parameters"), &text);
}
