//! Samples, shown prices, orders, sweeps, requests, changes.
use freeboard_keeper::book::ChangeAccounts;
use freeboard_keeper::job::Duty;
use freeboard_sandbox::client::freeboard::state::{Change, Operation};
use freeboard_sandbox::{AssetSpec, Quote, World, usd};

use crate::stage::Stage;

#[test]
fn a_sample_is_taken_once_per_spacing() {
    let mut stage = Stage::new();
    stage.none(Duty::Sample); // the market was sampled when it was made ready
    stage.world.warp_fresh(299);
    stage.none(Duty::Sample);
    stage.world.warp_fresh(1);
    let jobs = stage.wanted(Duty::Sample);
    assert_eq!(jobs.len(), 3, "one for each asset");
    for job in jobs {
        stage.send(&job).expect("due");
    }
    stage.none(Duty::Sample);
    stage.world.pause(Operation::Sample, 1_000).unwrap();
    stage.world.warp_fresh(300);
    stage.none(Duty::Sample);
}

#[test]
fn no_sample_of_a_price_that_is_old_or_older_than_another() {
    let mut stage = Stage::new();
    stage.world.warp_fresh(300);
    let sol = stage.asset(0);
    let old = Quote::usd(150.0, stage.world.now() - 100);
    stage.world.set_price(&sol, old);
    assert_eq!(stage.wanted(Duty::Sample).len(), 2);
}

#[test]
fn an_order_is_filled_at_the_first_price_after_it_and_within_its_limit() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    let trader = stage.world.new_trader(usd(100_000));
    let mut args = stage.world.order_args(&sol, sol.atoms(10.0));
    args.limit_price_e12 = 149_000_000_000_000;
    stage.world.request_order(&trader, args).unwrap();
    stage.none(Duty::Fill);
    stage
        .world
        .warp_fresh(i64::from(stage.world.exchange().pool.fill_delay_secs));
    stage.none(Duty::Fill); // the market is above the limit
    stage.world.set_price_usd(&sol, 148.0);
    stage.does(Duty::Fill);
    assert_eq!(stage.world.size_of(&trader, 0), sol.atoms(10.0));
    stage.none(Duty::Fill);
}

#[test]
fn an_expired_order_and_a_paused_one_are_left() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    let trader = stage.world.new_trader(usd(100_000));
    let args = stage.world.order_args(&sol, sol.atoms(10.0));
    stage.world.request_order(&trader, args).unwrap();
    stage.world.warp_fresh(2);
    assert_eq!(stage.wanted(Duty::Fill).len(), 1);
    stage.world.pause(Operation::Increase, 5).unwrap();
    stage.none(Duty::Fill);
    stage
        .world
        .warp_fresh(i64::from(stage.world.exchange().pool.order_expiry_secs));
    stage.none(Duty::Fill);
}

#[test]
fn the_pool_is_rebalanced_in_time_and_swept_when_it_has_drifted() {
    let mut stage = Stage::new();
    stage.told.sweep.rebalance_every = std::time::Duration::from_secs(600);
    stage.world.rebalance().unwrap();
    stage.none(Duty::Sweep);
    stage.world.warp_fresh(600);
    stage.does(Duty::Sweep);
    stage.none(Duty::Sweep);
    // A trader's loss of $20,000 stays in the market's ledger.
    stage.told.sweep.least_drift_quote_atoms = usd(5_000);
    stage.told.sweep.drift_percent = 0;
    let (sol, trader) = (stage.asset(0), stage.world.new_trader(usd(100_000)));
    stage
        .world
        .trade(&trader, &sol, sol.atoms(2_000.0))
        .unwrap();
    stage.world.warp_fresh(1);
    stage.world.set_price_usd(&sol, 145.0);
    stage
        .world
        .trade(&trader, &sol, -sol.atoms(2_000.0))
        .unwrap();
    let job = stage.does(Duty::Sweep);
    assert!(job.title.contains("SOL"), "{}", job.title);
    stage.none(Duty::Sweep);
}

#[test]
fn a_request_is_executed_when_it_is_ripe_for_this_keeper() {
    let mut stage = Stage::new();
    let (named, other) = (stage.world.actor(), stage.world.actor());
    for (lp, executor) in [(&named, Some(stage.keeper.owner())), (&other, None)] {
        let mint = stage.world.quote_mint;
        use solana_signer::Signer;
        stage.world.mint_to(&lp.pubkey(), &mint, usd(5_000));
        let mut args = freeboard_sandbox::liquidity::deposit_of(0, usd(5_000));
        args.executor = executor;
        stage.world.request_liquidity(lp, args).unwrap();
        stage.requests.push((lp.clone(), 0));
    }
    stage.none(Duty::Liquidity);
    let pool = stage.world.exchange().pool;
    stage.world.warp_fresh(pool.lp_delay_secs.into());
    stage.does(Duty::Liquidity); // of the LP that named it
    assert!(stage.world.shares_of(&named) > 0);
    stage.none(Duty::Liquidity);
    // Anybody's in the last three hours.
    stage
        .world
        .warp_fresh(i64::from(pool.lp_window_secs) - 10_000);
    stage.does(Duty::Liquidity);
    assert!(stage.world.shares_of(&other) > 0);
    stage.none(Duty::Liquidity);
}

#[test]
fn a_change_is_carried_out_when_its_wait_is_over() {
    let mut stage = Stage::new();
    let change = Change::Timelock { secs: 200_000 };
    stage.world.propose(change.clone()).unwrap();
    stage.changes.push((change, ChangeAccounts::default()));
    stage.none(Duty::Changes);
    stage.world.warp_fresh(5 * 86_400);
    stage.does(Duty::Changes);
    assert_eq!(stage.world.exchange().timelock_secs, 200_000);
    stage.none(Duty::Changes);
}

#[test]
fn a_listing_becomes_an_asset() {
    let mut stage = Stage::new();
    let spec = AssetSpec::new("JUP", 1.0).with_collateral();
    let (handle, _) = stage.world.prepare_asset(&spec).unwrap();
    let listing = freeboard_sandbox::listing::listing_of(&spec, &handle);
    let change = Change::Listing {
        asset_index: handle.index,
        listing: Box::new(listing),
    };
    let named = ChangeAccounts {
        feed: Some(handle.feed),
        mint_program: handle.keys.collateral.map(|token| token.program),
    };
    stage.changes.push((change, named));
    // The keeper pays the rent.
    stage.does(Duty::Changes);
    assert_eq!(stage.world.exchange().asset_count, 4);
}

#[test]
fn a_silent_feed_is_announced_and_refuted_when_it_lives() {
    let mut stage = Stage::new();
    let (sol, trader) = (stage.asset(0), stage.world.new_trader(usd(100_000)));
    stage.world.trade(&trader, &sol, sol.atoms(10.0)).unwrap();
    stage.none(Duty::Show);
    stage.world.warp(60);
    let job = stage.does(Duty::Show);
    assert!(job.title.contains("absence"), "{}", job.title);
    stage.none(Duty::Show);
    stage.world.warp_fresh(1);
    let job = stage.does(Duty::Show);
    assert!(job.title.contains("the price of SOL"), "{}", job.title);
    stage.none(Duty::Show);
}

#[test]
fn a_run_beyond_the_band_is_kept_unbroken() {
    let mut stage = Stage::new();
    let (sol, trader) = (stage.asset(0), stage.world.new_trader(usd(100_000)));
    stage.world.trade(&trader, &sol, sol.atoms(10.0)).unwrap();
    let far = |world: &mut World| {
        let quote = Quote::usd(150.0, world.now()).with_ema(1.5);
        world.set_price(&world.handle_of(0), quote);
    };
    stage.world.warp(31);
    stage.world.refresh_prices();
    far(&mut stage.world);
    stage.does(Duty::Show);
    stage.world.warp(10);
    far(&mut stage.world);
    stage.none(Duty::Show); // twice a minute is enough
    stage.world.warp(20);
    far(&mut stage.world);
    stage.does(Duty::Show);
}
