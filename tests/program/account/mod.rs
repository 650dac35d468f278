//! Accounts of traders: opened, paid into, paid out of, closed.
pub(crate) mod close_margin_account;
pub(crate) mod deposit;
pub(crate) mod deposit_cap;
pub(crate) mod deposit_relief;
pub(crate) mod held_assets;
pub(crate) mod open_margin_account;
pub(crate) mod outflow;
pub(crate) mod relief;
pub(crate) mod token_accounts;
pub(crate) mod withdraw;
