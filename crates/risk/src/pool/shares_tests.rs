use super::*;
use crate::RiskError::*;
use plain::{first_shares, min_out_ceil, payout_floor, redeemable_floor, shares_for_deposit_floor};

#[path = "../../tests/properties/plain_shares.rs"]
mod plain;

fn check_cap(amount: u64, nav: i128, cap: u64) -> Result<(), RiskError> {
    let nav = WideQuoteAtoms::new(nav);
    super::check_cap(QuoteAtoms::new(amount), nav, QuoteAtoms::new(cap))
}

#[test]
fn shares_and_payouts_are_rounded_down() {
    assert_eq!(shares_for_deposit_floor(100, 1_000, 3_000), Ok(33));
    assert_eq!(payout_floor(100, 3_000, 1_000), Ok(33));
    assert_eq!(payout_floor(3_000, 3_000, 1_000), Ok(1_000));
}

#[test]
fn an_insolvent_pool_sells_and_pays_nothing() {
    for nav in [0, -1, i128::MIN] {
        assert_eq!(
            shares_for_deposit_floor(100, 1_000, nav),
            Err(PoolInsolvent)
        );
        assert_eq!(payout_floor(100, 1_000, nav), Err(PoolInsolvent));
    }
    assert_eq!(first_shares(1_000_000, -1), Err(PoolInsolvent));
}

#[test]
fn as_many_shares_are_redeemed_as_pay_what_may_leave() {
    // Three shares an atom, three atoms a share, and seven for five atoms, of which one pays nothing.
    assert_eq!(redeemable_floor(70, 700, 500, 1), Ok(0));
    assert_eq!(redeemable_floor(70, 700, 500, 2), Ok(2));
    let cheap = |spare| redeemable_floor(100, 3_000, 1_000, spare);
    assert_eq!([33, 32, 1, 0].map(cheap), [100, 96, 3, 0].map(Ok));
    let dear = |spare| redeemable_floor(100, 1_000, 3_000, spare);
    assert_eq!([300, 299, 3, 2].map(dear), [100, 99, 1, 0].map(Ok));
    assert_eq!(redeemable_floor(100, 1_000, 0, 9), Err(PoolInsolvent));
    assert_eq!(redeemable_floor(2, 3_000, 1_000, 9), Err(LpAmountTooSmall));
    assert_eq!(redeemable_floor(2, 1, 5, 9), Err(Overflow));
}

#[test]
fn the_least_of_a_part_is_rounded_up() {
    assert_eq!(min_out_ceil(100, 1, 3), Ok(34));
    assert_eq!(min_out_ceil(0, 1, 3), Ok(0));
    assert_eq!(min_out_ceil(u64::MAX, 5, 5), Ok(u64::MAX));
    assert_eq!(min_out_ceil(1, 0, 0), Err(Overflow));
}

#[test]
fn too_little_is_refused() {
    assert_eq!(
        shares_for_deposit_floor(2, 1_000, 3_000),
        Err(LpAmountTooSmall)
    );
    assert_eq!(shares_for_deposit_floor(2, 0, 3_000), Err(LpAmountTooSmall));
    assert_eq!(payout_floor(2, 3_000, 1_000), Err(LpAmountTooSmall));
    assert_eq!(payout_floor(0, 0, 1_000), Err(LpAmountTooSmall));
    assert_eq!(payout_floor(0, 3_000, 1_000), Err(LpAmountTooSmall));
    assert_eq!(first_shares(1_000, 0), Err(LpAmountTooSmall));
    assert_eq!(first_shares(0, 5_000), Err(LpAmountTooSmall));
}

#[test]
fn the_first_deposit_pays_one_atom_a_share_and_gets_nothing_that_was_there() {
    let shares = |amount, nav| first_shares(amount, nav).unwrap();
    assert_eq!(shares(1_001, 0), (1_000, 1));
    assert_eq!(shares(50_000, 0), (1_000, 49_000));
    assert_eq!(shares(50_000, 400), (1_000, 49_400));
    assert_eq!(shares(50_000, 1_000), (1_000, 50_000));
    assert_eq!(shares(50_000, 7_000_000), (7_000_000, 50_000));
}

#[test]
fn the_largest_amounts_fit_and_larger_ones_are_refused() {
    const MOST: u64 = 1 << 62;
    assert_eq!(shares_for_deposit_floor(MOST, MOST, 1 << 62), Ok(MOST));
    assert_eq!(
        shares_for_deposit_floor(MOST, MOST, i128::MAX),
        Err(LpAmountTooSmall)
    );
    assert_eq!(
        shares_for_deposit_floor(MOST, MOST + 1, 1 << 62),
        Err(Overflow)
    );
    assert_eq!(
        shares_for_deposit_floor(u64::MAX, u64::MAX, 1),
        Err(Overflow)
    );
    assert_eq!(payout_floor(1 << 63, 1 << 63, 1 << 63), Ok(1 << 63));
    assert_eq!(payout_floor(1, 1, 1 << 64), Err(Overflow));
    assert_eq!(payout_floor(2, 1, 5), Err(Overflow), "more than there are");
    assert_eq!(first_shares(MOST, 1 << 62), Ok((MOST, MOST)));
    assert_eq!(first_shares(MOST + 1, 1 << 62), Err(Overflow));
    assert_eq!(first_shares(1, 1 << 64), Err(Overflow));
}

#[test]
fn the_cap_is_on_the_value_after_the_deposit() {
    assert_eq!(check_cap(40, 60, 100), Ok(()));
    assert_eq!(check_cap(41, 60, 100), Err(PoolCapExceeded));
    assert_eq!(check_cap(1, i128::MAX, u64::MAX), Err(PoolCapExceeded));
    assert_eq!(check_cap(100, -60, 40), Ok(()));
}
