//! The margin report of an account, as programs read it.
use freeboard_client::course::MarginCourse;
use freeboard_client::display::money::decimal;
use freeboard_client::display::state::state_name;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::{
    BindingTerm, Closing, LiquidationPreview, MarginReport, PreviewLiquidationArgs,
};
use freeboard_client::freeboard::state::{MarginAccount, NO_ASSET, from_words};
use freeboard_client::liquidation::LiquidationInputs;
use freeboard_client::margin::{self, PricedAsset};
use freeboard_client::risk::number::atoms::{BaseAtoms, SignedBaseAtoms};
use freeboard_client::state::{AssetState, ExchangeState};
use serde::Serialize;

use super::doubt::DoubtfulPriceView;
use crate::margin::course::CourseView;
use crate::online::context::name_of;
use crate::online::failure::CommandFailure;
use crate::online::output::{wide, wide_option};
use crate::online::words::{average_price, signed_size};

/// A margin account with everything that it is worth and owes.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// Its address.
    pub address: String,
    /// Its owner.
    pub owner: String,
    /// Its number among the owner's accounts.
    pub number: u16,
    /// Who may trade and deposit besides the owner.
    pub delegate: Option<String>,
    /// The chain's clock, unix seconds.
    pub now: i64,
    /// Quote balance, signed, quote atoms; negative for a loan.
    pub quote_atoms: i64,
    /// Margins; none where they cannot be computed.
    pub margins: Option<MarginsView>,
    /// Why they cannot.
    pub unpriced: Option<String>,
    /// Positions.
    pub positions: Vec<PositionView>,
    /// Collateral besides quote.
    pub collaterals: Vec<CollateralView>,
    /// Orders that wait.
    pub orders: Vec<OrderView>,
}

/// Margins of now, quote atoms.
#[derive(Clone, Debug, Serialize)]
pub struct MarginsView {
    /// Equity that a liquidation compares with the maintenance margin, down: a doubtful price counts in the account's favour.
    pub equity_atoms: i64,
    /// Equity at the prices of now, whatever they are worth, down.
    pub equity_at_prices_atoms: i64,
    /// Maintenance margin that a liquidation compares, up.
    pub maintenance_margin_atoms: i64,
    /// Equity that the initial margin is compared with, down.
    pub initial_equity_atoms: i64,
    /// Initial margin, up.
    pub initial_margin_atoms: i64,
    /// What can be withdrawn or used for new trades now; 0 while a price forbids both, and what is missing if negative.
    pub free_collateral_atoms: i64,
    /// How much the equity that a liquidation compares is above the maintenance margin.
    pub cushion_atoms: i64,
    /// Σ size · price + loan, up.
    pub gross_notional_atoms: i64,
    /// Gross over equity at the prices of now.
    pub leverage: f64,
    /// What binds the maintenance margin.
    pub binds: String,
    /// What binds the initial margin.
    pub initial_binds: String,
    /// Whether it could open, increase or withdraw.
    pub meets_initial_margin: bool,
    /// Whether it can be flagged.
    pub is_liquidatable: bool,
    /// Its state: `safe`, `at_risk`, `call`, `liquidatable` or `severely_undercollateralised`.
    pub state: &'static str,
    /// The call level, a multiple of the maintenance margin × 10^9.
    pub call_level_e9: u32,
    /// Whether a margin call was told and the initial margin has not been seen to be met since.
    pub is_called: bool,
    /// Maintenance margin over equity as a liquidation compares them, thousandths, up; the largest number where equity covers
    /// nothing of it.
    pub utilisation_permille: u32,
    /// Where time alone takes the maintenance margin.
    pub course: Option<CourseView>,
    /// Held prices that may not be traded on, or that a liquidation moves in the account's favour.
    pub doubtful_prices: Vec<DoubtfulPriceView>,
    /// Since when it is flagged, unix seconds; none if it is not.
    pub flagged_ts: Option<i64>,
    /// How long the grace lasts, seconds; none where no flag stands and one is needed.
    pub grace_left_secs: Option<u32>,
}

/// A position.
#[derive(Clone, Debug, Serialize)]
pub struct PositionView {
    /// Its asset.
    pub asset: String,
    /// Size, signed, base atoms.
    pub size_atoms: i64,
    /// The same in whole units.
    pub size: String,
    /// Average price that it was opened at, USD per unit × 10^12, to the nearest.
    #[serde(serialize_with = "wide")]
    pub entry_price_e12: u128,
    /// Oracle price, USD per unit × 10^12; none where the feed shows none.
    #[serde(serialize_with = "wide_option")]
    pub price_e12: Option<u128>,
    /// Size · price, quote atoms.
    pub notional_atoms: Option<u64>,
    /// Profit at the oracle price, quote atoms, down.
    pub unrealized_pnl_atoms: Option<i64>,
    /// Price at which the account becomes liquidatable, the nearer one, × 10^12.
    #[serde(serialize_with = "wide_option")]
    pub liquidation_price_e12: Option<u128>,
    /// The one in the other direction.
    #[serde(serialize_with = "wide_option")]
    pub far_liquidation_price_e12: Option<u128>,
    /// Its part of the maintenance margin, quote atoms.
    pub maintenance_atoms: Option<i64>,
}

/// A collateral balance.
#[derive(Clone, Debug, Serialize)]
pub struct CollateralView {
    /// Its asset.
    pub asset: String,
    /// How much, base atoms.
    pub amount_atoms: u64,
    /// The same in whole units.
    pub amount: String,
    /// What of it counts for the maintenance margin, base atoms: what the asset's cap of deposits had room for, and relief.
    pub counted_atoms: u64,
    /// The same in whole units.
    pub counted: String,
    /// Part of that which is relief: it keeps positions, and counts neither for what opens nor for a withdrawal, base atoms.
    pub relief_atoms: u64,
    /// The same in whole units.
    pub relief: String,
    /// Worth at the oracle price, quote atoms, down.
    pub value_atoms: Option<u64>,
    /// Part of what counts that enters equity, × 10^9.
    pub weight_e9: u64,
    /// Price at which the account becomes liquidatable, × 10^12.
    #[serde(serialize_with = "wide_option")]
    pub liquidation_price_e12: Option<u128>,
}

/// An order that waits.
#[derive(Clone, Debug, Serialize)]
pub struct OrderView {
    /// Its number.
    pub id: u64,
    /// Its asset.
    pub asset: String,
    /// Size, signed, base atoms.
    pub size_atoms: i64,
    /// The same in whole units; `all` where it closes what there is.
    pub size: String,
    /// Worst price, USD per unit × 10^12.
    #[serde(serialize_with = "wide")]
    pub limit_price_e12: u128,
    /// When it expires, unix seconds.
    pub expiry_ts: i64,
    /// Whether it has expired.
    pub is_expired: bool,
    /// Whether it may only reduce.
    pub reduce_only: bool,
}

/// An exchange and an account at one moment.
struct SeenAccount<'a> {
    state: &'a ExchangeState,
    account: &'a MarginAccount,
    priced: Vec<PricedAsset>,
    report: Option<MarginReport>,
    now: i64,
}

impl AccountView {
    /// The report of an account at clock time `now`.
    pub fn new(state: &ExchangeState, account: &Located<MarginAccount>, now: i64) -> Self {
        let priced = state.priced();
        let report = margin::report(&state.exchange, &account.state, &priced, now);
        let (report, unpriced) = match report {
            Ok(report) => (Some(report), None),
            Err(error) => (None, Some(CommandFailure::from(error).to_string())),
        };
        let seen = SeenAccount {
            state,
            account: &account.state,
            priced,
            report,
            now,
        };
        let held = &account.state;
        let positions = held
            .positions
            .iter()
            .filter(|slot| slot.asset_index != NO_ASSET);
        let collaterals = held
            .collaterals
            .iter()
            .filter(|slot| slot.asset_index != NO_ASSET);
        Self {
            address: account.address.to_string(),
            owner: held.owner.to_string(),
            number: held.sub_account,
            delegate: Some(held.delegate)
                .filter(|key| *key != Default::default())
                .map(|key| key.to_string()),
            now,
            quote_atoms: held.quote_atoms,
            margins: seen.margins(),
            unpriced,
            positions: positions
                .map(|slot| seen.position(slot.asset_index))
                .collect(),
            collaterals: collaterals
                .map(|slot| seen.collateral(slot.asset_index))
                .collect(),
            orders: orders(state, held, now),
        }
    }
}

impl SeenAccount<'_> {
    fn preview(&self, asset_index: u16, closing: Closing) -> Option<LiquidationPreview> {
        let inputs = LiquidationInputs {
            exchange: &self.state.exchange,
            account: self.account,
            assets: &self.priced,
            pool: Some(&self.state.pool),
            now: self.now,
        };
        let args = PreviewLiquidationArgs {
            asset_index,
            closing,
        };
        Some(inputs.closing(args).ok()?.preview)
    }

    fn margins(&self) -> Option<MarginsView> {
        let report = self.report.as_ref()?;
        let at_prices = report.maintenance.equity_atoms;
        let compared = report.liquidation;
        let grace = self
            .preview(NO_ASSET, Closing::Slice)
            .map(|preview| preview.grace_left_secs);
        Some(MarginsView {
            equity_atoms: compared.equity_atoms,
            equity_at_prices_atoms: at_prices,
            maintenance_margin_atoms: compared.margin_atoms,
            initial_equity_atoms: report.initial.equity_atoms,
            initial_margin_atoms: report.initial.margin_atoms,
            free_collateral_atoms: free_now_atoms(report),
            cushion_atoms: report.cushion_atoms,
            gross_notional_atoms: report.gross_notional_atoms,
            leverage: if at_prices > 0 {
                report.gross_notional_atoms as f64 / at_prices as f64
            } else {
                0.0
            },
            binds: binding(report.maintenance_binding),
            initial_binds: binding(report.initial_binding),
            meets_initial_margin: report.meets_initial_margin,
            is_liquidatable: report.is_liquidatable,
            state: state_name(report.state),
            call_level_e9: self.state.exchange.liquidation.call_level_e9,
            is_called: report.is_called,
            utilisation_permille: report.utilisation_permille,
            course: self.course(),
            doubtful_prices: self.doubtful_prices(report),
            flagged_ts: Some(report.flagged_ts).filter(|ts| *ts != 0),
            grace_left_secs: grace.filter(|secs| *secs != u32::MAX),
        })
    }

    fn course(&self) -> Option<CourseView> {
        let exchange = &self.state.exchange;
        let course = MarginCourse::new(exchange, self.account, &self.priced, self.now).ok()?;
        Some(course.into())
    }

    fn doubtful_prices(&self, report: &MarginReport) -> Vec<DoubtfulPriceView> {
        let doubtful = report.assets.iter().filter_map(|part| {
            let asset = self.state.asset(part.asset_index)?;
            let has_position = self.account.find_position(part.asset_index).is_some();
            DoubtfulPriceView::new(part, asset, has_position, self.now)
        });
        doubtful.collect()
    }

    fn position(&self, index: u16) -> PositionView {
        let slot = self.account.find_position(index).copied();
        let core = slot.map(|slot| slot.as_core()).unwrap_or_default();
        let asset = self.state.asset(index);
        let decimals = asset.map_or(0, |one| one.asset.params.base_decimals);
        let shown = asset.and_then(oracle_price);
        let closed = asset.zip(shown).and_then(|(one, shown)| {
            let all = SignedBaseAtoms::new(core.size_atoms).magnitude();
            core.close_at(one.asset.priced(shown.price), all).ok()
        });
        let preview = self.preview(index, Closing::PositionByPool);
        let part = self.report.as_ref().and_then(|report| {
            let found = report.assets.iter().find(|one| one.asset_index == index);
            found.map(|one| one.maintenance_atoms)
        });
        PositionView {
            asset: name_of(self.state, index),
            size_atoms: core.size_atoms,
            size: signed_size(core.size_atoms, decimals),
            entry_price_e12: average_price(core.size_atoms, core.entry_quote_atoms, decimals),
            price_e12: shown.map(|shown| shown.price.0),
            notional_atoms: closed.map(|closed| closed.notional_atoms),
            unrealized_pnl_atoms: closed.map(|closed| closed.filled.realized_quote_atoms),
            liquidation_price_e12: preview
                .map(|one| one.liquidation_price_e12)
                .filter(|it| *it != 0),
            far_liquidation_price_e12: preview
                .map(|one| one.far_liquidation_price_e12)
                .filter(|it| *it != 0),
            maintenance_atoms: part,
        }
    }

    fn collateral(&self, index: u16) -> CollateralView {
        let amount = self.account.collateral_atoms(index);
        let held = self.account.find_collateral(index);
        let counted = held.and_then(|slot| slot.balance().counted().ok());
        let counted = counted.map_or(0, |counted| counted.maintenance_atoms);
        let relief = held.and_then(|slot| slot.balance().relief_atoms().ok());
        let relief = relief.unwrap_or(0);
        let asset = self.state.asset(index);
        let decimals = asset.map_or(0, |one| one.asset.params.base_decimals);
        let value = asset.and_then(|one| {
            let price = oracle_price(one)?.price;
            let value = one
                .asset
                .priced(price)
                .notional_floor(BaseAtoms::new(amount));
            Some(value.ok()?.get())
        });
        let preview = self.preview(index, Closing::Collateral);
        CollateralView {
            asset: name_of(self.state, index),
            amount_atoms: amount,
            amount: decimal(amount.into(), decimals),
            counted_atoms: counted,
            counted: decimal(counted.into(), decimals),
            relief_atoms: relief,
            relief: decimal(relief.into(), decimals),
            value_atoms: value,
            weight_e9: asset.map_or(0, |one| one.asset.params.collateral_weight_e9),
            liquidation_price_e12: preview
                .map(|one| one.liquidation_price_e12)
                .filter(|it| *it != 0),
        }
    }
}

/// Free collateral that can be had now, quote atoms: nothing of what there is while the program refuses the Initial level.
fn free_now_atoms(report: &MarginReport) -> i64 {
    match report.meets_initial_margin {
        true => report.free_collateral_atoms,
        false => report.free_collateral_atoms.min(0),
    }
}

/// What a feed shows, whatever its age; of a market that has ended the price it ended at.
pub fn oracle_price(
    asset: &AssetState,
) -> Option<freeboard_client::risk::price::observation::Observation> {
    if asset.asset.is_settled() {
        return Some(asset.asset.recorded.observation());
    }
    asset.feed.as_ref()?.latest(&asset.asset).ok()
}

/// The orders of an account.
pub fn orders(state: &ExchangeState, account: &MarginAccount, now: i64) -> Vec<OrderView> {
    let waiting = account.orders.iter().filter(|order| order.id != 0);
    let view = |order: &freeboard_client::freeboard::state::Order| {
        let asset = state.asset(order.asset_index);
        let decimals = asset.map_or(0, |one| one.asset.params.base_decimals);
        let is_all = order.size_atoms.unsigned_abs() >= i64::MAX.unsigned_abs();
        OrderView {
            id: order.id,
            asset: name_of(state, order.asset_index),
            size_atoms: order.size_atoms,
            size: if is_all {
                "all".to_owned()
            } else {
                signed_size(order.size_atoms, decimals)
            },
            limit_price_e12: from_words(order.limit_price_e12),
            expiry_ts: order.expiry_ts,
            is_expired: now >= order.expiry_ts,
            reduce_only: order.reduce_only != 0,
        }
    };
    waiting.map(view).collect()
}

/// Which term of the model binds, in words.
fn binding(term: BindingTerm) -> String {
    match term {
        BindingTerm::Var => "the correlated shocks of all holdings".to_owned(),
        BindingTerm::Floor => "the least share of the gross shocks (φ)".to_owned(),
        BindingTerm::Scenario(index) => format!("joint scenario {index}"),
        BindingTerm::Maintenance => "1.25 times the maintenance margin".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_client::freeboard::events::MarginSnapshot;
    use freeboard_client::freeboard::instructions::MarginState;

    fn free_now(free_collateral_atoms: i64, meets_initial_margin: bool) -> i64 {
        let none = MarginSnapshot {
            margin_atoms: 0,
            equity_atoms: 0,
        };
        free_now_atoms(&MarginReport {
            initial: none,
            maintenance: none,
            liquidation: none,
            free_collateral_atoms,
            meets_initial_margin,
            is_liquidatable: false,
            state: MarginState::Safe,
            cushion_atoms: 0,
            utilisation_permille: 0,
            is_called: false,
            initial_binding: BindingTerm::Var,
            maintenance_binding: BindingTerm::Var,
            gross_notional_atoms: 0,
            flagged_ts: 0,
            assets: Vec::new(),
        })
    }

    #[test]
    fn nothing_is_free_where_a_withdrawal_is_refused() {
        assert_eq!(free_now(7, true), 7);
        assert_eq!(free_now(7, false), 0);
        assert_eq!(free_now(-7, false), -7);
    }
}
