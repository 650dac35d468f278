use super::*;
use crate::margin::Requirement;
use crate::portfolio::Binding;

const NOW: i64 = 1_000_000;

fn valuation(equity_atoms: i128, all_usable: bool) -> LiquidationValuation {
    let requirement = Requirement {
        margin_atoms: 100,
        equity_atoms,
        binding: Binding::Var,
    };
    LiquidationValuation {
        requirement,
        all_usable,
        is_saturated: false,
    }
}

fn flagged(since: i64) -> Flag {
    Flag {
        flagged_ts: Some(since),
    }
}

#[test]
fn the_first_moment_below_margin_is_kept() {
    let p = LiquidationParams::reference();
    let first = Flag::default().after(&valuation(99, true), NOW, &p);
    assert_eq!(first, flagged(NOW));
    assert_eq!(first.after(&valuation(50, false), NOW + 60, &p), first);
    // Also when only the unusable assets keep it from being seen whole.
    assert_eq!(
        Flag::default().after(&valuation(99, false), NOW, &p),
        flagged(NOW)
    );
}

#[test]
fn only_a_valuation_with_every_price_clears() {
    let p = LiquidationParams::reference();
    assert_eq!(
        flagged(NOW).after(&valuation(100, true), NOW + 1, &p),
        Flag::default()
    );
    assert_eq!(
        flagged(NOW).after(&valuation(100, false), NOW + 1, &p),
        flagged(NOW)
    );
}

#[test]
fn a_flag_expires_after_an_hour() {
    let p = LiquidationParams::reference();
    assert_eq!(flagged(NOW).at(NOW + 3_599, &p), flagged(NOW));
    assert_eq!(flagged(NOW).at(NOW + 3_600, &p), Flag::default());
    // and is then set anew
    assert_eq!(
        flagged(NOW).after(&valuation(99, true), NOW + 3_600, &p),
        flagged(NOW + 3_600)
    );
}

#[test]
fn a_liquidation_waits_for_grace_and_newer_prices() {
    let p = LiquidationParams::reference();
    let refused = Err(RiskError::LiquidationGracePeriod);
    let flag = flagged(NOW);
    assert_eq!(flag.check_grace(NOW + 10, NOW + 1, false, &p), Ok(10));
    assert_eq!(flag.check_grace(NOW + 9, NOW + 1, false, &p), refused);
    assert_eq!(flag.check_grace(NOW + 10, NOW, false, &p), refused); // published at the flag
    assert_eq!(
        flag.check_grace(NOW + 3_600, NOW + 3_599, false, &p),
        refused
    ); // expired
    assert_eq!(Flag::default().check_grace(NOW, NOW, false, &p), refused);
}

#[test]
fn a_deep_account_needs_neither() {
    let p = LiquidationParams::reference();
    assert_eq!(Flag::default().check_grace(NOW, NOW - 100, true, &p), Ok(0));
    assert_eq!(
        flagged(NOW - 5).check_grace(NOW, NOW - 100, true, &p),
        Ok(5)
    );
    assert_eq!(flagged(NOW + 5).check_grace(NOW, NOW, true, &p), Ok(0)); // a clock that went back
}

#[test]
fn without_a_flag_nothing_but_depth_liquidates_even_without_grace() {
    let p = LiquidationParams {
        grace_secs: 0,
        ..LiquidationParams::reference()
    };
    let refused = Flag::default().check_grace(NOW, NOW + 1, false, &p);
    assert_eq!(refused, Err(RiskError::LiquidationGracePeriod));
    assert_eq!(Flag::default().check_grace(NOW, NOW + 1, true, &p), Ok(0));
}
