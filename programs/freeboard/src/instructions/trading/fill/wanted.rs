//! What is to be filled, and of which kind it is.
use crate::error::{FreeboardError, ensure};
use crate::governance::pauses::{self, Operation};
use crate::state::Exchange;
use anchor_lang::prelude::*;
use freeboard_risk::market::position;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::observation::{FillKind, Observation};

/// What is to be filled.
#[derive(Clone, Copy, Debug)]
pub(in crate::instructions) struct Wanted {
    pub asset_index: u16,
    /// Signed size, base atoms: positive buys. Where it may only reduce: at most that much, see [`ALL_ATOMS`].
    pub size_atoms: i64,
    /// Worst acceptable fill price.
    pub limit_price: Price,
    /// Close what is left at most; refuse if there is nothing to reduce.
    pub reduce_only: bool,
    /// The order and when it was requested; none for a trade in one step.
    pub order: Option<Requested>,
}

/// Size of a reduce-only trade or order that closes all of the position or nothing: to buy, and negative to sell.
const ALL_ATOMS: i64 = i64::MAX;

/// Whether less may be filled than wanted where the account cannot pay for the skew that it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SizeCut {
    /// The fill is cut to what the account can pay for.
    Allowed,
    /// All of the position, or nothing.
    Refused,
}

/// An order that waited for a price.
#[derive(Clone, Copy, Debug)]
pub(in crate::instructions) struct Requested {
    pub id: u64,
    pub requested_ts: i64,
}

impl Wanted {
    /// Whether less may be filled; not where all of the position is to be closed.
    pub(super) fn may_be_cut(&self) -> SizeCut {
        let is_all = self.size_atoms.unsigned_abs() >= ALL_ATOMS.unsigned_abs();
        if self.reduce_only && is_all {
            SizeCut::Refused
        } else {
            SizeCut::Allowed
        }
    }

    /// What it wants of this position: all that is left where it may only reduce and is larger.
    ///
    /// Errors: `ReduceOnly` where there is nothing to reduce.
    pub(super) fn cut(self, before: position::Position) -> Result<Self> {
        if !self.reduce_only {
            return Ok(self);
        }
        let left = before.size_atoms.saturating_neg();
        ensure(
            left.signum() == self.size_atoms.signum(),
            FreeboardError::ReduceOnly,
        )?;
        Ok(Self {
            size_atoms: if left > 0 {
                self.size_atoms.min(left)
            } else {
                self.size_atoms.max(left)
            },
            ..self
        })
    }

    /// An order is filled at a price published after it, by the price's clock and by the cluster's.
    pub(super) fn check_published(
        &self,
        observation: &Observation,
        fill_delay_secs: u32,
        now: i64,
    ) -> Result<()> {
        let Some(order) = self.order else {
            return Ok(());
        };
        let earliest = order.requested_ts.saturating_add(fill_delay_secs.into());
        ensure(
            observation.publish_ts.min(now) >= earliest, // a feed's clock may run ahead
            FreeboardError::PriceNotAfterOrder,
        )
    }
}

/// Whether the order only reduces, and whether that kind of order is open now.
pub(super) fn kind_of(
    exchange: &Exchange,
    before: position::Position,
    wanted: &Wanted,
    now: i64,
) -> Result<FillKind> {
    if before.is_reduced_by(wanted.size_atoms) {
        pauses::require_open(exchange, Operation::Reduce, now)?;
        return Ok(FillKind::Reduce);
    }
    ensure(!wanted.reduce_only, FreeboardError::ReduceOnly)?;
    pauses::require_open(exchange, Operation::Increase, now)?;
    Ok(FillKind::Increase)
}
