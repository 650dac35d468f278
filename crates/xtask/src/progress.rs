//! Progress of long steps, always on standard error: a spinner on a terminal, plain lines elsewhere.

use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::child;

/// How often a step without a terminal says that it is still at work.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How much of a failed command's output is shown.
const SHOWN_LINES: usize = 40;

/// Prints one line of progress.
pub fn say(line: impl AsRef<str>) {
    eprintln!("==> {}", line.as_ref());
}

/// A step under way; ends with [`Step::done`], or silently when dropped.
pub struct Step {
    text: String,
    bar: Option<ProgressBar>,
    started: Instant,
    last_sign: Instant,
}

impl Step {
    /// Announces a step.
    pub fn start(text: impl Into<String>) -> Self {
        let text = text.into();
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner().with_message(text.clone());
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
            bar.set_style(style.expect("a valid template"));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            say(&text);
        }
        let now = Instant::now();
        Self {
            text,
            bar,
            started: now,
            last_sign: now,
        }
    }

    /// Shows that the step is still at work.
    fn beat(&mut self) {
        if self.bar.is_none() && self.last_sign.elapsed() >= HEARTBEAT {
            self.last_sign = Instant::now();
            eprintln!(
                "    still at it after {} s: {}",
                self.started.elapsed().as_secs(),
                self.text
            );
        }
    }

    /// Ends the step with the time it took.
    pub fn done(self) {
        let seconds = self.started.elapsed().as_secs_f64();
        match &self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                say(format!("{} ({seconds:.1} s)", self.text));
            }
            None => eprintln!("    done in {seconds:.1} s"),
        }
    }

    /// Runs a command within this step; its output is shown only if it fails.
    pub fn run_command(&mut self, command: &mut Command) -> Result<()> {
        let text = child::shown(command);
        let mut log = temporary_file()?;
        let mut running = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .spawn()
            .with_context(|| format!("cannot start `{text}`"))?;
        let status = loop {
            if let Some(status) = running.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(50));
            self.beat();
        };
        if !status.success() {
            let mut printed = Vec::new();
            log.seek(SeekFrom::Start(0))?;
            log.read_to_end(&mut printed)?;
            let printed = String::from_utf8_lossy(&printed);
            bail!(
                "`{text}` failed ({status}):\n{}",
                last_lines(&printed, SHOWN_LINES)
            );
        }
        Ok(())
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Waits until no other command works in this folder, saying so; the lock ends with the returned file.
pub fn lock(folder: &Path, waiting: &str) -> Result<File> {
    let file = File::create(folder.join("lock"))?;
    if file.try_lock().is_err() {
        let step = Step::start(waiting);
        file.lock()?;
        step.done();
    }
    Ok(file)
}

/// Returns an open file without a name.
fn temporary_file() -> Result<File> {
    let path = std::env::temp_dir().join(format!("freeboard-xtask-{}.log", std::process::id()));
    let file = File::options()
        .read(true)
        .append(true)
        .create(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_shows_the_end_of_its_output() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let error = Step::start("failing")
            .run_command(&mut command)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("exit status: 3") && error.ends_with("one\ntwo"),
            "{error}"
        );
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
    }
}
