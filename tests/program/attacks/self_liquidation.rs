//! Liquidations that the liquidated owner arranges himself.
use super::{dollars, wealth};
use crate::support::{Stage, stage};
use freeboard::instructions::Closing;
use freeboard_tests::{AssetHandle, Trader, World, usd};

/// An insurance fund of somebody's fees: $600.
fn fill_insurance(stage: &mut Stage) {
    let eth = stage.eth.clone();
    let world = &mut stage.world;
    let payer = world.new_trader(usd(5_000_000));
    for _ in 0..3 {
        world.trade(&payer, &eth, eth.atoms(500.0)).unwrap();
        world.trade(&payer, &eth, -eth.atoms(500.0)).unwrap();
    }
    world.rebalance().unwrap();
    assert!(world.books().insurance_atoms > 500_000_000);
}

/// One owner's account that a closing of this kind applies to, and his second account.
fn owners_accounts(stage: &mut Stage, closing: Closing) -> (Trader, Trader) {
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let second = world.new_sub_account(&owner, 1, usd(1_000_000));
    let first = match closing {
        Closing::PositionByPool | Closing::PositionByLiquidator | Closing::Slice => {
            let first = world.new_sub_account(&owner, 0, usd(20_000));
            world.trade(&first, &sol, sol.atoms(1_000.0)).unwrap();
            first
        }
        Closing::Collateral => {
            let first = world.new_sub_account(&owner, 0, 0);
            world
                .deposit_collateral(&first, &sol, 1_000_000_000_000)
                .unwrap();
            world.withdraw_quote(&first, usd(125_000)).unwrap();
            first
        }
        Closing::Pair => {
            let first = world.new_sub_account(&owner, 0, usd(1_000));
            let btc = stage.btc.clone();
            world
                .deposit_collateral(&first, &sol, 200_000_000_000)
                .unwrap();
            world.trade(&first, &sol, -sol.atoms(200.0)).unwrap();
            world.trade(&first, &btc, btc.atoms(1.8)).unwrap();
            first
        }
    };
    (first, second)
}

/// Prices at which the first account is below its margin: barely, deeply, at nothing, below nothing.
fn fall(world: &mut World, asset: &AssetHandle, price: f64) {
    world.warp_fresh(1);
    world.set_price_usd(asset, price);
}

/// What the owner's side gains by liquidating itself at this price; none if it cannot.
fn gain_at(
    mut world: World,
    first: &Trader,
    second: &Trader,
    closing: Closing,
    moved: &AssetHandle,
    price: f64,
) -> Option<i64> {
    fall(&mut world, moved, price);
    world.flag(first).ok()?;
    world.warp_fresh(11);
    let before = wealth(&world, &[first, second]);
    let sol = world.handle_of(0);
    world.liquidate(second, first, &sol, closing).ok()?;
    world.assert_books();
    Some(wealth(&world, &[first, second]) - before)
}

#[test]
fn self_liquidation_of_a_position_never_gains() {
    // The owner's second account liquidates the first and takes the reward, with an insurance fund that adds
    // to small ones. He pays the penalty that he earns half of; what insurance adds is at most the fee that
    // the position cost to open.
    let mut stage = stage();
    fill_insurance(&mut stage);
    let mut seen = 0;
    for closing in [
        Closing::PositionByPool,
        Closing::PositionByLiquidator,
        Closing::Slice,
    ] {
        let (first, second) = owners_accounts(&mut stage, closing);
        for tenth in 1_250..1_400_i32 {
            if tenth % 5 != 0 {
                continue;
            }
            let price = f64::from(tenth) / 10.0;
            let sol = stage.sol.clone();
            let world = stage.world.clone();
            let Some(gain) = gain_at(world, &first, &second, closing, &sol, price) else {
                continue;
            };
            // 0.05 % of 1,000 SOL at $150 was paid to open.
            assert!(gain <= dollars(75), "{closing:?} at {price}: {gain}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn self_liquidation_of_a_pair_never_gains() {
    // The same with a short and the collateral that hedges it: what insurance adds is at most the fee of the
    // short.
    let mut stage = stage();
    fill_insurance(&mut stage);
    let (first, second) = owners_accounts(&mut stage, Closing::Pair);
    let btc = stage.btc.clone();
    let mut seen = 0;
    for price in (800..1_000).map(|hundreds| f64::from(hundreds) * 100.0) {
        let world = stage.world.clone();
        let gain = gain_at(world, &first, &second, Closing::Pair, &btc, price);
        if let Some(gain) = gain {
            assert!(gain <= dollars(15), "at {price}: {gain}");
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}

/// The owner's best gain by selling his collateral to himself, over prices around nothing.
fn best_sale_to_oneself() -> (i64, u32) {
    let mut stage = stage();
    fill_insurance(&mut stage);
    let (first, second) = owners_accounts(&mut stage, Closing::Collateral);
    let sol = stage.sol.clone();
    let gains = (1_180..1_330)
        .filter(|tenth| tenth % 3 == 0)
        .filter_map(|tenth| {
            let world = stage.world.clone();
            let price = f64::from(tenth) / 10.0;
            gain_at(world, &first, &second, Closing::Collateral, &sol, price)
        });
    let gains: Vec<i64> = gains.collect();
    (
        gains.iter().copied().max().unwrap_or(i64::MIN),
        gains.len() as u32,
    )
}

#[test]
fn self_liquidation_of_collateral_gains_no_more_than_the_top_up() {
    // The owner sells his collateral to his second account where his equity is nothing: no penalty, and the
    // insurance fund pays the reward. Bounded by 0.05 % of what is sold, and by the fund's daily cap.
    let (gain, seen) = best_sale_to_oneself();
    assert!(seen > 10, "{seen}");
    assert!(gain <= dollars(63), "{gain}: 0.05 % of $125,000");
}

#[test]
fn self_liquidation_of_collateral_never_gains() {
    // As above; P7 says that the owner's side never profits. Collateral never paid a taker fee.
    let (gain, _) = best_sale_to_oneself();
    assert!(gain <= 0, "P7: the owner's side gained {gain}");
}
