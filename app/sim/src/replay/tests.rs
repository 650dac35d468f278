use super::*;

/// Closes that swing by 1 % every bar, the first ending at `start_ts`.
fn swinging(start_ts: i64, step_secs: i64, bars: i64) -> Series {
    let bar = |index: i64| {
        let close = if index % 2 == 0 { 100.0 } else { 101.0 };
        Bar::flat(start_ts + index * step_secs, close)
    };
    Series {
        step_secs,
        bars: (0..bars).map(bar).collect(),
        ..flat_series(1)
    }
}

#[test]
fn an_episode_goes_on_where_the_hourly_closes_stand() {
    let portfolio = PortfolioParams::reference();
    let asset = ReplayedAsset::new(&AssetParams::reference(), &portfolio).unwrap();
    let joint = JointTerms::without_scenarios(&portfolio).unwrap();
    let margin = |point: &Point| asset.lone_margin(point, &joint).unwrap().maintenance[0];
    let hourly = swinging(0, 3_600, 2_000);
    let start_ts = 1_500 * 3_600 + 300;
    let episode = swinging(start_ts, 300, 12);
    let state = asset.carried_over(&hourly, &episode).unwrap().unwrap();
    assert_eq!(state.samples, 1_500); // the first close is the anchor
    assert_eq!(state.anchor_ts, start_ts);
    let warm = asset.replay_from(state, &episode).unwrap();
    let before = asset.replay(&hourly).unwrap()[1_500];
    assert_eq!(warm[0].sigma_c, before.sigma_c);
    // Five minutes later: at most 1 % an hour down, 3 % an hour up.
    let ratio = margin(&warm[0]) / margin(&before);
    let (down, up) = (0.99f64.powf(1.0 / 12.0), 1.03f64.powf(1.0 / 12.0));
    assert!((down - 1e-9..=up + 1e-9).contains(&ratio), "{ratio}");
    let cold = asset.replay(&episode).unwrap();
    assert!(margin(&cold[0]) > 1.1 * margin(&warm[0]));
}

#[test]
fn margins_do_not_depend_on_the_scale_of_the_price_or_the_scale_is_refused() {
    let portfolio = PortfolioParams::reference();
    let joint = JointTerms::without_scenarios(&portfolio).unwrap();
    let margin_at = |scale: f64, base_decimals: u8| -> Result<f64> {
        let params = AssetParams {
            base_decimals,
            ..AssetParams::reference()
        };
        let asset = ReplayedAsset::new(&params, &portfolio).unwrap();
        let mut series = swinging(0, 3_600, 400);
        for bar in &mut series.bars {
            bar.close *= scale;
        }
        let points = asset.replay(&series)?;
        Ok(asset.lone_margin(&points[399], &joint)?.maintenance[0])
    };
    let at_100 = margin_at(1.0, 9).unwrap();
    for (scale, base_decimals) in [(1e-7, 8), (1e-7, 2), (1e-9, 6), (1e4, 9), (1e4, 6)] {
        let margin = margin_at(scale, base_decimals).unwrap();
        assert!(
            (margin / at_100 - 1.0).abs() < 1e-4,
            "{scale} {base_decimals}: {margin} {at_100}"
        );
    }
    let error =
        |scale, base_decimals| format!("{:#}", margin_at(scale, base_decimals).unwrap_err());
    let large = error(1e-7, 9);
    assert!(
        large.contains("at base_decimals = 9") && large.contains("base_decimals from 0 to 8"),
        "{large}"
    );
    let coarse = error(1e3, 2);
    assert!(
        coarse.contains("base_decimals = 2") && coarse.contains("base_decimals from 5 to 18"),
        "{coarse}"
    );
    assert!(error(1e-11, 3).contains("10^-12 USD"));
}

#[test]
fn a_short_or_old_history_carries_nothing_over() {
    let portfolio = PortfolioParams::reference();
    let asset = ReplayedAsset::new(&AssetParams::reference(), &portfolio).unwrap();
    let hourly = swinging(0, 3_600, 400);
    let carried = |start_ts: i64| {
        let episode = swinging(start_ts, 300, 2);
        asset.carried_over(&hourly, &episode).unwrap().is_some()
    };
    assert!(!carried(-300), "no close before it");
    assert!(!carried(287 * 3_600), "287 samples");
    assert!(carried(288 * 3_600), "288 samples");
    assert!(carried(399 * 3_600 + DAY_SECS));
    assert!(
        !carried(399 * 3_600 + DAY_SECS + 300),
        "more than a day old"
    );
}

fn flat_series(hours: i64) -> Series {
    Series {
        asset: "SOL".to_owned(),
        source: "test".to_owned(),
        file: "test".to_owned(),
        step_secs: 3_600,
        doubtful: Default::default(),
        turnover: Vec::new(),
        bars: (0..hours)
            .map(|hour| Bar::flat(hour * 3_600, 100.0))
            .collect(),
    }
}

#[test]
fn a_market_at_rest_falls_to_the_stressed_part_at_the_speed_limit() {
    let portfolio = PortfolioParams::reference();
    let asset = ReplayedAsset::new(&AssetParams::reference(), &portfolio).unwrap();
    let points = asset.replay(&flat_series(3_000)).unwrap();
    let joint = JointTerms::without_scenarios(&portfolio).unwrap();
    let at = |hour: usize| {
        asset
            .lone_margin(&points[hour], &joint)
            .unwrap()
            .maintenance[0]
    };
    // σ_t = ¾·2 % + ¼·3 %, k = 2.5, and 0.08 % of funding provision.
    assert!((at(0) - 0.057_05).abs() < 1e-6, "{}", at(0));
    // While the warm-up keeps σ_c the target rests; afterwards it falls, 1 % an hour at most.
    let unit = |hour: usize| at(hour) - 0.000_8;
    for hour in 0..2_999 {
        assert!(unit(hour + 1) >= unit(hour) * 0.99 - 1e-9, "hour {hour}");
    }
    // v_slow halves every 60 days: σ_c is 2 %·2^(−125/120) after 125 days.
    let sigma_c = 0.02 * 2f64.powf(-2_999.0 / 2_880.0);
    let expected = 2.5 * (0.75 * sigma_c + 0.25 * 0.03) + 0.000_8;
    assert!(
        (at(2_999) - expected).abs() < 1e-4,
        "{} {expected}",
        at(2_999)
    );
}
