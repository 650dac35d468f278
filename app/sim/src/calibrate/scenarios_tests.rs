use super::*;
use freeboard_client::parameters::ParameterFile;

const DEFAULTS: &str = include_str!("../../../../migrations/parameters/default.toml");

/// Hourly closes that move by these parts every hour.
fn series(asset: &str, change: impl Fn(usize) -> f64, hours: usize) -> Series {
    let mut close = 100.0;
    let closes = (0..hours).map(|hour| {
        close *= 1.0 + change(hour);
        close
    });
    Series::of_hourly_closes(asset, closes)
}

/// Quiet hours of ±0.1 %, and every hundredth a move of this size, up and down in turn.
fn with_jumps(hour: usize, jump: f64) -> f64 {
    let sign = if hour.is_multiple_of(2) { 1.0 } else { -1.0 };
    match (hour % 100, hour / 100 % 2) {
        (0, 0) => jump,
        (0, _) => -jump / (1.0 + jump),
        _ => sign * 0.001,
    }
}

fn assets(count: usize) -> Vec<AssetEntry> {
    ParameterFile::parse(DEFAULTS).unwrap().assets[..count].to_vec()
}

fn fitted(series: &[Series], assets: &[AssetEntry]) -> (Vec<ScenarioEntry>, Vec<String>) {
    let mut evidence = Evidence::default();
    let scenarios = fit_scenarios(series, assets, &[], &mut evidence).unwrap();
    (scenarios, evidence.into_notes())
}

/// The move of a bucket that counts, part of its price.
fn product(entry: &ScenarioEntry, bucket: usize) -> f64 {
    f64::from(entry.weight_bps) * f64::from(entry.shock_bps[bucket]) / BPS / BPS
}

#[test]
fn what_moves_together_never_went_apart_and_the_weights_say_so() {
    let jump = |hour| with_jumps(hour, 0.01);
    let prices = [series("BTC", jump, 3_000), series("ETH", jump, 3_000)];
    let (scenarios, notes) = fitted(&prices, &assets(2));
    assert!(notes.is_empty(), "{notes:?}");
    let [crash, rally, down, up] = scenarios[..] else {
        panic!("{scenarios:?}");
    };
    // Every hundredth hour by 1 %: the worst 0.25 % of them are whole.
    assert_eq!(crash.shock_bps[..3], [-99, -99, 0]);
    assert_eq!(rally.shock_bps[..3], [100, 100, 0]);
    for together in [crash, rally] {
        assert!(together.weight_bps >= 9_999, "whole: {together:?}");
    }
    assert_eq!((down.weight_bps, up.weight_bps), (0, 0), "never apart");
}

#[test]
fn a_bucket_that_goes_its_own_way_has_a_scenario_of_its_own() {
    let prices = [
        series("BTC", |hour| with_jumps(hour, 0.01), 3_000),
        series("ETH", |hour| with_jumps(hour, 0.01), 3_000),
        series("SOL", |hour| with_jumps(hour + 50, 0.02), 3_000),
    ];
    let (scenarios, _) = fitted(&prices, &assets(3));
    assert_eq!(scenarios.len(), 8);
    let sol = scenarios[6];
    assert_eq!(sol.shock_bps[..4], [100, 100, -196, 0]);
    // Half of the book in SOL, which fell alone by 2/1.02 %: that half of the shocks of both sides.
    let expected = 0.5 * 0.019_6 / (0.5 * 0.019_6 + 0.5 * 0.01);
    let weight = f64::from(sol.weight_bps) / BPS;
    assert!((weight - expected).abs() < 0.05, "{weight} {expected}");
}

#[test]
fn no_lone_position_notices_a_scenario() {
    let jump = |hour| with_jumps(hour, 0.3);
    let prices = [series("BTC", jump, 3_000), series("SOL", jump, 3_000)];
    let all = assets(3);
    let held = [all[0].clone(), all[2].clone()];
    let (scenarios, _) = fitted(&prices, &held);
    for entry in &scenarios {
        for asset in &held {
            let moved = product(entry, usize::from(asset.params.bucket)).abs();
            assert!(moved <= least_margin(&asset.params), "{entry:?}");
        }
    }
    let btc = product(&scenarios[0], 0);
    assert!(
        btc < -0.9 * least_margin(&held[0].params),
        "as far as it may: {btc}"
    );
}

#[test]
fn where_prices_cannot_tell_the_scenarios_of_the_base_stay() {
    let kept = ScenarioEntry {
        weight_bps: 1_234,
        shock_bps: [-100; 8],
    };
    let still = |prices: &[Series], assets: &[AssetEntry], why: &str| {
        let mut evidence = Evidence::default();
        let scenarios = fit_scenarios(prices, assets, &[kept], &mut evidence).unwrap();
        assert_eq!(scenarios, [kept]);
        let notes = evidence.into_notes();
        assert!(
            notes[0].starts_with("scenarios: kept:") && notes[0].contains(why),
            "{notes:?}"
        );
    };
    let jump = |hour| with_jumps(hour, 0.01);
    let btc = series("BTC", jump, 3_000);
    still(std::slice::from_ref(&btc), &assets(2), "not every asset");
    still(std::slice::from_ref(&btc), &assets(1), "one bucket");
    let late = series("ETH", jump, 1_000);
    still(&[btc, late], &assets(2), "only 996 windows of 4 h");
}

#[test]
fn two_buckets_go_apart_in_two_ways_and_three_in_six() {
    assert_eq!(directions_of(2).len(), 4);
    assert_eq!(directions_of(3).len(), 8);
    assert_eq!(directions_of(3)[4], [false, true, false]);
    assert_eq!(
        directions_of(8).len(),
        18,
        "two more than an exchange takes"
    );
}
