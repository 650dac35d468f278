//! The margin report of an account.
mod doubt;
mod text;
mod view;

pub use text::{condition, order_table, position_table, text};
pub use view::{AccountView, oracle_price};
