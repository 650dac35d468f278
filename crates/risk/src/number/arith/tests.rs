use super::*;

/// Numbers around every limb and shift boundary.
const EDGES: [u64; 12] = [
    0,
    1,
    2,
    3,
    999_999_999,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

/// A 64-bit linear congruential sequence: cheap, reproducible variety.
fn numbers() -> impl Iterator<Item = u64> {
    let mut x = 0x9e37_79b9_7f4a_7c15_u64;
    core::iter::repeat_with(move || {
        x = x
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        x ^ (x >> 33)
    })
}

#[test]
fn long_division_agrees_with_native_division() {
    let mut next = numbers();
    let check = |n: u128, d: u64| {
        if d == 0 {
            assert_eq!(div_rem_u128_u64(n, d), Err(RiskError::Overflow));
            return;
        }
        let expected = Division {
            quotient: n / u128::from(d),
            remainder: low(n % u128::from(d)),
        };
        assert_eq!(div_rem_u128_u64(n, d), Ok(expected), "{n} / {d}");
    };
    for a in EDGES {
        for b in EDGES {
            for d in EDGES {
                check(u128::from(a) << 64 | u128::from(b), d);
            }
        }
    }
    for _ in 0..2_000 {
        let (a, b, d, bits) = (
            next.next().unwrap(),
            next.next().unwrap(),
            next.next().unwrap(),
            next.next().unwrap(),
        );
        check(
            (u128::from(a) << 64 | u128::from(b)) >> (bits % 128),
            d >> (bits / 128 % 64),
        );
    }
}

#[test]
fn division_rounds_as_named_and_refuses_zero() {
    assert_eq!(div_floor_u128(7, 2), Ok(3));
    assert_eq!(div_ceil_u128(7, 2), Ok(4));
    assert_eq!(div_ceil_u128(8, 2), Ok(4));
    assert_eq!(div_ceil_u128(u128::MAX, 1), Ok(u128::MAX));
    assert_eq!(div_floor_u128(u128::MAX, u128::MAX), Ok(1));
    assert_eq!(div_ceil_u128(u128::MAX - 1, u128::MAX), Ok(1));
    assert_eq!(div_floor_u128(u128::MAX - 1, u128::MAX), Ok(0));
    assert_eq!(div_floor_u128(1, 0), Err(RiskError::Overflow));
    assert_eq!(div_ceil_u128(0, 0), Err(RiskError::Overflow));
}

#[test]
fn mul_div_rounds_once_and_reports_overflow() {
    assert_eq!(mul_div_floor_u64(7, 3, 2), Ok(10));
    assert_eq!(mul_div_ceil_u64(7, 3, 2), Ok(11));
    assert_eq!(mul_div_ceil_u64(7, 4, 2), Ok(14));
    assert_eq!(
        mul_div_floor_u64(u64::MAX, u64::MAX, u64::MAX),
        Ok(u64::MAX)
    );
    assert_eq!(mul_div_floor_u64(u64::MAX, 2, 1), Err(RiskError::Overflow));
    assert_eq!(mul_div_ceil_u64(u64::MAX, 3, 3), Ok(u64::MAX));
    assert_eq!(
        mul_div_floor_u64(1 << 32, 1 << 32, 1),
        Err(RiskError::Overflow)
    );
    assert_eq!(mul_div_ceil_u64(1, 1, 0), Err(RiskError::Overflow));
    // 2^64 − 1 + ⅓ is in range down, out of range up.
    assert_eq!(mul_div_floor_u64(u64::MAX, 3, 3), Ok(u64::MAX));
    let (a, b, d) = ((1u64 << 63) + 1, 4, 2);
    assert_eq!(mul_div_ceil_u64(a, b, d), Err(RiskError::Overflow));
}

#[test]
fn shifts_round_as_named_for_every_count() {
    assert_eq!(shr_floor(5, 1), 2);
    assert_eq!(shr_ceil(5, 1), 3);
    assert_eq!(shr_ceil(4, 1), 2);
    assert_eq!(shr_ceil(4, 0), 4);
    for shift in [127, 128, 129, u32::MAX] {
        assert_eq!(shr_floor(1, shift), 0);
        assert_eq!(shr_ceil(1, shift), 1);
        assert_eq!(shr_ceil(0, shift), 0);
    }
    assert_eq!(shr_floor(u128::MAX, 127), 1);
    assert_eq!(shr_ceil(u128::MAX, 127), 2);
    assert_eq!(mul_shr_floor(u64::MAX, u64::MAX, 64), Ok(u64::MAX - 1));
    assert_eq!(mul_shr_ceil(u64::MAX, u64::MAX, 64), Ok(u64::MAX));
    assert_eq!(mul_shr_floor(u64::MAX, 2, 0), Err(RiskError::Overflow));
    assert_eq!(mul_shr_ceil(u64::MAX, 3, 1), Err(RiskError::Overflow));
}

/// `a · b` as 32-bit digits, low first: a slow, independent reference.
fn digits(a: u128, b: u128) -> [u64; 8] {
    let digit = |x: u128, i: usize| low(x >> (32 * i)) & 0xffff_ffff;
    let mut sums = [0u64; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            let sum = sums[i + j] + digit(a, i) * digit(b, j) + carry;
            sums[i + j] = sum & 0xffff_ffff;
            carry = sum >> 32;
        }
        sums[i + 4] += carry;
    }
    sums
}

/// Bit `i` of the digits.
fn bit(digits: &[u64; 8], i: usize) -> bool {
    digits[i / 32] >> (i % 32) & 1 != 0
}

#[test]
fn wide_products_agree_with_digits() {
    let mut next = numbers();
    for round in 0..2_000u32 {
        let a = u128::from(next.next().unwrap()) << 64 | u128::from(next.next().unwrap());
        let a = a >> (round % 120);
        let b = next.next().unwrap() >> (round % 64);
        let shift = round % 192;
        let product = digits(a, u128::from(b));
        let shifted = usize::try_from(shift).unwrap();
        let overflows = (shifted + 128..256).any(|i| bit(&product, i));
        let floor = (0..128usize)
            .filter(|i| shifted + i < 256 && bit(&product, shifted + i))
            .fold(0u128, |sum, i| sum | 1 << i);
        let inexact = (0..shifted).any(|i| bit(&product, i));
        if overflows {
            assert_eq!(
                mul_u128_u64_shr_floor(a, b, shift),
                Err(RiskError::Overflow)
            );
            assert_eq!(mul_u128_u64_shr_ceil(a, b, shift), Err(RiskError::Overflow));
        } else {
            assert_eq!(mul_u128_u64_shr_floor(a, b, shift), Ok(floor));
            assert_eq!(
                mul_u128_u64_shr_ceil(a, b, shift),
                Ok(floor + u128::from(inexact))
            );
        }
    }
}

#[test]
fn wide_products_at_the_edges() {
    assert_eq!(
        mul_u128_u64_shr_floor(u128::MAX, u64::MAX, 64),
        Ok(u128::MAX - (1 << 64))
    );
    assert_eq!(mul_u128_u64_shr_floor(u128::MAX, 1, 0), Ok(u128::MAX));
    assert_eq!(
        mul_u128_u64_shr_ceil(u128::MAX, 3, 1),
        Err(RiskError::Overflow)
    );
    // (2^128 − 1)·(2^63 + 1)/2^63 is above 2^128; with the shift one more it is just below half.
    assert_eq!(
        mul_u128_u64_shr_ceil(u128::MAX, (1 << 63) + 1, 63),
        Err(RiskError::Overflow)
    );
    // floor fits, ceil does not: (2^128 − 1)·1 + fraction
    assert_eq!(
        mul_u128_u64_shr_floor(1 << 65, u64::MAX, 1),
        Ok(u128::from(u64::MAX) << 64)
    );
    assert_eq!(mul_u128_u64_shr_floor(5, 7, 300), Ok(0));
    assert_eq!(mul_u128_u64_shr_ceil(5, 7, 300), Ok(1));
    assert_eq!(mul_u128_u64_shr_ceil(0, 7, 300), Ok(0));
}

fn product_le(a: u128, b: u128, c: u128, d: u128) -> bool {
    Product(a, b).at_most(Product(c, d))
}

#[test]
fn product_comparison_agrees_with_digits() {
    let mut next = numbers();
    let mut wide = |bits: u32| {
        (u128::from(next.next().unwrap()) << 64 | u128::from(next.next().unwrap())) >> bits
    };
    for round in 0..2_000u32 {
        let (a, b, c) = (
            wide(round % 128),
            wide(round / 7 % 128),
            wide(round / 3 % 128),
        );
        let d = if round % 5 == 0 { b } else { wide(round % 128) };
        let mut left = digits(a, b);
        let mut right = digits(c, d);
        left.reverse();
        right.reverse();
        assert_eq!(product_le(a, b, c, d), left <= right, "{a} {b} {c} {d}");
    }
    assert!(product_le(u128::MAX, u128::MAX, u128::MAX, u128::MAX));
    assert!(!product_le(u128::MAX, u128::MAX, u128::MAX, u128::MAX - 1));
    assert!(product_le(
        u128::MAX - 1,
        u128::MAX - 1,
        u128::MAX,
        u128::MAX - 2 + 1
    ));
    assert!(product_le(0, u128::MAX, 0, 0));
}

#[test]
fn square_roots_are_exact_around_every_square() {
    let mut next = numbers();
    let mut check = |root: u64| {
        let square = wide_mul(root, root);
        assert_eq!((isqrt_floor(square), isqrt_ceil(square)), (root, root));
        if root > 1 {
            assert_eq!(
                (isqrt_floor(square - 1), isqrt_ceil(square - 1)),
                (root - 1, root)
            );
            assert_eq!(
                (isqrt_floor(square + 1), isqrt_ceil(square + 1)),
                (root, root.saturating_add(1))
            );
        }
    };
    EDGES.into_iter().for_each(&mut check);
    for bits in 0..64 {
        for root in next.by_ref().take(50) {
            check(root >> bits);
        }
    }
    assert_eq!(isqrt_floor(u128::MAX), u64::MAX);
    assert_eq!(isqrt_ceil(u128::MAX), u64::MAX); // the root is 2^64: documented
}

#[test]
fn leading_zeros_are_those_of_the_language() {
    assert_eq!(leading_zeros(0), 128);
    for bit in 0..128 {
        for n in [
            1 << bit,
            (1 << bit) | 1,
            u128::MAX >> bit,
            (1u128 << bit) - 1,
        ] {
            assert_eq!(leading_zeros(n), n.leading_zeros(), "{n:#x}");
        }
    }
}

#[test]
fn an_exact_left_shift_keeps_every_bit_or_is_none() {
    for shift in 0..130 {
        for n in [0, 1, 3, 1 << 64, (1 << 127) | 1, u128::MAX] {
            let fits = n == 0 || n.leading_zeros() >= shift;
            let expected = if n == 0 {
                Some(0)
            } else {
                fits.then(|| n << shift)
            };
            assert_eq!(shl_exact(n, shift), expected, "{n:#x} << {shift}");
        }
    }
}

#[test]
fn sums_and_differences_end_where_their_type_ends() {
    assert_eq!(add_u128(u128::MAX - 1, 1), Ok(u128::MAX));
    assert_eq!(add_u128(u128::MAX, 1), Err(RiskError::Overflow));
    assert_eq!(add_i128(i128::MAX, -1), Ok(i128::MAX - 1));
    assert_eq!(add_i128(i128::MAX, 1), Err(RiskError::Overflow));
    assert_eq!(sub_i128(i128::MIN, -1), Ok(i128::MIN + 1));
    assert_eq!(sub_i128(i128::MIN, 1), Err(RiskError::Overflow));
}

#[test]
fn wide_results_fit_at_the_ends() {
    assert_eq!(wide_add(u64::MAX, u64::MAX), (1 << 65) - 2);
    assert_eq!(wide_sub_signed(i64::MAX, i64::MIN), (1 << 64) - 1);
    assert_eq!(wide_sub_signed(i64::MIN, i64::MAX), 1 - (1 << 64));
    assert_eq!(wide_mul_signed(i64::MIN, i64::MIN), 1 << 126);
    assert_eq!(wide_mul_signed(i64::MIN, i64::MAX), (1 << 63) - (1 << 126));
    assert_eq!(join(u64::MAX, 5), u128::MAX - u128::from(u64::MAX - 5));
    assert_eq!(signed_like((1 << 127) - 1, -1), -i128::MAX);
    assert_eq!(signed_like((1 << 127) - 1, 0), i128::MAX);
    assert_eq!(signed_like(0, i128::MIN), 0);
    assert_eq!(negated((1 << 127) - 1), -i128::MAX);
}

#[test]
fn a_share_is_exceeded_by_more_than_its_floor() {
    for b in [0, 1, (1 << 40) - 1, 1 << 40, 3 << 40, u128::MAX >> 1] {
        let limit = b + (b >> 40);
        assert!(!exceeds_by_share(limit, b, 40), "{b}");
        assert!(exceeds_by_share(limit + 1, b, 40), "{b}");
    }
    assert!(!exceeds_by_share(u128::MAX, u128::MAX, 40));
}

#[test]
fn top_bits_keep_the_value() {
    let none = TopBits {
        top: 0,
        rest: 0,
        exponent: 0,
    };
    assert_eq!([top_bits(0), top_bits_ceil(0)], [none; 2]);
    let next = TopBits {
        top: 1 << 63,
        rest: 0,
        exponent: 65,
    };
    assert_eq!(top_bits_ceil(u128::MAX), next);
    for high in EDGES {
        for low in EDGES {
            let x = join(high, low);
            if x == 0 {
                continue;
            }
            let exact = top_bits(x);
            let TopBits {
                top,
                rest,
                exponent,
            } = exact;
            assert_eq!(top >> 63, 1);
            let zeros = u32::try_from(64 - exponent).unwrap();
            assert_eq!(join(top, rest) >> zeros, x);
            assert_eq!(excess_bits(x, 0), 128 - zeros);
            assert_eq!(excess_bits(x, 128 - zeros), 0);
            let up = top_bits_ceil(x);
            assert_eq!((up.top >> 63, up.rest), (1, 0));
            if rest == 0 {
                assert_eq!(up, exact);
            } else {
                let moved = u32::try_from(up.exponent - exponent).unwrap();
                assert_eq!(u128::from(up.top) << moved, u128::from(top) + 1);
            }
        }
    }
    assert_eq!(excess_bits(0, 0), 0);
}

#[test]
fn small_quotients_round_as_named() {
    assert_eq!(div_floor_u64(u64::MAX, 2), u64::MAX >> 1);
    assert_eq!(div_floor_u64(7, 0), 0);
    assert_eq!(half_to_zero(-3), -1);
    assert_eq!(half_to_zero(3), 1);
    assert_eq!(half_to_zero(i128::MIN), -(1 << 126));
    let largest = (1 << 32) - 1;
    for d in [1, 2, 3, 3_600, 86_400, largest] {
        for n in [0, 1, d / 3, d / 2, d - 1] {
            if n < d {
                let exact = (u128::from(n) << 64) / u128::from(d);
                assert_eq!(u128::from(ratio_q64_floor(n, d)), exact, "{n} / {d}");
            }
        }
        assert_eq!(ratio_q64_floor(d, d), u64::MAX);
    }
    assert_eq!(ratio_q64_floor(0, 0), u64::MAX);
    assert_eq!(ratio_q64_floor(1, 1 << 32), u64::MAX);
}

#[test]
fn series_stay_in_range_at_the_ends() {
    use super::kernel::{exp_minus_one, slope_floor, twice_atanh};
    // 1.5 times: the slope is 1/5; below that, and at the ends of what ln and 2^x ask for.
    let (least, most) = (1_u128 << 63, 1_u128 << 65);
    assert_eq!(slope_floor(least, least), 0);
    assert_eq!(slope_floor(3 << 63, 2 << 63), u64::MAX / 5);
    assert_eq!(slope_floor(2 << 63, 3 << 63), u64::MAX / 5);
    assert_eq!(slope_floor(most - 1, most - 1), 0);
    // 2·atanh(0.18) = 0.363965…, e^0.022 − 1 = 0.022243….
    let unit = (1_u128 << 64) as f64;
    let atanh = twice_atanh((0.18 * unit) as u64) as f64 / unit;
    assert!((atanh - 0.363_965_377).abs() < 1e-9, "{atanh}");
    let grown = exp_minus_one((0.022 * unit) as u64) as f64 / unit;
    assert!((grown - 0.022_243_784).abs() < 1e-9, "{grown}");
    assert_eq!((twice_atanh(0), exp_minus_one(0)), (0, 0));
}

#[test]
fn the_slope_is_the_quotient_of_128_bits() {
    use super::kernel::slope_floor;
    let mut next = numbers();
    for i in 0..20_000_u32 {
        let (m, other) = (next.next().unwrap() | 1 << 63, next.next().unwrap());
        // Within 1.5 times of each other, of 64 or 65 binary digits; often only a little apart.
        let near = m.saturating_sub((other >> 1 >> (i % 60)) % (m / 3)) | 1 << 63;
        for (m, n) in [(m, near), (near, m)] {
            for shift in [0, 1] {
                let (m, n) = (u128::from(m) << shift, u128::from(n) << shift);
                let exact = (m.abs_diff(n) << 64) / (m + n);
                assert_eq!(u128::from(slope_floor(m, n)), exact, "{m} {n}");
            }
        }
    }
}

#[test]
fn short_products_are_those_of_128_bits() {
    use super::kernel::{
        mul_high_by_upper, mul_shr_63_ceil, mul_shr_63_floor, mul_u128_shr_63_ceil,
    };
    let mut next = numbers();
    let check = |a: u64, b: u64, c: u64| {
        let (a, b) = (a >> 1, b >> 1);
        let exact = wide_mul(a, b);
        assert_eq!(u128::from(mul_shr_63_floor(a, b)), exact >> 63, "{a} {b}");
        assert_eq!(
            u128::from(mul_shr_63_ceil(a, b)),
            shr_ceil(exact, 63),
            "{a} {b}"
        );
        let (short, upper) = (a >> 1, b | 1 << 63);
        assert_eq!(mul_high_by_upper(short, upper), mul_high(short, upper));
        let long = join(c >> 3, a);
        let exact = mul_u128_u64_shr_ceil(long, b, 63);
        assert_eq!(Ok(mul_u128_shr_63_ceil(long, b)), exact, "{long} {b}");
    };
    for a in EDGES {
        for b in EDGES {
            EDGES.into_iter().for_each(|c| check(a, b, c));
        }
    }
    for bits in 0..20_000_u32 {
        let mut number = || next.next().unwrap();
        let (a, b, c) = (number(), number(), number());
        check(a >> (bits % 64), b, c >> (bits / 64 % 64));
    }
}

#[test]
fn products_by_small_numbers_are_those_of_any() {
    let mut next = numbers();
    let check = |a: u64, c: u64, b: u64| {
        assert_eq!(wide_mul_by_small(a, b), u128::from(a) * u128::from(b));
        let long = join(c >> 32, a); // below 2^96, so a product by 32 binary digits fits
        let small = b & ((1 << 32) - 1);
        let exact = long * u128::from(small);
        assert_eq!(mul_u128_u64_shr_floor(long, small, 0), Ok(exact));
        assert_eq!(
            mul_u128_u64_shr_ceil(long, small, 70),
            Ok(shr_ceil(exact, 70))
        );
    };
    for a in EDGES {
        for b in EDGES {
            EDGES.into_iter().for_each(|c| check(a, c, b));
        }
    }
    for _ in 0..5_000 {
        let mut number = || next.next().unwrap();
        check(number(), number(), number());
    }
    assert_eq!(
        mul_u128_u64_shr_floor(u128::MAX, u64::from(u32::MAX), 31),
        Err(RiskError::Overflow)
    );
}

#[test]
fn tables_end_where_64_bits_end() {
    use super::table::{Binary, by_top_bits, powers_of_ten, reciprocals_floor};
    let powers = powers_of_ten::<20>();
    assert_eq!((powers[0], powers[19]), (1, 10_u64.pow(19)));
    for (power, Binary { mantissa, exponent }) in (1_u32..).zip(reciprocals_floor::<27>(1)) {
        // mantissa · 10^power ≤ 2^−exponent < (mantissa + 1) · 10^power, both sides over 2^power.
        let five = 5_u128.pow(power);
        let one = 1_u128 << (u32::try_from(-exponent).unwrap() - power);
        assert_eq!(mantissa >> 63, 1);
        assert_eq!(u128::from(mantissa), one / five, "10^-{power}");
    }
    let table = core::array::from_fn(|i| i as u64);
    for i in 0..32_u64 {
        assert_eq!(by_top_bits(&table, i << 59), i);
        assert_eq!(by_top_bits(&table, i << 59 | (u64::MAX >> 5)), i);
    }
}

#[test]
fn an_exact_product_shifted_beyond_a_word_is_not_rounded() {
    assert_eq!(mul_u128_u64_shr_ceil(1 << 80, 1, 70), Ok(1 << 10));
    assert_eq!(
        mul_u128_u64_shr_ceil((1 << 80) + 1, 1, 70),
        Ok((1 << 10) + 1)
    );
    assert_eq!(mul_u128_u64_shr_ceil(3 << 90, 2, 91), Ok(3));
}

#[test]
fn products_are_compared_by_every_word() {
    let (max, high) = (u128::MAX, 1_u128 << 64);
    assert!(product_le(max, max, max, max));
    assert!(!product_le(max, max, max, max - 1));
    // (2^64 + 1)² = 2^128 + 2^65 + 1 against its neighbours
    assert!(product_le(high + 1, high + 1, 1 << 127, 2 + 1));
    assert!(!product_le(high + 1, high + 1, 1 << 127, 2));
    // (2^65 − 1)·(2^65 − 1) = 2^130 − 2^66 + 1 carries through the middle words
    let carry = (1_u128 << 65) - 1;
    assert!(product_le(carry, carry, 1 << 127, 8));
    assert!(!product_le(1 << 127, 8, carry, carry));
    assert!(product_le(carry, carry - 2, (1 << 65) - 2, (1 << 65) - 2));
    // (2^64 + 3)·(2^64 + 5) = 2^128 + 8·2^64 + 15 below 2^128 + 10·2^64
    assert!(product_le(high + 3, high + 5, (1 << 127) + 5 * high, 2));
    // 2^127·(2^64 + 2) = 2^191 + 2^128 above 2^191
    assert!(!product_le(1 << 127, high + 2, 1 << 127, high));
}
