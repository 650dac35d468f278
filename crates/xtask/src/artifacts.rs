//! The finished files in `target/deploy`: replaced only when they change.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::sbf::SBPF_VERSION;
use crate::{progress, workspace};

/// What `target/deploy/build-info.json` says about the programs beside it.
#[derive(Serialize)]
pub struct BuildInfo {
    /// Which builder made them.
    pub builder: String,
    /// Their SBPF version.
    pub sbpf_version: u32,
    /// The programs.
    pub programs: Vec<ProgramInfo>,
}

/// A finished program.
#[derive(Serialize)]
pub struct ProgramInfo {
    /// Name of the library, and of the file without `.so`.
    pub name: &'static str,
    /// Size of the file.
    pub bytes: u64,
}

impl BuildInfo {
    /// Returns a description without programs.
    pub fn new(builder: String) -> Self {
        Self {
            builder,
            sbpf_version: SBPF_VERSION,
            programs: Vec::new(),
        }
    }

    /// Writes `build-info.json`.
    pub fn write(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        replace_if_changed(
            &workspace::deploy_dir().join("build-info.json"),
            text.as_bytes(),
        )?;
        Ok(())
    }
}

/// Copies a program to its place and prints its size; returns the size in bytes.
pub fn publish(file: &Path, place: &Path) -> Result<u64> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let changed = replace_if_changed(place, &bytes)?;
    let size = bytes.len() as u64;
    let note = if changed { "" } else { ", unchanged" };
    progress::say(format!(
        "{}: {size} bytes, SBPF v{SBPF_VERSION}{note}",
        place.display()
    ));
    Ok(size)
}

/// Copies a program's object beside it: `llvm-nm --size-sort --demangle` says from it which function has how many bytes.
pub fn keep_object(object: &Path, place: &Path) -> Result<()> {
    let bytes = fs::read(object).with_context(|| format!("cannot read {}", object.display()))?;
    replace_if_changed(place, &bytes).map(drop)
}

/// Writes the file unless it already holds these bytes; returns whether it was written. Readers
/// see the old or the new file, never half of one.
pub fn replace_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    let folder = path.parent().context("a file has a folder")?;
    let name = path
        .file_name()
        .context("a file has a name")?
        .to_string_lossy();
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_file_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("freeboard-files-{}", std::process::id()));
        let path = folder.join("a");
        assert!(replace_if_changed(&path, b"one").unwrap());
        assert!(!replace_if_changed(&path, b"one").unwrap());
        assert!(replace_if_changed(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
