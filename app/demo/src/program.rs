//! Facts about the bytecode that runs: its file, and who compiled it.
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::report::ProgramFacts;

const FILE: &str = "freeboard.so";
/// Where an ELF header of 64 bits keeps its flags: for SBPF, the version.
const FLAGS: std::ops::Range<usize> = 48..52;

/// The part of `build-info.json` that is of interest.
#[derive(Deserialize)]
struct ProgramBuild {
    builder: String,
}

/// Where the built programs are: `FREEBOARD_DEPLOY_DIR`, or `target/deploy` of the workspace.
fn deploy_dir() -> PathBuf {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy");
    std::env::var_os("FREEBOARD_DEPLOY_DIR").map_or(default, PathBuf::from)
}

/// Where results go unless the caller says otherwise: `demo` beside the built programs' folder.
pub fn default_output() -> PathBuf {
    let deploy = deploy_dir();
    let deploy = deploy.canonicalize().unwrap_or(deploy);
    deploy.parent().map_or_else(
        || PathBuf::from("target/demo"),
        |target| target.join("demo"),
    )
}

/// Size, SBPF version and builder.
pub fn facts() -> Result<ProgramFacts> {
    let path = deploy_dir().join(FILE);
    let bytes = std::fs::read(&path).with_context(|| {
        format!(
            "run `cargo xtask build` first: cannot read {}",
            path.display()
        )
    })?;
    let flags = bytes.get(FLAGS).and_then(|flags| flags.try_into().ok());
    ensure!(
        bytes.starts_with(b"\x7fELF"),
        "{} is not an ELF file",
        path.display()
    );
    let info = deploy_dir().join("build-info.json");
    let builder = std::fs::read(&info).ok().and_then(|text| {
        serde_json::from_slice::<ProgramBuild>(&text)
            .ok()
            .map(|info| info.builder)
    });
    Ok(ProgramFacts {
        bytes: bytes.len() as u64,
        sbpf_version: u32::from_le_bytes(flags.context("an ELF file has a header")?),
        builder: builder.unwrap_or_else(|| "unknown".to_owned()),
    })
}
