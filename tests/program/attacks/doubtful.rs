//! Prices in doubt, all at once or recorded by strangers: P11. Together they give an account no more than the margin that is
//! asked of it, and none that only a liquidation accepts keeps others from trading.
use super::dollars;
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::TradeArgs;
use freeboard_risk::price::feed::{ABSENCE_SECS, NOT_ABSENT};
use freeboard_tests::{AssetHandle, Quote, Trader, World, usd};

/// Long $1 M of BTC, short as much of ETH and long $45,000 of SOL, worth so many dollars at the prices in the feeds.
fn hedged(worth: f64) -> (World, Trader, [AssetHandle; 3]) {
    let Stage {
        mut world,
        sol,
        btc,
        eth,
        ..
    } = stage();
    let trader = world.new_trader(usd(150_000));
    for (asset, units) in [(&btc, 10.0), (&eth, -250.0), (&sol, 300.0)] {
        world.trade(&trader, asset, asset.atoms(units)).unwrap();
    }
    world.warp_fresh(10);
    let has = world.client_report(&trader).unwrap().maintenance;
    let price = 100_000.0 - (has.equity_atoms as f64 / 1e6 - worth) / 10.0;
    world.set_price_usd(&btc, price);
    (world, trader, [sol, btc, eth])
}

/// Every price update but SOL's becomes as wide or as far as this.
fn doubt(world: &mut World, assets: &[AssetHandle; 3], bad: impl Fn(Quote) -> Quote) {
    for asset in &assets[1..] {
        let fresh = Quote {
            publish_ts: world.now(),
            ..world.quote(asset)
        };
        world.set_price(asset, bad(fresh));
    }
}

#[test]
fn a_hedge_whose_prices_are_all_in_doubt_is_flagged_once_nothing_is_left() {
    // Price updates beyond the band gave as much as each one's own margin, $104,000 for a hedge that is asked for $65,000: it
    // was flagged at −$39,000, with wide ones at −$14,000, and whoever held it had so much of the pool's for nothing.
    let bads: [fn(Quote) -> Quote; 3] = [
        |quote| quote.with_conf(0.0201),
        |quote| quote.with_ema(1.26),
        |quote| quote.with_ema(0.78),
    ];
    for bad in bads {
        let (mut world, trader, assets) = hedged(-2_000.0);
        doubt(&mut world, &assets, bad);
        let report = world.client_report(&trader).unwrap();
        let favour = report.liquidation.equity_atoms - report.maintenance.equity_atoms;
        let margin = report.liquidation.margin_atoms;
        assert!((dollars(60_000)..dollars(70_000)).contains(&margin));
        assert!((0..=margin).contains(&favour), "{favour} for {margin}");
        assert_eq!(world.view(&trader).unwrap(), report);
        world.flag(&trader).expect("below zero at what is shown");
        // What has a price is closed, judged by the same favour.
        world.warp_fresh(11);
        doubt(&mut world, &assets, bad);
        let keeper = world.new_trader(usd(1_000));
        let before = world.client_report(&trader).unwrap();
        world
            .liquidate(&keeper, &trader, &assets[0], Closing::PositionByPool)
            .expect("SOL has a price");
        let after = world.client_report(&trader).unwrap();
        assert!(after.liquidation.margin_atoms < before.liquidation.margin_atoms);
        let paid = before.maintenance.equity_atoms - after.maintenance.equity_atoms;
        assert!(paid.abs() <= 4, "{paid} out of nothing");
        world.assert_books();
        // With something left the doubt is enough for it.
        let (mut world, trader, assets) = hedged(2_000.0);
        assert!(world.client_report(&trader).unwrap().is_liquidatable);
        doubt(&mut world, &assets, bad);
        world.flag(&trader).expect("called");
        assert_eq!(world.state_of(&trader).flagged_ts, 0, "a call is no flag");
        refused(world.flag(&trader), FreeboardError::AccountHealthy);
    }
}

#[test]
fn an_account_that_is_severe_by_an_absent_price_waits_for_its_grace() {
    // One record may be a wrong price, however deep the account is by it.
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
    let keeper = world.new_trader(usd(1_000));
    let fall = |world: &mut World| world.set_price_usd(&sol, 90.0);
    let close =
        |world: &mut World| world.liquidate(&keeper, &trader, &sol, Closing::PositionByPool);
    let mut known = world.clone();
    fall(&mut known);
    close(&mut known).expect("at once where every price is known");
    world.close_feed(&eth);
    world.announce_absence(&eth).expect("announced");
    world.warp(ABSENCE_SECS);
    fall(&mut world);
    assert!(world.client_report(&trader).unwrap().is_liquidatable);
    refused(close(&mut world), FreeboardError::LiquidationGracePeriod);
    world.flag(&trader).expect("flagged");
    refused(close(&mut world), FreeboardError::LiquidationGracePeriod);
    world.warp(11);
    fall(&mut world);
    close(&mut world).expect("after its grace");
    world.assert_books();
}

#[test]
fn a_sample_taken_on_time_refutes_an_announcement_made_with_the_last_one() {
    // Announced in the second of a sample, so that its price update proves nothing; the next, taken as soon as the spacing
    // allows and landed when it is nearly too old, does.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 2_000.0);
    let world = &mut stage.world;
    world.warp_fresh(300);
    world.announce_absence(&sol).expect("announced");
    let since = world.now();
    world.sample(&sol).expect("of the same second");
    assert_eq!(world.asset(0).absent_since_ts, since);
    world.warp(300);
    let next = Quote::usd(150.0, world.now());
    world.warp(14);
    let hidden = super::without_feed(world.flag_instruction(&trader), &sol);
    refused(world.send(&[hidden], &[]), FreeboardError::AccountHealthy);
    world.set_price(&sol, next);
    world.sample(&sol).expect("the next");
    assert_eq!(world.asset(0).absent_since_ts, NOT_ABSENT);
}

/// A stranger records a price update of this second that only a liquidation accepts, 1.5 % wide at this price, ahead of everybody
/// else, who has a narrow one at $150, of three seconds before.
fn ahead(world: &mut World, sol: &AssetHandle, secs: i64, price: f64) {
    world.warp_fresh(secs);
    let wide = Quote::usd(price, world.now()).with_conf(0.015);
    world.set_price(sol, wide);
    world.show_price(sol).expect("recorded");
    let recorded = world.asset(0);
    assert_eq!(recorded.recorded.publish_ts, wide.publish_ts);
    assert!(recorded.tradable.publish_ts < wide.publish_ts);
    world.set_price(sol, Quote::usd(150.0, world.now() - 3));
}

#[test]
fn a_update_that_only_a_liquidation_accepts_shuts_nobody_out() {
    // On a feed whose confidence crosses 1 % somebody recorded each wider price update: trades, orders, withdrawals, loans,
    // samples and LPs with narrower ones of seconds before were refused.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 1_000.0);
    let world = &mut stage.world;
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000)).unwrap();
    let borrower = world.new_trader(0);
    world
        .deposit_collateral(&borrower, &sol, 1_000_000_000_000)
        .unwrap();
    world.warp_fresh(86_401);
    for _ in 0..10 {
        ahead(world, &sol, 5, 150.5);
        world.withdraw_quote(&trader, usd(1)).expect("a withdrawal");
        world.borrow(&borrower, usd(1)).expect("a loan");
        let report = world.view(&trader).unwrap();
        assert!(report.meets_initial_margin && report.assets[0].usable_initial);
        assert_eq!(report, world.client_report(&trader).unwrap());
        world
            .trade(&trader, &sol, sol.atoms(1.0))
            .expect("an increase");
        world
            .trade(&trader, &sol, -sol.atoms(1.0))
            .expect("a reduce");
        let args = world.order_args(&sol, sol.atoms(1.0));
        let order = world.request_order(&trader, args).expect("an order");
        ahead(world, &sol, 5, 149.5);
        world.fill_order(&trader, order).expect("a fill");
        ahead(world, &sol, 290, 150.5);
        world.sample(&sol).expect("a sample");
    }
    ahead(world, &sol, 5, 150.5);
    world.execute_liquidity(&lp, 0).expect("an LP");
    world.assert_books();
    // For a liquidation it is the newest price known, and it answers for what is older.
    ahead(world, &sol, 5, 50.0);
    world.flag(&trader).expect("below at the recorded price");
}

#[test]
fn a_reduce_that_needs_the_initial_margin_is_not_shut_out_either() {
    // A short of 100 SOL beside as much collateral, and a little BTC: closing half of the short raises MM. A stranger's
    // wide price update of either says nothing of whether the initial margin is met.
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 100_000_000_000)
        .unwrap();
    stage.trade(&sol, -100.0);
    stage.trade(&btc, 0.01);
    let world = &mut stage.world;
    let args = TradeArgs {
        reduce_only: true,
        ..world.trade_args(&sol, sol.atoms(50.0))
    };
    for (wide, price) in [(&sol, 150.0), (&btc, 100_000.0)] {
        let mut world = world.clone();
        world.warp_fresh(70);
        for asset in [&sol, &btc] {
            world.show_price(asset).expect("recorded");
        }
        world.warp_fresh(5);
        let newest = Quote::usd(price, world.now());
        world.set_price(wide, newest.with_conf(0.015));
        world.show_price(wide).expect("recorded");
        let older = Quote {
            publish_ts: newest.publish_ts - 3,
            ..newest
        };
        // Who shows the wide price update itself is judged by it.
        refused(
            world.clone().trade_with(&trader, args),
            FreeboardError::ReduceWorsensAccount,
        );
        world.set_price(wide, older);
        // Beyond what the wide price update may be off by, it shows that the market has moved.
        let mut moved = world.clone();
        moved.warp_fresh(5);
        let far = Quote::usd(price * 1.02, moved.now()).with_conf(0.015);
        moved.set_price(wide, far);
        moved.show_price(wide).expect("recorded");
        moved.set_price(wide, Quote::usd(price, moved.now() - 3));
        let sent = moved.trade_with(&trader, args);
        refused(sent, FreeboardError::ReduceWorsensAccount);
        let before = world.client_report(&trader).unwrap();
        world
            .trade_with(&trader, args)
            .expect("worth many times its margin");
        let after = world.client_report(&trader).unwrap();
        assert!(after.maintenance.margin_atoms > before.maintenance.margin_atoms);
    }
}

#[test]
fn no_price_of_before_a_move_counts_after_it() {
    // SOL falls by 8 %: its price updates are too far from their EMA to trade on. Once anybody has recorded one, nobody
    // withdraws or trades at one of before the fall, nor at one outside a wide price update's interval.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 1_000.0);
    for fallen in [
        |now| Quote::usd(138.0, now).with_ema(150.0 / 138.0),
        |now| Quote::usd(147.0, now).with_conf(0.015),
    ] {
        let mut world = stage.world.clone();
        world.warp_fresh(10);
        let newest = fallen(world.now());
        world.set_price(&sol, newest);
        let before = Quote::usd(150.0, newest.publish_ts - 3);
        let mut unknown = world.clone();
        unknown.set_price(&sol, before);
        unknown
            .withdraw_quote(&trader, usd(1))
            .expect("open until it is recorded");
        world.show_price(&sol).expect("recorded");
        world.set_price(&sol, before);
        let sent = world.withdraw_quote(&trader, usd(1));
        refused(sent, FreeboardError::PositionPriceUnusable);
        assert!(world.trade(&trader, &sol, sol.atoms(1.0)).is_err());
        refused(world.sample(&sol), FreeboardError::PriceOlderThanRecorded);
        assert!(!world.view(&trader).unwrap().assets[0].usable_initial);
    }
}

#[test]
fn updates_whose_clock_runs_ahead_are_no_second_look() {
    // A price update of three seconds ahead of the chain's clock flags; one of the same three seconds liquidates nobody, and
    // the run is counted from it.
    let mut stage = crate::liquidation::flag::unhealthy();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let keeper = world.new_trader(usd(1_000));
    let first = world.now();
    world.set_price(&sol, Quote::usd(132.5, first + 3));
    world.flag(&trader).expect("below");
    assert_eq!(world.state_of(&trader).flagged_ts, first + 3);
    let close = |secs: i64, publish_ts: i64| {
        let mut world = world.clone();
        world.warp(secs);
        world.set_price(&sol, Quote::usd(132.5, publish_ts));
        let args = LiquidateArgs {
            asset_index: sol.index,
            max_size_atoms: u64::MAX,
            closing: Closing::PositionByPool,
        };
        world.liquidate_with(&keeper, &trader, args)
    };
    let grace = FreeboardError::LiquidationGracePeriod;
    refused(close(10, first + 10), grace); // seven seconds of its run
    refused(close(12, first + 17), grace); // nine, whatever the price update's clock says
    refused(close(13, first + 3), grace); // the price update that flagged it
    close(13, first + 4).expect("ten seconds, and another update");
}
