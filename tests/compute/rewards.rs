//! Calls that are paid for. Measured last: their accounts move the addresses of all that would come after.
use crate::{Row, measure::row};
use freeboard_tests::{AssetSpec, World, usd};

/// All of them.
pub fn measure() -> Vec<Row> {
    let mut world = World::market([AssetSpec::sol()]);
    let (sol, trader) = (world.handle_of(0), world.new_trader(usd(10_000)));
    let keeper = world.new_trader(usd(10));
    let args = world.order_args(&sol, sol.atoms(10.0));
    let id = world.request_order(&trader, args).expect("requested");
    world.warp_fresh(1);
    let filled = world.fill_order_for(&trader, id, &keeper);
    world.warp_fresh(300);
    let sampled = world.sample_for(&sol, &keeper);
    vec![
        row("fill_order", "open, for a reward", (1, 0), filled),
        row("sample_volatility", "for a reward", (0, 0), sampled),
    ]
}
