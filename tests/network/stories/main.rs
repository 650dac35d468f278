//! Stories on a local network: the real validator, the real programs, the binaries that people run.
//!
//! | file | whose |
//! |---|---|
//! | `trader` | docs/trader.md, command by command; what is refused; an order that is waited for |
//! | `question` | `freeboard margin` of an exchange, beside what the chain says |
//! | `loan` | collateral, a loan and its interest, paid back; a withdrawal while the pool owes more than it has |
//! | `liquidated` | from a deposit to a liquidation by the keeper |
//! | `keeper` | the keeper as a daemon: before its node is there, in a dry run, beside another, its table; what is ripe and what is lost |
//! | `liquidity` | an LP in and out |
//! | `change` | governance, from a file to a parameter in force; another feed, and a feed that dies |
//! | `listing` | a token of Token-2022: listed, paid in, taken out |
//! | `operations` | operators: docs/operations.md and docs/keepers.md, run-book by run-book |
//! | `documents` | that every command of these documents is run |
//! | `deployment` | whoever deploys: from a bare validator to an exchange that a multisig governs, and an upgrade |
//! | `client` | the client: lookup tables, version 1, subscriptions, transactions that are refused |
mod change;
mod client;
mod deployment;
mod documents;
mod keeper;
mod liquidated;
mod liquidity;
mod listing;
mod loan;
mod operations;
mod question;
mod trader;
