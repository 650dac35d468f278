//! An asset's price, read from its feed by the program's own code.
use anchor_lang::prelude::{AccountInfo, Pubkey, Result};
use freeboard::error::FreeboardError;
use freeboard::governance::dead_feed;
use freeboard::oracle;
use freeboard::state::Asset;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;

/// An account as a client has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedAccount {
    /// Its address.
    pub address: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its data.
    pub data: Vec<u8>,
}

impl FeedAccount {
    /// The observation that the program would read at `now` for this asset.
    ///
    /// Errors: those of [`oracle::read_newest`].
    pub fn observation(&self, asset: &Asset, now: i64) -> Result<Observation> {
        self.with_info(|info| oracle::read_newest(asset, info, PriceStandard::Liquidation, now))
    }

    /// The observation in it, whatever its age.
    ///
    /// Errors: those of [`oracle::read`].
    pub fn latest(&self, asset: &Asset) -> Result<Observation> {
        self.with_info(|info| oracle::read(asset.oracle_kind(), &asset.feed, info))
    }

    /// Whether it is a feed of this asset, even if its price cannot be read. Which one an update is of that is
    /// not fully verified, its bytes do not say at a fixed place: it is nobody's.
    pub fn is_feed_of(&self, asset: &Asset) -> bool {
        let foreign = [
            FreeboardError::FeedOwnerInvalid,
            FreeboardError::FeedReceiverMismatch,
            FreeboardError::FeedMismatch,
            FreeboardError::FeedMalformed,
            FreeboardError::PriceNotFullyVerified,
        ];
        match self.latest(asset) {
            Ok(_) => true,
            Err(error) => !foreign.into_iter().any(|code| error == code.into()),
        }
    }

    /// Refuses to take the asset's feed for dead that this account shows alive since `proposed_ts`.
    ///
    /// Errors: those of [`dead_feed::check_dead`].
    pub fn check_dead(&self, asset: &Asset, proposed_ts: i64) -> Result<()> {
        self.with_info(|info| dead_feed::check_dead(asset, info, proposed_ts))
    }

    /// Hands the account over as the program sees it.
    pub(crate) fn with_info<T>(&self, read: impl FnOnce(&AccountInfo) -> T) -> T {
        let (mut lamports, mut data) = (0, self.data.clone());
        let info = AccountInfo::new(
            &self.address,
            false,
            false,
            &mut lamports,
            &mut data,
            &self.owner,
            false,
        );
        read(&info)
    }
}
