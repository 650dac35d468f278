//! Parameter files: the defaults of this version, `freeboard calibrate` and `freeboard params`.
use std::path::Path;

use anyhow::{Context, Result, ensure};
use freeboard_client::display::table::table;
use freeboard_client::parameters::{ParameterError, ParameterFile};
use freeboard_sim::calibrate;
use serde_json::json;

use crate::arguments::{CalibrateOptions, CheckOptions};
use crate::costs;
use crate::online::Answer;

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

/// Fits parameters: the file as text, or written where it was asked for.
pub fn calibrate(options: &CalibrateOptions) -> Result<Answer> {
    let fitted = calibrate::calibrate(&calibrate::CalibrationSetup {
        prices: options.prices.prices.clone(),
        assets: options.prices.assets.clone(),
        base: read(options.base.as_deref())?,
        until: options.until,
        correlations: options.correlations,
        new_asset: options.new_asset.clone().zip(options.like.clone()),
    })?;
    for note in &fitted.notes {
        eprintln!("note: {note}");
    }
    let mut answer = Answer::new(
        fitted.text,
        &json!({ "notes": fitted.notes, "written": options.output }),
    );
    match &options.output {
        Some(path) => {
            let written = std::fs::write(path, std::mem::take(&mut answer.text));
            written.with_context(|| format!("{}", path.display()))?;
        }
        None => answer.data["toml"] = json!(answer.text),
    }
    Ok(answer)
}

/// The page of what trading costs.
pub fn costs_page(file: Option<&Path>) -> Result<Answer> {
    let page = costs::page(&read(file)?)?;
    let data = json!({ "markdown": page });
    Ok(Answer::new(page, &data))
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

/// Checks a file, and lists the bounds if that was asked for.
///
/// Errors: no such file, none of parameters, no assets, a value outside its bound.
pub fn check_file(options: &CheckOptions) -> Result<Answer> {
    let file = options.file.display();
    let (parameters, is_whole) = read_over(&options.file, options.base.as_deref())?;
    ensure!(
        !parameters.assets.is_empty(),
        "{file}: the file has no assets"
    );
    let mut text = String::new();
    let bounds = parameters.bounds().into_iter().filter(|_| options.bounds);
    let rows: Vec<[String; 3]> = bounds
        .map(|row| [row.place, row.values, row.bound])
        .collect();
    if options.bounds {
        text += &format!("{}\n", table(&["in", "value", "bound"], 3).add_rows(&rows));
    }
    if !is_whole {
        let base = options.base.as_deref();
        let base = base.map_or("the defaults of this version".to_owned(), |path| {
            format!("{}", path.display())
        });
        text += &format!("{file}: a part of a parameter file, checked over {base}\n");
    }
    let names = parameters.assets.iter().map(|asset| asset.name.as_str());
    let names: Vec<&str> = names.collect();
    text += &format!(
        "{file}: {} assets ({}), {} scenarios, all within the hard bounds\n",
        names.len(),
        names.join(", "),
        parameters.scenarios.len()
    );
    let bound = |[place, value, bound]: &[String; 3]| json!({ "in": place, "value": value, "bound": bound });
    let data = json!({
        "file": options.file,
        "is_whole": is_whole,
        "assets": names,
        "scenarios": parameters.scenarios.len(),
        "bounds": rows.iter().map(bound).collect::<Vec<_>>(),
    });
    Ok(Answer::new(text, &data))
}
