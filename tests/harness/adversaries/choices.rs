//! Where choices come from: a seed in a test, bytes in a fuzz target, which a recording turns into one another.
use crate::Stream;
use std::{cell::RefCell, rc::Rc};

/// A source of choices.
pub trait Choices {
    /// A number below this, which is not 0.
    fn next(&mut self, below: u64) -> u64;

    /// Between −1 and 1.
    fn signed(&mut self) -> f64 {
        self.next(2_000_001) as f64 / 1e6 - 1.0
    }

    /// Whether there is nothing left to choose from.
    fn is_over(&self) -> bool {
        false
    }
}

impl Choices for Stream {
    fn next(&mut self, below: u64) -> u64 {
        Stream::next(self, below)
    }
}

/// How many bytes hold every number below this.
fn width(below: u64) -> usize {
    (64 - below.saturating_sub(1).leading_zeros()).div_ceil(8) as usize
}

/// Choices out of bytes: of each as many as the number needs, low first; zeros when they run out.
#[derive(Clone, Debug)]
pub struct Bytes {
    bytes: Vec<u8>,
    at: usize,
}

impl Bytes {
    /// From the first byte on.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
        }
    }
}

impl Choices for Bytes {
    fn next(&mut self, below: u64) -> u64 {
        let width = width(below);
        let rest = self.bytes.iter().skip(self.at).take(width);
        let number = rest.rev().fold(0, |high, low| high << 8 | u64::from(*low));
        self.at += width;
        number % below
    }

    fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

/// Remembers choices as the bytes that [`Bytes`] makes the same choices of.
#[derive(Clone, Debug)]
pub struct Recorder<C> {
    inner: C,
    /// The bytes so far.
    pub bytes: Rc<RefCell<Vec<u8>>>,
}

impl<C> Recorder<C> {
    /// Remembers the choices of this source.
    pub fn new(inner: C) -> Self {
        let bytes = Rc::default();
        Self { inner, bytes }
    }
}

impl<C: Choices> Choices for Recorder<C> {
    fn next(&mut self, below: u64) -> u64 {
        let number = self.inner.next(below);
        let bytes = number.to_le_bytes();
        self.bytes
            .borrow_mut()
            .extend(bytes.iter().take(width(below)));
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_choices_are_made_again() {
        let mut recorder = Recorder::new(Stream(7));
        let limits = [1, 2, 60, 256, 257, 65_536, 65_537, 2_000_001, 1 << 40];
        let made: Vec<u64> = limits.map(|below| recorder.next(below)).into();
        let mut bytes = Bytes::new(&recorder.bytes.borrow());
        let again: Vec<u64> = limits.map(|below| bytes.next(below)).into();
        assert_eq!(made, again);
        assert!(bytes.is_over());
    }
}
