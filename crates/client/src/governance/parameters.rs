//! Parameter files: everything governance decides about an exchange and its assets, as TOML.
//!
//! `migrations/parameters/` holds one per network; `freeboard calibrate` writes one from history. Names,
//! units and bounds are those of `freeboard_risk::params`: fractions × 10^9, amounts in atoms.
use std::fmt;

use freeboard::instructions::InitializeExchangeArgs;
use freeboard::state::{FeedBinding, Listing, Scenario};
use freeboard_errors::FreeboardError;
use freeboard_risk::RiskError;
use freeboard_risk::params::bounds::{
    self, MAX_SCENARIOS, NAME_BYTES, ReadValue, Rule, Scale, is_valid_name,
};
use freeboard_risk::params::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams,
    Scenario as RiskScenario, ScenarioCoefficients, TradeParams,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use anchor_lang::prelude::Pubkey;

use super::overlay;

/// The parameters of an exchange and its assets. Only [`ParameterFile::parse`] and
/// [`ParameterFile::parse_over`] make one, so every value is within the hard bounds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterFile {
    /// Portfolio margin (whitepaper §5.1).
    pub portfolio: PortfolioParams,
    /// Liquidation (whitepaper §7.3).
    pub liquidation: LiquidationParams,
    /// Pool, loans, rewards and orders (whitepaper §6.10 and §7.3).
    pub pool: PoolParams,
    /// Joint scenarios, at most 16.
    #[serde(default)]
    pub scenarios: Vec<ScenarioEntry>,
    /// Assets, in the order in which they are listed.
    pub assets: Vec<AssetEntry>,
}

/// A joint scenario in basis points, as the program takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioEntry {
    /// Weight of the loss, at most 10,000.
    pub weight_bps: u16,
    /// Shock of each bucket, −10,000 … 30,000; weight · fall at most 0.9.
    pub shock_bps: [i16; 8],
}

/// Who governs an exchange from the start.
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    /// Decides on everything, after a delay.
    pub governance: Pubkey,
    /// Tightens without delay.
    pub risk_manager: Pubkey,
    /// Pauses, and cancels what waits.
    pub guardian: Pubkey,
    /// The delay, seconds.
    pub timelock_secs: u32,
}

/// Parameters of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AssetEntry {
    /// 1 to 16 visible ASCII characters, unique in the file.
    pub name: String,
    /// Volatility and shocks (whitepaper §3.1 and §4.1).
    pub params: AssetParams,
    /// Oracle limits (whitepaper §2.2).
    pub oracle: OracleParams,
    /// Perpetual market (whitepaper §6.1).
    pub trade: TradeParams,
}

/// Why a parameter file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterError {
    /// No such TOML: the sentence names line and key.
    Malformed(String),
    /// A value left its hard bound: where, which, and what the bounds demand of which values.
    OutOfBounds(String, RiskError, String),
    /// A name is empty, too long, not ASCII or there twice.
    Name(String),
    /// More than 16 scenarios.
    TooManyScenarios(usize),
}

impl fmt::Display for ParameterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(out, "{}", reason.trim_end()),
            Self::OutOfBounds(place, error, demands) => {
                let number = u32::from(FreeboardError::from(*error));
                write!(out, "{place}: {error:?} ({number}): {demands}")
            }
            Self::Name(name) => write!(
                out,
                "asset name `{name}`: it must be 1 to {NAME_BYTES} visible ASCII characters and unique"
            ),
            Self::TooManyScenarios(count) => {
                write!(out, "scenarios: at most {MAX_SCENARIOS}, not {count}")
            }
        }
    }
}

impl std::error::Error for ParameterError {}

/// A hard bound, and the values of a file that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundInFile {
    /// Where they stand: `portfolio`, `assets[0] (BTC)`.
    pub place: String,
    /// What is refused outside.
    pub error: RiskError,
    /// What it demands.
    pub bound: String,
    /// The values, by key.
    pub values: String,
    /// Whether a value is outside by itself; never said of a bound that ties several.
    pub is_left: bool,
}

/// The bounds of one place; `parts` are the tables of `values`.
fn bounds_in(place: &str, parts: &[&str], values: &Value) -> Vec<BoundInFile> {
    let is_here = |key: &&str| parts.contains(&key.split('.').next().unwrap_or(key));
    let rows = bounds::all().filter(|row| row.keys.iter().all(is_here));
    rows.map(|row| {
        let keys = row.keys.iter();
        let values: Vec<(&str, Vec<i128>)> = keys.map(|key| (*key, numbers(values, key))).collect();
        let is_left = match row.rule {
            Rule::Range { lower, upper, .. } => values
                .iter()
                .flat_map(|(_, numbers)| numbers)
                .any(|number| *number < lower || *number > upper),
            Rule::Condition { .. } => false,
        };
        let read: Vec<String> = values
            .iter()
            .map(|(key, numbers)| format!("`{key}` is {}", in_words(key, numbers)))
            .collect();
        BoundInFile {
            place: place.to_owned(),
            error: row.error,
            bound: row.to_string(),
            values: read.join(", "),
            is_left,
        }
    })
    .collect()
}

/// The numbers of a key; several of an array.
fn numbers(values: &Value, key: &str) -> Vec<i128> {
    let pointer = format!("/{}", key.replace('.', "/"));
    let number = |value: &Value| {
        let unsigned = value.as_u64().map(i128::from);
        unsigned.or(value.as_i64().map(i128::from))
    };
    match values.pointer(&pointer) {
        Some(Value::Array(all)) => all.iter().filter_map(number).collect(),
        Some(value) => number(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Numbers as the bound of their key reads them, and as the file has them.
fn in_words(key: &str, numbers: &[i128]) -> String {
    let scale = bounds::all().find_map(|row| match row.rule {
        Rule::Range { scale, .. } if row.keys == [key] => Some(scale),
        _ => None,
    });
    let scale = scale.or(key.ends_with("_e9").then_some(Scale::Percent));
    let read = |value: &i128| {
        let value = *value;
        let words = scale.map(|scale| ReadValue { scale, value }.to_string());
        match words {
            Some(words) if words != value.to_string() => format!("{words} ({value})"),
            _ => value.to_string(),
        }
    };
    let read: Vec<String> = numbers.iter().map(read).collect();
    read.join(", ")
}

impl ParameterFile {
    /// The joint scenarios in binary, as the core reads them.
    ///
    /// Errors: [`RiskError::Overflow`] for one beyond the range of the core; never for a file that was parsed.
    pub fn scenario_coefficients(&self) -> Result<Vec<ScenarioCoefficients>, RiskError> {
        let scenarios = self.scenarios.iter();
        scenarios
            .map(|entry| ScenarioCoefficients::new(&(&Scenario::from(*entry)).into()))
            .collect()
    }

    /// Reads a file and checks every hard bound.
    ///
    /// Errors: [`ParameterError`] with the place.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let file: Self =
            toml::from_str(text).map_err(|error| ParameterError::Malformed(error.to_string()))?;
        file.check()?;
        Ok(file)
    }

    /// Reads a file of which anything may be left out, as a file of changes: what it lacks is that of `base`, assets that
    /// only it has must be whole. Checks every hard bound, also of what only changes have; what that says is left out.
    ///
    /// Errors: [`ParameterError`] with the place.
    pub fn parse_over(text: &str, base: &Self) -> Result<Self, ParameterError> {
        let wrong = |error: &dyn fmt::Display| ParameterError::Malformed(error.to_string());
        let mut file: toml::Table = toml::from_str(text).map_err(|error| wrong(&error))?;
        overlay::take_changes(&mut file)?;
        let mut whole = toml::Table::try_from(base).map_err(|error| wrong(&error))?;
        overlay::lay_over(&mut whole, file);
        let mut file = Self::deserialize(whole).map_err(|error| wrong(&error))?;
        for asset in &mut file.assets {
            // As in a change: a higher k takes σ_cap along, unless the file changes that too.
            if let Some(old) = base.asset(&asset.name) {
                asset.params = asset.params.with_cap_carried_from(&old.params);
            }
        }
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), ParameterError> {
        let of_exchange = [
            ("portfolio", self.portfolio.check_bounds()),
            ("liquidation", self.liquidation.check_bounds()),
            ("pool", self.pool.check_bounds()),
        ];
        for (place, checked) in of_exchange {
            checked.map_err(|error| self.out_of_bounds(place.to_owned(), error))?;
        }
        if self.scenarios.len() > MAX_SCENARIOS {
            return Err(ParameterError::TooManyScenarios(self.scenarios.len()));
        }
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let scenario = RiskScenario::from(&Scenario::from(*scenario));
            let checked = scenario.check_bounds();
            checked.map_err(|error| self.out_of_bounds(format!("scenarios[{index}]"), error))?;
        }
        for (index, asset) in self.assets.iter().enumerate() {
            let twice = self.assets[..index]
                .iter()
                .any(|other| other.name == asset.name);
            if twice || asset.name_bytes().is_none() {
                return Err(ParameterError::Name(asset.name.clone()));
            }
            let checked = asset.params.check_bounds(&asset.oracle, &asset.trade);
            let place = || format!("assets[{index}] ({})", asset.name);
            checked.map_err(|error| self.out_of_bounds(place(), error))?;
        }
        Ok(())
    }

    fn out_of_bounds(&self, place: String, error: RiskError) -> ParameterError {
        let rows = self.bounds().into_iter();
        let rows: Vec<BoundInFile> = rows
            .filter(|row| row.place == place && row.error == error)
            .collect();
        let is_left = rows.iter().any(|row| row.is_left);
        let demands = rows.iter().filter(|row| row.is_left || !is_left);
        let demands: Vec<String> = demands
            .map(|row| format!("{}; here {}", row.bound, row.values))
            .collect();
        ParameterError::OutOfBounds(place, error, demands.join("; "))
    }

    /// Every hard bound with the values that it is about, place by place.
    pub fn bounds(&self) -> Vec<BoundInFile> {
        let mut rows = Vec::new();
        let of_exchange = json!({
            "portfolio": self.portfolio, "liquidation": self.liquidation, "pool": self.pool,
        });
        for part in ["portfolio", "liquidation", "pool"] {
            rows.extend(bounds_in(part, &[part], &of_exchange));
        }
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let scenario = RiskScenario::from(&Scenario::from(*scenario));
            let values = json!({ "scenarios": scenario });
            rows.extend(bounds_in(
                &format!("scenarios[{index}]"),
                &["scenarios"],
                &values,
            ));
        }
        for (index, asset) in self.assets.iter().enumerate() {
            let values = json!({
                "params": asset.params, "oracle": asset.oracle, "trade": asset.trade,
            });
            let place = format!("assets[{index}] ({})", asset.name);
            rows.extend(bounds_in(&place, &["params", "oracle", "trade"], &values));
        }
        rows
    }

    /// The parameters of an asset.
    pub fn asset(&self, name: &str) -> Option<&AssetEntry> {
        self.assets.iter().find(|asset| asset.name == name)
    }

    /// Arguments of initialize_exchange.
    pub fn initialize_args(&self, roles: &Roles) -> InitializeExchangeArgs {
        InitializeExchangeArgs {
            governance: roles.governance,
            risk_manager: roles.risk_manager,
            guardian: roles.guardian,
            timelock_secs: roles.timelock_secs,
            portfolio: self.portfolio.into(),
            liquidation: self.liquidation.into(),
            pool: self.pool.into(),
            scenarios: self.scenarios.iter().copied().map(Scenario::from).collect(),
        }
    }
}

impl From<ScenarioEntry> for Scenario {
    fn from(entry: ScenarioEntry) -> Self {
        Self {
            weight_bps: entry.weight_bps,
            shock_bps: entry.shock_bps,
        }
    }
}

impl AssetEntry {
    /// The name as the program keeps it; `None` for a name it refuses.
    fn name_bytes(&self) -> Option<[u8; NAME_BYTES]> {
        let bytes = self.name.as_bytes();
        let mut name = [0; NAME_BYTES];
        name.get_mut(..bytes.len())?.copy_from_slice(bytes);
        is_valid_name(&name).then_some(name)
    }

    /// The listing with this oracle binding, the feed's id (receiver) or the account's address (legacy), and
    /// this collateral mint; the default key for none.
    pub fn listing(&self, feed: FeedBinding, mint: Pubkey) -> Listing {
        Listing {
            name: self.name_bytes().unwrap_or_default(), // checked when the file was read
            feed,
            mint,
            params: self.params.into(),
            oracle: self.oracle.into(),
            trade: self.trade.into(),
        }
    }
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
