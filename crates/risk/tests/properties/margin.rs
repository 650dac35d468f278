//! P1: MM of a lone position never falls when |N|, σ, k or h grow; IM ≥ 1.25·MM.
//! P2: the order of positions does not matter; a portfolio needs no more than its assets alone and at
//! least φ·G; λ times all sizes need at least λ times the margin.
use freeboard_risk::number::math::Scaled;
use freeboard_risk::number::quantity::{Fraction, Price, Variance};
use freeboard_risk::params::{AssetCoefficients, AssetParams};
use freeboard_risk::price::unit_shock::{UnitShock, unit_shock};
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{holding_report, initial, maintenance};
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account, asset_params, holding};
use crate::rolls;

/// What rounding may cost a requirement: its stated error bound, twice, and an atom per term.
pub fn slack(account: &Account, margin: i128) -> i128 {
    let gross: i128 = account
        .holdings
        .iter()
        .map(|holding| holding_report(holding).unwrap().net_quote_atoms.abs())
        .sum();
    (gross + margin) / (1 << 36) + 4 * account.holdings.len() as i128 + 4
}

fn margin_of(account: &Account, holdings: Vec<Holding>) -> i128 {
    maintenance(&account.with_holdings(holdings).portfolio())
        .unwrap()
        .margin_atoms
}

/// The state of an estimator with this variance, long settled.
fn settled(params: &AssetParams, variance_bits: u128) -> UnitShock {
    let coefficients = AssetCoefficients::new(params, 28_800).unwrap();
    let mut state = VolatilityState {
        v_fast: Variance::from_bits(variance_bits),
        v_slow: Variance::from_bits(variance_bits / 2),
        v_short: Variance::from_bits(variance_bits / 3),
        anchor: Scaled::from_u128(1).unwrap(),
        anchor_ts: 0,
        samples: params.warmup_samples,
        u_prev: Fraction::ZERO,
        u_prev_ts: 0,
        implied: Fraction::ZERO,
        sigma_target: Fraction::ZERO,
        u_target: Fraction::ZERO,
    };
    state.refresh(params, &coefficients).unwrap();
    state.u_prev = state.u_target;
    unit_shock(&state, &coefficients, 0)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p1_mm_of_a_lone_position_never_falls_with_its_size(rolls in rolls(160), grow in 1u64..=1_000_000) {
        let mut dice = Dice::new(&rolls);
        let params = asset_params(&mut dice);
        let small = holding(&mut dice, &params, true, false);
        let mut large = small;
        let added = (small.size_atoms.unsigned_abs() / 1_000_000).max(1).saturating_mul(grow);
        large.size_atoms = small.size_atoms.signum()
            * small.size_atoms.unsigned_abs().saturating_add(added).min(1 << 61).cast_signed();
        let account = one(&mut dice, small);
        prop_assert!(margin_of(&account, vec![large]) >= margin_of(&account, vec![small]));
    }

    #[test]
    fn p1_mm_of_a_lone_position_never_falls_with_volatility_k_or_horizon(
        rolls in rolls(160), share in 0u64..=1_000, grow in 0u64..=1_000,
    ) {
        let mut dice = Dice::new(&rolls);
        let params = asset_params(&mut dice);
        let held = holding(&mut dice, &params, true, false);
        let account = one(&mut dice, held);
        let of = |params: &AssetParams, variance: u128| {
            let shock = settled(params, variance);
            margin_of(&account, vec![Holding { unit_shock: shock, ..held }])
        };
        // σ up to twice σ_cap.
        let cap = u128::from(Fraction::from_e9_ceil(params.sigma_cap_e9).unwrap().to_bits());
        let variance = (cap * 2 * u128::from(share) / 1_000).pow(2);
        let base = of(&params, variance);
        prop_assert!(of(&params, variance + variance / 1_000 * u128::from(grow)) >= base);
        let k_e9 = params.k_e9 + (6_000_000_000 - params.k_e9) / 1_000 * grow;
        let larger_k = of(&AssetParams { k_e9, ..params }, variance);
        prop_assert!(larger_k >= base);
        let h_mm_secs = params.h_mm_secs + (86_400 - params.h_mm_secs) / 1_000 * grow as u32;
        let longer = of(&AssetParams { h_mm_secs, ..params }, variance);
        prop_assert!(longer >= base);
    }

    #[test]
    fn p1_im_is_at_least_five_quarters_of_mm(rolls in rolls(ACCOUNT_ROLLS)) {
        let account = account(&mut Dice::new(&rolls));
        let report = initial(&account.portfolio()).unwrap();
        // Both are rounded up at the end, MM by less than an atom.
        prop_assert!(report.requirement.margin_atoms * 4 > (report.maintenance.margin_atoms - 1) * 5);
    }

    #[test]
    fn p2_the_order_of_positions_does_not_matter(rolls in rolls(ACCOUNT_ROLLS), by in 0usize..24) {
        let account = account(&mut Dice::new(&rolls));
        let before = initial(&account.portfolio()).unwrap();
        let mut holdings = account.holdings.clone();
        holdings.reverse();
        let count = holdings.len().max(1);
        holdings.rotate_left(by % count);
        let after = initial(&account.with_holdings(holdings).portfolio()).unwrap();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn p2_a_portfolio_needs_no_more_than_its_assets_alone(rolls in rolls(ACCOUNT_ROLLS)) {
        let mut account = account(&mut Dice::new(&rolls));
        let whole = margin_of(&account, account.holdings.clone());
        let alone: i128 = account.holdings.iter().map(|one| margin_of(&account, vec![*one])).sum();
        prop_assert!(whole <= alone + slack(&account, whole + alone), "{} {}", whole, alone);
        // φ of the shocks alone, without scenarios.
        account.scenarios.clear();
        let shocks: i128 = account
            .holdings
            .iter()
            .map(|one| {
                let report = holding_report(one).unwrap();
                let core = report.maintenance.core.to_bits() >> 20;
                ((report.net_quote_atoms.abs() - 1).max(0) * i128::from(core)) >> 40
            })
            .sum();
        let floor = shocks * i128::from(account.params.phi_e9) / 1_000_000_000;
        let whole = margin_of(&account, account.holdings.clone());
        prop_assert!(whole >= floor - slack(&account, whole), "{} {}", whole, floor);
    }

    #[test]
    fn p2_larger_by_a_factor_needs_at_least_that_much_more(rolls in rolls(ACCOUNT_ROLLS), factor in 1i64..=4) {
        let account = account(&mut Dice::new(&rolls));
        let scaled = account.holdings.iter().map(|one| Holding {
            size_atoms: one.size_atoms * factor,
            collateral_atoms: one.collateral_atoms * factor.unsigned_abs(),
            ..*one
        });
        let fits = |one: &Holding| one.price.0 != 0;
        prop_assume!(account.holdings.iter().all(fits));
        let (one, more) = (
            margin_of(&account, account.holdings.clone()),
            margin_of(&account, scaled.collect()),
        );
        let wanted = one * i128::from(factor);
        prop_assert!(more >= wanted - i128::from(factor) * slack(&account, one), "{} {}", more, wanted);
    }
}

/// An account that holds one asset.
fn one(dice: &mut Dice, held: Holding) -> Account {
    let params = crate::draw::portfolio_params(dice);
    Account {
        params,
        coefficients: freeboard_risk::params::PortfolioCoefficients::new(&params).unwrap(),
        scenarios: Vec::new(),
        initial: None,
        quote_atoms: 0,
        holdings: vec![Holding {
            price: Price(held.price.0),
            ..held
        }],
    }
}
