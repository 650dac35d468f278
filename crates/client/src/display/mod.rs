//! Amounts and tables as people read them, the same in every program that prints them.
pub mod money;
pub mod state;
pub mod table;
