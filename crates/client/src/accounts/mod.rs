//! Accounts: their addresses, their order in an instruction, their data, prices of feeds.
pub mod address;
pub mod decode;
pub mod dump;
pub mod feed;
pub mod pin;
pub mod slots;
