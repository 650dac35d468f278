use super::*;

const DAY: i64 = PAID_WINDOW_SECS;
const CAP: u64 = 100;

fn loss_of(
    has_position: bool,
    collateral_atoms: u64,
    balance_atoms: i64,
) -> Result<u64, RiskError> {
    let left = LastHoldings {
        has_position,
        collateral: QuoteAtoms::new(collateral_atoms),
        balance: SignedQuoteAtoms::new(balance_atoms),
    };
    left.loss().map(QuoteAtoms::get)
}

fn payout_floor(amount: u64, vault: u64, positive: u64, deficit: u64) -> u64 {
    let shortage = Shortage {
        vault: QuoteAtoms::new(vault),
        positive_balances: QuoteAtoms::new(positive),
        deficit: QuoteAtoms::new(deficit),
    };
    shortage.payout_floor(QuoteAtoms::new(amount)).get()
}

#[test]
fn insurance_then_pool_then_nobody() {
    let parts = |loss, insurance, left, pool| {
        let payers = LossPayers {
            insurance: QuoteAtoms::new(insurance),
            insurance_cap_left: QuoteAtoms::new(left),
            pool: QuoteAtoms::new(pool),
        };
        let fall = Waterfall::new(QuoteAtoms::new(loss), &payers);
        (
            fall.by_insurance_atoms,
            fall.by_pool_atoms,
            fall.deficit_atoms,
        )
    };
    assert_eq!(parts(100, 200, 200, 50), (100, 0, 0));
    assert_eq!(parts(100, 60, 200, 50), (60, 40, 0));
    assert_eq!(parts(100, 60, 20, 50), (20, 50, 30), "its cap");
    assert_eq!(parts(100, 0, 20, 0), (0, 0, 100));
    assert_eq!(parts(0, 1, 1, 1), (0, 0, 0));
    assert_eq!(
        parts(u64::MAX, 1, u64::MAX, 1),
        (1, 1, u64::MAX - 2),
        "sums exactly"
    );
}

#[test]
fn only_an_account_with_nothing_left_is_bankrupt() {
    let refused = Err(RiskError::AccountNotBankrupt);
    assert_eq!(loss_of(false, 999_999, -1_000_000), Ok(1_000_000));
    assert_eq!(
        loss_of(false, 999_999, -999_999),
        refused,
        "the dust covers it"
    );
    assert_eq!(loss_of(false, 0, i64::MIN), Ok(1 << 63));
    assert_eq!(loss_of(true, 0, -5), refused);
    assert_eq!(loss_of(false, 1_000_000, -5), refused);
    assert_eq!(loss_of(false, 0, 0), refused);
    assert_eq!(loss_of(false, 0, 5), refused);
}

#[test]
fn a_withdrawal_pays_its_share_of_the_vault() {
    let share = |amount, vault, positive| payout_floor(amount, vault, positive, u64::MAX);
    assert_eq!(share(10, 70, 100), 7);
    assert_eq!(share(9, 70, 100), 6);
    assert_eq!(share(100, 70, 100), 70);
    assert_eq!(share(10, 100, 100), 10);
    assert_eq!(share(10, 200, 100), 10, "never more than the amount");
    assert_eq!(share(10, 0, 100), 0);
    assert_eq!(share(0, 0, 0), 0);
    assert_eq!(share(u64::MAX, u64::MAX - 1, u64::MAX), u64::MAX - 1);
}

#[test]
fn a_withdrawal_pays_no_more_than_the_deficit() {
    // Half of the balances is lent, one atom is lost.
    assert_eq!(payout_floor(100, 499, 1_000, 1), 99);
    assert_eq!(payout_floor(100, 499, 1_000, 60), 49);
    assert_eq!(payout_floor(100, 499, 1_000, 0), 100);
    assert_eq!(
        payout_floor(1_000, 499, 1_000, 1),
        499,
        "no more than there is"
    );
}

#[test]
fn splitting_a_withdrawal_gains_nothing() {
    for (vault, positive) in [(70, 101), (1, 50), (99, 100), (33, 97)] {
        for deficit in [1, 3, 10, 40, 200] {
            for first in 0..=20 {
                for second in 0..=29 {
                    let whole = payout_floor(first + second, vault, positive, deficit);
                    let one = payout_floor(first, vault, positive, deficit);
                    let left = deficit.saturating_sub(first - one);
                    let two = payout_floor(second, vault - one, positive - first, left);
                    assert!(
                        one + two <= whole,
                        "{vault} {positive} {deficit} {first} {second}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_cap_counts_and_comes_back() {
    let mut window = PaidWindow::default();
    let now = 1_000 * DAY;
    assert_eq!(window.left(now, CAP), CAP);
    window.pay(now, 70);
    assert_eq!(window.left(now + 5, CAP), 30);
    assert_eq!(window.left(now + 5, 60), 0, "a lower cap");
    assert_eq!(window.left(now - DAY, CAP), 30, "a clock that runs back");
    window.pay(now + 5, 30);
    assert_eq!(window.as_of(now + DAY - 1).start_ts, now);
    assert_eq!(window.as_of(now + DAY).start_ts, now + DAY);
    assert_eq!(window.left(now + 2 * DAY - 1, CAP), 0);
    assert_eq!(window.left(now + 2 * DAY, CAP), CAP);
    window.pay(now, u64::MAX);
    assert_eq!(window.left(now, u64::MAX), 0);
}

#[test]
fn extremes_of_the_clock_neither_fail_nor_free_the_cap() {
    let mut window = PaidWindow {
        start_ts: i64::MAX - 1,
        paid_atoms: CAP,
        paid_before_atoms: 0,
    };
    assert_eq!(window.left(i64::MAX, CAP), 0);
    assert_eq!(window.left(i64::MIN, CAP), 0);
    window.pay(i64::MIN, 1);
    assert_eq!(window.start_ts, i64::MAX - 1);
}

/// Payments as large as allowed at every moment of a pattern: no 24 h see more than the cap.
#[test]
fn no_24_hours_see_more_than_the_cap() {
    let mut seed = 7u64;
    let mut roll = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let (mut window, mut now) = (PaidWindow::default(), 3 * DAY);
    let mut payments = [(0i64, 0u64); 2_000];
    for payment in &mut payments {
        now += roll(20_000).cast_signed();
        let amount = window.left(now, CAP).min(roll(60));
        window.pay(now, amount);
        *payment = (now, amount);
    }
    let mut most = 0;
    for (start, _) in payments {
        let within = |(ts, _): &&(i64, u64)| (start..start + DAY).contains(ts);
        let paid = payments
            .iter()
            .filter(within)
            .map(|(_, amount)| amount)
            .sum::<u64>();
        assert!(paid <= CAP, "{paid} in the day from {start}");
        most = most.max(paid);
    }
    assert_eq!(most, CAP, "and the cap is reached");
}

#[test]
fn what_comes_back_is_taken_from_the_newest_window_first() {
    let mut window = PaidWindow::default();
    window.pay(3 * DAY, 100);
    window.pay(4 * DAY, 40);
    assert_eq!(window.sum(4 * DAY), 140);
    window.give_back(4 * DAY, 30);
    assert_eq!((window.paid_atoms, window.paid_before_atoms), (10, 100));
    window.give_back(4 * DAY, 60);
    assert_eq!((window.paid_atoms, window.paid_before_atoms), (0, 50));
    window.give_back(5 * DAY, 60);
    assert_eq!(window.sum(5 * DAY), 0);
    assert_eq!(window.left(5 * DAY, 7), 7);
}

#[test]
fn collateral_without_a_usable_price_counts_half_more() {
    let mut dust = CollateralDust::default();
    dust.add(QuoteAtoms::new(101), DustPrice::Usable);
    dust.add(QuoteAtoms::new(101), DustPrice::Unknown); // and ⌈50.5⌉
    dust.add(QuoteAtoms::new(33), DustPrice::Dead); // and ⌈16.5⌉
    assert_eq!((dust.live.get(), dust.dead.get()), (101 + 152, 50));
    assert_eq!(dust.worth().get(), 303);
    dust.add(QuoteAtoms::MAX, DustPrice::Dead);
    assert_eq!(dust.worth(), QuoteAtoms::MAX);
}
