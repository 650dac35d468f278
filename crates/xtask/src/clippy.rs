//! Clippy within ordinary builds: `cargo clippy` would check every dependency once more beside the copy that
//! tests run on, and an SVM is among them.
//!
//! The workspace's own crates are compiled by clippy's driver in rustc's place, which lints and compiles.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::child;

/// Set, every build of the workspace lints, so that a run that needs both compiles once.
pub const EVERY_BUILD: &str = "FREEBOARD_LINT_BUILDS";

const DRIVER: &str = "clippy-driver";
/// `-D warnings`, as `cargo clippy` hands its arguments on to the driver.
const ARGUMENTS: (&str, &str) = (
    "CLIPPY_ARGS",
    "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
);
/// What clippy denies and rustc does not.
const FAULTY: &str = "pub fn nothing(list: &[u8]) -> bool { list.len() == 0 }";

/// Makes the builds of a cargo command lint the workspace's crates and fail at a warning.
pub fn within(command: &mut Command) -> &mut Command {
    command
        .env("RUSTC_WORKSPACE_WRAPPER", DRIVER)
        .env(ARGUMENTS.0, ARGUMENTS.1)
}

/// Fails unless the driver refuses what it should: how its arguments reach it is clippy's own affair and may
/// change with its version.
pub fn check_denies() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("freeboard-clippy-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let source = folder.join("faulty.rs");
    std::fs::write(&source, FAULTY)?;
    let output = Command::new(DRIVER)
        .args(["--crate-type=lib", "--edition=2024", "--emit=metadata"])
        .arg("--out-dir")
        .arg(&folder)
        .arg(&source)
        .env(ARGUMENTS.0, ARGUMENTS.1)
        .output();
    std::fs::remove_dir_all(&folder)?;
    let output = output.context("clippy is missing: `rustup component add clippy`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !said.contains("clippy::len-zero") {
        bail!(
            "{} of this version does not deny warnings as told: {said}",
            child::shown(&Command::new(DRIVER))
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_driver_denies_a_warning() {
        super::check_denies().unwrap();
    }
}
