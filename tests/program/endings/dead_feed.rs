//! The end of a market whose feed has died: at its last recorded price, and only if nobody can show that it lives.
use crate::endings::wind_down::ended;
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_of, stage_with_neighbour};
use anchor_lang::prelude::AccountMeta;
use freeboard::error::FreeboardError;
use freeboard::state::{AssetStatus, Change};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{AssetHandle, AssetSpec, Failure, Meta, Quote, governance::TIMELOCK_SECS};
use solana_signer::Signer;

const SETTLE: Change = Change::SettleDeadFeed { asset_index: 0 };

/// A stage with a position in SOL, whose feed was seen last at $149 just now.
fn proposed_of(mut stage: Stage) -> Stage {
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    stage.world.warp_fresh(300);
    stage.world.set_price_usd(&sol, 149.0);
    stage.world.sample(&sol).expect("seen");
    stage.world.warp(1);
    stage.world.propose(SETTLE).expect("proposed");
    stage
}

fn proposed() -> Stage {
    proposed_of(stage())
}

fn executed(stage: &mut Stage) -> Result<Meta, Failure> {
    stage.world.execute(&SETTLE)
}

#[test]
fn a_dead_feed_ends_its_market_at_the_last_recorded_price() {
    for legacy in [false, true] {
        let sol = AssetSpec::sol().with_collateral();
        let sol = if legacy { sol.with_legacy_feed() } else { sol };
        let mut stage = proposed_of(stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]));
        let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
        refused(executed(&mut stage), FreeboardError::ChangeTooEarly);
        let world = &mut stage.world;
        world.warp(TIMELOCK_SECS);
        if legacy {
            world.close_feed(&sol);
        }
        let last = world.asset(0).recorded.publish_ts;
        let before = world.asset(0).params.collateral_weight_e9;
        let meta = world.execute(&SETTLE).expect("settled");
        let [Event::ParametersChanged(changed), Event::MarketSettled(_)] = &meta.events()[..]
        else {
            panic!("{meta:?}")
        };
        assert_eq!(changed.new, SETTLE);
        assert!(before > 0);
        let event = ended(&meta);
        assert_eq!(event.price_e12, 149_000_000_000_000);
        assert_eq!((event.last_publish_ts, event.covered_secs), (last, 0));
        let asset = world.asset(0);
        assert_eq!(asset.status(), AssetStatus::Settled);
        assert_eq!(
            (asset.params.collateral_weight_e9, asset.funding.rate_q64),
            (0, 0)
        );
        world.settle_position(&trader, &sol).expect("settled");
        world.assert_books();
    }
}

#[test]
fn a_dead_feed_ends_a_market_that_was_winding_down() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 100.0);
    let world = &mut stage.world;
    world.wind_down(&sol);
    world.warp(61);
    let meta = world.settle_dead_feed(&sol).expect("settled");
    assert_eq!(ended(&meta).price_e12, 150_000_000_000_000);
    world.settle_position(&trader, &sol).expect("settled");
    world.assert_books();
}

/// Whoever knows a price update lets the asset read it: by a sample, by a trade whose price update nobody would record, or as the
/// feed itself at the moment of execution.
pub fn alive() {
    let refusal = FreeboardError::FeedNotDead;
    let stage = proposed();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let later = |stage: &Stage| {
        let mut stage = stage.clone();
        stage.world.warp_fresh(TIMELOCK_SECS);
        stage
    };

    // At the last moment, in the transaction before and in the same one.
    let mut sampled = later(&stage);
    sampled.world.sample(&sol).expect("alive");
    sampled.world.close_feed(&sol);
    refused(executed(&mut sampled), refusal);
    let mut raced = later(&stage);
    let sample = freeboard_client::instructions::sample_volatility(
        raced.world.exchange,
        sol.address,
        sol.feed,
        None,
    );
    let execute = raced.world.execute_instruction(&SETTLE);
    refused(raced.world.send(&[sample, execute], &[]), refusal);

    // A price update too wide to be recorded: the owner reduces at it.
    let mut wide = later(&stage);
    let quote = Quote::usd(149.0, wide.world.now()).with_conf(0.025);
    let recorded = wide.world.asset(0).recorded.publish_ts;
    wide.world.set_price(&sol, quote);
    wide.world
        .trade(&trader, &sol, -sol.atoms(1.0))
        .expect("reduced");
    assert_eq!(wide.world.asset(0).recorded.publish_ts, recorded);
    wide.world.close_feed(&sol);
    refused(executed(&mut wide), refusal);

    // A price update of any quality in the account that is given.
    let mut shown = later(&stage);
    refused(executed(&mut shown), refusal);
    let quote = Quote::usd(149.0, shown.world.now()).with_conf(0.5);
    shown.world.set_price(&sol, quote);
    refused(executed(&mut shown), refusal);

    // A price update of the second of the proposal is one; one of the second before is not.
    let mut same = stage.clone();
    let at = same.world.now();
    same.world.warp(TIMELOCK_SECS);
    same.world.set_price(&sol, Quote::usd(149.0, at));
    refused(executed(&mut same), refusal);
    same.world.set_price(&sol, Quote::usd(149.0, at - 1));
    executed(&mut same).expect("dead since");
}

#[test]
fn a_legacy_feed_is_looked_at_where_it_is() {
    let sol = AssetSpec::sol().with_legacy_feed();
    let mut stage = proposed_of(stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]));
    let world = &mut stage.world;
    world.warp_fresh(TIMELOCK_SECS);
    refused(world.execute(&SETTLE), FreeboardError::FeedNotDead);
    let mut elsewhere = world.execute_instruction(&SETTLE);
    elsewhere.accounts.last_mut().unwrap().pubkey = world.exchange;
    refused(world.send(&[elsewhere], &[]), FreeboardError::FeedMismatch);
    assert_eq!(world.asset(0).status(), AssetStatus::Active);
}

#[test]
fn each_account_of_the_execution_is_checked() {
    let (stage, other) = stage_with_neighbour();
    let mut stage = proposed_of(stage);
    stage.world.warp(TIMELOCK_SECS);
    let world = &stage.world;
    let instruction = world.execute_instruction(&SETTLE);
    let last = instruction.accounts.len() - 1;
    let cases = vec![
        Wrong::foreign("another exchange's asset", 2, other.sol.address),
        Wrong::account(
            "another asset",
            2,
            stage.btc.address,
            FreeboardError::ChangeTargetMismatch,
        ),
        Wrong::new(
            "no feed",
            FreeboardError::AssetAccountMissing,
            move |sent| {
                sent.accounts.truncate(last);
            },
        ),
        Wrong::new(
            "two feeds",
            FreeboardError::AssetAccountUnexpected,
            move |sent| sent.accounts.push(sent.accounts[last].clone()),
        ),
    ];
    check_wrong(world, &instruction, &[], cases);
}

#[test]
fn a_change_that_needs_no_feed_is_given_none() {
    let mut stage = stage();
    let world = &mut stage.world;
    let change = Change::WindDown { asset_index: 0 };
    world.propose_in_time(change.clone()).unwrap();
    let mut instruction = world.execute_instruction(&change);
    let feed = anchor_lang::prelude::AccountMeta::new_readonly(stage.sol.feed, false);
    instruction.accounts.push(feed);
    refused(
        world.send(&[instruction], &[]),
        FreeboardError::AssetAccountUnexpected,
    );
    world.execute(&change).expect("without");
}

/// A receiver feed lives whose price updates are too wide for every instruction: whoever shows one cancels the change that
/// takes it for dead. Nothing else is cancelled by a feed.
#[test]
fn anyone_refutes_it_by_a_update() {
    let mut stage = proposed();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let change = SETTLE;
    let stranger = world.actor();
    let mut cancel = instructions::cancel_change(stranger.pubkey(), &world.waiting(&change));
    let show = |asset: &AssetHandle| {
        [asset.address, asset.feed].map(|key| AccountMeta::new_readonly(key, false))
    };
    cancel.accounts.extend(show(&sol));
    // The last price update is from before the proposal; another asset's is none of this one; none at all.
    refused(
        world.send(std::slice::from_ref(&cancel), &[&stranger]),
        FreeboardError::NotGuardian,
    );
    let mut other = cancel.clone();
    other.accounts.truncate(6);
    refused(
        world.send(&[other.clone()], &[&stranger]),
        FreeboardError::NotGuardian,
    );
    other.accounts.extend(show(&btc));
    refused(
        world.send(&[other], &[&stranger]),
        FreeboardError::NotGuardian,
    );
    let mut wide = Quote::usd(150.0, world.now());
    wide.conf *= 1_000;
    world.set_price(&sol, wide);
    let sampled = world.sample(&sol);
    refused(sampled, FreeboardError::ConfidenceTooWide);
    world.send(&[cancel], &[&stranger]).expect("it lives");
    assert_eq!(world.pending(&change), None);
}

/// The asset with the same number of another exchange, and its living feed, say nothing of this one.
#[test]
fn the_feed_of_another_exchange_refutes_nothing() {
    let (own, other) = stage_with_neighbour();
    let mut stage = proposed_of(own);
    let world = &mut stage.world;
    world.warp(60);
    let stranger = world.actor();
    let mut cancel = instructions::cancel_change(stranger.pubkey(), &world.waiting(&SETTLE));
    let account = other
        .world
        .feed_account(&other.sol, &Quote::usd(150.0, world.now()));
    world.set_account(other.sol.feed, account);
    cancel.accounts.extend(
        [other.sol.address, other.sol.feed].map(|key| AccountMeta::new_readonly(key, false)),
    );
    refused(
        world.send(std::slice::from_ref(&cancel), &[&stranger]),
        FreeboardError::NotGuardian,
    );
    cancel.accounts[6].pubkey = world.pool;
    refused(
        world.send(&[cancel], &[&stranger]),
        FreeboardError::AssetAccountInvalid,
    );
}
