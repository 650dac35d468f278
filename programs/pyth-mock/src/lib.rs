//! Stand-in for the Pyth receiver, for test and local networks only: it writes real
//! `PriceUpdateV2` accounts without any verification. It is loaded at the receiver's own address,
//! so that programs which read Pyth prices need no change. Never deploy it where money is at stake.

use anchor_lang::prelude::*;

mod error;
mod post_price;

pub use error::MockError;
pub use post_price::*;

declare_id!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");

/// First seed of a feed's address; the second is its id.
pub const FEED_SEED: &[u8] = b"feed";

#[program]
pub mod pyth_mock {
    use super::*;

    /// Writes a price, creating the feed's account on its first one; its creator is its
    /// only writer from then on.
    pub fn post_price(ctx: Context<PostPrice>, params: PostPriceParams) -> Result<()> {
        post_price::handler(ctx, params)
    }
}
