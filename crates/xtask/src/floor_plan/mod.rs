//! The floor plan: which room of a crate uses which, where files stand, and what is nowhere. Tests read the sources
//! and hold it; each check is shown to fail.
mod shown_to_fail;
pub mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sources::Source;

use crate::workspace;

/// The nine subjects, the same everywhere, in this order.
const SUBJECTS: [&str; 9] = [
    "setup",
    "account",
    "trading",
    "liquidation",
    "liquidity",
    "losses",
    "endings",
    "governance",
    "views",
];

/// Rooms of a crate: each uses only those before it, so that there is no circle.
struct Plan {
    /// The crate's sources.
    folder: &'static str,
    /// The module whose rooms they are, below the crate's root.
    within: &'static [&'static str],
    rooms: &'static [&'static str],
    /// What stands at the crate's root and is of no room.
    root: &'static [&'static str],
}

const CORE: Plan = Plan {
    folder: "crates/risk/src",
    within: &[],
    rooms: &[
        "error",
        "number",
        "params",
        "price",
        "governance",
        "market",
        "requirement",
        "pool",
        "liquidation",
    ],
    root: &[],
};

/// State knows nothing else of the program; events and oracle know no instruction.
const PROGRAM: Plan = Plan {
    folder: "programs/freeboard/src",
    within: &[],
    rooms: &[
        "error",
        "seeds",
        "state",
        "load",
        "new_account",
        "books",
        "oracle",
        "endings",
        "governance",
        "arrange",
        "events",
        "event_log",
        "instructions",
    ],
    root: &["ID", "program"], // of Anchor's macros
};

const INSTRUCTIONS: Plan = Plan {
    folder: PROGRAM.folder,
    within: &["instructions"],
    rooms: &SUBJECTS,
    root: &[],
};

const CLIENT: Plan = Plan {
    folder: "crates/client/src",
    within: &[],
    rooms: &[
        "errors",
        "display",
        "accounts",
        "valuation",
        "governance",
        "transactions",
        "events",
        "instructions",
        "exchange",
        "network",
    ],
    root: &[],
};

impl Plan {
    fn sources(&self) -> Vec<Source> {
        sources::of(&workspace::root().join(self.folder))
    }

    /// Where a room uses one that comes after it, or none of the plan.
    fn breaches(&self, sources: &[Source]) -> (usize, Vec<String>) {
        let lib = sources.iter().find(|source| source.path == "lib.rs");
        let names = sources::names_at_root(lib.map_or("", |lib| lib.code.as_str()));
        let place = |room: &str| self.rooms.iter().position(|one| *one == room);
        let depth = self.within.len();
        let mut read = 0;
        let mut breaches = Vec::new();
        for source in sources {
            let parts = source.path.trim_end_matches(".rs").split('/');
            let parts: Vec<&str> = parts.collect();
            let (Some(room), true) = (parts.get(depth), parts.starts_with(self.within)) else {
                continue;
            };
            if ["lib", "mod"].contains(room) {
                continue; // names them all
            }
            let Some(here) = place(room) else {
                breaches.push(format!("{}: {room} has no place", source.path));
                continue;
            };
            for path in source.imports() {
                if !path.iter().zip(self.within).all(|(a, b)| a == b) {
                    continue;
                }
                let Some(named) = path.get(depth) else {
                    continue;
                };
                let other = match depth {
                    0 => room_of(&names, named),
                    _ => named,
                };
                match place(other) {
                    Some(there) if there <= here => read += 1,
                    None if self.root.contains(&other.as_str()) => {}
                    Some(_) => breaches.push(format!("{}: {room} uses {other}", source.path)),
                    None => breaches.push(format!("{}: {other} has no place", source.path)),
                }
            }
        }
        breaches.dedup();
        (read, breaches)
    }

    #[track_caller]
    fn holds(&self, least: usize) {
        let (read, breaches) = self.breaches(&self.sources());
        assert_eq!(breaches, [""; 0]);
        assert!(read > least, "{read} imports read");
    }
}

/// The room that a name at the crate's root is of: itself, or where `lib.rs` takes it from.
fn room_of<'a>(names: &'a BTreeMap<String, String>, name: &'a String) -> &'a String {
    match names.get(name) {
        Some(room) if room != name => room_of(names, room),
        _ => name,
    }
}

/// Where books, prices or endings know more of the program than its layouts.
fn what_knows_more_than_state(sources: &[Source]) -> Vec<String> {
    let lib = sources.iter().find(|source| source.path == "lib.rs");
    let names = sources::names_at_root(lib.map_or("", |lib| lib.code.as_str()));
    let mut breaches = Vec::new();
    for source in sources {
        let room = source.path.split('/').next().expect("a name");
        if !["books", "oracle", "endings"].contains(&room) {
            continue;
        }
        let imports = source.imports();
        let named = imports.iter().filter_map(|path| path.first());
        for other in named.map(|name| room_of(&names, name)) {
            let is_low = ["error", "seeds", "state", room].contains(&other.as_str());
            if !is_low && PROGRAM.rooms.contains(&other.as_str()) {
                breaches.push(format!("{} knows {other}", source.path));
            }
        }
    }
    breaches
}

/// Types of accounts, each in a file of its own; another file of that name may know it too, its invariant for one.
const ACCOUNTS: [&str; 6] = [
    "Exchange",
    "Asset",
    "Pool",
    "MarginAccount",
    "LiquidityRequest",
    "PendingChange",
];

/// Whether a file has an account's name: `margin_account.rs` that of `MarginAccount`.
fn is_named_after(source: &Source, account: &str) -> bool {
    let name = source.path.rsplit('/').next().expect("a name");
    let name = name.trim_end_matches(".rs").replace('_', "");
    name == account.to_lowercase()
}

/// Where a layout knows another account, or whatever an instruction hands over.
fn what_state_knows(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    let inside = |source: &&Source| {
        source.path.starts_with("state/") && source.path != "state/mod.rs" // exports them all
    };
    for source in sources.iter().filter(inside) {
        for path in source.imports() {
            let is_account = |name: &&String| ACCOUNTS.contains(&name.as_str());
            let of_state = path.first().is_some_and(|room| room == "state");
            let account = path.last().filter(is_account).filter(|_| of_state);
            if let Some(account) = account.filter(|account| !is_named_after(source, account)) {
                breaches.push(format!("{} knows {account}", source.path));
            }
        }
        for word in [
            "AccountLoader",
            "AccountInfo",
            "Context<",
            "remaining_accounts",
        ] {
            if source.code.contains(word) {
                breaches.push(format!("{} knows {word}", source.path));
            }
        }
    }
    breaches
}

/// Where a fill or a liquidation reads a feed of its own. Each feed is read once, where the holdings are loaded: a second
/// reading would have to be carried into them by hand.
fn what_reads_feeds_again(sources: &[Source]) -> (usize, Vec<String>) {
    let folders = ["trading/fill/", "liquidation/liquidate/"];
    let inside = |source: &&Source| {
        let subject = source.path.strip_prefix("instructions/");
        subject.is_some_and(|path| folders.iter().any(|folder| path.starts_with(folder)))
    };
    let mut read = 0;
    let mut breaches = Vec::new();
    for source in sources.iter().filter(inside) {
        read += 1;
        let imports = source.imports();
        let mut rooms = imports.iter().filter_map(|path| path.first());
        if rooms.any(|room| room == "oracle") {
            breaches.push(format!("{} reads a feed", source.path));
        }
    }
    (read, breaches)
}

/// Packages, each of which depends only on those before it; of tests the last ones.
const PACKAGES: [&str; 19] = [
    "freeboard-risk",
    "freeboard-errors",
    "freeboard",
    "freeboard-case",
    "pyth-mock",
    "freeboard-client",
    "freeboard-sandbox",
    "freeboard-sim",
    "freeboard-cli",
    "freeboard-demo",
    "freeboard-migrations",
    "freeboard-localnet",
    "freeboard-keeper",
    "caller",
    "freeboard-tests",
    "freeboard-bank-tests",
    "freeboard-network-tests",
    "freeboard-load",
    "freeboard-valuations",
];

/// Where the package of a manifest depends on one that comes after it.
fn what_it_depends_on(manifest: &str) -> Vec<String> {
    let place = |name: &str| PACKAGES.iter().position(|one| *one == name);
    let mut section = "";
    let (mut name, mut named) = (String::new(), Vec::new());
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim().trim_end_matches(".workspace");
            if section == "[package]" && key == "name" {
                name = value.trim().trim_matches('"').to_owned();
            } else if section.ends_with("dependencies]") {
                named.push(key.to_owned());
            }
        }
    }
    let Some(here) = place(&name) else {
        return vec![format!("{name} has no place")];
    };
    named.retain(|other| place(other).is_some_and(|there| there >= here));
    let breach = |other: String| format!("{name} depends on {other}");
    named.into_iter().map(breach).collect()
}

/// Whether a text of `app` names the crate of the tests, or a file of it.
fn names_a_test(text: &str) -> bool {
    ["freeboard-tests", "freeboard_tests", "../tests/"]
        .iter()
        .any(|name| text.contains(name))
}

/// What is missing among these names, and what is neither a subject nor one of `besides`.
fn misplaced(found: &BTreeSet<String>, missing: &[&str], besides: &[&str]) -> Vec<String> {
    let is_known = |name: &String| {
        let name = name.as_str();
        SUBJECTS.contains(&name) && !missing.contains(&name) || besides.contains(&name)
    };
    let strange = found.iter().filter(|name| !is_known(name)).cloned();
    let wanted = SUBJECTS.iter().filter(|name| !missing.contains(name));
    let lacking = wanted.filter(|name| !found.contains(**name));
    strange
        .chain(lacking.map(|name| format!("no {name}")))
        .collect()
}

fn folders(path: &str) -> BTreeSet<String> {
    let below = sources::entries(&workspace::root().join(path));
    let name = |path: &std::path::PathBuf| {
        let name = path.file_name().filter(|_| path.is_dir());
        name.map(|name| name.to_string_lossy().into())
    };
    below.iter().filter_map(name).collect()
}

fn below(folder: &Path, found: &mut Vec<(String, String)>) {
    for path in sources::entries(folder) {
        if path.is_dir() {
            below(&path, found);
        } else if ["rs", "toml"]
            .iter()
            .any(|kind| path.extension() == Some(kind.as_ref()))
        {
            let text = std::fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn no_room_uses_one_that_comes_after_it() {
    CORE.holds(100);
    PROGRAM.holds(200);
    INSTRUCTIONS.holds(15);
    CLIENT.holds(20);
}

#[test]
fn state_knows_no_other_account_and_no_loader() {
    let sources = PROGRAM.sources();
    assert_eq!(what_state_knows(&sources), [""; 0]);
    assert_eq!(what_knows_more_than_state(&sources), [""; 0]);
    let declared = |name: &str| {
        let account = format!("pub struct {name} {{");
        let in_state = sources
            .iter()
            .filter(|source| source.path.starts_with("state/"));
        in_state
            .filter(|source| source.code.contains(&account))
            .count()
            == 1
    };
    assert_eq!(
        ACCOUNTS.iter().filter(|name| declared(name)).count(),
        ACCOUNTS.len()
    );
}

#[test]
fn fills_and_liquidations_read_no_feed_of_their_own() {
    let (read, breaches) = what_reads_feeds_again(&PROGRAM.sources());
    assert_eq!(breaches, [""; 0]);
    assert!(read > 9, "{read} files");
}

#[test]
fn no_package_depends_on_one_that_comes_after_it() {
    let root = workspace::root();
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).expect("a workspace");
    let members = workspace.split('[').nth(2).expect("its members");
    let members = members.split(']').next().expect("an end");
    let folders = members.split('"').skip(1).step_by(2);
    let mut count = 0;
    for folder in folders.filter(|folder| *folder != "crates/xtask") {
        let manifest = std::fs::read_to_string(root.join(folder).join("Cargo.toml"));
        assert_eq!(what_it_depends_on(&manifest.expect("a manifest")), [""; 0]);
        count += 1;
    }
    assert_eq!(count, PACKAGES.len());
}

#[test]
fn app_knows_no_test() {
    let mut texts = Vec::new();
    below(&workspace::root().join("app"), &mut texts);
    assert!(texts.len() > 60, "{}", texts.len());
    for (path, text) in texts {
        assert!(!names_a_test(&text), "{path}");
    }
}

#[test]
fn the_nine_subjects_are_the_same_everywhere() {
    let names = |path: &str| sources::names(&workspace::root().join(path));
    let program = "programs/freeboard/src";
    let none: [&str; 0] = [];
    assert_eq!(
        misplaced(&names(&format!("{program}/instructions")), &[], &["mod"]),
        none
    );
    // Views have no events; an exchange begins with its world.
    assert_eq!(
        misplaced(&names(&format!("{program}/events")), &["views"], &["mod"]),
        none
    );
    assert_eq!(
        misplaced(&names("crates/client/src/instructions"), &[], &["mod"]),
        none
    );
    assert_eq!(
        misplaced(&names("crates/sandbox/src/actions"), &["setup"], &["mod"]),
        none
    );
    assert_eq!(
        misplaced(
            &folders("tests/program"),
            &[],
            &["attacks", "oracle", "roles"]
        ),
        none
    );
}
