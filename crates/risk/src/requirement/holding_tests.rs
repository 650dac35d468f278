use super::*;

#[test]
fn a_holding_is_empty_without_position_and_collateral() {
    let held = |size_atoms, collateral_atoms| Holding {
        size_atoms,
        collateral_atoms,
        ..Holding::default()
    };
    assert!(Holding::default().is_empty());
    assert!(!held(1, 0).is_empty());
    assert!(!held(0, 1).is_empty());
}
