//! P10: what nobody can keep anybody from by a move of his own in the same slot, by name.
use super::{
    accepted, calls,
    cast::{Cast, Who, deficit, requested, unwell, well},
};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::instructions::TokenKeys;
use freeboard_tests::{Quote, Trader, World, usd};

/// Puts a call into its scene.
type Stage = fn() -> (Cast, Instruction);

/// What must always work, and where.
const ALWAYS: [(&str, Stage); 17] = [
    ("deposit of quote", || {
        staged(well(), Who::Owner, calls::deposit)
    }),
    ("repay", repay),
    ("reduce", || traded(|size| -size / 2)),
    ("close", || traded(|size| -size)),
    ("cancel_order", || {
        staged(well(), Who::Owner, calls::cancel_order)
    }),
    ("withdraw of quote without position or loan", withdraw),
    ("deposit of collateral", || {
        collateral(World::deposit_instruction)
    }),
    ("withdraw of collateral without position or loan", || {
        collateral(World::withdraw_instruction)
    }),
    ("withdraw_pro_rata in a deficit", || {
        staged(deficit(), Who::Owner, calls::withdraw_pro_rata)
    }),
    ("flag", || staged(unwell(), Who::Stranger, calls::flag)),
    ("liquidate", || {
        staged(unwell(), Who::Liquidator, calls::liquidate)
    }),
    ("slice", slice),
    ("execute_liquidity by the owner", || {
        staged(requested(), Who::Lp, calls::execute_liquidity)
    }),
    ("cancel_liquidity", || {
        staged(requested(), Who::Lp, calls::cancel_liquidity)
    }),
    ("cancel_change by the guardian", || {
        staged(well(), Who::Guardian, calls::cancel_change)
    }),
    ("settle_position", || {
        staged(well(), Who::Stranger, calls::settle_position)
    }),
    ("reduce of an account below its margin", reduce_unwell),
];

fn staged(
    mut cast: Cast,
    who: Who,
    call: fn(&mut Cast, Who) -> Instruction,
) -> (Cast, Instruction) {
    let call = call(&mut cast, who);
    (cast, call)
}

fn repay() -> (Cast, Instruction) {
    let mut cast = well();
    let other = cast.other.clone();
    let world = &mut cast.world;
    let asset = world.handle_of(0);
    world
        .deposit_collateral(&other, &asset, 1_000_000_000_000)
        .expect("collateral");
    world.withdraw_quote(&other, usd(60_000)).expect("lent");
    let token = world.quote_token();
    world.mint_to(&other.owner(), &token.mint, usd(1));
    let call = world.deposit_instruction(&other, &token, usd(1));
    (cast, call)
}

fn traded(wanted: fn(i64) -> i64) -> (Cast, Instruction) {
    let cast = well();
    let (sol, size) = (cast.sol(), cast.world.size_of(&cast.owner, 0));
    let args = cast.world.trade_args(&sol, wanted(size));
    let call = cast.world.trade_instruction(&cast.owner, args);
    (cast, call)
}

fn withdraw() -> (Cast, Instruction) {
    let mut cast = well();
    let (other, token) = (cast.other.clone(), cast.world.quote_token());
    let call = cast.world.withdraw_instruction(&other, &token, usd(1));
    (cast, call)
}

/// The other one has held 10 SOL for two days, and moves them.
fn collateral(
    call: fn(&mut World, &Trader, &TokenKeys, u64) -> Instruction,
) -> (Cast, Instruction) {
    let mut cast = well();
    let (other, sol) = (cast.other.clone(), cast.sol());
    let (world, atoms) = (&mut cast.world, 10_000_000_000);
    world
        .deposit_collateral(&other, &sol, atoms)
        .expect("collateral");
    world.warp_fresh(172_800);
    let token = sol.token();
    world.mint_to(&other.owner(), &token.mint, atoms);
    let call = call(world, &other, &token, atoms);
    (cast, call)
}

fn slice() -> (Cast, Instruction) {
    let cast = unwell();
    let args = freeboard::instructions::LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: freeboard::instructions::Closing::Slice,
    };
    let call = cast
        .world
        .liquidate_instruction(&cast.liquidator, &cast.owner, args);
    (cast, call)
}

fn reduce_unwell() -> (Cast, Instruction) {
    let cast = unwell();
    let args = cast.world.trade_args(&cast.sol(), -cast.sol().atoms(100.0));
    let call = cast.world.trade_instruction(&cast.owner, args);
    (cast, call)
}

/// What a stranger does in a scene.
type Move = fn(&mut Cast);

/// What a stranger can do to others in the slot before their call. A move that is refused changes nothing.
const MOVES: [(&str, Move); 10] = [
    ("everything recorded", |cast| drop(cast.world.rebalance())),
    ("newer updates recorded than others have", |cast| {
        record_ahead(cast, |newer| newer)
    }),
    ("updates that only a liquidation accepts recorded", |cast| {
        record_ahead(cast, |newer| newer.with_conf(0.015))
    }),
    ("both flagged", |cast| {
        for trader in [cast.owner.clone(), cast.other.clone()] {
            drop(cast.world.flag(&trader));
        }
    }),
    ("sampled for a reward and swept", |cast| {
        let (sol, owner) = (cast.sol(), cast.owner.clone());
        drop(cast.world.sample_for(&sol, &owner));
        drop(cast.world.sweep(&sol));
    }),
    ("the skew pushed up", |cast| push(cast, 1.0)),
    ("the skew pushed down", |cast| push(cast, -1.0)),
    ("orders filled", |cast| {
        let (owner, order) = (
            cast.owner.clone(),
            cast.world.state_of(&cast.owner).orders[0],
        );
        let paid = cast.other.clone();
        drop(cast.world.fill_order_for(&owner, order.id, &paid));
    }),
    ("much collateral put in and taken out", |cast| {
        let stranger = cast.world.new_trader(0);
        let mut tokens = cast.world.assets.clone();
        tokens.retain(|asset| asset.mint.is_some());
        for _ in 0..2 {
            for asset in &tokens {
                let much = u64::MAX >> 8;
                drop(cast.world.deposit_collateral(&stranger, asset, much));
                drop(cast.world.withdraw_collateral(&stranger, asset, u64::MAX));
            }
            cast.world.next_slot();
        }
    }),
    ("an atom given", |cast| {
        let other = cast.liquidator.clone();
        drop(cast.world.deposit_quote(&other, 1));
        drop(cast.world.fund_pool(1));
    }),
];

/// Somebody shows and records price updates like this, a second newer than those that everybody else sends.
fn record_ahead(cast: &mut Cast, shown_as: fn(Quote) -> Quote) {
    let assets = cast.world.assets.clone();
    let shown: Vec<Quote> = assets.iter().map(|asset| cast.world.quote(asset)).collect();
    for (asset, quote) in assets.iter().zip(&shown) {
        let newer = Quote {
            publish_ts: quote.publish_ts + 1,
            ..*quote
        };
        cast.world.set_price(asset, shown_as(newer));
        drop(cast.world.show_price(asset));
    }
    drop(cast.world.rebalance());
    for (asset, quote) in assets.iter().zip(shown) {
        cast.world.set_price(asset, quote);
    }
}

fn push(cast: &mut Cast, side: f64) {
    let (stranger, sol) = (cast.world.new_trader(usd(1_000_000)), cast.sol());
    drop(cast.world.trade(&stranger, &sol, sol.atoms(5_000.0 * side)));
}

#[test]
fn p10_no_move_of_a_stranger_blocks_what_must_always_work() {
    for (name, stage) in ALWAYS {
        // An order that was filled is there no more.
        let moves = MOVES
            .into_iter()
            .filter(|(what, _)| name != "cancel_order" || *what != "orders filled");
        for (what, strangers) in moves.clone() {
            let (mut cast, call) = stage();
            strangers(&mut cast);
            accepted(&mut cast, &call, &format!("{name}, after {what}"));
        }
        let (mut cast, call) = stage();
        for (_, strangers) in moves {
            strangers(&mut cast);
        }
        accepted(&mut cast, &call, &format!("{name}, after all of it"));
    }
}
