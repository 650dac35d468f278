//! Accounts below their margin are flagged and closed; prices are shown for it.
pub mod announce_absence;
pub mod flag;
pub mod flag_several;
pub mod liquidate;
pub mod liquidate_several;
pub(crate) mod several;
pub mod show_price;

#[allow(ambiguous_glob_reexports)]
pub use announce_absence::*;
pub use flag::*;
pub use flag_several::*;
pub use liquidate::*;
pub use liquidate_several::*;
pub use show_price::*;
