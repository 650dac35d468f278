//! `cargo xtask`: the project's own commands. Each does the set-up it needs on a machine that has
//! only rustup's stable Rust. Progress goes to standard error, results to standard output.

mod artifacts;
mod child;
mod clippy;
mod compiler;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod floor_plan;
mod idl;
#[cfg(test)]
mod names;
mod progress;
mod proofs;
mod reference;
mod sbf;
mod tasks;
mod validator;
mod verify;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use sbf::{Choice, shim};

/// Builds, tests, shows and measures Freeboard.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct XtaskArguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the programs and the IDL into target/deploy and target/idl
    Build {
        /// Which tools compile the programs
        #[arg(long, value_enum, default_value = "auto", env = "FREEBOARD_BUILDER")]
        builder: Choice,
        /// Only write a `cargo-build-sbf` into DIR: with DIR first on PATH, `anchor build` works
        /// without platform-tools
        #[arg(long, value_name = "DIR")]
        shim: Option<PathBuf>,
    },
    /// Build, then run every test
    Test {
        /// Leave out the tests that take long to compile (solana-program-test)
        #[arg(long)]
        fast: bool,
        /// Run the named properties of the core on 1,000,000 cases each, then random actions on the
        /// programs, seed after seed until stopped
        #[arg(long, conflicts_with_all = ["fast", "arguments"])]
        deep: bool,
        /// Let --deep end after so many seeds on each exchange
        #[arg(long, requires = "deep")]
        seeds: Option<u64>,
        /// Arguments for the test binaries
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Build, then run the demo with these arguments
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build, then start a local network with an exchange, money and moving prices; `--help` has its arguments
    #[command(disable_help_flag = true)]
    Localnet {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build the local network's validator, which `localnet` and `test` otherwise do when they need it
    BuildValidator,
    /// Build, then measure the compute units of each instruction
    Bench {
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
        /// Fail if a figure has drifted from the recorded one
        #[arg(long)]
        check: bool,
        /// Record the figures
        #[arg(long)]
        update: bool,
    },
    /// Build, then load the keeper: storms, faults; or count valuations, optimised. `--help` has the arguments
    #[command(disable_help_flag = true)]
    Load {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Compare the core with the exact reference (needs Python 3.11)
    Reference {
        /// Random cases of each kind
        #[arg(long, default_value_t = 1_000)]
        cases: usize,
        /// What the cases are drawn from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Prove the error bounds of the arithmetic with Gappa, from the scripts of docs/proofs; fetches it where it is missing
    Proofs,
    /// Build, then compare the program byte by byte with a deployed one
    Verify(VerifyArguments),
    /// Check format, lints, licences and banned crates
    Lint,
    /// Make the IDL of one program in this process
    #[command(hide = true)]
    Idl { library: String, target_dir: String },
    /// Stand in for `cargo build-sbf`
    #[command(hide = true, disable_help_flag = true, disable_version_flag = true)]
    BuildSbf {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// What the program just built is compared with: one of these.
#[derive(clap::Args)]
#[group(required = true, args = ["dump", "url", "twice"])]
struct VerifyArguments {
    /// What `solana program dump` or `freeboard-deploy dump` wrote
    dump: Option<PathBuf>,
    /// The program on the cluster of this node: an RPC address, or localhost, devnet, testnet, mainnet-beta
    #[arg(long)]
    url: Option<String>,
    /// Its address there; the declared one without this
    #[arg(long, requires = "url")]
    program: Option<String>,
    /// A second build, from nothing and in another folder
    #[arg(long)]
    twice: bool,
}

fn main() -> ExitCode {
    match run(XtaskArguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    // The hidden tasks run within another one, which has looked.
    if !matches!(task, Task::Idl { .. } | Task::BuildSbf { .. }) {
        compiler::warn_of_newer()?;
    }
    match task {
        Task::Build {
            shim: Some(folder), ..
        } => {
            let path = shim::write(&folder)?;
            progress::say(format!("wrote {}", path.display()));
            let folder = folder.canonicalize()?;
            println!("PATH={}:$PATH anchor build", folder.display());
            Ok(())
        }
        Task::Build {
            builder,
            shim: None,
        } => tasks::build(builder),
        Task::Test {
            deep: true, seeds, ..
        } => tasks::deep(seeds),
        Task::Test {
            fast, arguments, ..
        } => tasks::test(fast, &arguments),
        Task::Demo { arguments } => tasks::demo(&arguments),
        Task::Localnet { arguments } => tasks::localnet(&arguments),
        Task::Load { arguments } => tasks::load(&arguments),
        Task::BuildValidator => {
            println!("{}", validator::ready()?.display());
            Ok(())
        }
        Task::Bench {
            json,
            check,
            update,
        } => {
            let flags = [("--json", json), ("--check", check), ("--update", update)];
            let given = flags.iter().filter(|(_, given)| *given);
            tasks::bench(
                &given
                    .map(|(flag, _)| (*flag).to_owned())
                    .collect::<Vec<_>>(),
            )
        }
        Task::Reference { cases, seed } => tasks::reference(cases, seed),
        Task::Proofs => proofs::prove_bounds(),
        Task::Verify(arguments) => compare(&arguments),
        Task::Lint => tasks::lint(),
        Task::Idl {
            library,
            target_dir,
        } => idl::build_here(&library, &target_dir),
        Task::BuildSbf { arguments } => shim::build(&arguments),
    }
}

fn compare(with: &VerifyArguments) -> Result<()> {
    if with.twice {
        return verify::is_repeated(&tasks::build_twice()?);
    }
    tasks::build_programs(Choice::Auto)?;
    match (&with.dump, &with.url) {
        (None, Some(url)) => {
            let dump = tasks::dump_deployed(url, with.program.as_deref())?;
            verify::verify(&format!("the program at {url}"), &dump)
        }
        (dump, _) => {
            let dump = dump.as_deref().context("name a dump")?;
            verify::verify(&dump.display().to_string(), dump)
        }
    }
}
