//! Margins of decoded accounts, what they become by a change, and the value of the pool.
pub mod forecast;
pub mod margin;
pub mod pool;
