//! Accounts and parameters outside any bound.
use freeboard_risk::governance::{AssetTerms, TargetTerms};
use freeboard_risk::liquidation::penalty;
use freeboard_risk::liquidation::{
    Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, Window,
};
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{
    AssetCoefficients, LiquidationParams, PortfolioCoefficients, PortfolioParams,
    ScenarioCoefficients,
};
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::UnitShock;
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::holding::{Holding, MAX_HOLDINGS};
use freeboard_risk::requirement::margin;
use freeboard_risk::requirement::portfolio::Portfolio;

use super::{Attempt, KINDS, market};
use crate::fuzz::bytes::FuzzedBytes;
use crate::fuzz::draw::{self, Dice};

/// Everything from its whole range; `any_words`: the coefficients too. Returns how many closings had a plan.
pub(super) fn outside_bounds(bytes: &mut FuzzedBytes, any_words: bool) -> usize {
    let coefficients = portfolio_coefficients(bytes, any_words);
    let scenarios: Vec<ScenarioCoefficients> = (0..bytes.index(18))
        .map(|_| scenario(bytes, any_words))
        .collect();
    let quote_atoms = bytes.any_i64();
    let attempt = Attempt {
        params: liquidation_params(bytes, any_words),
        flag_age_secs: bytes.any_u64(),
        window: Window {
            gross_quote_atoms: bytes.any_u64(),
            closed_quote_atoms: bytes.any_u64(),
        },
        market: market(bytes),
    };
    let beta_e9 = bytes.any_u64();
    let asked = bytes.any_u64();
    // One more than an account may hold must be refused, too.
    let holdings: Vec<Holding> = (0..bytes.index(MAX_HOLDINGS + 2))
        .map(|_| holding(bytes, any_words))
        .collect();
    let target = portfolio_coefficients(bytes, any_words);
    let initial = TargetTerms {
        coefficients: &target,
        scenarios: scenarios.get(1..).unwrap_or(&[]),
    };
    let portfolio = Portfolio {
        coefficients: &coefficients,
        scenarios: &scenarios,
        initial: (bytes.byte() & 1 == 1).then_some(initial),
        quote_atoms,
        holdings: &holdings,
    };
    raw_reports(&portfolio, beta_e9);
    let mut plans = 0;
    for index in 0..=holdings.len() {
        for closing in KINDS {
            let has_plan = raw_plan(&portfolio, &attempt, index, closing, asked);
            plans += usize::from(has_plan);
        }
    }
    plans
}

/// Every reading of the account answers, and the whole report says what the single functions say.
fn raw_reports(portfolio: &Portfolio, beta_e9: u64) {
    let maintenance = margin::maintenance(portfolio);
    let initial = margin::initial(portfolio);
    let valuation = margin::liquidation_valuation(portfolio);
    let report = margin::report(portfolio);
    let mut shares = [Contribution::default(); MAX_HOLDINGS + 1];
    let _ = report_with_contributions(portfolio, &mut shares);
    let _ = margin::gross_atoms(portfolio);
    let _ = penalty::gross_notional_ceil(portfolio);
    for holding in portfolio.holdings {
        let _ = margin::holding_report(holding);
    }
    if let Ok(report) = &report {
        assert_eq!(maintenance, Ok(report.maintenance));
        assert_eq!(initial, Ok(report.initial));
        assert_eq!(valuation, Ok(report.liquidation));
        let reduce = margin::Reduce {
            before: report.maintenance,
            after: report.initial.requirement,
            impact_atoms: beta_e9,
        };
        let _ = reduce.require_accepted(beta_e9);
        assert!(report.maintenance.margin_atoms >= 0);
    }
}

/// Returns whether the closing has a plan.
fn raw_plan(
    portfolio: &Portfolio,
    attempt: &Attempt,
    index: usize,
    closing: Closing,
    asked: u64,
) -> bool {
    let Attempt { params, .. } = attempt;
    let verdict = LiquidationPlan::new(
        portfolio,
        index,
        closing,
        params,
        attempt.flag_age_secs,
        attempt.window,
        &ClosingTerms::against(attempt.market),
    );
    let Ok(LiquidationVerdict::Plan(plan)) = verdict else {
        return false;
    };
    assert!(plan.size_atoms <= closing.closable_atoms(&portfolio.holdings[index]));
    let _ = plan.outcome_of(asked);
    let _ = plan.take(asked.min(plan.size_atoms));
    if let Ok(penalty) = u64::try_from(plan.outcome.penalty_atoms) {
        let _ = penalty::split(penalty, params);
    }
    true
}

/// Any numbers, or a holding inside the bounds with some fields replaced: of the former most are
/// refused as too large before anything is computed from them.
fn holding(bytes: &mut FuzzedBytes, any_words: bool) -> Holding {
    let form = bytes.byte();
    let coefficients = asset_coefficients(bytes, any_words);
    let initial = (form & 32 != 0)
        .then(|| AssetTerms::from_coefficients(&asset_coefficients(bytes, any_words)));
    if form & 4 == 0 {
        return Holding {
            coefficients,
            initial,
            ..any_holding(bytes, form)
        };
    }
    let rolls = bytes.rolls(10);
    let mut dice = Dice::new(&rolls);
    let params = draw::asset_params(&mut dice);
    let mut holding = draw::holding(&mut dice, &params, form & 8 == 0, form & 16 == 0);
    holding.initial = initial;
    if any_words {
        holding.coefficients = coefficients;
    }
    let other = any_holding(bytes, form);
    let replaced = u16::from_le_bytes(bytes.array());
    let fields: [&mut dyn FnMut(&mut Holding); 9] = [
        &mut |holding| holding.price = other.price,
        &mut |holding| holding.confidence = other.confidence,
        &mut |holding| holding.ema = other.ema,
        &mut |holding| holding.unit_shock = other.unit_shock,
        &mut |holding| holding.open_interest_atoms = other.open_interest_atoms,
        &mut |holding| holding.liquidated_quote_atoms = other.liquidated_quote_atoms,
        &mut |holding| holding.size_atoms = other.size_atoms,
        &mut |holding| holding.entry_quote_atoms = other.entry_quote_atoms,
        &mut |holding| holding.collateral_atoms = other.collateral_atoms,
    ];
    for (bit, replace) in fields.into_iter().enumerate() {
        if replaced >> bit & 1 == 1 {
            replace(&mut holding);
        }
    }
    holding
}

fn any_holding(bytes: &mut FuzzedBytes, usable: u8) -> Holding {
    Holding {
        price: Price(bytes.any_u128()),
        confidence: Price(bytes.any_u128()),
        ema: Price(bytes.any_u128()),
        usable_initial: usable & 1 == 0,
        standing: match usable >> 1 & 7 {
            0..=3 => Standing::Usable,
            4 => Standing::Wide,
            5 => Standing::Far,
            6 => Standing::Absent {
                share: Fraction::from_bits(bytes.any_u64()),
            },
            _ => Standing::Unknown,
        },
        unit_shock: UnitShock {
            u_mm: Fraction::from_bits(bytes.any_u64()),
            c_im: Fraction::from_bits(bytes.any_u64()),
            sigma_im: Fraction::from_bits(bytes.any_u64()),
        },
        open_interest_atoms: bytes.any_u64(),
        liquidated_quote_atoms: bytes.any_u64(),
        size_atoms: bytes.any_i64(),
        entry_quote_atoms: bytes.any_i64(),
        funding_quote_atoms: bytes.any_i64(),
        collateral_atoms: bytes.any_u64(),
        ..Holding::default()
    }
}

/// Those of parameters inside the bounds; with `any_words` some of their words replaced.
fn asset_coefficients(bytes: &mut FuzzedBytes, any_words: bool) -> AssetCoefficients {
    let rolls = bytes.rolls(10);
    let params = draw::asset_params(&mut Dice::new(&rolls));
    let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
    if !any_words {
        return coefficients;
    }
    AssetCoefficients::from_words(&disturbed(bytes, coefficients.to_words()))
}

fn portfolio_coefficients(bytes: &mut FuzzedBytes, any_words: bool) -> PortfolioCoefficients {
    let rolls = bytes.rolls(7);
    let params: PortfolioParams = draw::portfolio_params(&mut Dice::new(&rolls));
    let coefficients = PortfolioCoefficients::new(&params).unwrap();
    if !any_words {
        return coefficients;
    }
    PortfolioCoefficients::from_words(&disturbed(bytes, coefficients.to_words()))
}

/// Some words replaced by any others.
fn disturbed<const N: usize>(bytes: &mut FuzzedBytes, mut words: [u64; N]) -> [u64; N] {
    let replaced = u32::from_le_bytes(bytes.array());
    for (bit, word) in words.iter_mut().enumerate() {
        if replaced >> bit & 1 == 1 {
            *word = bytes.any_u64();
        }
    }
    words
}

/// Within the bounds a weighted shock is between −1 and 3.
fn scenario(bytes: &mut FuzzedBytes, any_words: bool) -> ScenarioCoefficients {
    let one = Fraction::ONE.to_bits().cast_signed();
    let shock = core::array::from_fn(|_| {
        let any = bytes.any_i64();
        if any_words {
            any
        } else {
            any.clamp(-one, 3 * one)
        }
    });
    ScenarioCoefficients { shock }
}

fn liquidation_params(bytes: &mut FuzzedBytes, any_words: bool) -> LiquidationParams {
    if !any_words {
        let rolls = bytes.rolls(8);
        return draw::liquidation_params(&mut Dice::new(&rolls));
    }
    LiquidationParams {
        penalty_abs_e9: bytes.any_u64(),
        liquidator_share_e9: bytes.any_u64(),
        insurance_share_e9: bytes.any_u64(),
        window_cap_quote_atoms: bytes.any_u64(),
        window_share_e9: bytes.any_u64(),
        dust_quote_atoms: bytes.any_u64(),
        keeper_cost_quote_atoms: bytes.any_u64(),
        beta_e9: bytes.any_u64(),
        ..LiquidationParams::reference()
    }
}
