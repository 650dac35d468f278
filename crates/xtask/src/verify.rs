//! Whether a deployed program is this source: a fresh build against a dump of the account, byte by byte.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{progress, workspace};

/// Compares `dump`, as `solana program dump` writes it, with the program just built.
///
/// A deployed account is as long as its owner once made it: zeros after the program do not count.
pub fn verify(dump: &Path) -> Result<()> {
    let deployed = fs::read(dump).with_context(|| format!("cannot read {}", dump.display()))?;
    let path = workspace::deploy_dir().join("freeboard.so");
    let built = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match first_difference(&built, &deployed) {
        None => {
            progress::say(format!("{} bytes are the same", built.len()));
            println!("{} is this source", dump.display());
            progress::say(
                "this says nothing about an exchange: anyone can create one under the program, with roles of \
                 his own; pin the address of yours (SECURITY.md, \"Which exchange\")",
            );
            Ok(())
        }
        Some(offset) => bail!(
            "{} is not this source: of {} bytes byte {offset} is the first that differs. \
             build-info.json beside the built program says which tools made it; another tool chain \
             makes another program",
            dump.display(),
            built.len(),
        ),
    }
}

/// Offset of the first byte that differs; none if `deployed` is `built` and zeros.
fn first_difference(built: &[u8], deployed: &[u8]) -> Option<usize> {
    let length = built.len().max(deployed.len());
    (0..length).find(|&at| match (built.get(at), deployed.get(at)) {
        (Some(built), Some(deployed)) => built != deployed,
        (None, Some(padding)) => *padding != 0,
        _ => true, // the deployed one is shorter
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zeros_may_follow() {
        assert_eq!(first_difference(b"\x7fELF", b"\x7fELF"), None);
        assert_eq!(first_difference(b"\x7fELF", b"\x7fELF\0\0"), None);
        assert_eq!(first_difference(b"\x7fELF", b"\x7fELF\0\x01"), Some(5));
        assert_eq!(first_difference(b"\x7fELF", b"\x7fELG"), Some(3));
        assert_eq!(first_difference(b"\x7fELF", b"\x7fEL"), Some(3));
    }
}
