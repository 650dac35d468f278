//! The pool of decoded accounts as the next instruction on all of it would find it: every ledger collected, every market
//! accrued, valued by the program's own code.
use anchor_lang::error::Error;
use freeboard::arrange::pool_value::add_market;
use freeboard::error::OrRefuse;
use freeboard::state::{Asset, Exchange, Pool};
use freeboard_risk::params::PortfolioCoefficients;
use freeboard_risk::pool::{AtomRange, LpValue};
use freeboard_risk::price::observation::Observation;

/// A market and the price that it counts at.
#[derive(Clone, Debug)]
pub struct PricedMarket {
    /// The asset, its funding accrued until now, its ledger empty.
    pub asset: Asset,
    /// The price: of a market that has ended the one that it ended at.
    pub price: Observation,
}

/// The pool with everything in its own ledger.
#[derive(Clone, Debug)]
pub struct CollectedPool {
    /// The pool.
    pub pool: Pool,
    /// Every asset.
    pub markets: Vec<PricedMarket>,
    now: i64,
}

impl CollectedPool {
    /// Collects copies of the accounts at clock time `now`. `assets`: every asset, with what its feed shows.
    ///
    /// Errors: `Overflow`.
    pub fn new(
        mut pool: Pool,
        assets: impl IntoIterator<Item = (Asset, Observation)>,
        now: i64,
    ) -> Result<Self, Error> {
        let mut markets = Vec::new();
        for (mut asset, shown) in assets {
            pool.collect(&mut asset)?;
            asset.record(&shown, now)?;
            let price = if asset.is_settled() {
                asset.recorded.observation()
            } else {
                shown // also one that the program would not record
            };
            markets.push(PricedMarket { asset, price });
        }
        Ok(Self { pool, markets, now })
    }

    /// The value that an LP's request would be executed at, whether or not the prices may be used.
    ///
    /// Errors: `PriceStale` of a price older than 2^32 s; `Overflow`.
    pub fn lp_value(&self, exchange: &Exchange) -> Result<LpValue, Error> {
        let (ledger, index_q64) = (&self.pool.ledger, exchange.borrow.index_at(self.now));
        let mut value = LpValue::new(&self.pool.cash(), &ledger.loans(), index_q64);
        let z = PortfolioCoefficients::from_words(&exchange.portfolio_words).z;
        let open = self.markets.iter();
        for market in open.filter(|market| market.asset.open_interest_atoms() != 0) {
            add_market(&mut value, &market.asset, &market.price, z, self.now)?;
        }
        Ok(value)
    }

    /// Funding that the accounts owe the pool and have not settled, over all markets, quote atoms, down.
    pub fn funding_receivable_atoms(&self) -> i128 {
        let markets = self.markets.iter();
        let receivable = markets.map(|market| market.asset.funding.as_core().receivable_q64 >> 64);
        receivable.sum()
    }
}

impl PricedMarket {
    /// What closing the whole skew pays the accounts back beyond the price.
    ///
    /// Errors: `Overflow`.
    pub fn skew_premium(&self) -> Result<AtomRange, Error> {
        let market = self.asset.pooled_market();
        let net_notional = market.book_at(self.price.price).net_notional_ceil();
        let most = market.premium_ceil(net_notional.or_refuse()?).or_refuse()?;
        Ok(market.premium_range(most))
    }
}
