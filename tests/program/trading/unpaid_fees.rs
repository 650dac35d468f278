//! A fee that an account could not pay is nobody's income: insurance and protocol get shares of what was paid.
use crate::support::{Stage, stage};
use freeboard_tests::usd;

/// Somebody is long 1,000 SOL with $20,000 and closes where he has this much left at the oracle's price, dollars. Returns
/// what insurance and protocol get, and his balance after it.
fn close_with(left: i64) -> (i128, i128, i64) {
    let Stage { mut world, sol, .. } = stage();
    let trader = world.new_trader(usd(20_000));
    world.trade(&trader, &sol, sol.atoms(1_000.0)).unwrap();
    world.warp_fresh(60);
    let equity = |world: &freeboard_tests::World| {
        let report = world.client_report(&trader).expect("a report");
        report.maintenance.equity_atoms
    };
    // Equity is linear in the price: a thousand dollars for each.
    let at_150 = equity(&world) as f64 / 1e6;
    world.set_price_usd(&sol, 150.0 - (at_150 - left as f64) / 1_000.0);
    let before = world.books();
    world
        .trade(&trader, &sol, -sol.atoms(1_000.0))
        .expect("closed");
    let after = world.books();
    world.assert_books();
    (
        after.insurance_atoms - before.insurance_atoms,
        after.fees_atoms - before.fees_atoms,
        world.quote_of(&trader),
    )
}

#[test]
fn a_fee_that_a_bankrupt_account_did_not_pay_is_not_handed_out() {
    let (insurance, protocol, balance) = close_with(-5_000);
    assert!(balance < -5_000_000_000, "{balance}");
    assert_eq!((insurance, protocol), (0, 0));
}

#[test]
fn a_fee_that_was_paid_in_part_is_handed_out_in_part() {
    let (all_insurance, all_protocol, balance) = close_with(5_000);
    assert!(balance > 0 && all_insurance > 0 && all_protocol > 0);
    // What he has left pays for spread and impact, and for a part of the fee.
    let part = (1..60)
        .map(|tens| close_with(tens * 10))
        .find(|(insurance, ..)| *insurance > 0);
    let (insurance, protocol, balance) = part.expect("a fee that was paid in part");
    assert!(balance < 0, "{balance}");
    assert!(insurance < all_insurance && protocol < all_protocol);
}
