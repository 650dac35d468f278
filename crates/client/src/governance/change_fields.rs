//! What a change does to each field: old and new value, which way it is tighter, what it does to a margin. The
//! fields and their directions are those of `freeboard_risk::governance`.
use anchor_lang::prelude::Pubkey;
use freeboard::state::{self, Change, FeedBinding, ImpliedSource, Listing, Scenario};
use freeboard_risk::governance::{Changes, Directed, Effect, Field};
use freeboard_risk::params as risk;
use serde::Serialize;
use serde_json::{Value, json};

use super::feed_binding::{text_of_feed, word_of_kind};

/// Which way a field is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Safer for the protocol.
    Tighter,
    /// Less safe.
    Looser,
    /// Better for some, worse for others; also the first value of a field.
    NoSide,
    /// A field that never changes: the program refuses.
    Fixed,
}

/// A field whose value differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Its name, as in a parameter file.
    pub name: String,
    /// The value of now; none where there is none.
    pub old: Option<Value>,
    /// The new value.
    pub new: Value,
    /// Which way it is changed.
    pub side: Side,
    /// What a change of it does to a margin.
    pub effect: Effect,
}

impl FieldChange {
    /// Whether it asks for less. Then MM does not follow by a ramp, also of a field without a tight side: less
    /// funding is provided for, or more collateral counts.
    pub fn eases(&self) -> bool {
        let old = self.old.as_ref().and_then(Value::as_u64);
        match (self.side, self.effect, old.zip(self.new.as_u64())) {
            (Side::NoSide, Effect::Ramp, Some((old, new))) => new < old,
            (Side::NoSide, Effect::CollateralWeight, Some((old, new))) => new > old,
            (side, ..) => side == Side::Looser,
        }
    }
}

/// Every field that differs between what a change replaces (`freeboard::governance::Target::current`) and what it
/// sets; all fields of a new asset.
pub fn compare(old: Option<&Change>, new: &Change) -> Vec<FieldChange> {
    match (old, new) {
        (_, Change::Listing { listing, .. }) => listed(listing),
        (Some(old), new) => replaced(old, new),
        (None, _) => Vec::new(),
    }
}

/// All fields of a new asset.
fn listed(listing: &Listing) -> Vec<FieldChange> {
    let mut all = feed(None, &listing.feed);
    if listing.mint != Pubkey::default() {
        all.push(plain("mint", None, key(&listing.mint)));
    }
    let params = fields::<_, risk::AssetParams>("params.", None, &listing.params);
    let oracle = fields::<_, risk::OracleParams>("oracle.", None, &listing.oracle);
    let trade = fields::<_, risk::TradeParams>("trade.", None, &listing.trade);
    [all, params, oracle, trade].concat()
}

/// The fields that differ between two changes of the same kind.
fn replaced(old: &Change, new: &Change) -> Vec<FieldChange> {
    match (old, new) {
        (Change::Portfolio { params: old }, Change::Portfolio { params }) => {
            fields::<_, risk::PortfolioParams>("", Some(old), params)
        }
        (Change::Liquidation { params: old }, Change::Liquidation { params }) => {
            fields::<_, risk::LiquidationParams>("", Some(old), params)
        }
        (Change::Pool { params: old }, Change::Pool { params }) => {
            fields::<_, risk::PoolParams>("", Some(old), params)
        }
        (Change::AssetRisk { params: old, .. }, Change::AssetRisk { params, .. }) => {
            fields::<state::AssetParams, risk::AssetParams>("", Some(old), params)
        }
        (Change::AssetOracle { params: old, .. }, Change::AssetOracle { params, .. }) => {
            fields::<_, risk::OracleParams>("", Some(old), params)
        }
        (Change::AssetTrade { params: old, .. }, Change::AssetTrade { params, .. }) => {
            fields::<_, risk::TradeParams>("", Some(old), params)
        }
        (Change::Scenarios { scenarios: old }, Change::Scenarios { scenarios }) => {
            (0..old.len().max(scenarios.len()))
                .flat_map(|place| scenario(place, old.get(place), scenarios.get(place)))
                .collect()
        }
        (Change::AssetFeed { feed: old, .. }, Change::AssetFeed { feed: new, .. }) => {
            feed(Some(old), new)
        }
        (
            Change::ImpliedVolatility { source: old, .. },
            Change::ImpliedVolatility { source, .. },
        ) => implied(old, source),
        _ => replaced_value(old, new),
    }
}

/// The source of an implied volatility, each field that either has: IM reads what comes of it at once, MM by its speed
/// limit.
fn implied(old: &ImpliedSource, new: &ImpliedSource) -> Vec<FieldChange> {
    const NAMES: [&str; 4] = [
        "implied.kind",
        "implied.id",
        "implied.sigma_e9",
        "implied.until_ts",
    ];
    let values = |source: &ImpliedSource| match source {
        ImpliedSource::None => [None, None, None, None],
        ImpliedSource::Feed { feed } => {
            let (kind, id) = (word_of_kind(feed.kind), text_of_feed(feed));
            [Some(json!(kind)), Some(json!(id)), None, None]
        }
        ImpliedSource::Governed { sigma_e9, until_ts } => {
            [None, None, Some(json!(sigma_e9)), Some(json!(until_ts))]
        }
    };
    let pairs = values(old).into_iter().zip(values(new));
    let rows = NAMES.into_iter().zip(pairs);
    rows.filter(|(_, (old, new))| old != new)
        .map(|(name, (old, new))| FieldChange {
            effect: Effect::SpeedLimit,
            ..plain(name, old, new.unwrap_or_else(|| json!("none")))
        })
        .collect()
}

/// The same of what is no parameter struct: a time, a limit, a switch, an address.
fn replaced_value(old: &Change, new: &Change) -> Vec<FieldChange> {
    match (old, new) {
        (Change::Timelock { secs: old }, Change::Timelock { secs }) => {
            vec![sided("timelock_secs", json!(old), json!(secs), secs > old)]
        }
        (
            Change::Payouts {
                recipient: held,
                cap_quote_atoms: old,
            },
            Change::Payouts {
                recipient,
                cap_quote_atoms: cap,
            },
        ) => {
            let mut rows = vec![
                plain("payouts.recipient", Some(key(held)), key(recipient)),
                sided("payouts.cap_quote_atoms", json!(old), json!(cap), cap < old),
            ];
            rows.retain(|row| row.old.as_ref() != Some(&row.new));
            rows
        }
        (
            Change::ReduceOnly {
                reduce_only: old, ..
            },
            Change::ReduceOnly { reduce_only, .. },
        ) => {
            let (old, new) = (json!(old), json!(reduce_only));
            vec![sided("reduce_only", old, new, *reduce_only)]
        }
        (Change::OfferRole { holder: old, .. }, Change::OfferRole { holder, .. }) => {
            vec![plain("holder", Some(key(old)), key(holder))]
        }
        _ => Vec::new(),
    }
}

/// The fields of one parameter struct: those that differ, or all of a new one.
fn fields<P: Copy, R>(prefix: &str, old: Option<&P>, new: &P) -> Vec<FieldChange>
where
    R: Directed + From<P> + Serialize,
{
    let old = old.map(|old| R::from(*old));
    let new = R::from(*new);
    let changes = old.as_ref().map(|old| R::compare(old, &new));
    let values = |params: &R| serde_json::to_value(params).unwrap_or_default(); // integers and names only
    let (old, new) = (old.as_ref().map(values), values(&new));
    R::FIELDS
        .iter()
        .filter_map(|field| {
            let side = match &changes {
                Some(changes) => side_of(changes, R::FIELDS, field)?,
                None => Side::NoSide,
            };
            Some(FieldChange {
                name: format!("{prefix}{}", field.name),
                old: old.as_ref().map(|old| at(old, field.name)),
                new: at(&new, field.name),
                side,
                effect: field.effect,
            })
        })
        .collect()
}

/// How a field differs; none if it does not.
fn side_of(changes: &Changes, all: &'static [Field], field: &Field) -> Option<Side> {
    let sides = [
        (changes.tighter, Side::Tighter),
        (changes.looser, Side::Looser),
        (changes.sideless, Side::NoSide),
        (changes.fixed, Side::Fixed),
    ];
    let mut held = sides.into_iter().filter(|(set, _)| {
        let mut named = set.within(all);
        named.any(|one| one.name == field.name)
    });
    let (_, side) = held.next()?;
    // A shock that changes its sign is tighter for some and looser for others.
    Some(held.next().map_or(side, |_| Side::NoSide))
}

/// The value of a field: `sample.x` is in a struct of its own.
fn at(params: &Value, name: &str) -> Value {
    let path = format!("/{}", name.replace('.', "/"));
    params.pointer(&path).cloned().unwrap_or_default()
}

/// The losses that differ; of a scenario that asks for the same loss in other numbers, its weight.
fn scenario(place: usize, old: Option<&Scenario>, new: Option<&Scenario>) -> Vec<FieldChange> {
    const NONE: Scenario = Scenario {
        weight_bps: 0,
        shock_bps: [0; 8],
    };
    let (old, new) = (*old.unwrap_or(&NONE), *new.unwrap_or(&NONE));
    let changes = risk::Scenario::compare(&(&old).into(), &(&new).into());
    let value = |scenario: &Scenario, bucket: usize| {
        let shock_bps = scenario.shock_bps.get(bucket);
        json!({ "weight_bps": scenario.weight_bps, "shock_bps": shock_bps })
    };
    let all = risk::Scenario::FIELDS;
    let mut rows: Vec<FieldChange> = all
        .iter()
        .enumerate()
        .filter_map(|(bucket, field)| {
            Some(FieldChange {
                name: format!("scenarios[{place}].{}", field.name),
                side: side_of(&changes, all, field)?,
                old: Some(value(&old, bucket)),
                new: value(&new, bucket),
                effect: field.effect,
            })
        })
        .collect();
    if rows.is_empty() && old != new {
        let name = format!("scenarios[{place}].weight_bps");
        rows.push(plain(
            &name,
            Some(json!(old.weight_bps)),
            json!(new.weight_bps),
        ));
    }
    rows
}

fn feed(old: Option<&FeedBinding>, new: &FeedBinding) -> Vec<FieldChange> {
    let kind = |binding: &FeedBinding| json!(word_of_kind(binding.kind));
    let id = |binding: &FeedBinding| json!(text_of_feed(binding));
    let mut rows = vec![
        plain("oracle_kind", old.map(kind), kind(new)),
        plain("feed", old.map(id), id(new)),
    ];
    rows.retain(|row| row.old.as_ref() != Some(&row.new));
    rows
}

fn key(key: &Pubkey) -> Value {
    json!(key.to_string())
}

/// A field outside the tables of directions: no requirement depends on it.
fn plain(name: &str, old: Option<Value>, new: Value) -> FieldChange {
    FieldChange {
        name: name.to_owned(),
        old,
        new,
        side: Side::NoSide,
        effect: Effect::None,
    }
}

/// Such a field with a tight side.
fn sided(name: &str, old: Value, new: Value, is_tighter: bool) -> FieldChange {
    FieldChange {
        side: if is_tighter {
            Side::Tighter
        } else {
            Side::Looser
        },
        ..plain(name, Some(old), new)
    }
}

#[cfg(test)]
#[path = "change_fields_tests.rs"]
mod tests;
