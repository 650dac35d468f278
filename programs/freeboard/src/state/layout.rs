//! Layouts are a public contract: clients and other programs read accounts by offset.
use super::{Asset, Collateral, Exchange, Ledger, MarginAccount, Pool, Position, RecordedPrice};
use core::mem::{align_of, offset_of, size_of};

#[test]
fn sizes_and_alignments() {
    assert_eq!((size_of::<Exchange>(), align_of::<Exchange>()), (4_016, 8));
    assert_eq!((size_of::<Asset>(), align_of::<Asset>()), (1_456, 8));
    assert_eq!(
        (size_of::<MarginAccount>(), align_of::<MarginAccount>()),
        (2_040, 8)
    );
    assert_eq!((size_of::<Pool>(), align_of::<Pool>()), (360, 8));
    assert_eq!(size_of::<Position>(), 56);
    assert_eq!(size_of::<Collateral>(), 32);
    assert_eq!(size_of::<RecordedPrice>(), 56);
    assert_eq!(size_of::<Ledger>(), 48);
}

#[test]
fn offsets_that_readers_use() {
    assert_eq!(offset_of!(MarginAccount, owner), 32);
    assert_eq!(offset_of!(MarginAccount, quote_atoms), 96);
    assert_eq!(offset_of!(MarginAccount, flagged_ts), 104);
    assert_eq!(offset_of!(MarginAccount, positions), 168);
    assert_eq!(offset_of!(MarginAccount, collaterals), 168 + 16 * 56);
    assert_eq!(offset_of!(Asset, exchange), 0);
    assert_eq!(offset_of!(Asset, mint), 64);
    assert_eq!(offset_of!(Pool, ledger), 32);
    assert_eq!(offset_of!(Exchange, governance), 32);
}

#[test]
fn reserved_space_is_last() {
    assert_eq!(
        offset_of!(Exchange, reserved) + 64 * 8,
        size_of::<Exchange>()
    );
    assert_eq!(offset_of!(Asset, reserved) + 24 * 8, size_of::<Asset>());
    assert_eq!(
        offset_of!(MarginAccount, reserved) + 30 * 8,
        size_of::<MarginAccount>()
    );
    assert_eq!(offset_of!(Pool, reserved) + 16 * 8, size_of::<Pool>());
}
