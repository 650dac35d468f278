use super::*;
use crate::fixture::{ETH, SOL, USD, coefficients, eth, portfolio, sol, sol_collateral};
use crate::margin::liquidation_valuation;

const DOLLAR: u128 = 1_000_000_000_000;

/// The liquidation price of the first holding.
fn price_of(quote_atoms: i64, holdings: &[Holding]) -> Option<Price> {
    let c = coefficients();
    liquidation_price(&portfolio(&c, quote_atoms, holdings), 0).unwrap()
}

/// Whether the account is liquidatable with the first holding at this price.
fn is_liquidatable(quote_atoms: i64, holdings: &[Holding], price: Price) -> bool {
    let c = coefficients();
    let mut moved = holdings.to_vec();
    moved[0].price = price;
    let account = portfolio(&c, quote_atoms, &moved);
    let valuation = liquidation_valuation(&account).unwrap();
    valuation.requirement.is_liquidatable()
}

/// Liquidatable at the price found and not a millionth nearer to P.
#[track_caller]
fn assert_crossing(quote_atoms: i64, holdings: &[Holding]) -> Price {
    let found = price_of(quote_atoms, holdings).expect("a price");
    assert!(is_liquidatable(quote_atoms, holdings, found), "{found:?}");
    let Price(now) = holdings[0].price;
    let millionth = now / 1_000_000;
    let nearer = if found.0 < now {
        found.0 + millionth
    } else {
        found.0 - millionth
    };
    assert!(!is_liquidatable(quote_atoms, holdings, Price(nearer)));
    found
}

#[test]
fn a_long_by_hand() {
    // 1,000 SOL at $100, $10,000: 10,000 + 1000·(p − 100) = 1000·p·(3.75 % + 0.08 %)
    // p = 90,000 / (1000·0.9617) = 93.58…
    let found = assert_crossing(10_000 * USD, &[sol(1_000 * SOL)]);
    let dollars = found.0 * 10_000 / DOLLAR;
    assert_eq!(dollars, 935_842);
}

#[test]
fn a_short_by_hand() {
    // 10,000 − 1000·(p − 100) = 1000·p·0.0383: p = 110,000/1038.3 = 105.94…
    let found = assert_crossing(10_000 * USD, &[sol(-1_000 * SOL)]);
    assert_eq!(found.0 * 100 / DOLLAR, 10_594);
}

#[test]
fn beside_other_assets_and_as_collateral() {
    assert_crossing(10_000 * USD, &[sol(1_000 * SOL), eth(-20 * ETH)]);
    assert_crossing(-60_000 * USD, &[sol_collateral(1_000 * SOL as u64)]);
    let hedged = Holding {
        collateral_atoms: 400 * SOL as u64,
        ..sol(-1_000 * SOL)
    };
    assert_crossing(10_000 * USD, &[hedged]);
}

#[test]
fn a_far_short_scales_with_its_price() {
    let far = assert_crossing(1_000_000 * USD, &[sol(-1_000 * SOL)]);
    assert!(far.0 > 900 * DOLLAR);
}

#[test]
fn none_where_no_price_does_it_and_the_price_itself_where_it_is_done() {
    assert_eq!(price_of(200_000 * USD, &[sol(1_000 * SOL)]), None);
    assert_eq!(price_of(2_000_000 * USD, &[sol(-1_000 * SOL)]), None);
    assert_eq!(price_of(1_000 * USD, &[sol(0)]), None);
    let now = sol(0).price;
    assert_eq!(price_of(1_000 * USD, &[sol(1_000 * SOL)]), Some(now));
}

#[test]
fn an_index_beyond_the_holdings_is_nothing() {
    let c = coefficients();
    let empty = portfolio(&c, USD, &[]);
    assert_eq!(
        liquidation_price(&empty, 0),
        Err(RiskError::NothingToLiquidate)
    );
}
