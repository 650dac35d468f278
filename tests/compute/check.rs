//! Comparison with the recorded figures.
//!
//! | builder | fails on |
//! |---|---|
//! | the recorded one | more than 2 % up or down; a row missing or new |
//! | another | more than 2 % up; a row missing or new |
//!
//! Compilers differ by more than 2 %, so under another builder a lower figure is no news, and a
//! higher one means that the recorded figures promise too much.
use crate::{Row, snapshot::Snapshot};

/// Allowed drift, percent.
const DRIFT_PERCENT: u64 = 2;

/// Whether the measured figures are the recorded ones, within the drift; prints what is not.
pub fn passes(recorded: &Snapshot, measured: &Snapshot) -> bool {
    if recorded.builder != measured.builder {
        eprintln!(
            "the snapshot was recorded with another builder; only higher figures fail\n  \
             recorded: {}\n  measured: {}",
            recorded.builder, measured.builder
        );
    }
    let differences = differences(recorded, measured);
    for line in &differences {
        eprintln!("drifted: {line}");
    }
    if !differences.is_empty() {
        eprintln!("if that is intended, record it: `cargo xtask bench --update`");
    }
    differences.is_empty()
}

fn differences(recorded: &Snapshot, measured: &Snapshot) -> Vec<String> {
    let same_builder = recorded.builder == measured.builder;
    let find = |rows: &[Row], row: &Row| rows.iter().find(|other| other.is_same_as(row)).cloned();
    let mut lines = Vec::new();
    for before in &recorded.rows {
        match find(&measured.rows, before) {
            None => lines.push(format!("{}: no longer measured", before.name())),
            Some(after) if has_drifted(before, &after, same_builder) => {
                let (before_units, units) = (before.compute_units, after.compute_units);
                let percent = (units as f64 / before_units as f64 - 1.0) * 100.0;
                lines.push(format!(
                    "{}: {before_units} → {units} ({percent:+.1} %)",
                    after.name()
                ));
            }
            Some(_) => {}
        }
    }
    let new = measured
        .rows
        .iter()
        .filter(|row| find(&recorded.rows, row).is_none());
    lines.extend(new.map(|row| format!("{}: not in the snapshot", row.name())));
    lines
}

fn has_drifted(before: &Row, after: &Row, same_builder: bool) -> bool {
    let (before, after) = (before.compute_units, after.compute_units);
    let tolerance = before * DRIFT_PERCENT;
    let up = after * 100 > before * 100 + tolerance;
    let down = after * 100 + tolerance < before * 100;
    up || (down && same_builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(builder: &str, units: &[u64]) -> Snapshot {
        let row = |(index, units): (usize, &u64)| Row {
            instruction: format!("i{index}"),
            variant: String::new(),
            positions: 0,
            collaterals: 0,
            compute_units: *units,
        };
        let rows = units.iter().enumerate().map(row).collect();
        Snapshot {
            builder: builder.to_owned(),
            program_bytes: 1,
            rows,
        }
    }

    #[test]
    fn two_percent_is_allowed_and_more_is_not() {
        let recorded = snapshot("a", &[10_000]);
        assert_eq!(differences(&recorded, &snapshot("a", &[10_200])).len(), 0);
        assert_eq!(differences(&recorded, &snapshot("a", &[9_800])).len(), 0);
        assert_eq!(differences(&recorded, &snapshot("a", &[10_201])).len(), 1);
        assert_eq!(differences(&recorded, &snapshot("a", &[9_799])).len(), 1);
    }

    #[test]
    fn under_another_builder_only_higher_figures_fail() {
        let recorded = snapshot("a", &[10_000]);
        assert_eq!(differences(&recorded, &snapshot("b", &[5_000])).len(), 0);
        assert_eq!(differences(&recorded, &snapshot("b", &[10_201])).len(), 1);
    }

    #[test]
    fn missing_and_new_rows_fail() {
        let (one, two) = (snapshot("a", &[1]), snapshot("a", &[1, 2]));
        assert_eq!(differences(&two, &one), ["i1: no longer measured"]);
        assert_eq!(differences(&one, &two), ["i1: not in the snapshot"]);
    }
}
