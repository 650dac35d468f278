//! What is paid into the pool, sweeps and rebalances: cash moves between books, never out of them.
use crate::support::{Wrong, check_wrong, refused, stage, stage_with_neighbour};
use anchor_lang::prelude::AccountMeta;
use freeboard::error::FreeboardError;
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{AssetSpec, World, usd};
use solana_signer::Signer;

#[test]
fn governance_pays_cash_in() {
    let mut world = World::new();
    let meta = world.fund_pool(usd(5)).unwrap();
    assert_eq!(world.pool().ledger.pool_atoms, 5_000_000);
    let Event::PoolFunded(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(
        (event.amount_atoms, event.pool_after_atoms),
        (5_000_000, 5_000_000)
    );
    world.fund_pool(7).unwrap();
    assert_eq!(world.books().pool_atoms, 5_000_007);
    world.assert_books();
}

#[test]
fn a_sweep_allocates_each_asset_its_share_of_free_cash() {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_pool_share(300_000_000));
    let btc = world.create_asset(AssetSpec::btc().with_pool_share(200_000_001));
    world.fund_pool(1_000_000_007).unwrap();
    let meta = world.sweep(&sol).unwrap();
    assert_eq!(world.asset(0).ledger.pool_atoms, 300_000_002);
    let Event::PoolSwept(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(
        (event.asset_index, event.allocation_atoms),
        (0, 300_000_002)
    );
    world.sweep(&btc).unwrap();
    assert_eq!(world.asset(1).ledger.pool_atoms, 200_000_002);
    assert_eq!(world.pool().allocated_atoms, 500_000_004);
    assert_eq!(world.books().pool_atoms, 1_000_000_007);
    let before = (world.pool().ledger, world.asset(0).ledger);
    world.sweep(&sol).unwrap();
    assert_eq!(
        (world.pool().ledger, world.asset(0).ledger),
        before,
        "sweeping again is nothing"
    );
    world.assert_books();
}

#[test]
fn a_sweep_collects_what_trades_have_moved() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 1_000.0);
    let ledger = stage.world.asset(0).ledger;
    let kept = 2_880_000; // for the rewards of a day of samples
    assert!(ledger.insurance_atoms > 0 && ledger.fees_atoms > kept);
    let meta = stage.world.sweep(&sol).unwrap();
    let Event::PoolSwept(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(
        (event.insurance_atoms, event.fees_atoms),
        (ledger.insurance_atoms, ledger.fees_atoms - kept)
    );
    let pool = stage.world.pool().ledger;
    assert_eq!(pool.insurance_atoms, ledger.insurance_atoms);
    assert_eq!(stage.world.asset(0).ledger.insurance_atoms, 0);
    stage.world.assert_books();
}

#[test]
fn accounts_of_fund_pool_are_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let governance = stage.world.governance.clone();
    let mint = stage.world.quote_mint;
    let source = stage.world.mint_to(&governance.pubkey(), &mint, 100);
    let (world, foreign) = (&stage.world, &other.world);
    let instruction = instructions::fund_pool(&world.keys, governance.pubkey(), source, 5);
    let (sol_mint, sol_vault) = (stage.sol.mint.unwrap(), stage.sol.vault.unwrap());
    let sol = stage.sol.address;
    let cases = vec![
        Wrong::unsigned("governance has not signed", 0),
        Wrong::account(
            "another exchange",
            1,
            foreign.exchange,
            FreeboardError::WrongExchange,
        ),
        Wrong::mistyped("not an exchange", 1, world.pool),
        Wrong::foreign("another pool", 2, foreign.pool),
        Wrong::mistyped("not a pool", 2, world.exchange),
        Wrong::new(
            "an asset",
            FreeboardError::AssetAccountUnexpected,
            move |sent| {
                sent.accounts[4] = AccountMeta::new(sol, false);
            },
        ),
        Wrong::account("another mint", 5, sol_mint, FreeboardError::MintMismatch),
        Wrong::account("another vault", 7, sol_vault, FreeboardError::VaultMismatch),
        Wrong::no_program("not a token program", 8),
        Wrong::readonly("pool readonly", 2),
        Wrong::readonly("source readonly", 6),
        Wrong::readonly("vault readonly", 7),
    ];
    check_wrong(world, &instruction, &[&governance], cases);
}

/// Whoever leaves markets out, or names one twice, gets no more than by sweeping one after the other.
#[test]
fn several_in_one_sweep_are_as_many_sweeps() {
    let mut world = World::new();
    let assets = [
        AssetSpec::sol().with_pool_share(300_000_000),
        AssetSpec::btc().with_pool_share(200_000_001),
        AssetSpec::eth().with_pool_share(100_000_000),
    ]
    .map(|spec| world.create_asset(spec));
    world.fund_pool(1_000_000_007).unwrap();
    world.warp_fresh(60);
    let ledgers = |world: &World| {
        let pool = (world.pool().ledger, world.pool().allocated_atoms);
        (pool, [0, 1, 2].map(|index| world.asset(index).ledger))
    };
    for order in [
        vec![1],
        vec![1, 0],
        vec![0, 1, 2],
        vec![2, 2, 0],
        vec![1, 0, 1],
    ] {
        let (mut together, mut apart) = (world.clone(), world.clone());
        let addresses: Vec<_> = order.iter().map(|at: &usize| assets[*at].address).collect();
        let sweep = instructions::sweep_pool(&world.keys, &addresses);
        let meta = together.send(&[sweep], &[]).unwrap();
        assert_eq!(meta.events().len(), order.len());
        for at in order {
            apart.sweep(&assets[at]).unwrap();
        }
        assert_eq!(ledgers(&together), ledgers(&apart));
        together.assert_books();
    }
}

#[test]
fn accounts_of_sweep_pool_are_checked() {
    let (stage, other) = stage_with_neighbour();
    let world = &stage.world;
    let instruction = instructions::sweep_pool(&world.keys, &[stage.sol.address]);
    let invalid = FreeboardError::AssetAccountInvalid;
    let cases = vec![
        Wrong::foreign("another pool", 1, other.world.pool),
        Wrong::mistyped("not a pool", 1, world.exchange),
        Wrong::foreign("another exchange's asset", 2, other.sol.address),
        Wrong::account("not an asset", 2, world.exchange, invalid),
        Wrong::account("a feed", 2, stage.sol.feed, invalid),
        Wrong::readonly("pool readonly", 1),
        Wrong::new("asset readonly", FreeboardError::AssetNotWritable, |sent| {
            sent.accounts[2].is_writable = false
        }),
        Wrong::new("no asset", FreeboardError::AssetAccountMissing, |sent| {
            sent.accounts.truncate(2);
        }),
    ];
    check_wrong(world, &instruction, &[], cases);
}

#[test]
fn accounts_of_rebalance_pool_are_checked() {
    let (stage, other) = stage_with_neighbour();
    let world = &stage.world;
    let rebalance = instructions::rebalance_pool(&world.keys, world.all_metas());
    check_wrong(
        world,
        &rebalance,
        &[],
        vec![
            Wrong::foreign("another exchange", 0, other.world.exchange),
            Wrong::foreign("another pool", 1, other.world.pool),
            Wrong::readonly("exchange", 0),
            Wrong::readonly("pool", 1),
            Wrong::foreign("another asset", 2, other.sol.address),
            Wrong::new(
                "a readonly asset",
                FreeboardError::AssetNotWritable,
                |sent| {
                    sent.accounts[2].is_writable = false;
                },
            ),
            Wrong::new("none", FreeboardError::AssetAccountMissing, |sent| {
                sent.accounts.truncate(2);
            }),
        ],
    );
}

/// Anybody else.
pub fn governance_only() {
    let mut world = World::new();
    let guardian = world.guardian.clone();
    let mint = world.quote_mint;
    let source = world.mint_to(&guardian.pubkey(), &mint, 100);
    let instruction = instructions::fund_pool(&world.keys, guardian.pubkey(), source, 5);
    refused(
        world.send(&[instruction], &[&guardian]),
        FreeboardError::NotGovernance,
    );
}

/// Nothing.
pub fn zero() {
    refused(World::new().fund_pool(0), FreeboardError::AmountZero);
}

/// More than a signed balance holds.
pub fn overflow() {
    let mut world = World::new();
    refused(world.fund_pool(u64::MAX), FreeboardError::Overflow);
}

/// A pool that has lost all its cash stops quote withdrawals, and only those.
pub fn deficit() {
    let mut world = World::new();
    let sol = world.create_asset(
        AssetSpec::sol()
            .with_collateral()
            .with_pool_share(1_000_000_000),
    );
    world.ready(usd(100_000));
    let winner = world.new_trader(usd(100_000));
    let bystander = world.new_trader(usd(100_000));
    world
        .deposit_collateral(&bystander, &sol, 1_000_000_000)
        .unwrap();
    world.trade(&winner, &sol, sol.atoms(700.0)).unwrap();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 450.0);
    world.trade(&winner, &sol, sol.atoms(-700.0)).unwrap();
    world.sweep(&sol).unwrap();
    assert!(
        world.pool().ledger.pool_atoms < 0,
        "{}",
        world.pool().ledger.pool_atoms
    );
    world.assert_books();
    refused(
        world.withdraw_quote(&bystander, 1),
        FreeboardError::PoolDeficit,
    );
    refused(
        world.withdraw_quote(&winner, 1),
        FreeboardError::PoolDeficit,
    );
    world
        .withdraw_collateral(&bystander, &sol, 1_000_000_000)
        .expect("collateral is its own");
    world.fund_pool(usd(200_000)).unwrap();
    world
        .withdraw_quote(&winner, usd(100))
        .expect("funded again");
    world.assert_books();
}
