//! What a trade, an hour of funding and a loan cost, and what callers earn: whitepaper §6.1 to §6.12 and §6.19.
use freeboard_risk::market::funding::{FundingState, OpenInterest};
use freeboard_risk::market::gap::{Backing, CalmVolatility, GrownSide};
use freeboard_risk::market::reward::{SAMPLES_KEPT, fill_reward_floor, sample_reward};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::{FillTerms, check_utilization, drift_ceil, fee_ceil, fill};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedQuoteAtoms};
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{PoolParams, TradeParams};
use freeboard_risk::pool::Allocatable;
use freeboard_risk::pool::borrow::{BorrowState, IndexSpan, interest_ceil, rate};
use freeboard_risk::price::observation::FillKind;
use freeboard_risk::price::unit_shock::unit_shock;

use crate::paper::{Example, percent, price, usd, whole_usd};
use crate::shipped::{
    COIN, NOW, USD, at_rest, binary, btc_params, dollars, e9, observed, trade_params,
    two_bitcoin_bought,
};

#[test]
fn execution_price() {
    let example = Example::named("execution_price");
    let update = observed(dollars(100_000), dollars(50));
    let terms = two_bitcoin_bought(&update);
    let bought = fill(&terms, &trade_params()).unwrap();
    example.says(price(bought.price));
    example.says(usd(bought.notional_quote_atoms));
    let fee = fee_ceil(bought.notional_quote_atoms, &trade_params()).unwrap();
    example.says(usd(fee.total_atoms));
    example.says(usd(fee.insurance_atoms));
    example.says(usd(fee.protocol_atoms));
    example.says(usd(fee.pool_atoms));
    let drift = drift_ceil(
        terms.observation.price,
        terms.age_secs,
        terms.sigma_im,
        trade_params().kappa_e9,
    );
    example.says(price(drift.unwrap()));
}

/// What buying 100,000 SOL at $100 pays beyond P, quote atoms.
fn beyond_price(skew: Skew) -> i128 {
    let sol = 1_000_000_000;
    let exact = observed(dollars(100), Price(0));
    let terms = FillTerms {
        observation: &exact,
        age_secs: 0,
        sigma_im: Fraction::ZERO,
        z: e9(2_120_000_000),
        ema_trade_e9: 50_000_000,
        size_atoms: 100_000 * sol,
        skew,
        kind: FillKind::Increase,
        base_decimals: 9,
    };
    let params = TradeParams {
        skew_scale_atoms: 75_000_000_000_000_000,
        kappa_e9: 0,
        ..TradeParams::reference()
    };
    let bought = fill(&terms, &params).unwrap();
    i128::from(bought.notional_quote_atoms) - i128::from(10_000_000 * USD)
}

#[test]
fn skew_within_a_second() {
    let example = Example::named("skew_within_a_second");
    let sol = 1_000_000_000_i128;
    let resting = -300_000 * sol;
    let alone = beyond_price(Skew::resting(resting));
    let pushed = beyond_price(Skew {
        now_atoms: -500_000 * sol,
        resting_atoms: resting,
    });
    let unguarded = beyond_price(Skew::resting(-500_000 * sol));
    for gained in [alone, pushed, unguarded] {
        example.says(usd(-gained).replace(".00", ""));
    }
}

#[test]
fn funding_of_an_hour() {
    let example = Example::named("funding_of_an_hour");
    let coins = |size: i64| u64::try_from(size * COIN).unwrap();
    let open_interest = OpenInterest {
        long_atoms: coins(1_000),
        short_atoms: coins(400),
    };
    let mut state = FundingState::new(NOW);
    let params = trade_params();
    state
        .set_rate(
            open_interest,
            100_000,
            BaseAtoms::new(params.funding_scale_atoms),
        )
        .unwrap();
    let mut later = state
        .accrued_at(dollars(100_000), 8, open_interest, NOW + 3_600)
        .unwrap();
    let paid = later.settle(2 * COIN, 0).unwrap();
    let received = later.settle(-2 * COIN, 0).unwrap();
    example.says(usd(-paid));
    example.says(usd(received));
    // To the pool: what longs pay beyond what shorts get, with what was settled above given back.
    let owed = later.receivable_q64 >> 64;
    example.says(whole_usd(((owed + 500_000) / 1_000_000) * 1_000_000));
}

#[test]
fn borrow_interest() {
    let example = Example::named("borrow_interest");
    let pool = PoolParams::reference();
    let dollars = |dollars: i64| u64::try_from(dollars * USD).unwrap();
    let rate = rate(&pool, dollars(200_000), i128::from(1_000_000 * USD));
    example.says(percent(rate, 4));
    let state = BorrowState::new(NOW, rate);
    let day = IndexSpan {
        last_q64: state.index_at(NOW),
        now_q64: state.index_at(NOW + 86_400),
    };
    let loan = QuoteAtoms::new(dollars(50_000));
    example.says(usd(interest_ceil(loan, day).get()));
}

#[test]
fn allocation_of_cash() {
    let example = Example::named("allocation_of_cash");
    let params = trade_params();
    let state = at_rest(6_000_000, &btc_params(), dollars(100_000));
    let c_im = unit_shock(&state, &binary(&btc_params()), NOW).c_im;
    let pool = Allocatable {
        cash_atoms: 100_000_000 * USD,
        ..Allocatable::default()
    };
    let allocated = pool.allocation_floor(params.pool_share_e9);
    example.says(whole_usd(allocated));
    let allocated = QuoteAtoms::new(allocated.unsigned_abs());
    // The largest side that is allowed, to the dollar.
    let allowed = |dollars: u64| {
        check_utilization(
            QuoteAtoms::new(dollars * 1_000_000),
            c_im,
            allocated,
            &params,
        )
        .is_ok()
    };
    let (mut least, mut most) = (0, 1_000_000_000);
    while most - least > 1 {
        let middle = u64::midpoint(least, most);
        *(if allowed(middle) {
            &mut least
        } else {
            &mut most
        }) = middle;
    }
    example.says(whole_usd(i128::from(least) * i128::from(USD)));
}

#[test]
fn gap_budget() {
    let example = Example::named("gap_budget");
    let params = trade_params();
    let asset = btc_params();
    let calm = CalmVolatility {
        omega_e9: asset.omega_e9,
        sigma_floor_e9: asset.sigma_floor_e9,
        sigma_stress_e9: asset.sigma_stress_e9,
    };
    let least = calm.least_unit_shock(&binary(&asset));
    example.says(percent(least, 3));
    let backing = Backing {
        value: SignedQuoteAtoms::new(100_000_000 * USD),
        insurance: SignedQuoteAtoms::new(1_000_000 * USD),
        ..Backing::default()
    };
    let budget = backing.gap_budget_floor(&params);
    example.says(whole_usd(budget.get()));
    let allowed = |dollars: u64| {
        let side = GrownSide {
            notional: QuoteAtoms::new(dollars * 1_000_000),
            margin: least,
        };
        side.check_gap_loss(budget, &params).is_ok()
    };
    let (mut under, mut over) = (0, 1_000_000_000);
    while over - under > 1 {
        let middle = u64::midpoint(under, over);
        *(if allowed(middle) {
            &mut under
        } else {
            &mut over
        }) = middle;
    }
    example.says(whole_usd(i128::from(under) * i128::from(USD)));
}

#[test]
fn rewards_of_callers() {
    let example = Example::named("rewards_of_callers");
    let update = observed(dollars(100_000), dollars(50));
    let terms = two_bitcoin_bought(&update);
    let bought = fill(&terms, &trade_params()).unwrap();
    let fee = fee_ceil(bought.notional_quote_atoms, &trade_params()).unwrap();
    let pool = PoolParams::reference();
    let reward = fill_reward_floor(&fee, &pool).unwrap().get();
    example.says(usd(fee.total_atoms));
    example.says(usd(fee.protocol_atoms));
    example.says(usd(reward));
    example.says(usd(fee.pool_atoms + reward));
    let day = sample_reward(&trade_params()).get() * SAMPLES_KEPT;
    example.says(usd(day));
    let fee = fee_ceil(115_200_000_000, &trade_params()).unwrap();
    let kept = fee.protocol_atoms - fill_reward_floor(&fee, &pool).unwrap().get();
    assert_eq!(kept, day);
    example.says(whole_usd(115_200_000_000_i64));
    let fee = fee_ceil(100_000_000, &trade_params()).unwrap();
    let reward = fill_reward_floor(&fee, &pool).unwrap();
    assert_eq!(reward, QuoteAtoms::new(2_500), "a quarter of a cent");
}
