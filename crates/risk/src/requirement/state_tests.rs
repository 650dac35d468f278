extern crate std;
use super::*;
use crate::params::LiquidationParams;
use crate::requirement::portfolio::Binding;

const LEVEL_E9: u32 = LiquidationParams::reference().call_level_e9;

/// The outcome of an Initial level that is met, or not.
const fn verdict(is_met: bool) -> InitialVerdict {
    match is_met {
        true => InitialVerdict::Met,
        false => InitialVerdict::NotMet,
    }
}

const fn at(equity_atoms: i128, margin_atoms: i128) -> Requirement {
    Requirement {
        margin_atoms,
        equity_atoms,
        binding: Binding::Var,
    }
}

#[test]
fn each_state_ends_where_the_next_begins() {
    let state = |equity| MarginState::new(&at(equity, 3_000), verdict(equity >= 6_000), LEVEL_E9);
    assert_eq!(LEVEL_E9, 1_200_000_000);
    for (equity, expected) in [
        (i128::MIN, MarginState::SeverelyUndercollateralised),
        (1_999, MarginState::SeverelyUndercollateralised),
        (2_000, MarginState::Liquidatable),
        (2_999, MarginState::Liquidatable),
        (3_000, MarginState::Call),
        (3_599, MarginState::Call),
        (3_600, MarginState::AtRisk),
        (5_999, MarginState::AtRisk),
        (6_000, MarginState::Safe),
    ] {
        assert_eq!(state(equity), expected, "{equity}");
    }
}

#[test]
fn the_worse_state_counts_and_more_equity_is_never_a_worse_one() {
    // By conservative prices an account may meet IM, and not lie above the call level by those of a liquidation.
    assert_eq!(
        MarginState::new(&at(110, 100), InitialVerdict::Met, LEVEL_E9),
        MarginState::Call
    );
    for margin in [0, 1, 2, 3, 100, 1 << 96] {
        for meets in [false, true] {
            let mut before = MarginState::SeverelyUndercollateralised;
            for step in 0..=300 {
                let equity = margin * (step - 20) / 200 + step - 20;
                let state = MarginState::new(&at(equity, margin), verdict(meets), LEVEL_E9);
                assert!(state <= before, "{equity} of {margin}");
                before = state;
            }
            assert_eq!(before == MarginState::Safe, meets, "{margin}");
        }
    }
}

#[test]
fn an_account_that_needs_no_margin_is_never_in_call() {
    let state = |equity| MarginState::new(&at(equity, 0), verdict(equity >= 0), LEVEL_E9);
    assert_eq!(state(0), MarginState::Safe);
    assert_eq!(state(1), MarginState::Safe);
    assert_eq!(state(-1), MarginState::SeverelyUndercollateralised);
}

#[test]
fn the_call_level_is_exact_at_the_largest_amounts() {
    let margin = 1_i128 << 96;
    let call = (margin * 6 + 4) / 5; // the first atom that is not below 1.2·2^96
    assert!(at(call - 1, margin).is_in_call(LEVEL_E9));
    assert!(!at(call, margin).is_in_call(LEVEL_E9));
    // A level of 1, which no parameters can set, leaves no room above MM.
    assert!(!at(margin, margin).is_in_call(1_000_000_000));
}

#[test]
fn a_higher_level_calls_whoever_a_lower_one_does() {
    for equity in 990..1_300 {
        let in_call = |level| at(equity, 1_000).is_in_call(level);
        let told: std::vec::Vec<bool> = [1_050_000_000, 1_200_000_000, 1_250_000_000]
            .map(in_call)
            .into();
        assert!(told.is_sorted(), "{equity}: {told:?}");
        let expected = [1_050, 1_200, 1_250].map(|end| (1_000..end).contains(&equity));
        assert_eq!(told, expected, "{equity}");
    }
}

#[test]
fn utilisation_is_rounded_up_and_defined_without_equity() {
    let share = |equity, margin| at(equity, margin).utilisation_permille();
    assert_eq!(share(0, 0), 0);
    assert_eq!(share(5, 0), 0);
    assert_eq!(share(1_000, 500), 500);
    assert_eq!(share(3, 1), 334);
    assert_eq!(share(1 << 96, 1 << 96), 1_000);
    assert_eq!(share(1 << 96, 1), 1);
    assert_eq!(share(1, 4_294_967), 4_294_967_000);
    for (equity, margin) in [(0, 1), (-1, 0), (-1, 1), (1, 4_294_968), (1, 1 << 96)] {
        assert_eq!(share(equity, margin), u32::MAX, "{equity} {margin}");
    }
}
