//! Trades around somebody else's: liquidations, an order.
use super::super::{dollars, wealth};
use super::Market;
use freeboard::instructions::{Closing, LiquidateArgs};
use freeboard_tests::{Trader, usd};

/// A SOL market in which five accounts of 125,000 SOL are about to be liquidated whole, and somebody who sells as much
/// as one account may hold before them and buys it back after them, all in one transaction.
fn sandwich_liquidations(is_sandwiched: bool) -> i64 {
    let mut market = Market::new("SOL", 93.08, true);
    let victims: Vec<Trader> = (0..5)
        .map(|_| {
            let victim = market.world.new_trader(usd(3_000_000));
            market.trade(&victim, 125_000.0);
            market.world.warp_fresh(1);
            victim
        })
        .collect();
    let attacker = market.world.new_trader(usd(20_000_000));
    // Almost nothing is left of the one who paid most for opening.
    let (equity, _) = market.health(&victims[4]);
    let fall = (equity - dollars(5_000)) as f64 / 1e6 / 125_000.0;
    market.moves_to(market.price - fall);
    for victim in &victims {
        let (equity, margin) = market.health(victim);
        assert!(
            0 < equity && 3 * equity < 2 * margin,
            "{equity} of {margin}"
        );
    }
    let before = wealth(&market.world, &[&attacker]);
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let keeper = market.world.new_trader(usd(1_000));
    let mut all = Vec::new();
    let most = 125_000.0;
    if is_sandwiched {
        all.push(market.trade_instruction(&attacker, -most));
    }
    let liquidations = victims
        .iter()
        .map(|victim| market.world.liquidate_instruction(&keeper, victim, args));
    all.extend(liquidations);
    if is_sandwiched {
        // Its slots will be those of the position that the first instruction opens.
        all.push(market.trade_instruction(&attacker, most));
    }
    let sent = market
        .world
        .send(&all, &[&attacker.keypair, &keeper.keypair]);
    sent.expect("one transaction");
    for victim in &victims {
        assert_eq!(market.world.size_of(victim, 0), 0);
    }
    assert_eq!(market.world.size_of(&attacker, 0), 0);
    market.world.assert_books();
    wealth(&market.world, &[&attacker]) - before
}

#[test]
fn selling_before_five_liquidations_and_buying_after_them_in_one_transaction_loses() {
    assert_eq!(sandwich_liquidations(false), 0);
    let gain = sandwich_liquidations(true);
    println!("sandwich of five liquidations: gain {gain}");
    assert!(gain < 0, "{gain}");
}

/// What somebody gains who buys, fills a stranger's order to buy 125,000 SOL, and sells again.
fn sandwich_an_order() -> i64 {
    let mut market = Market::new("SOL", 93.08, true);
    let victim = market.world.new_trader(usd(20_000_000));
    let attacker = market.world.new_trader(usd(20_000_000));
    let size = market.asset.atoms(125_000.0);
    let args = market.world.order_args(&market.asset, size);
    let order = market.world.request_order(&victim, args).expect("an order");
    market.world.warp_fresh(2);
    let before = wealth(&market.world, &[&attacker]);
    let all = [
        market.trade_instruction(&attacker, 125_000.0),
        market.world.fill_order_instruction(&victim, order, true),
        market.trade_instruction(&attacker, -125_000.0),
    ];
    let sent = market.world.send(&all, &[&attacker.keypair]);
    sent.expect("one transaction");
    assert_eq!(market.world.size_of(&victim, 0), size);
    wealth(&market.world, &[&attacker]) - before
}

#[test]
fn buying_before_a_strangers_order_and_selling_after_it_loses() {
    let gain = sandwich_an_order();
    println!("sandwich of an order: gain {gain}");
    assert!(gain < 0, "{gain}");
}
