//! What was read and measured: one row per file, and sentences on what is missing, doubled, or moved over a gap.
use crate::backtest::{Backtest, GapMove};
use crate::prices::{Gap, Measured, counted};
use crate::time::moment;
use freeboard_client::display::money::percent_two as percent;

/// Gaps and moves over gaps that are named one by one, per file or in all.
const NAMED: usize = 10;

/// Columns of the table of files.
pub(super) const INPUT_COLUMNS: [&str; 9] = [
    "file",
    "step",
    "bars",
    "from",
    "to",
    "missing",
    "gaps",
    "frozen",
    "taken back",
];

/// Rows of the table of files.
pub(super) fn input_rows(backtest: &Backtest) -> Vec<[String; 9]> {
    backtest.inputs.files.iter().map(row).collect()
}

fn row(file: &Measured) -> [String; 9] {
    let runs = |bars: u64, longest: u64| match bars {
        0 => "0".to_owned(),
        _ => format!("{bars} ({longest} in a row)"),
    };
    let largest = file.largest_spike.map_or(String::new(), |change| {
        format!(" (up to {:+.1} %)", change * 100.0)
    });
    [
        file.file.clone(),
        format!("{} s", file.step_secs),
        file.bars.to_string(),
        moment(file.first_ts),
        moment(file.last_ts),
        file.missing_bars.to_string(),
        file.gap_count.to_string(),
        runs(file.frozen_bars, file.longest_frozen_run),
        format!("{}{largest}", file.spikes),
    ]
}

/// What else there is to say of the input, a sentence each.
pub(super) fn remarks(backtest: &Backtest) -> Vec<String> {
    let inputs = &backtest.inputs;
    let mut remarks = Vec::new();
    for file in &inputs.files {
        remarks.extend(gaps_of(file));
        if file.closes_outside_range > 0 {
            remarks.push(format!(
                "{}: {} outside the low and high of its bar.",
                file.file,
                counted(file.closes_outside_range, "close")
            ));
        }
        if file.bars_without_volume > 0 {
            remarks.push(format!(
                "{}: {} without volume; their closes are those of earlier ones.",
                file.file,
                counted(file.bars_without_volume, "bar")
            ));
        }
    }
    for overlap in &inputs.overlaps {
        let [one, other] = &overlap.files;
        remarks.push(format!(
            "{one} and {other} both hold {} to {}: it is judged once in each.",
            moment(overlap.from_ts),
            moment(overlap.to_ts)
        ));
    }
    let hourly = inputs.files.iter().filter(|file| file.step_secs >= 3_600);
    if hourly.clone().count() > 1 {
        let longest = hourly.map(|file| file.bars).max().unwrap_or(0);
        remarks.push(format!(
            "The hourly files have {} hours in common, of at most {longest}; books are judged on those.",
            inputs.common_hours
        ));
    }
    for source in &inputs.too_short_for_delays {
        remarks.push(format!(
            "{source}: its files have no two days in common, so nobody is liquidated late there."
        ));
    }
    if !inputs.unused_parameters.is_empty() {
        remarks.push(format!(
            "Parameters of assets that were not asked for: {}.",
            inputs.unused_parameters.join(", ")
        ));
    }
    let unread = inputs.unread.iter();
    remarks.extend(unread.map(|one| format!("Not read: {}: {}.", one.file, one.why)));
    remarks.extend(gap_remarks(&backtest.gap_moves));
    remarks
}

fn gaps_of(file: &Measured) -> Option<String> {
    let word = |gap: &Gap| {
        format!(
            "{} to {} ({}, {:+.2} %)",
            moment(gap.from_ts),
            moment(gap.to_ts),
            counted(gap.bars, "bar"),
            gap.change * 100.0
        )
    };
    let named: Vec<String> = file.gaps.iter().take(NAMED).map(word).collect();
    let more = match file.gap_count - named.len() as u64 {
        0 => String::new(),
        more => format!(" and {more} shorter ones"),
    };
    (!named.is_empty()).then(|| {
        let are = if file.missing_bars == 1 { "is" } else { "are" };
        format!(
            "{}: {} {are} missing: {}{more}.",
            file.file,
            counted(file.missing_bars, "bar"),
            named.join(", ")
        )
    })
}

fn gap_remarks(moves: &[GapMove]) -> Vec<String> {
    if moves.is_empty() {
        return Vec::new();
    }
    let beyond: Vec<&GapMove> = moves.iter().filter(|one| one.beyond).collect();
    let mut remarks = vec![format!(
        "Over gaps, {} judged against the MM before the gap: {} beyond it. The counts of all runs hold them.",
        counted(moves.len() as u64, "move"),
        beyond.len()
    )];
    remarks.extend(beyond.iter().take(NAMED).map(|one| {
        format!(
            "{} {}: {:+.2} % from {} to {}, MM before it {}.",
            one.asset,
            one.source,
            one.change * 100.0,
            moment(one.from_ts),
            moment(one.to_ts),
            percent(one.margin)
        )
    }));
    if beyond.len() > NAMED {
        remarks.push(format!("{} more are in the JSON.", beyond.len() - NAMED));
    }
    remarks
}
