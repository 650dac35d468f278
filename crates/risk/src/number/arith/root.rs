//! Square roots of 64 bits by Newton's method: on SBPF a division costs 1 CU, the standard library's root 550.

/// `⌈√((i + 1) · 2^58)⌉`: not below the root of any number whose six highest bits are i; from 16 on within 2^-5 of it.
const SEEDS: [u64; 64] = {
    let mut seeds = [0; 64];
    let mut i = 0;
    while i < seeds.len() {
        let above = (i as u128 + 1) << 58;
        let floor = above.isqrt() as u64;
        seeds[i] = floor + ((floor as u128 * floor as u128) < above) as u64;
        i += 1;
    }
    seeds
};

/// `⌊√x⌋`, below 2^32.
pub(super) const fn root_floor(x: u64) -> u64 {
    if x == 0 {
        return 0;
    }
    // An even number, so that the root shifts by half of it.
    let zeros = super::amount::zeros_above(x) & !1;
    root_of_normal(x << zeros) >> (zeros >> 1)
}

/// The same of a number of at least 2^62.
pub(super) const fn root_of_normal(x: u64) -> u64 {
    let seed = SEEDS[(x >> 58) as usize];
    // Whatever it begins with, a step never ends below ⌊√x⌋. From 2^-5 above the root three steps lead to 2^-47.
    let first = (seed + x / seed) >> 1;
    let second = (first + x / first) >> 1;
    let third = (second + x / second) >> 1;
    // Below 2^32: a second step of 2^32, that of 2^64 − 1, is followed by one below.
    third - (third.wrapping_mul(third) > x) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_the_standard_library() {
        for shift in 0..64 {
            for x in [
                1_u64 << shift,
                u64::MAX >> shift,
                0x9e37_79b9_7f4a_7c15 >> shift,
            ] {
                for near in [x - 1, x, x.saturating_add(1)] {
                    assert_eq!(root_floor(near), near.isqrt(), "{near}");
                }
            }
        }
        assert_eq!(root_floor(0), 0);
    }

    #[test]
    fn roots_beside_squares_and_at_the_ends_of_the_table() {
        let squares = (1 << 31..1 << 32)
            .step_by(65_537)
            .map(|root: u64| root * root);
        let ends = (16..64_u64).map(|i| i << 58);
        for x in squares.chain(ends).chain([u64::MAX - 1]) {
            for near in [x.saturating_sub(1).max(1 << 62), x, x + 1] {
                assert_eq!(root_of_normal(near), near.isqrt(), "{near}");
            }
        }
    }
}
