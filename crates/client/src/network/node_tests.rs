//! What a node that fails, or is none, makes of a question: over real connections to a server of the test's own.
use anchor_lang::prelude::Pubkey;
use axum::{Json, Router, http::StatusCode, response::Html, routing::get, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_commitment_config::CommitmentConfig;

use super::{Cluster, Hermes, NetworkError, PriceService, RecordedPrices};
use crate::transactions::post::tests::{price, update};

/// Serves on a free port until the test ends; returns the address.
pub(super) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

fn cluster(url: &str) -> Cluster {
    Cluster::new(url, CommitmentConfig::confirmed())
}

async fn answering(result: Value) -> Cluster {
    let answer = json!({"jsonrpc": "2.0", "id": 0, "result": result});
    let url = serve(Router::new().route("/", post(async move || Json(answer.clone())))).await;
    cluster(&url)
}

#[tokio::test]
async fn an_account_is_missing_only_where_the_node_says_so() {
    let node = answering(json!({"context": {"slot": 1}, "value": [null]})).await;
    assert!(node.account(&Pubkey::new_unique()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_page_a_failure_and_silence_are_no_missing_account() {
    let page = serve(Router::new().route("/", post(async || Html("<h1>login</h1>")))).await;
    let failing = Router::new().route("/", post(async || StatusCode::SERVICE_UNAVAILABLE));
    let failing = serve(failing).await;
    let address = Pubkey::new_unique();
    let said = cluster(&page).account(&address).await.unwrap_err();
    assert!(matches!(said, NetworkError::Answer { .. }), "{said}");
    assert!(said.is_passing(), "a proxy answers while the node is away");
    let said = cluster(&failing).account(&address).await.unwrap_err();
    assert!(said.is_passing(), "{said}");
    let closed = cluster("http://127.0.0.1:9"); // nobody listens at "discard"
    let said = closed.account(&address).await.unwrap_err();
    assert!(matches!(said, NetworkError::Unreachable { .. }), "{said}");
    assert!(said.to_string().contains("127.0.0.1:9"), "{said}");
}

#[tokio::test]
async fn fewer_accounts_than_asked_for_are_refused() {
    let node = answering(json!({"context": {"slot": 1}, "value": []})).await;
    let said = node.account(&Pubkey::new_unique()).await.unwrap_err();
    assert!(matches!(said, NetworkError::Answer { .. }), "{said}");
}

#[tokio::test]
async fn an_update_of_a_price_service_holds_what_was_asked_for() {
    let bytes = update(&[price(1), price(2)]);
    let answer =
        json!({"binary": {"encoding": "base64", "data": [BASE64_STANDARD.encode(&bytes)]}});
    let latest = get(async move || Json(answer.clone()));
    let url = serve(Router::new().route("/v2/updates/price/latest", latest)).await;
    let service = Hermes::new(&url);
    let found = service.latest(&[[2; 32]]).await.unwrap();
    assert_eq!(found.feeds().count(), 2);
    let said = service.latest(&[[3; 32]]).await.unwrap_err();
    assert!(said.to_string().contains("0303"), "{said}");
}

#[tokio::test]
async fn recorded_updates_are_answered_in_order() {
    let recorded = [update(&[price(1)]), update(&[price(2)])];
    let service = RecordedPrices::new(&recorded).unwrap();
    for feed in [1, 2, 2] {
        assert!(service.latest(&[[feed; 32]]).await.is_ok(), "{feed}");
    }
    assert!(RecordedPrices::new(&[vec![1, 2, 3]]).is_err());
}
