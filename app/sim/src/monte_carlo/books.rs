//! The books that are measured: one that is asked for, or the standard ones.
use anyhow::{Result, ensure};

use super::paths::PathStart;
use crate::replay::NOTIONAL_QUOTE_ATOMS;

/// A book by what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedBook {
    /// What it is called.
    pub name: String,
    /// Asset and signed size, whole base units.
    pub positions: Vec<(String, f64)>,
}

/// A book in the order of the simulated assets.
pub(super) struct HeldBook {
    pub name: String,
    /// Signed sizes, base atoms.
    pub sizes: Vec<i64>,
    /// Signed notionals at the last close, USD.
    pub notionals: Vec<f64>,
}

impl NamedBook {
    /// The book at the last closes.
    ///
    /// Errors: a position without size, an asset twice or one that is not simulated, more than a position can have.
    pub(super) fn held(&self, start: &PathStart) -> Result<HeldBook> {
        let count = start.assets.len();
        let (mut sizes, mut notionals) = (vec![0; count], vec![0.0; count]);
        for (name, size) in &self.positions {
            let place = start.assets.iter().position(|one| one.name == name);
            let Some(place) = place else {
                anyhow::bail!("{name}: no such asset among those simulated");
            };
            let asset = &start.assets[place];
            ensure!(sizes[place] == 0, "{name}: two positions of one asset");
            let notional = size * asset.point.close;
            let atoms = asset.asset.atoms_of(notional * 1e6, &asset.point)?;
            ensure!(atoms != 0, "{name}: a position of {size} is none");
            (sizes[place], notionals[place]) = (atoms, notional);
        }
        ensure!(!self.positions.is_empty(), "{}: no position", self.name);
        Ok(HeldBook {
            name: self.name.clone(),
            sizes,
            notionals,
        })
    }
}

/// Each asset long and short; all of them long and short; the first against the others both ways. Each side of a book
/// is split evenly, and all are of the size that every margin is judged at: below every L.
pub(super) fn standard(start: &PathStart) -> Vec<NamedBook> {
    let gross = NOTIONAL_QUOTE_ATOMS as f64 / 1e6;
    let book = |name: String, shares: &dyn Fn(usize) -> f64| NamedBook {
        name,
        positions: start
            .assets
            .iter()
            .enumerate()
            .filter(|(place, _)| shares(*place) != 0.0)
            .map(|(place, one)| (one.name.to_owned(), shares(place) * gross / one.point.close))
            .collect(),
    };
    let count = start.assets.len();
    let mut books = Vec::new();
    for (place, one) in start.assets.iter().enumerate() {
        for (sign, side) in [(1.0, "long"), (-1.0, "short")] {
            let lone = |at: usize| if at == place { sign } else { 0.0 };
            books.push(book(format!("{} {side}", one.name), &lone));
        }
    }
    if count < 2 {
        return books;
    }
    let first = start.assets[0].name;
    for (sign, side, against) in [
        (1.0, "all long", format!("{first} long, others short")),
        (-1.0, "all short", format!("{first} short, others long")),
    ] {
        books.push(book(side.to_owned(), &|_| sign / count as f64));
        books.push(book(against, &|at| match at {
            0 => sign / 2.0,
            _ => -sign / 2.0 / (count - 1) as f64,
        }));
    }
    books
}
