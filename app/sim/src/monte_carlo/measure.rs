//! VaR and expected shortfall of a book over its paths, beside its margins.
use anyhow::Result;
use serde::Serialize;

use super::HORIZONS_H;
use super::books::HeldBook;
use super::paths::{Grown, PathStart};
use crate::book::{BookMargin, margin_of};
use crate::joint::JointTerms;
use crate::replay::{NOTIONAL_QUOTE_ATOMS, Point, ReplayedAsset};

/// What a book may lose, and what it must hold. Shares are of its gross notional.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BookLoss {
    /// The book.
    pub book: String,
    /// Sum of the sizes of its positions at the last close, USD.
    pub gross_usd: f64,
    /// Maintenance margin, a share.
    pub maintenance_margin: f64,
    /// Initial margin, a share.
    pub initial_margin: f64,
    /// One per horizon.
    pub horizons: Vec<HorizonLoss>,
}

/// Losses over one horizon, as shares of the gross notional at its start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HorizonLoss {
    /// Hours.
    pub horizon_h: usize,
    /// The loss that 99.5 % of the paths do not exceed.
    pub var_995: f64,
    /// Mean loss of the worst 0.5 % of the paths.
    pub es_995: f64,
    /// Mean loss of the worst 2.5 % of the paths.
    pub es_975: f64,
    /// Share of the paths that lose more than the maintenance margin.
    pub beyond_mm: f64,
    /// Share of the paths that lose more than the initial margin.
    pub beyond_im: f64,
}

/// Measures a book.
///
/// Errors: what the core refuses.
pub(super) fn loss_of(
    book: &HeldBook,
    start: &PathStart,
    grown: &Grown,
    joint: &JointTerms,
) -> Result<BookLoss> {
    let cores: Vec<ReplayedAsset> = start.assets.iter().map(|one| one.asset).collect();
    let points: Vec<Point> = start.assets.iter().map(|one| one.point).collect();
    let gross: f64 = book.notionals.iter().map(|notional| notional.abs()).sum();
    // Margins are told as shares of another notional.
    let scale = NOTIONAL_QUOTE_ATOMS as f64 / 1e6 / gross;
    let margin = margin_of(&cores, &points, &book.sizes, joint)?;
    let margin = BookMargin {
        maintenance: margin.maintenance * scale,
        initial: margin.initial * scale,
    };
    let horizon = |(place, horizon_h): (usize, &usize)| {
        let losses = grown.iter().map(|path| {
            let moves = book.notionals.iter().zip(&path[place]);
            -moves
                .map(|(notional, over)| notional * (over - 1.0))
                .sum::<f64>()
                / gross
        });
        HorizonLoss::of(*horizon_h, losses.collect(), margin)
    };
    Ok(BookLoss {
        book: book.name.clone(),
        gross_usd: gross,
        maintenance_margin: margin.maintenance,
        initial_margin: margin.initial,
        horizons: HORIZONS_H.iter().enumerate().map(horizon).collect(),
    })
}

impl HorizonLoss {
    /// From the loss of every path.
    fn of(horizon_h: usize, mut losses: Vec<f64>, margin: BookMargin) -> Self {
        losses.sort_by(|one, other| other.total_cmp(one));
        let worst = |share: f64| {
            let count = ((losses.len() as f64 * share).ceil() as usize).max(1);
            &losses[..count.min(losses.len())]
        };
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let beyond = |margin: f64| {
            losses.partition_point(|loss| *loss > margin) as f64 / losses.len() as f64
        };
        let tail = worst(0.005);
        Self {
            horizon_h,
            var_995: tail[tail.len() - 1],
            es_995: mean(tail),
            es_975: mean(worst(0.025)),
            beyond_mm: beyond(margin.maintenance),
            beyond_im: beyond(margin.initial),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Losses of 0.1 % to 100 %, a thousand of them: the worst five are 100.0 to 99.6 %.
        let losses = (1..=1_000).map(|loss| f64::from(loss) / 1_000.0).collect();
        let margin = BookMargin {
            maintenance: 0.98,
            initial: 0.999_5,
        };
        let found = HorizonLoss::of(4, losses, margin);
        assert!((found.var_995 - 0.996).abs() < 1e-12);
        assert!((found.es_995 - 0.998).abs() < 1e-12);
        assert!((found.es_975 - 0.988).abs() < 1e-12);
        assert!((found.beyond_mm - 0.02).abs() < 1e-12);
        assert!((found.beyond_im - 0.001).abs() < 1e-12);
    }
}
