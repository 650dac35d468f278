//! An account and its markets in the values of the core: all that an answer reads, wherever it comes from.
use freeboard_client::risk::RiskError;
use freeboard_client::risk::governance::TargetTerms;
use freeboard_client::risk::liquidation::{LiquidationPrices, liquidation_prices};
use freeboard_client::risk::market::skew::Skew;
use freeboard_client::risk::number::quantity::Price;
use freeboard_client::risk::params::{
    AssetParams, OracleParams, PoolParams, PortfolioCoefficients, ScenarioCoefficients, TradeParams,
};
use freeboard_client::risk::price::volatility::VolatilityState;
use freeboard_client::risk::requirement::holding::Holding;
use freeboard_client::risk::requirement::portfolio::Portfolio;

/// What an account holds of one asset, and the market of it.
#[derive(Clone, Debug)]
pub struct HeldMarket {
    /// The asset.
    pub name: String,
    /// What is held, and what the margin reads.
    pub holding: Holding,
    /// Target parameters.
    pub params: AssetParams,
    /// Limits of its prices.
    pub oracle: OracleParams,
    /// Its market.
    pub trade: TradeParams,
    /// Its volatility.
    pub volatility: VolatilityState,
    /// Net size of all accounts, this one's included.
    pub skew: Skew,
    /// Age of the price, seconds.
    pub price_age_secs: u32,
}

/// An account at one moment.
#[derive(Clone, Debug)]
pub struct AskedAccount {
    /// Portfolio parameters that MM reads.
    pub coefficients: PortfolioCoefficients,
    /// Joint scenarios that MM reads.
    pub scenarios: Vec<ScenarioCoefficients>,
    /// What IM reads in place of both while a ramp runs.
    pub targets: Option<(PortfolioCoefficients, Vec<ScenarioCoefficients>)>,
    /// The pool's parameters: what a loan costs.
    pub pool: PoolParams,
    /// Quote balance with interest, quote atoms.
    pub quote_atoms: i64,
    /// Assets that are held.
    pub markets: Vec<HeldMarket>,
    /// The moment, unix seconds.
    pub now: i64,
}

impl AskedAccount {
    /// What is held of each asset.
    pub fn holdings(&self) -> Vec<Holding> {
        self.markets.iter().map(|market| market.holding).collect()
    }

    /// Calls with the account as the core reads it, holding these in place of its own.
    pub fn with_holdings<T>(&self, holdings: &[Holding], read: impl FnOnce(&Portfolio) -> T) -> T {
        let targets = self.targets.as_ref();
        read(&Portfolio {
            coefficients: &self.coefficients,
            scenarios: &self.scenarios,
            initial: targets.map(|(coefficients, scenarios)| TargetTerms {
                coefficients,
                scenarios,
            }),
            quote_atoms: self.quote_atoms,
            holdings,
        })
    }

    /// The prices of each asset at which the account becomes liquidatable, all else unchanged.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn liquidation_prices(&self) -> Result<Vec<LiquidationPrices>, RiskError> {
        let holdings = self.holdings();
        self.with_holdings(&holdings, |portfolio| {
            let of_index = |index| liquidation_prices(portfolio, index);
            (0..holdings.len()).map(of_index).collect()
        })
    }
}

/// The price moved to `parts / 2^32` of itself, down, at least 1.
pub fn moved(price: Price, parts: u64) -> Price {
    let Price(now) = price;
    let (whole, rest) = (now >> 32, now & u128::from(u32::MAX));
    let moved = whole
        .saturating_mul(parts.into())
        .saturating_add((rest * u128::from(parts)) >> 32);
    Price(moved.max(1))
}
