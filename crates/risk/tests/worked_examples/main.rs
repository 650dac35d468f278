//! The worked examples of docs/whitepaper.md and of the README: each test computes one example by the core and finds every number
//! of it in the text. A number that moves, in the code or in the text, fails the test of that name.
//!
//! An example in the text begins with `*Example (name).*` and ends at the next empty line; the test of it is the
//! function of that name in one of the files here. Amounts are in USD, rounded to the cent for the reader; all
//! parameters are those of `migrations/parameters/default.toml`.
mod account;
mod governance;
mod liquidation;
mod market;
mod paper;
mod pool;
mod price;
mod readme;
mod scenario;
mod shipped;
mod state;
