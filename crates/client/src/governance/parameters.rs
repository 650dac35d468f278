//! Parameter files: everything governance decides about an exchange and its assets, as TOML.
//!
//! `migrations/parameters/` holds one per network; `freeboard calibrate` writes one from history. Names,
//! units and bounds are those of `freeboard_risk::params`: fractions × 10^9, amounts in atoms.
use std::fmt;

use freeboard::instructions::InitializeExchangeArgs;
use freeboard::state::{FeedBinding, Listing, Scenario};
use freeboard_errors::FreeboardError;
use freeboard_risk::RiskError;
use freeboard_risk::params::bounds::{self, MAX_SCENARIOS, NAME_BYTES, is_valid_name};
use freeboard_risk::params::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams,
    Scenario as RiskScenario, TradeParams,
};
use serde::{Deserialize, Serialize};

use anchor_lang::prelude::Pubkey;

/// The parameters of an exchange and its assets. Only [`ParameterFile::parse`] makes one, so every
/// value is within the hard bounds.
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
    /// A value left its hard bound: where, and which.
    OutOfBounds(String, RiskError),
    /// A name is empty, too long, not ASCII or there twice.
    Name(String),
    /// More than 16 scenarios.
    TooManyScenarios(usize),
}

impl fmt::Display for ParameterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(out, "{}", reason.trim_end()),
            Self::OutOfBounds(place, error) => {
                let number = u32::from(FreeboardError::from(*error));
                write!(
                    out,
                    "{place}: {error:?} ({number}): {}",
                    demands(place, *error)
                )
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

/// What the bounds of an error demand of one place in a file.
fn demands(place: &str, error: RiskError) -> String {
    let part = place.split('[').next().unwrap_or(place);
    let parts = match part {
        "assets" => &["params.", "oracle.", "trade."][..],
        _ => &[part],
    };
    let is_here = |key: &&str| parts.iter().any(|part| key.starts_with(part));
    let rows = bounds::of_error(error).filter(|row| row.keys.iter().any(is_here));
    rows.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl ParameterFile {
    /// Reads a file and checks every hard bound.
    ///
    /// Errors: [`ParameterError`] with the place.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let file: Self =
            toml::from_str(text).map_err(|error| ParameterError::Malformed(error.to_string()))?;
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), ParameterError> {
        let out = |place: String| move |error| ParameterError::OutOfBounds(place, error);
        self.portfolio
            .check_bounds()
            .map_err(out("portfolio".to_owned()))?;
        self.liquidation
            .check_bounds()
            .map_err(out("liquidation".to_owned()))?;
        self.pool.check_bounds().map_err(out("pool".to_owned()))?;
        if self.scenarios.len() > MAX_SCENARIOS {
            return Err(ParameterError::TooManyScenarios(self.scenarios.len()));
        }
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let scenario = RiskScenario::from(&Scenario::from(*scenario));
            scenario
                .check_bounds()
                .map_err(out(format!("scenarios[{index}]")))?;
        }
        for (index, asset) in self.assets.iter().enumerate() {
            let twice = self.assets[..index]
                .iter()
                .any(|other| other.name == asset.name);
            if twice || asset.name_bytes().is_none() {
                return Err(ParameterError::Name(asset.name.clone()));
            }
            let bounds = asset.params.check_bounds(&asset.oracle, &asset.trade);
            bounds.map_err(out(format!("assets[{index}] ({})", asset.name)))?;
        }
        Ok(())
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
mod tests {
    use super::*;

    fn file() -> ParameterFile {
        let asset = |name: &str| AssetEntry {
            name: name.to_owned(),
            params: AssetParams::reference(),
            oracle: OracleParams::reference(),
            trade: TradeParams::reference(),
        };
        ParameterFile {
            portfolio: PortfolioParams::reference(),
            liquidation: LiquidationParams::reference(),
            pool: PoolParams::reference(),
            scenarios: vec![ScenarioEntry {
                weight_bps: 10_000,
                shock_bps: [-3_000; 8],
            }],
            assets: vec![asset("BTC"), asset("SOL")],
        }
    }

    fn text(file: &ParameterFile) -> String {
        toml::to_string(file).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(ParameterFile::parse(&text(&file())).unwrap(), file());
    }

    #[test]
    fn a_missing_or_unknown_key_is_named() {
        let unknown = text(&file()).replace("k_e9", "kk_e9");
        let error = ParameterFile::parse(&unknown).unwrap_err().to_string();
        assert!(error.contains("kk_e9"), "{error}");
        let mut lines: Vec<_> = text(&file()).lines().map(str::to_owned).collect();
        lines.retain(|line| !line.starts_with("theta_e9"));
        let error = ParameterFile::parse(&lines.join("\n"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("missing field `theta_e9`"), "{error}");
    }

    /// Every key that a bound ties stands in a parameter file, and every number of a file is tied by a bound.
    #[test]
    fn the_bounds_are_about_the_keys_of_a_file() {
        const FREE: [&str; 2] = ["pool.borrow_cap_quote_atoms", "trade.one_step_fills"];
        // A scenario of a file is in basis points, the core's × 10^9; the other two are no part of a file.
        const OTHERS: [&str; 5] = [
            "scenarios",
            "scenarios.weight_e9",
            "scenarios.shock_e9",
            "timelock_secs",
            "payouts.cap_quote_atoms",
        ];
        let mut keys = std::collections::BTreeSet::new();
        let value = serde_json::to_value(file()).unwrap();
        for part in ["portfolio", "liquidation", "pool"] {
            leaves(part, &value[part], &mut keys);
        }
        for part in ["params", "oracle", "trade"] {
            leaves(part, &value["assets"][0][part], &mut keys);
        }
        let tied: std::collections::BTreeSet<String> = bounds::all()
            .flat_map(|row| row.keys.iter())
            .filter(|key| !OTHERS.contains(key))
            .map(|key| (*key).to_owned())
            .collect();
        let free: Vec<&String> = keys.difference(&tied).collect();
        assert_eq!(free, FREE);
        let unknown: Vec<&String> = tied.difference(&keys).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(tied.len() > 80);
    }

    fn leaves(
        path: &str,
        value: &serde_json::Value,
        keys: &mut std::collections::BTreeSet<String>,
    ) {
        match value.as_object() {
            Some(fields) => {
                for (name, value) in fields {
                    leaves(&format!("{path}.{name}"), value, keys);
                }
            }
            None => {
                keys.insert(path.to_owned());
            }
        }
    }

    #[test]
    fn a_value_beyond_its_bound_is_refused_with_its_place() {
        let error = |change: fn(&mut ParameterFile)| {
            let mut file = file();
            change(&mut file);
            ParameterFile::parse(&text(&file)).unwrap_err()
        };
        let place = |error| match error {
            ParameterError::OutOfBounds(place, error) => (place, error),
            other => panic!("{other}"),
        };
        let k = error(|file| file.assets[1].params.k_e9 = 1_999_999_999);
        let expected = ("assets[1] (SOL)".to_owned(), RiskError::KOutOfBounds);
        assert_eq!(place(k), expected);
        let theta = error(|file| file.portfolio.theta_e9 = 800_000_001);
        assert_eq!(place(theta).0, "portfolio");
        let beta = error(|file| file.liquidation.beta_e9 = 0);
        assert_eq!(place(beta).0, "liquidation");
        let delay = error(|file| file.pool.lp_delay_secs = 86_399);
        assert_eq!(place(delay).0, "pool");
        let shock = error(|file| file.scenarios[0].shock_bps[3] = -10_001);
        assert_eq!(place(shock).0, "scenarios[0]");
        let fee = error(|file| file.liquidation.liquidator_share_e9 = 1_000_000_001);
        assert_eq!(
            fee.to_string(),
            "liquidation: FeeOutOfBounds (6150): `liquidation.liquidator_share_e9` must be at most 1; \
             `liquidation.insurance_share_e9` must be at most 1"
        );
        let many = error(|file| file.scenarios = vec![file.scenarios[0]; 17]);
        assert_eq!(many, ParameterError::TooManyScenarios(17));
    }

    /// At the last recorded prices, 2026-03-25, and a tenth below: one account's position can need the size term,
    /// open interest from which the open-interest add-on, and funding its maximum (whitepaper §6.5).
    #[test]
    fn the_shipped_caps_reach_size_open_interest_and_maximum_rate() {
        let text = include_str!("../../../../migrations/parameters/default.toml");
        let file = ParameterFile::parse(text).unwrap();
        let prices_cents = [("BTC", 7_174_190), ("ETH", 218_445), ("SOL", 9_308)];
        assert_eq!(file.assets.len(), prices_cents.len());
        for (name, cents) in prices_cents {
            let asset = file.asset(name).unwrap();
            let unit = 10u128.pow(u32::from(asset.params.base_decimals));
            let worth = |atoms: u64| u128::from(atoms) * cents * 10_000 * 9 / 10 / unit;
            let (params, trade) = (&asset.params, &asset.trade);
            assert!(worth(trade.account_cap_atoms) > u128::from(params.depth_quote_atoms));
            assert!(worth(trade.open_interest_cap_atoms) > u128::from(params.oi_lo_quote_atoms));
            assert_eq!(trade.funding_scale_atoms, trade.open_interest_cap_atoms);
        }
    }

    /// Who trades before the largest position of one account and back after it gets account_cap/skew_scale of P for
    /// it, which is less than two fees and two half-spreads of the calmest market (whitepaper §6.5).
    #[test]
    fn at_the_shipped_caps_trading_around_one_account_loses() {
        let text = include_str!("../../../../migrations/parameters/default.toml");
        for asset in ParameterFile::parse(text).unwrap().assets {
            let (params, trade) = (&asset.params, &asset.trade);
            let e9 = |value: u64| value as f64 / 1e9;
            let stress = e9(params.omega_e9) * e9(params.sigma_stress_e9);
            let sigma = (1.0 - e9(params.omega_e9)) * e9(params.sigma_floor_e9) + stress;
            let half_spread = e9(trade.kappa_e9) * sigma * (2.0_f64 / 3_600.0).sqrt();
            let paid = 2.0 * (e9(trade.taker_fee_e9) + half_spread);
            let gained = trade.account_cap_atoms as f64 / trade.skew_scale_atoms as f64;
            assert!(gained < paid, "{}: {gained} {paid}", asset.name);
        }
    }

    #[test]
    fn a_name_the_program_would_refuse_is_refused() {
        for name in ["", "SEVENTEENLETTERS!", "Zürich", "BTC", "S O L"] {
            let mut file = file();
            name.clone_into(&mut file.assets[1].name);
            let error = ParameterFile::parse(&text(&file)).unwrap_err();
            assert_eq!(error, ParameterError::Name(name.to_owned()));
        }
    }
}
