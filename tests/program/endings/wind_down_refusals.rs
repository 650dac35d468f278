//! The end of a market: each refusal, and each account wrong once.
use crate::endings::wind_down::{announced, last_day, recorded};
use crate::support::{
    Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour, wrong_market,
};
use freeboard::endings::settlement::CLOSING_SECS;
use freeboard::error::FreeboardError;
use freeboard::state::{AssetParams, Change};
use freeboard_risk::market::settlement::AVERAGE_SECS;
use freeboard_tests::usd;

/// An asset that goes on, or has ended.
pub fn not_winding_down() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let sent = stage.world.record_settlement_price(&sol);
    refused(sent, FreeboardError::AssetNotWindingDown);
}

/// A day before the end, and not a second more.
pub fn too_early() {
    let (mut stage, _) = announced();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.warp_fresh(CLOSING_SECS - AVERAGE_SECS - 1);
    let sent = world.record_settlement_price(&sol);
    refused(sent, FreeboardError::SettlementTooEarly);
    world.warp_fresh(1);
    world.record_settlement_price(&sol).expect("now");
}

/// Twice within a minute, and in one transaction.
pub fn too_soon() {
    let (mut stage, _) = last_day();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let record = world.record_settlement_price_instruction(&sol);
    let twice = world.send(&[record.clone(), record], &[]);
    refused(twice, FreeboardError::SettlementPriceTooSoon);
    assert_eq!(world.asset(0).average.last_ts, 0, "nothing was changed");
    world.record_settlement_price(&sol).unwrap();
    world.warp_fresh(59);
    let sent = world.record_settlement_price(&sol);
    refused(sent, FreeboardError::SettlementPriceTooSoon);
    world.warp_fresh(1);
    assert_eq!(
        recorded(&world.record_settlement_price(&sol).unwrap()).weight_secs,
        60
    );
}

/// What cannot be changed any more once the end is announced: the announcement, and that collateral counts nothing.
pub fn winding_down() {
    let mut stage = stage();
    let world = &mut stage.world;
    // On its way before: collateral weight as it was, and another k.
    let params = AssetParams {
        k_e9: world.asset(0).params.k_e9 - 1,
        ..world.asset(0).params
    };
    let asset_index = 0;
    let waiting = Change::AssetRisk {
        asset_index,
        params: Box::new(params),
    };
    world.propose_in_time(waiting.clone()).unwrap();
    world.wind_down(&world.handle_of(0));
    let refusal = FreeboardError::AssetWindingDown;
    refused(world.execute(&waiting), FreeboardError::ChangeStale);
    world.withdraw_proposal(&waiting);
    refused(world.propose(waiting.clone()), refusal);
    refused(world.propose(Change::WindDown { asset_index }), refusal);
    let reopened = Change::ReduceOnly {
        asset_index,
        reduce_only: false,
    };
    refused(world.propose(reopened), refusal);
    // Everything else about its risk can be changed.
    let params = AssetParams {
        collateral_weight_e9: 0,
        ..params
    };
    let change = Change::AssetRisk {
        asset_index,
        params: Box::new(params),
    };
    world.change(change).expect("changed");
}

/// What a market that has ended refuses.
pub fn settled() {
    let (mut stage, short) = announced();
    let (long, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    // An order of the last minute.
    world.settle_at(&sol, |_| 150.0);
    let order = world.request_order(&long, world.order_args(&sol, -sol.atoms(1.0)));
    let order = order.expect("it holds nothing");
    world.warp_fresh(2);
    let refusal = FreeboardError::AssetSettled;
    refused(world.trade(&long, &sol, -sol.atoms(1.0)), refusal);
    refused(world.trade(&short, &sol, sol.atoms(1.0)), refusal);
    refused(world.trade(&long, &sol, sol.atoms(1.0)), refusal);
    refused(world.fill_order(&long, order), refusal);
    let preview = world.preview_trade_instruction(&long, world.trade_args(&sol, -1_000_000_000));
    refused(world.send(&[preview], &[]), refusal);
    refused(world.sample(&sol), refusal);
    refused(world.record_settlement_price(&sol), refusal);
    refused(
        world.propose(Change::SettleDeadFeed { asset_index: 0 }),
        refusal,
    );
    world.cancel_order(&long, order).expect("cancelled");
    world.assert_books();
}

/// Before its market has ended, also in the transaction of a trade.
pub fn not_settled() {
    let (mut stage, _) = announced();
    let (long, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let refusal = FreeboardError::AssetNotSettled;
    refused(world.settle_position(&long, &sol), refusal);
    let trade = world.trade_instruction(&long, world.trade_args(&sol, -sol.atoms(1.0)));
    let settle = world.settle_position_instruction(&long, &sol, true);
    let sent = world.send(&[trade, settle], &[&long.keypair]);
    refused(sent, refusal);
    assert_eq!(world.size_of(&long, 0), sol.atoms(100.0));
}

/// Twice, in two transactions and in one; and an account without a position.
pub fn no_position() {
    let (mut stage, short) = announced();
    let (long, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    world.settle_at(&sol, |_| 150.0);
    let refusal = FreeboardError::NoPositionToSettle;
    let nobody = world.new_trader(usd(10));
    refused(world.settle_position(&nobody, &sol), refusal);
    let settle = world.settle_position_instruction(&long, &sol, false);
    refused(world.send(&[settle.clone(), settle], &[]), refusal);
    world.settle_position(&long, &sol).expect("once");
    refused(world.settle_position(&long, &sol), refusal);
    world.settle_position(&short, &sol).expect("the other");
    world.assert_books();
}

#[test]
fn each_account_of_a_settlement_price_is_checked() {
    let (stage, other) = stage_with_neighbour();
    let Stage {
        mut world,
        sol,
        btc,
        ..
    } = stage;
    world.wind_down(&sol);
    world.warp_fresh(CLOSING_SECS - AVERAGE_SECS);
    let instruction = world.record_settlement_price_instruction(&sol);
    let mut cases = wrong_market(&world, &other, 0);
    cases.extend([
        Wrong::account(
            "an asset that goes on",
            1,
            btc.address,
            FreeboardError::AssetNotWindingDown,
        ),
        Wrong::account("another's feed", 2, btc.feed, FreeboardError::FeedMismatch),
        Wrong::account(
            "not a feed",
            2,
            world.exchange,
            FreeboardError::FeedOwnerInvalid,
        ),
    ]);
    check_wrong(&world, &instruction, &[], cases);
}

#[test]
fn each_account_of_a_settlement_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 10.0);
    let world = &mut stage.world;
    world.wind_down(&sol);
    world.settle_at(&sol, |_| 150.0);
    let instruction = world.settle_position_instruction(&trader, &sol, true);
    let mut cases = wrong_market(world, &other, 0);
    cases.extend([
        Wrong::account(
            "an asset that goes on",
            1,
            btc.address,
            FreeboardError::AssetNotSettled,
        ),
        Wrong::mistyped("not a margin account", 2, world.exchange),
        Wrong::foreign("another exchange's account", 2, other.trader.margin_account),
        Wrong::readonly("account readonly", 2),
        Wrong::mistyped("not a pool", 3, sol.address),
        Wrong::foreign("another exchange's pool", 3, other.world.pool),
        Wrong::readonly("pool readonly", 3),
    ]);
    check_wrong(world, &instruction, &[], cases);
}
