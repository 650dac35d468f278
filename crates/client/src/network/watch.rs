//! Changes of an exchange's accounts as a node tells them.
//!
//! A subscription ends silently: the connection breaks, a node restarts, and the client's library does not connect again.
//! This one does, and says so, because what changed meanwhile nobody tells: whoever watches scans again then. A connection
//! that is only silent looks like one on which nothing happens: [`AccountWatch::renew`] is for whoever knows better.
use std::collections::BTreeSet;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use futures::stream::{SelectAll, StreamExt};
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Cluster, FetchedAccount};

/// How long to wait before connecting again, at first and at most; doubled after each failure.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long a node may take to accept a connection or a subscription: without a limit it is that of the machine's network,
/// two minutes.
const ANSWER: Duration = Duration::from_secs(4);
/// Changes that may wait for whoever watches. More: the connection is begun anew, and he scans.
const WAITING: usize = 8_192;

/// What a watch tells.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// It is connected, for the first time or again: what changed before nobody told. Scan.
    Connected,
    /// It is no longer connected, with the reason; it tries to be.
    Disconnected(String),
    /// An account is now so. An account without lamports is closed.
    Changed {
        /// The account.
        account: FetchedAccount,
        /// In which slot.
        slot: u64,
    },
}

/// A watch over accounts; ends when it is dropped.
#[derive(Debug)]
pub struct AccountWatch {
    events: mpsc::Receiver<WatchEvent>,
    renewal: Arc<Notify>,
    task: JoinHandle<()>,
}

impl AccountWatch {
    /// What happens next; none where the watch has ended.
    pub async fn next(&mut self) -> Option<WatchEvent> {
        self.events.recv().await
    }

    /// Connects anew: the node has been away, or has told nothing for longer than can be.
    pub fn renew(&self) {
        self.renewal.notify_one();
    }

    /// What has happened and was not asked for yet, without waiting.
    pub fn try_next(&mut self) -> Option<WatchEvent> {
        self.events.try_recv().ok()
    }
}

impl Drop for AccountWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is watched.
struct WatchedAccounts {
    cluster: Cluster,
    program: Pubkey,
    accounts: BTreeSet<Pubkey>,
    commitment: CommitmentConfig,
    renewal: Arc<Notify>,
}

impl Cluster {
    /// Watches all accounts of the program and these others, feeds for example, at this commitment.
    pub fn watch(
        &self,
        others: impl IntoIterator<Item = Pubkey>,
        commitment: CommitmentConfig,
    ) -> AccountWatch {
        let renewal = Arc::<Notify>::default();
        let watched = WatchedAccounts {
            cluster: self.clone(),
            program: freeboard::ID,
            accounts: others.into_iter().collect(),
            commitment,
            renewal: Arc::clone(&renewal),
        };
        let (events, receiver) = mpsc::channel(WAITING);
        AccountWatch {
            events: receiver,
            renewal,
            task: tokio::spawn(watched.keep_connected(events)),
        }
    }
}

impl WatchedAccounts {
    /// Connects again and again, until nobody listens.
    async fn keep_connected(self, events: mpsc::Sender<WatchEvent>) {
        let mut wait = FIRST_WAIT;
        while !events.is_closed() {
            let mut was_connected = false;
            let reason = tokio::select! {
                reason = self.connected(&events, &mut was_connected) => reason,
                () = self.renewal.notified() => "it is begun anew".to_owned(),
            };
            tracing::debug!(%reason, "the watch is not connected");
            if events.send(WatchEvent::Disconnected(reason)).await.is_err() {
                return;
            }
            if was_connected {
                wait = FIRST_WAIT;
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Tells what happens over one connection; returns why it ended.
    async fn connected(
        &self,
        events: &mpsc::Sender<WatchEvent>,
        was_connected: &mut bool,
    ) -> String {
        let client = match in_time(PubsubClient::new(self.cluster.ws_url())).await {
            Ok(client) => client,
            Err(reason) => return reason,
        };
        let account_config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.commitment),
            ..RpcAccountInfoConfig::default()
        };
        let config = RpcProgramAccountsConfig {
            account_config: account_config.clone(),
            ..RpcProgramAccountsConfig::default()
        };
        let mut changes = SelectAll::new();
        match in_time(client.program_subscribe(&self.program, Some(config))).await {
            Ok((stream, _)) => {
                let keyed = stream.map(|told| {
                    let key = told.value.pubkey.parse::<Pubkey>().ok();
                    (key, told.value.account, told.context.slot)
                });
                changes.push(keyed.boxed());
            }
            Err(reason) => return reason,
        }
        for address in &self.accounts {
            let config = Some(account_config.clone());
            match in_time(client.account_subscribe(address, config)).await {
                Ok((stream, _)) => {
                    let address = *address;
                    let keyed =
                        stream.map(move |told| (Some(address), told.value, told.context.slot));
                    changes.push(keyed.boxed());
                }
                Err(reason) => return reason,
            }
        }
        *was_connected = true;
        if events.send(WatchEvent::Connected).await.is_err() {
            return "nobody watches".to_owned();
        }
        while let Some((key, account, slot)) = changes.next().await {
            if let Err(reason) = self.tell(events, key, &account, slot) {
                return reason;
            }
        }
        "the node closed the connection".to_owned()
    }

    fn tell(
        &self,
        events: &mpsc::Sender<WatchEvent>,
        key: Option<Pubkey>,
        account: &UiAccount,
        slot: u64,
    ) -> Result<(), String> {
        let address = key.ok_or("an address that cannot be read")?;
        let account = self.cluster.read(address, account);
        let account = account.map_err(|error| error.to_string())?;
        let event = WatchEvent::Changed { account, slot };
        events
            .try_send(event)
            .map_err(|_| format!("more than {WAITING} changes wait"))
    }
}

/// What a node answers in time.
///
/// Errors: in words, those of the node, and that it does not answer.
async fn in_time<T, E: Display>(answer: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match timeout(ANSWER, answer).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
    }
}
