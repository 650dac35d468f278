//! What holds of an exchange.
use super::{Clause, Kept, keep};
use crate::state::{
    Exchange, MAX_ASSETS, MAX_SCENARIOS, Operation, ROLES, Role, Versioned, from_words,
};
use anchor_lang::prelude::*;
use freeboard_risk::params::bounds::{Payouts, Timelock};
use freeboard_risk::params::{self as risk, PortfolioCoefficients, ScenarioCoefficients};

/// 100 % in the scale of shares.
const ALL_E9: u64 = 1_000_000_000;
/// One in the scale of a borrow index.
const ONE_Q64: u128 = 1 << 64;

impl Exchange {
    /// Names the first clause that the exchange breaks.
    pub fn invariant(&self) -> Kept {
        keep(self.version() == Self::VERSION, Clause::LayoutVersion)?;
        let counts =
            self.asset_count <= MAX_ASSETS && usize::from(self.scenario_count) <= MAX_SCENARIOS;
        keep(counts, Clause::ExchangeCounts)?;
        keep(self.pool_share_total_e9 <= ALL_E9, Clause::PoolSharesWhole)?;
        let timelock = Timelock {
            timelock_secs: self.timelock_secs,
        };
        keep(timelock.check_bounds().is_ok(), Clause::TimelockBounds)?;
        let payouts = Payouts {
            cap_quote_atoms: self.payout_cap_quote_atoms,
        };
        keep(payouts.check_bounds().is_ok(), Clause::PayoutCap)?;
        self.pauses_fit()?;
        self.offers_fit()?;
        let index_q64 = from_words(self.borrow.index_q64);
        keep(index_q64 >= ONE_Q64, Clause::BorrowIndex)
    }

    fn pauses_fit(&self) -> Kept {
        for (pause, operation) in self.pauses.iter().zip(Operation::ALL) {
            let from_ts = match pause.next_pause_ts {
                0 => 0,
                next => next.saturating_sub(operation.pause_interval_secs()),
            };
            let longest = match pause.next_pause_ts {
                0 => 0,
                _ => operation.longest_pause_secs(),
            };
            let fits = pause.until_ts <= from_ts.saturating_add(longest);
            keep(fits, Clause::PauseLength)?;
        }
        Ok(())
    }

    fn offers_fit(&self) -> Kept {
        let roles = [Role::Governance, Role::RiskManager, Role::Guardian];
        let of_roles = self.imposed_offers >> ROLES == 0;
        let to_somebody =
            |role: &Role| !self.is_imposed(*role) || self.offered(*role) != Pubkey::default();
        keep(
            of_roles && roles.iter().all(to_somebody),
            Clause::OfferImposed,
        )
    }

    /// Names the first clause that the exchange's parameters break.
    pub fn parameters_invariant(&self) -> Kept {
        let scenarios = || self.scenarios().iter().map(risk::Scenario::from);
        let portfolio = risk::PortfolioParams::from(self.portfolio);
        let bounds = portfolio.check_bounds().is_ok()
            && risk::LiquidationParams::from(self.liquidation)
                .check_bounds()
                .is_ok()
            && risk::PoolParams::from(self.pool).check_bounds().is_ok()
            && scenarios().all(|scenario| scenario.check_bounds().is_ok());
        keep(bounds, Clause::ExchangeBounds)?;
        let words = PortfolioCoefficients::new(&portfolio).map(|binary| binary.to_words());
        let of_scenarios = |(scenario, words): (risk::Scenario, _)| {
            ScenarioCoefficients::new(&scenario).is_ok_and(|binary| binary.to_words() == words)
        };
        let fit = words == Ok(self.portfolio_words)
            && scenarios().zip(self.scenario_words).all(of_scenarios);
        keep(fit, Clause::ExchangeWords)?;
        let zero = self.padding == [0; 7] && self.reserved == [0; 64];
        keep(zero, Clause::ReservedIsZero)
    }
}
