//! One market: positions against the pool, what a trade costs, what its filler is paid, what is traded, funding, the gap
//! that both sides may lose, and its collateral: what of it counts and how fast it may leave.
pub mod collateral;
pub mod funding;
pub mod gap;
pub mod notional;
pub mod outflow;
pub mod paid_window;
pub mod position;
pub mod reward;
pub mod settlement;
pub mod skew;
pub mod trade;
pub mod turnover;
