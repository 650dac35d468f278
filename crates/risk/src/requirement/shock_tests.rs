use super::*;
use crate::fixture::{SOL, assert_up, asset, asset_params, e9, sol};
use crate::params::AssetParams;

/// Fractions × 10^9, up.
fn e9_of(fraction: Fraction) -> i128 {
    (fraction.to_e18_ceil().div_ceil(1_000_000_000)).cast_signed()
}

fn maintenance(holding: &Holding) -> Shock {
    let valued = ValuedHolding::from_holding(holding).unwrap();
    maintenance_shock(holding.unit_shock.u_mm, &valued, &holding.coefficients)
}

fn initial(holding: &Holding) -> Shock {
    let valued = ValuedHolding::from_holding(holding).unwrap();
    initial_shock(holding, holding.unit_price().unwrap(), &valued).unwrap()
}

#[test]
fn size_raises_the_shock_by_its_root() {
    // $40 M on a depth of $10 M: twice the shock, and half of it is not hedgeable.
    let shock = maintenance(&sol(-400_000 * SOL));
    assert_up(e9_of(shock.core), 37_500_000, 1);
    assert_up(e9_of(shock.full), 75_000_000, 1);
    assert_eq!(maintenance(&sol(100_000 * SOL)).full, e9(37_500_000)); // A = L
    assert_up(e9_of(initial(&sol(-400_000 * SOL)).full), 150_000_000, 1);
}

#[test]
fn the_size_term_is_continuous_where_it_starts() {
    let below = maintenance(&sol(100_000 * SOL - 1)).full;
    let above = maintenance(&sol(100_000 * SOL + 1)).full;
    assert!(below <= above && above.to_bits() - below.to_bits() < 1 << 20);
}

#[test]
fn each_side_has_its_ceiling() {
    let params = AssetParams {
        depth_quote_atoms: 1,
        ..asset_params()
    };
    let huge = |size_atoms| Holding {
        size_atoms,
        ..asset(&params, 100)
    };
    assert_eq!(maintenance(&huge(SOL)).full, e9(650_000_000));
    assert_eq!(initial(&huge(SOL)).full, e9(1_000_000_000));
    assert_eq!(maintenance(&huge(-SOL)).full, e9(3_000_000_000));
    assert_eq!(initial(&huge(-SOL)).full, e9(3_000_000_000));
}

#[test]
fn a_ceiling_below_the_unit_shock_cuts_the_core_too() {
    let params = AssetParams {
        s_max_mm_long_e9: 20_000_000,
        ..asset_params()
    };
    let shock = maintenance(&Holding {
        size_atoms: SOL,
        ..asset(&params, 100)
    });
    assert_eq!((shock.core, shock.full), (e9(20_000_000), e9(20_000_000)));
}

#[test]
fn no_depth_absorbs_nothing() {
    let params = AssetParams {
        depth_quote_atoms: 0,
        ..asset_params()
    };
    let shock = maintenance(&Holding {
        size_atoms: SOL,
        ..asset(&params, 100)
    });
    assert_eq!(shock.full, e9(650_000_000));
}

fn with_open_interest(interest_atoms: u64, liquidated_quote_atoms: u64) -> Holding {
    let params = AssetParams {
        oi_lo_quote_atoms: 50_000_000_000_000,
        oi_hi_quote_atoms: 100_000_000_000_000,
        ..asset_params()
    };
    Holding {
        size_atoms: 10 * SOL,
        open_interest_atoms: interest_atoms,
        liquidated_quote_atoms,
        ..asset(&params, 100)
    }
}

const SOLS: u64 = 1_000_000_000;

#[test]
fn open_interest_is_in_the_initial_shock_only() {
    // OI $75 M between $50 M and $100 M: half of 1 − 7.5 %; R $3.75 M of it: a twentieth of γ.
    let holding = with_open_interest(750_000 * SOLS, 3_750_000_000_000);
    assert_up(e9_of(initial(&holding).full), 542_500_000, 1);
    assert_up(e9_of(initial(&holding).core), 75_000_000, 1);
    assert_up(e9_of(maintenance(&holding).full), 37_500_000, 1);
}

#[test]
fn open_interest_is_clipped_to_its_range() {
    assert_up(
        e9_of(initial(&with_open_interest(500_000 * SOLS, 0)).full),
        75_000_000,
        1,
    );
    assert_up(
        e9_of(initial(&with_open_interest(1_000_000 * SOLS, 0)).full),
        1_000_000_000,
        1,
    );
    assert_up(
        e9_of(initial(&with_open_interest(u64::MAX / 2, 0)).full),
        1_000_000_000,
        1,
    );
    // One atom above oi_lo: 10^-9·0.1/5·… of the range, rounded up to something.
    let start = initial(&with_open_interest(500_000 * SOLS + 10, 0)).full;
    assert!(start > initial(&with_open_interest(500_000 * SOLS - 10, 0)).full);
}

#[test]
fn recent_liquidations_count_up_to_gamma() {
    assert_up(
        e9_of(initial(&with_open_interest(0, 1)).full),
        175_000_000,
        1,
    ); // OI = 0 < R
    assert_up(
        e9_of(initial(&with_open_interest(SOLS, 100_000_000)).full),
        175_000_000,
        1,
    ); // R = OI·P
    assert_up(
        e9_of(initial(&with_open_interest(SOLS, 50_000_000)).full),
        125_000_000,
        1,
    );
    assert_up(
        e9_of(initial(&with_open_interest(0, 0)).full),
        75_000_000,
        1,
    );
}

#[test]
fn an_empty_range_has_no_open_interest() {
    let mut holding = with_open_interest(u64::MAX, 0);
    holding.coefficients = sol(0).coefficients; // oi_hi ≤ oi_lo
    assert_up(e9_of(initial(&holding).full), 75_000_000, 1);
}

#[test]
fn open_interest_beyond_64_bits_is_refused() {
    let mut holding = with_open_interest(u64::MAX, 0);
    holding.price.0 *= 1_000_000;
    holding.size_atoms = 1;
    let valued = ValuedHolding::from_holding(&holding).unwrap();
    let refused = initial_shock(&holding, holding.unit_price().unwrap(), &valued);
    assert_eq!(refused, Err(RiskError::Overflow));
}

fn charges(size_atoms: i64, collateral_atoms: u64) -> u128 {
    let holding = Holding {
        size_atoms,
        collateral_atoms,
        ..asset(&asset_params(), 100)
    };
    let valued = ValuedHolding::from_holding(&holding).unwrap();
    charges_q32(size_atoms, &valued, &holding.coefficients) >> AMOUNT_BITS
}

#[test]
fn only_a_hedged_short_pays_basis() {
    // Funding provision 0.08 % of $1,000; basis 0.5 % of what is hedged.
    assert_up(800_000, charges(10 * SOL, 0).cast_signed(), 1);
    assert_up(800_000, charges(10 * SOL, 10 * SOLS).cast_signed(), 1);
    assert_up(5_800_000, charges(-10 * SOL, 10 * SOLS).cast_signed(), 1);
    assert_up(3_300_000, charges(-10 * SOL, 5 * SOLS).cast_signed(), 1);
    assert_up(5_800_000, charges(-10 * SOL, 50 * SOLS).cast_signed(), 1);
    assert_eq!(charges(0, 10 * SOLS), 0);
}
