//! Starting other programs: a clean environment, and errors that name the command.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::clippy;

/// Returns whether a variable belongs to the cargo that started us and would mislead another
/// tool chain: it would load the wrong libraries, compiler or flags.
pub fn is_tool_chain_variable(name: &str) -> bool {
    const EXACT: &[&str] = &[
        "CARGO",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
        "RUST_RECURSION_COUNT",
        "APT_CONFIG",
    ];
    const PREFIXES: &[&str] = &[
        "CARGO_BUILD_",
        "CARGO_PROFILE_",
        "CARGO_TARGET_",
        "RUSTC",
        "RUSTDOC",
        "__CARGO",
    ];
    is_own_package_variable(name)
        || EXACT.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Returns whether a variable says which package the cargo that started us has run.
fn is_own_package_variable(name: &str) -> bool {
    const PREFIXES: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    const EXACT: &[&str] = &["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];
    EXACT.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Returns a command that inherits nothing of the tool chain that started us.
pub fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_tool_chain_variable) {
            command.env_remove(&name);
        }
    }
    command
}

/// Returns a command for the host's own cargo, in the workspace's root; with `FREEBOARD_LINT_BUILDS` its builds
/// lint as well.
pub fn host_cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::workspace::root());
    // Set by the cargo that started us for this package alone; the children set their own. A build script that looks
    // at one (ring's does) would run again, with all that depends on it, whenever cargo is called without xtask.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_own_package_variable) {
            command.env_remove(&name);
        }
    }
    if std::env::var_os(clippy::EVERY_BUILD).is_some() {
        clippy::within(&mut command);
    }
    command
}

/// Returns a command that installs a tool from crates.io, compiled quickly: what it saves at each run is less
/// than what optimising it takes.
pub fn quick_install(package: &str) -> Command {
    let mut command = clean("cargo");
    command
        .args(["install", "--locked", package])
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    command
}

/// Returns the command as a person would type it, without its environment.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let mut words = vec![name.to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// Runs the command with our standard output and error; fails if it fails.
pub fn run_command(command: &mut Command) -> Result<()> {
    let text = shown(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` failed ({status}); what went wrong is printed above");
    }
    Ok(())
}

/// Like [`run_command`], with the command's standard output sent to standard error, so that ours stays
/// free for a result.
pub fn run_to_stderr(command: &mut Command) -> Result<()> {
    command.stdout(Stdio::from(std::io::stderr()));
    run_command(command)
}

/// Runs the command quietly; returns what it printed, or nothing if it could not run or failed.
pub fn output_if_ok(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the path of a program on the search path.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_another_tool_chain_are_dropped_and_settings_kept() {
        for name in [
            "CARGO",
            "RUSTC",
            "RUSTC_WRAPPER",
            "LD_LIBRARY_PATH",
            "CARGO_TARGET_DIR",
        ] {
            assert!(is_tool_chain_variable(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_HTTP_PROXY",
            "CARGO_NET_OFFLINE",
            "RUSTUP_HOME",
            "PATH",
        ] {
            assert!(!is_tool_chain_variable(name), "{name}");
        }
    }

    #[test]
    fn a_command_is_shown_by_its_short_name() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["build", "-p", "x"]);
        assert_eq!(shown(&command), "cargo build -p x");
    }
}
