//! Prices second by second: a seeded walk, or bars of recorded files.
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use freeboard_sim::feed::{PriceHistory, Walk, WalkedAsset};
use freeboard_sim::prices::{Loaded, load_up_to};
use freeboard_sim::{Date, moment};

/// Longest bars that a recording may have, seconds.
const LONGEST_BAR_SECS: i64 = 3_600;
/// Least price that a feed of eight decimals publishes with four digits, USD.
const PRICE_MIN: f64 = 0.000_1;

/// Where prices come from.
#[derive(Clone, Debug)]
pub enum PriceOrigin {
    /// A calm market of this seed.
    Generated {
        /// The seed.
        seed: u64,
    },
    /// Bars of files, as docs/prices.md has them.
    Recorded {
        /// Their folder.
        folder: PathBuf,
        /// The day at whose beginning the network is ready; none for the first that the files allow.
        from: Option<Date>,
    },
}

/// The prices of some assets, from the first second of the set-up on.
pub(crate) struct PriceTape {
    kind: TapeKind,
    elapsed_secs: i64,
    prices: Vec<f64>,
}

enum TapeKind {
    Walking(Box<Walk>),
    Playing {
        history: PriceHistory,
        first_ts: i64,
    },
}

impl PriceTape {
    /// Opens the tape of these assets. `lead_secs`: how much of it the set-up takes before the network is ready.
    ///
    /// Errors: an asset without a file, a file that is malformed, no prices in common at that time.
    pub(crate) fn open(origin: &PriceOrigin, names: &[String], lead_secs: i64) -> Result<Self> {
        let kind = match origin {
            PriceOrigin::Generated { seed } => {
                let assets = names.iter().map(|name| WalkedAsset::of_name(name));
                TapeKind::Walking(Box::new(Walk::new(*seed, assets.collect())))
            }
            PriceOrigin::Recorded { folder, from } => {
                let Loaded { series, .. } = load_up_to(folder, names, LONGEST_BAR_SECS)?;
                let history = PriceHistory::new(series, names);
                let first_ts = first_ts(&history, *from, lead_secs)
                    .with_context(|| folder.display().to_string())?;
                TapeKind::Playing { history, first_ts }
            }
        };
        let prices = match &kind {
            TapeKind::Walking(walk) => walk.prices().to_vec(),
            TapeKind::Playing { history, first_ts } => {
                let price = |asset| history.price(asset, *first_ts).map(|(price, _)| price);
                let prices: Option<Vec<f64>> = (0..names.len()).map(price).collect();
                prices.with_context(|| {
                    format!("not every asset has a price at {}", moment(*first_ts))
                })?
            }
        };
        let least = prices.iter().copied().fold(f64::INFINITY, f64::min);
        ensure!(
            least >= PRICE_MIN,
            "a price of {least} USD: the feeds of the local network have eight decimals, too few for it"
        );
        Ok(Self {
            kind,
            elapsed_secs: 0,
            prices,
        })
    }

    /// Moves to a second of the tape and returns the prices there, USD, and of each whether the tape has one there: in a
    /// gap, or after the end of a recording, the last one stands.
    pub(crate) fn advance_to(&mut self, elapsed_secs: i64) -> Vec<(f64, bool)> {
        let elapsed_secs = elapsed_secs.max(self.elapsed_secs);
        let step = elapsed_secs - self.elapsed_secs;
        self.elapsed_secs = elapsed_secs;
        match &mut self.kind {
            TapeKind::Walking(walk) => {
                if step > 0 {
                    walk.step(step, 1.0);
                }
                self.prices = walk.prices().to_vec();
                self.prices.iter().map(|price| (*price, true)).collect()
            }
            TapeKind::Playing { history, first_ts } => {
                let ts = *first_ts + elapsed_secs;
                let assets = self.prices.iter_mut().enumerate();
                let play = |(asset, last): (usize, &mut f64)| match history.price(asset, ts) {
                    Some((price, _)) => {
                        *last = price.max(PRICE_MIN);
                        (*last, true)
                    }
                    None => (*last, false),
                };
                assets.map(play).collect()
            }
        }
    }
}

/// The first second of a recording that is played.
///
/// Errors: the assets have no prices in common from then on.
fn first_ts(history: &PriceHistory, from: Option<Date>, lead_secs: i64) -> Result<i64> {
    let common = history.common_span();
    let (first, last) = common.context("the assets have no prices in common")?;
    let ready_ts = match from {
        Some(date) => date.start_ts()?,
        None => first.saturating_add(lead_secs),
    };
    let begin_ts = ready_ts.saturating_sub(lead_secs);
    ensure!(
        begin_ts >= first && ready_ts < last,
        "all assets have prices from {} to {}; the set-up plays {} h of them before the network is ready at {}: name another day \
         with --from",
        moment(first),
        moment(last),
        lead_secs / 3_600,
        moment(ready_ts)
    );
    Ok(begin_ts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["BTC", "SOL"].map(str::to_owned).to_vec()
    }

    fn generated(seed: u64) -> PriceTape {
        PriceTape::open(&PriceOrigin::Generated { seed }, &names(), 0).unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_prices_and_time_does_not_run_backwards() {
        let (mut one, mut other) = (generated(7), generated(7));
        assert_eq!(one.advance_to(0)[0], (114_000.0, true));
        assert_eq!(one.advance_to(5), other.advance_to(5));
        let now = one.advance_to(10);
        assert_eq!(one.advance_to(3), now);
        assert_ne!(generated(8).advance_to(5), generated(7).advance_to(5));
    }

    /// Hourly bars of a day at rising prices, with a gap of five hours in those of SOL.
    fn recorded() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names() {
            let mut text = "unix,open,high,low,close,volume\n".to_owned();
            for hour in (0..24).filter(|hour| name == "BTC" || !(10..15).contains(hour)) {
                let close = 100 + hour;
                text += &format!("{},100,200,50,{close},1\n", hour * 3_600);
            }
            std::fs::write(
                folder.path().join(format!("{name}USDT_perp_1h_day.csv")),
                text,
            )
            .unwrap();
        }
        folder
    }

    #[test]
    fn a_recording_is_played_from_the_set_ups_first_second_and_says_where_it_has_no_price() {
        let folder = recorded();
        let origin = PriceOrigin::Recorded {
            folder: folder.path().to_owned(),
            from: None,
        };
        let mut tape = PriceTape::open(&origin, &names(), 2 * 3_600).unwrap();
        assert_eq!(tape.advance_to(3_600), [(101.0, true), (101.0, true)]);
        // SOL has no bar that ends from 11:00 to 15:00.
        assert_eq!(tape.advance_to(9 * 3_600), [(109.0, true), (109.0, true)]);
        assert_eq!(tape.advance_to(11 * 3_600), [(111.0, true), (109.0, false)]);
        assert_eq!(tape.advance_to(20 * 3_600), [(120.0, true), (120.0, true)]);
        assert_eq!(
            tape.advance_to(99 * 3_600),
            [(120.0, false), (120.0, false)]
        );
    }

    #[test]
    fn a_day_outside_the_recording_is_refused_with_its_span() {
        let folder = recorded();
        let origin = PriceOrigin::Recorded {
            folder: folder.path().to_owned(),
            from: Some("1970-02-01".parse().unwrap()),
        };
        let error = PriceTape::open(&origin, &names(), 0).err().unwrap();
        let error = format!("{error:#}");
        assert!(
            error.contains("1970-01-01 01:00 to 1970-01-02 00:00"),
            "{error}"
        );
        assert!(error.contains("--from"), "{error}");
    }
}
