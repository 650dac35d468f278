//! An account and its markets in the values of the core: all that an answer reads, wherever it comes from.
use freeboard_client::freeboard::state::{Asset, Exchange};
use freeboard_client::risk::RiskError;
use freeboard_client::risk::governance::TargetTerms;
use freeboard_client::risk::liquidation::{LiquidationPrices, liquidation_prices};
use freeboard_client::risk::market::collateral::CollateralBalance;
use freeboard_client::risk::market::funding::OpenInterest;
use freeboard_client::risk::market::position::Position;
use freeboard_client::risk::market::skew::Skew;
use freeboard_client::risk::number::quantity::Price;
use freeboard_client::risk::params::{
    AssetParams, OracleParams, PoolParams, PortfolioCoefficients, ScenarioCoefficients, TradeParams,
};
use freeboard_client::risk::price::volatility::VolatilityState;
use freeboard_client::risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_client::risk::requirement::holding::Holding;
use freeboard_client::risk::requirement::margin::MarginReport;
use freeboard_client::risk::requirement::portfolio::Portfolio;

/// What a price is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedFor {
    /// Equity, MM and everything that is only told.
    View,
    /// IM: what a trade and a withdrawal count.
    Trade,
    /// A flag and a liquidation.
    Liquidation,
}

/// What is held of one asset where trades and liquidations count other prices of it than a view: its newest one is too old,
/// too wide or too far from its EMA for one of them.
#[derive(Clone, Copy, Debug)]
pub struct JudgedHoldings {
    /// As a trade counts it.
    pub to_trade: Holding,
    /// As a liquidation counts it.
    pub to_liquidate: Holding,
}

/// What an account holds of one asset, and the market of it.
#[derive(Clone, Debug)]
pub struct HeldMarket {
    /// The asset.
    pub name: String,
    /// What is held, and what the margin reads.
    pub holding: Holding,
    /// The same by the standards of trades and liquidations; none where both count the price of [`Self::holding`].
    pub judged: Option<JudgedHoldings>,
    /// Target parameters.
    pub params: AssetParams,
    /// Limits of its prices.
    pub oracle: OracleParams,
    /// Its market.
    pub trade: TradeParams,
    /// Its volatility.
    pub volatility: VolatilityState,
    /// Sizes of all accounts, this one's included.
    pub open_interest: OpenInterest,
    /// Their net size.
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
    /// The call level, a multiple of MM × 10^9.
    pub call_level_e9: u32,
    /// Where it is on a chain, whose ramps go on; none under a parameter file, where all is at rest.
    pub chain: Option<Box<ReadChain>>,
    /// Quote balance with interest, quote atoms.
    pub quote_atoms: i64,
    /// Assets that are held.
    pub markets: Vec<HeldMarket>,
    /// The moment, unix seconds.
    pub now: i64,
}

/// The exchange of an account, and its assets in the order of the account's markets.
#[derive(Clone, Debug)]
pub struct ReadChain {
    /// The exchange.
    pub exchange: Exchange,
    /// The assets.
    pub assets: Vec<Asset>,
    /// Collateral that is held of each.
    pub balances: Vec<CollateralBalance>,
}

/// The margins of an account.
#[derive(Clone, Debug)]
pub struct AccountMargins {
    /// The core's report.
    pub report: MarginReport,
    /// Each asset's part of it, in the order of the markets.
    pub parts: Vec<Contribution>,
}

impl HeldMarket {
    /// The holding as this counts it.
    pub fn counted(&self, purpose: CountedFor) -> Holding {
        match (purpose, &self.judged) {
            (CountedFor::Trade, Some(judged)) => judged.to_trade,
            (CountedFor::Liquidation, Some(judged)) => judged.to_liquidate,
            _ => self.holding,
        }
    }

    /// Changes the holding, whatever it is counted for.
    pub fn change(&mut self, mut change: impl FnMut(&mut Holding)) {
        change(&mut self.holding);
        if let Some(judged) = &mut self.judged {
            change(&mut judged.to_trade);
            change(&mut judged.to_liquidate);
        }
    }

    /// The position that is held.
    pub const fn position(&self) -> Position {
        Position {
            size_atoms: self.holding.size_atoms,
            entry_quote_atoms: self.holding.entry_quote_atoms,
        }
    }

    /// Puts a position in place of the one that is held; its side of the market changes with it.
    pub fn put_position(&mut self, position: Position) {
        let (before, after) = (sides(self.holding.size_atoms), sides(position.size_atoms));
        let moved =
            |all: u64, before: u64, after: u64| all.saturating_sub(before).saturating_add(after);
        let all = self.open_interest;
        self.change(|holding| {
            holding.size_atoms = position.size_atoms;
            holding.entry_quote_atoms = position.entry_quote_atoms;
        });
        self.put_open_interest(OpenInterest {
            long_atoms: moved(all.long_atoms, before.long_atoms, after.long_atoms),
            short_atoms: moved(all.short_atoms, before.short_atoms, after.short_atoms),
        });
    }

    /// Puts others of this net size, base atoms, in place of those in the market: no more open interest than it takes.
    pub fn put_others(&mut self, net_atoms: i64) {
        let (others, own) = (sides(net_atoms), sides(self.holding.size_atoms));
        self.put_open_interest(OpenInterest {
            long_atoms: others.long_atoms.saturating_add(own.long_atoms),
            short_atoms: others.short_atoms.saturating_add(own.short_atoms),
        });
    }

    fn put_open_interest(&mut self, all: OpenInterest) {
        self.open_interest = all;
        self.skew = Skew::resting(i128::from(all.long_atoms) - i128::from(all.short_atoms));
        let larger_atoms = all.long_atoms.max(all.short_atoms);
        self.change(|holding| holding.open_interest_atoms = larger_atoms);
    }

    /// Moves the price there, its confidence interval and EMA by the same share, down.
    pub fn move_price(&mut self, price: Price) {
        self.change(|holding| {
            let one = price.0.saturating_mul(ONE_PRICE.into());
            let parts = u64::try_from(one / holding.price.0.max(1)).unwrap_or(u64::MAX);
            holding.confidence = moved(holding.confidence, parts);
            holding.ema = moved(holding.ema, parts);
            holding.price = price;
        });
    }
}

/// A signed size as the sides of a market.
fn sides(size_atoms: i64) -> OpenInterest {
    OpenInterest {
        long_atoms: size_atoms.max(0).unsigned_abs(),
        short_atoms: size_atoms.min(0).unsigned_abs(),
    }
}

impl AskedAccount {
    /// What is held of each asset, as a view counts it.
    pub fn holdings(&self) -> Vec<Holding> {
        self.counted(CountedFor::View)
    }

    /// What is held of each asset, as this counts it.
    pub fn counted(&self, purpose: CountedFor) -> Vec<Holding> {
        self.markets
            .iter()
            .map(|market| market.counted(purpose))
            .collect()
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

    /// The margins, as `view_margin` gives them: IM at the prices that a trade counts, the liquidation at those that a
    /// liquidation counts, everything else at those of a view.
    ///
    /// Errors: those of [`report_with_contributions`].
    pub fn margins(&self) -> Result<AccountMargins, RiskError> {
        let mut margins = self.margins_for(CountedFor::View)?;
        if self.markets.iter().all(|market| market.judged.is_none()) {
            return Ok(margins);
        }
        let to_trade = self.margins_for(CountedFor::Trade)?;
        let to_liquidate = self.margins_for(CountedFor::Liquidation)?;
        margins.report.initial = to_trade.report.initial;
        margins.report.liquidation = to_liquidate.report.liquidation;
        for (part, to_trade) in margins.parts.iter_mut().zip(&to_trade.parts) {
            part.initial_atoms = to_trade.initial_atoms;
        }
        Ok(margins)
    }

    fn margins_for(&self, purpose: CountedFor) -> Result<AccountMargins, RiskError> {
        let holdings = self.counted(purpose);
        let mut parts = vec![Contribution::default(); holdings.len()];
        let report = self.with_holdings(&holdings, |portfolio| {
            report_with_contributions(portfolio, &mut parts)
        })?;
        Ok(AccountMargins { report, parts })
    }

    /// The prices of each asset at which the account becomes liquidatable, all else unchanged.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn liquidation_prices(&self) -> Result<Vec<LiquidationPrices>, RiskError> {
        let holdings = self.counted(CountedFor::Liquidation);
        self.with_holdings(&holdings, |portfolio| {
            let of_index = |index| liquidation_prices(portfolio, index);
            (0..holdings.len()).map(of_index).collect()
        })
    }
}

/// One whole price, in the parts that [`moved`] takes.
pub const ONE_PRICE: u64 = 1 << 32;

/// The price moved to `parts / 2^32` of itself, down, at least 1.
pub fn moved(price: Price, parts: u64) -> Price {
    let Price(now) = price;
    let (whole, rest) = (now >> 32, now & u128::from(u32::MAX));
    let moved = whole
        .saturating_mul(parts.into())
        .saturating_add((rest * u128::from(parts)) >> 32);
    Price(moved.max(1))
}
