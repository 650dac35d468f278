//! The answer to a `margin` case, key by key.
use freeboard_risk::requirement::contribution::Contribution;
use freeboard_risk::requirement::margin::{InitialVerdict, MarginReport};
use freeboard_risk::requirement::portfolio::Binding;
use serde::Serialize;

use super::liquidation::LiquidationAnswer;
use crate::input::MarginKind;
use crate::output::{AnswerText, integer};

/// Everything the model says about the account of a case.
#[derive(Clone, Debug, Serialize)]
pub struct MarginAnswer {
    kind: MarginKind,
    /// Volatility, shocks and net size of each asset.
    pub assets: Vec<AssetAnswer>,
    /// MM, quote atoms, up.
    pub mm_quote_atoms: AnswerText,
    /// Term that MM is: `var`, `floor` or `scenario:<j>`.
    pub mm_binding: String,
    /// Part of MM that each asset causes, quote atoms.
    pub mm_contributions_quote_atoms: Vec<AnswerText>,
    /// IM, quote atoms, up.
    pub im_quote_atoms: AnswerText,
    /// Term that IM is: `var`, `floor`, `scenario:<j>` or `mm`.
    pub im_binding: String,
    /// Part of IM that each asset causes, quote atoms.
    pub im_contributions_quote_atoms: Vec<AnswerText>,
    /// Equity for MM, every asset at its price, quote atoms, down.
    pub equity_mm_quote_atoms: AnswerText,
    /// Equity for IM, every asset at its price, quote atoms, down.
    pub equity_im_quote_atoms: AnswerText,
    /// Free collateral: equity − IM, quote atoms.
    pub headroom_im_quote_atoms: AnswerText,
    /// Whether the account meets its initial margin.
    pub initial_ok: bool,
    /// Why not: empty, `initial` or `unusable`.
    pub initial_reason: &'static str,
    /// MM at prices that a liquidation reads, quote atoms, up.
    pub liquidation_mm_quote_atoms: AnswerText,
    /// Equity at prices that a liquidation reads, quote atoms.
    pub liquidation_equity_quote_atoms: AnswerText,
    /// Whether that equity is below that MM.
    pub liquidatable: bool,
    /// Sum of the absolute terms of equity, quote atoms: the scale of its rounding.
    pub gross_quote_atoms: AnswerText,
    /// The liquidation that was asked about, if any.
    pub liquidation: Option<LiquidationAnswer>,
}

/// Volatility, shocks and net size of one asset.
#[derive(Clone, Debug, Serialize)]
pub struct AssetAnswer {
    /// Name of the asset.
    pub name: String,
    /// Measured volatility per √hour, × 10^18.
    pub sigma_c_e18: AnswerText,
    /// σ*: volatility per √hour that margin reads, × 10^18.
    pub sigma_target_e18: AnswerText,
    /// σ* grown with the age of the last sample, × 10^18.
    pub sigma_im_e18: AnswerText,
    /// Unit shock of MM, as part of the price, × 10^18.
    pub u_mm_e18: AnswerText,
    /// Core shock of MM, as part of the price, × 10^18.
    pub core_mm_e18: AnswerText,
    /// Shock of MM with what size adds, × 10^18.
    pub shock_mm_e18: AnswerText,
    /// Core shock of IM, as part of the price, × 10^18.
    pub core_im_e18: AnswerText,
    /// Shock of IM with what size adds, × 10^18.
    pub shock_im_e18: AnswerText,
    /// N: net delta, quote atoms, away from zero.
    pub net_quote_atoms: AnswerText,
    /// The prices of the asset at which the account becomes liquidatable, all else unchanged: the nearer one and the
    /// one in the other direction, null where there is none.
    pub liquidation_prices_e12: [Option<AnswerText>; 2],
}

impl MarginAnswer {
    pub(super) fn new(
        assets: Vec<AssetAnswer>,
        report: &MarginReport,
        shares: &[Contribution],
        gross_atoms: i128,
        liquidation: Option<LiquidationAnswer>,
    ) -> Self {
        let initial = &report.initial;
        let liquidation_level = &report.liquidation.requirement;
        let contributions = |of: fn(&Contribution) -> i128| shares.iter().map(of).map(integer);
        Self {
            kind: MarginKind::Kind,
            assets,
            mm_quote_atoms: integer(report.maintenance.margin_atoms),
            mm_binding: name(report.maintenance.binding),
            mm_contributions_quote_atoms: contributions(|share| share.maintenance_atoms).collect(),
            im_quote_atoms: integer(initial.requirement.margin_atoms),
            im_binding: name(initial.requirement.binding),
            im_contributions_quote_atoms: contributions(|share| share.initial_atoms).collect(),
            equity_mm_quote_atoms: integer(report.maintenance.equity_atoms),
            equity_im_quote_atoms: integer(initial.requirement.equity_atoms),
            headroom_im_quote_atoms: integer(initial.free_collateral_atoms),
            initial_ok: initial.meets_initial_margin(),
            initial_reason: match initial.verdict {
                InitialVerdict::Met => "",
                InitialVerdict::NotMet => "initial",
                InitialVerdict::PositionPriceUnusable => "unusable",
            },
            liquidation_mm_quote_atoms: integer(liquidation_level.margin_atoms),
            liquidation_equity_quote_atoms: integer(liquidation_level.equity_atoms),
            liquidatable: liquidation_level.is_liquidatable(),
            gross_quote_atoms: integer(gross_atoms),
            liquidation,
        }
    }
}

fn name(binding: Binding) -> String {
    match binding {
        Binding::Var => "var".to_owned(),
        Binding::Floor => "floor".to_owned(),
        Binding::Scenario(index) => format!("scenario:{index}"),
        Binding::Maintenance => "mm".to_owned(),
    }
}
