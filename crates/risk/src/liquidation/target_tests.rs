use super::*;
use crate::fixture::{SOL, USD, coefficients, portfolio, sol, sol_collateral};
use crate::number::quantity::Fraction;
use crate::requirement::margin::liquidation_valuation;

/// A lot of the fixture: a tenth of a SOL, 10 USD.
const LOT: u64 = 100_000_000;

/// The liquidator pays 1/8 for the age of the price.
fn aged() -> ClosingTerms {
    ClosingTerms {
        market: None,
        age_spread: Fraction::from_bits(1 << 57),
    }
}

fn given_back(step: &LastStep, mut holding: Holding) -> (i64, i64, u64, i64) {
    let quote = step.give_back(&mut holding, &aged(), 1_000 * USD).unwrap();
    (
        holding.size_atoms,
        holding.entry_quote_atoms,
        holding.collateral_atoms,
        quote,
    )
}

/// A lot, and that lot at the price in doubt of an atom: P per atom is off by 2^-61, down.
const LOT_USD: i64 = 10 * USD - 1;

#[test]
fn the_pool_took_it_at_the_price_and_the_liquidator_paid_for_its_age() {
    let step = |taker, side: i64| LastStep {
        position_atoms: side * LOT.cast_signed(),
        taker,
        collateral_atoms: 0,
    };
    let (long, short) = (sol(SOL), sol(-SOL));
    let (pool, liquidator) = (PositionTaker::Pool, PositionTaker::Liquidator);
    let quote = 1_000 * USD;
    assert_eq!(
        given_back(&step(pool, 1), long),
        (SOL + LOT as i64, 100 * USD + LOT_USD, 0, quote)
    );
    // ⌊9,999,999/8⌋
    let gained = 1_249_999;
    assert_eq!(
        given_back(&step(liquidator, 1), long),
        (SOL + LOT as i64, 100 * USD + LOT_USD + gained, 0, quote)
    );
    assert_eq!(
        given_back(&step(liquidator, -1), short),
        (-SOL - LOT as i64, -100 * USD - LOT_USD + gained, 0, quote)
    );
    assert_eq!(given_back(&step(pool, -1), short).1, -100 * USD - LOT_USD);
    let sold = LastStep {
        position_atoms: 0,
        taker: pool,
        collateral_atoms: LOT,
    };
    assert_eq!(
        given_back(&sold, sol_collateral(SOL as u64)),
        (0, 0, SOL as u64 + LOT, quote - LOT_USD - gained)
    );
}

#[test]
fn the_first_lot_and_all_of_it_are_never_too_much() {
    let lot = |closing, left: Holding, before, closed| {
        LastStep::lot(closing, PositionTaker::Pool, &left, before, closed).unwrap()
    };
    assert_eq!(lot(Closing::Position, sol(SOL), 2 * SOL, LOT), None);
    assert_eq!(lot(Closing::Position, sol(0), SOL, SOL as u64), None);
    let mut hedge = sol(-SOL);
    hedge.collateral_atoms = SOL as u64;
    let pair = lot(Closing::Pair, hedge, -2 * SOL, SOL as u64).unwrap();
    assert_eq!(
        (pair.position_atoms, pair.collateral_atoms),
        (-LOT.cast_signed(), LOT)
    );
    let collateral = lot(Closing::Collateral, hedge, -SOL, 2 * LOT).unwrap();
    assert_eq!(
        (collateral.position_atoms, collateral.collateral_atoms),
        (0, LOT)
    );
    let position = lot(Closing::Position, hedge, -2 * SOL, 2 * LOT).unwrap();
    assert_eq!(
        (position.position_atoms, position.collateral_atoms),
        (-LOT.cast_signed(), 0)
    );
}

#[test]
fn a_thousandth_less_gives_back_the_lots_between() {
    // 300 ‰ of 10 SOL are 3 SOL in lots; 299 ‰ are 2.99, up to 3 as well; 289 ‰ 2.9
    let before = sol(10 * SOL);
    let closed = Sliced::new(&before, 300).unwrap();
    let step = |less| LastStep::of_slice(&closed, &before, less).unwrap();
    assert_eq!(step(299).position_atoms, 0);
    assert_eq!(step(290).position_atoms, LOT.cast_signed());
    let short = sol(-10 * SOL);
    let closed = Sliced::new(&short, 300).unwrap();
    let step = LastStep::of_slice(&closed, &short, 290).unwrap();
    assert_eq!(
        (step.position_atoms, step.collateral_atoms),
        (-LOT.cast_signed(), 0)
    );
    let over = LastStep::of_slice(&closed, &short, 1_001);
    assert_eq!(over, Err(RiskError::LiquidationTooLarge));
}

#[test]
fn an_account_at_its_target_was_closed_too_far() {
    let (c, held) = (coefficients(), [sol(10 * SOL)]);
    let needed = liquidation_valuation(&portfolio(&c, 0, &held)).unwrap();
    let margin = i64::try_from(needed.requirement.margin_atoms).unwrap();
    // β of 10 %
    let check = |quote| {
        let given_back = liquidation_valuation(&portfolio(&c, quote, &held)).unwrap();
        check_below_target(&given_back, 0, 100_000_000)
    };
    let target = margin + margin.div_euclid(10) + 2;
    let equity = i64::try_from(needed.requirement.equity_atoms).unwrap();
    assert_eq!(check(target - equity), Err(RiskError::LiquidationTooLarge));
    assert_eq!(check(target - equity - 4), Ok(()));
}

#[test]
fn what_does_not_fit_is_refused() {
    let step = LastStep {
        position_atoms: 1,
        taker: PositionTaker::Pool,
        collateral_atoms: 1,
    };
    let mut most = sol(i64::MAX);
    assert_eq!(
        step.give_back(&mut most, &aged(), 0),
        Err(RiskError::Overflow)
    );
    let mut full = sol_collateral(u64::MAX);
    let sold = LastStep {
        position_atoms: 0,
        ..step
    };
    assert_eq!(
        sold.give_back(&mut full, &aged(), 0),
        Err(RiskError::Overflow)
    );
}
