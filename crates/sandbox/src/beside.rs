//! Prices, cases and accounts that lie beside the repository and are no part of the product.
use std::path::{Path, PathBuf};

/// Where this lies in the folder `$FREEBOARD_SHARED`, by default `../shared` beside the repository. `None`, and a line
/// that says so, where there is no such thing: the test that asks then passes.
pub fn beside(name: &str) -> Option<PathBuf> {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = above.find(|folder| folder.join("Cargo.lock").is_file());
    let default = root.expect("a workspace").join("../shared");
    let folder = std::env::var_os("FREEBOARD_SHARED").map_or(default, PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {} (set FREEBOARD_SHARED)", path.display());
    None
}
