//! Rewards of callers: farmed by trading with oneself, by sampling, by flags; aimed at accounts that they should not reach.
use super::{dollars, equity, wealth};
use crate::liquidation::flag::unhealthy;
use crate::support::{refused, two_steps};
use crate::trading::rewards::{rewarded, waiting, with_fees};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_client::instructions;
use freeboard_tests::{Trader, World, usd};

/// What came into the protocol's fees and into insurance, and what all accounts of one owner lost, by round trips of this
/// many units through orders that the owner fills for a reward.
fn traded_with_oneself(units: f64, rounds: u32) -> (i128, i128, i64) {
    let mut stage = two_steps();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let first = world.new_sub_account(&owner, 0, usd(100_000));
    let second = world.new_sub_account(&owner, 1, usd(100));
    let (before, worth) = (world.books(), wealth(world, &[&first, &second]));
    for _ in 0..rounds {
        for side in [units, -units] {
            let id = waiting(world, &first, &sol, side);
            world.fill_order_for(&first, id, &second).expect("filled");
        }
    }
    world.assert_books();
    let after = world.books();
    (
        after.fees_atoms - before.fees_atoms,
        after.insurance_atoms - before.insurance_atoms,
        worth - wealth(world, &[&first, &second]),
    )
}

#[test]
fn trading_with_oneself_for_the_reward_loses_and_as_the_only_lp_too() {
    for (units, rounds) in [(1_000.0, 3), (1.0, 10), (0.07, 20)] {
        let (fees, insurance, lost) = traded_with_oneself(units, rounds);
        // Fees of 0.05 % on each of both ways, of which a twentieth came back.
        let notional = units * 150.0 * f64::from(2 * rounds);
        let paid = notional * 0.000_5 * 0.95 * 1e6;
        assert!(lost as f64 > paid, "{units}: {lost} of {paid}");
        // Whoever owns all of the pool has what he lost but for this: insurance's fifth, half of the protocol's tenth.
        let gone = (fees + insurance) as f64;
        let expected = notional * 0.000_5 * 0.25 * 1e6;
        assert!(
            fees > 0 && (gone / expected - 1.0).abs() < 0.02,
            "{units}: {gone} of {expected}"
        );
    }
}

#[test]
fn a_fee_that_was_not_paid_rewards_nobody() {
    // An account below zero reduces by an order that its owner fills: insurance will pay, so nothing is handed out.
    let mut stage = two_steps();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let loser = world.new_sub_account(&owner, 0, usd(20_000));
    let second = world.new_sub_account(&owner, 1, usd(100));
    let id = waiting(world, &loser, &sol, 1_000.0);
    world.fill_order(&loser, id).expect("opened");
    world.warp_fresh(60);
    let id = {
        let args = world.order_args(&sol, -sol.atoms(1_000.0));
        world.request_order(&loser, args).expect("requested")
    };
    world.warp(1);
    world.set_price_usd(&sol, 125.0);
    assert!(equity(world, &[&loser]) < -dollars(4_000));
    let before = world.quote_of(&second);
    world.fill_order_for(&loser, id, &second).expect("closed");
    assert_eq!(world.quote_of(&second), before);
    world.assert_books();
}

#[test]
fn a_sample_is_paid_once_per_spacing_however_often_it_is_asked_for() {
    let mut stage = with_fees();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let sampler = world.new_trader(usd(10));
    let before = world.quote_of(&sampler);
    let address = sampler.margin_account;
    let sample =
        instructions::sample_volatility(world.exchange, sol.address, sol.feed, Some(address));
    world.warp_fresh(300);
    let twice = world.send(&[sample.clone(), sample], &[]);
    refused(twice, FreeboardError::SampleTooEarly);
    let mut taken = 0;
    for _ in 0..360 {
        // An hour, every ten seconds.
        taken += i64::from(world.sample_for(&sol, &sampler).is_ok());
        world.warp_fresh(10);
    }
    assert_eq!(taken, 12);
    assert_eq!(world.quote_of(&sampler) - before, taken * 10_000);
    world.assert_books();
}

#[test]
fn whoever_sweeps_before_each_sample_leaves_its_reward() {
    let mut stage = with_fees();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let sampler = world.new_trader(usd(10));
    for _ in 0..50 {
        world.warp_fresh(300);
        world.sweep(&sol).expect("swept");
        let event = rewarded(&world.sample_for(&sol, &sampler).expect("sampled"));
        assert_eq!(event.paid_atoms, 10_000);
    }
    // What it leaves never grows again by itself: 288 of them, less 50.
    assert_eq!(world.asset(0).ledger.fees_atoms, 2_380_000);
    world.assert_books();
}

#[test]
fn flags_cost_their_own_owner_nothing_so_they_are_paid_nothing() {
    // An account of $15 of SOL falls just below its margin, is flagged, renewed, mended by the price and flagged again, once
    // a minute. Its owner pays the exchange nothing for twenty flags and as many renewals and ends: any reward would be his.
    let mut stage = crate::support::stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.new_trader(usd(2));
    world.trade(&owner, &sol, sol.atoms(0.1)).expect("$15");
    let is_below = |price: &f64| {
        let mut fallen = world.clone();
        fallen.warp(20);
        fallen.set_price_usd(&sol, *price);
        fallen.flag(&owner).is_ok() && fallen.state_of(&owner).flagged_ts != 0 // not only called
    };
    let mut prices = (1_200..1_500).rev().map(|tenths| f64::from(tenths) / 10.0);
    let low = prices.find(is_below).expect("a price below its margin");
    let (quote, before) = (world.quote_of(&owner), world.books());
    for _ in 0..20 {
        world.warp(20);
        world.set_price_usd(&sol, low);
        world.flag(&owner).expect("flagged");
        world.warp_fresh(20);
        world.flag(&owner).expect("renewed");
        world.warp(20);
        world.set_price_usd(&sol, 150.0);
        world.flag(&owner).expect("ended");
        assert_eq!(world.state_of(&owner).flagged_ts, 0);
    }
    assert_eq!(world.quote_of(&owner), quote, "no loss, and no reward");
    assert_eq!(world.books(), before);
}

/// The account is credited by a sample.
#[track_caller]
fn credit(world: &mut World, account: &Trader) {
    let sol = world.handle_of(0);
    let event = rewarded(&world.sample_for(&sol, account).expect("sampled"));
    assert_eq!(event.paid_atoms, 10_000);
    world.assert_books();
}

#[test]
fn a_credit_to_an_account_that_is_liquidated_changes_its_balance_and_nothing_else() {
    let mut stage = unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let liquidator = world.new_trader(usd(10));
    world.warp_fresh(300);
    world.flag(&trader).expect("flagged");
    let before = world.state_of(&trader);
    credit(world, &trader);
    let after = world.state_of(&trader);
    assert_eq!(after.quote_atoms, before.quote_atoms + 10_000);
    assert_eq!(
        (after.flagged_ts, after.flag_renewed_ts),
        (before.flagged_ts, before.flag_renewed_ts)
    );
    assert_eq!(after.event_sequence, before.event_sequence + 1);
    world.warp_fresh(11);
    world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByPool)
        .expect("liquidated all the same");
    world.assert_books();
}

#[test]
fn a_credit_puts_no_bankruptcy_off() {
    let mut stage = unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    world.warp_fresh(300);
    world.set_price_usd(&sol, 120.0);
    let missing = -equity(world, &[&trader]);
    assert!(missing > dollars(10_000), "{missing}");
    world.flag(&trader).expect("flagged");
    let known = world.pool().bad_debt_atoms;
    assert!(known >= missing, "{known}");
    credit(world, &trader);
    assert_eq!(world.pool().bad_debt_atoms, known, "until it is seen again");
    world.close_severe(&trader, &sol);
    world.warp_fresh(300);
    credit(world, &trader);
    world.resolve_bankruptcy(&trader).expect("resolved");
    assert_eq!(world.quote_of(&trader), 0);
    assert_eq!(world.pool().bad_debt_atoms, 0);
    world.assert_books();
}

#[test]
fn a_credit_keeps_nobody_from_closing_his_account() {
    // A stranger credits the account in the slot before its owner's closing, which then needs the withdrawal once more: in
    // one transaction nobody comes between.
    let mut stage = with_fees();
    let world = &mut stage.world;
    let leaving = world.new_trader(usd(10));
    world.withdraw_quote(&leaving, usd(10)).expect("emptied");
    world.warp_fresh(300);
    credit(world, &leaving);
    refused(
        world.close_margin_account(&leaving),
        FreeboardError::AccountNotEmpty,
    );
    let token = world.quote_token();
    let withdraw = world.withdraw_instruction(&leaving, &token, u64::MAX);
    let close = instructions::close_margin_account(leaving.owner(), leaving.margin_account);
    world
        .send(&[withdraw, close], &[&leaving.keypair])
        .expect("closed");
    assert!(world.account(&leaving.margin_account).data.is_empty());
}
