//! Whether a deployed program is this source: a fresh build against a dump of the account, byte by byte.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::{progress, workspace};

/// Compares a dump of the deployed program `name`, as `solana program dump` writes it, with the program just built.
///
/// A deployed account is as long as its owner once made it: zeros after the program do not count.
pub fn verify(name: &str, dump: &Path) -> Result<()> {
    let built = read(&workspace::deploy_dir().join("freeboard.so"))?;
    let deployed = read(dump)?;
    match first_difference(&built, &deployed) {
        None => {
            progress::say(format!("{} bytes are the same", built.len()));
            println!("{name} is this source");
            progress::say(
                "this says nothing about an exchange: anyone can create one under the program, with roles of \
                 their own; pin the address of yours (SECURITY.md, \"Which exchange\")",
            );
            Ok(())
        }
        Some(offset) => bail!(
            "{name} is not this source: of {} bytes byte {offset} is the first that differs. \
             build-info.json beside the built program says which tools made it; another tool chain \
             makes another program",
            built.len(),
        ),
    }
}

/// Compares two builds of the program.
pub fn is_repeated([first, second]: &[PathBuf; 2]) -> Result<()> {
    let (built, again) = (read(first)?, read(second)?);
    ensure!(
        built == again,
        "two builds of this source are not the same: {} and {} bytes, the first of which differ at {}",
        built.len(),
        again.len(),
        first_difference(&built, &again).unwrap_or(built.len())
    );
    println!(
        "two builds of this source are the same {} bytes",
        built.len()
    );
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
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
