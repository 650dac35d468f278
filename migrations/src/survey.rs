//! What a cluster has of a deployment, read before every step.
use anchor_lang::prelude::Pubkey;
use anchor_spl::associated_token::get_associated_token_address_with_program_id;
use anyhow::{Context, Result, bail, ensure};
use freeboard_client::freeboard::state::{Asset, Change, Exchange, PendingChange, Pool, Role};
use freeboard_client::network::{Cluster, FetchedAccount};
use freeboard_client::{address, decode};

use crate::deployment::Deployment;
use crate::feeds;
use crate::holders::look_for_holders;
use crate::keys::Keyring;
use crate::loader::{self, KnownBytes};
use crate::write::BufferKey;

/// Bytes that an account's rent is paid for beside its data.
const ACCOUNT_OVERHEAD: u64 = 128;

/// What there is.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The chain's clock, unix seconds.
    pub now_ts: i64,
    /// Its slot.
    pub slot: u64,
    /// Pays for everything.
    pub payer: Pubkey,
    /// What it has, lamports.
    pub payer_lamports: u64,
    /// Rent of 128 bytes, lamports.
    pub overhead_lamports: u64,
    /// The program.
    pub program: ProgramFound,
    /// Where its bytes are written first.
    pub buffer_address: Pubkey,
    /// What is there.
    pub buffer: Option<BufferFound>,
    /// The exchange.
    pub exchange: Option<Box<Exchange>>,
    /// Whether its pool has money or shares.
    pub is_pool_funded: bool,
    /// The token program of the quote token.
    pub quote_program: Pubkey,
    /// Governance's account of quote tokens.
    pub pool_source: Pubkey,
    /// What is in it, quote atoms; none where there is no such account.
    pub pool_source_atoms: Option<u64>,
    /// The assets of the file, in its order.
    pub assets: Vec<AssetFound>,
    /// The change that waits where that of payouts would.
    pub pending_payouts: Option<PendingChange>,
    /// The change that waits where governance's own hand-over would.
    pub pending_governance: Option<PendingChange>,
    /// The program that owns the account which is to upgrade the program in the end; none where there is none.
    pub upgrade_authority_owner: Option<Pubkey>,
    /// What does not stop the deployment and should be known.
    pub remarks: Vec<String>,
}

/// The program's account, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramFound {
    /// There is none.
    Absent,
    /// It belongs to the loader and holds nothing yet: whoever reserved the address need not sign again.
    Reserved,
    /// There is a program.
    Deployed(DeployedProgram),
}

impl ProgramFound {
    /// Whether there is a program, of whatever bytes.
    pub fn is_deployed(&self) -> bool {
        matches!(self, Self::Deployed(_))
    }
}

/// A program that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployedProgram {
    /// Slot of its last deployment.
    pub slot: u64,
    /// Who may upgrade it; none: nobody.
    pub upgrade_authority: Option<Pubkey>,
    /// Bytes that it may have.
    pub capacity: usize,
    /// Whether it is the one of the file, to the byte.
    pub is_same: bool,
}

/// A buffer that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferFound {
    /// Who may write it.
    pub authority: Option<Pubkey>,
    /// Its rent, lamports.
    pub lamports: u64,
    /// Bytes of a program that it holds.
    pub data_len: usize,
    /// How many of them are not yet as in the file.
    pub differing_bytes: usize,
}

/// An asset of the file, as it is.
#[derive(Clone, Debug)]
pub struct AssetFound {
    /// Its index, or the one that it will get.
    pub index: u16,
    /// The asset, once it is listed.
    pub listed: Option<Box<Asset>>,
    /// The change that waits at its index.
    pub pending: Option<PendingChange>,
    /// Whether its price is one that a listing accepts; else why not.
    pub price: Result<(), String>,
    /// The token program of its mint.
    pub mint_program: Pubkey,
}

impl Survey {
    /// Reads everything once.
    ///
    /// Errors: of the network; accounts that are not what they should be.
    pub async fn read(cluster: &Cluster, deployment: &Deployment, keys: &Keyring) -> Result<Self> {
        Surveyor::new(cluster, deployment, keys).survey().await
    }

    /// Whether the program's last deployment counts already: it does from the next slot on.
    pub fn is_program_visible(&self) -> bool {
        match &self.program {
            ProgramFound::Deployed(program) => self.slot > program.slot,
            _ => false,
        }
    }

    /// Rent of an account with so many bytes, lamports.
    pub fn rent_lamports(&self, bytes: usize) -> u64 {
        let bytes = bytes as u64 + ACCOUNT_OVERHEAD;
        (bytes * self.overhead_lamports).div_ceil(ACCOUNT_OVERHEAD)
    }
}

/// Reads again and again, the program's bytes only where they may have changed.
pub struct Surveyor<'a> {
    cluster: &'a Cluster,
    deployment: &'a Deployment,
    keys: &'a Keyring,
    buffer_key: BufferKey,
    known: KnownBytes,
}

/// The parts of a survey that depend on the exchange.
struct ExchangePlace {
    address: Pubkey,
    exchange: Option<Box<Exchange>>,
    existing: Vec<Asset>,
}

impl<'a> Surveyor<'a> {
    /// Of this deployment on this cluster.
    pub fn new(cluster: &'a Cluster, deployment: &'a Deployment, keys: &'a Keyring) -> Self {
        Self {
            cluster,
            deployment,
            keys,
            buffer_key: BufferKey::of_payer(keys.payer_key()),
            known: KnownBytes::default(),
        }
    }

    /// Reads everything.
    ///
    /// Errors: of the network; accounts that are not what they should be.
    pub async fn survey(&mut self) -> Result<Survey> {
        let bytes = &self.deployment.program.bytes;
        let program = loader::find_program(self.cluster, bytes, &mut self.known).await?;
        let buffer_address = self.buffer_key.address();
        let buffer = loader::find_buffer(self.cluster, &buffer_address, bytes).await?;
        let place = self.exchange_place().await?;
        let clock = self.cluster.clock().await?;
        let payer = self.keys.payer();
        let overhead_lamports = loader::rent_of_nothing(self.cluster).await?;
        let mut survey = Survey {
            now_ts: clock.unix_timestamp,
            slot: clock.slot,
            payer,
            payer_lamports: self.cluster.balance(&payer).await?,
            overhead_lamports,
            program,
            buffer_address,
            buffer,
            exchange: None,
            is_pool_funded: false,
            quote_program: Pubkey::default(),
            pool_source: Pubkey::default(),
            pool_source_atoms: None,
            assets: Vec::new(),
            pending_payouts: None,
            pending_governance: None,
            upgrade_authority_owner: None,
            remarks: Vec::new(),
        };
        self.read_money(&place, &mut survey).await?;
        self.read_assets(&place, &mut survey).await?;
        self.read_changes(&place, &mut survey).await?;
        look_for_holders(self.cluster, self.deployment, &mut survey).await?;
        survey.exchange = place.exchange;
        Ok(survey)
    }

    /// The exchange of the creator and its assets.
    async fn exchange_place(&self) -> Result<ExchangePlace> {
        let address = address::exchange(&self.deployment.exchange.creator);
        let exchange: Option<Exchange> = match self.cluster.account(&address).await? {
            Some(found) if found.data.is_empty() => None, // lamports that somebody sent there
            Some(found) => Some(decoded(&found, "exchange")?),
            None => None,
        };
        let count = exchange.as_ref().map_or(0, |exchange| exchange.asset_count);
        let places: Vec<Pubkey> = (0..count)
            .map(|index| address::asset(&address, index))
            .collect();
        let mut existing = Vec::new();
        for found in self.cluster.accounts(&places).await? {
            existing.push(decoded(
                &found.context("an asset of the exchange is missing")?,
                "asset",
            )?);
        }
        Ok(ExchangePlace {
            address,
            exchange: exchange.map(Box::new),
            existing,
        })
    }

    /// Quote token, pool, and governance's account of the token.
    async fn read_money(&self, place: &ExchangePlace, survey: &mut Survey) -> Result<()> {
        let mint = self.deployment.exchange.quote_mint;
        let pool = address::pool(&place.address);
        let share_mint = address::share_mint(&place.address);
        let found = self.cluster.accounts(&[mint, pool, share_mint]).await?;
        let [quote, pool, shares] = &found[..] else {
            bail!("the node answered with another number of accounts than were asked for");
        };
        survey.quote_program = token_program(quote.as_ref(), &mint, "exchange.quote_mint")?;
        if let (Some(pool), true) = (pool, place.exchange.is_some()) {
            let pool: Pool = decoded(pool, "pool")?;
            let has_money =
                pool.ledger.pool_atoms != 0 || pool.allocated_atoms != 0 || pool.value_atoms != 0;
            let supply = shares.as_ref().and_then(|mint| mint.data.get(36..44));
            survey.is_pool_funded = has_money || supply.is_some_and(|supply| supply != [0; 8]);
        }
        let roles = &self.deployment.roles;
        let governance = place
            .exchange
            .as_ref()
            .map_or(roles.starting_governance(), |exchange| exchange.governance);
        let program = &survey.quote_program;
        survey.pool_source =
            get_associated_token_address_with_program_id(&governance, &mint, program);
        survey.pool_source_atoms = self.cluster.token_balance(survey.pool_source).await?;
        Ok(())
    }

    /// Each asset of the file, listed or with the index it will get.
    async fn read_assets(&self, place: &ExchangePlace, survey: &mut Survey) -> Result<()> {
        let parts = &self.deployment.assets;
        let mut next = u16::try_from(place.existing.len()).context("too many assets")?;
        let mut wanted = Vec::new();
        for part in parts {
            let listed = place
                .existing
                .iter()
                .find(|asset| is_named(asset, &part.name))
                .copied();
            let index = match &listed {
                Some(asset) => asset.index,
                None => {
                    next += 1;
                    next - 1
                }
            };
            wanted.push(part.price_account);
            wanted.push(address::pending_listing(&place.address, index));
            wanted.push(part.mint.unwrap_or_default());
            survey.assets.push(AssetFound {
                index,
                listed: listed.map(Box::new),
                pending: None,
                price: Ok(()),
                mint_program: Pubkey::default(),
            });
        }
        let found = self.cluster.accounts(&wanted).await?;
        for ((part, asset), found) in parts.iter().zip(&mut survey.assets).zip(found.chunks(3)) {
            let [price, pending, mint] = found else {
                bail!("the node answered with another number of accounts than were asked for");
            };
            let entry = self.deployment.exchange.parameters.asset(&part.name);
            let entry = entry.context("an asset that the parameter file does not have")?;
            asset.price = feeds::acceptable(price.as_ref(), part, entry, survey.now_ts);
            asset.pending = pending.as_ref().map(pending_change).transpose()?.flatten();
            if let Some(address) = &part.mint {
                asset.mint_program =
                    token_program(mint.as_ref(), address, &format!("mint of {}", part.name))?;
            }
        }
        let others = place
            .existing
            .iter()
            .filter(|asset| !parts.iter().any(|part| is_named(asset, &part.name)));
        survey.remarks.extend(others.map(|asset| {
            format!(
                "the exchange has an asset {} that is not in the file",
                name_of(asset)
            )
        }));
        Ok(())
    }

    /// What waits where the deployment's own changes would.
    async fn read_changes(&self, place: &ExchangePlace, survey: &mut Survey) -> Result<()> {
        let payouts = Change::Payouts {
            recipient: Pubkey::default(),
            cap_quote_atoms: 0,
        };
        let governance = Change::OfferRole {
            role: Role::Governance,
            holder: Pubkey::default(),
        };
        let wanted =
            [payouts, governance].map(|change| address::pending_change(&place.address, &change));
        let found = self.cluster.accounts(&wanted).await?;
        let mut found = found
            .iter()
            .map(|one| one.as_ref().map(pending_change).transpose());
        survey.pending_payouts = found.next().transpose()?.flatten().flatten();
        survey.pending_governance = found.next().transpose()?.flatten().flatten();
        Ok(())
    }
}

fn is_named(asset: &Asset, name: &str) -> bool {
    name_of(asset) == name
}

/// An asset's name without its padding.
fn name_of(asset: &Asset) -> String {
    let bytes = asset.name.iter().copied().take_while(|byte| *byte != 0);
    bytes.map(char::from).collect()
}

fn decoded<T>(found: &FetchedAccount, what: &str) -> Result<T>
where
    T: bytemuck::Pod
        + anchor_lang::Discriminator
        + anchor_lang::Owner
        + freeboard_client::freeboard::state::Versioned,
{
    decode::account(&found.owner, &found.data).with_context(|| {
        format!(
            "the account {} is no {what} that this build reads",
            found.address
        )
    })
}

/// The change in an account; none where it has been closed.
fn pending_change(found: &FetchedAccount) -> Result<Option<PendingChange>> {
    if found.data.is_empty() {
        return Ok(None);
    }
    let read = decode::pending_change(&found.owner, &found.data);
    let place = || {
        format!(
            "the account {} is no change that this build reads",
            found.address
        )
    };
    read.map(Some).with_context(place)
}

/// The program of a mint.
///
/// Errors: there is no such mint.
fn token_program(found: Option<&FetchedAccount>, mint: &Pubkey, key: &str) -> Result<Pubkey> {
    let found =
        found.with_context(|| format!("`{key}`: there is no token {mint} on this cluster"))?;
    let is_token = [anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(&found.owner);
    ensure!(is_token, "`{key}`: {mint} is no token's mint");
    Ok(found.owner)
}
