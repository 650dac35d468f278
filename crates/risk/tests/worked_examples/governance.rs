//! How a change reaches MM: whitepaper §8.3.
use freeboard_risk::governance::AssetRamp;
use freeboard_risk::params::AssetParams;

use crate::paper::{Example, percent};
use crate::shipped::{NOW, binary, btc_params};

#[test]
fn ramp_of_a_charge() {
    let example = Example::named("ramp_of_a_charge");
    let old = binary(&btc_params());
    let new = binary(&AssetParams {
        basis_e9: 7_000_000,
        ..btc_params()
    });
    let ramp = AssetRamp::default().next(&old, &new, NOW);
    let window = ramp.window();
    assert_eq!(window.start_ts, NOW);
    example.says(format!("{} h", (window.end_ts - NOW + 1_800) / 3_600));
    let basis = |hours: i64| ramp.coefficients(&new, NOW + 3_600 * hours).basis;
    assert_eq!(basis(0), old.basis);
    example.says(percent(basis(24), 3));
    assert_eq!(basis(97), new.basis);
}

#[test]
fn ramp_of_the_depth() {
    let example = Example::named("ramp_of_the_depth");
    let old = binary(&btc_params());
    let new = binary(&AssetParams {
        depth_quote_atoms: 15_000_000_000_000,
        ..btc_params()
    });
    let window = AssetRamp::default().next(&old, &new, NOW).window();
    let minutes = (window.end_ts - NOW) / 60;
    example.says(format!("{} h {} min", minutes / 60, minutes % 60));
}
