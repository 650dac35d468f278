//! P3 and P7 along the skew: the impact is the same along every path, splitting never gains, there and back
//! never gains, whatever others trade in between within one second, and nobody gets more than was paid.
use freeboard_risk::RiskError;
use freeboard_risk::market::skew::{Skew, premium_ceil};
use freeboard_risk::market::trade::{FillTerms, affordable_reduce, fee_ceil, fill};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, WideBaseAtoms};
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::TradeParams;
use freeboard_risk::price::observation::{FillKind, Observation};
use num_bigint::BigInt;
use proptest::prelude::*;

use crate::config;
use crate::draw::Dice;
use crate::rolls;

const ROLLS: usize = 60;

/// A market that trades at one price without spread or fee, within one second.
#[derive(Debug)]
struct Market {
    observation: Observation,
    params: TradeParams,
    skew: Skew,
    base_decimals: u8,
    /// Largest |skew|, base atoms.
    cap: u64,
    /// Most that the roundings of a fill give away, quote atoms.
    slack: i128,
}

impl Market {
    fn new(dice: &mut Dice) -> Self {
        let price = Price(u128::from(dice.magnitude(1_000_000, u64::MAX)));
        let base_decimals = dice.between(0, 18) as u8;
        // Up to $10 G a side.
        let worth = u128::from(dice.magnitude(1_000_000, 10_000_000_000_000_000));
        let unit = 10u128.pow(u32::from(base_decimals) + 6);
        let cap = (worth.saturating_mul(unit) / price.0).clamp(2, 1 << 59) as u64;
        let s_floor_e9 = dice.between(5_000_000, 500_000_000);
        let skew_scale_atoms = (u128::from(cap) * 2_000_000_000).div_ceil(s_floor_e9.into());
        let skew_scale_atoms = u64::try_from(skew_scale_atoms).unwrap_or(u64::MAX);
        let params = TradeParams {
            kappa_e9: 0,
            skew_scale_atoms,
            open_interest_cap_atoms: cap,
            ..TradeParams::reference()
        };
        let at = i128::from(dice.between(0, 2 * cap)) - i128::from(cap);
        let notional = 2 * price.0.saturating_mul(cap.into()) / unit; // from cap to cap
        let notional = i128::try_from(notional).unwrap();
        // An atom, a unit of the price, 2^-60 of it, an atom of the skew.
        let slack = 2
            + notional / i128::try_from(price.0).unwrap()
            + (notional >> 40)
            + notional / i128::from(skew_scale_atoms);
        Self {
            observation: Observation {
                price,
                confidence: Price(0),
                ema: price,
                publish_ts: 0,
            },
            params,
            skew: Skew::resting(at),
            base_decimals,
            cap,
            slack,
        }
    }

    /// A signed size that the cap allows from here; 0 if there is none.
    fn size(&self, dice: &mut Dice) -> i64 {
        let (at, cap) = (self.skew.now_atoms, i128::from(self.cap));
        let target = i128::from(dice.between(0, 2 * self.cap)) - cap;
        let step = i128::from(dice.between(1, 1_000));
        i64::try_from((target - at) * step / 1_000).unwrap_or(0)
    }

    /// What a trade pays in all; negative where it receives. None where a price is not positive.
    fn traded(&mut self, size_atoms: i64) -> Option<i128> {
        let paid = self.cost(size_atoms)?;
        self.skew.now_atoms += i128::from(size_atoms);
        Some(paid)
    }

    fn cost(&self, size_atoms: i64) -> Option<i128> {
        let paid = fill(&self.terms(size_atoms), &self.params).ok()?;
        let paid = i128::from(paid.notional_quote_atoms);
        Some(if size_atoms < 0 { -paid } else { paid })
    }

    fn terms(&self, size_atoms: i64) -> FillTerms<'_> {
        FillTerms {
            observation: &self.observation,
            age_secs: 0,
            sigma_im: Fraction::ZERO,
            z: Fraction::ZERO,
            ema_trade_e9: 0,
            size_atoms,
            skew: self.skew,
            kind: FillKind::Increase,
            base_decimals: self.base_decimals,
        }
    }

    /// The next second begins.
    fn rest(&mut self) {
        self.skew.resting_atoms = self.skew.now_atoms;
    }

    /// P·size beyond P·before, and the potential of now.
    fn worth(&self) -> i128 {
        let unit = 10i128.pow(u32::from(self.base_decimals) + 6);
        let price = i128::try_from(self.observation.price.0).unwrap();
        let Some(value) = price.checked_mul(self.skew.now_atoms) else {
            return 0;
        };
        let notional = u64::try_from(value.unsigned_abs() / unit.unsigned_abs() + 1).unwrap();
        let skew = WideBaseAtoms::new(self.skew.now_atoms);
        let scale = BaseAtoms::new(self.params.skew_scale_atoms);
        let premium = premium_ceil(QuoteAtoms::new(notional), skew, scale).unwrap();
        value / unit + i128::from(premium.get())
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p3_the_impact_is_the_same_along_every_path(rolls in rolls(ROLLS), steps in 1usize..8, in_one_second: bool) {
        // In seconds of their own, or in one that only buys or only sells: any way to the same skew costs the same.
        let mut dice = Dice::new(&rolls);
        let mut market = Market::new(&mut dice);
        let from = market.skew.now_atoms;
        let whole = market.size(&mut dice);
        if whole == 0 { return Ok(()) }
        let Some(at_once) = market.cost(whole) else { return Ok(()) };
        let mut paid = 0;
        for step in 0..steps {
            let left = from + i128::from(whole) - market.skew.now_atoms;
            let part = if step + 1 == steps { left } else if in_one_second {
                left * i128::from(dice.between(0, 1_000)) / 1_000
            } else {
                market.size(&mut dice).into()
            };
            let part = i64::try_from(part).unwrap();
            if part == 0 { continue }
            if !in_one_second { market.rest() }
            let Some(cost) = market.traded(part) else { return Ok(()) };
            paid += cost;
        }
        let slack = market.slack * (steps as i128 + 1);
        prop_assert!((paid - at_once).abs() <= slack, "{} {} {}", paid, at_once, slack);
    }

    #[test]
    fn p3_splitting_never_gains_within_a_second(rolls in rolls(ROLLS), before in 0usize..4, part in 1u64..=999) {
        // Whatever the second has moved before.
        let mut dice = Dice::new(&rolls);
        let mut market = Market::new(&mut dice);
        for _ in 0..before {
            let size = market.size(&mut dice);
            if size != 0 && market.traded(size).is_none() { return Ok(()) }
        }
        let whole = market.size(&mut dice);
        let first = (i128::from(whole) * i128::from(part) / 1_000) as i64;
        if first == 0 || first == whole { return Ok(()) }
        let Some(at_once) = market.cost(whole) else { return Ok(()) };
        let (Some(one), Some(two)) = (market.traded(first), market.traded(whole - first)) else { return Ok(()) };
        prop_assert!(one + two >= at_once - market.slack, "{} {} {:?}", one + two, at_once, market);
    }

    #[test]
    fn p7_there_and_back_within_a_second_never_gains(rolls in rolls(ROLLS), between in 0usize..6, parts in 1usize..4) {
        // Others trade, or are liquidated, in between: five accounts and more. He gains nothing by them.
        let mut dice = Dice::new(&rolls);
        let mut market = Market::new(&mut dice);
        let mut held = 0;
        let mut paid = 0;
        for _ in 0..parts {
            let size = market.size(&mut dice);
            if size == 0 { continue }
            let Some(cost) = market.traded(size) else { return Ok(()) };
            (held, paid) = (held + size, paid + cost);
            for _ in 0..between {
                let other = market.size(&mut dice);
                if other != 0 && market.traded(other).is_none() { return Ok(()) }
            }
        }
        if held == 0 { return Ok(()) }
        let Some(back) = market.traded(-held) else { return Ok(()) };
        let slack = market.slack * (parts as i128 + 1);
        prop_assert!(paid + back >= -slack, "{} {}", paid, back);
    }

    #[test]
    fn p6_accounts_together_never_get_more_along_the_skew_than_they_paid(rolls in rolls(ROLLS), steps in 1usize..10) {
        // What all trades pay beyond P is at least what the potential rises by, over any seconds.
        let mut dice = Dice::new(&rolls);
        let mut market = Market::new(&mut dice);
        let start = market.worth();
        let mut paid = 0;
        for _ in 0..steps {
            let size = market.size(&mut dice);
            if size == 0 { continue }
            if dice.chance(40) { market.rest() }
            let Some(cost) = market.traded(size) else { return Ok(()) };
            paid += cost;
        }
        let slack = market.slack * (steps as i128 + 2) + 4;
        let risen = market.worth() - start;
        prop_assert!(paid >= risen - slack, "{} {} {} {:?}", paid, risen, slack, market);
    }

    #[test]
    fn what_is_owed_along_the_skew_stays_below_half_of_the_least_margin(rolls in rolls(ROLLS)) {
        // At the cap, in either direction: |fill − P| ≤ P·s_floor/2, by the bound of open interest.
        let mut dice = Dice::new(&rolls);
        let mut market = Market::new(&mut dice);
        let s_floor_e9 = dice.between(5_000_000, 500_000_000);
        let most = market.params.skew_max_atoms(s_floor_e9);
        if most < 2 { return Ok(()) }
        market.cap = most.min(1 << 59);
        let cap = i128::from(market.cap);
        market.skew = Skew::resting(if dice.chance(50) { cap } else { -cap });
        let size = dice.between(1, market.cap) as i64 * if market.skew.now_atoms > 0 { -1 } else { 1 };
        for (skew, size) in [(market.skew, size), (Skew::resting(market.skew.now_atoms + i128::from(size)), -size)] {
            let doubled = skew.doubled_mean(size).unsigned_abs();
            let moved = doubled * 1_000_000_000;
            prop_assert!(moved <= u128::from(s_floor_e9) * u128::from(market.params.skew_scale_atoms));
        }
    }

    #[test]
    fn a_reduce_is_cut_to_the_largest_lots_that_equity_pays(
        rolls in rolls(ROLLS), before in 0usize..3, equity in -1_000i128..1_000,
    ) {
        let mut dice = Dice::new(&rolls);
        let mut market = Market::new(&mut dice);
        market.params.taker_fee_e9 = dice.between(0, 10_000_000);
        for _ in 0..before {
            let size = market.size(&mut dice);
            if size != 0 && market.traded(size).is_none() { return Ok(()) }
        }
        let size = market.size(&mut dice);
        let lot = dice.between(1, (size.unsigned_abs() / 100).max(1));
        let size = size / lot as i64 * lot as i64;
        if size == 0 { return Ok(()) }
        // Equity after a fill beyond that before it, at P; rounded down by up to two atoms.
        let price = BigInt::from(market.observation.price.0);
        let unit = BigInt::from(10).pow(u32::from(market.base_decimals) + 6);
        let lost = |size: i64| -> Option<i128> {
            let paid = market.cost(size)?;
            let fee = fee_ceil(u64::try_from(paid.abs()).unwrap(), &market.params).ok()?.total_atoms;
            let worth: BigInt = &price * size / &unit;
            Some(paid - i128::try_from(worth).unwrap() + i128::from(fee))
        };
        let (Some(whole), Ok(first)) = (lost(size), fill(&market.terms(size), &market.params)) else { return Ok(()) };
        let equity = whole.abs() * equity / 500;
        let cut = affordable_reduce(&market.terms(size), &market.params, &first, equity, lot);
        let signed = |atoms: u64| atoms as i64 * size.signum();
        let fits = |atoms: u64, slack: i128| {
            !market.skew.charges(signed(atoms)) || lost(signed(atoms)).is_some_and(|lost| lost <= equity + slack)
        };
        let most = match cut {
            Ok(atoms) => atoms,
            Err(RiskError::ImpactExceedsEquity) => 0,
            Err(error) => panic!("{error:?}"),
        };
        prop_assert_eq!(most % lot, 0);
        prop_assert!(most == 0 || fits(most, 2), "{} of {}", most, size);
        // No more lots would fit, but for the roundings of the prices of both.
        prop_assert!(most == size.unsigned_abs() || !fits(most + lot, -market.slack), "{} of {}", most, size);
    }
}
