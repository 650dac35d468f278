//! Unpacking Debian packages into a folder: nothing is installed and no rights are needed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::child;
use crate::progress::Step;

/// Names a Debian mirror where the machine's own package sources have none.
pub const MIRROR_VARIABLE: &str = "FREEBOARD_DEBIAN_MIRROR";
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
];
/// Packages that the machine itself provides: a C compiler and its libc.
pub const HOST_PROVIDES: &[&str] = &["libc6", "libc6-dev", "gcc", "binutils"];

/// What to fetch.
pub struct PackageRequest<'a> {
    /// Debian's release.
    pub suite: &'a str,
    /// Whether its security archive is asked too.
    pub security: bool,
    /// The packages; what they depend on comes along.
    pub packages: &'a [&'a str],
    /// Packages taken for installed.
    pub provided: &'a [&'a str],
}

/// Fails, naming the remedy, where Debian packages cannot be fetched and used.
pub fn check_machine() -> Result<()> {
    let missing: Vec<&str> = ["apt-get", "dpkg", "cc"]
        .into_iter()
        .filter(|name| child::find(name).is_none())
        .collect();
    let supported = cfg!(all(
        target_os = "linux",
        target_arch = "x86_64",
        target_env = "gnu"
    ));
    if !supported || missing.iter().any(|name| *name != "cc") {
        bail!(
            "bytecode can be built here only with Solana's own tools. Install them so that \
             `cargo build-sbf` works (https://solana.com/docs/intro/installation) and run this \
             again. Without them it takes an x86_64 machine with Debian 12 or Ubuntu 24.04, or \
             later"
        );
    }
    if !missing.is_empty() {
        bail!("no C compiler found; install one: `apt-get install gcc libc6-dev`, as root");
    }
    Ok(())
}

/// Fetches the packages and unpacks them into `root`, working in the empty folder `work`.
pub fn unpack(request: &PackageRequest, work: &Path, root: &Path) -> Result<()> {
    let what = request.packages[0];
    let mut step = Step::start(format!("fetching {what} from Debian {}", request.suite));
    let settings = write_settings(request, work, &keyring()?)?;
    let apt = |arguments: &[&str]| {
        let mut command = child::clean("apt-get");
        command
            .args(arguments)
            .env("APT_CONFIG", &settings)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step.run_command(&mut apt(&["update", "-q"])).context(
        "cannot read Debian's package lists; check the network, or name another mirror in \
         FREEBOARD_DEBIAN_MIRROR",
    )?;
    let options = [
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "--download-only",
    ];
    step.run_command(apt(&options).args(request.packages))
        .context("cannot fetch Debian packages; check the network and the free disk space")?;
    step.done();

    let mut step = Step::start(format!("unpacking {what}"));
    fs::create_dir_all(root)?;
    for entry in fs::read_dir(work.join("cache/archives"))? {
        let package = entry?.path();
        if package
            .extension()
            .is_some_and(|extension| extension == "deb")
        {
            step.run_command(child::clean("dpkg").arg("-x").arg(&package).arg(root))?;
        }
    }
    fs::remove_dir_all(work)?;
    step.done();
    Ok(())
}

/// Writes apt's own small world (sources, lists, cache, status); returns its settings file.
fn write_settings(request: &PackageRequest, work: &Path, keyring: &Path) -> Result<PathBuf> {
    for folder in ["state/lists/partial", "cache/archives/partial", "sources"] {
        fs::create_dir_all(work.join(folder))?;
    }
    let sources = sources(request, &mirror()?, keyring);
    fs::write(work.join("sources/debian.sources"), sources)?;
    fs::write(work.join("state/status"), status(request.provided))?;
    let folder = work
        .to_str()
        .context("the cache folder's path is not UTF-8")?;
    let settings = work.join("apt.conf");
    // The sandbox user could not write below root's home folder.
    fs::write(
        &settings,
        format!(
            "Dir::State \"{folder}/state\";\nDir::State::status \"{folder}/state/status\";\n\
             Dir::Cache \"{folder}/cache\";\nDir::Etc::SourceList \"/dev/null\";\n\
             Dir::Etc::SourceParts \"{folder}/sources\";\nAPT::Architecture \"amd64\";\n\
             APT::Architectures {{ \"amd64\"; }};\nAPT::Sandbox::User \"root\";\n"
        ),
    )?;
    Ok(settings)
}

/// Returns apt's source entries for the request.
fn sources(request: &PackageRequest, mirror: &str, keyring: &Path) -> String {
    let entry = |address: &str, suite: &str| {
        format!(
            "Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: main\nSigned-By: {}\n\n",
            keyring.display()
        )
    };
    let mut text = entry(mirror, request.suite);
    if request.security {
        text += &entry(
            &format!("{mirror}-security"),
            &format!("{}-security", request.suite),
        );
    }
    text
}

/// Returns a dpkg status in which only the given packages are installed.
fn status(provided: &[&str]) -> String {
    let mut text = String::new();
    for package in provided {
        let also = if *package == "libc6-dev" {
            "Provides: libc-dev\n"
        } else {
            ""
        };
        text += &format!(
            "Package: {package}\nStatus: install ok installed\nArchitecture: amd64\n\
             Version: 99:1\nMaintainer: host\nDescription: of the host\n{also}\n"
        );
    }
    text
}

/// Returns the mirror to use: the caller's, or the one this machine installs from.
fn mirror() -> Result<String> {
    if let Ok(mirror) = std::env::var(MIRROR_VARIABLE) {
        return Ok(mirror.trim_end_matches('/').to_owned());
    }
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(folder.flatten().map(|entry| entry.path()));
    }
    files.sort();
    files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|text| mirror_in(&text))
        .with_context(|| {
            format!(
                "this machine's package sources name no Debian mirror; set {MIRROR_VARIABLE} to \
                 one from https://www.debian.org/mirror/list (an address that ends in /debian)"
            )
        })
}

/// Returns the first address in apt's sources that ends in `/debian`.
fn mirror_in(sources: &str) -> Option<String> {
    sources
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace)
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|word| word.trim_end_matches('/'))
        .find(|word| word.ends_with("/debian"))
        .map(str::to_owned)
}

/// Returns the file with Debian's signing keys, installing it where we may.
fn keyring() -> Result<PathBuf> {
    let present = || {
        KEYRINGS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
    };
    if let Some(path) = present() {
        return Ok(path);
    }
    let install = "apt-get update -q && apt-get install -q -y debian-archive-keyring";
    let mut step = Step::start("installing Debian's signing keys");
    let mut command = if is_root() {
        child::clean("sh")
    } else {
        child::clean("sudo")
    };
    if !is_root() {
        command.args(["-n", "sh"]);
    }
    let outcome = step.run_command(command.args(["-c", install]));
    match present() {
        Some(path) => Ok(path),
        None => Err(outcome.err().unwrap_or_else(|| anyhow::anyhow!("they are still missing")))
            .context("Debian's signing keys are missing; install the package debian-archive-keyring, as root"),
    }
}

fn is_root() -> bool {
    child::output_if_ok(child::clean("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_found_in_both_formats_of_sources() {
        let deb822 = "Types: deb\n# http://old.example/debian\nURIs: http://a.example/debian/\n";
        assert_eq!(
            mirror_in(deb822).as_deref(),
            Some("http://a.example/debian")
        );
        let line = "deb https://b.example/debian-security x main\ndeb https://b.example/debian x\n";
        assert_eq!(mirror_in(line).as_deref(), Some("https://b.example/debian"));
        assert_eq!(mirror_in("deb https://c.example/ubuntu noble main"), None);
    }

    #[test]
    fn the_security_archive_lies_beside_the_mirror() {
        let request = PackageRequest {
            suite: "s",
            security: true,
            packages: &["p"],
            provided: &[],
        };
        let text = sources(&request, "http://a.example/debian", Path::new("/k"));
        assert!(text.contains("URIs: http://a.example/debian-security\nSuites: s-security\n"));
        assert_eq!(text.matches("Signed-By: /k").count(), 2);
    }

    #[test]
    fn provided_packages_count_as_installed() {
        let text = status(HOST_PROVIDES);
        assert_eq!(
            text.matches("install ok installed").count(),
            HOST_PROVIDES.len()
        );
        assert!(text.contains("Provides: libc-dev"));
    }
}
