//! P11: nobody else's price. Prices that are missing, old, wide or far give an account no more than the margin asked for
//! that asset, together no more than what is asked of it, and never take more from it than its owner's own newest
//! price would.
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::OracleParams;
use freeboard_risk::price::counted::{CountedPrice, PriceMoves, StandingPrice};
use freeboard_risk::price::feed::{ABSENCE_SECS, FeedRecord, NOT_ABSENT, RUN_GAP_SECS};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::requirement::margin::{liquidation_valuation, maintenance};
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account};
use crate::margin::slack;
use crate::rolls;

const NOW: i64 = 1_000_000;

/// The account with this standing of one price and every other as it is.
fn with(account: &Account, index: usize, standing: Standing) -> Account {
    let mut other = account.clone();
    other.holdings[index].standing = standing;
    other
}

/// k = 3 at 1 % per √hour.
fn moves() -> PriceMoves {
    PriceMoves {
        k_e9: 3_000_000_000,
        sigma_im: Fraction::from_e9_ceil(10_000_000).unwrap(),
    }
}

/// A price of about $100, its confidence and EMA in millionths of it, published so many seconds before [`NOW`].
fn update((price, width, ema, age): (u128, u128, u128, i64)) -> Observation {
    Observation {
        price: Price(price),
        confidence: Price(price * width / 1_000_000),
        ema: Price((price * ema / 1_000_000).max(1)),
        publish_ts: NOW - age,
    }
}

/// Price updates of any quality, in any order.
fn updates(count: usize) -> impl Strategy<Value = Vec<(u128, u128, u128, i64)>> {
    let width = prop_oneof![0u128..10_000, 0u128..60_000];
    let ema = prop_oneof![Just(1_000_000u128), 700_000u128..1_400_000];
    prop::collection::vec((90_000u128..110_000, width, ema, 0i64..900), 1..count)
}

proptest! {
    #![proptest_config(config())]

    /// Favour and waived margin together: MM is counted in full, so that nothing is waived, and the favour is at most
    /// the asset's own maintenance shock.
    #[test]
    fn p11_what_a_bad_price_gives_is_less_than_the_margin_of_its_asset(
        rolls in rolls(ACCOUNT_ROLLS), which in 0usize..24, kind in 0usize..3, share_e9 in 0u64..2_000_000_000,
    ) {
        let account = account(&mut Dice::new(&rolls));
        prop_assume!(!account.holdings.is_empty());
        let index = which % account.holdings.len();
        let share = Fraction::from_e9_ceil(share_e9).unwrap();
        let standing = [Standing::Wide, Standing::Far, Standing::Absent { share }][kind];
        let value = |standing| {
            let other = with(&account, index, standing);
            liquidation_valuation(&other.portfolio()).unwrap().requirement
        };
        let (usable, bad) = (value(Standing::Usable), value(standing));
        let favour = bad.equity_atoms - usable.equity_atoms;
        let waived = usable.margin_atoms - bad.margin_atoms;
        let mut alone = account.with_holdings(vec![account.holdings[index]]);
        alone.scenarios.clear();
        let asked = maintenance(&alone.portfolio()).unwrap().margin_atoms;
        prop_assert!(favour >= 0 && waived == 0, "{favour} {waived}");
        prop_assert!(favour + waived <= asked, "{favour} + {waived} for {asked}");
        // Not more than the shield of a price that nobody knows anything of, which an announcement ends, unless that
        // asks for more margin than 50 %.
        let unknown = value(Standing::Unknown).equity_atoms - usable.equity_atoms;
        prop_assert!(favour <= unknown.max(asked));
    }

    /// All at once, or any of them: what each gives adds up to no more than MM, and to no less where that does not bind.
    #[test]
    fn p11_bad_prices_together_give_no_more_than_the_margin_of_the_account(
        rolls in rolls(ACCOUNT_ROLLS), kinds in prop::collection::vec(0usize..4, 24), share_e9 in 0u64..2_000_000_000,
    ) {
        let drawn = account(&mut Dice::new(&rolls));
        let share = Fraction::from_e9_ceil(share_e9).unwrap();
        let standings = [Standing::Wide, Standing::Far, Standing::Absent { share }, Standing::Usable];
        let value = |standing: &dyn Fn(usize) -> Standing| {
            let mut other = drawn.clone();
            for (index, held) in other.holdings.iter_mut().enumerate() {
                held.standing = standing(index);
            }
            liquidation_valuation(&other.portfolio()).unwrap()
        };
        let usable = value(&|_| Standing::Usable).requirement;
        let all = value(&|index| standings[kinds[index]]);
        let bad = all.requirement;
        let favour = bad.equity_atoms - usable.equity_atoms;
        prop_assert_eq!(bad.margin_atoms, usable.margin_atoms);
        prop_assert!(0 <= favour && favour <= usable.margin_atoms, "{favour} of {}", usable.margin_atoms);
        prop_assert!((all.favour_atoms - favour).abs() <= 1);
        let alone = (0..drawn.holdings.len()).map(|index| {
            let one = value(&|other| if other == index { standings[kinds[index]] } else { Standing::Usable });
            one.requirement.equity_atoms - usable.equity_atoms
        });
        let sum: i128 = alone.sum();
        let least = sum.min(usable.margin_atoms);
        prop_assert!(favour >= least - (least >> 28) - 26, "{favour} of {sum} and {}", usable.margin_atoms);
        // Whoever is below zero at the prices that count is below his margin.
        prop_assert!(usable.equity_atoms >= 0 || bad.is_liquidatable());
    }

    /// Whoever is liquidatable by a moved price is so at each price between it and the one shown.
    #[test]
    fn p11_a_bad_price_takes_no_more_than_any_price_within_its_bounds(
        rolls in rolls(ACCOUNT_ROLLS), which in 0usize..24, kind in 0usize..4, part in 0u128..=1_000,
    ) {
        let account = account(&mut Dice::new(&rolls));
        prop_assume!(!account.holdings.is_empty());
        let index = which % account.holdings.len();
        let share = Fraction::from_e9_ceil(500_000_000).unwrap();
        let standing = [Standing::Wide, Standing::Far, Standing::Absent { share }, Standing::Unknown][kind];
        let bad = with(&account, index, standing);
        let bad = liquidation_valuation(&bad.portfolio()).unwrap().requirement;
        let usable = with(&account, index, Standing::Usable);
        let usable = liquidation_valuation(&usable.portfolio()).unwrap().requirement;
        let favour = bad.equity_atoms - usable.equity_atoms;
        // At a price that lies this part of the way to the moved one.
        let there = usable.equity_atoms + favour * i128::try_from(part).unwrap() / 1_000;
        prop_assert!(there <= bad.equity_atoms + slack(&account, 0));
    }

    /// Whatever a caller shows after whatever others have shown.
    #[test]
    fn p11_no_choice_of_updates_finds_an_older_price_than_the_recorded_one(
        shown in updates(12), given in updates(2), hides in any::<bool>(), announced in -1i64..900,
    ) {
        let limits = OracleParams::reference();
        let mut record = FeedRecord::new(update((100_000, 0, 1_000_000, 1_000)));
        let announced_ts = if announced < 0 { NOT_ABSENT } else { NOW - announced };
        record.absent_since_ts = announced_ts;
        let mut seen = vec![record.recorded];
        for one in shown {
            let one = update(one);
            if one.publish_ts < record.tradable.publish_ts {
                continue; // refused by each instruction that shows it
            }
            let before = record;
            record = record.after(&one, &limits);
            prop_assert!(record.recorded.publish_ts >= before.recorded.publish_ts);
            prop_assert!(record.tradable.publish_ts >= before.tradable.publish_ts);
            prop_assert!(record.recorded.publish_ts >= record.tradable.publish_ts);
            let (tradable, at) = (record.tradable, record.tradable.publish_ts);
            prop_assert!(PriceStandard::Trade.check_limits(&tradable, &limits, at).is_ok());
            prop_assert!(record.shown_ts >= before.shown_ts && record.shown_ts >= record.recorded.publish_ts);
            seen.push(one);
        }
        let given = Some(update(given[0])).filter(|_| !hides);
        let StandingPrice { price, standing } = record.stand(given, &limits, moves(), NOW);
        let age = NOW - price.publish_ts;
        prop_assert!(price.publish_ts >= record.recorded.publish_ts);
        prop_assert!(price == record.recorded || Some(price) == given);
        match standing {
            Standing::Usable | Standing::Wide | Standing::Far => {
                prop_assert!(age <= i64::from(limits.age_liquidation_secs));
            }
            Standing::Absent { .. } => {
                let refuted = seen.iter().chain(&given).any(|one| one.publish_ts > announced_ts);
                prop_assert!(!refuted && NOW - announced_ts >= ABSENCE_SECS);
                prop_assert_eq!(price, record.recorded);
            }
            Standing::Unknown => prop_assert_eq!(price, record.recorded),
        }
        if standing == Standing::Usable && !PriceStandard::Liquidation.is_near_ema(&price, &limits) {
            // An unbroken run, shown each minute.
            let mut run: Vec<i64> = seen.iter().filter(|one| one.publish_ts >= record.beyond_since_ts)
                .map(|one| one.publish_ts).collect();
            run.push(price.publish_ts);
            run.sort_unstable();
            prop_assert!(run.windows(2).all(|two| two[1] - two[0] <= RUN_GAP_SECS), "{run:?}");
            prop_assert!(price.publish_ts - run[0] >= i64::from(limits.ema_waiver_secs));
        }
    }

    /// The short way to the counting price gives what the whole choice gives, and that is one of three prices.
    #[test]
    fn p11_the_price_that_counts_is_one_that_is_known_and_the_short_way_agrees(
        shown in updates(8), given in updates(2), hides in any::<bool>(), still_samples in 0u32..6,
        announced in -1i64..900,
    ) {
        let limits = OracleParams::reference();
        let first = FeedRecord::new(update((100_000, 0, 1_000_000, 1_000)));
        let after = |record: FeedRecord, one: &Observation| record.after(one, &limits);
        let shown: Vec<Observation> = shown.into_iter().map(update).collect();
        let mut record = shown.iter().fold(first, after);
        record.still_samples = still_samples;
        record.absent_since_ts = if announced < 0 { NOT_ABSENT } else { NOW - announced };
        let given = Some(update(given[0])).filter(|_| !hides);
        let beside = (record.recorded.publish_ts, still_samples);
        for standard in [
            PriceStandard::Trade, PriceStandard::FillIncrease, PriceStandard::FillReduce,
            PriceStandard::BesideReduce, PriceStandard::Liquidation, PriceStandard::LiquidityByOther,
            PriceStandard::Either,
        ] {
            let counted = CountedPrice::choose(standard, given, &record, &limits, moves(), NOW);
            let price = counted.observation;
            prop_assert!(price == record.recorded || price == record.tradable || Some(price) == given);
            let trades = record.newest_to_trade(given);
            let accepted = record.check_price(PriceStandard::Trade, &trades, &limits, NOW).is_ok();
            prop_assert!(!counted.usable_initial || accepted);
            if counted.standing.is_usable() {
                prop_assert!(record.check_price(PriceStandard::Liquidation, &price, &limits, NOW).is_ok());
            }
            let fresh = CountedPrice::choose_fresh(standard, given, beside, &limits, NOW);
            prop_assert!(fresh.is_none_or(|fresh| fresh == counted), "{standard:?} {fresh:?} {counted:?}");
        }
    }

    /// What others record for a liquidation alone, wide around the price, shuts nobody out of a trade; and no trade finds
    /// a price older than the newest that a trade accepted.
    #[test]
    fn p11_a_update_that_only_a_liquidation_accepts_shuts_nobody_out_of_a_trade(
        shown in updates(8), given in updates(2), hides in any::<bool>(), wide in 10_100u128..=20_000,
        away in -1_000i128..=1_000,
    ) {
        let limits = OracleParams::reference();
        let first = FeedRecord::new(update((100_000, 0, 1_000_000, 1_000)));
        let after = |record: FeedRecord, one: &Observation| record.after(one, &limits);
        let shown: Vec<Observation> = shown.into_iter().map(update).collect();
        let record = shown.iter().fold(first, after);
        let given = Some(update(given[0])).filter(|_| !hides);
        let counts = record.newest_to_trade(given);
        prop_assert!(counts.publish_ts >= record.tradable.publish_ts);
        let traded = |one: &&Observation| {
            PriceStandard::Trade.check_limits(one, &limits, one.publish_ts).is_ok()
        };
        let newest = shown.iter().filter(traded).map(|one| one.publish_ts).max();
        prop_assert!(newest.is_none_or(|newest| counts.publish_ts >= newest));
        // The newest of all, at a price that it cannot tell from what counts.
        let price = counts.price.0.cast_signed();
        let middle = (price + price * wide.cast_signed() / 1_000_000 * away / 2_000).cast_unsigned();
        let ahead = Observation {
            price: Price(middle),
            confidence: Price(middle * wide / 1_000_000),
            ema: Price(middle),
            publish_ts: NOW,
        };
        let ahead_of = record.after(&ahead, &limits);
        prop_assert_eq!((ahead_of.recorded, ahead_of.tradable), (ahead, record.tradable));
        // Unless what counts is none for a trade: a record of after a move.
        if Some(counts) == given || counts == record.tradable {
            prop_assert_eq!(ahead_of.newest_to_trade(given), counts);
        }
    }
}
