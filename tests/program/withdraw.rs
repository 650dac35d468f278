//! withdraw: the owner only, never below the initial margin, and without a price where none is needed.
use crate::support::{
    Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour, wrong_transfer,
};
use anchor_lang::error::ErrorCode;
use freeboard::{
    error::FreeboardError,
    events::{MarginSnapshot, Withdrawn},
    state::NO_ASSET,
};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{Meta, Quote, usd};
use solana_signer::Signer;

fn event(meta: &Meta) -> Withdrawn {
    let Event::Withdrawn(event) = meta.event() else {
        panic!("another event")
    };
    event
}

#[test]
fn quote_leaves_to_the_atom_without_any_price() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    stage.world.warp(1_000_000);
    let meta = stage.world.withdraw_quote(&trader, 99_999_999_999).unwrap();
    let event = event(&meta);
    assert_eq!(
        (event.asset_index, event.balance_after_atoms),
        (NO_ASSET, 1)
    );
    assert_eq!(event.initial, MarginSnapshot::default());
    let mint = stage.world.quote_mint;
    assert_eq!(stage.world.wallet(&trader.owner(), &mint), 99_999_999_999);
    stage.world.withdraw_quote(&trader, 1).unwrap();
    assert_eq!(stage.world.quote_of(&trader), 0);
    stage.world.assert_books();
}

#[test]
fn collateral_leaves_to_the_atom_and_frees_its_slot() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 3_000_000_000)
        .unwrap();
    stage.world.withdraw_collateral(&trader, &sol, 1).unwrap();
    assert_eq!(
        stage.world.state_of(&trader).collaterals[0].amount_atoms,
        2_999_999_999
    );
    stage
        .world
        .withdraw_collateral(&trader, &sol, 2_999_999_999)
        .unwrap();
    assert!(!stage.world.state_of(&trader).has_collaterals());
    assert_eq!(
        stage.world.wallet(&trader.owner(), &sol.mint.unwrap()),
        3_000_000_000
    );
    stage.world.assert_books();
}

/// The largest amount leaves the initial margin met to the atom, and one atom more is refused.
pub fn initial_margin() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 1_000.0);
    let report = stage.world.view(&trader).unwrap();
    let free = u64::try_from(report.free_collateral_atoms).unwrap();
    assert!(free > usd(50_000) && free < usd(100_000), "{free}");
    let error = FreeboardError::InitialMarginNotMet;
    refused(stage.world.withdraw_quote(&trader, free + 1), error);
    let meta = stage.world.withdraw_quote(&trader, free).unwrap();
    let initial = event(&meta).initial;
    assert_eq!(initial.margin_atoms, report.initial.margin_atoms);
    assert_eq!(initial.equity_atoms, initial.margin_atoms);
    refused(stage.world.withdraw_quote(&trader, 1), error);
    stage.world.assert_books();
}

#[test]
fn collateral_that_carries_a_position_stays() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let holder = stage.world.new_trader(usd(10));
    stage
        .world
        .deposit_collateral(&holder, &sol, 100_000_000_000)
        .unwrap();
    stage.world.trade(&holder, &sol, sol.atoms(300.0)).unwrap();
    let sent = stage
        .world
        .withdraw_collateral(&holder, &sol, 90_000_000_000);
    refused(sent, FreeboardError::InitialMarginNotMet);
    stage
        .world
        .withdraw_collateral(&holder, &sol, 10_000_000_000)
        .unwrap();
    stage.world.assert_books();
}

#[test]
fn the_owner_chooses_the_destination() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    let friend = stage.world.actor();
    let token = stage.world.quote_token();
    let destination = stage.world.token_account(&friend.pubkey(), &token.mint);
    let mut instruction = stage.world.withdraw_instruction(&trader, &token, 5);
    instruction.accounts[7].pubkey = destination;
    stage
        .world
        .send(&[instruction], &[&trader.keypair])
        .unwrap();
    assert_eq!(stage.world.token_balance(&destination), 5);
}

#[test]
fn each_account_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 1_000_000_000)
        .unwrap();
    let instruction = stage.world.withdraw_instruction(&trader, &sol.token(), 5);
    let same_twice = ErrorCode::ConstraintDuplicateMutableAccount;
    let mut cases = wrong_transfer(&stage, &other, 6);
    cases.extend([
        Wrong::unsigned("owner has not signed", 0),
        Wrong::account(
            "out of and into the vault",
            7,
            sol.vault.unwrap(),
            same_twice,
        ),
        Wrong::readonly("destination readonly", 7),
    ]);
    check_wrong(&stage.world, &instruction, &[&trader.keypair], cases);
}

/// Neither a stranger nor the delegate.
pub fn only_the_owner() {
    let mut stage = stage();
    let account = stage.trader.margin_account;
    stage.check_only_the_owner(|world, actor| {
        let (keys, key, token) = (world.keys, actor.pubkey(), world.quote_token());
        let destination = world.token_account(&key, &token.mint);
        instructions::withdraw(&keys, &token, key, account, destination, 1, Vec::new())
    });
}

/// Nothing.
pub fn zero() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    refused(
        stage.world.withdraw_quote(&trader, 0),
        FreeboardError::AmountZero,
    );
}

/// Collateral the account does not have.
pub fn insufficient_balance() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let error = FreeboardError::InsufficientBalance;
    let other = stage.world.new_trader(0);
    let held = 1_000_000_000;
    stage.world.deposit_collateral(&other, &sol, held).unwrap();
    for amount in [1, u64::MAX] {
        let sent = stage.world.withdraw_collateral(&trader, &sol, amount);
        refused(sent, error);
    }
    stage.world.deposit_collateral(&trader, &sol, held).unwrap();
    let sent = stage.world.withdraw_collateral(&trader, &sol, held + 1);
    refused(sent, error);
    stage
        .world
        .withdraw_collateral(&trader, &sol, held)
        .unwrap();
}

#[test]
fn quote_beyond_the_balance_needs_collateral() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    let sent = stage.world.withdraw_quote(&trader, 100_000_000_001);
    refused(sent, FreeboardError::InitialMarginNotMet);
}

/// A position without a usable price, in any of the ways a price can be unusable.
pub fn position_price_unusable() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    let error = FreeboardError::PositionPriceUnusable;
    let check = |stage: &mut Stage, quote: Quote| {
        stage.world.set_price(&sol, quote);
        refused(stage.world.withdraw_quote(&trader, 1), error);
    };
    stage.world.warp(61);
    refused(stage.world.withdraw_quote(&trader, 1), error);
    let fresh = Quote::usd(150.0, stage.world.now());
    check(&mut stage, fresh.with_conf(0.011));
    check(&mut stage, fresh.with_ema(0.94));
    check(
        &mut stage,
        Quote {
            publish_ts: fresh.publish_ts + 6,
            ..fresh
        },
    );
    check(&mut stage, Quote { price: -1, ..fresh });
    stage.world.close_feed(&sol);
    refused(stage.world.withdraw_quote(&trader, 1), error);
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: fresh.publish_ts - 60,
            ..fresh
        },
    );
    stage
        .world
        .withdraw_quote(&trader, 1)
        .expect("sixty seconds old");
}

#[test]
fn collateral_without_a_price_counts_nothing_and_stops_nothing() {
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    stage.trade(&btc, 1.0);
    stage.world.warp_fresh(61); // the recorded price of SOL answers no more
    stage.world.close_feed(&sol);
    let quote = stage.world.quote_of(&trader).unsigned_abs();
    let all = stage.world.withdraw_quote(&trader, quote);
    refused(all, FreeboardError::InitialMarginNotMet);
    stage
        .world
        .withdraw_quote(&trader, usd(50_000))
        .expect("quote alone carries the rest");
}

/// What would leave a balance below the minimum notional at the recorded price.
pub fn dust() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let (held, least) = (1_000_000_000, 66_666_667); // $10 at $150
    stage.world.deposit_collateral(&trader, &sol, held).unwrap();
    stage.world.warp(100_000); // the price need not be young
    let leave = |stage: &mut Stage, left: u64| {
        let amount = stage.world.state_of(&trader).collateral_atoms(0) - left;
        stage.world.withdraw_collateral(&trader, &sol, amount)
    };
    refused(
        leave(&mut stage, least - 10_000),
        FreeboardError::CollateralBelowMinimum,
    );
    leave(&mut stage, least).expect("the minimum");
    leave(&mut stage, 0).expect("nothing");
    assert!(!stage.world.state_of(&trader).has_collaterals());
}

#[test]
fn all_means_all_of_it() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 3_000_000_001)
        .unwrap();
    let withdraw = |stage: &mut Stage, token| {
        let all = stage.world.withdraw_instruction(&trader, &token, u64::MAX);
        stage.world.send(&[all], &[&trader.keypair])
    };
    let meta = withdraw(&mut stage, sol.token()).unwrap();
    assert_eq!(event(&meta).amount_atoms, 3_000_000_001);
    let quote = stage.world.quote_token();
    let meta = withdraw(&mut stage, quote).unwrap();
    assert_eq!(event(&meta).amount_atoms, usd(100_000));
    assert_eq!(stage.world.quote_of(&trader), 0);
    // Nothing is left to be all of, and no loan is made.
    refused(
        withdraw(&mut stage, quote),
        FreeboardError::InsufficientBalance,
    );
    // All of it, or nothing: with a position it would leave the margin unmet.
    stage.world.deposit_quote(&trader, usd(1_000)).unwrap();
    stage.trade(&sol, 1.0);
    let held = stage.world.account_metas(&trader, &[]);
    let destination = stage.world.token_account(&trader.owner(), &quote.mint);
    let keys = stage.world.keys;
    let (owner, address) = (trader.owner(), trader.margin_account);
    let all = instructions::withdraw(&keys, &quote, owner, address, destination, u64::MAX, held);
    let sent = stage.world.send(&[all], &[&trader.keypair]);
    refused(sent, FreeboardError::InitialMarginNotMet);
    stage.world.assert_books();
}
