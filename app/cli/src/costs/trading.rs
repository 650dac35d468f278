//! Fees, half-spreads, impact, funding and limits.
use anyhow::Result;
use freeboard_client::display::money::{decimal, duration, percent, percent_e9, usd_whole};
use freeboard_client::parameters::ParameterFile;
use freeboard_client::risk::RiskError;
use freeboard_client::risk::market::skew::Skew;
use freeboard_client::risk::number::atoms::SignedBaseAtoms;
use freeboard_client::risk::number::quantity::{Fraction, Price};
use freeboard_client::risk::params::PortfolioCoefficients;
use freeboard_client::risk::price::observation::FillKind;

use super::{PricedEntry, bps, markdown, with_long};
use crate::margin::account::HeldMarket;
use crate::margin::cost::{TradeCost, funding_day_atoms};
use crate::margin::of_core;

/// Parts of the largest position of an account whose impact is shown, per cent.
const PARTS: [u64; 4] = [1, 10, 50, 100];

pub fn section(priced: &[PricedEntry], file: &ParameterFile) -> Result<String> {
    let pool = &file.pool;
    let mut text = String::from(
        "## A trade\n\n\
         Fill price = oracle price ± half-spread ± impact; the fee comes on top. The half-spread is a charge for the age of the\n\
         price (κ·σ_IM·√age, at least of 2 s) and for its confidence interval (z times it; 0.05 % of the price is usual).\n\n",
    );
    text += &costs(priced, file)?;
    text += &format!(
        "An impact is paid by a trade that moves the skew of the market away from zero, and paid back to one that moves it towards\n\
         zero. Opening needs an order where the file says so: it is filled at a price published at least {} after it, and lives\n\
         {} at most.\n\n",
        duration(pool.fill_delay_secs.into()),
        duration(pool.order_expiry_secs.into())
    );
    text += "## Limits\n\n";
    text += &limits(priced);
    text += "## Funding\n\n\
        The larger side pays the smaller one, in proportion to the skew; at most:\n\n";
    text += &funding(priced)?;
    Ok(text)
}

/// A table with a column for each asset.
struct AssetTable<'a> {
    priced: &'a [PricedEntry<'a>],
    rows: Vec<Vec<String>>,
}

impl<'a> AssetTable<'a> {
    fn new(priced: &'a [PricedEntry<'a>]) -> Self {
        let rows = Vec::new();
        Self { priced, rows }
    }

    /// Adds a row of what is said of each asset.
    fn say(&mut self, name: &str, cell: impl Fn(&PricedEntry) -> String) {
        let cells = self.priced.iter().map(cell);
        let row = [name.to_owned()].into_iter().chain(cells);
        self.rows.push(row.collect());
    }

    /// Adds a row of what the core computes for each asset.
    fn compute(
        &mut self,
        name: &str,
        cell: impl Fn(&PricedEntry) -> Result<String, RiskError>,
    ) -> Result<()> {
        let cells = self.priced.iter().map(cell).collect::<Result<Vec<_>, _>>();
        let cells = cells.map_err(of_core)?;
        self.rows.push([vec![name.to_owned()], cells].concat());
        Ok(())
    }

    fn markdown(self) -> String {
        let names = self.priced.iter().map(|one| one.entry.name.as_str());
        let columns: Vec<&str> = [""].into_iter().chain(names).collect();
        markdown(&columns, self.rows)
    }
}

/// Fees, half-spreads and impact.
fn costs(priced: &[PricedEntry], file: &ParameterFile) -> Result<String> {
    let z = PortfolioCoefficients::new(&file.portfolio)
        .map_err(of_core)?
        .z;
    let mut table = AssetTable::new(priced);
    table.say("fee", |one| bps(one.entry.trade.taker_fee_e9 as f64 / 1e9));
    table.say(
        "of it to the insurance fund, to the protocol; the rest to the pool",
        |one| {
            let trade = &one.entry.trade;
            format!(
                "{}, {}",
                percent_e9(trade.fee_insurance_share_e9.into()),
                percent_e9(trade.fee_protocol_share_e9.into())
            )
        },
    );
    table.compute("half-spread of a confidence of 0.05 %", |one| {
        interval(&one.quiet, z).map(bps)
    })?;
    for age in ages(priced) {
        let name = format!("half-spread by age: {age} s, quiet / stressed");
        table.compute(&name, |one| {
            let (quiet, stressed) = (aged(&one.quiet, age)?, aged(&one.stressed, age)?);
            Ok(format!("{quiet} / {stressed}"))
        })?;
    }
    for part in PARTS {
        let name = format!("impact of {part} % of the largest position, from a balanced market");
        table.compute(&name, |one| impact(&one.quiet, part, z).map(bps))?;
    }
    Ok(table.markdown())
}

/// Base atoms in units of the asset.
fn units(atoms: u64, one: &PricedEntry) -> String {
    decimal(atoms.into(), one.entry.params.base_decimals)
}

fn limits(priced: &[PricedEntry]) -> String {
    let mut table = AssetTable::new(priced);
    table.say("largest position of an account", |one| {
        units(one.entry.trade.account_cap_atoms, one)
    });
    table.say("largest open interest of a side", |one| {
        units(one.entry.trade.open_interest_cap_atoms, one)
    });
    table.say("step of a size", |one| {
        units(one.entry.params.lot_atoms, one)
    });
    table.say("least that an increase leaves", |one| {
        usd_whole(one.entry.trade.min_notional_quote_atoms.cast_signed())
    });
    table.markdown()
}

fn funding(priced: &[PricedEntry]) -> Result<String> {
    let mut table = AssetTable::new(priced);
    table.say("an hour", |one| {
        percent_e9(one.entry.params.max_rate_per_h_e9.into())
    });
    table.compute("a day", |one| funding_day(&one.quiet))?;
    table.say("reached at a skew of", |one| {
        units(one.entry.trade.funding_scale_atoms, one)
    });
    Ok(table.markdown())
}

/// Ages at which a price may still be traded, filled or liquidated on, in ascending order.
fn ages(priced: &[PricedEntry]) -> Vec<u32> {
    let of = |one: &PricedEntry| {
        let oracle = &one.entry.oracle;
        [
            2,
            oracle.age_fill_secs,
            oracle.age_liquidation_secs,
            oracle.age_trade_secs,
        ]
    };
    let mut ages: Vec<u32> = priced.iter().flat_map(of).collect();
    ages.sort_unstable();
    ages.dedup();
    ages
}

/// Half-spread of the age alone.
fn aged(market: &HeldMarket, age_secs: u32) -> Result<String, RiskError> {
    let sigma_im = market.holding.unit_shock.sigma_im;
    let spreads = crate::margin::cost::spreads(sigma_im, &market.trade, &[age_secs])?;
    Ok(spreads.first().map_or(String::new(), |one| bps(one.share)))
}

/// Half-spread of the confidence interval alone, share of the price.
fn interval(market: &HeldMarket, z: Fraction) -> Result<f64, RiskError> {
    let mut market = market.clone();
    market.trade.kappa_e9 = 0;
    let cost = bought(&market, 100, z)?;
    Ok(cost.half_spread_atoms as f64 / cost.notional_atoms as f64)
}

/// Impact of buying this part of the largest position, share of the price.
fn impact(market: &HeldMarket, part: u64, z: Fraction) -> Result<f64, RiskError> {
    let mut market = market.clone();
    (market.trade.kappa_e9, market.holding.confidence) = (0, Price(0));
    let cost = bought(&market, part, z)?;
    Ok(cost.impact_atoms as f64 / (cost.notional_atoms as f64 - cost.impact_atoms as f64))
}

fn bought(market: &HeldMarket, part: u64, z: Fraction) -> Result<TradeCost, RiskError> {
    let size = (market.trade.account_cap_atoms / 100).saturating_mul(part);
    let size = SignedBaseAtoms::new(size.cast_signed());
    TradeCost::new(market, size, Skew::default(), FillKind::Increase, z)
}

/// Funding of a day at the largest rate, as a share of the notional.
fn funding_day(market: &HeldMarket) -> Result<String, RiskError> {
    const USD: u64 = 1_000_000;
    let market = with_long(market, USD);
    let paid = funding_day_atoms(&market, SignedBaseAtoms::new(market.holding.size_atoms))?;
    Ok(percent(paid as f64 / (USD * 1_000_000) as f64))
}
