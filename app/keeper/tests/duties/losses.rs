//! Bankruptcies, losses that are settled, winners who go without.
use freeboard_keeper::job::Duty;
use freeboard_sandbox::client::freeboard::instructions::Closing;
use freeboard_sandbox::{AssetHandle, AssetSpec, Quote, Trader, World, usd};

use crate::stage::Stage;

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
    let mut sol = AssetSpec::sol().with_pool_share(1_000_000_000);
    sol.trade.util_max_e9 = 1_000_000_000;
    sol.params.h_im_secs = 2 * sol.params.h_mm_secs;
    let mut world = World::new();
    let sol = world.create_asset(sol);
    world.ready(usd(10_000));
    let [winner, loser] = [(); 2].map(|()| world.new_trader(usd(30_000)));
    for _ in 0..14 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(50.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(50.0)).unwrap();
    }
    (Stage::of(world), sol, winner, loser)
}

#[test]
fn losses_are_settled_while_the_pool_lacks_cash() {
    let (mut stage, sol, winner, loser) = poor_pool();
    stage.none(Duty::Losses);
    stage.world.warp_fresh(60);
    stage.world.set_price_usd(&sol, 172.0);
    stage
        .world
        .trade(&winner, &sol, -sol.atoms(690.0))
        .expect("cashes");
    let job = stage.does(Duty::Losses);
    assert!(job.title.starts_with("the loss of"), "{}", job.title);
    assert!(stage.world.quote_of(&loser) < usd(30_000) as i64);
}

#[test]
fn a_deficit_is_paid_by_whoever_has_won_most_once_the_threshold_has_fallen() {
    let (mut stage, sol, winner, loser) = poor_pool();
    let second = stage.world.new_trader(usd(30_000));
    stage.world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    stage.world.warp_fresh(60);
    let now = stage.world.now();
    stage.world.set_price(&sol, Quote::usd(260.0, now));
    stage
        .world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    // The loser is far below zero: closed, then resolved.
    stage.does(Duty::Liquidate);
    assert_eq!(stage.world.size_of(&loser, 0), 0);
    let bankruptcy = stage.wanted(Duty::Losses);
    let of_loser = |job: &&freeboard_keeper::job::KeeperJob| job.title.contains("bankruptcy");
    let job = bankruptcy
        .iter()
        .find(of_loser)
        .expect("a bankruptcy")
        .clone();
    stage.send(&job).expect("resolved");
    let deficit = stage.world.pool().deficit_atoms;
    assert!(deficit > 0);
    stage.none(Duty::Losses); // the score is too low as yet
    stage.world.warp_fresh(300);
    let job = stage.does(Duty::Losses);
    assert!(job.title.starts_with("deleveraging"), "{}", job.title);
    assert!(stage.world.pool().deficit_atoms < deficit);
}
