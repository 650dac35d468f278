//! How fast a change of parameters may move MM.
use freeboard_risk::governance::{PortfolioRamp, TargetTerms};
use freeboard_risk::params::{AssetParams, PortfolioCoefficients};
use freeboard_risk::requirement::margin::maintenance;
use proptest::prelude::*;

use super::levels::check_levels;
use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account, portfolio_params};
use crate::exchange::{Exchange, wait};
use crate::margin::slack;
use crate::rolls;

/// Largest growth of MM per hour, `1.04·e^(2/240)`: u_MM's 4 %, and 1/240 each for a ramped value that u_MM
/// is multiplied with and for a charge that comes from nothing. The promise is 1.05.
const GROWTH_PER_H: f64 = 1.048_704;
/// Changes of a case.
const CHANGES: usize = 12;
/// Rolls that one change may take.
const CHANGE_ROLLS: usize = 200;

/// What L is.
#[derive(Clone, Copy)]
enum Depth {
    /// What governance says.
    Governed,
    /// Cut by what is not traded.
    Measured,
}

fn without_scenarios(coefficients: &PortfolioCoefficients) -> TargetTerms<'_> {
    TargetTerms {
        coefficients,
        scenarios: &[],
    }
}

/// Any sequence of changes: nothing at once, no more than 5 % in an hour, never above what is
/// target, never out of bounds.
fn never_faster_than_five_percent(rolls: &[u16], collateral: bool, depth: Depth) {
    // At a sample the cut of L may move by a quarter of an hour at once.
    let ahead = match depth {
        Depth::Governed => 1.0,
        Depth::Measured => 1.0 + 1.0 / 960.0,
    };
    let mut dice = Dice::new(rolls);
    let mut exchange = Exchange::new(&mut dice, collateral);
    let first = exchange.params;
    let (mut last, _) = exchange.margin();
    for _ in 0..CHANGES {
        // Hour by hour after a change, then at any time.
        for secs in [1, 3_600, 3_599, wait(&mut dice), 3_600] {
            let free = if exchange.from_nothing {
                0.005 / 240.0
            } else {
                0.0
            };
            match depth {
                Depth::Governed => exchange.now += secs,
                Depth::Measured => exchange.pass_with_samples(&mut dice, secs),
            }
            let hours = secs as f64 / 3_600.0;
            let (margin, slack) = exchange.margin();
            let notional = {
                let holding = &exchange.holding;
                let size = i128::from(holding.size_atoms.unsigned_abs());
                let decimals = 10f64.powi(i32::from(exchange.params.base_decimals));
                size as f64 * holding.price.0 as f64 / decimals / 1e6
            };
            let growth = GROWTH_PER_H.powf(hours.min(1_000.0)) * ahead;
            let limit = last as f64 * growth + notional * free * hours;
            assert!(
                margin as f64 <= limit * (1.0 + 1e-9) + slack as f64,
                "{last} {margin} {hours} h"
            );
            let (most, initial) = exchange.target();
            assert!(margin <= most + slack, "{margin} {most}");
            assert!(initial * 4 >= (margin - slack) * 5, "{initial} {margin}");
            check_levels(&exchange.both());
            exchange.check_bounds();
            last = margin;
        }
        for _ in 0..=dice.index(2) {
            exchange.change(&mut dice, &first);
            let (margin, slack) = exchange.margin();
            assert!(margin <= last + slack, "at once: {last} {margin}");
            check_levels(&exchange.both());
            exchange.check_bounds();
            last = margin;
        }
    }
    // In the end the target holds; a ramp from almost nothing ends with time itself.
    exchange.now = i64::MAX;
    assert_eq!(exchange.effective(), exchange.led_to());
    assert_eq!(exchange.effective_scenarios(), exchange.scenarios);
    let settled = exchange.both();
    assert_eq!((settled.holdings[0].initial, settled.initial), (None, None));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p5_mm_of_a_lone_position_rises_by_at_most_five_percent_an_hour(
        rolls in rolls(400 + CHANGES * CHANGE_ROLLS),
    ) {
        never_faster_than_five_percent(&rolls, false, Depth::Governed);
    }

    #[test]
    fn p5_so_does_mm_of_a_position_with_collateral(rolls in rolls(400 + CHANGES * CHANGE_ROLLS)) {
        never_faster_than_five_percent(&rolls, true, Depth::Governed);
    }

    /// With L cut and restored by whatever is traded, at any samples and silences: `1.04·e^(2/240)·(1 + 1/960)` in an
    /// hour, below 1.05 too.
    #[test]
    fn p5_so_does_mm_where_l_follows_what_is_traded(
        rolls in rolls(400 + CHANGES * (CHANGE_ROLLS + 200)), collateral in any::<bool>(),
    ) {
        never_faster_than_five_percent(&rolls, collateral, Depth::Measured);
    }

    /// What MM reads of L, by governance and by turnover together: no faster than by a ramp alone, but for the quarter of an
    /// hour that a sample may count before it.
    #[test]
    fn p5_a_ramp_of_l_and_its_cut_together_are_no_faster_than_a_ramp(rolls in rolls(1_000)) {
        let mut dice = Dice::new(&rolls);
        let mut exchange = Exchange::new(&mut dice, false);
        let root = |exchange: &Exchange| {
            1.0 / (exchange.effective().inverse_depth.divisor_floor() as f64).sqrt()
        };
        for _ in 0..4 {
            let share = dice.between(100, 1_200);
            let scaled = |atoms: u64| (u128::from(atoms) * u128::from(share) / 1_000) as u64;
            let before = root(&exchange);
            exchange.set_asset(AssetParams {
                depth_quote_atoms: scaled(exchange.params.depth_quote_atoms).max(1_000_000_000_000),
                ..exchange.params
            });
            prop_assert!(root(&exchange) <= before * (1.0 + 1e-9), "at once");
            // Two hours, and on to where the ramp ends, or not.
            for secs in [3_600, 3_600, wait(&mut dice).min(900_000), 3_600] {
                let before = root(&exchange);
                exchange.pass_with_samples(&mut dice, secs);
                let hours = secs as f64 / 3_600.0;
                let most = before * (hours / 240.0).exp() * (1.0 + 0.25 / 240.0);
                prop_assert!(root(&exchange) <= most * (1.0 + 1e-9), "{} {} h", root(&exchange) / before, hours);
            }
        }
    }

    #[test]
    fn p5_the_ramp_of_the_portfolio_moves_no_account_faster(rolls in rolls(ACCOUNT_ROLLS + 400)) {
        let mut dice = Dice::new(&rolls);
        let mut account = account(&mut dice);
        account.scenarios.clear();
        let margin_with = |coefficients| {
            let account = Account { coefficients, ..account.clone() };
            let margin = maintenance(&account.portfolio()).unwrap().margin_atoms;
            (margin, slack(&account, margin))
        };
        let (mut to, mut ramp, mut now) = (account.coefficients, PortfolioRamp::default(), 0);
        let mut last = margin_with(to).0;
        for _ in 0..4 {
            let next = PortfolioCoefficients::new(&portfolio_params(&mut dice)).unwrap();
            let (old, new) = (without_scenarios(&to), without_scenarios(&next));
            ramp = ramp.next(&mut [], &old, &new, now);
            to = next;
            for secs in [0, 3_600, dice.between(0, 1_000_000).cast_signed(), 3_600] {
                now += secs;
                let (margin, slack) = margin_with(ramp.coefficients(&to, now));
                let limit = last as f64 * (secs as f64 / 3_600.0 / 240.0).exp();
                prop_assert!(margin as f64 <= limit * (1.0 + 1e-9) + slack as f64, "{} {}", last, margin);
                prop_assert!(margin <= margin_with(to).0 + slack);
                last = margin;
            }
        }
    }

    #[test]
    fn p5_weight_falls_by_a_point_an_hour_and_its_rise_helps(rolls in rolls(1_000)) {
        let mut dice = Dice::new(&rolls);
        let mut exchange = Exchange::new(&mut dice, true);
        let collateral_weight = |exchange: &Exchange| exchange.effective().collateral_weight.to_bits() as f64 / 2f64.powi(60);
        let free_collateral = |exchange: &Exchange| {
            let account = exchange.account(exchange.effective(), true);
            let requirement = maintenance(&account.portfolio()).unwrap();
            (requirement.free_collateral_atoms(), slack(&account, requirement.margin_atoms))
        };
        for _ in 0..6 {
            let last = collateral_weight(&exchange);
            let (before, _) = free_collateral(&exchange);
            let collateral_weight_e9 = dice.between(0, 1_000_000_000);
            exchange.set_asset(AssetParams { collateral_weight_e9, ..exchange.params });
            prop_assert!(collateral_weight(&exchange) >= last - 1e-9);
            let (after, slack) = free_collateral(&exchange);
            prop_assert!(after >= before - slack, "at once: {} {}", before, after);
            let last = collateral_weight(&exchange);
            let secs = dice.between(0, 400_000).cast_signed();
            exchange.now += secs;
            let now = collateral_weight(&exchange);
            prop_assert!(now >= last - secs as f64 / 360_000.0 - 2e-9);
            prop_assert!(now >= collateral_weight_e9 as f64 / 1e9 - 1e-9);
            if secs >= 360_000 {
                prop_assert_eq!(exchange.effective().collateral_weight, exchange.coefficients.collateral_weight);
            }
        }
    }
}
