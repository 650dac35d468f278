//! What the program would count the pool at, from the accounts and the prices in their feeds.
use crate::{AssetHandle, World};
use anchor_lang::error::Error;
use freeboard_client::pool::{CollectedPool, PricedMarket};
use freeboard_risk::price::observation::Observation;

impl World {
    /// The pool with every ledger collected and every market accrued, at the last prices published.
    ///
    /// Errors: those of the program.
    pub fn collected_pool(&self) -> Result<CollectedPool, Error> {
        let priced = |handle: &AssetHandle| (self.asset(handle.index), self.published(handle));
        CollectedPool::new(self.pool(), self.assets.iter().map(priced), self.now())
    }

    /// One market of it.
    ///
    /// Errors: those of the program.
    pub fn priced_market(&self, handle: &AssetHandle) -> Result<PricedMarket, Error> {
        let priced = (self.asset(handle.index), self.published(handle));
        let mut pool = CollectedPool::new(self.pool(), [priced], self.now())?;
        Ok(pool.markets.remove(0))
    }

    /// The last price published of an asset.
    fn published(&self, handle: &AssetHandle) -> Observation {
        let quote = self.quote(handle);
        let shown = Observation::from_pyth(
            quote.price,
            quote.conf,
            quote.ema,
            quote.exponent,
            quote.publish_ts,
        );
        shown.expect("a price that was published")
    }
}
