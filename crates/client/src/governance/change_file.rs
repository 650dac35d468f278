//! Changes written as TOML: a parameter file of which anything may be left out. What stands there replaces the value
//! of now, everything else stays; what is as it is now is no change. So a whole parameter file is one too.
//!
//! ```toml
//! scenarios = [{ weight_bps = 10000, shock_bps = [-3000, -3000, -3000, 0, 0, 0, 0, 0] }]  # all there will be
//!
//! [portfolio]                # also [liquidation] and [pool]
//! theta_e9 = 700000000
//!
//! [[assets]]
//! name = "SOL"               # or index = 0
//! params.k_e9 = 4000000000   # a higher k lowers sigma_cap_e9 to what the bound leaves, unless it stands here too
//! params.sample.max_age_secs = 15
//! oracle.age_trade_secs = 30 # also trade
//! ```
//!
//! Besides, what a parameter file does not have: `timelock_secs`, `[payouts]` with `recipient` and `cap_quote_atoms`, and
//! of an asset `feed` with `kind` and `id`, `implied` with the same, or with `sigma_e9` and `until_ts`, or false,
//! `reduce_only`, `wind_down = true` and `settle_dead_feed = true`.
use std::fmt;

use freeboard::governance;
use freeboard::state::{Asset, Change, Exchange, FeedBinding, ImpliedSource};
use freeboard_risk::params as risk;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::feed_binding::{binding_to, kind_of_word, text_of_feed};
use crate::parameters::ScenarioEntry;

/// Why a file of changes is refused; the sentence names the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeFileError {
    /// No TOML: the sentence names the line.
    Malformed(String),
    /// A key that nothing is called, with its tables.
    UnknownKey(String),
    /// An asset that is not there, or whose name two assets have.
    Asset(String),
    /// A value of the wrong kind, and why.
    Value(String, String),
    /// It changes nothing.
    Empty,
}

impl fmt::Display for ChangeFileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(out, "{}", reason.trim_end()),
            Self::UnknownKey(key) => write!(out, "{key}: unknown key"),
            Self::Asset(name) => write!(
                out,
                "{name}: the exchange has no such asset, or several of this name: `index = 0` in place of a name is \
                 the first that was listed; a new one is listed, not changed"
            ),
            Self::Value(key, reason) => write!(out, "{key}: {reason}"),
            Self::Empty => write!(out, "the file changes nothing"),
        }
    }
}

impl std::error::Error for ChangeFileError {}

/// The changes of a file, over the values of now; in the order exchange, assets by index.
///
/// Errors: [`ChangeFileError`]. Bounds are the program's to check.
pub fn parse<'a>(
    text: &str,
    exchange: &Exchange,
    assets: impl IntoIterator<Item = &'a Asset> + Clone,
) -> Result<Vec<Change>, ChangeFileError> {
    let file: toml::Table =
        toml::from_str(text).map_err(|e| ChangeFileError::Malformed(e.to_string()))?;
    let mut changes = Vec::new();
    let mut of_assets = Vec::new();
    for (key, value) in file {
        if key == "assets" {
            let tables: Vec<toml::Table> = typed("assets", value)?;
            for (place, mut keys) in tables.into_iter().enumerate() {
                let place = format!("assets[{place}]");
                let asset = named(&place, &mut keys, assets.clone())?;
                let held = governance::of_asset(asset);
                let changes = of_asset(&place, asset, keys)?.into_iter();
                of_assets.extend(changes.filter(|change| !held.contains(change)));
            }
        } else {
            changes.push(of_exchange(&key, exchange, value)?);
        }
    }
    let held = governance::of_exchange(exchange);
    changes.retain(|change| !held.contains(change));
    changes.sort_by_key(Change::group);
    of_assets.sort_by_key(|change| (change.target(), change.group()));
    changes.extend(of_assets);
    if changes.is_empty() {
        return Err(ChangeFileError::Empty);
    }
    Ok(changes)
}

fn of_exchange(
    key: &str,
    exchange: &Exchange,
    value: toml::Value,
) -> Result<Change, ChangeFileError> {
    Ok(match key {
        "portfolio" => {
            let now = risk::PortfolioParams::from(exchange.portfolio);
            let params = over(key, &now, value)?.into();
            Change::Portfolio { params }
        }
        "liquidation" => {
            let now = risk::LiquidationParams::from(exchange.liquidation);
            let params = over(key, &now, value)?.into();
            Change::Liquidation { params }
        }
        "pool" => {
            let now = risk::PoolParams::from(exchange.pool);
            let params = over(key, &now, value)?.into();
            Change::Pool { params }
        }
        "scenarios" => {
            let entries: Vec<ScenarioEntry> = typed(key, value)?;
            let scenarios = entries.into_iter().map(Into::into).collect();
            Change::Scenarios { scenarios }
        }
        "timelock_secs" => Change::Timelock {
            secs: typed(key, value)?,
        },
        "payouts" => payouts(exchange, value)?,
        _ => return Err(ChangeFileError::UnknownKey(key.to_owned())),
    })
}

/// Who is paid and how much, over the values of now.
fn payouts(exchange: &Exchange, value: toml::Value) -> Result<Change, ChangeFileError> {
    let (mut recipient, mut cap_quote_atoms) =
        (exchange.payout_recipient, exchange.payout_cap_quote_atoms);
    for (key, value) in table("payouts", value)? {
        let place = format!("payouts.{key}");
        match key.as_str() {
            "recipient" => {
                let text: String = typed(&place, value)?;
                let wrong = || ChangeFileError::Value(place, format!("{text} is no address"));
                recipient = text.parse().map_err(|_| wrong())?;
            }
            "cap_quote_atoms" => cap_quote_atoms = typed(&place, value)?,
            _ => return Err(ChangeFileError::UnknownKey(place)),
        }
    }
    Ok(Change::Payouts {
        recipient,
        cap_quote_atoms,
    })
}

fn of_asset(place: &str, asset: &Asset, keys: toml::Table) -> Result<Vec<Change>, ChangeFileError> {
    let asset_index = asset.index;
    let change = |(key, value): (String, toml::Value)| {
        let place = format!("{place}.{key}");
        Ok(match key.as_str() {
            "params" => {
                let now = risk::AssetParams::from(asset.params);
                let new: risk::AssetParams = over(&place, &now, value)?;
                // As a tightening does it: a higher k takes σ_cap along, unless the file changes that too.
                let params = Box::new(new.with_cap_carried_from(&now).into());
                Change::AssetRisk {
                    asset_index,
                    params,
                }
            }
            "oracle" => {
                let now = risk::OracleParams::from(asset.oracle);
                let params = over(&place, &now, value)?.into();
                Change::AssetOracle {
                    asset_index,
                    params,
                }
            }
            "trade" => {
                let now = risk::TradeParams::from(asset.trade);
                let params = over(&place, &now, value)?.into();
                Change::AssetTrade {
                    asset_index,
                    params,
                }
            }
            "feed" => Change::AssetFeed {
                asset_index,
                feed: feed(&place, asset, value)?,
            },
            "implied" => Change::ImpliedVolatility {
                asset_index,
                source: implied(&place, value)?,
            },
            "reduce_only" => Change::ReduceOnly {
                asset_index,
                reduce_only: typed(&place, value)?,
            },
            "wind_down" if value == toml::Value::Boolean(true) => Change::WindDown { asset_index },
            "settle_dead_feed" if value == toml::Value::Boolean(true) => {
                Change::SettleDeadFeed { asset_index }
            }
            "wind_down" | "settle_dead_feed" => {
                let reason = "only true: the end of a market is not taken back".to_owned();
                return Err(ChangeFileError::Value(place, reason));
            }
            _ => return Err(ChangeFileError::UnknownKey(place)),
        })
    };
    keys.into_iter().map(change).collect()
}

/// Another feed, over the one of now: the same feed of Pyth's other receiver is another `kind` alone.
fn feed(place: &str, asset: &Asset, value: toml::Value) -> Result<FeedBinding, ChangeFileError> {
    let now = FeedBinding {
        kind: asset.oracle_kind(),
        feed: asset.feed,
    };
    let (mut kind, mut id) = (now.kind, text_of_feed(&now));
    for (key, value) in table(place, value)? {
        let place = format!("{place}.{key}");
        let text: String = typed(&place, value)?;
        match key.as_str() {
            "kind" => {
                kind =
                    kind_of_word(&text).map_err(|reason| ChangeFileError::Value(place, reason))?;
            }
            "id" => id = text,
            _ => return Err(ChangeFileError::UnknownKey(place)),
        }
    }
    binding_to(kind, &id).map_err(|reason| ChangeFileError::Value(format!("{place}.id"), reason))
}

/// Where an implied volatility comes from, as a whole: a feed, a value that expires, or `false` for nowhere.
fn implied(place: &str, value: toml::Value) -> Result<ImpliedSource, ChangeFileError> {
    if value == toml::Value::Boolean(false) {
        return Ok(ImpliedSource::None);
    }
    let mut keys = table(place, value)?;
    let mut taken = |key: &str| {
        let key_place = format!("{place}.{key}");
        keys.remove(key).map(|value| (key_place, value))
    };
    let (kind, id) = (taken("kind"), taken("id"));
    let (sigma, until) = (taken("sigma_e9"), taken("until_ts"));
    if let Some(key) = keys.keys().next() {
        return Err(ChangeFileError::UnknownKey(format!("{place}.{key}")));
    }
    match (kind, id, sigma, until) {
        (Some((kind_place, kind)), Some((id_place, id)), None, None) => {
            let wrong = |place| move |reason| ChangeFileError::Value(place, reason);
            let kind: String = typed(&kind_place, kind)?;
            let id: String = typed(&id_place, id)?;
            let kind = kind_of_word(&kind).map_err(wrong(kind_place))?;
            let feed = binding_to(kind, &id).map_err(wrong(id_place))?;
            Ok(ImpliedSource::Feed { feed })
        }
        (None, None, Some((sigma_place, sigma)), Some((until_place, until))) => {
            Ok(ImpliedSource::Governed {
                sigma_e9: typed(&sigma_place, sigma)?,
                until_ts: typed(&until_place, until)?,
            })
        }
        _ => {
            let reason = "either `kind` and `id` of a feed, or `sigma_e9` and `until_ts`, or false";
            Err(ChangeFileError::Value(place.to_owned(), reason.to_owned()))
        }
    }
}

/// The asset that a table names by `name` or `index`; takes both keys out of it.
fn named<'a>(
    place: &str,
    keys: &mut toml::Table,
    assets: impl IntoIterator<Item = &'a Asset>,
) -> Result<&'a Asset, ChangeFileError> {
    let mut taken = |key: &str| {
        keys.remove(key)
            .map(|value| (format!("{place}.{key}"), value))
    };
    let (name, index) = (taken("name"), taken("index"));
    let name = name
        .map(|(place, value)| typed::<String>(&place, value))
        .transpose()?;
    let index = index
        .map(|(place, value)| typed::<u16>(&place, value))
        .transpose()?;
    if name.is_none() && index.is_none() {
        let reason = "which asset: give its `name`, or its `index`".to_owned();
        return Err(ChangeFileError::Value(place.to_owned(), reason));
    }
    let mut found = assets.into_iter().filter(|asset| {
        index.is_none_or(|index| asset.index == index)
            && name
                .as_ref()
                .is_none_or(|name| asset_name(&asset.name) == *name)
    });
    match (found.next(), found.next()) {
        (Some(asset), None) => Ok(asset),
        _ => {
            let said = name.map(|name| format!(" ({name})")).unwrap_or_default();
            Err(ChangeFileError::Asset(format!("{place}{said}")))
        }
    }
}

/// A name as it is read: without the zeros that fill it.
pub fn asset_name(name: &[u8; 16]) -> String {
    let text = String::from_utf8_lossy(name);
    text.trim_end_matches('\0').to_owned()
}

fn table(place: &str, value: toml::Value) -> Result<toml::Table, ChangeFileError> {
    typed(place, value)
}

fn typed<T: DeserializeOwned>(place: &str, value: toml::Value) -> Result<T, ChangeFileError> {
    let wrong = |e: toml::de::Error| {
        let reason = e.message().to_owned();
        ChangeFileError::Value(place.to_owned(), reason)
    };
    value.try_into().map_err(wrong)
}

/// The parameters of now with those replaced that the table names.
fn over<R>(place: &str, now: &R, changed: toml::Value) -> Result<R, ChangeFileError>
where
    R: Serialize + DeserializeOwned,
{
    let wrong = |e: serde_json::Error| ChangeFileError::Value(place.to_owned(), e.to_string());
    let mut values = serde_json::to_value(now).map_err(wrong)?;
    merge(place, &mut values, Value::Object(json_of(place, changed)?))?;
    serde_json::from_value(values).map_err(wrong)
}

fn json_of(
    place: &str,
    changed: toml::Value,
) -> Result<serde_json::Map<String, Value>, ChangeFileError> {
    let wrong = |e: serde_json::Error| ChangeFileError::Value(place.to_owned(), e.to_string());
    table(place, changed)?
        .into_iter()
        .map(|(key, value)| Ok((key, serde_json::to_value(value).map_err(wrong)?)))
        .collect()
}

fn merge(place: &str, held: &mut Value, new: Value) -> Result<(), ChangeFileError> {
    match (held, new) {
        (Value::Object(held), Value::Object(new)) => {
            for (key, value) in new {
                let place = format!("{place}.{key}");
                match held.get_mut(&key) {
                    Some(slot) => merge(&place, slot, value)?,
                    None => return Err(ChangeFileError::UnknownKey(place)),
                }
            }
        }
        (held, new) if held.is_u64() && new.is_u64() || held.is_boolean() && new.is_boolean() => {
            *held = new;
        }
        (held, new) => {
            let wanted = match held {
                Value::Bool(_) => "true or false",
                Value::Object(_) => "a table",
                _ => "a whole number that is not negative",
            };
            let reason = format!("{new} is not {wanted}");
            return Err(ChangeFileError::Value(place.to_owned(), reason));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "change_file_tests.rs"]
mod tests;
