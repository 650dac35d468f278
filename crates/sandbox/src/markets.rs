//! What the program would count a market at, from the accounts and the price in its feed.
use crate::{AssetHandle, World};
use freeboard::arrange::pool_value::doubtful_market;
use freeboard_risk::params::PortfolioCoefficients;
use freeboard_risk::pool::MarketBook;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::unit_shock::unit_shock;

impl World {
    /// A market's sums at the last price published, funding accrued until now, and the least and the most that closing
    /// the whole skew pays the accounts back beyond that price, quote atoms.
    ///
    /// Errors: those of the program.
    pub fn market_book(
        &self,
        handle: &AssetHandle,
    ) -> Result<(MarketBook, (u64, u64)), anchor_lang::error::Error> {
        let (quote, now) = (self.quote(handle), self.now());
        let shown = Observation::from_pyth(
            quote.price,
            quote.conf,
            quote.ema,
            quote.exponent,
            quote.publish_ts,
        )
        .expect("a price that was published");
        let mut asset = self.asset(handle.index);
        asset.record(&shown, now)?;
        let at = if asset.is_settled() {
            asset.recorded.observation()
        } else {
            shown // also one that the program would not record
        };
        let z = PortfolioCoefficients::from_words(&self.exchange().portfolio_words).z;
        let shock = unit_shock(&asset.volatility()?, &asset.coefficients(now), now);
        doubtful_market(&asset, &at, (z, shock.sigma_im), now)
    }
}
