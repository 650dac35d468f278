//! The orderly end of a market: announced, closed by whoever wants, settled at the average of its last day.
use crate::support::{Stage, refused, stage};
use freeboard::endings::settlement::CLOSING_SECS;
use freeboard::error::FreeboardError;
use freeboard::events::{MarketSettled, SettlementPriceRecorded};
use freeboard::instructions::Closing;
use freeboard::state::AssetStatus;
use freeboard_client::events::Event;
use freeboard_risk::market::settlement::{AVERAGE_SECS, COVERED_SECS, WEIGHT_MAX_SECS};
use freeboard_tests::{Meta, Quote, Trader, World, usd};

/// USD per whole unit × 10^12.
const fn dollars(dollars: u128) -> u128 {
    dollars * 1_000_000_000_000
}

/// How a market ended.
pub fn ended(meta: &Meta) -> MarketSettled {
    let found = meta.events().into_iter().find_map(|event| match event {
        Event::MarketSettled(event) => Some(event),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{:?}", meta.events()))
}

/// What a settlement price counted for.
pub fn recorded(meta: &Meta) -> SettlementPriceRecorded {
    match meta.event() {
        Event::SettlementPriceRecorded(event) => event,
        other => panic!("{other:?}"),
    }
}

/// A stage whose trader holds SOL and BTC, and somebody short of SOL; SOL's market is to end.
pub fn announced() -> (Stage, Trader) {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 100.0);
    stage.trade(&btc, 0.1);
    let world = &mut stage.world;
    let short = world.new_trader(usd(50_000));
    world.trade(&short, &sol, -sol.atoms(40.0)).unwrap();
    world.wind_down(&sol);
    world.refresh_prices();
    (stage, short)
}

/// The same in its last day, where prices begin to count.
pub fn last_day() -> (Stage, Trader) {
    let (mut stage, short) = announced();
    stage.world.warp_fresh(CLOSING_SECS - AVERAGE_SECS);
    (stage, short)
}

/// The pool's value at its prices, the deficit's measure.
pub fn value(world: &World) -> i64 {
    let meta = world.clone().rebalance().expect("rebalanced");
    match meta.event() {
        Event::PoolRebalanced(event) => {
            assert!(event.is_certain);
            event.value_atoms
        }
        other => panic!("{other:?}"),
    }
}

fn equity(world: &mut World, trader: &Trader) -> i64 {
    world.view(trader).expect("seen").maintenance.equity_atoms
}

#[test]
fn the_whole_life_of_a_market_leaves_nobody_richer() {
    let (mut stage, short) = announced();
    let (long, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    let started = world.asset(0);
    assert_eq!(started.status(), AssetStatus::WindingDown);
    assert_eq!(started.settle_from_ts, world.now() + CLOSING_SECS);
    assert_eq!(started.params.collateral_weight_e9, 0);
    let more = world.trade(&long, &sol, sol.atoms(1.0));
    refused(more, FreeboardError::ReduceOnly);
    let flip = world.trade(&long, &sol, -sol.atoms(101.0));
    refused(flip, FreeboardError::ReduceOnly);
    let new = world.new_trader(usd(1_000));
    let opened = world.trade(&new, &sol, -sol.atoms(1.0));
    refused(opened, FreeboardError::ReduceOnly);
    world.trade(&long, &sol, -sol.atoms(10.0)).expect("closes");
    world.assert_books();

    let meta = world.settle_at(&sol, |quarter| 150.0 + (quarter % 2) as f64);
    let event = ended(&meta);
    // The first of 96 quarters starts the clock, 48 count at 151 and 47 at 150; who comes then ends the market.
    assert_eq!(event.covered_secs, AVERAGE_SECS - WEIGHT_MAX_SECS);
    let price = dollars(48 * 151 + 47 * 150) / 95;
    assert_eq!(
        (event.price_e12, event.last_price_e12),
        (price, dollars(151))
    );
    let asset = world.asset(0);
    assert_eq!(asset.recorded.price().0, event.price_e12);
    assert_eq!(asset.recorded.confidence().0, 0);
    assert_eq!(asset.recorded.ema().0, event.price_e12);
    assert_eq!(asset.funding.rate_q64, 0);

    // The feed is gone; it is not missed.
    world.close_feed(&sol);
    let before = (value(world), world.books().insurance_atoms);
    for trader in [&long, &short] {
        let had = equity(world, trader);
        world.warp(1);
        let meta = world.settle_position(trader, &sol).expect("settled");
        let Event::PositionSettled(event) = meta.event() else {
            panic!("{meta:?}")
        };
        assert_eq!(event.price_e12, price);
        assert_eq!(world.size_of(trader, 0), 0);
        world.assert_books();
        world.refresh_prices();
        world.close_feed(&sol);
        let lost = had - equity(world, trader);
        assert!((0..=2).contains(&lost), "{lost}");
    }
    let after = (value(world), world.books().insurance_atoms);
    assert!(
        (0..=4).contains(&(after.0 - before.0)),
        "{before:?} {after:?}"
    );
    assert_eq!(before.1, after.1);
    assert_eq!(world.asset(0).open_interest_atoms(), 0);
    assert_eq!(world.asset(0).entry_total_atoms, 0);
    world.trade(&long, &btc, -btc.atoms(0.1)).expect("goes on");
    let left = world.quote_of(&long).unsigned_abs();
    world.withdraw_quote(&long, left).expect("leaves");
    world.close_margin_account(&long).expect("closed");
    world.assert_books();
}

#[test]
fn the_premium_of_the_skew_is_the_pools_when_the_market_ends() {
    let (mut stage, _) = announced();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let from = world.asset(0).settle_from_ts;
    world.settle_at(&sol, |_| 150.0);
    assert!(world.now() >= from);
    let asset = world.asset(0);
    let skew = asset.skew_atoms().unsigned_abs();
    let scale = u128::from(asset.trade.skew_scale_atoms);
    let premium = 150_000_000 * skew * skew / (2 * scale) / 1_000_000_000;
    let mut before = world.clone();
    before.edit(
        sol.address,
        8 + std::mem::offset_of!(freeboard::state::Asset, status),
        &[AssetStatus::WindingDown as u8],
    );
    let gained = value(world) - value(&before);
    let expected = i64::try_from(premium).unwrap();
    assert!((gained - expected).abs() <= 1, "{gained} {expected}");
    assert!(expected > 0);
}

#[test]
fn a_position_is_liquidated_and_taken_over_until_the_end() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 4_000.0);
    let world = &mut stage.world;
    world.wind_down(&sol);
    world.warp_fresh(10);
    world.set_price_usd(&sol, 132.5);
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let liquidator = world.new_trader(usd(1_000_000));
    world
        .liquidate(&liquidator, &trader, &sol, Closing::PositionByLiquidator)
        .expect("taken over");
    assert!(world.size_of(&liquidator, 0) > 0);
    world.assert_books();
    let meta = world.settle_at(&sol, |_| 132.5);
    assert_eq!(ended(&meta).price_e12, dollars(265) / 2);
    world.set_price_usd(&sol, 60.0);
    for closing in [
        Closing::PositionByPool,
        Closing::PositionByLiquidator,
        Closing::Pair,
    ] {
        let sent = world.liquidate(&liquidator, &trader, &sol, closing);
        refused(sent, FreeboardError::AssetSettled);
        let preview = world.preview_liquidation_instruction(&trader, 0, closing);
        refused(world.send(&[preview], &[]), FreeboardError::AssetSettled);
    }
    for trader in [&trader, &liquidator] {
        world.settle_position(trader, &sol).expect("settled");
    }
    world.assert_books();
}

#[test]
fn funding_stops_with_the_market() {
    let (mut stage, _) = announced();
    let (long, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    world.settle_at(&sol, |_| 150.0);
    let funding = world.asset(0).funding;
    assert_eq!((funding.rate_q64, funding.updated_ts), (0, world.now()));
    world.warp_fresh(30 * 86_400);
    let before = equity(world, &long);
    let meta = world.settle_position(&long, &sol).unwrap();
    let Event::PositionSettled(event) = meta.event() else {
        panic!("{meta:?}")
    };
    assert!(event.funding_atoms < 0, "what was due until the end");
    assert!((0..=2).contains(&(before - equity(world, &long))));
    assert_eq!(
        world.asset(0).funding.long_index_q64,
        funding.long_index_q64
    );
    assert_eq!(world.asset(0).funding.rate_q64, 0);
    world.assert_books();
}

#[test]
fn a_market_whose_last_day_is_not_covered_ends_later() {
    let (mut stage, _) = announced();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let from = world.asset(0).settle_from_ts;
    // Nobody gives a price for an hour beyond the end.
    world.warp_fresh(CLOSING_SECS + 3_600);
    assert_eq!(
        recorded(&world.record_settlement_price(&sol).unwrap()).weight_secs,
        0
    );
    // A gap counts for a quarter of an hour, however long it was.
    world.warp_fresh(11 * 3_600);
    let event = recorded(&world.record_settlement_price(&sol).unwrap());
    assert_eq!(
        (event.weight_secs, event.covered_secs),
        (WEIGHT_MAX_SECS, WEIGHT_MAX_SECS)
    );
    for _ in 0..COVERED_SECS / WEIGHT_MAX_SECS - 2 {
        world.warp_fresh(WEIGHT_MAX_SECS);
        recorded(&world.record_settlement_price(&sol).unwrap());
    }
    world.warp_fresh(WEIGHT_MAX_SECS - 1);
    let short = recorded(&world.record_settlement_price(&sol).unwrap());
    assert_eq!(short.covered_secs, COVERED_SECS - 1);
    world.warp_fresh(60);
    let event = ended(&world.record_settlement_price(&sol).unwrap());
    assert_eq!(event.covered_secs, COVERED_SECS + 59);
    assert!(world.now() > from + 22 * 3_600);
}

#[test]
fn a_market_that_is_covered_ends_without_its_feed() {
    let (mut stage, _) = last_day();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    for _ in 0..=COVERED_SECS / WEIGHT_MAX_SECS {
        world.record_settlement_price(&sol).unwrap();
        world.warp_fresh(WEIGHT_MAX_SECS);
    }
    assert_eq!(world.asset(0).average.secs, COVERED_SECS);
    // Covered before the time is over: it goes on counting.
    recorded(&world.record_settlement_price(&sol).unwrap());
    world.warp_fresh(AVERAGE_SECS);
    world.close_feed(&sol);
    let event = ended(&world.record_settlement_price(&sol).unwrap());
    assert_eq!(event.price_e12, dollars(150));
    assert_eq!(event.covered_secs, COVERED_SECS + WEIGHT_MAX_SECS);
}

#[test]
fn one_print_moves_the_price_by_no_more_than_its_weight() {
    let (stage, _) = last_day();
    let sol = stage.sol.clone();
    let settle = |mut world: World, last: f64| {
        // Half a day is covered; the other half nobody came.
        for quarter in 0..=COVERED_SECS / WEIGHT_MAX_SECS {
            let is_last = quarter == COVERED_SECS / WEIGHT_MAX_SECS;
            world.set_price_usd(&sol, if is_last { last } else { 150.0 });
            world.record_settlement_price(&sol).unwrap();
            world.warp_fresh(WEIGHT_MAX_SECS);
        }
        world.warp_fresh(AVERAGE_SECS);
        // What the feed says at the end does not matter any more.
        world.set_price_usd(&sol, 10.0);
        ended(&world.record_settlement_price(&sol).unwrap()).price_e12
    };
    let (honest, pumped) = (
        settle(stage.world.clone(), 150.0),
        settle(stage.world, 165.0),
    );
    assert_eq!(honest, dollars(150));
    // 10 % off for 900 of 43,200 seconds.
    assert_eq!(pumped - honest, dollars(15) * 900 / 43_200);
}

#[test]
fn whoever_comes_each_minute_leaves_others_no_weight() {
    let (mut stage, _) = last_day();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    world.record_settlement_price(&sol).unwrap();
    for _ in 0..14 {
        world.warp_fresh(60);
        assert_eq!(
            recorded(&world.record_settlement_price(&sol).unwrap()).weight_secs,
            60
        );
    }
    world.warp_fresh(60);
    world.set_price_usd(&sol, 157.0);
    let event = recorded(&world.record_settlement_price(&sol).unwrap());
    assert_eq!(event.weight_secs, 60);
    assert_eq!(event.average_e12, dollars(150) + dollars(7) / 15);
}

/// Only a price that may be traded on counts.
#[test]
fn a_price_that_may_not_be_traded_on_does_not_count() {
    let (mut stage, _) = last_day();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let quote = Quote::usd(150.0, world.now());
    for (bad, error) in [
        (quote.with_conf(0.011), FreeboardError::ConfidenceTooWide),
        (quote.with_ema(0.94), FreeboardError::PriceFarFromEma),
        (
            Quote {
                publish_ts: quote.publish_ts + 6,
                ..quote
            },
            FreeboardError::PriceFromFuture,
        ),
    ] {
        world.set_price(&sol, bad);
        refused(world.record_settlement_price(&sol), error);
    }
    world.set_price(&sol, quote);
    world.warp(61);
    refused(
        world.record_settlement_price(&sol),
        FreeboardError::PriceStale,
    );
    assert_eq!(world.asset(0).average.last_ts, 0);
}

#[test]
fn a_trade_the_end_and_the_settlement_in_one_transaction() {
    let (mut stage, short) = announced();
    let (long, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let from = world.asset(0).settle_from_ts - AVERAGE_SECS;
    world.warp_fresh(from - world.now());
    while world.now() < from + AVERAGE_SECS {
        world.record_settlement_price(&sol).unwrap();
        world.warp_fresh(WEIGHT_MAX_SECS);
    }
    // The spot price has left the average: who would lose by it may close until the end, as announced.
    world.set_price_usd(&sol, 152.0);
    let instructions = [
        world.trade_instruction(&long, world.trade_args(&sol, -sol.atoms(60.0))),
        world.record_settlement_price_instruction(&sol),
        world.settle_position_instruction(&long, &sol, true),
        world.settle_position_instruction(&short, &sol, true),
    ];
    world.send(&instructions, &[&long.keypair]).expect("all");
    assert_eq!(world.asset(0).open_interest_atoms(), 0);
    world.assert_books();
    let after = world.trade_instruction(&long, world.trade_args(&sol, sol.atoms(1.0)));
    refused(
        world.send(&[after], &[&long.keypair]),
        FreeboardError::AssetSettled,
    );
}
