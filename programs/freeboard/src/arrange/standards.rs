//! By which price standard each asset of an account is judged.
use freeboard_risk::price::standard::PriceStandard;

/// The price standards of one valuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standards {
    /// That of all assets, unless one is acted on.
    all: PriceStandard,
    /// The asset that the instruction acts on, and its own standard.
    acted: Option<(u16, PriceStandard)>,
    ended: EndedMarkets,
}

/// What becomes of a position whose market has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedMarkets {
    /// It counts at the settlement price.
    Counted,
    /// The account is not valued: settled, the position needs no margin that a liquidation could find missing.
    Refused,
}

impl From<PriceStandard> for Standards {
    /// One standard for all assets. A liquidation refuses positions whose market has ended.
    fn from(all: PriceStandard) -> Self {
        let ended = match all {
            PriceStandard::Liquidation => EndedMarkets::Refused,
            _ => EndedMarkets::Counted,
        };
        Self {
            all,
            acted: None,
            ended,
        }
    }
}

impl Standards {
    /// One standard for all assets of a view, which closes nothing.
    pub fn of_view(all: PriceStandard) -> Self {
        Self {
            ended: EndedMarkets::Counted,
            ..Self::from(all)
        }
    }

    /// A standard of its own for the asset that the instruction acts on. Its price must be shown: no recorded one answers
    /// for a feed that the caller hides.
    #[must_use]
    pub const fn acting_on(self, asset_index: u16, standard: PriceStandard) -> Self {
        Self {
            acted: Some((asset_index, standard)),
            ..self
        }
    }

    /// The standard of an asset that must be shown; none for all others.
    pub(super) fn of_acted(&self, asset_index: u16) -> Option<PriceStandard> {
        let acted = self.acted.filter(|(index, _)| *index == asset_index);
        acted.map(|(_, standard)| standard)
    }

    /// The standard of all assets that the instruction does not act on.
    pub(super) const fn all(&self) -> PriceStandard {
        self.all
    }

    /// What becomes of a position whose market has ended.
    pub(super) const fn ended(&self) -> EndedMarkets {
        self.ended
    }
}
