//! Tables computed by the compiler, and their lookup.
use super::{isqrt_ceil, low};

/// 10^0 … 10^(N − 1); N ≤ 20 keeps them in 64 bits, and a larger N does not compile.
pub(crate) const fn powers_of_ten<const N: usize>() -> [u64; N] {
    let mut powers = [1u64; N];
    let mut i = 1;
    while i < N {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
}

/// `⌈√(i · 2^bits)⌉` of 0 … N − 1: what [`isqrt_ceil`] gives, without its divisions.
pub(crate) const fn roots_ceil<const N: usize>(bits: u32) -> [u64; N] {
    let mut roots = [0; N];
    let mut i = 0;
    while i < N {
        roots[i] = isqrt_ceil((i as u128) << bits);
        i += 1;
    }
    roots
}

/// `mantissa · 2^exponent`, the top bit of the mantissa set.
#[derive(Clone, Copy)]
pub(crate) struct Binary {
    pub mantissa: u64,
    pub exponent: i32,
}

/// `10^-first` … `10^-(first + N − 1)`, down. From `first` = 1 on;
/// `first + N ≤ 28` keeps the powers of five in 64 bits, and more does not compile.
pub(crate) const fn reciprocals_floor<const N: usize>(first: u32) -> [Binary; N] {
    let mut table = [Binary {
        mantissa: 0,
        exponent: 0,
    }; N];
    let mut i = 0;
    while i < N {
        let power = first + i as u32;
        let power_of_five = 5u64.pow(power);
        let bits = 64 - power_of_five.leading_zeros(); // 2^(bits − 1) ≤ 5^power < 2^bits
        // 2^(63 + bits) / 5^power is in (2^63, 2^64); 10^-power = 5^-power · 2^-power.
        table[i] = Binary {
            mantissa: low((1u128 << (63 + bits)) / power_of_five as u128),
            exponent: -((63 + bits + power) as i32),
        };
        i += 1;
    }
    table
}

/// The entry of the five highest bits of `x`.
#[inline]
pub(crate) const fn by_top_bits(table: &[u64; 32], x: u64) -> u64 {
    table[(x >> 59) as usize] // below 32
}

/// Leading zeros of a byte above 0.
#[inline]
pub(crate) const fn zeros_of_byte(byte: u64) -> u32 {
    ZEROS[(byte & 0xff) as usize] as u32
}

const ZEROS: [u8; 256] = {
    let mut zeros = [8; 256];
    let mut i = 1;
    while i < zeros.len() {
        zeros[i] = (i as u8).leading_zeros() as u8;
        i += 1;
    }
    zeros
};
