//! Instructions that value an account, at every size: trade, view, withdraw, flag, liquidate.
use crate::{
    Row,
    accounts::{PRICE, SIZES, nearly_full, nearly_full_of, open},
    measure::row,
};
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_tests::{ExchangeSpec, Meta, Trader, World, client::events::Event, usd};

/// Equity at which accounts are liquidated, part of the maintenance margin: below it, and above the
/// ⅔ under which everything may be closed without a search for the size.
const DEPTH: f64 = 0.95;
/// Longer than the grace period, and than a window.
const AFTER_FLAG_SECS: i64 = 31;
/// A tenth of a position, whole units.
const TENTH: f64 = 10.0;

/// All of them.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    for size in SIZES {
        trades(size, &mut rows);
        liquidations(size, &mut rows);
        without_scenarios(size, &mut rows);
    }
    rows
}

fn trades(size: (u8, u8), rows: &mut Vec<Row>) {
    let (mut world, trader) = nearly_full(size);
    let last = u16::from(size.0) - 1;
    let asset = world.handle_of(last);
    rows.push(row("trade", "open", size, open(&mut world, &trader, last)));
    let step = world.size_of(&trader, last).signum() * asset.atoms(TENTH);
    rows.push(row(
        "trade",
        "increase",
        size,
        world.trade(&trader, &asset, step),
    ));
    let view = world.view_instruction(&trader);
    rows.push(row("view_margin", "", size, world.send(&[view], &[])));
    rows.push(row(
        "withdraw",
        "quote",
        size,
        world.withdraw_quote(&trader, usd(1)),
    ));
    rows.push(row(
        "trade",
        "reduce",
        size,
        world.trade(&trader, &asset, -step),
    ));
    let rest = -world.size_of(&trader, last);
    rows.push(row(
        "trade",
        "close",
        size,
        world.trade(&trader, &asset, rest),
    ));
}

/// What the joint scenarios cost: the same without any.
fn without_scenarios(size: (u8, u8), rows: &mut Vec<Row>) {
    let (mut world, trader) = nearly_full_of(ExchangeSpec::default(), size);
    let last = u16::from(size.0) - 1;
    let opened = open(&mut world, &trader, last);
    rows.push(row("trade", "open, without scenarios", size, opened));
    let view = world.view_instruction(&trader);
    let viewed = world.send(&[view], &[]);
    rows.push(row("view_margin", "without scenarios", size, viewed));
}

fn liquidations(size: (u8, u8), rows: &mut Vec<Row>) {
    let (mut world, trader) = nearly_full(size);
    open(&mut world, &trader, u16::from(size.0) - 1).expect("opened");
    drain(&mut world, &trader);
    fall(&mut world, &trader);
    rows.push(row("flag", "", size, world.flag(&trader)));
    world.warp_fresh(AFTER_FLAG_SECS);
    for (variant, closing) in [
        ("pool", Closing::PositionByPool),
        ("takeover", Closing::PositionByLiquidator),
    ] {
        let mut world = world.clone();
        let liquidator = world.new_trader(usd(1_000_000));
        let args = LiquidateArgs {
            asset_index: 0,
            max_size_atoms: u64::MAX,
            closing,
        };
        let sent = world.liquidate_with(&liquidator, &trader, args);
        assert!(
            sent.as_ref().is_ok_and(closes_in_part),
            "a search for the size is measured"
        );
        rows.push(row("liquidate", variant, size, sent));
    }
}

/// Whether only a part of the position was closed.
fn closes_in_part(meta: &Meta) -> bool {
    match meta.event() {
        Event::AccountLiquidated(event) => {
            event.closed_atoms < event.size_before_atoms.unsigned_abs()
        }
        _ => false,
    }
}

/// Withdraws all that the initial margin does not hold back.
fn drain(world: &mut World, trader: &Trader) {
    let report = world.client_report(trader).expect("a report");
    let free = report.free_collateral_atoms.min(world.quote_of(trader));
    world
        .withdraw_quote(trader, free.unsigned_abs())
        .expect("free collateral can be withdrawn");
}

/// Moves prices, longs down and shorts up, until equity is at the depth wanted.
fn fall(world: &mut World, trader: &Trader) {
    let (mut low, mut high) = (0.0, 0.15);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if depth_at(world, trader, middle) > DEPTH {
            low = middle
        } else {
            high = middle
        }
    }
    let depth = depth_at(world, trader, high);
    assert!(
        (0.7..1.0).contains(&depth),
        "equity is {depth} of the maintenance margin"
    );
}

/// Equity as part of the maintenance margin after a move of this size.
fn depth_at(world: &mut World, trader: &Trader, change: f64) -> f64 {
    let account = world.state_of(trader);
    for slot in &account.positions {
        let sign = slot.base_size_atoms.signum() as f64;
        if sign != 0.0 {
            let asset = world.handle_of(slot.asset_index);
            world.set_price_usd(&asset, PRICE * (1.0 - sign * change));
        }
    }
    let maintenance = world.client_report(trader).expect("a report").maintenance;
    maintenance.equity_atoms as f64 / maintenance.margin_atoms as f64
}
