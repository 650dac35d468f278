//! Bad debt and its payers.
//!
//! | instruction | file |
//! |---|---|
//! | settle_loss, deleverage, withdraw_pro_rata | charges/deficit.rs |
//! | resolve_bankruptcy | charges/bankruptcy.rs |
//! | borrow, and interest of loans | charges/loans.rs |
//! | liquidate: collateral, pairs, the top-up of a reward | charges/collateral.rs |
pub(crate) mod charges;
