use super::*;
use crate::RiskError::*;

#[test]
fn each_value_is_checked_by_itself() {
    let count = |scenarios| Scenarios { scenarios }.check_bounds();
    assert_eq!((count(0), count(16)), (Ok(()), Ok(())));
    assert_eq!(count(17), Err(ScenarioOutOfBounds));
    let delay = |timelock_secs| Timelock { timelock_secs }.check_bounds();
    assert_eq!((delay(86_400), delay(2_592_000)), (Ok(()), Ok(())));
    assert_eq!(delay(86_399), Err(TimelockOutOfBounds));
    assert_eq!(delay(2_592_001), Err(TimelockOutOfBounds));
    let cap = |cap_quote_atoms| Payouts { cap_quote_atoms }.check_bounds();
    assert_eq!((cap(0), cap(1_000_000_000_000)), (Ok(()), Ok(())));
    assert_eq!(cap(1_000_000_000_001), Err(PayoutCapOutOfBounds));
}

#[test]
fn a_name_is_visible_ascii_and_then_zeros() {
    let name = |text: &[u8]| {
        let mut name = [0; NAME_BYTES];
        name[..text.len()].copy_from_slice(text);
        is_valid_name(&name)
    };
    for valid in ["A", "BTC", "SOL-PERP", "1INCH", "SIXTEEN_LETTERS!", "~!"] {
        assert!(name(valid.as_bytes()), "{valid}");
    }
    for invalid in [
        &b""[..],
        b"A B",
        b" A",
        b"A ",
        b"A\0B",
        b"\x7f",
        b"Z\xc3\xbcrich",
        b"\n",
    ] {
        assert!(!name(invalid), "{invalid:?}");
    }
}
