//! What joins the assets of an account: correlations and joint scenarios.
use anyhow::{Result, anyhow};
use freeboard_client::parameters::ParameterFile;
use freeboard_risk::params::{PortfolioCoefficients, PortfolioParams, ScenarioCoefficients};

/// The parameters that an exchange has once for all of its assets, in binary.
#[derive(Clone, Debug)]
pub struct JointTerms {
    /// Parameters of the portfolio.
    pub coefficients: PortfolioCoefficients,
    /// Joint scenarios, at most 16.
    pub scenarios: Vec<ScenarioCoefficients>,
}

impl JointTerms {
    /// Those of a parameter file.
    ///
    /// Errors: what the core cannot hold.
    pub fn of_file(file: &ParameterFile) -> Result<Self> {
        let scenarios = file.scenario_coefficients();
        Ok(Self {
            scenarios: scenarios.map_err(|error| anyhow!("scenarios: {error:?}"))?,
            ..Self::without_scenarios(&file.portfolio)?
        })
    }

    /// A portfolio without joint scenarios.
    ///
    /// Errors: what the core cannot hold.
    pub fn without_scenarios(portfolio: &PortfolioParams) -> Result<Self> {
        let coefficients = PortfolioCoefficients::new(portfolio);
        Ok(Self {
            coefficients: coefficients.map_err(|error| anyhow!("portfolio: {error:?}"))?,
            scenarios: Vec::new(),
        })
    }
}
