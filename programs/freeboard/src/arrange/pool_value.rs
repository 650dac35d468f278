//! What the pool is worth now, from the accounts of every asset: they are loaded here, valued by the core.
use crate::arrange::pool_assets::PoolAssets;
use crate::error::OrRefuse;
use crate::oracle;
use crate::state::{Asset, AssetStatus, Exchange, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params::PortfolioCoefficients;
use freeboard_risk::pool::{
    ExposureTerms, LpCaller, LpValue, MarketLife, PooledMarket, PriceDoubt, ValueAtPrice,
    ValuePrice,
};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::unit_shock::unit_shock;

/// The value that an LP's request is executed at. The pool has been collected.
///
/// Accrues every market at a price that the standard of its caller accepts. A market without positions needs no price.
///
/// Errors: those of a feed and of the price standard; `Overflow`.
pub fn lp_value(
    assets: &PoolAssets,
    pool: &Pool,
    exchange: &Exchange,
    caller: LpCaller,
    now: i64,
) -> Result<LpValue> {
    let index_q64 = exchange.borrow.index_at(now);
    let mut value = LpValue::new(&pool.cash(), &pool.ledger.loans(), index_q64);
    let z = PortfolioCoefficients::from_words(&exchange.portfolio_words).z;
    assets.each(|asset, feed| {
        if asset.open_interest_atoms() == 0 {
            return Ok(());
        }
        let observation = oracle::read_accepted(asset, feed, caller.into(), now)?;
        asset.record(&observation, now)?;
        add_market(&mut value, asset, &observation, z, now)
    })?;
    Ok(value)
}

/// Takes a market, accrued until now, into an LP's value at this observation.
///
/// Errors: `PriceStale` of a price older than 2^32 s; `Overflow`.
pub fn add_market(
    value: &mut LpValue,
    asset: &Asset,
    at: &Observation,
    z: Fraction,
    now: i64,
) -> Result<()> {
    let shock = unit_shock(&asset.volatility()?, &asset.coefficients(now), now);
    let doubt = PriceDoubt {
        z,
        sigma_im: shock.sigma_im,
        kappa_e9: asset.trade.kappa_e9,
        now,
    };
    let terms = ExposureTerms {
        c_im: shock.c_im,
        util_max_e9: asset.trade.util_max_e9,
    };
    value
        .add(&asset.pooled_market(), at, &doubt, &terms)
        .or_refuse()
}

/// Renews the pool's value and with it the deficit. The pool has been collected.
///
/// A market whose price nobody shows counts in the pool's favour, and then the stored value only falls: see
/// [`ValueAtPrice`]. Errors: those of a feed that is not the asset's; `Overflow`.
pub fn renew_value(
    assets: &PoolAssets,
    pool: &mut Pool,
    exchange: &Exchange,
    now: i64,
) -> Result<ValueAtPrice> {
    let index_q64 = exchange.borrow.index_at(now);
    let mut value = ValueAtPrice::new(&pool.cash(), &pool.ledger.loans(), index_q64);
    assets.each(|asset, feed| {
        if asset.open_interest_atoms() == 0 {
            return Ok(());
        }
        let price = match oracle::price_for_pool_value(asset, feed, now)? {
            Some(observation) => {
                asset.record(&observation, now)?;
                ValuePrice::Usable(observation.price)
            }
            None => ValuePrice::Withheld(asset.recorded.price()),
        };
        value.add(&asset.pooled_market(), price).or_refuse()
    })?;
    pool.set_stored_value(&pool.stored_value().renewed(&value, now));
    Ok(value)
}

impl Asset {
    /// The sums of its market, as the core counts them in the pool's value.
    pub fn pooled_market(&self) -> PooledMarket {
        PooledMarket {
            net_size_atoms: self.skew_atoms(),
            entry_quote_atoms: self.entry_total_atoms.into(),
            funding_receivable_q64: self.funding.as_core().receivable_q64,
            base_decimals: self.params.base_decimals,
            skew_scale_atoms: self.trade.skew_scale_atoms,
            life: match self.status() {
                AssetStatus::Active | AssetStatus::ReduceOnly => MarketLife::Open,
                AssetStatus::WindingDown => MarketLife::WindingDown,
                AssetStatus::Settled => MarketLife::Settled,
            },
        }
    }
}
