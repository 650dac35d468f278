use super::*;

#[test]
fn a_move_over_a_gap_counts_in_the_tail_and_not_in_a_correlation() {
    let point = |ts: i64, close: f64| Point {
        ts,
        close,
        price: freeboard_risk::number::quantity::Price(1),
        unit_shock: Default::default(),
        sigma_c: 0.01,
        sigma_fast: 0.01,
    };
    let points = [point(0, 100.0), point(3_600, 101.0), point(18_000, 50.5)];
    let residuals: Vec<f64> = residuals(&points).collect();
    assert!((residuals[0] - 1.0).abs() < 1e-9);
    assert!(
        (residuals[1] - 25.0).abs() < 1e-9,
        "half over 2 %, σ of 4 h"
    );
    let hourly = filtered(&points);
    assert_eq!((hourly.len(), hourly[0].0), (1, 3_600));
}

/// Hourly closes that move by 0.3 % or nothing, but for a storm of 90 hours whose moves are of this size.
fn with_storm(size: f64) -> Series {
    let (mut seed, mut close) = (1u64, 100.0);
    let bars = (0..6_000_i64).map(|hour| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let unit = [-1.0, -0.5, 0.5, 1.0][(seed >> 62) as usize];
        let storm = (3_000..3_090).contains(&hour);
        close *= f64::exp(unit * if storm { size } else { 0.003 });
        Bar::flat(hour * HOUR_SECS, close)
    });
    Series {
        asset: "BTC".to_owned(),
        source: String::new(),
        file: "BTCUSDT_x_1h.csv".to_owned(),
        step_secs: HOUR_SECS,
        bars: bars.collect(),
        doubtful: Default::default(),
        turnover: Vec::new(),
    }
}

fn fitted(series: &Series) -> Fit {
    let entry = AssetEntry {
        name: "BTC".to_owned(),
        params: AssetParams::reference(),
        oracle: freeboard_risk::params::OracleParams::reference(),
        trade: TradeParams::reference(),
    };
    fit_asset(series, &entry, &PortfolioParams::reference()).unwrap()
}

fn evidence_of<'a>(fit: &'a Fit, key: &str) -> &'a str {
    let found = fit.evidence.iter().find(|(of, _)| *of == key);
    &found.unwrap().1
}

#[test]
fn omega_rises_where_margins_swing_too_far() {
    let fit = fitted(&with_storm(0.05));
    let omega_e9 = fit.entry.params.omega_e9;
    assert!(omega_e9 > AssetParams::reference().omega_e9);
    let said = evidence_of(&fit, "omega_e9");
    assert!(said.contains("; with 0.25 it is "), "{said}");
    let swing: f64 = said["the largest MM is ".len()..][..4].parse().unwrap();
    assert_eq!(swing <= SWING_MAX, omega_e9 < OMEGA_E9[1], "{said}");
    // A market without a storm keeps what was given.
    let calm = fitted(&with_storm(0.004));
    assert_eq!(calm.entry.params.omega_e9, 250_000_000);
    assert!(evidence_of(&calm, "omega_e9").ends_with("as given"));
}

#[test]
fn k_is_the_least_that_is_enough_and_a_margin() {
    let series = with_storm(0.05);
    let params = AssetParams {
        sigma_initial_e9: first_sigma_e9(&series),
        ..AssetParams::reference()
    };
    let k = fit_k(&series, &params, &PortfolioParams::reference()).unwrap();
    let wanted = k.least_e9 as f64 * K_MARGIN;
    if k.at_the_bound {
        assert!(wanted < k.k_e9 as f64);
    } else {
        assert!(
            (0.0..50_000_000.0).contains(&(k.k_e9 as f64 - wanted)),
            "{k:?}"
        );
    }
    assert!(k.rates.iter().all(|rate| *rate <= AIM), "{k:?}");
}

#[test]
fn a_cap_near_the_peak_is_said_to_be() {
    let fit = fitted(&with_storm(0.25));
    let note = fit.notes.iter().find(|note| note.contains("sigma_cap_e9"));
    let note = note.unwrap_or_else(|| panic!("{:?}", fit.notes));
    assert!(
        note.contains("times the peak of σ_c, less than 1.2"),
        "{note}"
    );
    assert!(
        fitted(&with_storm(0.05))
            .notes
            .iter()
            .all(|note| !note.contains("sigma_cap"))
    );
}

#[test]
fn a_fit_does_not_depend_on_the_volatilities_that_it_starts_from() {
    let series = with_storm(0.05);
    let once = fitted(&series);
    let portfolio = PortfolioParams::reference();
    let twice = fit_asset(&series, &once.entry, &portfolio).unwrap();
    assert_eq!(twice.entry.params, once.entry.params);
    assert_eq!(twice.entry.trade, once.entry.trade);
}

#[test]
fn a_lower_floor_takes_a_larger_skew_scale_of_two_digits() {
    let trade = TradeParams {
        open_interest_cap_atoms: 4_500,
        funding_scale_atoms: 4_500,
        skew_scale_atoms: 770_000,
        ..TradeParams::reference()
    };
    // 4,500 · 2 / 1.06 % = 849,057
    assert_eq!(secured(trade, 10_600_000).skew_scale_atoms, 850_000);
    assert_eq!(secured(trade, 11_700_000).skew_scale_atoms, 770_000);
}
