//! The compiler that this workspace is held to: `rust-version` of Cargo.toml. A machine has one tool chain
//! and the project fetches none, so there is no rust-toolchain file; an older compiler is refused, a newer
//! one is named in a line.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{child, progress};

/// `rust-version` of the workspace.
const WANTED: &str = env!("CARGO_PKG_RUST_VERSION");

/// A compiler's minor and patch number; the major one is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    minor: u32,
    patch: u32,
}

/// How a compiler compares with the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Older,
    Wanted,
    Newer,
}

/// Refuses a compiler older than `rust-version`; warns in one line of a newer one.
pub fn check() -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text = child::output_if_ok(Command::new(rustc).arg("--version"))
        .context("`rustc --version` failed: install Rust by rustup")?;
    let found = Version::parse(&text).with_context(|| format!("not a version: {text}"))?;
    let wanted = Version::parse(WANTED).context("rust-version in Cargo.toml is not a version")?;
    match found.verdict(wanted) {
        Verdict::Older => bail!(
            "{} is older than Rust {WANTED}, which this needs: `rustup update stable`",
            text.trim()
        ),
        Verdict::Wanted => {}
        Verdict::Newer => progress::say(format!(
            "warning: {} is newer than Rust {WANTED}, which this is tested with",
            text.trim()
        )),
    }
    Ok(())
}

impl Version {
    /// Reads "rustc 1.95.0 (…)", "1.95.0-nightly" or "1.95".
    fn parse(text: &str) -> Option<Self> {
        let word = text
            .split_whitespace()
            .find(|word| word.starts_with("1."))?;
        let numbers = word.split(|c: char| !c.is_ascii_digit());
        let mut numbers = numbers.map(|number| number.parse().ok());
        numbers.next()?; // 1
        Some(Self {
            minor: numbers.next()??,
            patch: numbers.next().flatten().unwrap_or(0),
        })
    }

    /// Compares by the minor number alone: a patch release compiles the same language.
    fn verdict(self, wanted: Self) -> Verdict {
        if self < wanted {
            Verdict::Older
        } else if self.minor == wanted.minor {
            Verdict::Wanted
        } else {
            Verdict::Newer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(found: &str) -> Verdict {
        let wanted = Version::parse("1.95").unwrap();
        Version::parse(found).unwrap().verdict(wanted)
    }

    #[test]
    fn older_compilers_are_told_from_the_wanted_and_from_newer_ones() {
        for older in ["rustc 1.94.1 (e408947bf 2026-03-25)", "1.9.0", "1.94"] {
            assert_eq!(verdict(older), Verdict::Older, "{older}");
        }
        for wanted in [
            "rustc 1.95.0 (59807616e 2026-04-14)",
            "1.95.1",
            "1.95.0-nightly",
        ] {
            assert_eq!(verdict(wanted), Verdict::Wanted, "{wanted}");
        }
        for newer in ["rustc 1.96.0 (0 2026-05-28)", "1.100.0"] {
            assert_eq!(verdict(newer), Verdict::Newer, "{newer}");
        }
    }

    #[test]
    fn what_is_no_version_is_not_read_as_one() {
        assert_eq!(Version::parse("rustc"), None);
        assert_eq!(Version::parse("rustc 1.x"), None);
    }
}
