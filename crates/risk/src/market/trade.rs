//! Fill price, fees and caps of a trade (whitepaper §6.1).
//!
//! ```text
//! fill price  = P_f ± half-spread + P·(skew + size/2)/skew_scale           size signed; see [`crate::market::skew`]
//! half-spread = z·C + P·κ·σ_IM·√age_h                                      against the trader
//! P_f         = P; a reduce sells at most at E·(1 + ema_trade), buys at least at E·(1 − ema_trade)
//! ```
//! Buyers pay up, sellers receive down; every term is rounded that way.
use crate::RiskError;
use crate::market::notional::AssetPrice;
use crate::market::skew::Skew;
use crate::number::arith::{
    Product, div_ceil_u128, div_floor_u128, mul_div_ceil_u64, mul_div_floor_u64,
    mul_u128_u64_shr_ceil, mul_u128_u64_shr_floor, shl_exact, wide_mul,
};
use crate::number::atoms::{QuoteAtoms, SignedBaseAtoms};
use crate::number::math::halved_ceil;
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, Multiple, Price};
use crate::params::TradeParams;
use crate::price::observation::{FillKind, Observation};

mod affordable;

pub use affordable::{affordable_reduce, payable};

/// The half-spread counts at least this age, seconds.
pub const MIN_SPREAD_AGE_SECS: u32 = 2;
/// Half-life of the notional liquidated, seconds (whitepaper §4.3).
pub const LIQUIDATED_HALF_LIFE_SECS: u64 = 3_600;

/// Inputs of the fill price.
#[derive(Clone, Copy, Debug)]
pub struct FillTerms<'a> {
    /// The observation it is filled at, which meets the price standard of the fill.
    pub observation: &'a Observation,
    /// Age of the price, seconds: 0 for a fill of a request made before the observation.
    pub age_secs: u32,
    /// σ_IM of the asset.
    pub sigma_im: Fraction,
    /// z of the portfolio.
    pub z: Fraction,
    /// `ema_trade` of the oracle parameters, × 10^9: where a reduce is capped.
    pub ema_trade_e9: u64,
    /// Size of the trade, base atoms: > 0 buys, < 0 sells.
    pub size_atoms: i64,
    /// Net base size of all accounts before the trade.
    pub skew: Skew,
    /// Whether the trade reduces the account's position.
    pub kind: FillKind,
    /// Decimals of the base token.
    pub base_decimals: u8,
}

/// Price and notional of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// USD per whole base unit × 10^12: up for a buyer, down for a seller.
    pub price: Price,
    /// `|size| · price`, quote atoms: up for a buyer, down for a seller.
    pub notional_quote_atoms: u64,
}

/// A taker fee and its recipients, quote atoms: `insurance + protocol + pool = total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// The trader's payment, up.
    pub total_atoms: u64,
    /// Insurance fund's share, down.
    pub insurance_atoms: u64,
    /// Protocol's share, down.
    pub protocol_atoms: u64,
    /// The rest, the pool's.
    pub pool_atoms: u64,
}

/// Price and notional of a fill, rounded against the trader.
///
/// Errors: [`RiskError::FillPriceNotPositive`]; [`RiskError::Overflow`] when skew_scale = 0, the skew
/// is 16 times skew_scale or more, or the notional exceeds 64 bits.
pub fn fill(terms: &FillTerms, params: &TradeParams) -> Result<Fill, RiskError> {
    let price = price_with(terms, params, half_spread(terms, params)?)?;
    if price == 0 {
        return Err(RiskError::FillPriceNotPositive);
    }
    fill_at(terms, Price(price))
}

/// The fill at this price: its notional.
fn fill_at(terms: &FillTerms, price: Price) -> Result<Fill, RiskError> {
    let at = AssetPrice {
        price,
        base_decimals: terms.base_decimals,
    };
    Ok(Fill {
        price,
        notional_quote_atoms: at
            .trade_notional(SignedBaseAtoms::new(terms.size_atoms))?
            .get(),
    })
}

/// Returns a fill's price of moving the skew away from zero, quote atoms, down; 0 if the fill is paid for that.
///
/// Errors: as [`fill`].
pub fn impact_floor(terms: &FillTerms, params: &TradeParams) -> Result<u64, RiskError> {
    let impact = FillImpact::new(terms, params)?;
    if impact.is_negative == (terms.size_atoms >= 0) {
        return Ok(0);
    }
    let part = part_floor(terms.observation.price.0, impact.share_floor()?)?;
    let part = AssetPrice {
        price: Price(part),
        base_decimals: terms.base_decimals,
    };
    let size = SignedBaseAtoms::new(terms.size_atoms).magnitude();
    part.notional_floor(size).map(QuoteAtoms::get)
}

/// Whether the fill is within the caller's limit: at most it for a buyer, at least it for a seller.
///
/// Errors: [`RiskError::LimitPriceExceeded`].
pub fn check_limit(fill: &Fill, size_atoms: i64, limit: Price) -> Result<(), RiskError> {
    let within = if size_atoms >= 0 {
        fill.price <= limit
    } else {
        fill.price >= limit
    };
    if within {
        Ok(())
    } else {
        Err(RiskError::LimitPriceExceeded)
    }
}

/// The fee on a notional: the total up, shares of insurance and protocol down, the rest the pool's.
///
/// Errors: [`RiskError::Overflow`] when the shares exceed 1 or the fee 64 bits.
pub fn fee_ceil(notional_quote_atoms: u64, params: &TradeParams) -> Result<Fee, RiskError> {
    let total_atoms = mul_div_ceil_u64(notional_quote_atoms, params.taker_fee_e9, E9)?;
    let total = QuoteAtoms::new(total_atoms);
    Fee::split(total, total, params)
}

impl Fee {
    /// The same fee, handed out only as far as the account can pay it: `equity_after_atoms` is what it is left with.
    /// The part below zero is a loss of the pool; shares of it would be paid out of an LP's cash.
    ///
    /// Errors: [`RiskError::Overflow`] when the shares exceed 1.
    pub fn paid_with(
        self,
        equity_after_atoms: i64,
        params: &TradeParams,
    ) -> Result<Self, RiskError> {
        if equity_after_atoms >= 0 {
            return Ok(self);
        }
        let total = QuoteAtoms::new(self.total_atoms);
        let missing = QuoteAtoms::new(equity_after_atoms.unsigned_abs());
        Self::split(total, total.saturating_sub(missing), params) // at least 0
    }

    /// Shares of what was paid, down; the rest of the total is the pool's.
    fn split(total: QuoteAtoms, paid: QuoteAtoms, params: &TradeParams) -> Result<Self, RiskError> {
        let (total_atoms, paid_atoms) = (total.get(), paid.get());
        let insurance_atoms = mul_div_floor_u64(paid_atoms, params.fee_insurance_share_e9, E9)?;
        let protocol_atoms = mul_div_floor_u64(paid_atoms, params.fee_protocol_share_e9, E9)?;
        let pool_atoms = total_atoms
            .checked_sub(insurance_atoms)
            .and_then(|left| left.checked_sub(protocol_atoms))
            .ok_or(RiskError::Overflow)?;
        Ok(Self {
            total_atoms,
            insurance_atoms,
            protocol_atoms,
            pool_atoms,
        })
    }
}

/// Open interest of the side that grew is within its cap.
///
/// Errors: [`RiskError::OpenInterestCapExceeded`].
pub fn check_open_interest(side_after_atoms: u64, params: &TradeParams) -> Result<(), RiskError> {
    if side_after_atoms > params.open_interest_cap_atoms {
        return Err(RiskError::OpenInterestCapExceeded);
    }
    Ok(())
}

/// The position after the trade is within the cap of one account.
///
/// Errors: [`RiskError::AccountCapExceeded`].
pub fn check_account_cap(size_after_atoms: i64, params: &TradeParams) -> Result<(), RiskError> {
    if size_after_atoms.unsigned_abs() > params.account_cap_atoms {
        return Err(RiskError::AccountCapExceeded);
    }
    Ok(())
}

/// The most that a reduce or a withdrawal of collateral must leave, if it leaves anything, quote atoms: $100. A higher
/// minimum notional, which is tightened at once, keeps nobody from leaving in parts.
pub const REST_MOST_QUOTE_ATOMS: u64 = 100_000_000;

/// The rest that a reduce leaves of a position is nothing, or worth the minimum notional or [`REST_MOST_QUOTE_ATOMS`].
///
/// Errors: [`RiskError::NotionalBelowMinimum`].
pub fn check_rest(
    size_after_atoms: i64,
    notional_after_quote_atoms: u64,
    params: &TradeParams,
) -> Result<(), RiskError> {
    let params = TradeParams {
        min_notional_quote_atoms: params.min_notional_quote_atoms.min(REST_MOST_QUOTE_ATOMS),
        ..*params
    };
    check_minimum_notional(size_after_atoms, notional_after_quote_atoms, &params)
}

/// The position left is none or at least the minimum notional.
///
/// Errors: [`RiskError::NotionalBelowMinimum`].
pub fn check_minimum_notional(
    size_after_atoms: i64,
    notional_after_quote_atoms: u64,
    params: &TradeParams,
) -> Result<(), RiskError> {
    if size_after_atoms != 0 && notional_after_quote_atoms < params.min_notional_quote_atoms {
        return Err(RiskError::NotionalBelowMinimum);
    }
    Ok(())
}

/// `notional·c_IM ≤ util_max·allocated free`, exact, for the larger side of open interest: what the pool would be
/// exposed to if the smaller left is within the free cash that is allocated to the market.
///
/// Errors: [`RiskError::PoolUtilizationExceeded`].
pub fn check_utilization(
    side_notional: QuoteAtoms,
    c_im: Fraction,
    allocated_free: QuoteAtoms,
    params: &TradeParams,
) -> Result<(), RiskError> {
    let exposure = wide_mul(side_notional.get(), c_im.to_bits());
    let free = u128::from(allocated_free.get()) << FRACTION_BITS; // < 2^124
    let usable = Product(free, u128::from(params.util_max_e9));
    if Product(exposure, u128::from(E9)).at_most(usable) {
        Ok(())
    } else {
        Err(RiskError::PoolUtilizationExceeded)
    }
}

/// R after `elapsed_secs`: `⌈R · 2^(−elapsed/1 h)⌉`, quote atoms; none after 64 half-lives.
pub fn decay_liquidated(liquidated: QuoteAtoms, elapsed_secs: u64) -> QuoteAtoms {
    let left = halved_ceil(liquidated.get(), elapsed_secs, LIQUIDATED_HALF_LIFE_SECS);
    QuoteAtoms::new(left)
}

/// Price with this half-spread, USD × 10^12: up for a buyer, down for a seller; 0 when it would not be positive.
fn price_with(terms: &FillTerms, params: &TradeParams, spread: u128) -> Result<u128, RiskError> {
    if terms.size_atoms >= 0 {
        buy_price(terms, params, spread)
    } else {
        sell_price(terms, params, spread)
    }
}

/// Price of a buyer, USD × 10^12, up; 0 when it would not be positive.
fn buy_price(terms: &FillTerms, params: &TradeParams, spread: u128) -> Result<u128, RiskError> {
    let price = terms.observation.price.0;
    let base = match terms.kind {
        FillKind::Increase => price,
        FillKind::Reduce => {
            let factor = Fraction::from_e9_ceil(E9.saturating_sub(terms.ema_trade_e9))?;
            price.max(part_ceil(terms.observation.ema.0, factor)?)
        }
    };
    let paid = base.checked_add(spread).ok_or(RiskError::Overflow)?;
    let impact = FillImpact::new(terms, params)?;
    if impact.is_negative {
        Ok(paid.saturating_sub(part_floor(price, impact.share_floor()?)?))
    } else {
        paid.checked_add(part_ceil(price, impact.share_ceil()?)?)
            .ok_or(RiskError::Overflow)
    }
}

/// Price of a seller, USD × 10^12, down; 0 when it would not be positive.
fn sell_price(terms: &FillTerms, params: &TradeParams, spread: u128) -> Result<u128, RiskError> {
    let price = terms.observation.price.0;
    let base = match terms.kind {
        FillKind::Increase => price,
        FillKind::Reduce => {
            let factor = E9
                .checked_add(terms.ema_trade_e9)
                .ok_or(RiskError::Overflow)?;
            price.min(part_floor(
                terms.observation.ema.0,
                Fraction::from_e9_floor(factor)?,
            )?)
        }
    };
    let impact = FillImpact::new(terms, params)?;
    // Add before subtracting, so that only a result below zero is cut off.
    let (received, taken) = if impact.is_negative {
        let taken = part_ceil(price, impact.share_ceil()?)?;
        (base, spread.checked_add(taken).ok_or(RiskError::Overflow)?)
    } else {
        let added = part_floor(price, impact.share_floor()?)?;
        (base.checked_add(added).ok_or(RiskError::Overflow)?, spread)
    };
    Ok(received.saturating_sub(taken))
}

/// `z·C + P·κ·σ_IM·√age_h`, USD × 10^12, up.
fn half_spread(terms: &FillTerms, params: &TradeParams) -> Result<u128, RiskError> {
    let price = terms.observation.price;
    let uncertainty = part_ceil(terms.observation.confidence.0, terms.z)?;
    let drift = drift_ceil(price, terms.age_secs, terms.sigma_im, params.kappa_e9)?;
    uncertainty.checked_add(drift.0).ok_or(RiskError::Overflow)
}

/// `P·κ·σ_IM·√age_h`, USD × 10^12, up: [`age_spread_ceil`] of a price.
///
/// Errors: [`RiskError::Overflow`].
pub fn drift_ceil(
    price: Price,
    age_secs: u32,
    sigma_im: Fraction,
    kappa_e9: u64,
) -> Result<Price, RiskError> {
    let share = age_spread_ceil(age_secs, sigma_im, kappa_e9)?;
    part_ceil(price.0, share).map(Price)
}

/// `κ·σ_IM·√age_h`, up, of [`MIN_SPREAD_AGE_SECS`] at least: the price of picking among the prices of the last
/// `age_secs`, as a share of P.
///
/// Errors: [`RiskError::Overflow`].
pub fn age_spread_ceil(
    age_secs: u32,
    sigma_im: Fraction,
    kappa_e9: u64,
) -> Result<Fraction, RiskError> {
    let age_secs = age_secs.max(MIN_SPREAD_AGE_SECS);
    Ok(sigma_im.scale_ceil(Multiple::times_sqrt_hours_ceil(kappa_e9, age_secs)?))
}

/// `(skew + size/2)/skew_scale` as a ratio of integers, the skew as [`Skew::doubled_mean`] has it.
struct FillImpact {
    is_negative: bool,
    /// `|2·skew + size|` in units of 2^-60.
    numerator: u128,
    /// `2·skew_scale`.
    denominator: u128,
}

impl FillImpact {
    fn new(terms: &FillTerms, params: &TradeParams) -> Result<Self, RiskError> {
        let doubled = terms.skew.doubled_mean(terms.size_atoms);
        let magnitude = doubled.unsigned_abs();
        Ok(Self {
            is_negative: doubled < 0,
            numerator: shl_exact(magnitude, FRACTION_BITS).ok_or(RiskError::Overflow)?,
            denominator: 2 * u128::from(params.skew_scale_atoms),
        })
    }

    fn share_ceil(&self) -> Result<Fraction, RiskError> {
        fraction(div_ceil_u128(self.numerator, self.denominator)?)
    }

    fn share_floor(&self) -> Result<Fraction, RiskError> {
        fraction(div_floor_u128(self.numerator, self.denominator)?)
    }
}

fn fraction(bits: u128) -> Result<Fraction, RiskError> {
    u64::try_from(bits)
        .map(Fraction::from_bits)
        .map_err(|_| RiskError::Overflow)
}

/// `⌈price · part⌉`.
fn part_ceil(price: u128, part: Fraction) -> Result<u128, RiskError> {
    mul_u128_u64_shr_ceil(price, part.to_bits(), FRACTION_BITS)
}

/// `⌊price · part⌋`.
fn part_floor(price: u128, part: Fraction) -> Result<u128, RiskError> {
    mul_u128_u64_shr_floor(price, part.to_bits(), FRACTION_BITS)
}

#[cfg(test)]
mod tests;
