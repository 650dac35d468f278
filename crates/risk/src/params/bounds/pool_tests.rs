use super::*;
use crate::RiskError::*;

fn check(edit: impl Fn(&mut PoolParams)) -> Result<(), RiskError> {
    let mut params = PoolParams::reference();
    edit(&mut params);
    params.check_bounds()
}

/// A field passes at both ends of its range and fails one beyond them.
macro_rules! edges {
    ($error:expr, $field:ident: $min:expr, $max:expr) => {{
        let (min, max): (Option<_>, Option<_>) = ($min, $max);
        if let Some(min) = min {
            assert_eq!(check(|p| p.$field = min), Ok(()), "at the minimum");
            assert_eq!(check(|p| p.$field = min - 1), Err($error), "below it");
        }
        if let Some(max) = max {
            assert_eq!(check(|p| p.$field = max), Ok(()), "at the maximum");
            assert_eq!(check(|p| p.$field = max + 1), Err($error), "above it");
        }
    }};
}

#[test]
fn reference_parameters_are_within_bounds() {
    assert_eq!(check(|_| ()), Ok(()));
}

#[test]
fn the_borrow_rate_is_bounded_as_a_sum() {
    edges!(BorrowRateOutOfBounds, borrow_base_per_h_e9: None, Some(90_000));
    edges!(BorrowRateOutOfBounds, borrow_slope_per_h_e9: None, Some(99_000));
    let both = |p: &mut PoolParams| {
        (p.borrow_base_per_h_e9, p.borrow_slope_per_h_e9) = (u64::MAX, u64::MAX);
    };
    assert_eq!(check(both), Err(BorrowRateOutOfBounds));
    assert_eq!(check(|p| p.borrow_cap_quote_atoms = 0), Ok(()));
}

#[test]
fn delays_and_caps() {
    edges!(LpDelayOutOfBounds, lp_delay_secs: Some(86_400), Some(604_800));
    edges!(LpDelayOutOfBounds, lp_window_secs: Some(43_200), Some(43_200));
    let of_a_week =
        |lp_window_secs| check(|p| (p.lp_delay_secs, p.lp_window_secs) = (604_800, lp_window_secs));
    assert_eq!(of_a_week(302_400), Ok(()), "half of it");
    assert_eq!(of_a_week(302_401), Err(LpDelayOutOfBounds));
    assert_eq!(of_a_week(u32::MAX), Err(LpDelayOutOfBounds));
    edges!(PoolCapOutOfBounds, pool_cap_quote_atoms: Some(1), None);
    edges!(InsuranceCapOutOfBounds, insurance_cap_quote_atoms: Some(1), None);
    edges!(OrderTimeOutOfBounds, fill_delay_secs: Some(1), Some(10));
    edges!(OrderTimeOutOfBounds, order_expiry_secs: Some(5), Some(60));
    let times = |fill_delay_secs, order_expiry_secs| {
        check(|p| (p.fill_delay_secs, p.order_expiry_secs) = (fill_delay_secs, order_expiry_secs))
    };
    assert_eq!(times(9, 10), Ok(()));
    assert_eq!(times(10, 10), Err(OrderTimeOutOfBounds), "never filled");
}

#[test]
fn rewards_and_deleveraging() {
    edges!(RewardOutOfBounds, reward_min_e9: None, Some(10_000_000));
    edges!(RewardOutOfBounds, fill_reward_share_e9: None, Some(500_000_000));
    edges!(DeleverageOutOfBounds, adl_start_score_e9:
        Some(1_000_000_000), Some(100_000_000_000));
    edges!(DeleverageOutOfBounds, adl_half_life_secs: Some(5), Some(600));
}
