//! What the pool is worth now, from the accounts of every asset: its cash minus what the accounts would
//! take with them.
use crate::{
    error::{FreeboardError, OrRaise, OrRefuse},
    oracle,
    pool_assets::PoolAssets,
    state::{Asset, Exchange, Pool},
    valuation,
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    arith::mul_div_ceil_u64,
    borrow,
    params::PortfolioCoefficients,
    pool::{Exposure, MarketBook, Nav},
    quantity::{Fraction, Price},
    unit_shock::unit_shock,
};

/// The value of the pool, and what its exposure needs in free cash.
pub struct NetAssetValue {
    /// Cash, profits of the accounts, bad debt.
    pub nav: Nav,
    /// What the deficit is judged by: see [`renew_deficit`].
    pub at_price_atoms: i128,
    /// Free cash that the markets need.
    pub exposure: Exposure,
}

impl NetAssetValue {
    /// Accrues every market at a price that passes the row "withdraw" and sums what the accounts would
    /// gain. A market without positions needs no price. The pool has been gathered.
    ///
    /// Errors: those of a feed; `Overflow`.
    pub fn compute(
        assets: &PoolAssets,
        pool: &Pool,
        exchange: &Exchange,
        now: i64,
    ) -> Result<Self> {
        let ledger = &pool.ledger;
        let mut nav = Nav {
            cash_atoms: ledger.pool_atoms.into(),
            interest_atoms: unsettled_interest(pool, exchange, now),
            known_bad_debt_atoms: pool.bad_debt_atoms.max(0).unsigned_abs(),
            insurance_atoms: ledger.insurance_atoms.max(0).unsigned_abs(),
            ..Nav::default()
        };
        let (interest, _) = nav.interest_atoms;
        let mut at_price_atoms = nav.cash_atoms.saturating_add(interest.into());
        let mut exposure = Exposure::default();
        let z = PortfolioCoefficients::from_words(&exchange.portfolio_words).z;
        assets.each(|asset, feed| {
            if asset.open_interest_atoms() == 0 {
                return Ok(());
            }
            let observation = oracle::read_current(asset, feed, now)?;
            observation
                .check_trade(&asset.oracle.into(), now)
                .or_refuse()?;
            asset.record(&observation, now)?;
            at_price_atoms = less_pnl_at_price(at_price_atoms, asset)?;
            let book = market_book(asset, z);
            nav = nav.with_market(&book).or_refuse()?;
            let premium = skew_premium(asset, &book)?;
            let owed = nav.pnl_ceil_atoms.checked_add(premium);
            nav.pnl_ceil_atoms = owed.or_raise(FreeboardError::Overflow)?;
            let shock = unit_shock(&asset.volatility()?, &asset.coefficients(now), now);
            let notional = book.net_notional_ceil().or_refuse()?;
            exposure = exposure.with_market(notional, shock.c_im, asset.trade.util_max_e9);
            Ok(())
        })?;
        Ok(Self {
            nav,
            at_price_atoms,
            exposure,
        })
    }
}

/// The least and the most that accounts owe on their loans beyond what they have settled, quote atoms. The pool
/// has been gathered.
fn unsettled_interest(pool: &Pool, exchange: &Exchange, now: i64) -> (u64, u64) {
    let ledger = &pool.ledger;
    borrow::unsettled_interest(
        ledger.loan_starts_atoms.max(0).unsigned_abs(),
        ledger.loan_count.max(0).unsigned_abs(),
        ledger.loans_atoms.max(0).unsigned_abs(),
        exchange.borrow.index_at(now),
    )
}

/// Renews the pool's deficit: cash and interest owed minus what the accounts would gain by closing at the oracle
/// price. A market whose price nobody may trade on counts at the recorded one. The pool has been gathered.
///
/// Returns the value, quote atoms, down: the deficit is what it is below zero.
/// Errors: those of a feed that is not the asset's; `Overflow`.
pub fn renew_deficit(
    assets: &PoolAssets,
    pool: &mut Pool,
    exchange: &Exchange,
    now: i64,
) -> Result<i128> {
    let (interest, _) = unsettled_interest(pool, exchange, now);
    let mut value = i128::from(pool.ledger.pool_atoms).saturating_add(interest.into());
    assets.each(|asset, feed| {
        if asset.open_interest_atoms() == 0 {
            return Ok(());
        }
        if let Some(observation) = valuation::tradable(asset, feed, now)? {
            asset.record(&observation, now)?;
        }
        value = less_pnl_at_price(value, asset)?;
        Ok(())
    })?;
    pool.set_deficit(value, now);
    Ok(value)
}

/// A value less what the accounts of a market would gain by closing at its recorded price.
fn less_pnl_at_price(value_atoms: i128, asset: &Asset) -> Result<i128> {
    let book = MarketBook {
        confidence: Price(0),
        ema: asset.recorded.price(),
        ..market_book(asset, Fraction::ZERO)
    };
    let pnl = book.accounts_pnl_ceil().or_refuse()?;
    value_atoms
        .checked_sub(pnl)
        .or_raise(FreeboardError::Overflow)
}

/// What the accounts get back beyond the oracle price when they close the whole skew, quote atoms, up:
/// P·skew²/(2·skew_scale). It is in the pool's cash and not the pool's.
fn skew_premium(asset: &Asset, book: &MarketBook) -> Result<i128> {
    let skew =
        u64::try_from(asset.skew_atoms().unsigned_abs()).or_raise(FreeboardError::Overflow)?;
    let scale = asset.trade.skew_scale_atoms.saturating_mul(2);
    let notional = book.net_notional_ceil().or_refuse()?;
    let premium = mul_div_ceil_u64(notional, skew, scale).or_refuse()?;
    Ok(premium.into())
}

/// The sums of a market at its recorded price.
fn market_book(asset: &Asset, z: Fraction) -> MarketBook {
    MarketBook {
        net_size_atoms: asset.skew_atoms(),
        entry_quote_atoms: asset.entry_total_atoms.into(),
        funding_receivable_q64: asset.funding.as_core().receivable_q64,
        price: asset.recorded.price(),
        confidence: asset.recorded.confidence(),
        ema: asset.recorded.ema(),
        base_decimals: asset.params.base_decimals,
        z,
    }
}
