//! A deployment file: the program, the exchange, its roles and its assets on one cluster.
//!
//! `migrations/deployments/example.toml` is one with every key explained. Paths in it are relative to its folder.
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail, ensure};
use freeboard_client::feed_binding::{binding_to, kind_of_word};
use freeboard_client::freeboard::state::FeedBinding;
use freeboard_client::parameters::ParameterFile;
use freeboard_client::risk::params::bounds::{Payouts, Timelock};
use serde::Deserialize;

use crate::feeds;
use crate::guards::NamedCluster;

/// Everything that is to be on the cluster.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The cluster that is meant, checked by its genesis hash.
    pub cluster: NamedCluster,
    /// Where to reach it, unless the caller says so.
    pub rpc_url: Option<String>,
    /// The program.
    pub program: ProgramPart,
    /// The exchange.
    pub exchange: ExchangePart,
    /// Who governs it in the end.
    pub roles: RolesPart,
    /// Its assets, in the order in which they are listed.
    pub assets: Vec<AssetPart>,
}

/// The program that is to be at its declared address.
#[derive(Clone, Debug)]
pub struct ProgramPart {
    /// Its bytes, as `cargo xtask build` makes them.
    pub bytes: Vec<u8>,
    /// Room for upgrades: bytes that the program may have without being extended.
    pub max_bytes: usize,
    /// Who may replace it in the end; none: whoever may now.
    pub upgrade_authority: Option<Pubkey>,
    /// Whether that may be an account of another program than the system program, which then has to sign for it.
    pub allow_non_system_authority: bool,
    /// The file with the keypair of its address: only a first deployment needs it.
    pub keypair: Option<PathBuf>,
}

/// The exchange that is to be there.
#[derive(Clone, Debug)]
pub struct ExchangePart {
    /// Signs for its creation and gives it its address.
    pub creator: Pubkey,
    /// The quote token.
    pub quote_mint: Pubkey,
    /// How long a change waits, seconds.
    pub timelock_secs: u32,
    /// Its parameters and those of its assets.
    pub parameters: ParameterFile,
    /// What governance pays into the pool at the start, quote atoms; 0 for nothing.
    pub pool_deposit_quote_atoms: u64,
}

/// Who governs the exchange in the end.
#[derive(Clone, Debug)]
pub struct RolesPart {
    /// Decides on everything, after a delay.
    pub governance: Pubkey,
    /// Governs until everything is set up and then hands over; none: `governance` from the beginning.
    pub first_governance: Option<Pubkey>,
    /// Tightens without delay.
    pub risk_manager: Pubkey,
    /// Pauses, and cancels what waits.
    pub guardian: Pubkey,
    /// Who is paid the protocol's fees; none: nobody yet.
    pub payouts: Option<PayoutsPart>,
}

/// Who is paid the protocol's fees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutsPart {
    /// Signs for a payout.
    pub recipient: Pubkey,
    /// Most in any 24 hours, quote atoms.
    pub cap_quote_atoms: u64,
}

/// An asset that is to be listed.
#[derive(Clone, Debug)]
pub struct AssetPart {
    /// Its name in the parameter file.
    pub name: String,
    /// Where its price comes from.
    pub feed: FeedBinding,
    /// The account that holds its price.
    pub price_account: Pubkey,
    /// Its token, if it is collateral.
    pub mint: Option<Pubkey>,
}

impl RolesPart {
    /// Who governs while the exchange is set up.
    pub fn starting_governance(&self) -> Pubkey {
        self.first_governance.unwrap_or(self.governance)
    }
}

impl Deployment {
    /// Reads a deployment file, its parameter file and the program, and checks them.
    ///
    /// Errors: a sentence that names the file and the key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the deployment file {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder).with_context(|| path.display().to_string())
    }

    /// The same from its text; `folder` is where its paths begin.
    ///
    /// Errors: a sentence that names the key.
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let file: DeploymentFile =
            toml::from_str(text).map_err(|e| anyhow::anyhow!("{}", e.to_string().trim_end()))?;
        let deployment = Self {
            cluster: NamedCluster::from_str(&file.cluster).context("`cluster`")?,
            rpc_url: file.rpc_url,
            program: file.program.resolve(folder)?,
            exchange: file.exchange.resolve(folder)?,
            roles: file.roles.resolve()?,
            assets: (file.assets.iter().enumerate())
                .map(|(index, asset)| {
                    let place = || format!("`assets[{index}]` ({})", asset.name);
                    asset.resolve().with_context(place)
                })
                .collect::<Result<_>>()?,
        };
        deployment.check_parts()?;
        Ok(deployment)
    }

    /// Refuses what the program would refuse, and what would lock everybody out.
    ///
    /// Errors: a sentence that names the key.
    pub fn check_parts(&self) -> Result<()> {
        let timelock_secs = self.exchange.timelock_secs;
        (Timelock { timelock_secs }.check_bounds()).map_err(|_| {
            anyhow::anyhow!(
                "`exchange.timelock_secs`: 86,400 (24 h) to 2,592,000 (30 d), not {timelock_secs}"
            )
        })?;
        let known = &self.exchange.parameters;
        for (index, asset) in self.assets.iter().enumerate() {
            let name = &asset.name;
            ensure!(
                known.asset(name).is_some(),
                "`assets[{index}].name`: the parameter file has no asset {name}; it has {}",
                names(known)
            );
            let twice = self.assets[..index].iter().any(|one| one.name == *name);
            ensure!(!twice, "`assets[{index}].name`: {name} is listed twice");
            ensure!(
                asset.mint != Some(self.exchange.quote_mint),
                "`assets[{index}].mint`: this is the quote token, which needs no listing"
            );
        }
        if let Some(payouts) = self.roles.payouts {
            let cap_quote_atoms = payouts.cap_quote_atoms;
            (Payouts { cap_quote_atoms }.check_bounds()).map_err(|_| {
                anyhow::anyhow!("`roles.payout_cap_quote_atoms`: {cap_quote_atoms} is beyond the program's bound of $1,000,000 a day")
            })?;
        }
        let roles = &self.roles;
        for (key, address) in [
            ("exchange.creator", Some(self.exchange.creator)),
            ("roles.governance", Some(roles.governance)),
            ("roles.first_governance", roles.first_governance),
            ("roles.risk_manager", Some(roles.risk_manager)),
            ("roles.guardian", Some(roles.guardian)),
            (
                "roles.recipient",
                roles.payouts.map(|payouts| payouts.recipient),
            ),
            ("program.upgrade_authority", self.program.upgrade_authority),
        ] {
            ensure!(
                address != Some(Pubkey::default()),
                "`{key}`: nobody can sign for the address 1111…: write the one that is meant"
            );
        }
        Ok(())
    }
}

fn names(parameters: &ParameterFile) -> String {
    let names = parameters.assets.iter().map(|asset| asset.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentFile {
    cluster: String,
    rpc_url: Option<String>,
    program: ProgramEntry,
    exchange: ExchangeEntry,
    roles: RolesEntry,
    #[serde(default)]
    assets: Vec<AssetPartEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramEntry {
    file: PathBuf,
    keypair: Option<PathBuf>,
    max_bytes: Option<usize>,
    upgrade_authority: Option<String>,
    #[serde(default)]
    allow_non_system_authority: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExchangeEntry {
    creator: String,
    quote_mint: String,
    timelock_secs: u32,
    parameters: PathBuf,
    #[serde(default)]
    pool_deposit_quote_atoms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesEntry {
    governance: String,
    first_governance: Option<String>,
    risk_manager: String,
    guardian: String,
    recipient: Option<String>,
    payout_cap_quote_atoms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetPartEntry {
    name: String,
    feed_kind: String,
    feed: String,
    price_account: Option<String>,
    mint: Option<String>,
}

impl ProgramEntry {
    fn resolve(self, folder: &Path) -> Result<ProgramPart> {
        let path = folder.join(&self.file);
        let bytes = fs::read(&path).with_context(|| {
            format!(
                "`program.file`: cannot read {}; `cargo xtask build` makes it",
                path.display()
            )
        })?;
        ensure!(
            bytes.starts_with(b"\x7fELF"),
            "`program.file`: {} is no program",
            path.display()
        );
        let max_bytes = self.max_bytes.unwrap_or(bytes.len());
        ensure!(
            max_bytes >= bytes.len(),
            "`program.max_bytes`: the program has {} bytes, more than {max_bytes}",
            bytes.len()
        );
        Ok(ProgramPart {
            max_bytes,
            upgrade_authority: optional(&self.upgrade_authority, "program.upgrade_authority")?,
            allow_non_system_authority: self.allow_non_system_authority,
            keypair: self.keypair.map(|path| folder.join(path)),
            bytes,
        })
    }
}

impl ExchangeEntry {
    fn resolve(self, folder: &Path) -> Result<ExchangePart> {
        let path = folder.join(&self.parameters);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("`exchange.parameters`: cannot read {}", path.display()))?;
        let parameters = ParameterFile::parse(&text)
            .with_context(|| format!("`exchange.parameters`: {}", path.display()))?;
        Ok(ExchangePart {
            creator: address(&self.creator, "exchange.creator")?,
            quote_mint: address(&self.quote_mint, "exchange.quote_mint")?,
            timelock_secs: self.timelock_secs,
            parameters,
            pool_deposit_quote_atoms: self.pool_deposit_quote_atoms,
        })
    }
}

impl RolesEntry {
    fn resolve(self) -> Result<RolesPart> {
        let recipient = optional(&self.recipient, "roles.recipient")?;
        let payouts = match (recipient, self.payout_cap_quote_atoms) {
            (Some(recipient), Some(cap_quote_atoms)) => Some(PayoutsPart {
                recipient,
                cap_quote_atoms,
            }),
            (None, None) => None,
            _ => bail!(
                "`roles`: `recipient` and `payout_cap_quote_atoms` belong together; write both or none"
            ),
        };
        Ok(RolesPart {
            governance: address(&self.governance, "roles.governance")?,
            first_governance: optional(&self.first_governance, "roles.first_governance")?,
            risk_manager: address(&self.risk_manager, "roles.risk_manager")?,
            guardian: address(&self.guardian, "roles.guardian")?,
            payouts,
        })
    }
}

impl AssetPartEntry {
    fn resolve(&self) -> Result<AssetPart> {
        let named = |key: &str, reason: String| anyhow::anyhow!("`{key}`: {reason}");
        let kind = kind_of_word(&self.feed_kind).map_err(|reason| named("feed_kind", reason))?;
        let binding = binding_to(kind, &self.feed).map_err(|reason| named("feed", reason))?;
        let given = optional(&self.price_account, "price_account")?;
        Ok(AssetPart {
            name: self.name.clone(),
            feed: binding,
            price_account: given.unwrap_or_else(|| feeds::price_account(&binding)),
            mint: optional(&self.mint, "mint")?,
        })
    }
}

fn address(text: &str, key: &str) -> Result<Pubkey> {
    Pubkey::from_str(text)
        .ok()
        .with_context(|| format!("`{key}`: `{text}` is no address: 32 bytes in base 58"))
}

fn optional(text: &Option<String>, key: &str) -> Result<Option<Pubkey>> {
    text.as_ref().map(|text| address(text, key)).transpose()
}
