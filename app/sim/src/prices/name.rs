//! What the name of a file says: asset, market, step and span.
use serde::Serialize;

use crate::time::{DAY_SECS, HOUR_SECS};

/// A file that looks like prices and is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unread {
    /// Its name.
    pub file: String,
    /// Why.
    pub why: String,
}

/// What a name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Bars of the asset with this place in the list.
    Bars {
        rank: usize,
        source: String,
        step_secs: i64,
    },
    /// Prices, or something like them, that cannot be used.
    NotRead(String),
    /// Another file.
    NoPrices,
}

/// Least length of a bar, seconds.
const STEP_MIN_SECS: i64 = 60;

impl Named {
    pub(super) fn parse(name: &str, assets: &[String]) -> Self {
        let lower = name.to_ascii_lowercase();
        let ending = [".csv.gz", ".csv"]
            .into_iter()
            .find(|ending| lower.ends_with(ending));
        let of_asset = |asset: &String| name.starts_with(asset.as_str());
        let Some(ending) = ending else {
            return if lower.contains(".csv") || assets.iter().any(of_asset) {
                Self::NotRead("neither .csv nor .csv.gz".to_owned())
            } else {
                Self::NoPrices
            };
        };
        let stem = &name[..name.len() - ending.len()];
        let Some((pair, source)) = stem.split_once('_') else {
            return Self::NotRead("the name is not ASSETUSDT_market_step_span".to_owned());
        };
        let asset = ["USDT", "USDC", "USD"]
            .into_iter()
            .find_map(|quote| pair.strip_suffix(quote))
            .filter(|asset| !asset.is_empty());
        let Some(asset) = asset else {
            return Self::NotRead("the name does not begin with ASSETUSDT_".to_owned());
        };
        let Some(rank) = assets.iter().position(|wanted| *wanted == asset) else {
            return Self::NotRead(format!("{asset} is not among the assets asked for"));
        };
        if source.split('_').any(|word| word == "funding") {
            return Self::NotRead("funding rates, no prices".to_owned());
        }
        let Some(step_secs) = source.split('_').find_map(step_of) else {
            return Self::NotRead("the name has no step such as 1h or 5m".to_owned());
        };
        if step_secs > HOUR_SECS {
            return Self::NotRead(format!(
                "bars of {}: margins are judged over an hour, so no bar may be longer",
                step_words(step_secs)
            ));
        }
        if step_secs < STEP_MIN_SECS || HOUR_SECS % step_secs != 0 {
            return Self::NotRead(format!(
                "bars of {}: whole minutes that divide an hour are read",
                step_words(step_secs)
            ));
        }
        Self::Bars {
            rank,
            source: source.to_owned(),
            step_secs,
        }
    }
}

/// Seconds of a step such as `5m`.
fn step_of(word: &str) -> Option<i64> {
    let unit = word.chars().last()?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => HOUR_SECS,
        'd' => DAY_SECS,
        _ => return None,
    };
    let digits = &word[..word.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i64 = digits.parse().ok()?;
    count.checked_mul(secs).filter(|secs| *secs > 0)
}

/// A length of time as a step of a name, such as `5m`.
pub(super) fn step_words(secs: i64) -> String {
    for (unit, of) in [("d", DAY_SECS), ("h", HOUR_SECS), ("m", 60)] {
        if secs % of == 0 {
            return format!("{}{unit}", secs / of);
        }
    }
    format!("{secs}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> Named {
        Named::parse(name, &["BTC".to_owned(), "SOL".to_owned()])
    }

    #[test]
    fn names_tell_asset_source_and_step() {
        for (name, source, step_secs) in [
            (
                "SOLUSDT_perp_5m_20250704_20251231.csv.gz",
                "perp_5m_20250704_20251231",
                300,
            ),
            ("SOLUSD_index_15m_2024.csv", "index_15m_2024", 900),
            ("SOLUSDC_spot_1m.CSV.GZ", "spot_1m", 60),
            ("SOLUSDT_1h.csv", "1h", 3_600),
        ] {
            let expected = Named::Bars {
                rank: 1,
                source: source.to_owned(),
                step_secs,
            };
            assert_eq!(parse(name), expected, "{name}");
        }
        assert_eq!(parse("README.md"), Named::NoPrices);
    }

    #[test]
    fn what_is_not_read_has_a_reason() {
        for (name, words) in [
            ("SOLUSDT_perp_funding_8h_2024_2026.csv.gz", "funding rates"),
            ("SOLUSDT_perp_4h_2024.csv.gz", "bars of 4h"),
            ("SOLUSDT_perp_1d_2024.csv", "bars of 1d"),
            ("SOLUSDT_perp_7m_2024.csv", "bars of 7m"),
            ("SOLUSDT_perp_30s_2024.csv", "bars of 30s"),
            ("SOLUSDT_perp_2024.csv", "no step"),
            ("SOLUSDT.csv", "ASSETUSDT_market_step_span"),
            ("SOLEUR_perp_1h_2024.csv", "does not begin with ASSETUSDT_"),
            (
                "ETHUSDT_perp_1h_2024.csv",
                "ETH is not among the assets asked for",
            ),
            ("SOLUSDT_perp_1h_2024.csv.zip", "neither .csv nor .csv.gz"),
            ("SOLUSDT_perp_1h_2024.parquet", "neither .csv nor .csv.gz"),
        ] {
            match parse(name) {
                Named::NotRead(why) => assert!(why.contains(words), "{name}: {why}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}
