use super::*;
use crate::fixture::{ETH, SOL, USD, coefficients, eth, portfolio, sol, sol_collateral};
use crate::price::standing::Standing;
use crate::requirement::holding::Holding;
use crate::requirement::margin::{liquidation_valuation, maintenance};

#[test]
fn a_rest_with_the_changed_holding_is_the_account() {
    let c = coefficients();
    let doubtful = Holding {
        standing: Standing::Far,
        ..eth(-3 * ETH)
    };
    let held = [sol(10 * SOL), doubtful, sol_collateral(5_000_000_000)];
    let before = portfolio(&c, 100 * USD, &held);
    for index in 0..held.len() {
        let rest = AccountRest::new(&before, index).unwrap();
        assert_eq!(rest.maintenance(&before), maintenance(&before));
        for changed in [sol(4 * SOL), doubtful, sol(0), eth(7 * ETH)] {
            let mut after = held;
            after[index] = changed;
            let after = portfolio(&c, -70 * USD, &after);
            assert_eq!(rest.maintenance(&after), maintenance(&after));
            let valued = liquidation_valuation(&after);
            assert_eq!(rest.liquidation_valuation(&after), valued);
        }
    }
}

#[test]
fn a_rest_is_of_a_holding_that_is_there() {
    let c = coefficients();
    let refused = AccountRest::new(&portfolio(&c, 0, &[sol(SOL)]), 1);
    assert_eq!(refused.err(), Some(RiskError::NothingToLiquidate));
}

#[test]
fn a_holding_whose_amounts_end_is_refused_by_the_margin_and_told_by_the_valuation() {
    let c = coefficients();
    let mut vast = sol(i64::MAX);
    vast.price.0 = u128::from(u64::MAX) * 1_000_000;
    let held = [sol(SOL), vast];
    let account = portfolio(&c, 0, &held);
    for index in 0..2 {
        let rest = AccountRest::new(&account, index).unwrap();
        assert_eq!(rest.maintenance(&account), Err(RiskError::Overflow));
        let valued = rest.liquidation_valuation(&account).unwrap();
        assert!(valued.is_saturated);
        assert_eq!(Ok(valued), liquidation_valuation(&account));
    }
}
