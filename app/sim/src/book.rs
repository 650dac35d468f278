//! Random books over several assets, and their margins by the core.
use anyhow::{Result, anyhow};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::report;
use freeboard_risk::requirement::portfolio::Portfolio;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, Uniform};

use crate::joint::JointTerms;
use crate::replay::{NOTIONAL_QUOTE_ATOMS, Point, ReplayedAsset};

/// How the signs of a book lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All long.
    Long,
    /// All short.
    Short,
    /// One asset against the others, net at most a fifth of gross.
    Hedged,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Long, Self::Short, Self::Hedged];

    /// Name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Long => "books_long",
            Self::Short => "books_short",
            Self::Hedged => "books_hedged",
        }
    }
}

/// Signed notionals per asset; their sizes sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// In the order of the assets.
    pub weights: Vec<f64>,
}

/// Margins of a book as shares of its gross notional.
#[derive(Clone, Copy, Debug)]
pub struct BookMargin {
    /// Maintenance.
    pub maintenance: f64,
    /// Initial.
    pub initial: f64,
}

/// Margins of positions of `sizes` (base atoms) at `points`, as shares of [`NOTIONAL_QUOTE_ATOMS`].
///
/// Errors: what the core refuses.
pub fn margin_of(
    assets: &[ReplayedAsset],
    points: &[Point],
    sizes: &[i64],
    joint: &JointTerms,
) -> Result<BookMargin> {
    let notional = NOTIONAL_QUOTE_ATOMS as f64;
    let held = assets.iter().zip(points).zip(sizes);
    let holdings: Vec<_> = held
        .map(|((asset, point), size)| Holding {
            size_atoms: *size,
            ..asset.holding(point)
        })
        .collect();
    let report = report(&Portfolio {
        coefficients: &joint.coefficients,
        scenarios: &joint.scenarios,
        initial: None,
        quote_atoms: 0,
        holdings: &holdings,
    })
    .map_err(|error| anyhow!("{error:?}"))?;
    Ok(BookMargin {
        maintenance: report.maintenance.margin_atoms as f64 / notional,
        initial: report.initial.requirement.margin_atoms as f64 / notional,
    })
}

/// `count` books of a kind over `assets` assets; the same for the same seed.
pub fn random_books(kind: Kind, count: usize, assets: usize, seed: u64) -> Vec<Book> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ (kind as u64) << 32);
    (0..count)
        .map(|_| random_book(kind, assets, &mut random))
        .collect()
}

fn random_book(kind: Kind, assets: usize, random: &mut ChaCha8Rng) -> Book {
    let share = Uniform::new(0.05, 1.0).expect("a range");
    loop {
        let mut weights: Vec<f64> = (0..assets).map(|_| share.sample(random)).collect();
        match kind {
            Kind::Long => {}
            Kind::Short => weights.iter_mut().for_each(|weight| *weight = -*weight),
            Kind::Hedged => {
                let one = random.next_u32() as usize % assets;
                let against = if random.next_u32().is_multiple_of(2) {
                    1.0
                } else {
                    -1.0
                };
                for (index, weight) in weights.iter_mut().enumerate() {
                    *weight *= if index == one { against } else { -against };
                }
            }
        }
        let gross: f64 = weights.iter().map(|weight| weight.abs()).sum();
        weights.iter_mut().for_each(|weight| *weight /= gross);
        let net: f64 = weights.iter().sum();
        if kind != Kind::Hedged || assets < 2 || net.abs() <= 0.2 {
            return Book { weights };
        }
    }
}

impl Book {
    /// Sizes of the book with a gross notional of [`NOTIONAL_QUOTE_ATOMS`] at `points`, base atoms.
    ///
    /// Errors: more than a position can have.
    pub fn sizes(&self, assets: &[ReplayedAsset], points: &[Point]) -> Result<Vec<i64>> {
        let notional = NOTIONAL_QUOTE_ATOMS as f64;
        let sized = assets.iter().zip(points).zip(&self.weights);
        sized
            .map(|((asset, point), weight)| asset.atoms_of(weight * notional, point))
            .collect()
    }

    /// Loss between two moments, as a share of the gross notional at the first; negative for a gain.
    pub fn loss(&self, before: &[Point], after: &[Point]) -> f64 {
        let moves = before
            .iter()
            .zip(after)
            .map(|(from, to)| to.close / from.close - 1.0);
        -self
            .weights
            .iter()
            .zip(moves)
            .map(|(weight, move_)| weight * move_)
            .sum::<f64>()
    }

    /// Σ |weight| · per-asset amount: a margin without offsets.
    pub fn without_offset(&self, amounts: impl Iterator<Item = f64>) -> f64 {
        self.weights
            .iter()
            .zip(amounts)
            .map(|(weight, amount)| weight.abs() * amount)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_have_the_signs_of_their_kind_and_a_gross_of_one() {
        for kind in Kind::ALL {
            for book in random_books(kind, 200, 3, 7) {
                let gross: f64 = book.weights.iter().map(|weight| weight.abs()).sum();
                let net: f64 = book.weights.iter().sum();
                assert!((gross - 1.0).abs() < 1e-12);
                match kind {
                    Kind::Long => assert!(book.weights.iter().all(|weight| *weight > 0.0)),
                    Kind::Short => assert!(book.weights.iter().all(|weight| *weight < 0.0)),
                    Kind::Hedged => assert!(net.abs() <= 0.2),
                }
            }
        }
        assert_eq!(
            random_books(Kind::Long, 3, 3, 1),
            random_books(Kind::Long, 3, 3, 1)
        );
        assert_ne!(
            random_books(Kind::Long, 3, 3, 1),
            random_books(Kind::Long, 3, 3, 2)
        );
    }
}
