//! Numbers that look random and are the same in every run.

/// A stream of numbers from a seed, which must not be 0.
#[derive(Clone, Debug)]
pub struct Stream(pub u64);

impl Stream {
    /// Below this.
    pub fn next(&mut self, below: u64) -> u64 {
        // xorshift64*: Vigna 2016
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    }

    /// Between −1 and 1.
    pub fn signed(&mut self) -> f64 {
        self.next(2_000_001) as f64 / 1e6 - 1.0
    }
}
