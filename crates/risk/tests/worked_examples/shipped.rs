//! The shipped parameters of BTC and ETH, and an account that trades both.
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::FillTerms;
use freeboard_risk::number::quantity::{Fraction, Price, Variance};
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, PortfolioCoefficients, PortfolioParams, SampleParams,
    TradeParams,
};
use freeboard_risk::price::observation::{FillKind, Observation};
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::portfolio::Portfolio;

/// One BTC or ETH in base atoms.
pub const COIN: i64 = 100_000_000;
/// One dollar in quote atoms.
pub const USD: i64 = 1_000_000;
/// When every example happens, unix seconds.
pub const NOW: i64 = 1_000_000;
/// Time over which MM provides for funding, seconds.
pub const PROVISION_SECS: u32 = 28_800;

pub fn dollars(dollars: u128) -> Price {
    Price(dollars * 1_000_000_000_000)
}

pub fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

pub fn btc_params() -> AssetParams {
    AssetParams {
        omega_e9: 250_000_000,
        sigma_stress_e9: 18_100_000,
        sigma_floor_e9: 2_700_000,
        sigma_cap_e9: 161_200_000,
        sigma_initial_e9: 18_100_000,
        short_mult_e9: 1_250_000_000,
        stale_after_secs: 900,
        k_e9: 3_100_000_000,
        s_floor_e9: 8_700_000,
        depth_quote_atoms: 30_000_000_000_000,
        oi_lo_quote_atoms: 40_000_000_000_000,
        oi_hi_quote_atoms: 160_000_000_000_000,
        bucket: 0,
        base_decimals: 8,
        lot_atoms: 10_000,
        sample: sample_params(),
        ..AssetParams::reference()
    }
}

pub fn eth_params() -> AssetParams {
    AssetParams {
        omega_e9: 250_000_000,
        sigma_stress_e9: 22_600_000,
        sigma_floor_e9: 3_600_000,
        sigma_cap_e9: 172_400_000,
        sigma_initial_e9: 22_600_000,
        short_mult_e9: 1_250_000_000,
        stale_after_secs: 900,
        k_e9: 2_900_000_000,
        s_floor_e9: 10_600_000,
        depth_quote_atoms: 20_000_000_000_000,
        oi_lo_quote_atoms: 25_000_000_000_000,
        oi_hi_quote_atoms: 100_000_000_000_000,
        bucket: 1,
        base_decimals: 8,
        lot_atoms: 100_000,
        sample: sample_params(),
        ..AssetParams::reference()
    }
}

fn sample_params() -> SampleParams {
    SampleParams {
        clamp_short_mult_e9: 4_000_000_000,
        ..SampleParams::reference()
    }
}

pub fn trade_params() -> TradeParams {
    TradeParams {
        skew_scale_atoms: 35_000_000_000_000,
        funding_scale_atoms: 150_000_000_000,
        open_interest_cap_atoms: 150_000_000_000,
        account_cap_atoms: 50_000_000_000,
        gap_e9: 175_000_000,
        ..TradeParams::reference()
    }
}

pub fn coefficients() -> PortfolioCoefficients {
    PortfolioCoefficients::new(&PortfolioParams {
        rho_lo_e9: 500_000_000,
        rho_hi_e9: 940_000_000,
        ..PortfolioParams::reference()
    })
    .unwrap()
}

pub fn binary(params: &AssetParams) -> AssetCoefficients {
    AssetCoefficients::new(params, PROVISION_SECS).unwrap()
}

/// Volatility at rest: v_fast, v_slow and m²·v_short are σ_c², the unit shock is where it moves to.
pub fn at_rest(sigma_c_e9: u64, params: &AssetParams, price: Price) -> VolatilityState {
    let quiet = AssetParams {
        sigma_initial_e9: sigma_c_e9,
        ..*params
    };
    let coefficients = binary(params);
    let mut state =
        VolatilityState::new(price, NOW - 300, NOW - 300, &quiet, &coefficients).unwrap();
    state.v_short = e9(sigma_c_e9 * 1_000_000_000 / params.short_mult_e9).squared();
    state.samples = 10_000;
    state.refresh(params, &coefficients).unwrap();
    state.u_prev = state.u_target;
    state
}

/// The variance per hour × 10^9, to the nearest.
pub fn variance_e9(v: Variance) -> u128 {
    let [low, high] = v.to_words();
    let bits = u128::from(low) | u128::from(high) << 64;
    ((bits >> 60) * 1_000_000_000 + (1 << 59)) >> 60
}

/// What is held of an asset whose volatility rests at σ_c, its EMA at P.
pub fn holding(params: &AssetParams, observed: &Observation, sigma_c_e9: u64) -> Holding {
    let coefficients = binary(params);
    let state = at_rest(sigma_c_e9, params, observed.price);
    Holding {
        price: observed.price,
        confidence: observed.confidence,
        ema: observed.ema,
        usable_initial: true,
        standing: Standing::Usable,
        unit_shock: unit_shock(&state, &coefficients, NOW),
        coefficients,
        ..Holding::default()
    }
}

/// A price update of now.
pub fn observed(price: Price, confidence: Price) -> Observation {
    Observation {
        price,
        confidence,
        ema: price,
        publish_ts: NOW,
    }
}

/// A BTC position at this price, entered at $100,000; σ_c 0.6 % per √hour, confidence 0.05 %.
pub fn btc_at(size_atoms: i64, price: Price) -> Holding {
    let observed = observed(price, Price(price.0 / 2_000));
    Holding {
        size_atoms,
        entry_quote_atoms: size_atoms * 1_000,
        ..holding(&btc_params(), &observed, 6_000_000)
    }
}

/// A BTC position at $100,000, where it was entered.
pub fn btc(size_atoms: i64) -> Holding {
    btc_at(size_atoms, dollars(100_000))
}

/// An ETH position at $3,500, where it was entered; σ_c 0.8 % per √hour, confidence 0.05 %.
pub fn eth(size_atoms: i64) -> Holding {
    let price = dollars(3_500);
    let observed = observed(price, Price(price.0 / 2_000));
    Holding {
        size_atoms,
        entry_quote_atoms: size_atoms * 35,
        ..holding(&eth_params(), &observed, 8_000_000)
    }
}

pub fn portfolio<'a>(
    coefficients: &'a PortfolioCoefficients,
    quote_atoms: i64,
    holdings: &'a [Holding],
) -> Portfolio<'a> {
    Portfolio {
        coefficients,
        scenarios: &[],
        initial: None,
        quote_atoms,
        holdings,
    }
}

/// Buying 2 BTC at this price of 2 s ago, at σ_IM 0.9025 % per √hour, from a market that is 100 BTC long.
pub fn two_bitcoin_bought(observation: &Observation) -> FillTerms<'_> {
    FillTerms {
        observation,
        age_secs: 2,
        sigma_im: e9(9_025_000),
        z: e9(2_120_000_000),
        ema_trade_e9: 50_000_000,
        size_atoms: 2 * COIN,
        skew: Skew::resting(i128::from(100 * COIN)),
        kind: FillKind::Increase,
        base_decimals: 8,
    }
}
