//! An exchange as a client has it: its accounts decoded, their keys, and the instructions on it with the accounts of each
//! in the right order.
pub mod calls;
pub mod state;
