//! From a price update to the unit shock (whitepaper §2.6, §3.1 to §3.4).
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::exceedance::{Exceedances, WindowOutcome};
use freeboard_risk::price::implied::ImpliedVolatility;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::{unit_shock, unit_shock_mm};
use freeboard_risk::price::volatility::{SampleOutcome, VolatilityState};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::liquidation_valuation;

use crate::paper::{Example, decimal, percent, usd};
use crate::shipped::{
    COIN, NOW, USD, at_rest, binary, btc, btc_params, coefficients, dollars, e9, eth, observed,
    portfolio, variance_e9,
};

/// Volatility after one sample 300 s after the one at $100,000, and by how much it moved.
fn sampled(price: Price) -> (VolatilityState, SampleOutcome) {
    let params = btc_params();
    let mut state = at_rest(6_000_000, &params, dollars(100_000));
    let update = observed(price, Price(0));
    let outcome = state.sample(&update, NOW, NOW - 300, &params, &binary(&params));
    (state, outcome.unwrap())
}

#[test]
fn volatility_update() {
    let example = Example::named("volatility_update");
    let (state, outcome) = sampled(dollars(101_000));
    assert!(!outcome.clamped);
    assert_eq!(outcome.elapsed_secs, 300);
    example.says(percent(outcome.abs_return, 4));
    example.says(format!("{}·10⁻⁵", decimal(variance_e9(state.v_fast), 4, 4)));
    example.says(format!("{}·10⁻⁵", decimal(variance_e9(state.v_slow), 4, 4)));
    example.says(format!(
        "{}·10⁻⁵",
        decimal(variance_e9(state.v_short), 4, 4)
    ));
    example.says(percent(state.sigma_c(&btc_params()).unwrap(), 4));
}

#[test]
fn clamped_return() {
    let example = Example::named("clamped_return");
    let (state, outcome) = sampled(dollars(150_000));
    assert!(outcome.clamped);
    example.says(percent(outcome.abs_return, 4));
    let anchor = state.anchor.to_u128().unwrap();
    example.says(usd(i128::try_from(anchor / 1_000_000).unwrap()));
    example.says(percent(state.sigma_c(&btc_params()).unwrap(), 4));
}

#[test]
fn unit_shock_of_bitcoin() {
    let example = Example::named("unit_shock_of_bitcoin");
    let params = btc_params();
    let state = at_rest(6_000_000, &params, dollars(100_000));
    example.says(percent(state.sigma_target, 4));
    let shocks = unit_shock(&state, &binary(&params), NOW);
    example.says(percent(shocks.u_mm, 4));
    example.says(percent(shocks.c_im, 3));
}

#[test]
fn speed_limit() {
    let example = Example::named("speed_limit");
    let params = btc_params();
    let coefficients = binary(&params);
    let mut state = at_rest(6_000_000, &params, dollars(100_000));
    (state.u_prev_ts, state.u_target) = (NOW, e9(60_000_000));
    let after = |hours: i64| unit_shock_mm(&state, &coefficients, NOW + 3_600 * hours);
    for hours in [1, 12] {
        example.says(percent(after(hours), 4));
    }
    assert!(after(25) < state.u_target);
    assert_eq!(after(26), state.u_target);
    example.says("26 h");
}

#[test]
fn implied_volatility() {
    let example = Example::named("implied_volatility");
    let params = btc_params();
    let coefficients = binary(&params);
    let mut state = at_rest(6_000_000, &params, dollars(100_000));
    example.says(percent(state.sigma_target, 4));
    for index in [110, 150] {
        let update = observed(dollars(index), Price(0));
        let known = ImpliedVolatility::default().after(&update, coefficients.sigma_cap, NOW);
        state.implied = known.unwrap().counted(NOW);
        example.says(percent(state.implied, 4));
        state.refresh(&params, &coefficients).unwrap();
        example.says(percent(state.sigma_target, 4));
    }
}

#[test]
fn live_validation() {
    let example = Example::named("live_validation");
    let u_mm = e9(27_978_000);
    example.says(percent(u_mm, 4));
    let mut state = Exceedances::default();
    let mut now = NOW;
    for (minutes, price, outcome) in [
        (0, 100_000, WindowOutcome::Begun),
        (30, 95_000, WindowOutcome::Open),
        (31, 96_700, WindowOutcome::Fall),
        (60, 99_900, WindowOutcome::Rise),
        (61, 99_000, WindowOutcome::Within),
        (330, 80_000, WindowOutcome::Missed),
    ] {
        now += 60 * minutes;
        let start = state.window.price.0;
        assert_eq!(state.observe(dollars(price), now, u_mm), outcome);
        match outcome {
            WindowOutcome::Fall | WindowOutcome::Rise => {
                let move_e9 = dollars(price).0.abs_diff(start) * 1_000_000_000 / start;
                example.says(percent(e9(move_e9.try_into().unwrap()), 2));
                example.says(usd(price.cast_signed() * i128::from(USD)).trim_end_matches(".00"));
            }
            WindowOutcome::Missed => example.says(format!("{minutes} minutes: 5 missed hours")),
            _ => {}
        }
    }
    let counted = [state.windows, state.falls, state.rises, state.missed];
    assert_eq!(counted, [3, 1, 1, 5]);
    example.says("3 windows, 1 fall, 1 rise, 5 missed");
}

/// What an ETH price that stands like this gives an account of 2 BTC long and 30 ETH long, quote atoms.
fn favour(standing: Standing, confidence: Price) -> i128 {
    let c = coefficients();
    let shaky = Holding {
        standing,
        confidence,
        ..eth(30 * COIN)
    };
    let held = [btc(2 * COIN), shaky];
    let valuation = liquidation_valuation(&portfolio(&c, 20_000 * USD, &held)).unwrap();
    assert!(!valuation.all_usable);
    valuation.favour_atoms
}

#[test]
fn favour_of_a_doubtful_price() {
    let example = Example::named("favour_of_a_doubtful_price");
    let normal = Price(3_500_000_000_000_000 / 2_000);
    let wide = favour(Standing::Wide, Price(3_500_000_000_000_000 / 100));
    let far = favour(Standing::Far, normal);
    let unknown = favour(Standing::Unknown, normal);
    for given in [wide, far, unknown] {
        example.says(usd(given));
    }
}
