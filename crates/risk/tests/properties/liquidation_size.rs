//! P7: the size of a closing against every lot, in hedged books with scenarios, weights and s_max binding.
//! P10: some closing is always allowed.
use freeboard_risk::liquidation::{
    Closing, ClosingOutcome, ClosingTerms, LiquidationPlan, LiquidationVerdict, SizeReason,
    SkewImpact, SlicePlan, Sliced, Window,
};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms};
use freeboard_risk::number::quantity::{Price, UnitPrice};
use freeboard_risk::params::{
    AssetCoefficients, LiquidationParams, PortfolioCoefficients, ScenarioCoefficients,
};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::liquidation_valuation;
use proptest::prelude::*;

use crate::config;
use crate::draw::{
    Account, Dice, asset_params, holding, liquidation_params, portfolio_params, scenario,
};
use crate::rolls;

/// Most lots that a size is compared over.
const LOTS: u64 = 160;

/// A book of up to five legs of like size, some against one another, some as collateral of the same asset.
pub fn hedged(dice: &mut Dice) -> Account {
    let params = portfolio_params(dice);
    let count = 1 + dice.index(5);
    let scale = dice.magnitude(1_000_000, 1_000_000_000_000_000);
    let scenarios = if dice.chance(40) {
        0
    } else {
        1 + dice.index(6)
    };
    let scenarios = (0..scenarios)
        .map(|_| ScenarioCoefficients::new(&scenario(dice)).unwrap())
        .collect();
    let holdings = (0..count).map(|_| leg(dice, scale)).collect();
    Account {
        params,
        coefficients: PortfolioCoefficients::new(&params).unwrap(),
        scenarios,
        initial: None,
        quote_atoms: 0,
        holdings,
    }
}

/// A leg worth between a fifth of the scale and twice that, its size term from far below to far above s_max.
fn leg(dice: &mut Dice, scale: u64) -> Holding {
    let mut asset = asset_params(dice);
    asset.depth_quote_atoms = dice.magnitude(scale / 100_000 + 1, scale);
    asset.base_decimals = 6;
    let mut held = holding(dice, &asset, false, false);
    // $0.01 … $10,000 a unit of 10^6 atoms.
    held.price = Price(u128::from(dice.magnitude(10_000, 10_000_000_000)) * 1_000_000);
    held.standing = freeboard_risk::price::standing::Standing::Usable;
    held.coefficients = AssetCoefficients::new(&asset, 28_800).unwrap();
    let unit = UnitPrice::from_price_floor(held.price, asset.base_decimals).unwrap();
    let worth = |dice: &mut Dice| {
        let notional = dice.between(scale / 5, scale.saturating_mul(2));
        unit.base_atoms_ceil(QuoteAtoms::new(notional))
            .get()
            .clamp(1, 1 << 60)
    };
    let kind = dice.index(10);
    if kind < 9 {
        let size = worth(dice).cast_signed();
        held.size_atoms = if dice.chance(50) { size } else { -size };
        let entry = unit
            .notional_floor(BaseAtoms::new(size.unsigned_abs()))
            .unwrap()
            .get();
        held.entry_quote_atoms = entry.cast_signed() * held.size_atoms.signum();
    }
    if kind >= 5 {
        held.collateral_atoms = worth(dice);
    }
    held
}

/// Below its margin by `depth` thousandths − ½, with lots so large that every one can be looked at.
struct Attempt {
    account: Account,
    params: LiquidationParams,
    index: usize,
    closing: Closing,
    flag_age_secs: u64,
    market: Option<SkewImpact>,
}

impl Attempt {
    fn new(rolls: &[u16], depth: u64) -> Option<Self> {
        let mut dice = Dice::new(rolls);
        let mut params = liquidation_params(&mut dice);
        params.window_cap_quote_atoms = u64::MAX;
        let closings = [
            Closing::Position,
            Closing::Position,
            Closing::Collateral,
            Closing::Pair,
        ];
        let closing = closings[dice.index(4)];
        let flag_age_secs = dice.between(0, 600);
        let mut account = hedged(&mut dice);
        let index = dice.index(account.holdings.len());
        let held = &mut account.holdings[index];
        let what = held.size_atoms.unsigned_abs().max(held.collateral_atoms);
        held.coefficients.lot_atoms = what / dice.between(1, LOTS) + 1;
        let market = market(&mut dice, held.size_atoms);
        let requirement = liquidation_valuation(&account.portfolio())
            .unwrap()
            .requirement;
        let wanted = requirement.margin_atoms * (i128::from(depth) - 100) / 1_000;
        let balance = i128::from(account.quote_atoms) + wanted - requirement.equity_atoms;
        account.quote_atoms = i64::try_from(balance).ok()?;
        Some(Self {
            account,
            params,
            index,
            closing,
            flag_age_secs,
            market,
        })
    }
}

/// None, or a market with a skew on either side.
fn market(dice: &mut Dice, size_atoms: i64) -> Option<SkewImpact> {
    let least = size_atoms.unsigned_abs().saturating_mul(10).max(10);
    let skew_scale_atoms = dice.magnitude(least, least.max(1 << 61));
    let skew = i128::from(dice.between(0, skew_scale_atoms / 10));
    let market = SkewImpact {
        skew: Skew::resting(if dice.chance(50) { skew } else { -skew }),
        skew_scale_atoms,
    };
    dice.chance(60).then_some(market)
}

/// Every size that there is, and what it does.
fn every_lot(plan: &LiquidationPlan, most: u64, lot: u64) -> Vec<(u64, ClosingOutcome)> {
    let sizes = (1..=most.div_ceil(lot)).map(|lots| (lots * lot).min(most));
    sizes
        .map(|size| (size, plan.outcome_of(size).unwrap()))
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p7_no_lot_is_a_better_size(rolls in rolls(700), depth in 0u64..1_100) {
        let Some(attempt) = Attempt::new(&rolls, depth) else { return Ok(()) };
        let portfolio = attempt.account.portfolio();
        let verdict = LiquidationPlan::new(
            &portfolio, attempt.index, attempt.closing, &attempt.params, attempt.flag_age_secs, Window::default(),
            &ClosingTerms::against(attempt.market),
        ).unwrap();
        let LiquidationVerdict::Plan(plan) = verdict else { return Ok(()) };
        let holding = &attempt.account.holdings[attempt.index];
        let lot = holding.coefficients.lot_atoms;
        let what = attempt.closing.closable_atoms(holding);
        let debt = if attempt.closing == Closing::Collateral {
            let unit = UnitPrice::from_price_floor(holding.price, 6).unwrap();
            let loan = attempt.account.quote_atoms.min(0).unsigned_abs();
            (unit.base_atoms_floor(QuoteAtoms::new(loan)).get() / lot).max(1) * lot
        } else {
            u64::MAX
        };
        let lots: Vec<(u64, ClosingOutcome)> =
            every_lot(&plan, what, lot).into_iter().filter(|(size, _)| *size <= debt || *size == plan.size_atoms)
            .collect();
        // Rounding: the bound of the error of MM, twice, and atoms.
        let gross = freeboard_risk::requirement::margin::gross_atoms(&portfolio).unwrap();
        let slack = ((gross + plan.requirement.margin_atoms) >> 38) + 12;
        let exit = |outcome: &ClosingOutcome| {
            let needed = outcome.margin_after_atoms * i128::from(1_000_000_000 + attempt.params.beta_e9);
            outcome.equity_after_atoms - needed / 1_000_000_000
        };
        let before = plan.requirement;
        let solvent = before.equity_atoms > 0;
        let chosen = plan.outcome;
        if solvent {
            prop_assert!(!plan.allowed || chosen.relief_atoms >= 0, "{:?}", plan);
            if !plan.allowed {
                let best = lots.iter().map(|(_, outcome)| outcome.relief_atoms).max().unwrap();
                prop_assert!(best <= slack, "{best} would be freed: {:?}", plan.outcome);
                return Ok(());
            }
        }
        // A lot that would be left in part is taken with it: what was looked for is that size or the one without the part.
        let part = if plan.size_atoms == what && what > lot { what % lot } else { 0 };
        let least = plan.size_atoms - part;
        let sought = if part == 0 { vec![chosen] } else { vec![plan.outcome_of(least).unwrap(), chosen] };
        let reaches = |outcome: &ClosingOutcome| outcome.relief_atoms > slack && exit(outcome) > slack;
        if solvent && !plan.beyond_target {
            for (size, outcome) in lots.iter().filter(|(size, _)| *size < least) {
                prop_assert!(!reaches(outcome), "{size} of {} would do: {:?}", plan.size_atoms, outcome);
            }
        }
        match plan.reason {
            SizeReason::Target => prop_assert!(sought.iter().any(|outcome| exit(outcome) >= -slack), "{:?}", chosen),
            SizeReason::Whole => {
                let best = sought.iter().map(exit).max().unwrap();
                for (size, outcome) in lots.iter().filter(|(_, outcome)| outcome.relief_atoms > slack) {
                    prop_assert!(exit(outcome) <= slack, "{size} would do, not {}: {:?} {:?}", plan.size_atoms, outcome, chosen);
                    prop_assert!(exit(outcome) <= best + slack, "{size} is better than {}: {:?} {:?}", plan.size_atoms, outcome, chosen);
                }
            }
            SizeReason::Severe | SizeReason::Dust if solvent => {
                let best = sought.iter().map(|outcome| outcome.margin_after_atoms).min().unwrap();
                for (size, outcome) in &lots {
                    let margin = outcome.margin_after_atoms;
                    prop_assert!(margin >= best - slack, "{size} frees more than {}: {:?} {:?}", plan.size_atoms, outcome, chosen);
                }
            }
            SizeReason::Reward => {
                let pays = |outcome: &ClosingOutcome| {
                    let share = i128::from(attempt.params.liquidator_share_e9);
                    let cost = i128::from(attempt.params.keeper_cost_quote_atoms);
                    (outcome.penalty_atoms - slack) * share / 1_000_000_000 > cost
                };
                for (size, outcome) in lots.iter().filter(|(size, _)| *size < least) {
                    prop_assert!(!pays(outcome) || !reaches(outcome), "{size} pays as well: {:?}", outcome);
                }
            }
            _ if before.equity_atoms == 0 => {} // on either side of 0 before it was rounded
            // All that the loan allows, whatever it was for; all where there is no equity.
            _ => prop_assert!(part > 0 || plan.size_atoms == what.min(debt), "{} of {what}, {debt}", plan.size_atoms),
        }
    }
}

/// The kinds that the property above is about do occur among its books.
#[test]
fn the_books_are_hedged_and_their_sizes_of_every_reason() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (rolls(700), 0u64..1_100);
    let mut seen = [0; 6];
    for _ in 0..3_000 {
        let (rolls, depth) = strategy.new_tree(&mut runner).unwrap().current();
        let Some(attempt) = Attempt::new(&rolls, depth) else {
            continue;
        };
        let portfolio = attempt.account.portfolio();
        let verdict = LiquidationPlan::new(
            &portfolio,
            attempt.index,
            attempt.closing,
            &attempt.params,
            attempt.flag_age_secs,
            Window::default(),
            &ClosingTerms::against(attempt.market),
        );
        let LiquidationVerdict::Plan(plan) = verdict.unwrap() else {
            continue;
        };
        let what = attempt
            .closing
            .closable_atoms(&attempt.account.holdings[attempt.index]);
        let inside = plan.size_atoms < what;
        match plan.reason {
            SizeReason::Target => seen[0] += 1,
            SizeReason::Whole if inside => seen[1] += 1,
            SizeReason::Whole => seen[2] += 1,
            SizeReason::Severe if inside => seen[3] += 1,
            SizeReason::Debt => seen[4] += 1,
            _ => {}
        }
        seen[5] += usize::from(!plan.allowed);
    }
    assert!(seen.iter().all(|count| *count >= 20), "{seen:?}");
}

/// P10: whoever is below its margin can be liquidated.
struct Deadlock {
    account: Account,
    params: LiquidationParams,
    window: Window,
}

impl Deadlock {
    /// 0 < E < MM, every price usable, lots of up to a thousandth of what is held, and a window with room for a slice.
    fn new(rolls: &[u16], depth: u64) -> Option<Self> {
        let mut dice = Dice::new(rolls);
        let mut params = liquidation_params(&mut dice);
        params.window_cap_quote_atoms = params.window_cap_quote_atoms.max(1_000_000);
        let mut account = hedged(&mut dice);
        for held in &mut account.holdings {
            let least = [held.size_atoms.unsigned_abs(), held.collateral_atoms];
            let least = least
                .into_iter()
                .filter(|atoms| *atoms > 0)
                .min()
                .unwrap_or(1);
            held.coefficients.lot_atoms = (least / dice.between(1_000, 1_000_000)).max(1);
        }
        let requirement = liquidation_valuation(&account.portfolio())
            .unwrap()
            .requirement;
        let wanted = requirement.margin_atoms * i128::from(depth) / 1_000;
        let balance = i128::from(account.quote_atoms) + wanted - requirement.equity_atoms;
        account.quote_atoms = i64::try_from(balance).ok()?;
        let gross =
            freeboard_risk::liquidation::penalty::gross_notional_ceil(&account.portfolio()).ok()?;
        Some(Self {
            account,
            params,
            window: Window {
                gross_quote_atoms: gross,
                closed_quote_atoms: 0,
            },
        })
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p10_some_closing_of_every_account_below_its_margin_is_allowed(rolls in rolls(700), depth in 1u64..1_000) {
        let Some(deadlock) = Deadlock::new(&rolls, depth) else { return Ok(()) };
        let portfolio = deadlock.account.portfolio();
        let (params, window) = (&deadlock.params, deadlock.window);
        let before = liquidation_valuation(&portfolio).unwrap().requirement;
        // An atom of margin may be all that rounding asks for.
        if !before.is_liquidatable() || before.equity_atoms <= 0 || before.margin_atoms < 1_000 {
            return Ok(());
        }
        let plan = SlicePlan::new(&portfolio, &[], params, 60, window).unwrap();
        if plan.reason == SizeReason::Window && plan.share_permille == 0 {
            // Not even a thousandth fits into what is left of the window.
            let least: u64 = deadlock.account.holdings.iter().map(|held| {
                let sliced = Sliced::new(held, 1).unwrap();
                let unit = held.unit_price().unwrap();
                unit.notional_ceil(BaseAtoms::new(sliced.position_atoms)).unwrap().get() + unit.notional_ceil(BaseAtoms::new(sliced.collateral_atoms)).unwrap().get()
            }).sum();
            prop_assert!(least >= window.room_quote_atoms(params), "{least} {:?}", plan);
            return Ok(());
        }
        prop_assert!(plan.allowed && plan.outcome.relief_atoms >= 0, "{:?} {:?}", before, plan.outcome);
        let after = plan.outcome;
        // Better off: E − MM rises, and E/MM with it.
        let slack = (before.margin_atoms >> 30) + 12;
        let free_collateral = after.equity_after_atoms - after.margin_after_atoms;
        prop_assert!(free_collateral >= before.free_collateral_atoms() - slack);
        prop_assert!(after.equity_after_atoms >= -slack, "{:?}", after);
        // The whole is always allowed where the window does not end before it.
        let whole = plan.outcome_of(1_000).unwrap();
        prop_assert!(whole.margin_after_atoms <= slack, "{:?}", whole);
        prop_assert!(whole.relief_atoms >= before.margin_atoms - slack);
    }
}
