use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::AccountFilter;
use freeboard_network_tests::Stage;

/// A trader's account as it is.
fn account(stage: &Stage, who: &str) -> Option<MarginAccount> {
    let address = stage.account_of(who);
    let found = stage.wait(
        stage
            .network
            .cluster
            .margin_account(stage.network.exchange, address),
    );
    found.ok()?.map(|located| located.state)
}

/// From a deposit to a liquidation by the keeper, by command lines alone; prices fall, and nobody else acts.
#[test]
fn a_trader_is_liquidated_by_the_keeper() {
    let Some(stage) = Stage::start() else { return };
    let mut keeper = stage.keeper("");
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 20000 USDC");
    stage.fb("trader", "trade buy 2 BTC --wait");
    let opened = stage
        .until("the position", || {
            account(&stage, "trader").filter(MarginAccount::has_positions)
        })
        .unwrap();
    let size_before = opened.find_position(0).unwrap().base_size_atoms;
    stage
        .until("the keeper's account", || account(&stage, "keeper"))
        .unwrap();

    // MM is about 3.3 % of the notional, and equity 10 %: a fall by 7.5 % is below it, and above zero.
    stage.network.shock("BTC", 0.925).unwrap();
    let closed = stage.until("a smaller position", || {
        let now = account(&stage, "trader")?;
        let size = now
            .find_position(0)
            .map_or(0, |position| position.base_size_atoms);
        (size < size_before).then_some(now)
    });
    let closed = closed.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
    assert!(closed.event_sequence > opened.event_sequence);
    let rewarded = account(&stage, "keeper").unwrap();
    assert!(
        rewarded.quote_atoms > 0,
        "the keeper earned: {}",
        keeper.log()
    );
    stage.assert_books();
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
}

/// A keeper that is killed has nothing to lose: the next one does what is left.
#[test]
fn a_keeper_is_replaced_in_the_middle() {
    let Some(stage) = Stage::start() else { return };
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 20000 USDC");
    stage.fb("trader", "trade buy 2 BTC --wait");
    let size_before = account(&stage, "trader")
        .unwrap()
        .find_position(0)
        .unwrap()
        .base_size_atoms;
    let mut first = stage.keeper("");
    stage
        .until("the keeper's account", || account(&stage, "keeper"))
        .unwrap();
    stage.network.shock("BTC", 0.925).unwrap();
    stage
        .until("a flag", || {
            account(&stage, "trader").filter(|now| now.flagged_ts > 0)
        })
        .unwrap();
    first.kill();
    let second = stage.keeper("");
    let done = stage.until("a smaller position", || {
        let now = account(&stage, "trader")?;
        let size = now
            .find_position(0)
            .map_or(0, |position| position.base_size_atoms);
        (size < size_before).then_some(())
    });
    assert!(done.is_ok(), "{}", second.log());
    let all = stage
        .network
        .cluster
        .margin_accounts(stage.network.exchange, &AccountFilter::default());
    assert!(stage.wait(all).unwrap().len() >= 2);
    stage.assert_books();
}
