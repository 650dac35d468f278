//! Measures compute units per instruction and compares them with the snapshot.
fn main() {}
