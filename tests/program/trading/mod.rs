//! Positions, orders, measured and implied volatility, live validation, turnover, rewards of callers.
pub(crate) mod exceedances;
pub(crate) mod orders;
pub(crate) mod reduce;
pub(crate) mod rewards;
pub(crate) mod sample_volatility;
pub(crate) mod show_implied_volatility;
pub(crate) mod trade;
pub(crate) mod trade_refusals;
pub(crate) mod turnover;
pub(crate) mod unpaid_fees;
