//! Everything that the core says of an account, as numbers.
use crate::accounts::{Account, Draw};
use freeboard_risk::RiskError;
use freeboard_risk::liquidation::{
    Closing, ClosingOutcome, ClosingTerms, LiquidationPlan, LiquidationVerdict, SkewImpact,
    SlicePlan, Window, liquidation_prices,
};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::requirement::contribution::{Contribution, report_with_contributions};
use freeboard_risk::requirement::margin::{
    InitialReport, InitialVerdict, LiquidationValuation, Requirement, gross_atoms, holding_report,
    initial, liquidation_valuation, maintenance,
};
use freeboard_risk::requirement::portfolio::{Binding, Portfolio};

/// What takes the numbers, in a fixed order.
pub struct Results<'a>(pub &'a mut dyn FnMut(i128));

impl Results<'_> {
    fn add(&mut self, number: impl Into<i128>) {
        (self.0)(number.into());
    }

    fn requirement(&mut self, requirement: &Requirement) {
        self.add(requirement.margin_atoms);
        self.add(requirement.equity_atoms);
        self.add(match requirement.binding {
            Binding::Var => -1,
            Binding::Floor => -2,
            Binding::Maintenance => -3,
            Binding::Scenario(index) => i128::from(index),
        });
    }

    fn initial(&mut self, report: &InitialReport) {
        self.requirement(&report.requirement);
        self.requirement(&report.maintenance);
        self.add(report.free_collateral_atoms);
        self.add(match report.verdict {
            InitialVerdict::Met => 0,
            InitialVerdict::NotMet => 1,
            InitialVerdict::PositionPriceUnusable => 2,
        });
    }

    fn liquidation(&mut self, valuation: &LiquidationValuation) {
        self.requirement(&valuation.requirement);
        self.add(valuation.favour_atoms);
        self.add(i128::from(valuation.all_usable));
        self.add(i128::from(valuation.is_saturated));
    }

    fn outcome(&mut self, outcome: &ClosingOutcome) {
        self.add(outcome.relief_atoms);
        self.add(outcome.penalty_atoms);
        self.add(outcome.impact_atoms);
        self.add(outcome.equity_after_atoms);
        self.add(outcome.margin_after_atoms);
    }

    /// The numbers of a success, or the error's.
    fn of<T>(&mut self, result: Result<T, RiskError>, numbers: impl FnOnce(&mut Self, T)) {
        match result {
            Ok(value) => numbers(self, value),
            Err(error) => self.add(number_of(error)),
        }
    }

    /// Views, levels and reports.
    fn margins(&mut self, portfolio: &Portfolio) {
        let mut shares = [Contribution::default(); 24];
        let report = report_with_contributions(portfolio, &mut shares);
        self.of(report, |out, report| {
            out.initial(&report.initial);
            out.requirement(&report.maintenance);
            out.liquidation(&report.liquidation);
            out.add(report.gross_notional_atoms);
            for share in &shares {
                out.add(share.maintenance_atoms);
                out.add(share.initial_atoms);
            }
        });
        self.of(maintenance(portfolio), |out, one| out.requirement(&one));
        self.of(initial(portfolio), |out, one| out.initial(&one));
        self.of(liquidation_valuation(portfolio), |out, one| {
            out.liquidation(&one)
        });
        self.of(gross_atoms(portfolio), Self::add);
        for holding in portfolio.holdings {
            self.of(holding_report(holding), |out, one| {
                out.add(one.net_quote_atoms);
                for shock in [one.maintenance, one.initial] {
                    out.add(shock.core.to_bits());
                    out.add(shock.full.to_bits());
                }
            });
        }
    }

    fn plan(&mut self, verdict: &LiquidationVerdict) {
        self.of(verdict.plan(), |out, plan| {
            out.requirement(&plan.requirement);
            out.add(plan.reason as i128);
            out.add(plan.size_atoms);
            out.add(i128::from(plan.allowed));
            out.add(plan.depth_e18.cast_signed());
            out.add(plan.penalty_share.to_bits());
            out.add(plan.favour_atoms());
            out.outcome(&plan.outcome);
            out.of(plan.outcome_of(plan.size_atoms / 3), |out, part| {
                out.outcome(&part);
            });
        });
    }

    /// Closings of one asset and of a slice.
    fn closings(&mut self, portfolio: &Portfolio, draw: &mut Draw) {
        let count = portfolio.holdings.len() as u64;
        if count == 0 {
            return;
        }
        let params = LiquidationParams::reference();
        let flag_age_secs = draw.below(400);
        let terms = ClosingTerms::against(draw.chance(50).then(|| SkewImpact {
            skew: Skew::resting(i128::from(draw.word()) - (1 << 63)),
            skew_scale_atoms: draw.magnitude(60),
        }));
        let at = draw.below(count) as usize;
        for closing in [Closing::Position, Closing::Collateral, Closing::Pair] {
            let window = Window {
                gross_quote_atoms: draw.magnitude(40),
                closed_quote_atoms: draw.magnitude(30),
            };
            let plan = LiquidationPlan::new(
                portfolio,
                at,
                closing,
                &params,
                flag_age_secs,
                window,
                &terms,
            );
            self.of(plan, |out, verdict| out.plan(&verdict));
        }
        let terms = [terms; 24];
        let slice = SlicePlan::new(portfolio, &terms, &params, flag_age_secs, Window::default());
        self.of(slice, |out, plan| {
            out.requirement(&plan.requirement);
            out.add(plan.share_permille);
            out.add(plan.notional_quote_atoms);
            out.add(plan.favour_atoms());
            out.outcome(&plan.outcome);
        });
        self.of(liquidation_prices(portfolio, at), |out, prices| {
            for price in [prices.nearer, prices.farther] {
                out.add(price.map_or(-1, |price| price.0.cast_signed()));
            }
        });
    }
}

/// By its name: its place among the errors may change.
fn number_of(error: RiskError) -> i128 {
    let name = format!("{error:?}");
    let digit = |number: i128, letter: u8| (number * 31 + i128::from(letter)) % (1 << 61);
    -name.bytes().fold(1_000, digit)
}

/// The numbers of the account of this seed, whose assets are worth up to `2^worth_bits` quote atoms each.
pub fn results(seed: u64, worth_bits: u64, take: &mut dyn FnMut(i128)) {
    let draw = &mut Draw::new(seed);
    let mut account = Account::draw(draw, worth_bits);
    let mut results = Results(take);
    // Equity from just below zero to three times the margin.
    if let Ok(requirement) = maintenance(&account.portfolio()) {
        let wanted = requirement.margin_atoms * (i128::from(draw.below(2_100)) - 100) / 1_000;
        let wanted = wanted - requirement.equity_atoms;
        account.quote_atoms = wanted.clamp(-(1 << 60), 1 << 60) as i64;
    }
    results.margins(&account.portfolio());
    results.closings(&account.portfolio(), draw);
}
