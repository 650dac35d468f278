//! Feeds: an account of up to 24 assets with its portfolio, scenarios and liquidation parameters.
//!
//! An odd first byte draws it inside the hard bounds, with the dice of the property tests, and asserts:
//! every function answers; MM ≥ 0 and IM ≥ 1.25·MM; contributions sum to both requirements; a plan for
//! every asset and kind never takes more than is there, and what it allows makes the account better.
//!
//! An even first byte takes values from the whole range of their integers (prices to 2^128 − 1, sizes
//! and balances from end to end, shocks to `Fraction::MAX`; by a bit of that byte also the parameters,
//! as words, which no instruction can set) and asserts: `Ok` or `Err`, no panic and no overflow.
#![no_main]
use freeboard_fuzz::{
    Bytes,
    draw::{self, ACCOUNT_ROLLS, Account, Dice},
};
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::governance::{AssetTerms, TargetTerms};
use freeboard_risk::requirement::holding::{Holding, MAX_HOLDINGS};
use freeboard_risk::liquidation::{
        Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, ClosingOutcome, SizeReason,
        SkewImpact, Window,
    };
use freeboard_risk::requirement::margin::{self, MarginReport};
use freeboard_risk::params::{
        AssetCoefficients, LiquidationParams, PortfolioCoefficients, PortfolioParams,
        ScenarioCoefficients,
    };
use freeboard_risk::liquidation::penalty;
use freeboard_risk::requirement::portfolio::Portfolio;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::UnitShock;
use libfuzzer_sys::fuzz_target;

const KINDS: [Closing; 3] = [Closing::Position, Closing::Collateral, Closing::Pair];

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let mode = bytes.byte();
    if mode & 1 == 1 {
        within_bounds(&mut bytes);
    } else {
        raw(&mut bytes, mode & 2 != 0);
    }
});

/// An attempt to liquidate: everything but the account, the asset and the kind.
struct Attempt {
    params: LiquidationParams,
    flag_age_secs: u64,
    window: Window,
    market: Option<SkewImpact>,
}

// --- inside the bounds

fn within_bounds(bytes: &mut Bytes) {
    let depth = i128::from(u16::from_le_bytes(bytes.array())) % 1_500;
    let part = 1 + u64::from(bytes.byte());
    let rolls = bytes.rolls(ACCOUNT_ROLLS + 40);
    let mut dice = Dice::new(&rolls);
    let attempt = Attempt {
        params: draw::liquidation_params(&mut dice),
        flag_age_secs: dice.between(0, 1_000),
        window: Window {
            gross_quote_atoms: dice.magnitude(1, 100_000_000_000_000_000),
            closed_quote_atoms: dice.between(0, 1_000_000),
        },
        market: market(bytes),
    };
    let mut account = draw::account(&mut dice);
    check_report(&account);
    check_report(&draw::with_any_terms(&mut dice, &account));
    // Equity anywhere from −½ to 1 times MM, as a liquidation sees them.
    let seen = margin::liquidation_valuation(&account.portfolio())
        .unwrap()
        .requirement;
    let wanted = seen.margin_atoms * (depth - 500) / 1_000;
    let balance = i128::from(account.quote_atoms) + wanted - seen.equity_atoms;
    account.quote_atoms = balance.clamp(-(1 << 60), 1 << 60) as i64;
    for index in 0..account.holdings.len() {
        for closing in KINDS {
            check_plan(&account, &attempt, index, closing, part);
        }
    }
}

/// MM, IM and the contributions.
fn check_report(account: &Account) {
    let portfolio = account.portfolio();
    let report = margin::report(&portfolio).unwrap();
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    assert_eq!(
        report_with_contributions(&portfolio, &mut shares),
        Ok(report)
    );
    let (mm, im) = (
        report.maintenance.margin_atoms,
        report.initial.requirement.margin_atoms,
    );
    assert!(mm >= 0, "{mm}");
    assert!(im * 4 + 5 >= mm * 5, "{im} {mm}");
    check_sum(
        account,
        mm,
        0,
        shares.iter().map(|share| share.maintenance_atoms),
    );
    // Within 2^-32 the own term of IM is named, and shared, although 1.25·MM is the larger.
    let tie = im >> 32;
    check_sum(
        account,
        im,
        tie,
        shares.iter().map(|share| share.initial_atoms),
    );
    check_alone(&portfolio, &report);
}

/// Shares are rounded to nearest, half an atom each, and lack the requirement's own error bound: 2^-41
/// of ΣX and of itself. A short's shock may be 8; twice that covers what the amounts are cut by.
fn check_sum(account: &Account, total: i128, tie: i128, shares: impl Iterator<Item = i128>) {
    let sum: i128 = shares.sum();
    let count = account.holdings.len() as i128;
    let allowed = count + 1 + (8 * gross_atoms(account) + total) / (1 << 40) + tie;
    assert!(
        (sum - total).abs() <= allowed,
        "{sum} for {total}, {allowed} allowed"
    );
}

/// The single functions say what the whole report says.
fn check_alone(portfolio: &Portfolio, report: &MarginReport) {
    assert_eq!(margin::maintenance(portfolio), Ok(report.maintenance));
    assert_eq!(margin::initial(portfolio), Ok(report.initial));
    assert_eq!(
        margin::liquidation_valuation(portfolio),
        Ok(report.liquidation)
    );
    let gross = margin::gross_atoms(portfolio).unwrap();
    assert!(gross >= 0);
    assert!(penalty::gross_notional_ceil(portfolio).is_ok());
}

/// Σ|N|, quote atoms.
fn gross_atoms(account: &Account) -> i128 {
    let net = |holding| margin::holding_report(holding).unwrap().net_quote_atoms;
    account
        .holdings
        .iter()
        .map(|holding| net(holding).abs())
        .sum()
}

/// What rounding may cost a requirement, as the property tests allow it.
fn slack(account: &Account, margin: i128) -> i128 {
    (gross_atoms(account) + margin) / (1 << 36) + 4 * account.holdings.len() as i128 + 4
}

/// None, or any market with a scale.
fn market(bytes: &mut Bytes) -> Option<SkewImpact> {
    let market = SkewImpact {
        skew: Skew {
            now_atoms: bytes.any_i64().into(),
            resting_atoms: bytes.any_i64().into(),
        },
        skew_scale_atoms: bytes.any_u64().max(1),
    };
    (bytes.byte() & 1 == 1).then_some(market)
}

fn check_plan(account: &Account, attempt: &Attempt, index: usize, closing: Closing, part: u64) {
    let portfolio = account.portfolio();
    let holding = &account.holdings[index];
    let Attempt { params, .. } = attempt;
    let verdict = LiquidationPlan::new(
        &portfolio,
        index,
        closing,
        params,
        attempt.flag_age_secs,
        attempt.window,
        &ClosingTerms::against(attempt.market),
    );
    let LiquidationVerdict::Plan(plan) = verdict.unwrap() else {
        return;
    };
    // Never a flip, never more than there is.
    let most = closing.closable_atoms(holding);
    assert!(plan.size_atoms <= most, "{plan:?}");
    let before = plan.requirement;
    let seen = margin::liquidation_valuation(&portfolio)
        .unwrap()
        .requirement;
    let slack = slack(account, before.margin_atoms);
    assert!(
        (before.margin_atoms - seen.margin_atoms).abs() <= slack,
        "{plan:?} {seen:?}"
    );
    assert!(
        (before.equity_atoms - seen.equity_atoms).abs() <= slack,
        "{plan:?} {seen:?}"
    );
    check_penalty(&plan.outcome, params);
    assert!(
        attempt.market.is_some() || plan.outcome.impact_atoms == 0,
        "{plan:?}"
    );
    if !plan.allowed {
        return;
    }
    let size = (plan.size_atoms / 256 * part).clamp(1, plan.size_atoms);
    let largest = plan.take(plan.size_atoms);
    assert_eq!(largest, Ok(plan.outcome), "what is allowed can be taken");
    assert!(plan.take(plan.size_atoms.saturating_add(1)).is_err() || plan.size_atoms == u64::MAX);
    for outcome in [largest, plan.take(size)].into_iter().flatten() {
        check_better(&plan, &outcome, closing, params, slack);
    }
    // Not too much: one lot less does not reach the liquidation target.
    let lot = holding.coefficients.lot_atoms;
    if plan.reason == SizeReason::Target && plan.size_atoms > lot && plan.size_atoms < most {
        let less = plan.outcome_of(plan.size_atoms - lot).unwrap();
        let exit =
            less.margin_after_atoms * i128::from(1_000_000_000 + params.beta_e9) / 1_000_000_000;
        assert!(less.equity_after_atoms < exit + slack, "{less:?}");
    }
}

fn check_penalty(outcome: &ClosingOutcome, params: &LiquidationParams) {
    assert!(outcome.penalty_atoms >= 0, "{outcome:?}");
    assert!(outcome.impact_atoms >= 0, "{outcome:?}");
    assert!(outcome.margin_after_atoms >= 0, "{outcome:?}");
    let penalty = u64::try_from(outcome.penalty_atoms).unwrap();
    let parts = penalty::split(penalty, params).unwrap();
    let sum = parts.liquidator_atoms + parts.insurance_atoms + parts.pool_atoms;
    assert_eq!(sum, penalty, "{parts:?}");
}

/// What is taken lowers MM and does not lower equity − MM, unless the account is insolvent.
fn check_better(
    plan: &LiquidationPlan,
    outcome: &ClosingOutcome,
    closing: Closing,
    params: &LiquidationParams,
    slack: i128,
) {
    check_penalty(outcome, params);
    let before = plan.requirement;
    if plan.may_worsen() {
        return;
    }
    let free_collateral = outcome.equity_after_atoms - outcome.margin_after_atoms;
    assert!(outcome.relief_atoms >= 0, "{before:?} {outcome:?}"); // above 0 before it is rounded
    assert!(
        free_collateral >= before.free_collateral_atoms() - slack,
        "{before:?} {outcome:?}"
    );
    // Penalty and impact leave at least 5 % of the relief.
    if outcome.relief_atoms > 40 * slack {
        assert!(free_collateral > before.free_collateral_atoms(), "{before:?} {outcome:?}");
    }
    // Neither penalty nor impact bankrupts.
    if closing == Closing::Position && before.equity_atoms > 0 {
        assert!(
            outcome.equity_after_atoms >= -slack,
            "{before:?} {outcome:?}"
        );
    }
}

// --- outside any bound

/// Everything from its whole range; `any_words`: the coefficients too.
fn raw(bytes: &mut Bytes, any_words: bool) {
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
    let maintenance = margin::maintenance(&portfolio);
    let initial = margin::initial(&portfolio);
    let valuation = margin::liquidation_valuation(&portfolio);
    let report = margin::report(&portfolio);
    let mut shares = [Contribution::default(); MAX_HOLDINGS + 1];
    let _ = report_with_contributions(&portfolio, &mut shares);
    let _ = margin::gross_atoms(&portfolio);
    let _ = penalty::gross_notional_ceil(&portfolio);
    for holding in &holdings {
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
    for index in 0..=holdings.len() {
        for closing in KINDS {
            raw_plan(&portfolio, &attempt, index, closing, asked);
        }
    }
}

fn raw_plan(portfolio: &Portfolio, attempt: &Attempt, index: usize, closing: Closing, asked: u64) {
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
        return;
    };
    assert!(plan.size_atoms <= closing.closable_atoms(&portfolio.holdings[index]));
    let _ = plan.outcome_of(asked);
    let _ = plan.take(asked.min(plan.size_atoms));
    if let Ok(penalty) = u64::try_from(plan.outcome.penalty_atoms) {
        let _ = penalty::split(penalty, params);
    }
}

/// Any numbers, or a holding inside the bounds with some fields replaced: of the former most are
/// refused as too large before anything is computed from them.
fn holding(bytes: &mut Bytes, any_words: bool) -> Holding {
    let form = bytes.byte();
    let coefficients = asset_coefficients(bytes, any_words);
    let initial = (form & 32 != 0).then(|| AssetTerms::from_coefficients(&asset_coefficients(bytes, any_words)));
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

fn any_holding(bytes: &mut Bytes, usable: u8) -> Holding {
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
fn asset_coefficients(bytes: &mut Bytes, any_words: bool) -> AssetCoefficients {
    let rolls = bytes.rolls(10);
    let params = draw::asset_params(&mut Dice::new(&rolls));
    let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
    if !any_words {
        return coefficients;
    }
    AssetCoefficients::from_words(&disturbed(bytes, coefficients.to_words()))
}

fn portfolio_coefficients(bytes: &mut Bytes, any_words: bool) -> PortfolioCoefficients {
    let rolls = bytes.rolls(7);
    let params: PortfolioParams = draw::portfolio_params(&mut Dice::new(&rolls));
    let coefficients = PortfolioCoefficients::new(&params).unwrap();
    if !any_words {
        return coefficients;
    }
    PortfolioCoefficients::from_words(&disturbed(bytes, coefficients.to_words()))
}

/// Some words replaced by any others.
fn disturbed<const N: usize>(bytes: &mut Bytes, mut words: [u64; N]) -> [u64; N] {
    let replaced = u32::from_le_bytes(bytes.array());
    for (bit, word) in words.iter_mut().enumerate() {
        if replaced >> bit & 1 == 1 {
            *word = bytes.any_u64();
        }
    }
    words
}

/// Within the bounds weight and shocks are at most 1 and 3.
fn scenario(bytes: &mut Bytes, any_words: bool) -> ScenarioCoefficients {
    let weight = Fraction::from_bits(bytes.any_u64());
    let one = Fraction::ONE.to_bits().cast_signed();
    if any_words {
        return ScenarioCoefficients {
            weight,
            shock: core::array::from_fn(|_| bytes.any_i64()),
        };
    }
    ScenarioCoefficients {
        weight: weight.min(Fraction::ONE),
        shock: core::array::from_fn(|_| bytes.any_i64().clamp(-one, 3 * one)),
    }
}

fn liquidation_params(bytes: &mut Bytes, any_words: bool) -> LiquidationParams {
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
