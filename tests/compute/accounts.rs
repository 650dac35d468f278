//! A market with one asset per position and per collateral, and an account that fills its slots in
//! them: what the ladder of sizes is measured on.
use crate::{Row, measure::row};
use freeboard_tests::{AssetSpec, ExchangeSpec, Trader, World, shipped, usd};

/// Positions and collaterals of the accounts that are measured; the last fills every slot.
pub const SIZES: [(u8, u8); 3] = [(1, 0), (8, 4), (16, 8)];
/// Notional of each position, USD.
const POSITION_USD: f64 = 10_000.0;
/// Times as large is the first position: what is liquidated must be more than needs closing, or no
/// size is searched for.
const FIRST_POSITION: f64 = 4.0;
/// Worth of each collateral, USD.
const COLLATERAL_USD: f64 = 1_000.0;
/// Price of every asset, USD.
pub const PRICE: f64 = 100.0;
/// Cash of the measured account, per position, USD.
const QUOTE_USD: u64 = 20_000;

/// A market with the joint scenarios that are shipped, for accounts of this size, its last position still to be opened.
pub fn nearly_full(size: (u8, u8)) -> (World, Trader) {
    let exchange = ExchangeSpec {
        scenarios: ExchangeSpec::of_file(&shipped()).scenarios,
        ..ExchangeSpec::default()
    };
    nearly_full_of(exchange, size)
}

/// The same in an exchange of this kind.
pub fn nearly_full_of(exchange: ExchangeSpec, size: (u8, u8)) -> (World, Trader) {
    let (positions, collaterals) = size;
    let count = positions + collaterals;
    let share = 1_000_000_000 / u64::from(count);
    let weight_e9 = shipped()
        .asset("SOL")
        .map_or(0, |sol| sol.params.collateral_weight_e9);
    let specs = (0..count).map(|index| {
        let mut spec = AssetSpec::new(&format!("A{index}"), PRICE).with_pool_share(share);
        spec.params.bucket = index % 8;
        if index >= positions {
            spec = spec.with_collateral();
            spec.params.collateral_weight_e9 = weight_e9;
        }
        spec
    });
    let mut world = World::market_of(exchange, specs.collect::<Vec<_>>());
    let trader = world.new_trader(usd(QUOTE_USD * u64::from(positions)));
    for index in positions..count {
        let asset = world.handle_of(index.into());
        let atoms = asset.atoms(COLLATERAL_USD / PRICE) as u64;
        world
            .deposit_collateral(&trader, &asset, atoms)
            .expect("deposited");
    }
    for index in 0..positions - 1 {
        open(&mut world, &trader, index.into()).expect("opened");
    }
    (world, trader)
}

/// Opens a position: every third is short, so that the correlation term has both signs.
pub fn open(
    world: &mut World,
    trader: &Trader,
    index: u16,
) -> Result<freeboard_tests::Meta, freeboard_tests::Failure> {
    let asset = world.handle_of(index);
    let sign = if index % 3 == 2 { -1 } else { 1 };
    let times = if index == 0 { FIRST_POSITION } else { 1.0 };
    world.trade(
        trader,
        &asset,
        sign * asset.atoms(times * POSITION_USD / PRICE),
    )
}

/// An account without positions: what the smallest account pays.
pub fn measure() -> Vec<Row> {
    let mut world = World::market([AssetSpec::sol()]);
    let trader = world.new_trader(usd(1_000));
    let view = world.view_instruction(&trader);
    vec![row("view_margin", "", (0, 0), world.send(&[view], &[]))]
}
