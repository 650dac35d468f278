//! Carries out a plan: what can be done now is done, one step at a time, and the cluster is read again after each.
use std::future::Future;
use std::time::Duration;

use anyhow::{Result, bail};
use freeboard_client::network::{Cluster, SendOptions};
use solana_signer::Signer;
use tokio::time::{Instant, sleep};

use crate::deployment::Deployment;
use crate::guards;
use crate::keys::Keyring;
use crate::plan::{Plan, Step, StepState, Waiting};
use crate::survey::{Survey, Surveyor};
use crate::tasks::Task;
use crate::write::{WriteOptions, Writer};

/// How long the node may take to show what a confirmed transaction has done.
const LAG: Duration = Duration::from_secs(30);
/// How often it is asked.
const POLL: Duration = Duration::from_millis(200);

/// How a deployment is sent.
#[derive(Clone, Debug, Default)]
pub struct DeployOptions {
    /// Of every transaction but those that write the program's bytes.
    pub send: SendOptions,
    /// Of those.
    pub write: WriteOptions,
}

/// What to do after a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Look again.
    Over,
    /// Leave the rest to a later run.
    GiveUp,
}

/// Is told what happens, and waits: a tool sleeps, the local network moves the chain's clock.
pub trait Attendant: Send {
    /// Returns when it is worth looking again, or not to wait at all.
    ///
    /// Errors: its own; they end the run.
    fn wait(&mut self, waiting: &Waiting) -> impl Future<Output = Result<Waited>> + Send;

    /// A step begins.
    fn begins(&mut self, step: &Step) {
        let _ = step;
    }

    /// Bytes of the program that are on the cluster, of how many.
    fn writes(&mut self, written: usize, total: usize) {
        let _ = (written, total);
    }

    /// A step is done, by this transaction; by several where none is given.
    fn ends(&mut self, step: &Step, signature: Option<&str>) {
        let _ = (step, signature);
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The plan as it stands now.
    pub plan: Plan,
    /// What the cluster has now.
    pub survey: Survey,
}

impl Outcome {
    /// Whether everything is as the deployment says.
    pub fn is_finished(&self) -> bool {
        self.plan.is_finished()
    }
}

/// A deployment onto a cluster, with the keys at hand.
pub struct Deployer<'a> {
    cluster: &'a Cluster,
    deployment: &'a Deployment,
    keys: &'a Keyring,
    options: DeployOptions,
}

impl<'a> Deployer<'a> {
    /// Of this deployment onto this cluster by these keys.
    pub fn new(cluster: &'a Cluster, deployment: &'a Deployment, keys: &'a Keyring) -> Self {
        Self {
            cluster,
            deployment,
            keys,
            options: DeployOptions::default(),
        }
    }

    /// The same, sent in another way.
    #[must_use]
    pub fn with_options(mut self, options: DeployOptions) -> Self {
        self.options = options;
        self
    }

    /// Does everything that can be done with the keys at hand, and waits as long as the attendant will.
    ///
    /// Errors: the wrong cluster, mainnet without a contact, too little SOL; else the first step that fails, named, with
    /// what to do. What was done until then stays done.
    pub async fn carry_out(&self, attendant: &mut impl Attendant) -> Result<Outcome> {
        guards::check_contact(self.deployment)?;
        guards::check_cluster(self.cluster, self.deployment.cluster).await?;
        let mut surveyor = Surveyor::new(self.cluster, self.deployment, self.keys);
        let mut is_first = true;
        loop {
            let survey = surveyor.survey().await?;
            let plan = Plan::of_survey(&survey, self.deployment, self.keys);
            if std::mem::take(&mut is_first) {
                guards::check_balance(&plan, &survey)?;
            }
            if let Some(step) = plan.next_step() {
                attendant.begins(step);
                let signature = self
                    .perform(step, &survey, attendant)
                    .await
                    .map_err(|error| error.context(format!("this step failed: {}", step.title)))?;
                self.require_done(&mut surveyor, step, signature.as_deref())
                    .await?;
                attendant.ends(step, signature.as_deref());
                continue;
            }
            let waited = match plan.next_wait() {
                Some(waiting) => attendant.wait(waiting).await?,
                None => Waited::GiveUp,
            };
            if waited == Waited::GiveUp {
                return Ok(Outcome { plan, survey });
            }
        }
    }

    /// Sends what a step needs; returns the signature where it is one transaction.
    async fn perform(
        &self,
        step: &Step,
        survey: &Survey,
        attendant: &mut impl Attendant,
    ) -> Result<Option<String>> {
        if step.task == Task::WriteBuffer {
            let mut tell = |written, total| attendant.writes(written, total);
            let program = &self.deployment.program;
            let writer = Writer {
                cluster: self.cluster,
                keys: self.keys,
                send: &self.options.send,
                options: &self.options.write,
            };
            writer.write(survey, program, &mut tell).await?;
            return Ok(None);
        }
        let payer = self.keys.payer();
        let instructions = step.task.instructions(survey, self.deployment, payer);
        let mut signers: Vec<&dyn Signer> = vec![self.keys.payer_key()];
        for address in step.signers.iter().filter(|address| **address != payer) {
            match self.keys.signer(address) {
                Some(key) => signers.push(key),
                None => bail!("{address} has to sign and is not here"),
            }
        }
        let sent = self
            .cluster
            .send(&signers, &instructions, &self.options.send)
            .await?;
        Ok(Some(sent.signature.to_string()))
    }

    /// Reads the cluster until it shows the step done.
    ///
    /// Errors: it does not within 30 s.
    async fn require_done(
        &self,
        surveyor: &mut Surveyor<'_>,
        step: &Step,
        signature: Option<&str>,
    ) -> Result<()> {
        let end = Instant::now() + LAG;
        loop {
            let survey = surveyor.survey().await?;
            let plan = Plan::of_survey(&survey, self.deployment, self.keys);
            let same = plan.steps.iter().find(|one| one.task == step.task);
            // A step that is there only while it is needed is gone afterwards.
            let is_done = same.is_none_or(|one| one.state == StepState::Done);
            if is_done && (!step.task.moves_program() || survey.is_program_visible()) {
                return Ok(());
            }
            if Instant::now() >= end {
                bail!(
                    "{} was sent ({}) and confirmed, and the node at {} does not show it after {} s. Run the same command \
                     again: it goes on where the cluster is",
                    step.title,
                    signature.unwrap_or("several transactions"),
                    self.cluster.shown_url(),
                    LAG.as_secs()
                );
            }
            sleep(POLL).await;
        }
    }
}

/// Waits by sleeping, for as long as it was told to.
#[derive(Clone, Copy, Debug)]
pub struct Sleeper {
    /// The longest that it waits for one thing.
    pub patience: Duration,
}

impl Attendant for Sleeper {
    async fn wait(&mut self, waiting: &Waiting) -> Result<Waited> {
        Ok(sleep_for(waiting, &mut self.patience).await)
    }
}

/// Sleeps until it is worth looking again, at most a minute, and takes that from the patience; gives up where it does
/// not suffice.
pub async fn sleep_for(waiting: &Waiting, patience: &mut Duration) -> Waited {
    let needed = match waiting {
        Waiting::Until { unix_ts, now_ts } => unix_ts.saturating_sub(*now_ts).max(1),
        Waiting::Price { .. } => 5,
    };
    let needed = Duration::from_secs(needed.unsigned_abs());
    if needed > *patience {
        return Waited::GiveUp;
    }
    let now = needed.min(Duration::from_secs(60));
    *patience -= now;
    sleep(now).await;
    Waited::Over
}
