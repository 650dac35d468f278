//! Where a feed's price account is.
use anchor_lang::prelude::{Pubkey, pubkey};
use freeboard_client::freeboard::state::{FeedBinding, OracleKind};

/// Writes the accounts of the first receiver's sponsored feeds.
const PUSH_ORACLE: Pubkey = pubkey!("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");
/// Writes those of the second.
const PUSH_ORACLE_PRO: Pubkey = pubkey!("pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou");
/// The shard whose accounts Pyth's sponsors keep fresh.
const SPONSORED_SHARD: u16 = 0;

/// The account where a feed's price is kept: of a receiver's feed the sponsored one, of a legacy feed its only one.
pub fn price_account(feed: &FeedBinding) -> Pubkey {
    let program = match feed.kind {
        OracleKind::PythLegacy => return Pubkey::new_from_array(feed.feed),
        OracleKind::PythReceiver => PUSH_ORACLE,
        OracleKind::PythReceiverPro => PUSH_ORACLE_PRO,
    };
    Pubkey::find_program_address(&[&SPONSORED_SHARD.to_le_bytes(), &feed.feed], &program).0
}
