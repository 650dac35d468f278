//! What holds of an asset.
use super::{Clause, Kept, keep};
use crate::state::{
    Asset, AssetStatus, ExceedanceWindow, Implied, ImpliedKind, MAX_ASSETS, OracleKind,
    SettlementAverage, Versioned, signed_from_words,
};
use anchor_lang::prelude::*;
use freeboard_risk::params as risk;
use freeboard_risk::params::bounds::DEPTH_CUT_MAX_E9;
use freeboard_risk::price::volatility::VolatilityState;

impl Asset {
    /// Names the first clause that the asset breaks. Its loans may be below zero: one may be repaid in another
    /// ledger than the one that it was booked in.
    pub fn invariant(&self) -> Kept {
        keep(self.version() == Self::VERSION, Clause::LayoutVersion)?;
        let kinds = self.index < MAX_ASSETS
            && self.oracle_kind <= OracleKind::PythReceiverPro as u8
            && self.status <= AssetStatus::Settled as u8;
        keep(kinds, Clause::AssetKinds)?;
        let booked = self.ledger.pool_atoms
            | self.ledger.insurance_atoms
            | self.ledger.fees_atoms
            | self.allocation_atoms;
        keep(booked >= 0, Clause::AssetBooks)?;
        self.collateral_fits()?;
        self.market_fits()?;
        self.prices_fit()?;
        self.implied_fits()?;
        self.turnover_fits()?;
        self.ending_fits()?;
        let owed = self.winners_owe_since_ts <= self.winners_owe_until_ts;
        keep(owed, Clause::AssetWinnersOwe)
    }

    fn collateral_fits(&self) -> Kept {
        let none = Pubkey::default();
        let of_accounts = self
            .collateral_total_atoms
            .checked_sub(self.insurance_collateral_atoms);
        let fits = (self.vault != none) == self.is_collateral()
            && (self.is_collateral() || self.collateral_total_atoms == 0)
            && of_accounts.is_some_and(|atoms| self.collateral_counted_atoms <= atoms);
        keep(fits, Clause::AssetCollateral)?;
        let within = self.outflow.low_atoms <= self.collateral_total_atoms;
        keep(
            within && self.outflow.padding == [0; 2],
            Clause::AssetOutflow,
        )
    }

    fn market_fits(&self) -> Kept {
        let (long, short) = (
            self.long_open_interest_atoms,
            self.short_open_interest_atoms,
        );
        let receivable = signed_from_words(self.funding.receivable_q64);
        let empty = self.entry_total_atoms == 0 && receivable == 0;
        keep(
            long > 0 || short > 0 || empty,
            Clause::AssetWithoutPositions,
        )?;
        let by_larger = match self.funding.rate_q64.signum() {
            0 => true,
            1 => long > short,
            _ => short > long,
        };
        let ended = self.is_settled() && self.funding.rate_q64 != 0;
        keep(by_larger && !ended, Clause::AssetFunding)
    }

    fn prices_fit(&self) -> Kept {
        let recorded_ts = self.recorded.publish_ts;
        let fits = self.recorded.price().0 > 0
            && self.tradable.publish_ts <= recorded_ts
            && (recorded_ts <= self.shown_publish_ts || self.is_settled());
        keep(fits, Clause::AssetPrices)?;
        let without_falls = self.exceedance_windows.checked_sub(self.exceedance_falls);
        let window = self.exceedance_window;
        let is_open = self.exceedances().window.is_open();
        let fits = without_falls.is_some_and(|rest| self.exceedance_rises <= rest)
            && (is_open || window == ExceedanceWindow::default())
            && window.start_ts <= self.shown_publish_ts;
        keep(fits, Clause::AssetExceedances)
    }

    /// A source has its own fields alone, and what was shown counts for a time that has an end.
    fn implied_fits(&self) -> Kept {
        let Implied {
            feed,
            governed_sigma_e9,
            sigma_q60,
            publish_ts,
            until_ts,
            kind,
            feed_kind,
            padding,
        } = self.implied;
        let no_feed = feed == [0; 32] && feed_kind == 0;
        let fits = padding == [0; 6]
            && publish_ts <= until_ts
            && match kind {
                kind if kind == ImpliedKind::None as u8 => self.implied == Implied::default(),
                kind if kind == ImpliedKind::Feed as u8 => {
                    governed_sigma_e9 == 0 && feed_kind <= OracleKind::PythReceiverPro as u8
                }
                kind if kind == ImpliedKind::Governed as u8 => {
                    no_feed && governed_sigma_e9 > 0 && sigma_q60 > 0
                }
                _ => false,
            };
        keep(fits, Clause::AssetImplied)
    }

    fn turnover_fits(&self) -> Kept {
        let most_e9 = match self.measures_turnover() {
            true => DEPTH_CUT_MAX_E9,
            false => 0,
        };
        let fits = self.depth_cut_e9 <= most_e9
            && (self.measures_turnover() || self.turnover_quote_atoms == 0);
        keep(fits, Clause::AssetTurnover)
    }

    fn ending_fits(&self) -> Kept {
        let set = self.settle_from_ts != 0;
        let fits = match self.status() {
            AssetStatus::Active | AssetStatus::ReduceOnly => {
                !set && self.average == SettlementAverage::default()
            }
            AssetStatus::WindingDown => set && self.average.secs >= 0,
            AssetStatus::Settled => true, // by its dead feed without a time
        };
        keep(fits, Clause::AssetEnding)
    }

    /// Names the first clause that the asset's parameters break.
    pub fn parameters_invariant(&self) -> Kept {
        let (oracle, trade) = (self.oracle.into(), self.trade.into());
        let bounds = risk::OracleParams::check_bounds(&oracle).is_ok()
            && risk::TradeParams::check_bounds(&trade).is_ok()
            && risk::AssetParams::from(self.params)
                .check_bounds(&oracle, &trade)
                .is_ok()
            && VolatilityState::from_words(&self.volatility_words).is_ok();
        keep(bounds, Clause::AssetBounds)?;
        let zero = self.padding == [0; 3] && self.padding_feed == 0 && self.reserved == [0; 8];
        keep(zero, Clause::ReservedIsZero)
    }
}
