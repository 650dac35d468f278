//! Where things are: the workspace's folders and the list of programs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::child;

/// An on-chain program of this workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltProgram {
    /// Cargo package.
    pub package: &'static str,
    /// Name of the library target, and so of the `.so` and of the IDL.
    pub library: &'static str,
    /// Folder, from the workspace's root.
    pub folder: &'static str,
    /// Whether the build writes `target/idl/<library>.json`.
    pub has_idl: bool,
}

/// Every program the build makes. The one place to add another.
pub const PROGRAMS: &[BuiltProgram] = &[
    BuiltProgram {
        package: "freeboard",
        library: "freeboard",
        folder: "programs/freeboard",
        has_idl: true,
    },
    BuiltProgram {
        package: "pyth-mock",
        library: "pyth_mock",
        folder: "programs/pyth-mock",
        has_idl: false,
    },
    BuiltProgram {
        package: "caller",
        library: "caller",
        folder: "tests/caller",
        has_idl: false,
    },
];

/// Returns the workspace's root folder, which holds `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("crates/xtask lies two levels below the root")
        .to_owned()
}

/// Returns the folder of the finished programs, `target/deploy`.
pub fn deploy_dir() -> PathBuf {
    root().join("target/deploy")
}

/// Returns cargo's target folder for what runs here: `CARGO_TARGET_DIR`, or `target`.
pub fn host_target_dir() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Returns the folder of the interface descriptions, `target/idl`.
pub fn idl_dir() -> PathBuf {
    root().join("target/idl")
}

/// Returns cargo's target folder for bytecode: apart from the host's, so that the two neither
/// invalidate each other nor wait for one lock.
pub fn bytecode_target_dir() -> PathBuf {
    host_target_dir().join("sbf")
}

/// Returns cargo's target folder for the interface descriptions: their build compiles with other flags
/// than the tests' does.
pub fn idl_target_dir() -> PathBuf {
    host_target_dir().join("idl-build")
}

/// Returns a folder in the user's cache, which is one per machine and outlives every clone.
pub fn cache_dir(name: &str) -> Result<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join(name))
        .context("neither XDG_CACHE_HOME nor HOME is set; set one to an absolute path")
}

/// Returns the names of the workspace's integration tests, without those of the packages `left_out`.
pub fn integration_tests(left_out: &[&str]) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        targets: Vec<MetadataTarget>,
    }
    #[derive(Deserialize)]
    struct MetadataTarget {
        name: String,
        kind: Vec<String>,
    }
    let mut command = child::host_cargo();
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let text = child::output_if_ok(command.args(arguments)).context("`cargo metadata` failed")?;
    let metadata: Metadata = serde_json::from_str(&text)?;
    let wanted = |package: &Package| !left_out.contains(&package.name.as_str());
    Ok(metadata
        .packages
        .into_iter()
        .filter(wanted)
        .flat_map(|package| package.targets)
        .filter(|target| target.kind.iter().any(|kind| kind == "test"))
        .map(|target| target.name)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_a_package_can_be_left_out() {
        let all = integration_tests(&[]).unwrap();
        let quick = integration_tests(&["freeboard-bank-tests"]).unwrap();
        assert!(all.iter().any(|name| name == "bank"), "{all:?}");
        assert!(quick.iter().any(|name| name == "program"), "{quick:?}");
        assert_eq!(quick.len() + 1, all.len());
        assert!(!quick.iter().any(|name| name == "bank"), "{quick:?}");
    }
}
