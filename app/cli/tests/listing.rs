//! docs/listing.md: its commands, in their order, on a history made here.
mod common;

use tempfile::TempDir;

use common::{HOURS, closes, freeboard, write};

/// The commands of the guide that need no network; `tests/network` types the others.
fn commands() -> Vec<String> {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/listing.md");
    let guide = std::fs::read_to_string(place).unwrap();
    let offline = guide.split("## 5.").next().unwrap();
    let lines = offline
        .lines()
        .filter(|line| line.starts_with("freeboard "));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_guide_lists_an_asset_that_passes_every_bound() {
    let folder = TempDir::new().unwrap();
    let prices = folder.path().to_str().unwrap();
    let name = "JUPUSDT_perp_1h_2024_2026.csv.gz";
    write(folder.path(), name, 3_600, &closes(HOURS, 3_600, 0.5, 7));
    let file = folder.path().join("jup.toml");
    let path = file.to_str().unwrap();
    let (mut said, mut noted) = (Vec::new(), String::new());
    for command in commands() {
        let command = command.replace("PRICES", prices).replace("jup.toml", path);
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let output = freeboard(&words);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{command}: {error}");
        said.push(String::from_utf8(output.stdout).unwrap());
        noted += &error;
    }
    let [fitted, checked, costs, margin] = said.try_into().unwrap_or_else(|all| panic!("{all:?}"));
    assert!(fitted.is_empty());
    assert!(
        checked.contains("4 assets (BTC, ETH, SOL, JUP)"),
        "{checked}"
    );
    assert!(checked.contains("`params.k_e9` is "), "{checked}");
    assert!(costs.contains("| JUP |"), "{costs}");
    assert!(margin.contains("long 1,000 JUP at $0.50"), "{margin}");
    assert!(noted.contains("JUP: a copy of SOL"), "{noted}");

    // The shipped assets stay to the last number; JUP's that are not fitted are marked, and no other.
    let text = std::fs::read_to_string(&file).unwrap();
    let shipped = include_str!("../../../migrations/parameters/default.toml");
    let numbers = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let (new, old) = (numbers(&text), numbers(shipped));
    assert_eq!(new[..old.len()], old);
    let of_jup = &new[old.len()..];
    let marked = |mark: &str| of_jup.iter().filter(|line| line.ends_with(mark)).count();
    assert_eq!(marked("# units of SOL: decide"), 6);
    let fitted = [
        "omega_e9",
        "sigma_stress_e9",
        "sigma_floor_e9",
        "sigma_cap_e9",
        "sigma_initial_e9",
        "k_e9",
        "s_floor_e9",
        "depth_quote_atoms",
        "turnover_reference_quote_atoms",
        "oi_lo_quote_atoms",
        "oi_hi_quote_atoms",
        "collateral_weight_e9",
        "deposit_cap_atoms",
    ];
    for key in fitted {
        let line = of_jup.iter().find(|line| line.starts_with(key)).unwrap();
        assert!(!line.contains('#'), "{line}");
    }
    let numbers = of_jup.iter().filter(|line| line.contains(" = ")).count();
    assert_eq!(
        marked(": decide"),
        numbers - fitted.len() - 1,
        "but the name"
    );
}

#[test]
fn a_new_asset_is_new_and_like_one_that_is_there() {
    let folder = TempDir::new().unwrap();
    let prices = folder.path().to_str().unwrap();
    let error = |more: &[&str]| {
        let output = freeboard(&[&["calibrate", "--prices", prices], more].concat());
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let there = error(&["--new", "SOL", "--like", "BTC"]);
    assert!(
        there.contains("SOL: the base file has it already"),
        "{there}"
    );
    let unknown = error(&["--new", "JUP", "--like", "DOGE"]);
    assert!(
        unknown.contains("--like DOGE: the base file has no such asset"),
        "{unknown}"
    );
    assert!(error(&["--new", "JUP"]).contains("--like"));
}
