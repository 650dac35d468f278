//! The exact reference against the core: its own tests, fresh points of ln and 2^-x, fresh random cases.
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{child, progress, workspace};

/// Points of each function.
const MATH_POINTS: &str = "100000";

/// Runs the reference's tests, checks the versioned vectors, and compares `freeboard` on `cases` random
/// margin cases and as many volatility cases drawn from `seed`. `math_points` is the core's test of the
/// points of ln and 2^-x, which it finds by `FREEBOARD_MATH_POINTS`.
pub fn check_reference(
    freeboard: &Path,
    math_points: &mut Command,
    cases: usize,
    seed: u64,
) -> Result<()> {
    let reference = Reference::ready()?;
    progress::say("testing the exact reference");
    child::run_command(&mut reference.script("test_reference.py", &[]))?;
    progress::say("comparing the versioned vectors with the exact reference");
    child::run_command(&mut reference.script("generate.py", &["--check"]))?;
    reference.check_math(math_points)?;
    for kind in ["margin", "vol"] {
        progress::say(format!(
            "comparing {cases} random {kind} cases, seed {seed}"
        ));
        reference.compare(freeboard, kind, cases, seed)?;
    }
    Ok(())
}

/// Certifies the constants that the proofs of docs/proofs stand on, by the reference's enclosures.
pub fn certify_proof_constants() -> Result<()> {
    let constants = workspace::root().join("crates/risk/src/number/math.rs");
    let proofs = workspace::root().join("docs/proofs");
    let mut script = Reference::ready()?.script("proof_constants.py", &[]);
    child::run_command(script.arg(constants).arg(proofs))
}

/// A Python that has what the reference needs.
struct Reference {
    python: PathBuf,
    folder: PathBuf,
    output: PathBuf,
}

impl Reference {
    /// The machine's Python where it has the pinned mpmath, else an environment of the project's own.
    fn ready() -> Result<Self> {
        let folder = workspace::root().join("reference");
        let output = workspace::root().join("target/reference");
        std::fs::create_dir_all(&output)?;
        let requirements = std::fs::read_to_string(folder.join("requirements.txt"))?;
        let pinned = requirements
            .lines()
            .find_map(|line| line.strip_prefix("mpmath=="))
            .context("requirements.txt pins no mpmath")?;
        let has_mpmath = |python: &Path| {
            let version = ["-c", "import mpmath; print(mpmath.__version__)"];
            child::output_if_ok(child::clean(python).args(version))
                .is_some_and(|text| text.trim() == pinned)
        };
        let of_machine = PathBuf::from("python3");
        let of_project = output.join("venv/bin/python");
        let python = if has_mpmath(&of_machine) {
            of_machine
        } else {
            if !has_mpmath(&of_project) {
                progress::say("installing mpmath for the exact reference");
                let venv = output.join("venv");
                child::run_command(child::clean("python3").args(["-m", "venv"]).arg(&venv))
                    .context("the exact reference needs Python 3.11 or later with venv")?;
                let install = ["-m", "pip", "install", "--quiet", "-r"];
                child::run_command(
                    child::clean(&of_project)
                        .args(install)
                        .arg(folder.join("requirements.txt")),
                )?;
            }
            of_project
        };
        Ok(Self {
            python,
            folder,
            output,
        })
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = child::clean(&self.python);
        command
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(self.folder.join(name))
            .args(arguments);
        command
    }

    /// Runs a command with its standard output in a file.
    fn run_into(&self, command: &mut Command, file: &str) -> Result<PathBuf> {
        let path = self.output.join(file);
        child::run_command(command.stdout(Stdio::from(File::create(&path)?)))?;
        Ok(path)
    }

    fn check_math(&self, test: &mut Command) -> Result<()> {
        progress::say(format!(
            "comparing ln and 2^-x at {MATH_POINTS} points each"
        ));
        for function in ["ln", "exp2"] {
            let mut script = self.script("math_points.py", &[function, MATH_POINTS]);
            self.run_into(&mut script, &format!("{function}.txt"))?;
        }
        child::run_command(test.env("FREEBOARD_MATH_POINTS", &self.output))
    }

    fn compare(&self, freeboard: &Path, kind: &str, cases: usize, seed: u64) -> Result<()> {
        let (count, seed) = (cases.to_string(), seed.to_string());
        let random = ["--random", &count, "--seed", &seed, "--kind", kind];
        let vectors = format!("{kind}.jsonl");
        let vectors = self.run_into(&mut self.script("generate.py", &random), &vectors)?;
        let inputs = self.output.join(format!("{kind}_input.jsonl"));
        std::fs::write(&inputs, inputs_of(&std::fs::read_to_string(&vectors)?)?)?;
        let mut evaluate = Command::new(freeboard);
        evaluate.args([kind, "--lines"]).stdin(File::open(&inputs)?);
        let answers = self.run_into(&mut evaluate, &format!("{kind}_answers.jsonl"))?;
        let mut compare = self.script("compare.py", &[]);
        child::run_command(compare.arg(&vectors).arg(&answers))
    }
}

/// The inputs of vectors, one JSON line each.
fn inputs_of(vectors: &str) -> Result<String> {
    let mut inputs = String::new();
    for line in vectors.lines() {
        let vector: serde_json::Value = serde_json::from_str(line)?;
        ensure!(vector["input"].is_object(), "a vector without input");
        inputs.push_str(&vector["input"].to_string());
        inputs.push('\n');
    }
    Ok(inputs)
}
