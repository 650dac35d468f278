//! 128-bit numbers in account data, which is 8-aligned; `u128` is 16-aligned here.

/// A 128-bit number as two words, low first: account data is 8-aligned, `u128` is 16-aligned here.
pub const fn to_words(value: u128) -> [u64; 2] {
    [value as u64, (value >> 64) as u64]
}

/// Two's complement of a signed 128-bit number as two words, low first.
pub const fn signed_to_words(value: i128) -> [u64; 2] {
    to_words(value.cast_unsigned())
}

/// The number that [`signed_to_words`] split.
pub const fn signed_from_words(words: [u64; 2]) -> i128 {
    from_words(words).cast_signed()
}

/// The number that [`to_words`] split.
pub const fn from_words(words: [u64; 2]) -> u128 {
    (words[1] as u128) << 64 | words[0] as u128
}
