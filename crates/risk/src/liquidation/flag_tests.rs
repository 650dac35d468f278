use super::*;
use crate::requirement::margin::Requirement;
use crate::requirement::portfolio::Binding;

const NOW: i64 = 1_000_000;
const P: LiquidationParams = LiquidationParams::reference();

fn valuation(equity_atoms: i128, all_usable: bool) -> LiquidationValuation {
    let requirement = Requirement {
        margin_atoms: 100,
        equity_atoms,
        binding: Binding::Var,
    };
    LiquidationValuation {
        requirement,
        favour_atoms: 0,
        all_usable,
        is_saturated: false,
    }
}

/// A valuation now at prices of that publish time.
fn sight(now: i64, publish_ts: i64) -> Sight {
    Sight {
        now,
        oldest_publish_ts: publish_ts,
        newest_publish_ts: publish_ts,
        paused: PauseSpan::default(),
    }
}

/// Flagged then, at a price of a second before.
fn flagged(since: i64) -> MarginFlag {
    MarginFlag {
        flagged_ts: Some(since),
        renewed_ts: since,
        publish_ts: since - 1,
    }
}

fn standing(flag: MarginFlag, now: i64) -> Option<i64> {
    flag.run_at(now, PauseSpan::default(), &P).since_ts
}

#[test]
fn a_run_that_is_renewed_keeps_its_start() {
    let mut flag = MarginFlag::default().after(&valuation(99, true), &sight(NOW, NOW - 1), &P);
    assert_eq!(flag, flagged(NOW));
    for step in 1..100 {
        let now = NOW + 59 * step;
        // Also when only the unusable assets keep it from being seen whole.
        flag = flag.after(&valuation(50, step % 2 == 0), &sight(now, now - 1), &P);
        assert_eq!((flag.flagged_ts, flag.renewed_ts), (Some(NOW), now));
        assert_eq!(flag.publish_ts, now - 1);
    }
}

#[test]
fn a_run_that_nobody_renews_lapses() {
    assert_eq!(standing(flagged(NOW), NOW + 59), Some(NOW));
    assert_eq!(standing(flagged(NOW), NOW + 60), None);
    let anew = flagged(NOW).after(&valuation(99, true), &sight(NOW + 60, NOW + 59), &P);
    assert_eq!(anew, flagged(NOW + 60), "set anew");
    let gone = flagged(NOW).after(&valuation(100, false), &sight(NOW + 60, NOW), &P);
    assert_eq!(
        gone,
        MarginFlag::default(),
        "a lapsed one is cleared by anything"
    );
}

#[test]
fn only_newer_prices_end_it_and_every_one_is_needed() {
    let flag = MarginFlag {
        renewed_ts: NOW + 20,
        publish_ts: NOW + 19,
        ..flagged(NOW)
    };
    let healthy = valuation(100, true);
    let ends = |publish_ts, all_usable| {
        let valuation = valuation(100, all_usable);
        flag.after(&valuation, &sight(NOW + 21, publish_ts), &P) == MarginFlag::default()
    };
    assert!(ends(NOW + 20, true));
    assert!(!ends(NOW + 19, true), "the update that renewed it");
    assert!(!ends(NOW + 10, true), "older than it");
    assert!(!ends(NOW + 20, false), "an asset without a usable price");
    let mixed = Sight {
        oldest_publish_ts: NOW + 18,
        ..sight(NOW + 21, NOW + 20)
    };
    assert_eq!(
        flag.after(&healthy, &mixed, &P),
        flag,
        "one of two is older"
    );
    // A feed's clock ahead of the cluster's proves nothing about the flag's own second.
    let ahead = sight(NOW, NOW + 3);
    assert_eq!(flagged(NOW).after(&healthy, &ahead, &P), flagged(NOW));
}

#[test]
fn a_update_older_than_one_that_renewed_it_does_not_lower_what_is_known() {
    let flag = flagged(NOW).after(&valuation(99, true), &sight(NOW + 20, NOW + 19), &P);
    let again = flag.after(&valuation(99, true), &sight(NOW + 21, NOW + 8), &P);
    assert_eq!(again.publish_ts, NOW + 19);
}

#[test]
fn a_liquidation_that_ends_the_trouble_ends_the_flag_at_the_same_prices() {
    let healthy = valuation(100, true);
    let flag = MarginFlag {
        renewed_ts: NOW + 20,
        publish_ts: NOW + 19,
        ..flagged(NOW)
    };
    let now = sight(NOW + 20, NOW + 19);
    assert_eq!(
        flag.after_liquidation(&healthy, &now, &P),
        MarginFlag::default()
    );
    let partly = flag.after_liquidation(&valuation(99, true), &now, &P);
    assert_eq!(
        (partly.flagged_ts, partly.renewed_ts),
        (Some(NOW), NOW + 20)
    );
    let hidden = flag.after_liquidation(&valuation(100, false), &now, &P);
    assert_eq!(hidden, flag);
    // Deep, and flagged in the same transaction: what is healthy has no flag, whatever its prices' time.
    let same = sight(NOW, NOW - 1);
    let set = MarginFlag::default().after(&valuation(50, true), &same, &P);
    assert_eq!(set, flagged(NOW));
    assert_eq!(set.after(&healthy, &same, &P), set);
    assert_eq!(
        set.after_liquidation(&healthy, &same, &P),
        MarginFlag::default()
    );
    let old = sight(NOW + 20, NOW - 5);
    assert_eq!(
        flag.after_liquidation(&healthy, &old, &P),
        MarginFlag::default()
    );
}

#[test]
fn a_run_begins_no_earlier_than_its_newest_update() {
    // A feed's clock runs three seconds ahead: price updates of the same three seconds, newer than the clock, are no second
    // look.
    let set = |publish_ts| {
        let below = valuation(99, true);
        MarginFlag::default().after(&below, &sight(NOW, publish_ts), &P)
    };
    assert_eq!(set(NOW + 3).flagged_ts, Some(NOW + 3));
    assert_eq!(
        (set(NOW + 3).renewed_ts, set(NOW + 3).publish_ts),
        (NOW, NOW + 3)
    );
    assert_eq!(set(NOW).flagged_ts, Some(NOW));
    assert_eq!(set(NOW - 3).flagged_ts, Some(NOW));
    let check = |now, publish_ts| {
        let run = set(NOW + 3).run_at(now, PauseSpan::default(), &P);
        run.check_grace(publish_ts, Grace::Required, &P)
    };
    let refused = Err(RiskError::LiquidationGracePeriod);
    assert_eq!(check(NOW + 12, NOW + 12), refused, "nine seconds");
    assert_eq!(check(NOW + 13, NOW + 3), refused, "the same update");
    assert_eq!(check(NOW + 13, NOW + 4), Ok(()));
}

#[test]
fn paused_time_counts_neither_towards_the_lapse_nor_the_age() {
    let paused = PauseSpan {
        from_ts: NOW + 5,
        until_ts: NOW + 1_805,
    };
    let flag = flagged(NOW);
    let at = |now| flag.run_at(now, paused, &P);
    assert_eq!(at(NOW + 1_000).age_secs(), 5, "in the pause");
    assert_eq!(at(NOW + 1_809).age_secs(), 9);
    assert_eq!(at(NOW + 1_805 + 54).since_ts, Some(NOW + 1_800));
    assert_eq!(at(NOW + 1_805 + 55).since_ts, None);
    let renewed = flag.after(
        &valuation(99, true),
        &Sight {
            paused,
            ..sight(NOW + 1_810, NOW + 1_809)
        },
        &P,
    );
    assert_eq!(renewed.flagged_ts, Some(NOW + 1_800));
    // Renewed after the pause, it is not moved by it again.
    assert_eq!(renewed.run_at(NOW + 1_811, paused, &P).age_secs(), 11);
    // A pause that ended before, and one that has not begun.
    let before = PauseSpan {
        from_ts: NOW - 100,
        until_ts: NOW - 50,
    };
    assert_eq!(flag.run_at(NOW + 60, before, &P).since_ts, None);
}

#[test]
fn a_liquidation_waits_for_grace_and_newer_prices() {
    let refused = Err(RiskError::LiquidationGracePeriod);
    let check = |flag: MarginFlag, now, publish_ts| {
        flag.run_at(now, PauseSpan::default(), &P)
            .check_grace(publish_ts, Grace::Required, &P)
    };
    assert_eq!(check(flagged(NOW), NOW + 10, NOW + 1), Ok(()));
    assert_eq!(check(flagged(NOW), NOW + 9, NOW + 1), refused);
    assert_eq!(check(flagged(NOW), NOW + 10, NOW), refused); // published at the flag
    assert_eq!(check(flagged(NOW), NOW + 60, NOW + 59), refused); // lapsed
    assert_eq!(check(MarginFlag::default(), NOW, NOW), refused);
}

#[test]
fn a_severe_account_needs_neither() {
    let severe = |flag: MarginFlag| {
        let standing = flag.run_at(NOW, PauseSpan::default(), &P);
        standing
            .check_grace(NOW - 100, Grace::Waived, &P)
            .map(|()| standing.age_secs())
    };
    assert_eq!(severe(MarginFlag::default()), Ok(0));
    assert_eq!(severe(flagged(NOW - 5)), Ok(5));
    assert_eq!(severe(flagged(NOW + 5)), Ok(0)); // a clock that went back
}

#[test]
fn without_a_flag_nothing_but_depth_liquidates_even_without_grace() {
    let p = LiquidationParams { grace_secs: 0, ..P };
    let standing = MarginFlag::default().run_at(NOW, PauseSpan::default(), &p);
    let refused = standing.check_grace(NOW + 1, Grace::Required, &p);
    assert_eq!(refused, Err(RiskError::LiquidationGracePeriod));
    assert_eq!(standing.check_grace(NOW + 1, Grace::Waived, &p), Ok(()));
}
