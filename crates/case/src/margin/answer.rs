//! The answer to a `margin` case, key by key.
use freeboard_risk::requirement::contribution::Contribution;
use freeboard_risk::requirement::margin::{InitialVerdict, MarginReport};
use freeboard_risk::requirement::portfolio::Binding;
use serde::Serialize;

use super::liquidation::LiquidationAnswer;
use crate::input::MarginKind;
use crate::output::{Text, integer};

/// Everything the model says about the account of a case.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // the keys of the file
pub struct Answer {
    kind: MarginKind,
    pub assets: Vec<AssetAnswer>,
    pub mm_quote_atoms: Text,
    pub mm_binding: String,
    pub mm_contributions_quote_atoms: Vec<Text>,
    pub im_quote_atoms: Text,
    pub im_binding: String,
    pub im_contributions_quote_atoms: Vec<Text>,
    pub equity_mm_quote_atoms: Text,
    pub equity_im_quote_atoms: Text,
    pub headroom_im_quote_atoms: Text,
    pub initial_ok: bool,
    pub initial_reason: &'static str,
    pub liquidation_mm_quote_atoms: Text,
    pub liquidation_equity_quote_atoms: Text,
    pub liquidatable: bool,
    pub gross_quote_atoms: Text,
    pub liquidation: Option<LiquidationAnswer>,
}

/// Volatility, shocks and net size of one asset.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct AssetAnswer {
    pub name: String,
    pub sigma_c_e18: Text,
    pub sigma_target_e18: Text,
    pub sigma_im_e18: Text,
    pub u_mm_e18: Text,
    pub core_mm_e18: Text,
    pub shock_mm_e18: Text,
    pub core_im_e18: Text,
    pub shock_im_e18: Text,
    pub net_quote_atoms: Text,
    /// The prices of the asset at which the account becomes liquidatable, all else unchanged: the nearer one and the
    /// one in the other direction, null where there is none.
    pub liquidation_prices_e12: [Option<Text>; 2],
}

impl Answer {
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
