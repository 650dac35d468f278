//! Layouts are a public contract: clients and other programs read accounts by offset.
use super::{
    Asset, Collateral, Exchange, Layout, Ledger, LiquidityRequest, MarginAccount, Pool, Position,
    RecordedPrice,
};
use core::mem::{align_of, offset_of, size_of};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn sizes_and_alignments() {
    assert_eq!((size_of::<Exchange>(), align_of::<Exchange>()), (3_832, 8));
    assert_eq!((size_of::<Asset>(), align_of::<Asset>()), (1_792, 8));
    assert_eq!(
        (size_of::<MarginAccount>(), align_of::<MarginAccount>()),
        (2_048, 8)
    );
    assert_eq!((size_of::<Pool>(), align_of::<Pool>()), (392, 8));
    assert_eq!(size_of::<LiquidityRequest>(), 208);
    assert_eq!(size_of::<Position>(), 56);
    assert_eq!(size_of::<Collateral>(), 40);
    assert_eq!(size_of::<RecordedPrice>(), 56);
    assert_eq!(size_of::<Ledger>(), 48);
}

#[test]
fn offsets_that_readers_use() {
    assert_eq!(offset_of!(MarginAccount, owner), 40);
    assert_eq!(offset_of!(MarginAccount, quote_atoms), 104);
    assert_eq!(offset_of!(MarginAccount, flagged_ts), 112);
    assert_eq!(offset_of!(MarginAccount, positions), 176);
    assert_eq!(offset_of!(MarginAccount, collaterals), 176 + 16 * 56);
    assert_eq!(offset_of!(Asset, exchange), 8);
    assert_eq!(offset_of!(Asset, mint), 72);
    assert_eq!(offset_of!(Pool, ledger), 40);
    assert_eq!(offset_of!(Exchange, governance), 40);
}

/// A reader of an account can ask for its version first, in any later layout.
#[test]
fn the_version_is_the_first_byte_of_every_account() {
    assert_eq!(offset_of!(Exchange, layout), 0);
    assert_eq!(offset_of!(Asset, layout), 0);
    assert_eq!(offset_of!(MarginAccount, layout), 0);
    assert_eq!(offset_of!(Pool, layout), 0);
    assert_eq!(offset_of!(LiquidityRequest, layout), 0);
    assert_eq!(offset_of!(Layout, version), 0);
}

#[test]
fn reserved_space_is_last() {
    assert_eq!(
        offset_of!(Exchange, reserved) + 64 * 8,
        size_of::<Exchange>()
    );
    assert_eq!(offset_of!(Asset, reserved) + 8 * 8, size_of::<Asset>());
    assert_eq!(
        offset_of!(MarginAccount, reserved) + 20 * 8,
        size_of::<MarginAccount>()
    );
    assert_eq!(offset_of!(Pool, reserved) + 16 * 8, size_of::<Pool>());
}

/// Anchor's own `load` does not ask for the version: in no file but that of [`super::Load`] is it called.
#[test]
fn no_account_is_read_without_asking_for_its_version() {
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(path);
            }
        }
    }
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 60, "{}", all.len());
    for path in all {
        let text = fs::read_to_string(&path).expect("a source");
        for call in ["load", "load_mut", "load_init"].map(|name| format!(".{name}()")) {
            let allowed = path.ends_with("src/load.rs");
            let what = format!("{} calls {call}: read, write or create it", path.display());
            assert!(allowed || !text.contains(&call), "{what}");
        }
    }
}
