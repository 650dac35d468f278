//! Compiling a program with the upstream tool chain: rustc turns it and the standard library
//! into LLVM bitcode, and `sbpf-linker` turns that into SBPF.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::toolchain::Toolchain;
use super::{Job, recipe};
use crate::child;

/// Flags for everything that becomes bytecode.
const RUSTFLAGS: &[&str] = &[
    "-Cpanic=immediate-abort",
    "-Zunstable-options",
    "-Crelocation-model=static",
    // Cargo knows the target by a system that std has; the sources ask for this one.
    "--cfg=target_os=\"solana\"",
    "--cfg=target_feature=\"static-syscalls\"",
    "-Aexplicit_builtin_cfgs_in_flags",
];

/// Compiles the job's package; returns where its ELF file lies.
pub fn build(toolchain: &Toolchain, job: &Job) -> Result<PathBuf> {
    child::run_to_stderr(&mut command(toolchain, job))?;
    // Cargo names its output folder after the target's file.
    let target = recipe::TARGET_FILE.trim_end_matches(".json");
    Ok(job
        .target_dir
        .join(target)
        .join("release")
        .join(format!("lib{}.so", job.library)))
}

/// Returns the object that the job's program was last linked from: it has the names and sizes of all functions.
pub fn object(job: &Job) -> Result<PathBuf> {
    let target = recipe::TARGET_FILE.trim_end_matches(".json");
    let folder = job.target_dir.join(target).join("release/deps");
    let start = format!("lib{}-", job.library);
    let is_object = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(&start) && name.ends_with(".o"))
    };
    let objects = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    objects
        .filter(is_object)
        .max_by_key(|path| path.metadata().and_then(|found| found.modified()).ok())
        .with_context(|| format!("{} has no object of {}", folder.display(), job.library))
}

fn command(toolchain: &Toolchain, job: &Job) -> Command {
    let support = &toolchain.support;
    let mut command = child::clean(support.join("cargo"));
    command
        .args(["build", "--release", "--lib", "-Zjson-target-spec"])
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="])
        .arg("--manifest-path")
        .arg(job.manifest)
        .arg("--target-dir")
        .arg(job.target_dir)
        .arg("--target")
        .arg(support.join(recipe::TARGET_FILE))
        .args(job.cargo_arguments)
        .env("RUSTC", support.join("rustc"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1")
        .env(
            "__CARGO_TESTS_ONLY_SRC_ROOT",
            toolchain.library.join("library"),
        )
        // Otherwise a program that another one depends on, with other features, is overwritten by that
        // one's build, and each command compiles both anew.
        .env("__CARGO_DEFAULT_LIB_METADATA", "freeboard")
        .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS.join("\x1f"))
        .env("CARGO_TARGET_SBPF_STD_LINKER", support.join("link"));
    command
}
