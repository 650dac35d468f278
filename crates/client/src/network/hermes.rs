//! Pyth's updates, from a service that speaks like Hermes, to be posted and used in one transaction
//! ([`crate::post`]).
use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::NetworkError;
use crate::post::PriceUpdates;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where price updates come from.
#[async_trait]
pub trait PriceService: Send + Sync {
    /// The newest update that holds these feeds.
    ///
    /// Errors: [`NetworkError::Prices`].
    async fn latest(&self, feeds: &[[u8; 32]]) -> Result<PriceUpdates, NetworkError>;
}

/// A service that speaks like Pyth's Hermes: `GET /v2/updates/price/latest`.
#[derive(Clone, Debug)]
pub struct Hermes {
    url: String,
    client: reqwest::Client,
}

/// What it answers with.
#[derive(Deserialize)]
struct Latest {
    binary: EncodedUpdate,
}

#[derive(Deserialize)]
struct EncodedUpdate {
    encoding: String,
    data: Vec<String>,
}

impl Hermes {
    /// The service at this address, without a path.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            client: reqwest::Client::new(),
        }
    }

    fn failure(&self, reason: impl ToString) -> NetworkError {
        NetworkError::Prices {
            service: self.url.clone(),
            reason: reason.to_string(),
        }
    }
}

#[async_trait]
impl PriceService for Hermes {
    async fn latest(&self, feeds: &[[u8; 32]]) -> Result<PriceUpdates, NetworkError> {
        let ids = feeds.iter().map(|feed| ("ids[]", hex::encode(feed)));
        let mut query: Vec<(&str, String)> = ids.collect();
        query.push(("encoding", "base64".to_owned()));
        let request = self
            .client
            .get(format!("{}/v2/updates/price/latest", self.url))
            .query(&query)
            .timeout(TIMEOUT);
        let answer = request.send().await.map_err(|error| self.failure(error))?;
        let answer = answer
            .error_for_status()
            .map_err(|error| self.failure(error))?;
        let latest: Latest = answer.json().await.map_err(|error| self.failure(error))?;
        let encoded = match latest.binary.data.as_slice() {
            [one] => one,
            several => {
                let found = format!("{} updates in place of one", several.len());
                return Err(self.failure(found));
            }
        };
        let bytes =
            decoded(&latest.binary.encoding, encoded).map_err(|error| self.failure(error))?;
        let updates = PriceUpdates::parse(&bytes).map_err(|error| self.failure(error))?;
        complete(updates, feeds).map_err(|error| self.failure(error))
    }
}

/// Updates that were recorded: each answer is the next of them, the last one again and again.
#[derive(Debug)]
pub struct RecordedPrices {
    updates: Vec<PriceUpdates>,
    next: std::sync::atomic::AtomicUsize,
}

impl RecordedPrices {
    /// Reads updates as Hermes sends them, decoded, in the order in which they are answered.
    ///
    /// Errors: [`NetworkError::Prices`] where one is no update, or there is none.
    pub fn new(recorded: &[Vec<u8>]) -> Result<Self, NetworkError> {
        let updates = recorded.iter().map(|bytes| PriceUpdates::parse(bytes));
        let updates: Vec<PriceUpdates> = updates
            .collect::<Result<_, _>>()
            .map_err(|reason| Self::failure(&reason.to_string()))?;
        if updates.is_empty() {
            return Err(Self::failure("none was recorded"));
        }
        Ok(Self {
            updates,
            next: Default::default(),
        })
    }

    fn failure(reason: &str) -> NetworkError {
        NetworkError::Prices {
            service: "the recorded updates".to_owned(),
            reason: reason.to_owned(),
        }
    }
}

#[async_trait]
impl PriceService for RecordedPrices {
    async fn latest(&self, feeds: &[[u8; 32]]) -> Result<PriceUpdates, NetworkError> {
        let next = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let place = next.min(self.updates.len() - 1); // never empty
        complete(self.updates[place].clone(), feeds).map_err(|reason| Self::failure(&reason))
    }
}

fn decoded(encoding: &str, data: &str) -> Result<Vec<u8>, String> {
    match encoding {
        "base64" => BASE64_STANDARD
            .decode(data)
            .map_err(|error| error.to_string()),
        "hex" => hex::decode(data).map_err(|error| error.to_string()),
        other => Err(format!("encoding {other}, where base64 was asked for")),
    }
}

/// The updates, if they hold every feed that was asked for.
fn complete(updates: PriceUpdates, feeds: &[[u8; 32]]) -> Result<PriceUpdates, String> {
    let missing = feeds
        .iter()
        .find(|feed| updates.feeds().all(|held| held != **feed));
    match missing {
        Some(feed) => Err(format!("feed {} is not in the answer", hex::encode(feed))),
        None => Ok(updates),
    }
}
