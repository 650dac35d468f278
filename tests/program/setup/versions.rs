//! Accounts of another layout than this program's are refused by name, whichever instruction reads them.
use crate::support::{Stage, refused, stage};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use freeboard::error::FreeboardError;
use freeboard::state::{Change, PortfolioParams};
use freeboard_client::{address, instructions};
use freeboard_tests::{World, governance::TIMELOCK_SECS, usd, world::Actor};
use solana_signer::Signer;

/// Where every account says its version, after the discriminator.
const AT: usize = 8;

/// Sends it with the account of the version before and after, and as it is.
#[track_caller]
fn asks_for_the_version(
    world: &World,
    address: Pubkey,
    instruction: &Instruction,
    signers: &[&Actor],
) {
    let keypairs: Vec<_> = signers.iter().map(|actor| &***actor).collect();
    let right = world
        .clone()
        .send(std::slice::from_ref(instruction), &keypairs);
    right.expect("right as it is");
    let named = |meta: &AccountMeta| meta.pubkey == address;
    assert!(instruction.accounts.iter().any(named), "it is not read");
    for version in [0, 2, u8::MAX] {
        let mut world = world.clone();
        let mut account = world.account(&address);
        assert_eq!(account.data[AT], 1);
        account.data[AT] = version;
        world.set_account(address, account);
        refused(
            world.send(std::slice::from_ref(instruction), &keypairs),
            FreeboardError::AccountVersionUnsupported,
        );
    }
}

/// Exchange, pool, asset, margin account, LP request, change.
pub fn of_another_version() {
    let Stage {
        mut world,
        sol,
        trader,
        ..
    } = stage();
    let (owner, exchange, pool) = (trader.keypair.clone(), world.exchange, world.pool);
    let args = world.trade_args(&sol, sol.atoms(1.0));
    let trade = world.trade_instruction(&trader, args);
    for address in [exchange, trader.margin_account, sol.address] {
        asks_for_the_version(&world, address, &trade, &[&owner]);
    }
    let view = world.view_instruction(&trader);
    for address in [exchange, trader.margin_account] {
        asks_for_the_version(&world, address, &view, &[]);
    }
    let sample = instructions::sample_volatility(exchange, sol.address, sol.feed, None);
    let mut later = world.clone();
    later.warp_fresh(400);
    asks_for_the_version(&later, sol.address, &sample, &[]);
    let rebalance = instructions::rebalance_pool(&world.keys, world.all_metas());
    for address in [exchange, pool, sol.address] {
        asks_for_the_version(&world, address, &rebalance, &[]);
    }
    let sweep = instructions::sweep_pool(&world.keys, &[sol.address]);
    for address in [pool, sol.address] {
        asks_for_the_version(&world, address, &sweep, &[]);
    }

    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    let cancel = world.cancel_liquidity_instruction(&lp, &lp, 0);
    let request = address::liquidity_request(&exchange, &lp.pubkey(), 0);
    asks_for_the_version(&world, request, &cancel, &[&lp]);

    let params = PortfolioParams {
        theta_e9: 750_000_000,
        ..world.exchange().portfolio
    };
    let change = Change::Portfolio { params };
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS);
    let (pending, governance) = (
        address::pending_change(&exchange, &change),
        world.governance.clone(),
    );
    let execute = world.execute_instruction(&change);
    asks_for_the_version(&world, pending, &execute, &[]);
    let cancel = instructions::cancel_change(governance.pubkey(), &world.waiting(&change));
    asks_for_the_version(&world, pending, &cancel, &[&governance]);
}
