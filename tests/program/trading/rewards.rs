//! What a filler and a sampler are paid: how much, from where, and what an account that is credited sees.
use crate::support::{Stage, refused, stage, two_steps};
use freeboard::error::FreeboardError;
use freeboard::events::CallerRewarded;
use freeboard_client::events::Event;
use freeboard_tests::{AssetHandle, Meta, Trader, World, usd};

/// The reward that a transaction tells.
#[track_caller]
pub fn rewarded(meta: &Meta) -> CallerRewarded {
    let mut told = meta.events().into_iter().filter_map(|event| match event {
        Event::CallerRewarded(event) => Some(event),
        _ => None,
    });
    told.next().expect("a reward")
}

/// The trader's order for so many units waits, and its price has been published.
pub fn waiting(world: &mut World, trader: &Trader, asset: &AssetHandle, units: f64) -> u64 {
    let args = world.order_args(asset, asset.atoms(units));
    let id = world.request_order(trader, args).expect("requested");
    world.warp_fresh(1);
    id
}

/// Somebody fills orders of a market until its fees hold at least a day's rewards of samples.
pub fn with_fees() -> Stage {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    for units in [1_000.0, -1_000.0] {
        let id = waiting(world, &trader, &sol, units);
        world.fill_order(&trader, id).expect("filled");
    }
    assert!(world.asset(0).ledger.fees_atoms > 2_880_000);
    stage
}

#[test]
fn a_filler_is_paid_half_of_what_the_protocol_gets() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(10));
    let unpaid = waiting(&mut world.clone(), &trader, &sol, 100.0);
    let id = waiting(world, &trader, &sol, 100.0);
    assert_eq!(unpaid, id);
    let mut other = world.clone();
    other.fill_order(&trader, id).expect("filled for nothing");
    let meta = world.fill_order_for(&trader, id, &keeper).expect("filled");
    let event = rewarded(&meta);
    let Some(Event::PositionChanged(fill)) = meta.events().pop() else {
        panic!("{meta:?}")
    };
    // Fee up, the protocol's tenth down, half of it down.
    let protocol = fill.fee_atoms / 10;
    assert_eq!(event.offered_atoms, protocol / 2);
    assert_eq!(event.paid_atoms, event.offered_atoms);
    assert!(event.paid_atoms > 370_000, "{}", event.paid_atoms); // of $15,000: $0.375
    assert_eq!((event.asset_index, event.order_id), (0, id));
    assert_eq!(event.stamp.key, keeper.margin_account);
    let paid = event.paid_atoms.cast_signed();
    assert_eq!(event.quote_after_atoms, usd(10).cast_signed() + paid);
    assert_eq!(world.quote_of(&keeper), event.quote_after_atoms);
    // All else is as without a reward.
    assert_eq!(world.quote_of(&trader), other.quote_of(&trader));
    let (ledger, without) = (world.asset(0).ledger, other.asset(0).ledger);
    assert_eq!(ledger.fees_atoms, without.fees_atoms - paid);
    assert_eq!(ledger.pool_atoms, without.pool_atoms);
    assert_eq!(ledger.insurance_atoms, without.insurance_atoms);
    world.assert_books();
}

#[test]
fn a_sampler_is_paid_what_there_is_and_nothing_of_nothing() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(10));
    let before = world.quote_of(&keeper);
    world.warp_fresh(300);
    let meta = world.sample_for(&sol, &keeper).expect("sampled");
    assert_eq!(meta.events().len(), 1, "a sample, and no reward");
    assert_eq!(world.quote_of(&keeper), before, "no fees yet");
    // An order of $100 brings the protocol 5,000 atoms; its filler leaves the reward.
    let id = waiting(world, &trader, &sol, 0.67);
    world.fill_order(&trader, id).expect("filled");
    let fees = world.asset(0).ledger.fees_atoms;
    assert!((4_000..10_000).contains(&fees), "{fees}");
    world.warp_fresh(300);
    let event = rewarded(&world.sample_for(&sol, &keeper).expect("sampled"));
    assert_eq!((event.offered_atoms, event.order_id), (10_000, 0));
    assert_eq!(event.paid_atoms.cast_signed(), fees);
    assert_eq!(world.asset(0).ledger.fees_atoms, 0);
    assert_eq!(world.quote_of(&keeper), before + fees);
    world.assert_books();
}

#[test]
fn a_loan_is_settled_first_and_ends_where_the_reward_is_larger() {
    let mut stage = with_fees();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let borrower = world.new_trader(0);
    let collateral = world.deposit_collateral(&borrower, &sol, 10_000_000_000);
    collateral.expect("ten SOL");
    world.borrow(&borrower, 15_000).expect("a cent and a half");
    for left in [true, false] {
        world.rebalance().expect("a borrow rate");
        for _ in 0..20 {
            world.warp_fresh(300);
        }
        let before = world.quote_of(&borrower);
        let event = rewarded(&world.sample_for(&sol, &borrower).expect("sampled"));
        assert!(event.interest_atoms > 0, "{}", event.interest_atoms);
        let after = before - event.interest_atoms + 10_000;
        assert_eq!(world.quote_of(&borrower), after);
        assert_eq!(after < 0, left, "{after}");
        world.assert_books(); // and what the ledgers say of loans
    }
}

#[test]
fn a_filler_is_not_paid_into_the_account_that_it_fills() {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let id = waiting(&mut stage.world, &trader, &sol, 10.0);
    let sent = stage.world.fill_order_for(&trader, id, &trader);
    refused(sent, FreeboardError::DuplicateAccount);
    stage.world.fill_order(&trader, id).expect("for nothing");
}

#[test]
fn a_sweep_leaves_a_day_of_rewards_and_the_end_of_the_market_none() {
    let mut stage = with_fees();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let fees = world.asset(0).ledger.fees_atoms;
    let meta = world.sweep(&sol).expect("swept");
    let Event::PoolSwept(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(world.asset(0).ledger.fees_atoms, 2_880_000, "288 cents");
    assert_eq!(event.fees_atoms, fees - 2_880_000);
    assert_eq!(world.pool().ledger.fees_atoms, event.fees_atoms);
    world.rebalance().expect("all of them");
    assert_eq!(world.asset(0).ledger.fees_atoms, 2_880_000);
    // Without rewards nothing stays.
    let trade = freeboard::state::TradeParams {
        sample_reward_quote_atoms: 0,
        ..world.asset(0).trade
    };
    let change = freeboard::state::Change::AssetTrade {
        asset_index: 0,
        params: trade,
    };
    world.change(change).expect("changed");
    world.sweep(&sol).expect("swept");
    assert_eq!(world.asset(0).ledger.fees_atoms, 0);
    assert_eq!(world.pool().ledger.fees_atoms, fees);
    world.assert_books();
}

#[test]
fn a_trade_in_one_step_pays_nobody() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let before = stage.world.books().fees_atoms;
    stage.trade(&sol, 100.0);
    let gained = stage.world.books().fees_atoms - before;
    assert!(gained > 750_000, "all of the protocol's part: {gained}");
}
