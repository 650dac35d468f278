use super::*;

fn allocatable(cash_atoms: i64, allocated_atoms: i64, loans_atoms: i64) -> Allocatable {
    Allocatable {
        cash_atoms,
        allocated_atoms,
        loans_atoms,
    }
}

#[test]
fn a_market_gets_its_share_of_what_is_free_down() {
    // 30 % of 1,000 + 333 − 100 = 369.9
    let share = |pool: Allocatable| pool.allocation_floor(300_000_000);
    assert_eq!(share(allocatable(1_000, 333, 100)), 369);
    assert_eq!(
        share(allocatable(300, 1_033, 100)),
        300,
        "no more than is here"
    );
    assert_eq!(
        share(allocatable(1_000, 333, -100)),
        399,
        "repaid elsewhere"
    );
    assert_eq!(share(allocatable(1_000, 0, 1_001)), 0, "all is lent");
    assert_eq!(share(allocatable(-1, 1_000, 0)), 0, "nothing is here");
}

#[test]
fn allocations_of_the_largest_amounts_are_exact() {
    let whole = allocatable(i64::MAX, i64::MAX, 0);
    assert_eq!(whole.allocation_floor(E9), i64::MAX);
    // ⌊(2^64 − 2)/4⌋
    assert_eq!(whole.allocation_floor(E9 / 4), (1 << 62) - 1);
    assert_eq!(
        allocatable(i64::MIN, i64::MIN, i64::MAX).allocation_floor(E9),
        0
    );
    assert_eq!(whole.allocation_floor(u64::MAX), i64::MAX);
}

#[test]
fn a_pool_is_solvent_while_every_balance_is_covered() {
    let stored = |value_atoms, deficit_atoms| StoredValue {
        value_atoms,
        deficit_atoms,
        deficit_since_ts: 0,
    };
    let cash = |cash_atoms, insurance_atoms, bad_debt_atoms| PoolCash {
        cash_atoms,
        insurance_atoms,
        bad_debt_atoms,
    };
    // Known bad debt of 150 against 100 of value and 50 of insurance.
    assert!(cash(0, 50, 150).is_solvent(&stored(100, 0)));
    assert!(!cash(0, 50, 151).is_solvent(&stored(100, 0)));
    assert!(!cash(0, -1, 101).is_solvent(&stored(100, 0)));
    assert!(!cash(-1, 50, 0).is_solvent(&stored(100, 0)));
    assert!(!cash(0, 50, 0).is_solvent(&stored(100, 1)));
    // Without known bad debt the value does not matter.
    assert!(cash(0, 0, 0).is_solvent(&stored(-100, 0)));
}

#[test]
fn who_has_a_balance_is_owed_the_vault_and_the_loans_without_what_is_the_pools() {
    let books = VaultBooks {
        vault_atoms: 1_000,
        loans_atoms: 250,
        own_atoms: 400,
    };
    assert_eq!(books.balances_atoms(), Ok(850));
    let poor = VaultBooks {
        own_atoms: 1_251,
        ..books
    };
    assert_eq!(poor.balances_atoms(), Ok(0));
    let owing = VaultBooks {
        own_atoms: -1,
        vault_atoms: u64::MAX,
        loans_atoms: 0,
    };
    assert_eq!(owing.balances_atoms(), Err(RiskError::Overflow));
    let extreme = VaultBooks {
        own_atoms: i128::MIN,
        ..books
    };
    assert_eq!(extreme.balances_atoms(), Err(RiskError::Overflow));
}
