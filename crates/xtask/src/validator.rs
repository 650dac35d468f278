//! The local network's validator: a workspace of its own, compiled once per machine and version. It takes a quarter of an
//! hour of one core, which nobody should wait for twice.
//!
//! | in the cache | what it is |
//! |---|---|
//! | `target` | cargo's: dependencies serve every version of the validator's own few lines |
//! | `<key>/freeboard-validator` | a finished one; the key is a hash of its sources, its lock and the compiler |
//! | `lock` | held while one is compiled: who else needs it waits |
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::progress::{self, Step};
use crate::sbf::recipe;
use crate::{child, workspace};

/// The folder of its workspace, from the root.
const FOLDER: &str = "app/localnet/validator";
/// Its package and binary.
const NAME: &str = "freeboard-validator";
/// Cores that compile it, as for everything else.
const JOBS: &str = "-j2";

/// Returns the validator for these sources, compiling it if the machine has none yet.
pub fn ready() -> Result<PathBuf> {
    let base = workspace::cache_dir(NAME)?;
    let binary = base.join(key()?).join(NAME);
    if binary.is_file() {
        return Ok(binary);
    }
    fs::create_dir_all(&base).with_context(|| format!("cannot create {}", base.display()))?;
    let _lock = progress::lock(
        &base,
        "waiting for the local validator, which another command builds",
    )?;
    if !binary.is_file() {
        build(&base, &binary)?;
    }
    Ok(binary)
}

/// Returns the manifest of its workspace.
pub fn manifest() -> PathBuf {
    workspace::root().join(FOLDER).join("Cargo.toml")
}

/// Compiles the validator and puts it into its place; another version's makes room.
fn build(base: &Path, binary: &Path) -> Result<()> {
    let mut step = Step::start(format!(
        "building the local validator into {} (once per machine: 10 to 20 min, 2 GB on disk)",
        base.display()
    ));
    let target = base.join("target");
    let mut command = child::clean("cargo");
    command
        .args(["build", "--locked", JOBS, "--manifest-path"])
        .arg(manifest())
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_INCREMENTAL", "0");
    step.run_command(&mut command)
        .context("check the network, then run the same command again")?;
    for entry in fs::read_dir(base)?.flatten() {
        if entry.path().join(NAME).is_file() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let folder = binary.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    let partial = folder.join("partial");
    fs::copy(target.join("debug").join(NAME), &partial)?;
    fs::rename(partial, binary)?;
    step.done();
    Ok(())
}

/// Returns the name of this version: what it is made of, and the compiler that makes it.
fn key() -> Result<String> {
    let compiler = child::output_if_ok(child::clean("rustc").arg("-vV"))
        .context("`rustc -vV` failed: install Rust by rustup")?;
    let mut inputs = vec![compiler];
    for path in sources(&workspace::root().join(FOLDER))? {
        let text = fs::read_to_string(&path);
        inputs.push(text.with_context(|| format!("cannot read {}", path.display()))?);
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    Ok(recipe::key(&inputs))
}

/// Returns manifest, lock and sources, in a fixed order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = vec![folder.join("Cargo.toml"), folder.join("Cargo.lock")];
    let entries = fs::read_dir(folder.join("src"))?;
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_of_manifest_lock_and_every_source() {
        let paths = sources(&workspace::root().join(FOLDER)).unwrap();
        let has = |ending: &str| paths.iter().any(|path| path.ends_with(ending));
        assert!(has("Cargo.toml") && has("Cargo.lock") && has("src/main.rs"));
        assert_eq!(key().unwrap(), key().unwrap());
    }
}
