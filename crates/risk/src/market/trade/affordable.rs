//! How much of a reduce its account can pay for (whitepaper §6.5).
use super::{Fill, FillTerms, fee_ceil, fill, fill_at, price_with};
use crate::RiskError;
use crate::market::notional::AssetPrice;
use crate::number::arith::{Product, div_floor_u64, div_floor_u128, div_rem_u128_u64, wide_mul};
use crate::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};
use crate::number::quantity::Price;
use crate::params::TradeParams;

/// The largest part of a reduce, base atoms, whole lots, after which equity is not below zero, or that pays
/// nothing for the skew it leaves; none where no lot is.
///
/// The cost of a fill against the oracle price is convex in its size, so the sizes that can be paid for are
/// all those up to one. `equity_atoms` is that of before at the fill's oracle price, quote atoms. `first` is
/// the fill of the whole. An owner who closed a loser at a skew that an own other account had pushed would
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

/// The fill of a reduce without what its account cannot pay of the half-spread: beyond the oracle price the spread
/// takes it by no more than the equity, down to that price where there is none. `full` is the fill with all of the
/// spread, `equity_atoms` that of before at the oracle price, quote atoms; but for the rounding of the notional.
///
/// Otherwise insurance would pay the pool for a closing below zero at a wide price update.
///
/// Errors: [`RiskError::Overflow`].
pub fn payable(
    terms: &FillTerms,
    params: &TradeParams,
    full: Fill,
    equity_atoms: i128,
) -> Result<Fill, RiskError> {
    let equity = u64::try_from(equity_atoms.max(0)).unwrap_or(u64::MAX);
    let size = terms.size_atoms.unsigned_abs();
    let price = terms.observation.price.0;
    let buys = terms.size_atoms >= 0;
    let beyond = if buys {
        full.price.0.saturating_sub(price)
    } else {
        price.saturating_sub(full.price.0)
    };
    let unit = 10_u64
        .checked_pow(terms.base_decimals.into())
        .ok_or(RiskError::Overflow)?;
    let payable = Product(wide_mul(equity, PRICE_PER_QUOTE_ATOM), unit.into());
    if Product(beyond, size.into()).at_most(payable) {
        return Ok(full);
    }
    let without = price_with(terms, params, 0)?;
    let most = equity_per_unit(QuoteAtoms::new(equity), BaseAtoms::new(size), unit)?;
    let price = if buys {
        let least = without.max(price.saturating_add(most));
        full.price.0.min(least)
    } else {
        let least = without.min(price.saturating_sub(most));
        full.price.0.max(least)
    };
    fill_at(terms, Price(price))
}

/// 10^-12 USD in a quote atom.
const PRICE_PER_QUOTE_ATOM: u64 = 1_000_000;

/// Equity per whole unit of the size, USD × 10^12, down. `unit`: base atoms of a whole unit.
fn equity_per_unit(equity: QuoteAtoms, size: BaseAtoms, unit: u64) -> Result<u128, RiskError> {
    let equity = wide_mul(equity.get(), PRICE_PER_QUOTE_ATOM);
    let size_atoms = size.get();
    let whole = div_rem_u128_u64(equity, size_atoms)?;
    let rest = div_floor_u128(wide_mul(whole.remainder, unit), size_atoms.into())?;
    let whole = whole
        .quotient
        .checked_mul(unit.into())
        .ok_or(RiskError::Overflow)?;
    whole.checked_add(rest).ok_or(RiskError::Overflow)
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
    let size = SignedBaseAtoms::new(terms.size_atoms).magnitude();
    let oracle = AssetPrice {
        price: terms.observation.price,
        base_decimals: terms.base_decimals,
    };
    let paid = i128::from(fill.notional_quote_atoms);
    let lost = if terms.size_atoms > 0 {
        let worth = oracle.notional_floor(size)?.get();
        paid.saturating_sub(worth.into())
    } else {
        let worth = oracle.notional_ceil(size)?.get();
        i128::from(worth).saturating_sub(paid)
    };
    let fee = fee_ceil(fill.notional_quote_atoms, params)?.total_atoms;
    Ok(lost.saturating_add(fee.into()) <= equity_atoms)
}

#[cfg(test)]
#[path = "affordable_tests.rs"]
mod tests;
