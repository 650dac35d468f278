//! Integers that never overflow unseen: wide arithmetic, functions of fixed point, amounts and prices.
pub mod arith;
pub mod atoms;
pub mod math;
pub mod quantity;
