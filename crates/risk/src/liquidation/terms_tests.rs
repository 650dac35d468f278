//! What whoever liquidates pays for the choice of a price update.
use super::super::{Closing, LiquidationPlan, SizeReason, Window};
use super::*;
use crate::fixture::{SOL, USD, assert_down, coefficients, e9, portfolio, sol, sol_collateral};
use crate::liquidation::penalty::split;
use crate::market::trade::age_spread_ceil;
use crate::number::quantity::E18;
use crate::params::LiquidationParams;

/// σ_IM of 1.5 % per √hour.
const SIGMA_E9: u64 = 15_000_000;
/// κ of 1.5.
const KAPPA_E9: u64 = 1_500_000_000;

fn aged(secs: u32) -> ClosingTerms {
    ClosingTerms {
        market: None,
        age_spread: age_spread_ceil(secs, e9(SIGMA_E9), KAPPA_E9).unwrap(),
    }
}

fn plan<'a>(
    account: &crate::requirement::portfolio::Portfolio<'a>,
    closing: Closing,
    terms: &ClosingTerms,
) -> LiquidationPlan<'a> {
    let params = LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    };
    let window = Window::default();
    let verdict = LiquidationPlan::new(account, 0, closing, &params, 0, window, terms);
    *verdict.unwrap().plan().unwrap()
}

#[test]
fn the_spread_is_paid_up_and_received_down() {
    // 1.5 · 1.5 % · √(36/3,600) = 0.225 % of $100,000.
    let terms = aged(36);
    let (gained, paid) = (
        terms.gained_floor(100_000_000_000),
        terms.paid_ceil(100_000_000_000),
    );
    assert!((225_000_000..=225_000_001).contains(&gained), "{gained}");
    assert!((gained..=gained + 1).contains(&paid), "{paid}");
    assert_eq!((terms.gained_floor(1), terms.paid_ceil(1)), (0, 1));
    let none = ClosingTerms::default();
    assert_eq!(
        (none.gained_floor(u64::MAX), none.paid_ceil(u64::MAX)),
        (0, 0)
    );
    let most = ClosingTerms {
        market: None,
        age_spread: Fraction::MAX,
    };
    assert_eq!(most.gained_floor(u64::MAX), u64::MAX);
    assert_eq!(most.paid_ceil(u64::MAX), u64::MAX);
    // Nobody is asked for less than the age at which a price update can be had.
    assert_eq!(aged(0), aged(2));
    assert!(aged(3).age_spread > aged(2).age_spread);
}

#[test]
fn a_takeover_is_smaller_by_what_its_liquidator_pays() {
    // MM 3,830, equity 0.9·MM, π 0.35. By the pool 266.7 SOL; 247.3 at 0.225 % for a price update of 36 s, by hand.
    let (c, held) = (coefficients(), [sol(1_000 * SOL)]);
    let account = portfolio(&c, 3_447 * USD, &held);
    let by_pool = plan(&account, Closing::Position, &ClosingTerms::default());
    let taken = plan(&account, Closing::Position, &aged(36));
    assert_eq!(by_pool.size_atoms, 266_700_000_000);
    assert_eq!(
        (taken.reason, taken.size_atoms),
        (SizeReason::Target, 247_300_000_000)
    );
    // 100 SOL: $22.50 more, and the same penalty.
    let size = 100_000_000_000;
    let (with, without) = (
        taken.outcome_of(size).unwrap(),
        by_pool.outcome_of(size).unwrap(),
    );
    assert_eq!(with.penalty_atoms, without.penalty_atoms);
    assert_down(
        with.equity_after_atoms,
        without.equity_after_atoms + 22_500_000,
        2,
    );
    let less = taken.outcome_of(taken.size_atoms - 100_000_000).unwrap();
    assert!(less.equity_after_atoms * 10 < less.margin_after_atoms * 11);
}

#[test]
fn collateral_and_the_collateral_of_a_pair_are_sold_alike() {
    let c = coefficients();
    let hedged = crate::requirement::holding::Holding {
        size_atoms: -1_000 * SOL,
        entry_quote_atoms: -100_000 * USD,
        ..sol_collateral(1_000_000_000_000)
    };
    for (closing, holding, quote) in [
        (
            Closing::Collateral,
            sol_collateral(1_000_000_000_000),
            -96_600,
        ),
        (Closing::Pair, hedged, -99_500),
    ] {
        let held = [holding];
        let account = portfolio(&c, quote * USD, &held);
        let [with, without] = [aged(36), ClosingTerms::default()].map(|terms| {
            plan(&account, closing, &terms)
                .outcome_of(10_000_000_000)
                .unwrap()
        });
        assert_down(
            with.equity_after_atoms,
            without.equity_after_atoms + 2_250_000,
            2,
        );
    }
}

/// What a keeper is left with of a lone long that it takes over at a price update of this age, and its part of the penalty
/// alone, both millionths of what is closed.
fn keeper_earns(age_secs: u32, flag_age_secs: u64) -> (i64, i64) {
    let (c, held) = (coefficients(), [sol(10_000 * SOL)]);
    // A hair below its margin: the least penalty.
    let account = portfolio(&c, 38_299 * USD, &held);
    let params = LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    };
    let terms = aged(age_secs);
    let window = Window::default();
    let verdict = LiquidationPlan::new(
        &account,
        0,
        Closing::Position,
        &params,
        flag_age_secs,
        window,
        &terms,
    );
    let verdict = verdict.unwrap();
    let plan = verdict.plan().unwrap();
    let penalty = u64::try_from(plan.outcome.penalty_atoms).unwrap();
    let earned = i64::try_from(split(penalty, &params).unwrap().liquidator_atoms).unwrap();
    let notional = i64::try_from(plan.size_atoms).unwrap() / 10;
    let share =
        i64::try_from(terms.age_spread.to_e18_ceil() * 1_000_000 / u128::from(E18)).unwrap();
    let earned = earned * 1_000_000 / notional;
    (earned - share, earned)
}

#[test]
fn a_keeper_with_a_fresh_update_keeps_nine_tenths_of_its_part() {
    // k is 2.5 here, less than any shipped one: a lone position's part is at least ½·¼·2.5·σ, a price update of 2 s costs
    // 1.5·σ/√1,800, one of 15 s 1.5·σ/√240.
    let (left, earned) = keeper_earns(2, 0);
    assert!(left * 100 >= earned * 88, "{left} of {earned}");
    let (left, earned) = keeper_earns(5, 0);
    assert!(left * 100 >= earned * 81, "{left} of {earned}");
    let (left, earned) = keeper_earns(15, 0);
    assert!(left * 100 >= earned * 67, "{left} of {earned}");
    let (left, earned) = keeper_earns(15, 300);
    assert!(left * 100 >= earned * 89, "{left} of {earned}");
}

/// About normal, of σ 1: the sum of twelve uniform numbers.
fn normal(state: &mut u64) -> f64 {
    let mut sum = -6.0;
    for _ in 0..12 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        sum += (*state >> 11) as f64 / (1_u64 << 53) as f64;
    }
    sum
}

/// A price that moves as σ_IM says, a liquidator who buys at whichever price update of the last 15 s leaves him most, and may
/// wait for a better one each quarter of a minute.
#[test]
fn the_best_update_of_fifteen_seconds_pays_for_itself() {
    let per_sec = 0.015 / 60.0;
    let spreads: [f64; 16] = core::array::from_fn(|age| {
        aged(age as u32).age_spread.to_bits() as f64 / (1_u64 << 60) as f64
    });
    let (mut state, mut gained, mut bare) = (7, 0.0, 0.0);
    let windows = 20_000;
    for _ in 0..windows {
        // How far the price stood below its present one so many seconds ago.
        let mut below = 0.0;
        let (mut best, mut best_bare) = (-spreads[0], 0.0_f64);
        for spread in &spreads[1..] {
            below += per_sec * normal(&mut state);
            best = best.max(below - spread);
            best_bare = best_bare.max(below);
        }
        gained += best;
        bare += best_bare;
    }
    let (gained, bare) = (gained / f64::from(windows), bare / f64::from(windows));
    // Without the charge about 0.8·σ·√15 s: 0.078 % of what is closed, every time.
    assert!(bare > 0.000_6, "{bare}");
    assert!(gained < 0.0, "{gained}");
}
