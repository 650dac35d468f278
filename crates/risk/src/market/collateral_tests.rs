use super::*;
use crate::number::quantity::Price;

fn balance(amount_atoms: u64, counted_atoms: u64) -> CollateralBalance {
    CollateralBalance::new(amount_atoms, counted_atoms).unwrap()
}

fn seen(balance: CollateralBalance) -> (u64, u64) {
    (balance.amount_atoms, balance.counted_atoms().unwrap())
}

#[test]
fn a_deposit_counts_as_far_as_there_is_room() {
    let none = CollateralBalance::default();
    assert_eq!(seen(none.deposit(1_000, 1_000).unwrap()), (1_000, 1_000));
    assert_eq!(seen(none.deposit(1_000, 400).unwrap()), (1_000, 400));
    assert_eq!(seen(none.deposit(1_000, 0).unwrap()), (1_000, 0));
    let held = balance(1_000, 400);
    assert_eq!(seen(held.deposit(200, 0).unwrap()), (1_200, 399), "down");
    assert_eq!(
        seen(held.deposit(1, 5_000).unwrap()),
        (1_001, 1_001),
        "room again"
    );
    assert_eq!(none.deposit(u64::MAX, u64::MAX).unwrap().uncounted_e9, 0);
    assert_eq!(balance(1, 1).deposit(u64::MAX, 0), Err(RiskError::Overflow));
}

#[test]
fn a_withdrawal_takes_first_what_does_not_count() {
    let held = balance(1_000_000, 400_000);
    assert_eq!(seen(held.withdraw(600_000).unwrap()), (400_000, 400_000));
    assert_eq!(seen(held.withdraw(700_000).unwrap()), (300_000, 300_000));
    assert_eq!(seen(held.withdraw(1_000_000).unwrap()), (0, 0));
    assert_eq!(held.withdraw(1_000_001), Err(RiskError::Overflow));
}

#[test]
fn a_sale_takes_the_same_share_of_both_and_moves_what_counts() {
    let seller = balance(1_000_000, 400_000);
    let left = seller.sell(250_000).unwrap();
    assert_eq!(seen(left), (750_000, 300_000));
    assert_eq!(left.uncounted_e9, seller.uncounted_e9);
    let buyer = balance(50_000, 50_000).buy(250_000, 100_000).unwrap();
    assert_eq!(seen(buyer), (300_000, 150_000));
    assert_eq!(seller.sell(1_000_001), Err(RiskError::Overflow));
}

#[test]
fn the_weight_of_a_balance_is_that_of_what_counts() {
    let weight = Fraction::from_e9_floor(800_000_000).unwrap();
    assert_eq!(balance(100, 100).weight_floor(weight), Ok(weight));
    let half = balance(100, 50).weight_floor(weight);
    assert_eq!(half, Fraction::from_e9_floor(400_000_000));
    assert_eq!(balance(100, 0).weight_floor(weight), Ok(Fraction::ZERO));
    let third = balance(3, 1).weight_floor(weight).unwrap();
    assert_eq!(third, Fraction::from_e9_floor(266_666_666).unwrap(), "down");
    let broken = CollateralBalance {
        amount_atoms: 1,
        uncounted_e9: ALL_UNCOUNTED_E9 + 1,
    };
    assert_eq!(broken.weight_floor(weight), Err(RiskError::Overflow));
    assert_eq!(broken.counted_atoms(), Err(RiskError::Overflow));
}

#[test]
fn no_amount_is_too_large_and_nothing_counts_twice() {
    for amount in [1, 7, 1_000_000_007, u64::MAX >> 1, u64::MAX] {
        for counted in [0, 1, amount / 3, amount - 1, amount] {
            let held = balance(amount, counted);
            let (_, kept) = seen(held);
            assert!(kept <= counted, "{amount} {counted} {kept}");
            let lost = counted - kept;
            assert!(lost <= amount / 1_000_000_000 + 1, "{amount} {counted}");
        }
    }
}

fn relief(lacking_atoms: u64, weight_e9: u64) -> MarginRelief {
    MarginRelief {
        lacking: QuoteAtoms::new(lacking_atoms),
        price: AssetPrice {
            price: Price(100_000_000_000_000), // $100
            base_decimals: 9,
        },
        collateral_weight: Fraction::from_e9_floor(weight_e9).unwrap(),
    }
}

/// 10 SOL at $100 and a weight of 80 % are worth $800.
#[test]
fn who_lacks_margin_counts_twice_what_it_lacks() {
    let sol = 10_000_000_000;
    assert_eq!(relief(400_000_001, 800_000_000).counted_floor(sol), Ok(sol));
    let half = relief(200_000_000, 800_000_000).counted_floor(sol).unwrap();
    assert!((sol / 2 - 10..=sol / 2).contains(&half), "{half}");
    assert_eq!(relief(0, 800_000_000).counted_floor(sol), Ok(0));
    assert_eq!(relief(u64::MAX, 800_000_000).counted_floor(sol), Ok(sol));
    assert_eq!(relief(400_000_000, 0).counted_floor(sol), Ok(0));
}

/// What is flashed through an account that lacks a dollar counts for two.
#[test]
fn the_size_of_a_deposit_buys_no_relief() {
    let counted = relief(1_000_000, 800_000_000).counted_floor(1_000_000_000_000_000);
    // 0.025 SOL: $2.50, weighted $2.
    assert!(
        (24_999_990..=25_000_000).contains(&counted.unwrap()),
        "{counted:?}"
    );
}
