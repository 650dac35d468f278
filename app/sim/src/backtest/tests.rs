//! An asset for the tests of the modules below.
use freeboard_risk::params::{AssetParams, PortfolioParams};

use super::*;
use crate::prices::Bar;

/// An asset of these closes, `step_secs` apart.
pub(in crate::backtest) fn replayed(step_secs: i64, closes: &[f64]) -> Replayed {
    let (params, portfolio) = (AssetParams::reference(), PortfolioParams::reference());
    let asset = ReplayedAsset::new(&params, &portfolio).unwrap();
    let bar = |(close, index): (&f64, i64)| Bar::flat((index + 1) * step_secs, *close);
    let bars: Vec<Bar> = closes.iter().zip(0..).map(bar).collect();
    let series = Series {
        asset: "SOL".to_owned(),
        source: "test".to_owned(),
        file: "test".to_owned(),
        step_secs,
        bars,
        doubtful: Default::default(),
        turnover: Vec::new(),
    };
    let points = asset.replay(&series).unwrap();
    let joint = JointTerms::without_scenarios(&portfolio).unwrap();
    Replayed {
        name: series.asset.clone(),
        asset,
        source: series.source.clone(),
        step_secs,
        warm: false,
        margins: points
            .iter()
            .map(|point| asset.lone_margin(point, &joint).unwrap())
            .collect(),
        ranges: closes.iter().map(|close| [*close; 2]).collect(),
        ewma: ewma(None, &series.bars),
        points,
    }
}
