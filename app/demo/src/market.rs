//! The exchange of the demo: three assets with parameters of their own size, and a funded pool.
use freeboard_sandbox::{AssetHandle, AssetSpec, World, usd};

use crate::prices::{Prices, SYMBOLS};
use crate::recorder::Recorder;

/// What governance pays into the pool, whose shares nobody owns; an LP brings the rest.
const GOVERNANCE_USD: u64 = 2_000_000;
/// Each asset's part of the pool's free cash.
const POOL_SHARE_E9: u64 = 300_000_000;
/// SOL collateral counts at nine tenths of its price.
const SOL_WEIGHT_E9: u64 = 900_000_000;

/// What a market of this size can take: σ per √hour × 10^9, depth in USD an hour.
struct MarketSize {
    sigma_initial_e9: u64,
    sigma_floor_e9: u64,
    sigma_stress_e9: u64,
    depth_usd: u64,
}

const BTC: MarketSize = MarketSize {
    sigma_initial_e9: 5_000_000,
    sigma_floor_e9: 3_000_000,
    sigma_stress_e9: 20_000_000,
    depth_usd: 50_000_000,
};
const ETH: MarketSize = MarketSize {
    sigma_initial_e9: 7_000_000,
    sigma_floor_e9: 4_000_000,
    sigma_stress_e9: 25_000_000,
    depth_usd: 30_000_000,
};
const SOL: MarketSize = MarketSize {
    sigma_initial_e9: 9_000_000,
    sigma_floor_e9: 5_000_000,
    sigma_stress_e9: 30_000_000,
    depth_usd: 10_000_000,
};

/// An exchange with the three assets at these prices, in the order of [`SYMBOLS`]. Collateral does
/// not count yet, and the assets have no part of the pool: see [`fund`].
pub fn open(prices: &Prices) -> (World, Vec<AssetHandle>) {
    let mut world = World::new();
    // Signatures take most of the time of a small transaction and prove nothing here.
    world.svm = world.svm.with_sigverify(false);
    let specs = [
        (AssetSpec::btc(), BTC),
        (AssetSpec::eth(), ETH),
        (AssetSpec::sol(), SOL),
    ];
    let assets = specs
        .into_iter()
        .zip(prices)
        .map(|((mut spec, size), price)| {
            debug_assert!(SYMBOLS.contains(&spec.name.as_str()));
            spec.price = ((price * 1e8).round() as i64, -8);
            spec.params.sigma_initial_e9 = size.sigma_initial_e9;
            spec.params.sigma_floor_e9 = size.sigma_floor_e9;
            spec.params.sigma_stress_e9 = size.sigma_stress_e9;
            spec.params.depth_quote_atoms = usd(size.depth_usd);
            spec.params.oi_lo_quote_atoms = usd(10 * size.depth_usd);
            spec.params.oi_hi_quote_atoms = usd(40 * size.depth_usd);
            if spec.name == "SOL" {
                spec = spec.with_collateral();
                spec.params.collateral_weight_e9 = SOL_WEIGHT_E9;
            }
            world.create_asset(spec.with_pool_share(POOL_SHARE_E9))
        });
    let assets = assets.collect();
    (world, assets)
}

/// Pays governance's cash into the pool and allocates it.
pub fn fund(
    world: &mut World,
    assets: &[AssetHandle],
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let sent = world.fund_pool(usd(GOVERNANCE_USD));
    recorder.done("deposit into the pool", sent, world)?;
    sweep(world, assets)
}

/// Renews the assets' allocations.
pub fn sweep(world: &mut World, assets: &[AssetHandle]) -> anyhow::Result<()> {
    for asset in assets {
        crate::refusal::done("a sweep", world.sweep(asset))?;
    }
    Ok(())
}
