//! The `margin` case: an account, its assets and parameters; shocks, requirements, equity, levels and
//! one liquidation as the answer.
mod account;
mod answer;
mod asset;
mod liquidation;
mod warnings;

pub use account::Account;
pub use answer::MarginAnswer;
pub use asset::{Asset, AssetParameters};
pub use liquidation::Liquidation;

use freeboard_risk::liquidation::liquidation_prices;
use freeboard_risk::params::bounds::MAX_SCENARIOS;
use freeboard_risk::params::{
    PortfolioCoefficients, PortfolioParams, Scenario, ScenarioCoefficients,
};
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::holding::MAX_HOLDINGS;
use freeboard_risk::requirement::margin::gross_atoms;
use freeboard_risk::requirement::portfolio::Portfolio;
use serde::{Deserialize, Deserializer};

use crate::input::{Count, E9, MarginKind, ShareE9, ShockE9};
use crate::{Case, CaseError, CaseWarning};

/// A `margin` case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarginCase {
    #[allow(dead_code)] // it only has to be there
    kind: MarginKind,
    /// Parameters of the portfolio.
    pub portfolio: PortfolioParameters,
    /// The assets, at most 24.
    pub assets: Vec<Asset>,
    /// What the account holds.
    pub account: Account,
    /// The liquidation that is asked about; null for none.
    #[serde(deserialize_with = "required")] // null is a value, a missing key is an error
    pub liquidation: Option<Liquidation>,
}

/// An option whose key must be there.
fn required<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Liquidation>, D::Error> {
    Option::deserialize(input)
}

/// Parameters of the portfolio.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortfolioParameters {
    /// θ: reduction for diversification, × 10^9.
    pub theta_e9: ShareE9,
    /// φ: least requirement, as part of the gross shock, × 10^9.
    pub phi_e9: E9,
    /// ρ_lo: lower of the two correlations, × 10^9; the worse counts.
    pub rho_lo_e9: E9,
    /// ρ_hi: upper of the two correlations, × 10^9; the worse counts.
    pub rho_hi_e9: E9,
    /// Least IM over MM, × 10^9; fixed.
    pub im_over_mm_e9: E9,
    /// Weight of unrealised profit in IM equity, × 10^9.
    pub upnl_weight_e9: E9,
    /// z: multiple of the oracle's confidence interval, × 10^9.
    pub z_e9: E9,
    /// Favourable move assumed of an asset without usable price, × 10^9; fixed.
    pub unusable_move_e9: E9,
    /// For how long funding is provided for, seconds; fixed.
    pub funding_provision_s: Count,
    /// Joint scenarios, at most 16.
    pub scenarios: Vec<JointScenario>,
}

/// A joint scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointScenario {
    /// Weight of the loss, × 10^9.
    pub weight_e9: E9,
    /// Signed shock of each bucket, as part of the price, × 10^9.
    pub shock_e9: [ShockE9; 8],
}

impl JointScenario {
    fn params(&self) -> Scenario {
        Scenario {
            weight_e9: self.weight_e9.number(),
            shock_e9: self.shock_e9.map(ShockE9::signed),
        }
    }
}

impl PortfolioParameters {
    fn params(&self) -> PortfolioParams {
        PortfolioParams {
            theta_e9: self.theta_e9.number(),
            phi_e9: self.phi_e9.number(),
            rho_lo_e9: self.rho_lo_e9.number(),
            rho_hi_e9: self.rho_hi_e9.number(),
            im_over_mm_e9: self.im_over_mm_e9.number(),
            upnl_weight_e9: self.upnl_weight_e9.number(),
            z_e9: self.z_e9.number(),
            unusable_move_e9: self.unusable_move_e9.number(),
            funding_provision_secs: self.funding_provision_s.short(),
        }
    }

    fn coefficients(&self) -> Result<PortfolioCoefficients, CaseError> {
        PortfolioCoefficients::new(&self.params())
            .map_err(|error| CaseError::refused("portfolio", error))
    }

    fn scenarios(&self) -> Result<Vec<ScenarioCoefficients>, CaseError> {
        if self.scenarios.len() > MAX_SCENARIOS {
            let reason = format!("at most {MAX_SCENARIOS}, not {}", self.scenarios.len());
            return Err(CaseError::at_path("portfolio.scenarios", reason));
        }
        let coefficients = |(index, scenario): (usize, &JointScenario)| {
            ScenarioCoefficients::new(&scenario.params())
                .map_err(|error| CaseError::refused(format!("portfolio.scenarios[{index}]"), error))
        };
        self.scenarios
            .iter()
            .enumerate()
            .map(coefficients)
            .collect()
    }
}

impl Case for MarginCase {
    type Answer = MarginAnswer;

    fn answer(&self) -> Result<MarginAnswer, CaseError> {
        let coefficients = self.portfolio.coefficients()?;
        let scenarios = self.portfolio.scenarios()?;
        if self.assets.len() > MAX_HOLDINGS {
            let reason = format!("at most {MAX_HOLDINGS}, not {}", self.assets.len());
            return Err(CaseError::at_path("assets", reason));
        }
        for (index, asset) in self.assets.iter().enumerate() {
            asset.check_depth(index)?;
        }
        let provision_secs = self.portfolio.funding_provision_s.short();
        let valued = self
            .assets
            .iter()
            .enumerate()
            .map(|(index, asset)| {
                asset
                    .value(provision_secs)
                    .map_err(|error| CaseError::refused(format!("assets[{index}]"), error))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut holdings: Vec<_> = valued.iter().map(|asset| asset.holding).collect();
        self.account.hold(&mut holdings)?;
        let portfolio = Portfolio {
            coefficients: &coefficients,
            scenarios: &scenarios,
            initial: None,
            quote_atoms: self.account.quote_atoms.0,
            holdings: &holdings,
        };
        let mut shares = vec![Contribution::default(); holdings.len()];
        let of_account = |error| CaseError::refused("account", error);
        let report = report_with_contributions(&portfolio, &mut shares).map_err(of_account)?;
        let gross = gross_atoms(&portfolio).map_err(of_account)?;
        let assets = valued
            .iter()
            .zip(&holdings)
            .enumerate()
            .map(|(index, (asset, holding))| {
                let held = !holding.is_empty();
                let prices = held.then(|| liquidation_prices(&portfolio, index));
                asset.answer(holding, prices.transpose()?.unwrap_or_default())
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(of_account)?;
        let ages_secs: Vec<u32> = self.assets.iter().map(Asset::price_age_secs).collect();
        let liquidation = match &self.liquidation {
            Some(liquidation) => Some(liquidation.answer(&portfolio, &ages_secs)?),
            None => None,
        };
        Ok(MarginAnswer::new(
            assets,
            &report,
            &shares,
            gross,
            liquidation,
        ))
    }

    fn warnings(&self) -> Vec<CaseWarning> {
        warnings::of_case(self)
    }
}
