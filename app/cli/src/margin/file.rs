//! The markets of a parameter file: quiet, at the prices of a question, with nobody else in them unless it says so.
use anyhow::{Context, Result, bail};
use freeboard_client::display::money::percent_e9;
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use freeboard_client::risk::RiskError;
use freeboard_client::risk::market::funding::OpenInterest;
use freeboard_client::risk::market::skew::Skew;
use freeboard_client::risk::market::trade::MIN_SPREAD_AGE_SECS;
use freeboard_client::risk::number::quantity::Price;
use freeboard_client::risk::params::{AssetCoefficients, AssetParams, PortfolioCoefficients};
use freeboard_client::risk::price::standing::Standing;
use freeboard_client::risk::price::unit_shock::unit_shock;
use freeboard_client::risk::price::volatility::VolatilityState;
use freeboard_client::risk::requirement::holding::Holding;

use super::account::{AskedAccount, HeldMarket};
use super::asked::{Asked, of_core};
use super::options::MarginOptions;
use super::question::{AssetQuestion, Question};
use super::words::size_atoms;

/// The price of a question is this part of it wide: a confidence interval of 0.05 %.
const CONFIDENCE_PART: u128 = 2_000;
/// Steps of a quiet volatility: 0.01 %.
const SIGMA_STEP_E9: u64 = 100_000;

/// σ of a quiet market, × 10^9: a third of the stressed one, to the nearest 0.01 %.
pub fn quiet_sigma_e9(params: &AssetParams) -> u64 {
    let steps = (params.sigma_stress_e9 / 3 + SIGMA_STEP_E9 / 2) / SIGMA_STEP_E9;
    steps.max(1) * SIGMA_STEP_E9
}

/// The volatility of a market that has had this one for long, its unit shock at its target at `now`.
///
/// Errors: parameters or a price out of the core's range.
pub fn lasting_volatility(
    sigma_e9: u64,
    price: Price,
    params: &AssetParams,
    coefficients: &AssetCoefficients,
    now: i64,
) -> Result<VolatilityState, RiskError> {
    let at_rest = AssetParams {
        sigma_initial_e9: sigma_e9,
        ..*params
    };
    let mut volatility = VolatilityState::new(price, now, now, &at_rest, coefficients)?;
    volatility.samples = u32::MAX; // long past its warm-up
    volatility.refresh(params, coefficients)?;
    volatility.u_prev = volatility.u_target;
    Ok(volatility)
}

/// The market of an asset of which nothing is held, with this volatility for long.
///
/// Errors: parameters or a price out of the core's range.
pub fn quiet_market(
    entry: &AssetEntry,
    price: Price,
    sigma_e9: u64,
    file: &ParameterFile,
) -> Result<HeldMarket, RiskError> {
    let params = &entry.params;
    let coefficients = AssetCoefficients::new(params, file.portfolio.funding_provision_secs)?;
    let volatility = lasting_volatility(sigma_e9, price, params, &coefficients, 0)?;
    let holding = Holding {
        price,
        confidence: Price(price.0 / CONFIDENCE_PART),
        ema: price,
        usable_initial: true,
        standing: Standing::Usable,
        unit_shock: unit_shock(&volatility, &coefficients, 0),
        coefficients,
        ..Holding::default()
    };
    Ok(HeldMarket {
        name: entry.name.clone(),
        holding,
        judged: None,
        params: *params,
        oracle: entry.oracle,
        trade: entry.trade,
        volatility,
        open_interest: OpenInterest::default(),
        skew: Skew::default(),
        price_age_secs: MIN_SPREAD_AGE_SECS,
    })
}

/// An account that holds nothing, under these parameters.
///
/// Errors: parameters out of the core's range.
pub fn empty_account(file: &ParameterFile) -> Result<AskedAccount> {
    Ok(AskedAccount {
        coefficients: PortfolioCoefficients::new(&file.portfolio).map_err(of_core)?,
        scenarios: file.scenario_coefficients().map_err(of_core)?,
        targets: None,
        pool: file.pool,
        call_level_e9: file.liquidation.call_level_e9,
        chain: None,
        quote_atoms: 0,
        markets: Vec::new(),
        now: 0,
    })
}

impl Asked {
    /// The account of a question under these parameters; `named` says whose they are.
    ///
    /// Errors: a word that is none, an asset that the file lacks, an asset without price, what no account can hold.
    pub fn under_file(options: &MarginOptions, file: &ParameterFile, named: &str) -> Result<Self> {
        let names: Vec<String> = file.assets.iter().map(|entry| entry.name.clone()).collect();
        let unknown = |asset: &str| {
            format!(
                "no asset {asset} among the parameters, which have {}; another file: --params FILE",
                names.join(", ")
            )
        };
        let mut question = Question::new(options, &names, unknown)?;
        question.keep(|_| false)?;
        let mut asked = Self {
            account: empty_account(file)?,
            assumed: vec![named.to_owned()],
            refused: Vec::new(),
        };
        if question.cash_atoms.is_none() {
            asked.assumed.push("no cash (--cash)".to_owned());
        }
        for one in &question.assets {
            let entry = file.assets.iter().find(|entry| entry.name == one.name);
            let entry = entry.with_context(|| unknown(&one.name))?;
            let market = asked.market(entry, one, file)?;
            asked.account.markets.push(market);
        }
        asked.add(&question)?;
        asked.assumed.push(format!(
            "prices {MIN_SPREAD_AGE_SECS} s old with a confidence interval of 0.05 % and at their EMA; open interest \
             no more than the skew and this account; no recent liquidations; no funding owed"
        ));
        Ok(asked)
    }

    /// The market of one asset, of which nothing is held yet.
    fn market(
        &mut self,
        entry: &AssetEntry,
        question: &AssetQuestion,
        file: &ParameterFile,
    ) -> Result<HeldMarket> {
        let name = &entry.name;
        let price = self.price(question)?;
        let sigma_e9 = question.sigma_e9.unwrap_or_else(|| {
            let quiet = quiet_sigma_e9(&entry.params);
            self.assumed.push(format!(
                "{name}: volatility {} per √hour, a third of its stressed {} (--sigma {name}:…%)",
                percent_e9(quiet.into()),
                percent_e9(entry.params.sigma_stress_e9.into())
            ));
            quiet
        });
        let mut market = quiet_market(entry, price, sigma_e9, file).map_err(of_core)?;
        match &question.skew {
            Some(word) => {
                let others = size_atoms(&word.number, entry.params.base_decimals);
                market.put_others(others.with_context(|| name.clone())?);
            }
            None => self.assumed.push(format!(
                "{name}: a market that is balanced without this account (--skew)"
            )),
        }
        Ok(market)
    }

    /// The price of now: as said, or the one that the position was opened at.
    fn price(&mut self, question: &AssetQuestion) -> Result<Price> {
        let name = &question.name;
        if let Some(price) = question.said_price_e12() {
            return Ok(Price(price));
        }
        let Some(price) = question.held.as_ref().and_then(|word| word.price_e12) else {
            bail!(
                "{name}: no price: write it behind the size, {name}:+1@100, or --price {name}:100"
            );
        };
        self.assumed.push(format!(
            "{name}: the price of now is the one it was opened at (--price {name}:…)"
        ));
        Ok(Price(price))
    }
}
