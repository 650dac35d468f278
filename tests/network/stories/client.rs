use anchor_lang::prelude::Pubkey;
use freeboard_client::errors::FreeboardError;
use freeboard_client::freeboard::instructions::OpenMarginAccountArgs;
use freeboard_client::instructions;
use freeboard_client::network::{SendError, SendOptions, WatchEvent, WireVersion};
use freeboard_network_tests::Stage;
use solana_commitment_config::CommitmentConfig;
use solana_signer::Signer;

/// One network for all, because each takes a while to set up.
#[test]
fn the_client_on_a_real_validator() {
    let Some(stage) = Stage::start() else { return };
    the_scan_finds_what_the_owner_opened(&stage);
    a_transaction_lands_in_either_version_and_its_events_are_told(&stage);
    a_refusal_has_its_number_and_costs_nothing(&stage);
    a_lookup_table_is_made_once_and_extended(&stage);
    a_watch_tells_new_accounts_and_prices(&stage);
}

fn open(stage: &Stage, sub_account: u16) -> anchor_lang::solana_program::instruction::Instruction {
    let trader = stage.network.wallets.address("trader");
    let args = OpenMarginAccountArgs {
        sub_account,
        delegate: Pubkey::default(),
    };
    instructions::open_margin_account(trader, trader, stage.network.exchange, args)
}

fn a_transaction_lands_in_either_version_and_its_events_are_told(stage: &Stage) {
    let (cluster, key) = (
        &stage.network.cluster,
        stage.network.wallets.key("trader").clone(),
    );
    for (number, version) in [(1, WireVersion::V0), (2, WireVersion::V1)] {
        let options = SendOptions {
            version,
            ..SendOptions::default()
        };
        let signers: [&dyn Signer; 1] = [&*key];
        let sent = stage
            .wait(cluster.send(&signers, &[open(stage, number)], &options))
            .unwrap();
        let told = sent.told.expect("the node has it");
        assert_eq!(
            (told.events.len(), told.is_truncated),
            (1, false),
            "{version:?}"
        );
        assert!(sent.units.is_some_and(|units| units > 0));
    }
}

fn a_refusal_has_its_number_and_costs_nothing(stage: &Stage) {
    let (cluster, key) = (
        &stage.network.cluster,
        stage.network.wallets.key("trader").clone(),
    );
    let owner = key.pubkey();
    let before = stage.wait(cluster.balance(&owner)).unwrap();
    // A stranger's account cannot be closed by the trader.
    let stranger = stage.account_of("lp");
    let close = instructions::close_margin_account(owner, stranger);
    let signers: [&dyn Signer; 1] = [&*key];
    let refused = stage.wait(cluster.send(&signers, &[close], &SendOptions::default()));
    let refused = refused.unwrap_err();
    let refusal = refused.refusal().expect("by the simulation");
    assert!(
        refusal.signature.is_none() && refusal.number.is_some(),
        "{refused:?}"
    );
    assert!(!refused.is(FreeboardError::InitialMarginNotMet));
    assert_eq!(stage.wait(cluster.balance(&owner)).unwrap(), before);
    // Who has no SOL is told that.
    let poor = solana_keypair::Keypair::new();
    let signers: [&dyn Signer; 1] = [&poor];
    let args = OpenMarginAccountArgs {
        sub_account: 0,
        delegate: Pubkey::default(),
    };
    let exchange = stage.network.exchange;
    let open = instructions::open_margin_account(poor.pubkey(), poor.pubkey(), exchange, args);
    let refused = stage.wait(cluster.send(&signers, &[open], &SendOptions::default()));
    assert!(matches!(refused, Err(SendError::Refused(_))), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("SOL"));
}

fn a_lookup_table_is_made_once_and_extended(stage: &Stage) {
    let (cluster, key) = (
        &stage.network.cluster,
        stage.network.wallets.key("payer").clone(),
    );
    let addresses: Vec<Pubkey> = (0..30).map(|_| Pubkey::new_unique()).collect();
    let options = SendOptions::default();
    let first = stage
        .wait(cluster.table_with(&*key, &addresses[..25], &options))
        .unwrap();
    assert_eq!(first.addresses, &addresses[..25]);
    let same = stage
        .wait(cluster.table_with(&*key, &addresses[5..20], &options))
        .unwrap();
    assert_eq!(same.key, first.key);
    let longer = stage
        .wait(cluster.table_with(&*key, &addresses, &options))
        .unwrap();
    assert_eq!((longer.key, longer.addresses), (first.key, addresses));
}

fn a_watch_tells_new_accounts_and_prices(stage: &Stage) {
    let (cluster, key) = (
        &stage.network.cluster,
        stage.network.wallets.key("trader").clone(),
    );
    let feeds: Vec<Pubkey> = stage
        .state()
        .assets
        .iter()
        .map(|one| one.keys.feed)
        .collect();
    let opened =
        freeboard_client::address::margin_account(&stage.network.exchange, &key.pubkey(), 3);
    stage.wait(async {
        let mut watch = cluster.watch(feeds.clone(), CommitmentConfig::processed());
        assert!(matches!(watch.next().await, Some(WatchEvent::Connected)));
        let signers: [&dyn Signer; 1] = [&*key];
        let (opening, options) = ([open(stage, 3)], SendOptions::default());
        cluster.send(&signers, &opening, &options).await.unwrap();
        let (mut saw_account, mut saw_price) = (false, false);
        for _ in 0..1_000 {
            if let Some(WatchEvent::Changed { account, .. }) = watch.next().await {
                saw_account |= account.address == opened;
                saw_price |= feeds.contains(&account.address);
            }
            if saw_account && saw_price {
                return;
            }
        }
        panic!("account: {saw_account}, price: {saw_price}");
    });
}

fn the_scan_finds_what_the_owner_opened(stage: &Stage) {
    use freeboard_client::network::AccountFilter;
    stage.fb("trader", "account open");
    let owner = Some(stage.network.wallets.address("trader"));
    let filter = AccountFilter {
        owner,
        ..AccountFilter::default()
    };
    let found = stage
        .network
        .cluster
        .margin_accounts(stage.network.exchange, &filter);
    let found = stage.wait(found).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, stage.account_of("trader"));
    let exchanges = stage.wait(stage.network.cluster.exchanges()).unwrap();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].address, stage.network.exchange);
}
