//! P7: a liquidation leaves the account strictly better, never takes too much, never flips a side, and
//! never pays the owner's side.
use freeboard_risk::liquidation::penalty::split;
use freeboard_risk::liquidation::{
    Closing, ClosingOutcome, ClosingTerms, LiquidationPlan, LiquidationVerdict, SizeReason,
    SkewImpact, Window,
};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::{FillTerms, fill};
use freeboard_risk::number::atoms::BaseAtoms;
use freeboard_risk::number::quantity::{FRACTION_BITS, Fraction, Price, UnitPrice};
use freeboard_risk::params::{LiquidationParams, TradeParams};
use freeboard_risk::price::observation::{FillKind, Observation};
use freeboard_risk::price::standing::Standing;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::liquidation_valuation;
use freeboard_risk::requirement::portfolio::Portfolio;
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account, liquidation_params};
use crate::margin::slack;
use crate::rolls;

/// A liquidation of an asset of an account below its margin.
struct Attempt {
    account: Account,
    params: LiquidationParams,
    index: usize,
    closing: Closing,
    flag_age_secs: u64,
    window: Window,
    terms: ClosingTerms,
}

impl Attempt {
    fn new(rolls: &[u16], which: usize, depth: u64) -> Option<Self> {
        let mut dice = Dice::new(rolls);
        let params = liquidation_params(&mut dice);
        let flag_age_secs = dice.between(0, 1_000);
        let window = Window {
            gross_quote_atoms: dice.magnitude(1, 100_000_000_000_000_000),
            closed_quote_atoms: dice.between(0, 1_000_000),
        };
        let closing = [Closing::Position, Closing::Collateral, Closing::Pair][dice.index(3)];
        let mut account = account(&mut dice);
        if account.holdings.is_empty() {
            return None;
        }
        let index = which % account.holdings.len();
        account.holdings[index].standing = Standing::Usable;
        let market = market(&mut dice, account.holdings[index].size_atoms);
        // A position is the pool's, or the liquidator's.
        let is_taken = market.is_none() || closing != Closing::Position;
        let spread_e9 = if is_taken {
            dice.between(0, 20_000_000)
        } else {
            0
        };
        let attempt = Self {
            terms: ClosingTerms {
                market,
                age_spread: Fraction::from_e9_ceil(spread_e9).unwrap(),
            },
            account,
            params,
            index,
            closing,
            flag_age_secs,
            window,
        };
        attempt.at(depth)
    }

    /// With equity anywhere from −½ to 1 times MM as a liquidation sees them.
    fn at(mut self, depth: u64) -> Option<Self> {
        let account = &mut self.account;
        let requirement = liquidation_valuation(&account.portfolio())
            .unwrap()
            .requirement;
        let wanted = requirement.margin_atoms * (i128::from(depth) - 500) / 1_000;
        let balance = i128::from(account.quote_atoms) + wanted - requirement.equity_atoms;
        account.quote_atoms = i64::try_from(balance)
            .ok()
            .filter(|b| b.unsigned_abs() < 1 << 61)?;
        Some(self)
    }

    /// What may be closed of its account; none where that is not below its margin, or has nothing of that kind.
    fn plan<'a>(&self, portfolio: &Portfolio<'a>) -> Option<LiquidationPlan<'a>> {
        let verdict = LiquidationPlan::new(
            portfolio,
            self.index,
            self.closing,
            &self.params,
            self.flag_age_secs,
            self.window,
            &self.terms,
        );
        match verdict.unwrap() {
            LiquidationVerdict::Plan(plan) => Some(plan),
            _ => None,
        }
    }

    /// The account after so much was closed at P and paid for, rounded against it; none beyond the range of balances.
    fn booked(&self, size_atoms: u64, outcome: &ClosingOutcome) -> Option<Account> {
        let mut account = self.account.clone();
        let held = &mut account.holdings[self.index];
        let unit = held.unit_price().unwrap();
        let mut paid = outcome.penalty_atoms + outcome.impact_atoms;
        if self.closing != Closing::Collateral {
            let side = held.size_atoms.signum();
            let notional = if side > 0 {
                unit.notional_floor(BaseAtoms::new(size_atoms)).ok()?.get()
            } else {
                unit.notional_ceil(BaseAtoms::new(size_atoms)).ok()?.get()
            };
            held.size_atoms -= side * i64::try_from(size_atoms).unwrap();
            held.entry_quote_atoms -= side * i64::try_from(notional).ok()?;
            paid -= i128::from(std::mem::take(&mut held.funding_quote_atoms));
            if held.size_atoms == 0 {
                paid += i128::from(std::mem::take(&mut held.entry_quote_atoms));
            }
        }
        if self.closing != Closing::Position {
            held.collateral_atoms -= size_atoms;
            paid -= i128::from(unit.notional_floor(BaseAtoms::new(size_atoms)).ok()?.get());
        }
        let notional = u128::from(unit.notional_floor(BaseAtoms::new(size_atoms)).ok()?.get());
        let spread = (notional * u128::from(self.terms.age_spread.to_bits())) >> FRACTION_BITS;
        let balance = i128::from(account.quote_atoms) - paid + spread.cast_signed();
        account.quote_atoms = i64::try_from(balance).ok()?;
        Some(account)
    }
}

/// None, or a market that holds a position of this size, with a skew of up to a tenth of its scale.
fn market(dice: &mut Dice, size_atoms: i64) -> Option<SkewImpact> {
    let least = size_atoms.unsigned_abs().saturating_mul(10).max(10);
    let skew_scale_atoms = dice.magnitude(least, least.max(1 << 62));
    let skew = i128::from(dice.between(0, skew_scale_atoms / 10));
    let skew_atoms = if dice.chance(50) { skew } else { -skew };
    let market = SkewImpact {
        skew: Skew::resting(skew_atoms),
        skew_scale_atoms,
    };
    dice.chance(80).then_some(market)
}

/// What a trade of this signed size pays or receives at the holding's price and nothing but the impact, quote
/// atoms, rounded against the trader; none where it has no price.
fn traded(
    holding: &Holding,
    market: SkewImpact,
    skew_atoms: i128,
    size_atoms: i64,
) -> Option<i128> {
    let observation = Observation {
        price: holding.price,
        confidence: Price(0),
        ema: holding.price,
        publish_ts: 0,
    };
    let terms = FillTerms {
        observation: &observation,
        age_secs: 0,
        sigma_im: Fraction::ZERO,
        z: Fraction::ZERO,
        ema_trade_e9: 0,
        size_atoms,
        skew: Skew::resting(skew_atoms),
        kind: FillKind::Increase,
        base_decimals: holding.coefficients.base_decimals,
    };
    let params = TradeParams {
        kappa_e9: 0,
        skew_scale_atoms: market.skew_scale_atoms,
        ..TradeParams::reference()
    };
    Some(fill(&terms, &params).ok()?.notional_quote_atoms.into())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p7_a_liquidation_improves_never_takes_too_much_and_never_flips(
        rolls in rolls(ACCOUNT_ROLLS + 40), which in 0usize..24, depth in 0u64..1_500, part in 1u64..=1_000,
    ) {
        let Some(attempt) = Attempt::new(&rolls, which, depth) else { return Ok(()) };
        let portfolio = attempt.account.portfolio();
        let Some(plan) = attempt.plan(&portfolio) else { return Ok(()) };
        let holding = &attempt.account.holdings[attempt.index];
        // Never a flip, never more than there is.
        let most = match attempt.closing {
            Closing::Position => holding.size_atoms.unsigned_abs(),
            Closing::Collateral => holding.collateral_atoms,
            Closing::Pair => holding.size_atoms.unsigned_abs().min(holding.collateral_atoms),
        };
        prop_assert!(plan.size_atoms <= most);
        // No part of a lot is left of a pair's short, unless it has one.
        let lot = holding.coefficients.lot_atoms;
        let whole_lots = plan.size_atoms % lot == 0 || plan.size_atoms == holding.size_atoms.unsigned_abs();
        prop_assert!(attempt.closing != Closing::Pair || whole_lots, "{}", plan.size_atoms);
        let most = attempt.closing.closable_atoms(holding);
        if !plan.allowed {
            return Ok(());
        }
        let before = plan.requirement;
        let slack = slack(&attempt.account, before.margin_atoms);
        let size = (plan.size_atoms / 1_000 * part).max(1).min(plan.size_atoms);
        let outcomes = [plan.take(plan.size_atoms).ok(), plan.take(size).ok()];
        prop_assert!(outcomes[0].is_some(), "what is allowed can be taken");
        for outcome in outcomes.into_iter().flatten() {
            let may_worsen = plan.may_worsen();
            let free_collateral = outcome.equity_after_atoms - outcome.margin_after_atoms;
            let solvent = before.equity_atoms > 0;
            // Better by a share of the relief: at least 5 % of it, since π ≤ 0.95.
            if !may_worsen {
                prop_assert!(outcome.relief_atoms >= 0); // above 0 before it is rounded down
                prop_assert!(free_collateral >= before.free_collateral_atoms() - slack, "{:?} {:?}", before, outcome);
                if outcome.relief_atoms > 40 * slack {
                    prop_assert!(free_collateral > before.free_collateral_atoms(), "{:?} {:?}", before, outcome);
                    // Where the relief's share of E outweighs the atom by which Π is rounded up.
                    let share = outcome.relief_atoms * before.equity_atoms;
                    if solvent && share > 40 * slack * before.margin_atoms {
                        // E′/MM′ > E/MM, crosswise.
                        let (left, right) = (
                            outcome.equity_after_atoms * before.margin_atoms,
                            before.equity_atoms * outcome.margin_after_atoms,
                        );
                        prop_assert!(left > right, "{:?} {:?}", before, outcome);
                    }
                }
            }
            // Neither penalty nor impact bankrupts.
            if solvent && attempt.closing == Closing::Position && !may_worsen {
                prop_assert!(outcome.equity_after_atoms >= -slack, "{:?} {:?}", before, outcome);
            }
        }
        // Not too much: one lot less does not reach the liquidation target. (With an asset that has no price MM is not convex.)
        let all_usable = attempt.account.holdings.iter().all(|held| held.standing.is_usable());
        if all_usable && plan.reason == SizeReason::Target && plan.size_atoms > holding.coefficients.lot_atoms {
            let left = most - plan.size_atoms;
            let less = plan.outcome_of(plan.size_atoms - holding.coefficients.lot_atoms).unwrap();
            let exit = less.margin_after_atoms * i128::from(1_000_000_000 + attempt.params.beta_e9) / 1_000_000_000;
            let reaches = less.relief_atoms > slack && less.equity_after_atoms >= exit + slack;
            prop_assert!(left == 0 || !reaches, "{:?} {:?} {slack} {exit}", less, plan);
        }
    }

    /// With every other price in doubt, so that what they give may end at MM: what is booked is better by the favour of
    /// before, and by the smaller one of after it is no worse.
    #[test]
    fn p7_what_is_closed_beside_doubtful_prices_is_judged_by_the_favour_of_before(
        rolls in rolls(ACCOUNT_ROLLS + 40), which in 0usize..24, depth in 0u64..1_500, part in 1u64..=1_000,
        share_e9 in 0u64..2_000_000_000,
    ) {
        let Some(mut attempt) = Attempt::new(&rolls, which, depth) else { return Ok(()) };
        let share = Fraction::from_e9_ceil(share_e9).unwrap();
        let doubts = [Standing::Wide, Standing::Far, Standing::Absent { share }];
        for (index, held) in attempt.account.holdings.iter_mut().enumerate() {
            if index != attempt.index {
                held.standing = doubts[index % 3];
            }
        }
        let Some(attempt) = attempt.at(depth) else { return Ok(()) };
        let portfolio = attempt.account.portfolio();
        let Some(plan) = attempt.plan(&portfolio) else { return Ok(()) };
        if !plan.allowed || plan.may_worsen() {
            return Ok(());
        }
        let before = plan.requirement;
        let slack = 2 * slack(&attempt.account, before.margin_atoms) + (before.margin_atoms >> 28);
        prop_assert!(plan.favour_atoms() <= before.margin_atoms);
        let size = (plan.size_atoms / 1_000 * part).max(1).min(plan.size_atoms);
        for size in [plan.size_atoms, size] {
            let Ok(outcome) = plan.take(size) else { continue };
            let Some(booked) = attempt.booked(size, &outcome) else { continue };
            let fresh = liquidation_valuation(&booked.portfolio()).unwrap();
            let held = fresh.requirement_with(plan.favour_atoms());
            prop_assert!((held.equity_atoms - outcome.equity_after_atoms).abs() <= slack, "{held:?} {outcome:?}");
            prop_assert!(held.margin_atoms <= before.margin_atoms + slack);
            prop_assert!(held.free_collateral_atoms() >= before.free_collateral_atoms() - slack, "{held:?} {before:?}");
            prop_assert!(fresh.favour_atoms <= fresh.requirement.margin_atoms);
            prop_assert!(fresh.favour_atoms <= plan.favour_atoms() + slack);
            prop_assert!(fresh.requirement.free_collateral_atoms() >= before.free_collateral_atoms() - slack, "{fresh:?} {before:?}");
        }
    }

    #[test]
    fn p7_owner_and_liquidator_together_never_gain(
        rolls in rolls(ACCOUNT_ROLLS + 40), which in 0usize..24, depth in 0u64..1_500,
    ) {
        let Some(attempt) = Attempt::new(&rolls, which, depth) else { return Ok(()) };
        let portfolio = attempt.account.portfolio();
        let Some(plan) = attempt.plan(&portfolio) else { return Ok(()) };
        let holding = &attempt.account.holdings[attempt.index];
        let outcome = plan.outcome;
        prop_assert!(outcome.penalty_atoms >= 0);
        // Π ≤ φ_max · P · x, up.
        let unit = UnitPrice::from_price_ceil(holding.price, holding.coefficients.base_decimals).unwrap();
        let notional = unit.notional_ceil(BaseAtoms::new(plan.size_atoms)).unwrap().get();
        let most = i128::from(notional) * i128::from(attempt.params.penalty_abs_e9) / 1_000_000_000 + 2;
        prop_assert!(outcome.penalty_atoms <= most, "{:?} {}", outcome, most);
        // What the liquidator earns is no more than what the owner loses.
        let penalty = u64::try_from(outcome.penalty_atoms).unwrap();
        let parts = split(penalty, &attempt.params).unwrap();
        prop_assert!(parts.liquidator_atoms <= penalty);
        if attempt.closing == Closing::Position {
            // Closing at P changes nothing but penalty and impact, and what the liquidator pays beyond it is his loss.
            let spread = attempt.terms.age_spread.of_ceil(notional).cast_signed();
            let lost = plan.requirement.equity_atoms - outcome.equity_after_atoms + spread;
            let paid = outcome.penalty_atoms + outcome.impact_atoms;
            prop_assert!(lost >= paid - 4, "{} {:?}", lost, outcome);
        }
        // Nothing is paid for a skew that falls, nor without a market.
        if attempt.terms.market.is_none() || attempt.closing == Closing::Collateral {
            prop_assert_eq!(outcome.impact_atoms, 0);
        }
    }

    #[test]
    fn p7_a_rebate_of_the_skew_does_not_outlast_a_liquidation(
        rolls in rolls(ACCOUNT_ROLLS + 40), which in 0usize..24, depth in 500u64..1_500, part in 1u64..=1_000,
    ) {
        // Opened at P against any skew, a part liquidated by the pool, the rest closed by a trade, all at P.
        let Some(mut attempt) = Attempt::new(&rolls, which, depth) else { return Ok(()) };
        attempt.closing = Closing::Position;
        attempt.terms.age_spread = Fraction::ZERO;
        let Some(market) = attempt.terms.market else { return Ok(()) };
        let portfolio = attempt.account.portfolio();
        let Some(plan) = attempt.plan(&portfolio) else { return Ok(()) };
        let holding = &attempt.account.holdings[attempt.index];
        let closed = (plan.size_atoms / 1_000 * part).max(1).min(plan.size_atoms);
        let outcome = plan.outcome_of(closed).unwrap();
        let Ok(trade) = i64::try_from(closed) else { return Ok(()) };
        let trade = trade * -holding.size_atoms.signum();
        let rest = -holding.size_atoms - trade;
        let unit = UnitPrice::from_price_floor(holding.price, holding.coefficients.base_decimals).unwrap();
        let worth = i128::from(unit.notional_floor(BaseAtoms::new(closed)).unwrap().get());
        let opened = traded(holding, market, market.skew.now_atoms - i128::from(holding.size_atoms), holding.size_atoms);
        let asked = traded(holding, market, market.skew.now_atoms, trade);
        let left = if rest == 0 {
            Some(0)
        } else {
            traded(holding, market, market.skew.now_atoms + i128::from(trade), rest)
        };
        let (Some(opened), Some(asked), Some(left)) = (opened, asked, left) else { return Ok(()) };
        let side = i128::from(holding.size_atoms.signum());
        // A fill's price is a whole number of 10^-12 USD, against the trader.
        let slack = opened / (1 << 36) + opened.max(worth) / i128::try_from(holding.price.0).unwrap() * 2 + 8;
        // What the trade would have cost is paid, as far as that is possible.
        let wanted = side * (worth - asked);
        prop_assert!(outcome.impact_atoms <= wanted.max(0) + slack, "{} {:?}", wanted, outcome);
        if wanted <= outcome.impact_atoms + slack {
            let gained = side * (worth + left - opened) - outcome.impact_atoms;
            prop_assert!(gained <= 3 * slack, "{} {:?}", gained, outcome);
        } else {
            // All that can be taken: 95 % of the equity for the whole requirement.
            let before = plan.requirement;
            let payable = before.equity_atoms.max(0) * outcome.relief_atoms.max(0) / before.margin_atoms.max(1) * 95 / 100;
            let all_usable = attempt.account.holdings.iter().all(|held| held.standing.is_usable());
            prop_assert!(!all_usable || outcome.impact_atoms + slack >= payable, "{} {:?}", payable, outcome);
            prop_assert!(outcome.impact_atoms + outcome.penalty_atoms <= payable.max(0) + slack || !all_usable);
        }
    }
}
