//! A transaction lands once, whatever the node answers: over real connections to a node of the test's own that answers
//! by script.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::node_tests::serve;
use super::{Cluster, SendError, SendOptions};

/// Until which block height the node's blockhashes count.
const LAST_VALID: u64 = 100;

/// What the node does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct NodeScript {
    /// Transactions land as soon as they are sent.
    lands: bool,
    /// Questions about signatures fail.
    hides_status: bool,
    /// It takes the first try of a transaction, and no longer knows the blockhash at the next.
    forgets_blockhash: bool,
}

/// What the node has seen.
#[derive(Default)]
struct NodeState {
    script: Mutex<NodeScript>,
    sent: Mutex<Vec<String>>,
    hashes: AtomicU64,
    height: AtomicU64,
    /// How often the height was asked for.
    height_questions: AtomicU64,
}

impl NodeState {
    fn answer(&self, request: &Value) -> Response {
        let script = *self.script.lock().unwrap();
        let with_context = |value: Value| json!({"context": {"slot": 1}, "value": value});
        let result = match request["method"].as_str().unwrap_or_default() {
            "getLatestBlockhash" => {
                // A new one at every third question, as from a node that is asked several times in a slot.
                let number = self.hashes.fetch_add(1, Ordering::SeqCst) / 3;
                let hash = solana_hash::Hash::new_from_array([1 + number as u8; 32]);
                with_context(json!({
                    "blockhash": hash.to_string(),
                    "lastValidBlockHeight": LAST_VALID,
                }))
            }
            "sendTransaction" => {
                let text = request["params"][0].as_str().unwrap_or_default().to_owned();
                let mut sent = self.sent.lock().unwrap();
                let again = sent.contains(&text);
                sent.push(text.clone());
                if again && script.forgets_blockhash {
                    let data = json!({"err": "BlockhashNotFound", "logs": []});
                    let error = json!({"code": -32002, "message": "refused", "data": data});
                    return Json(json!({"jsonrpc": "2.0", "id": 0, "error": error}))
                        .into_response();
                }
                json!(signature_in(&text))
            }
            "getSignatureStatuses" if script.hides_status => {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            "getSignatureStatuses" => {
                let asked = request["params"][0][0].as_str().unwrap_or_default();
                let sent = self.sent.lock().unwrap();
                let is_there = sent.iter().any(|text| signature_in(text) == asked);
                let landed = json!({
                    "slot": 5, "confirmations": null, "err": null, "status": {"Ok": null},
                    "confirmationStatus": "finalized",
                });
                with_context(json!([if script.lands && is_there {
                    landed
                } else {
                    Value::Null
                }]))
            }
            "getBlockHeight" => {
                self.height_questions.fetch_add(1, Ordering::SeqCst);
                json!(self.height.load(Ordering::SeqCst))
            }
            _ => Value::Null,
        };
        Json(json!({"jsonrpc": "2.0", "id": 0, "result": result})).into_response()
    }

    /// Different transactions that were sent.
    fn different(&self) -> usize {
        let mut sent = self.sent.lock().unwrap().clone();
        sent.sort();
        sent.dedup();
        sent.len()
    }
}

/// The first signature of a transaction in base64.
fn signature_in(text: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
    bs58::encode(bytes.get(1..65).unwrap_or_default()).into_string()
}

async fn node(script: NodeScript) -> (Cluster, Arc<NodeState>) {
    let state = Arc::new(NodeState::default());
    *state.script.lock().unwrap() = script;
    let shared = Arc::clone(&state);
    let answer = post(async move |Json(request): Json<Value>| shared.answer(&request));
    let url = serve(Router::new().route("/", answer)).await;
    (Cluster::new(&url, CommitmentConfig::confirmed()), state)
}

fn gift(key: &Keypair) -> Instruction {
    system_instruction::transfer(&key.pubkey(), &Pubkey::new_from_array([9; 32]), 1)
}

async fn send(cluster: &Cluster, key: &Keypair, secs: u64) -> Result<u64, SendError> {
    let options = SendOptions {
        skip_simulation: true,
        attempts: 2,
        timeout: Duration::from_secs(secs),
        ..SendOptions::default()
    };
    let signers: [&dyn Signer; 1] = [key];
    let sent = cluster.send(&signers, &[gift(key)], &options).await;
    sent.map(|sent| sent.slot)
}

#[tokio::test]
async fn the_same_instructions_twice_are_two_transactions() {
    let (cluster, state) = node(NodeScript {
        lands: true,
        ..NodeScript::default()
    })
    .await;
    let key = Keypair::new();
    assert_eq!(send(&cluster, &key, 10).await.unwrap(), 5);
    assert_eq!(send(&cluster, &key, 10).await.unwrap(), 5);
    assert_eq!(state.different(), 2, "each with a signature of its own");
}

#[tokio::test]
async fn what_did_not_land_is_signed_anew_only_after_its_blockhash_has_ended() {
    let (cluster, state) = node(NodeScript::default()).await;
    let key = Keypair::new();
    // Its last block has just passed: a node that is behind may still take it.
    state.height.store(LAST_VALID + 1, Ordering::SeqCst);
    let waiting = send(&cluster, &key, 1).await;
    assert!(
        matches!(waiting, Err(SendError::Unknown { .. })),
        "{waiting:?}"
    );
    assert_eq!(state.different(), 1);
    state.height.store(LAST_VALID + 33, Ordering::SeqCst);
    let ended = send(&cluster, &key, 10).await;
    assert!(
        matches!(ended, Err(SendError::Expired { attempts: 2 })),
        "{ended:?}"
    );
    assert_eq!(state.different(), 3, "two more, one after the other");
}

#[tokio::test]
async fn a_signature_that_nobody_tells_of_is_not_taken_for_lost() {
    let (cluster, state) = node(NodeScript {
        lands: true,
        hides_status: true,
        ..NodeScript::default()
    })
    .await;
    state.height.store(LAST_VALID + 33, Ordering::SeqCst);
    let unknown = send(&cluster, &Keypair::new(), 1).await;
    assert!(
        matches!(unknown, Err(SendError::Unknown { .. })),
        "{unknown:?}"
    );
    assert_eq!(
        state.different(),
        1,
        "it may have landed: nothing else was signed"
    );
}

#[tokio::test]
async fn a_refusal_of_the_second_try_says_nothing_about_the_first() {
    let (cluster, state) = node(NodeScript {
        forgets_blockhash: true,
        ..NodeScript::default()
    })
    .await;
    let unknown = send(&cluster, &Keypair::new(), 3).await;
    assert!(
        matches!(unknown, Err(SendError::Unknown { .. })),
        "{unknown:?}"
    );
    assert_eq!(state.different(), 1);
}

#[tokio::test]
async fn the_height_is_asked_for_only_where_a_transaction_is_sent_again() {
    let (cluster, state) = node(NodeScript::default()).await;
    let waiting = send(&cluster, &Keypair::new(), 3).await;
    assert!(
        matches!(waiting, Err(SendError::Unknown { .. })),
        "{waiting:?}"
    );
    let sent = state.sent.lock().unwrap().len() as u64;
    let asked = state.height_questions.load(Ordering::SeqCst);
    assert!(sent > 1, "{sent}");
    assert_eq!(asked, sent - 1, "of {sent} times that it was sent");
}
