//! Parameter files: the defaults of this version, `freeboard calibrate` and `freeboard params`.
use std::path::Path;

use anyhow::{Context, Result, ensure};
use freeboard_client::display::table::table;
use freeboard_client::parameters::{ParameterError, ParameterFile};
use freeboard_sim::calibrate;

use crate::arguments::{CalibrateOptions, CheckOptions};
use crate::costs;

/// The defaults of this version.
const DEFAULTS: &str = include_str!("../../../migrations/parameters/default.toml");

/// Reads a parameter file, or the defaults.
pub fn read(file: Option<&Path>) -> Result<ParameterFile> {
    let Some(path) = file else {
        return ParameterFile::parse(DEFAULTS).context("the defaults of this version");
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    ParameterFile::parse(&text).with_context(|| format!("{}", path.display()))
}

/// Fits parameters and writes them.
pub fn calibrate(options: &CalibrateOptions) -> Result<()> {
    let fitted = calibrate::calibrate(&calibrate::CalibrationSetup {
        prices: options.prices.prices.clone(),
        assets: options.prices.assets.clone(),
        base: read(options.base.as_deref())?,
        until: options.until,
        new_asset: options.new_asset.clone().zip(options.like.clone()),
    })?;
    for note in &fitted.notes {
        eprintln!("note: {note}");
    }
    let text = fitted.text;
    match &options.output {
        Some(path) => std::fs::write(path, text).with_context(|| format!("{}", path.display())),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

/// Prints the page of what trading costs.
pub fn print_costs(file: Option<&Path>) -> Result<()> {
    print!("{}", costs::page(&read(file)?)?);
    Ok(())
}

/// A file that is whole, or laid over the base, and whether it was whole.
fn read_over(file: &Path, base: Option<&Path>) -> Result<(ParameterFile, bool)> {
    let place = || format!("{}", file.display());
    let text = std::fs::read_to_string(file).with_context(place)?;
    let first = match ParameterFile::parse(&text) {
        Ok(whole) => return Ok((whole, true)),
        Err(error) => error,
    };
    let lacks_something =
        matches!(&first, ParameterError::Malformed(why) if why.contains("missing field"));
    match ParameterFile::parse_over(&text, &read(base)?) {
        Ok(laid) => Ok((laid, false)),
        Err(error) if lacks_something => Err(error).with_context(place),
        Err(_) => Err(first).with_context(place),
    }
}

/// Checks a file.
pub fn check_file(options: &CheckOptions) -> Result<()> {
    let file = options.file.display();
    let (parameters, is_whole) = read_over(&options.file, options.base.as_deref())?;
    ensure!(
        !parameters.assets.is_empty(),
        "{file}: the file has no assets"
    );
    if options.bounds {
        let rows = parameters.bounds().into_iter();
        let rows = rows.map(|row| [row.place, row.values, row.bound]);
        println!("{}", table(&["in", "value", "bound"], 3).add_rows(rows));
    }
    if !is_whole {
        let base = options.base.as_deref();
        let base = base.map_or("the defaults of this version".to_owned(), |path| {
            format!("{}", path.display())
        });
        println!("{file}: a part of a parameter file, checked over {base}");
    }
    let names = parameters.assets.iter().map(|asset| asset.name.as_str());
    println!(
        "{file}: {} assets ({}), {} scenarios, all within the hard bounds",
        parameters.assets.len(),
        names.collect::<Vec<_>>().join(", "),
        parameters.scenarios.len()
    );
    Ok(())
}
