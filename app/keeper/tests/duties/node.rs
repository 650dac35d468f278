//! A node of the test's own that serves the accounts of the sandbox, and from some moment on may not answer.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use axum::{Json, Router, http::StatusCode, routing::post};
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
    /// How long a scan takes, milliseconds.
    pub scan_millis: AtomicUsize,
    /// Questions about margin accounts that fail before one is answered.
    pub failures: AtomicUsize,
    /// Each answer about accounts is of a node that is a slot further behind.
    pub falls_behind: AtomicBool,
    /// Answers about accounts.
    pub answers: AtomicUsize,
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
            scan_millis: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            falls_behind: AtomicBool::new(false),
            answers: AtomicUsize::new(0),
            scans: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
        });
        let asked = Arc::clone(&node);
        let answer = post(async move |Json(request): Json<Value>| {
            if asked.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if request["method"] == "getProgramAccounts" {
                let millis = asked.scan_millis.load(Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(millis as u64)).await;
            }
            if asked.fails(&request) {
                return Err(StatusCode::SERVICE_UNAVAILABLE);
            }
            Ok(Json(asked.answer(&request)))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", answer);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (node, format!("http://{address}"))
    }

    /// Whether this question is one about margin accounts that fails.
    fn fails(&self, request: &Value) -> bool {
        let stage = self.stage.lock().unwrap();
        let accounts = &stage.world.margin_accounts;
        let named = request["params"][0].as_array();
        let mut named = named.into_iter().flatten().filter_map(Value::as_str);
        let is_about = named.any(|one| accounts.iter().any(|account| account.to_string() == one));
        let left = self.failures.load(Ordering::SeqCst);
        if is_about && left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
        }
        is_about && left > 0
    }

    fn answer(&self, request: &Value) -> Value {
        let stage = self.stage.lock().unwrap();
        let (world, params) = (&stage.world, &request["params"]);
        let result = match request["method"].as_str().unwrap_or_default() {
            "getMultipleAccounts" => {
                let asked = params[0].as_array().cloned().unwrap_or_default();
                let answers = self.answers.fetch_add(1, Ordering::SeqCst) as u64;
                let falls_behind = self.falls_behind.load(Ordering::SeqCst);
                let slot = world.slot() - if falls_behind { answers } else { 0 };
                let found = asked.iter().map(|one| self.account(world, one, slot));
                let found: Vec<Value> = found.collect();
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

    fn account(&self, world: &World, address: &Value, slot: u64) -> Value {
        let address: Pubkey = address.as_str().unwrap().parse().unwrap();
        if address == CLOCK_SYSVAR {
            let words = [slot, 0, 0, 0, world.now().unsigned_abs()];
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
