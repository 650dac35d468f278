//! Numbers out of fuzzed bytes.

/// Reads numbers from fuzzed bytes; zeros when they run out.
///
/// Extreme values come from one byte: a fuzzer rarely finds eight equal bytes by itself.
pub struct FuzzedBytes<'a> {
    rest: &'a [u8],
}

impl<'a> FuzzedBytes<'a> {
    /// From the first byte on.
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// Whether there is nothing left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `N` bytes as they are.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let (taken, rest) = self.rest.split_at(N.min(self.rest.len()));
        array[..taken.len()].copy_from_slice(taken);
        self.rest = rest;
        array
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    /// A coin.
    pub fn flip(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Below `count`.
    pub fn index(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    /// Rolls for a `Dice`: as many as are left, at most `most`.
    pub fn rolls(&mut self, most: usize) -> Vec<u16> {
        let (taken, rest) = self.rest.split_at((2 * most).min(self.rest.len()));
        self.rest = rest;
        taken
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u16::from_le_bytes(*pair))
            .collect()
    }

    /// Any 128-bit number: an extreme, near a power of two, or digits as they come.
    pub fn any_u128(&mut self) -> u128 {
        match self.byte() {
            0 => 0,
            1 => 1,
            2 => u128::MAX,
            3 => u128::from(u64::MAX),
            form @ 4..=67 => self.near_power(form, 128),
            68..=127 => u128::from(self.byte()),
            128..=191 => u128::from(u64::from_le_bytes(self.array())),
            _ => u128::from_le_bytes(self.array()),
        }
    }

    /// Any 64-bit number, in the same way.
    pub fn any_u64(&mut self) -> u64 {
        match self.byte() {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => i64::MAX.unsigned_abs(),
            4 => 1 << 63,
            form @ 5..=67 => self.near_power(form, 64) as u64,
            68..=127 => u64::from(self.byte()),
            128..=191 => u64::from(u32::from_le_bytes(self.array())),
            _ => u64::from_le_bytes(self.array()),
        }
    }

    /// Any signed 64-bit number, both ends included.
    pub fn any_i64(&mut self) -> i64 {
        self.any_u64().cast_signed()
    }

    /// A power of two below 2^`bits`, or one above or below it.
    fn near_power(&mut self, form: u8, bits: u32) -> u128 {
        let power = 1u128 << (u32::from(self.byte()) % bits);
        match form % 3 {
            0 => power,
            1 => power.wrapping_sub(1),
            _ => power.wrapping_add(1),
        }
    }
}
