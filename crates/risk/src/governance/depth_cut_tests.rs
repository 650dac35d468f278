use super::*;
use crate::params::AssetParams;

const NOW: i64 = 1_700_000_000;
const HOUR: i64 = 3_600;

fn followed(cut: &DepthCut, target_e9: u64, secs: i64) -> DepthCut {
    let mut next = *cut;
    next.follow(target_e9, 0, cut.at_ts + secs);
    next
}

fn at(cut_e9: u64) -> DepthCut {
    DepthCut { cut_e9, at_ts: NOW }
}

fn coefficients(cut_e9: u64) -> AssetCoefficients {
    let whole = AssetCoefficients::new(&AssetParams::reference(), 28_800).unwrap();
    at(cut_e9).coefficients(&whole)
}

#[test]
fn it_takes_five_days_to_a_half_and_as_long_back() {
    let (mut cut, mut samples) = (at(0), 0);
    while cut.cut_e9 < DEPTH_CUT_MAX_E9 {
        cut = followed(&cut, u64::MAX, 300);
        samples += 1;
    }
    assert_eq!(samples, 1_441, "120 h, and one for what is rounded down");
    while cut.cut_e9 > 0 {
        cut = followed(&cut, 0, 300);
        samples += 1;
    }
    assert_eq!(samples, 2 * 1_441);
    assert_eq!(cut.at_ts, NOW + 2 * 1_441 * 300);
}

#[test]
fn it_stops_at_its_target() {
    assert_eq!(followed(&at(100), 200, 300).cut_e9, 200);
    assert_eq!(followed(&at(300), 200, 300).cut_e9, 200);
    assert_eq!(followed(&at(200), 200, 300).cut_e9, 200);
    assert_eq!(followed(&at(0), u64::MAX, 0).cut_e9, 0);
}

#[test]
fn a_silence_counts_a_quarter_of_an_hour() {
    let quarter = 900 * 1_000_000_000 / 864_000;
    for secs in [900, 901, HOUR, 1_000 * HOUR, i64::MAX - NOW] {
        assert_eq!(followed(&at(0), DEPTH_CUT_MAX_E9, secs).cut_e9, quarter);
        assert_eq!(
            followed(&at(DEPTH_CUT_MAX_E9), 0, secs).cut_e9,
            DEPTH_CUT_MAX_E9 - quarter
        );
    }
    // A clock that runs back moves nothing, and gives no second step.
    let back = followed(&at(0), DEPTH_CUT_MAX_E9, -HOUR);
    assert_eq!(back, at(0));
}

#[test]
fn while_a_ramp_runs_it_does_not_grow_but_falls() {
    let mut cut = at(1_000_000);
    cut.follow(DEPTH_CUT_MAX_E9, NOW + HOUR, NOW + 900);
    assert_eq!(
        cut,
        DepthCut {
            cut_e9: 1_000_000,
            at_ts: NOW + 900
        }
    );
    // Of the time since the sample before only what lies behind the ramp counts.
    let mut after = cut;
    after.follow(DEPTH_CUT_MAX_E9, NOW + 1_700, NOW + 1_800);
    assert_eq!(after.cut_e9, 1_000_000 + 100 * 1_000_000_000 / 864_000);
    cut.follow(0, NOW + HOUR, NOW + 1_000);
    assert_eq!(cut.cut_e9, 1_000_000 - 100 * 1_000_000_000 / 864_000);
}

#[test]
fn l_is_rounded_down_and_its_reciprocal_up() {
    let whole = coefficients(0);
    assert_eq!(
        whole,
        AssetCoefficients::new(&AssetParams::reference(), 28_800).unwrap()
    );
    let half = coefficients(DEPTH_CUT_MAX_E9);
    assert_eq!(half.depth_quote_atoms, 5_000_000_000_000);
    assert_eq!(
        half.inverse_depth,
        Reciprocal::new_ceil(10_000_000_000_000).times_ceil(2, 0)
    );
    assert_eq!(half.inverse_depth.divisor_floor(), 4_999_999_999_999); // 1/L up, and back down
    assert_eq!(coefficients(u64::MAX), half, "never more than half");
    let third = coefficients(333_333_333);
    assert_eq!(third.depth_quote_atoms, 6_666_666_670_000);
    assert!(
        !third
            .inverse_depth
            .at_most(Reciprocal::new_ceil(6_666_666_670_001))
    );
    // Nothing but L.
    let back = AssetCoefficients {
        depth_quote_atoms: whole.depth_quote_atoms,
        inverse_depth: whole.inverse_depth,
        ..third
    };
    assert_eq!(back, whole);
}

#[test]
fn both_levels_are_cut_alike() {
    let whole = coefficients(0);
    let terms = AssetTerms::from_coefficients(&whole);
    let levels = LevelCoefficients {
        maintenance: whole,
        initial: Some(terms),
    };
    let cut = at(250_000_000).levels(&levels);
    assert_eq!(cut.maintenance, coefficients(250_000_000));
    let expected = AssetTerms::from_coefficients(&cut.maintenance);
    assert_eq!(cut.initial, Some(expected));
    let lone = LevelCoefficients {
        initial: None,
        ..levels
    };
    assert_eq!(at(250_000_000).levels(&lone).initial, None);
}
