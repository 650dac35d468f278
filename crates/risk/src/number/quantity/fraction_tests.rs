use super::*;
use crate::params::bounds::AGE_MAX_SECS;

const TOP: u64 = u64::MAX;

fn bits(x: u64) -> Fraction {
    Fraction::from_bits(x)
}

#[test]
fn decimal_fractions_round_as_named() {
    // 2^60 / 10^9 = 1152921504.606846976
    assert_eq!(Fraction::from_e9_floor(1), Ok(bits(1_152_921_504)));
    assert_eq!(Fraction::from_e9_ceil(1), Ok(bits(1_152_921_505)));
    assert_eq!(Fraction::from_e9_ceil(E9), Ok(Fraction::ONE));
    assert_eq!(Fraction::from_e9_floor(500_000_000), Ok(bits(1 << 59)));
    assert_eq!(
        Fraction::from_e9_ceil(15_999_999_999).map(|x| x < Fraction::MAX),
        Ok(true)
    );
    assert_eq!(Fraction::from_e9_ceil(16 * E9), Err(RiskError::Overflow));
    assert_eq!(Fraction::from_e9_floor(u64::MAX), Err(RiskError::Overflow));
    assert_eq!(Fraction::from_e18_ceil(1), Ok(bits(2))); // 1.15 units
    assert_eq!(Fraction::from_e18_ceil(E18), Ok(Fraction::ONE));
    assert_eq!(Fraction::from_e18_ceil(16 * E18), Err(RiskError::Overflow));
}

#[test]
fn decimal_fractions_are_the_quotients_of_128_bits() {
    let mut x = 1_u64;
    for _ in 0..20_000 {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let e9 = (x >> 29) % (16 * E9);
        let exact = u128::from(e9) << FRACTION_BITS;
        let (floor, ceil) = (exact / u128::from(E9), exact.div_ceil(u128::from(E9)));
        let of = |bits: u128| Ok(Fraction::from_bits(low(bits)));
        assert_eq!(Fraction::from_e9_floor(e9), of(floor), "{e9}");
        assert_eq!(Fraction::from_e9_ceil(e9), of(ceil), "{e9}");
    }
}

#[test]
fn decimal_output_is_rounded_up() {
    assert_eq!(bits(1).to_e18_ceil(), 1); // 0.87
    assert_eq!(bits(2).to_e18_ceil(), 2);
    assert_eq!(Fraction::ONE.to_e18_ceil(), u128::from(E18));
    assert_eq!(Fraction::MAX.to_e18_ceil(), 16 * u128::from(E18));
    for x in [1, 3, 37_500_000_000_000_001, E18 - 1] {
        let back = Fraction::from_e18_ceil(x).unwrap().to_e18_ceil();
        assert!(back == u128::from(x) || back == u128::from(x) + 1, "{x}");
    }
}

#[test]
fn products_round_as_named_and_saturate() {
    let third = Fraction::from_e18_ceil(E18 / 3).unwrap();
    assert_eq!(bits(1).mul_ceil(third), bits(1));
    assert_eq!(bits(1).mul_floor(third), Fraction::ZERO);
    assert_eq!(third.mul_ceil(Fraction::ONE), third);
    assert_eq!(bits(TOP).mul_ceil(bits(TOP)), Fraction::MAX);
    assert_eq!(bits(TOP).mul_floor(bits(TOP)), Fraction::MAX);
    let two_and_a_half = Multiple::from_bits(5 << 47);
    assert_eq!(Fraction::ONE.scale_ceil(two_and_a_half), bits(5 << 59));
    assert_eq!(bits(1).scale_ceil(two_and_a_half), bits(3));
    assert_eq!(Fraction::MAX.scale_ceil(two_and_a_half), Fraction::MAX);
    assert_eq!(Fraction::MAX.saturating_add(bits(1)), Fraction::MAX);
    assert_eq!(bits(1).saturating_sub(bits(2)), Fraction::ZERO);
    assert_eq!(bits(1 << 59).of_ceil(3), 2);
    assert_eq!(
        Fraction::MAX.of_ceil(u64::MAX),
        (u128::from(u64::MAX) << 4) - 15
    );
}

#[test]
fn variance_roots_enclose_and_squares_are_exact() {
    let sigma = Fraction::from_e9_ceil(20_000_000).unwrap();
    let v = sigma.squared();
    assert_eq!((v.sqrt_floor(), v.sqrt_ceil()), (sigma, sigma));
    let more = Variance::from_bits(v.to_bits() + 1);
    assert_eq!(
        (more.sqrt_floor(), more.sqrt_ceil()),
        (sigma, bits(sigma.to_bits() + 1))
    );
    assert_eq!(Variance::from_bits(u128::MAX).sqrt_ceil(), Fraction::MAX);
    assert_eq!(Variance::ZERO.sqrt_ceil(), Fraction::ZERO);
}

#[test]
fn variance_words_and_decimals_come_back() {
    let v = Variance::from_bits((7 << 100) + 5);
    assert_eq!(Variance::from_words(v.to_words()), v);
    assert_eq!(v.to_words()[0], 5);
    let e24 = 10u128.pow(24);
    assert_eq!(
        Variance::from_e24_ceil(e24),
        Ok(Variance::from_bits(1 << 120))
    );
    assert_eq!(
        Variance::from_e24_ceil(1),
        Ok(Variance::from_bits(1_329_227_995_785))
    ); // 2^120/10^24, up
    for x in [
        1,
        100_000_000_000_000_000_000,
        99_971_790_547_491_368_410,
        255 * e24 + 1,
    ] {
        assert_eq!(
            Variance::from_e24_ceil(x).unwrap().to_e24_ceil(),
            x + u128::from(x % e24 != 0)
        );
    }
    assert_eq!(Variance::from_e24_ceil(256 * e24), Err(RiskError::Overflow));
    assert_eq!(Variance::from_bits(u128::MAX).to_e24_ceil(), 256 * e24);
}

#[test]
fn multiples_of_root_hours_match_exact_values() {
    // ⌈multiple · √(secs/3600) · 2^48⌉ by mpmath
    for (multiple_e9, secs, exact) in [
        (2_500_000_000, 3_600, 703_687_441_776_640),
        (2_500_000_000, 14_400, 1_407_374_883_553_280),
        (2_500_000_000, 900, 351_843_720_888_320),
        (6_000_000_000, 86_400, 8_273_640_819_634_630),
        (2_123_456_789, 5_000, 704_396_146_537_326),
    ] {
        let bits = Multiple::times_sqrt_hours_ceil(multiple_e9, secs)
            .unwrap()
            .to_bits();
        assert!(
            (exact..=exact + 2).contains(&bits),
            "{multiple_e9} {secs}: {bits}"
        );
    }
    assert_eq!(
        Multiple::times_sqrt_hours_ceil(0, 3_600),
        Ok(Multiple::from_bits(0))
    );
    assert_eq!(
        Multiple::times_sqrt_hours_ceil(u64::MAX, u32::MAX),
        Err(RiskError::Overflow)
    );
}

#[test]
fn tabulated_roots_are_those_of_every_age() {
    let ages = ROOTS_OF_AGES.len();
    assert_eq!(ages, usize::try_from(AGE_MAX_SECS).unwrap() + 1);
    for (age, tabulated) in (0..).zip(ROOTS_OF_AGES) {
        assert_eq!(tabulated, root_secs_ceil(age), "{age}");
        // The least root: its square reaches secs · 2^96, and that of one less does not.
        let (root, square) = (u128::from(tabulated), u128::from(age) << 96);
        assert!(root * root >= square, "{age}");
        assert!(age == 0 || (root - 1) * (root - 1) < square, "{age}");
    }
    for secs in (0..=600).chain([3_599, 3_600, 86_400, u32::MAX]) {
        for multiple_e9 in [1, 999_999_999, 1_500_000_000, 2_500_000_000, 6_000_000_000] {
            let computed = u128::from(root_secs_ceil(secs)) * u128::from(multiple_e9);
            let computed = u64::try_from(computed.div_ceil(60 * u128::from(E9))).ok();
            let tabulated = Multiple::times_sqrt_hours_ceil(multiple_e9, secs).ok();
            assert_eq!(
                tabulated.map(Multiple::to_bits),
                computed,
                "{multiple_e9} {secs}"
            );
        }
    }
}

#[test]
fn reciprocals_bound_the_quotient_from_above() {
    for divisor in [
        1,
        2,
        3,
        7,
        1 << 40,
        10_000_000_000_000,
        u64::MAX - 1,
        u64::MAX,
    ] {
        let reciprocal = Reciprocal::new_ceil(divisor);
        for amount in [0, 1, divisor - 1, divisor, 123_456_789_012_345, u64::MAX] {
            for shift in [0, 32, 60] {
                let exact = (u128::from(amount) << shift).div_ceil(u128::from(divisor));
                let bound = reciprocal.quotient_ceil(amount, shift);
                assert!(bound >= exact, "{amount}/{divisor}");
                assert!(bound <= exact + (exact >> 63) + 1, "{amount}/{divisor}");
            }
        }
    }
    assert_eq!(
        Reciprocal::new_ceil(1 << 20).quotient_ceil(3 << 20, 10),
        3 << 10
    );
    assert_eq!(Reciprocal::new_ceil(0).quotient_ceil(u64::MAX, 60), 0);
}

#[test]
fn a_fraction_of_nine_decimals_comes_back_from_below() {
    for e9 in [
        0,
        1,
        333_333_333,
        999_999_999,
        1_000_000_000,
        15_999_999_999,
    ] {
        assert_eq!(Fraction::from_e9_floor(e9).unwrap().to_e9_ceil(), e9);
    }
    assert_eq!(Fraction::from_bits(1).to_e9_ceil(), 1);
}

#[test]
fn reciprocals_are_ordered_like_what_they_stand_for() {
    let divisors = [u64::MAX, 1 << 63, (1 << 63) - 1, 7, 6, 4, 3, 2, 1, 0];
    let all = divisors.map(Reciprocal::new_ceil);
    for (i, small) in all.iter().enumerate() {
        for (j, large) in all.iter().enumerate() {
            assert_eq!(
                small.at_most(*large),
                i <= j,
                "{} {}",
                divisors[i],
                divisors[j]
            );
        }
    }
}

#[test]
fn reciprocals_are_scaled_and_divided_down() {
    let one_of = Reciprocal::new_ceil;
    assert_eq!(one_of(8).times_floor(4, 0), one_of(2));
    assert_eq!(one_of(8).times_floor(1 << 31, 31), one_of(8));
    assert_eq!(one_of(1).times_floor(u64::MAX, 64).mantissa, u64::MAX);
    assert_eq!(one_of(0).times_floor(5, 3).mantissa, 0);
    // Up: exact where it can be, else one unit of the last digit further.
    assert_eq!(one_of(8).times_ceil(4, 0), one_of(2));
    let (third, factor) = (one_of(3), (1 << 62) + 1);
    let (below, above) = (third.times_floor(factor, 62), third.times_ceil(factor, 62));
    assert_eq!(
        (above.mantissa, above.shift),
        (below.mantissa + 1, below.shift)
    );
    assert_eq!(one_of(0).times_ceil(5, 3).mantissa, 0);
    assert_eq!(one_of(2).ratio_floor(one_of(8), 62), 4 << 62);
    assert_eq!(one_of(1).ratio_floor(one_of(1), 62), 1 << 62);
    assert_eq!(one_of(8).ratio_floor(one_of(2), 62), 1 << 60);
    // 9/7, and the widest: both reciprocals are 2^-63 up at most.
    let ratio = one_of(7).ratio_floor(one_of(9), 62);
    assert!((9u128 << 62).div_ceil(7).abs_diff(ratio) <= 4, "{ratio}");
    let widest = one_of(1).ratio_floor(one_of(u64::MAX), 62);
    assert!(
        ((u128::from(u64::MAX) << 62) - widest) >> 66 == 0,
        "{widest}"
    );
    assert_eq!(one_of(7).ratio_floor(one_of(0), 62), 0);
    assert_eq!(one_of(u64::MAX).ratio_floor(one_of(1), 0), 0);
    let beyond = Reciprocal {
        mantissa: u64::MAX,
        shift: 0,
    };
    assert_eq!(beyond.ratio_floor(one_of(u64::MAX), 62), u128::MAX);
}
