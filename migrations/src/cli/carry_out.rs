//! `plan` and `run`.
use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use dialoguer::Confirm;
use freeboard_client::network::{Cluster, FeePolicy, SendOptions};
use freeboard_migrations::write::WriteOptions;
use freeboard_migrations::{
    DeployOptions, Deployer, Deployment, Keyring, Outcome, Plan, Survey, guards, report,
};
use solana_cli_config::Config;

use super::attendant::Teller;
use super::{FAILED, Node, UNFINISHED, envelope, read_key};

/// A deployment file, and who signs.
#[derive(Args)]
pub struct Target {
    /// The deployment file
    file: PathBuf,
    #[command(flatten)]
    pub(super) node: Node,
    /// The keypair that pays; Solana's configured one without this
    #[arg(short, long, env = "FREEBOARD_KEYPAIR")]
    keypair: Option<PathBuf>,
    /// Another keypair that can sign: creator, governance; may be given several times
    #[arg(long = "signer", value_name = "KEYPAIR")]
    signers: Vec<PathBuf>,
    /// Solana's CLI configuration, for the payer's keypair
    #[arg(short = 'C', long, env = "SOLANA_CONFIG_FILE")]
    config: Option<PathBuf>,
}

/// What is carried out, and how.
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    pub(super) target: Target,
    /// Send without asking
    #[arg(short, long)]
    yes: bool,
    /// Show the plan and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Wait for timelocks and prices for so many seconds, instead of leaving them to a later run
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
    /// Transactions that write the program, on their way at once
    #[arg(long, default_value_t = 32)]
    parallel: usize,
    /// Priority fee of every transaction, micro-lamports per compute unit
    #[arg(long, default_value_t = 0)]
    priority_fee: u64,
    /// Where the report goes; beside the deployment file without this
    #[arg(long)]
    report: Option<PathBuf>,
}

/// What a run works on.
struct Loaded {
    deployment: Deployment,
    cluster: Cluster,
    keys: Keyring,
}

impl Target {
    fn load(&self) -> Result<Loaded> {
        let deployment = Deployment::read(&self.file)?;
        let url = deployment.rpc_url.clone();
        let url = url.unwrap_or_else(|| deployment.cluster.url().to_owned());
        let cluster = self.node.cluster(&url)?;
        let mut keys = Keyring::new(read_key(&self.payer()?)?);
        for path in &self.signers {
            keys = keys.with(read_key(path)?);
        }
        if let Some(path) = deployment
            .program
            .keypair
            .as_ref()
            .filter(|path| path.exists())
        {
            let key = read_key(path)?;
            guards::check_program_key(&key)?;
            keys = keys.with(key);
        }
        Ok(Loaded {
            deployment,
            cluster,
            keys,
        })
    }

    /// The payer's keypair file.
    fn payer(&self) -> Result<PathBuf> {
        if let Some(path) = &self.keypair {
            return Ok(path.clone());
        }
        let config = self.config.as_ref().map(|path| path.display().to_string());
        let config = config.or_else(|| solana_cli_config::CONFIG_FILE.clone());
        let config = config.context("name the payer's keypair with --keypair")?;
        let read = Config::load(&config).with_context(|| {
            format!("no --keypair, and Solana's configuration {config} cannot be read")
        })?;
        Ok(PathBuf::from(read.keypair_path))
    }
}

/// Shows the plan.
///
/// Errors: of the files and the network.
pub async fn show(target: &Target) -> Result<ExitCode> {
    let loaded = target.load()?;
    loaded.show(target.node.json).await?;
    Ok(ExitCode::SUCCESS)
}

impl Loaded {
    async fn show(&self, as_json: bool) -> Result<Plan> {
        guards::check_contact(&self.deployment)?;
        guards::check_cluster(&self.cluster, self.deployment.cluster).await?;
        let survey = Survey::read(&self.cluster, &self.deployment, &self.keys).await?;
        let plan = Plan::of_survey(&survey, &self.deployment, &self.keys);
        if as_json {
            println!("{}", envelope(Ok(report::plan_json(&plan, &survey))));
        } else {
            let url = self.cluster.shown_url();
            println!("{} at {url}", self.deployment.cluster);
            print!("{}", report::plan_text(&plan, &survey));
        }
        Ok(plan)
    }
}

impl Run {
    /// Shows, asks, carries out, reports.
    ///
    /// Errors: of the files and the network; what is refused; the step that failed.
    pub async fn carry_out(&self) -> Result<ExitCode> {
        let loaded = self.target.load()?;
        let as_json = self.target.node.json;
        if self.dry_run {
            loaded.show(as_json).await?;
            return Ok(ExitCode::SUCCESS);
        }
        if !self.yes {
            if as_json || !std::io::stdin().is_terminal() {
                bail!(
                    "nobody can be asked here: look at the plan (`plan` or --dry-run), then run with --yes"
                );
            }
            let plan = loaded.show(false).await?;
            if plan.next_step().is_some()
                && !Confirm::new()
                    .with_prompt("carry out what says `now`, and what follows?")
                    .interact()?
            {
                eprintln!("nothing was sent");
                return Ok(ExitCode::from(FAILED));
            }
        }
        let deployer = Deployer::new(&loaded.cluster, &loaded.deployment, &loaded.keys);
        let mut teller = Teller::new(Duration::from_secs(self.wait));
        let outcome = deployer
            .with_options(self.options())
            .carry_out(&mut teller)
            .await?;
        self.conclude(&loaded.deployment, &outcome)
    }

    fn options(&self) -> DeployOptions {
        let fee = match self.priority_fee {
            0 => FeePolicy::None,
            micro_lamports_per_unit => FeePolicy::Fixed {
                micro_lamports_per_unit,
                most_lamports: u64::MAX,
            },
        };
        DeployOptions {
            send: SendOptions {
                fee,
                ..SendOptions::default()
            },
            write: WriteOptions {
                parallel: self.parallel,
                micro_lamports_per_unit: self.priority_fee,
                ..WriteOptions::default()
            },
        }
    }

    /// Writes the report and says how it ended.
    fn conclude(&self, deployment: &Deployment, outcome: &Outcome) -> Result<ExitCode> {
        let result = report::result_json(deployment, &outcome.plan, &outcome.survey);
        let beside = || self.target.file.with_extension("report.json");
        let path = self.report.clone().unwrap_or_else(beside);
        let text = format!("{result:#}\n");
        fs::write(&path, text)
            .with_context(|| format!("cannot write the report {}", path.display()))?;
        if self.target.node.json {
            println!("{}", envelope(Ok(result)));
        } else {
            print!("{}", report::plan_text(&outcome.plan, &outcome.survey));
            println!("report: {}", path.display());
        }
        Ok(if outcome.is_finished() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(UNFINISHED)
        })
    }
}
