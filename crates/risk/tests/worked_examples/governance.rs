//! How a change reaches MM: whitepaper §8.3.
use freeboard_risk::governance::{AssetRamp, DepthCut};
use freeboard_risk::market::turnover::MarketTurnover;
use freeboard_risk::number::atoms::QuoteAtoms;
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

#[test]
fn measured_depth() {
    let example = Example::named("measured_depth");
    let reference = QuoteAtoms::new(3_000_000_000_000);
    let turnover = MarketTurnover::of_reference(QuoteAtoms::new(2_250_000_000_000), NOW);
    let (mut cut, mut hours) = (DepthCut::default(), 0.0);
    cut.at_ts = NOW;
    let target_e9 = turnover.target_cut_e9(reference, NOW);
    assert_eq!(target_e9, 250_000_000);
    while cut.cut_e9 < target_e9 {
        cut.follow(target_e9, 0, cut.at_ts + 300);
        hours += 1.0 / 12.0;
    }
    example.says(format!("{hours:.0} h"));
    let whole = binary(&btc_params());
    let left = cut.coefficients(&whole);
    assert_eq!(whole.depth_quote_atoms, 30_000_000_000_000);
    assert_eq!(left.depth_quote_atoms, 22_500_000_000_000);
    example.says("$22,500,000");
    let times = whole.depth_quote_atoms as f64 / left.depth_quote_atoms as f64;
    example.says(format!("{:.1} %", (times.sqrt() - 1.0) * 100.0));
}
