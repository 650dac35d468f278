//! The real keeper, as a process.
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// Where what it says goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeeperLog {
    /// A file.
    Kept,
    /// A device that is always full.
    FullDisk,
}

/// A running keeper; it is killed when this is dropped.
pub struct MeasuredKeeper {
    child: Child,
    log: PathBuf,
}

impl MeasuredKeeper {
    /// Starts it with this configuration; what it says goes beside that.
    pub fn start(config: &Path, log: KeeperLog) -> Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("freeboard-keeper");
        ensure!(
            binary.is_file(),
            "{} is missing: `cargo xtask load` builds it",
            binary.display()
        );
        let path = match log {
            KeeperLog::Kept => config.with_extension("log"),
            KeeperLog::FullDisk => "/dev/full".into(),
        };
        let file = File::options()
            .append(true)
            .create(log == KeeperLog::Kept)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        let child = Command::new(&binary)
            .args(["run", "--open-account", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("the keeper does not start")?;
        Ok(Self { child, log: path })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The last lines that it wrote.
    pub fn last_words(&self) -> String {
        let all = match self.log.starts_with("/dev") {
            true => String::new(),
            false => std::fs::read_to_string(&self.log).unwrap_or_default(),
        };
        let lines: Vec<&str> = all.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        for _ in 0..100 {
            if !self.is_alive() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for MeasuredKeeper {
    fn drop(&mut self) {
        self.kill();
    }
}
