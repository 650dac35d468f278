//! Gain of an account in a liquidation by prices that are not usable (whitepaper §2.6): each holding at most its own
//! maintenance shock, all together at most MM.
use crate::RiskError;
use crate::number::arith::add_i128;
use crate::number::quantity::{AMOUNT_BITS, Fraction};
use crate::params::PortfolioCoefficients;
use crate::price::standing::Standing;
use crate::requirement::equity::favourable_move_q32;
use crate::requirement::holding::{Holding, ValuedHolding};
use crate::requirement::portfolio::Portfolio;
use crate::requirement::shock::maintenance_shock;
use crate::requirement::sums::value_holding;

impl Standing {
    /// By what share of its net size a holding's price is moved in the account's favour, down.
    pub(crate) fn share_floor(
        self,
        holding: &Holding,
        valued: &ValuedHolding,
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
        let shock = maintenance_shock(holding.unit_shock.u_mm, valued, &holding.coefficients);
        lowered(most.min(shock.full))
    }
}

/// Additions to an account's equity in a liquidation by prices that are not usable, units of 2^-32 quote atoms.
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
    pub fn sum(portfolio: &Portfolio) -> Result<Option<Self>, RiskError> {
        let mut favour = None;
        let mut held = portfolio.holdings.iter();
        while let Some(holding) = held.find(|one| !one.standing.is_usable() && !one.is_empty()) {
            let gain =
                favourable_move_q32(holding, &value_holding(holding)?, portfolio.coefficients)?;
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

    /// Returns the addition to an account of which this margin is asked, down: doubtful prices together give no more.
    #[inline]
    pub fn within(self, margin_q32: u128) -> i128 {
        // The margin is rounded up, by less than that.
        let error = (margin_q32 >> ERROR_BITS).saturating_add(1 << AMOUNT_BITS);
        let most = margin_q32.saturating_sub(error).cast_signed(); // a requirement is below 2^112
        self.unknown_q32.saturating_add(self.doubtful_q32.min(most))
    }
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
#[path = "favour_tests.rs"]
mod tests;
