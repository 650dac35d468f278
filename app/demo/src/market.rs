//! The exchange of the demo: the three shipped markets, and a funded pool.
use freeboard_sandbox::{
    AssetHandle, AssetSpec, ExchangeSpec, MintKind, TokenProgram, World, shipped, usd,
};

use crate::prices::{Prices, SYMBOLS};
use crate::recorder::Recorder;

/// What governance pays into the pool, whose shares nobody owns; an LP brings the rest.
const GOVERNANCE_USD: u64 = 8_000_000;
/// What the first samples start from, per √hour × 10^9: these markets have been measured, and are calm. The shipped
/// value, the stressed volatility, is for markets that nobody has seen trade.
const SIGMA_INITIAL_E9: [u64; SYMBOLS.len()] = [5_000_000, 7_000_000, 9_000_000];

/// An exchange with the parameters that are shipped, scenarios and collateral weights among them, and the three assets at these prices, in the order of [`SYMBOLS`], all of them collateral too.
/// Collateral does not count yet, and the assets have no part of the pool: see [`fund`].
///
/// Exceptions: a position is opened in one step, where the shipped markets make it wait for the price after its order;
/// and the markets start calm.
pub fn open(prices: &Prices) -> (World, Vec<AssetHandle>) {
    let file = shipped();
    let mut world = World::with(ExchangeSpec::of_file(&file));
    // Signatures take most of the time of a small transaction and prove nothing here.
    world.svm = world.svm.with_sigverify(false);
    let listed = SYMBOLS.into_iter().zip(prices).zip(SIGMA_INITIAL_E9);
    let assets = listed.map(|((name, price), sigma_initial_e9)| {
        let entry = file.asset(name).expect("a shipped asset");
        let mut spec = AssetSpec {
            collateral: Some(MintKind::plain(TokenProgram::Spl)),
            params: entry.params.into(),
            oracle: entry.oracle.into(),
            trade: entry.trade.into(),
            ..AssetSpec::new(name, *price)
        };
        spec.trade.one_step_fills = 1;
        spec.params.sigma_initial_e9 = sigma_initial_e9;
        world.create_asset(spec)
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
