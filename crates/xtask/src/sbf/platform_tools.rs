//! Compiling a program with Solana's own `cargo build-sbf`, where it is installed and works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::{Job, SBPF_VERSION, elf, shim};
use crate::progress::Step;
use crate::{child, workspace};

/// A small program that needs nothing but the tools themselves.
const PROBE_MANIFEST: &str = "[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
    [lib]\ncrate-type = [\"cdylib\"]\npath = \"lib.rs\"\n[workspace]\n";
const PROBE_SOURCE: &str = "#![no_std]\n\
    #[panic_handler]\nfn panic(_: &core::panic::PanicInfo) -> ! {\n    loop {}\n}\n\
    #[no_mangle]\npub extern \"C\" fn entrypoint(_: *mut u8) -> u64 {\n    0\n}\n";

/// A `cargo build-sbf` that has compiled a program.
pub struct PlatformTools {
    program: PathBuf,
    version: String,
}

impl PlatformTools {
    /// Finds `cargo-build-sbf` and has it compile a small program; says why it is of no use.
    pub fn probe() -> Result<Self> {
        let program = find().context("it is not installed")?;
        let version = child::output_if_ok(command(&program).arg("--version"))
            .with_context(|| format!("`{} --version` fails", program.display()))?;
        let version = version.lines().next().unwrap_or_default().trim().to_owned();
        let tools = Self { program, version };
        let folder = workspace::cache_dir(super::toolchain::CACHE)?.join("probe");
        // Its success is remembered: compiling takes seconds, and the tools may be large downloads.
        let proof = format!("{}\n{}\n", tools.program.display(), tools.version);
        if fs::read_to_string(folder.join("works")).is_ok_and(|text| text == proof) {
            return Ok(tools);
        }
        tools.compile_probe(&folder)?;
        fs::write(folder.join("works"), proof)?;
        Ok(tools)
    }

    /// Returns the tools' version, for people.
    pub fn describe(&self) -> String {
        format!("platform-tools ({})", self.version)
    }

    /// Compiles the job's package; returns where its ELF file lies.
    pub fn build(&self, job: &Job) -> Result<PathBuf> {
        let out = job.target_dir.join("platform-tools");
        let mut command = self.command(job.manifest, &out);
        command.env("CARGO_TARGET_DIR", job.target_dir);
        if !job.cargo_arguments.is_empty() {
            command.arg("--").args(job.cargo_arguments);
        }
        child::run_to_stderr(&mut command)?;
        Ok(out.join(format!("{}.so", job.library)))
    }

    fn compile_probe(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("Cargo.toml"), PROBE_MANIFEST)?;
        fs::write(folder.join("lib.rs"), PROBE_SOURCE)?;
        let out = folder.join("out");
        let mut step = Step::start("checking that `cargo build-sbf` works");
        let mut command = self.command(&folder.join("Cargo.toml"), &out);
        step.run_command(
            command
                .current_dir(folder)
                .env("CARGO_TARGET_DIR", folder.join("target")),
        )
        .context("it is installed but cannot compile a small program")?;
        elf::check_file(&out.join("probe.so"), SBPF_VERSION)?;
        step.done();
        Ok(())
    }

    fn command(&self, manifest: &Path, out: &Path) -> Command {
        let mut command = command(&self.program);
        command.args(["--arch", &format!("v{SBPF_VERSION}")]);
        command
            .arg("--manifest-path")
            .arg(manifest)
            .arg("--sbf-out-dir")
            .arg(out);
        command
    }
}

/// Returns the first `cargo-build-sbf` on the search path that is not our own shim, which would
/// only lead back here.
fn find() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .map(|folder| folder.join(shim::FILE_NAME))
        .find(|path| path.is_file() && !shim::is_shim(path))
}

/// Returns the tool as cargo would start it: with the subcommand as its first argument.
fn command(program: &Path) -> Command {
    let mut command = child::clean(program);
    command.arg("build-sbf");
    command
}

/// Fails if the caller's `--arch` asks for something this project does not build.
pub fn check_arch(arch: &str) -> Result<()> {
    let number = arch.trim_start_matches('v');
    ensure!(
        !number.is_empty(),
        "`--arch` needs a version, such as v{SBPF_VERSION}"
    );
    if number != SBPF_VERSION.to_string() {
        bail!("this builder makes SBPF v{SBPF_VERSION} only, not {arch}; drop `--arch {arch}`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_version_three_is_built() {
        assert!(check_arch("v3").is_ok() && check_arch("3").is_ok());
        assert!(check_arch("v0").is_err() && check_arch("").is_err());
    }
}
