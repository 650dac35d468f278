//! Answers with the margin report of an account by return data; changes nothing. For
//! `simulateTransaction` and for other programs by CPI.
use crate::arrange::{AssetAccounts, AssetSource, Holdings, SharedRisk, Standards};
use crate::error::{FreeboardError, OrRefuse};
use crate::event_log;
use crate::events::{MarginSnapshot, snapshot};
use crate::governance::pauses;
use crate::state::{Exchange, Load, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::holding::MAX_HOLDINGS;
use freeboard_risk::requirement::portfolio::Binding;
use freeboard_risk::requirement::state;

/// The answer of view_margin. Amounts in quote atoms.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct MarginReport {
    /// Initial margin (up) and the equity that must cover it (down).
    pub initial: MarginSnapshot,
    /// Maintenance margin (up) and the equity it is compared with (down).
    pub maintenance: MarginSnapshot,
    /// As a liquidation would see it: assets without a usable price in the account's favour.
    pub liquidation: MarginSnapshot,
    /// Free collateral: equity minus initial margin; what may be lost to new trades.
    pub free_collateral_atoms: i64,
    /// Whether the account could open, increase or withdraw now.
    pub meets_initial_margin: bool,
    /// Whether the account can be flagged now.
    pub is_liquidatable: bool,
    /// The state of the account, by the liquidation's maintenance margin and by the initial one.
    pub state: MarginState,
    /// Cushion: equity minus maintenance margin, as a liquidation sees them; negative below it.
    pub cushion_atoms: i64,
    /// Utilisation: maintenance margin over equity, as a liquidation sees them, thousandths, up; the largest number
    /// where equity covers nothing of it.
    pub utilisation_permille: u32,
    /// Whether a margin call stands: it was told, and the initial margin has not been seen to be met since.
    pub is_called: bool,
    /// Which term of the model binds the initial margin.
    pub initial_binding: BindingTerm,
    /// Which term of the model binds the maintenance margin.
    pub maintenance_binding: BindingTerm,
    /// Σ size · price + loan, up: what leverage is measured from.
    pub gross_notional_atoms: i64,
    /// Unix seconds since when the account is flagged, later by what was paused since; 0 if it is not, or not any more.
    pub flagged_ts: i64,
    /// Per asset, in slot order.
    pub assets: Vec<AssetMargin>,
}

/// Bytes of the largest report, and room: as many as an instruction can return.
const REPORT_BYTES: usize = 1_024;

impl MarginReport {
    /// As derived, through a page: see [`event_log::written`]. Anchor's dispatch finds this one, the type's own, first.
    #[inline(never)]
    pub fn serialize(&self, to: &mut Vec<u8>) -> borsh::io::Result<()> {
        let mut page = [0; REPORT_BYTES];
        let written = event_log::written(&mut page, |page| AnchorSerialize::serialize(self, page));
        to.extend_from_slice(written.map_err(|_| borsh::io::ErrorKind::WriteZero)?);
        Ok(())
    }
}

/// One asset's part of a margin report. Contributions sum to the requirement, up to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct AssetMargin {
    /// Index of the asset.
    pub asset_index: u16,
    /// Contribution to the initial margin, quote atoms.
    pub initial_atoms: i64,
    /// Contribution to the maintenance margin, quote atoms.
    pub maintenance_atoms: i64,
    /// Unit shock of the maintenance margin, 60 binary digits.
    pub u_mm_q60: u64,
    /// Whether the price may be used to trade.
    pub usable_initial: bool,
    /// Whether the price may be used to liquidate.
    pub usable_liquidation: bool,
}

/// The state of an account between its margins (whitepaper §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum MarginState {
    /// It meets its initial margin.
    Safe,
    /// It does not, and equity is at or above the call level.
    AtRisk,
    /// Equity is below the call level: reduce or deposit.
    Call,
    /// Equity is below the maintenance margin.
    Liquidatable,
    /// Equity is below two thirds of it.
    SeverelyUndercollateralised,
}

impl From<state::MarginState> for MarginState {
    fn from(state: state::MarginState) -> Self {
        use state::MarginState as Core;
        match state {
            Core::Safe => Self::Safe,
            Core::AtRisk => Self::AtRisk,
            Core::Call => Self::Call,
            Core::Liquidatable => Self::Liquidatable,
            Core::SeverelyUndercollateralised => Self::SeverelyUndercollateralised,
        }
    }
}

/// Which term of the model binds a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum BindingTerm {
    /// The correlated shocks.
    Var,
    /// The gross floor.
    Floor,
    /// The scenario with this index.
    Scenario(u8),
    /// 1.25 times the maintenance margin.
    Maintenance,
}

impl From<Binding> for BindingTerm {
    fn from(binding: Binding) -> Self {
        match binding {
            Binding::Var => Self::Var,
            Binding::Floor => Self::Floor,
            Binding::Scenario(index) => Self::Scenario(index),
            Binding::Maintenance => Self::Maintenance,
        }
    }
}

/// Accounts of view_margin. Remaining accounts: the margin account's assets and feeds in slot
/// order.
#[derive(Accounts)]
pub struct ViewMargin<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::view_margin`].
pub fn handler<'info>(ctx: Context<'info, ViewMargin<'info>>) -> Result<MarginReport> {
    let now = Clock::get()?.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    let account = ctx.accounts.margin_account.read()?;
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    let report = report(&exchange, &account, &mut assets, now)?;
    assets.finish(now)?;
    Ok(report)
}

/// The report of an account, its assets taken from `assets`.
///
/// Errors: those of the source and of the core; `Overflow`.
pub fn report(
    exchange: &Exchange,
    account: &MarginAccount,
    assets: &mut impl AssetSource,
    now: i64,
) -> Result<MarginReport> {
    let mut holdings = Holdings::load(account, assets, PriceStandard::Either, now)?;
    let report = report_at(exchange, account, &holdings, now);
    if !holdings.standards_differ() {
        return report;
    }
    let mut report = Box::new(report?);
    holdings.reload(account, assets, PriceStandard::Trade, now)?;
    let initial = report_at(exchange, account, &holdings, now)?;
    let by_liquidation = Standards::of_view(PriceStandard::Liquidation);
    holdings.reload(account, assets, by_liquidation, now)?;
    let liquidation = report_at(exchange, account, &holdings, now)?;
    report.take(&initial, &liquidation);
    Ok(*report)
}

impl MarginReport {
    /// Takes the initial level as withdraw and trade would see it, and the liquidation as flag would.
    fn take(&mut self, initial: &Self, liquidation: &Self) {
        self.initial = initial.initial;
        self.initial_binding = initial.initial_binding;
        self.free_collateral_atoms = initial.free_collateral_atoms;
        self.meets_initial_margin = initial.meets_initial_margin;
        self.liquidation = liquidation.liquidation;
        self.is_liquidatable = liquidation.is_liquidatable;
        self.cushion_atoms = liquidation.cushion_atoms;
        self.utilisation_permille = liquidation.utilisation_permille;
        self.state = match liquidation.state {
            MarginState::Safe | MarginState::AtRisk if initial.meets_initial_margin => {
                MarginState::Safe
            }
            MarginState::Safe | MarginState::AtRisk => MarginState::AtRisk,
            below => below,
        };
        for (asset, initial) in self.assets.iter_mut().zip(&initial.assets) {
            asset.initial_atoms = initial.initial_atoms;
        }
    }
}

/// The report at the prices that these holdings have.
#[inline(never)] // a stack frame of its own
fn report_at(
    exchange: &Exchange,
    account: &MarginAccount,
    holdings: &Holdings,
    now: i64,
) -> Result<MarginReport> {
    let shared = SharedRisk::load(exchange, now);
    let quote_atoms = account.quote_after_interest(exchange, now)?;
    let portfolio = shared.portfolio(quote_atoms, &holdings.list);
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    let report = report_with_contributions(&portfolio, &mut shares).or_refuse()?;
    let compared = &report.liquidation.requirement;
    let level_e9 = exchange.liquidation.call_level_e9;
    Ok(MarginReport {
        initial: snapshot(&report.initial.requirement)?,
        maintenance: snapshot(&report.maintenance)?,
        liquidation: snapshot(compared)?,
        free_collateral_atoms: crate::atoms(report.initial.free_collateral_atoms)?,
        meets_initial_margin: report.initial.meets_initial_margin(),
        is_liquidatable: compared.is_liquidatable(),
        state: state::MarginState::new(compared, report.initial.verdict, level_e9).into(),
        cushion_atoms: crate::atoms(compared.free_collateral_atoms())?,
        utilisation_permille: compared.utilisation_permille(),
        is_called: account.is_called(),
        initial_binding: report.initial.requirement.binding.into(),
        maintenance_binding: report.maintenance.binding.into(),
        gross_notional_atoms: crate::atoms(report.gross_notional_atoms)?,
        flagged_ts: flagged_ts(exchange, account, now),
        assets: margins_of_assets(holdings, &shares)?,
    })
}

/// Each asset's part of the report.
///
/// Errors: `Overflow`.
#[inline(always)]
fn margins_of_assets(holdings: &Holdings, shares: &[Contribution]) -> Result<Vec<AssetMargin>> {
    let held = holdings.list.iter().zip(&holdings.sources).zip(shares);
    held.map(|((holding, source), share)| {
        Ok(AssetMargin {
            asset_index: source.asset_index,
            initial_atoms: crate::atoms(share.initial_atoms)?,
            maintenance_atoms: crate::atoms(share.maintenance_atoms)?,
            u_mm_q60: holding.unit_shock.u_mm.to_bits(),
            usable_initial: holding.usable_initial,
            usable_liquidation: holding.standing.is_usable(),
        })
    })
    .collect()
}

/// Since when the flag stands, unix seconds; 0 if it does not.
#[inline(always)]
fn flagged_ts(exchange: &Exchange, account: &MarginAccount, now: i64) -> i64 {
    let paused = pauses::liquidations_paused(exchange);
    let flag = account
        .flag()
        .run_at(now, paused, &exchange.liquidation.into());
    flag.since_ts.unwrap_or(0)
}
