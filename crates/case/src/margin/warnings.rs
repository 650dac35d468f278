//! What is possible in a case and hardly meant.
use freeboard_errors::FreeboardError;
use freeboard_risk::params::bounds::Sentence;
use freeboard_risk::params::{OracleParams, TradeParams};

use super::account::Position;
use super::{Asset, MarginCase};
use crate::CaseWarning;

/// A held asset at a lower price, × 10^12, and worth less than [`LEAST_WORTH_ATOMS`], was hardly priced in units of
/// 10^-12 USD: 0.001 USD.
const LEAST_PRICE_E12: u128 = 1_000_000_000;
/// 1 USD.
const LEAST_WORTH_ATOMS: f64 = 1e6;
/// Price and EMA further apart than this were hardly written in one unit.
const MOST_APART: u128 = 100;

/// All warnings of a case.
pub(super) fn of_case(case: &MarginCase) -> Vec<CaseWarning> {
    let mut warnings = Vec::new();
    if let Err(error) = case.portfolio.params().check_bounds() {
        warnings.push(outside("portfolio".to_owned(), error));
    }
    for (index, scenario) in case.portfolio.scenarios.iter().enumerate() {
        if let Err(error) = scenario.params().check_bounds() {
            warnings.push(outside(format!("portfolio.scenarios[{index}]"), error));
        }
    }
    for (index, asset) in case.assets.iter().enumerate() {
        of_asset(case, index, asset, &mut warnings);
    }
    for (index, position) in case.account.positions.iter().enumerate() {
        warnings.extend(of_position(index, position));
    }
    warnings
}

/// Governance could not set these.
fn outside(path: String, error: freeboard_risk::RiskError) -> CaseWarning {
    let number = u32::from(FreeboardError::from(error));
    let bounds = Sentence(error);
    CaseWarning::at_path(
        path,
        format!("{error:?} ({number}): no exchange can have these parameters: {bounds}"),
    )
}

fn of_asset(case: &MarginCase, index: usize, asset: &Asset, warnings: &mut Vec<CaseWarning>) {
    let path = |key: &str| format!("assets[{index}].{key}");
    // A case has neither oracle limits nor a market: those of the reference are within their bounds.
    let (oracle, trade) = (OracleParams::reference(), TradeParams::reference());
    if let Err(error) = asset.params().check_bounds(&oracle, &trade) {
        warnings.push(outside(path("params"), error));
    }
    let held = held_atoms(case, index);
    if held == 0 {
        return;
    }
    let (price, ema) = (asset.price_e12.0.0, asset.ema_e12.0.0);
    let worth = worth_atoms(asset, held);
    if price < LEAST_PRICE_E12 && worth < LEAST_WORTH_ATOMS {
        let reason = format!(
            "{} USD, so that what is held of {} is worth {:.6} USD: prices are USD × 10^12, 150 USD is \
             \"150000000000000\"",
            price as f64 / 1e12,
            asset.name,
            worth / 1e6
        );
        warnings.push(CaseWarning::at_path(path("price_e12"), reason));
    }
    if price / MOST_APART > ema || ema / MOST_APART > price {
        let reason = "more than a hundred times the price, or less than a hundredth of it: both are USD × 10^12";
        warnings.push(CaseWarning::at_path(path("ema_e12"), reason));
    }
    if asset.conf_e12.0 >= price {
        let reason = "the confidence is not below the price: both are USD × 10^12";
        warnings.push(CaseWarning::at_path(path("conf_e12"), reason));
    }
    if asset.u_prev_e18.0.to_bits() == 0 {
        let reason = "0, from where the speed limit lets no margin rise: MM of this asset is 0. On chain u_prev starts at \
                      its target, k·σ·√h_mm; 0.05 is \"50000000000000000\"";
        warnings.push(CaseWarning::at_path(path("u_prev_e18"), reason));
    }
}

/// What is held of an asset, long, short or as collateral: the largest of them, base atoms.
fn held_atoms(case: &MarginCase, index: usize) -> u64 {
    let positions = case.account.positions.iter();
    let positions = positions.filter(|one| one.asset == index);
    let collaterals = case.account.collaterals.iter();
    let collaterals = collaterals.filter(|one| one.asset == index);
    positions
        .map(|one| one.size_atoms.0.unsigned_abs())
        .chain(collaterals.map(|one| one.amount_atoms.0))
        .max()
        .unwrap_or(0)
}

/// Value of an amount, quote atoms; only to be told apart from nothing.
fn worth_atoms(asset: &Asset, atoms: u64) -> f64 {
    let price = asset.price_e12.0.0 as f64 / 1e6;
    atoms as f64 * price / 10f64.powi(i32::from(asset.base_decimals.byte()))
}

fn of_position(index: usize, position: &Position) -> Option<CaseWarning> {
    let (size, entry) = (position.size_atoms.0, position.entry_quote_atoms.0);
    let against = size.signum() * entry.signum() < 0;
    against.then(|| {
        let side = if size > 0 { "long" } else { "short" };
        let sign = if size > 0 { "positive" } else { "negative" };
        CaseWarning::at_path(
            format!("account.positions[{index}].entry_quote_atoms"),
            format!("the entry of a {side} is {sign}, size times price: with this sign the whole notional counts as PnL"),
        )
    })
}
