//! A network on this machine: a validator of its own, the exchange of a parameter file with money in its pool, wallets,
//! and prices that move every second.
//!
//! The exchange is set up by `freeboard-migrations`, as on any cluster. What only a local validator can do is in one
//! place, [`LocalChain`]: its clock is moved where a real deployment sleeps.
//!
//! | module | what it holds |
//! |---|---|
//! | `network` | [`LocalNetwork`]: all of it, running; stops when dropped |
//! | `validator` | [`ValidatorProcess`]: the validator, started and stopped |
//! | `chain` | [`LocalChain`]: the clock, programs and SOL out of nothing |
//! | `wallets` | [`Wallets`]: everybody's keypair, in files that only their owner reads |
//! | `tokens` | mints, token accounts, money out of nothing |
//! | `tape` | [`PriceOrigin`]: generated or recorded prices, second by second |
//! | `poster` | prices to the chain, by the mock of Pyth's receiver |
//! | `setup` | from an empty chain to an exchange that trades |
//! | `liquidity` | the LP's money |
//! | `check` | a deposit, an order, a view and the books, through the client |
//! | `description` | [`NetworkDescription`]: what tools need to find everything |
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod chain;
mod check;
mod description;
mod liquidity;
mod network;
mod poster;
mod setup;
mod tape;
mod tokens;
mod validator;
mod wallets;

pub use chain::LocalChain;
pub use check::{SelfCheck, books};
pub use description::{DescribedAsset, NetworkDescription, shell_word};
pub use network::{LocalNetwork, LocalnetOptions};
pub use tape::PriceOrigin;
pub use validator::{ValidatorPorts, ValidatorProcess};
pub use wallets::{NAMES as WALLET_NAMES, Wallets};
