//! Parameter files: the defaults of this version, `freeboard calibrate` and `freeboard params`.
use std::path::Path;

use anyhow::{Context, Result, ensure};
use freeboard_client::parameters::ParameterFile;
use freeboard_sim::calibrate;

use crate::arguments::CalibrateOptions;

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

/// Checks a file.
pub fn check(file: &Path) -> Result<()> {
    let parameters = read(Some(file))?;
    ensure!(
        !parameters.assets.is_empty(),
        "{}: the file has no assets",
        file.display()
    );
    let names: Vec<&str> = parameters
        .assets
        .iter()
        .map(|asset| asset.name.as_str())
        .collect();
    println!(
        "{}: {} assets ({}), {} scenarios, all within the hard bounds",
        file.display(),
        names.len(),
        names.join(", "),
        parameters.scenarios.len()
    );
    Ok(())
}
