//! An owner of opposite accounts: K longs and K shorts in one market, each at the least margin, no net size.
//! A gap takes the losers below zero; insurance and pool pay; the winners have the whole move.
//!
//! Played in his favour wherever a choice is left: he is the only one in the market and uses all that its
//! caps allow, pays no funding and no confidence, is his own liquidator, waits for no EMA, and his winners
//! close at the price update at which the last loser was closed. Margins, fills, closings, penalties, impact and
//! budgets are those of `crates/risk`.
mod account;
mod game;
mod history;

pub use game::{Game, PairOutcome, Tactics};
pub use history::{PairEntry, Summary, gap, ramp, summarise};

use anyhow::{Context, Result, anyhow};
use freeboard_client::parameters::ParameterFile;
use freeboard_risk::market::gap::{Backing, CalmVolatility};
use freeboard_risk::number::atoms::SignedQuoteAtoms;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params::{
    LiquidationParams, OracleParams, PoolParams, PortfolioCoefficients, TradeParams,
};

use crate::replay::{Point, ReplayedAsset};

/// A market and the pool behind it.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The asset and its estimator's parameters.
    pub asset: &'a ReplayedAsset,
    /// Fills and caps.
    pub trade: TradeParams,
    /// Bands of the EMA.
    pub oracle: OracleParams,
    /// Closing sizes and penalties.
    pub liquidation: LiquidationParams,
    /// Rewards and insurance.
    pub pool: PoolParams,
    /// The portfolio's.
    pub portfolio: &'a PortfolioCoefficients,
    /// The price that its caps in base atoms were set for, dollars.
    pub dollars: f64,
    /// What the pool is worth, quote atoms.
    pub value_atoms: i64,
    /// What insurance holds, quote atoms.
    pub insurance_atoms: i64,
    /// Whether what a gap may cost is bounded; without it the cap of open interest alone is.
    pub is_bounded: bool,
}

impl<'a> Market<'a> {
    /// The market of an asset of a parameter file whose caps were set at this price.
    ///
    /// Errors: an asset that the file does not hold.
    pub fn new(
        file: &ParameterFile,
        name: &str,
        asset: &'a ReplayedAsset,
        portfolio: &'a PortfolioCoefficients,
        dollars: f64,
    ) -> Result<Self> {
        let mut entries = file.assets.iter();
        let entry = entries.find(|entry| entry.name == name);
        let entry = entry.with_context(|| format!("the parameters hold no {name}"))?;
        Ok(Self {
            asset,
            trade: entry.trade,
            oracle: entry.oracle,
            liquidation: file.liquidation,
            pool: file.pool,
            portfolio,
            dollars,
            value_atoms: i64::try_from(file.pool.pool_cap_quote_atoms)?,
            insurance_atoms: i64::try_from(file.pool.insurance_cap_quote_atoms)?,
            is_bounded: true,
        })
    }

    /// The market with caps and scale in base atoms as they would stand at another price of now: caps are set in
    /// atoms for the prices of today, and history had others.
    #[must_use]
    pub fn at_price(mut self, dollars: f64) -> Self {
        let by = self.dollars / dollars;
        let scaled = |atoms: u64| (atoms as f64 * by) as u64;
        self.trade.open_interest_cap_atoms = scaled(self.trade.open_interest_cap_atoms);
        self.trade.account_cap_atoms = scaled(self.trade.account_cap_atoms);
        self.trade.skew_scale_atoms = scaled(self.trade.skew_scale_atoms);
        self.dollars = dollars;
        self
    }

    /// Base atoms per side that cap and budget allow at a point.
    ///
    /// Errors: more than a position can have.
    fn side_atoms(&self, point: &Point) -> Result<u64> {
        let cap = self.trade.open_interest_cap_atoms;
        if !self.is_bounded {
            return Ok(cap);
        }
        let backing = Backing {
            value: SignedQuoteAtoms::new(self.value_atoms),
            insurance: SignedQuoteAtoms::new(self.insurance_atoms),
            bad_debt: SignedQuoteAtoms::ZERO,
        };
        let budget = backing.gap_budget_floor(&self.trade).get();
        let least = self.least_shock(point);
        let gap = self.trade.gap_e9 as f64 / 1e9;
        let beyond = gap - least.to_bits() as f64 / (1u64 << 60) as f64;
        if beyond <= 0.0 {
            return Ok(cap);
        }
        let most = self.asset.atoms_of(budget as f64 / beyond, point)?;
        Ok(cap.min(most.unsigned_abs()))
    }

    fn least_shock(&self, point: &Point) -> Fraction {
        let params = &self.asset.params;
        let calm = CalmVolatility {
            omega_e9: params.omega_e9,
            sigma_floor_e9: params.sigma_floor_e9,
            sigma_stress_e9: params.sigma_stress_e9,
        };
        let least = calm.least_unit_shock(&self.asset.coefficients);
        least.min(point.unit_shock.u_mm)
    }
}

/// What the core refuses here is a mistake of the game.
fn refused(error: freeboard_risk::RiskError) -> anyhow::Error {
    anyhow!("{error:?}")
}
