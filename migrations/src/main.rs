//! `freeboard-deploy`.
fn main() {}
