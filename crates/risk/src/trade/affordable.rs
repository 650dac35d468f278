//! How much of a reduce its account can pay for (docs/whitepaper.md §6).
use super::{Fill, FillTerms, fee_ceil, fill};
use crate::RiskError;
use crate::arith::div_floor_u64;
use crate::params::TradeParams;
use crate::quantity::UnitPrice;

/// The largest part of a reduce, base atoms, whole lots, after which equity is not below zero, or that pays
/// nothing for the skew it leaves; none where no lot is.
///
/// What a fill costs against the oracle price is convex in its size, so the sizes that can be paid for are
/// all those up to one. `equity_atoms` is that of before at the fill's oracle price, quote atoms. `first` is
/// the fill of the whole. An owner who closed a loser at a skew that his other account had pushed would
/// else leave the pool what that account is paid.
///
/// Errors: [`RiskError::ImpactExceedsEquity`]; [`RiskError::LotOutOfBounds`] for a lot of 0.
pub fn affordable_reduce(
    terms: &FillTerms,
    params: &TradeParams,
    first: &Fill,
    equity_atoms: i128,
    lot_atoms: u64,
) -> Result<u64, RiskError> {
    let whole = terms.size_atoms.unsigned_abs();
    if is_affordable(terms, params, first, equity_atoms)? {
        return Ok(whole);
    }
    if lot_atoms == 0 {
        return Err(RiskError::LotOutOfBounds);
    }
    let (mut most, mut beyond) = (0, div_floor_u64(whole, lot_atoms));
    while beyond.saturating_sub(most) > 1 {
        let middle = most.saturating_add(div_floor_u64(beyond.saturating_sub(most), 2));
        let part = part(terms, middle.saturating_mul(lot_atoms))?;
        let fits = match fill(&part, params) {
            Ok(fill) => is_affordable(&part, params, &fill, equity_atoms)?,
            Err(_) => false,
        };
        if fits {
            most = middle;
        } else {
            beyond = middle;
        }
    }
    if most == 0 {
        return Err(RiskError::ImpactExceedsEquity);
    }
    Ok(most.saturating_mul(lot_atoms))
}

/// The same trade of another size, at most its own.
fn part<'a>(terms: &FillTerms<'a>, atoms: u64) -> Result<FillTerms<'a>, RiskError> {
    let size = i64::try_from(atoms).map_err(|_| RiskError::Overflow)?;
    Ok(FillTerms {
        size_atoms: if terms.size_atoms < 0 {
            size.saturating_neg()
        } else {
            size
        },
        ..*terms
    })
}

/// Whether fee, spread and impact are within the equity, or there is no impact to pay.
fn is_affordable(
    terms: &FillTerms,
    params: &TradeParams,
    fill: &Fill,
    equity_atoms: i128,
) -> Result<bool, RiskError> {
    if !terms.skew.charges(terms.size_atoms) {
        return Ok(true);
    }
    let size = terms.size_atoms.unsigned_abs();
    let (price, decimals) = (terms.observation.price, terms.base_decimals);
    let paid = i128::from(fill.notional_quote_atoms);
    let lost = if terms.size_atoms > 0 {
        let worth = UnitPrice::from_price_floor(price, decimals)?.notional_floor(size)?;
        paid.saturating_sub(worth.into())
    } else {
        let worth = UnitPrice::from_price_ceil(price, decimals)?.notional_ceil(size)?;
        i128::from(worth).saturating_sub(paid)
    };
    let fee = fee_ceil(fill.notional_quote_atoms, params)?.total_atoms;
    Ok(lost.saturating_add(fee.into()) <= equity_atoms)
}

#[cfg(test)]
#[path = "affordable_tests.rs"]
mod tests;
