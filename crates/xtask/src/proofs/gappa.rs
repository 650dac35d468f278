//! Gappa: the machine's own, or Debian's package unpacked into the user's cache.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::sbf::debian::{self, PackageRequest};
use crate::sbf::toolchain::make_part;
use crate::{child, progress, workspace};

/// Debian's release with the package.
const SUITE: &str = "bookworm";
/// The package; its libraries come along.
const PACKAGES: &[&str] = &["gappa"];
/// What it does not need to run: the machine's libc, and pages of its manual.
const PROVIDED: &[&str] = &["libc6", "libjs-sphinxdoc"];
/// Folder in the user's cache.
const CACHE: &str = "freeboard-proofs";
/// Binary digits of Gappa's own numbers, above those of the constants; no search for cases, which only makes failing slow.
const OPTIONS: [&str; 2] = ["-Eprecision=200", "-Eno-auto-dichotomy"];
/// What Gappa says of a goal that it read and did not prove.
const REFUSED: [&str; 2] = [
    "some properties were not satisfied",
    "no contradiction was found",
];

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every goal is proved.
    Proved,
    /// One is not.
    NotProved,
}

/// A Gappa that starts.
pub struct Gappa {
    program: PathBuf,
    /// Folders of its libraries; empty for the machine's own.
    libraries: String,
}

impl Gappa {
    /// The machine's, or the one in the cache, fetched where it is missing.
    pub fn ready() -> Result<Self> {
        if let Some(gappa) = Self::present() {
            return Ok(gappa);
        }
        ensure!(
            ["apt-get", "dpkg"]
                .iter()
                .all(|name| child::find(name).is_some()),
            "it is not on the search path, and without apt-get and dpkg Debian's package cannot be unpacked"
        );
        let base = workspace::cache_dir(CACHE)?;
        std::fs::create_dir_all(&base)
            .with_context(|| format!("cannot create {}", base.display()))?;
        let _lock = progress::lock(&base, "waiting for another set-up of Gappa to end")?;
        let request = PackageRequest {
            suite: SUITE,
            security: false,
            packages: PACKAGES,
            provided: PROVIDED,
        };
        make_part(&base.join(SUITE), |folder| {
            debian::unpack(&request, &folder.join("apt"), folder)
        })?;
        Self::present().context("the Gappa that was fetched does not start here")
    }

    /// One that is there already.
    pub fn present() -> Option<Self> {
        let of_machine = child::find("gappa").map(|program| Self {
            program,
            libraries: String::new(),
        });
        let of_cache = workspace::cache_dir(CACHE)
            .ok()
            .map(|base| Self::in_folder(&base.join(SUITE)));
        of_machine
            .into_iter()
            .chain(of_cache)
            .find(|gappa| gappa.version().is_ok())
    }

    fn in_folder(root: &Path) -> Self {
        let folders = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];
        let folders = folders.map(|folder| root.join(folder).display().to_string());
        Self {
            program: root.join("usr/bin/gappa"),
            libraries: folders.join(":"),
        }
    }

    fn command(&self) -> Command {
        let mut command = child::clean(&self.program);
        if !self.libraries.is_empty() {
            command.env("LD_LIBRARY_PATH", &self.libraries);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Its name and version.
    pub fn version(&self) -> Result<String> {
        let text = child::output_if_ok(self.command().arg("--version"));
        Ok(text.context("gappa does not start")?.trim().to_owned())
    }

    /// Asks goals until one is not proved; also what Gappa told about that one.
    ///
    /// Fails where Gappa could not read one.
    pub fn ask(&self, goals: &[PathBuf]) -> Result<(Verdict, String)> {
        for goal in goals {
            let output = self.command().args(OPTIONS).arg(goal).output()?;
            if output.status.success() {
                continue;
            }
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            let lines = told.lines().filter(|line| !line.starts_with("Warning"));
            let told = lines.collect::<Vec<_>>().join("\n");
            if !REFUSED.iter().any(|refusal| told.contains(refusal)) {
                bail!("gappa cannot read {}:\n{told}", goal.display());
            }
            return Ok((Verdict::NotProved, format!("{}:\n{told}", goal.display())));
        }
        Ok((Verdict::Proved, String::new()))
    }
}
