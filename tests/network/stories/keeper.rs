use std::sync::Arc;

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::system_instruction;
use freeboard_client::network::{FeePolicy, SendOptions};
use freeboard_keeper::cluster_port::ClusterPort;
use freeboard_keeper::config::KeeperConfig;
use freeboard_keeper::job::{Duty, JobKey, KeeperJob};
use freeboard_keeper::outcome::JobOutcome;
use freeboard_keeper::port::KeeperPort;
use freeboard_network_tests::{Door, KeeperProcess, KeptPorts, Stage};
use solana_signer::Signer;

use crate::liquidated::{account, leveraged, size};

/// No scan helps: what is known is what was told and read.
const WITHOUT_SCANS: &str = "[timing]\nscan_every = \"1h\"";
/// What is left of the prices after a fall that leaves the trader below zero, within the band around their average.
const FALL: f64 = 0.83;
/// An LP's request is ripe for who was named, and not yet anybody's.
const RIPE_SECS: i64 = 86_400 + 600;
/// From then until a change of this network has waited its time.
const MORE_SECS: i64 = 43_200;
/// Addresses of the exchange's table: exchange, pool and program; of three assets each, and its feed.
const TABLE_ADDRESSES: usize = 3 + 2 * 3;

/// One network for all, because each takes a while to set up.
#[test]
fn the_keeper_on_a_real_validator() {
    let Some(stage) = Stage::start() else { return };
    what_version_0_does_not_hold_lands_as_version_1(&stage);
    another_exchange_ends_it_at_once(&stage);
    let size_before = leveraged(&stage, "trader");
    let (mut dry, _door) = it_waits_for_its_node(&stage);
    a_dry_run_sends_nothing(&stage, &mut dry);
    assert_eq!(size(&account(&stage, "trader").unwrap()), size_before);

    let mut first = it_extends_its_table_and_finds_it_again(&stage);
    let url = stage.network.cluster.url().to_owned();
    let mut second = stage.keeper_of("guardian", &url, WITHOUT_SCANS);
    a_loss_is_closed_and_resolved(&stage, &first);
    what_is_ripe_is_carried_out(&stage, &second);
    orders_in_a_row_are_filled(&stage, &first);
    for keeper in [&mut first, &mut second] {
        assert!(keeper.is_running(), "{}", keeper.log());
        assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
    }
    stage.assert_books();
}

/// A transfer that names more accounts than version 0 holds without a table.
fn what_version_0_does_not_hold_lands_as_version_1(stage: &Stage) {
    let (network, key) = (&stage.network, stage.network.wallets.key("keeper"));
    let arguments = [
        ("exchange", network.exchange.to_string()),
        ("url", network.cluster.url().to_owned()),
        (
            "keypair",
            network.wallets.path("keeper").display().to_string(),
        ),
    ];
    let told = KeeperConfig::read(None, &arguments).expect("a configuration");
    assert_eq!(told.transaction_version, 0);
    let counted = (Arc::default(), Arc::default());
    let port = ClusterPort::new(
        network.cluster.clone(),
        Arc::new(told),
        key.clone(),
        counted,
    );
    let port = port.expect("a port");
    let (from, to) = (key.pubkey(), network.wallets.address("trader"));
    let mut transfer = system_instruction::transfer(&from, &to, 1);
    let others = (0..45).map(|_| AccountMeta::new_readonly(Pubkey::new_unique(), false));
    transfer.accounts.extend(others);
    let job = KeeperJob::new(
        JobKey::whole(Duty::Sweep, to),
        transfer,
        "a gift".to_owned(),
    );
    let outcome = stage.wait(port.carry(&job, FeePolicy::None));
    assert!(matches!(outcome, JobOutcome::Landed(_)), "{outcome:?}");
}

fn another_exchange_ends_it_at_once(stage: &Stage) {
    let url = stage.network.cluster.url();
    let mut lost = stage.keeper_at(Pubkey::new_unique(), ("guardian", url), "");
    until_logged(stage, &lost, &["there is no exchange at"]);
    assert_eq!(lost.stop(), Some(1), "{}", lost.log());
}

/// Started before anybody listens, and then answered with a page, it waits and says so; then it works.
fn it_waits_for_its_node(stage: &Stage) -> (KeeperProcess, Door) {
    let kept = KeptPorts::take().expect("free ports");
    let mut keeper = stage.keeper_of("keeper", &kept.ports.url(), "dry_run = true");
    let is_ill = |reason: &str| {
        let told = keeper.http("/healthz")?;
        (told.starts_with("HTTP/1.1 503") && told.contains(reason)).then_some(())
    };
    let silent = stage.until("that nobody listens", || is_ill("does not answer"));
    silent.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
    let door = stage.wait(Door::shut(kept, stage.ports())).expect("a door");
    let page = stage.until("that there is a page", || is_ill("is not understood"));
    page.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
    assert!(keeper.is_running(), "{}", keeper.log());
    door.open();
    until_logged(stage, &keeper, &["keeping"]);
    let well = stage.until("that it is well", || {
        let told = keeper.http("/healthz")?;
        told.starts_with("HTTP/1.1 200").then_some(())
    });
    well.unwrap_or_else(|error| panic!("{error}: {:?}", keeper.http("/healthz")));
    (keeper, door)
}

fn a_dry_run_sends_nothing(stage: &Stage, keeper: &mut KeeperProcess) {
    let payer = stage.network.wallets.address("keeper");
    let lamports = || stage.wait(stage.network.cluster.balance(&payer)).unwrap();
    let before = lamports();
    stage.network.shock("BTC", FALL).unwrap();
    let trader = stage.account_of("trader").to_string();
    until_logged(stage, keeper, &["would land", trader.as_str()]);
    let counted = keeper.http("/metrics").unwrap();
    let line = r#"jobs_total{duty="flag",closing="",outcome="rehearsed"}"#;
    assert!(counted.contains(line), "{counted}");
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
    assert_eq!(account(stage, "trader").unwrap().flagged_ts, 0);
    assert_eq!(lamports(), before, "nothing was paid for");
}

/// A table with room that lacks addresses is extended, and found again by the next keeper of this key.
fn it_extends_its_table_and_finds_it_again(stage: &Stage) -> KeeperProcess {
    let (network, key) = (&stage.network, stage.network.wallets.key("keeper"));
    let some = [network.exchange, stage.state().keys.pool];
    let options = SendOptions::default();
    let made = stage.wait(network.cluster.table_with(&**key, &some, &options));
    let made = made.expect("a table").key;
    let tables = || {
        let found = stage.wait(network.cluster.lookup_tables(&key.pubkey()));
        let found = found.expect("tables").into_iter();
        found
            .map(|table| (table.key, table.addresses.len()))
            .collect::<Vec<_>>()
    };
    let whole = [(made, TABLE_ADDRESSES)];
    let mut keeper = stage.keeper(WITHOUT_SCANS);
    let extended = stage.until("an extended table", || (tables() == whole).then_some(()));
    extended.unwrap_or_else(|error| panic!("{error}: {:?} {}", tables(), keeper.log()));
    keeper.kill();
    let next = stage.keeper(WITHOUT_SCANS);
    until_logged(stage, &next, &["lookup table"]);
    assert_eq!(tables(), whole, "{}", next.log());
    next
}

/// Two keepers, and an account below zero: closed whole, and what it owes is borne by those who bear it.
fn a_loss_is_closed_and_resolved(stage: &Stage, keeper: &KeeperProcess) {
    let done = stage.until("nothing left of it", || {
        let now = account(stage, "trader")?;
        (!now.has_positions() && now.quote_atoms == 0).then_some(())
    });
    let left = account(stage, "trader").unwrap().quote_atoms;
    done.unwrap_or_else(|error| panic!("{error}: {left} atoms: {}", keeper.log()));
    stage.assert_books();
}

/// The second order comes after the account was read for the first.
fn orders_in_a_row_are_filled(stage: &Stage, keeper: &KeeperProcess) {
    stage.fb("trader", "deposit 20000 USDC");
    for _ in 0..3 {
        let before = size(&account(stage, "trader").unwrap());
        stage.fb("trader", "order place buy 0.01 BTC");
        let filled = stage.until("a filled order", || {
            (size(&account(stage, "trader")?) > before).then_some(())
        });
        filled.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
    }
}

/// An LP's request that names a keeper, and a change that anybody may carry out.
fn what_is_ripe_is_carried_out(stage: &Stage, named: &KeeperProcess) {
    let executor = stage.network.wallets.address("guardian");
    let deposit = format!("pool deposit 10000 USDC --executor {executor}");
    stage.fb("lp", &deposit);
    let file = stage.file("change.toml", "[liquidation]\ngrace_secs = 12\n");
    let propose = format!("governance propose {}", file.display());
    stage.fb("governance", &propose);
    stage.pass(RIPE_SECS).unwrap();
    until_logged(stage, named, &["landed", "the deposit of"]);
    stage.pass(MORE_SECS).unwrap();
    let done = stage.until("the change in force", || {
        (stage.state().exchange.liquidation.grace_secs == 12).then_some(())
    });
    done.unwrap_or_else(|error| panic!("{error}: {}", named.log()));
}

/// Waits for a line with all of these words.
fn until_logged(stage: &Stage, keeper: &KeeperProcess, words: &[&str]) {
    let told = stage.until(words[0], || {
        let log = keeper.log();
        let mut lines = log.lines();
        let is_told = lines.any(|line| words.iter().all(|word| line.contains(word)));
        is_told.then_some(())
    });
    told.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
}
