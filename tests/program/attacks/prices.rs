//! Prices that cannot be used, and those that others have recorded: P11. What a caller shows of a feed gives an account
//! no more than the margin asked for that asset, and takes no more from it than its owner's own newest price would.
use super::{dollars, equity, without_feed};
use crate::support::{Stage, refused, stage, stage_of, stage_with_legacy_feed};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_client::instructions;
use freeboard_risk::price::feed::ABSENCE_SECS;
use freeboard_tests::{AssetHandle, AssetSpec, Quote, Trader, World, usd};

/// Long 4,000 SOL and 100 ETH, $600,000 and $400,000, on $200,000. SOL has fallen to $101: $4,000 are left.
fn beside_a_large_position() -> (World, Trader, AssetHandle, AssetHandle) {
    let Stage {
        mut world,
        sol,
        eth,
        ..
    } = stage();
    let trader = world.new_trader(usd(200_000));
    world.trade(&trader, &sol, sol.atoms(4_000.0)).unwrap();
    world.trade(&trader, &eth, eth.atoms(100.0)).unwrap();
    world.warp_fresh(61);
    world.set_price_usd(&sol, 101.0);
    (world, trader, sol, eth)
}

#[test]
fn a_update_that_is_a_little_too_wide_or_too_far_shields_no_more_than_its_own_margin() {
    // At 2.01 % instead of 1.99 % of confidence, or 20.1 % from its EMA, half of ETH's $400,000 counted in favour of
    // the whole account, and nobody could flag it at $196,000 less.
    let (world, trader, sol, eth) = beside_a_large_position();
    let plain = world.quote(&eth);
    let fair = world.client_report(&trader).unwrap();
    assert!(fair.is_liquidatable);
    let asked = dollars(400_000) / 100 * 6; // more than ETH's maintenance margin
    for bad in [
        plain.with_conf(0.0201),
        plain.with_conf(0.5),
        plain.with_ema(1.26),
        plain.with_ema(0.8),
    ] {
        let mut world = world.clone();
        world.set_price(&eth, bad);
        let report = world.client_report(&trader).unwrap();
        let (margin, equity) = (
            report.liquidation.margin_atoms,
            report.liquidation.equity_atoms,
        );
        assert!(
            (margin - fair.liquidation.margin_atoms).abs() <= 2,
            "MM in full"
        );
        let favour = equity - fair.liquidation.equity_atoms;
        assert!((0..asked).contains(&favour), "{favour}");
        world.flag(&trader).expect("below all the same");
        world.warp_fresh(11);
        let keeper = world.new_trader(usd(1_000));
        world
            .liquidate(&keeper, &trader, &sol, Closing::PositionByPool)
            .expect("SOL has a price");
        world.assert_books();
    }
}

#[test]
fn a_resting_feed_shields_for_five_minutes_after_an_announcement() {
    // ETH price updates nothing. Its recorded price counts 50 % better, so that nobody is liquidated by a feed that
    // somebody hides; once its absence is announced that ends.
    let (mut world, trader, sol, eth) = beside_a_large_position();
    world.close_feed(&eth);
    refused(world.flag(&trader), FreeboardError::AccountHealthy);
    world.announce_absence(&eth).expect("announced");
    world.warp(ABSENCE_SECS - 1);
    world.set_price_usd(&sol, 101.0);
    refused(world.flag(&trader), FreeboardError::AccountHealthy);
    world.warp(1);
    world.set_price_usd(&sol, 101.0);
    world.flag(&trader).expect("in time");
    world.warp(11);
    world.set_price_usd(&sol, 101.0);
    let keeper = world.new_trader(usd(1_000));
    refused(
        world.liquidate(&keeper, &trader, &eth, Closing::PositionByPool),
        FreeboardError::LiquidationPriceUnusable,
    );
    world
        .liquidate(&keeper, &trader, &sol, Closing::PositionByPool)
        .expect("what has a price");
    world.assert_books();
}

#[test]
fn updates_shown_each_minute_waive_the_band_of_the_ema() {
    // SOL falls by 30 % and stays; its EMA follows in hours. No trade and no sample can record such a price update: half an
    // hour of flags and liquidations did nothing.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 2_000.0);
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(1_000));
    let fall = |world: &mut World, secs: i64| {
        world.warp(secs);
        let quote = Quote::usd(105.0, world.now()).with_ema(150.0 / 105.0);
        world.set_price(&sol, quote);
    };
    let refusal = FreeboardError::LiquidationPriceUnusable;
    let close =
        |world: &mut World| world.liquidate(&keeper, &trader, &sol, Closing::PositionByPool);
    fall(world, 60);
    for _ in 0..30 {
        refused(close(world), refusal);
        fall(world, 60);
    }
    // Shown with a gap of more than a minute, the run begins anew; a price update inside the band ends it.
    let mut gap = world.clone();
    for secs in [60, 60, 61, 60, 60, 60] {
        gap.show_price(&sol).expect("shown");
        fall(&mut gap, secs);
    }
    refused(close(&mut gap), refusal);
    let mut inside = world.clone();
    for number in 0..6 {
        if number == 2 {
            inside.set_price(
                &sol,
                Quote::usd(121.0, inside.now()).with_ema(150.0 / 121.0),
            );
        }
        inside.show_price(&sol).expect("shown");
        fall(&mut inside, 60);
    }
    refused(close(&mut inside), refusal);
    for _ in 0..5 {
        world.show_price(&sol).expect("shown");
        refused(close(world), refusal);
        fall(world, 60);
    }
    world.flag(&trader).expect("waived");
    world.show_price(&sol).expect("shown");
    fall(world, 11);
    close(world).expect("after five minutes");
    world.assert_books();
}

/// A healthy account long 2,000 SOL at $150, of which the recorded price is $100 and ten minutes old.
fn recorded_low() -> (World, Trader, AssetHandle) {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 2_000.0);
    let world = &mut stage.world;
    world.warp_fresh(300);
    let dip = Quote::usd(100.0, world.now());
    world.set_price(&sol, dip);
    world.sample(&sol).expect("recorded");
    world.warp(600);
    world.set_price_usd(&sol, 150.0);
    assert!(!world.client_report(&trader).unwrap().is_liquidatable);
    (stage.world, trader, sol)
}

#[test]
fn a_hidden_feed_flags_and_liquidates_nobody_who_is_healthy() {
    let (mut world, trader, sol) = recorded_low();
    let keeper = world.new_trader(usd(1_000));
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let attack = |world: &mut World| {
        let flag = without_feed(world.flag_instruction(&trader), &sol);
        let flagged = world.send(&[flag], &[]);
        let liquidate = world.liquidate_instruction(&keeper, &trader, args);
        let liquidate = without_feed(liquidate, &sol);
        let liquidated = world.send(&[liquidate], &[&keeper.keypair]);
        assert!(liquidated.is_err());
        flagged
    };
    refused(attack(&mut world), FreeboardError::AccountHealthy);
    // He announces; whoever holds the account, or samples, shows one price update and that ends it.
    world.announce_absence(&sol).expect("announced");
    let mut refuted = world.clone();
    refuted.warp_fresh(ABSENCE_SECS - 1);
    refuted.show_price(&sol).expect("shown");
    refuted.warp_fresh(16);
    refused(attack(&mut refuted), FreeboardError::AccountHealthy);
    // Nobody does for five minutes: the record counts, moved by the asset's own shock. The first price update clears it.
    world.warp_fresh(ABSENCE_SECS);
    let before = world.state_of(&trader);
    attack(&mut world).expect("at the recorded price");
    world.warp_fresh(1);
    world.flag(&trader).expect("cleared");
    let after = world.state_of(&trader);
    assert_eq!(
        (before.flagged_ts, after.flagged_ts, after.bad_debt_atoms),
        (0, 0, 0)
    );
    assert_eq!(world.size_of(&trader, 0), sol.atoms(2_000.0));
}

#[test]
fn hidden_collateral_is_not_taken_for_dead() {
    // 100 ETH stand against a loan of $100,000. Their price was recorded once at $600 and nobody has recorded it for
    // two days; they are worth $400,000. Somebody gives an empty account as their feed and has the account declared
    // bankrupt: its collateral would be insurance's.
    let mut stage = stage_of([
        AssetSpec::sol(),
        AssetSpec::btc(),
        AssetSpec::eth().with_collateral(),
    ]);
    let eth = stage.eth.clone();
    let world = &mut stage.world;
    let trader = world.new_trader(0);
    world.warp_fresh(86_400);
    world.sample(&eth).expect("seen");
    let amount = eth.atoms(100.0).unsigned_abs();
    world.deposit_collateral(&trader, &eth, amount).unwrap();
    world.withdraw_quote(&trader, usd(100_000)).expect("a loan");
    world.warp(400);
    world.set_price_usd(&eth, 600.0);
    world.sample(&eth).expect("recorded");
    for days in [2, 30] {
        world.warp(days * 86_400);
        world.set_price_usd(&eth, 4_000.0);
        let metas = world.all_metas();
        let resolve = instructions::resolve_bankruptcy(&world.keys, trader.margin_account, metas);
        let hidden = without_feed(resolve, &eth);
        refused(
            world.send(&[hidden], &[]),
            FreeboardError::AccountNotBankrupt,
        );
    }
    let held = world.state_of(&trader).collateral_atoms(eth.index);
    assert_eq!(held, amount);
    world.assert_books();
}

#[test]
fn an_unreadable_legacy_account_at_the_bound_address_is_no_price_and_blocks_nobody() {
    let mut stage = stage_with_legacy_feed();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 10.0);
    stage.trade(&btc, 4.0);
    let world = &mut stage.world;
    let right = world.account(&sol.feed);
    let mut cases = Vec::new();
    for length in [0, 4, right.data.len() - 1] {
        let mut account = right.clone();
        account.data.truncate(length);
        cases.push(account);
    }
    let mut other = right.clone();
    other.data[0] ^= 1;
    cases.push(other);
    let mut foreign = right.clone();
    foreign.owner = freeboard::ID;
    cases.push(foreign);
    for account in cases {
        let mut world = world.clone();
        world.warp_fresh(61);
        world.set_feed(&sol, account);
        let report = world.view(&trader).expect("a report");
        assert!(!report.assets[0].usable_initial && !report.assets[0].usable_liquidation);
        world
            .trade(&trader, &btc, -btc.atoms(0.1))
            .expect("reduces");
        world.deposit_quote(&trader, 1).expect("deposits");
        world.set_price_usd(&btc, 74_000.0);
        world.flag(&trader).expect("is flagged");
        world.announce_absence(&sol).expect("absent");
    }
}

#[test]
fn prices_and_amounts_beyond_the_range_flag_all_the_same() {
    // The largest price that Pyth can publish, as price and as EMA: a short of 100 SOL owes more than can be counted.
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, -100.0);
    stage.trade(&btc, 1.0);
    let world = &mut stage.world;
    world.warp_fresh(61);
    world.set_price(
        &sol,
        Quote::steady(9_000_000_000_000_000_000, 0, world.now()),
    );
    let insured = world.pool().ledger.insurance_atoms;
    world.flag(&trader).expect("below");
    // What it owes is not known by such a valuation, and nothing is paid by it.
    assert_eq!(world.pool().bad_debt_atoms, 0);
    let keeper = world.new_trader(usd(1_000));
    let had = equity(world, &[&keeper]);
    world
        .liquidate(&keeper, &trader, &btc, Closing::PositionByPool)
        .expect("what can be closed");
    assert!(
        equity(world, &[&keeper]) - had <= dollars(51),
        "0.05 % of $100,000"
    );
    assert!(world.pool().ledger.insurance_atoms >= insured - dollars(51));
    world.assert_books();
    // As much collateral, with a weight, as an account can hold.
    let mut spec = AssetSpec::sol().with_collateral();
    spec.params.collateral_weight_e9 = 900_000_000;
    let mut stage = stage_of([spec, AssetSpec::btc(), AssetSpec::eth()]);
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let trader = world.new_trader(0);
    let most = u64::try_from(i64::MAX).unwrap();
    world.deposit_collateral(&trader, &sol, most).unwrap();
    world.warp_fresh(86_401);
    world.set_price_usd(&sol, 3_000.0);
    refused(world.flag(&trader), FreeboardError::AccountHealthy);
}

#[test]
fn whoever_records_newer_updates_shuts_nobody_out() {
    // Somebody records the newest price of everything each second; everybody else has one that is three seconds
    // older. Of 120 withdrawals, closes, loans and fills none passed; liquidations were refused 60 of 60 times.
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 1_000.0);
    stage.trade(&btc, 0.1);
    let world = &mut stage.world;
    let (keeper, borrower) = (world.new_trader(usd(1_000)), world.new_trader(0));
    world
        .deposit_collateral(&borrower, &sol, 1_000_000_000_000)
        .unwrap();
    let ahead = |world: &mut World, secs: i64| {
        world.warp_fresh(secs);
        world.rebalance().expect("records everything");
        for asset in world.assets.clone() {
            let older = Quote {
                publish_ts: world.now() - 3,
                ..world.quote(&asset)
            };
            world.set_price(&asset, older);
        }
    };
    for _ in 0..20 {
        ahead(world, 5);
        world.withdraw_quote(&trader, usd(1)).expect("a withdrawal");
        world.borrow(&borrower, usd(1)).expect("a loan");
        world
            .trade(&trader, &sol, -sol.atoms(1.0))
            .expect("a reduce");
        world
            .trade(&trader, &btc, btc.atoms(0.01))
            .expect("an increase");
        let args = world.order_args(&sol, sol.atoms(1.0));
        let order = world.request_order(&trader, args).expect("an order");
        ahead(world, 3);
        world.fill_order(&trader, order).expect("a fill");
    }
    let mut low = world.clone();
    low.set_price_usd(&sol, 50.0);
    low.rebalance().expect("records the fall");
    let older = Quote {
        publish_ts: low.now() - 3,
        ..Quote::usd(150.0, low.now())
    };
    low.set_price(&sol, older);
    low.flag(&trader).expect("below at the recorded price");
    low.liquidate(&keeper, &trader, &sol, Closing::PositionByPool)
        .expect("closed at the recorded price");
    low.assert_books();
    // For what needs a new price it does not answer.
    refused(low.sample(&sol), FreeboardError::PriceOlderThanRecorded);
    // Nor is a price update that nobody may be judged by among those that shut out others.
    world.warp(2);
    let wide = Quote::usd(150.0, world.now()).with_conf(0.025);
    world.set_price(&sol, wide);
    world
        .trade(&trader, &sol, -sol.atoms(1.0))
        .expect("reduces at a wide update");
    let between = Quote::usd(151.0, world.now() - 1);
    world.set_price(&sol, between);
    world
        .trade(&trader, &sol, -sol.atoms(1.0))
        .expect("a price from before it");
    assert_eq!(world.asset(0).recorded.publish_ts, between.publish_ts);
    assert_eq!(world.asset(0).shown_publish_ts, wide.publish_ts);
    world.assert_books();
}

#[test]
fn an_lp_executes_at_what_others_have_recorded() {
    // An LP missed the whole window, because each price update that it gave was older than one that somebody had recorded.
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 10.0);
    let world = &mut stage.world;
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000)).unwrap();
    world.warp_fresh(86_401);
    world.rebalance().expect("records");
    let older = Quote {
        publish_ts: world.now() - 4,
        ..world.quote(&sol)
    };
    world.set_price(&sol, older);
    world
        .execute_liquidity(&lp, 0)
        .expect("at the recorded price");
    world.assert_books();
}
