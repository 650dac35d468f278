//! What open positions carry in their entries besides the oracle price they were filled at.
//!
//! A fill moves no cash but that of the part it closes: its distance from the oracle price is paid when the
//! position is closed. Each close releases its share, and the last one all that is left.
use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;

/// Distances from the oracle price, quote atoms, positive in favour of the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Spread and impact of fills.
    pub spread_atoms: i64,
    /// What liquidators get cheaper in positions that they take over: negative.
    pub takeover_atoms: i64,
}

/// By margin account and asset index.
#[derive(Debug, Default)]
pub struct Carried(BTreeMap<(Pubkey, u16), Edge>);

impl Carried {
    /// A fill with this edge, on a position of this size; returns what the part that it closes
    /// releases, of the position and of the fill. Sizes are signed, base atoms.
    pub fn fill(&mut self, slot: (Pubkey, u16), before: i64, size: i64, edge: Edge) -> Edge {
        let against = (before > 0) != (size > 0);
        let closed = if against {
            before.unsigned_abs().min(size.unsigned_abs())
        } else {
            0
        };
        let held = self.0.remove(&slot).unwrap_or_default();
        let released = held.part(closed, before) + edge.part(closed, size);
        let left = held + edge - released;
        if left != Edge::default() {
            self.0.insert(slot, left);
        }
        released
    }

    /// What all open positions carry.
    pub fn total(&self) -> Edge {
        self.0
            .values()
            .fold(Edge::default(), |sum, edge| sum + *edge)
    }
}

impl Edge {
    /// All of it, spread and takeover, quote atoms.
    pub fn total_atoms(self) -> i64 {
        self.spread_atoms + self.takeover_atoms
    }

    /// The share of `closed` in a size, towards 0; of a whole size it is all.
    fn part(self, closed: u64, size: i64) -> Self {
        let whole = i128::from(size.unsigned_abs()).max(1);
        let share = |atoms: i64| (i128::from(atoms) * i128::from(closed) / whole) as i64;
        Self {
            spread_atoms: share(self.spread_atoms),
            takeover_atoms: share(self.takeover_atoms),
        }
    }
}

impl std::ops::Add for Edge {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            spread_atoms: self.spread_atoms + other.spread_atoms,
            takeover_atoms: self.takeover_atoms + other.takeover_atoms,
        }
    }
}

impl std::ops::Sub for Edge {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            spread_atoms: self.spread_atoms - other.spread_atoms,
            takeover_atoms: self.takeover_atoms - other.takeover_atoms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(atoms: i64) -> Edge {
        Edge {
            spread_atoms: atoms,
            ..Edge::default()
        }
    }

    #[test]
    fn closing_in_parts_releases_all_and_not_more() {
        let (mut carried, slot) = (Carried::default(), (Pubkey::default(), 0));
        assert_eq!(carried.fill(slot, 0, 3, spread(100)), Edge::default());
        assert_eq!(carried.fill(slot, 3, -1, spread(7)), spread(33 + 7));
        assert_eq!(carried.total(), spread(67));
        assert_eq!(carried.fill(slot, 2, -2, spread(0)), spread(67));
        assert_eq!(carried.total(), Edge::default());
    }

    #[test]
    fn a_flip_releases_the_old_side_and_carries_the_new() {
        let (mut carried, slot) = (Carried::default(), (Pubkey::default(), 0));
        carried.fill(slot, 0, 2, spread(10));
        assert_eq!(carried.fill(slot, 2, -5, spread(50)), spread(10 + 20));
        assert_eq!(carried.total(), spread(30));
    }
}
