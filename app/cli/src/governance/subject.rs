//! What a change concerns, in words, and its fields.
use freeboard_client::change_fields::{self, FieldChange, Side};
use freeboard_client::change_file::asset_name;
use freeboard_client::display::table::table;
use freeboard_client::forecast::ForecastState;
use freeboard_client::freeboard::state::{Change, EXCHANGE_TARGET, Role};
use serde::Serialize;
use serde_json::Value;

use super::words;

/// A field that differs, in words and exact.
#[derive(Debug, Serialize)]
pub struct FieldRow {
    /// Its name, as in a parameter file.
    pub name: String,
    /// The value of now, as the program keeps it; none where there is none.
    pub old: Option<Value>,
    /// The new value, as the program keeps it.
    pub new: Value,
    /// The value of now in words.
    pub old_text: Option<String>,
    /// The new value in words.
    pub new_text: String,
    /// Which way it is changed.
    pub side: Side,
    /// What that does to a margin.
    pub effect: String,
}

/// What a change concerns: the name of an asset, or the exchange.
pub fn concerns(state: &ForecastState, change: &Change) -> String {
    match change {
        Change::Listing { listing, .. } => asset_name(&listing.name),
        other if other.target() == EXCHANGE_TARGET => "exchange".to_owned(),
        other => name_of(state, other.target()),
    }
}

/// The name of an asset, or its index if the dumps lack it.
pub fn name_of(state: &ForecastState, index: u16) -> String {
    let found = state.assets.iter().find(|asset| asset.index == index);
    found.map_or_else(|| format!("asset {index}"), |asset| asset_name(&asset.name))
}

/// What kind of change it is.
pub fn kind(change: &Change) -> String {
    match change {
        Change::Portfolio { .. } => "portfolio parameters".to_owned(),
        Change::Scenarios { .. } => "joint scenarios".to_owned(),
        Change::Liquidation { .. } => "liquidation parameters".to_owned(),
        Change::Pool { .. } => "pool parameters".to_owned(),
        Change::Timelock { .. } => "timelock".to_owned(),
        Change::Payouts { .. } => "payouts of the protocol's fees".to_owned(),
        Change::OfferRole { role, .. } => format!("role of {}", role_name(*role)),
        Change::AssetRisk { .. } => "volatility and shocks".to_owned(),
        Change::AssetOracle { .. } => "oracle limits".to_owned(),
        Change::AssetTrade { .. } => "market".to_owned(),
        Change::AssetFeed { .. } => {
            "feed, replaced only while the prices of both agree".to_owned()
        }
        Change::ImpliedVolatility { .. } => {
            "implied volatility, which may raise the measured one by half".to_owned()
        }
        Change::ReduceOnly { .. } => "reduce-only".to_owned(),
        Change::WindDown { .. } => "wind-down: reduce-only for 7 days, then settled at an average \
             price; no more deposits, and as collateral it counts nothing for IM, a point an hour less for MM"
            .to_owned(),
        Change::SettleDeadFeed { .. } => "settlement at the last recorded price, if its feed stays \
             silent; no more deposits, and as collateral it counts nothing for IM, a point an hour less for MM"
            .to_owned(),
        Change::Listing { asset_index, .. } => format!("new asset, index {asset_index}"),
    }
}

/// Who may carry out at once what only tightens.
pub const fn at_once_by(change: &Change) -> &'static str {
    match change {
        Change::Timelock { .. } => "governance",
        _ => "the risk manager",
    }
}

/// A role in words.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Governance => "governance",
        Role::RiskManager => "risk manager",
        Role::Guardian => "guardian",
    }
}

/// The fields of a change that differ from `old`; MM's ramp ends at `ramp_end_ts`, if there is one.
pub fn fields(
    state: &ForecastState,
    old: Option<&Change>,
    change: &Change,
    ramp_end_ts: Option<i64>,
) -> Vec<FieldRow> {
    let decimals = match change {
        Change::Listing { listing, .. } => listing.params.base_decimals,
        other => {
            let mut assets = state.assets.iter();
            let found = assets.find(|asset| asset.index == other.target());
            found.map_or(0, |asset| asset.params.base_decimals)
        }
    };
    let row = |field: FieldChange| {
        let text = |value: &Value| words::value(&field.name, value, decimals);
        FieldRow {
            old_text: field.old.as_ref().map(text),
            new_text: text(&field.new),
            effect: words::effect(field.effect, field.eases(), ramp_end_ts),
            name: field.name,
            old: field.old,
            new: field.new,
            side: field.side,
        }
    };
    change_fields::compare(old, change)
        .into_iter()
        .map(row)
        .collect()
}

/// The fields as a table; nothing where there are none.
pub fn field_table(fields: &[FieldRow]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let rows = fields.iter().map(|field| {
        let old_exact = field.old.as_ref().map(words::exact);
        let (old, new) = (field.old_text.as_deref().unwrap_or("–"), &field.new_text);
        let exact = match old_exact {
            Some(old) => format!("{old} → {}", words::exact(&field.new)),
            None => words::exact(&field.new),
        };
        [
            field.name.clone(),
            format!("{old} → {new}"),
            exact,
            words::side(field.side).to_owned(),
            field.effect.clone(),
        ]
    });
    let columns = ["field", "old → new", "exact", "direction", "acts on"];
    format!("{}\n", table(&columns, columns.len()).add_rows(rows))
}
