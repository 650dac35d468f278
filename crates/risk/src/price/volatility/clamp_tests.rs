use super::*;

fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

#[test]
fn a_squared_return_per_hour_is_exact_up() {
    // (3·2^-60)² · 3600 / 7 = 4628.57 units of 2^-120
    let three = Fraction::from_bits(3);
    assert_eq!(squared_per_hour(three, 7), Ok(Variance::from_bits(4_629)));
    assert_eq!(squared_per_hour(three, 3_600), Ok(Variance::from_bits(9)));
    assert_eq!(squared_per_hour(three, 0), Err(RiskError::Overflow));
    // ln 2 fits at the least spacing, 16 does not.
    assert!(squared_per_hour(e9(693_147_181), 8).is_ok());
    assert_eq!(squared_per_hour(Fraction::MAX, 8), Err(RiskError::Overflow));
}

#[test]
fn a_squared_multiple_of_the_volatility_is_up_by_less_than_2e_10() {
    let v = e9(6_000_000).squared();
    for (multiple_e9, times) in [(4 * E9, 16), (16 * E9, 256), (64 * E9, 4_096)] {
        let exact = Variance::from_bits(v.to_bits() * times);
        assert_eq!(times_squared(v, multiple_e9), Ok(exact), "{multiple_e9}");
    }
    // 4.1² = 16.81
    let bits = times_squared(v, 4_100_000_000).unwrap().to_bits();
    let exact = v.to_bits() / 100 * 1_681;
    assert!(bits >= exact && bits - exact < exact / 5_000_000_000);
    assert_eq!(times_squared(v, 91 * E9 + 1), Err(RiskError::Overflow));
}

#[test]
fn a_bound_is_whole_millionths() {
    assert_eq!(whole_units(e9(27_712_999)), Ok(e9(27_712_000)));
    assert_eq!(whole_units(e9(27_713_000)), Ok(e9(27_713_000)));
    assert_eq!(whole_units(Fraction::from_bits(1)), Ok(Fraction::ZERO));
    assert!(whole_units(Fraction::MAX).is_ok());
}

/// The comparison in squares never answers for a return that the bound itself would cut, and answers for most others.
#[test]
fn a_return_within_in_squares_is_within_the_bound() {
    let params = SampleParams::reference();
    let sigma = e9(6_000_000);
    for elapsed in [300, 900, 7_777, 86_400] {
        let typical = typical_bound(sigma, elapsed, &params).unwrap();
        let bound = within_ratio(typical, params.clamp_max_ratio_e9).unwrap();
        for percent in [10, 80, 90, 95, 99, 100, 101] {
            let size = Fraction::from_bits(bound.to_bits() / 100 * percent);
            let seen = LogReturn {
                direction: Ordering::Greater,
                upper: size,
                lower: size,
            };
            let whole = BoundedReturn::cut(seen, Fraction::MAX, elapsed).unwrap();
            let within = whole.is_surely_within(sigma.squared(), &params).unwrap();
            assert!(!within || size <= bound, "{elapsed} s, {percent} %");
            assert!(within || percent > 80, "{elapsed} s, {percent} %");
        }
    }
}
