//! What the core says of 100,000 accounts in every state is what it said when the numbers below were written.
//!
//! A change that is to keep every atom keeps them; one that is to move some says which, and writes them anew.
mod accounts;
mod results;

use std::ops::Range;

/// FNV-1a over 64-bit words.
fn hash_of(seeds: Range<u64>, worth_bits: u64) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |number: i128| {
        for word in [number as u64, (number >> 64) as u64] {
            hash = (hash ^ word).wrapping_mul(0x100_0000_01b3);
        }
    };
    for seed in seeds {
        results::results(seed, worth_bits, &mut take);
    }
    hash
}

/// Assets worth up to $2 M and up to $18 B each, and up to more than can be counted. Seeds, magnitude and hash.
const WRITTEN: [(Range<u64>, u64, u64); 3] = [
    (0..50_000, 40, 0x2408_1679_1992_a27f),
    (50_000..98_000, 53, 0xb149_c81e_543f_5436),
    (98_000..100_000, 64, 0xd772_d839_127f_d151),
];

#[test]
fn every_number_of_every_account_is_what_it_was() {
    let found = WRITTEN.map(|(seeds, worth_bits, _)| hash_of(seeds, worth_bits));
    let written = WRITTEN.map(|(_, _, hash)| hash);
    assert!(found == written, "now {found:#018x?}");
}
