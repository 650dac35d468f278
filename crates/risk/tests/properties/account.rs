//! P4: an owner's own accepted action never makes the account liquidatable.
//! P8: a reduce is judged alike whatever the health of the account and the prices of other assets.
//! P9: no free collateral comes from a stale, uncertain or older price.
use freeboard_risk::RiskError;
use freeboard_risk::market::position::Position;
use freeboard_risk::number::atoms::BaseAtoms;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::params::OracleParams;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{
    InitialVerdict, Reduce, initial, liquidation_valuation, maintenance, report,
};
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account};
use crate::margin::slack;
use crate::rolls;

/// The account after closing a part of one position at the oracle price, without fee: the notional is
/// rounded against the account.
fn reduced(account: &Account, index: usize, parts: u64) -> Account {
    let mut after = account.clone();
    let holding = &mut after.holdings[index];
    let size = holding.size_atoms.unsigned_abs();
    let closed = (size / 1_000 * parts).max(1).min(size);
    let price = holding.asset_price();
    let position = Position {
        size_atoms: holding.size_atoms,
        entry_quote_atoms: holding.entry_quote_atoms,
    };
    let filled = position
        .close_at(price, BaseAtoms::new(closed))
        .unwrap()
        .filled;
    holding.size_atoms = filled.position.size_atoms;
    holding.entry_quote_atoms = filled.position.entry_quote_atoms;
    after.quote_atoms += filled.realized_quote_atoms;
    if holding.size_atoms == 0 {
        after.quote_atoms += holding.funding_quote_atoms;
        holding.funding_quote_atoms = 0;
    }
    after
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p4_who_meets_the_initial_margin_is_not_liquidatable(rolls in rolls(ACCOUNT_ROLLS)) {
        let account = account(&mut Dice::new(&rolls));
        let report = report(&account.portfolio()).unwrap();
        if report.initial.meets_initial_margin() {
            prop_assert!(!report.liquidation.requirement.is_liquidatable(), "{:?}", report);
        }
        if report.initial.requirement.free_collateral_atoms() >= 0 {
            prop_assert!(!report.maintenance.is_liquidatable(), "{:?}", report);
        }
    }

    #[test]
    fn p4_a_deposit_never_lowers_equity_over_mm(
        rolls in rolls(ACCOUNT_ROLLS), into in 0usize..24, parts in 1u64..=10_000,
    ) {
        let account = account(&mut Dice::new(&rolls));
        prop_assume!(!account.holdings.is_empty());
        let index = into % account.holdings.len();
        let before = maintenance(&account.portfolio()).unwrap();
        let mut after = account.clone();
        let holding = &mut after.holdings[index];
        // Up to ten times what is there.
        let there = holding.collateral_atoms.max(holding.size_atoms.unsigned_abs());
        let added = u128::from(there) * u128::from(parts) / 1_000;
        holding.collateral_atoms += u64::try_from(added).unwrap_or(u64::MAX).clamp(1, 1 << 62);
        prop_assume!(maintenance(&after.portfolio()).is_ok()); // else worth 2^64 atoms or more
        let after_it = maintenance(&after.portfolio()).unwrap();
        let slack = slack(&after, before.margin_atoms + after_it.margin_atoms);
        prop_assert!(after_it.free_collateral_atoms() >= before.free_collateral_atoms() - slack, "{:?} {:?}", before, after_it);
        // Quote: exactly what was paid in.
        let mut richer = account.clone();
        richer.quote_atoms += 1_000_000;
        let richer = maintenance(&richer.portfolio()).unwrap();
        prop_assert_eq!(richer.free_collateral_atoms(), before.free_collateral_atoms() + 1_000_000);
    }

    #[test]
    fn p4_an_accepted_reduce_never_makes_liquidatable(
        rolls in rolls(ACCOUNT_ROLLS), which in 0usize..24, parts in 1u64..=1_000, beta in 20_000_000u64..=500_000_000,
        impact_atoms in 0u64..1 << 40,
    ) {
        let account = account(&mut Dice::new(&rolls));
        let positions: Vec<usize> =
            (0..account.holdings.len()).filter(|at| account.holdings[*at].has_position()).collect();
        prop_assume!(!positions.is_empty());
        let index = positions[which % positions.len()];
        let mut after = reduced(&account, index, parts);
        after.quote_atoms = after.quote_atoms.saturating_sub_unsigned(impact_atoms);
        let before = maintenance(&account.portfolio()).unwrap();
        let after = maintenance(&after.portfolio()).unwrap();
        let reduce = Reduce { before, after, impact_atoms };
        if reduce.require_accepted(beta).is_ok() {
            prop_assert!(after.margin_atoms <= before.margin_atoms);
            prop_assert!(before.is_liquidatable() || !after.is_liquidatable());
        }
    }

    #[test]
    fn p8_a_reduce_of_a_lone_position_is_accepted_healthy_or_not(
        rolls in rolls(ACCOUNT_ROLLS), which in 0usize..24, parts in 1u64..=1_000, balance in -(1i64 << 50)..1i64 << 50,
    ) {
        let account = account(&mut Dice::new(&rolls));
        let held: Vec<Holding> = account.holdings.iter().filter(|one| one.has_position()).copied().collect();
        prop_assume!(!held.is_empty());
        let mut alone = account.with_holdings(vec![Holding { collateral_atoms: 0, ..held[which % held.len()] }]);
        alone.scenarios.clear();
        alone.quote_atoms = balance;
        let before = maintenance(&alone.portfolio()).unwrap();
        let after = maintenance(&reduced(&alone, 0, parts).portfolio()).unwrap();
        // The fill's own rounding may cost an atom or two that the margin does not give back.
        let mended = freeboard_risk::requirement::margin::Requirement { equity_atoms: after.equity_atoms + 4, ..after };
        let reduce = Reduce { before, after: mended, impact_atoms: 0 };
        prop_assert_eq!(reduce.require_accepted(100_000_000), Ok(()), "{:?} {:?}", before, after);
    }

    #[test]
    fn p8_the_verdict_on_a_reduce_does_not_look_at_whether_prices_are_usable(
        rolls in rolls(ACCOUNT_ROLLS), usable in any::<u32>(),
    ) {
        let account = account(&mut Dice::new(&rolls));
        let mut other = account.clone();
        for (index, holding) in other.holdings.iter_mut().enumerate() {
            holding.usable_initial = usable >> index & 1 == 0;
            let usable = usable >> (index + 1) & 1 == 0;
            holding.standing = if usable { Standing::Usable } else { Standing::Unknown };
        }
        prop_assert_eq!(maintenance(&account.portfolio()), maintenance(&other.portfolio()));
    }

    #[test]
    fn p9_a_wider_confidence_or_a_farther_ema_gains_no_free_collateral(
        rolls in rolls(ACCOUNT_ROLLS), which in 0usize..24, wider in 0u128..=100_000, farther in 0u128..=100_000,
    ) {
        let account = account(&mut Dice::new(&rolls));
        prop_assume!(!account.holdings.is_empty());
        let index = which % account.holdings.len();
        let mut worse = account.clone();
        let holding = &mut worse.holdings[index];
        holding.confidence = Price(holding.confidence.0 + holding.price.0 * wider / 1_000_000);
        let away = holding.price.0 * farther / 1_000_000;
        holding.ema = if holding.ema > holding.price {
            Price(holding.ema.0 + away)
        } else {
            Price(holding.ema.0.saturating_sub(away).max(1))
        };
        let (before, after) = (
            initial(&account.portfolio()).unwrap(),
            initial(&worse.portfolio()).unwrap(),
        );
        // A price is rounded anew: 2^-59 of what its position is worth.
        let slack = slack(&worse, 0);
        prop_assert_eq!(after.requirement.margin_atoms, before.requirement.margin_atoms);
        // The price of IM is chosen by the side of the net size. For a short that is larger than the
        // collateral beside it the adverse price is the higher one, and that collateral gains by it;
        // where the short's profit does not count, equity for IM gains too, out of that profit.
        let holding = &account.holdings[index];
        let gains_by_collateral = holding.size_atoms < 0 && holding.collateral_atoms > 0;
        if !gains_by_collateral {
            let ceiling = before.requirement.equity_atoms + slack;
            prop_assert!(after.requirement.equity_atoms <= ceiling);
            prop_assert!(after.free_collateral_atoms <= before.free_collateral_atoms + slack);
        }
        // In every case what counts for IM is no more than what is there.
        prop_assert!(after.requirement.equity_atoms <= after.maintenance.equity_atoms + slack);
    }

    #[test]
    fn p9_an_unusable_price_gains_no_free_collateral_and_liquidates_nobody(
        rolls in rolls(ACCOUNT_ROLLS), which in 0usize..24,
    ) {
        let mut account = account(&mut Dice::new(&rolls));
        prop_assume!(!account.holdings.is_empty());
        let index = which % account.holdings.len();
        account.holdings[index].usable_initial = true;
        account.holdings[index].standing = Standing::Usable;
        let mut dead = account.clone();
        dead.holdings[index].usable_initial = false;
        dead.holdings[index].standing = Standing::Unknown;
        let (before, after) = (
            initial(&account.portfolio()).unwrap(),
            initial(&dead.portfolio()).unwrap(),
        );
        if after.verdict == InitialVerdict::PositionPriceUnusable {
            prop_assert!(dead.holdings.iter().any(|one| one.has_position() && !one.usable_initial));
        } else if before.verdict != InitialVerdict::PositionPriceUnusable
            && account.holdings.iter().all(|one| one.usable_initial)
        {
            prop_assert!(after.free_collateral_atoms <= before.free_collateral_atoms);
        }
        let before = liquidation_valuation(&account.portfolio()).unwrap();
        let after = liquidation_valuation(&dead.portfolio()).unwrap();
        if before.all_usable {
            prop_assert_eq!(after.requirement.margin_atoms, before.requirement.margin_atoms);
            prop_assert!(after.requirement.equity_atoms >= before.requirement.equity_atoms - 1);
            prop_assert!(dead.holdings[index].is_empty() || !after.all_usable, "it may not clear a flag");
        }
    }

    #[test]
    fn p9_a_price_older_than_the_recorded_one_is_refused(
        publish in -1_000i64..1_000, recorded in -1_000i64..1_000, now in -1_000i64..1_000,
    ) {
        let observation = Observation {
            price: Price(1),
            confidence: Price(0),
            ema: Price(1),
            publish_ts: publish,
        };
        let params = OracleParams::reference();
        let order = observation.check_order(now, params.max_future_secs, recorded);
        let expected = if publish > now + i64::from(params.max_future_secs) {
            Err(RiskError::PriceFromFuture)
        } else if publish < recorded {
            Err(RiskError::PriceOlderThanRecorded)
        } else {
            Ok(())
        };
        prop_assert_eq!(order, expected);
        let too_old = now - publish > i64::from(params.age_trade_secs);
        prop_assert_eq!(PriceStandard::Trade.check_limits(&observation, &params, now).is_err(), too_old);
    }
}
