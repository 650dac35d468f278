//! What `freeboard` does where a node says that it is mainnet-beta: it asks about cluster and program before anything is
//! sent. The node is the test's own, over real connections.
use std::path::Path;
use std::sync::{Arc, Mutex};

use assert_cmd::Command;
use axum::{Json, Router, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard_client::freeboard;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const MAINNET: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
const LOADER: &str = "BPFLoader2111111111111111111111111111111111";
const EXCHANGE: &str = "ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa";

/// A node of mainnet-beta that has nothing but the program.
#[derive(Clone, Default)]
struct MainnetNode {
    program: Arc<Mutex<Vec<u8>>>,
    /// Methods that it was asked, in order.
    asked: Arc<Mutex<Vec<String>>>,
}

impl MainnetNode {
    fn answer(&self, request: &Value) -> Value {
        let method = request["method"].as_str().unwrap_or_default();
        self.asked.lock().unwrap().push(method.to_owned());
        let with_context = |value: Value| json!({ "context": { "slot": 1 }, "value": value });
        let result = match method {
            "getGenesisHash" => json!(MAINNET),
            "getMultipleAccounts" => {
                let addresses = request["params"][0].as_array().unwrap().iter();
                with_context(addresses.map(|address| self.account(address)).collect())
            }
            "simulateTransaction" => with_context(json!({
                "err": { "InstructionError": [0, { "Custom": 6000 }] }, "logs": [], "accounts": null, "unitsConsumed": 1,
            })),
            _ => Value::Null,
        };
        json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })
    }

    fn account(&self, address: &Value) -> Value {
        if *address != freeboard::ID.to_string() {
            return Value::Null;
        }
        let bytes = self.program.lock().unwrap();
        json!({
            "lamports": 1, "owner": LOADER, "executable": true, "rentEpoch": 0, "space": bytes.len(),
            "data": [BASE64_STANDARD.encode(&*bytes), "base64"],
        })
    }

    /// Serves until the test ends; returns the address.
    fn serve(&self, runtime: &Runtime) -> String {
        let node = self.clone();
        let router = Router::new().route(
            "/",
            post(async move |Json(request): Json<Value>| Json(node.answer(&request))),
        );
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}")
    }

    fn was_asked(&self, method: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|one| one == method)
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs it on that node, in a home of its own; exit status and what was said.
fn freeboard(home: &Path, url: &str, line: &str) -> (i32, String) {
    let key = home.join("key.json");
    if !key.exists() {
        solana_keypair::write_keypair_file(&solana_keypair::Keypair::new(), &key).unwrap();
    }
    let mut command = Command::cargo_bin("freeboard").unwrap();
    let output = command
        .env("HOME", home)
        .env("FREEBOARD_CONFIG", home.join("freeboard.toml"))
        .args(line.split_whitespace())
        .args(["-u", url, "--exchange", EXCHANGE, "-k"])
        .arg(&key)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[test]
fn mainnet_is_asked_about_before_anything_is_sent_until_it_is_pinned() {
    let (home, runtime) = (TempDir::new().unwrap(), Runtime::new().unwrap());
    let node = MainnetNode::default();
    *node.program.lock().unwrap() = vec![1, 2, 3];
    let url = node.serve(&runtime);
    let hash = sha256(&[1, 2, 3]);
    let run = |line: &str| freeboard(home.path(), &url, line);
    // Nobody can be asked here, and --yes is no answer to it.
    for line in ["account open --yes", "account open --yes --json"] {
        let (status, said) = run(line);
        assert_eq!(status, 7, "{line}: {said}");
        assert!(
            said.contains("mainnet-beta") && said.contains(&hash),
            "{said}"
        );
        assert!(said.contains("--yes does not"), "{said}");
        assert!(!node.was_asked("simulateTransaction"), "{line}");
    }
    // Looking needs no answer.
    let (status, said) = run("account open --dry-run");
    assert_eq!(status, 3, "its simulation is refused: {said}");
    let (status, said) = run("account open --yes --accept-mismatch");
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("not pinned"), "{said}");
    let (status, said) = run("config pin");
    assert_eq!(status, 0, "{said}");
    let (status, said) = run("account open --yes");
    assert_eq!(status, 3, "pinned, it goes on to the simulation: {said}");
    assert!(!said.contains("not pinned"), "{said}");
    // Another program under the same address.
    *node.program.lock().unwrap() = vec![1, 2, 4];
    let (status, said) = run("account open --yes");
    assert_eq!(status, 7, "{said}");
    assert!(
        said.contains(&hash) && said.contains(&sha256(&[1, 2, 4])),
        "{said}"
    );
    assert!(!node.was_asked("sendTransaction"));
}
