//! What runs already: ramps, offered roles, pauses, markets that end.
use anchor_lang::AnchorDeserialize;
use anyhow::Result;
use freeboard_client::display::money;
use freeboard_client::forecast::{ForecastState, first};
use freeboard_client::freeboard::governance::pauses::Operation;
use freeboard_client::freeboard::state::{Asset, AssetStatus, Exchange, Role};
use freeboard_client::risk::governance::{AssetRamp, PortfolioRamp};
use freeboard_client::risk::number::quantity::{FRACTION_BITS, Fraction, Reciprocal};
use freeboard_client::risk::params::PortfolioCoefficients;
use freeboard_client::risk::price::unit_shock::unit_shock_mm;
use serde::Serialize;

use super::subject;

/// A value that MM does not read at its target yet.
#[derive(Debug, Serialize)]
pub struct Ramp {
    /// The name of an asset, or the exchange.
    pub concerns: String,
    /// What it is.
    pub value: String,
    /// What MM reads now.
    pub effective: String,
    /// What IM reads already.
    pub target: String,
    /// When they meet, unix seconds; none if never.
    pub until_ts: Option<i64>,
}

/// A role that was offered and not accepted.
#[derive(Debug, Serialize)]
pub struct Offer {
    /// The role.
    pub role: &'static str,
    /// Who holds it.
    pub holder: String,
    /// Who may accept it.
    pub offered: String,
    /// Whether governance has decided so: then the holder cannot take it back.
    pub by_governance: bool,
}

/// A market that is not open for everything.
#[derive(Debug, Serialize)]
pub struct RunningMarket {
    /// The asset.
    pub asset: String,
    /// How far its life is.
    pub status: String,
    /// Before when it is not settled, unix seconds, if it is wound down.
    pub settle_from_ts: Option<i64>,
}

/// An operation that is paused.
#[derive(Debug, Serialize)]
pub struct Paused {
    /// The operation.
    pub operation: String,
    /// Until when, unix seconds.
    pub until_ts: i64,
}

/// Every ramp at `now`.
///
/// Errors: a volatility that was never written.
pub fn ramps(state: &ForecastState, now: i64) -> Result<Vec<Ramp>> {
    let mut ramps = portfolio_ramps(&state.exchange, now);
    for asset in &state.assets {
        ramps.extend(asset_ramps(state, asset, now)?);
    }
    Ok(ramps)
}

/// A row if the two differ.
fn row(
    concerns: &str,
    value: String,
    (effective, target): (String, String),
    until_ts: Option<i64>,
) -> Option<Ramp> {
    (effective != target).then(|| Ramp {
        concerns: concerns.to_owned(),
        value,
        effective,
        target,
        until_ts,
    })
}

fn asset_ramps(state: &ForecastState, asset: &Asset, now: i64) -> Result<Vec<Ramp>> {
    let name = subject::name_of(state, asset.index);
    let (to, ramp) = (asset.target(), AssetRamp::from_words(&asset.ramp_words));
    let held = ramp.coefficients(&to, now);
    let weight_ts = first(now, |ts| {
        ramp.coefficients(&to, ts).collateral_weight == to.collateral_weight
    });
    let window_ts = Some(ramp.window().end_ts);
    let volatility = asset.volatility()?;
    let u_ts = first(now, |ts| {
        unit_shock_mm(&volatility, &to, ts) == volatility.u_target
    });
    let u_mm = unit_shock_mm(&volatility, &to, now);
    let shares = [
        ("unit shock (speed limit)", u_mm, volatility.u_target, u_ts),
        (
            "s_max_mm_long",
            held.s_max_mm_long,
            to.s_max_mm_long,
            window_ts,
        ),
        ("s_max_short", held.s_max_short, to.s_max_short, window_ts),
        ("basis", held.basis, to.basis, window_ts),
        (
            "funding provision",
            held.funding_provision,
            to.funding_provision,
            window_ts,
        ),
        (
            "collateral weight",
            held.collateral_weight,
            to.collateral_weight,
            weight_ts,
        ),
    ];
    let mut rows: Vec<Ramp> = shares
        .into_iter()
        .filter_map(|(value, held, to, until_ts)| {
            let pair = (share(held), share(to));
            row(&name, value.to_owned(), pair, until_ts)
        })
        .collect();
    let depth = (depth(held.inverse_depth), depth(to.inverse_depth));
    rows.extend(row(&name, "depth".to_owned(), depth, window_ts));
    Ok(rows)
}

fn portfolio_ramps(exchange: &Exchange, now: i64) -> Vec<Ramp> {
    let to = PortfolioCoefficients::from_words(&exchange.portfolio_words);
    let ramp = PortfolioRamp::from_words(&exchange.portfolio_ramp_words);
    let until_ts = Some(ramp.window().end_ts);
    let held = ramp.coefficients(&to, now);
    let shares = [
        ("theta", held.theta, to.theta),
        ("phi", held.phi, to.phi),
        ("rho_lo", held.rho_lo, to.rho_lo),
        ("rho_hi", held.rho_hi, to.rho_hi),
    ];
    let shares = shares.into_iter().filter_map(|(value, held, to)| {
        let pair = (share(held), share(to));
        row("exchange", value.to_owned(), pair, until_ts)
    });
    let held = exchange.effective_scenarios(now);
    let pairs = held.iter().zip(exchange.scenario_coefficients());
    let losses = pairs.enumerate().flat_map(|(place, (held, to))| {
        let products = held.shock.into_iter().zip(to.shock);
        products
            .enumerate()
            .filter_map(move |(bucket, (held, to))| {
                let value = format!("scenarios[{place}].weight·shock[{bucket}]");
                row("exchange", value, (loss(held), loss(to)), until_ts)
            })
    });
    shares.chain(losses).collect()
}

/// 2^60 as a number to divide by.
const ONE: f64 = (1u64 << FRACTION_BITS) as f64;

fn share(fraction: Fraction) -> String {
    money::percent(fraction.to_bits() as f64 / ONE)
}

fn loss(product: i64) -> String {
    money::percent(product as f64 / ONE)
}

fn depth(inverse: Reciprocal) -> String {
    money::usd_floor(i64::try_from(inverse.divisor_floor()).unwrap_or(i64::MAX))
}

/// Roles that were offered.
pub fn offers(exchange: &Exchange) -> Vec<Offer> {
    [Role::Governance, Role::RiskManager, Role::Guardian]
        .into_iter()
        .filter(|role| exchange.offered(*role) != Default::default())
        .map(|role| Offer {
            role: subject::role_name(role),
            holder: exchange.holder(role).to_string(),
            offered: exchange.offered(role).to_string(),
            by_governance: exchange.imposed_offers >> role as u8 & 1 == 1,
        })
        .collect()
}

/// Markets that are not open for everything.
pub fn markets(state: &ForecastState) -> Vec<RunningMarket> {
    let closing = |asset: &Asset| {
        let status = match asset.status() {
            AssetStatus::Active => return None,
            AssetStatus::ReduceOnly => "reduce-only",
            AssetStatus::WindingDown => "being wound down: reduce-only, no deposits, then settled",
            AssetStatus::Settled => "ended: no trades, no deposits; positions are settled",
        };
        // A feed that dies ends a market before its announced time.
        let announced = asset.status() == AssetStatus::WindingDown;
        Some(RunningMarket {
            asset: subject::name_of(state, asset.index),
            status: status.to_owned(),
            settle_from_ts: announced.then_some(asset.settle_from_ts),
        })
    };
    state.assets.iter().filter_map(closing).collect()
}

/// Operations that are paused at `now`.
pub fn pauses(exchange: &Exchange, now: i64) -> Vec<Paused> {
    let operations = (0u8..).map_while(|index| Operation::try_from_slice(&[index]).ok());
    operations
        .zip(&exchange.pauses)
        .filter(|(_, pause)| now < pause.until_ts)
        .map(|(operation, pause)| Paused {
            operation: format!("{operation:?}"),
            until_ts: pause.until_ts,
        })
        .collect()
}
