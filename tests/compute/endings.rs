//! The end of a market, and another feed for an asset.
use crate::{Row, measure::row};
use freeboard::endings::settlement::CLOSING_SECS;
use freeboard::state::Change;
use freeboard_risk::market::settlement::{AVERAGE_SECS, WEIGHT_MAX_SECS};
use freeboard_tests::{AssetSpec, FeedKind, NewFeed, Quote, World, governance::TIMELOCK_SECS, usd};

const NONE: (u8, u8) = (0, 0);
const ONE: (u8, u8) = (1, 0);

/// All of them.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    wind_down(&mut rows);
    dead_feed(&mut rows);
    migration(&mut rows);
    rows
}

fn market() -> World {
    World::market([AssetSpec::sol().with_collateral(), AssetSpec::btc()])
}

fn wind_down(rows: &mut Vec<Row>) {
    let mut world = market();
    let (sol, btc) = (world.handle_of(0), world.handle_of(1));
    let trader = world.new_trader(usd(100_000));
    for (asset, units) in [(&sol, 100.0), (&btc, 0.1)] {
        world
            .trade(&trader, asset, asset.atoms(units))
            .expect("opened");
    }
    let change = Change::WindDown { asset_index: 0 };
    world.propose_in_time(change.clone()).expect("proposed");
    rows.push(row(
        "execute_change",
        "wind-down",
        NONE,
        world.execute(&change),
    ));
    world.warp_fresh(CLOSING_SECS - AVERAGE_SECS);
    for variant in ["first", "counted"] {
        let sent = world.record_settlement_price(&sol);
        rows.push(row("record_settlement_price", variant, NONE, sent));
        world.warp_fresh(WEIGHT_MAX_SECS);
    }
    let ended = world.settle_at(&sol, |_| 150.0);
    rows.push(row("record_settlement_price", "the end", NONE, Ok(ended)));
    let sent = world.settle_position(&trader, &sol);
    rows.push(row("settle_position", "", ONE, sent));
}

fn dead_feed(rows: &mut Vec<Row>) {
    let mut world = market();
    let sol = world.handle_of(0);
    world.warp(1);
    let sent = world.settle_dead_feed(&sol);
    rows.push(row("execute_change", "dead feed", NONE, sent));
}

fn migration(rows: &mut Vec<Row>) {
    for (variant, kind) in [
        ("another feed, receiver", FeedKind::Receiver),
        ("another feed, legacy", FeedKind::Legacy),
    ] {
        let mut world = market();
        let (sol, new) = (world.handle_of(0), NewFeed::new(kind));
        world.publish(&new, &Quote::usd(150.0, world.now()));
        let sent = world.propose_feed(&sol, &new);
        if kind == FeedKind::Receiver {
            rows.push(row("propose_change", "another feed", NONE, sent));
        }
        world.warp_fresh(TIMELOCK_SECS);
        world.publish(&new, &Quote::usd(150.5, world.now()));
        let sent = world.migrate_feed(&sol, &new);
        rows.push(row("execute_change", variant, NONE, sent));
    }
}
