//! A question in one line, as an account in the core's values; what it does not say by defaults that the answer names.
use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail, ensure};
use freeboard_client::display::money::{decimal, percent_e9};
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use freeboard_client::risk::RiskError;
use freeboard_client::risk::market::skew::Skew;
use freeboard_client::risk::market::trade::MIN_SPREAD_AGE_SECS;
use freeboard_client::risk::number::atoms::{SignedBaseAtoms, SignedQuoteAtoms};
use freeboard_client::risk::number::quantity::{Fraction, Price};
use freeboard_client::risk::params::{
    AssetCoefficients, AssetParams, PortfolioCoefficients, ScenarioCoefficients,
};
use freeboard_client::risk::price::observation::FillKind;
use freeboard_client::risk::price::standing::Standing;
use freeboard_client::risk::price::unit_shock::unit_shock;
use freeboard_client::risk::price::volatility::VolatilityState;
use freeboard_client::risk::requirement::holding::{Holding, MAX_COLLATERALS, MAX_POSITIONS};

use super::account::{AskedAccount, HeldMarket};
use super::cost::TradeCost;
use super::options::MarginOptions;
use super::words::{AssetWord, cash_atoms, price_e12, sigma_e9, size_atoms};

/// The price of a question is this part of it wide: a confidence interval of 0.05 %.
const CONFIDENCE_PART: u128 = 2_000;
/// Steps of a quiet volatility: 0.01 %.
const SIGMA_STEP_E9: u64 = 100_000;

/// σ of a quiet market, × 10^9: a third of the stressed one, to the nearest 0.01 %.
pub fn quiet_sigma_e9(params: &AssetParams) -> u64 {
    let steps = (params.sigma_stress_e9 / 3 + SIGMA_STEP_E9 / 2) / SIGMA_STEP_E9;
    steps.max(1) * SIGMA_STEP_E9
}

/// An account that a question describes.
pub struct Asked {
    /// The account.
    pub account: AskedAccount,
    /// What the question did not say, in sentences.
    pub assumed: Vec<String>,
    /// Why an exchange would refuse it, in sentences.
    pub refused: Vec<String>,
}

/// What a question says of one asset.
#[derive(Default)]
struct AssetQuestion {
    held: Option<AssetWord>,
    opened: Option<AssetWord>,
    collateral: Option<AssetWord>,
    price_e12: Option<u128>,
    sigma_e9: Option<u64>,
    skew: Option<String>,
}

impl Asked {
    /// The account of a question under these parameters.
    ///
    /// Errors: a word that is none, an asset that the file lacks, an asset without price, what no account can hold.
    pub fn new(options: &MarginOptions, file: &ParameterFile) -> Result<Self> {
        let questions = by_asset(options, file)?;
        let count =
            |is: fn(&AssetQuestion) -> bool| questions.values().filter(|one| is(one)).count();
        let positions = count(|one| one.held.is_some() || one.opened.is_some());
        ensure!(
            positions <= MAX_POSITIONS && count(|one| one.collateral.is_some()) <= MAX_COLLATERALS,
            "an account has at most {MAX_POSITIONS} positions and {MAX_COLLATERALS} collaterals"
        );
        let cash = options.cash.as_deref().map(cash_atoms).transpose()?;
        let mut asked = Self {
            account: Self::nothing(file)?,
            assumed: Vec::new(),
            refused: Vec::new(),
        };
        asked.account.quote_atoms = cash.unwrap_or(0);
        if cash.is_none() {
            asked.assumed.push("no cash (--cash)".to_owned());
        }
        for (index, question) in &questions {
            asked.add(&file.assets[*index], question, file)?;
        }
        asked.assumed.push(format!(
            "prices {MIN_SPREAD_AGE_SECS} s old with a confidence interval of 0.05 % and at their EMA; open interest \
             no more than the skew and this account; no recent liquidations; no funding owed"
        ));
        Ok(asked)
    }

    /// An account that holds nothing, under these parameters.
    ///
    /// Errors: parameters out of the core's range.
    pub fn nothing(file: &ParameterFile) -> Result<AskedAccount> {
        let scenarios = file.scenarios.iter().map(|entry| {
            let scenario = freeboard_client::freeboard::state::Scenario::from(*entry);
            ScenarioCoefficients::new(&(&scenario).into())
        });
        Ok(AskedAccount {
            coefficients: PortfolioCoefficients::new(&file.portfolio).map_err(of_core)?,
            scenarios: scenarios.collect::<Result<_, _>>().map_err(of_core)?,
            targets: None,
            pool: file.pool,
            quote_atoms: 0,
            markets: Vec::new(),
            now: 0,
        })
    }

    /// Adds what is held of one asset, and buys or sells what is opened.
    fn add(
        &mut self,
        entry: &AssetEntry,
        question: &AssetQuestion,
        file: &ParameterFile,
    ) -> Result<()> {
        let name = &entry.name;
        let place = || name.clone();
        let price = self.price(entry, question)?;
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
        let decimals = entry.params.base_decimals;
        let size = |word: &AssetWord| -> Result<i64> {
            let size = size_atoms(&word.number, decimals).with_context(place)?;
            ensure!(size != 0, "{name}: a position has a size");
            Ok(size)
        };
        if let Some(word) = &question.held {
            let size = size(word)?;
            let entry_price = Price(word.price_e12.unwrap_or(price.0));
            market.holding.size_atoms = size;
            market.holding.entry_quote_atoms = cost(&market, entry_price, size).map_err(of_core)?;
        }
        if let Some(word) = &question.collateral {
            let amount = size_atoms(&word.number, decimals).with_context(place)?;
            let amount = u64::try_from(amount).unwrap_or(0);
            ensure!(amount > 0, "{name}: a collateral is above 0");
            market.holding.collateral_atoms = amount;
        }
        let others = match &question.skew {
            Some(skew) => size_atoms(skew, decimals).with_context(place)?,
            None => {
                let assumed =
                    format!("{name}: a market that is balanced without this account (--skew)");
                self.assumed.push(assumed);
                0
            }
        };
        let others = i128::from(others);
        if let Some(word) = &question.opened {
            let size = size(word)?;
            let fee_atoms = open(&mut market, size, others, self.account.coefficients.z)?;
            let left = self.account.quote_atoms.checked_sub_unsigned(fee_atoms);
            self.account.quote_atoms = left.context("more than an account can hold")?;
        }
        let own = i128::from(market.holding.size_atoms);
        market.skew = Skew::resting(others.saturating_add(own));
        let larger = own.unsigned_abs().max(market.skew.now_atoms.unsigned_abs());
        market.holding.open_interest_atoms = u64::try_from(larger).unwrap_or(u64::MAX);
        self.refused.extend(refusals(entry, &market));
        self.account.markets.push(market);
        Ok(())
    }

    /// The price of now: `--price`, or the one behind the `@`.
    fn price(&mut self, entry: &AssetEntry, question: &AssetQuestion) -> Result<Price> {
        let name = &entry.name;
        if let Some(price) = question.price_e12 {
            return Ok(Price(price));
        }
        let of = |word: &Option<AssetWord>| word.as_ref().and_then(|word| word.price_e12);
        if let Some(price) = of(&question.opened).or(of(&question.collateral)) {
            return Ok(Price(price));
        }
        let Some(price) = of(&question.held) else {
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

/// The questions by the index of their asset in the file.
fn by_asset(
    options: &MarginOptions,
    file: &ParameterFile,
) -> Result<BTreeMap<usize, AssetQuestion>> {
    let mut questions: BTreeMap<usize, AssetQuestion> = BTreeMap::new();
    let mut add = |flag: &str,
                   text: &String,
                   put: &dyn Fn(&mut AssetQuestion, AssetWord) -> Result<bool>| {
        let word = AssetWord::parse(text).with_context(|| format!("--{flag}"))?;
        let named = |entry: &AssetEntry| entry.name.eq_ignore_ascii_case(&word.asset);
        let index = file.assets.iter().position(named).with_context(|| {
            let known: Vec<&str> = file.assets.iter().map(|entry| entry.name.as_str()).collect();
            format!(
                "--{flag} `{text}`: no asset {} among the parameters, which have {}; another file: --params FILE",
                word.asset,
                known.join(", ")
            )
        })?;
        let first = put(questions.entry(index).or_default(), word)
            .with_context(|| format!("--{flag} `{text}`"))?;
        ensure!(first, "--{flag} `{text}`: this asset was said before");
        Ok(())
    };
    for text in &options.positions {
        add("position", text, &|one, word| {
            Ok(one.held.replace(word).is_none())
        })?;
    }
    for text in &options.opened {
        add("open", text, &|one, word| {
            ensure!(
                one.held.is_none(),
                "--position and --open of one asset: give one of them"
            );
            Ok(one.opened.replace(word).is_none())
        })?;
    }
    for text in &options.collaterals {
        add("collateral", text, &|one, word| {
            Ok(one.collateral.replace(word).is_none())
        })?;
    }
    for text in &options.prices {
        add("price", text, &|one, word| {
            Ok(one.price_e12.replace(price_e12(&word.number)?).is_none())
        })?;
    }
    for text in &options.sigmas {
        add("sigma", text, &|one, word| {
            Ok(one.sigma_e9.replace(sigma_e9(&word.number)?).is_none())
        })?;
    }
    for text in &options.skews {
        add("skew", text, &|one, word| {
            Ok(one.skew.replace(word.number).is_none())
        })?;
    }
    questions
        .retain(|_, one| one.held.is_some() || one.opened.is_some() || one.collateral.is_some());
    Ok(questions)
}

/// The market of an asset of which nothing is held, with this volatility for long, its unit shock at its target.
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
    let at_rest = AssetParams {
        sigma_initial_e9: sigma_e9,
        ..*params
    };
    let mut volatility = VolatilityState::new(price, 0, 0, &at_rest, &coefficients)?;
    volatility.samples = u32::MAX; // long past its warm-up
    volatility.refresh(params, &coefficients)?;
    volatility.u_prev = volatility.u_target;
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
        params: *params,
        oracle: entry.oracle,
        trade: entry.trade,
        volatility,
        skew: Skew::default(),
        price_age_secs: MIN_SPREAD_AGE_SECS,
    })
}

/// Opens a position by the core's fill, from the skew of the others; returns the fee, quote atoms.
fn open(market: &mut HeldMarket, size: i64, others: i128, z: Fraction) -> Result<u64> {
    let signed = SignedBaseAtoms::new(size);
    let made = TradeCost::new(market, signed, Skew::resting(others), FillKind::Increase, z);
    let made = made.map_err(of_core)?;
    let notional = i64::try_from(made.notional_atoms).context("more than an account can hold")?;
    market.holding.size_atoms = size;
    market.holding.entry_quote_atoms = if size < 0 { -notional } else { notional };
    Ok(made.fee_atoms)
}

/// What a signed size cost at a price, quote atoms, up.
fn cost(market: &HeldMarket, price: Price, size: i64) -> Result<i64, RiskError> {
    let mut at_price = market.holding.asset_price();
    at_price.price = price;
    let cost: SignedQuoteAtoms = at_price.cost_ceil(SignedBaseAtoms::new(size))?;
    Ok(cost.get())
}

/// Why the market would not take this position.
fn refusals(entry: &AssetEntry, market: &HeldMarket) -> Vec<String> {
    let (name, decimals) = (&entry.name, entry.params.base_decimals);
    let size = market.holding.size_atoms.unsigned_abs();
    let read = |atoms: u64| format!("{} {name}", decimal(atoms.into(), decimals));
    let mut refused = Vec::new();
    if !size.is_multiple_of(entry.params.lot_atoms.max(1)) {
        let lot = read(entry.params.lot_atoms);
        refused.push(format!("{name}: a size is a multiple of {lot}"));
    }
    if size > entry.trade.account_cap_atoms {
        let cap = read(entry.trade.account_cap_atoms);
        refused.push(format!("{name}: one account holds at most {cap}"));
    }
    if market.holding.open_interest_atoms > entry.trade.open_interest_cap_atoms {
        let cap = read(entry.trade.open_interest_cap_atoms);
        refused.push(format!(
            "{name}: each side of the market holds at most {cap}"
        ));
    }
    refused
}

/// The core refused it.
pub fn of_core(error: RiskError) -> anyhow::Error {
    anyhow!("outside the range of the model: {error:?}")
}
