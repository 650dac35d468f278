//! The start: what was read is not read again, and a stop is heard while the node leaves a question without an answer.
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use freeboard_keeper::start;
use solana_keypair::{Keypair, write_keypair_file};
use tokio::net::UnixDatagram;
use tokio::process::Command;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::node::SandboxNode;
use crate::source::{port, told};
use crate::stage::Stage;

/// How long it may take until the keeper tells or does what is expected.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_was_scanned_is_not_scanned_again_where_accounts_are_not_read() {
    let stage = Stage::new();
    let (told, keys) = (Arc::new(told(&stage)), stage.keys());
    let accounts = stage.world.margin_accounts.len();
    let (node, url) = SandboxNode::serve(stage).await;
    node.failures.store(2, Ordering::SeqCst);
    let (port, stop) = (port(&told, &url), CancellationToken::new());
    let pause = Duration::from_millis(10);
    let book = start::first_book(&port, keys, pause, &stop).await;
    let book = book.unwrap().expect("it was not stopped");
    assert_eq!((book.len(), book.lacking(1)), (accounts, Vec::new()));
    assert_eq!(node.failures.load(Ordering::SeqCst), 0);
    assert_eq!(node.scans.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn while_the_first_scan_hangs_systemd_is_asked_for_time_and_a_stop_is_heard() {
    let stage = Stage::new();
    let exchange = stage.world.exchange;
    let (node, url) = SandboxNode::serve(stage).await;
    node.hangs.store(true, Ordering::SeqCst);
    let folder = tempfile::tempdir().unwrap();
    let (key, socket) = (folder.path().join("key.json"), folder.path().join("told"));
    write_keypair_file(&Keypair::new(), &key).unwrap();
    let systemd = UnixDatagram::bind(&socket).unwrap();
    let mut keeper = Command::new(env!("CARGO_BIN_EXE_freeboard-keeper"));
    keeper
        .args(["run", "--exchange", &exchange.to_string(), "--url", &url])
        .arg("--keypair")
        .arg(&key)
        .env("FREEBOARD_KEEPER_HTTP__LISTEN", "127.0.0.1:0")
        .env("NOTIFY_SOCKET", &socket)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut keeper = keeper.spawn().unwrap();
    // Once for the beginning, and again though nothing was answered.
    for _ in 0..2 {
        until_told(&systemd, "EXTEND_TIMEOUT_USEC=").await;
    }
    let number = keeper.id().expect("it runs").to_string();
    let mut kill = Command::new("kill");
    let killed = kill.args(["-TERM", &number]).status().await;
    assert!(killed.unwrap().success());
    until_told(&systemd, "STOPPING=1").await;
    let ended = timeout(SOON, keeper.wait()).await.expect("it ends");
    assert_eq!(ended.unwrap().code(), Some(0));
}

async fn until_told(systemd: &UnixDatagram, words: &str) {
    let heard = async {
        let mut told = [0; 1_024];
        loop {
            let length = systemd.recv(&mut told).await.unwrap();
            if String::from_utf8_lossy(&told[..length]).contains(words) {
                return;
            }
        }
    };
    let heard = timeout(SOON, heard).await;
    heard.unwrap_or_else(|_| panic!("{words} is not told"));
}
