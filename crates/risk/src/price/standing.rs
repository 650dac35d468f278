//! How the price of a holding stands when somebody asks for a liquidation (whitepaper §2.6).
//!
//! | what the caller shows | standing | the holding counts at |
//! |---|---|---|
//! | a price by the row, or the recorded one by it | [`Standing::Usable`] | it |
//! | a fresh price update, wider than the row | [`Standing::Wide`] | it, moved in favour by min(z·C, s_MM) |
//! | one far from its EMA, or that stands still | [`Standing::Far`] | it, moved by s_MM |
//! | nothing, and the absence was announced in time | [`Standing::Absent`] | the record, moved by min(k·σ_IM·√age, s_MM) |
//! | nothing | [`Standing::Unknown`] | the record, moved by `unusable_move` |
//!
//! MM counts every holding in full. So what a holding gains by a price that is wide, far or missing is at most its own
//! maintenance shock: less than the margin that it asks for. All of them together give the account no more than MM
//! ([`crate::requirement::margin::liquidation_valuation`]): where margins are netted, what is given would else add up beyond them, and who is below zero at the
//! prices that count is below its margin. Only the last row gains more, and it ends within the time of an announcement.
use crate::number::quantity::{Fraction, Multiple};

/// How the price of a holding stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It counts as it is.
    Usable,
    /// A fresh price update whose confidence interval is wider than a liquidation accepts.
    Wide,
    /// A fresh price update further from its EMA than a liquidation accepts, or one that stands still: its interval says
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

    /// Whether a price update of now counts, as it is or moved.
    #[inline]
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Usable | Self::Wide | Self::Far)
    }

    /// Whether a price counts that may be a wrong one: a wide or far price update, or a record whose feed somebody says is
    /// absent.
    #[inline]
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::Wide | Self::Far | Self::Absent { .. })
    }
}

/// k·σ_IM·√age: how far a price may have moved in `age_secs`, saturating at [`Fraction::MAX`].
pub fn move_since(k_e9: u64, sigma_im: Fraction, age_secs: u64) -> Fraction {
    let age_secs = u32::try_from(age_secs).unwrap_or(u32::MAX);
    let multiple = Multiple::times_sqrt_hours_ceil(k_e9, age_secs);
    multiple.map_or(Fraction::MAX, |multiple| sigma_im.scale_ceil(multiple))
}
