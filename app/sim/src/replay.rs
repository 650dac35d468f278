//! The estimator of `crates/risk`, fed one close after the other, and the margin of a lone position
//! after each. Every sample and every margin is computed by the same code as on chain.
use anyhow::{Context, Result, anyhow, ensure};
use freeboard_risk::RiskError;
use freeboard_risk::number::math::Scaled;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{AssetCoefficients, AssetParams, PortfolioParams};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::{UnitShock, unit_shock};
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;

use crate::book::margin_of;
use crate::joint::JointTerms;
use crate::prices::{Bar, Series};
use crate::time::DAY_SECS;

/// Notional of the positions that are judged: $100,000, below every L, so that size adds nothing.
pub const NOTIONAL_QUOTE_ATOMS: u64 = 100_000_000_000;

/// Fewest digits of a price and of a position in the core's integers: beyond 10^4 units what rounding takes is below
/// 0.005 %, a hundredth of the smallest shock that the bounds allow.
const UNITS_MIN: f64 = 1e4;
/// Units of [`Price`] per USD.
const PRICE_UNIT: f64 = 1e12;
/// Largest size of a position, base atoms.
const SIZE_MAX: f64 = i64::MAX as f64;

/// An asset after a close.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// When the bar ended, unix seconds.
    pub ts: i64,
    /// USD.
    pub close: f64,
    /// The same, as an oracle says it.
    pub price: Price,
    /// Unit shocks at that time.
    pub unit_shock: UnitShock,
    /// σ_c, per √hour.
    pub sigma_c: f64,
    /// √v_fast, per √hour.
    pub sigma_fast: f64,
}

/// Margins of a lone position as shares of its notional.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoneMargin {
    /// Maintenance margin of (long, short).
    pub maintenance: [f64; 2],
    /// Initial margin of (long, short).
    pub initial: [f64; 2],
}

/// An asset's parameters in both forms.
#[derive(Clone, Copy, Debug)]
pub struct ReplayedAsset {
    /// Decimal.
    pub params: AssetParams,
    /// Binary.
    pub coefficients: AssetCoefficients,
}

impl ReplayedAsset {
    /// From decimal parameters.
    ///
    /// Errors: what the core cannot hold.
    pub fn new(params: &AssetParams, portfolio: &PortfolioParams) -> Result<Self> {
        let coefficients = AssetCoefficients::new(params, portfolio.funding_provision_secs)
            .map_err(|error| anyhow!("parameters: {error:?}"))?;
        Ok(Self {
            params: *params,
            coefficients,
        })
    }

    /// Feeds every close to the estimator of a new asset, as a sample wherever the spacing allows it.
    ///
    /// Errors: a price outside the range of the core.
    pub fn replay(&self, series: &Series) -> Result<Vec<Point>> {
        self.replay_from(self.new_state(series)?, series)
    }

    /// Errors: a close at which a price or a position of [`NOTIONAL_QUOTE_ATOMS`] has too few digits in the integers
    /// of the core, or too many: margins would be those of another size, without a word.
    fn check_units(&self, series: &Series) -> Result<()> {
        let closes = || series.bars.iter();
        let by_close = |one: &&Bar, other: &&Bar| one.close.total_cmp(&other.close);
        let ends = closes().min_by(by_close).zip(closes().max_by(by_close));
        let Some((low, high)) = ends else {
            return Ok(());
        };
        let place = |bar: &Bar| {
            format!(
                "{}: the close at {} is {} USD",
                series.file, bar.end_ts, bar.close
            )
        };
        ensure!(
            low.close * PRICE_UNIT >= UNITS_MIN,
            "{}: the model counts prices in 10^-12 USD, and that is fewer than {UNITS_MIN} of them. Quote the asset \
             per a thousand or a million units, as exchanges do",
            place(low)
        );
        ensure!(
            high.close * PRICE_UNIT < 1e30,
            "{}: beyond the range of the model",
            place(high)
        );
        let decimals = self.params.base_decimals;
        let notional = NOTIONAL_QUOTE_ATOMS as f64 / 1e6;
        let atoms = |close: f64| notional / close * 10f64.powi(i32::from(decimals));
        let fitting = |close: f64| {
            let least = (UNITS_MIN * close / notional).log10().ceil().max(0.0);
            let most = (SIZE_MAX * close / notional).log10().floor();
            format!("base_decimals from {least} to {}", most.min(18.0))
        };
        ensure!(
            atoms(low.close) <= SIZE_MAX,
            "{}: a position of ${notional} is more than 9.2·10^18 atoms at base_decimals = {decimals}, which no account \
             can hold. Use {} in --params",
            place(low),
            fitting(low.close)
        );
        ensure!(
            atoms(high.close) >= UNITS_MIN,
            "{}: a position of ${notional} is only {:.1} atoms at base_decimals = {decimals}, too coarse to measure a \
             margin on. Use {} in --params",
            place(high),
            atoms(high.close),
            fitting(high.close)
        );
        Ok(())
    }

    /// The estimator of an asset listed at the first close.
    fn new_state(&self, series: &Series) -> Result<VolatilityState> {
        let first = series.bars[0];
        VolatilityState::new(
            Self::price_of(first.close),
            first.end_ts,
            first.end_ts,
            &self.params,
            &self.coefficients,
        )
        .map_err(|error| anyhow!("{}: {error:?}", series.asset))
    }

    /// The estimator at the first close of an episode, as the hourly closes up to it leave it: v, the
    /// sample count and the speed limit go on; the anchor is the episode's first close, so that the
    /// difference between two venues is no return.
    ///
    /// `None` where a new asset would know as much: fewer samples than the warm-up, or the last hourly
    /// close more than a day before the episode.
    ///
    /// Errors: a price outside the range of the core.
    pub fn carried_over(
        &self,
        hourly: &Series,
        episode: &Series,
    ) -> Result<Option<VolatilityState>> {
        let first = episode.bars[0];
        let count = hourly
            .bars
            .partition_point(|bar| bar.end_ts <= first.end_ts);
        let earlier = &hourly.bars[..count];
        let recent = earlier
            .last()
            .is_some_and(|last| first.end_ts - last.end_ts <= DAY_SECS);
        if !recent {
            return Ok(None);
        }
        let mut state = self.new_state(hourly)?;
        for bar in earlier {
            self.feed(&mut state, hourly, bar)?;
        }
        if state.samples < self.params.warmup_samples {
            return Ok(None);
        }
        state.anchor = Scaled::from_u128(Self::price_of(first.close).0)
            .map_err(|error| anyhow!("{}: {error:?}", episode.asset))?;
        state.anchor_ts = first.end_ts;
        Ok(Some(state))
    }

    /// Feeds every close to an estimator that stands at the first of them.
    ///
    /// Errors: a price outside the range of the core, or one at which a position has too few digits or too many.
    pub fn replay_from(&self, mut state: VolatilityState, series: &Series) -> Result<Vec<Point>> {
        self.go_on(&mut state, series)
    }

    /// Feeds every close to the estimator of a new asset. Returns also the estimator after the last of them.
    ///
    /// Errors: a price outside the range of the core, or one at which a position has too few digits or too many.
    pub fn replay_to_end(&self, series: &Series) -> Result<(Vec<Point>, VolatilityState)> {
        let mut state = self.new_state(series)?;
        let points = self.go_on(&mut state, series)?;
        Ok((points, state))
    }

    fn go_on(&self, state: &mut VolatilityState, series: &Series) -> Result<Vec<Point>> {
        self.check_units(series)?;
        let mut points = Vec::with_capacity(series.bars.len());
        for bar in &series.bars {
            self.feed(state, series, bar)?;
            let sigma_c = state
                .sigma_c(&self.params)
                .map_err(|error| anyhow!("{error:?}"))?;
            points.push(Point {
                ts: bar.end_ts,
                close: bar.close,
                price: Self::price_of(bar.close),
                unit_shock: unit_shock(state, &self.coefficients, bar.end_ts),
                sigma_c: fraction(sigma_c),
                sigma_fast: fraction(state.v_fast.sqrt_ceil()),
            });
        }
        Ok(points)
    }

    fn feed(&self, state: &mut VolatilityState, series: &Series, bar: &Bar) -> Result<()> {
        self.sample(state, bar)
            .map_err(|error| anyhow!("{error:?}"))
            .with_context(|| format!("{} at {}", series.asset, bar.end_ts))
    }

    /// Takes the close as a sample, if the last one is far enough back.
    fn sample(&self, state: &mut VolatilityState, bar: &Bar) -> Result<(), RiskError> {
        let observation = Observation {
            price: Self::price_of(bar.close),
            confidence: Price(0),
            ema: Self::price_of(bar.close),
            publish_ts: bar.end_ts,
        };
        let outcome = state.sample(
            &observation,
            bar.end_ts,
            bar.end_ts,
            &self.params,
            &self.coefficients,
        );
        match outcome {
            Ok(_) | Err(RiskError::SampleTooEarly) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes a close as a sample and returns σ_c after it, per √hour.
    ///
    /// Errors: a price outside the range of the core.
    pub fn sample_close(&self, state: &mut VolatilityState, bar: &Bar) -> Result<f64, RiskError> {
        self.sample(state, bar)?;
        state.sigma_c(&self.params).map(fraction)
    }

    /// The asset at a point, nothing held.
    pub fn holding(&self, point: &Point) -> Holding {
        Holding {
            price: point.price,
            ema: point.price,
            usable_initial: true,
            standing: Standing::Usable,
            unit_shock: point.unit_shock,
            coefficients: self.coefficients,
            ..Holding::default()
        }
    }

    /// A close as an oracle price: 10^-12 USD, to nearest.
    pub fn price_of(close: f64) -> Price {
        Price((close * PRICE_UNIT).round() as u128)
    }

    /// Base atoms worth `notional` quote atoms at a point, to nearest; signed.
    ///
    /// Errors: more than a position can have.
    pub fn atoms_of(&self, notional: f64, point: &Point) -> Result<i64> {
        let unit = 10f64.powi(i32::from(self.params.base_decimals)) / 1e6;
        let atoms = (notional * unit / point.close).round();
        ensure!(
            atoms.abs() <= SIZE_MAX,
            "{atoms:e} atoms at {} USD and base_decimals = {}: no position is as large",
            point.close,
            self.params.base_decimals
        );
        Ok(atoms as i64)
    }

    /// Margins of a lone position of [`NOTIONAL_QUOTE_ATOMS`], as shares of it.
    ///
    /// Errors: what the core refuses.
    pub fn lone_margin(&self, point: &Point, joint: &JointTerms) -> Result<LoneMargin> {
        let notional = NOTIONAL_QUOTE_ATOMS as f64;
        let side = |sign: f64| {
            let size = self.atoms_of(sign * notional, point)?;
            margin_of(&[*self], &[*point], &[size], joint)
        };
        let (long, short) = (side(1.0)?, side(-1.0)?);
        Ok(LoneMargin {
            maintenance: [long.maintenance, short.maintenance],
            initial: [long.initial, short.initial],
        })
    }
}

/// A fraction of the core as a number.
fn fraction(value: Fraction) -> f64 {
    value.to_bits() as f64 / (1u64 << 60) as f64
}

#[cfg(test)]
mod tests;
