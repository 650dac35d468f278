//! The compiler that this workspace is tested with: `rust-version` of Cargo.toml. A machine has one tool chain
//! and the project fetches none, so there is no rust-toolchain file. Cargo itself refuses an older compiler before
//! it builds this; a newer one is named in a line.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{child, progress};

/// `rust-version` of the workspace.
const TESTED: &str = env!("CARGO_PKG_RUST_VERSION");

/// Warns in one line of a compiler newer than `rust-version`.
pub fn warn_of_newer() -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let found = child::output_if_ok(Command::new(rustc).arg("--version"))
        .context("`rustc --version` failed: install Rust by rustup")?;
    if minor(&found) > minor(TESTED) {
        let found = found.trim();
        progress::say(format!(
            "warning: {found} is newer than Rust {TESTED}, which this is tested with"
        ));
    }
    Ok(())
}

/// Reads the minor number of "rustc 1.95.0 (…)", "1.95.0-nightly" or "1.95". The others do not count: the major one
/// is 1, and a patch release compiles the same language.
fn minor(text: &str) -> Option<u32> {
    let version = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix("1."))?;
    version
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_number_is_read_and_compared_as_a_number() {
        for same in [
            "rustc 1.95.0 (59807616e 2026-04-14)",
            "1.95.1",
            "1.95.0-nightly",
            "1.95",
        ] {
            assert_eq!(minor(same), Some(95), "{same}");
        }
        assert!(minor("rustc 1.100.0 (0 2026-05-28)") > minor("1.95"));
        assert!(minor("1.9.0") < minor("1.95"));
    }

    #[test]
    fn what_is_no_version_is_newer_than_none() {
        for text in ["rustc", "rustc 1.x"] {
            assert!(minor(text) < minor("1.95"), "{text}");
        }
    }
}
