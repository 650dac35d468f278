//! P10 where some price cannot be used: a slice of the rest frees at least its share of what only the rest asks for.
use freeboard_risk::RiskError;
use freeboard_risk::liquidation::{ClosingTerms, SizeReason, SlicePlan, Sliced, Window};
use freeboard_risk::number::atoms::BaseAtoms;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::requirement::margin::liquidation_valuation;
use proptest::prelude::*;

use crate::config;
use crate::draw::{Account, Dice, liquidation_params};
use crate::liquidation_size::hedged;
use crate::rolls;

/// A hedged book with 0 < E < MM, some of it without a usable price, lots far below a thousandth, and no window.
struct Resting {
    account: Account,
    params: LiquidationParams,
    terms: Vec<ClosingTerms>,
}

impl Resting {
    fn new(rolls: &[u16], depth: u64, which: usize, kind: usize) -> Option<Self> {
        let mut dice = Dice::new(rolls);
        let mut params = liquidation_params(&mut dice);
        params.window_cap_quote_atoms = u64::MAX;
        let mut account = hedged(&mut dice);
        let count = account.holdings.len();
        let mut terms = Vec::new();
        for (index, held) in account.holdings.iter_mut().enumerate() {
            let share = Fraction::from_e9_ceil(dice.between(0, 2_000_000_000)).unwrap();
            let rests = index == which % count || dice.chance(20);
            if rests && count > 1 {
                held.standing =
                    [Standing::Wide, Standing::Far, Standing::Absent { share }][kind % 3];
            }
            let least = [held.size_atoms.unsigned_abs(), held.collateral_atoms];
            let least = least.into_iter().filter(|atoms| *atoms > 0).min();
            held.coefficients.lot_atoms = (least.unwrap_or(1) / 10_000_000).max(1);
            terms.push(ClosingTerms {
                market: None,
                age_spread: Fraction::from_e9_ceil(dice.between(0, 20_000_000)).unwrap(),
            });
        }
        let requirement = liquidation_valuation(&account.portfolio())
            .unwrap()
            .requirement;
        let wanted = requirement.margin_atoms * i128::from(depth) / 1_000;
        let balance = i128::from(account.quote_atoms) + wanted - requirement.equity_atoms;
        account.quote_atoms = i64::try_from(balance).ok()?;
        Some(Self {
            account,
            params,
            terms,
        })
    }

    /// MM of what stays alone.
    fn stays(&self) -> i128 {
        let held = self
            .account
            .holdings
            .iter()
            .filter(|held| !Sliced::takes(held));
        let rest = self.account.with_holdings(held.copied().collect());
        liquidation_valuation(&rest.portfolio())
            .unwrap()
            .requirement
            .margin_atoms
    }

    /// What lots, rounded up, and rounding may cost, quote atoms.
    fn slack(&self, margin: i128) -> i128 {
        let gross =
            freeboard_risk::requirement::margin::gross_atoms(&self.account.portfolio()).unwrap();
        let lots = self.account.holdings.iter().map(|held| {
            let lot = held.coefficients.lot_atoms;
            i128::from(
                held.unit_price()
                    .unwrap()
                    .notional_ceil(BaseAtoms::new(lot))
                    .unwrap()
                    .get(),
            )
        });
        // A short's shock is 8 at most, and grows by half of itself.
        12 * lots.sum::<i128>() + (gross >> 30) + (margin >> 30) + 100
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p10_a_slice_frees_its_share_of_what_only_the_rest_asks_for(
        rolls in rolls(700), depth in 1u64..1_000, which in 0usize..5, kind in 0usize..3,
    ) {
        let Some(resting) = Resting::new(&rolls, depth, which, kind) else { return Ok(()) };
        let portfolio = resting.account.portfolio();
        let before = liquidation_valuation(&portfolio).unwrap().requirement;
        prop_assume!(before.is_liquidatable() && before.equity_atoms > 0 && before.margin_atoms >= 1_000);
        let plan = SlicePlan::new(&portfolio, &resting.terms, &resting.params, 60, Window::default());
        let takes = resting.account.holdings.iter().any(Sliced::takes);
        if !takes {
            prop_assert_eq!(plan.unwrap_err(), RiskError::LiquidationPriceUnusable);
            return Ok(());
        }
        let plan = plan.unwrap();
        prop_assert_eq!((plan.requirement.margin_atoms - before.margin_atoms).abs() <= 1, true);
        prop_assert_eq!(plan.requirement.equity_atoms, before.equity_atoms);
        let (stays, slack) = (resting.stays(), resting.slack(before.margin_atoms));
        let only_rest = before.margin_atoms - stays;
        for share in [1, 10, 250, 500, 900, 1_000, plan.share_permille] {
            let after = plan.outcome_of(share).unwrap();
            let least = only_rest * i128::from(share) / 1_000;
            prop_assert!(after.relief_atoms >= least - slack, "{share}: {} of {least}", after.relief_atoms);
            if after.relief_atoms > slack {
                // E − MM rises, E stays above zero, and E/MM rises.
                let free_collateral = after.equity_after_atoms - after.margin_after_atoms;
                prop_assert!(free_collateral > before.free_collateral_atoms(), "{share}: {:?}", after);
                prop_assert!(after.equity_after_atoms >= -2, "{share}: {:?}", after);
            }
        }
        // Severe: nearly what leaves the least MM of any share, to a twentieth of what that frees: where s_max begins to
        // bind, MM has a second low point.
        if plan.reason == SizeReason::Severe {
            let best = (1..=1_000).map(|share| plan.outcome_of(share).unwrap().relief_atoms).max().unwrap();
            let near = best - best / 20 - slack;
            // Where every share raises MM none is better than another: the plan is refused.
            prop_assert!(best < 0 || plan.outcome.relief_atoms >= near, "{best} {:?}", plan.outcome);
        }
        // Allowed wherever that says so, and never where it raises MM.
        prop_assert!(plan.allowed || only_rest <= slack, "{only_rest} {:?}", plan.outcome);
        prop_assert!(!plan.allowed || plan.outcome.relief_atoms >= 0, "{:?}", plan.outcome);
        prop_assert_eq!(plan.take(plan.share_permille).is_ok(), plan.allowed);
        // What stays is left to the atom.
        for held in resting.account.holdings.iter().filter(|held| !held.standing.is_usable()) {
            prop_assert_eq!(Sliced::new(held, 1_000), Ok(Sliced::default()));
        }
    }

    #[test]
    fn p10_who_hides_a_price_slices_nothing(
        rolls in rolls(700), depth in 1u64..1_000, which in 0usize..5, kind in 0usize..3,
    ) {
        let Some(mut resting) = Resting::new(&rolls, depth, which, kind) else { return Ok(()) };
        let count = resting.account.holdings.len();
        let hidden = &mut resting.account.holdings[(which + 1) % count];
        hidden.standing = Standing::Unknown;
        let needs_price = hidden.needs_margin();
        let portfolio = resting.account.portfolio();
        let plan = SlicePlan::new(&portfolio, &resting.terms, &resting.params, 60, Window::default());
        prop_assert!(!needs_price || plan.is_err_and(|error| error == RiskError::LiquidationPriceUnusable));
    }
}

/// The kinds that the first property is about do occur among its books.
#[test]
fn slices_of_the_rest_are_of_every_kind() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (rolls(700), 1u64..1_000, 0usize..5, 0usize..3);
    let mut seen = [0; 4];
    for _ in 0..6_000 {
        let (rolls, depth, which, kind) = strategy.new_tree(&mut runner).unwrap().current();
        let Some(resting) = Resting::new(&rolls, depth, which, kind) else {
            continue;
        };
        let portfolio = resting.account.portfolio();
        let plan = SlicePlan::new(
            &portfolio,
            &resting.terms,
            &resting.params,
            60,
            Window::default(),
        );
        let Ok(plan) = plan else { continue };
        let helps = plan.requirement.margin_atoms > resting.stays();
        match (plan.allowed, helps) {
            (true, true) => seen[0] += 1,
            // What is closed hedges what stays, and a part of it is too much of a hedge.
            (true, false) => seen[1] += 1,
            (false, false) => seen[2] += 1,
            (false, true) => {}
        }
        seen[3] += usize::from(plan.allowed && plan.share_permille < 1_000);
    }
    assert!(seen.iter().all(|count| *count >= 20), "{seen:?}");
}
