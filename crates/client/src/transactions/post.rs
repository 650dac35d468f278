//! A Pyth price update posted and used in one transaction.
//!
//! Hermes answers with an update: one VAA, signed over the root of a Merkle tree, and a proof for each feed.
//! [`PriceUpdates`] reads it; [`Receiver::post`] writes one feed's price into a `PriceUpdateV2` account, which
//! the instructions behind it in the same transaction read. The receiver decides what level the price has: the
//! program accepts only Full (SECURITY.md).
//!
//! Layouts: pyth-solana-receiver-sdk 2.0.0 (`cpi`, `pda`), pythnet-sdk 3.0.0 (`wire::v1`); a VAA's head: Wormhole,
//! "VAAs" (version, guardian set index, number of signatures of 66 bytes).
use anchor_lang::{
    prelude::{AccountMeta, Pubkey, pubkey},
    solana_program::instruction::Instruction,
};
use pyth_solana_receiver_sdk::{
    PostUpdateAtomicParams,
    pda::{CONFIG_SEED, TREASURY_SEED},
};
use pythnet_sdk::{
    messages::Message,
    wire::{
        from_slice,
        v1::{AccumulatorUpdateData, MerklePriceUpdate, Proof},
    },
};

/// Receiver whose prices Wormhole's guardians sign.
pub const RECEIVER: Pubkey = pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// Receiver whose prices Pyth's routers sign, since the upgrade of 2026.
pub const UPGRADED_RECEIVER: Pubkey = pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp");

/// Discriminators of the receiver's instructions: `sha256("global:<name>")`, its first 8 bytes.
const POST_UPDATE_ATOMIC: [u8; 8] = [49, 172, 84, 192, 175, 180, 52, 234];
const RECLAIM_RENT: [u8; 8] = [218, 200, 19, 197, 227, 89, 192, 22];
/// Bytes of a VAA before its signatures: version, guardian set, number of signatures.
const VAA_HEAD: usize = 6;
/// Seed of a guardian set's account in the Wormhole program.
const GUARDIAN_SET_SEED: &[u8] = b"GuardianSet";

/// Why bytes are no price update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnUpdate {
    /// Not the format that Hermes answers with: magic PNAU, version 1, a Wormhole Merkle proof.
    Format,
    /// The VAA ends before its signatures.
    Vaa,
}

impl std::fmt::Display for NotAnUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Format => {
                "not a Pyth price update: pass the bytes of Hermes' field binary.data, decoded"
            }
            Self::Vaa => "the update's VAA is cut off",
        })
    }
}

impl std::error::Error for NotAnUpdate {}

/// What Hermes answers with: the prices of some feeds at one moment, and who signed them.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceUpdates {
    vaa: Vec<u8>,
    updates: Vec<([u8; 32], MerklePriceUpdate)>,
}

impl PriceUpdates {
    /// Reads an update as Hermes sends it, without its base64 or hex.
    ///
    /// Messages that are not prices of a feed are passed over.
    /// Errors: [`NotAnUpdate`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAnUpdate> {
        let data = AccumulatorUpdateData::try_from_slice(bytes).map_err(|_| NotAnUpdate::Format)?;
        let Proof::WormholeMerkle { vaa, updates } = data.proof;
        let vaa: Vec<u8> = vaa.into();
        if vaa.len() < VAA_HEAD {
            return Err(NotAnUpdate::Vaa);
        }
        let feed = |update: &MerklePriceUpdate| match from_slice::<byteorder::BE, Message>(
            update.message.as_ref(),
        ) {
            Ok(Message::PriceFeedMessage(price)) => Some(price.feed_id),
            _ => None,
        };
        let updates = updates
            .into_iter()
            .filter_map(|update| Some((feed(&update)?, update)));
        Ok(Self {
            updates: updates.collect(),
            vaa,
        })
    }

    /// Ids of the feeds in it, in its order.
    pub fn feeds(&self) -> impl Iterator<Item = [u8; 32]> {
        self.updates.iter().map(|(feed, _)| *feed)
    }

    /// Index of the guardian set that signed it.
    pub fn guardian_set(&self) -> u32 {
        let index = self.vaa.get(1..5).and_then(|bytes| bytes.try_into().ok());
        u32::from_be_bytes(index.unwrap_or_default())
    }

    /// Number of its signatures.
    pub fn signatures(&self) -> u8 {
        self.vaa.get(5).copied().unwrap_or_default()
    }
}

/// A deployed Pyth receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its program: [`RECEIVER`] or [`UPGRADED_RECEIVER`].
    pub program: Pubkey,
    /// The Wormhole program that keeps its guardian sets: field `wormhole` of the account [`Receiver::config`].
    pub wormhole: Pubkey,
}

/// Who posts an update, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Pays rent and fee. Signs.
    pub payer: Pubkey,
    /// The `PriceUpdateV2` account: a new keypair's, which signs, or one that this authority has written before.
    pub account: Pubkey,
    /// May write the account again, and close it. Signs.
    pub write_authority: Pubkey,
    /// Which of the receiver's 256 treasuries gets the fee.
    pub treasury: u8,
}

impl Receiver {
    /// The account with its settings.
    pub fn config(&self) -> Pubkey {
        Pubkey::find_program_address(&[CONFIG_SEED.as_bytes()], &self.program).0
    }

    /// The instruction that posts the price of one feed; none where the update does not hold it.
    pub fn post(
        &self,
        updates: &PriceUpdates,
        feed: &[u8; 32],
        posting: &Posting,
    ) -> Option<Instruction> {
        let (_, update) = updates.updates.iter().find(|(id, _)| id == feed)?;
        let guardian_set = [GUARDIAN_SET_SEED, &updates.guardian_set().to_be_bytes()];
        let treasury = [TREASURY_SEED.as_bytes(), &[posting.treasury]];
        let own = |seeds| Pubkey::find_program_address(seeds, &self.program).0;
        let params = PostUpdateAtomicParams {
            vaa: updates.vaa.clone(),
            merkle_price_update: update.clone(),
            treasury_id: posting.treasury,
        };
        let mut data = POST_UPDATE_ATOMIC.to_vec();
        borsh::to_writer(&mut data, &params).ok()?; // a vector takes every byte
        Some(Instruction {
            program_id: self.program,
            accounts: vec![
                AccountMeta::new(posting.payer, true),
                AccountMeta::new_readonly(
                    Pubkey::find_program_address(&guardian_set, &self.wormhole).0,
                    false,
                ),
                AccountMeta::new_readonly(self.config(), false),
                AccountMeta::new(own(&treasury), false),
                AccountMeta::new(posting.account, true),
                AccountMeta::new_readonly(anchor_lang::system_program::ID, false),
                AccountMeta::new_readonly(posting.write_authority, true),
            ],
            data,
        })
    }

    /// The instruction that closes a posted account; its rent goes to the write authority, which signs.
    pub fn close(&self, posting: &Posting) -> Instruction {
        Instruction {
            program_id: self.program,
            accounts: vec![
                AccountMeta::new(posting.write_authority, true),
                AccountMeta::new(posting.account, false),
            ],
            data: RECLAIM_RENT.to_vec(),
        }
    }

    /// The instructions of one transaction: post these feeds' prices, act on them, close the accounts. `postings`:
    /// the feed and where it goes; the order is that of the slice.
    ///
    /// None where the update lacks one of the feeds.
    pub fn post_and_act(
        &self,
        updates: &PriceUpdates,
        postings: &[([u8; 32], Posting)],
        act: Vec<Instruction>,
    ) -> Option<Vec<Instruction>> {
        let posts = postings
            .iter()
            .map(|(feed, posting)| self.post(updates, feed, posting));
        let mut all: Vec<Instruction> = posts.collect::<Option<_>>()?;
        all.extend(act);
        all.extend(postings.iter().map(|(_, posting)| self.close(posting)));
        Some(all)
    }
}

#[cfg(test)]
#[path = "post_tests.rs"]
pub(crate) mod tests;
