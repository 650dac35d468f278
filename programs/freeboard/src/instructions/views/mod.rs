//! Reports of what is and what would be; nothing is written.
pub mod preview_liquidation;
pub mod preview_trade;
pub mod view_margin;
pub mod view_parameters;

#[allow(ambiguous_glob_reexports)]
pub use preview_liquidation::*;
pub use preview_trade::*;
pub use view_margin::*;
pub use view_parameters::*;
