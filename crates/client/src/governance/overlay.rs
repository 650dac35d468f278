//! A file of which anything may be left out, laid over a whole one.
use freeboard_risk::RiskError;
use freeboard_risk::params::bounds::{Payouts, Timelock};
use toml::{Table, Value};

use super::parameters::ParameterError;

/// Keys of an asset that only a change has.
const OF_CHANGES: [&str; 5] = [
    "feed",
    "implied",
    "reduce_only",
    "wind_down",
    "settle_dead_feed",
];

/// Takes out what only changes have, within its bounds.
///
/// Errors: a timelock or a cap of payouts out of its bounds, or no number.
pub(super) fn take_changes(file: &mut Table) -> Result<(), ParameterError> {
    if let Some(secs) = file.remove("timelock_secs") {
        let secs = number("timelock_secs", &secs)?;
        let checked = Timelock {
            timelock_secs: u32::try_from(secs).unwrap_or(u32::MAX),
        }
        .check_bounds();
        checked.map_err(|error| left("timelock_secs", error, secs))?;
    }
    if let Some(Value::Table(payouts)) = file.remove("payouts")
        && let Some(cap) = payouts.get("cap_quote_atoms")
    {
        let cap_quote_atoms = number("payouts.cap_quote_atoms", cap)?;
        let checked = Payouts { cap_quote_atoms }.check_bounds();
        checked.map_err(|error| left("payouts", error, cap_quote_atoms))?;
    }
    let assets = file.get_mut("assets").and_then(Value::as_array_mut);
    for asset in assets.into_iter().flatten().filter_map(Value::as_table_mut) {
        for key in OF_CHANGES {
            asset.remove(key);
        }
    }
    Ok(())
}

fn number(place: &str, value: &Value) -> Result<u64, ParameterError> {
    let found = value
        .as_integer()
        .and_then(|number| u64::try_from(number).ok());
    let wrong = || format!("{place}: {value} is not a whole number that is not negative");
    found.ok_or_else(|| ParameterError::Malformed(wrong()))
}

fn left(place: &str, error: RiskError, value: u64) -> ParameterError {
    let bound = freeboard_risk::params::bounds::Sentence(error);
    ParameterError::OutOfBounds(
        place.to_owned(),
        error,
        format!("{bound} Here it is {value}"),
    )
}

/// Lays a file over a whole one: a table key by key, an asset over the one of its name or at its index.
pub(super) fn lay_over(whole: &mut Table, file: Table) {
    for (key, value) in file {
        match (key.as_str(), whole.get_mut(&key), value) {
            ("assets", Some(Value::Array(held)), Value::Array(new)) => {
                new.into_iter().for_each(|asset| lay_asset(held, asset));
            }
            (_, Some(Value::Table(held)), Value::Table(new)) => lay_over(held, new),
            (_, _, value) => {
                whole.insert(key, value);
            }
        }
    }
}

fn lay_asset(held: &mut Vec<Value>, mut asset: Value) {
    let place = match (asset.get("name"), asset.get("index")) {
        (Some(name), _) => held.iter().position(|one| one.get("name") == Some(name)),
        (None, Some(Value::Integer(index))) => usize::try_from(*index).ok(),
        (None, _) => None,
    };
    let found = place.and_then(|place| held.get_mut(place));
    match (found, &mut asset) {
        (Some(Value::Table(held)), Value::Table(new)) => {
            new.remove("index");
            lay_over(held, std::mem::take(new));
        }
        _ => held.push(asset),
    }
}
