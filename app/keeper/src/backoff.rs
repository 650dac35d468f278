//! Pauses between tries of what cannot be done without a node, each twice as long as the one before.
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The longest pause: however long a fault lasts, it is soon noticed that it is over.
const LONGEST: Duration = Duration::from_secs(2);

/// The pauses of one thing that is tried.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    next: Duration,
}

impl Backoff {
    /// Pauses of which the first is this long.
    pub fn new(first: Duration) -> Self {
        Self {
            next: first.min(LONGEST),
        }
    }

    /// Waits for the next pause; says whether to try again, and not that it is stopped.
    pub async fn wait(&mut self, stop: &CancellationToken) -> bool {
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST);
        tokio::select! {
            () = stop.cancelled() => false,
            () = sleep(pause) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pauses_double_and_a_stop_ends_them() {
        let stop = CancellationToken::new();
        let mut backoff = Backoff::new(Duration::from_millis(10));
        for millis in [10, 20, 40] {
            let start = std::time::Instant::now();
            assert!(backoff.wait(&stop).await);
            assert!(start.elapsed() >= Duration::from_millis(millis));
        }
        stop.cancel();
        let mut endless = Backoff::new(Duration::from_secs(3_600));
        assert_eq!(endless.next, LONGEST);
        assert!(!endless.wait(&stop).await);
    }
}
