//! `cargo xtask proofs`: the error bounds of whitepaper §10.1 to §10.3, proved by Gappa from the scripts of docs/proofs.
//!
//! A script holds no number of its own that the text or the core has too: it takes them from there ([`script`]). So a
//! proof is about what the text says and what the core computes with. Each script also names numbers that are too loose, and
//! of each of these it must fail.
mod gappa;
mod models;
mod script;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};

use crate::progress::Step;
use crate::{progress, reference, workspace};
use gappa::{Gappa, Verdict};
use script::{Script, Values};

/// Proves at once; more would need more cores than the smallest machine has.
const THREADS: usize = 2;

/// Checks the scripts against text and core, certifies their constants, then proves them. Without Gappa it does the first two, and
/// says that nothing was proved and why.
pub fn prove_bounds() -> Result<()> {
    let scripts = scripts()?;
    models::require_unchanged(&scripts)?;
    let questions = questions(&scripts)?;
    progress::say("certifying the constants of the proofs");
    reference::certify_proof_constants()?;
    let gappa = match Gappa::ready() {
        Ok(gappa) => gappa,
        Err(error) => {
            println!("SKIPPED: nothing was proved, there is no Gappa here: {error:#}");
            return Ok(());
        }
    };
    let step = Step::start(format!("proving, with {}", gappa.version()?));
    let wrong = run(&gappa, &questions)?;
    step.done();
    for script in &scripts {
        println!(
            "{:24} {} goals, {} looser ones refused",
            script.name,
            script.goals().len(),
            script.loosened.len()
        );
    }
    ensure!(
        wrong.is_empty(),
        "not as it should be:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

/// The scripts, by name.
fn scripts() -> Result<Vec<Script>> {
    let folder = workspace::root().join("docs/proofs");
    let entries = fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))?;
    let mut scripts = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "gappa") {
            let name = path.file_name().context("a file has a name")?;
            let name = name.to_string_lossy().into_owned();
            let script = Script::parse(&name, &fs::read_to_string(&path)?)
                .with_context(|| format!("in {name}"))?;
            scripts.push(script);
        }
    }
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(scripts)
}

/// A file of the repository, by its path from the root.
fn read(path: &str) -> Result<String> {
    let file = workspace::root().join(path);
    fs::read_to_string(&file).with_context(|| format!("no {path}"))
}

/// One question for Gappa: goals that are all proved, or are not.
struct ProofTask {
    /// What is asked, for people.
    what: String,
    goals: Vec<PathBuf>,
    expected: Verdict,
}

/// Writes what Gappa is asked into target/proofs: each script as it stands, then with each looser number.
fn questions(scripts: &[Script]) -> Result<Vec<ProofTask>> {
    let folder = workspace::root().join("target/proofs");
    fs::create_dir_all(&folder)?;
    let mut questions = Vec::new();
    for script in scripts {
        let values = script
            .values(&read)
            .with_context(|| format!("in docs/proofs/{}", script.name))?;
        let mut add = |what: String, name: String, values: &Values, expected| -> Result<()> {
            let goals = script.filled(values)?.into_iter().enumerate();
            let goals = goals.map(|(number, goal)| {
                let path = folder.join(format!("{name}-{number}.gappa"));
                fs::write(&path, goal).map(|()| path)
            });
            questions.push(ProofTask {
                what,
                goals: goals.collect::<std::io::Result<_>>()?,
                expected,
            });
            Ok(())
        };
        let stem = script.name.trim_end_matches(".gappa").to_owned();
        add(script.name.clone(), stem.clone(), &values, Verdict::Proved)?;
        for (number, loosened) in script.loosened.iter().enumerate() {
            let mut values = values.clone();
            values.insert(loosened.name.clone(), loosened.value.clone());
            let what = format!(
                "{} with {} = {} ({})",
                script.name, loosened.name, loosened.value, loosened.why
            );
            let name = format!("{stem}-looser-{number}");
            add(what, name, &values, Verdict::NotProved)?;
        }
    }
    Ok(questions)
}

/// Asks Gappa; returns the questions that ended otherwise than expected.
fn run(gappa: &Gappa, questions: &[ProofTask]) -> Result<Vec<String>> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (verdict, told) = gappa
                .ask(&question.goals)
                .with_context(|| format!("in {}", question.what))?;
            if verdict != question.expected {
                wrong.push(match verdict {
                    Verdict::NotProved => format!("{}: not proved\n{told}", question.what),
                    Verdict::Proved => format!("{}: proved, and it must not be", question.what),
                });
            }
        }
        Ok(wrong)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let mut wrong = Vec::new();
        for thread in threads {
            match thread.join() {
                Ok(found) => wrong.extend(found?),
                Err(_) => bail!("a thread of the proofs ended early"),
            }
        }
        Ok(wrong)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_every_script_stands_in_the_text_or_the_core() {
        let scripts = scripts().unwrap();
        assert!(scripts.len() >= 12, "{} scripts", scripts.len());
        for script in &scripts {
            let values = script.values(&read);
            let values = values.unwrap_or_else(|error| panic!("{}: {error:#}", script.name));
            assert!(!script.goals().is_empty(), "{}", script.name);
            assert!(!script.loosened.is_empty(), "{}", script.name);
            script.filled(&values).unwrap();
        }
    }

    #[test]
    fn every_script_is_explained_and_every_bound_of_the_text_has_one() {
        let (readme, scripts) = (read("docs/proofs/README.md").unwrap(), scripts().unwrap());
        for script in &scripts {
            let name = &script.name;
            assert!(readme.contains(&format!("]({name})")), "{name}");
        }
        for row in [
            "| ln |",
            "| 2^x |",
            "| √ |",
            "| k·√h |",
            "| price of one atom |",
            "| fraction (σ, u, shocks) |",
            "| variance |",
            "2⁻⁶⁰ relative + {} units",
            "the whole error is added once: {}·(G + M)",
            "Each sample adds at most {} units",
        ] {
            let takes = |script: &Script| script.takes.iter().any(|t| t.pattern.contains(row));
            assert!(scripts.iter().any(takes), "{row}");
        }
    }

    #[test]
    fn the_functions_are_those_that_were_proved() {
        models::require_unchanged(&scripts().unwrap()).unwrap();
    }

    /// The core's own text with a bound that is too small, and the whitepaper's with one that is too good.
    #[test]
    fn a_looser_core_and_a_bolder_text_are_not_proved() {
        let Some(gappa) = Gappa::present() else {
            eprintln!("skipped: no Gappa here; `cargo xtask proofs` fetches it");
            return;
        };
        let scripts = scripts().unwrap();
        let named = |name: &str| scripts.iter().find(|script| script.name == name).unwrap();
        let verdict = |script: &Script, file: &str, from: &str, to: &str| {
            let changed = |path: &str| {
                let text = read(path)?;
                if path == file {
                    assert_eq!(text.matches(from).count(), 1, "{from}");
                    return Ok(text.replace(from, to));
                }
                Ok(text)
            };
            let values = script.values(&changed).unwrap();
            let folder = std::env::temp_dir().join(format!("proofs-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            let mut goals = Vec::new();
            for (number, goal) in script.filled(&values).unwrap().into_iter().enumerate() {
                goals.push(folder.join(format!("{number}.gappa")));
                fs::write(&goals[number], goal).unwrap();
            }
            let (verdict, _) = gappa.ask(&goals).unwrap();
            fs::remove_dir_all(folder).unwrap();
            verdict
        };
        let (core, paper) = ("crates/risk/src/number/math.rs", "docs/whitepaper.md");
        let (error, width) = ("const EXP2_ERROR: u64 = 7;", "enclosure 5 units wide");
        let exp2 = named("exp2.gappa");
        assert_eq!(verdict(exp2, core, error, error), Verdict::Proved);
        let smaller = "const EXP2_ERROR: u64 = 4;";
        assert_eq!(verdict(exp2, core, error, smaller), Verdict::NotProved);
        let narrower = "enclosure 3 units wide";
        assert_eq!(verdict(exp2, paper, width, narrower), Verdict::NotProved);
    }
}
