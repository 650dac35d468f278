//! One market: positions against the pool, what a trade costs, funding, and the gap that both sides may lose.
pub mod funding;
pub mod gap;
pub mod notional;
pub mod paid_window;
pub mod position;
pub mod settlement;
pub mod skew;
pub mod trade;
