//! What the upstream tool chain is made of, and the keys that tell when a part must be made anew.

use sha2::{Digest, Sha256};

/// The compilation target: cargo names its output folder after the file.
pub const TARGET_FILE: &str = "sbpf-std.json";
/// Text of the target description.
pub const TARGET: &str = include_str!("../../sbf/sbpf-std.json");
/// 128-bit libcalls in LLVM's assembly.
pub const BUILTINS: &str = include_str!("../../sbf/builtins.ll");
/// Division and memory functions in Rust.
pub const RUNTIME: &str = include_str!("../../sbf/rt.rs");

/// Version of the linker, from crates.io.
pub const LINKER_VERSION: &str = "0.2.6";
/// Debian's release with the compiler; its security archive carries the current one.
pub const RUST_SUITE: &str = "bookworm";
/// Packages with rustc, cargo and the library sources that belong to them.
pub const RUST_PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "libstd-rust-web-dev-bpf",
];
/// Debian's release with the LLVM that the linker needs: its BPF backend has 128-bit libcalls,
/// 128-bit returns and stack arguments, which LLVM 22 has not.
pub const LLVM_SUITE: &str = "sid";
/// LLVM's major version.
pub const LLVM_MAJOR: u32 = 23;

/// Raised when the code that makes a part changes in a way that its inputs do not show.
const REVISION: u32 = 1;

/// Returns a short name for a part: a hash over everything it is made from.
pub fn key(inputs: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(REVISION.to_le_bytes());
    for input in inputs {
        // The length keeps ["ab", "c"] and ["a", "bc"] apart.
        hash.update((input.len() as u64).to_le_bytes());
        hash.update(input);
    }
    hash.finalize()[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_each_input_and_on_their_borders() {
        let keys = [
            key(&["a", "b"]),
            key(&["ab", ""]),
            key(&["a"]),
            key(&["b", "a"]),
        ];
        for (i, one) in keys.iter().enumerate() {
            assert_eq!(one.len(), 12);
            assert!(keys[i + 1..].iter().all(|other| other != one), "{keys:?}");
        }
        assert_eq!(key(&["a", "b"]), keys[0]);
    }
}
