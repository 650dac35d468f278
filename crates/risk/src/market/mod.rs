//! One market: positions against the pool, what a trade costs, what its filler is paid, funding, and the gap that both sides may lose.
pub mod funding;
pub mod gap;
pub mod notional;
pub mod paid_window;
pub mod position;
pub mod reward;
pub mod settlement;
pub mod skew;
pub mod trade;
