//! Leverage by size, weights of collateral, interest of loans.
use anyhow::Result;
use freeboard_client::display::money::{percent, percent_e9, times, usd_whole};
use freeboard_client::parameters::ParameterFile;
use freeboard_client::risk::pool::borrow::rate;
use freeboard_client::risk::requirement::margin::report;

use super::{PricedEntry, account, markdown, with_long};
use crate::margin::account::HeldMarket;
use crate::margin::answer::as_share;
use crate::margin::of_core;

/// Notionals of the table, USD.
const SIZES: [u64; 6] = [
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    30_000_000,
    100_000_000,
];
/// Parts of the pool that are lent, per cent.
const LENT: [u64; 3] = [0, 50, 100];
/// Hours of a day and of a year of 365 days.
const HOURS: [f64; 2] = [24.0, 8_760.0];

pub fn section(priced: &[PricedEntry], file: &ParameterFile) -> Result<String> {
    let mut text = String::from(
        "## Leverage\n\n\
         The leverage of one long position at which equity is just the initial margin (*open*: more cannot be opened) and just the\n\
         maintenance margin (*liquidated*). It is the whole open interest here, so that the largest ones pay the open-interest add-on\n\
         too. Positions that hedge each other need less than their sum. A short needs the same as a long, but its shock may grow\n\
         larger than its price.\n\n",
    );
    for one in priced {
        text += &format!("**{}**\n\n", one.entry.name);
        let rows = SIZES.into_iter().map(|usd| {
            let [open, liquidated] = leverage(&one.quiet, usd, file)?;
            let [open_stressed, liquidated_stressed] = leverage(&one.stressed, usd, file)?;
            Ok(vec![
                usd_whole(usd.cast_signed().saturating_mul(1_000_000)),
                times(open),
                times(liquidated),
                times(open_stressed),
                times(liquidated_stressed),
            ])
        });
        let columns = [
            "position",
            "open, quiet",
            "liquidated, quiet",
            "open, stressed",
            "liquidated, stressed",
        ];
        text += &markdown(&columns, rows.collect::<Result<Vec<_>>>()?);
    }
    text += "## Collateral beside USDC\n\n\
        The part of a token's value that counts, before its own shock is asked for; 0 %: it is no collateral.\n\n";
    let rows = priced.iter().map(|one| {
        let weight = one.entry.params.collateral_weight_e9;
        vec![one.entry.name.clone(), percent_e9(weight.into())]
    });
    text += &markdown(&["", "counts"], rows);
    text += "## A loan\n\nA negative balance of USDC is a loan from the pool against collateral or profit. Its interest:\n\n";
    let rows = LENT.into_iter().map(|lent| {
        let hour = as_share(rate(&file.pool, lent, 100));
        let [day, year] = HOURS.map(|hours| percent(hour * hours));
        vec![format!("{lent} %"), percent(hour), day, year]
    });
    text += &markdown(&["lent of the pool", "an hour", "a day", "a year"], rows);
    Ok(text)
}

/// The largest leverage to open with, and the one that is liquidated.
fn leverage(market: &HeldMarket, usd: u64, file: &ParameterFile) -> Result<[f64; 2]> {
    let account = account(file, with_long(market, usd), 0)?;
    let report = account
        .with_holdings(&account.holdings(), report)
        .map_err(of_core)?;
    let notional = (usd * 1_000_000) as f64;
    let margins = [
        report.initial.requirement.margin_atoms,
        report.maintenance.margin_atoms,
    ];
    Ok(margins.map(|margin| notional / margin as f64))
}
