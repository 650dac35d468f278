use super::*;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::AssetCoefficients;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::volatility::VolatilityState;

fn file() -> ParameterFile {
    let asset = |name: &str| AssetEntry {
        name: name.to_owned(),
        params: AssetParams::reference(),
        oracle: OracleParams::reference(),
        trade: TradeParams::reference(),
    };
    ParameterFile {
        portfolio: PortfolioParams::reference(),
        liquidation: LiquidationParams::reference(),
        pool: PoolParams::reference(),
        scenarios: vec![ScenarioEntry {
            weight_bps: 10_000,
            shock_bps: [-3_000; 8],
        }],
        assets: vec![asset("BTC"), asset("SOL")],
    }
}

fn text(file: &ParameterFile) -> String {
    toml::to_string(file).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(ParameterFile::parse(&text(&file())).unwrap(), file());
}

#[test]
fn a_missing_or_unknown_key_is_named() {
    let unknown = text(&file()).replace("k_e9", "kk_e9");
    let error = ParameterFile::parse(&unknown).unwrap_err().to_string();
    assert!(error.contains("kk_e9"), "{error}");
    let mut lines: Vec<_> = text(&file()).lines().map(str::to_owned).collect();
    lines.retain(|line| !line.starts_with("theta_e9"));
    let error = ParameterFile::parse(&lines.join("\n"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing field `theta_e9`"), "{error}");
}

/// Every key that a bound ties stands in a parameter file, and every number of a file is tied by a bound.
#[test]
fn the_bounds_are_about_the_keys_of_a_file() {
    const FREE: [&str; 2] = ["pool.borrow_cap_quote_atoms", "trade.one_step_fills"];
    // A scenario of a file is in basis points, the core's × 10^9; the others are no part of a file.
    const OTHERS: [&str; 7] = [
        "scenarios",
        "scenarios.weight_e9",
        "scenarios.shock_e9",
        "timelock_secs",
        "payouts.cap_quote_atoms",
        "implied.sigma_e9",
        "implied.until_ts",
    ];
    let mut keys = std::collections::BTreeSet::new();
    let value = serde_json::to_value(file()).unwrap();
    for part in ["portfolio", "liquidation", "pool"] {
        leaves(part, &value[part], &mut keys);
    }
    for part in ["params", "oracle", "trade"] {
        leaves(part, &value["assets"][0][part], &mut keys);
    }
    let tied: std::collections::BTreeSet<String> = bounds::all()
        .flat_map(|row| row.keys.iter())
        .filter(|key| !OTHERS.contains(key))
        .map(|key| (*key).to_owned())
        .collect();
    let free: Vec<&String> = keys.difference(&tied).collect();
    assert_eq!(free, FREE);
    let unknown: Vec<&String> = tied.difference(&keys).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(tied.len() > 80);
}

fn leaves(path: &str, value: &serde_json::Value, keys: &mut std::collections::BTreeSet<String>) {
    match value.as_object() {
        Some(fields) => {
            for (name, value) in fields {
                leaves(&format!("{path}.{name}"), value, keys);
            }
        }
        None => {
            keys.insert(path.to_owned());
        }
    }
}

#[test]
fn a_value_beyond_its_bound_is_refused_with_its_place() {
    let error = |change: fn(&mut ParameterFile)| {
        let mut file = file();
        change(&mut file);
        ParameterFile::parse(&text(&file)).unwrap_err()
    };
    let place = |error| match error {
        ParameterError::OutOfBounds(place, error, _) => (place, error),
        other => panic!("{other}"),
    };
    let k = error(|file| file.assets[1].params.k_e9 = 1_999_999_999);
    let expected = ("assets[1] (SOL)".to_owned(), RiskError::KOutOfBounds);
    assert_eq!(place(k), expected);
    let theta = error(|file| file.portfolio.theta_e9 = 800_000_001);
    assert_eq!(place(theta).0, "portfolio");
    let beta = error(|file| file.liquidation.beta_e9 = 0);
    assert_eq!(place(beta).0, "liquidation");
    let delay = error(|file| file.pool.lp_delay_secs = 86_399);
    assert_eq!(place(delay).0, "pool");
    let shock = error(|file| file.scenarios[0].shock_bps[3] = -10_001);
    assert_eq!(place(shock).0, "scenarios[0]");
    let fee = error(|file| file.liquidation.liquidator_share_e9 = 1_000_000_001);
    assert_eq!(
        fee.to_string(),
        "liquidation: FeeOutOfBounds (6150): `liquidation.liquidator_share_e9` must be at most 1; \
         here `liquidation.liquidator_share_e9` is 1.000000001 (1000000001)"
    );
    let many = error(|file| file.scenarios = vec![file.scenarios[0]; 17]);
    assert_eq!(many, ParameterError::TooManyScenarios(17));
}

/// At the last recorded prices, 2026-03-25, and a tenth below: one account's position can need the size term,
/// open interest from which the open-interest add-on, and funding its maximum (whitepaper §6.5).
#[test]
fn the_shipped_caps_reach_size_open_interest_and_maximum_rate() {
    let text = include_str!("../../../../migrations/parameters/default.toml");
    let file = ParameterFile::parse(text).unwrap();
    let prices_cents = [("BTC", 7_174_190), ("ETH", 218_445), ("SOL", 9_308)];
    assert_eq!(file.assets.len(), prices_cents.len());
    for (name, cents) in prices_cents {
        let asset = file.asset(name).unwrap();
        let unit = 10u128.pow(u32::from(asset.params.base_decimals));
        let worth = |atoms: u64| u128::from(atoms) * cents * 10_000 * 9 / 10 / unit;
        let (params, trade) = (&asset.params, &asset.trade);
        assert!(worth(trade.account_cap_atoms) > u128::from(params.depth_quote_atoms));
        assert!(worth(trade.open_interest_cap_atoms) > u128::from(params.oi_lo_quote_atoms));
        assert_eq!(trade.funding_scale_atoms, trade.open_interest_cap_atoms);
    }
}

/// Who trades before the largest position of one account and back after it gets account_cap/skew_scale of P for
/// it, which is less than two fees and two half-spreads of the calmest market (whitepaper §6.5).
#[test]
fn at_the_shipped_caps_trading_around_one_account_loses() {
    let text = include_str!("../../../../migrations/parameters/default.toml");
    for asset in ParameterFile::parse(text).unwrap().assets {
        let (params, trade) = (&asset.params, &asset.trade);
        let e9 = |value: u64| value as f64 / 1e9;
        let stress = e9(params.omega_e9) * e9(params.sigma_stress_e9);
        let sigma = (1.0 - e9(params.omega_e9)) * e9(params.sigma_floor_e9) + stress;
        let half_spread = e9(trade.kappa_e9) * sigma * (2.0_f64 / 3_600.0).sqrt();
        let paid = 2.0 * (e9(trade.taker_fee_e9) + half_spread);
        let gained = trade.account_cap_atoms as f64 / trade.skew_scale_atoms as f64;
        assert!(gained < paid, "{}: {gained} {paid}", asset.name);
    }
}

/// The rise of σ_t, and so of IM, in a wick of this size: out and back 300 s apart.
fn rise_in_a_wick(start: &VolatilityState, params: &AssetParams, dollars: u128) -> f64 {
    let coefficients = AssetCoefficients::new(params, 28_800).unwrap();
    let mut state = *start;
    for (secs, dollars) in [(300, dollars), (600, 100)] {
        let now = start.anchor_ts + secs;
        let price = Price(dollars * 10_u128.pow(12));
        let update = Observation {
            price,
            confidence: Price(0),
            ema: price,
            publish_ts: now,
        };
        state
            .sample(&update, now, start.anchor_ts, params, &coefficients)
            .unwrap();
    }
    state.sigma_target.to_bits() as f64 / start.sigma_target.to_bits() as f64
}

/// One sample raises σ_t by at most half whatever the parameters are. Of a wick, which is two samples, that is a property
/// of the shipped ones: in a calm, in a storm, before and after one (whitepaper §3.3).
#[test]
fn at_the_shipped_parameters_no_wick_raises_the_initial_margin_by_more_than_half() {
    let text = include_str!("../../../../migrations/parameters/default.toml");
    for asset in ParameterFile::parse(text).unwrap().assets {
        let params = &asset.params;
        let coefficients = AssetCoefficients::new(params, 28_800).unwrap();
        let price = Price(100 * 10_u128.pow(12));
        let mut state =
            VolatilityState::new(price, 1_000_000, 1_000_000, params, &coefficients).unwrap();
        state.samples = params.warmup_samples;
        // Each variance from a tenth of the floor to the cap, by a quarter a step.
        let mut levels = vec![params.sigma_floor_e9 / 10];
        while let Some(next) = levels.last().map(|last| last * 5 / 4)
            && next < params.sigma_cap_e9
        {
            levels.push(next);
        }
        let variances: Vec<_> = levels
            .iter()
            .map(|sigma| Fraction::from_e9_ceil(*sigma).unwrap().squared())
            .collect();
        let mut largest = 0.0_f64;
        for v_fast in &variances {
            for v_short in &variances {
                for v_slow in [variances[0], *v_fast, *v_short] {
                    (state.v_fast, state.v_slow, state.v_short) = (*v_fast, v_slow, *v_short);
                    state.refresh(params, &coefficients).unwrap();
                    for dollars in [103, 110, 90, 1_000] {
                        largest = largest.max(rise_in_a_wick(&state, params, dollars));
                    }
                }
            }
        }
        assert!(largest <= 1.5, "{}: {largest}", asset.name);
        assert!(largest > 1.3, "{}: no wick was seen", asset.name);
    }
}

#[test]
fn a_name_the_program_would_refuse_is_refused() {
    for name in ["", "SEVENTEENLETTERS!", "Zürich", "BTC", "S O L"] {
        let mut file = file();
        name.clone_into(&mut file.assets[1].name);
        let error = ParameterFile::parse(&text(&file)).unwrap_err();
        assert_eq!(error, ParameterError::Name(name.to_owned()));
    }
}

/// What a file of changes leaves out is that of the base; bounds of what only changes have are held too.
#[test]
fn a_part_of_a_file_is_laid_over_a_whole_one() {
    let base = file();
    let part = "timelock_secs = 90000\n[portfolio]\nphi_e9 = 200000000\n\
                [[assets]]\nname = \"SOL\"\nreduce_only = true\nsettle_dead_feed = true\nfeed.id = \"00\"\nparams.sample.max_age_secs = 9\n\
                [[assets]]\nindex = 0\nparams.k_e9 = 3000000000\n";
    let laid = ParameterFile::parse_over(part, &base).unwrap();
    let mut expected = base.clone();
    expected.portfolio.phi_e9 = 200_000_000;
    expected.assets[1].params.sample.max_age_secs = 9;
    expected.assets[0].params.k_e9 = 3_000_000_000;
    expected.assets[0].params.sigma_cap_e9 = 166_666_666; // which a higher k takes along
    assert_eq!(laid, expected);
    assert_eq!(ParameterFile::parse_over("", &base).unwrap(), base);
    assert_eq!(
        ParameterFile::parse_over(&text(&base), &base).unwrap(),
        base
    );
    for (part, words) in [
        ("timelock_secs = 60", "TimelockOutOfBounds (6708)"),
        (
            "timelock_secs = -1",
            "timelock_secs: -1 is not a whole number",
        ),
        (
            "payouts.cap_quote_atoms = 1000000000001",
            "PayoutCapOutOfBounds",
        ),
        ("[[assets]]\nname = \"JUP\"", "missing field"),
        ("[portfolio]\nphy_e9 = 1", "unknown field `phy_e9`"),
        (
            "[[assets]]\nname = \"SOL\"\nparams.sigma_cap_e9 = 300000000",
            "`params.sigma_cap_e9` is 30 % (300000000)",
        ),
        ("[", "TOML parse error"),
    ] {
        let error = ParameterFile::parse_over(part, &base).unwrap_err();
        assert!(error.to_string().contains(words), "{part}: {error}");
    }
}

#[test]
fn every_bound_is_shown_with_its_values() {
    let rows = file().bounds();
    let row = |place: &str, bound: &str| {
        let mut rows = rows.iter();
        let found = rows.find(|row| row.place == place && row.bound.contains(bound));
        found.unwrap_or_else(|| panic!("{place} {bound}"))
    };
    let theta = row("portfolio", "`portfolio.theta_e9` must be");
    assert!(
        theta.values.starts_with("`portfolio.theta_e9` is 0."),
        "{theta:?}"
    );
    let cap = row("assets[1] (SOL)", "at most ½");
    assert!(cap.values.contains("`params.k_e9` is "), "{cap:?}");
    let shocks = row("scenarios[0]", "shock_e9");
    assert_eq!(
        shocks.values.matches("(-300000000)").count(),
        8,
        "{shocks:?}"
    );
    assert!(
        rows.iter()
            .all(|row| !row.is_left && !row.values.contains("is ,"))
    );
}
