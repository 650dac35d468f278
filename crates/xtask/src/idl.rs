//! The interface description (IDL), made by the library that `anchor idl build` uses.

use anchor_lang_idl::build::IdlBuilder;
use anyhow::{Context, Result, ensure};

use crate::workspace::{self, BuiltProgram};
use crate::{artifacts, child, progress};

/// Writes `target/idl/<library>.json` for the program.
pub fn build(program: &BuiltProgram) -> Result<()> {
    progress::say(format!("describing {} (IDL)", program.library));
    // The library starts cargo from this process's environment and stumbles over what rustup and
    // cargo leave there, so it gets a process of its own.
    let mut command = child::clean(std::env::current_exe()?);
    command.arg("idl").arg(program.library);
    child::run_to_stderr(command.arg(workspace::idl_target_dir()))
        .with_context(|| format!("the IDL of {} could not be made", program.library))
}

/// Does the work of [`build`] in a process with a clean environment.
pub fn build_here(library: &str, target_dir: &str) -> Result<()> {
    // Finding rustup's variable, the library would install, and so update, that tool chain.
    ensure!(
        std::env::var_os("RUSTUP_TOOLCHAIN").is_none(),
        "this is a part of `cargo xtask build`; run that instead"
    );
    let program = workspace::PROGRAMS
        .iter()
        .find(|program| program.library == library)
        .with_context(|| format!("no program is called {library}"))?;
    let root = workspace::root();
    let arguments = ["--lib", "--target-dir", target_dir].map(str::to_owned);
    let idl = IdlBuilder::new()
        .program_path(root.join(program.folder))
        .resolution(true)
        .cargo_args(arguments.to_vec())
        .build()?;
    let path = workspace::idl_dir().join(format!("{}.json", idl.metadata.name));
    let text = serde_json::to_string_pretty(&idl)?;
    let changed = artifacts::replace_if_changed(&path, text.as_bytes())?;
    let note = if changed { "" } else { " (unchanged)" };
    progress::say(format!("{}{note}", path.display()));
    Ok(())
}
