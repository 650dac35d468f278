//! The remaining accounts: each instruction that values an account takes its assets and feeds in slot
//! order, and nothing else; flag and liquidate take them by ascending index, and any others. Every fault has its own
//! error, the same in every instruction.
use crate::support::{Wrong, check_wrong, stage_with_neighbour};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::{
    error::FreeboardError,
    instructions::{Closing, LiquidateArgs},
};
use freeboard_tests::World;

/// Which accounts of an instruction are the remaining ones: two assets and feeds from here on.
struct Held {
    world: World,
    instruction: Instruction,
    first: usize,
    other_asset: Pubkey,
    more_of_another: Pubkey,
    unheld: (Pubkey, Pubkey),
}

fn cases(held: &Held, by_index: bool) -> Vec<Wrong> {
    let Held {
        first,
        other_asset,
        unheld,
        world,
        ..
    } = held;
    let (first, pool) = (*first, world.pool);
    let (missing, unexpected) = (
        FreeboardError::AssetAccountMissing,
        FreeboardError::AssetAccountUnexpected,
    );
    let (invalid, order) = (
        FreeboardError::AssetAccountInvalid,
        FreeboardError::AssetAccountOrder,
    );
    let unheld = *unheld;
    let extra = anchor_lang::prelude::AccountMeta::new_readonly;
    let mut cases = vec![
        Wrong::new("none", missing, move |i| i.accounts.truncate(first)),
        Wrong::new("one feed missing", missing, move |i| {
            i.accounts.truncate(first + 3)
        }),
        Wrong::new("one asset missing", missing, move |i| {
            i.accounts.truncate(first + 2);
        }),
        Wrong::new("other order", order, move |i| {
            i.accounts.swap(first, first + 2);
            i.accounts.swap(first + 1, first + 3);
        }),
        Wrong::account("an asset not held", first, unheld.0, order),
        Wrong::account("not an asset", first, pool, invalid),
        Wrong::account("not the program's", first, Pubkey::new_unique(), invalid),
        Wrong::foreign("another exchange's", first, *other_asset),
        Wrong::account(
            "another feed",
            first + 1,
            unheld.1,
            FreeboardError::FeedMismatch,
        ),
        Wrong::account(
            "not a feed",
            first + 1,
            pool,
            FreeboardError::FeedOwnerInvalid,
        ),
        Wrong::new("asset and feed swapped", invalid, move |i| {
            i.accounts.swap(first, first + 1);
        }),
        Wrong::new(
            "the same twice",
            FreeboardError::DuplicateAccount,
            move |i| {
                i.accounts[first + 2] = i.accounts[first].clone();
                i.accounts[first + 3] = i.accounts[first + 1].clone();
            },
        ),
    ];
    let more = move |asset: Pubkey, feed: Pubkey| {
        move |i: &mut Instruction| {
            i.accounts.extend([extra(asset, false), extra(feed, false)]);
        }
    };
    if !by_index {
        cases.push(Wrong::new("one more account", unexpected, move |i| {
            i.accounts.push(extra(pool, false));
        }));
        let unheld = more(unheld.0, unheld.1);
        cases.push(Wrong::new("one more asset", unexpected, unheld));
        return cases;
    }
    cases.extend([
        Wrong::new("one more account", missing, move |i| {
            i.accounts.push(extra(pool, false));
        }),
        Wrong::new("more that is no asset", invalid, more(pool, pool)),
        Wrong::new(
            "another exchange's, beside those held",
            FreeboardError::WrongExchange,
            more(held.more_of_another, unheld.1),
        ),
        Wrong::new(
            "another feed beside one that is not held",
            FreeboardError::FeedOwnerInvalid,
            more(unheld.0, pool),
        ),
    ]);
    cases
}

/// A trader in BTC and SOL, a neighbour, and the instruction that `make` makes.
fn check(kind: &str) {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage.trade(&btc, 0.1);
    stage.trade(&sol, if kind == "view" { 10.0 } else { 4_000.0 });
    let unhealthy = matches!(kind, "flag" | "liquidate");
    if unhealthy {
        stage.world.warp_fresh(20);
        stage.world.set_price_usd(&sol, 130.0);
    }
    let liquidator = stage.world.new_trader(1_000_000);
    let world = &mut stage.world;
    let (instruction, signer) = match kind {
        "view" => (world.view_instruction(&trader), None),
        "trade" => {
            let args = world.trade_args(&sol, sol.atoms(-1.0));
            (world.trade_instruction(&trader, args), Some(&trader))
        }
        "withdraw" => {
            let token = world.quote_token();
            (
                world.withdraw_instruction(&trader, &token, 1),
                Some(&trader),
            )
        }
        "flag" => (world.flag_instruction(&trader), None),
        _ => {
            world.flag(&trader).unwrap();
            world.warp_fresh(11);
            let args = LiquidateArgs {
                asset_index: sol.index,
                max_size_atoms: u64::MAX,
                closing: Closing::PositionByPool,
            };
            (
                world.liquidate_instruction(&liquidator, &trader, args),
                Some(&liquidator),
            )
        }
    };
    let by_index = matches!(kind, "flag" | "liquidate");
    let other_asset = if by_index { &other.sol } else { &other.btc };
    let held = Held {
        first: instruction.accounts.len() - 4,
        instruction,
        other_asset: other_asset.address,
        more_of_another: other.eth.address,
        unheld: (stage.eth.address, stage.eth.feed),
        world: stage.world.clone(),
    };
    let signers: Vec<_> = signer.iter().map(|trader| &trader.keypair).collect();
    check_wrong(
        &held.world,
        &held.instruction,
        &signers,
        cases(&held, by_index),
    );
}

#[test]
fn view_margin_checks_them() {
    check("view");
}

#[test]
fn trade_checks_them() {
    check("trade");
}

#[test]
fn withdraw_checks_them() {
    check("withdraw");
}

#[test]
fn flag_checks_them() {
    check("flag");
}

#[test]
fn liquidate_checks_them() {
    check("liquidate");
}

/// For the register of codes: the faults of the list, in the instruction that only reads.
pub fn faults() {
    check("view");
}

/// The traded asset must be writable.
pub fn not_writable() {
    let (mut stage, _) = stage_with_neighbour();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let args = stage.world.trade_args(&sol, sol.atoms(1.0));
    let mut instruction = stage.world.trade_instruction(&trader, args);
    instruction.accounts[4].is_writable = false;
    let sent = stage.world.send(&[instruction], &[&trader.keypair]);
    crate::support::refused(sent, FreeboardError::AssetNotWritable);
}
