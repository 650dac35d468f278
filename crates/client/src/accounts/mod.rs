//! Accounts of the program: their addresses, their order in an instruction, their data.
pub mod address;
pub mod decode;
pub mod dump;
pub mod pin;
pub mod slots;
