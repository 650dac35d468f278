//! What many small accounts cost a keeper in one transaction.
use crate::{Row, measure::row};
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_tests::{AssetSpec, Trader, World, usd};

/// All of them: 1, 5 and 10 accounts of one position each, flagged, and closed to the pool.
pub fn measure() -> Vec<Row> {
    let mut world = World::market([AssetSpec::sol()]);
    let sol = world.handle_of(0);
    let traders: Vec<Trader> = (0..10).map(|_| world.new_trader(usd(2_500))).collect();
    for trader in &traders {
        world.trade(trader, &sol, sol.atoms(100.0)).expect("opened");
    }
    world.warp_fresh(10);
    world.set_price_usd(&sol, 132.5);
    let all: Vec<&Trader> = traders.iter().collect();
    let mut rows = Vec::new();
    for number in [1, 5, 10] {
        let flag = world.flag_several_instruction(&all[..number], &[]);
        let sent = world.clone().send(&[flag], &[]);
        rows.push(row("flag_several", &accounts(number), (1, 0), sent));
    }
    let flag = world.flag_several_instruction(&all, &[]);
    world.send(&[flag], &[]).expect("flagged");
    world.warp_fresh(11);
    let liquidator = world.new_trader(usd(1_000));
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    for number in [1, 5, 10] {
        let several = world.liquidate_several_instruction(&liquidator, &all[..number], args, &[]);
        let sent = world.clone().send(&[several], &[&liquidator.keypair]);
        rows.push(row("liquidate_several", &accounts(number), (1, 0), sent));
    }
    rows
}

fn accounts(number: usize) -> String {
    format!("{number} accounts")
}
