use super::*;
use crate::number::quantity::Price;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// One whole unit at $100, base atoms.
const UNIT: u64 = 1_000_000;

fn limit(base_atoms: u64) -> OutflowLimit {
    OutflowLimit {
        outflow_per_h_e9: 100_000_000,
        base_atoms,
        price: AssetPrice {
            price: Price(100_000_000_000_000),
            base_decimals: 6,
        },
    }
}

#[test]
fn days_are_those_of_unix_time() {
    assert_eq!(Day::at_time(-1), Day(0));
    assert_eq!(Day::at_time(DAY - 1), Day(0));
    assert_eq!(Day::at_time(DAY), Day(1));
    assert_eq!(Day::at_time(i64::MAX), Day(u16::MAX));
}

#[test]
fn a_deposit_is_late_today_and_tomorrow() {
    let mut late = LateDeposits::default();
    late.deposit(Day(10), 100);
    late.deposit(Day(11), 7);
    assert_eq!(late.as_of(Day(11)).sum(), 107);
    assert_eq!(late.as_of(Day(12)).sum(), 7);
    assert_eq!(late.as_of(Day(13)).sum(), 0);
    assert_eq!(late.as_of(Day(9)).sum(), 107, "a clock that runs back");
    assert_eq!(late.take(Day(11), 40), 0, "the older first");
    assert_eq!((late.atoms, late.before_atoms), (7, 60));
    assert_eq!(late.take(Day(12), 10), 3, "what is left is older");
    assert_eq!(late.sum(), 0);
}

#[test]
fn a_sale_moves_first_what_is_older_and_makes_nothing_older() {
    let mut seller = LateDeposits {
        day: Day(5),
        atoms: 30,
        before_atoms: 20,
    };
    let mut buyer = LateDeposits {
        day: Day(4),
        atoms: 7,
        before_atoms: 0,
    };
    seller.sell_to(&mut buyer, Day(5), 60, 10);
    assert_eq!((seller.sum(), buyer.sum()), (50, 7), "the ten older ones");
    seller.sell_to(&mut buyer, Day(5), 50, 25);
    assert_eq!((seller.before_atoms, seller.atoms), (0, 25));
    assert_eq!((buyer.before_atoms, buyer.atoms), (27, 5));
    seller.sell_to(&mut buyer, Day(6), 25, 25);
    assert_eq!((seller.sum(), buyer.sum()), (0, 30), "a day later");
}

#[test]
fn the_base_is_what_stayed_for_a_whole_day() {
    let mut lows = VaultLows::default();
    lows.change(Day(100), 0, 500);
    assert_eq!(lows.base_atoms(), 0);
    assert_eq!(
        lows.as_of(Day(101), 500).base_atoms(),
        0,
        "it came that day"
    );
    assert_eq!(lows.as_of(Day(102), 500).base_atoms(), 500);
    // In and out within a day: the base of no day sees it.
    lows.change(Day(102), 500, 9_500);
    lows.change(Day(103), 9_500, 500);
    for day in 102..106 {
        assert_eq!(lows.as_of(Day(day), 500).base_atoms(), 500, "{day}");
    }
    // Who leaves lowers tomorrow's low; the base stays until tomorrow ends.
    lows.change(Day(106), 500, 50);
    assert_eq!(lows.base_atoms(), 500);
    assert_eq!(lows.as_of(Day(107), 50).base_atoms(), 500);
    assert_eq!(lows.as_of(Day(108), 50).base_atoms(), 50);
    assert_eq!(lows.as_of(Day(1), 50), lows, "a clock that runs back");
}

#[test]
fn an_hour_takes_its_share_and_no_more() {
    let (limit, mut lately) = (limit(1_000 * UNIT), TakenLately::default());
    let now = 50 * DAY;
    assert_eq!(limit.left_atoms(lately, now), Ok(100 * UNIT));
    assert_eq!(limit.take(&mut lately, now, 100 * UNIT), Ok(()));
    for later in [0, HOUR - 1, HOUR + 599] {
        let taken = limit.take(&mut lately, now + later, 1);
        assert_eq!(taken, Err(RiskError::OutflowLimitExceeded), "{later}");
        assert_eq!(limit.take(&mut lately, now + later, 0), Ok(()));
    }
    let earlier = lately;
    assert_eq!(lately.as_of(now - DAY), earlier, "a clock that runs back");
    assert_eq!(
        limit.take(&mut lately, now + HOUR + 600, 100 * UNIT),
        Ok(())
    );
}

/// Wherever an hour begins, no more than the limit leaves in it.
#[test]
fn no_hour_sees_more_than_the_limit() {
    let (limit, mut lately) = (limit(1_000 * UNIT), TakenLately::default());
    let (start, mut left) = (70 * DAY + 13, [0; 600]);
    for (minute, taken) in (0..).zip(&mut left) {
        let now = start + minute * 60;
        let most = limit.left_atoms(lately, now).unwrap();
        *taken = most.min(7 * UNIT + most % 3 * UNIT);
        limit.take(&mut lately, now, *taken).unwrap();
    }
    for hour in left.windows(61) {
        let hour: u64 = hour.iter().sum();
        assert!(hour <= 100 * UNIT, "{hour}");
    }
    let all: u64 = left.iter().sum();
    assert!(all >= 800 * UNIT, "{all} in ten hours");
}

/// $1,000 leave a vault of any size, and not a cent more.
#[test]
fn a_small_vault_is_never_kept() {
    let (limit, mut lately) = (limit(0), TakenLately::default());
    // A price rounded up: an atom below $1,000.
    assert_eq!(limit.take(&mut lately, DAY, 10 * UNIT - 1), Ok(()));
    let more = limit.take(&mut lately, DAY, 1);
    assert_eq!(more, Err(RiskError::OutflowLimitExceeded));
    assert_eq!(limit.take(&mut lately, 2 * DAY, 10 * UNIT - 1), Ok(()));
}

/// Five atoms of a token without decimals at $1 M: one may leave in 70 minutes.
#[test]
fn atoms_that_cannot_be_shared_leave_one_by_one() {
    let limit = OutflowLimit {
        price: AssetPrice {
            price: Price(1_000_000_000_000_000_000),
            base_decimals: 0,
        },
        ..limit(5)
    };
    let mut lately = TakenLately::default();
    for step in 0..5 {
        assert_eq!(
            limit.take(&mut lately, DAY + step * (HOUR + 600), 1),
            Ok(())
        );
    }
}

/// Of any 24 hours withdrawals may be paused for twelve, six at a time; what others took just before counts too.
#[test]
fn the_whole_base_leaves_within_a_day_whatever_is_paused() {
    for (shift, used_before) in [(0, false), (0, true), (2, true), (3, false), (5, true)] {
        let (limit, mut lately) = (limit(7_777 * UNIT + 13), TakenLately::default());
        let (start, mut left) = (90 * DAY + 77, limit.base_atoms);
        if used_before {
            limit.take(&mut lately, start - 60, 777 * UNIT).unwrap();
        }
        let (mut now, mut open_secs) = (start, 0);
        while left > 0 {
            let is_paused = (now - start + shift * HOUR).div_euclid(6 * HOUR) % 2 == 1;
            if !is_paused {
                let most = limit.left_atoms(lately, now).unwrap().min(left);
                limit.take(&mut lately, now, most).unwrap();
                left -= most;
                open_secs += 60;
            }
            now += 60;
        }
        let hours = (now - start).div_euclid(HOUR);
        assert!(hours < 24, "{shift} {used_before}: {hours} h");
        assert!(open_secs > 9 * HOUR, "{open_secs}");
    }
}
