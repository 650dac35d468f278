//! Each instruction: what it does, each account wrong once, each refusal once. Refusals are functions
//! that `codes.rs` runs as tests named after their error, so that no error is left without one.
mod account;
mod addresses;
mod adversaries;
mod attacks;
mod codes;
mod endings;
mod extremes;
mod fuzz_inputs;
mod governance;
mod liquidation;
mod liquidity;
mod losses;
mod oracle;
mod roles;
mod setup;
mod support;
mod trading;
mod views;
