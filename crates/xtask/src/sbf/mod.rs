//! Compiling programs to SBPF v3: which builder does it, and what every builder has in common.

pub mod debian;
pub mod elf;
pub mod platform_tools;
pub mod recipe;
pub mod shim;
pub mod standard_library;
pub mod toolchain;
pub mod upstream;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::progress;

/// The SBPF version of everything that is built here.
pub const SBPF_VERSION: u32 = 3;

/// Which builder the caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// `cargo build-sbf` where it works, otherwise the upstream tools.
    Auto,
    /// Solana's own `cargo build-sbf`, with its platform-tools.
    PlatformTools,
    /// rustc and LLVM as Debian ships them, and `sbpf-linker`.
    Upstream,
}

/// A builder that is ready for use.
pub enum Builder {
    /// Solana's own `cargo build-sbf`.
    PlatformTools(platform_tools::PlatformTools),
    /// rustc and LLVM as Debian ships them.
    Upstream(toolchain::Toolchain),
}

/// What to build: one package, and cargo arguments to pass on.
pub struct Job<'a> {
    /// The package's manifest.
    pub manifest: &'a Path,
    /// Cargo's target folder.
    pub target_dir: &'a Path,
    /// Name of the library target.
    pub library: &'a str,
    /// Further arguments for `cargo build`, such as features.
    pub cargo_arguments: &'a [String],
}

impl Builder {
    /// Finds a working builder, setting one up if needed, and says which it is.
    pub fn ready(choice: Choice) -> Result<Self> {
        let builder = match choice {
            Choice::Upstream => Self::Upstream(toolchain::Toolchain::ready()?),
            Choice::PlatformTools => {
                Self::PlatformTools(platform_tools::PlatformTools::probe().context(
                    "`cargo build-sbf` cannot be used; install Solana's tools \
                     (https://solana.com/docs/intro/installation), or drop `--builder`",
                )?)
            }
            Choice::Auto => match platform_tools::PlatformTools::probe() {
                Ok(tools) => Self::PlatformTools(tools),
                Err(reason) => {
                    progress::say(format!("not using `cargo build-sbf`: {reason:#}"));
                    Self::Upstream(toolchain::Toolchain::ready()?)
                }
            },
        };
        progress::say(format!("builder: {}", builder.describe()));
        Ok(builder)
    }

    /// Returns the builder's name and version, for people and for `build-info.json`.
    pub fn describe(&self) -> String {
        match self {
            Self::PlatformTools(tools) => tools.describe(),
            Self::Upstream(toolchain) => toolchain.describe(),
        }
    }

    /// Compiles one program; returns where its ELF file lies, checked to be SBPF v3.
    pub fn build(&self, job: &Job) -> Result<PathBuf> {
        let file = match self {
            Self::PlatformTools(tools) => tools.build(job)?,
            Self::Upstream(toolchain) => upstream::build(toolchain, job)?,
        };
        elf::check_file(&file, SBPF_VERSION)?;
        Ok(file)
    }

    /// Returns the object with symbols that the job's program was linked from, if this builder leaves one.
    pub fn object(&self, job: &Job) -> Result<Option<PathBuf>> {
        match self {
            Self::PlatformTools(_) => Ok(None),
            Self::Upstream(_) => upstream::object(job).map(Some),
        }
    }
}
