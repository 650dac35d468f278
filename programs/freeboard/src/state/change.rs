//! `Change`: what governance can decide, and `PendingChange`: a decision that waits for its timelock.
//!
//! A change carries whole values, never differences: what is read while it waits is what holds afterwards.
use super::params::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams, TradeParams,
};
use super::{ImpliedSource, OracleKind, Scenario, Versioned};
use anchor_lang::prelude::*;

/// Target of a change that concerns the exchange and no single asset.
pub const EXCHANGE_TARGET: u16 = u16::MAX;
/// Field groups of one target: as many changes of it may wait at once.
pub const GROUPS: usize = 8;
/// Group of a listing.
pub const LISTING_GROUP: u8 = 5;

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum Role {
    /// Everything, after a delay.
    Governance,
    /// Tightens without delay.
    RiskManager,
    /// Pauses, and cancels what waits.
    Guardian,
}

/// Roles of an exchange.
pub const ROLES: usize = Role::Guardian as usize + 1;

/// Which Pyth account an asset reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct FeedBinding {
    /// Which kind of Pyth account.
    pub kind: OracleKind,
    /// Feed id (receiver) or account address (legacy).
    pub feed: [u8; 32],
}

/// A new asset.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct Listing {
    /// 1 to 16 visible ASCII characters, zero-padded.
    pub name: [u8; 16],
    /// Where its price comes from.
    pub feed: FeedBinding,
    /// Collateral mint; the default key for an asset that is not collateral.
    pub mint: Pubkey,
    /// Volatility and shocks.
    pub params: AssetParams,
    /// Oracle limits.
    pub oracle: OracleParams,
    /// Perpetual market.
    pub trade: TradeParams,
}

/// One decision. Assets are named by their index. What is large is boxed: a stack frame on chain has 4 KiB.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum Change {
    /// Portfolio parameters.
    Portfolio {
        /// All of them.
        params: PortfolioParams,
    },
    /// All joint scenarios. A scenario keeps its place; one that is left out is gone.
    Scenarios {
        /// At most 16.
        scenarios: Vec<Scenario>,
    },
    /// Liquidation parameters.
    Liquidation {
        /// All of them.
        params: LiquidationParams,
    },
    /// Pool, loan, reward and order parameters.
    Pool {
        /// All of them.
        params: PoolParams,
    },
    /// The delay of later changes. A longer one counts for those that wait already.
    Timelock {
        /// Seconds, 24 h to 30 d.
        secs: u32,
    },
    /// The protocol's fees and the insurance fund's collateral: their recipient, and how much in 24 hours.
    Payouts {
        /// Key that signs for a payout and says where it goes.
        recipient: Pubkey,
        /// Most in any 24 hours, quote atoms; collateral counts at its recorded price.
        cap_quote_atoms: u64,
    },
    /// Offers a role to another holder, who then accepts it.
    OfferRole {
        /// The role.
        role: Role,
        /// Key that is offered it.
        holder: Pubkey,
    },
    /// Volatility and shocks of an asset.
    AssetRisk {
        /// Index of the asset.
        asset_index: u16,
        /// All of them.
        params: Box<AssetParams>,
    },
    /// Oracle limits of an asset.
    AssetOracle {
        /// Index of the asset.
        asset_index: u16,
        /// All of them.
        params: OracleParams,
    },
    /// Perpetual market of an asset.
    AssetTrade {
        /// Index of the asset.
        asset_index: u16,
        /// All its parameters.
        params: TradeParams,
    },
    /// Another feed for an asset.
    AssetFeed {
        /// Index of the asset.
        asset_index: u16,
        /// The feed that it gets.
        feed: FeedBinding,
    },
    /// Where an asset's implied volatility comes from.
    ImpliedVolatility {
        /// Index of the asset.
        asset_index: u16,
        /// A feed, a value that expires, or nothing.
        source: ImpliedSource,
    },
    /// Whether positions in an asset may only be reduced.
    ReduceOnly {
        /// Index of the asset.
        asset_index: u16,
        /// True if they may.
        reduce_only: bool,
    },
    /// Ends a market in an orderly way: reduce-only for 7 days, then settled at an average price.
    WindDown {
        /// Index of the asset.
        asset_index: u16,
    },
    /// Settles a market whose feed has died at its last recorded price.
    SettleDeadFeed {
        /// Index of the asset.
        asset_index: u16,
    },
    /// A new asset; carried out by create_asset.
    Listing {
        /// Index that the asset gets.
        asset_index: u16,
        /// Name, feed, mint and parameters.
        listing: Box<Listing>,
    },
}

impl Change {
    /// What it concerns: the index of an asset, or [`EXCHANGE_TARGET`].
    pub const fn target(&self) -> u16 {
        match self {
            Self::Portfolio { .. }
            | Self::Scenarios { .. }
            | Self::Liquidation { .. }
            | Self::Pool { .. }
            | Self::Timelock { .. }
            | Self::Payouts { .. }
            | Self::OfferRole { .. } => EXCHANGE_TARGET,
            Self::AssetRisk { asset_index, .. }
            | Self::AssetOracle { asset_index, .. }
            | Self::AssetTrade { asset_index, .. }
            | Self::AssetFeed { asset_index, .. }
            | Self::ImpliedVolatility { asset_index, .. }
            | Self::ReduceOnly { asset_index, .. }
            | Self::WindDown { asset_index }
            | Self::SettleDeadFeed { asset_index }
            | Self::Listing { asset_index, .. } => *asset_index,
        }
    }

    /// Whether it replaces the same values of the same target as another.
    pub fn is_like(&self, other: &Self) -> bool {
        self.target() == other.target()
            && self.group() == other.group()
            && core::mem::discriminant(self) == core::mem::discriminant(other)
    }

    /// Which fields of the target it replaces: of two changes of one group only one may wait, and each makes
    /// the other's view of the old values stale. Below [`GROUPS`].
    pub const fn group(&self) -> u8 {
        match self {
            Self::Portfolio { .. } | Self::AssetRisk { .. } => 0,
            Self::Scenarios { .. } | Self::AssetOracle { .. } => 1,
            Self::Liquidation { .. } | Self::AssetTrade { .. } => 2,
            Self::Pool { .. } | Self::AssetFeed { .. } => 3,
            Self::Timelock { .. }
            | Self::Payouts { .. }
            | Self::ReduceOnly { .. }
            | Self::WindDown { .. }
            | Self::SettleDeadFeed { .. } => 4,
            Self::OfferRole {
                role: Role::RiskManager,
                ..
            } => 5,
            Self::Listing { .. } => LISTING_GROUP,
            Self::ImpliedVolatility { .. }
            | Self::OfferRole {
                role: Role::Guardian,
                ..
            } => 6,
            Self::OfferRole {
                role: Role::Governance,
                ..
            } => 7,
        }
    }
}

/// A change that waits. PDA `["change", exchange, target as u16 LE, group as u8]`, so that one waits per target
/// and field group. Closed when it is executed or cancelled.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct PendingChange {
    /// Version of this layout.
    pub layout_version: u8,
    /// The exchange.
    pub exchange: Pubkey,
    /// Who paid for this account and gets it back.
    pub payer: Pubkey,
    /// Number of the change: every proposal of an exchange has its own, so that nothing signed for one does
    /// anything to another.
    pub number: u64,
    /// Version of the field group that it was proposed against.
    pub version: u32,
    /// Bump of this address.
    pub bump: u8,
    /// When it was proposed, unix seconds.
    pub proposed_ts: i64,
    /// The timelock then, seconds.
    pub delay_secs: u32,
    /// What it does.
    pub change: Change,
}

impl Versioned for PendingChange {
    const VERSION: u8 = 1;
    fn version(&self) -> u8 {
        self.layout_version
    }
}

impl PendingChange {
    /// Bytes of an account that holds `change`, discriminator included.
    pub fn space(change: &Change) -> usize {
        const HEAD: usize = 8 + 1 + 32 + 32 + 8 + 4 + 1 + 8 + 4;
        // Anchor reads a new account's zeros before it is written: they are the first kind of change.
        const LEAST_BODY: usize = 1 + size_of::<PortfolioParams>();
        // Written to memory once to learn its length; nothing can fail there.
        let body = borsh::to_vec(change).map_or(0, |bytes| bytes.len());
        HEAD.saturating_add(body.max(LEAST_BODY))
    }
}
