use super::*;
use crate::RiskError;
use crate::params::AssetParams;

const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

fn coefficients(edit: impl Fn(&mut AssetParams)) -> AssetCoefficients {
    let mut params = AssetParams::reference();
    params.collateral_weight_e9 = 1_000_000_000;
    edit(&mut params);
    AssetCoefficients::new(&params, 28_800).unwrap()
}

fn ramp(old: &AssetCoefficients, new: &AssetCoefficients) -> AssetRamp {
    AssetRamp::default().next(old, new, NOW)
}

/// Seconds that a change of the reference takes.
fn secs(before: impl Fn(&mut AssetParams), after: impl Fn(&mut AssetParams)) -> i64 {
    let window = ramp(&coefficients(before), &coefficients(after)).window();
    assert_eq!(window.start_ts, NOW);
    window.end_ts - NOW
}

/// L that a reciprocal stands for.
fn depth(inverse: Reciprocal) -> f64 {
    2f64.powi(inverse.shift.try_into().unwrap()) / inverse.mantissa as f64
}

#[test]
fn durations_are_those_of_section_8() {
    // Doubled: 240 h. A tenth more: 24 h, and less is as long.
    assert_eq!(secs(|_| (), |p| p.basis_e9 = 10_000_000), 10 * DAY);
    assert_eq!(secs(|_| (), |p| p.basis_e9 = 5_400_000), DAY);
    assert_eq!(secs(|_| (), |p| p.basis_e9 = 5_000_001), DAY);
    let steep = secs(|_| (), |p| p.max_rate_per_h_e9 = 150_000);
    assert!((5 * DAY..=5 * DAY + 1).contains(&steep), "{steep}");
    assert_eq!(secs(|_| (), |p| p.s_max_short_e9 = 6_000_000_000), 10 * DAY);
    let long = |s_max| move |p: &mut AssetParams| p.s_max_mm_long_e9 = s_max;
    assert_eq!(secs(long(400_000_000), long(600_000_000)), 5 * DAY);
    // √4 − 1 = 1; √2 − 1 = 0.41421.
    let fewer = |share: u64| move |p: &mut AssetParams| p.depth_quote_atoms /= share;
    let quarter = secs(|_| (), fewer(4));
    assert!((10 * DAY..=10 * DAY + 1).contains(&quarter), "{quarter}");
    let half = secs(|_| (), fewer(2));
    assert!((357_880..=357_882).contains(&half), "{half}");
    assert_eq!(secs(|_| (), |p| p.depth_quote_atoms -= 1), DAY);
    // From nothing to something.
    assert_eq!(secs(|p| p.basis_e9 = 0, |p| p.basis_e9 = 1), 10 * DAY);
    assert_eq!(
        secs(|p| p.max_rate_per_h_e9 = 0, |p| p.max_rate_per_h_e9 = 1),
        10 * DAY
    );
    // The longest of several.
    let several =
        |p: &mut AssetParams| (p.basis_e9, p.s_max_short_e9) = (10_000_000, 9_000_000_000);
    assert_eq!(secs(|_| (), several), 20 * DAY);
}

#[test]
fn charges_from_nothing_grow_from_the_rest_of_the_margin() {
    // 8 h·0.25 % = 2 %, four times the least shock of 0.5 %, and four times the basis of 0.5 %.
    let steep = |p: &mut AssetParams| p.max_rate_per_h_e9 = 2_500_000;
    let four = secs(|p| p.max_rate_per_h_e9 = 0, steep);
    assert!((40 * DAY..=40 * DAY + 1).contains(&four), "{four}");
    // A hedged short has only its charges: 2 % from 0.1 %.
    let thin =
        |rate| move |p: &mut AssetParams| (p.basis_e9, p.max_rate_per_h_e9) = (1_000_000, rate);
    let twenty = secs(thin(0), thin(2_500_000));
    assert!((200 * DAY..=200 * DAY + 1).contains(&twenty), "{twenty}");
    // A basis from 0 to 1 % beside a provision of 0.08 %.
    let hedged = secs(|p| p.basis_e9 = 0, |p| p.basis_e9 = 10_000_000);
    assert!((125 * DAY..=125 * DAY + 1).contains(&hedged), "{hedged}");
    // Nothing at all: as from the least shock.
    let none = |basis| move |p: &mut AssetParams| (p.basis_e9, p.max_rate_per_h_e9) = (basis, 0);
    let free = secs(none(0), none(10_000_000));
    assert!((20 * DAY..=20 * DAY + 1).contains(&free), "{free}");
}

#[test]
fn what_mm_does_not_read_beside_u_is_not_ramped() {
    let (old, new) = (
        coefficients(|_| ()),
        coefficients(|p| {
            (p.k_e9, p.s_floor_e9, p.gamma_e9) = (3_000_000_000, 20_000_000, 1);
            (p.s_max_im_long_e9, p.oi_hi_quote_atoms) = (900_000_000, 60_000_000_000_000);
        }),
    );
    assert_eq!(ramp(&old, &new), AssetRamp::default());
    assert_eq!(ramp(&old, &new).coefficients(&new, NOW), new);
    // Nor does it touch one in force.
    let tighter = coefficients(|p| p.basis_e9 = 10_000_000);
    let running = ramp(&old, &tighter);
    let other = AssetCoefficients {
        gamma: Fraction::ZERO,
        ..tighter
    };
    assert_eq!(running.next(&tighter, &other, NOW + 5 * DAY), running);
}

#[test]
fn values_move_along_the_line() {
    let old = coefficients(|_| ());
    let new = coefficients(|p| {
        (p.basis_e9, p.max_rate_per_h_e9) = (7_000_000, 110_000);
        (p.s_max_mm_long_e9, p.s_max_short_e9) = (650_000_000, 4_000_000_000);
        p.depth_quote_atoms /= 4; // 240 h
    });
    let ramp = ramp(&old, &new);
    let end = ramp.window().end_ts;
    let start = ramp.coefficients(&new, NOW);
    assert_eq!(
        AssetTerms::from_coefficients(&start),
        AssetTerms::from_coefficients(&old)
    );
    assert_eq!(ramp.coefficients(&new, end), new);
    assert_eq!(ramp.coefficients(&new, NOW - 1), start);
    let middle = ramp.coefficients(&new, NOW + (end - NOW) / 2);
    let near = |value: Fraction, e9: f64| {
        let value = value.to_bits() as f64 / 2f64.powi(60) * 1e9;
        assert!((value - e9).abs() <= e9 * 1e-6, "{value} {e9}");
    };
    near(middle.basis, 6_000_000.0);
    near(middle.funding_provision, 840_000.0);
    near(middle.s_max_mm_long, 650_000_000.0);
    near(middle.s_max_short, 3_500_000_000.0);
    // 1/√L from 1 to 2: in the middle 1.5.
    let shallow = depth(old.inverse_depth) / depth(middle.inverse_depth);
    assert!((shallow - 2.25).abs() < 1e-5, "{shallow}");
    // All else is the new one, also where the size term begins.
    let same = AssetCoefficients {
        basis: new.basis,
        funding_provision: new.funding_provision,
        s_max_short: new.s_max_short,
        inverse_depth: new.inverse_depth,
        ..middle
    };
    assert_eq!(same, new);
}

#[test]
fn depth_moves_by_the_root_over_its_whole_range() {
    for (from, to) in [
        (u64::MAX, 1),
        (1 << 40, 3),
        (1_000_003, 1_000_001),
        (7, 6),
        (2, 1),
    ] {
        let old = coefficients(|p| p.depth_quote_atoms = from);
        let new = coefficients(|p| p.depth_quote_atoms = to);
        let ramp = ramp(&old, &new);
        let window = ramp.window();
        let mut last = old.inverse_depth;
        for step in 0..=64 {
            let secs = (i128::from(window.end_ts - NOW) * step / 64) as i64;
            let now = ramp.coefficients(&new, NOW + secs).inverse_depth;
            assert!(last.at_most(now), "{from} {to} {step}");
            let root = (from as f64 / to as f64).sqrt();
            let share = secs as f64 / (window.end_ts - NOW) as f64;
            let line = from as f64 / (1.0 + (root - 1.0) * share).powi(2);
            // One unit of 2^-31 of the root where it starts, one where it is.
            let error = depth(now) / line - 1.0;
            assert!(
                (-1e-12..2e-9).contains(&error),
                "{from} {to} {step} {error}"
            );
            last = now;
        }
        assert_eq!(last, new.inverse_depth);
    }
}

#[test]
fn weight_falls_by_a_point_an_hour() {
    let old = coefficients(|_| ());
    let new = coefficients(|p| p.collateral_weight_e9 = 250_000_000);
    let ramp = ramp(&old, &new);
    assert_eq!(ramp.window().end_ts, NOW, "no other field moves");
    let collateral_weight = |secs| {
        ramp.coefficients(&new, NOW + secs)
            .collateral_weight
            .to_e9_ceil()
    };
    assert_eq!(collateral_weight(0), 1_000_000_000);
    assert_eq!(collateral_weight(-1), 1_000_000_000);
    assert_eq!(collateral_weight(1), 1_000_000_000 - 2_777);
    assert_eq!(collateral_weight(HOUR), 990_000_000);
    assert_eq!(collateral_weight(74 * HOUR), 260_000_000);
    assert_eq!(collateral_weight(75 * HOUR), 250_000_000);
    assert_eq!(collateral_weight(1_000 * HOUR), 250_000_000);
    assert_eq!(ramp.coefficients(&new, NOW + 75 * HOUR), new);
    // Changed again midway: from there on, at the same pace.
    let none = coefficients(|p| p.collateral_weight_e9 = 0);
    let again = ramp.next(&new, &none, NOW + 10 * HOUR);
    let collateral_weight = |secs| {
        again
            .coefficients(&none, NOW + secs)
            .collateral_weight
            .to_e9_ceil()
    };
    assert_eq!(collateral_weight(10 * HOUR), 900_000_000);
    assert_eq!(collateral_weight(99 * HOUR), 10_000_000);
    assert_eq!(collateral_weight(100 * HOUR), 0);
    // Raised: at once.
    let raised = ramp.next(&new, &old, NOW + 10 * HOUR);
    assert_eq!(raised.coefficients(&old, NOW + 10 * HOUR), old);
}

#[test]
fn a_ramp_that_is_replaced_starts_from_its_value_of_now() {
    let old = coefficients(|_| ());
    let new = coefficients(|p| (p.basis_e9, p.depth_quote_atoms) = (10_000_000, 5_000_000_000_000));
    let running = ramp(&old, &new);
    let middle = NOW + 5 * DAY;
    let held = running.coefficients(&new, middle);
    // Further, by another field: nothing moves at that moment, and what is left of the first is ramped.
    let further = coefficients(|p| {
        (p.basis_e9, p.depth_quote_atoms) = (10_000_000, 5_000_000_000_000);
        p.max_rate_per_h_e9 = 120_000;
    });
    let next = running.next(&new, &further, middle);
    assert_eq!(
        AssetTerms::from_coefficients(&next.coefficients(&further, middle)),
        AssetTerms::from_coefficients(&held)
    );
    // 0.75 % to 1 %: a third of 240 h.
    let left = next.window().end_ts - middle;
    assert!((288_000..=288_010).contains(&left), "{left}");
    // Less far: still tighter than now, so a ramp; the depth is looser than now, so at once.
    let nearer =
        coefficients(|p| (p.basis_e9, p.depth_quote_atoms) = (8_000_000, 9_000_000_000_000));
    let next = running.next(&new, &nearer, middle);
    let now = next.coefficients(&nearer, middle);
    assert_eq!(
        (now.basis, now.inverse_depth),
        (held.basis, nearer.inverse_depth)
    );
    assert_eq!(next.window().end_ts - middle, DAY); // a fifteenth
    // Cancelled: the old ones, at once. Tightened after that: from there.
    let cancelled = running.next(&new, &old, middle);
    assert_eq!(cancelled.coefficients(&old, middle), old);
    let again = cancelled.next(&old, &new, middle);
    assert_eq!(
        AssetTerms::from_coefficients(&again.coefficients(&new, middle)),
        AssetTerms::from_coefficients(&old)
    );
    assert_eq!(again.window().end_ts - middle, 10 * DAY);
}

/// The coefficients of MM, and the terms of IM where they are others.
fn split(
    ramp: &AssetRamp,
    to: &AssetCoefficients,
    now: i64,
) -> (AssetCoefficients, Option<AssetTerms>) {
    let split = ramp.split(to, now);
    (split.maintenance, split.initial)
}

#[test]
fn both_levels_are_split_while_they_differ() {
    let lower_s_max = |p: &mut AssetParams| p.s_max_mm_long_e9 = 600_000_000;
    let old = coefficients(lower_s_max);
    let new = coefficients(|p| (p.basis_e9, p.collateral_weight_e9) = (10_000_000, 0));
    assert_eq!(split(&AssetRamp::default(), &new, NOW), (new, None));
    let ramp = ramp(&old, &new);
    // At once for IM; MM still reads what was.
    assert_eq!(
        split(&ramp, &new, NOW),
        (old, Some(AssetTerms::from_coefficients(&new)))
    );
    let middle = NOW + 2 * DAY;
    let (effective, initial) = split(&ramp, &new, middle);
    assert_eq!(effective, ramp.coefficients(&new, middle));
    let initial = initial.unwrap();
    assert_eq!(initial.within(&effective), new);
    assert_eq!(
        (initial.basis, initial.collateral_weight),
        (new.basis, Fraction::ZERO)
    );
    // Basis takes ten days, collateral weight 100 h.
    let late = NOW + 5 * DAY;
    let (effective, initial) = split(&ramp, &new, late);
    assert_eq!(effective.collateral_weight, Fraction::ZERO);
    assert_eq!(initial, Some(AssetTerms::from_coefficients(&new)));
    assert_eq!(split(&ramp, &new, NOW + 10 * DAY), (new, None));
    // A collateral weight alone has no window, and is split for as long as it falls.
    let lower = coefficients(|p| {
        lower_s_max(p);
        p.collateral_weight_e9 = 0;
    });
    let ramp = self::ramp(&old, &lower);
    assert_eq!(ramp.window().end_ts, NOW);
    let terms = Some(AssetTerms::from_coefficients(&lower));
    assert_eq!(split(&ramp, &lower, NOW + 100 * HOUR - 1).1, terms);
    assert_eq!(split(&ramp, &lower, NOW + 100 * HOUR), (lower, None));
}

/// Not before both the window and the time that collateral weight may take have passed.
#[test]
fn a_ramp_is_over_once_nothing_can_move() {
    let old = coefficients(|_| ());
    let basis = coefficients(|p| p.basis_e9 = 10_000_000);
    let collateral_weight = coefficients(|p| p.collateral_weight_e9 = 0);
    for (new, secs) in [(basis, 10 * DAY), (collateral_weight, 100 * HOUR)] {
        let ramp = ramp(&old, &new);
        let words = ramp.to_words();
        assert!(!AssetRamp::is_over(&words, NOW));
        assert!(!AssetRamp::is_over(&words, NOW + secs - 1), "{secs}");
        assert!(AssetRamp::is_over(&words, NOW + secs), "{secs}");
        assert_eq!(split(&ramp, &new, NOW + secs), (new, None));
    }
    assert!(AssetRamp::is_over(&[0; AssetRamp::WORDS], NOW));
}

#[test]
fn words_come_back() {
    let old = coefficients(|_| ());
    let new = coefficients(|p| {
        (p.basis_e9, p.max_rate_per_h_e9, p.collateral_weight_e9) = (9_000_000, 200_000, 0);
        (p.depth_quote_atoms, p.s_max_short_e9) = (1_000_000_000, 8_000_000_000);
    });
    let ramp = ramp(&old, &new);
    let words = ramp.to_words();
    assert_eq!(AssetRamp::from_words(&words), ramp);
    for i in 0..AssetRamp::WORDS {
        let mut other = words;
        other[i] ^= 1;
        assert_ne!(AssetRamp::from_words(&other), ramp, "word {i}");
    }
    let none = AssetRamp::from_words(&[0; AssetRamp::WORDS]);
    assert_eq!(none, AssetRamp::default());
    assert_eq!(none.coefficients(&new, 0), new);
}

#[test]
fn coefficients_of_nothing_do_no_harm() {
    let (zero, some) = (AssetCoefficients::default(), coefficients(|_| ()));
    for (old, new) in [(zero, some), (some, zero)] {
        let ramp = ramp(&old, &new);
        let later = ramp.coefficients(&new, NOW + 400 * DAY);
        assert_eq!(later, new);
        ramp.coefficients(&new, NOW + 1);
    }
    let short = AssetParams {
        max_rate_per_h_e9: u64::MAX,
        ..AssetParams::reference()
    };
    assert_eq!(
        AssetCoefficients::new(&short, 28_800),
        Err(RiskError::Overflow)
    );
}
