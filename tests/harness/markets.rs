//! What the program would count a market at, from the accounts and the price in its feed.
use crate::{AssetHandle, World};
use freeboard::{net_asset_value::doubtful_market, state::to_words};
use freeboard_risk::{
    observation::Observation, params::PortfolioCoefficients, pool::MarketBook,
    unit_shock::unit_shock,
};

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
        if !asset.is_settled() {
            // Also a print that the program would not record.
            asset.recorded.price_e12 = to_words(shown.price.0);
            asset.recorded.confidence_e12 = to_words(shown.confidence.0);
            asset.recorded.ema_e12 = to_words(shown.ema.0);
            asset.recorded.publish_ts = shown.publish_ts;
        }
        let z = PortfolioCoefficients::from_words(&self.exchange().portfolio_words).z;
        let shock = unit_shock(&asset.volatility()?, &asset.coefficients(now), now);
        doubtful_market(&asset, z, shock.sigma_im, now)
    }
}
