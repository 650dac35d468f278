//! The evidence behind fitted numbers, written as comments above them.
use anyhow::{Context, Result};
use freeboard_client::parameters::ParameterFile;

use crate::prices::{Measured, Series};
use crate::time::Date;

/// What was seen, per parameter.
#[derive(Debug, Default)]
pub struct Evidence {
    spans: Vec<String>,
    notes: Vec<String>,
    portfolio: Vec<(&'static str, String)>,
    assets: Vec<(String, Vec<(&'static str, String)>)>,
}

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

    /// Evidence for the parameters of an asset.
    pub fn add_asset(&mut self, name: &str, what: Vec<(&'static str, String)>) {
        self.assets.push((name.to_owned(), what));
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
        let mut assets = self.assets.iter();
        for line in text.lines() {
            match line {
                "[portfolio]" => of_section = &self.portfolio,
                "[assets.params]" => {
                    of_section = assets.next().map_or(&[][..], |(_, evidence)| evidence);
                }
                header if header.starts_with('[') => of_section = &[],
                _ => {}
            }
            let key = line.split(" = ").next().unwrap_or_default();
            if let Some((_, what)) = of_section.iter().find(|(of, _)| *of == key) {
                lines.push(format!("# {what}"));
            }
            lines.push(line.to_owned());
        }
        lines.push(String::new());
        Ok(lines.join("\n"))
    }
}
