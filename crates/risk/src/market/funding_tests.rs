use super::*;

const SOL: u64 = 1_000_000_000;
const HOUR: i64 = 3_600;
const PRICE: Price = Price(150_000_000_000_000);

/// SOL at $150, 0.01 %/h at a skew of 1,000 SOL.
struct Market {
    state: FundingState,
    interest: OpenInterest,
}

fn market(long_sol: u64, short_sol: u64) -> Market {
    let interest = OpenInterest {
        long_atoms: long_sol * SOL,
        short_atoms: short_sol * SOL,
    };
    let mut state = FundingState::new(0);
    let scale = BaseAtoms::new(1_000 * SOL);
    state.set_rate(interest, 100_000, scale).unwrap();
    Market { state, interest }
}

impl Market {
    fn at(&self, now: i64) -> FundingState {
        self.state.accrued_at(PRICE, 9, self.interest, now).unwrap()
    }
}

fn size(sol: i64) -> i64 {
    sol * SOL as i64
}

fn accrued_atoms(size_atoms: i64, from_q64: i128, to_q64: i128) -> Result<i64, RiskError> {
    Growth { from_q64, to_q64 }.accrued_atoms(size_atoms)
}

fn accrued(state: &FundingState, size: i64) -> i64 {
    accrued_atoms(size, 0, state.index_q64(size)).unwrap()
}

#[test]
fn the_larger_side_pays_and_the_pool_keeps_the_difference() {
    // 150 USD · 0.01 % · 500/1000 = 0.0075 USD per SOL
    let after = market(600, 100).at(HOUR);
    assert_eq!(accrued(&after, size(600)), -4_500_001);
    assert_eq!(accrued(&after, -size(100)), 749_999); // 0.75 USD, down
    let kept =
        |after: &FundingState| (3_750_000..=3_750_001).contains(&(after.receivable_q64 >> 64));
    assert!(kept(&after), "{after:?}");
    let after = market(100, 600).at(HOUR);
    assert_eq!(accrued(&after, -size(600)), -4_500_001);
    assert_eq!(accrued(&after, size(100)), 749_999);
    assert!(kept(&after), "{after:?}");
}

#[test]
fn the_rate_ends_at_its_maximum_and_a_gap_at_one_hour() {
    let market = market(5_000, 0);
    let hour = market.at(HOUR);
    assert_eq!(accrued(&hour, size(1)), -15_001); // 150 USD · 0.01 %, up
    let gap = market.at(100 * HOUR);
    assert_eq!(gap.long_index_q64, hour.long_index_q64);
    assert_eq!(gap.updated_ts, 100 * HOUR);
}

#[test]
fn no_skew_no_time_or_a_clock_that_runs_back_accrue_nothing() {
    for (market, now) in [
        (market(5, 5), 500),
        (market(5, 0), 0),
        (market(5, 0), -50),
        (market(0, 0), 900),
    ] {
        let after = market.at(now);
        assert_eq!((after.long_index_q64, after.short_index_q64), (0, 0));
        assert_eq!(after.updated_ts, now.max(0));
    }
}

#[test]
fn an_index_read_is_the_index_stored() {
    for market in [market(600, 100), market(3, 90)] {
        let stored = market.at(777);
        for size in [1, -1] {
            let signed = SignedBaseAtoms::new(size);
            let read = market.state.index_at(signed, PRICE, 9, 777).unwrap();
            assert_eq!(read, stored.index_q64(size));
        }
    }
}

#[test]
fn settling_takes_exactly_what_is_owed_out_of_the_receivable() {
    for side in [1, -1] {
        let (long_sol, short_sol) = if side > 0 { (600, 100) } else { (100, 600) };
        let mut state = market(long_sol, short_sol).at(1_234);
        let settled: i64 = [size(250), size(350), -size(100)]
            .map(|size| state.settle(side * size, 0).unwrap())
            .iter()
            .sum();
        assert_eq!(state.receivable_q64, 0);
        assert!(settled < 0);
        // What is settled again at the new index is nothing.
        let index = state.index_q64(side * size(250));
        assert_eq!(state.settle(side * size(250), index), Ok(0));
    }
}

#[test]
fn splitting_time_or_size_never_gains() {
    for market in [market(7, 3), market(3, 7)] {
        let once = market.at(3_000);
        let half = market.at(1_000);
        let twice = half.accrued_at(PRICE, 9, market.interest, 3_000).unwrap();
        let more = twice.long_index_q64 - once.long_index_q64;
        assert!((0..=2).contains(&more), "{more}");
        let less = once.short_index_q64 - twice.short_index_q64;
        assert!((0..=2).contains(&less), "{less}");
        for side in [1, -1] {
            let whole = accrued(&once, size(7 * side));
            let parts = accrued(&once, size(3 * side)) + accrued(&once, size(4 * side));
            assert!(parts <= whole);
        }
    }
}

#[test]
fn what_is_paid_is_at_least_what_is_received() {
    let mut market = market(10, 10);
    market.state.rate_q64 = 1; // the smallest: nothing is credited, something is charged
    let after = market.at(HOUR);
    assert!(after.long_index_q64 > 0);
    assert_eq!(after.short_index_q64, 0);
    assert!(after.receivable_q64 > 0);
}

#[test]
fn extremes_overflow_by_name() {
    let state = FundingState {
        rate_q64: i64::MAX,
        ..FundingState::new(0)
    };
    let interest = OpenInterest {
        long_atoms: u64::MAX,
        short_atoms: 0,
    };
    let overflow = Err(RiskError::Overflow);
    assert_eq!(state.accrued_at(PRICE, 9, interest, HOUR), overflow);
    let slow = FundingState {
        rate_q64: 1 << 40,
        ..FundingState::new(0)
    };
    assert_eq!(
        slow.accrued_at(Price(u128::MAX), 0, interest, HOUR),
        overflow
    );
    let overflow = Err(RiskError::Overflow);
    assert_eq!(accrued_atoms(i64::MAX, i128::MIN, i128::MAX), overflow);
    assert_eq!(accrued_atoms(i64::MAX, 0, i128::MAX), overflow);
    assert_eq!(accrued_atoms(i64::MIN, 0, i128::MIN / 2), overflow);
    let mut state = FundingState::new(0);
    let refused = state.set_rate(interest, 100_000, BaseAtoms::ZERO);
    assert_eq!(refused, Err(RiskError::Overflow));
}
