//! What an account must hold and what it has: whitepaper §4.2 to §5.3.
use freeboard_risk::market::collateral::{CollateralBalance, MarginRelief};
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{holding_report, maintenance, report};

use crate::paper::{Example, percent, usd, whole_usd};
use crate::shipped::{COIN, USD, btc, coefficients, eth, portfolio};

#[test]
fn size_shock() {
    let example = Example::named("size_shock");
    let large = btc(1_200 * COIN);
    let shocks = holding_report(&large).unwrap();
    example.says(whole_usd(120_000_000 * USD));
    example.says(percent(shocks.maintenance.core, 4));
    example.says(percent(shocks.maintenance.full, 3));
    let held = [large];
    let c = coefficients();
    let report = report(&portfolio(&c, 10_000_000 * USD, &held)).unwrap();
    example.says(usd(report.maintenance.margin_atoms));
}

#[test]
fn open_interest_addon() {
    let example = Example::named("open_interest_addon");
    let with_open_interest = Holding {
        open_interest_atoms: u64::try_from(520 * COIN).unwrap(),
        ..btc(2 * COIN)
    };
    let (alone, with_open_interest) = (
        holding_report(&btc(2 * COIN)).unwrap().initial,
        holding_report(&with_open_interest).unwrap().initial,
    );
    example.says(percent(alone.full, 3));
    example.says(percent(
        with_open_interest.full.saturating_sub(alone.full),
        3,
    ));
    example.says(percent(with_open_interest.full, 3));
}

#[test]
fn hedged_short() {
    let example = Example::named("hedged_short");
    let mut short = btc(-2 * COIN);
    short.coefficients.collateral_weight = Fraction::ONE;
    short.collateral_atoms = u64::try_from(2 * COIN).unwrap();
    let held = [short];
    let c = coefficients();
    let report = report(&portfolio(&c, 0, &held)).unwrap();
    example.says(usd(report.maintenance.margin_atoms));
    example.says(usd(report.maintenance.equity_atoms));
}

#[test]
fn deposit_above_cap() {
    let example = Example::named("deposit_above_cap");
    let coin = u64::try_from(COIN).unwrap();
    let deposited = |room_atoms| {
        let balance = CollateralBalance::default().deposit(2 * coin, room_atoms);
        let mut held = btc(0);
        held.coefficients.collateral_weight = Fraction::from_e9_floor(800_000_000).unwrap();
        held.hold_collateral(balance.unwrap()).unwrap();
        let c = coefficients();
        let requirement = maintenance(&portfolio(&c, 0, &[held])).unwrap();
        (requirement.equity_atoms, requirement.margin_atoms)
    };
    let (capped, whole) = (deposited(coin), deposited(2 * coin));
    example.says(usd(capped.0 + 1)); // equity goes down: an atom below
    example.says(usd(whole.0 + 1));
    example.says(usd(capped.1));
}

#[test]
fn margin_relief() {
    let example = Example::named("margin_relief");
    let coin = u64::try_from(COIN).unwrap();
    let collateral_weight = Fraction::from_e9_floor(800_000_000).unwrap();
    let mut held = btc(0);
    held.coefficients.collateral_weight = collateral_weight;
    let relief = MarginRelief {
        lacking: QuoteAtoms::new(3_000 * u64::try_from(USD).unwrap()),
        price: held.asset_price(),
        collateral_weight,
    };
    let above = CollateralBalance::default().deposit(coin, 0).unwrap();
    let atoms = relief.relief_floor(coin).unwrap();
    assert_eq!(atoms + 1, coin * 75 / 1_000); // the weight is a binary fraction: an atom below
    held.hold_collateral(above.relieve(atoms).unwrap()).unwrap();
    let c = coefficients();
    let report = report(&portfolio(&c, 10_000 * USD, &[held])).unwrap();
    example.says(usd(report.maintenance.equity_atoms));
    example.says(usd(report.initial.requirement.equity_atoms));
}

#[test]
fn portfolio_requirement() {
    let example = Example::named("portfolio_requirement");
    let held = [btc(2 * COIN), eth(-30 * COIN)];
    let c = coefficients();
    let both = report(&portfolio(&c, 20_000 * USD, &held)).unwrap();
    let alone = |held: &[Holding]| {
        let alone = report(&portfolio(&c, 0, held)).unwrap();
        usd(alone.maintenance.margin_atoms)
    };
    example.says(alone(&held[..1]));
    example.says(alone(&held[1..]));
    example.says(usd(both.maintenance.margin_atoms));
}

#[test]
fn initial_margin() {
    let example = Example::named("initial_margin");
    let held = [btc(2 * COIN), eth(-30 * COIN)];
    let c = coefficients();
    let report = report(&portfolio(&c, 20_000 * USD, &held)).unwrap();
    example.says(usd(report.maintenance.margin_atoms));
    example.says(usd(report.initial.requirement.margin_atoms));
    assert!(report.initial.requirement.margin_atoms * 4 >= report.maintenance.margin_atoms * 5);
}

#[test]
fn conservative_equity() {
    let example = Example::named("conservative_equity");
    let profitable = Holding {
        price: Price(102_000_000_000_000_000),
        ema: Price(101_000_000_000_000_000),
        ..btc(2 * COIN)
    };
    let held = [profitable, eth(-30 * COIN)];
    let c = coefficients();
    let report = report(&portfolio(&c, 20_000 * USD, &held)).unwrap();
    example.says(usd(report.maintenance.equity_atoms));
    example.says(usd(report.initial.requirement.equity_atoms));
    example.says(usd(report.initial.requirement.margin_atoms));
    example.says(usd(report.initial.free_collateral_atoms));
}
