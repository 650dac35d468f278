//! Bankruptcies, losses that are settled, winners who go without.
use freeboard_keeper::duties;
use freeboard_keeper::job::{Duty, KeeperJob};
use freeboard_sandbox::client::freeboard::instructions::Closing;
use freeboard_sandbox::distress::PoorPool;
use freeboard_sandbox::{AssetHandle, Quote, Trader, usd};

use crate::stage::{Stage, titles};

#[test]
fn an_account_with_nothing_but_a_loan_is_resolved() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    let borrower = stage
        .world
        .new_borrower(&sol, 1_000_000_000_000, usd(100_000));
    stage.none(Duty::Losses);
    stage.world.warp_fresh(1);
    stage.world.set_price_usd(&sol, 60.0);
    let job = stage.does(Duty::Liquidate);
    assert_eq!(job.closing.unwrap().closing, Closing::Collateral);
    assert!(stage.world.quote_of(&borrower) < 0);
    stage.does(Duty::Losses);
    assert_eq!(stage.world.quote_of(&borrower), 0);
    stage.none(Duty::Losses);
}

/// A pool of $10,000 that owes a winner more than it has, and a loser.
fn poor_pool() -> (Stage, AssetHandle, Trader, Trader) {
    let (stage, sol, winner, losers) = poor_pool_of(1);
    (stage, sol, winner, losers[0].clone())
}

/// The same with so many losers, who lose alike.
fn poor_pool_of(count: u32) -> (Stage, AssetHandle, Trader, Vec<Trader>) {
    let PoorPool {
        world,
        sol,
        winner,
        losers,
    } = PoorPool::with_losers(count);
    (Stage::of(world), sol, winner, losers)
}

/// A minute later SOL has risen to $172, and the winner cashes all but 10 SOL: the pool lacks cash.
fn short_of_cash(stage: &mut Stage, sol: &AssetHandle, winner: &Trader) {
    stage.world.warp_fresh(60);
    stage.world.set_price_usd(sol, 172.0);
    let sold = stage.world.trade(winner, sol, -sol.atoms(690.0));
    sold.expect("cashes");
}

#[test]
fn losses_are_settled_while_the_pool_lacks_cash() {
    let (mut stage, sol, winner, loser) = poor_pool();
    stage.none(Duty::Losses);
    short_of_cash(&mut stage, &sol, &winner);
    let job = stage.does(Duty::Losses);
    assert!(job.title.starts_with("the loss of"), "{}", job.title);
    assert!(stage.world.quote_of(&loser) < usd(30_000) as i64);
}

#[test]
fn what_is_on_its_way_or_rests_leaves_room_for_the_others() {
    let (mut stage, sol, winner, losers) = poor_pool_of(5);
    short_of_cash(&mut stage, &sol, &winner);
    let (now, mut book) = (stage.world.now(), stage.book());
    let first = duties::wanted_of(Duty::Losses, &book, now, &stage.told);
    assert_eq!(first.len(), 4, "so many in one round");
    book.busy = first.iter().flat_map(|job| job.keys.clone()).collect();
    let then = duties::wanted_of(Duty::Losses, &book, now, &stage.told);
    assert_eq!(then.len(), losers.len() - 4, "{:?}", titles(&then));
    for job in then {
        assert!(!book.busy.contains(&job.keys[0]), "{}", job.title);
    }
}

#[test]
fn a_loss_that_is_smaller_than_the_fee_is_left() {
    let (mut stage, sol, winner, _) = poor_pool();
    short_of_cash(&mut stage, &sol, &winner);
    assert_eq!(stage.wanted(Duty::Losses).len(), 1);
    // Were a SOL worth two billion dollars, a transaction would cost more than the loss of about $15,000.
    stage.told.fees.sol_asset = "none".to_owned();
    stage.told.fees.quote_atoms_per_sol = usd(2_000_000_000);
    stage.none(Duty::Losses);
}

/// A minute later SOL has risen to $260: the winner cashes, and the loser, far below zero, is closed and resolved. What the
/// pool owes beyond what it has, quote atoms.
fn in_deficit(stage: &mut Stage, sol: &AssetHandle, winner: &Trader, loser: &Trader) -> u64 {
    stage.world.warp_fresh(60);
    let now = stage.world.now();
    stage.world.set_price(sol, Quote::usd(260.0, now));
    let sold = stage.world.trade(winner, sol, -sol.atoms(700.0));
    sold.expect("cashes");
    stage.does(Duty::Liquidate);
    assert_eq!(stage.world.size_of(loser, 0), 0);
    let of_loser = |job: &KeeperJob| job.title.contains("bankruptcy");
    let job = stage.wanted(Duty::Losses).into_iter().find(of_loser);
    stage.send(&job.expect("a bankruptcy")).expect("resolved");
    let deficit_atoms = stage.world.pool().deficit_atoms;
    assert!(deficit_atoms > 0);
    deficit_atoms
}

#[test]
fn a_deficit_is_paid_by_whoever_has_won_most_once_the_threshold_has_fallen() {
    let (mut stage, sol, winner, loser) = poor_pool();
    let second = stage.world.new_trader(usd(30_000));
    stage.world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    let deficit_atoms = in_deficit(&mut stage, &sol, &winner, &loser);
    stage.none(Duty::Losses); // the score is too low as yet
    stage.world.warp_fresh(300);
    let job = stage.does(Duty::Losses);
    assert!(job.title.starts_with("deleveraging"), "{}", job.title);
    assert!(stage.world.pool().deficit_atoms < deficit_atoms);
}

/// Who withdraws during a deficit loses a share of it, so that it is looked at again within a minute.
#[test]
fn the_pool_is_rebalanced_each_minute_during_a_deficit() {
    let (mut stage, sol, winner, loser) = poor_pool();
    stage.told.sweep.rebalance_every = std::time::Duration::from_secs(600);
    in_deficit(&mut stage, &sol, &winner, &loser);
    stage.world.rebalance().unwrap();
    assert!(stage.world.pool().deficit_atoms > 0);
    let rebalancings = |stage: &Stage| {
        let jobs = stage.wanted(Duty::Sweep);
        let rebalances = |job: &&KeeperJob| job.title.contains("rebalancing");
        jobs.iter().filter(rebalances).count()
    };
    stage.world.warp_fresh(59);
    assert_eq!(rebalancings(&stage), 0);
    stage.world.warp_fresh(1);
    assert_eq!(rebalancings(&stage), 1);
}
