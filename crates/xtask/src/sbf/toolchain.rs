//! The upstream tool chain: made once per machine from Debian packages and crates.io, and kept in
//! the user's cache folder in parts, each of which is made anew when its recipe changes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{debian, recipe, standard_library};
use crate::progress::{self, Step};
use crate::{child, workspace};

/// The loader of programs on the one kind of machine where this works.
const HOST_LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
/// The folder of the parts in the user's cache.
pub const CACHE: &str = "freeboard-sbf";
/// Where Debian keeps libraries, below a root folder.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

/// A tool chain that is ready for use.
pub struct Toolchain {
    /// Wrappers, target description and runtime bitcode.
    pub support: PathBuf,
    /// The edited sources of the standard library.
    pub library: PathBuf,
    /// `rustc --version`, for people.
    compiler: String,
}

/// The parts' folders.
struct Parts {
    rust: PathBuf,
    library: PathBuf,
    llvm: PathBuf,
    linker: PathBuf,
    support: PathBuf,
}

impl Toolchain {
    /// Returns the machine's tool chain, making what is missing or out of date.
    pub fn ready() -> Result<Self> {
        let base = workspace::cache_dir(CACHE)?;
        let parts = Parts::in_folder(&base);
        if !parts.all_ready() {
            debian::check_machine()?;
            fs::create_dir_all(&base)
                .with_context(|| format!("cannot create {}", base.display()))?;
            let _lock =
                progress::lock(&base, "waiting for another set-up of the tool chain to end")?;
            if !parts.all_ready() {
                progress::say(format!(
                    "setting up the bytecode tool chain in {} (once per machine: about 3 min, \
                     200 MB of downloads, 1.5 GB on disk)",
                    base.display()
                ));
                parts
                    .make()
                    .context("the bytecode tool chain could not be set up")?;
            }
        }
        let compiler = fs::read_to_string(parts.support.join("version"))?;
        Ok(Self {
            support: parts.support,
            library: parts.library,
            compiler,
        })
    }

    /// Returns the names and versions of what compiles and links.
    pub fn describe(&self) -> String {
        format!(
            "upstream ({}, LLVM {}, sbpf-linker {})",
            self.compiler.trim(),
            recipe::LLVM_MAJOR,
            recipe::LINKER_VERSION
        )
    }
}

impl Parts {
    fn in_folder(base: &Path) -> Self {
        let place = |name: &str, key: &str| base.join(format!("{name}-{key}"));
        let rust = recipe::key(&[recipe::RUST_SUITE, &recipe::RUST_PACKAGES.join(" ")]);
        let library = recipe::key(&[&rust, &standard_library::edits()]);
        let llvm = recipe::key(&[recipe::LLVM_SUITE, &recipe::LLVM_MAJOR.to_string()]);
        let linker = recipe::key(&[recipe::LINKER_VERSION]);
        // The wrappers hold absolute paths, so a cache that moved needs new ones.
        let support = recipe::key(&[
            &base.to_string_lossy(),
            &rust,
            &llvm,
            &linker,
            recipe::TARGET,
            recipe::BUILTINS,
            recipe::RUNTIME,
            &LINK_ARGUMENTS.join(" "),
            LINK_LEVEL,
        ]);
        Self {
            rust: place("rust", &rust),
            library: place("library", &library),
            llvm: place("llvm", &llvm),
            linker: place("linker", &linker),
            support: place("support", &support),
        }
    }

    fn all_ready(&self) -> bool {
        [
            &self.rust,
            &self.library,
            &self.llvm,
            &self.linker,
            &self.support,
        ]
        .iter()
        .all(|part| part.is_dir())
    }

    fn make(&self) -> Result<()> {
        make_part(&self.rust, make_rust)?;
        make_part(&self.library, |folder| {
            let sources = self.rust.join("usr/lib/rustlib/src/rust/library");
            standard_library::copy_and_edit(&sources, &folder.join("library"))
        })?;
        make_part(&self.llvm, make_llvm)?;
        make_part(&self.linker, make_linker)?;
        make_part(&self.support, |folder| self.make_support(folder))
    }

    /// Writes the wrappers, and compiles the runtime to bitcode.
    fn make_support(&self, folder: &Path) -> Result<()> {
        let mut step = Step::start("compiling the runtime support");
        let usr = self.rust.join("usr");
        let libraries = self.rust.join(LIBRARIES);
        let start = format!("exec {HOST_LOADER} --library-path {}", quoted(&libraries));
        let rustc = format!(
            "{start} {} --sysroot {} \"$@\"",
            quoted(&usr.join("bin/rustc")),
            quoted(&usr)
        );
        write_script(&folder.join("rustc"), &rustc)?;
        let cargo = format!(
            "CARGO={} {start} {} \"$@\"",
            quoted(&self.support.join("cargo")),
            quoted(&usr.join("bin/cargo"))
        );
        write_script(&folder.join("cargo"), &cargo)?;
        write_script(&folder.join("link"), &self.link_script())?;
        for (name, text) in [
            (recipe::TARGET_FILE, recipe::TARGET),
            ("builtins.ll", recipe::BUILTINS),
            ("rt.rs", recipe::RUNTIME),
        ] {
            fs::write(folder.join(name), text)?;
        }
        let version = child::output_if_ok(child::clean(folder.join("rustc")).arg("--version"))
            .context(
                "Debian's rustc does not start here: it needs Debian 12, Ubuntu 24.04 or later",
            )?;
        let short: Vec<&str> = version.split_whitespace().take(2).collect();
        fs::write(folder.join("version"), short.join(" "))?;
        step.run_command(compile_runtime(folder).current_dir(folder))?;
        let assembler = self.llvm.join(format!(
            "root/usr/lib/llvm-{}/bin/llvm-as",
            recipe::LLVM_MAJOR
        ));
        let mut assemble = child::clean(self.llvm.join(LLVM_ROOT).join(LIBRARIES).join(LOADER));
        assemble
            .arg("--library-path")
            .arg(self.llvm_libraries())
            .arg(assembler);
        step.run_command(
            assemble
                .args(["builtins.ll", "-o", "builtins.bc"])
                .current_dir(folder),
        )?;
        step.done();
        Ok(())
    }

    /// Returns where LLVM's own libc and libraries lie, as a search path.
    fn llvm_libraries(&self) -> String {
        let root = self.llvm.join(LLVM_ROOT);
        let own = root.join(format!("usr/lib/llvm-{}/lib", recipe::LLVM_MAJOR));
        format!("{}:{}", root.join(LIBRARIES).display(), own.display())
    }

    /// Returns the linker's wrapper: it runs beside LLVM's libc, loads the LLVM it finds on
    /// LD_LIBRARY_PATH, and adds the arguments that are the same for every program, so that
    /// cargo's flags hold no path of this machine.
    fn link_script(&self) -> String {
        let arguments: Vec<String> = LINK_ARGUMENTS
            .iter()
            .map(|argument| quoted(Path::new(argument)))
            .collect();
        format!(
            "{LINK_LEVEL}; LD_LIBRARY_PATH={} exec {} --library-path {} {} {} {} {} \"$@\"",
            quoted(&self.llvm.join("only")),
            quoted(&self.llvm.join(LLVM_ROOT).join(LIBRARIES).join(LOADER)),
            quoted(Path::new(&self.llvm_libraries())),
            quoted(&self.linker.join("bin/sbpf-linker")),
            arguments.join(" "),
            quoted(&self.support.join("builtins.bc")),
            quoted(&self.support.join("rt.bc")),
        )
    }
}

const LLVM_ROOT: &str = "root";
const LOADER: &str = "ld-linux-x86-64.so.2";

/// Arguments of every link.
const LINK_ARGUMENTS: &[&str] = &[
    "--export=__multi3,__udivti3,__umodti3,__divti3,__modti3,__bpf_trap",
    "--arch=v3",
    // Otherwise it also writes into `target/deploy`, before the result has been checked.
    "--deploy=false",
    // With 60 the file was 133 KB larger and hot instructions 0.8 % cheaper; with 0 it is 23 KB smaller and they cost 2.5 %
    // more. Rent is paid once, compute units with every transaction. docs/costs.md has what else was tried.
    "--llvm-args=-inline-threshold=20",
    // Functions of one body are one function: Anchor makes the same `init` for every mint and token account. The file
    // falls from 1.55 to 1.49 MB; no instruction costs 0.1 % more.
    "--llvm-args=-enable-merge-functions",
    "--llvm-args=-bpf-stack-size=4096",
    "--llvm-args=--bpf-max-stores-per-memfunc=5",
    // Instructions of upstream BPF v4 that SBPF does not have.
    "--llvm-args=--disable-gotox",
    "--llvm-args=--disable-ldsx",
    "--llvm-args=--disable-movsx",
    "--llvm-args=--disable-bswap",
];

/// Gives the linker the level of speed, whatever cargo's profile says: functions compiled for size
/// carry that themselves, and the linker knows no level for it. Of the two files that it writes, the object with its
/// symbols and the program, the first has the name that it is given: asked for `x.so` it writes the one over the other.
const LINK_LEVEL: &str = "for a do shift; case $a in -Os|-Oz) a=-O3;; *.so) a=${a%.so}.o;; esac; \
                          set -- \"$@\" \"$a\"; done";

/// Makes one part beside its place and moves it there when complete, so that an interrupted
/// set-up never leaves a part that looks ready.
pub fn make_part(place: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if place.is_dir() {
        return Ok(());
    }
    let partial = place.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir_all(&partial)?;
    make(&partial)?;
    fs::rename(&partial, place)?;
    Ok(())
}

fn make_rust(folder: &Path) -> Result<()> {
    let request = debian::PackageRequest {
        suite: recipe::RUST_SUITE,
        security: true,
        packages: recipe::RUST_PACKAGES,
        provided: debian::HOST_PROVIDES,
    };
    debian::unpack(&request, &folder.join("apt"), folder)?;
    // Of the compiler's sources only the library is of use.
    for entry in fs::read_dir(folder.join("usr/src"))? {
        let sources = entry?.path();
        for unused in ["compiler", "src", "debian"] {
            let unused = sources.join(unused);
            if unused.is_dir() {
                fs::remove_dir_all(unused)?;
            }
        }
    }
    Ok(())
}

fn make_llvm(folder: &Path) -> Result<()> {
    let package = format!("llvm-{}", recipe::LLVM_MAJOR);
    let root = folder.join(LLVM_ROOT);
    let request = debian::PackageRequest {
        suite: recipe::LLVM_SUITE,
        security: false,
        packages: &[&package],
        // Its libc is newer than this machine's, so it comes along.
        provided: &[],
    };
    debian::unpack(&request, &folder.join("apt"), &root)?;
    // A folder with this one library, so that the linker finds no other LLVM.
    let wanted = format!("libLLVM.so.{}", recipe::LLVM_MAJOR);
    let name = fs::read_dir(root.join(LIBRARIES))?
        .flatten()
        .map(|entry| entry.file_name())
        .find(|name| name.to_string_lossy().starts_with(&wanted))
        .with_context(|| format!("{package} has no {wanted}"))?;
    fs::create_dir(folder.join("only"))?;
    let target = Path::new("..").join(LLVM_ROOT).join(LIBRARIES).join(&name);
    symlink(target, folder.join("only").join(&name))?;
    Ok(())
}

fn make_linker(folder: &Path) -> Result<()> {
    let mut step = Step::start(format!("building sbpf-linker {}", recipe::LINKER_VERSION));
    let mut install = child::quick_install("sbpf-linker");
    install.args(["--version", recipe::LINKER_VERSION]);
    step.run_command(install.arg("--root").arg(folder))
        .context(
            "check the network, and that `rustup show` names a stable Rust of 1.95 or later",
        )?;
    step.done();
    Ok(())
}

/// Returns the command that compiles the runtime with the compiler's prebuilt `core`.
fn compile_runtime(folder: &Path) -> std::process::Command {
    let mut command = child::clean(folder.join("rustc"));
    command.env("RUSTC_BOOTSTRAP", "1").args([
        "--edition=2021",
        "--target=bpfel-unknown-none",
        "--crate-type=lib",
        "--crate-name=sbf_rt",
        "-Copt-level=3",
        "-Cpanic=abort",
        "-Ctarget-cpu=v4",
        "-Ctarget-feature=+allows-misaligned-mem-access",
        "-Awarnings",
        "--emit=llvm-bc",
        "-o",
        "rt.bc",
        "rt.rs",
    ]);
    command
}

fn write_script(path: &Path, line: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{line}\n"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Returns a path as one word of a shell command.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_fails_is_not_taken_for_ready() {
        let base = std::env::temp_dir().join(format!("freeboard-part-{}", std::process::id()));
        let place = base.join("part-1");
        let failed = make_part(&place, |folder| {
            fs::write(folder.join("half"), "")?;
            anyhow::bail!("interrupted")
        });
        assert!(failed.is_err() && !place.exists());
        make_part(&place, |folder| Ok(fs::write(folder.join("whole"), "")?)).unwrap();
        assert!(place.join("whole").exists() && !place.join("half").exists());
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn a_quote_in_a_path_stays_in_its_word() {
        assert_eq!(quoted(Path::new("/a b/c'd")), r"'/a b/c'\''d'");
    }

    #[test]
    fn moving_the_cache_renews_only_the_wrappers() {
        let (one, two) = (
            Parts::in_folder(Path::new("/a")),
            Parts::in_folder(Path::new("/b")),
        );
        assert_eq!(one.rust.file_name(), two.rust.file_name());
        assert_eq!(one.llvm.file_name(), two.llvm.file_name());
        assert_ne!(one.support.file_name(), two.support.file_name());
    }
}
