//! P3: rounding never favours an account, and costs it no more than stated: 1e-9 of the absolute terms
//! and an atom per position.
use freeboard_risk::params::Scenario;
use freeboard_risk::requirement::margin::initial;
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Dice, account_with_parameters};
use crate::exact::{Leg, Level, equity, margin};
use crate::rolls;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p3_rounding_never_favours_an_account(rolls in rolls(ACCOUNT_ROLLS)) {
        let (account, assets, scenarios) = account_with_parameters(&mut Dice::new(&rolls));
        let legs: Vec<Leg> = account
            .holdings
            .iter()
            .zip(&assets)
            .map(|(holding, params)| Leg { holding, params })
            .collect();
        let scenarios: &[Scenario] = &scenarios;
        let report = initial(&account.portfolio()).unwrap();
        let mm = margin(&legs, &account.params, scenarios, Level::Maintenance);
        let im = margin(&legs, &account.params, scenarios, Level::Initial);
        // 1.25 times the exact MM, of which only whole atoms are known here.
        let im = (im.0.max((mm.0 - 1) * 5 / 4), im.1.max(mm.1));
        for (found, (exact, gross)) in [
            (report.maintenance.margin_atoms, mm),
            (report.requirement.margin_atoms, im),
        ] {
            prop_assert!(found >= exact, "{} below {}", found, exact);
            let allowed = (gross + exact) / 1_000_000_000 + 2 * legs.len() as i128 + 3;
            prop_assert!(found <= exact + allowed, "{} above {} by more than {}", found, exact, allowed);
        }
        let (found, exact) = (report.maintenance.equity_atoms, equity(&legs, account.quote_atoms));
        prop_assert!(found <= exact, "equity {} above {}", found, exact);
        // An atom per position, and 1e-18 of what the positions are worth.
        let worth: i128 = account.holdings.iter().map(|one| i128::from(one.entry_quote_atoms.abs())).sum();
        prop_assert!(found >= exact - 2 - 2 * legs.len() as i128 - worth / (1 << 57), "equity {} below {}", found, exact);
    }
}
