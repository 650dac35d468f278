//! What is read from a node, over real connections: only what has changed, and again as soon as a node that was away is
//! back.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use freeboard_client::network::Cluster;
use freeboard_keeper::book::ExchangeBook;
use freeboard_keeper::cluster_port::ClusterPort;
use freeboard_keeper::config::KeeperConfig;
use freeboard_keeper::port::KeeperPort;
use freeboard_keeper::source::{ClusterSource, KeeperEvent};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::node::SandboxNode;
use crate::stage::Stage;

pub fn told(stage: &Stage) -> KeeperConfig {
    let mut told = stage.told.clone();
    for index in 0..3 {
        let feed = stage.asset(index).feed.to_string();
        told.feeds.insert(index.to_string(), feed);
    }
    told.timing.poll_every = Duration::from_millis(100);
    told
}

pub fn port(told: &Arc<KeeperConfig>, url: &str) -> ClusterPort {
    let cluster = Cluster::new(url, CommitmentConfig::confirmed());
    let counted = (Arc::default(), Arc::default());
    ClusterPort::new(cluster, Arc::clone(told), Arc::new(Keypair::new()), counted).unwrap()
}

#[tokio::test]
async fn a_scan_reads_only_what_is_not_known() {
    let mut stage = Stage::new();
    for _ in 0..5 {
        stage.sinking(133.0);
    }
    let (told, keys) = (Arc::new(told(&stage)), stage.keys());
    let accounts = stage.world.margin_accounts.len();
    let (node, url) = SandboxNode::serve(stage).await;
    let port = port(&told, &url);
    let mut book = ExchangeBook::new(port.snapshot().await.unwrap(), keys);
    let lacking = book.lacking(usize::MAX);
    assert_eq!(lacking.len(), accounts);
    for account in port.accounts(&lacking).await.unwrap() {
        book.take(&account);
    }
    assert_eq!((book.len(), book.lacking(1)), (accounts, Vec::new()));
    assert_eq!(node.reads.load(Ordering::SeqCst), accounts);
    book.replace(port.snapshot().await.unwrap());
    assert_eq!(book.lacking(1), Vec::new(), "all of it is known");
    assert_eq!((book.len(), book.state.assets.len()), (accounts, 3));
}

#[tokio::test]
async fn each_account_is_dated_by_the_node_that_told_it() {
    let mut stage = Stage::new();
    stage.world.warp_fresh(60);
    let (told, slot) = (Arc::new(told(&stage)), stage.world.slot());
    let (node, url) = SandboxNode::serve(stage).await;
    node.falls_behind.store(true, Ordering::SeqCst);
    let asked: Vec<Pubkey> = (0..150).map(|_| Pubkey::new_unique()).collect();
    let found = port(&told, &url).accounts(&asked).await.unwrap();
    let addresses: Vec<Pubkey> = found.iter().map(|one| one.address).collect();
    assert_eq!(addresses, asked);
    let answers = node.answers.load(Ordering::SeqCst) as u64;
    assert_eq!(answers, 2);
    for behind in 0..answers {
        let is_dated = found.iter().any(|one| one.slot == slot - behind);
        assert!(is_dated, "none of slot {slot} - {behind}");
    }
}

/// The next scan that comes in time.
async fn next_scan(events: &mut mpsc::Receiver<KeeperEvent>, most: Duration) -> bool {
    let scanned = async {
        while let Some(event) = events.recv().await {
            if matches!(event, KeeperEvent::Scanned(_)) {
                return;
            }
        }
    };
    timeout(most, scanned).await.is_ok()
}

/// A node, and the tasks that read it; the sender of the places of prices, which ends them.
async fn served() -> (Arc<SandboxNode>, ClusterSource, watch::Sender<Vec<Pubkey>>) {
    let stage = Stage::new();
    let told = Arc::new(told(&stage));
    let feeds = stage.snapshot().state.assets;
    let feeds = feeds.iter().map(|one| one.keys.feed).collect();
    let (node, url) = SandboxNode::serve(stage).await;
    let (kept, feeds) = watch::channel(feeds);
    let source = ClusterSource {
        port: Arc::new(port(&told, &url)),
        told,
        metrics: Arc::default(),
        health: Arc::default(),
        stop: CancellationToken::new(),
        feeds,
        rescan: Arc::new(Notify::new()),
        is_back: Arc::default(),
    };
    (node, source, kept)
}

#[tokio::test]
async fn a_scan_that_hangs_is_given_up_when_the_node_is_back() {
    let (node, source, _feeds) = served().await;
    let (rescan, stop) = (Arc::clone(&source.rescan), source.stop.clone());
    let mut events = source.begin();
    rescan.notify_one();
    assert!(next_scan(&mut events, Duration::from_secs(10)).await);
    node.hangs.store(true, Ordering::SeqCst);
    rescan.notify_one();
    assert!(!next_scan(&mut events, Duration::from_secs(7)).await);
    node.hangs.store(false, Ordering::SeqCst);
    let start = Instant::now();
    assert!(next_scan(&mut events, Duration::from_secs(10)).await);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    stop.cancel();
}

#[tokio::test]
async fn the_rest_after_a_slow_scan_ends_when_the_next_is_due() {
    let (node, mut source, _feeds) = served().await;
    let mut told = (*source.told).clone();
    told.timing.scan_every = Duration::from_millis(500);
    source.told = Arc::new(told);
    node.scan_millis.store(2_000, Ordering::SeqCst);
    let stop = source.stop.clone();
    let mut events = source.begin();
    assert!(next_scan(&mut events, Duration::from_secs(15)).await);
    // Four times two seconds, and the scan itself, would be ten.
    let start = Instant::now();
    assert!(next_scan(&mut events, Duration::from_secs(15)).await);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(7), "{took:?}");
    stop.cancel();
}

#[tokio::test]
async fn a_node_that_is_back_ends_the_rest() {
    let (node, source, _feeds) = served().await;
    let (rescan, stop) = (Arc::clone(&source.rescan), source.stop.clone());
    node.scan_millis.store(5_000, Ordering::SeqCst);
    let mut events = source.begin();
    rescan.notify_one();
    assert!(next_scan(&mut events, Duration::from_secs(15)).await);
    node.scan_millis.store(0, Ordering::SeqCst);
    node.hangs.store(true, Ordering::SeqCst);
    assert!(!next_scan(&mut events, Duration::from_secs(8)).await);
    node.hangs.store(false, Ordering::SeqCst);
    // Of a rest of twenty seconds eight are over.
    let start = Instant::now();
    assert!(next_scan(&mut events, Duration::from_secs(20)).await);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(6), "{took:?}");
    stop.cancel();
}

#[tokio::test]
async fn what_others_pay_is_asked_for_beside_the_transactions() {
    let (_node, source, _feeds) = served().await;
    assert_eq!(source.told.fees.percentile, 75);
    let stop = source.stop.clone();
    let mut events = source.begin();
    let told = async {
        loop {
            if let KeeperEvent::RecentFee(fee) = events.recv().await.expect("it goes on") {
                return fee;
            }
        }
    };
    let fee = timeout(Duration::from_secs(10), told).await;
    assert_eq!(fee.expect("in time"), 300, "of 100, 200, 300 and 400");
    stop.cancel();
}
