//! request_liquidity, execute_liquidity, cancel_liquidity: each account wrong once.
use crate::liquidity::requests::DELAY_SECS;
use crate::support::{Stage, Wrong, check_wrong, stage_with_neighbour};
use anchor_lang::error::ErrorCode::ConstraintTokenOwner;
use freeboard::error::FreeboardError::{
    AssetAccountInvalid, AssetAccountMissing, AssetAccountOrder, AssetAccountUnexpected,
    AssetNotWritable, DestinationMismatch, MintMismatch, NotOwner, VaultMismatch,
};
use freeboard_tests::{World, liquidity::deposit_of, usd, world::Actor};
use solana_signer::Signer;

/// An exchange with an open pool, another one, an LP, and somebody else.
struct Scene {
    world: World,
    other: Stage,
    lp: Actor,
    stranger: Actor,
}

fn scene() -> Scene {
    let (Stage { mut world, .. }, other) = stage_with_neighbour();
    let [lp, stranger] = [(); 2].map(|()| world.actor());
    Scene {
        world,
        other,
        lp,
        stranger,
    }
}

/// The LP has asked to deposit $10 and has waited.
fn ripe() -> Scene {
    let mut scene = scene();
    let Scene { world, lp, .. } = &mut scene;
    world.request_deposit(lp, 0, usd(10)).unwrap();
    world.warp_fresh(DELAY_SECS);
    scene
}

impl Scene {
    /// Authority, exchange, pool and owner of a request, as execution and cancellation begin.
    fn wrong_beginnings(&self) -> Vec<Wrong> {
        vec![
            Wrong::unsigned("authority", 0),
            Wrong::foreign("another exchange", 1, self.other.world.exchange),
            Wrong::foreign("another exchange's pool", 2, self.other.world.pool),
            Wrong::account("another owner", 4, self.stranger.pubkey(), NotOwner),
        ]
    }
}

#[test]
fn of_a_request() {
    let Scene {
        mut world,
        other,
        lp,
        stranger,
    } = scene();
    let (quote, shares) = (world.quote_mint, world.share_mint());
    let source = world.mint_to(&lp.pubkey(), &quote, usd(10));
    let strangers = world.token_account(&stranger.pubkey(), &shares);
    let vault = world.quote_vault;
    let request = world.request_liquidity_instruction(&lp, deposit_of(0, usd(10)));
    let cases = vec![
        Wrong::foreign("another exchange's pool", 2, other.world.pool),
        Wrong::readonly("pool", 2),
        Wrong::account("shares for quote", 4, shares, MintMismatch),
        Wrong::readonly("source", 5),
        Wrong::account("the vault for the escrow", 6, vault, VaultMismatch),
        Wrong::readonly("escrow", 6),
        Wrong::account("a destination of quote", 7, source, MintMismatch),
        Wrong::account("a stranger's", 7, strangers, ConstraintTokenOwner),
    ];
    check_wrong(&world, &request, &[&lp], cases);
}

#[test]
fn of_an_execution() {
    let mut scene = ripe();
    let mut cases = scene.wrong_beginnings();
    let Scene {
        world,
        other,
        lp,
        stranger,
    } = &mut scene;
    let (quote, shares) = (world.quote_mint, world.share_mint());
    let strangers = world.token_account(&stranger.pubkey(), &shares);
    let theirs = other.world.quote_vault;
    let execute = world.execute_liquidity_instruction(lp, lp, 0);
    let feed = execute.accounts[14].pubkey;
    cases.extend([
        Wrong::readonly("exchange", 1),
        Wrong::readonly("pool", 2),
        Wrong::readonly("request", 3),
        Wrong::account("a stranger's", 5, strangers, DestinationMismatch),
        Wrong::readonly("destination", 5),
        Wrong::account("shares for quote", 6, shares, MintMismatch),
        Wrong::account("another vault", 7, theirs, VaultMismatch),
        Wrong::readonly("vault", 7),
        Wrong::account("a vault for the quote escrow", 8, theirs, VaultMismatch),
        Wrong::readonly("quote escrow", 8),
        Wrong::account("quote for shares", 9, quote, MintMismatch),
        Wrong::readonly("share mint", 9),
        Wrong::account("a vault for the share escrow", 10, theirs, VaultMismatch),
        Wrong::readonly("share escrow", 10),
        Wrong::foreign("another exchange's asset", 13, other.sol.address),
        Wrong::account("a feed for an asset", 13, feed, AssetAccountInvalid),
        Wrong::new("a readonly asset", AssetNotWritable, |execute| {
            execute.accounts[13].is_writable = false;
        }),
        Wrong::new("assets in another order", AssetAccountOrder, |execute| {
            execute.accounts.swap(13, 15);
        }),
        Wrong::new("an asset missing", AssetAccountMissing, |execute| {
            execute.accounts.truncate(execute.accounts.len() - 2);
        }),
        Wrong::new("an asset twice", AssetAccountUnexpected, |execute| {
            let last = execute.accounts.len() - 2;
            execute.accounts.extend_from_within(last..);
        }),
    ]);
    check_wrong(world, &execute, &[lp], cases);
}

#[test]
fn of_a_cancellation() {
    let mut scene = ripe();
    let mut cases = scene.wrong_beginnings();
    let Scene {
        world,
        lp,
        stranger,
        ..
    } = &mut scene;
    let (quote, shares, vault) = (world.quote_mint, world.share_mint(), world.quote_vault);
    let strangers = world.token_account(&stranger.pubkey(), &quote);
    let cancel = world.cancel_liquidity_instruction(lp, lp, 0);
    cases.extend([
        Wrong::account("shares for quote", 5, shares, MintMismatch),
        Wrong::account("the vault for the escrow", 6, vault, VaultMismatch),
        Wrong::account("a stranger's", 7, strangers, ConstraintTokenOwner),
    ]);
    check_wrong(world, &cancel, &[lp], cases);
}
