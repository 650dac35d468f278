//! Exchanges in trouble, as tests of the program, of keepers and of views need them.
use crate::{AssetHandle, AssetSpec, ExchangeSpec, Trader, World, usd};
use freeboard::state::{LiquidationParams, Scenario};

/// Builds an exchange with an account that no closing of one asset helps. Returns both.
///
/// It holds a long and a short of $200,000 each, which two scenarios hit alike from either side, at 0.86 of their margin; and
/// so much of this collateral.
pub fn deadlocked_account(collateral: AssetSpec, amount_atoms: u64) -> (World, Trader) {
    let scenario = |btc, eth| {
        let mut shock_bps = [0; 8];
        (shock_bps[1], shock_bps[2]) = (btc, eth);
        Scenario {
            weight_bps: 10_000,
            shock_bps,
        }
    };
    let mut world = World::with(ExchangeSpec {
        scenarios: vec![scenario(-4_000, -3_000), scenario(3_000, 4_000)],
        liquidation: LiquidationParams {
            window_cap_quote_atoms: 1_000_000_000_000, // room for all of it
            ..ExchangeSpec::default().liquidation
        },
        ..ExchangeSpec::default()
    });
    let handles = world.list_all([collateral, AssetSpec::btc(), AssetSpec::eth()]);
    let (btc, eth) = (handles[1].clone(), handles[2].clone());
    world.set_price_usd(&btc, 105_000.0);
    world.set_price_usd(&eth, 3_900.0);
    let trader = world.new_trader(usd(160_000));
    if amount_atoms > 0 {
        world
            .deposit_collateral(&trader, &handles[0], amount_atoms)
            .expect("deposited");
    }
    world.trade(&trader, &btc, btc.atoms(2.0)).expect("long");
    world.trade(&trader, &eth, -eth.atoms(50.0)).expect("short");
    world.withdraw_all_but(&trader, usd(10));
    world.warp_fresh(10);
    world.set_price_usd(&btc, 100_000.0);
    world.set_price_usd(&eth, 4_000.0);
    (world, trader)
}

/// A pool that owes a winner more than it has as soon as the price rises.
pub struct PoorPool {
    /// The exchange.
    pub world: World,
    /// Its only asset, which has the whole pool.
    pub sol: AssetHandle,
    /// Long, on $30,000.
    pub winner: Trader,
    /// Short as much as the winner is long, each a like part of it on $30,000.
    pub losers: Vec<Trader>,
}

impl PoorPool {
    /// A pool of $10,000 and 700 SOL a side, more than ten times the pool, at an initial shock of 8 %.
    pub fn with_losers(count: u32) -> Self {
        let mut sol = AssetSpec::sol().with_pool_share(1_000_000_000);
        sol.trade.util_max_e9 = 1_000_000_000;
        sol.params.h_im_secs = 2 * sol.params.h_mm_secs;
        let mut world = World::new();
        let sol = world.create_asset(sol);
        world.ready(usd(10_000));
        let winner = world.new_trader(usd(30_000));
        let losers: Vec<Trader> = (0..count).map(|_| world.new_trader(usd(30_000))).collect();
        let part = sol.atoms(50.0 / f64::from(count));
        for _ in 0..14 {
            world.warp_fresh(1);
            world
                .trade(&winner, &sol, sol.atoms(50.0))
                .expect("the winner's part");
            for loser in &losers {
                world.trade(loser, &sol, -part).expect("a loser's part");
            }
        }
        Self {
            world,
            sol,
            winner,
            losers,
        }
    }
}
