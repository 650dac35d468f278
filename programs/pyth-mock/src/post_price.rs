//! The mock's one instruction: write a price as the Pyth receiver would store it.

use anchor_lang::prelude::*;
use anchor_lang::system_program::{self, CreateAccount};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};

use crate::{FEED_SEED, MockError};

/// How many guardian signatures the price pretends to carry.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Two thirds of the guardians.
    Full,
    /// Only this many.
    Partial { num_signatures: u8 },
}

/// The price to write, in Pyth's own terms.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct PostPriceParams {
    /// Pyth's id of the feed.
    pub feed_id: [u8; 32],
    /// Price, in units of 10^`exponent`.
    pub price: i64,
    /// Confidence interval, in units of 10^`exponent`.
    pub conf: u64,
    /// Power of ten of the four amounts.
    pub exponent: i32,
    /// When the price was published, Unix seconds.
    pub publish_time: i64,
    /// When the one before was published, Unix seconds.
    pub prev_publish_time: i64,
    /// Moving average of the price.
    pub ema_price: i64,
    /// Moving average of the confidence interval.
    pub ema_conf: u64,
    /// How far the price counts as verified.
    pub verification: Verification,
}

/// Accounts of `post_price`.
#[derive(Accounts)]
#[instruction(params: PostPriceParams)]
pub struct PostPrice<'info> {
    /// Pays for the account, and is the feed's write authority.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The feed's `PriceUpdateV2`.
    ///
    /// CHECK: the handler checks address, owner, discriminator and authority, so that each of them
    /// has an error of its own.
    #[account(mut)]
    pub feed: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// Writes `params` into the feed, creating its account if it has none yet.
pub fn handler(ctx: Context<PostPrice>, params: PostPriceParams) -> Result<()> {
    let accounts = &ctx.accounts;
    let (address, bump) = Pubkey::find_program_address(&[FEED_SEED, &params.feed_id], &crate::ID);
    require_keys_eq!(accounts.feed.key(), address, MockError::WrongFeedAddress);

    if accounts.feed.owner == &system_program::ID {
        create_feed(accounts, &params.feed_id, bump)?;
    } else {
        require_keys_eq!(*accounts.feed.owner, crate::ID, MockError::WrongFeedOwner);
        let present = PriceUpdateV2::try_deserialize(&mut &accounts.feed.try_borrow_data()?[..])
            .map_err(|_| MockError::WrongFeedData)?;
        let payer = accounts.payer.key();
        require_keys_eq!(
            present.write_authority,
            payer,
            MockError::WrongWriteAuthority
        );
    }

    let update = price_update(accounts.payer.key(), &params, Clock::get()?.slot);
    // A partial level is one byte longer than a full one: no trace of a longer past must stay.
    let mut data = accounts.feed.try_borrow_mut_data()?;
    data.fill(0);
    update.try_serialize(&mut &mut data[..])
}

/// Creates the feed's account, also where somebody has sent lamports to its address before.
fn create_feed(accounts: &PostPrice, feed_id: &[u8; 32], bump: u8) -> Result<()> {
    let system = accounts.system_program.key();
    let feed = accounts.feed.to_account_info();
    let payer = accounts.payer.to_account_info();
    let rent = Rent::get()?.minimum_balance(PriceUpdateV2::LEN);
    let seeds: &[&[u8]] = &[FEED_SEED, feed_id, &[bump]];
    let signers = &[seeds];
    if feed.lamports() == 0 {
        let accounts = CreateAccount {
            from: payer,
            to: feed,
        };
        let context = CpiContext::new_with_signer(system, accounts, signers);
        let space = PriceUpdateV2::LEN as u64;
        return system_program::create_account(context, rent, space, &crate::ID);
    }
    let missing = rent.saturating_sub(feed.lamports());
    let transfer = system_program::Transfer {
        from: payer,
        to: feed.clone(),
    };
    system_program::transfer(CpiContext::new(system, transfer), missing)?;
    let allocate = system_program::Allocate {
        account_to_allocate: feed.clone(),
    };
    let context = CpiContext::new_with_signer(system, allocate, signers);
    system_program::allocate(context, PriceUpdateV2::LEN as u64)?;
    let assign = system_program::Assign {
        account_to_assign: feed,
    };
    system_program::assign(
        CpiContext::new_with_signer(system, assign, signers),
        &crate::ID,
    )
}

/// Returns the account's new content.
fn price_update(write_authority: Pubkey, params: &PostPriceParams, slot: u64) -> PriceUpdateV2 {
    PriceUpdateV2 {
        write_authority,
        verification_level: match params.verification {
            Verification::Full => VerificationLevel::Full,
            Verification::Partial { num_signatures } => {
                VerificationLevel::Partial { num_signatures }
            }
        },
        price_message: PriceFeedMessage {
            feed_id: params.feed_id,
            price: params.price,
            conf: params.conf,
            exponent: params.exponent,
            publish_time: params.publish_time,
            prev_publish_time: params.prev_publish_time,
            ema_price: params.ema_price,
            ema_conf: params.ema_conf,
        },
        posted_slot: slot,
    }
}
