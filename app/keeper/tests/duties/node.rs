//! A node of the test's own that serves the accounts of the sandbox, and from some moment on may not answer.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anchor_lang::prelude::Pubkey;
use axum::{Json, Router, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard_client::network::CLOCK_SYSVAR;
use freeboard_sandbox::World;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stage::Stage;

/// What it has, and what it was asked.
pub struct SandboxNode {
    stage: Mutex<Stage>,
    /// What is asked now is never answered.
    pub hangs: AtomicBool,
    /// Scans that were asked for.
    pub scans: AtomicUsize,
    /// Margin accounts that were read.
    pub reads: AtomicUsize,
}

impl SandboxNode {
    /// Serves on a free port until the test ends; returns the address.
    pub async fn serve(stage: Stage) -> (Arc<Self>, String) {
        let node = Arc::new(Self {
            stage: Mutex::new(stage),
            hangs: AtomicBool::new(false),
            scans: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
        });
        let asked = Arc::clone(&node);
        let answer = post(async move |Json(request): Json<Value>| {
            if asked.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            Json(asked.answer(&request))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", answer);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (node, format!("http://{address}"))
    }

    fn answer(&self, request: &Value) -> Value {
        let stage = self.stage.lock().unwrap();
        let (world, params) = (&stage.world, &request["params"]);
        let result = match request["method"].as_str().unwrap_or_default() {
            "getMultipleAccounts" => {
                let asked = params[0].as_array().cloned().unwrap_or_default();
                let found: Vec<Value> = asked.iter().map(|one| self.account(world, one)).collect();
                json!({"context": {"slot": world.slot()}, "value": found})
            }
            "getProgramAccounts" => self.scan(world, &params[1]["dataSlice"]),
            "getRecentPrioritizationFees" => (1..=4)
                .map(|slot| json!({"slot": slot, "prioritizationFee": 100 * slot}))
                .collect(),
            _ => Value::Null,
        };
        json!({"jsonrpc": "2.0", "id": 0, "result": result})
    }

    fn account(&self, world: &World, address: &Value) -> Value {
        let address: Pubkey = address.as_str().unwrap().parse().unwrap();
        if address == CLOCK_SYSVAR {
            let words = [world.slot(), 0, 0, 0, world.now().unsigned_abs()];
            let data: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            return shown(&Pubkey::default(), &data);
        }
        let account = world.account(&address);
        if account.data.is_empty() {
            return Value::Null;
        }
        if world.margin_accounts.contains(&address) {
            self.reads.fetch_add(1, Ordering::SeqCst);
        }
        shown(&account.owner, &account.data)
    }

    /// Margin accounts are asked for by a part of them, and of nothing else there is any.
    fn scan(&self, world: &World, slice: &Value) -> Value {
        let Some(offset) = slice["offset"].as_u64() else {
            return json!([]);
        };
        self.scans.fetch_add(1, Ordering::SeqCst);
        let from = usize::try_from(offset).unwrap();
        let length = usize::try_from(slice["length"].as_u64().unwrap()).unwrap();
        let part = |address: &Pubkey| {
            let account = world.account(address);
            let account = shown(&account.owner, &account.data[from..from + length]);
            json!({"pubkey": address.to_string(), "account": account})
        };
        Value::Array(world.margin_accounts.iter().map(part).collect())
    }
}

fn shown(owner: &Pubkey, data: &[u8]) -> Value {
    json!({
        "lamports": 1, "owner": owner.to_string(), "executable": false, "rentEpoch": 0, "space": data.len(),
        "data": [BASE64_STANDARD.encode(data), "base64"],
    })
}
