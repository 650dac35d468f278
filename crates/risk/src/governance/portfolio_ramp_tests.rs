use super::*;
use crate::params::{PortfolioParams, Scenario};

const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

fn coefficients(edit: impl Fn(&mut PortfolioParams)) -> PortfolioCoefficients {
    let mut params = PortfolioParams::reference();
    edit(&mut params);
    PortfolioCoefficients::new(&params).unwrap()
}

fn scenario(weight_e9: u64, shocks: &[i64]) -> ScenarioCoefficients {
    let mut scenario = Scenario {
        weight_e9,
        ..Scenario::default()
    };
    scenario.shock_e9[..shocks.len()].copy_from_slice(shocks);
    ScenarioCoefficients::new(&scenario).unwrap()
}

const WHOLE: u64 = 1_000_000_000;
const PERCENT: i64 = 10_000_000;

/// Seconds that a change of the reference takes.
fn secs(before: impl Fn(&mut PortfolioParams), after: impl Fn(&mut PortfolioParams)) -> i64 {
    let (old, new) = (coefficients(before), coefficients(after));
    let target = |coefficients| TargetTerms {
        coefficients,
        scenarios: &[],
    };
    let ramp = PortfolioRamp::default().next(&mut [], &target(&old), &target(&new), NOW);
    ramp.window().end_ts - NOW
}

/// The ramp from one scenario to another, its start, and how long it takes.
fn of_scenario(
    old: ScenarioCoefficients,
    new: ScenarioCoefficients,
) -> (PortfolioRamp, ScenarioCoefficients, i64) {
    let c = coefficients(|_| ());
    let (old, new) = ([old], [new]);
    let target = |scenarios| TargetTerms {
        coefficients: &c,
        scenarios,
    };
    let mut starts = [ScenarioCoefficients::default()];
    let none = PortfolioRamp::default();
    let ramp = none.next(&mut starts, &target(&old), &target(&new), NOW);
    (ramp, starts[0], ramp.window().end_ts - NOW)
}

#[track_caller]
fn assert_secs(actual: i64, expected: i64) {
    assert!(
        (expected..=expected + 2).contains(&actual),
        "{actual} {expected}"
    );
}

#[test]
fn durations_are_those_of_section_8() {
    assert_secs(secs(|_| (), |p| p.phi_e9 = 200_000_000), 10 * DAY);
    assert_secs(secs(|_| (), |p| p.phi_e9 = 101_000_000), DAY);
    // 0.1/0.2
    assert_secs(secs(|_| (), |p| p.theta_e9 = 700_000_000), 5 * DAY);
    // 0.6·0.15 and 1.25·0.6
    let narrow = |p: &mut PortfolioParams| (p.rho_lo_e9, p.rho_hi_e9) = (600_000_000, 850_000_000);
    let hi = |p: &mut PortfolioParams| (p.rho_lo_e9, p.rho_hi_e9) = (600_000_000, 1_000_000_000);
    let lo = |p: &mut PortfolioParams| (p.rho_lo_e9, p.rho_hi_e9) = (0, 850_000_000);
    let both = |p: &mut PortfolioParams| (p.rho_lo_e9, p.rho_hi_e9) = (0, 1_000_000_000);
    assert_secs(secs(narrow, hi), DAY); // 21.6 h
    assert_secs(secs(narrow, lo), 648_000);
    assert_secs(secs(narrow, both), 648_000);
    // θ and ρ act on one term.
    let joint = |p: &mut PortfolioParams| (p.theta_e9, p.rho_lo_e9) = (700_000_000, 100_000_000);
    assert_secs(secs(|_| (), joint), 5 * DAY + 432_000);
    // Looser, or not read by MM: no ramp.
    assert_eq!(
        secs(|_| (), |p| p.upnl_weight_e9 = 1),
        -NOW,
        "none there was"
    );
    assert_eq!(secs(|p| p.phi_e9 = 500_000_000, |_| ()), 0);
    assert_eq!(secs(both, narrow), 0);
}

#[test]
fn values_move_along_the_line() {
    let old = coefficients(|_| ());
    let new = coefficients(|p| {
        (p.theta_e9, p.phi_e9) = (600_000_000, 120_000_000);
        (p.rho_lo_e9, p.rho_hi_e9) = (400_000_000, 1_000_000_000);
    });
    let target = |coefficients| TargetTerms {
        coefficients,
        scenarios: &[],
    };
    let none = PortfolioRamp::default();
    let ramp = none.next(&mut [], &target(&old), &target(&new), NOW);
    let end = ramp.window().end_ts;
    assert_eq!(ramp.coefficients(&new, NOW), old);
    assert_eq!(ramp.coefficients(&new, end), new);
    let middle = ramp.coefficients(&new, NOW + (end - NOW) / 2);
    let near = |value: Fraction, e9: f64| {
        let value = value.to_bits() as f64 / 2f64.powi(60) * 1e9;
        assert!((value - e9).abs() <= e9 * 1e-6, "{value} {e9}");
    };
    near(middle.theta, 700_000_000.0);
    near(middle.one_minus_theta, 300_000_000.0);
    near(middle.phi, 110_000_000.0);
    near(middle.rho_lo, 450_000_000.0);
    near(middle.rho_hi, 975_000_000.0);
    // Midway to something tighter and something looser.
    let other = coefficients(|p| (p.theta_e9, p.phi_e9) = (800_000_000, 150_000_000));
    let at = NOW + (end - NOW) / 2;
    let next = ramp.next(&mut [], &target(&new), &target(&other), at);
    let now = next.coefficients(&other, at);
    assert_eq!(now.theta, other.theta);
    assert_eq!(now.phi, middle.phi);
    // What MM does not read leaves it alone.
    let same = coefficients(|p| {
        (p.theta_e9, p.phi_e9) = (600_000_000, 120_000_000);
        (p.rho_lo_e9, p.rho_hi_e9) = (400_000_000, 1_000_000_000);
        p.z_e9 = 3_000_000_000;
    });
    assert_eq!(ramp.next(&mut [], &target(&new), &target(&same), at), ramp);
}

#[test]
fn a_scenario_grows_from_what_it_took_and_at_least_from_the_least_shock() {
    let fall = |percent: i64| scenario(WHOLE, &[-percent * PERCENT]);
    let nothing = ScenarioCoefficients::default();
    assert_secs(of_scenario(fall(20), fall(40)).2, 10 * DAY);
    assert_secs(of_scenario(fall(20), fall(21)).2, DAY);
    let heavier = of_scenario(scenario(WHOLE / 2, &[-20 * PERCENT]), fall(20)).2;
    assert_secs(heavier, 10 * DAY);
    // From nothing: 240 h, or 240 h for each 0.5 %.
    assert_secs(of_scenario(nothing, scenario(WHOLE, &[-1])).2, 10 * DAY);
    assert_secs(of_scenario(nothing, fall(1)).2, 20 * DAY);
    assert_secs(of_scenario(nothing, fall(30)).2, 600 * DAY);
    assert_secs(of_scenario(scenario(WHOLE, &[-1]), fall(1)).2, 20 * DAY);
    // Another sign starts from nothing.
    assert_secs(
        of_scenario(scenario(WHOLE, &[30 * PERCENT]), fall(1)).2,
        20 * DAY,
    );
    // The longest of all buckets.
    let (old, new) = (
        scenario(WHOLE, &[PERCENT, PERCENT]),
        scenario(WHOLE, &[2 * PERCENT, 4 * PERCENT]),
    );
    assert_secs(of_scenario(old, new).2, 30 * DAY);
    // Looser: none.
    assert_eq!(of_scenario(fall(40), fall(20)).2, 0);
    assert_eq!(of_scenario(fall(40), nothing).2, 0);
    // The same product by another weight is the same scenario: no ramp starts.
    assert_eq!(
        of_scenario(scenario(WHOLE / 2, &[-40 * PERCENT]), fall(20)).2,
        -NOW
    );
}

#[test]
fn a_scenario_moves_by_the_product() {
    let old = scenario(
        WHOLE,
        &[-20 * PERCENT, 10 * PERCENT, 30 * PERCENT, -10 * PERCENT],
    );
    let new = scenario(
        WHOLE / 2,
        &[-60 * PERCENT, 40 * PERCENT, 20 * PERCENT, 10 * PERCENT],
    );
    let (ramp, start, _) = of_scenario(old, new);
    let end = ramp.window().end_ts;
    assert_eq!(ramp.scenario(&start, &new, end), new);
    let first = ramp.scenario(&start, &new, NOW);
    // Tighter from the old value, looser at once, across 0 from 0.
    let percents = |scenario: ScenarioCoefficients| {
        scenario
            .shock
            .map(|shock| (shock as f64 / 2f64.powi(60) * 1e6).round() / 1e4)
    };
    assert_eq!(percents(first)[..5], [-20.0, 10.0, 10.0, 0.0, 0.0]);
    let middle = ramp.scenario(&start, &new, NOW + (end - NOW) / 2);
    assert_eq!(percents(middle)[..5], [-25.0, 15.0, 10.0, 2.5, 0.0]);
    assert!(middle.shock[0] <= 0 && middle.shock[0].unsigned_abs() <= (1 << 60) / 4);
}

#[test]
fn scenarios_come_and_go_by_their_index() {
    let c = coefficients(|_| ());
    let fall = |percent: i64| scenario(WHOLE, &[-percent * PERCENT]);
    let mut starts = [ScenarioCoefficients::default(); 2];
    let target = |scenarios| TargetTerms {
        coefficients: &c,
        scenarios,
    };
    let (one, two) = ([fall(20)], [fall(20), fall(1)]);
    let none = PortfolioRamp::default();
    let ramp = none.next(&mut starts, &target(&one), &target(&two), NOW);
    assert_eq!(starts, [fall(20), scenario(WHOLE, &[])]);
    // The first does not move, the second starts from nothing.
    let at = NOW + 10 * DAY;
    assert_eq!(ramp.scenario(&starts[0], &two[0], at), two[0]);
    let half = ramp.scenario(&starts[1], &two[1], at).shock[0];
    assert!(
        (half as f64 / two[1].shock[0] as f64 - 0.5).abs() < 1e-6,
        "{half}"
    );
    // Removed midway, and the first deepened: the second is nothing at once.
    let deeper = [fall(30)];
    let next = ramp.next(&mut starts, &target(&two), &target(&deeper), at);
    assert_eq!(starts[1], ScenarioCoefficients::default());
    assert_eq!(
        next.scenario(&starts[0], &deeper[0], at).shock,
        two[0].shock
    );
    assert_secs(next.window().end_ts - at, 5 * DAY);
    // Nothing changed: nothing moves.
    let before = starts;
    assert_eq!(
        next.next(&mut starts, &target(&deeper), &target(&deeper), at + DAY),
        next
    );
    assert_eq!(starts, before);
}

#[test]
fn words_come_back() {
    let ramp = PortfolioRamp {
        window: RampWindow {
            start_ts: -5,
            end_ts: NOW,
        },
        from: Terms::from_coefficients(&coefficients(|_| ())),
    };
    let words = ramp.to_words();
    assert_eq!(PortfolioRamp::from_words(&words), ramp);
    for i in 0..PortfolioRamp::WORDS {
        let mut other = words;
        other[i] ^= 1;
        assert_ne!(PortfolioRamp::from_words(&other), ramp, "word {i}");
    }
    assert_eq!(PortfolioRamp::from_words(&[0; 7]), PortfolioRamp::default());
    let c = coefficients(|_| ());
    assert_eq!(PortfolioRamp::default().coefficients(&c, 0), c);
}

#[test]
fn values_beyond_every_bound_do_no_harm() {
    let extreme = ScenarioCoefficients {
        shock: [i64::MIN; 8],
    };
    let opposite = ScenarioCoefficients {
        shock: [i64::MAX; 8],
    };
    let (ramp, start, secs) = of_scenario(extreme, opposite);
    assert!(secs > 0);
    assert_eq!(start.shock, [0; 8]);
    assert!(ramp.scenario(&start, &opposite, NOW + DAY).shock[0] >= 0);
    let theta = |theta_e9| {
        PortfolioCoefficients::new(&PortfolioParams {
            theta_e9,
            ..PortfolioParams::reference()
        })
        .unwrap()
    };
    let (all, none) = (theta(WHOLE), theta(0));
    let target = |coefficients| TargetTerms {
        coefficients,
        scenarios: &[],
    };
    let ramp = PortfolioRamp::default().next(&mut [], &target(&all), &target(&none), NOW);
    assert_eq!(ramp.window().end_ts - NOW, 10 * DAY); // 1 − θ = 0: from nothing
}
