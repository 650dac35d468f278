//! The project's commands, each with the set-up it needs.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::artifacts::{self, BuildInfo, ProgramInfo};
use crate::progress::{self, Step};
use crate::sbf::{Builder, Choice, Job};
use crate::{child, clippy, idl, reference, validator, workspace};

/// Cores of the smallest machine that builds this; more would need more memory than it has.
const JOBS: &str = "-j2";
/// Packages whose tests, or what they start, take long to compile; `test --fast` leaves them out.
const SLOW_PACKAGES: &[&str] = &["freeboard-bank-tests", "freeboard-network-tests"];

/// The variable that tells the local network and the tests where its validator is.
const VALIDATOR: &str = "FREEBOARD_VALIDATOR";

/// Builds every program and the IDL into `target`.
pub fn build(choice: Choice) -> Result<()> {
    build_programs(choice)?;
    workspace::PROGRAMS
        .iter()
        .filter(|program| program.has_idl)
        .try_for_each(idl::build)
}

/// Builds every program into `target/deploy`.
pub fn build_programs(choice: Choice) -> Result<()> {
    let builder = Builder::ready(choice)?;
    let mut info = BuildInfo::new(builder.describe());
    for program in workspace::PROGRAMS {
        progress::say(format!("compiling {}", program.library));
        let job = Job {
            manifest: &workspace::root().join(program.folder).join("Cargo.toml"),
            target_dir: &workspace::bytecode_target_dir(),
            library: program.library,
            cargo_arguments: &[],
        };
        let file = builder.build(&job)?;
        let place = workspace::deploy_dir().join(format!("{}.so", program.library));
        let bytes = artifacts::publish(&file, &place)?;
        if let Some(object) = builder.object(&job)? {
            artifacts::keep_object(&object, &place.with_extension("o"))?;
        }
        info.programs.push(ProgramInfo {
            name: program.library,
            bytes,
        });
    }
    info.write()
}

/// Builds the exchange's program alone, a second time from nothing in a folder of its own; returns both files.
pub fn build_twice() -> Result<[PathBuf; 2]> {
    let again = workspace::host_target_dir().join("sbf-again");
    if again.exists() {
        std::fs::remove_dir_all(&again)
            .with_context(|| format!("cannot remove {}", again.display()))?;
    }
    let builder = Builder::ready(Choice::Auto)?;
    let program = workspace::PROGRAMS[0];
    let build = |target_dir: &Path| {
        progress::say(format!(
            "compiling {} in {}",
            program.library,
            target_dir.display()
        ));
        builder.build(&Job {
            manifest: &workspace::root().join(program.folder).join("Cargo.toml"),
            target_dir,
            library: program.library,
            cargo_arguments: &[],
        })
    };
    Ok([build(&workspace::bytecode_target_dir())?, build(&again)?])
}

/// Writes the bytes of a program on a cluster into a file; returns it.
pub fn dump_deployed(url: &str, program: Option<&str>) -> Result<PathBuf> {
    let deploy = host_binary("freeboard-deploy")?;
    let file = workspace::host_target_dir().join("deployed.so");
    let mut command = Command::new(deploy);
    command.arg("dump").arg(&file).args(["--url", url]);
    if let Some(program) = program {
        command.args(["--program", program]);
    }
    child::run_to_stderr(&mut command)?;
    Ok(file)
}

/// Cases of each property in a deep run; 10,000 otherwise.
const DEEP_CASES: &str = "1000000";

/// Runs the properties of the core for long, optimised but with every check of a debug build; then random
/// actions on the programs, by so many seeds on each exchange or until it is stopped.
pub fn deep(seeds: Option<u64>) -> Result<()> {
    build_programs(Choice::Auto)?;
    progress::say(format!("testing every property on {DEEP_CASES} cases"));
    let mut command = child::host_cargo();
    child::run_command(
        command
            .env("PROPTEST_CASES", DEEP_CASES)
            .args(["test", "--profile", "deep", JOBS])
            .args(["--package", "freeboard-risk", "--test", "properties"]),
    )?;
    progress::say("random actions; a failure says how to repeat its seed");
    let mut command = with_programs(child::host_cargo());
    command.env("FREEBOARD_SEEDS", seeds.unwrap_or(u64::MAX).to_string());
    child::run_command(
        everything(command.arg("test"))
            .args(["--test", "program"])
            .args(["--", "adversaries", "--nocapture"]),
    )
}

/// Builds, then runs all tests, or all but the slow packages'; `arguments` go to each test binary.
pub fn test(fast: bool, arguments: &[String]) -> Result<()> {
    build(Choice::Auto)?;
    progress::say("testing");
    let mut command = with_programs(child::host_cargo());
    if !fast {
        command.env(VALIDATOR, validator::ready()?);
    }
    everything(command.arg("test"));
    if fast {
        command.args(["--lib", "--bins"]);
        for target in workspace::integration_tests(SLOW_PACKAGES)? {
            command.args(["--test", &target]);
        }
    }
    child::run_command(command.arg("--").args(arguments))
}

/// Builds the programs, then runs the demo.
pub fn demo(arguments: &[String]) -> Result<()> {
    run_binary("freeboard-demo", arguments)
}

/// Becomes the local network, which then gets the terminal's signals itself.
pub fn localnet(arguments: &[String]) -> Result<()> {
    become_binary("freeboard-localnet", arguments).context("the local network does not start")
}

/// Becomes what loads the keeper, or what counts valuations.
pub fn load(arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((what, rest)) if what == "valuations" => become_valuations(rest),
        _ => become_binary("load", arguments),
    }
    .context("the load does not start")
}

/// Builds what counts valuations in the profile that the keeper is run in (docs/keepers.md), and becomes it; returns
/// where that fails. It needs neither programs nor an SVM, and so few packages that optimising them takes minutes.
fn become_valuations(arguments: &[String]) -> Result<()> {
    progress::say("compiling valuations, optimised (the first time takes minutes)");
    let mut command = child::host_cargo();
    command.args(["build", "--release", JOBS]);
    child::run_to_stderr(command.args(["--package", "freeboard-valuations"]))?;
    let binary = workspace::host_target_dir().join("release/valuations");
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(workspace::root());
    Err(command.exec().into())
}

/// Builds programs, validator and the host's binaries, then becomes one of these; returns where that fails. Who asks for
/// help alone waits for the binary alone.
fn become_binary(name: &str, arguments: &[String]) -> Result<()> {
    let asks = |argument: &String| ["-h", "--help", "--version"].contains(&argument.as_str());
    let mut validator = None;
    if !arguments.iter().any(asks) {
        build_programs(Choice::Auto)?;
        validator = Some(validator::ready()?);
    }
    let mut command = with_programs(Command::new(host_binary(name)?));
    if let Some(path) = validator {
        command.env(VALIDATOR, path);
    }
    command.args(arguments).current_dir(workspace::root());
    Err(command.exec().into())
}

/// Builds the programs, then measures the compute units of each instruction.
pub fn bench(arguments: &[String]) -> Result<()> {
    run_binary("bench", arguments)
}

/// Compares the core with the exact reference: `cases` random ones of each kind, drawn from `seed`.
pub fn reference(cases: usize, seed: u64) -> Result<()> {
    let freeboard = host_binary("freeboard")?;
    let mut math_points = child::host_cargo();
    everything(math_points.arg("test")).args(["--test", "math_points"]);
    reference::check_reference(&freeboard, &mut math_points, cases, seed)
}

/// Builds the programs and the host's binaries, then runs one of these.
fn run_binary(name: &str, arguments: &[String]) -> Result<()> {
    build_programs(Choice::Auto)?;
    let binary = host_binary(name)?;
    progress::say(format!("running {name}"));
    child::run_command(with_programs(Command::new(binary)).args(arguments))
}

/// Builds the host's binaries and returns where one of them is.
fn host_binary(name: &str) -> Result<PathBuf> {
    progress::say(format!(
        "compiling {name} (the first time takes minutes: an SVM is in the workspace)"
    ));
    let mut command = child::host_cargo();
    child::run_to_stderr(everything(command.arg("build")).arg("--bins"))?;
    Ok(workspace::host_target_dir().join("debug").join(name))
}

/// Selects all packages; targets are for the caller to choose from. Every command that compiles an SVM
/// selects the same: with another selection cargo unifies features anew and compiles it once more.
fn everything(command: &mut Command) -> &mut Command {
    command.args(["--workspace", JOBS])
}

/// Checks format, lints, licences and banned crates.
pub fn lint() -> Result<()> {
    progress::say("checking the format");
    child::run_command(child::host_cargo().args(["fmt", "--all", "--check"]))
        .context("run `cargo fmt --all`; if rustfmt is missing: `rustup component add rustfmt`")?;
    let mut fmt = child::host_cargo();
    fmt.args(["fmt", "--check", "--manifest-path"]);
    child::run_command(fmt.arg(validator::manifest()))
        .context("run `cargo fmt` in the validator's folder")?;
    progress::say("linting, by builds that the tests use too");
    clippy::check_denies()?;
    let mut build = child::host_cargo();
    clippy::within(everything(build.arg("build")).arg("--all-targets"));
    child::run_command(&mut build).context("correct what is named above")?;
    install_cargo_deny()?;
    progress::say("checking licences and banned crates");
    child::run_command(child::host_cargo().args(["deny", "check", "bans", "licenses"]))
        .context("change the dependency, or allow it in deny.toml with the reason")
}

fn install_cargo_deny() -> Result<()> {
    if child::output_if_ok(child::host_cargo().args(["deny", "--version"])).is_some() {
        return Ok(());
    }
    let mut step = Step::start("installing cargo-deny (once per machine, about 3 min)");
    let mut install = child::quick_install("cargo-deny");
    step.run_command(install.arg(JOBS))
        .context("check the network, then run `cargo install --locked cargo-deny`")?;
    step.done();
    Ok(())
}

/// Tells the command where the programs are.
fn with_programs(mut command: Command) -> Command {
    command.env("FREEBOARD_DEPLOY_DIR", workspace::deploy_dir());
    command
}
