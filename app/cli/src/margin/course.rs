//! Where time alone takes MM: until when the speed limit and the ramps of parameters go on, and what MM is then.
use freeboard_client::course::{FollowedAsset, MarginCourse};
use freeboard_client::display::money::{duration, usd};
use freeboard_client::risk::RiskError;
use freeboard_client::risk::requirement::margin::MarginReport;
use serde::Serialize;

use super::account::{AskedAccount, CountedFor};
use super::answer::atoms;

/// What time alone does to MM, if prices stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CourseView {
    /// After how many seconds MM stays where it is, 0 if it does already; none if it never arrives.
    pub settled_after_secs: Option<i64>,
    /// MM then, quote atoms, up.
    pub settled_maintenance_margin_atoms: i64,
    /// After how many seconds the account is liquidatable by it, 0 if it is now; none within 30 days.
    pub liquidatable_after_secs: Option<i64>,
}

impl From<MarginCourse> for CourseView {
    fn from(course: MarginCourse) -> Self {
        Self {
            settled_after_secs: course.settled_after_secs,
            settled_maintenance_margin_atoms: atoms(course.settled_margin_atoms),
            liquidatable_after_secs: course.liquidatable_after_secs,
        }
    }
}

impl CourseView {
    /// Of this account, whose report this is.
    ///
    /// Errors: those of the core for parameters or amounts out of range.
    pub fn new(account: &AskedAccount, report: &MarginReport) -> Result<Self, RiskError> {
        let Some(chain) = &account.chain else {
            // Under a parameter file u_MM is at its target and nothing ramps.
            let requirement = &report.liquidation.requirement;
            return Ok(Self {
                settled_after_secs: Some(0),
                settled_maintenance_margin_atoms: atoms(requirement.margin_atoms),
                liquidatable_after_secs: requirement.is_liquidatable().then_some(0),
            });
        };
        let held = chain.assets.iter().zip(&chain.balances);
        let followed: Vec<FollowedAsset> = held
            .zip(&account.markets)
            .map(|((asset, balance), market)| FollowedAsset {
                asset: *asset,
                balance: *balance,
                volatility: market.volatility,
                holding: market.counted(CountedFor::Liquidation),
            })
            .collect();
        let (exchange, quote_atoms) = (&chain.exchange, account.quote_atoms);
        let course = MarginCourse::of_assets(exchange, quote_atoms, &followed, account.now)?;
        Ok(course.into())
    }

    /// Where MM goes, in words; none where it stays.
    pub fn said(&self) -> Option<String> {
        let secs = |secs: i64| duration(secs.unsigned_abs());
        let then = usd(self.settled_maintenance_margin_atoms);
        let goes = match self.settled_after_secs {
            Some(0) => return None,
            Some(after) => format!("{then} in {}, if prices stay", secs(after)),
            None => format!("towards {then}, if prices stay"),
        };
        Some(match self.liquidatable_after_secs {
            Some(after) if after > 0 => format!("{goes}; liquidatable in {}", secs(after)),
            _ => goes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_said_with_its_end() {
        let said = |settled_after_secs, liquidatable_after_secs| {
            let course = CourseView {
                settled_after_secs,
                settled_maintenance_margin_atoms: 7_000_000_000,
                liquidatable_after_secs,
            };
            course.said()
        };
        assert_eq!(said(Some(0), None), None);
        let rises = said(Some(7_200), Some(3_600)).unwrap();
        assert_eq!(
            rises,
            "$7,000.00 in 2 h, if prices stay; liquidatable in 1 h"
        );
        assert_eq!(
            said(Some(60), None).unwrap(),
            "$7,000.00 in 1 min, if prices stay"
        );
        assert_eq!(
            said(None, Some(0)).unwrap(),
            "towards $7,000.00, if prices stay"
        );
    }
}
