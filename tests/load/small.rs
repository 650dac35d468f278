//! Small forms of the storm and of a fault, with the real validator and the real keeper: that all is done, not how fast.
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// One network at a time: there are two cores.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs `load` with these arguments; none, with the reason printed, where this machine has no validator.
fn load(line: &str) -> Option<Value> {
    for name in ["FREEBOARD_VALIDATOR", "FREEBOARD_DEPLOY_DIR"] {
        if std::env::var_os(name).is_none() {
            println!("skipped: {name} is not set; `cargo xtask test` sets it");
            return None;
        }
    }
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("load starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (told, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{line}: {errors}{told}");
    Some(serde_json::from_str(&told).expect("JSON"))
}

#[test]
fn twenty_of_three_hundred_fall_and_all_are_flagged_and_closed() {
    let line = "storm --accounts 300 --fall 20 --fall-more 0 --json";
    let Some(figures) = load(line) else { return };
    let storm = &figures["phases"][1];
    assert!(storm["fallen"].as_u64() >= Some(18), "{figures}");
    assert_eq!(storm["left_open"], 0, "{figures}");
    assert!(storm["liquidations"].as_u64() >= Some(18), "{figures}");
    assert_eq!(figures["vault_atoms"], figures["owned_atoms"]);
}

#[test]
fn a_keeper_that_is_killed_and_one_that_hears_everything_twice_lose_nothing() {
    let line = "faults --accounts 200 --fall 10 --only kill --only doubled --json";
    let Some(figures) = load(line) else { return };
    for one in figures.as_array().expect("a list") {
        assert_eq!(one["left_open"], 0, "{figures}");
        assert!(one["liquidations"].as_u64() >= Some(1), "{figures}");
    }
    assert!(figures[1]["harmed"].as_u64() > Some(0), "{figures}");
}
