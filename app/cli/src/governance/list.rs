//! The accounts of a simulation as CSV, one line each; amounts in quote atoms.
use anyhow::{Context, Result};
use csv::Writer;
use serde_json::Value;

use super::account::{AccountRow, Margins};
use super::simulate::Simulation;

/// Moments of an account, by the beginning of their columns.
const MOMENTS: [&str; 4] = ["before", "after", "end", "end_without"];
/// Columns of a moment, as the JSON names them.
const AMOUNTS: [&str; 5] = [
    "initial_margin_atoms",
    "initial_equity_atoms",
    "maintenance_margin_atoms",
    "maintenance_equity_atoms",
    "free_collateral_atoms",
];

/// The accounts as CSV. One whose margin cannot be computed has a line with the reason.
pub fn csv(simulation: &Simulation) -> Result<String> {
    let mut lines = Writer::from_writer(Vec::new());
    let of_moment = |moment: &&str| AMOUNTS.map(|amount| format!("{moment}_{amount}"));
    let head = ["address", "owner", "sub_account", "hit", "refusal"];
    let columns = head.map(str::to_owned).into_iter();
    lines.write_record(columns.chain(MOMENTS.iter().flat_map(of_moment)))?;
    for row in &simulation.accounts {
        lines.write_record(cells(row)?)?;
    }
    for unpriced in &simulation.unpriced {
        let empty = vec![String::new(); MOMENTS.len() * AMOUNTS.len()];
        let (address, why) = (unpriced.address.as_str(), unpriced.refusal.name.as_str());
        let head = [address, "", "", "", why].map(str::to_owned);
        lines.write_record(head.into_iter().chain(empty))?;
    }
    let bytes = lines.into_inner().context("the accounts as CSV")?;
    String::from_utf8(bytes).context("the accounts as CSV")
}

fn cells(row: &AccountRow) -> Result<Vec<String>> {
    let hit = serde_json::to_value(row.hit)?;
    let mut cells = vec![
        row.address.clone(),
        row.owner.clone(),
        row.sub_account.to_string(),
        hit.as_str().unwrap_or_default().to_owned(),
        String::new(),
    ];
    let moments: [&Margins; 4] = [&row.before, &row.after, &row.end, &row.end_without];
    for moment in moments {
        let values = serde_json::to_value(moment)?;
        let amount = |name: &str| values.get(name).map_or(String::new(), Value::to_string);
        cells.extend(AMOUNTS.map(amount));
    }
    Ok(cells)
}
