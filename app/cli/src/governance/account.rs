//! What a change does to one margin account.
use std::cmp::Reverse;

use freeboard_client::display::money;
use freeboard_client::dump::Located;
use freeboard_client::forecast::{ForecastOutcome, ForecastState};
use freeboard_client::freeboard::instructions::MarginReport;
use freeboard_client::freeboard::state::MarginAccount;
use serde::Serialize;

use super::subject;

/// Margins at one moment, quote atoms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Margins {
    /// Initial margin, up.
    pub initial_margin_atoms: i64,
    /// The equity that must cover it, down.
    pub initial_equity_atoms: i64,
    /// Maintenance margin, up.
    pub maintenance_margin_atoms: i64,
    /// The equity it is compared with, down.
    pub maintenance_equity_atoms: i64,
    /// What could be withdrawn or lost to new trades.
    pub free_collateral_atoms: i64,
    /// Whether the account could open, increase or withdraw.
    pub meets_initial_margin: bool,
    /// Whether it could be flagged.
    pub is_liquidatable: bool,
    /// Assets whose price is missing or does not count for an increase or a liquidation.
    pub unusable_prices: Vec<String>,
}

/// How hard an account is hit; the hardest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// Nothing that it could do before is refused.
    None,
    /// It could be liquidated before and still can be.
    LiquidatableAlready,
    /// It loses its initial margin by the end of the ramps: it can no longer open, increase or withdraw.
    LosesInitialMarginAtEnd,
    /// It loses its initial margin at once.
    LosesInitialMargin,
    /// It becomes liquidatable by the end of the ramps, and would without the change.
    LiquidatableAtEndAnyway,
    /// It becomes liquidatable by the end of the ramps.
    LiquidatableAtEnd,
    /// It becomes liquidatable at once.
    Liquidatable,
}

impl Hit {
    /// Whether the change makes the account liquidatable, or takes its initial margin.
    pub const fn is_by_the_change(self) -> bool {
        match self {
            Self::None | Self::LiquidatableAlready | Self::LiquidatableAtEndAnyway => false,
            Self::LosesInitialMarginAtEnd
            | Self::LosesInitialMargin
            | Self::LiquidatableAtEnd
            | Self::Liquidatable => true,
        }
    }
}

/// A margin account.
#[derive(Debug, Serialize)]
pub struct AccountRow {
    /// Its address.
    pub address: String,
    /// Its owner.
    pub owner: String,
    /// Its number.
    pub sub_account: u16,
    /// How hard it is hit.
    pub hit: Hit,
    /// Before the change.
    pub before: Margins,
    /// Right after it.
    pub after: Margins,
    /// Once every ramp has ended.
    pub end: Margins,
    /// The same without the change.
    pub end_without: Margins,
}

impl Margins {
    fn of(state: &ForecastState, report: &MarginReport) -> Self {
        let unusable = report
            .assets
            .iter()
            .filter(|asset| !(asset.usable_initial && asset.usable_liquidation));
        Self {
            initial_margin_atoms: report.initial.margin_atoms,
            initial_equity_atoms: report.initial.equity_atoms,
            maintenance_margin_atoms: report.maintenance.margin_atoms,
            maintenance_equity_atoms: report.maintenance.equity_atoms,
            free_collateral_atoms: report.free_collateral_atoms,
            meets_initial_margin: report.meets_initial_margin,
            is_liquidatable: report.is_liquidatable,
            unusable_prices: unusable
                .map(|asset| subject::name_of(state, asset.asset_index))
                .collect(),
        }
    }

    fn maintenance_free_collateral(&self) -> i64 {
        let equity = self.maintenance_equity_atoms;
        equity.saturating_sub(self.maintenance_margin_atoms)
    }
}

impl AccountRow {
    /// An account and what becomes of it.
    pub fn from_outcome(
        state: &ForecastState,
        account: &Located<MarginAccount>,
        outcome: &ForecastOutcome,
    ) -> Self {
        let margins = |report| Margins::of(state, report);
        let (before, after) = (margins(&outcome.before), margins(&outcome.after));
        let (end, end_without) = (margins(&outcome.end), margins(&outcome.end_without));
        Self {
            address: account.address.to_string(),
            owner: account.state.owner.to_string(),
            sub_account: account.state.sub_account,
            hit: hit(&before, &after, &end, &end_without),
            before,
            after,
            end,
            end_without,
        }
    }

    /// By how much MM rises until its highest, quote atoms.
    pub fn maintenance_rise_atoms(&self) -> i64 {
        let highest = self
            .after
            .maintenance_margin_atoms
            .max(self.end.maintenance_margin_atoms);
        highest.saturating_sub(self.before.maintenance_margin_atoms)
    }

    /// That as a share of what MM was; none if it was 0.
    pub fn maintenance_rise_share(&self) -> Option<f64> {
        let before = self.before.maintenance_margin_atoms;
        (before > 0).then(|| self.maintenance_rise_atoms() as f64 / before as f64)
    }

    /// The hardest hit first: by what happens, then by what is lost of the distance to a liquidation, then of
    /// free collateral.
    pub fn order(&self) -> impl Ord + use<> {
        let lost = |of: fn(&Margins) -> i64| {
            let least = of(&self.after).min(of(&self.end));
            of(&self.before).saturating_sub(least)
        };
        let free = lost(|margins| margins.free_collateral_atoms);
        Reverse((self.hit, lost(Margins::maintenance_free_collateral), free))
    }

    /// Rows of the table: before, after, end.
    pub fn cells(&self) -> [[String; 8]; 3] {
        let row = |account: &str, moment: &str, margins: &Margins, verdict: &str| {
            let amounts = [
                margins.initial_margin_atoms,
                margins.initial_equity_atoms,
                margins.maintenance_margin_atoms,
                margins.maintenance_equity_atoms,
                margins.free_collateral_atoms,
            ];
            let [im, e_im, mm, e_mm, free] = amounts.map(money::usd_floor);
            let verdict = match margins.unusable_prices.as_slice() {
                [] => verdict.to_owned(),
                names => format!("{verdict} (no usable price: {})", names.join(", ")),
            };
            let (account, moment) = (account.to_owned(), moment.to_owned());
            [account, moment, im, e_im, mm, e_mm, free, verdict]
        };
        let anyway = match self.hit {
            Hit::LiquidatableAtEndAnyway => ", also without the change",
            _ => "",
        };
        let at_end = format!("{}{anyway}", self.verdict(&self.end));
        [
            row(
                &self.address,
                "before",
                &self.before,
                self.verdict(&self.before),
            ),
            row("", "after", &self.after, self.verdict(&self.after)),
            row("", "end", &self.end, &at_end),
        ]
    }

    /// What an account would be, in capitals where the change makes it that.
    fn verdict(&self, margins: &Margins) -> &'static str {
        match (self.before.is_liquidatable, margins.is_liquidatable) {
            (true, true) => return "liquidatable",
            (false, true) => return "LIQUIDATABLE",
            (_, false) => {}
        }
        match (
            self.before.meets_initial_margin,
            margins.meets_initial_margin,
        ) {
            (_, true) => "",
            (true, false) => "WITHOUT INITIAL MARGIN",
            (false, false) => "without initial margin",
        }
    }
}

fn hit(before: &Margins, after: &Margins, end: &Margins, end_without: &Margins) -> Hit {
    if before.is_liquidatable {
        Hit::LiquidatableAlready
    } else if after.is_liquidatable {
        Hit::Liquidatable
    } else if end.is_liquidatable && end_without.is_liquidatable {
        Hit::LiquidatableAtEndAnyway
    } else if end.is_liquidatable {
        Hit::LiquidatableAtEnd
    } else if before.meets_initial_margin && !after.meets_initial_margin {
        Hit::LosesInitialMargin
    } else if before.meets_initial_margin && !end.meets_initial_margin {
        Hit::LosesInitialMarginAtEnd
    } else {
        Hit::None
    }
}
