//! One instruction per file: arguments, accounts, handler.
pub mod close_margin_account;
pub mod create_asset;
pub mod deposit;
pub mod flag;
pub mod fund_pool;
pub mod initialize_exchange;
pub mod liquidate;
pub mod open_margin_account;
pub mod pause;
pub mod sample_volatility;
pub mod set_delegate;
pub mod sweep_pool;
pub mod trade;
mod transfer;
pub mod view_margin;
pub mod withdraw;

// Anchor needs the generated client modules here; each `handler` is called by its path.
#[allow(ambiguous_glob_reexports)]
pub use close_margin_account::*;
pub use create_asset::*;
pub use deposit::*;
pub use flag::*;
pub use fund_pool::*;
pub use initialize_exchange::*;
pub use liquidate::*;
pub use open_margin_account::*;
pub use pause::*;
pub use sample_volatility::*;
pub use set_delegate::*;
pub use sweep_pool::*;
pub use trade::*;
pub use view_margin::*;
pub use withdraw::*;
