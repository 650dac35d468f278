//! The start: everything is read once, however often the node fails meanwhile. A stop is heard while a question hangs.
use std::time::Duration;

use anyhow::Result;
use freeboard_client::network::NetworkError;
use sd_notify::NotifyState;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::book::{ExchangeBook, KeeperKeys};
use crate::port::KeeperPort;
use crate::runner::READ_AT_ONCE;

/// How often systemd is asked for time while the start goes on.
const ASKED_EVERY: Duration = Duration::from_secs(5);
/// For how much it is asked then, microseconds.
const START_EXTENSION_MICROS: u32 = 20_000_000;

/// Carries out a part of the start, and asks systemd, where that started it, for time meanwhile: how long a scan takes
/// depends on how many accounts there are. Each question to the node has an end of its own.
pub async fn with_time<T>(part: impl Future<Output = T>) -> T {
    let mut asked = interval(ASKED_EVERY);
    tokio::pin!(part);
    loop {
        tokio::select! {
            done = &mut part => return done,
            _ = asked.tick() => {
                // Nobody listens where systemd did not start it.
                let more = NotifyState::ExtendTimeoutUsec(START_EXTENSION_MICROS);
                let _ = sd_notify::notify(false, &[more]);
            }
        }
    }
}

/// Everything that there is, each question tried until it is answered or the keeper is stopped; none then. What was read
/// is not read again. Pauses begin with `retry_after`.
///
/// Errors: what no other try will mend, an exchange that is not there for example.
pub async fn first_book<P: KeeperPort>(
    port: &P,
    keys: KeeperKeys,
    retry_after: Duration,
    stop: &CancellationToken,
) -> Result<Option<ExchangeBook>> {
    let scanned = persist(|| port.snapshot(), retry_after, stop).await?;
    let Some(snapshot) = scanned else {
        return Ok(None);
    };
    let mut book = ExchangeBook::new(snapshot, keys);
    for some in book.lacking(usize::MAX).chunks(READ_AT_ONCE) {
        let read = persist(|| port.accounts(some), retry_after, stop).await?;
        let Some(read) = read else {
            return Ok(None);
        };
        read.iter().for_each(|account| book.take(account));
    }
    Ok(Some(book))
}

/// Asks until there is an answer, or the keeper is stopped; none then.
async fn persist<T, F>(
    ask: impl Fn() -> F,
    retry_after: Duration,
    stop: &CancellationToken,
) -> Result<Option<T>>
where
    F: Future<Output = Result<T>>,
{
    let mut backoff = Backoff::new(retry_after);
    loop {
        let answer = tokio::select! {
            () = stop.cancelled() => return Ok(None),
            answer = ask() => answer,
        };
        match answer {
            Ok(answer) => return Ok(Some(answer)),
            Err(error) if !may_pass(&error) => return Err(error),
            Err(error) => note_wait("no first scan; trying again", &error.to_string()),
        }
        if !backoff.wait(stop).await {
            return Ok(None);
        }
    }
}

/// Says what the start waits for, and why.
pub fn note_wait(what: &str, reason: &str) {
    tracing::warn!(reason, "{what}");
    // Nobody listens where systemd did not start it.
    let _ = sd_notify::notify(false, &[NotifyState::Status(reason)]);
}

/// Whether another try may succeed where this failed.
fn may_pass(error: &anyhow::Error) -> bool {
    let known = error.downcast_ref::<NetworkError>();
    known.is_none_or(NetworkError::is_passing)
}
