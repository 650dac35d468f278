//! docs/operations.md and docs/keepers.md, command by command: each run-book on the same network, which goes wrong as it
//! says.
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use anchor_spl::associated_token::get_associated_token_address;
use freeboard_network_tests::{KeeperProcess, KeptPorts, NOTIFIED, Runbook, ShellAnswer, Stage};
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;

use super::change::{SecondFeed, WAIT_SECS};
use super::liquidated::{account, leveraged, liquidation_multiple, size};
use super::loan::{USDC, change_amount, impoverish};

pub(super) const OPERATIONS: &str = include_str!("../../../docs/operations.md");
pub(super) const KEEPERS: &str = include_str!("../../../docs/keepers.md");
pub(super) const LISTING: &str = include_str!("../../../docs/listing.md");

/// How long a new guardian waits.
const GUARDIAN_WAIT_SECS: i64 = 7 * 86_400 + 60;
/// What the doctor exits with where something fails.
const DOCTOR_FAILS: i32 = 8;

/// A document, a heading of it, and what happens while its commands are typed.
type PlayedHeading = (&'static str, &'static str, fn(&Stage, &mut Runbook));

/// In the order in which they are played: the later ones leave a network that the earlier ones could not use.
pub(super) const PLAYED: [PlayedHeading; 8] = [
    (OPERATIONS, "A pause", a_pause),
    (OPERATIONS, "The keeper is down", the_keeper_is_down),
    (KEEPERS, "The daemon", the_daemon),
    (OPERATIONS, "A feed will end", a_feed_will_end),
    (OPERATIONS, "A feed is dead", a_feed_is_dead),
    (OPERATIONS, "A key is lost or stolen", a_key_is_lost),
    (OPERATIONS, "A deficit", a_deficit),
    (LISTING, "5. Propose, wait, create", a_listing),
];

#[test]
fn every_run_book_works_as_it_is_written() {
    let Some(stage) = Stage::start() else { return };
    for (document, heading, play) in PLAYED {
        println!("\n## {heading}\n");
        let mut book = Runbook::read(document, heading);
        play(&stage, &mut book);
        book.assert_done();
    }
    stage.assert_books();
}

fn a_pause(stage: &Stage, book: &mut Runbook) {
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 900000 USDC");
    stage.play_well(book, "freeboard governance pause");
    let (_, error) = stage.refused("trader", "trade buy 0.1 BTC");
    assert_eq!(error["name"], "OperationPaused", "{error}");
    let listed = stage.play_well(book, "freeboard governance list");
    assert!(listed.output.contains("is paused until"), "{listed:?}");
    stage.play_well(book, "freeboard governance pause");
    stage.fb("trader", "trade buy 0.1 BTC --wait");
}

fn the_keeper_is_down(stage: &Stage, book: &mut Runbook) {
    let kept = KeptPorts::take().expect("a free port");
    let port = kept.ports.rpc;
    book.know("KEEPER_URL", format!("http://127.0.0.1:{port}/healthz"));
    book.know("ACCOUNT", stage.account_of("lp"));
    keeper_file(stage);
    let size_before = leveraged(stage, "lp");
    stage.pass(400).expect("a sample is due");

    let ill = stage.play(book, "freeboard doctor");
    assert_eq!(ill.status, DOCTOR_FAILS, "{ill:?}");
    drop(kept); // the keeper is to listen there
    let mut keeper = stage.play_keeper(book, "freeboard-keeper run", port);
    let is_up = stage.until("a keeper that answers", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    assert!(is_up.is_ok(), "{}", keeper.log());
    let doctor = stage.play(book, "freeboard doctor");
    let mut lines = doctor.output.lines();
    let is_well = lines.any(|line| line.starts_with("ok") && line.contains(" keeper "));
    assert!(is_well, "{doctor:?} {}", keeper.log());
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());

    // Not so deep that nobody need wait for the grace.
    shock_btc(stage, liquidation_multiple(stage, "lp") * 0.998);
    let listed = stage.play_well(book, "freeboard liquidations list");
    assert!(listed.output.contains("below MM"), "{listed:?}");
    stage.play_well(book, "freeboard account open");
    stage.play_well(book, "freeboard liquidate");
    let flagged = account(stage, "lp").expect("it is there");
    assert!(flagged.flagged_ts > 0);
    stage.pass(11).expect("the grace");
    stage.play_well(book, "freeboard liquidate");
    let closed = account(stage, "lp").expect("it is there");
    assert!(size(&closed) < size_before, "{}", size(&closed));
    stage.play_well(book, "freeboard sample");
    stage.play_well(book, "freeboard governance execute");
}

/// The configuration that docs/keepers.md shows.
fn keeper_file(stage: &Stage) {
    let mut daemon = Runbook::read(KEEPERS, "The daemon");
    know_network(stage, &mut daemon);
    daemon.write_files(&stage.desk());
}

fn know_network(stage: &Stage, book: &mut Runbook) {
    book.know("ADDRESS", stage.network.exchange);
    book.know("URL", stage.network.cluster.url());
}

/// Waits until a keeper works.
fn keeps(stage: &Stage, keeper: &KeeperProcess) {
    let said = stage.until("a keeper that works", || {
        keeper.log().contains("keeping").then_some(())
    });
    assert!(said.is_ok(), "{}", keeper.log());
}

/// Reads what systemd is told until it is this.
fn until_told(systemd: &UnixDatagram, word: &str) {
    let patience = Some(Duration::from_secs(20));
    systemd.set_read_timeout(patience).expect("a timeout");
    let mut told = String::new();
    for _ in 0..100 {
        let mut bytes = [0; 256];
        let length = systemd.recv(&mut bytes);
        let length = length.unwrap_or_else(|error| panic!("{word}: {error}: {told}"));
        told += &String::from_utf8_lossy(&bytes[..length]);
        if told.contains(word) {
            return;
        }
    }
    panic!("{word}: {told}");
}

fn the_daemon(stage: &Stage, book: &mut Runbook) {
    know_network(stage, book);
    book.know("ACCOUNT", stage.account_of("lp"));
    book.write_files(&stage.desk());
    assert!(book.command("cargo build").contains("freeboard-keeper"));
    stage.play_well(book, "freeboard-keeper check-config");
    let systemd = UnixDatagram::bind(stage.desk().join(NOTIFIED)).expect("a socket");
    let mut keeper = stage.play_keeper(book, "freeboard-keeper run", 0);
    until_told(&systemd, "READY=1");
    until_told(&systemd, "WATCHDOG=1");
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
    until_told(&systemd, "STOPPING=1");
    let mut keeper = stage.play_keeper(book, "freeboard-keeper run", 0);
    keeps(stage, &keeper);
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
    let explained = stage.play_well(book, "freeboard-keeper explain");
    assert!(explained.output.contains("Equity"), "{explained:?}");
    let mut keeper = stage.play_keeper(book, "freeboard-keeper run", 0);
    keeps(stage, &keeper);
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
}

/// Multiplies the price of BTC and waits until a price says so.
fn shock_btc(stage: &Stage, multiple: f64) {
    let price_of = |stage: &Stage| {
        let state = stage.state();
        let btc = state.asset_named("BTC").expect("BTC");
        let shown = btc
            .feed
            .as_ref()
            .and_then(|feed| feed.latest(&btc.asset).ok());
        shown.expect("a price").price.0 as f64
    };
    let before = price_of(stage);
    stage.network.shock("BTC", multiple).expect("BTC");
    let moved = stage.until("the new price", || {
        let moved = (price_of(stage) / before - 1.0) / (multiple - 1.0);
        (moved > 0.5).then_some(())
    });
    moved.expect("prices are posted");
}

/// Of SOL the price that its feed shows, and the one that the asset has recorded, USD.
fn prices_of_sol(stage: &Stage) -> (f64, f64) {
    let state = stage.state();
    let sol = state.asset_named("SOL").expect("SOL");
    let shown = sol
        .feed
        .as_ref()
        .and_then(|feed| feed.latest(&sol.asset).ok());
    let usd = |e12: u128| e12 as f64 / 1e12;
    let recorded = usd(sol.asset.recorded.price().0);
    (shown.map_or(recorded, |one| usd(one.price.0)), recorded)
}

fn a_feed_will_end(stage: &Stage, book: &mut Runbook) {
    let second = SecondFeed::new(9);
    book.know("FEED_ID", second.hex());
    book.write_files(&stage.desk());
    second.post(stage, prices_of_sol(stage).0);
    stage.play_well(book, "freeboard governance propose");
    // It ends before the change is carried out: its recorded price stands for it.
    stage.network.silence("SOL").expect("SOL");
    stage.pass_without(WAIT_SECS, &["SOL"]).expect("the wait");
    second.post(stage, prices_of_sol(stage).1);
    stage.play_well(book, "freeboard governance execute");
    let shown = stage.play_well(book, "freeboard asset show");
    assert!(shown.output.contains(&second.hex()), "{shown:?}");
}

fn a_feed_is_dead(stage: &Stage, book: &mut Runbook) {
    book.write_files(&stage.desk());
    stage.pass_without(60, &["SOL"]).expect("a minute");
    let ill = stage.play(book, "freeboard doctor");
    assert_eq!(ill.status, DOCTOR_FAILS, "{ill:?}");
    stage.play_well(book, "freeboard governance tighten");
    stage.play_well(book, "freeboard governance propose");
    stage.pass_without(WAIT_SECS, &["SOL"]).expect("the wait");
    stage.play_well(book, "freeboard governance execute");
    let state = stage.state();
    assert!(state.asset_named("SOL").expect("SOL").asset.is_settled());
    stage.play_well(book, "freeboard asset show");
}

fn a_key_is_lost(stage: &Stage, book: &mut Runbook) {
    let key = Keypair::new();
    write_keypair_file(&key, stage.desk().join("new.json")).expect("written");
    let holder = key.pubkey();
    let given = stage.network.chain.give_sol(&holder, 1_000_000_000);
    stage.wait(given).expect("SOL");
    book.know("ADDRESS", holder);
    book.write_files(&stage.desk());
    stage.play_well(book, "freeboard governance propose --role guardian");
    stage.play_well(book, "freeboard governance propose --role risk-manager");
    stage
        .pass_without(GUARDIAN_WAIT_SECS, &["SOL"])
        .expect("the wait");
    stage.play_well(book, "freeboard governance execute");
    stage.play_well(book, "freeboard role accept guardian");
    stage.play_well(book, "freeboard role accept risk-manager");
    let exchange = stage.state().exchange;
    let holders = [exchange.guardian, exchange.risk_manager];
    assert_eq!(holders, [holder; 2]);
    stage.play_well(book, "freeboard role show");

    stage.play_well(book, "freeboard governance propose");
    book.know("NUMBER", stage.state().exchange.change_count);
    let listed = stage.play_well(book, "freeboard governance list");
    assert!(listed.output.contains("payouts"), "{listed:?}");
    stage.play_well(book, "freeboard governance cancel");
    let waiting = stage
        .network
        .cluster
        .pending_changes(stage.network.exchange);
    assert!(stage.wait(waiting).expect("read").is_empty());
}

/// A transaction's signature among what was said.
fn signature(answer: &ShellAnswer) -> String {
    let words = answer.output.split_whitespace();
    let mut long = words.filter(|word| (86..=88).contains(&word.len()));
    long.next().expect("a signature").to_owned()
}

fn a_deficit(stage: &Stage, book: &mut Runbook) {
    impoverish(stage, 50_000 * USDC);
    let ill = stage.play(book, "freeboard doctor");
    assert_eq!(ill.status, DOCTOR_FAILS, "{ill:?}");
    assert!(ill.output.contains("a deficit of"), "{ill:?}");
    stage.play_well(book, "freeboard pool show");
    let withdrawn = stage.play_well(book, "freeboard withdraw");
    assert!(withdrawn.output.contains("pro rata"), "{withdrawn:?}");

    let governance = stage.network.wallets.address("governance");
    let mint = stage.state().keys.quote_mint;
    let source = get_associated_token_address(&governance, &mint);
    change_amount(stage, &source, |held| held + 200_000 * USDC);
    stage.play_well(book, "freeboard pool deposit");
    assert_eq!(stage.state().pool.deficit_atoms, 0);
    let mut keeper = stage.play_keeper(book, "freeboard-keeper run", 0);
    keeps(stage, &keeper);
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
    book.know("SIGNATURE", signature(&withdrawn));
    let explained = stage.play_well(book, "freeboard explain");
    assert!(explained.output.contains("of its balance"), "{explained:?}");
}

fn a_listing(stage: &Stage, book: &mut Runbook) {
    let feed = SecondFeed::new(10);
    book.know("FEED_ID", feed.hex());
    // What `freeboard calibrate --new JUP --like SOL` begins with.
    let shipped = include_str!("../../../migrations/parameters/default.toml");
    let listed = shipped.replace("name = \"SOL\"", "name = \"JUP\"");
    std::fs::write(stage.desk().join("jup.toml"), listed).expect("written");
    stage.play_well(book, "freeboard asset propose");
    stage.play_well(book, "freeboard params diff");
    stage.pass_without(WAIT_SECS, &["SOL"]).expect("the wait");
    feed.post(stage, 200.0);
    stage.play_well(book, "freeboard asset create");
    assert!(stage.state().asset_named("JUP").is_some());
    stage.play_well(book, "freeboard asset show");
}
