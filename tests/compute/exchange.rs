//! Instructions of the exchange and its assets, and those of an account that need no valuation.
use crate::{Row, measure::row};
use anchor_lang::prelude::Pubkey;
use freeboard::governance::pauses::Operation;
use freeboard_tests::{
    AssetSpec, ExchangeSpec, Trader, World,
    client::instructions::{self, TokenKeys},
    usd,
};
use solana_signer::Signer;

const NONE: (u8, u8) = (0, 0);

/// All of them.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut world = initialize(&mut rows);
    assets(&mut world, &mut rows);
    let trader = account(&mut world, &mut rows);
    transfers(&mut world, &trader, &mut rows);
    pool(&mut world, &mut rows);
    rows
}

fn initialize(rows: &mut Vec<Row>) -> World {
    let spec = ExchangeSpec::default();
    let mut world = World::empty(&spec);
    let (args, keys) = (world.exchange_args(&spec), world.keys);
    let creator = world.payer.pubkey();
    let instruction =
        instructions::initialize_exchange(creator, keys.quote_mint, keys.quote_program, args);
    let sent = world.send(&[instruction], &[]);
    rows.push(row("initialize_exchange", "", NONE, sent));
    world
}

fn assets(world: &mut World, rows: &mut Vec<Row>) {
    let kinds = [
        ("", AssetSpec::btc()),
        (
            "with a collateral vault",
            AssetSpec::sol().with_collateral(),
        ),
    ];
    for (variant, spec) in kinds {
        let sent = world.try_create_asset(spec).map(|(_, meta)| meta);
        rows.push(row("create_asset", variant, NONE, sent));
    }
}

fn account(world: &mut World, rows: &mut Vec<Row>) -> Trader {
    let owner = world.actor();
    let opened = world.open_margin_account(&owner, 0, Pubkey::default());
    let (trader, meta) = opened.expect("opened");
    rows.push(row("open_margin_account", "", NONE, Ok(meta)));
    rows.push(row(
        "set_delegate",
        "",
        NONE,
        world.set_delegate(&trader, Pubkey::new_unique()),
    ));
    world.next_slot();
    rows.push(row(
        "close_margin_account",
        "",
        NONE,
        world.close_margin_account(&trader),
    ));
    world.new_trader(0)
}

fn transfers(world: &mut World, trader: &Trader, rows: &mut Vec<Row>) {
    let sol = world.handle_of(1);
    for (variant, token, atoms) in [
        ("quote", TokenKeys::quote(&world.keys), usd(1_000)),
        ("collateral", sol.token(), 1_000_000_000),
    ] {
        world.mint_to(&trader.owner(), &token.mint, atoms);
        let deposit = world.deposit_instruction(trader, &token, atoms);
        rows.push(row(
            "deposit",
            variant,
            NONE,
            world.send(&[deposit], &[&trader.keypair]),
        ));
    }
    for (variant, token) in [("quote", world.quote_token()), ("collateral", sol.token())] {
        let withdraw = world.withdraw_instruction(trader, &token, 1_000);
        rows.push(row(
            "withdraw",
            variant,
            NONE,
            world.send(&[withdraw], &[&trader.keypair]),
        ));
    }
}

/// Samples that need σ_c: a return that might be cut, one that is, and the way back.
fn moves(rows: &mut Vec<Row>) {
    let mut world = World::market([AssetSpec::btc()]);
    let btc = world.handle_of(0);
    let dollars = world.quote(&btc).price as f64 / 1e8;
    for (case, factor) in [("a move", 1.01), ("a jump", 2.0), ("its way back", 1.0)] {
        world.warp(300);
        world.set_price_usd(&btc, dollars * factor);
        rows.push(row("sample_volatility", case, NONE, world.sample(&btc)));
    }
}

fn pool(world: &mut World, rows: &mut Vec<Row>) {
    let btc = world.handle_of(0);
    rows.push(row(
        "deposit",
        "into the pool",
        NONE,
        world.fund_pool(usd(1_000_000)),
    ));
    rows.push(row("rebalance_pool", "a sweep", NONE, world.sweep(&btc)));
    world.warp_fresh(300);
    rows.push(row("sample_volatility", "", NONE, world.sample(&btc)));
    moves(rows);
    rows.push(row(
        "pause",
        "",
        NONE,
        world.pause(Operation::Increase, 600),
    ));
    rows.push(row(
        "pause",
        "its end",
        NONE,
        world.unpause(Operation::Increase),
    ));
}
