//! P4 of relief, the part of a collateral that counts for MM alone: the initial level is that of the account without it,
//! MM that of the account whose relief counts like the rest, and what opens is not liquidatable.
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::holding::MAX_HOLDINGS;
use freeboard_risk::requirement::margin::{
    MarginReport, holding_report, initial, initial_with_relief, report,
};
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account, with_any_terms};
use crate::rolls;

const E9: u32 = 1_000_000_000;

/// The same account three times: with a part of each collateral as relief, with that part at weight 0, and at its weight.
fn three_times(dice: &mut Dice, account: &Account) -> [Account; 3] {
    let mut three = [(); 3].map(|()| account.clone());
    for (at, held) in account.holdings.iter().enumerate() {
        if held.collateral_atoms == 0 || dice.chance(20) {
            continue;
        }
        let uncounted = dice.between(0, E9.into()) as u32;
        let relief = dice.between(0, (E9 - uncounted).into()) as u32;
        let shares = [(uncounted, relief), (uncounted + relief, 0), (uncounted, 0)];
        for (one, (uncounted_e9, relief_e9)) in three.iter_mut().zip(shares) {
            let balance = CollateralBalance {
                amount_atoms: held.collateral_atoms,
                uncounted_e9,
                relief_e9,
            };
            one.holdings[at].hold_collateral(balance).unwrap();
        }
    }
    three
}

fn told(account: &Account) -> (MarginReport, [Contribution; MAX_HOLDINGS]) {
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    let report = report_with_contributions(&account.portfolio(), &mut shares).unwrap();
    (report, shares)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p4_relief_counts_for_mm_alone(rolls in rolls(2 * ACCOUNT_ROLLS)) {
        let mut dice = Dice::new(&rolls);
        let mut account = account(&mut dice);
        if dice.chance(50) {
            account = with_any_terms(&mut dice, &account);
        }
        let accounts = three_times(&mut dice, &account);
        let [(it, shares), (without, least), (whole, most)] = accounts.each_ref().map(told);
        prop_assert_eq!(it.initial.requirement, without.initial.requirement);
        prop_assert_eq!(it.initial.verdict, without.initial.verdict);
        let free = [it, without].map(|one| one.initial.free_collateral_atoms);
        prop_assert_eq!(free[0], free[1]);
        prop_assert_eq!(it.maintenance, whole.maintenance);
        prop_assert_eq!(it.liquidation, whole.liquidation);
        prop_assert_eq!(it.gross_notional_atoms, whole.gross_notional_atoms);
        for at in 0..account.holdings.len() {
            prop_assert_eq!(shares[at].initial_atoms, least[at].initial_atoms);
            prop_assert_eq!(shares[at].maintenance_atoms, most[at].maintenance_atoms);
            let [it, without, whole] = accounts
                .each_ref()
                .map(|one| holding_report(&one.holdings[at]).unwrap());
            prop_assert_eq!(it.initial, without.initial);
            prop_assert_eq!((it.maintenance, it.net_quote_atoms), (whole.maintenance, whole.net_quote_atoms));
        }
        let [it, _, whole] = accounts.each_ref().map(|one| one.portfolio());
        prop_assert_eq!(report(&it), Ok(told(&accounts[0]).0));
        prop_assert_eq!(initial(&it).unwrap(), told(&accounts[0]).0.initial);
        prop_assert_eq!(initial_with_relief(&it), initial(&whole));
    }

    #[test]
    fn p4_who_meets_the_initial_margin_without_relief_is_not_liquidatable_with_it(rolls in rolls(2 * ACCOUNT_ROLLS)) {
        let mut dice = Dice::new(&rolls);
        let account = account(&mut dice);
        let [it, ..] = three_times(&mut dice, &account);
        let report = report(&it.portfolio()).unwrap();
        if report.initial.meets_initial_margin() {
            // But for an atom: relief that is worth less than one has a margin of one, rounded up.
            let seen = report.liquidation.requirement;
            prop_assert!(seen.free_collateral_atoms() >= -1, "{:?}", report);
        }
    }
}
