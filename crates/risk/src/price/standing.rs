//! How the price of a holding stands when somebody asks for a liquidation (section 2).
//!
//! | what the caller shows | standing | the holding counts at |
//! |---|---|---|
//! | a price by the row, or the recorded one by it | [`Standing::Usable`] | it |
//! | a fresh print, wider than the row | [`Standing::Wide`] | it, moved in favour by min(z·C, s_MM) |
//! | one far from its EMA, or that stands still | [`Standing::Far`] | it, moved by s_MM |
//! | nothing, and the absence was announced in time | [`Standing::Absent`] | the record, moved by min(k·σ_IM·√age, s_MM) |
//! | nothing | [`Standing::Unknown`] | the record, moved by `unusable_move` |
//!
//! MM counts every holding in full. So what a holding gains by a price that is wide, far or missing is at most its own
//! maintenance shock: less than the margin that it asks for. All of them together give the account no more than MM
//! ([`Favour`]): where margins are netted, what is given would else add up beyond them, and who is below zero at the
//! prices that count is below its margin. Only the last row gains more, and it ends within the time of an announcement.
use crate::RiskError;
use crate::number::arith::add_i128;
use crate::number::quantity::{AMOUNT_BITS, Fraction, Multiple};
use crate::params::PortfolioCoefficients;
use crate::requirement::equity::favourable_move_q32;
use crate::requirement::holding::{Holding, Leg};
use crate::requirement::portfolio::Portfolio;
use crate::requirement::shock::maintenance_shock;
use crate::requirement::sums::leg_of;

/// How the price of a holding stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It counts as it is.
    Usable,
    /// A fresh print whose confidence interval is wider than a liquidation accepts.
    Wide,
    /// A fresh print further from its EMA than a liquidation accepts, or one that stands still: its interval says
    /// nothing.
    Far,
    /// The recorded price of a feed whose absence was announced and not refuted.
    Absent {
        /// How far it may have moved since it was recorded: [`move_since`].
        share: Fraction,
    },
    /// The recorded price, and nobody knows more.
    #[default]
    Unknown,
}

impl Standing {
    /// Whether the price counts as it is.
    #[inline]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Usable)
    }

    /// Whether a print of now counts, as it is or moved.
    #[inline]
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Usable | Self::Wide | Self::Far)
    }

    /// Whether a price counts that may be a wrong one: a wide or far print, or a record whose feed somebody says is
    /// absent.
    #[inline]
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::Wide | Self::Far | Self::Absent { .. })
    }

    /// By what share of its net size a holding's price is moved in the account's favour, down.
    pub(crate) fn share_floor(
        self,
        holding: &Holding,
        leg: &Leg,
        c: &PortfolioCoefficients,
    ) -> Fraction {
        let most = match self {
            Self::Usable => return Fraction::ZERO,
            Self::Unknown => return c.unusable_move,
            Self::Far => Fraction::MAX,
            Self::Absent { share } => share,
            Self::Wide => {
                let interval = Fraction::ratio_floor(holding.confidence.0, holding.price.0);
                let z = c.z.saturating_sub(Fraction::from_bits(1)); // it was rounded up
                z.mul_floor(interval)
            }
        };
        let shock = maintenance_shock(holding.unit_shock.u_mm, leg, &holding.coefficients);
        lowered(most.min(shock.full))
    }
}

/// What prices that are not usable add to an account's equity in a liquidation, units of 2^-32 quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Favour {
    /// Those that are wide, far or announced absent, before the limit of [`Self::within`].
    doubtful_q32: i128,
    /// Those that nobody knows more of.
    unknown_q32: i128,
}

impl Favour {
    /// Of every held asset whose price is not usable, down; `None` where all are.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn of(portfolio: &Portfolio) -> Result<Option<Self>, RiskError> {
        let mut favour = None;
        let mut held = portfolio.holdings.iter();
        while let Some(holding) = held.find(|one| !one.standing.is_usable() && !one.is_empty()) {
            let gain = favourable_move_q32(holding, &leg_of(holding)?, portfolio.coefficients)?;
            let Self {
                doubtful_q32,
                unknown_q32,
            } = favour.get_or_insert_default();
            let sum = if holding.standing.is_doubtful() {
                doubtful_q32
            } else {
                unknown_q32
            };
            *sum = add_i128(*sum, gain)?; // each below 2^106
        }
        Ok(favour)
    }

    /// What it adds to an account of which this margin is asked, down: doubtful prices together give no more.
    #[inline]
    pub fn within(self, margin_q32: u128) -> i128 {
        // The margin is rounded up, by less than that.
        let error = (margin_q32 >> ERROR_BITS).saturating_add(1 << AMOUNT_BITS);
        let most = margin_q32.saturating_sub(error).cast_signed(); // a requirement is below 2^112
        self.unknown_q32.saturating_add(self.doubtful_q32.min(most))
    }
}

/// k·σ_IM·√age: how far a price may have moved in `age_secs`, saturating at [`Fraction::MAX`].
pub fn move_since(k_e9: u64, sigma_im: Fraction, age_secs: u64) -> Fraction {
    let age_secs = u32::try_from(age_secs).unwrap_or(u32::MAX);
    let multiple = Multiple::times_sqrt_hours_ceil(k_e9, age_secs);
    multiple.map_or(Fraction::MAX, |multiple| sigma_im.scale_ceil(multiple))
}

/// By how much of itself a share or a margin is lowered, binary digits: shocks, σ and margins are rounded up, by less
/// than that.
const ERROR_BITS: u32 = 29;

/// Less by 2^-29 of itself and two units.
fn lowered(share: Fraction) -> Fraction {
    let bits = share.to_bits();
    let error = (bits >> ERROR_BITS).saturating_add(2);
    Fraction::from_bits(bits.saturating_sub(error))
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
