//! Tables on a terminal.
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

/// A table with these columns and no row yet; numbers to the right from column `numbers` on.
pub fn table(columns: &[&str], numbers: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(columns.to_vec());
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if index < numbers {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        });
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right() {
        let mut table = table(&["Books", "USDC"], 1);
        table.add_row(["Pool", "7"]);
        let lines: Vec<String> = table.lines().collect();
        assert!(
            lines[3].contains("Pool  ") && lines[3].contains("    7 "),
            "{table}"
        );
    }
}
