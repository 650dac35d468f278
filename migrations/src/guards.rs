//! What is refused before anything is sent.
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail, ensure};
use freeboard_client::display::money;
use freeboard_client::freeboard::ID;
use freeboard_client::network::Cluster;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::deployment::Deployment;
use crate::plan::Plan;
use crate::survey::Survey;

/// What is to be told to whoever finds a fault.
const SECURITY: &str = include_str!("../../SECURITY.md");
/// What the program's `security.txt` holds while there is no contact.
const NO_CONTACT: &[u8] = b"contacts\0other:see SECURITY.md";

/// A cluster by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedCluster {
    /// One on this machine: any that is none of the others.
    Localnet,
    /// Solana's public network for programs under development.
    Devnet,
    /// Solana's public network for validators under test.
    Testnet,
    /// Where the money is.
    MainnetBeta,
}

const ALL: [NamedCluster; 4] = [
    NamedCluster::Localnet,
    NamedCluster::Devnet,
    NamedCluster::Testnet,
    NamedCluster::MainnetBeta,
];

impl NamedCluster {
    /// Its name, as Solana's tools write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Localnet => "localnet",
            Self::Devnet => "devnet",
            Self::Testnet => "testnet",
            Self::MainnetBeta => "mainnet-beta",
        }
    }

    /// A public node of it.
    pub const fn url(self) -> &'static str {
        match self {
            Self::Localnet => "http://127.0.0.1:8899",
            Self::Devnet => "https://api.devnet.solana.com",
            Self::Testnet => "https://api.testnet.solana.com",
            Self::MainnetBeta => "https://api.mainnet-beta.solana.com",
        }
    }

    /// The hash of its first block; none for a local network, which has another each time.
    const fn genesis_hash(self) -> Option<&'static str> {
        match self {
            Self::Localnet => None,
            Self::Devnet => Some("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
            Self::Testnet => Some("4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"),
            Self::MainnetBeta => Some("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"),
        }
    }

    /// The cluster whose first block has this hash.
    fn of_genesis_hash(hash: &str) -> Self {
        let known = ALL.into_iter().find(|one| one.genesis_hash() == Some(hash));
        known.unwrap_or(Self::Localnet)
    }
}

impl fmt::Display for NamedCluster {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for NamedCluster {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = ALL.into_iter().find(|one| one.name() == text);
        known.ok_or_else(|| {
            anyhow::anyhow!(
                "`{text}` is no cluster; name localnet, devnet, testnet or mainnet-beta"
            )
        })
    }
}

/// Refuses another cluster than the one that is meant, by the hash of its first block.
///
/// Errors: that it is another; of the network.
pub async fn check_cluster(cluster: &Cluster, meant: NamedCluster) -> Result<()> {
    let hash = cluster.genesis_hash().await?.to_string();
    let found = NamedCluster::of_genesis_hash(&hash);
    let url = cluster.shown_url();
    ensure!(
        found == meant,
        "{url} is a node of {found} (genesis hash {hash}), and the deployment file says {meant}: correct `cluster` or --url"
    );
    Ok(())
}

/// Refuses mainnet while nobody is named whom to tell a fault: who finds one must know it before anybody's money is
/// there.
///
/// Errors: what is missing.
pub fn check_contact(deployment: &Deployment) -> Result<()> {
    if deployment.cluster != NamedCluster::MainnetBeta {
        return Ok(());
    }
    let has_line = |line: &str| line.starts_with("Contact:") && !line.starts_with("Contact: none");
    let documented = SECURITY.lines().any(has_line);
    let bytes = &deployment.program.bytes;
    let in_program = !bytes
        .windows(NO_CONTACT.len())
        .any(|some| some == NO_CONTACT);
    if !documented || !in_program {
        bail!(
            "name a security contact before mainnet: 'Contact:' in SECURITY.md and `contacts` in programs/freeboard/src/lib.rs, \
             then build anew"
        );
    }
    Ok(())
}

/// Refuses a keypair that is not that of the program's declared address.
///
/// Errors: both addresses.
pub fn check_program_key(keypair: &Keypair) -> Result<()> {
    let actual = keypair.pubkey();
    ensure!(
        actual == ID,
        "`program.keypair` is the key of {actual}, but the program declares {ID}: take the right file, or write the address into \
         `declare_id!` and build anew"
    );
    Ok(())
}

/// Refuses to begin what the payer cannot pay to the end.
///
/// Errors: how much it has and how much it needs.
pub fn check_balance(plan: &Plan, survey: &Survey) -> Result<()> {
    let needed = plan.needed_lamports;
    ensure!(
        survey.payer_lamports >= needed,
        "{} has {}, and the plan needs {}: send it {} more",
        survey.payer,
        sol(survey.payer_lamports),
        sol(needed),
        sol(needed - survey.payer_lamports)
    );
    Ok(())
}

/// An amount of SOL to the last lamport.
pub fn sol(lamports: u64) -> String {
    format!("{} SOL", money::decimal(lamports.into(), 9))
}
