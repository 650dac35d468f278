//! One account at both levels: MM and what is judged by it as in force, IM as targets.
use freeboard_risk::governance::AssetTerms;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::holding::{Holding, MAX_HOLDINGS};
use freeboard_risk::requirement::margin::{
    InitialReport, InitialVerdict, MarginReport, gross_atoms, holding_report, initial,
    liquidation_valuation, maintenance, report,
};
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account, with_any_terms};
use crate::rolls;

/// What MM reads of an account at both levels.
fn effective(account: &Account) -> Account {
    let holdings = account.holdings.iter().map(|one| Holding {
        initial: None,
        ..*one
    });
    Account {
        initial: None,
        ..account.with_holdings(holdings.collect())
    }
}

/// What IM reads of it at both levels.
fn target(account: &Account) -> Account {
    let holdings = account.holdings.iter().map(|one| Holding {
        coefficients: one
            .initial
            .map_or(one.coefficients, |terms| terms.within(&one.coefficients)),
        initial: None,
        ..*one
    });
    let mut own = account.with_holdings(holdings.collect());
    if let Some((coefficients, scenarios)) = own.initial.take() {
        (own.coefficients, own.scenarios) = (coefficients, scenarios);
    }
    own
}

/// One account read at both levels is two accounts, each read at one; to the atom.
pub fn check_levels(account: &Account) {
    let portfolio = account.portfolio();
    let both = report(&portfolio).unwrap();
    assert_eq!(initial(&portfolio), Ok(both.initial));
    // MM, and all that is judged by it.
    let old = effective(account);
    assert_eq!(maintenance(&portfolio), maintenance(&old.portfolio()));
    assert_eq!(maintenance(&portfolio), Ok(both.maintenance));
    assert_eq!(
        both.liquidation,
        liquidation_valuation(&old.portfolio()).unwrap()
    );
    // IM without what it is at least.
    let mut new = target(account);
    new.coefficients.im_over_mm = Fraction::ZERO;
    let own = initial(&new.portfolio()).unwrap().requirement;
    let found = both.initial.requirement;
    assert_eq!(found.equity_atoms, own.equity_atoms);
    let (margin, mm) = (found.margin_atoms, both.maintenance.margin_atoms);
    // MM is rounded up by less than an atom; 1.25 is exact in binary.
    let least = |mm: i128| (mm * 5 + 3).div_euclid(4);
    let expected = own.margin_atoms.max(least(mm - 1))..=own.margin_atoms.max(least(mm));
    assert!(expected.contains(&margin), "{margin} {expected:?}");
    check_unusable(account, &both.initial);
    check_shares(account, &both);
}

/// Assets without a usable price lower the free collateral at most.
fn check_unusable(account: &Account, found: &InitialReport) {
    let unusable = |one: &&Holding| !one.usable_initial && !one.is_empty();
    let mut held = account.holdings.iter().filter(unusable);
    if held.any(Holding::has_position) {
        assert_eq!(found.verdict, InitialVerdict::PositionPriceUnusable);
        return;
    }
    let usable = account
        .holdings
        .iter()
        .filter(|one| one.usable_initial)
        .copied();
    let usable = account.with_holdings(usable.collect());
    let without = initial(&usable.portfolio())
        .unwrap()
        .requirement
        .free_collateral_atoms();
    assert_eq!(
        found.free_collateral_atoms,
        found.requirement.free_collateral_atoms().min(without)
    );
    assert_eq!(
        found.meets_initial_margin(),
        found.free_collateral_atoms >= 0
    );
}

/// The shares of both levels sum to them.
fn check_shares(account: &Account, both: &MarginReport) {
    let portfolio = account.portfolio();
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    assert_eq!(
        report_with_contributions(&portfolio, &mut shares),
        Ok(*both)
    );
    let (old, new) = (effective(account), target(account));
    let (mm, im) = (
        both.maintenance.margin_atoms,
        both.initial.requirement.margin_atoms,
    );
    check_sum(&old, mm, 0, shares.iter().map(|one| one.maintenance_atoms));
    // Within 2^-32 the own term of IM is named, and shared, although 1.25·MM is the larger.
    check_sum(
        &new,
        im,
        im >> 32,
        shares.iter().map(|one| one.initial_atoms),
    );
}

/// Each share is rounded to nearest, half an atom, and lacks the requirement's own error bound: 2^-41 of
/// ΣX and of itself, where a short's shock may be 8.
fn check_sum(account: &Account, total: i128, tie: i128, shares: impl Iterator<Item = i128>) {
    let (sum, gross): (i128, _) = (shares.sum(), gross_atoms(&account.portfolio()).unwrap());
    let allowed = account.holdings.len() as i128 + 1 + (8 * gross + total) / (1 << 40) + tie;
    assert!(
        (sum - total).abs() <= allowed,
        "{sum} for {total}, {allowed} allowed"
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p4_one_account_read_at_both_levels_is_two_accounts(rolls in rolls(2 * ACCOUNT_ROLLS)) {
        let mut dice = Dice::new(&rolls);
        let account = account(&mut dice);
        check_levels(&with_any_terms(&mut dice, &account));
        // The same terms named twice change nothing.
        let mut named = account.clone();
        for holding in &mut named.holdings {
            holding.initial = Some(AssetTerms::from_coefficients(&holding.coefficients));
        }
        named.initial = Some((account.coefficients, account.scenarios.clone()));
        let mut shares = [[Contribution::default(); MAX_HOLDINGS]; 2];
        prop_assert_eq!(
            report_with_contributions(&account.portfolio(), &mut shares[0]),
            report_with_contributions(&named.portfolio(), &mut shares[1])
        );
        prop_assert_eq!(shares[0], shares[1]);
        for (one, other) in account.holdings.iter().zip(&named.holdings) {
            prop_assert_eq!(holding_report(one), holding_report(other));
        }
    }
}
