//! `freeboard params check` on whole files, on parts of them, and on what is outside the bounds.
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

fn check(file: &str, more: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    command
        .args(["params", "check", file])
        .args(more)
        .output()
        .unwrap()
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

#[test]
fn a_part_is_checked_over_the_defaults_and_a_whole_file_by_itself() {
    let said = |path: &str| {
        let output = check(repository(path).to_str().unwrap(), &[]);
        assert!(output.status.success(), "{path}");
        String::from_utf8(output.stdout).unwrap()
    };
    let part = said("docs/examples/crash.toml");
    assert!(
        part.contains("a part of a parameter file, checked over the defaults of this version"),
        "{part}"
    );
    assert!(
        part.contains("3 assets (BTC, ETH, SOL), 1 scenarios"),
        "{part}"
    );
    let whole = said("migrations/parameters/default.toml");
    assert!(!whole.contains("a part of"), "{whole}");
}

#[test]
fn what_is_outside_is_said_with_its_value_and_its_bound() {
    let folder = TempDir::new().unwrap();
    for (text, words) in [
        (
            "[portfolio]\ntheta_e9 = 900000000",
            "portfolio: ThetaOutOfBounds (6129): `portfolio.theta_e9` must be at most 0.8; here `portfolio.theta_e9` is 0.9 (900000000)",
        ),
        (
            "[[assets]]\nname = \"BTC\"\nparams.sigma_cap_e9 = 170000000",
            "`params.sigma_cap_e9` is 17 % (170000000), `params.k_e9` is 3.1 (3100000000)",
        ),
        ("[[assets]]\nname = \"BTC\"\nparams.kk_e9 = 1", "kk_e9"),
        ("[portfolio]\ntheta_e9 = true", "invalid type: boolean"),
    ] {
        let path = folder.path().join("change.toml");
        std::fs::write(&path, text).unwrap();
        let output = check(path.to_str().unwrap(), &[]);
        assert!(!output.status.success(), "{text}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.contains("change.toml") && error.contains(words),
            "{text}: {error}"
        );
    }
}
