//! `freeboard params costs`: what trading under a parameter file costs, as a page. docs/what-it-costs.md is that of the
//! shipped parameters.
//!
//! | file | what it holds |
//! |---|---|
//! | `trading` | fees, half-spreads, impact, funding, limits |
//! | `margins` | leverage by size, weights of collateral, interest |
//! | `penalty` | what a liquidation takes |
mod margins;
mod penalty;
mod trading;

use anyhow::Result;
use freeboard_client::display::money::percent_e9;
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use freeboard_client::risk::RiskError;
use freeboard_client::risk::number::quantity::Price;

use crate::margin::account::{AskedAccount, HeldMarket};
use crate::margin::{empty_account, of_core, quiet_market, quiet_sigma_e9};

/// Every amount of the page is of USD, so prices do not matter: 1 USD.
const PRICE: Price = Price(1_000_000_000_000);

/// An asset of the page in a quiet hour and in a stressed one.
struct PricedEntry<'a> {
    entry: &'a AssetEntry,
    quiet: HeldMarket,
    stressed: HeldMarket,
}

impl<'a> PricedEntry<'a> {
    fn new(entry: &'a AssetEntry, file: &ParameterFile) -> Result<Self, RiskError> {
        let (quiet_e9, stress_e9) = (quiet_sigma_e9(&entry.params), entry.params.sigma_stress_e9);
        Ok(Self {
            entry,
            quiet: quiet_market(entry, PRICE, quiet_e9, file)?,
            stressed: quiet_market(entry, PRICE, stress_e9, file)?,
        })
    }
}

/// A market with a position of this notional, long, in whole USD; nobody else is in it.
fn with_long(market: &HeldMarket, usd: u64) -> HeldMarket {
    let unit = 10_i64.pow(market.params.base_decimals.into());
    let mut market = market.clone();
    market.holding.size_atoms = unit.saturating_mul(usd.cast_signed());
    market.holding.entry_quote_atoms = usd.cast_signed().saturating_mul(1_000_000);
    market.holding.open_interest_atoms = market.holding.size_atoms.unsigned_abs();
    market
}

/// An account that holds nothing but this, with so many quote atoms.
fn account(file: &ParameterFile, market: HeldMarket, quote_atoms: i64) -> Result<AskedAccount> {
    let mut account = empty_account(file)?;
    account.quote_atoms = quote_atoms;
    account.markets = vec![market];
    Ok(account)
}

/// The page: Markdown.
///
/// Errors: parameters out of the core's range.
pub fn page(file: &ParameterFile) -> Result<String> {
    let entries = file.assets.iter();
    let priced = entries
        .map(|entry| PricedEntry::new(entry, file))
        .collect::<Result<Vec<_>, _>>()
        .map_err(of_core)?;
    let mut page = String::from(
        "# What it costs\n\n\
         Made from the parameter file of this version (`migrations/parameters/default.toml`) by `freeboard params costs`, every\n\
         number by the core. For a file of your own: `freeboard params costs FILE`. For an account of your own:\n\
         `freeboard margin --position BTC:+2@100000 --cash 20000`, which says the same in dollars.\n\n\
         Costs depend on the volatility that the chain measures. Two are shown, per √hour: *stressed* (`sigma_stress_e9`), which\n\
         the fast volatility exceeded in 2.5 % of the hours that the parameters were fitted on, and *quiet*, a third of that.\n\n\
         1 bp is 0.01 %. MM is the maintenance margin: an account whose equity is below it may be liquidated. What κ, z and every\n\
         parameter mean: [terminology.md](terminology.md).\n\n",
    );
    let sigmas = priced.iter().map(|one| {
        let params = &one.entry.params;
        vec![
            one.entry.name.clone(),
            percent_e9(quiet_sigma_e9(params).into()),
            percent_e9(params.sigma_stress_e9.into()),
        ]
    });
    page += &markdown(&["", "quiet σ", "stressed σ"], sigmas);
    page += &trading::section(&priced, file)?;
    page += &margins::section(&priced, file)?;
    page += &penalty::section(&priced, file)?;
    Ok(page)
}

/// A table in Markdown, and an empty line.
fn markdown(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let columns: Vec<String> = columns.iter().map(|one| (*one).to_owned()).collect();
    let mut text = line(&columns) + "|" + &"---|".repeat(columns.len()) + "\n";
    text.extend(rows.into_iter().map(|row| line(&row)));
    text + "\n"
}

/// A share in basis points, to a tenth.
fn bps(share: f64) -> String {
    format!("{:.1} bp", share * 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters;

    #[test]
    fn what_it_costs_is_the_page_of_the_shipped_parameters() {
        let made = page(&parameters::read(None).unwrap()).unwrap();
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/what-it-costs.md");
        let written = std::fs::read_to_string(place).unwrap_or_default();
        if made == written {
            return;
        }
        assert!(
            std::env::var_os("FREEBOARD_UPDATE").is_some(),
            "docs/what-it-costs.md has parted from the parameters; FREEBOARD_UPDATE=1 on this test writes it"
        );
        std::fs::write(place, made).unwrap();
    }
}
