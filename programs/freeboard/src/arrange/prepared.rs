//! An asset at the price that counts, before anybody holds it: read once for all accounts that are valued at one moment.
//! No instruction needs it; a client that values thousands of accounts does.
use super::{Holdings, Source, Standards};
use crate::error::{FreeboardError, OrRaise};
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::requirement::holding::Holding;

/// What every holding of an asset has in common at one moment, by one choice of standards.
#[derive(Clone, Copy, Debug)]
pub struct PreparedHolding {
    holding: Holding,
    source: Source,
    to_trade: Option<Observation>,
}

impl PreparedHolding {
    /// The asset as [`Holdings::load`] would read it.
    ///
    /// Errors: those of a feed that is not the asset's.
    pub fn new(asset: &Asset, feed: &AccountInfo, standards: &Standards, now: i64) -> Result<Self> {
        let mut alone = Holdings::with_room(1);
        let holding = *alone.push(asset, feed, standards, now)?;
        let source = alone.sources.first().copied();
        Ok(Self {
            holding,
            source: source.or_raise(FreeboardError::AssetAccountMissing)?,
            to_trade: alone.to_trade.first().map(|(_, price)| *price),
        })
    }

    /// The holding of nobody.
    pub const fn holding(&self) -> &Holding {
        &self.holding
    }

    /// Publish time of the price that counts, unix seconds.
    pub const fn publish_ts(&self) -> i64 {
        self.source.publish_ts
    }
}

impl Holdings {
    /// Adds a prepared asset; nothing held of it yet.
    ///
    /// Errors: none.
    #[inline]
    pub fn push_prepared(&mut self, prepared: &PreparedHolding) -> Result<&mut Holding> {
        self.sources.push(prepared.source);
        if let Some(price) = prepared.to_trade {
            self.to_trade.push((prepared.source.asset_index, price));
        }
        // Copied once; a push would build it elsewhere first.
        self.list
            .extend_from_slice(core::slice::from_ref(&prepared.holding));
        self.list.last_mut().or_raise(FreeboardError::Overflow)
    }
}
