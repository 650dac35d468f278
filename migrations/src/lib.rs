//! Takes a cluster from nothing to a running exchange: a plan, then its steps, each once.
//!
//! A [`Deployment`] says what is to be there. A [`Survey`] is what the cluster has. The [`Plan`] made of both names each step,
//! what it costs, who signs it, and whether it is done, can be done now, waits, or needs another signer. [`Deployer`] carries
//! out what can be done, one step at a time, and reads the cluster again after each: a run that was stopped is simply repeated.
//!
//! The local network is set up by the same code; only its [`Attendant`] moves the chain's clock where others sleep.
//!
//! | module | what it holds |
//! |---|---|
//! | [`deployment`] | the deployment file, checked |
//! | `holders` | whether those who get power can sign |
//! | [`keys`] | the keypairs that can sign here |
//! | [`feeds`] | where a feed's price account is |
//! | [`survey`] | what the cluster has |
//! | [`plan`] | steps and their states, from survey and deployment |
//! | [`tasks`] | the instructions of each step |
//! | [`loader`] | what the upgradeable loader has: program, bytes, buffer |
//! | [`write`] | the program's bytes, written in parallel |
//! | [`guards`] | what is refused before anything is sent |
//! | [`deployer`] | carrying out, waiting, checking |
//! | [`report`] | plan and result as people and programs read them |
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod deployer;
pub mod deployment;
pub mod feeds;
pub mod guards;
mod holders;
pub mod keys;
pub mod loader;
pub mod plan;
pub mod report;
pub mod survey;
pub mod tasks;
pub mod write;

pub use deployer::{Attendant, DeployOptions, Deployer, Outcome, Sleeper, Waited};
pub use deployment::Deployment;
pub use keys::Keyring;
pub use plan::{Plan, Step, StepState, Waiting};
pub use survey::Survey;
pub use tasks::Task;
