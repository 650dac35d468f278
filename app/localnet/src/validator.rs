//! The validator as a process: started, waited for, stopped.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long it may take until it serves.
const START: Duration = Duration::from_secs(40);
/// How long it may take to end by itself.
const END: Duration = Duration::from_secs(2);
/// What it says once it serves.
const READY: &str = "ready";

/// Where it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidatorPorts {
    /// Port of JSON-RPC; that of subscriptions is the next.
    pub rpc: u16,
}

impl ValidatorPorts {
    /// Two neighbouring ports that nobody uses now: for networks beside each other.
    ///
    /// Errors: there are none.
    pub fn free() -> Result<Self> {
        for _ in 0..100 {
            let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let rpc = first.local_addr()?.port();
            let next = rpc.checked_add(1);
            if next.is_some_and(|next| TcpListener::bind((Ipv4Addr::LOCALHOST, next)).is_ok()) {
                return Ok(Self { rpc });
            }
        }
        bail!("no two neighbouring ports are free")
    }

    /// Address of JSON-RPC.
    pub fn url(self) -> String {
        format!("http://127.0.0.1:{}", self.rpc)
    }
}

/// A running validator; it ends when this is dropped, or when this process ends in whatever way.
#[derive(Debug)]
pub struct ValidatorProcess {
    child: Child,
}

impl ValidatorProcess {
    /// Starts the validator at these ports with the chain's clock at `clock_ts`, unix seconds, and returns once it serves.
    ///
    /// Errors: what it says, such as that a port is in use.
    pub fn start(binary: &Path, ports: ValidatorPorts, clock_ts: i64) -> Result<Self> {
        let mut child = Command::new(binary)
            .args(["--until-stdin-ends", "--rpc-port", &ports.rpc.to_string()])
            .args(["--clock", &clock_ts.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // The terminal's Ctrl-C is for this process, which stops it in its own time.
            .process_group(0)
            .spawn()
            .with_context(|| {
                format!(
                    "the validator {} does not start; `cargo xtask build-validator` makes it",
                    binary.display()
                )
            })?;
        let output = child.stdout.take().context("it has an output")?;
        let errors = child.stderr.take().context("it has an output")?;
        let this = Self { child };
        let (ready_tx, ready) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line == READY {
                    let _ = ready_tx.send(());
                }
            }
        });
        match ready.recv_timeout(START) {
            Ok(()) => {
                std::thread::spawn(move || pass_on(errors));
                Ok(this)
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                bail!("the validator does not serve after {} s", START.as_secs())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let mut said = String::new();
                BufReader::new(errors).read_to_string(&mut said)?;
                let said = said
                    .trim()
                    .trim_start_matches("error: ")
                    .replace("--rpc-port", "--port");
                bail!("{said}")
            }
        }
    }

    /// Changes the length of a slot, milliseconds. The clock runs as before: it is the slots that are more or fewer.
    ///
    /// Errors: it has ended.
    pub fn set_slot_ms(&mut self, ms: u64) -> Result<()> {
        let input = self.child.stdin.as_mut();
        let input = input.context("the validator has no input")?;
        writeln!(input, "slot-ms {ms}").context("the validator has ended")
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for ValidatorProcess {
    /// Ends its input, which it takes as a request to stop, and stops it if it does not.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let start = Instant::now();
        while start.elapsed() < END {
            if !self.is_running() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says later goes to the log.
fn pass_on(errors: impl Read) {
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        tracing::warn!("validator: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_are_neighbours() {
        let ports = ValidatorPorts::free().unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, ports.rpc)).is_ok());
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, ports.rpc + 1)).is_ok());
    }

    #[test]
    fn what_a_validator_says_before_it_ends_is_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("validator");
        let text = "#!/bin/sh\necho 'error: port 1 is in use; give another port by --rpc-port' >&2\nexit 1\n";
        std::fs::write(&script, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&script, mode).unwrap();
        let ports = ValidatorPorts { rpc: 1 };
        let error = ValidatorProcess::start(&script, ports, 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "port 1 is in use; give another port by --port"
        );
        let error = ValidatorProcess::start(&folder.path().join("none"), ports, 0).unwrap_err();
        assert!(error.to_string().contains("build-validator"), "{error}");
    }
}
