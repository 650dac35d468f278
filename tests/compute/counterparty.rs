//! Orders, liquidity, and who pays a loss: on a pool of three assets, and where it matters on all 24.
use crate::{Row, measure::row};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::instructions::Closing;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard_tests::{
    AssetHandle, AssetSpec, Trader, World, client::instructions, usd, world::Actor,
};

const NONE: (u8, u8) = (0, 0);
const ONE: (u8, u8) = (1, 0);
const DELAY_SECS: i64 = 86_400;

/// All of them.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    orders(&mut rows);
    for assets in [3, 24] {
        liquidity(assets, &mut rows);
    }
    collateral(&mut rows);
    losses(&mut rows);
    rows
}

fn orders(rows: &mut Vec<Row>) {
    let mut world = World::market([AssetSpec::sol()]);
    let (sol, trader) = (world.handle_of(0), world.new_trader(usd(10_000)));
    let args = world.order_args(&sol, sol.atoms(10.0));
    let request =
        instructions::request_order(world.exchange, trader.owner(), trader.margin_account, args);
    rows.push(signed(&mut world, "request_order", &trader, request));
    let requested = world.state_of(&trader).order_sequence;
    let cancel = instructions::cancel_order(trader.owner(), trader.margin_account, requested);
    rows.push(signed(&mut world, "cancel_order", &trader, cancel));
    let id = world.request_order(&trader, args).expect("requested");
    world.warp_fresh(1);
    let filled = world.fill_order(&trader, id);
    rows.push(row("fill_order", "open", ONE, filled));
    let preview = world.preview_trade_instruction(&trader, world.trade_args(&sol, 1_000_000_000));
    rows.push(row(
        "preview_trade",
        "increase",
        ONE,
        world.send(&[preview], &[]),
    ));
    let preview = world.preview_liquidation_instruction(&trader, 0, Closing::PositionByPool);
    rows.push(row(
        "preview_liquidation",
        "",
        ONE,
        world.send(&[preview], &[]),
    ));
}

fn signed(world: &mut World, name: &str, trader: &Trader, instruction: Instruction) -> Row {
    row(
        name,
        "",
        NONE,
        world.send(&[instruction], &[&trader.keypair]),
    )
}

/// Requests and executions with so many assets, each with open interest.
fn liquidity(assets: u16, rows: &mut Vec<Row>) {
    let share = 1_000_000_000 / u64::from(assets);
    let spec = |index: u16| AssetSpec::new(&format!("A{index}"), 150.0).with_pool_share(share);
    let mut world = World::market((0..assets).map(spec));
    let variant = format!("{assets} assets");
    let traders: Vec<Trader> = (0..2).map(|_| world.new_trader(usd(100_000))).collect();
    for index in 0..assets {
        let asset = world.handle_of(index);
        let trader = &traders[usize::from(index / 16)];
        world
            .trade(trader, &asset, asset.atoms(10.0))
            .expect("traded");
    }
    let lp = world.actor();
    requests(&mut world, &lp, &variant, rows);
    rows.push(row("rebalance_pool", &variant, NONE, world.rebalance()));
}

fn requests(world: &mut World, lp: &Actor, variant: &str, rows: &mut Vec<Row>) {
    let requested = world.request_deposit(lp, 0, usd(1_000));
    rows.push(row("request_liquidity", variant, NONE, requested));
    world.warp_fresh(DELAY_SECS);
    let executed = world.execute_liquidity(lp, 0);
    rows.push(row(
        "execute_liquidity",
        &format!("deposit, {variant}"),
        NONE,
        executed,
    ));
    let shares = world.shares_of(lp);
    world.request_redeem(lp, 1, shares / 2).expect("requested");
    world.request_redeem(lp, 2, shares / 4).expect("requested");
    rows.push(row(
        "cancel_liquidity",
        variant,
        NONE,
        world.cancel_liquidity(lp, lp, 2),
    ));
    world.warp_fresh(DELAY_SECS);
    let executed = world.execute_liquidity(lp, 1);
    rows.push(row(
        "execute_liquidity",
        &format!("redeem, {variant}"),
        NONE,
        executed,
    ));
}

/// A loan against collateral, and its sale.
fn collateral(rows: &mut Vec<Row>) {
    let mut world = World::market([AssetSpec::sol().with_collateral()]);
    let sol = world.handle_of(0);
    let trader = world.new_trader(0);
    world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .expect("deposited");
    let lent = world.withdraw_quote(&trader, usd(100_000));
    rows.push(row("borrow", "3 assets", (0, 1), lent));
    world.warp_fresh(1);
    world.set_price_usd(&sol, 103.0);
    world.flag(&trader).expect("flagged");
    world.warp_fresh(31);
    let liquidator = world.new_trader(usd(500_000));
    let sold = world.liquidate(&liquidator, &trader, &sol, Closing::Collateral);
    rows.push(row("liquidate", "collateral", (0, 1), sold));
}

/// A winner and a loser of a pool that is too small for them.
fn losses(rows: &mut Vec<Row>) {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_pool_share(1_000_000_000));
    world.ready(usd(10_000));
    let [winner, loser, second] = [0; 3].map(|_| world.new_trader(usd(30_000)));
    for _ in 0..6 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(50.0)).expect("traded");
        world.trade(&loser, &sol, -sol.atoms(50.0)).expect("traded");
    }
    world.trade(&second, &sol, sol.atoms(50.0)).expect("traded");
    world.warp_fresh(60);
    crash(&mut world, &sol, &winner);
    rows.push(row(
        "settle_loss",
        "1 asset",
        NONE,
        world.clone().settle_loss(&loser, &sol),
    ));
    let liquidator = world.new_trader(usd(100_000));
    world.flag(&loser).expect("flagged");
    world
        .liquidate(&liquidator, &loser, &sol, Closing::PositionByPool)
        .expect("liquidated");
    let resolved = world.resolve_bankruptcy(&loser);
    rows.push(row("resolve_bankruptcy", "1 asset", NONE, resolved));
    world.warp_fresh(300);
    rows.push(row(
        "deleverage",
        "1 asset",
        NONE,
        world.deleverage(&second, &sol),
    ));
    let args = WithdrawProRataArgs {
        amount_atoms: usd(1_000),
        min_received_atoms: 1,
    };
    let withdrawn = world.withdraw_pro_rata(&winner, args);
    rows.push(row("withdraw_pro_rata", "1 asset", NONE, withdrawn));
}

/// A jump up that the winner cashes.
fn crash(world: &mut World, sol: &AssetHandle, winner: &Trader) {
    world.set_price_usd(sol, 400.0);
    world.trade(winner, sol, -sol.atoms(300.0)).expect("cashed");
}
