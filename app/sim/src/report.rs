//! The result of a backtest for readers: goals, tables, charts.
mod chart;
mod fixed;
mod goals;
mod inputs;
mod page;
mod scores;
mod table;

pub use goals::{Goal, goals};
pub use page::html;
pub use table::text;
