//! The price at any second, from bars of files of several steps. Of an asset's files the finest that holds the moment
//! answers; between two closes the price lies on a straight line of the logarithm.
use crate::prices::{Bar, Series};

/// Closes further apart than this, or than a bar, are a gap: ten minutes. A coarser file answers there, if any.
const BRIDGED_SECS: i64 = 600;

/// The files of some assets, the finest of each first.
pub struct PriceHistory {
    of_assets: Vec<Vec<Series>>,
}

impl PriceHistory {
    /// Keeps the series of these assets, in the order in which they are given: the finest first.
    pub fn new(series: Vec<Series>, assets: &[String]) -> Self {
        let mut of_assets = vec![Vec::new(); assets.len()];
        for one in series {
            if let Some(asset) = assets.iter().position(|asset| *asset == one.asset) {
                of_assets[asset].push(one);
            }
        }
        Self { of_assets }
    }

    /// Price of the asset at this place, USD, at a time, unix seconds, and the length in seconds of the bars it comes
    /// from; none where no file holds the moment.
    pub fn price(&self, asset: usize, ts: i64) -> Option<(f64, i64)> {
        let mut files = self.of_assets[asset].iter();
        files.find_map(|file| Some((price_at(&file.bars, file.step_secs, ts)?, file.step_secs)))
    }

    /// From the first to the last close of any file, unix seconds; 0 without one.
    pub fn span(&self) -> (i64, i64) {
        let spans = || self.of_assets.iter().filter_map(|files| span_of(files));
        let first = spans().map(|(first, _)| first).min();
        let last = spans().map(|(_, last)| last).max();
        (first.unwrap_or(0), last.unwrap_or(0))
    }

    /// From when to when every asset has closes, unix seconds; none where they never do together.
    pub fn common_span(&self) -> Option<(i64, i64)> {
        let spans: Option<Vec<_>> = self.of_assets.iter().map(|files| span_of(files)).collect();
        let spans = spans?;
        let first = spans.iter().map(|(first, _)| *first).max()?;
        let last = spans.iter().map(|(_, last)| *last).min()?;
        (first < last).then_some((first, last))
    }
}

/// From the first to the last close of some files.
fn span_of(files: &[Series]) -> Option<(i64, i64)> {
    let first = files
        .iter()
        .filter_map(|one| one.bars.first())
        .map(|bar| bar.end_ts)
        .min()?;
    let last = files
        .iter()
        .filter_map(|one| one.bars.last())
        .map(|bar| bar.end_ts)
        .max()?;
    Some((first, last))
}

/// The price at a time, between two closes that are near enough to each other.
fn price_at(bars: &[Bar], step_secs: i64, ts: i64) -> Option<f64> {
    let after = bars.partition_point(|bar| bar.end_ts < ts);
    let next = bars.get(after)?;
    if next.end_ts == ts {
        return Some(next.close);
    }
    let last = bars.get(after.checked_sub(1)?)?;
    let secs = next.end_ts - last.end_ts;
    let way = (ts - last.end_ts) as f64 / secs as f64;
    (secs <= step_secs.max(BRIDGED_SECS)).then(|| last.close * (next.close / last.close).powf(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_SECS: i64 = 86_400;
    const HOUR_SECS: i64 = 3_600;

    /// Bars of BTC at this price from `from_ts` for a day.
    fn steady(step_secs: i64, from_ts: i64, close: f64) -> Series {
        let bar = |end_ts: i64| Bar::flat(end_ts, close);
        Series {
            asset: "BTC".to_owned(),
            source: "x".to_owned(),
            file: "BTCUSDT_x.csv".to_owned(),
            step_secs,
            bars: (from_ts..=from_ts + DAY_SECS)
                .step_by(step_secs as usize)
                .map(bar)
                .collect(),
            doubtful: Default::default(),
            turnover: Vec::new(),
        }
    }

    #[test]
    fn a_short_gap_is_bridged_and_in_a_long_one_a_coarser_file_answers() {
        let mut fine = steady(60, 0, 100.0);
        fine.bars[100].close = 110.0;
        fine.bars.drain(101..105);
        fine.bars.drain(300..400);
        let gap_ts = fine.bars[299].end_ts + 600;
        let coarse = steady(HOUR_SECS, 0, 200.0);
        let history = PriceHistory::new(vec![fine, coarse], &["BTC".to_owned()]);
        assert_eq!(history.price(0, 6_000), Some((110.0, 60)));
        let (bridged, _) = history.price(0, 6_120).unwrap();
        assert!((100.0..110.0).contains(&bridged), "{bridged}");
        assert_eq!(history.price(0, gap_ts), Some((200.0, HOUR_SECS)));
        assert_eq!(history.price(0, DAY_SECS + 1), None);
    }

    #[test]
    fn the_common_span_is_where_every_asset_has_closes() {
        let mut later = steady(HOUR_SECS, 10 * HOUR_SECS, 5.0);
        "ETH".clone_into(&mut later.asset);
        let series = [steady(HOUR_SECS, 0, 1.0), later];
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            PriceHistory::new(series.to_vec(), &names)
        };
        let both = of(&["BTC", "ETH"]);
        assert_eq!(both.common_span(), Some((10 * HOUR_SECS, DAY_SECS)));
        assert_eq!(both.span(), (0, DAY_SECS + 10 * HOUR_SECS));
        assert_eq!(of(&["BTC", "SOL"]).common_span(), None);
    }
}
