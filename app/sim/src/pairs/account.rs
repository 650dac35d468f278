//! Accounts of one side that are alike.
use anyhow::Result;
use freeboard_risk::liquidation::Window;
use freeboard_risk::market::position::Position;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{self, Requirement};
use freeboard_risk::requirement::portfolio::Portfolio;

use super::{Market, refused};
use crate::replay::Point;

/// So many accounts with the same balance and position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Accounts.
    pub count: u64,
    /// Balance of each, quote atoms.
    pub quote_atoms: i64,
    /// Position of each.
    pub position: Position,
    /// Since when each is below its maintenance margin, unix seconds.
    pub flagged_ts: Option<i64>,
    /// Start of its liquidation window.
    pub window_ts: Option<i64>,
    /// What was closed in it.
    pub window: Window,
}

impl Group {
    /// Accounts that hold nothing yet.
    pub fn new(count: u64) -> Self {
        Self {
            count,
            quote_atoms: 0,
            position: Position::default(),
            flagged_ts: None,
            window_ts: None,
            window: Window::default(),
        }
    }

    /// What each holds at a point.
    pub fn holding(&self, market: &Market, point: &Point, open_interest_atoms: u64) -> Holding {
        Holding {
            size_atoms: self.position.size_atoms,
            entry_quote_atoms: self.position.entry_quote_atoms,
            open_interest_atoms,
            ..market.asset.holding(point)
        }
    }

    /// Each as the margin sees it.
    pub fn portfolio<'a>(&self, market: &Market<'a>, holdings: &'a [Holding]) -> Portfolio<'a> {
        Portfolio {
            coefficients: market.portfolio,
            scenarios: &[],
            initial: None,
            quote_atoms: self.quote_atoms,
            holdings,
        }
    }

    /// Maintenance margin and equity of each.
    pub fn maintenance(&self, market: &Market, point: &Point) -> Result<Requirement> {
        let holdings = [self.holding(market, point, 0)];
        margin::maintenance(&self.portfolio(market, &holdings)).map_err(refused)
    }

    /// What each lacks for its initial margin, quote atoms.
    pub fn missing(&self, market: &Market, point: &Point, open_interest_atoms: u64) -> Result<i64> {
        let holdings = [self.holding(market, point, open_interest_atoms)];
        let initial = margin::initial(&self.portfolio(market, &holdings)).map_err(refused)?;
        Ok(i64::try_from(-initial.free_collateral_atoms)?)
    }

    /// All of them as one position.
    pub fn total(&self) -> Result<Position> {
        let count = i64::try_from(self.count)?;
        Ok(Position {
            size_atoms: self.position.size_atoms * count,
            entry_quote_atoms: self.position.entry_quote_atoms * count,
        })
    }
}
