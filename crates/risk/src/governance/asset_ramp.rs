//! The ramp of one asset: what MM reads of its parameters beside u_MM.
//!
//! ```text
//! MM = P·|N|·min(s_max, u·√max(1, A/L)) + basis·P·min(|q|, weighted) + 8 h·max_rate·P·|q|     one asset
//!
//! g = √(L/L′) − 1            for L, linear in 1/√L
//!     new/old − 1            for s_max, basis, max_rate; 1 if old = 0, and then at least what keeps
//!                            Δmax_rate below the rest of MM: 0.5 % of |N|, or basis + max_rate if hedged
//! collateral weight(t) = max(new, old − 1 point·hours)
//! ```
//! s_max, the ceiling of a large position's shock, is ramped like basis (whitepaper §8.3).
use super::ramp::{LEAST_SHOCK, Progress, RampWindow, distance, secs_to_grow};
use crate::number::arith::{div_floor_u64, isqrt_floor};
use crate::number::quantity::{E9, Fraction, Reciprocal};
use crate::params::AssetCoefficients;

/// Binary digits of √(L/L′).
const ROOT_BITS: u32 = 31;
/// √(L/L′) of an L that does not move.
const ROOT_ONE: u64 = 1 << ROOT_BITS;
/// Seconds in which collateral weight may fall by 1: 100 h.
const SECS_PER_WEIGHT: u64 = 360_000;

/// Where the parameters of an asset come from and when; where they go, the account's coefficients say.
/// All zero: no ramp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetRamp {
    window: RampWindow,
    from: AssetTerms,
    /// √(L of the start / L of the end) ≥ 1, 31 binary digits, down.
    depth_root: u64,
}

/// Terms of [`AssetCoefficients`] that a ramp moves: all that MM reads beside u_MM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetTerms {
    /// Ceiling of the maintenance shock when the net size is ≥ 0. IM does not read it.
    pub s_max_mm_long: Fraction,
    /// Ceiling of both shocks when the net size is < 0.
    pub s_max_short: Fraction,
    /// Charge on the hedged part of a short with collateral of the same asset.
    pub basis: Fraction,
    /// The whole provision F per notional.
    pub funding_provision: Fraction,
    /// Share of collateral that counts, a whole number of 10^-9, down.
    pub collateral_weight: Fraction,
    /// 1/L.
    pub inverse_depth: Reciprocal,
}

/// The coefficients of an asset by level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelCoefficients {
    /// What MM and its equity read: the effective ones.
    pub maintenance: AssetCoefficients,
    /// Terms that IM and its equity read in place of the same terms: the target ones, if they differ.
    pub initial: Option<AssetTerms>,
}

impl AssetTerms {
    /// Those of these coefficients.
    pub const fn from_coefficients(c: &AssetCoefficients) -> Self {
        Self {
            s_max_mm_long: c.s_max_mm_long,
            s_max_short: c.s_max_short,
            basis: c.basis,
            funding_provision: c.funding_provision,
            collateral_weight: c.collateral_weight,
            inverse_depth: c.inverse_depth,
        }
    }

    /// `c` with these terms in place of its own.
    pub const fn within(&self, c: &AssetCoefficients) -> AssetCoefficients {
        AssetCoefficients {
            s_max_mm_long: self.s_max_mm_long,
            s_max_short: self.s_max_short,
            basis: self.basis,
            funding_provision: self.funding_provision,
            collateral_weight: self.collateral_weight,
            inverse_depth: self.inverse_depth,
            ..*c
        }
    }

    /// Each value where it is not tighter than `to`, else that of `to`: loosening acts at once.
    fn at_most(self, to: &Self) -> Self {
        Self {
            s_max_mm_long: self.s_max_mm_long.min(to.s_max_mm_long),
            s_max_short: self.s_max_short.min(to.s_max_short),
            basis: self.basis.min(to.basis),
            funding_provision: self.funding_provision.min(to.funding_provision),
            collateral_weight: self.collateral_weight.max(to.collateral_weight),
            inverse_depth: if self.inverse_depth.at_most(to.inverse_depth) {
                self.inverse_depth
            } else {
                to.inverse_depth
            },
        }
    }

    /// The longest of 240 h·g of every field, seconds; 0 when nothing tightens.
    fn secs_to(&self, to: &Self) -> u64 {
        let secs = |from: Fraction, to| secs_to_grow(distance(from, to), from.to_bits());
        secs(self.s_max_mm_long, to.s_max_mm_long)
            .max(secs(self.s_max_short, to.s_max_short))
            .max(secs(self.basis, to.basis))
            .max(secs(self.funding_provision, to.funding_provision))
            .max(self.secs_of_charges(to))
    }

    /// 240 h·g of both charges together. It exceeds the g of each alone only where one of them is 0:
    /// then they grow from what a lone position's margin is without them.
    fn secs_of_charges(&self, to: &Self) -> u64 {
        let (basis, provision) = (self.basis.to_bits(), self.funding_provision.to_bits());
        let to_provision = distance(self.funding_provision, to.funding_provision);
        let both = distance(self.basis, to.basis).saturating_add(to_provision);
        // Without collateral: at least the least shock of |N|. All of it hedged: only the charges.
        let lone = provision.saturating_add(LEAST_SHOCK.to_bits());
        let hedged = match basis.saturating_add(provision) {
            0 => LEAST_SHOCK.to_bits(), // MM is 0: no relative rise, so 0.5 % in 240 h
            charges => charges,
        };
        secs_to_grow(to_provision, lone).max(secs_to_grow(both, hedged))
    }
}

impl AssetRamp {
    /// Number of words of [`AssetRamp::to_words`].
    pub const WORDS: usize = 10;

    /// The ramp after a change of the coefficients from `old` to `new`, both as targets. Starts from
    /// the values in force at `now`; unchanged where the change touches nothing that it moves.
    pub fn next(&self, old: &AssetCoefficients, new: &AssetCoefficients, now: i64) -> Self {
        let to = AssetTerms::from_coefficients(new);
        if AssetTerms::from_coefficients(old) == to {
            return *self;
        }
        let from = AssetTerms::from_coefficients(&self.coefficients(old, now)).at_most(&to);
        let depth_root = root_floor(from.inverse_depth, to.inverse_depth);
        let secs_of_depth = match depth_root.checked_sub(ROOT_ONE) {
            Some(0) if from.inverse_depth == to.inverse_depth => 0,
            Some(beyond) => secs_to_grow(beyond.saturating_add(1), ROOT_ONE), // the root up
            None => 0,
        };
        Self {
            window: RampWindow::new(now, from.secs_to(&to).max(secs_of_depth)),
            from,
            depth_root,
        }
    }

    /// The coefficients that MM and its equity read at `now`; `to` are the asset's, which IM reads.
    ///
    /// Of L only its reciprocal moves: `depth_quote_atoms` is where the size term may begin, and stays at
    /// its smallest.
    pub fn coefficients(&self, to: &AssetCoefficients, now: i64) -> AssetCoefficients {
        let progress = self.window.progress(now);
        let collateral_weight = self.collateral_weight(to, now);
        if progress.is_done() {
            return AssetCoefficients {
                collateral_weight,
                ..*to
            };
        }
        let from = &self.from;
        AssetCoefficients {
            s_max_mm_long: progress.between(from.s_max_mm_long, to.s_max_mm_long),
            s_max_short: progress.between(from.s_max_short, to.s_max_short),
            basis: progress.between(from.basis, to.basis),
            funding_provision: progress.between(from.funding_provision, to.funding_provision),
            inverse_depth: self.inverse_depth(progress),
            collateral_weight,
            ..*to
        }
    }

    /// What a [`Holding`](crate::requirement::holding::Holding) takes at `now`. `to` are the asset's coefficients.
    pub fn split(&self, to: &AssetCoefficients, now: i64) -> LevelCoefficients {
        let maintenance = self.coefficients(to, now);
        let target = AssetTerms::from_coefficients(to);
        let differ = AssetTerms::from_coefficients(&maintenance) != target;
        LevelCoefficients {
            maintenance,
            initial: differ.then_some(target),
        }
    }

    /// Whether nothing moves any more at `now`: neither what the window times nor collateral weight. Asked of words,
    /// so that an account without a ramp pays for two of them.
    #[inline]
    pub fn is_over(words: &[u64; Self::WORDS], now: i64) -> bool {
        let [start, end, ..] = words;
        let weight_end_ts = start.cast_signed().saturating_add_unsigned(SECS_PER_WEIGHT);
        now >= end.cast_signed() && now >= weight_end_ts
    }

    /// When it runs. Collateral weight may take up to 100 h whatever the window.
    pub const fn window(&self) -> RampWindow {
        self.window
    }

    /// As words, for an account.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        let from = &self.from;
        [
            self.window.start_ts.cast_unsigned(),
            self.window.end_ts.cast_unsigned(),
            from.s_max_mm_long.to_bits(),
            from.s_max_short.to_bits(),
            from.basis.to_bits(),
            from.funding_provision.to_bits(),
            from.collateral_weight.to_bits(),
            from.inverse_depth.mantissa,
            u64::from(from.inverse_depth.shift),
            self.depth_root,
        ]
    }

    /// From the words of [`AssetRamp::to_words`]; all-zero words are no ramp.
    pub fn from_words(words: &[u64; Self::WORDS]) -> Self {
        let [
            start,
            end,
            s_max_mm_long,
            s_max_short,
            basis,
            provision,
            collateral_weight,
            mantissa,
            shift,
            root,
        ] = *words;
        Self {
            window: RampWindow {
                start_ts: start.cast_signed(),
                end_ts: end.cast_signed(),
            },
            from: AssetTerms {
                s_max_mm_long: Fraction::from_bits(s_max_mm_long),
                s_max_short: Fraction::from_bits(s_max_short),
                basis: Fraction::from_bits(basis),
                funding_provision: Fraction::from_bits(provision),
                collateral_weight: Fraction::from_bits(collateral_weight),
                inverse_depth: Reciprocal {
                    mantissa,
                    shift: u32::try_from(shift).unwrap_or(u32::MAX),
                },
            },
            depth_root: root,
        }
    }

    /// Collateral weight at `now`, down, a whole number of 10^-9 as every collateral weight.
    fn collateral_weight(&self, to: &AssetCoefficients, now: i64) -> Fraction {
        if self.from.collateral_weight <= to.collateral_weight {
            return to.collateral_weight;
        }
        let elapsed_secs = self.window.elapsed_secs(now).min(SECS_PER_WEIGHT);
        let fallen_e9 = div_floor_u64(elapsed_secs.saturating_mul(E9), SECS_PER_WEIGHT); // < 2^49
        let left_e9 = self
            .from
            .collateral_weight
            .to_e9_ceil()
            .saturating_sub(fallen_e9);
        // Below 16, so never out of range.
        Fraction::from_e9_floor(left_e9).map_or(to.collateral_weight, |collateral_weight| {
            collateral_weight.max(to.collateral_weight)
        })
    }

    /// `1/L` with `1/√L = 1/√L_start·(1 + (root − 1)·τ)`, down.
    fn inverse_depth(&self, progress: Progress) -> Reciprocal {
        let moved = progress.part_of(self.depth_root.saturating_sub(ROOT_ONE));
        let factor = ROOT_ONE.saturating_add(moved);
        let once = self.from.inverse_depth.times_floor(factor, ROOT_BITS);
        once.times_floor(factor, ROOT_BITS)
    }
}

/// `√(to/from)`, 31 binary digits, down, at least 1.
fn root_floor(from: Reciprocal, to: Reciprocal) -> u64 {
    isqrt_floor(to.ratio_floor(from, 2 * ROOT_BITS)).max(ROOT_ONE)
}

#[cfg(test)]
#[path = "asset_ramp_tests.rs"]
mod tests;
