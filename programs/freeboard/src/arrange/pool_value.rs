//! What the pool is worth now, from the accounts of every asset: its cash minus what the accounts would
//! take with them.
use crate::arrange::pool_assets::PoolAssets;
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use crate::oracle;
use crate::state::{Asset, AssetStatus, Exchange, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::market::skew::premium_ceil;
use freeboard_risk::market::trade;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::PortfolioCoefficients;
use freeboard_risk::pool::borrow;
use freeboard_risk::pool::{Exposure, MarketBook, Nav};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::unit_shock::unit_shock;

/// Who has an LP's request executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The LP, or an executor that it named: any price that `Trade` accepts.
    Lp,
    /// Anybody else: also no older than a liquidation accepts, or he would choose the price update for the LP.
    Other,
}

impl Caller {
    /// The price standard of a request that this caller has executed.
    const fn standard(self) -> PriceStandard {
        match self {
            Self::Lp => PriceStandard::Trade,
            Self::Other => PriceStandard::LiquidityByOther,
        }
    }
}

/// The value of the pool, and what its exposure needs in free cash.
pub struct NetAssetValue {
    /// Cash, profits of the accounts, bad debt.
    pub nav: Nav,
    /// What the deficit is judged by: see [`renew_value`].
    pub at_price_atoms: i128,
    /// Free cash that the markets need.
    pub exposure: Exposure,
}

impl NetAssetValue {
    /// Accrues every market at a price that its standard accepts and sums what the accounts would
    /// gain. A market without positions needs no price. The pool has been collected.
    ///
    /// Errors: those of a feed; `Overflow`.
    pub fn compute(
        assets: &PoolAssets,
        pool: &Pool,
        exchange: &Exchange,
        caller: Caller,
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
            let observation = oracle::read_accepted(asset, feed, caller.standard(), now)?;
            asset.record(&observation, now)?;
            at_price_atoms = less_liability(at_price_atoms, asset, observation.price)?;
            let shock = unit_shock(&asset.volatility()?, &asset.coefficients(now), now);
            let (book, premium) = doubtful_market(asset, &observation, (z, shock.sigma_im), now)?;
            nav = nav.with_market(&book, premium).or_refuse()?;
            if asset.is_settled() {
                return Ok(()); // its price no longer moves
            }
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

/// The sums of a market at this price, with how far that may have moved since it was published: LPs choose
/// among the price updates that `Trade` accepts, and pay for the choice as traders do. And the least and the most that
/// closing the skew pays the accounts back, quote atoms: a market that is being wound down may leave all of it to the
/// pool, at its settlement, and a deposit does not buy that.
///
/// Errors: `PriceStale` of a price older than 2^32 s; `Overflow`.
pub fn doubtful_market(
    asset: &Asset,
    price: &Observation,
    (z, sigma_im): (Fraction, Fraction),
    now: i64,
) -> Result<(MarketBook, (u64, u64))> {
    let mut book = market_book(asset, price, z);
    if !asset.is_settled() {
        let age_secs = price.age_secs(now);
        let age_secs = u32::try_from(age_secs).or_raise(FreeboardError::PriceStale)?;
        let kappa_e9 = asset.trade.kappa_e9;
        book.drift = trade::drift_ceil(book.price, age_secs, sigma_im, kappa_e9).or_refuse()?;
    }
    let most = skew_premium(asset, &book)?.max(0).unsigned_abs();
    let most = u64::try_from(most).or_raise(FreeboardError::Overflow)?;
    let least = if asset.status() == AssetStatus::WindingDown {
        0
    } else {
        most.saturating_sub(1) // down
    };
    Ok((book, (least, most)))
}

/// The least and the most that accounts owe on their loans beyond what they have settled, quote atoms. The pool
/// has been collected.
fn unsettled_interest(pool: &Pool, exchange: &Exchange, now: i64) -> (u64, u64) {
    let ledger = &pool.ledger;
    borrow::unsettled_interest(
        ledger.loan_starts_atoms.max(0).unsigned_abs(),
        ledger.loan_count.max(0).unsigned_abs(),
        ledger.loans_atoms.max(0).unsigned_abs(),
        exchange.borrow.index_at(now),
    )
}

/// The pool's value, and whether every market's price was known.
#[derive(Clone, Copy)]
pub struct ValueAtPrice {
    /// Cash and interest owed minus what the accounts would take by closing at the oracle price and along the
    /// skew, quote atoms, down.
    pub atoms: i128,
    /// Every market with open interest had a price that `Either` accepts.
    pub is_certain: bool,
}

impl ValueAtPrice {
    /// What the stored value becomes by a loss that the pool bears. Where a market's price was not known the stored
    /// one may be too low, and the loss makes no deficit of it; the one of now, too high, does.
    pub fn after_loss(&self, pool: &Pool, loss_atoms: u64) -> i128 {
        let (stored, loss) = (i128::from(pool.value_atoms), i128::from(loss_atoms));
        let left = stored.saturating_sub(loss);
        if self.is_certain {
            return left;
        }
        left.max(stored.min(0)).min(self.atoms.saturating_sub(loss))
    }
}

/// Renews the pool's value and with it the deficit. The pool has been collected.
///
/// A market without such a price counts at its recorded one moved 50 % in the pool's favour: a price that somebody
/// withholds makes no deficit. Nor does it hide one: then the stored deficit never falls.
/// Errors: those of a feed that is not the asset's; `Overflow`.
pub fn renew_value(
    assets: &PoolAssets,
    pool: &mut Pool,
    exchange: &Exchange,
    now: i64,
) -> Result<ValueAtPrice> {
    let (interest, _) = unsettled_interest(pool, exchange, now);
    let mut value = ValueAtPrice {
        atoms: i128::from(pool.ledger.pool_atoms).saturating_add(interest.into()),
        is_certain: true,
    };
    assets.each(|asset, feed| {
        if asset.open_interest_atoms() == 0 {
            return Ok(());
        }
        let marked = oracle::price_for_pool_value(asset, feed, now)?;
        let price = match &marked {
            Some(observation) => {
                asset.record(observation, now)?;
                observation.price
            }
            None => in_favour_of_pool(asset),
        };
        value.is_certain &= marked.is_some();
        value.atoms = less_liability(value.atoms, asset, price)?;
        Ok(())
    })?;
    if value.is_certain || value.atoms < i128::from(pool.value_atoms) {
        pool.set_value(value.atoms, now);
    }
    Ok(value)
}

/// The recorded price moved 50 % to where the accounts take less.
fn in_favour_of_pool(asset: &Asset) -> Price {
    let Price(recorded) = asset.recorded.price();
    let half = recorded / 2;
    Price(if asset.skew_atoms() > 0 {
        recorded.saturating_sub(half)
    } else {
        recorded.saturating_add(half)
    })
}

/// A value less what the accounts of a market would take by closing at this price and along the skew: what a
/// fill at it changes in cash it changes here too, so that no trade moves the value.
fn less_liability(value_atoms: i128, asset: &Asset, price: Price) -> Result<i128> {
    let certain = Observation {
        price,
        ema: price,
        ..Observation::default()
    };
    let book = market_book(asset, &certain, Fraction::ZERO);
    let pnl = book.accounts_pnl_ceil().or_refuse()?;
    let premium = skew_premium(asset, &book)?;
    value_atoms
        .checked_sub(pnl)
        .and_then(|rest| rest.checked_sub(premium))
        .or_raise(FreeboardError::Overflow)
}

/// What the accounts get back beyond the oracle price when they close the whole skew, quote atoms, up:
/// P·skew²/(2·skew_scale). It is in the pool's cash and not the pool's, until the market ends: a settlement
/// moves along no skew.
fn skew_premium(asset: &Asset, book: &MarketBook) -> Result<i128> {
    if asset.is_settled() {
        return Ok(0);
    }
    let notional = book.net_notional_ceil().or_refuse()?;
    let scale = asset.trade.skew_scale_atoms;
    let premium = premium_ceil(notional, asset.skew_atoms(), scale).or_refuse()?;
    Ok(premium.into())
}

/// The sums of a market at this price.
fn market_book(asset: &Asset, at: &Observation, z: Fraction) -> MarketBook {
    MarketBook {
        net_size_atoms: asset.skew_atoms(),
        entry_quote_atoms: asset.entry_total_atoms.into(),
        funding_receivable_q64: asset.funding.as_core().receivable_q64,
        price: at.price,
        confidence: at.confidence,
        drift: Price(0),
        ema: at.ema,
        base_decimals: asset.params.base_decimals,
        z,
    }
}
