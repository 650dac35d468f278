//! The evidence behind fitted numbers, written as comments above them.
use anyhow::{Context, Result};
use freeboard_client::parameters::{AssetEntry, ParameterFile};

use crate::prices::{Measured, Series};
use crate::time::Date;

/// What was seen, per parameter.
#[derive(Debug, Default)]
pub struct Evidence {
    spans: Vec<String>,
    notes: Vec<String>,
    portfolio: Vec<(&'static str, String)>,
    scenarios: Vec<String>,
    assets: Vec<(String, Vec<(&'static str, String)>)>,
    /// The asset that the last one is a copy of, where it is one.
    copied: Option<String>,
}

/// Keys whose values a new asset never shares with the one it is a copy of: they are in its own units.
const OWN_UNITS: [&str; 7] = [
    "base_decimals",
    "lot_atoms",
    "skew_scale_atoms",
    "funding_scale_atoms",
    "open_interest_cap_atoms",
    "account_cap_atoms",
    "deposit_cap_atoms",
];

impl Evidence {
    /// The prices that were looked at.
    pub fn span(&mut self, series: &Series) {
        let day = |bar: Option<&crate::prices::Bar>| {
            bar.and_then(|bar| Date::of_ts(bar.end_ts).ok())
                .map_or(String::new(), |date| date.to_string())
        };
        let (first, last) = (day(series.bars.first()), day(series.bars.last()));
        let count = series.bars.len();
        let asset = &series.asset;
        let missing = match Measured::measure(series).missing_bars {
            0 => "none".to_owned(),
            bars => bars.to_string(),
        };
        self.spans.push(format!(
            "{asset}: {count} hourly closes, {first} to {last}, {missing} missing"
        ));
    }

    /// What a reader of the file must know.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The notes.
    pub fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// Evidence for a parameter of the portfolio.
    pub fn add_portfolio(&mut self, key: &'static str, what: String) {
        self.portfolio.push((key, what));
    }

    /// Evidence for the next joint scenario.
    pub fn add_scenario(&mut self, what: String) {
        self.scenarios.push(what);
    }

    /// Evidence for the parameters of an asset.
    pub fn add_asset(&mut self, name: &str, what: Vec<(&'static str, String)>) {
        self.assets.push((name.to_owned(), what));
    }

    /// Takes the new asset, a copy of another, out of a file whose other assets stay as they are.
    pub fn add_copied(&mut self, assets: &mut Vec<AssetEntry>, like: &str) {
        let copy = assets.pop();
        for kept in assets {
            self.add_asset(&kept.name, Vec::new());
        }
        let name = copy.map_or(String::new(), |copy| copy.name);
        self.note(format!(
            "{name}: a copy of {like} but for what is fitted: every other number is marked `as {like}` and is yours to decide; \
             those marked `units of {like}` are surely wrong"
        ));
        self.copied = Some(like.to_owned());
    }

    /// Notes the assets of the file it started from that the fitted file lacks.
    pub fn left_out(&mut self, base: &ParameterFile, file: &ParameterFile) {
        let left_out = base.assets.iter().map(|entry| entry.name.as_str());
        let left_out: Vec<&str> = left_out.filter(|name| file.asset(name).is_none()).collect();
        if !left_out.is_empty() {
            self.note(format!(
                "{}: in the file it started from, and left out here: --assets does not name them",
                left_out.join(", ")
            ));
        }
    }

    /// What stands behind a number of the copied asset that is not fitted.
    fn mark(&self, key: &str) -> String {
        match &self.copied {
            Some(like) if OWN_UNITS.contains(&key) => format!("  # units of {like}: decide"),
            Some(like) => format!("  # as {like}: decide"),
            None => String::new(),
        }
    }

    /// The file as TOML, each fitted number under its evidence.
    ///
    /// Errors: a value that TOML cannot hold.
    pub fn annotate(&self, file: &ParameterFile) -> Result<String> {
        let text = toml::to_string(file).context("the parameters as TOML")?;
        let mut lines = vec![
            "# Written by `freeboard calibrate`: fitted numbers stand under their evidence,"
                .to_owned(),
        ];
        lines.push("# all others are those of the file it started from.".to_owned());
        let head = self.spans.iter().chain(&self.notes);
        lines.extend(head.map(|line| format!("# {line}")));
        lines.push(String::new());
        let mut of_section: &[(&str, String)] = &[];
        let (mut assets, mut headers) = (self.assets.iter(), 0);
        let mut scenarios = self.scenarios.iter();
        for line in text.lines() {
            match line {
                "[portfolio]" => of_section = &self.portfolio,
                "[assets.params]" => {
                    of_section = assets.next().map_or(&[][..], |(_, evidence)| evidence);
                }
                "[[scenarios]]" => {
                    of_section = &[];
                    lines.extend(scenarios.next().map(|what| format!("# {what}")));
                }
                "[[assets]]" => headers += 1,
                header if header.starts_with('[') => of_section = &[],
                _ => {}
            }
            let (key, number) = line.split_once(" = ").unwrap_or_default();
            let found = of_section.iter().find(|(of, _)| *of == key);
            if let Some((_, what)) = found {
                lines.push(format!("# {what}"));
            }
            let is_copied = headers == file.assets.len() && found.is_none();
            let mark = if is_copied && !number.is_empty() && key != "name" {
                self.mark(key)
            } else {
                String::new()
            };
            lines.push(format!("{line}{mark}"));
        }
        lines.push(String::new());
        Ok(lines.join("\n"))
    }
}
