//! Each instruction: what it does, each account wrong once, each refusal once. Refusals are functions
//! that `codes.rs` runs as tests named after their error, so that no error is left without one.
mod bounds;
mod close_margin_account;
mod codes;
mod create_asset;
mod deposit;
mod dumps;
mod extremes;
mod feeds;
mod flag;
mod held_assets;
mod initialize_exchange;
mod invariants;
mod layouts;
mod liquidate;
mod liquidate_refusals;
mod mints;
mod open_margin_account;
mod parity;
mod pause;
mod pool;
mod sample_volatility;
mod support;
mod trade;
mod trade_refusals;
mod view_margin;
mod withdraw;
