use super::*;
use crate::number::quantity::Price;

/// One without relief.
fn balance(amount_atoms: u64, counted_atoms: u64) -> CollateralBalance {
    relieved(amount_atoms, counted_atoms, counted_atoms)
}

/// One of which so much counts at both levels, and so much at the maintenance level.
fn relieved(amount_atoms: u64, initial_atoms: u64, maintenance_atoms: u64) -> CollateralBalance {
    let counted = CountedAtoms {
        initial_atoms,
        maintenance_atoms,
    };
    CollateralBalance::new(amount_atoms, counted).unwrap()
}

/// Amount, what counts at both levels, relief.
fn parts(balance: CollateralBalance) -> (u64, u64, u64) {
    let (amount, counted) = seen(balance);
    (amount, counted, balance.relief_atoms().unwrap())
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
    let moved = seller.counted().unwrap().less(left.counted().unwrap());
    let buyer = balance(50_000, 50_000).buy(250_000, moved).unwrap();
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
        uncounted_e9: ALL_UNCOUNTED_E9,
        relief_e9: 1,
    };
    assert_eq!(broken.weight_floor(weight), Ok(Fraction::ZERO));
    let error = Err(RiskError::Overflow);
    assert_eq!(broken.weight_without_relief(weight), error);
    assert_eq!(broken.counted_atoms(), Err(RiskError::Overflow));
}

#[test]
fn relief_weighs_at_the_maintenance_level_alone() {
    let weight = Fraction::from_e9_floor(800_000_000).unwrap();
    let held = relieved(100, 25, 75);
    assert_eq!(parts(held), (100, 25, 50));
    let weights = [
        held.weight_floor(weight),
        held.weight_without_relief(weight),
    ];
    assert_eq!(
        weights,
        [600_000_000, 200_000_000].map(Fraction::from_e9_floor)
    );
}

#[test]
fn relief_is_made_of_what_does_not_count_and_of_no_more() {
    let held = balance(1_000, 400);
    assert_eq!(parts(held.relieve(0).unwrap()), (1_000, 400, 0));
    assert_eq!(parts(held.relieve(250).unwrap()), (1_000, 400, 250));
    let twice = held.relieve(250).and_then(|held| held.relieve(250));
    assert_eq!(parts(twice.unwrap()), (1_000, 400, 500));
    assert_eq!(parts(held.relieve(u64::MAX).unwrap()), (1_000, 400, 600));
}

/// Room counts what comes in; beyond that it turns relief into what counts at both levels, and then the rest.
#[test]
fn room_turns_relief_into_what_counts_at_both_levels() {
    let held = relieved(1_000_000, 400_000, 700_000);
    let after = |atoms, room| parts(held.deposit(atoms, room).unwrap());
    assert_eq!(after(1_000, 0), (1_001_000, 399_999, 300_000), "no room");
    assert_eq!(after(250_000, 100_000), (1_250_000, 500_000, 300_000));
    assert_eq!(after(250_000, 250_000), (1_250_000, 650_000, 300_000));
    assert_eq!(after(1, 200_000), (1_000_001, 599_999, 100_001), "down");
    assert_eq!(after(1, 350_000), (1_000_001, 749_999, 0));
    assert_eq!(after(1, 500_000), (1_000_001, 899_999, 0));
    assert_eq!(after(1, 5_000_000), (1_000_001, 1_000_001, 0));
}

#[test]
fn a_withdrawal_takes_relief_before_what_counts_at_both_levels() {
    let held = relieved(1_000_000, 400_000, 700_000);
    let after = |atoms| parts(held.withdraw(atoms).unwrap());
    assert_eq!(after(200_000), (800_000, 400_000, 300_000));
    assert_eq!(after(500_000), (500_000, 400_000, 100_000));
    assert_eq!(after(600_000), (400_000, 400_000, 0));
    assert_eq!(after(750_000), (250_000, 250_000, 0));
}

/// A buyer has relief as relief: nothing of it counts at the initial level by a sale.
#[test]
fn a_sale_moves_relief_as_relief() {
    let seller = relieved(1_000_000, 400_000, 700_000);
    let left = seller.sell(250_000).unwrap();
    assert_eq!(parts(left), (750_000, 300_000, 225_000));
    let moved = seller.counted().unwrap().less(left.counted().unwrap());
    let buyer = balance(50_000, 50_000).buy(250_000, moved).unwrap();
    assert_eq!(parts(buyer), (300_000, 150_000, 75_000));
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

fn lacking(lacking_atoms: u64, weight_e9: u64) -> MarginRelief {
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
fn who_lacks_margin_has_twice_of_it_as_relief() {
    let sol = 10_000_000_000;
    assert_eq!(lacking(400_000_001, 800_000_000).relief_floor(sol), Ok(sol));
    let half = lacking(200_000_000, 800_000_000).relief_floor(sol).unwrap();
    assert!((sol / 2 - 10..=sol / 2).contains(&half), "{half}");
    assert_eq!(lacking(0, 800_000_000).relief_floor(sol), Ok(0));
    assert_eq!(lacking(u64::MAX, 800_000_000).relief_floor(sol), Ok(sol));
    assert_eq!(lacking(400_000_000, 0).relief_floor(sol), Ok(0));
}

/// What is flashed through an account that lacks a dollar counts for two.
#[test]
fn the_size_of_a_deposit_buys_no_relief() {
    let counted = lacking(1_000_000, 800_000_000).relief_floor(1_000_000_000_000_000);
    // 0.025 SOL: $2.50, weighted $2.
    assert!(
        (24_999_990..=25_000_000).contains(&counted.unwrap()),
        "{counted:?}"
    );
}
