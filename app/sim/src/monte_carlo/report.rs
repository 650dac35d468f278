//! The table of a simulation.
use freeboard_client::display::money::percent_two as percent;
use freeboard_client::display::table::table;

use super::MonteCarlo;
use crate::time::moment;

/// Columns: a book with its margins, then one horizon per row.
const COLUMNS: [&str; 9] = [
    "book",
    "MM",
    "IM",
    "horizon",
    "VaR 99.5 %",
    "ES 99.5 %",
    "ES 97.5 %",
    "beyond MM",
    "beyond IM",
];

/// Losses beside margins as text.
pub fn text(result: &MonteCarlo) -> String {
    let mut table = table(&COLUMNS, 1);
    for book in &result.books {
        for (place, horizon) in book.horizons.iter().enumerate() {
            let once = |text: String| if place == 0 { text } else { String::new() };
            table.add_row([
                once(book.book.clone()),
                once(percent(book.maintenance_margin)),
                once(percent(book.initial_margin)),
                format!("{} h", horizon.horizon_h),
                percent(horizon.var_995),
                percent(horizon.es_995),
                percent(horizon.es_975),
                percent(horizon.beyond_mm),
                percent(horizon.beyond_im),
            ]);
        }
    }
    format!(
        "{} paths from the close of {} (seed {}), of blocks of {} h out of {}: moves over the volatility known before \
         them, of all assets at once, times the volatility of the path. Shares of the gross notional.\n{table}\n",
        result.paths,
        moment(result.as_of_ts),
        result.seed,
        result.block_h,
        result.blocks
    )
}
