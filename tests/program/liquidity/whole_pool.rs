//! The accounts of the instructions that look at the whole pool and move somebody's money: each wrong one is
//! refused, in the moment in which the right ones are accepted.
use crate::losses::poor_pool;
use crate::support::{Stage, Wrong, check_wrong, stage};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use freeboard::error::FreeboardError;
use freeboard::instructions::DeleverageArgs;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard_client::instructions;
use freeboard_tests::{Trader, World, usd};

/// What belongs to another exchange.
#[derive(Clone, Copy)]
struct Foreign {
    exchange: Pubkey,
    pool: Pubkey,
    margin_account: Pubkey,
    asset: Pubkey,
}

impl Foreign {
    /// A neighbour's, brought into this world.
    fn beside(world: &mut World) -> Self {
        let other: Stage = stage();
        world.import(&other.world);
        Self {
            exchange: other.world.exchange,
            pool: other.world.pool,
            margin_account: other.trader.margin_account,
            asset: other.sol.address,
        }
    }

    /// Exchange, pool and margin account from `first` on, and every asset with its feed from `assets` on.
    fn cases(self, first: usize, assets: usize) -> Vec<Wrong> {
        let (pool, account) = (first + 1, first + 2);
        vec![
            Wrong::foreign("another exchange", first, self.exchange),
            Wrong::foreign("another pool", pool, self.pool),
            Wrong::foreign("another's account", account, self.margin_account),
            Wrong::mistyped("a pool for the margin account", account, self.pool),
            Wrong::foreign("another asset", assets, self.asset),
            Wrong::readonly("exchange", first),
            Wrong::readonly("pool", pool),
            Wrong::readonly("margin account", account),
            Wrong::new(
                "a readonly asset",
                FreeboardError::AssetNotWritable,
                move |sent| {
                    sent.accounts[assets].is_writable = false;
                },
            ),
            Wrong::new(
                "no assets",
                FreeboardError::AssetAccountMissing,
                move |sent| {
                    sent.accounts.truncate(assets);
                },
            ),
            Wrong::new(
                "an asset twice",
                FreeboardError::AssetAccountUnexpected,
                move |sent| {
                    let pair = sent.accounts[assets..assets + 2].to_vec();
                    sent.accounts.extend(pair);
                },
            ),
        ]
    }

    /// Those, and the accounts of a payment to the owner.
    fn payment_cases(self, world: &mut World, payee: &Trader) -> Vec<Wrong> {
        let mut cases = self.cases(1, 8);
        let mint = world.quote_mint;
        let other_token = world.token_account(&payee.owner(), &mint);
        let vault = world.quote_vault;
        cases.extend([
            Wrong::unsigned("owner", 0),
            Wrong::account(
                "a vault of somebody",
                5,
                other_token,
                FreeboardError::VaultMismatch,
            ),
            Wrong::account(
                "the vault itself",
                6,
                vault,
                ErrorCode::ConstraintDuplicateMutableAccount,
            ),
            Wrong::readonly("vault", 5),
            Wrong::readonly("destination", 6),
        ]);
        cases
    }
}

#[test]
fn a_loss_from_its_settlement_to_the_last_withdrawal() {
    let (mut world, sol, winner, loser) = poor_pool();
    let second = world.new_trader(usd(30_000));
    world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    let foreign = Foreign::beside(&mut world);
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");

    let metas = world.all_metas();
    let settle = instructions::settle_loss(&world.keys, loser.margin_account, sol.index, metas);
    check_wrong(&world, &settle, &[], foreign.cases(0, 3));

    world.close_severe(&loser, &sol);
    let metas = world.all_metas();
    let resolve = instructions::resolve_bankruptcy(&world.keys, loser.margin_account, metas);
    check_wrong(&world, &resolve, &[], foreign.cases(0, 3));
    world.resolve_bankruptcy(&loser).expect("resolved");

    world.warp_fresh(300);
    let args = DeleverageArgs {
        asset_index: sol.index,
        max_size_atoms: u64::MAX,
    };
    let metas = world.all_metas();
    let deleverage = instructions::deleverage(&world.keys, second.margin_account, args, metas);
    check_wrong(&world, &deleverage, &[], foreign.cases(0, 3));

    let mint = world.quote_mint;
    let destination = world.token_account(&winner.owner(), &mint);
    let args = WithdrawProRataArgs {
        amount_atoms: usd(1_000),
        min_received_atoms: 1,
    };
    let metas = world.all_metas();
    let (owner, account) = (winner.owner(), winner.margin_account);
    let share =
        instructions::withdraw_pro_rata(&world.keys, owner, account, destination, args, metas);
    let cases = foreign.payment_cases(&mut world, &second);
    check_wrong(&world, &share, &[&winner.keypair], cases);
}

#[test]
fn a_loan() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let (trader, somebody) = (world.new_trader(0), world.new_trader(0));
    world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    let foreign = Foreign::beside(world);
    let borrow = world.borrow_instruction(&trader, usd(1_000));
    let mut cases = foreign.payment_cases(world, &somebody);
    let theirs = somebody.margin_account;
    cases.push(Wrong::account(
        "another owner's account",
        3,
        theirs,
        FreeboardError::NotOwner,
    ));
    check_wrong(world, &borrow, &[&trader.keypair], cases);
}
