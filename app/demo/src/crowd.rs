//! Everybody else: two accounts of opposite sides that trade through the month, so that the markets have open interest,
//! a skew that comes and goes, and funding that follows it.
use std::f64::consts::TAU;

use anyhow::Result;
use freeboard_sandbox::client::freeboard::error::FreeboardError as Code;
use freeboard_sandbox::{AssetHandle, Trader, World, usd};

use crate::prices::{CALM_SECS, DAY_SECS, HOUR_SECS, SYMBOLS};
use crate::recorder::Recorder;

/// What a side holds of each asset when it opens.
const SIDE_USD: f64 = 8_000_000.0;
/// Quote of each side.
const DEPOSIT_USD: u64 = 10_000_000;
/// How often a side trades.
const TRADE_SECS: i64 = 6 * HOUR_SECS;
/// How far its size swings, as a part of what it opened with.
const SWING: f64 = 0.35;
/// How long a swing of the longs takes, and one of the shorts: never in step.
const SWING_SECS: [i64; 2] = [5 * DAY_SECS, 7 * DAY_SECS / 2];
/// By how much of a swing each asset is behind the one before it.
const LAG: f64 = 0.3;
/// Refusals of a price that may not be traded on at the moment: the side trades another time.
const PRICE_REFUSALS: [Code; 3] = [
    Code::PriceFarFromEma,
    Code::ConfidenceTooWide,
    Code::PriceStale,
];

/// A long side and a short one.
pub struct Crowd {
    sides: [Trader; 2],
    /// Whole units of each asset that a side opened with; nothing before that.
    units: [f64; SYMBOLS.len()],
}

impl Crowd {
    /// Opens the accounts.
    pub fn enter(world: &mut World) -> Self {
        Self {
            sides: [(); 2].map(|()| world.new_trader(usd(DEPOSIT_USD))),
            units: [0.0; SYMBOLS.len()],
        }
    }

    /// Both sides open, in turn, so that the pool never stands against all of it.
    pub fn open(
        &mut self,
        world: &mut World,
        assets: &[AssetHandle],
        recorder: &mut Recorder,
    ) -> Result<()> {
        for (asset, units) in assets.iter().zip(&mut self.units) {
            *units = SIDE_USD / (world.quote(asset).price as f64 / 1e8);
            for (trader, side) in self.sides.iter().zip([1, -1]) {
                let size = side * in_lots(world, asset, *units);
                recorder.done("a trade", world.trade(trader, asset, size), world)?;
            }
        }
        Ok(())
    }

    /// What the sides do at this time of a calm market, after they have opened.
    pub fn act(
        &self,
        world: &mut World,
        assets: &[AssetHandle],
        recorder: &mut Recorder,
        elapsed_secs: i64,
    ) -> Result<()> {
        let trades = elapsed_secs < CALM_SECS && elapsed_secs % TRADE_SECS == 0;
        if !trades || self.units[0] == 0.0 {
            return Ok(());
        }
        for (side, (trader, swing_secs)) in
            [1, -1].into_iter().zip(self.sides.iter().zip(SWING_SECS))
        {
            for (index, (asset, units)) in assets.iter().zip(self.units).enumerate() {
                let phase = elapsed_secs as f64 / swing_secs as f64 - LAG * index as f64;
                let wanted = units * (1.0 + SWING * (TAU * phase).sin());
                let wanted = side * in_lots(world, asset, wanted);
                let size = wanted - world.size_of(trader, asset.index);
                if size == 0 {
                    continue;
                }
                let sent = world.trade(trader, asset, size);
                let waits = |code: &Code| sent.as_ref().is_err_and(|failure| failure.is(*code));
                if !PRICE_REFUSALS.iter().any(waits) {
                    recorder.done("a trade", sent, world)?;
                }
            }
        }
        Ok(())
    }
}

/// Base atoms of so many whole units, in whole lots, down.
fn in_lots(world: &World, asset: &AssetHandle, units: f64) -> i64 {
    let lot = world.asset(asset.index).params.lot_atoms as i64;
    asset.atoms(units) / lot * lot
}
