//! `PriceUpdateV2`, written by one of Pyth's two receivers or a push oracle through it; both use this layout.
//!
//! Read by offset instead of decoded: a margin check reads up to 24 feeds and a decoded one costs
//! about 1.2 k compute units. The layout is pinned against the SDK's own type by a test.
use super::{Message, bytes_at};
use crate::error::{FreeboardError, ensure};
use anchor_lang::{Discriminator, prelude::*};
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

/// Tag of `VerificationLevel::Full`; any other shifts what follows and is refused.
const FULL: u8 = 1;
const VERIFICATION: usize = 8 + 32;
const FEED_ID: usize = VERIFICATION + 1;
const PRICE: usize = FEED_ID + 32;
const CONFIDENCE: usize = PRICE + 8;
const EXPONENT: usize = CONFIDENCE + 8;
const PUBLISH_TIME: usize = EXPONENT + 4;
const EMA: usize = PUBLISH_TIME + 8 + 8;

/// The message of a fully verified update of the feed with this id.
pub(super) fn read(feed_id: &[u8; 32], feed: &AccountInfo) -> Result<Message> {
    let data = feed.try_borrow_data()?;
    parse(feed_id, &data)
}

fn parse(feed_id: &[u8; 32], data: &[u8]) -> Result<Message> {
    let discriminator = bytes_at::<8>(data, 0)?;
    ensure(
        discriminator == *PriceUpdateV2::DISCRIMINATOR,
        FreeboardError::FeedMalformed,
    )?;
    let [verification] = bytes_at::<1>(data, VERIFICATION)?;
    ensure(verification == FULL, FreeboardError::PriceNotFullyVerified)?;
    ensure(
        bytes_at::<32>(data, FEED_ID)? == *feed_id,
        FreeboardError::FeedMismatch,
    )?;
    Ok(Message {
        price: i64::from_le_bytes(bytes_at(data, PRICE)?),
        confidence: u64::from_le_bytes(bytes_at(data, CONFIDENCE)?),
        ema: i64::from_le_bytes(bytes_at(data, EMA)?),
        exponent: i32::from_le_bytes(bytes_at(data, EXPONENT)?),
        publish_ts: i64::from_le_bytes(bytes_at(data, PUBLISH_TIME)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, VerificationLevel};

    fn update(verification_level: VerificationLevel) -> Vec<u8> {
        let update = PriceUpdateV2 {
            write_authority: Pubkey::new_unique(),
            verification_level,
            price_message: PriceFeedMessage {
                feed_id: [7; 32],
                price: -3,
                conf: 5,
                exponent: -8,
                publish_time: 11,
                prev_publish_time: 13,
                ema_price: 17,
                ema_conf: 19,
            },
            posted_slot: 23,
        };
        let mut data = Vec::new();
        update.try_serialize(&mut data).unwrap();
        data
    }

    #[test]
    fn the_sdk_was_compiled_for_one_of_both_receivers() {
        // Cargo unifies the feature that chooses: the program compares the owner with the binding instead.
        let both = [crate::oracle::RECEIVER_ID, crate::oracle::RECEIVER_PRO_ID];
        assert!(both.contains(&pyth_solana_receiver_sdk::ID));
    }

    #[test]
    fn offsets_are_those_of_the_sdk() {
        let message = parse(&[7; 32], &update(VerificationLevel::Full)).unwrap();
        assert_eq!(
            (
                message.price,
                message.confidence,
                message.exponent,
                message.publish_ts,
                message.ema
            ),
            (-3, 5, -8, 11, 17)
        );
    }

    #[test]
    fn a_truncated_account_is_malformed() {
        let data = update(VerificationLevel::Full);
        for length in 0..EMA + 8 {
            assert!(parse(&[7; 32], &data[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn partial_verification_and_other_feeds_are_refused() {
        let partial = update(VerificationLevel::Partial { num_signatures: 1 });
        assert!(parse(&[7; 32], &partial).is_err());
        assert!(parse(&[8; 32], &update(VerificationLevel::Full)).is_err());
    }
}
