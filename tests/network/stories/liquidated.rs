use freeboard_client::freeboard::instructions::{Closing, PreviewLiquidationArgs};
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::liquidation::LiquidationInputs;
use freeboard_client::network::AccountFilter;
use freeboard_network_tests::Stage;

use crate::trader::taken_back;

/// More than fills and samples bring in a minute: ten dollars.
const LEAST_REWARD_QUOTE_ATOMS: i64 = 10_000_000;

/// A wallet's account as it is.
pub(super) fn account(stage: &Stage, who: &str) -> Option<MarginAccount> {
    let address = stage.account_of(who);
    let found = stage.wait(
        stage
            .network
            .cluster
            .margin_account(stage.network.exchange, address),
    );
    found.ok()?.map(|located| located.state)
}

/// A wallet that has none opens an account and holds 1 BTC with so much quote that a fall by an eighth leaves it below its
/// maintenance margin and above zero; returns the size of the position, base atoms.
pub(super) fn leveraged(stage: &Stage, who: &str) -> i64 {
    let state = stage.state();
    let btc = state.asset_named("BTC").unwrap();
    let shown = btc.feed.as_ref().unwrap().latest(&btc.asset).unwrap();
    let dollars = shown.price.0 / 1_000_000_000_000;
    stage.fb(who, "account open");
    stage.fb(who, &format!("deposit {} USDC", dollars * 14 / 100));
    stage.fb(who, "trade buy 1 BTC --slippage 1 --wait");
    let opened = stage.until("the position", || {
        account(stage, who).filter(MarginAccount::has_positions)
    });
    size(&opened.unwrap())
}

/// A wallet's liquidation price in BTC as a multiple of the price of now.
pub(super) fn liquidation_multiple(stage: &Stage, who: &str) -> f64 {
    let (state, held) = (stage.state(), account(stage, who).unwrap());
    let now = stage.wait(stage.network.chain.now()).unwrap();
    let args = PreviewLiquidationArgs {
        asset_index: 0,
        closing: Closing::PositionByPool,
    };
    let inputs = LiquidationInputs {
        exchange: &state.exchange,
        account: &held,
        assets: &state.priced(),
        pool: None,
        now,
    };
    let preview = inputs.closing(args).unwrap().preview;
    preview.liquidation_price_e12 as f64 / preview.price_e12 as f64
}

/// What an account holds of BTC, base atoms.
pub(super) fn size(account: &MarginAccount) -> i64 {
    account
        .find_position(0)
        .map_or(0, |position| position.base_size_atoms)
}

/// From a deposit to a liquidation by the keeper, by command lines alone; prices fall, and nobody else acts.
#[test]
fn a_trader_is_liquidated_by_the_keeper() {
    let Some(stage) = Stage::start() else { return };
    let mut keeper = stage.keeper("");
    let size_before = leveraged(&stage, "trader");
    let opened = account(&stage, "trader").unwrap();
    stage
        .until("the keeper's account", || account(&stage, "keeper"))
        .unwrap();

    let earned_before = account(&stage, "keeper").unwrap().quote_atoms; // fills and samples are paid too
    stage.network.shock("BTC", 0.875).unwrap();
    let closed = stage.until("a smaller position", || {
        let now = account(&stage, "trader")?;
        (size(&now) < size_before).then_some(now)
    });
    let closed = closed.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
    assert!(closed.event_sequence > opened.event_sequence);
    let rewarded = account(&stage, "keeper").unwrap();
    assert!(
        rewarded.quote_atoms > earned_before + LEAST_REWARD_QUOTE_ATOMS,
        "the keeper earned: {}",
        keeper.log()
    );
    stage.assert_books();
    assert_eq!(keeper.stop(), Some(0), "{}", keeper.log());
}

/// The position shrinks while an order waits: by a liquidation, which is no fill.
#[test]
fn a_liquidation_is_not_taken_for_the_fill_of_an_order() {
    let Some(stage) = Stage::start() else { return };
    let keeper = stage.keeper("");
    let size_before = leveraged(&stage, "trader");
    let (status, error) = taken_back(&stage, || {
        stage.network.shock("BTC", 0.875).unwrap();
        let closed = stage.until("a smaller position", || {
            account(&stage, "trader").filter(|now| size(now) < size_before)
        });
        closed.unwrap_or_else(|error| panic!("{error}: {}", keeper.log()));
    });
    let message = error["message"].as_str().unwrap();
    assert_eq!(status, 5, "{error}");
    let ends = ["taken back by", "expired without a fill"]; // the keeper takes its time
    assert!(ends.iter().any(|end| message.contains(end)), "{message}");
    assert!(message.contains("was liquidated"), "{message}");
}

/// A keeper that is killed has nothing to lose: the next one does what is left.
#[test]
fn a_keeper_is_replaced_in_the_middle() {
    let Some(stage) = Stage::start() else { return };
    let size_before = leveraged(&stage, "trader");
    let mut first = stage.keeper("");
    stage
        .until("the keeper's account", || account(&stage, "keeper"))
        .unwrap();
    // A little below its liquidation price: not so deep that nobody need wait for the grace.
    let multiple = liquidation_multiple(&stage, "trader") * 0.998;
    stage.network.shock("BTC", multiple).unwrap();
    stage
        .until("a flag", || {
            account(&stage, "trader").filter(|now| now.flagged_ts > 0)
        })
        .unwrap();
    first.kill();
    let second = stage.keeper("");
    let done = stage.until("a smaller position", || {
        let now = account(&stage, "trader")?;
        (size(&now) < size_before).then_some(())
    });
    assert!(done.is_ok(), "{}", second.log());
    let (network, everybody) = (&stage.network, AccountFilter::default());
    let all = network
        .cluster
        .margin_accounts(network.exchange, &everybody);
    assert!(stage.wait(all).unwrap().len() >= 2);
    stage.assert_books();
}
