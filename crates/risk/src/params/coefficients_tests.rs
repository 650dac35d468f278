use super::*;

fn coefficients(edit: impl FnOnce(&mut AssetParams)) -> Result<AssetCoefficients, RiskError> {
    let mut params = AssetParams::reference();
    edit(&mut params);
    AssetCoefficients::new(&params, 28_800)
}

fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

#[test]
fn asset_coefficients_match_exact_values() {
    let c = coefficients(|p| p.collateral_weight_e9 = 900_000_000).unwrap();
    // k·√h: 2.5·√1 and 2.5·√4, exact in binary
    assert_eq!(c.k_sqrt_h_mm.to_bits(), 5 << 47);
    assert_eq!(c.k_sqrt_h_im.to_bits(), 5 << 48);
    // log2(1.03)/3600 and −log2(0.99)/3600 × 2^64 by mpmath, up and down
    assert!((218_513_660_657_612..=218_513_660_657_613).contains(&c.log2_up));
    assert!((74_297_180_929_083..=74_297_180_929_084).contains(&c.log2_down));
    assert_eq!(c.sigma_cap, e9(200_000_000));
    assert_eq!(c.s_floor, e9(10_000_000));
    assert_eq!(c.s_max_mm_long, e9(650_000_000));
    assert_eq!(c.s_max_im_long, Fraction::ONE);
    assert_eq!(c.s_max_short, e9(3_000_000_000));
    assert_eq!(c.funding_provision, e9(800_000)); // 8 h · 0.01 %
    assert_eq!(
        c.collateral_weight,
        Fraction::from_e9_floor(900_000_000).unwrap()
    );
    assert!(c.collateral_weight < e9(900_000_000));
    let four = c.inverse_depth.quotient_ceil(40_000_000_000_000, 60);
    assert!((4 << 60..=(4 << 60) + 1).contains(&four)); // off by at most 2^-63 relative
    let half = c.inverse_oi_range.quotient_ceil(75_000_000_000_000, 60);
    assert!((1 << 59..=(1 << 59) + 1).contains(&half));
    assert_eq!(
        (c.bucket, c.base_decimals, c.stale_after_secs),
        (0, 9, 3_600)
    );
}

#[test]
fn funding_provision_is_rounded_up() {
    let c = coefficients(|p| p.max_rate_per_h_e9 = 100_001).unwrap();
    assert_eq!(c.funding_provision, e9(800_008));
    // 10^-9 per hour over a second is 2^60 / 3.6e12 units, rounded up once.
    let tiny = AssetParams {
        max_rate_per_h_e9: 1,
        ..AssetParams::reference()
    };
    let provision = |secs| AssetCoefficients::new(&tiny, secs).map(|c| c.funding_provision);
    assert_eq!(
        provision(1),
        Ok(Fraction::from_bits(
            (1u64 << 60).div_ceil(3_600_000_000_000)
        ))
    );
    assert_eq!(provision(3_600), Ok(e9(1)));
    let steep = AssetParams {
        max_rate_per_h_e9: u64::MAX,
        ..AssetParams::reference()
    };
    assert_eq!(
        AssetCoefficients::new(&steep, 3_600),
        Err(RiskError::Overflow)
    );
}

#[test]
fn asset_words_come_back() {
    let c = coefficients(|p| {
        p.bucket = 7;
        p.base_decimals = 18;
        p.stale_after_secs = u32::MAX;
        p.depth_quote_atoms = u64::MAX;
        p.oi_lo_quote_atoms = 3;
        p.oi_hi_quote_atoms = 4;
        p.collateral_weight_e9 = 123_456_789;
        p.lot_atoms = 77;
    })
    .unwrap();
    assert_eq!(AssetCoefficients::from_words(&c.to_words()), c);
    let zero = AssetCoefficients::from_words(&[0; AssetCoefficients::WORDS]);
    assert_eq!(zero, AssetCoefficients::default());
    // Every word is read back into some field.
    for i in 0..AssetCoefficients::WORDS {
        let mut words = c.to_words();
        words[i] ^= 1;
        assert_ne!(AssetCoefficients::from_words(&words), c, "word {i}");
    }
}

#[test]
fn no_open_interest_range_means_no_reciprocal() {
    let c = coefficients(|p| p.oi_hi_quote_atoms = p.oi_lo_quote_atoms).unwrap();
    assert_eq!(c.inverse_oi_range, Reciprocal::default());
}

#[test]
fn asset_coefficients_refuse_what_their_formats_cannot_hold() {
    let overflow = Err(RiskError::Overflow);
    assert_eq!(coefficients(|p| p.bucket = 8), overflow);
    assert_eq!(coefficients(|p| p.base_decimals = 19), overflow);
    assert_eq!(
        coefficients(|p| p.s_max_short_e9 = 16_000_000_000),
        overflow
    );
    assert_eq!(coefficients(|p| p.k_e9 = u64::MAX), overflow);
    assert_eq!(coefficients(|p| p.down_per_h_e9 = 1_000_000_000), overflow);
    assert_eq!(coefficients(|p| p.down_per_h_e9 = 1_000_000_001), overflow);
    assert_eq!(coefficients(|p| p.up_per_h_e9 = u64::MAX), overflow);
    assert_eq!(coefficients(|p| p.max_rate_per_h_e9 = u64::MAX), overflow);
    assert_eq!(
        coefficients(|p| p.down_per_h_e9 = 0).map(|c| c.log2_down),
        Ok(0)
    );
    assert_eq!(
        coefficients(|p| p.up_per_h_e9 = 0).map(|c| c.log2_up),
        Ok(0)
    );
}

#[test]
fn portfolio_coefficients_round_to_the_safe_side_and_come_back() {
    let params = PortfolioParams {
        rho_lo_e9: 333_333_333,
        ..PortfolioParams::reference()
    };
    let c = PortfolioCoefficients::new(&params).unwrap();
    assert_eq!(c.theta, e9(800_000_000));
    assert_eq!(c.one_minus_theta, e9(200_000_000));
    assert_eq!(c.phi, e9(100_000_000));
    assert!(c.rho_lo < e9(333_333_333)); // down
    assert_eq!(c.rho_hi, e9(950_000_000)); // up
    assert_eq!(c.im_over_mm, e9(1_250_000_000));
    assert_eq!(c.z, e9(2_120_000_000));
    assert_eq!(c.unusable_move, e9(500_000_000));
    assert_eq!(c.upnl_weight, Fraction::ZERO);
    assert_eq!(PortfolioCoefficients::from_words(&c.to_words()), c);
    for i in 0..PortfolioCoefficients::WORDS {
        let mut words = c.to_words();
        words[i] ^= 1;
        assert_ne!(PortfolioCoefficients::from_words(&words), c, "word {i}");
    }
    let too_much = PortfolioParams {
        theta_e9: E9 + 1,
        ..params
    };
    assert_eq!(
        PortfolioCoefficients::new(&too_much),
        Err(RiskError::Overflow)
    );
    let too_wide = PortfolioParams {
        z_e9: 16 * E9,
        ..params
    };
    assert_eq!(
        PortfolioCoefficients::new(&too_wide),
        Err(RiskError::Overflow)
    );
}

#[test]
fn weighted_shocks_are_nearest_and_come_back() {
    let scenario = Scenario {
        weight_e9: E9,
        shock_e9: [
            -1_000_000_000,
            3_000_000_000,
            1,
            -1,
            0,
            7_999_999_999,
            -8_000_000_000,
            5,
        ],
    };
    let c = ScenarioCoefficients::new(&scenario).unwrap();
    // 2^60/10^9 = 1152921504.6068
    let expected = [-1 << 60, 3 << 60, 1_152_921_505, -1_152_921_505, 0];
    assert_eq!(c.shock[..5], expected);
    assert_eq!(c.shock[6], i64::MIN);
    assert_eq!(ScenarioCoefficients::from_words(&c.to_words()), c);
    // 0.3 · −0.7 and 0.123456789 · 0.987654321 by one rounding.
    let weighted = |weight_e9, shock_e9| {
        let scenario = Scenario {
            weight_e9,
            shock_e9: [shock_e9; 8],
        };
        ScenarioCoefficients::new(&scenario).map(|c| c.shock[7])
    };
    assert_eq!(
        weighted(300_000_000, -700_000_000),
        Ok(-242_113_515_967_437_865)
    );
    assert_eq!(
        weighted(123_456_789, 987_654_321),
        Ok(140_578_752_523_051_096)
    );
    assert_eq!(weighted(1, -1), Ok(-1)); // −1.15
    assert_eq!(weighted(500_000_000, -16_000_000_000), Ok(i64::MIN));
    assert_eq!(weighted(0, i64::MIN), Ok(0));
    let beyond = Scenario {
        shock_e9: [8_000_000_000; 8],
        ..scenario
    };
    assert_eq!(ScenarioCoefficients::new(&beyond), Err(RiskError::Overflow));
    let extreme = Scenario {
        shock_e9: [i64::MIN; 8],
        ..scenario
    };
    assert_eq!(
        ScenarioCoefficients::new(&extreme),
        Err(RiskError::Overflow)
    );
    let heavy = Scenario {
        weight_e9: u64::MAX,
        ..scenario
    };
    assert_eq!(ScenarioCoefficients::new(&heavy), Err(RiskError::Overflow));
}
