//! A copy of the standard library's source with the edits that Solana needs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::progress::Step;

/// A change of one place in one file.
struct Edit {
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

const EDITS: &[Edit] = &[
    // The allocator must know the alignment of this architecture.
    Edit {
        file: "sys/alloc/mod.rs",
        old: "    target_arch = \"riscv64\",\n",
        new: "    target_arch = \"bpf\",\n    target_arch = \"riscv64\",\n",
    },
    // Hash keys without a random source and without a writable static: SBPF has neither.
    Edit {
        file: "hash/random.rs",
        old: "        KEYS.with(|keys| {\n",
        new: "        #[cfg(target_os = \"solana\")]\n        return RandomState { k0: 0x9e37_79b9_7f4a_7c15, k1: 0xd1b5_4a32_d192_ed03 };\n        #[cfg(not(target_os = \"solana\"))]\n        KEYS.with(|keys| {\n",
    },
    Edit {
        file: "hash/random.rs",
        old: "        thread_local!(static KEYS",
        new: "        #[cfg(not(target_os = \"solana\"))]\n        thread_local!(static KEYS",
    },
];

/// Returns all edits as text, for the recipe's key.
pub fn edits() -> String {
    EDITS
        .iter()
        .map(|edit| format!("{}\0{}\0{}\0", edit.file, edit.old, edit.new))
        .collect()
}

/// Copies the folder `library` of the compiler's sources to `destination` and edits the copy.
pub fn copy_and_edit(library: &Path, destination: &Path) -> Result<()> {
    let mut step = Step::start("editing a copy of the standard library");
    // Links are followed: Debian's sources point into other folders.
    step.run_command(child::clean("cp").arg("-rL").arg(library).arg(destination))?;
    for edit in EDITS {
        let path = destination.join("std/src").join(edit.file);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        fs::write(&path, apply(&text, edit)?)?;
    }
    step.done();
    Ok(())
}

fn apply(text: &str, edit: &Edit) -> Result<String> {
    ensure!(
        text.matches(edit.old).count() == 1,
        "the standard library's {} is not as expected: Debian's compiler has changed, and the \
         edits in crates/xtask/src/sbf/standard_library.rs must follow",
        edit.file
    );
    Ok(text.replace(edit.old, edit.new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_wants_exactly_one_place() {
        let edit = Edit {
            file: "f",
            old: "b",
            new: "B",
        };
        assert_eq!(apply("abc", &edit).unwrap(), "aBc");
        assert!(apply("ac", &edit).is_err());
        assert!(apply("abb", &edit).is_err());
    }
}
