use super::*;

/// 10^exponent; up to 38.
fn ten(exponent: u32) -> u128 {
    10u128.pow(exponent)
}

#[test]
fn reciprocals_are_the_largest_below() {
    for (decimals, Binary { mantissa, exponent }) in (0u32..).zip(RECIPROCALS) {
        assert!(mantissa >> 63 == 1 && mantissa < u64::MAX);
        // mantissa · 2^exponent · 10^(6 + decimals) ≤ 1 < (mantissa + 1) · …, powers of two cancelled.
        let power_of_five = 5u128.pow(6 + decimals);
        let shift = exponent.unsigned_abs() - 6 - decimals;
        assert!(u128::from(mantissa) * power_of_five <= 1 << shift);
        assert!((u128::from(mantissa) + 1) * power_of_five > 1 << shift);
    }
}

#[test]
fn floor_and_ceil_enclose_the_exact_notional() {
    let prices = [
        1,
        7,
        999_999_999_999,
        ten(12),
        123_456_789_012_345_678,
        ten(17) + 1,
    ];
    for price in prices {
        for decimals in [0u8, 5, 6, 8, 9, 12] {
            for atoms in [1u64, 3, 999_983, 1_000_000_007, 123_456_789_012] {
                let Some(product) = price.checked_mul(u128::from(atoms)) else {
                    continue;
                };
                let divisor = ten(6 + u32::from(decimals));
                let (down, up) = (product / divisor, product.div_ceil(divisor));
                if up >> 60 != 0 {
                    continue;
                }
                let floor = UnitPrice::from_price_floor(Price(price), decimals).unwrap();
                let ceil = UnitPrice::from_price_ceil(Price(price), decimals).unwrap();
                let low = u128::from(floor.notional_floor(BaseAtoms::new(atoms)).unwrap().get());
                let high = u128::from(ceil.notional_ceil(BaseAtoms::new(atoms)).unwrap().get());
                assert!(low <= down && down - low <= 1, "{price} {decimals} {atoms}");
                assert!(high >= up && high - up <= 1, "{price} {decimals} {atoms}");
            }
        }
    }
}

#[test]
fn mantissas_of_floor_and_ceil_are_at_most_four_apart() {
    let mut price = 1u128;
    for _ in 0..100 {
        price = price * 3 + 1;
        if price >> 104 != 0 {
            price >>= 100;
        }
        let floor = UnitPrice::from_price_floor(Price(price), 9).unwrap();
        let ceil = UnitPrice::from_price_ceil(Price(price), 9).unwrap();
        let carried = ceil.exponent.abs_diff(floor.exponent);
        let gap = (u128::from(ceil.mantissa) << carried) - u128::from(floor.mantissa);
        assert!(carried <= 1 && (1..=4).contains(&gap), "{price}");
    }
}

#[test]
fn zero_is_zero_and_nineteen_decimals_are_refused() {
    assert_eq!(
        UnitPrice::from_price_floor(Price(0), 9),
        Ok(UnitPrice::ZERO)
    );
    assert_eq!(UnitPrice::from_price_ceil(Price(0), 9), Ok(UnitPrice::ZERO));
    assert_eq!(
        UnitPrice::ZERO.notional_ceil(BaseAtoms::new(u64::MAX)),
        Ok(QuoteAtoms::ZERO)
    );
    assert_eq!(
        UnitPrice::from_price_floor(Price(1), 19),
        Err(RiskError::Overflow)
    );
    assert_eq!(
        UnitPrice::from_price_ceil(Price(1), 19),
        Err(RiskError::Overflow)
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let dear = UnitPrice::from_price_floor(Price(u128::MAX), 0).unwrap();
    assert_eq!(
        dear.notional_floor(BaseAtoms::new(1)),
        Err(RiskError::Overflow)
    );
    assert_eq!(
        dear.notional_ceil(BaseAtoms::new(1)),
        Err(RiskError::Overflow)
    );
    let dollar = UnitPrice::from_price_floor(Price(ten(12)), 0).unwrap();
    let limit = (1u64 << 58) / 15_625; // 10^6 times that is just below 2^64
    assert!(dollar.value_q32_floor(limit).is_ok());
    assert_eq!(dollar.value_q32_floor(limit * 2), Err(RiskError::Overflow));
}

#[test]
fn base_atoms_of_a_whole_number_are_exact() {
    // $100 and 9 decimals: 0.1 quote atoms per lamport.
    let down = UnitPrice::from_price_floor(Price(100 * ten(12)), 9).unwrap();
    let up = UnitPrice::from_price_ceil(Price(100 * ten(12)), 9).unwrap();
    assert_eq!(
        down.base_atoms_floor(QuoteAtoms::new(1_000_000_000)),
        BaseAtoms::new(10_000_000_000)
    );
    assert_eq!(
        up.base_atoms_ceil(QuoteAtoms::new(1_000_000_000)),
        BaseAtoms::new(10_000_000_000)
    );
    assert_eq!(
        up.base_atoms_ceil(QuoteAtoms::new(1_000_000_001)),
        BaseAtoms::new(10_000_000_010)
    );
    assert_eq!(down.base_atoms_floor(QuoteAtoms::new(0)), BaseAtoms::new(0));
    assert_eq!(
        down.base_atoms_floor(QuoteAtoms::new(u64::MAX)),
        BaseAtoms::new(u64::MAX)
    );
    assert_eq!(
        UnitPrice::ZERO.base_atoms_ceil(QuoteAtoms::new(1)),
        BaseAtoms::new(u64::MAX)
    );
    // A price above 2^64 quote atoms per base atom.
    let dear = UnitPrice::from_price_floor(Price(ten(38)), 0).unwrap();
    assert_eq!(
        dear.base_atoms_floor(QuoteAtoms::new(u64::MAX)),
        BaseAtoms::new(0)
    );
    assert_eq!(dear.base_atoms_ceil(QuoteAtoms::new(1)), BaseAtoms::new(1));
}

#[test]
fn e9_sizes_agree_with_whole_atoms() {
    let unit = UnitPrice::from_price_floor(Price(123_456_789_012_345), 9).unwrap();
    for atoms in [1u64, 17, 1_000_000_007, 123_456_789_012_345] {
        let whole = unit.value_q32_floor(atoms).unwrap();
        let nano = unit
            .value_of_e9_q32(u128::from(atoms) * 1_000_000_000)
            .unwrap();
        assert!(
            nano <= whole && whole - nano <= (whole >> 60) + 1,
            "{atoms}"
        );
    }
    assert_eq!(unit.value_of_e9_q32(0), Ok(0));
}

#[test]
fn confidence_moves_the_price_by_z() {
    let price = |dollars: u128| UnitPrice::from_price_floor(Price(dollars * ten(12)), 0).unwrap();
    let z = Fraction::from_e9_ceil(2_000_000_000).unwrap();
    let dollars = |unit: UnitPrice| unit.notional_ceil(BaseAtoms::new(1)).unwrap().get();
    assert_eq!(dollars(price(100).minus_scaled(z, price(3))), 94_000_000);
    assert_eq!(dollars(price(100).plus_scaled(z, price(3))), 106_000_000);
    assert_eq!(
        price(100)
            .minus_scaled(z, price(50))
            .notional_floor(BaseAtoms::new(1)),
        Ok(QuoteAtoms::ZERO)
    );
    assert_eq!(price(100).minus_scaled(z, price(1_000)), UnitPrice::ZERO);
    assert_eq!(price(100).minus_scaled(z, UnitPrice::ZERO), price(100));
    assert_eq!(price(100).plus_scaled(z, UnitPrice::ZERO), price(100));
    // A confidence that dwarfs the price: the sum is aligned to it.
    let wide = price(1).plus_scaled(
        z,
        UnitPrice {
            mantissa: 1 << 63,
            exponent: 100,
        },
    );
    assert_eq!((wide.mantissa, wide.exponent), (1 << 63, 101));
}
