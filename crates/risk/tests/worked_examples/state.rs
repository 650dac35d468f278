//! The states of an account: whitepaper §5.5.
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::requirement::margin::{InitialVerdict, Requirement};
use freeboard_risk::requirement::portfolio::Binding;
use freeboard_risk::requirement::state::MarginState;

use crate::paper::{Example, usd};
use crate::shipped::USD;

#[test]
fn margin_states() {
    let example = Example::named("margin_states");
    let level_e9 = LiquidationParams::reference().call_level_e9;
    let (maintenance, initial) = (6_000 * i128::from(USD), 12_000 * i128::from(USD));
    example.says(usd(maintenance));
    example.says(usd(initial));
    let at = |equity_atoms| Requirement {
        margin_atoms: maintenance,
        equity_atoms,
        binding: Binding::Var,
    };
    let verdict = |equity| match equity >= initial {
        true => InitialVerdict::Met,
        false => InitialVerdict::NotMet,
    };
    let state = |equity| MarginState::new(&at(equity), verdict(equity), level_e9);
    let cents = |cents: i128| cents * i128::from(USD) / 100;
    for (from, state_from, state_below) in [
        (initial, MarginState::Safe, MarginState::AtRisk),
        (cents(720_000), MarginState::AtRisk, MarginState::Call),
        (maintenance, MarginState::Call, MarginState::Liquidatable),
        (
            cents(400_000),
            MarginState::Liquidatable,
            MarginState::SeverelyUndercollateralised,
        ),
    ] {
        example.says(usd(from));
        assert_eq!(state(from), state_from);
        assert_eq!(state(from - 1), state_below);
    }
    let called = at(cents(700_000));
    example.says(usd(called.equity_atoms));
    example.says(usd(called.free_collateral_atoms()));
    let permille = called.utilisation_permille();
    example.says(format!("{}.{} %", permille / 10, permille % 10));
}
