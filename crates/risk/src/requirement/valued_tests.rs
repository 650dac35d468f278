use super::*;
use crate::fixture::{SOL, asset, asset_params, sol};
use crate::number::quantity::Price;
use crate::params::AssetParams;

fn valued(holding: &Holding) -> ValuedHolding {
    ValuedHolding::from_holding(holding).unwrap()
}

fn pair(size_atoms: i64, collateral_atoms: u64, collateral_weight_e9: u64) -> Holding {
    let params = AssetParams {
        collateral_weight_e9,
        ..asset_params()
    };
    Holding {
        size_atoms,
        collateral_atoms,
        ..asset(&params, 100)
    }
}

#[test]
fn a_weight_of_nine_decimals_is_netted_exactly() {
    // 0.9 is no binary fraction.
    for (size, side) in [
        (-9 * SOL, NetSide::Flat),
        (-9 * SOL - 1, NetSide::Short),
        (-9 * SOL + 1, NetSide::Long),
    ] {
        assert_eq!(valued(&pair(size, 10_000_000_000, 900_000_000)).side, side);
    }
    assert_eq!(
        valued(&pair(-9 * SOL, 10_000_000_000, 900_000_000)).net_q32,
        0
    );
    // 0.9 · 11 atoms = 9.9: a tenth of an atom remains.
    let tenth = valued(&pair(-9, 11, 900_000_000));
    assert_eq!(tenth.side, NetSide::Long);
    let atom_q32 = valued(&pair(0, 1, 1_000_000_000)).net_q32;
    assert!(tenth.net_q32.abs_diff(atom_q32 * 9 / 10) <= 2);
    assert_eq!(valued(&pair(-10, 11, 900_000_000)).side, NetSide::Short);
}

#[test]
fn the_largest_sizes_are_netted_without_overflow() {
    let cheap = |size_atoms, collateral_atoms| {
        let mut holding = pair(size_atoms, collateral_atoms, 1_000_000_000);
        holding.price = Price(1_000_000); // 10^-6 USD
        valued(&holding)
    };
    assert_eq!(cheap(i64::MIN, 1 << 63).side, NetSide::Flat);
    assert_eq!(cheap(i64::MIN, (1 << 63) + 1).side, NetSide::Long);
    assert_eq!(cheap(i64::MAX, u64::MAX).side, NetSide::Long);
    assert_eq!(cheap(i64::MIN, 1).side, NetSide::Short);
}

#[test]
fn one_sided_holdings_are_their_own_net() {
    let long = valued(&sol(10 * SOL));
    assert_eq!(
        (long.side, long.net_q32),
        (NetSide::Long, long.position_q32)
    );
    assert!(long.signed_net_q32() > 0);
    let short = valued(&sol(-10 * SOL));
    assert_eq!(
        (short.side, short.net_q32),
        (NetSide::Short, short.position_q32)
    );
    assert!(short.signed_net_q32() < 0);
    let collateral = valued(&pair(0, 10_000_000_000, 500_000_000));
    assert_eq!(
        (collateral.side, collateral.net_q32 >> 3),
        (NetSide::Long, collateral.weighted_q32 >> 3)
    );
    assert_eq!(collateral.position_q32, 0);
}

#[test]
fn a_collateral_without_weight_is_nothing_however_large() {
    let mut holding = pair(0, u64::MAX, 0);
    holding.price = Price(u128::MAX); // would overflow any amount
    let valued = valued(&holding);
    assert_eq!(
        (valued.side, valued.net_q32, valued.weighted_q32),
        (NetSide::Flat, 0, 0)
    );
    assert_eq!(valued.net_error_q32(), 0);
}

#[test]
fn amounts_of_2_to_the_64_end_below_what_they_are_worth_and_shorts_beyond_all_longs() {
    let ends = |size| {
        let mut holding = sol(size);
        holding.price = Price(u128::from(u64::MAX) * 1_000_000);
        let unit = holding.unit_price().unwrap();
        let sizes = holding.sizes();
        let exact = Amounts::new(unit, sizes, &holding.coefficients);
        assert_eq!(exact.err(), Some(RiskError::Overflow));
        ValuedHolding::new(unit, sizes, &holding.coefficients).unwrap()
    };
    let (long, short) = (ends(i64::MAX), ends(-i64::MAX));
    assert!(long.is_saturated && short.is_saturated);
    assert_eq!((long.side, long.net_q32 >> 96), (NetSide::Long, 0));
    assert!(short.side == NetSide::Short && short.net_q32 > 24 * long.net_q32);
}

#[test]
fn the_error_bound_grows_with_both_amounts() {
    let valued = ValuedHolding {
        position_q32: 3 << 60,
        weighted_q32: 2 << 60,
        net_q32: 0,
        side: NetSide::Flat,
        is_saturated: false,
    };
    assert_eq!(valued.error_q32(), 9);
}
