//! Why the mock refuses to write.

use anchor_lang::prelude::*;

/// The mock's errors, numbered from 6000.
#[error_code]
pub enum MockError {
    /// The account given as the feed is not the one derived from the feed's id.
    #[msg(
        "The feed account is not the address derived from the feed id; derive it with seeds \"feed\" and the id"
    )]
    WrongFeedAddress,
    /// The account at the feed's address belongs to another program.
    #[msg(
        "The feed account is owned by another program; load the mock at the Pyth receiver's address"
    )]
    WrongFeedOwner,
    /// The account belongs to this program but holds no price.
    #[msg("The feed account holds no PriceUpdateV2; use a fresh feed id")]
    WrongFeedData,
    /// The signer did not create the feed.
    #[msg("Only the authority that created the feed may write it; sign with that key")]
    WrongWriteAuthority,
}
