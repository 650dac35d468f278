//! What time alone does: funding and interest, to the second in which they take an account below its margin.
use super::Followed;
use freeboard::state::Change;
use freeboard_tests::{Quote, Trader, World};

#[test]
fn time_alone_changes_no_verdict_unseen() {
    // Large positions on little: funding and interest take them below their margin.
    let mut path = Followed::new(0xACC);
    let (sol, btc) = (path.stage.sol.clone(), path.stage.btc.clone());
    path.stage.trade(&sol, 3_000.0);
    path.stage.trade(&btc, -0.5);
    path.follow();
    for _ in 0..200 {
        let secs = i64::try_from(1 + path.stream.next(70)).unwrap();
        path.stage.world.warp(secs);
        path.follow();
        path.check();
    }
}

/// What time takes from an account a second, quote atoms.
fn lost_per_sec(world: &World, trader: &Trader) -> i64 {
    let mut later = world.clone();
    later.warp(10);
    (free_collateral(world, trader) - free_collateral(&later, trader)) / 10
}

/// Goes on, second by second, as long as prices count, and checks each; returns in how many of them time alone had taken
/// somebody below the margin.
fn seconds_below(path: &mut Followed) -> u32 {
    let mut below = 0;
    for _ in 0..14 {
        path.stage.world.warp(1);
        let refreshed = path.follow();
        path.check();
        let some = !path.index.liquidatable().is_empty();
        below += u32::from(some && refreshed.assets_moved == 0);
    }
    below
}

#[test]
fn the_second_in_which_funding_takes_an_account_below_its_margin_is_seen() {
    let mut seen = 0;
    for secs in 1..12 {
        let mut path = Followed::new(0xF1A6);
        let (trader, sol) = (path.stage.trader.clone(), path.stage.sol.clone());
        path.stage.trade(&sol, 4_000.0);
        path.stage.world.warp_fresh(300);
        // A few of the smallest steps of the price.
        let per_sec = lost_per_sec(&path.stage.world, &trader);
        assert!(per_sec > 10, "{per_sec}");
        settle_price_at(&mut path.stage.world, &trader, secs * per_sec);
        path.follow();
        path.check();
        assert!(path.index.liquidatable().is_empty());
        seen += seconds_below(&mut path);
    }
    assert!(seen > 11, "{seen} seconds below by time alone");
}

/// Loans cost as much as they may from now on.
fn make_loans_dear(world: &mut World) {
    let mut params = world.exchange().pool;
    params.borrow_base_per_h_e9 = 90_000;
    world
        .change(Change::Pool { params })
        .expect("within bounds");
    world.rebalance().expect("a new rate");
}

#[test]
fn the_second_in_which_interest_takes_an_account_below_its_margin_is_seen() {
    // The rate is known when the account is valued, or rises in the same second afterwards.
    for rises_afterwards in [false, true] {
        let mut path = Followed::new(0x1D7E);
        let sol = path.stage.sol.clone();
        let world = &mut path.stage.world;
        let debtor = world.new_borrower(&sol, 700_000_000_000, 60_000_000_000);
        path.traders.push(debtor.clone());
        let mut dear = world.clone();
        make_loans_dear(&mut dear);
        let per_sec = lost_per_sec(&dear, &debtor);
        assert!(per_sec > 1_000, "{per_sec}");
        if rises_afterwards {
            assert!(60 * lost_per_sec(world, &debtor) < 5 * per_sec);
        } else {
            make_loans_dear(world);
        }
        settle_price_at(world, &debtor, 5 * per_sec);
        path.follow();
        path.check();
        assert!(path.index.liquidatable().is_empty());
        if rises_afterwards {
            make_loans_dear(&mut path.stage.world);
        }
        assert!(seconds_below(&mut path) > 5);
    }
}

/// Equity beyond MM as a liquidation counts it, quote atoms.
fn free_collateral(world: &World, trader: &Trader) -> i64 {
    let report = world.client_report(trader).expect("a report");
    report.liquidation.equity_atoms - report.liquidation.margin_atoms
}

/// Publishes the lowest price of SOL at which so much is free, but for its last digit.
fn settle_price_at(world: &mut World, trader: &Trader, free_atoms: i64) {
    let sol = world.handle_of(0);
    let last = world.quote(&sol);
    let (mut low, mut high) = (last.price / 2, last.price);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        world.set_price(&sol, Quote::steady(middle, last.exponent, world.now()));
        if free_collateral(world, trader) >= free_atoms {
            high = middle;
        } else {
            low = middle;
        }
    }
    world.set_price(&sol, Quote::steady(high, last.exponent, world.now()));
}
