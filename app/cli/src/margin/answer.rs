//! The answer to a person, in the core's numbers: what is required, what binds, how far it is to a liquidation, what
//! things cost. Amounts are quote atoms.
use freeboard_client::display::state::state_name;
use freeboard_client::freeboard::instructions::MarginState;
use freeboard_client::risk::RiskError;
use freeboard_client::risk::number::atoms::QuoteAtoms;
use freeboard_client::risk::number::quantity::{FRACTION_BITS, Fraction, Price};
use freeboard_client::risk::requirement::contribution::Contribution;
use freeboard_client::risk::requirement::margin::{
    HoldingReport, MarginReport, Requirement, holding_report,
};
use freeboard_client::risk::requirement::portfolio::Binding;
use freeboard_client::risk::requirement::state::MarginState as CoreState;
use serde::{Serialize, Serializer};

use super::account::{AccountMargins, AskedAccount, HeldMarket};
use super::cost::{PositionCosts, interest_day_atoms};
use super::course::CourseView;
use super::storm::Storm;
use super::tiers::TierTable;
use super::together::CommonMoves;

/// Everything that is said of an account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountAnswer {
    /// Quote balance.
    pub quote_atoms: i64,
    /// Equity at the prices of now, down.
    pub equity_atoms: i64,
    /// Maintenance margin: below it the account can be liquidated.
    pub maintenance: LevelAnswer,
    /// Initial margin: what opening, increasing and withdrawing need.
    pub initial: LevelAnswer,
    /// Whether it meets its initial margin.
    pub meets_initial_margin: bool,
    /// Whether it can be flagged.
    pub is_liquidatable: bool,
    /// Its state: `safe`, `at_risk`, `call`, `liquidatable` or `severely_undercollateralised`.
    #[serde(serialize_with = "as_name")]
    pub state: MarginState,
    /// The call level, a multiple of MM × 10^9.
    pub call_level_e9: u32,
    /// MM over equity as a liquidation sees them, thousandths, up; the largest number where equity covers nothing of it.
    pub utilisation_permille: u32,
    /// Where time alone takes MM.
    pub course: CourseView,
    /// Positions and loan at the prices of now, up.
    pub gross_notional_atoms: i64,
    /// That over equity; none without equity.
    pub leverage: Option<f64>,
    /// The leverage at which equity would just be IM; none without a requirement.
    pub largest_leverage: Option<f64>,
    /// Interest of a day while everything is lent, up.
    pub interest_day_atoms: u64,
    /// What is held, by asset.
    pub holdings: Vec<HoldingAnswer>,
    /// How far all prices may move together.
    pub together: CommonMoves,
    /// A storm at the prices of now.
    pub storm: Storm,
    /// What a lone position of each asset needs by its size.
    pub tiers: Vec<TierTable>,
}

/// A requirement, and what stands against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelAnswer {
    /// The margin, up.
    pub margin_atoms: i64,
    /// The equity that it is compared with, down.
    pub equity_atoms: i64,
    /// Equity less margin: free collateral, and for MM the cushion.
    pub free_atoms: i64,
    /// The term that sets the margin: `var`, `floor`, `scenario:<j>` or `mm`.
    pub binding: String,
}

/// One asset of an account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HoldingAnswer {
    /// The asset.
    pub name: String,
    /// Decimals of its base unit.
    pub base_decimals: u8,
    /// Signed size of the position, base atoms.
    pub size_atoms: i64,
    /// Collateral, base atoms.
    pub collateral_atoms: u64,
    /// Part of the collateral that counts.
    pub collateral_weight: f64,
    /// Price of now, USD × 10^12; a string in JSON, as in a case.
    #[serde(serialize_with = "as_text")]
    pub price_e12: u128,
    /// Net delta: price times size and weighted collateral, away from zero.
    pub net_atoms: i64,
    /// Profit or loss of the position at the price of now, with funding.
    pub pnl_atoms: i64,
    /// Volatility per √hour that margin reads.
    pub sigma: f64,
    /// Shock of MM, share of the price.
    pub maintenance_shock: f64,
    /// Shock of IM, share of the price.
    pub initial_shock: f64,
    /// Its part of MM.
    pub maintenance_part_atoms: i64,
    /// Its part of IM.
    pub initial_part_atoms: i64,
    /// The prices at which the account becomes liquidatable, all else unchanged, USD × 10^12: below and above.
    #[serde(serialize_with = "as_texts")]
    pub liquidation_prices_e12: [Option<u128>; 2],
    /// What the position costs; none without one.
    pub costs: Option<PositionCosts>,
}

/// An amount that fits what a chain can hold; the largest where it does not.
pub fn atoms(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}

/// A number beyond 64 bits as JSON has it: a string.
pub fn as_text<S: Serializer>(number: &u128, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(number)
}

fn as_texts<S: Serializer>(numbers: &[Option<u128>; 2], out: S) -> Result<S::Ok, S::Error> {
    let texts = numbers.map(|number| number.map(|number| number.to_string()));
    texts.serialize(out)
}

fn as_name<S: Serializer>(state: &MarginState, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(state_name(*state))
}

/// A fraction as a number, for display.
pub fn as_share(fraction: Fraction) -> f64 {
    fraction.to_bits() as f64 / (1u64 << FRACTION_BITS) as f64
}

impl AccountAnswer {
    /// Of this account, all by the core.
    ///
    /// Errors: amounts or parameters out of the core's range.
    pub fn new(account: &AskedAccount) -> Result<Self, RiskError> {
        let AccountMargins { report, parts } = account.margins()?;
        let prices = account.liquidation_prices()?;
        let markets = account.markets.iter().zip(&parts).zip(&prices);
        let holdings = markets
            .map(|((market, part), prices)| {
                let (now, found) = (market.holding.price, [prices.nearer, prices.farther]);
                let costs = PositionCosts::new(market, account.coefficients.z)?;
                HoldingAnswer::new(market, part, below_and_above(now, found), costs)
            })
            .collect::<Result<_, _>>()?;
        let equity = report.maintenance.equity_atoms;
        let initial = report.initial.requirement;
        let compared = &report.liquidation.requirement;
        let gross = report.gross_notional_atoms;
        let over = |below: i128| (below > 0).then(|| gross as f64 / below as f64);
        let loan = QuoteAtoms::new(account.quote_atoms.min(0).unsigned_abs());
        Ok(Self {
            quote_atoms: account.quote_atoms,
            equity_atoms: atoms(equity),
            maintenance: LevelAnswer::of_liquidation(&report),
            initial: LevelAnswer {
                free_atoms: atoms(report.initial.free_collateral_atoms),
                ..LevelAnswer::of_requirement(&initial)
            },
            meets_initial_margin: report.initial.meets_initial_margin(),
            is_liquidatable: compared.is_liquidatable(),
            state: CoreState::new(compared, report.initial.verdict, account.call_level_e9).into(),
            call_level_e9: account.call_level_e9,
            utilisation_permille: compared.utilisation_permille(),
            course: CourseView::new(account, &report)?,
            gross_notional_atoms: atoms(gross),
            leverage: over(equity),
            largest_leverage: over(initial.margin_atoms),
            interest_day_atoms: interest_day_atoms(loan, &account.pool),
            holdings,
            together: CommonMoves::new(account)?,
            storm: Storm::new(account)?,
            tiers: TierTable::all(account),
        })
    }
}

impl LevelAnswer {
    /// The margin is that at the prices of now, the equity the one that a liquidation reads.
    fn of_liquidation(report: &MarginReport) -> Self {
        Self::of_requirement(&report.liquidation.requirement)
    }

    fn of_requirement(requirement: &Requirement) -> Self {
        Self {
            margin_atoms: atoms(requirement.margin_atoms),
            equity_atoms: atoms(requirement.equity_atoms),
            free_atoms: atoms(requirement.free_collateral_atoms()),
            binding: match requirement.binding {
                Binding::Var => "var".to_owned(),
                Binding::Floor => "floor".to_owned(),
                Binding::Scenario(index) => format!("scenario:{index}"),
                Binding::Maintenance => "mm".to_owned(),
            },
        }
    }
}

impl HoldingAnswer {
    fn new(
        market: &HeldMarket,
        part: &Contribution,
        liquidation_prices_e12: [Option<u128>; 2],
        costs: Option<PositionCosts>,
    ) -> Result<Self, RiskError> {
        let holding = &market.holding;
        let HoldingReport {
            maintenance,
            initial,
            net_quote_atoms,
        } = holding_report(holding)?;
        let profit = market.position().reopen_at(holding.asset_price())?;
        Ok(Self {
            name: market.name.clone(),
            base_decimals: holding.coefficients.base_decimals,
            size_atoms: holding.size_atoms,
            collateral_atoms: holding.collateral_atoms,
            collateral_weight: as_share(holding.coefficients.collateral_weight),
            price_e12: holding.price.0,
            net_atoms: atoms(net_quote_atoms),
            pnl_atoms: profit
                .realized_quote_atoms
                .saturating_add(holding.funding_quote_atoms),
            sigma: as_share(market.volatility.sigma_target),
            maintenance_shock: as_share(maintenance.full),
            initial_shock: as_share(initial.full),
            maintenance_part_atoms: atoms(part.maintenance_atoms),
            initial_part_atoms: atoms(part.initial_atoms),
            liquidation_prices_e12,
            costs,
        })
    }
}

/// The prices below and above that of now; P itself counts as both.
fn below_and_above(Price(now): Price, found: [Option<Price>; 2]) -> [Option<u128>; 2] {
    let price = |is_there: fn(u128, u128) -> bool| {
        let mut found = found.into_iter().flatten().map(|Price(price)| price);
        found.find(|price| is_there(*price, now))
    };
    [
        price(|price, now| price <= now),
        price(|price, now| price >= now),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_told_apart_by_their_side() {
        let of = |found: [Option<u128>; 2]| {
            below_and_above(Price(100), found.map(|price| price.map(Price)))
        };
        assert_eq!(of([Some(90), Some(200)]), [Some(90), Some(200)]);
        assert_eq!(of([Some(120), Some(10)]), [Some(10), Some(120)]);
        assert_eq!(of([Some(100), None]), [Some(100), Some(100)]);
        assert_eq!(of([None, None]), [None, None]);
        assert_eq!(atoms(i128::MAX), i64::MAX);
    }
}
