//! Steps and their states: what a deployment still needs of what a cluster has.
use anchor_lang::prelude::Pubkey;
use anyhow::Result;
use freeboard_client::freeboard::ID;
use freeboard_client::network::Cluster;

use crate::deployment::Deployment;
use crate::holders::foreign_authority;
use crate::keys::Keyring;
use crate::survey::Survey;
use crate::tasks::{self, Ready, Task};

/// All steps, in the order in which they are done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What the payer needs for the steps that are not done, lamports, without priority fees.
    pub needed_lamports: u64,
    /// What does not stop the deployment and should be known.
    pub remarks: Vec<String>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is.
    pub task: Task,
    /// What it does, in words.
    pub title: String,
    /// What it costs.
    pub cost: Cost,
    /// Who signs it, beside the payer of the fee.
    pub signers: Vec<Pubkey>,
    /// How far it is.
    pub state: StepState,
}

/// What a step takes from the payer, lamports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Rent that stays in accounts.
    pub rent_lamports: u64,
    /// Rent that a later step gives back.
    pub lent_lamports: u64,
    /// Fees of its transactions, without priority fees.
    pub fee_lamports: u64,
}

impl Cost {
    /// Everything that leaves the payer.
    fn sum(&self) -> u64 {
        self.rent_lamports + self.lent_lamports + self.fee_lamports
    }
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It is done.
    Done,
    /// It can be done now.
    Now,
    /// It waits for the chain's clock or a price.
    Waits(Waiting),
    /// Not all of its signers can sign here.
    NeedsSigner(Unsigned),
    /// An earlier step comes first.
    Later,
    /// The cluster has something else than the deployment says, which no step changes.
    Differs(String),
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The chain's clock.
    Until {
        /// Unix seconds of that clock.
        unix_ts: i64,
        /// What that clock says now.
        now_ts: i64,
    },
    /// A price of this asset that a listing accepts.
    Price {
        /// The asset's name.
        asset: String,
        /// The account that is to hold it.
        price_account: Pubkey,
        /// What is wrong with it now.
        reason: String,
    },
}

/// A step for others to sign: a multisig's vault, a key that is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Who has yet to sign.
    pub missing: Vec<Pubkey>,
    /// The step's message in base 64, as a multisig imports it: legacy form, paid by the first of `missing`, its blockhash
    /// left blank.
    pub message_base64: String,
}

impl Plan {
    /// What is to be done on a cluster, read now.
    ///
    /// Errors: of the network; accounts that are not what they should be.
    pub async fn make(cluster: &Cluster, deployment: &Deployment, keys: &Keyring) -> Result<Self> {
        let survey = Survey::read(cluster, deployment, keys).await?;
        Ok(Self::of_survey(&survey, deployment, keys))
    }

    /// What is to be done where a survey found this.
    pub fn of_survey(survey: &Survey, deployment: &Deployment, keys: &Keyring) -> Self {
        let drafts = tasks::all(survey, deployment, keys);
        let steps = drafts.into_iter().map(|draft| {
            let state = match draft.ready {
                Ready::Done => StepState::Done,
                Ready::Later => StepState::Later,
                Ready::Waits(waiting) => StepState::Waits(waiting),
                Ready::Differs(how) => StepState::Differs(how),
                Ready::Now => match keys.missing(&draft.signers) {
                    missing if missing.is_empty() => StepState::Now,
                    missing if missing.contains(&ID) => StepState::Differs(format!(
                        "the keypair of {ID} is not here: name its file as `program.keypair`"
                    )),
                    missing => {
                        let payer = missing[0];
                        let instructions = draft.task.instructions(survey, deployment, payer);
                        StepState::NeedsSigner(Unsigned {
                            message_base64: tasks::message_base64(&payer, &instructions),
                            missing,
                        })
                    }
                },
            };
            Step {
                task: draft.task,
                title: draft.title,
                cost: draft.cost,
                signers: draft.signers,
                state,
            }
        });
        let steps: Vec<Step> = steps.collect();
        let mut remarks = survey.remarks.clone();
        remarks.extend(foreign_authority(survey, deployment, keys));
        let held_lamports = survey.buffer.map_or(0, |buffer| buffer.lamports);
        Self {
            needed_lamports: needed_lamports(&steps, held_lamports),
            steps,
            remarks,
        }
    }

    /// The first step that can be done now.
    pub fn next_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.state == StepState::Now)
    }

    /// What is waited for first.
    pub fn next_wait(&self) -> Option<&Waiting> {
        let waits = self.steps.iter().filter_map(|step| match &step.state {
            StepState::Waits(waiting) => Some(waiting),
            _ => None,
        });
        waits.min_by_key(|waiting| match waiting {
            Waiting::Price { .. } => i64::MIN,
            Waiting::Until { unix_ts, .. } => *unix_ts,
        })
    }

    /// Whether every step is done.
    pub fn is_finished(&self) -> bool {
        self.steps.iter().all(|step| step.state == StepState::Done)
    }
}

/// What the payer needs for these steps, lamports. The bytes of a first deployment are paid for by the buffer that it
/// empties, so that the larger of both counts; what the buffer holds already counts as the payer's.
fn needed_lamports(steps: &[Step], held_lamports: u64) -> u64 {
    let open = || steps.iter().filter(|step| step.state != StepState::Done);
    let cost = |task| open().find(|step| step.task == task).map(|step| step.cost);
    let all: u64 = open().map(|step| step.cost.sum()).sum();
    let written = cost(Task::WriteBuffer).map_or(0, |cost| cost.lent_lamports);
    let Some(deployed) = cost(Task::DeployProgram) else {
        return all;
    };
    let deployed = deployed.rent_lamports;
    all - written - deployed + written.max(deployed.saturating_sub(held_lamports))
}
