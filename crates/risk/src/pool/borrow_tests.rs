use super::*;
use crate::pool::{AtomRange, Loans};

const DAY: i64 = 86_400;
/// 0.001 % per hour.
const RATE_E9: u64 = 10_000;

fn interest_ceil(loan: u64, last_q64: u128, now_q64: u128) -> u64 {
    let index = IndexSpan { last_q64, now_q64 };
    super::interest_ceil(QuoteAtoms::new(loan), index).get()
}

fn start_floor(loan: u64, index_q64: u128) -> u64 {
    super::start_floor(QuoteAtoms::new(loan), index_q64).get()
}

fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

#[test]
fn the_index_grows_simply_between_updates_and_compounds_over_them() {
    let mut state = BorrowState::new(0, e9(RATE_E9));
    let day = state.index_at(DAY) - INDEX_ONE_Q64;
    // 24 h · 10^-5 = 0.00024, up
    let exact = INDEX_ONE_Q64 * 24 / 100_000;
    assert!(day > exact && day <= exact + 1_000, "{day} {exact}");
    let two_days = state.index_at(2 * DAY) - INDEX_ONE_Q64;
    assert!(two_days.abs_diff(2 * day) < 100);
    state.accrue(DAY);
    assert_eq!(state.index_q64, INDEX_ONE_Q64 + day);
    let compound = state.index_at(2 * DAY) - INDEX_ONE_Q64;
    // (1 + r)² = 1 + 2r + r²
    let square = INDEX_ONE_Q64 * 24 * 24 / 10_000_000_000;
    assert!(compound >= two_days + square && compound <= two_days + square + 1_000);
}

#[test]
fn touching_it_often_never_lowers_it_and_hardly_raises_it() {
    let once = BorrowState::new(0, e9(RATE_E9)).index_at(DAY);
    let mut often = BorrowState::new(0, e9(RATE_E9));
    for now in 1..=DAY {
        often.accrue(now);
    }
    assert!(often.index_q64 >= once);
    // r²/2 + r³/6 of compounding and a few units of 2^-60 per step
    let most = INDEX_ONE_Q64 * 24 * 24 / 20_000_000_000
        + INDEX_ONE_Q64 * 24 * 24 * 24 / 6_000_000_000_000_000
        + 86_400 * 20;
    assert!(often.index_q64 - once <= most, "{}", often.index_q64 - once);
}

#[test]
fn sums_of_starts_enclose_the_interest_of_all_loans() {
    let one = INDEX_ONE_Q64;
    assert_eq!(start_floor(1_000, one), 1_000);
    assert_eq!(start_floor(1_000, one * 3), 333);
    assert_eq!(start_floor(u64::MAX, one), u64::MAX);
    assert_eq!((start_floor(7, 0), start_floor(0, one)), (7, 0));
    // Loans settled at different moments.
    let loans = [
        (1_000_003, one + one / 7),
        (5, one * 2),
        (900_000_000_001, one + 12_345),
        (77, one * 3 / 2),
    ];
    for now in [one * 2, one * 5 / 2, one * 40] {
        let exact: u64 = loans
            .iter()
            .map(|(loan, last)| interest_ceil(*loan, *last, now))
            .sum();
        let starts: u64 = loans
            .iter()
            .map(|(loan, last)| start_floor(*loan, *last))
            .sum();
        let sum: u64 = loans.iter().map(|(loan, _)| loan).sum();
        let all = Loans {
            loans_atoms: sum.cast_signed(),
            starts_atoms: starts.cast_signed(),
            count: 4,
        };
        let interest = all.unsettled_interest(now);
        let (least, most) = (interest.least_atoms, interest.most_atoms);
        // Each loan's own interest is rounded up.
        assert!(
            least <= exact && exact <= most + 4,
            "{least} {exact} {most}"
        );
        let width = u64::try_from((now >> 64) + 1).unwrap() * 4 + 1;
        assert!(most - least <= width, "{least} {most}");
    }
    assert_eq!(
        Loans::default().unsettled_interest(one * 9),
        AtomRange::default()
    );
    let largest = Loans {
        starts_atoms: i64::MAX,
        count: 1,
        loans_atoms: 0,
    };
    let saturated = AtomRange {
        least_atoms: u64::MAX,
        most_atoms: u64::MAX,
    };
    assert_eq!(largest.unsettled_interest(u128::MAX), saturated);
    let negative = Loans {
        loans_atoms: -1,
        starts_atoms: -1,
        count: -1,
    };
    assert_eq!(
        negative.unsettled_interest(u128::MAX),
        AtomRange::default(),
        "no ledger holds less than no loan"
    );
}

#[test]
fn a_clock_that_runs_back_counts_as_no_time() {
    let mut state = BorrowState::new(1_000, e9(RATE_E9));
    assert_eq!(state.index_at(0), INDEX_ONE_Q64);
    assert_eq!(state.index_at(i64::MIN), INDEX_ONE_Q64);
    state.accrue(0);
    assert_eq!(state, BorrowState::new(1_000, e9(RATE_E9)));
}

#[test]
fn a_new_rate_leaves_the_past_as_it_was() {
    let mut state = BorrowState::new(0, e9(RATE_E9));
    let then = state.index_at(DAY);
    state.set_rate(DAY, e9(100_000));
    assert_eq!(
        (state.index_q64, state.updated_ts, state.rate_per_h),
        (then, DAY, e9(100_000))
    );
    assert!(state.index_at(2 * DAY) - then > 9 * (then - INDEX_ONE_Q64));
}

#[test]
fn the_index_saturates_instead_of_failing() {
    let state = BorrowState::new(i64::MIN, Fraction::MAX);
    assert_eq!(state.index_at(i64::MAX) / INDEX_ONE_Q64, 16);
    let huge = BorrowState {
        index_q64: u128::MAX - 1,
        ..state
    };
    assert_eq!(huge.index_at(i64::MAX), u128::MAX);
}

#[test]
fn the_rate_follows_the_share_that_is_lent() {
    let params = PoolParams::reference();
    let close = |found: Fraction, wanted: Fraction| {
        assert!(
            found >= wanted && found.to_bits() - wanted.to_bits() <= 4,
            "{found:?}"
        );
    };
    assert_eq!(rate(&params, 0, 100), e9(1_000));
    assert_eq!(rate(&params, 0, -100), e9(1_000));
    close(rate(&params, 50, 100), e9(6_000));
    close(rate(&params, 1, 10_000), e9(1_001));
    for (loans, cash) in [(100, 100), (101, 100), (1, 0), (1, -5), (u64::MAX, 1)] {
        close(rate(&params, loans, cash), e9(11_000));
    }
    close(rate(&params, u64::MAX, i128::MAX), e9(1_000));
    let absurd = PoolParams {
        borrow_base_per_h_e9: u64::MAX,
        ..params
    };
    assert_eq!(rate(&absurd, 1, 1), Fraction::MAX);
}

#[test]
fn interest_is_rounded_up_and_never_falls_by_splitting() {
    let half = INDEX_ONE_Q64 / 2;
    assert_eq!(interest_ceil(100, INDEX_ONE_Q64, INDEX_ONE_Q64 + half), 50);
    assert_eq!(interest_ceil(1, INDEX_ONE_Q64, INDEX_ONE_Q64 + 1), 1);
    assert_eq!(interest_ceil(0, INDEX_ONE_Q64, INDEX_ONE_Q64 + half), 0);
    assert_eq!(interest_ceil(100, 0, INDEX_ONE_Q64), 0, "never accrued");
    assert_eq!(interest_ceil(100, INDEX_ONE_Q64 + half, INDEX_ONE_Q64), 0);
    for loan in [1, 7, 999_999_999_999, 1 << 60] {
        let (first, second) = (INDEX_ONE_Q64 + 12_345_678, INDEX_ONE_Q64 + half);
        let whole = interest_ceil(loan, INDEX_ONE_Q64, second);
        let one = interest_ceil(loan, INDEX_ONE_Q64, first);
        let two = interest_ceil(loan + one, first, second);
        assert!(one + two >= whole && one + two <= whole + 2);
    }
}

#[test]
fn interest_of_an_index_that_more_than_doubled() {
    // 3 · loan, whatever the cut
    for loan in [1, 1_000_003, 1 << 60] {
        let found = interest_ceil(loan, INDEX_ONE_Q64, 4 * INDEX_ONE_Q64);
        assert_eq!(found, 3 * loan);
        let odd = interest_ceil(loan, INDEX_ONE_Q64 + 1, 4 * INDEX_ONE_Q64 + 1);
        assert!(odd <= 3 * loan && odd >= 3 * loan - 1);
    }
    // a growth that rounds up to a power of two
    assert_eq!(
        interest_ceil(1 << 40, INDEX_ONE_Q64, 3 * INDEX_ONE_Q64 - 1),
        1 << 41
    );
    assert_eq!(interest_ceil(10, 1, u128::MAX), u64::MAX);
    assert_eq!(interest_ceil(u64::MAX, u128::MAX - 1, u128::MAX), 1);
}

#[test]
fn loans_stay_within_the_cap_and_the_pool() {
    let params = PoolParams {
        borrow_cap_quote_atoms: 100,
        ..PoolParams::reference()
    };
    let refused = Err(RiskError::PoolUtilizationExceeded);
    assert_eq!(check_loans(&params, 100, 100), Ok(()));
    assert_eq!(
        check_loans(&params, 101, 1_000),
        Err(RiskError::BorrowCapExceeded)
    );
    assert_eq!(check_loans(&params, 50, 49), refused);
    assert_eq!(check_loans(&params, 1, -1), refused);
}
