//! The table, and the goals that a row or the program's file may have.
use crate::{Row, snapshot::Snapshot};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

/// Largest program file, bytes.
const PROGRAM_BYTES: u64 = 600_000;
/// Instruction, positions, collaterals, compute units, while no parameter is on its way: a ramp has rows of its own.
const GOALS: [(&str, u8, u8, u64); 5] = [
    ("trade", 1, 0, 40_000),
    ("liquidate", 1, 0, 50_000),
    ("view_margin", 1, 0, 15_000),
    ("trade", 8, 4, 90_000),
    ("liquidate", 8, 4, 130_000),
];

/// In the variant of a row that is measured during ramps.
pub const RAMPING: &str = "everything ramps";

fn goal(row: &Row) -> Option<u64> {
    let found = GOALS
        .iter()
        .filter(|_| !row.variant.contains(RAMPING))
        .find(|(instruction, positions, collaterals, _)| {
            (row.instruction.as_str(), row.positions, row.collaterals)
                == (*instruction, *positions, *collaterals)
        });
    found.map(|(_, _, _, units)| *units)
}

/// Every row, with its goal: instruction, positions, collaterals, compute units, goal.
fn cells(measured: &Snapshot) -> Vec<[String; 5]> {
    let limit = |least: u64, most: u64| {
        let mark = if least <= most { "" } else { " missed" };
        format!("≤ {most}{mark}")
    };
    let mut cells = Vec::new();
    for row in &measured.rows {
        let goal = goal(row).map_or_else(String::new, |units| limit(row.compute_units, units));
        let variant = if row.variant.is_empty() {
            String::new()
        } else {
            format!(", {}", row.variant)
        };
        cells.push([
            format!("{}{variant}", row.instruction),
            row.positions.to_string(),
            row.collaterals.to_string(),
            row.compute_units.to_string(),
            goal,
        ]);
    }
    let bytes = measured.program_bytes;
    cells.push([
        "program file, bytes".to_owned(),
        String::new(),
        String::new(),
        bytes.to_string(),
        limit(bytes, PROGRAM_BYTES),
    ]);
    cells
}

/// Every row, with its goal.
pub fn table(measured: &Snapshot) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header([
        "Instruction",
        "Positions",
        "Collaterals",
        "Compute units",
        "Goal",
    ]);
    for row in cells(measured) {
        table.add_row(row);
    }
    for column in 1..5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The same as a table of a document.
pub fn markdown(measured: &Snapshot) -> String {
    let mut lines = vec![
        "| instruction | positions | collaterals | compute units | goal |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(
        cells(measured)
            .iter()
            .map(|row| format!("| {} |", row.join(" | "))),
    );
    lines.join("\n")
}

/// Goals that are not met.
pub fn missed(measured: &Snapshot) -> Vec<String> {
    let rows = measured.rows.iter().filter_map(|row| {
        let units = goal(row).filter(|units| row.compute_units > *units)?;
        Some(format!(
            "{}: {} > {units} compute units",
            row.name(),
            row.compute_units
        ))
    });
    let mut missed: Vec<String> = rows.collect();
    if measured.program_bytes > PROGRAM_BYTES {
        missed.push(format!(
            "program file: {} > {PROGRAM_BYTES} bytes",
            measured.program_bytes
        ));
    }
    missed
}
