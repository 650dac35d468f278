//! A trader's account and what is paid into it and out of it.
pub mod borrow;
pub mod close_margin_account;
pub mod deposit;
pub(crate) mod margin_call;
pub mod open_margin_account;
pub mod quote_withdrawal;
pub mod set_delegate;
pub(crate) mod token_account;
pub(crate) mod transfer;
pub mod withdraw;
pub mod withdraw_pro_rata;
mod withdrawal;

#[allow(ambiguous_glob_reexports)]
pub use close_margin_account::*;
pub use deposit::*;
pub use open_margin_account::*;
pub use quote_withdrawal::*;
pub use set_delegate::*;
pub use withdraw::*;
pub use withdraw_pro_rata::*;
