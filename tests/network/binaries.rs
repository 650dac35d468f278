//! The binaries as people run them: by their command line, without anything of this machine's own configuration.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// What `freeboard` answered.
#[derive(Clone, Debug)]
pub struct ShellAnswer {
    /// Its exit status.
    pub status: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl ShellAnswer {
    /// The envelope of `--json`; null where the output is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or(Value::Null)
    }
}

/// What there is to type.
const BINARIES: [&str; 3] = ["freeboard", "freeboard-deploy", "freeboard-keeper"];

/// Where cargo puts the binaries: beside the folder of this test's own.
fn binary(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe().context("this test has a path")?;
    let folder = test.ancestors().nth(2).context("cargo's target folder")?;
    let path = folder.join(name);
    if !path.is_file() {
        bail!("{} is missing: build the whole workspace", path.display());
    }
    Ok(path)
}

/// A line as it is typed in a folder, without quotes, and without anything of this machine's own configuration.
///
/// Errors: it begins with none of the binaries, or with one that was not built.
pub(crate) fn typed(folder: &Path, line: &str) -> Result<Command> {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default();
    ensure!(BINARIES.contains(&name), "`{line}`: {name} is not run here");
    let mut command = Command::new(binary(name)?);
    command
        .current_dir(folder)
        .args(words)
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::null());
    Ok(command)
}

/// A line of `freeboard-deploy`, whose payer's key is in the folder.
fn deployment(folder: &Path, line: &str) -> Result<Command> {
    let mut command = typed(folder, line)?;
    command.env("FREEBOARD_KEYPAIR", folder.join("payer.json"));
    Ok(command)
}

/// Runs a line of `freeboard-deploy` in a folder, paid by the `payer.json` there.
///
/// Errors: it does not start.
pub fn deploy(folder: &Path, line: &str) -> Result<ShellAnswer> {
    answer(deployment(folder, line)?)
}

/// Runs it and ends it in the middle of whatever it does once `when` holds.
///
/// Errors: it does not start, or ends before.
pub fn deploy_and_kill(folder: &Path, line: &str, when: impl Fn() -> bool) -> Result<()> {
    let mut child = deployment(folder, line)?
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("freeboard-deploy does not start")?;
    while !when() {
        if child.try_wait()?.is_some() {
            bail!("freeboard-deploy ended before it was killed");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Runs a command to its end.
pub(crate) fn answer(mut command: Command) -> Result<ShellAnswer> {
    let output = command.output().context("the binary does not start")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(ShellAnswer {
        status: output.status.code().unwrap_or(-1),
        output: text(&output.stdout),
        errors: text(&output.stderr),
    })
}

/// A running keeper; it is killed when this is dropped.
#[derive(Debug)]
pub struct KeeperProcess {
    child: Child,
    log: PathBuf,
}

impl KeeperProcess {
    /// Starts what runs until it is stopped; what it says goes to `log`.
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        let written = std::fs::File::create(&log)?;
        let child = command
            .stdout(written.try_clone()?)
            .stderr(written)
            .spawn()
            .context("the keeper does not start")?;
        Ok(Self { child, log })
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it answers over HTTP at this path, head and body; none while it does not listen.
    pub fn http(&self, path: &str) -> Option<String> {
        let log = self.log();
        let mut lines = log.lines();
        let told = lines.find_map(|line| line.split_once("/healthz address="))?;
        let mut stream = TcpStream::connect(told.1.trim()).ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: keeper\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop, and returns its exit status; none where it does not end in time.
    pub fn stop(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        for _ in 0..100 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        None
    }
}

impl Drop for KeeperProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
