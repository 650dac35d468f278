use super::*;

fn premium_ceil(notional: u64, skew: i128, scale: u64) -> Result<u64, RiskError> {
    let (skew, scale) = (WideBaseAtoms::new(skew), BaseAtoms::new(scale));
    super::premium_ceil(QuoteAtoms::new(notional), skew, scale).map(QuoteAtoms::get)
}

const fn skew(now_atoms: i128, resting_atoms: i128) -> Skew {
    Skew {
        now_atoms,
        resting_atoms,
    }
}

#[test]
fn at_rest_the_mean_is_that_of_the_middle() {
    for (atoms, size, doubled) in [
        (0, 10, 10),
        (0, -10, -10),
        (100, 10, 210),
        (100, -10, 190),
        (-100, 10, -190),
        (-100, -10, -210),
        (-5, 10, 0),
        (7, 0, 14),
    ] {
        let resting = Skew::resting(atoms);
        assert_eq!(resting.doubled_mean(size), doubled, "{atoms} {size}");
    }
}

#[test]
fn a_skew_that_this_second_lowered_still_counts_for_a_buyer() {
    // From −40 back to 0, which it was: nothing is received.
    assert_eq!(skew(-40, 0).doubled_mean(40), 0);
    assert_eq!(skew(-40, 0).doubled_mean(10), 0);
    // 50: ten of them beyond, at 5 on average, so 1 over all: 2 · 50/50.
    assert_eq!(skew(-40, 0).doubled_mean(50), 2);
    // It was −10: received by that, not by −40.
    assert_eq!(skew(-40, -10).doubled_mean(30), -20);
    // It was 10: paid by that, not received.
    assert_eq!(skew(-40, 10).doubled_mean(30), 20);
    // What the second raised is simply there.
    assert_eq!(skew(40, 0).doubled_mean(10), 90);
}

#[test]
fn a_seller_is_a_buyer_in_the_mirror() {
    for (now, resting, size) in [(-40, 0, 50), (-40, -10, 30), (40, 0, 10), (7, 90, 1_000)] {
        let buyer = skew(now, resting).doubled_mean(size);
        assert_eq!(skew(-now, -resting).doubled_mean(-size), -buyer);
    }
}

#[test]
fn charges_where_the_mean_is_on_the_side_of_the_trade() {
    assert!(skew(0, 0).charges(1) && skew(0, 0).charges(-1));
    assert!(skew(10, 10).charges(1) && !skew(10, 10).charges(-1));
    assert!(!skew(10, 10).charges(-20) && skew(10, 10).charges(-21));
    // Pushed up within the second, a sale gets nothing and pays once it is below where it began.
    assert!(!skew(10, 0).charges(-10) && skew(10, 0).charges(-11));
}

#[test]
fn extremes_saturate() {
    assert_eq!(Skew::resting(i128::MAX).doubled_mean(1), i128::MAX);
    assert_eq!(Skew::resting(i128::MIN).doubled_mean(1), i128::MIN + 1);
    let far = skew(i128::MIN, i128::MAX);
    assert_eq!(far.doubled_mean(i64::MAX), i128::MAX);
    assert_eq!(far.mirrored().doubled_mean(i64::MIN), -i128::MAX);
    let large = skew(0, 1);
    let doubled = large.doubled_mean_of_buyer(u64::MAX);
    // 2 + (2^64 − 2)²/(2^64 − 1), up
    assert_eq!(doubled, i128::from(u64::MAX) + 1);
}

#[test]
fn the_premium_is_half_of_the_rate_at_the_skew() {
    // $1,000 · 50/1,000 / 2, up
    assert_eq!(premium_ceil(1_000_000_001, 50, 1_000), Ok(25_000_001));
    assert_eq!(premium_ceil(1_000_000_001, -50, 1_000), Ok(25_000_001));
    assert_eq!(premium_ceil(1 << 40, 1 << 40, u64::MAX), Ok((1 << 15) + 1));
    assert_eq!(premium_ceil(0, 0, 1_000), Ok(0));
    assert_eq!(premium_ceil(1, 1, 0), Err(RiskError::Overflow));
    assert_eq!(premium_ceil(1, 1 << 64, 1), Err(RiskError::Overflow));
}
