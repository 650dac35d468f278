//! An asset's price, read from its feed by the program's own code.
use anchor_lang::prelude::{AccountInfo, Pubkey, Result};
use freeboard::{oracle, state::Asset};
use freeboard_risk::observation::Observation;

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
    /// Whether it no longer exists: the program then counts the asset at its recorded price.
    pub fn is_closed(&self) -> bool {
        self.owner == anchor_lang::system_program::ID && self.data.is_empty()
    }

    /// The observation that the program would read at `now` for this asset.
    ///
    /// Errors: those of [`oracle::read_current`].
    pub fn observation(&self, asset: &Asset, now: i64) -> Result<Observation> {
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
        oracle::read_current(asset, &info, now)
    }
}
