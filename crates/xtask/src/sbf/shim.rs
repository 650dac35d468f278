//! A `cargo-build-sbf` for machines without platform-tools: a small script that hands its
//! arguments to this builder, so that `anchor build` and `anchor test` work there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Builder, Choice, Job, platform_tools};
use crate::{artifacts, child, progress, workspace};

/// Name under which cargo finds the subcommand `build-sbf`.
pub const FILE_NAME: &str = "cargo-build-sbf";
/// Tells our script from the real tool, so that the builder never calls itself.
const MARK: &str = "# freeboard-xtask-shim";

/// Writes the script into the folder; returns its path.
pub fn write(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join(FILE_NAME);
    if path.exists() && !is_shim(&path) {
        bail!(
            "{} is another program; name a folder of its own",
            path.display()
        );
    }
    let manifest = workspace::root().join("Cargo.toml");
    let manifest = manifest.to_string_lossy().replace('\'', r"'\''");
    let text = format!(
        "#!/bin/sh\n{MARK}: builds Solana programs without platform-tools\n\
         exec cargo run --quiet --manifest-path '{manifest}' --package xtask -- build-sbf \"$@\"\n"
    );
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// Returns whether the file is such a script.
pub fn is_shim(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| {
        bytes
            .windows(MARK.len())
            .take(256)
            .any(|window| window == MARK.as_bytes())
    })
}

/// What `cargo build-sbf` was asked to do.
#[derive(Debug, Default, PartialEq, Eq)]
struct ShimRequest {
    manifest: Option<PathBuf>,
    out: Option<PathBuf>,
    only_version: bool,
    nothing: bool,
    cargo_arguments: Vec<String>,
}

impl ShimRequest {
    /// Reads the arguments of `cargo build-sbf`, as anchor-cli 1.2.2 and people give them.
    fn parse(arguments: &[String]) -> Result<Self> {
        // Cargo repeats the subcommand's name as the first argument.
        let skipped = usize::from(arguments.first().is_some_and(|first| first == "build-sbf"));
        let mut request = Self::default();
        let mut rest = arguments[skipped..].iter().cloned();
        while let Some(argument) = rest.next() {
            let (name, joined) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || {
                joined
                    .clone()
                    .or_else(|| rest.next())
                    .with_context(|| format!("`{name}` needs a value"))
            };
            match name {
                "--arch" => platform_tools::check_arch(&value()?)?,
                "--tools-version" | "--sbf-sdk" => drop(value()?),
                "--manifest-path" => request.manifest = Some(value()?.into()),
                "--sbf-out-dir" | "--bpf-out-dir" => request.out = Some(value()?.into()),
                "--features" | "-F" | "--jobs" | "-j" => {
                    let value = value()?;
                    request.cargo_arguments.extend([name.to_owned(), value]);
                }
                "--no-default-features"
                | "--all-features"
                | "--offline"
                | "--locked"
                | "--verbose"
                | "-v" => request.cargo_arguments.push(argument),
                "--workspace"
                | "--skip-tools-install"
                | "--force-tools-install"
                | "--no-rustup-override" => {}
                "--install-only" => request.nothing = true,
                "--version" | "-V" => request.only_version = true,
                "--" => request.cargo_arguments.extend(rest.by_ref()),
                _ => bail!(
                    "this stand-in for `cargo build-sbf` does not know `{argument}`; give \
                     arguments for `cargo build` after `--`"
                ),
            }
        }
        Ok(request)
    }
}

/// Does what `cargo build-sbf` would do with these arguments.
pub fn build(arguments: &[String]) -> Result<()> {
    let request = ShimRequest::parse(arguments)?;
    if request.only_version {
        println!(
            "cargo-build-sbf {} (Freeboard's stand-in)",
            env!("CARGO_PKG_VERSION")
        );
        return Ok(());
    }
    if request.nothing {
        return Ok(());
    }
    let packages = packages(request.manifest.as_deref())?;
    if packages.programs.is_empty() {
        bail!("no package here makes a program (a library with crate-type \"cdylib\")");
    }
    let out = request
        .out
        .unwrap_or_else(|| packages.target.join("deploy"));
    let builder = Builder::ready(Choice::Auto)?;
    for (manifest, library) in &packages.programs {
        progress::say(format!("compiling {library}"));
        let file = builder.build(&Job {
            manifest,
            target_dir: &packages.target.join("sbf"),
            library,
            cargo_arguments: &request.cargo_arguments,
        })?;
        artifacts::publish(&file, &out.join(format!("{library}.so")))?;
    }
    Ok(())
}

/// The packages a build covers.
struct Packages {
    target: PathBuf,
    /// Each program's manifest and library name.
    programs: Vec<(PathBuf, String)>,
}

/// Asks cargo which programs belong to the manifest, or to the current folder.
fn packages(manifest: Option<&Path>) -> Result<Packages> {
    let mut command = child::clean("cargo");
    command.args(["metadata", "--format-version=1", "--no-deps", "--quiet"]);
    if let Some(path) = manifest {
        command.arg("--manifest-path").arg(path);
    }
    let text = child::output_if_ok(&mut command)
        .context("there is no usable Cargo.toml here; name one with `--manifest-path`")?;
    let metadata: Value = serde_json::from_str(&text)?;
    let wanted = match manifest {
        Some(path) => path.canonicalize()?,
        None => nearest_manifest()?,
    };
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo named no target folder")?;
    Ok(Packages {
        target: target.into(),
        programs: programs_of(&metadata, &wanted),
    })
}

fn nearest_manifest() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    here.ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|path| path.is_file())
        .context("there is no Cargo.toml here; name one with `--manifest-path`")
}

/// Returns the wanted package's program, or all of the workspace if the manifest is its root.
fn programs_of(metadata: &Value, wanted: &Path) -> Vec<(PathBuf, String)> {
    let packages = metadata["packages"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let manifest_of = |package: &Value| package["manifest_path"].as_str().map(PathBuf::from);
    let one = packages
        .iter()
        .any(|package| manifest_of(package).as_deref() == Some(wanted));
    packages
        .iter()
        .filter(|package| !one || manifest_of(package).as_deref() == Some(wanted))
        .filter_map(|package| Some((manifest_of(package)?, program_library(package)?)))
        .collect()
}

fn program_library(package: &Value) -> Option<String> {
    let is_cdylib = |target: &&Value| {
        let kinds = target["crate_types"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
    };
    let target = package["targets"].as_array()?.iter().find(is_cdylib)?;
    Some(target["name"].as_str()?.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ShimRequest> {
        ShimRequest::parse(
            &text
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn what_anchor_passes_is_understood() {
        let request = parse("build-sbf --tools-version v1.57 --arch v3").unwrap();
        assert_eq!(request, ShimRequest::default());
    }

    #[test]
    fn paths_and_cargo_arguments_are_translated() {
        let request = parse(
            "--manifest-path a/Cargo.toml --sbf-out-dir=out --features x --no-default-features -- -p y",
        )
        .unwrap();
        assert_eq!(request.manifest, Some("a/Cargo.toml".into()));
        assert_eq!(request.out, Some("out".into()));
        let expected = ["--features", "x", "--no-default-features", "-p", "y"];
        assert_eq!(request.cargo_arguments, expected);
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        assert!(parse("--arch v0").is_err());
        assert!(
            parse("--arch")
                .unwrap_err()
                .to_string()
                .contains("needs a value")
        );
        assert!(parse("--dump").unwrap_err().to_string().contains("--dump"));
    }

    #[test]
    fn a_root_manifest_means_every_program() {
        let metadata = serde_json::json!({ "packages": [
            { "manifest_path": "/w/a/Cargo.toml",
              "targets": [{ "name": "a-b", "crate_types": ["cdylib", "lib"] }] },
            { "manifest_path": "/w/c/Cargo.toml",
              "targets": [{ "name": "c", "crate_types": ["lib"] }] },
        ]});
        let all = programs_of(&metadata, Path::new("/w/Cargo.toml"));
        assert_eq!(all, [(PathBuf::from("/w/a/Cargo.toml"), "a_b".to_owned())]);
        assert_eq!(programs_of(&metadata, Path::new("/w/c/Cargo.toml")), []);
    }
}
