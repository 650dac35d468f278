//! P3 and P6 for LPs: whatever the prices, deposit and redeem at once never gains, splitting never
//! gains, nobody else's share loses, and the dust stays in the pool.
use freeboard_risk::RiskError;
use freeboard_risk::number::atoms::{QuoteAtoms, Shares, WideQuoteAtoms};
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::pool::{AtomRange, FirstShares, MarketBook, Nav, RequestPart, ShareValue};
use num_bigint::BigInt;
use proptest::prelude::*;

use crate::config;
use crate::draw::Dice;
use crate::rolls;
use plain::{first_shares, min_out_ceil, payout_floor, redeemable_floor, shares_for_deposit_floor};

#[path = "plain_shares.rs"]
mod plain;

const ROLLS: usize = 80;

/// A market worth up to $10 G, long or short, with any confidence up to the price and any EMA.
fn book(dice: &mut Dice) -> MarketBook {
    let price = dice.magnitude(1, u64::MAX);
    let base_decimals = dice.between(0, 18) as u8;
    let worth = u128::from(dice.magnitude(1, 10_000_000_000_000_000));
    let atoms = worth.saturating_mul(10u128.pow(u32::from(base_decimals) + 6)) / u128::from(price);
    let size = i128::from(u64::try_from(atoms).unwrap_or(u64::MAX));
    let entry = i128::from(dice.between(0, 2 * worth as u64));
    let short = dice.chance(50);
    let funding = i128::from(dice.between(0, 1 << 60)) << dice.between(0, 60);
    MarketBook {
        net_size_atoms: if short { -size } else { size },
        entry_quote_atoms: if short { -entry } else { entry },
        funding_receivable_q64: if dice.chance(50) { -funding } else { funding },
        price: Price(u128::from(price)),
        confidence: Price(u128::from(dice.between(0, price))),
        drift: Price(u128::from(dice.between(0, price))),
        ema: Price(u128::from(price) * u128::from(dice.between(500, 2_000)) / 1_000),
        base_decimals,
        z: Fraction::from_e9_ceil(dice.between(1_000_000_000, 3_000_000_000)).unwrap(),
    }
}

/// A pool that is worth something to who redeems, and its supply.
fn pool(dice: &mut Dice) -> (Nav, u64) {
    let mut nav = Nav {
        known_bad_debt_atoms: dice.between(0, 1_000_000_000_000),
        insurance_atoms: dice.between(0, 1_000_000_000_000),
        ..Nav::default()
    };
    for _ in 0..dice.index(4) {
        let least = dice.magnitude(1, 1 << 40);
        let premium = AtomRange {
            least_atoms: least,
            most_atoms: least + 1,
        };
        nav = nav.with_market(&book(dice), premium).unwrap();
    }
    let worth = i128::from(dice.magnitude(1, 1 << 60));
    let least = dice.magnitude(1, 1 << 40);
    nav.interest = AtomRange {
        least_atoms: least,
        most_atoms: least + dice.magnitude(1, 1 << 10),
    };
    nav.cash_atoms =
        worth + nav.pnl_ceil_atoms + i128::from(nav.known_bad_debt_atoms) - i128::from(least);
    assert_eq!(nav.nav_for_redeem(), Ok(worth));
    (nav, dice.magnitude(1_000, 1 << 62))
}

/// The pool after cash came in or went out.
fn moved(nav: &Nav, atoms: i128) -> Nav {
    Nav {
        cash_atoms: nav.cash_atoms + atoms,
        ..*nav
    }
}

/// Shares, or none where the deposit is refused; nothing else may be the reason.
fn shares_of(amount: u64, supply: u64, nav: &Nav) -> Option<u64> {
    match shares_for_deposit_floor(amount, supply, nav.nav_for_deposit().unwrap()) {
        Ok(shares) => Some(shares),
        Err(RiskError::LpAmountTooSmall | RiskError::Overflow) => None,
        Err(error) => panic!("{error:?}"),
    }
}

fn paid(shares: u64, supply: u64, nav: &Nav) -> u64 {
    match payout_floor(shares, supply, nav.nav_for_redeem().unwrap()) {
        Ok(payout) => payout,
        Err(RiskError::LpAmountTooSmall | RiskError::PoolInsolvent) => 0,
        Err(error) => panic!("{error:?}"),
    }
}

/// Values of the pool that a holder may see, before and after `atoms` came in.
fn views(nav: &Nav, atoms: i128) -> [(i128, i128); 3] {
    let (low, high) = (
        nav.nav_for_redeem().unwrap(),
        nav.nav_for_deposit().unwrap(),
    );
    let after = moved(nav, atoms);
    assert_eq!(after.nav_for_redeem(), Ok(low + atoms));
    assert_eq!(after.nav_for_deposit(), Ok(high + atoms));
    let middle = low + (high - low) / 2;
    [low, middle, high].map(|value| (value, value + atoms))
}

fn per_share_did_not_fall(value: (i128, i128), supply: (u64, u64)) -> bool {
    value.1 * i128::from(supply.0) >= value.0 * i128::from(supply.1)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p3_the_pnl_bounds_hold_the_exact_value_at_every_price(rolls in rolls(ROLLS)) {
        let book = book(&mut Dice::new(&rolls));
        // Units of 2^-64 · 10^-(6 + decimals) quote atoms, prices times 2^60.
        let scale = BigInt::from(10).pow(u32::from(book.base_decimals) + 6);
        let (price, width) = (
            BigInt::from(book.price.0) << 60,
            BigInt::from(book.confidence.0) * book.z.to_bits()
                + (BigInt::from(book.drift.0) << 60),
        );
        let lower: BigInt = &price - &width;
        let prices = [
            lower.max(BigInt::ZERO),
            &price + &width,
            BigInt::from(book.ema.0) << 60,
        ];
        let exact = prices.map(|p| {
            let worth = (p * book.net_size_atoms) << 4;
            worth - (BigInt::from(book.entry_quote_atoms) << 64) * &scale
                - BigInt::from(book.funding_receivable_q64) * &scale
        });
        let (least, most) = (exact.iter().min().unwrap(), exact.iter().max().unwrap());
        let whole = |atoms: i128| (BigInt::from(atoms) << 64) * &scale;
        let (floor, ceil) = (
            whole(book.accounts_pnl_floor().unwrap()),
            whole(book.accounts_pnl_ceil().unwrap()),
        );
        // Two atoms, and 2^-20 of the last digit of z·C.
        let slack = whole(2) + (BigInt::from(book.net_size_atoms.abs()) << 44);
        prop_assert!(&floor <= least && least - &floor <= slack);
        prop_assert!(&ceil >= most && &ceil - most <= slack);
    }

    #[test]
    fn p3_deposit_and_redeem_at_once_never_gains(rolls in rolls(ROLLS), part in 1u64..=1_000) {
        let mut dice = Dice::new(&rolls);
        let (nav, supply) = pool(&mut dice);
        prop_assert!(nav.nav_for_redeem().unwrap() <= nav.nav_for_deposit().unwrap());
        let amount = dice.magnitude(1, 1 << 60);
        let Some(shares) = shares_of(amount, supply, &nav) else { return Ok(()) };
        let after = moved(&nav, i128::from(amount));
        prop_assert!(paid(shares, supply + shares, &after) <= amount);
        // Nor in two steps.
        let first = (shares / 1_000 * part).clamp(1, shares);
        let one = paid(first, supply + shares, &after);
        let rest = moved(&after, -i128::from(one));
        let two = paid(shares - first, supply + shares - first, &rest);
        prop_assert!(one + two <= amount);
    }

    #[test]
    fn p3_splitting_a_deposit_never_gains(rolls in rolls(ROLLS), part in 1u64..=999) {
        let mut dice = Dice::new(&rolls);
        let (nav, supply) = pool(&mut dice);
        let amount = dice.magnitude(2, 1 << 60);
        let first = (amount / 1_000 * part).clamp(1, amount - 1);
        let whole = shares_of(amount, supply, &nav).unwrap_or(0);
        let one = shares_of(first, supply, &nav);
        let (after, supply) = match one {
            Some(one) => (moved(&nav, i128::from(first)), supply + one),
            None => (nav, supply),
        };
        let two = shares_of(amount - first, supply, &after);
        // A part that fits where the whole does not gains nothing by it.
        if whole > 0 {
            prop_assert!(one.unwrap_or(0) + two.unwrap_or(0) <= whole);
        }
    }

    #[test]
    fn p3_splitting_a_redemption_never_gains(rolls in rolls(ROLLS), part in 1u64..=999) {
        let mut dice = Dice::new(&rolls);
        let (nav, supply) = pool(&mut dice);
        let shares = dice.magnitude(2, supply);
        let first = (shares / 1_000 * part).clamp(1, shares - 1);
        let whole = paid(shares, supply, &nav);
        let one = paid(first, supply, &nav);
        let after = moved(&nav, -i128::from(one));
        let two = paid(shares - first, supply - first, &after);
        prop_assert!(one + two <= whole, "{} {} {}", one, two, whole);
    }

    #[test]
    fn p3_a_redemption_in_parts_pays_no_more_than_may_leave_and_never_gains(
        rolls in rolls(ROLLS), part in 0u64..=1_000,
    ) {
        let mut dice = Dice::new(&rolls);
        let (mut nav, mut supply) = pool(&mut dice);
        let shares = dice.magnitude(1, supply);
        let whole = paid(shares, supply, &nav);
        let (asked, mut left, mut sum) = (dice.between(0, whole), shares, 0);
        let mut min_out = asked;
        // What may leave grows until all is redeemed.
        for spare in [whole / 1_000 * part, whole / 3, whole] {
            let low = nav.nav_for_redeem().unwrap();
            let Ok(now) = redeemable_floor(left, supply, low, spare) else { break };
            prop_assert!(now <= left);
            if now == 0 {
                continue;
            }
            let payout = paid(now, supply, &nav);
            prop_assert!(payout <= spare, "{} {}", payout, spare);
            if now < left {
                // One share more would have taken more than may leave, or what is beyond it by less than a share.
                let more = paid(now + 1, supply, &nav);
                prop_assert!(more >= spare, "{} {}", more, spare);
            }
            let least = min_out_ceil(min_out, now, left).unwrap();
            prop_assert!(least <= min_out);
            min_out -= least;
            (left, sum) = (left - now, sum + payout);
            nav = moved(&nav, -i128::from(payout));
            supply -= now;
        }
        prop_assert!(sum <= whole, "{} {}", sum, whole);
        prop_assert!(left > 0 || min_out == 0, "{} {}", left, min_out);
    }

    #[test]
    fn p6_nobody_loses_by_another_and_dust_stays_in_the_pool(rolls in rolls(ROLLS)) {
        let mut dice = Dice::new(&rolls);
        let (nav, supply) = pool(&mut dice);
        let amount = dice.magnitude(1, 1 << 60);
        if let Some(shares) = shares_of(amount, supply, &nav) {
            for value in views(&nav, i128::from(amount)) {
                prop_assert!(per_share_did_not_fall(value, (supply, supply + shares)));
            }
        }
        let shares = dice.magnitude(1, supply);
        let payout = paid(shares, supply, &nav);
        for value in views(&nav, -i128::from(payout)) {
            prop_assert!(per_share_did_not_fall(value, (supply, supply - shares)));
        }
        if shares == supply {
            prop_assert_eq!(i128::from(payout), nav.nav_for_redeem().unwrap());
        }
    }

    #[test]
    fn p6_the_first_deposit_gets_nothing_that_was_there(
        rolls in rolls(ROLLS), before in 0u64..=10_000_000, part in 1u64..=999,
    ) {
        let mut dice = Dice::new(&rolls);
        let amount = dice.magnitude(2, 1 << 60);
        let Ok(first) = first_shares(amount, i128::from(before)) else {
            prop_assert!(amount + before <= 1_000);
            return Ok(());
        };
        let (locked, depositor) = first;
        let (supply, value) = (locked + depositor, before + amount);
        // One atom a share, so splitting it into two deposits changes nothing.
        prop_assert_eq!(supply, value);
        prop_assert!(locked >= before.max(1_000));
        let payout = payout_floor(depositor, supply, i128::from(value)).unwrap();
        prop_assert!(payout <= amount);
        let smaller = (amount / 1_000 * part).clamp(1, amount - 1);
        if let Ok(one) = first_shares(smaller, i128::from(before)) {
            let supply = one.0 + one.1;
            let two = shares_for_deposit_floor(amount - smaller, supply, i128::from(supply)).unwrap();
            prop_assert_eq!((one.0, one.1 + two), first);
        }
    }

    #[test]
    fn p6_raising_the_price_of_a_share_by_a_donation_never_pays(
        rolls in rolls(ROLLS), kept in 1u64..=1_000_000,
    ) {
        let mut dice = Dice::new(&rolls);
        let amount = dice.magnitude(1_001, 1 << 40);
        let (locked, depositor) = first_shares(amount, 0).unwrap();
        // The attacker keeps few shares, donates, lets another deposit, and leaves.
        let kept = kept.min(depositor);
        let out = depositor - kept;
        let (mut supply, mut value) = (locked + kept, i128::from(amount - out));
        let donated = dice.magnitude(1, 1 << 60);
        value += i128::from(donated);
        // Worth a few shares, just below a whole one: where rounding takes most.
        let shares = i128::from(dice.between(1, 4));
        let victim = u64::try_from(value * shares / i128::from(supply)).unwrap();
        let victim = victim.saturating_sub(dice.between(0, 1)).max(1);
        if let Ok(shares) = shares_for_deposit_floor(victim, supply, value) {
            (supply, value) = (supply + shares, value + i128::from(victim));
        }
        let back = payout_floor(kept, supply, value).unwrap_or(0);
        let spent = u128::from(amount) + u128::from(donated);
        prop_assert!(u128::from(out) + u128::from(back) <= spent);
    }
}
