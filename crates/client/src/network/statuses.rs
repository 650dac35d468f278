//! What became of signatures. Everybody who waits for one asks together with the others who do: a hundred transactions on
//! their way cost a node no more questions than one.
use std::sync::{Mutex, PoisonError};

use solana_signature::Signature;
use solana_transaction_status_client_types::TransactionStatus;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::{Cluster, NetworkError};

/// Signatures that one question may name.
const MOST_SIGNATURES: usize = 256;

/// What the cluster knows about a signature: none where it knows nothing; in words why it was not to be learned.
pub(super) type KnownStatus = Result<Option<TransactionStatus>, String>;

/// A signature, and where the answer goes.
#[derive(Debug)]
struct AskedSignature {
    signature: Signature,
    answer: oneshot::Sender<KnownStatus>,
}

/// The signatures that are waited for, and whose turn it is to ask.
#[derive(Debug, Default)]
pub(super) struct StatusDesk {
    waiting: Mutex<Vec<AskedSignature>>,
    turn: tokio::sync::Mutex<()>,
}

impl StatusDesk {
    fn edit<T>(&self, change: impl FnOnce(&mut Vec<AskedSignature>) -> T) -> T {
        // A thread that panicked while it held the lock has left whole values.
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wait_for(&self, signature: Signature) -> oneshot::Receiver<KnownStatus> {
        let (answer, told) = oneshot::channel();
        self.edit(|waiting| waiting.push(AskedSignature { signature, answer }));
        told
    }

    /// As many as one question may name, those first that wait longest.
    fn take_some(&self) -> Vec<AskedSignature> {
        self.edit(|waiting| {
            let some = waiting.len().min(MOST_SIGNATURES);
            waiting.drain(..some).collect()
        })
    }
}

impl Cluster {
    /// What the cluster knows about a signature.
    pub(super) async fn status(&self, signature: &Signature) -> KnownStatus {
        let desk = &self.statuses;
        let mut told = desk.wait_for(*signature);
        let _turn = desk.turn.lock().await;
        loop {
            match told.try_recv() {
                // Whoever had the turn before has asked for this one too.
                Ok(status) => return status,
                // Whoever asked for it was ended before there was an answer.
                Err(TryRecvError::Closed) => told = desk.wait_for(*signature),
                Err(TryRecvError::Empty) => {}
            }
            self.ask_for_statuses().await;
        }
    }

    /// Asks one question for those that wait, and tells each its answer.
    async fn ask_for_statuses(&self) {
        let asked = self.statuses.take_some();
        let signatures: Vec<Signature> = asked.iter().map(|one| one.signature).collect();
        let answer = self.fetch_statuses(&signatures).await;
        for (at, one) in asked.into_iter().enumerate() {
            let status = match &answer {
                Ok(statuses) => Ok(statuses.get(at).cloned().flatten()),
                Err(error) => Err(error.to_string()),
            };
            let _ = one.answer.send(status); // it need not wait any more
        }
    }

    async fn fetch_statuses(
        &self,
        signatures: &[Signature],
    ) -> Result<Vec<Option<TransactionStatus>>, NetworkError> {
        let answer = self.rpc().get_signature_statuses(signatures).await;
        let statuses = answer.map_err(|error| self.failure(&error))?.value;
        if statuses.len() != signatures.len() {
            return Err(self.answer("another number of signatures than were asked for"));
        }
        Ok(statuses)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use axum::{Json, Router, routing::post};
    use serde_json::{Value, json};
    use solana_commitment_config::CommitmentConfig;

    use super::*;
    use crate::network::node_tests::serve;

    /// A node that takes its time and knows a signature whose first byte is even; it counts questions.
    async fn node(questions: Arc<AtomicUsize>) -> Cluster {
        let answer = async move |Json(request): Json<Value>| {
            questions.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            let asked = request["params"][0].as_array().cloned().unwrap_or_default();
            let status = |one: &Value| {
                let signature: Signature = one.as_str().unwrap().parse().unwrap();
                let landed = json!({
                    "slot": signature.as_ref()[0], "confirmations": null, "err": null,
                    "status": {"Ok": null}, "confirmationStatus": "finalized",
                });
                signature.as_ref()[0].is_multiple_of(2).then_some(landed)
            };
            let value: Vec<Option<Value>> = asked.iter().map(status).collect();
            let result = json!({"context": {"slot": 1}, "value": value});
            Json(json!({"jsonrpc": "2.0", "id": 0, "result": result}))
        };
        let url = serve(Router::new().route("/", post(answer))).await;
        Cluster::new(&url, CommitmentConfig::confirmed())
    }

    #[tokio::test]
    async fn many_who_wait_ask_together_and_each_gets_its_own_answer() {
        let questions = Arc::<AtomicUsize>::default();
        let cluster = node(Arc::clone(&questions)).await;
        let mut asking = tokio::task::JoinSet::new();
        for first in 0..100 {
            let cluster = cluster.clone();
            asking.spawn(async move { (first, cluster.status(&signature(first)).await) });
        }
        while let Some(answered) = asking.join_next().await {
            let (first, status) = answered.unwrap();
            let slot = status.unwrap().map(|status| status.slot);
            assert_eq!(slot, first.is_multiple_of(2).then_some(u64::from(first)));
        }
        let asked = questions.load(Ordering::SeqCst);
        assert!(asked <= 10, "{asked} questions for 100 signatures");
    }

    #[tokio::test]
    async fn who_is_ended_while_it_asks_for_others_leaves_none_without_an_answer() {
        let questions = Arc::<AtomicUsize>::default();
        let cluster = node(questions).await;
        let [zeroth, first, second] = [0, 1, 2].map(signature);
        // While the zeroth is asked for, both others come to wait; the first then asks for both, and is ended.
        let ending = tokio::time::timeout(Duration::from_millis(45), cluster.status(&first));
        let (_, ended, status) =
            tokio::join!(cluster.status(&zeroth), ending, cluster.status(&second));
        assert!(ended.is_err());
        assert_eq!(status.unwrap().map(|status| status.slot), Some(2));
    }

    fn signature(first: u8) -> Signature {
        let mut bytes = [7; 64];
        bytes[0] = first;
        Signature::from(bytes)
    }
}
