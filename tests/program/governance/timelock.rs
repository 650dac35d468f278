//! How long a change waits, and what changes that.
use super::{looser, theta};
use crate::support::{Stage, refused, stage};
use freeboard::{
    changes::{CHANGE_LIFE_SECS, TIMELOCK_MAX_SECS, TIMELOCK_MIN_SECS},
    error::FreeboardError,
    state::Change,
};
use freeboard_tests::{World, governance::TIMELOCK_SECS};

#[test]
fn a_longer_timelock_holds_at_once_and_a_shorter_one_waits_for_the_longer() {
    let Stage { mut world, .. } = stage();
    let governance = world.governance.clone();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    let two_days = 2 * TIMELOCK_MIN_SECS;
    let longer = Change::Timelock { secs: two_days };
    world.tighten_as(&governance, 0, longer).unwrap();
    world.warp(TIMELOCK_SECS);
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    world.warp(TIMELOCK_SECS);
    world.execute(&change).unwrap();

    let shorter = Change::Timelock {
        secs: TIMELOCK_MIN_SECS,
    };
    refused(
        world.tighten_as(&governance, 1, shorter.clone()),
        FreeboardError::ChangeNotTighter,
    );
    world.propose(shorter.clone()).unwrap();
    let other = looser(&world);
    world.propose(other.clone()).unwrap();
    world.warp(i64::from(two_days) - 1);
    refused(world.execute(&shorter), FreeboardError::ChangeTooEarly);
    world.warp(1);
    world.execute(&shorter).unwrap();
    assert_eq!(world.exchange().timelock_secs, TIMELOCK_MIN_SECS);
    world.execute(&other).unwrap();
    // Proposed under the longer one, it keeps that.
    world
        .tighten_as(&governance, 2, Change::Timelock { secs: two_days })
        .unwrap();
    let third = looser(&world);
    world.propose(third.clone()).unwrap();
    world.propose(shorter.clone()).unwrap();
    world.warp(i64::from(two_days));
    world.execute(&shorter).unwrap();
    world.execute(&third).unwrap();
}

/// Below a day and above thirty, at the creation and later.
pub fn timelock_bounds() {
    let Stage { mut world, .. } = stage();
    let outside = [0, TIMELOCK_MIN_SECS - 1, TIMELOCK_MAX_SECS + 1, u32::MAX];
    for secs in outside {
        refused(
            world.propose(Change::Timelock { secs }),
            FreeboardError::TimelockOutOfBounds,
        );
        let spec = freeboard_tests::ExchangeSpec {
            timelock_secs: secs,
            ..Default::default()
        };
        refused(
            World::try_with(spec).map(|_| ()),
            FreeboardError::TimelockOutOfBounds,
        );
    }
    world
        .change(Change::Timelock {
            secs: TIMELOCK_MAX_SECS,
        })
        .unwrap();
}

/// Who lets a change expire cannot bring it back by a longer timelock.
#[test]
fn a_void_change_stays_void() {
    let Stage { mut world, .. } = stage();
    let governance = world.governance.clone();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS + CHANGE_LIFE_SECS);
    let longer = Change::Timelock {
        secs: 12 * TIMELOCK_MIN_SECS,
    };
    world.tighten_as(&governance, 0, longer).unwrap();
    for _ in 0..20 {
        refused(world.execute(&change), FreeboardError::ChangeExpired);
        world.warp(86_400);
    }
}

/// LPs leave before a change as well: the request they make the moment it was proposed has its delay and its whole
/// window before it.
#[test]
fn a_change_waits_longer_than_an_lp() {
    for (lp_delay_secs, lp_window_secs) in [
        (86_400, 43_200),
        (100_000, 50_000),
        (604_800, 43_200),
        (604_800, 302_400),
    ] {
        let mut spec = freeboard_tests::ExchangeSpec::default();
        (spec.pool.lp_delay_secs, spec.pool.lp_window_secs) = (lp_delay_secs, lp_window_secs);
        let mut world = World::with(spec);
        let change = theta(&world, 700_000_000);
        world.propose(change.clone()).unwrap();
        let wait = i64::from((lp_delay_secs + lp_window_secs).max(TIMELOCK_MIN_SECS));
        world.warp(wait - 1);
        refused(world.execute(&change), FreeboardError::ChangeTooEarly);
        world.warp(1);
        world.execute(&change).unwrap();
    }
}
