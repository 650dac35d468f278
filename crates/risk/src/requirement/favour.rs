//! Gain of an account in a liquidation by prices that are not usable (whitepaper §2.6): each holding at most its own
//! maintenance shock, all together at most MM.
use crate::number::arith::amount::part_floor;
use crate::number::quantity::{AMOUNT_BITS, Fraction};
use crate::params::PortfolioCoefficients;
use crate::price::standing::Standing;
use crate::requirement::holding::Holding;
use crate::requirement::shock::Shock;
use crate::requirement::valued::ValuedHolding;

impl Standing {
    /// By what share of its net size a holding's price is moved in the account's favour, down. `shock`: the holding's
    /// maintenance shock.
    pub(crate) fn share_floor(
        self,
        holding: &Holding,
        shock: &Shock,
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
    /// Adds a holding whose price is not usable: its net size times the share by which its standing moves the price,
    /// down. `shock`: its maintenance shock.
    #[cold]
    #[inline(never)]
    pub fn add(
        &mut self,
        holding: &Holding,
        valued: &ValuedHolding,
        shock: &Shock,
        c: &PortfolioCoefficients,
    ) {
        let share = holding.standing.share_floor(holding, shock, c);
        let gain = part_floor(valued.net_q32, share.to_bits());
        let gain = gain.saturating_sub(valued.net_error_q32().into());
        let sum = if holding.standing.is_doubtful() {
            &mut self.doubtful_q32
        } else {
            &mut self.unknown_q32
        };
        *sum = sum.saturating_add(gain.cast_signed()); // each below 2^106
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
