//! A local network of a test's own, and the binaries that people run on it.
#![forbid(unsafe_code)]

mod binaries;
mod door;
pub mod runbook;
mod stage;

pub use binaries::{KeeperProcess, ShellAnswer, deploy, deploy_and_kill};
pub use door::{Door, KeptPorts};
pub use runbook::Runbook;
pub use stage::{NOTIFIED, Stage};
