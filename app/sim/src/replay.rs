//! The estimator of `crates/risk`, fed one close after the other, and the margin of a lone position
//! after each. Every sample and every margin is computed by the same code as on chain.
use anyhow::{Context, Result, anyhow, ensure};
use freeboard_risk::RiskError;
use freeboard_risk::number::math::Scaled;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, PortfolioCoefficients, PortfolioParams,
};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::{UnitShock, unit_shock};
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;

use crate::book::margin_of;
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
        state.anchor_clamped = false;
        state.anchor_ts = first.end_ts;
        Ok(Some(state))
    }

    /// Feeds every close to an estimator that stands at the first of them.
    ///
    /// Errors: a price outside the range of the core, or one at which a position has too few digits or too many.
    pub fn replay_from(&self, mut state: VolatilityState, series: &Series) -> Result<Vec<Point>> {
        self.check_units(series)?;
        let mut points = Vec::with_capacity(series.bars.len());
        for bar in &series.bars {
            self.feed(&mut state, series, bar)?;
            let sigma_c = state
                .sigma_c(&self.params)
                .map_err(|error| anyhow!("{error:?}"))?;
            points.push(Point {
                ts: bar.end_ts,
                close: bar.close,
                price: Self::price_of(bar.close),
                unit_shock: unit_shock(&state, &self.coefficients, bar.end_ts),
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
    pub fn lone_margin(
        &self,
        point: &Point,
        portfolio: &PortfolioCoefficients,
    ) -> Result<LoneMargin> {
        let notional = NOTIONAL_QUOTE_ATOMS as f64;
        let side = |sign: f64| {
            let size = self.atoms_of(sign * notional, point)?;
            margin_of(&[*self], &[*point], &[size], portfolio)
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
mod tests {
    use super::*;

    /// Closes that swing by 1 % every bar, the first ending at `start_ts`.
    fn swinging(start_ts: i64, step_secs: i64, bars: i64) -> Series {
        let bar = |index: i64| Bar {
            end_ts: start_ts + index * step_secs,
            close: if index % 2 == 0 { 100.0 } else { 101.0 },
        };
        Series {
            step_secs,
            bars: (0..bars).map(bar).collect(),
            ..flat_series(1)
        }
    }

    #[test]
    fn an_episode_goes_on_where_the_hourly_closes_stand() {
        let portfolio = PortfolioParams::reference();
        let asset = ReplayedAsset::new(&AssetParams::reference(), &portfolio).unwrap();
        let coefficients = PortfolioCoefficients::new(&portfolio).unwrap();
        let margin =
            |point: &Point| asset.lone_margin(point, &coefficients).unwrap().maintenance[0];
        let hourly = swinging(0, 3_600, 2_000);
        let start_ts = 1_500 * 3_600 + 300;
        let episode = swinging(start_ts, 300, 12);
        let state = asset.carried_over(&hourly, &episode).unwrap().unwrap();
        assert_eq!(state.samples, 1_500); // the first close is the anchor
        assert_eq!((state.anchor_ts, state.anchor_clamped), (start_ts, false));
        let warm = asset.replay_from(state, &episode).unwrap();
        let before = asset.replay(&hourly).unwrap()[1_500];
        assert_eq!(warm[0].sigma_c, before.sigma_c);
        // Five minutes later: at most 1 % an hour down, 3 % an hour up.
        let ratio = margin(&warm[0]) / margin(&before);
        let (down, up) = (0.99f64.powf(1.0 / 12.0), 1.03f64.powf(1.0 / 12.0));
        assert!((down - 1e-9..=up + 1e-9).contains(&ratio), "{ratio}");
        let cold = asset.replay(&episode).unwrap();
        assert!(margin(&cold[0]) > 1.1 * margin(&warm[0]));
    }

    #[test]
    fn margins_do_not_depend_on_the_scale_of_the_price_or_the_scale_is_refused() {
        let portfolio = PortfolioParams::reference();
        let coefficients = PortfolioCoefficients::new(&portfolio).unwrap();
        let margin_at = |scale: f64, base_decimals: u8| -> Result<f64> {
            let params = AssetParams {
                base_decimals,
                ..AssetParams::reference()
            };
            let asset = ReplayedAsset::new(&params, &portfolio).unwrap();
            let mut series = swinging(0, 3_600, 400);
            for bar in &mut series.bars {
                bar.close *= scale;
            }
            let points = asset.replay(&series)?;
            Ok(asset.lone_margin(&points[399], &coefficients)?.maintenance[0])
        };
        let at_100 = margin_at(1.0, 9).unwrap();
        for (scale, base_decimals) in [(1e-7, 8), (1e-7, 2), (1e-9, 6), (1e4, 9), (1e4, 6)] {
            let margin = margin_at(scale, base_decimals).unwrap();
            assert!(
                (margin / at_100 - 1.0).abs() < 1e-4,
                "{scale} {base_decimals}: {margin} {at_100}"
            );
        }
        let error =
            |scale, base_decimals| format!("{:#}", margin_at(scale, base_decimals).unwrap_err());
        let large = error(1e-7, 9);
        assert!(
            large.contains("at base_decimals = 9") && large.contains("base_decimals from 0 to 8"),
            "{large}"
        );
        let coarse = error(1e3, 2);
        assert!(
            coarse.contains("base_decimals = 2") && coarse.contains("base_decimals from 5 to 18"),
            "{coarse}"
        );
        assert!(error(1e-11, 3).contains("10^-12 USD"));
    }

    #[test]
    fn a_short_or_old_history_carries_nothing_over() {
        let portfolio = PortfolioParams::reference();
        let asset = ReplayedAsset::new(&AssetParams::reference(), &portfolio).unwrap();
        let hourly = swinging(0, 3_600, 400);
        let carried = |start_ts: i64| {
            let episode = swinging(start_ts, 300, 2);
            asset.carried_over(&hourly, &episode).unwrap().is_some()
        };
        assert!(!carried(-300), "no close before it");
        assert!(!carried(287 * 3_600), "287 samples");
        assert!(carried(288 * 3_600), "288 samples");
        assert!(carried(399 * 3_600 + DAY_SECS));
        assert!(
            !carried(399 * 3_600 + DAY_SECS + 300),
            "more than a day old"
        );
    }

    fn flat_series(hours: i64) -> Series {
        Series {
            asset: "SOL".to_owned(),
            source: "test".to_owned(),
            file: "test".to_owned(),
            step_secs: 3_600,
            doubtful: Default::default(),
            bars: (0..hours)
                .map(|hour| Bar {
                    end_ts: hour * 3_600,
                    close: 100.0,
                })
                .collect(),
        }
    }

    #[test]
    fn a_market_at_rest_falls_to_the_stressed_part_at_the_speed_limit() {
        let portfolio = PortfolioParams::reference();
        let asset = ReplayedAsset::new(&AssetParams::reference(), &portfolio).unwrap();
        let points = asset.replay(&flat_series(3_000)).unwrap();
        let coefficients = PortfolioCoefficients::new(&portfolio).unwrap();
        let at = |hour: usize| {
            asset
                .lone_margin(&points[hour], &coefficients)
                .unwrap()
                .maintenance[0]
        };
        // σ_t = ¾·2 % + ¼·3 %, k = 2.5, and 0.08 % of funding provision.
        assert!((at(0) - 0.057_05).abs() < 1e-6, "{}", at(0));
        // While the warm-up keeps σ_c the target rests; afterwards it falls, 1 % an hour at most.
        let unit = |hour: usize| at(hour) - 0.000_8;
        for hour in 0..2_999 {
            assert!(unit(hour + 1) >= unit(hour) * 0.99 - 1e-9, "hour {hour}");
        }
        // v_slow halves every 60 days: σ_c is 2 %·2^(−125/120) after 125 days.
        let sigma_c = 0.02 * 2f64.powf(-2_999.0 / 2_880.0);
        let expected = 2.5 * (0.75 * sigma_c + 0.25 * 0.03) + 0.000_8;
        assert!(
            (at(2_999) - expected).abs() < 1e-4,
            "{} {expected}",
            at(2_999)
        );
    }
}
