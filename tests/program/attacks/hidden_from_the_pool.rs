//! A price hidden from the pool: no deficit and no bad debt is made or kept by it, and nothing lent.
use super::{dollars, equity, without_feed};
use crate::losses::poor_pool;
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::instructions::{Closing, DeleverageArgs};
use freeboard_client::instructions;
use freeboard_tests::{AssetSpec, World, usd};

#[test]
fn a_winner_is_not_deleveraged_for_a_deficit_at_a_hidden_price() {
    // At $260 a long of SOL had won more than the pool holds, which was seen and recorded. SOL is back at $150:
    // the pool owes nobody more than it has. Somebody gives an empty account as the feed of SOL and closes a
    // winner in BTC: he must not lose his gain to a deficit that there is not.
    let mut world = World::new();
    let mut specs = [AssetSpec::sol(), AssetSpec::btc()];
    for spec in &mut specs {
        spec.trade.pool_share_e9 = 500_000_000;
    }
    let [sol, btc] = specs.map(|spec| world.create_asset(spec));
    world.ready(usd(20_000));
    let (long, winner) = (world.new_trader(usd(30_000)), world.new_trader(usd(30_000)));
    let (hedge, short) = (world.new_trader(usd(90_000)), world.new_trader(usd(90_000)));
    for _ in 0..10 {
        world.warp_fresh(1);
        world.trade(&long, &sol, sol.atoms(40.0)).unwrap();
        world.trade(&hedge, &sol, -sol.atoms(40.0)).unwrap();
        world.trade(&winner, &btc, btc.atoms(0.06)).unwrap();
        world.trade(&short, &btc, -btc.atoms(0.06)).unwrap();
    }
    world.trade(&hedge, &sol, sol.atoms(400.0)).unwrap();
    world.warp_fresh(61);
    world.set_price_usd(&btc, 120_000.0);
    world.set_price_usd(&sol, 260.0);
    world.rebalance().expect("seen");
    let seen = world.pool().deficit_atoms;
    assert!(seen > 0);
    for _ in 0..20 {
        world.warp_fresh(61);
    }
    world.set_price_usd(&sol, 150.0);
    let honest = world.clone().deleverage(&winner, &btc);
    refused(honest, FreeboardError::NoDeficit);
    let args = DeleverageArgs {
        asset_index: btc.index,
        max_size_atoms: u64::MAX,
    };
    let metas = world.all_metas();
    let instruction = instructions::deleverage(&world.keys, winner.margin_account, args, metas);
    let had = equity(&world, &[&winner]);
    let sent = world.send(&[without_feed(instruction, &sol)], &[]);
    let lost = had - equity(&world, &[&winner]);
    assert!(sent.is_err(), "P9: the winner lost {lost}");
}

#[test]
fn bad_debt_made_by_hiding_collateral_ends_with_a_flag() {
    // A healthy account owes $2,000 against 100 SOL and is long a little ETH at a loss. The pool lacks cash.
    // Somebody settles that loss with an empty account as the feed of SOL, which counts nothing then, so that
    // nobody hides a hole. Bounded by the loan and the loss; anyone who flags the account with its feeds clears it.
    let mut world = World::new();
    let specs = [
        AssetSpec::sol()
            .with_collateral()
            .with_pool_share(100_000_000),
        AssetSpec::eth().with_pool_share(900_000_000),
    ];
    let [sol, eth] = specs.map(|spec| world.create_asset(spec));
    world.ready(usd(1_020_000));
    let trader = world.new_trader(0);
    world
        .deposit_collateral(&trader, &sol, 100_000_000_000)
        .unwrap();
    let (winner, loser) = (world.new_trader(usd(90_000)), world.new_trader(usd(90_000)));
    for _ in 0..40 {
        world.warp_fresh(1);
        world.trade(&loser, &eth, eth.atoms(2.0)).unwrap();
        world.trade(&winner, &eth, -eth.atoms(2.0)).unwrap();
    }
    world.trade(&trader, &eth, eth.atoms(1.0)).unwrap();
    world.withdraw_quote(&trader, usd(2_000)).unwrap();
    world.drain_pool(usd(1_000_000));
    for _ in 0..2 {
        world.warp_fresh(61);
        world.set_price_usd(&eth, 3_600.0);
    }
    world.trade(&winner, &eth, eth.atoms(80.0)).unwrap();
    assert!(!world.client_report(&trader).unwrap().is_liquidatable);
    let (account, metas) = (trader.margin_account, world.all_metas());
    let settle = instructions::settle_loss(&world.keys, account, eth.index, metas);
    world
        .clone()
        .send(std::slice::from_ref(&settle), &[])
        .expect("honest");
    world
        .send(&[without_feed(settle, &sol)], &[])
        .expect("settled");
    let made = world.state_of(&trader).bad_debt_atoms;
    assert!(made > 0 && made < dollars(2_500), "{made}");
    assert!(equity(&world, &[&trader]) > dollars(10_000));
    world.flag(&trader).expect("cleared");
    assert_eq!(world.pool().bad_debt_atoms, 0);
    world.assert_books();
}

#[test]
fn a_hidden_price_makes_no_bad_debt() {
    // BTC was recorded 26 % lower for a moment and is back. The pool lacks cash, so that losses may be settled.
    // Somebody settles the small SOL loss of a healthy account that is long BTC, with an empty account as the
    // feed of BTC: at the recorded price the account is below zero.
    let mut world = World::new();
    let mut specs = [AssetSpec::sol(), AssetSpec::btc()];
    for spec in &mut specs {
        spec.trade.pool_share_e9 = 500_000_000;
    }
    let [sol, btc] = specs.map(|spec| world.create_asset(spec));
    world.ready(usd(1_020_000));
    let trader = world.new_trader(usd(8_000));
    let (winner, loser) = (world.new_trader(usd(90_000)), world.new_trader(usd(90_000)));
    for _ in 0..50 {
        world.warp_fresh(1);
        world.trade(&loser, &sol, sol.atoms(40.0)).unwrap();
        world.trade(&winner, &sol, -sol.atoms(40.0)).unwrap();
    }
    world.trade(&trader, &sol, sol.atoms(100.0)).unwrap();
    world.trade(&trader, &btc, btc.atoms(0.3)).unwrap();
    world.drain_pool(usd(1_000_000));
    world.warp_fresh(1);
    world.set_price_usd(&btc, 74_000.0);
    world.rebalance().expect("recorded");
    for _ in 0..2 {
        world.warp_fresh(61);
        world.set_price_usd(&btc, 100_000.0);
        world.set_price_usd(&sol, 137.0);
    }
    world.trade(&winner, &sol, sol.atoms(2_000.0)).unwrap();
    assert!(!world.client_report(&trader).unwrap().is_liquidatable);
    let (account, metas) = (trader.margin_account, world.all_metas());
    let settle = instructions::settle_loss(&world.keys, account, sol.index, metas);
    world
        .clone()
        .send(std::slice::from_ref(&settle), &[])
        .expect("honest");
    let _ = world.send(&[without_feed(settle, &btc)], &[]);
    let made = world.state_of(&trader).bad_debt_atoms;
    assert_eq!(
        made,
        0,
        "known bad debt of an account with {:?}",
        world.client_report(&trader).unwrap().maintenance
    );
}

#[test]
fn a_hidden_price_lends_nothing_out_of_a_deficit() {
    // The pool owes a winner more than it has. At the newest price borrow is refused to everybody; somebody who
    // gives an empty account as the feed is paid.
    let (mut world, sol, winner, loser) = poor_pool();
    let borrower = world.new_trader(usd(30_000));
    let keeper = world.new_trader(usd(100));
    world.warp_fresh(60);
    world.set_price_usd(&sol, 187.0);
    world.flag(&loser).expect("below");
    for _ in 0..10 {
        world.warp_fresh(31);
        let _ = world.liquidate(&keeper, &loser, &sol, Closing::PositionByPool);
    }
    assert!(world.size_of(&winner, 0) > 0);
    world.warp_fresh(61);
    world.set_price_usd(&sol, 300.0);
    let borrow = world.borrow_instruction(&borrower, usd(30_000));
    refused(
        world
            .clone()
            .send(std::slice::from_ref(&borrow), &[&borrower.keypair]),
        FreeboardError::PoolDeficit,
    );
    let sent = world.send(&[without_feed(borrow, &sol)], &[&borrower.keypair]);
    assert!(
        sent.is_err(),
        "$30,000 left with a deficit at the newest price"
    );
}

#[test]
fn a_hidden_price_makes_no_deficit_of_a_bankruptcy() {
    // The pool was worth nearly nothing when it was looked at last, and has won $12,000 on ETH since. Somebody
    // resolves a small bankruptcy with an empty account as the feed of ETH: the old value less the loss is a
    // deficit, and withdrawals stop.
    let mut world = World::new();
    let specs = [
        AssetSpec::sol().with_pool_share(400_000_000),
        AssetSpec::eth().with_pool_share(500_000_000),
        AssetSpec::btc().with_pool_share(100_000_000),
    ];
    let [sol, eth, btc] = specs.map(|spec| world.create_asset(spec));
    world.ready(usd(40_000));
    let (winner, loser) = (world.new_trader(usd(9_000)), world.new_trader(usd(60_000)));
    let (bankrupt, keeper) = (world.new_trader(usd(2_000)), world.new_trader(usd(100)));
    world.trade(&loser, &eth, -eth.atoms(30.0)).unwrap();
    world.trade(&bankrupt, &btc, btc.atoms(0.15)).unwrap();
    for _ in 0..4 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(40.0)).unwrap();
    }
    world.warp_fresh(1);
    world.set_price_usd(&btc, 80_000.0);
    world
        .liquidate(&keeper, &bankrupt, &btc, Closing::PositionByPool)
        .expect("deep");
    let value_at = |world: &World, price: f64| {
        let mut world = world.clone();
        world.set_price_usd(&sol, price);
        world.rebalance().unwrap();
        world.pool().value_atoms
    };
    let price = (0..400).map(|step| 200.0 + f64::from(step));
    let price = price
        .take_while(|price| value_at(&world, *price) > 0)
        .last()
        .unwrap();
    world.set_price_usd(&sol, price);
    world.rebalance().unwrap();
    world.warp_fresh(70);
    world.set_price_usd(&eth, 4_400.0);
    let metas = world.all_metas();
    let resolve = instructions::resolve_bankruptcy(&world.keys, bankrupt.margin_account, metas);
    let mut honest = world.clone();
    honest.send(std::slice::from_ref(&resolve), &[]).unwrap();
    assert_eq!(honest.pool().deficit_atoms, 0);
    world.send(&[without_feed(resolve, &eth)], &[]).unwrap();
    assert_eq!(
        world.pool().deficit_atoms,
        0,
        "at prices where the pool is solvent"
    );
}
