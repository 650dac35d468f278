//! How many steps an account is closed in while the price falls, and what each pays its caller.
extern crate std;
use super::*;
use crate::fixture::{SOL, coefficients, portfolio, sol};
use crate::liquidation::penalty::split;
use crate::market::position::Position;
use crate::number::atoms::{BaseAtoms, SignedBaseAtoms};
use crate::number::quantity::{Price, UnitPrice};
use std::vec::Vec;

/// Time between two looks of a liquidator, seconds.
const LOOK_SECS: u64 = 15;
/// 10 % in an hour, at constant speed.
const FALL_SECS: u64 = 3_600;

/// The reward of each step, quote atoms, and whether the account was ended, of a long worth so many dollars at $100
/// that begins at its margin.
fn steps(dollars: i64, params: &LiquidationParams) -> (Vec<u64>, bool) {
    let c = coefficients();
    let mut held = sol(dollars * SOL / 100);
    let valued =
        crate::requirement::margin::liquidation_valuation(&portfolio(&c, 0, &[held])).unwrap();
    let mut quote = i64::try_from(valued.requirement.margin_atoms).unwrap();
    let (mut rewards, mut flagged_at) = (Vec::new(), None);
    for look in 1..=FALL_SECS / LOOK_SECS {
        let at = look * LOOK_SECS;
        let price =
            100_000_000_000_000 - 10_000_000_000_000 * u128::from(at) / u128::from(FALL_SECS);
        held.price = Price(price);
        let holdings = [held];
        let account = portfolio(&c, quote, &holdings);
        let valued = crate::requirement::margin::liquidation_valuation(&account).unwrap();
        if held.size_atoms == 0 || !valued.requirement.is_liquidatable() {
            flagged_at = None;
            continue;
        }
        // Seen at one look, closed at the next.
        let Some(since) = flagged_at else {
            flagged_at = Some(at);
            continue;
        };
        let age = at - since;
        let window = Window::default();
        let verdict = LiquidationPlan::new(
            &account,
            0,
            Closing::Position,
            params,
            age,
            window,
            &ClosingTerms::default(),
        );
        let verdict = verdict.unwrap();
        let plan = verdict.plan().unwrap();
        assert!(plan.allowed);
        let penalty = u64::try_from(plan.outcome.penalty_atoms).unwrap();
        let size = i64::try_from(plan.size_atoms).unwrap();
        let unit = UnitPrice::from_price_floor(held.price, 9).unwrap();
        let worth = unit
            .notional_floor(BaseAtoms::new(plan.size_atoms))
            .unwrap();
        let position = Position {
            size_atoms: held.size_atoms,
            entry_quote_atoms: held.entry_quote_atoms,
        };
        let filled = position.fill(SignedBaseAtoms::new(-size), worth).unwrap();
        quote += filled.realized_quote_atoms - i64::try_from(penalty).unwrap();
        held.size_atoms = filled.position.size_atoms;
        held.entry_quote_atoms = filled.position.entry_quote_atoms;
        rewards.push(split(penalty, params).unwrap().liquidator_atoms);
        flagged_at = None;
    }
    (rewards, held.size_atoms == 0)
}

#[test]
fn the_steps_of_a_fall() {
    let params = LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    };
    let gross_alone = LiquidationParams {
        keeper_cost_quote_atoms: 0,
        ..params
    };
    let least = |rewards: &[u64]| rewards.iter().copied().min().unwrap_or(0);
    for dollars in [150, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000] {
        let (rewards, ended) = steps(dollars, &params);
        let (before, before_ended) = steps(dollars, &gross_alone);
        std::println!(
            "${dollars}: {} steps, least reward {}, ended {ended}; by gross alone {} steps, least {}, ended {before_ended}",
            rewards.len(),
            least(&rewards),
            before.len(),
            least(&before),
        );
        // Each pays more than it costs, or it is the last.
        let cost = params.keeper_cost_quote_atoms;
        let (last, others) = rewards.split_last().unwrap();
        assert!(others.iter().all(|reward| *reward >= cost), "{rewards:?}");
        assert!(*last >= cost || ended, "{rewards:?}");
        assert!(rewards.len() <= before.len());
        assert!(rewards.len() <= 30, "{}", rewards.len());
    }
}

/// Collateral of half weight frees its other half: a sale of $80 reaches the liquidation target and would pay $0.2. It goes on to $0.25.
#[test]
fn a_step_that_would_not_pay_goes_on_until_it_does() {
    let params = LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    };
    let asset_params = crate::params::AssetParams {
        collateral_weight_e9: 500_000_000,
        ..crate::fixture::asset_params()
    };
    let holdings = [crate::requirement::holding::Holding {
        collateral_atoms: 200 * SOL as u64,
        ..crate::fixture::asset(&asset_params, 100)
    }];
    let c = coefficients();
    // $10,000 of weight, MM 375, equity 0.99 of it.
    let account = portfolio(&c, -10_000_000_000 + 371_250_000, &holdings);
    let plan = |params: &LiquidationParams| {
        let window = Window::default();
        let verdict = LiquidationPlan::new(
            &account,
            0,
            Closing::Collateral,
            params,
            0,
            window,
            &ClosingTerms::default(),
        );
        *verdict.unwrap().plan().unwrap()
    };
    let reward = |plan: &LiquidationPlan, size| {
        let penalty = u64::try_from(plan.outcome_of(size).unwrap().penalty_atoms).unwrap();
        split(penalty, &params).unwrap().liquidator_atoms
    };
    let paying = plan(&params);
    assert_eq!(paying.reason, SizeReason::Reward);
    assert!(reward(&paying, paying.size_atoms) >= 250_000);
    assert!(reward(&paying, paying.size_atoms - 100_000_000) < 250_000);
    let free = LiquidationParams {
        keeper_cost_quote_atoms: 0,
        ..params
    };
    let unpaid = plan(&free);
    assert_eq!(unpaid.reason, SizeReason::Target);
    assert!(unpaid.size_atoms < paying.size_atoms);
}
