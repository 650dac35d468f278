//! What a [`Change`] does: what it replaces, whether it only tightens, whether the hard bounds allow it, and
//! the change itself. The instructions that lead here decide who may and when.
//!
//! | file | what it holds |
//! |---|---|
//! | `asset` | changes of one asset |
//! | [`dead_feed`] | when a feed is taken for dead, and how its market ends |
//! | `exchange` | changes of the exchange |
//! | [`feed_migration`] | whether another feed agrees with the one that it replaces |
//! | `mint` | which mints are accepted |
//! | [`pauses`] | which operations can be paused, for how long |
//! | `timelock` | how long a change waits, and until when it may be carried out |
mod asset;
pub mod dead_feed;
mod exchange;
pub mod feed_migration;
pub(crate) mod mint;
pub mod pauses;
mod timelock;

pub use asset::{all as of_asset, check_listing, pool_shares_with};
pub use exchange::all as of_exchange;
pub(crate) use exchange::check_scenarios;
pub use freeboard_risk::params::bounds::PAYOUT_CAP_MAX_QUOTE_ATOMS;
pub use timelock::{
    CHANGE_LIFE_SECS, GUARDIAN_DELAY_SECS, TIMELOCK_MAX_SECS, TIMELOCK_MIN_SECS, Wait,
    check_timelock, delay_secs,
};

use crate::error::{FreeboardError, OrRaise, ensure};
use crate::state::invariant::OrUndo;
use crate::state::{Asset, Change, EXCHANGE_TARGET, Exchange, ImpliedSource};
use anchor_lang::prelude::*;
use freeboard_risk::governance::Directed;
use freeboard_risk::params as risk;

/// The exchange and, if the change concerns one, its asset.
pub struct Target<'a> {
    /// The exchange.
    pub exchange: &'a mut Exchange,
    /// The asset that the change names; none for a change of the exchange and for a listing.
    pub asset: Option<&'a mut Asset>,
}

/// What a change was, once it is in force.
pub struct Applied {
    /// What it replaced; none where there was nothing.
    pub old: Option<Change>,
    /// Until when MM moves towards the new values, unix seconds; a time that has passed if it does not.
    pub ramp_end_ts: i64,
}

impl<'a> Target<'a> {
    /// Errors: `ChangeTargetMismatch` if the asset is missing, another, or there for no reason.
    pub fn new(
        exchange: &'a mut Exchange,
        asset: Option<&'a mut Asset>,
        change: &Change,
    ) -> Result<Self> {
        let given = asset.as_ref().map(|asset| asset.index);
        let listing = matches!(change, Change::Listing { .. });
        let wanted = (change.target() != EXCHANGE_TARGET && !listing).then(|| change.target());
        ensure(given == wanted, FreeboardError::ChangeTargetMismatch)?;
        Ok(Self { exchange, asset })
    }

    fn asset(&mut self) -> Result<&mut Asset> {
        let asset = self.asset.as_deref_mut();
        asset.or_raise(FreeboardError::ChangeTargetMismatch)
    }

    fn held(&self) -> Result<&Asset> {
        let asset = self.asset.as_deref();
        asset.or_raise(FreeboardError::ChangeTargetMismatch)
    }

    /// How often the fields of a change's group were changed.
    pub fn version(&self, change: &Change) -> u32 {
        let versions = match &self.asset {
            Some(asset) => &asset.versions,
            None => &self.exchange.versions,
        };
        versions
            .get(usize::from(change.group()))
            .copied()
            .unwrap_or(u32::MAX) // no such group: no change fits
    }

    /// The values of now in the shape of `change`; none where there are none.
    pub fn current(&self, change: &Change) -> Option<Change> {
        match &self.asset {
            Some(asset) => asset::current(asset, change),
            None => exchange::current(self.exchange, change),
        }
    }

    /// Whether the change leaves every bound in force, alone and together with what it does not change.
    ///
    /// Errors: `ChangeEmpty` if it replaces nothing; the code of a bound that it leaves.
    pub fn check_change(&self, change: &Change, now: i64) -> Result<()> {
        ensure(
            self.current(change).as_ref() != Some(change),
            FreeboardError::ChangeEmpty,
        )?;
        match change {
            Change::Listing { listing, .. } => check_listing(listing),
            _ if self.asset.is_some() => {
                asset::check_change(self.held()?, self.exchange, change, now)
            }
            _ => exchange::check_change(self.exchange, change),
        }
    }

    /// Counts a change of a field group: what was proposed against its old values is stale.
    ///
    /// Errors: `ChangeTargetMismatch` for no such group.
    pub fn count(&mut self, change: &Change) -> Result<()> {
        let versions = match &mut self.asset {
            Some(asset) => &mut asset.versions,
            None => &mut self.exchange.versions,
        };
        let version = versions.get_mut(usize::from(change.group()));
        let version = version.or_raise(FreeboardError::ChangeTargetMismatch)?;
        *version = version.wrapping_add(1);
        Ok(())
    }

    /// The change with σ_cap lowered where it raises k and leaves σ_cap as it is: their product is bounded, and a
    /// listing puts it at the bound, so that k could not be raised without it (whitepaper §8.3).
    pub fn with_cap_carried(&self, change: Change) -> Change {
        match (self.current(&change), change) {
            (
                Some(Change::AssetRisk { params: old, .. }),
                Change::AssetRisk {
                    asset_index,
                    params,
                },
            ) => {
                let (old, new) = ((*old).into(), risk::AssetParams::from(*params));
                let carried = new.with_cap_carried_from(&old);
                Change::AssetRisk {
                    asset_index,
                    params: Box::new(carried.into()),
                }
            }
            (_, change) => change,
        }
    }

    /// Whether it only tightens: then it needs no delay.
    pub fn only_tightens(&self, change: &Change) -> Result<bool> {
        let old = self.current(change);
        Ok(old.is_some_and(|old| only_tightens(&old, change)))
    }

    /// Carries out a change that was proposed at `proposed_ts`, unix seconds.
    ///
    /// Errors: those of [`Self::check`]; `ChangeNeedsInstruction` for a change with an instruction of its own.
    #[inline(never)]
    pub fn apply(&mut self, change: &Change, proposed_ts: i64, now: i64) -> Result<Applied> {
        self.check_change(change, now)?;
        let old = self.current(change);
        self.count(change)?;
        let ramp_end_ts = match &self.asset {
            Some(_) => asset::apply(self, change, proposed_ts, now)?,
            None => exchange::apply(self.exchange, change, now)?,
        };
        match &self.asset {
            Some(asset) => asset.invariant(),
            None => self.exchange.invariant(),
        }
        .or_undo()?;
        Ok(Applied { old, ramp_end_ts })
    }
}

/// Whether some value is tighter, and every other that differs as well: what changes nothing but the version would
/// only make the proposals of others stale. An index of implied volatility that is unbound passes for it; a value of
/// governance does not, which nobody else decides.
fn only_tightens(old: &Change, new: &Change) -> bool {
    fn tighter<P: Copy, R: Directed + From<P>>(old: P, new: P) -> bool {
        let changes = R::compare(&old.into(), &new.into());
        changes.only_tighter() && !changes.is_empty()
    }
    match (old, new) {
        (Change::Portfolio { params: old }, Change::Portfolio { params: new }) => {
            tighter::<_, risk::PortfolioParams>(*old, *new)
        }
        (Change::Scenarios { scenarios: old }, Change::Scenarios { scenarios: new }) => {
            exchange::scenarios_only_tighten(old, new)
        }
        (Change::Liquidation { params: old }, Change::Liquidation { params: new }) => {
            tighter::<_, risk::LiquidationParams>(*old, *new)
        }
        (Change::Pool { params: old }, Change::Pool { params: new }) => {
            tighter::<_, risk::PoolParams>(*old, *new)
        }
        (Change::Timelock { secs: old }, Change::Timelock { secs: new }) => new > old,
        (
            Change::Payouts {
                recipient: held,
                cap_quote_atoms: old,
            },
            Change::Payouts {
                recipient,
                cap_quote_atoms,
            },
        ) => recipient == held && cap_quote_atoms < old,
        (Change::AssetRisk { params: old, .. }, Change::AssetRisk { params: new, .. }) => {
            tighter::<_, risk::AssetParams>(**old, **new)
        }
        (Change::AssetOracle { params: old, .. }, Change::AssetOracle { params: new, .. }) => {
            tighter::<_, risk::OracleParams>(*old, *new)
        }
        (Change::AssetTrade { params: old, .. }, Change::AssetTrade { params: new, .. }) => {
            tighter::<_, risk::TradeParams>(*old, *new)
        }
        (Change::ReduceOnly { .. }, Change::ReduceOnly { reduce_only, .. }) => *reduce_only,
        // Exception: it lowers IM, but never below what is measured, and a false index would have raised MM by half
        // before the end of a timelock.
        (
            Change::ImpliedVolatility {
                source: ImpliedSource::Feed { .. },
                ..
            },
            Change::ImpliedVolatility {
                source: ImpliedSource::None,
                ..
            },
        ) => true,
        _ => false,
    }
}
