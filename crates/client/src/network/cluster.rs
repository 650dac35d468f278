//! A cluster by one of its nodes.
//!
//! The RPC client's own `get_account` answers "not found" for a refused connection, a page of HTML and a node that is
//! behind alike: whoever believes it forgets an account. What is asked here says "none" only where the node did.
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::{Pubkey, pubkey};
use futures::stream::{self, StreamExt, TryStreamExt};
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_clock::Clock;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::client_error::Error as ClientError;
use solana_rpc_client_api::config::RpcAccountInfoConfig;
use tokio::sync::Mutex;

use super::NetworkError;
use super::blockhash::SigningMemory;
use super::statuses::StatusDesk;

/// Address of the account with the chain's clock.
pub const CLOCK_SYSVAR: Pubkey = pubkey!("SysvarC1ock11111111111111111111111111111111");
/// Accounts that one request may name.
const ACCOUNTS_PER_REQUEST: usize = 100;
/// Requests for accounts on their way at once, where there are more accounts than one request may name.
const REQUESTS_AT_ONCE: usize = 4;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An account as a node has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedAccount {
    /// Its address.
    pub address: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Lamports on it.
    pub lamports: u64,
    /// Its data.
    pub data: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

/// A cluster, by one node. Clones share the connection.
#[derive(Clone)]
pub struct Cluster {
    rpc: Arc<RpcClient>,
    url: String,
    ws_url: String,
    pub(super) signing: Arc<Mutex<SigningMemory>>,
    pub(super) statuses: Arc<StatusDesk>,
}

impl Cluster {
    /// The cluster of the node at `url`, http or https, asked at this commitment.
    pub fn new(url: &str, commitment: CommitmentConfig) -> Self {
        let rpc = RpcClient::new_with_timeout_and_commitment(url.to_owned(), TIMEOUT, commitment);
        Self {
            rpc: Arc::new(rpc),
            url: url.to_owned(),
            ws_url: websocket_of(url),
            signing: Arc::default(),
            statuses: Arc::default(),
        }
    }

    /// The same with the address where it tells changes; without this it is the one that Solana's tools take: the port
    /// after that of `url`, or the same host without a port.
    #[must_use]
    pub fn with_ws_url(mut self, ws_url: &str) -> Self {
        self.ws_url = ws_url.to_owned();
        self
    }

    /// The same with another limit for an answer; without this it is 30 s. What else it knew of is forgotten.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        let (url, commitment) = (self.url.clone(), self.commitment());
        let rpc = RpcClient::new_with_timeout_and_commitment(url, timeout, commitment);
        self.rpc = Arc::new(rpc);
        self
    }

    /// The node's address as it may be shown: without path, query and user, which are where keys of RPC services stand.
    pub fn shown_url(&self) -> String {
        shown(&self.url)
    }

    /// The node's address, for connecting; it may hold a key: show [`Self::shown_url`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address where it tells changes.
    pub fn ws_url(&self) -> &str {
        &self.ws_url
    }

    /// The commitment at which it is asked.
    pub fn commitment(&self) -> CommitmentConfig {
        self.rpc.commitment()
    }

    /// The RPC client, for what this type does not have.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// The RPC client's error in this module's words.
    pub fn failure(&self, error: &ClientError) -> NetworkError {
        NetworkError::of_client(&self.shown_url(), error)
    }

    /// The account at this address; none where the node says that there is none.
    pub async fn account(&self, address: &Pubkey) -> Result<Option<FetchedAccount>, NetworkError> {
        Ok(self.accounts(&[*address]).await?.pop().flatten())
    }

    /// The accounts at these addresses, in their order; none where the node says that there is none.
    pub async fn accounts(
        &self,
        addresses: &[Pubkey],
    ) -> Result<Vec<Option<FetchedAccount>>, NetworkError> {
        let parts = addresses.chunks(ACCOUNTS_PER_REQUEST);
        let asked: Vec<_> = parts.map(|some| self.some_accounts(some)).collect();
        let answers: Vec<Vec<_>> = stream::iter(asked)
            .buffered(REQUESTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// The accounts at these addresses, in their order, each with the slot that the chain's clock was at in the same answer;
    /// none where the node says that there is none. Behind one address there may be several nodes, and some are behind: each
    /// request asks for the clock too.
    ///
    /// Errors: of the network; `Answer` where there is no clock.
    pub async fn dated_accounts(
        &self,
        addresses: &[Pubkey],
    ) -> Result<Vec<(u64, Option<FetchedAccount>)>, NetworkError> {
        let parts = addresses.chunks(ACCOUNTS_PER_REQUEST - 1);
        let asked: Vec<_> = parts.map(|some| self.some_dated_accounts(some)).collect();
        let answers: Vec<Vec<_>> = stream::iter(asked)
            .buffered(REQUESTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// As many accounts as one request may name beside the clock.
    async fn some_dated_accounts(
        &self,
        addresses: &[Pubkey],
    ) -> Result<Vec<(u64, Option<FetchedAccount>)>, NetworkError> {
        let asked: Vec<Pubkey> = [CLOCK_SYSVAR].iter().chain(addresses).copied().collect();
        let mut found = self.some_accounts(&asked).await?.into_iter();
        let clock = found
            .next()
            .flatten()
            .and_then(|account| decode_clock(&account.data))
            .ok_or_else(|| self.answer("the clock cannot be read"))?;
        Ok(found.map(|account| (clock.slot, account)).collect())
    }

    /// As many accounts as one request may name.
    async fn some_accounts(
        &self,
        addresses: &[Pubkey],
    ) -> Result<Vec<Option<FetchedAccount>>, NetworkError> {
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            ..RpcAccountInfoConfig::default()
        };
        let answer = self
            .rpc
            .get_multiple_ui_accounts_with_config(addresses, config)
            .await;
        let found = answer.map_err(|error| self.failure(&error))?.value;
        if found.len() != addresses.len() {
            return Err(self.answer("another number of accounts than were asked for"));
        }
        let read = |(address, account): (&Pubkey, Option<UiAccount>)| {
            account.map(|one| self.read(*address, &one)).transpose()
        };
        addresses.iter().zip(found).map(read).collect()
    }

    /// An account as a node writes it in JSON.
    pub(crate) fn read(
        &self,
        address: Pubkey,
        account: &UiAccount,
    ) -> Result<FetchedAccount, NetworkError> {
        let unreadable = || self.answer("an account's data or owner cannot be read");
        Ok(FetchedAccount {
            address,
            owner: account.owner.parse().map_err(|_| unreadable())?,
            lamports: account.lamports,
            data: account.data.decode().ok_or_else(unreadable)?,
            executable: account.executable,
        })
    }

    /// The chain's own clock: what the program reads. Nothing here asks the clock of this machine.
    pub async fn clock(&self) -> Result<Clock, NetworkError> {
        let address = CLOCK_SYSVAR;
        let missing = NetworkError::Missing {
            what: "clock",
            address,
        };
        let account = self.account(&address).await?.ok_or(missing)?;
        decode_clock(&account.data).ok_or_else(|| self.answer("the clock cannot be read"))
    }

    /// The hash of the first block: which cluster it is.
    pub async fn genesis_hash(&self) -> Result<Hash, NetworkError> {
        let answer = self.rpc.get_genesis_hash().await;
        answer.map_err(|error| self.failure(&error))
    }

    /// Lamports at an address; 0 where there is no account.
    pub async fn balance(&self, address: &Pubkey) -> Result<u64, NetworkError> {
        Ok(self.account(address).await?.map_or(0, |one| one.lamports))
    }

    /// That an answer cannot be used.
    pub(crate) fn answer(&self, reason: &str) -> NetworkError {
        NetworkError::Answer {
            url: self.shown_url(),
            reason: reason.to_owned(),
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Cluster({})", self.shown_url())
    }
}

/// The clock in the bytes of [`CLOCK_SYSVAR`]: five words of eight bytes; none of fewer bytes.
pub fn decode_clock(data: &[u8]) -> Option<Clock> {
    let word =
        |index: usize| -> Option<[u8; 8]> { data.get(index * 8..index * 8 + 8)?.try_into().ok() };
    Some(Clock {
        slot: u64::from_le_bytes(word(0)?),
        epoch_start_timestamp: i64::from_le_bytes(word(1)?),
        epoch: u64::from_le_bytes(word(2)?),
        leader_schedule_epoch: u64::from_le_bytes(word(3)?),
        unix_timestamp: i64::from_le_bytes(word(4)?),
    })
}

/// Scheme, host and port of an address.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// Where a node at this address tells changes, by the rule of Solana's own tools.
fn websocket_of(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some(("https", rest)) => ("wss", rest),
        Some((_, rest)) => ("ws", rest),
        None => ("ws", url),
    };
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) => (host, format!("/{path}")),
        None => (rest, "/".to_owned()),
    };
    let next = host.rsplit_once(':').and_then(|(name, port)| {
        let port: u16 = port.parse().ok()?;
        Some(format!("{name}:{}", port.checked_add(1)?))
    });
    format!(
        "{scheme}://{}{path}",
        next.unwrap_or_else(|| host.to_owned())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_at_the_next_port_or_the_same_host() {
        for (url, expected) in [
            ("http://127.0.0.1:8899", "ws://127.0.0.1:8900/"),
            (
                "https://api.devnet.solana.com",
                "wss://api.devnet.solana.com/",
            ),
            ("https://node.example/key", "wss://node.example/key"),
            ("http://[::1]:8899/", "ws://[::1]:8900/"),
        ] {
            assert_eq!(websocket_of(url), expected, "{url}");
        }
    }

    #[test]
    fn no_key_of_a_service_is_shown() {
        for url in [
            "https://node.example/v2/secret",
            "https://node.example?api-key=secret",
            "https://user:secret@node.example/",
        ] {
            assert_eq!(shown(url), "https://node.example", "{url}");
        }
        assert_eq!(shown("http://127.0.0.1:8899"), "http://127.0.0.1:8899");
    }

    #[test]
    fn the_clock_is_read_from_its_account() {
        let words = [7u64, 1, 2, 3, 1_700_000_000];
        let data: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let clock = decode_clock(&data).unwrap();
        assert_eq!((clock.slot, clock.epoch), (7, 2));
        assert_eq!(clock.unix_timestamp, 1_700_000_000);
        assert!(decode_clock(&data[..39]).is_none());
    }
}
